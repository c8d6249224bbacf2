"""Intervals for what was predicted fold by fold: they must hold what the whole model reaches on new pictures."""

import numpy as np
import pytest

from desktop_app.evaluation import metrics
from desktop_app.evaluation.cross_validation import (
    balanced_interval,
    chance_of_difference,
    share_interval,
)
from desktop_app.evaluation.intervals import wilson
from desktop_app.learning import head as heads
from desktop_app.learning.probing import fit
from desktop_app.project.dealing import stratified_group_folds

STRENGTH = 0.1


def parts(count: int, each: int) -> list[str]:
    return [f"part {number}" for number in range(count) for _ in range(each)]


class World:
    """Clouds of pictures; those of one part lie near each other by `alike` (0–1) of their spread."""

    def __init__(self, classes: int, size: int, apart: float, alike: float, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.centres = self.random.normal(size=(classes, size)) * apart / np.sqrt(size)
        self.alike = alike

    def draw(self, count: int, each: int) -> tuple[heads.Array, heads.Labels]:
        classes, size = self.centres.shape
        labels = (np.arange(count) % classes).repeat(each)
        part = self.random.normal(size=(count, size)).repeat(each, axis=0)
        own = self.random.normal(size=(count * each, size))
        pictures = self.centres[labels] + np.sqrt(self.alike) * part + np.sqrt(1 - self.alike) * own
        return pictures.astype(np.float32), labels.astype(np.int32)


def experiment(
    seed: int, classes: int, size: int, apart: float, count: int, each: int, alike: float
) -> tuple[bool, bool]:
    """Whether the intervals of accuracy and balanced accuracy hold the truth: a new model on endless new pictures."""
    world = World(classes, size, apart, alike, seed)
    pictures, labels = world.draw(count, each)
    groups = parts(count, each) if each > 1 else [""] * count
    fold_of = stratified_group_folds(labels, groups, 5, seed)
    predicted = np.zeros(len(labels), np.int32)
    for fold in range(5):
        learn = fold_of != fold
        predicted[~learn] = fit(pictures[learn], labels[learn], classes, STRENGTH).predict(pictures[~learn])
    new, actual = world.draw(3000, 1)
    called = fit(pictures, labels, classes, STRENGTH).predict(new)
    accuracy = float(np.mean(called == actual))
    balanced = metrics.balanced_accuracy(metrics.confusion_matrix(actual, called, classes))
    low, high = share_interval(predicted == labels, groups)
    balanced_low, balanced_high = balanced_interval(labels, predicted, classes, groups)
    return low <= accuracy <= high, balanced_low <= balanced <= balanced_high


@pytest.mark.slow
@pytest.mark.parametrize(
    ("classes", "size", "apart", "count", "each", "alike"),
    [
        (2, 50, 2.0, 40, 1, 0.0),
        (3, 50, 4.0, 60, 1, 0.0),
        (3, 200, 2.5, 60, 1, 0.0),
        (5, 50, 3.0, 100, 1, 0.0),
        (3, 50, 4.0, 30, 4, 0.5),
        (3, 50, 3.0, 20, 8, 0.3),
        (2, 50, 2.5, 40, 5, 0.7),
    ],
)
def test_coverage(classes: int, size: int, apart: float, count: int, each: int, alike: float) -> None:
    held = np.mean([experiment(seed, classes, size, apart, count, each, alike) for seed in range(400)], axis=0)
    print(
        f"{classes} classes, {count} × {each} pictures, {size} values, alike {alike}: "
        f"accuracy {held[0]:.3f}, balanced accuracy {held[1]:.3f}"
    )
    assert (held >= 0.92).all()


def test_wider_than_for_as_many_new_pictures() -> None:
    right = np.arange(100) < 90
    low, high = share_interval(right, [""] * 100)
    assert (low, high) == wilson(45, 50)
    assert high - low > np.ptp(wilson(90, 100))


def test_groups_that_go_together_count_as_one_picture_each() -> None:
    right = np.arange(40).repeat(5) < 30
    low, high = share_interval(right, parts(40, 5))
    alone_low, alone_high = share_interval(right, [""] * 200)
    assert high - low > 1.9 * (alone_high - alone_low)


def test_nothing_is_known_without_pictures() -> None:
    assert share_interval(np.ones(0, bool), []) == (0, 1)


def test_the_same_answers_do_not_differ() -> None:
    right = np.arange(50) < 40
    assert chance_of_difference(right, right, [""] * 50) == 1
    assert chance_of_difference(right, right, parts(10, 5)) == 1


def test_many_changes_one_way_are_no_chance() -> None:
    first, second = np.arange(50) < 30, np.arange(50) < 45
    assert chance_of_difference(first, second, [""] * 50) < 0.001
    # The same fifteen pictures of three parts could well be chance.
    assert chance_of_difference(first, second, parts(10, 5)) == pytest.approx(0.25, abs=0.02)


def test_equal_models_are_told_apart_about_one_time_in_twenty() -> None:
    """Two models that err alike, by parts: the test must not see more than chance."""
    random = np.random.default_rng(0)
    found = 0
    for _ in range(300):
        first, second = (random.random(40).repeat(4) < 0.8 for _ in range(2))
        found += chance_of_difference(first, second, parts(40, 4)) < 0.05
    assert found / 300 < 0.09
