"""What can be told about a picture by looking at its pixels once: size, light, sharpness, and what it looks like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from desktop_app.project.decoding import ImageFacts
from desktop_app.project.pixels import Rgb

# All pictures are measured at this scale, or sharpness would depend on the camera. It is about what networks see.
EDGE = 224  # pixels of the shorter side; smaller pictures keep their size
BLACK, WHITE = 4, 251  # values up to and from which a pixel counts as clipped, of 0–255
_COLOUR_PIXELS = 1 << 16
_HASH_EDGE, _HASH_WAVES = 32, 8


@dataclass(frozen=True, slots=True)
class Measures:
    """One content.

    `width` and `height` in pixels, upright; `format` and `mode` as the file says ("JPEG", "RGB"). `brightness` (mean)
    and `contrast` (standard deviation) of the luma in 0–1; `sharpness`: variance of the luma's Laplacian;
    `clipped_dark` and `clipped_bright`: the shares of pixels that are black or white. `phash`: 64 bits as a signed
    integer; pictures that look alike differ in few of them. `problem`: why it can't be decoded, in the words of a
    tile; all else is then 0 or empty.
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
    warmth: float = 0.0
    greenness: float = 0.0
    camera: str = ""
    taken: int = 0

    @classmethod
    def of_unreadable(cls, problem: str) -> Measures:
        return cls(0, 0, "", "", 0.0, 0.0, 0.0, 0.0, 0.0, 0, problem)


def measure(pixels: Rgb, facts: ImageFacts) -> Measures:
    """Measure a picture from its pixels, which `load_rgb` may have decoded at a smaller scale.

    The variance of the Laplacian is the measure of focus that Pech-Pacheco et al. found best for micrographs ("Diatom
    autofocusing in brightfield microscopy", ICPR 2000).
    """
    image = Image.fromarray(pixels).convert("L")
    scale = EDGE / min(image.size)
    if scale < 1:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.BOX)
    luma = np.asarray(image)
    red, green, blue = map(float, pixels.reshape(-1, 3)[:: _step(pixels)].mean(axis=0, dtype=np.float64) / 255)
    return Measures(
        facts.width,
        facts.height,
        facts.format,
        facts.mode,
        brightness=float(luma.mean() / 255),
        contrast=float(luma.std() / 255),
        sharpness=_laplacian_variance(luma),
        clipped_dark=float((luma <= BLACK).mean()),
        clipped_bright=float((luma >= WHITE).mean()),
        phash=perceptual_hash(image),
        warmth=red - blue,
        greenness=green - (red + blue) / 2,
        camera=facts.shot.camera,
        taken=_seconds(facts.shot.taken),
    )


def _step(pixels: Rgb) -> int:
    """Every so many pixels are enough to know the mean colour of a large picture."""
    height, width, _ = pixels.shape
    return max(1, int(height * width) // _COLOUR_PIXELS)


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()) if moment else 0


def _laplacian_variance(luma: NDArray[np.uint8]) -> float:
    padded = np.pad(luma.astype(np.float32) / np.float32(255), 1, mode="edge")
    neighbours = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    return float((neighbours - 4 * padded[1:-1, 1:-1]).var())


def perceptual_hash(grey: Image.Image) -> int:
    """The pHash of a grey picture: 64 bits, as a signed integer.

    The lowest 8 × 8 frequencies of its cosine transform at 32 × 32 pixels, each larger or smaller than their median
    (Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010).
    """
    small = np.asarray(grey.resize((_HASH_EDGE, _HASH_EDGE), Image.Resampling.BOX), np.float64)
    waves = (_COSINES @ small @ _COSINES.T).ravel()
    bits = waves > np.median(waves[1:])  # without the mean brightness, which is far larger than all others
    return int(np.packbits(bits).view(">i8")[0])


_PHASES = (2 * np.arange(_HASH_EDGE) + 1) * np.arange(_HASH_WAVES)[:, None]
_COSINES = np.cos(np.pi / (2 * _HASH_EDGE) * _PHASES)
