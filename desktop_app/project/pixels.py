"""Every kind of pixel as 8-bit RGB, by rules that never depend on a picture's content.

Two pictures with the same numbers always look the same, so nothing here stretches contrast:

* whole numbers are scaled from the range that their type can hold (12 and 16 bits, signed 16 bits), and 32-bit ones
  from 0 to 65,535; numbers outside are refused;
* floating-point numbers are scaled from 0 to 1; numbers outside, infinities and NaN are refused;
* transparent pixels are laid on `BACKGROUND`;
* CMYK goes through its own colour profile where there is one. RGB profiles are ignored, as they were for the pictures
  that the backbones learned from.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from desktop_app.errors import ImageError

BACKGROUND = 255  # white
BAND_PIXELS = 1 << 20

Rgb: TypeAlias = NDArray[np.uint8]
Converter: TypeAlias = Callable[[Image.Image], Rgb]

# EXIF orientation → the picture lies on its side, its rows run backwards, its columns run backwards
_TURNS = {
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, True, False),
    7: (True, True, True),
    8: (True, False, True),
}


def upright_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Width and height of a stored picture once it is turned upright."""
    return (height, width) if _TURNS.get(orientation, (False,))[0] else (width, height)


@dataclass(frozen=True, slots=True)
class Stored:
    """A decoded picture as it lies in its file.

    `orientation`: EXIF's, 1–8; `bands`: its rows as RGB, from top to bottom, (rows, width, 3) each.
    """

    width: int
    height: int
    orientation: int
    bands: Iterable[Rgb]


def assemble(stored: Stored) -> Rgb:
    """Put the rows of a picture together and turn it upright.

    Returns:
        (upright height, upright width, 3), C-contiguous and read-only.
    """
    width, height = stored.width, stored.height
    side, backward_rows, backward_columns = _TURNS.get(stored.orientation, (False, False, False))
    upright = view = None
    top = 0
    for band in stored.bands:
        if len(band) == height and not (side or backward_rows or backward_columns):
            upright = band
            break
        if view is None:
            upright = np.empty((width, height, 3) if side else (height, width, 3), np.uint8)
            # The same memory, indexed like the stored picture: turning costs no second copy of a large picture.
            view = upright.swapaxes(0, 1) if side else upright
            view = view[:: -1 if backward_rows else 1, :: -1 if backward_columns else 1]
        view[top : top + len(band)] = band
        top += len(band)
    assert upright is not None
    upright.flags.writeable = False
    return upright


def rgb_bands(image: Image.Image, bits: int) -> Iterator[Rgb]:
    """The rows of a loaded picture as RGB, from top to bottom, about a megapixel at a time to keep memory low.

    Args:
        bits: per channel, as stored in the file.

    Raises:
        ImageError: its numbers lie outside the range with a meaning.
    """
    width, height = image.size
    convert = _converter(image, bits)
    rows = max(1, BAND_PIXELS // width)
    if rows >= height:
        yield convert(image)
        return
    for top in range(0, height, rows):
        yield convert(image.crop((0, top, width, min(height, top + rows))))


def _converter(image: Image.Image, bits: int) -> Converter:
    if image.mode.startswith("I"):
        return _whole_numbers(image, bits)
    if image.mode == "F":
        return partial(_from_floats, inverted=_white_is_zero(image))
    if image.has_transparency_data:
        _fit_transparency(image, bits)
        return _over_background
    if image.mode == "CMYK" and image.info.get("icc_profile"):
        return _through_profile(image.info["icc_profile"])
    return _plain


def _plain(band: Image.Image) -> Rgb:
    return np.asarray(band if band.mode == "RGB" else band.convert("RGB"))


# ---- numbers with more than 8 bits


def _whole_numbers(image: Image.Image, bits: int) -> Converter:
    signed = tiff_tag(image, 339) == 2  # SampleFormat
    if bits > 16:
        low, high = 0, 0xFFFF
    elif signed:
        low, high = -(1 << bits - 1), (1 << bits - 1) - 1
    else:
        low, high = 0, (1 << bits) - 1
    transparent = image.info.get("transparency")  # of a grey PNG: this value is see-through
    return partial(_from_whole_numbers, low=low, high=high, inverted=_white_is_zero(image), transparent=transparent)


def _from_whole_numbers(band: Image.Image, *, low: int, high: int, inverted: bool, transparent: int | None) -> Rgb:
    numbers = np.asarray(band).astype(np.int32)
    if numbers.min() < low or numbers.max() > high:
        raise ImageError(
            "numbers outside 0–65,535",
            why="It holds 32-bit whole numbers, and nothing says which of them is white.",
            hint="Save it with 8 or 16 bits per channel.",
        )
    span = high - low
    grey = ((numbers - low) * 255 + span // 2) // span
    if inverted:
        grey = 255 - grey
    if transparent is not None:
        grey[numbers == transparent] = BACKGROUND
    return _three_channels(grey.astype(np.uint8))


def _from_floats(band: Image.Image, *, inverted: bool) -> Rgb:
    numbers = np.asarray(band)
    # Written so that NaN, which compares as false, is refused as well.
    if not (numbers.min() >= 0 and numbers.max() <= 1):
        raise ImageError(
            "numbers outside 0–1",
            why="It holds floating-point numbers, of which only 0 (black) to 1 (white) have a meaning as brightness.",
            hint="Scale them to 0–1, or save it with 8 or 16 bits per channel.",
        )
    grey = (numbers * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    return _three_channels(255 - grey if inverted else grey)


def _three_channels(grey: NDArray[np.uint8]) -> Rgb:
    return np.repeat(grey[:, :, np.newaxis], 3, axis=2)


def _white_is_zero(image: Image.Image) -> bool:
    """Pillow turns such TIFF files around itself, but only those with up to 8 bits."""
    return tiff_tag(image, 262) == 0  # PhotometricInterpretation


def tiff_tag(image: Image.Image, number: int) -> object:
    """A TIFF tag, the first of several values; None in other formats."""
    value = getattr(image, "tag_v2", {}).get(number)
    return value[0] if isinstance(value, tuple) else value


# ---- transparency


def _fit_transparency(image: Image.Image, bits: int) -> None:
    """A PNG names its see-through grey or colour in the file's own depth, Pillow compares it with 8-bit pixels."""
    key = image.info.get("transparency")
    if image.mode == "L" and isinstance(key, int) and bits < 8:
        image.info["transparency"] = key * 255 // ((1 << bits) - 1)
    elif image.mode == "RGB" and isinstance(key, tuple) and bits == 16:
        image.info["transparency"] = tuple(part >> 8 for part in key)


def _over_background(band: Image.Image) -> Rgb:
    if band.mode == "La":  # premultiplied; Pillow converts it in two steps only
        band = band.convert("LA")
    rgba = band.convert("RGBA")
    canvas = Image.new("RGB", band.size, (BACKGROUND,) * 3)
    canvas.paste(rgba, mask=rgba)
    return np.asarray(canvas)


# ---- printing colours


def _through_profile(profile: bytes) -> Converter:
    """CMYK by the colour profile in the file; by the usual formula if the profile is unusable."""
    from PIL import ImageCms

    try:
        source, target = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        transform = ImageCms.buildTransform(source, target, "CMYK", "RGB")
    except (ImageCms.PyCMSError, OSError):
        return _plain
    return lambda band: np.asarray(ImageCms.applyTransform(band, transform))
