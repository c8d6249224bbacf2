"""Varied views of a picture: what fine-tuning sees beside the picture itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter

from desktop_app.learning.recipe import Recipe

Pixels = NDArray[np.uint8]  # (height, width, 3)

_MIRRORS = {
    "none": (),
    "horizontal": (Image.Transpose.FLIP_LEFT_RIGHT,),
    "both": (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM),
}
_QUARTERS = (None, Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)
_SLIGHTLY = 15.0  # degrees to each side
_BLUR = 0.01  # of the longer edge: the largest radius


def variations(image: Pixels, recipe: Recipe, content: str, count: int) -> list[Pixels]:
    """The first views of a picture; they depend on the recipe and the picture alone.

    Args:
        content: the picture's hash, in hexadecimal digits.
    """
    seed = (recipe.seed, int(content, 16))
    return [vary(image, recipe, np.random.default_rng((*seed, number))) for number in range(count)]


def vary(image: Pixels, recipe: Recipe, random: np.random.Generator) -> Pixels:
    """A part of the picture, perhaps turned, mirrored or blurred, in slightly other light.

    Returns:
        (smaller, smaller, 3), or edges exchanged where it was turned by a quarter.
    """
    view = _turned(Image.fromarray(image), recipe, random)
    view = view.crop(_part(view.height, view.width, recipe.smallest_crop, random))
    for mirror in _MIRRORS[recipe.flip]:
        if random.random() < 0.5:
            view = view.transpose(mirror)
    for change in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        view = change(view).enhance(random.uniform(1 - recipe.jitter, 1 + recipe.jitter))
    if recipe.blur and random.random() < 0.5:
        view = view.filter(ImageFilter.GaussianBlur(random.uniform(0, _BLUR) * max(image.shape[:2])))
    return np.asarray(view)


def _turned(view: Image.Image, recipe: Recipe, random: np.random.Generator) -> Image.Image:
    if recipe.rotate == "none":
        return view
    if recipe.rotate == "quarters":
        turn = _QUARTERS[random.integers(len(_QUARTERS))]
        return view if turn is None else view.transpose(turn)
    angle = random.uniform(-_SLIGHTLY, _SLIGHTLY) if recipe.rotate == "slightly" else random.uniform(0, 360)
    return view.rotate(angle, Image.Resampling.BICUBIC, fillcolor=_border_colour(view))


def _border_colour(view: Image.Image) -> tuple[int, ...]:
    """What the corners are filled with: black ones would be a mark of turned pictures."""
    pixels = np.asarray(view)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return tuple(np.median(border, axis=0).astype(int).tolist())


def _part(height: int, width: int, smallest: float, random: np.random.Generator) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of a part with the picture's proportions and at least `smallest` of its area."""
    edge = np.sqrt(random.uniform(smallest, 1))
    part_height, part_width = max(1, round(height * edge)), max(1, round(width * edge))
    top = int(random.integers(height - part_height + 1))
    left = int(random.integers(width - part_width + 1))
    return left, top, left + part_width, top + part_height
