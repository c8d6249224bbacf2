"""Why a single picture or class was not moved, in words for the person."""

from __future__ import annotations

import errno
from enum import StrEnum
from pathlib import Path

from desktop_app import storage
from desktop_app.errors import StorageError


class Reason(StrEnum):
    """Whole sentences, so that each can be translated. What the disk says comes from `storage` instead."""

    MISSING = "It is no longer there."
    CHANGED = "It was changed by another program."
    TAKEN = "Something else has its name there now."
    FOLDER_TAKEN = "Another class has that name now."
    RUN_TAKEN = "There is another run of that number."
    TRAINING = "It is training."
    HOLDS_FILES = "The folder still holds files."
    LINK = "It is a link or no regular file."
    OUTSIDE = "It leads outside the project."
    NOT_A_PICTURE = "It is no picture of this project."
    OTHER_DISK = "The folder lies on another disk."
    IN_USE = "Another program is using it."
    OFFLINE = "The disk or shared folder does not answer."
    CHANGED_MEANWHILE = "It changed while it was copied."
    INTERRUPTED = "Discern was ended before."
    NOT_MOVED = "It could not be moved."


# Nothing that may pass by itself; an undo does not wait for these.
LASTING = frozenset(
    {
        Reason.MISSING,
        Reason.CHANGED,
        Reason.FOLDER_TAKEN,
        Reason.RUN_TAKEN,
        Reason.HOLDS_FILES,
        Reason.LINK,
        Reason.OUTSIDE,
        Reason.NOT_A_PICTURE,
    }
)

# The share or drive is gone: asking again for each of ten thousand pictures could take hours.
GONE = frozenset({errno.ETIMEDOUT, errno.ESTALE, errno.ENOTCONN, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENODEV})

# Windows: another program has the file open (access denied, sharing violation, lock violation).
IN_USE = frozenset({5, 32, 33})


class RefusedError(OSError):
    """Discern's own refusal to touch something."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(errno.EPERM, reason.value)
        self.reason = reason


def explain(error: OSError) -> str:
    """What went wrong with one item, as a `Reason` where there is one."""
    if isinstance(error, RefusedError):
        return error.reason
    if getattr(error, "winerror", None) in IN_USE or error.errno == errno.EBUSY:
        return Reason.IN_USE
    if error.errno in GONE:
        return Reason.OFFLINE
    if error.errno == errno.EXDEV:
        return Reason.OTHER_DISK
    if error.errno in (errno.EEXIST, errno.ENOTEMPTY):
        return Reason.TAKEN
    return storage.storage_error(error, Path()).why


def unlistable(error: OSError) -> StorageError:
    return StorageError(
        "The project's folders can't be listed.",
        why="The computer says: {detail}.",
        hint="Check the disk, then try again. Nothing was changed.",
        detail=error.strerror or str(error),
    )
