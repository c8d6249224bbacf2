"""Small JPEG pictures of the project's pictures, kept in its index by content."""

from __future__ import annotations

import contextlib
import io
import time
from pathlib import Path

from PIL import Image

from desktop_app.errors import ImageError, StorageError
from desktop_app.project.imaging import load_rgb
from desktop_app.project.project import Project

QUALITY = 85

# A file that changed this short a time ago may change again within the clock's tick, unseen (FAT counts in 2 s).
_FRESH_NS = 2_000_000_000


def thumbnail(project: Project, file: str, edge: int) -> bytes:
    """The thumbnail of a picture of the project, from its index or made now. May be called from many threads.

    Args:
        file: as in the catalog.
        edge: its longer side in pixels; a smaller picture keeps its size.

    Returns:
        A JPEG without any of the file's metadata.

    Raises:
        ImageError: the picture can't be used.
    """
    path = project.path(file)
    before = _facts(path)
    content = ""
    # The index is only a cache: where it fails, thumbnails are made each time.
    with contextlib.suppress(StorageError):
        # Costs a fifteenth of what decoding does. A picture that was moved or copied is known at once.
        content = project.index.content_hash(file)
        if (stored := project.index.thumbnail(content, edge)) is not None:
            return stored
    data = make_thumbnail(path, edge)
    # What changed between the two looks would be another picture's thumbnail.
    if content and _facts(path) == before and abs(time.time_ns() - before[1]) > _FRESH_NS:
        with contextlib.suppress(StorageError):
            project.index.store_thumbnail(content, edge, data)
    return data


def _facts(path: Path) -> tuple[int, int, int]:
    try:
        found = path.lstat()
    except OSError as error:
        raise ImageError("no longer there", hint="It was moved, renamed or deleted.", file=path) from error
    return found.st_size, found.st_mtime_ns, found.st_ino


def make_thumbnail(source: Path | bytes, edge: int) -> bytes:
    """As `thumbnail`, for any file or its contents."""
    # Twice the target is what load_rgb() leaves at least: enough to shrink from, never to enlarge.
    image = Image.fromarray(load_rgb(source, target=(edge + 1) // 2))
    image.thumbnail((edge, edge), Image.Resampling.BICUBIC, reducing_gap=2.0)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()
