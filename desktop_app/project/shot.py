"""What a camera noted about a shot, out of a picture's EXIF data.

EXIF may come from anywhere: it can lie, be damaged in any way, or be made to keep a computer busy. Only a few values
are read, each is checked, and what makes no sense counts as not noted. The position itself is never read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from PIL import Image

from desktop_app.project.pixels import tiff_tag

# More than this is no camera's: Pillow would copy each entry's value, and thousands may claim the same bytes.
LARGEST_EXIF = 1 << 16
_LONGEST_TEXT = 60

_MAKE, _MODEL, _CHANGED, _EXPOSURE_PART, _POSITION_PART = 271, 272, 306, 0x8769, 0x8825
_SECONDS, _APERTURE, _SPEED, _TAKEN, _FOCAL_LENGTH = 0x829A, 0x829D, 0x8827, 0x9003, 0x920A
_LATITUDE = 2


@dataclass(frozen=True, slots=True)
class Shot:
    """Text is "" and numbers are 0 where nothing sensible was noted.

    Attributes:
        camera: maker and model, cleaned for showing.
        seconds: exposure time.
        aperture: the f-number.
        speed: the ISO number.
        focal_length: in millimetres.
        taken: ISO date and time, in the camera's own time zone.
        has_position: whether it says where it was taken.
    """

    camera: str = ""
    seconds: float = 0.0
    aperture: float = 0.0
    speed: float = 0.0
    focal_length: float = 0.0
    taken: str = ""
    has_position: bool = False


def read_shot(image: Image.Image) -> Shot:
    """Read it from an opened picture, without decoding that."""
    try:
        return _from_tiff(image) if hasattr(image, "tag_v2") else _from_exif(image)
    except Exception:  # damaged EXIF, in many ways: the picture itself is fine
        return Shot()


def _from_exif(image: Image.Image) -> Shot:
    data = image.info.get("exif")
    if not isinstance(data, bytes) or len(data) > LARGEST_EXIF:
        return Shot()
    exif = Image.Image.getexif(image)  # not PngImageFile.getexif(), which may decode the whole picture
    exposure = exif.get_ifd(_EXPOSURE_PART)
    return Shot(
        camera=_camera(exif.get(_MAKE), exif.get(_MODEL)),
        seconds=_number(exposure, _SECONDS, 3600),
        aperture=_number(exposure, _APERTURE, 256),
        speed=_number(exposure, _SPEED, 10_000_000),
        focal_length=_number(exposure, _FOCAL_LENGTH, 100_000),
        taken=_moment(exposure.get(_TAKEN)) or _moment(exif.get(_CHANGED)),
        has_position=_LATITUDE in exif.get_ifd(_POSITION_PART),
    )


def _from_tiff(image: Image.Image) -> Shot:
    """Of a TIFF only its own tags, which were read when it was opened: its further parts have no limit."""
    return Shot(
        camera=_camera(tiff_tag(image, _MAKE), tiff_tag(image, _MODEL)),
        taken=_moment(tiff_tag(image, _CHANGED)),
        has_position=tiff_tag(image, _POSITION_PART) is not None,
    )


def _camera(make: object, model: object) -> str:
    """ "Canon EOS 80D", though both the maker and the model say "Canon"."""
    maker, name = _text(make), _text(model)
    first = maker.split(" ")[0]
    return name if name.casefold().startswith(first.casefold()) else f"{maker} {name}".strip()


def _text(value: object) -> str:
    if not isinstance(value, str):
        return ""
    shown = "".join(character if character.isprintable() else " " for character in value[: 4 * _LONGEST_TEXT])
    return " ".join(shown.split())[:_LONGEST_TEXT]


def _number(values: Mapping[int, object], tag: int, limit: float) -> float:
    value = values.get(tag)
    if isinstance(value, tuple) and value:
        value = value[0]
    try:
        number = float(value)  # type: ignore[arg-type] # a fraction, or whatever there is
    except (TypeError, ValueError, ZeroDivisionError):
        return 0.0
    return number if math.isfinite(number) and 0 < number <= limit else 0.0


def _moment(value: object) -> str:
    try:
        return datetime.strptime(_text(value), "%Y:%m:%d %H:%M:%S").isoformat()
    except ValueError:
        return ""
