import numpy as np
import pytest

from desktop_app.learning.augmentation import vary
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
