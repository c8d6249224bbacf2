"""What can be told about a picture by looking at its pixels once: size, light, sharpness, and what it looks like."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measures:
    """One content.

    `width` and `height` in pixels, upright; `format` and `mode` as the file says ("JPEG", "RGB"). `brightness` (mean)
    and `contrast` (standard deviation) of the luma in 0–1, `sharpness` in 0–1, `clipped_dark` and `clipped_bright` the
    shares of pixels that are black or white. `phash`: 64 bits as a signed integer; pictures that look alike differ in
    few of them. `problem`: why it can't be decoded, in the words of a tile; all else is then 0 or empty.
    """

    width: int
    height: int
    format: str
    mode: str
    brightness: float
    contrast: float
    sharpness: float
    clipped_dark: float
    clipped_bright: float
    phash: int
    problem: str = ""
