"""One picture's bytes, opened and decoded by an allow-list of decoders and within limits.

`Picture` serves the caller's thread (`imaging`) and the child process for heavy pictures (`decode_helper`) alike.
Pillow's plugins are asked directly: `Image.open()` would only warn about a picture between one and two times its own
limit, would not tell the size of a larger one, and would open a phone's JPEG as a container of several pictures (MPO),
of which a later one may be damaged.
"""

from __future__ import annotations

import codecs
import functools
import io
import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFile

from desktop_app.errors import ImageError
from desktop_app.project.pixels import Stored, rgb_bands, tiff_tag, upright_size
from desktop_app.project.shot import Shot, read_shot

MAX_PIXELS = 100_000_000
MAX_SCAN_WORK = 4_000_000_000  # pixels × scans of a JPEG
MAX_FRAMES_COUNTED = 1000  # counting the pages of a TIFF takes quadratic time

# More than this is heavy. Photographs stay below: a progressive JPEG has about ten scans.
EASY_PIXELS = 40_000_000
EASY_MEMORY = 450_000_000
EASY_SCANS = 30
EASY_SCAN_WORK = 400_000_000
EASY_RUN_LENGTH_PIXELS = 1_000_000  # Pillow decodes run-length encoded BMP in Python

_START_OF_SCAN = b"\xff\xda"
_MARKER = re.compile(rb"\xff[^\x00\xff]")
_ORIENTATION = 0x0112
_ORIENTED = frozenset({"exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp"})  # where Pillow looks for it

_SAVE_AGAIN = "Save it again as JPEG or PNG."


@dataclass(frozen=True)
class ImageFacts:
    """What a file says about its picture.

    `format`: "JPEG", "PNG", "BMP", "TIFF", "WEBP" or "GIF"; `mode`: Pillow's name for the kind of pixels; `width` and
    `height` in pixels, upright; `frames`: a TIFF's are counted up to 1,000; `bits` per channel; `notes`: in plain
    words, what loading does to the picture beyond reading it; `shot`: what the camera noted.
    """

    format: str
    mode: str
    width: int
    height: int
    frames: int
    bits: int
    notes: tuple[str, ...]
    shot: Shot


