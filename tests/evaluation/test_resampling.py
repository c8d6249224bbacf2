import numpy as np
import pytest

from desktop_app.evaluation import metrics
from desktop_app.evaluation.resampling import mean_intervals


class World:
    """Classes of different sizes that a model confuses in its own way; what it would reach on endless pictures."""

    def __init__(self, classes: int, accuracy: float, seed: int = 1) -> None:
        self.random = np.random.default_rng(seed)
        self.shares = self.random.dirichlet(np.full(classes, 5.0))
        self.called = self.random.dirichlet(np.ones(classes), classes) * (1 - accuracy)
        self.called += np.eye(classes) * accuracy
        confusion = self.called * self.shares[:, None]
        self.balanced_accuracy = float(np.mean(np.diag(self.called)))
        self.macro_f1 = float(np.mean(2 * np.diag(confusion) / (confusion.sum(0) + confusion.sum(1))))
        self.classes = classes

    def draw(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        actual = self.random.choice(self.classes, n, p=self.shares)
        return actual, self._call(actual)

    def draw_groups(self, groups: int, each: int) -> tuple[np.ndarray, np.ndarray, list[str]]:
        """Pictures of one part are alike: two of three times they are called alike."""
        of_part = self.random.choice(self.classes, groups, p=self.shares)
        actual = of_part.repeat(each)
        alike = self.random.random(len(actual)) < 2 / 3
        called = np.where(alike, self._call(of_part).repeat(each), self._call(actual))
        return actual, called, [f"part {part}" for part in range(groups) for _ in range(each)]

    def _call(self, actual: np.ndarray) -> np.ndarray:
        ends = self.called.cumsum(1)
        return np.minimum((self.random.random(len(actual))[:, None] > ends[actual]).sum(1), self.classes - 1)


def coverage(world: World, n: int, times: int) -> tuple[float, float]:
    """How often the intervals of balanced accuracy and macro-F1 hold what is true."""
    held = np.zeros((times, 2))
    for time in range(times):
        found = mean_intervals(*world.draw(n), world.classes, seed=time)
        held[time] = (
            found.balanced_accuracy[0] <= world.balanced_accuracy <= found.balanced_accuracy[1],
            found.macro_f1[0] <= world.macro_f1 <= found.macro_f1[1],
        )
    return tuple(held.mean(0))


def test_intervals_hold_the_truth_about_95_of_100_times() -> None:
    # Two standard errors of 300 experiments on each side of 93–97 %.
    for share in coverage(World(7, 0.95), 432, 300):
        assert 0.905 <= share <= 0.995


@pytest.mark.slow
@pytest.mark.parametrize(("classes", "accuracy", "n"), [(2, 0.9, 200), (7, 0.96, 432), (10, 0.95, 651)])
def test_coverage_over_2000_experiments(classes: int, accuracy: float, n: int) -> None:
    shares = coverage(World(classes, accuracy), n, 2000)
    print(f"{classes} classes, {n} pictures: balanced accuracy {shares[0]:.3f}, macro-F1 {shares[1]:.3f}")
    for share in shares:
        assert 0.93 <= share <= 0.97


@pytest.mark.parametrize("each", [1, 2])
def test_classes_with_a_picture_or_two_hold_the_truth_too(each: int) -> None:
    """Such classes say nothing about how much they vary: it is seen by comparing classes."""
    world, held = World(40, 0.9), 0
    for time in range(100):
        actual = np.arange(40).repeat(each)
        low, high = mean_intervals(actual, world._call(actual), 40, seed=time).balanced_accuracy
        held += low <= world.balanced_accuracy <= high
    assert held >= 88  # of 95 wanted: three standard errors


def test_a_perfect_result_lies_within_its_interval() -> None:
    actual = np.arange(2).repeat(5)
    found = mean_intervals(actual, actual, 2)
    assert found.balanced_accuracy[1] == found.macro_f1[1] == 1
    assert found.balanced_accuracy[0] < 0.9


def test_groups_widen_the_interval() -> None:
    actual, called, groups = World(3, 0.9).draw_groups(60, 8)
    alone = mean_intervals(actual, called, 3)
    grouped = mean_intervals(actual, called, 3, groups)
    assert np.ptp(grouped.balanced_accuracy) > 1.3 * np.ptp(alone.balanced_accuracy)
    assert np.ptp(grouped.macro_f1) > 1.3 * np.ptp(alone.macro_f1)


def test_groups_of_one_picture_change_nothing_but_chance() -> None:
    actual, called = World(3, 0.9).draw(400)
    alone = mean_intervals(actual, called, 3)
    single = mean_intervals(actual, called, 3, [f"part {row}" for row in range(400)])
    assert single.balanced_accuracy == pytest.approx(alone.balanced_accuracy, abs=0.01)


def test_pictures_without_a_group_stand_alone() -> None:
    actual, called = World(3, 0.9).draw(400)
    some = mean_intervals(actual, called, 3, ["lot 1", "lot 1", *[""] * 398])
    assert some.macro_f1 == pytest.approx(mean_intervals(actual, called, 3).macro_f1, abs=0.01)


def test_nothing_but_right_answers_is_not_certain() -> None:
    actual = np.arange(3).repeat(10)
    found = mean_intervals(actual, actual, 3)
    assert 0.8 < found.balanced_accuracy[0] < 0.99
    assert found.balanced_accuracy[1] > 0.999
    assert 0.8 < found.macro_f1[0] < 0.99


def test_the_measures_lie_within() -> None:
    actual, called = World(5, 0.8, seed=3).draw(300)
    confusion = metrics.confusion_matrix(actual, called, 5)
    found = mean_intervals(actual, called, 5)
    assert found.balanced_accuracy[0] < metrics.balanced_accuracy(confusion) < found.balanced_accuracy[1]
    assert found.macro_f1[0] < metrics.macro_f1(confusion) < found.macro_f1[1]


def test_classes_without_pictures_do_not_count() -> None:
    actual, called = World(3, 0.9).draw(300)
    assert mean_intervals(actual, called, 9) == mean_intervals(actual, called, 3)


def test_no_interval_without_pictures() -> None:
    with pytest.raises(ValueError, match="no pictures"):
        mean_intervals(np.empty(0, int), np.empty(0, int), 2)


def test_a_thousand_classes_with_a_picture_each_have_an_interval() -> None:
    """Weights vary so much then that some are 0 in floating point."""
    actual = np.arange(1000)
    found = mean_intervals(actual, np.where(actual % 9 == 0, (actual + 1) % 1000, actual), 1000)
    for low, high in (found.balanced_accuracy, found.macro_f1):
        assert 0 < low < high < 1
