"""Odd pictures: planted ones are found, and a set without any has none, whatever its classes are like."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from desktop_app.project import odd

CLASSES = np.repeat(np.arange(4, dtype=np.int32), 50)


def around(middle: float, spread: float, count: int = 200, seed: int = 0) -> np.ndarray:
    return middle * np.exp(np.random.default_rng(seed).normal(0, spread, count))


def found(mask: np.ndarray) -> list[int]:
    return np.flatnonzero(mask).tolist()


def test_a_blurred_picture_stands_out() -> None:
    sharpness = around(1e-3, 0.5)
    sharpness[[7, 120]] = 2e-5
    assert found(odd.blurred(sharpness, CLASSES)) == [7, 120]


def test_a_class_of_smooth_parts_is_not_blurred() -> None:
    sharpness = around(1e-3, 0.3)
    sharpness[150:] = around(2e-5, 0.3, 50)
    assert found(odd.blurred(sharpness, CLASSES)) == []
    few = np.array([0] * 190 + [1] * 10, np.int32)
    sharpness = around(1e-3, 0.3)
    sharpness[190:] = around(2e-5, 0.3, 10)
    assert found(odd.blurred(sharpness, few)) == []
    assert len(found(odd.blurred(sharpness, np.full(200, -1, np.int32)))) == 10, "without classes they stand out"


def test_nothing_is_blurred_where_all_are_much_the_same_or_all_are_sharp() -> None:
    assert found(odd.blurred(np.full(200, 1e-3), CLASSES)) == []
    assert found(odd.blurred(around(1e-3, 0.05), CLASSES)) == []
    sharp = around(0.05, 0.1)
    sharp[3] = 0.01
    assert found(odd.blurred(sharp, CLASSES)) == []


def test_a_tenth_is_a_part_of_the_set() -> None:
    sharpness = around(1e-3, 0.3)
    sharpness[::10] = 1e-5
    assert found(odd.blurred(sharpness, CLASSES)) == []


@pytest.mark.parametrize(
    ("rule", "usual", "planted", "harmless"),
    [(odd.dark, 0.5, 0.08, 0.4), (odd.too_bright, 0.5, 0.93, 0.6)],
)
def test_dark_and_bright_pictures_stand_out(
    rule: Callable[[np.ndarray, np.ndarray], np.ndarray], usual: float, planted: float, harmless: float
) -> None:
    brightness = usual + np.random.default_rng(0).normal(0, 0.02, 200)
    assert found(rule(brightness, CLASSES)) == []
    brightness[5], brightness[6] = planted, harmless
    assert found(rule(brightness, CLASSES)) == [5]


def test_what_shows_nothing_is_told_even_if_many_do() -> None:
    brightness = np.full(200, 0.5)
    brightness[:60], brightness[60:90] = 0.0, 1.0
    assert found(odd.dark(brightness, CLASSES)) == list(range(60))
    assert found(odd.too_bright(brightness, CLASSES)) == list(range(60, 90))


def test_dark_parts_on_white_ground_and_their_opposite_are_fine() -> None:
    assert found(odd.too_bright(np.full(200, 0.93), CLASSES)) == []
    assert found(odd.dark(np.full(200, 0.06), CLASSES)) == []


def test_another_size_than_nearly_all() -> None:
    width, height = np.full(200, 640, np.int32), np.full(200, 480, np.int32)
    width[3], height[3] = 64, 48
    width[4], height[4] = 480, 640
    width[5] = 650  # cut a little differently
    assert found(odd.odd_size(width, height)) == [3, 4]
    width[20:50] = 1000
    assert found(odd.odd_size(width, height)) == [3], "two usual sizes"


def test_sizes_that_vary_have_outliers_only_far_away() -> None:
    random = np.random.default_rng(0)
    width = random.integers(300, 900, 200).astype(np.int32)
    height = random.integers(300, 900, 200).astype(np.int32)
    assert found(odd.odd_size(width, height)) == []
    width[8], height[8] = 20, 400
    width[9], height[9] = 6000, 5000
    assert found(odd.odd_size(width, height)) == [8, 9]


def test_another_format_than_nearly_all() -> None:
    formats = np.array(["JPEG"] * 198 + ["PNG", "JPEG grey"])
    assert found(odd.odd_format(formats)) == [198, 199]
    assert found(odd.odd_format(np.array(["JPEG"] * 150 + ["PNG"] * 50))) == []


def test_no_pictures_and_one() -> None:
    for count in (0, 1):
        values, labels = np.full(count, 0.5), np.zeros(count, np.int32)
        sizes = np.full(count, 9, np.int32)
        assert found(odd.blurred(values, labels)) == found(odd.dark(values, labels)) == []
        assert found(odd.too_bright(values, labels)) == found(odd.odd_size(sizes, sizes)) == []
        assert found(odd.odd_format(np.array(["PNG"] * count))) == []