class Picture:
    """An opened picture. Its methods raise whatever Pillow raises; `explain` turns that into an ImageError."""

    def __init__(self, data: bytes) -> None:
        """Open it, without decoding.

        Raises:
            ImageError: it is no picture of the formats allowed, or is beyond the limits.
        """
        self._data = data
        self._image = image = _open(data)
        size = image.size
        if self.format == "TIFF":
            size = max(size, _tile_size(image), key=math.prod)
        self._pixels = math.prod(size)
        if self._pixels > MAX_PIXELS:
            raise _too_large(*size)
        self._scans = self._count_scans()
        if self._pixels * self._scans > MAX_SCAN_WORK and self.format == "JPEG":
            raise ImageError(
                "too many scans: {scans}",
                why="It is built to keep a computer busy: it paints the same pixels {scans} times.",
                hint=_SAVE_AGAIN,
                scans=f"{self._scans:,}",
            )

    # ---- facts

    @property
    def format(self) -> str:
        return self._image.format or ""

    @property
    def mode(self) -> str:
        return self._image.mode

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as stored, after `shrink`."""
        return self._image.size

    @functools.cached_property
    def bits(self) -> int:
        """Bits per channel in the file, which are sometimes more and sometimes fewer than Pillow's mode has."""
        if self.format == "TIFF":
            bits = tiff_tag(self._image, 258)  # BitsPerSample
            return bits if isinstance(bits, int) else 1
        if self.mode == "1":
            return 1
        if self.format == "PNG" and self._image.tile:
            depth = re.search(r";(\d+)", str(self._image.tile[0].args))  # as in "RGB;16B" and "L;4"
            return int(depth[1]) if depth else 8
        return 8

    @property
    def orientation(self) -> int:
        """EXIF's 1–8. Pillow turns a TIFF around while it decodes it, and gives its upright size from the start."""
        if self.format == "TIFF" or not _ORIENTED.intersection(self._image.info):
            return 1
        try:
            # Not PngImageFile.getexif(), which may decode the whole picture in search of it.
            return _valid_orientation(Image.Image.getexif(self._image).get(_ORIENTATION))
        except Exception:  # damaged EXIF, in many ways: the picture itself is fine
            return 1

    def _count_frames(self) -> int:
        """Pictures in the file; of a TIFF's pages, at most `MAX_FRAMES_COUNTED` are counted."""
        if self.format != "TIFF":
            return int(getattr(self._image, "n_frames", 1))
        try:
            for frame in range(1, MAX_FRAMES_COUNTED):
                self._image.seek(frame)
        except Exception:  # there is no such page, or it is damaged
            return frame
        return MAX_FRAMES_COUNTED

    def facts(self) -> ImageFacts:
        width, height = upright_size(*self.size, self.orientation)
        frames = self._count_frames()
        notes = {
            "turned upright": self.orientation != 1,
            f"{frames} frames, of which the first is used": frames > 1,
            f"{self.bits} bits per channel, reduced to 8": self.bits > 8,
            "0 to 1 shown as black to white": self.mode == "F",
            "0 to 65,535 shown as black to white": self.mode == "I" and self.bits > 16,
            "laid on white where it is transparent": self._image.has_transparency_data,
            "printing colours turned into screen colours": self.mode == "CMYK",
        }
        true = tuple(note for note in notes if notes[note])
        shot = read_shot(self._image)
        return ImageFacts(self.format, self.mode, width, height, frames, self.bits, true, shot)

    # ---- effort

    @property
    def memory(self) -> int:
        """About how many bytes decoding takes, the result included."""
        # Pillow's 4 bytes a pixel and our 3. Besides, WebP keeps three more pictures, TIFF a strip, which may be all,
        # and a JPEG of several scans the coefficients of all channels, at full size whatever size is wanted.
        more = {"WEBP": 12, "TIFF": 8 if self.bits > 8 else 4, "JPEG": 6 if self._scans > 1 else 0}
        return 7 * math.prod(self.size) + more.get(self.format, 0) * self._pixels

    @property
    def heavy(self) -> bool:
        """Whether decoding it may take seconds or hundreds of megabytes."""
        return (
            math.prod(self.size) > EASY_PIXELS
            or self.memory > EASY_MEMORY
            or self._scans > EASY_SCANS
            or self._pixels * self._scans > EASY_SCAN_WORK
            or (self._pixels > EASY_RUN_LENGTH_PIXELS and self._codec == "bmp_rle")
        )

    @property
    def _codec(self) -> str:
        return self._image.tile[0].codec_name if self._image.tile else ""

    def _count_scans(self) -> int:
        """How often a JPEG's decoder will run through the picture."""
        if self.format == "TIFF" and self._image.info.get("compression") in ("jpeg", "tiff_jpeg"):
            return max(1, self._data.count(_START_OF_SCAN))
        image = self._image
        if not hasattr(image, "layers"):  # not a JPEG
            return 1
        assert image.fp is not None
        # A sequential JPEG whose first scan holds all channels has no other; Pillow has stopped just behind its header.
        end, layers = image.fp.tell(), image.layers
        header = _START_OF_SCAN + (6 + 2 * layers).to_bytes(2, "big") + bytes([layers])
        if not image.info.get("progressive") and self._data.startswith(header, max(0, end - 2 * layers - 8)):
            return 1
        # Quick and never too low; embedded thumbnails and videos add to it.
        numbers = np.frombuffer(self._data, np.uint8)
        scans = int(np.count_nonzero((numbers[:-1] == 0xFF) & (numbers[1:] == 0xDA)))
        return scans if scans <= EASY_SCANS else max(1, _walk_scans(self._data))

    # ---- decoding

    def shrink(self, target: int | None) -> None:
        """Let a JPEG be decoded at the smallest scale that leaves its shorter side at least 2 × `target` pixels."""
        if target is not None:
            self._image.draft(None, (2 * target, 2 * target))

    def decode(self) -> Stored:
        bits = self.bits  # known only until the picture is loaded
        image = self._image
        try:
            image.load()
        except OSError as error:  # Pillow tells them apart by their text only
            if "truncated" in str(error):
                raise _cut_off(_rows_decoded(image)) from error
            if "out of memory" in str(error) or "error -9" in str(error):
                raise MemoryError from error
            raise
        orientation = self.orientation  # known only now, if it is behind the pixels of a PNG
        return Stored(image.width, image.height, orientation, rgb_bands(image, bits))


def _tile_size(image: ImageFile.ImageFile) -> tuple[int, int]:
    """A TIFF may hold a small picture in one huge tile, all of which is decoded."""
    width, height = tiff_tag(image, 322), tiff_tag(image, 323)
    return (width, height) if isinstance(width, int) and isinstance(height, int) else (0, 0)


def _valid_orientation(value: object) -> int:
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


# ---- opening


@functools.cache
def _decoders() -> tuple[tuple[re.Pattern[bytes], str, Callable[[io.BytesIO], ImageFile.ImageFile]], ...]:
    """How a file of each format begins, and its decoder; imported when the first picture is opened."""
    from PIL import BmpImagePlugin, GifImagePlugin, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin

    return (
        (re.compile(rb"\xff\xd8\xff"), "JPEG", JpegImagePlugin.JpegImageFile),
        (re.compile(rb"\x89PNG\r\n\x1a\n"), "PNG", PngImagePlugin.PngImageFile),
        (re.compile(rb"BM"), "BMP", BmpImagePlugin.BmpImageFile),
        (re.compile(rb"II[\x2a\x2b]\0|MM\0[\x2a\x2b]"), "TIFF", TiffImagePlugin.TiffImageFile),
        (re.compile(rb"RIFF....WEBP", re.DOTALL), "WebP", WebPImagePlugin.WebPImageFile),
        (re.compile(rb"GIF8[79]a"), "GIF", GifImagePlugin.GifImageFile),
    )


