"""What is shown as a network's input is the network's input."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from desktop_app.features.network_input import Placement, network_input, placement
from desktop_app.features.preprocessing import Fit, Preprocessing

HALF = (0.5, 0.5, 0.5)
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def picture(width: int, height: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def by_pillow(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC))


@pytest.mark.parametrize("normalising", [(HALF, HALF), (MEAN, STD)])
def test_pad_shows_everything_on_the_mean_colour(normalising) -> None:
    preprocessing = Preprocessing(32, *normalising, "pad")
    seen = network_input(picture(80, 40), preprocessing)
    border = np.rint(255 * np.array(normalising[0])).astype(np.uint8)
    assert (seen[:8] == border).all()
    assert (seen[24:] == border).all()
    inside = seen[8:24].astype(int)
    assert np.abs(inside - by_pillow(picture(80, 40), 32, 16)).max() <= 1


def test_crop_keeps_the_middle_square() -> None:
    seen = network_input(picture(80, 40), Preprocessing(32, HALF, HALF, "crop"))
    assert np.abs(seen.astype(int) - by_pillow(picture(80, 40), 64, 32)[:, 16:48]).max() <= 1


def test_squash_fills_the_square() -> None:
    seen = network_input(picture(80, 40), Preprocessing(32, HALF, HALF, "squash"))
    assert np.abs(seen.astype(int) - by_pillow(picture(80, 40), 32, 32)).max() <= 1


def test_placements_in_numbers() -> None:
    pad = placement(400, 200, Preprocessing(224, HALF, HALF, "pad"))
    assert pad == Placement(224, 224, 112, 0.56, 0.56)
    assert (pad.cut_off, pad.border) == (0, 0.5)
    crop = placement(400, 200, Preprocessing(224, HALF, HALF, "crop"))
    assert crop == Placement(224, 448, 224, 1.12, 1.12)
    assert (crop.cut_off, crop.border) == (0.5, 0)
    squash = placement(400, 200, Preprocessing(224, HALF, HALF, "squash"))
    assert squash == Placement(224, 224, 224, 0.56, 1.12)
    assert (squash.cut_off, squash.border) == (0, 0)
    assert placement(128, 128, Preprocessing(224, HALF, HALF)).scale_x == 1.75


@pytest.mark.parametrize("fit", get_args(Fit))
@pytest.mark.parametrize("size", [(1, 1), (1, 900), (333, 1), (31, 32), (47, 33), (100, 99)])
def test_the_placement_tells_where_the_graph_puts_the_picture(fit: Fit, size: tuple[int, int]) -> None:
    """A white picture on a black mean: what is white is picture."""
    preprocessing = Preprocessing(32, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), fit)
    white = network_input(np.full((size[1], size[0], 3), 255, np.uint8), preprocessing)[..., 0] > 0
    lies = placement(*size, preprocessing)
    assert white.any(axis=0).sum() == min(lies.width, 32)
    assert white.any(axis=1).sum() == min(lies.height, 32)
    assert lies.border == pytest.approx(1 - white.mean())
