"""Why the computer refused to read a picture's file, in the words of a tile."""

from __future__ import annotations

import errno

from desktop_app.errors import ImageError


def refusal(error: OSError) -> ImageError:
    """What the computer's refusal means to the person."""
    if getattr(error, "winerror", None) in (32, 33):  # sharing violation, lock violation
        return ImageError("in use by another program", hint="Close it there, then try again.")
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return ImageError("no longer there", hint="It was moved, renamed or deleted.")
    if isinstance(error, PermissionError):
        return ImageError("not allowed to read it", hint="Ask its owner for permission.")
    if error.errno in (errno.ELOOP, errno.ENXIO):  # a link; a socket
        return not_regular()
    return ImageError("can't be read", why="The computer says: {detail}.", detail=error.strerror or error)


def not_regular() -> ImageError:
    """A folder, a link, a pipe or a device has the name of a picture."""
    return ImageError("not a regular file", hint="Put the picture itself there.")
