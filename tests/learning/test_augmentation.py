from dataclasses import replace

import numpy as np
import pytest

from desktop_app.learning.augmentation import variations, vary
from desktop_app.learning.recipe import Recipe
from tests.drawing import picture

PLAIN = Recipe(smallest_crop=1.0, flip="none", jitter=0.0)


def random(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_the_same_seed_gives_the_same_view():
    image = picture(0, 0)
    np.testing.assert_array_equal(vary(image, Recipe(), random(1)), vary(image, Recipe(), random(1)))
    assert not np.array_equal(vary(image, Recipe(), random(1)), vary(image, Recipe(), random(2)))


def test_without_variation_the_view_is_the_picture():
    image = picture(0, 0)
    np.testing.assert_array_equal(vary(image, PLAIN, random()), image)


def test_views_show_the_share_asked_for_and_keep_the_proportions():
    image = np.random.default_rng(0).integers(0, 256, (60, 120, 3), np.uint8)
    shares = []
    for seed in range(50):
        view = vary(image, Recipe(smallest_crop=0.5, flip="none", jitter=0.0), random(seed))
        height, width = view.shape[:2]
        assert abs(width - 2 * height) <= 2
        shares.append(height * width / (60 * 120))
    assert 0.48 < min(shares) < 0.6
    assert 0.9 < max(shares) <= 1


@pytest.mark.parametrize(("flip", "kinds"), [("none", 1), ("horizontal", 2), ("both", 4)])
def test_mirrors_only_in_the_directions_asked_for(flip, kinds):
    image = picture(0, 0)
    recipe = Recipe(smallest_crop=1.0, flip=flip, jitter=0.0)
    views = {vary(image, recipe, random(seed)).tobytes() for seed in range(40)}
    assert len(views) == kinds
    assert image.tobytes() in views


def test_light_varies_but_the_picture_stays():
    image = picture(0, 0)
    view = vary(image, Recipe(smallest_crop=1.0, flip="none", jitter=0.3), random(4))
    assert not np.array_equal(view, image)
    assert np.corrcoef(view.ravel(), image.ravel())[0, 1] > 0.95


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 90, 3), (90, 1, 3)])
def test_tiny_pictures(shape):
    view = vary(np.full(shape, 9, np.uint8), Recipe(smallest_crop=0.05), random())
    assert min(view.shape) >= 1


def test_quarters_turn_in_four_ways():
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    views = {vary(image, replace(PLAIN, rotate="quarters"), random(seed)).tobytes() for seed in range(40)}
    assert views == {np.rot90(image, turns).tobytes() for turns in range(4)}


@pytest.mark.parametrize(("rotate", "most"), [("slightly", 15), ("any", 90)])
def test_a_bar_is_turned_by_as_much_as_was_allowed(rotate, most):
    image = np.full((101, 101, 3), 200, np.uint8)
    image[49:52, 20:81] = 0
    angles = []
    for seed in range(60):
        view = vary(image, replace(PLAIN, rotate=rotate), random(seed))
        assert view.min(axis=2)[0, 0] == 200  # corners have the border's colour
        y, x = np.nonzero(view[..., 0] < 100)
        (_, vector) = np.linalg.eigh(np.cov(np.stack([x, y])))[1].T
        angle = np.degrees(np.arctan2(vector[1], vector[0])) % 180
        angles.append(min(angle, 180 - angle))
    assert most * 0.8 < max(angles) < most + 1


def test_some_views_are_blurred_slightly():
    image = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    sharpness = [
        np.diff(vary(image, replace(PLAIN, blur=True), random(seed)).astype(int), axis=1).std() for seed in range(20)
    ]
    plain = np.diff(image.astype(int), axis=1).std()
    same = [abs(value - plain) < 1e-6 for value in sharpness]
    assert 4 <= sum(same) <= 16
    assert min(sharpness) < 0.8 * plain


def test_variations_depend_on_the_picture_and_the_seed():
    image = picture(0, 0)
    nine = variations(image, Recipe(), "a1", 9)
    assert len({view.tobytes() for view in nine}) == 9
    np.testing.assert_array_equal(variations(image, Recipe(), "a1", 2)[1], nine[1])
    assert not np.array_equal(variations(image, Recipe(), "b2", 1)[0], nine[0])
    assert not np.array_equal(variations(image, Recipe(seed=1), "a1", 1)[0], nine[0])
