"""Varied views of a picture: what fine-tuning sees beside the picture itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from desktop_app.learning.recipe import Recipe

_MIRRORS = {
    "none": (),
    "horizontal": (Image.Transpose.FLIP_LEFT_RIGHT,),
    "both": (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM),
}


def vary(image: NDArray[np.uint8], recipe: Recipe, random: np.random.Generator) -> NDArray[np.uint8]:
    """A part of the picture, perhaps mirrored, in slightly other light: (height, width, 3) → (smaller, smaller, 3)."""
    view = Image.fromarray(image).crop(_part(image.shape[0], image.shape[1], recipe.smallest_crop, random))
    for mirror in _MIRRORS[recipe.flip]:
        if random.random() < 0.5:
            view = view.transpose(mirror)
    for change in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        view = change(view).enhance(random.uniform(1 - recipe.jitter, 1 + recipe.jitter))
    return np.asarray(view)


def _part(height: int, width: int, smallest: float, random: np.random.Generator) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of a part with the picture's proportions and at least `smallest` of its area."""
    edge = np.sqrt(random.uniform(smallest, 1))
    part_height, part_width = max(1, round(height * edge)), max(1, round(width * edge))
    top = int(random.integers(height - part_height + 1))
    left = int(random.integers(width - part_width + 1))
    return left, top, left + part_width, top + part_height