def _open(data: bytes) -> ImageFile.ImageFile:
    entry = next((entry for entry in _decoders() if entry[0].match(data)), None)
    if entry is None:
        raise _not_a_picture(data)
    _, name, decoder = entry
    try:
        return decoder(io.BytesIO(data))
    except (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise
    except Exception as error:
        if _is_text(data):
            raise _not_a_picture(data) from error
        if (share := _share_present(data)) is not None:
            raise _cut_off(share) from error
        raise ImageError(
            "unusual or damaged {format}",
            why="The computer says: {detail}.",
            hint=_SAVE_AGAIN,
            format=name,
            detail=error,
        ) from error


def _walk_scans(data: bytes) -> int:
    """Scans of a JPEG by its structure, as libjpeg walks it."""
    scans, position = 0, 2
    while found := _MARKER.search(data, position):
        marker, position = data[found.start() + 1], found.end()
        if marker == 0xD9:  # the end
            break
        scans += marker == 0xDA
        if not 0xD0 <= marker <= 0xD8:  # the others have a length
            position += max(2, int.from_bytes(data[position : position + 2], "big"))
    return scans


# ---- what is wrong, in words


def explain(error: Exception, data: bytes = b"") -> ImageError:
    """An exception of a decoder as an ImageError. Pillow raises almost any kind of exception for a damaged file."""
    if isinstance(error, MemoryError):
        return ImageError("needs too much memory", hint="Save it with fewer pixels.")
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return ImageError("too large: over 100 megapixels", hint="Save it with fewer pixels.")
    if (share := _share_present(data)) is not None:
        return _cut_off(share)
    return ImageError("damaged", why="The computer says: {detail}.", hint="Copy the picture again.", detail=error)


def _too_large(width: int, height: int) -> ImageError:
    return ImageError(
        "too large: {width} × {height}",
        why="Discern reads pictures of up to 100 megapixels.",
        hint="Save it with fewer pixels.",
        width=f"{width:,}",
        height=f"{height:,}",
    )


def _cut_off(share: float | None) -> ImageError:
    """`share`: how much is there, 0–1; None if unknown."""
    percent = None if share is None else round(100 * share)
    what = "cut off" if percent is None or not 0 < percent < 100 else "cut off after {percent} %"
    return ImageError(what, why="The end of the file is missing.", hint="Copy the picture again.", percent=percent or 0)


def _rows_decoded(image: ImageFile.ImageFile) -> float | None:
    """The share of a torn picture's rows that hold anything; Pillow clears the memory before it decodes."""
    box = image.im.getbbox() if image._im is not None else None
    return (box[3] - box[1]) / image.height if box else None


def _share_present(data: bytes) -> float | None:
    """How much of a file is there, by the length that it tells of itself; None if all, or if it tells none."""
    if data.startswith(b"RIFF"):
        length = int.from_bytes(data[4:8], "little") + 8
    elif data.startswith(b"BM"):
        length = int.from_bytes(data[2:6], "little")
    else:
        return None
    return len(data) / length if len(data) < length else None


_OTHER_FORMATS = (
    (re.compile(rb"....ftyp(hei|hev|mif1|msf1)", re.DOTALL), "HEIC, not supported yet", _SAVE_AGAIN),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), "AVIF, not supported yet", _SAVE_AGAIN),
    (re.compile(rb"....ftyp", re.DOTALL), "video, not a picture", ""),
    (re.compile(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"), "JPEG 2000, not supported yet", _SAVE_AGAIN),
    (re.compile(rb"\0\0\0\x0cJXL |\xff\x0a"), "JPEG XL, not supported yet", _SAVE_AGAIN),
    (re.compile(rb"8BPS"), "Photoshop file, not supported", _SAVE_AGAIN),
    (re.compile(rb"%PDF"), "PDF, not a picture", "Save the pictures in it as JPEG or PNG."),
    (re.compile(rb"PK\x03\x04"), "ZIP archive, not a picture", "Unpack it first."),
)


def _not_a_picture(data: bytes) -> ImageError:
    if not np.frombuffer(data, np.uint8).any():  # a failed copy may leave the right number of zeros
        return ImageError("empty file", hint="Copy the picture again.")
    for beginning, what, hint in _OTHER_FORMATS:
        if beginning.match(data):
            return ImageError(what, hint=hint)
    if _is_text(data):
        text = data[:1024].lower()
        if b"<svg" in text:
            return ImageError("SVG, not supported", hint=_SAVE_AGAIN)
        if b"<html" in text or b"<!doctype" in text:
            return ImageError("web page, not a picture", hint="Download the picture itself.")
        return ImageError("text, not a picture")
    return ImageError("not a picture", why="It begins like none of the formats that Discern reads.")


def _is_text(data: bytes) -> bool:
    try:
        start = codecs.getincrementaldecoder("utf-8")().decode(data[:1024])  # which may end within a character
    except UnicodeDecodeError:
        return False
    return bool(start) and all(character.isprintable() or character in "\t\n\r\f\ufeff" for character in start)
