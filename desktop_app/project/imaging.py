"""The one door for pixels: thumbnails, training, prediction and export all see the picture that `load_rgb` returns.

A file is opened by what it contains, never by its name, and only by the six decoders that `decoding` lists. How its
pixels become 8-bit RGB is told in `pixels`. Of animations and documents the first frame is used, pictures are turned
upright as EXIF says, and any size from 1 × 1 up to 100 megapixels is allowed, however lopsided.

Nobody can interrupt a decoder written in C, so pictures that may take long or much memory are decoded by
`decode_helper`, in a child process. All others are decoded in the caller's thread, which leaves Python free meanwhile:
many threads may load at once.

Whatever is wrong with a picture raises `ImageError`, whose `what` fits on its tile.
"""

from __future__ import annotations

import stat
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from desktop_app.errors import ImageError
from desktop_app.project import decode_helper
from desktop_app.project.decoding import ImageFacts, Picture, explain
from desktop_app.project.pixels import Rgb, assemble
from desktop_app.project.unreadable import not_regular, refusal

__all__ = ["DECODABLE", "KNOWN_UNSUPPORTED", "ImageFacts", "describe", "load_rgb", "main_decode_helper"]

DECODABLE = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".bmp", ".tif", ".tiff", ".webp", ".gif"}
)
"""File name endings that the catalog lists; whether a file can be read shows only when it is loaded."""

KNOWN_UNSUPPORTED = {
    ending: name
    for name, endings in {
        "HEIC": ".heic .heif .hif",
        "AVIF": ".avif",
        "JPEG XL": ".jxl",
        "JPEG 2000": ".jp2 .j2k .jpf .jpx",
        "SVG": ".svg .svgz",
        "PDF": ".pdf",
        "PostScript": ".eps .ai",
        "Photoshop": ".psd .psb",
        "GIMP": ".xcf",
        "icon": ".ico .icns",
        "Targa": ".tga",
        "PNM": ".pbm .pgm .ppm .pnm .pam .pfm",
        "OpenEXR": ".exr .hdr",
        "camera raw": ".dng .cr2 .cr3 .nef .arw .orf .rw2 .raf .pef .srw",
        "DICOM": ".dcm",
        "FITS": ".fit .fits",
        "microscope": ".czi .nd2 .lif .oib .oif .vsi .svs",
        "video": ".mp4 .m4v .mov .avi .mkv .webm .wmv",
    }.items()
    for ending in endings.split()
}
"""File name endings of pictures that Discern can't read, with the name of the format; to be counted, not listed."""

MAX_FILE_BYTES = 512 << 20
# Pillow reads a header of worthless entries at 0.2 to 0.4 s a megabyte, while no other thread of Python runs.
EASY_BYTES = 16 << 20

MEMORY = 640_000_000  # bytes for the pictures that all threads together decode at a time
SMALL_MEMORY = 10_000_000  # does not count

LOCKED_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.0)  # seconds between attempts at a file that another program holds
_LOCKED = (5, 32, 33)  # Windows: access denied, sharing violation, lock violation
_ONLINE_ONLY = 0x1000 | 0x40000 | 0x400000  # Windows: offline, recall on open, recall on data access

main_decode_helper = decode_helper.main

_Result = TypeVar("_Result")


def load_rgb(source: Path | bytes, *, target: int | None = None) -> Rgb:
    """Load a picture, upright, as 8-bit RGB.

    Args:
        source: a file or its contents. A link is followed: whoever names one here means the picture behind it.
        target: the shorter side wanted, in pixels. A JPEG is then decoded at the smallest of its scales (1/8, 1/4,
            1/2, 1) that leaves the shorter side at least twice as long; other formats come at full size.

    Returns:
        (height, width, 3), C-contiguous and read-only.

    Raises:
        ImageError: it can't be used.
    """
    return _explained(source, lambda data: _load(data, target))


def describe(source: Path | bytes) -> ImageFacts:
    """Read what a file says about its picture, without decoding it: the pixels may still turn out to be damaged.

    Raises:
        ImageError: it can't be used.
    """
    return _explained(source, _describe)


def _explained(source: Path | bytes, work: Callable[[bytes], _Result]) -> _Result:
    try:
        return _work_on(source if isinstance(source, bytes) else _read(source), work)
    except ImageError as error:
        if isinstance(source, Path):
            error.values.setdefault("file", str(source))
        # Whoever keeps the error must not keep the contents of the file with it.
        for problem in (error, error.__cause__):
            if problem:
                traceback.clear_frames(problem.__traceback__)
        raise


def _work_on(data: bytes, work: Callable[[bytes], _Result]) -> _Result:
    try:
        return work(data)
    except ImageError:
        raise
    except Exception as error:  # almost any kind, for damaged files
        raise explain(error, data) from error


def _load(data: bytes, target: int | None) -> Rgb:
    if len(data) > EASY_BYTES:
        return decode_helper.decode(data, target)
    picture = Picture(data)
    picture.shrink(target)
    if picture.heavy:
        return decode_helper.decode(data, target)
    if picture.memory <= SMALL_MEMORY:
        return assemble(picture.decode())
    with _memory(picture.memory):
        return assemble(picture.decode())


def _describe(data: bytes) -> ImageFacts:
    return decode_helper.describe(data) if len(data) > EASY_BYTES else Picture(data).facts()


# ---- memory


_memory_in_use = 0
_memory_changed = threading.Condition()


@contextmanager
def _memory(size: int) -> Iterator[None]:
    """Wait until there are so many bytes beside those that other threads use."""
    global _memory_in_use
    with _memory_changed:
        _memory_changed.wait_for(lambda: _memory_in_use + size <= MEMORY)
        _memory_in_use += size
    try:
        yield
    finally:
        with _memory_changed:
            _memory_in_use -= size
            _memory_changed.notify_all()


# ---- files


def _read(path: Path) -> bytes:
    """The contents of a file, which is closed again before anything else happens."""
    pauses = iter(LOCKED_PAUSES)
    while True:
        try:
            return _read_once(path)
        except OSError as error:
            pause = next(pauses, None) if getattr(error, "winerror", None) in _LOCKED else None
            if pause is None:
                raise refusal(error) from error
        time.sleep(pause)


def _read_once(path: Path) -> bytes:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):  # opening a pipe or a device may wait for ever
        raise not_regular()
    if found.st_size > MAX_FILE_BYTES:
        raise ImageError("too large: {size:.1f} GB", hint="Save it with fewer pixels.", size=found.st_size / 1e9)
    if getattr(found, "st_file_attributes", 0) & _ONLINE_ONLY:
        # Reading it would download it, perhaps together with thousands of others.
        raise ImageError(
            "stored online only",
            why="Only its name is on this computer.",
            hint="In the file manager, choose to keep it on this computer.",
        )
    return path.read_bytes()
