"""ROC and precision over recall: against scikit-learn, published examples, and simulation."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from desktop_app.evaluation.clusters import effect_of_units
from desktop_app.evaluation.ranking import Ranking, area_interval, rank


def drawn(
    random: np.random.Generator, wanted: int, others: int, apart: float = 1.5, each: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Scores, and which are wanted; `each` pictures of a part look much the same."""
    is_wanted = np.repeat([True, False], (wanted, others))
    part = apart * is_wanted + random.normal(size=wanted + others)
    return part.repeat(each) + (0.2 if each > 1 else 0) * random.normal(size=len(part) * each), is_wanted.repeat(each)


@pytest.mark.parametrize("rounded", [None, 0])
def test_curves_and_areas_are_those_of_scikit_learn(rounded: int | None) -> None:
    score, wanted = drawn(np.random.default_rng(2), 40, 90)
    score = score if rounded is None else score.round(rounded)  # ties
    found = rank(score, wanted)
    assert found is not None
    wrongly, recall, _ = roc_curve(wanted, score, drop_intermediate=False)
    assert found.wrongly == pytest.approx(wrongly) and found.found == pytest.approx(recall)
    precision, recall, _ = precision_recall_curve(wanted, score)
    assert found.right == pytest.approx(precision[::-1]) and found.found == pytest.approx(recall[::-1])
    assert found.area == pytest.approx(roc_auc_score(wanted, score))
    assert found.average_precision == pytest.approx(average_precision_score(wanted, score))


def test_nothing_to_tell_apart() -> None:
    assert rank(np.array([0.1, 0.2]), np.array([True, True])) is None
    assert rank(np.array([0.1, 0.2]), np.array([False, False])) is None


def test_the_interval_solves_newcombes_equation() -> None:
    """|seen - true| = 1.96 √(true (1 - true) (1 + (N - 1) ((1 - true) / (2 - true) + true / (1 + true))) / mn)."""
    for area, m, n in ((0.8, 30, 50), (0.95, 12, 200), (0.55, 40, 9)):
        for true in area_interval(area, m, n):
            middle = (m + n) / 2
            variance = true * (1 - true) * (1 + (middle - 1) * ((1 - true) / (2 - true) + true / (1 + true))) / (m * n)
            assert abs(area - true) == pytest.approx(1.959964 * variance**0.5, abs=1e-6)


def test_a_perfect_ranking_of_few_pictures_is_not_certain() -> None:
    found = rank(np.arange(24.0), np.arange(24) >= 12)
    assert found is not None and found.area == found.average_precision == 1.0
    assert 0.7 < found.area_interval[0] < 0.9 and found.area_interval[1] == 1.0
    assert 0.7 < found.precision_interval[0] < 0.9 and found.precision_interval[1] == 1.0


def test_pictures_of_one_part_count_as_the_fewer_that_they_are_worth() -> None:
    score, wanted = drawn(np.random.default_rng(4), 20, 40, each=8)
    parts = [f"part {part}" for part in np.arange(60).repeat(8)]
    alone, together = rank(score, wanted), rank(score, wanted, parts)
    assert alone is not None and together is not None and alone.area == together.area
    assert np.ptp(together.area_interval) > 2 * np.ptp(alone.area_interval)
    assert np.ptp(together.precision_interval) > 2 * np.ptp(alone.precision_interval)
    single = rank(score, wanted, [str(number) for number in range(480)])
    assert single is not None and single.area_interval == pytest.approx(alone.area_interval)


def test_the_effect_of_units_by_hand() -> None:
    """Two parts of two pictures, 0 0 and 1 1: as if there were two; but that only one tells something is doubted."""
    assert effect_of_units(np.array([0, 0, 1.0, 1.0]), np.array([0, 0, 1, 1])) == pytest.approx(2.0)
    assert effect_of_units(np.ones(6), np.array([0, 0, 0, 1, 1, 1])) == pytest.approx(3.0), "nothing seen: the worst"
    assert effect_of_units(np.array([0, 1, 0, 1.0]), np.array([0, 0, 1, 1])) == pytest.approx(1.0)
    assert effect_of_units(np.array([0.2, 0.4]), np.array([7, 9])) == 1.0


def coverage(apart: float, wanted: int, others: int, times: int, each: int = 1) -> tuple[float, float]:
    """How often the intervals hold the true area and the true average precision."""
    random = np.random.default_rng(0)
    scale = 150_000 // (wanted + others)
    true = ranked(*drawn(random, wanted * scale, others * scale, apart, 1))
    groups = [f"part {part}" for part in np.arange(wanted + others).repeat(each)] if each > 1 else []
    held = np.zeros((times, 2))
    for time in range(times):
        found = ranked(*drawn(random, wanted, others, apart, each), groups)
        held[time] = (
            found.area_interval[0] <= true.area <= found.area_interval[1],
            found.precision_interval[0] <= true.average_precision <= found.precision_interval[1],
        )
    return tuple(held.mean(axis=0))


def ranked(score: np.ndarray, wanted: np.ndarray, groups: list[str] | None = None) -> Ranking:
    found = rank(score, wanted, groups or [])
    assert found is not None
    return found


def test_the_intervals_hold() -> None:
    area, precision = coverage(1.5, 40, 100, 300)
    assert 0.92 <= area <= 0.99 and precision >= 0.92


@pytest.mark.slow
@pytest.mark.parametrize(
    ("apart", "wanted", "others", "each"),
    [(1.0, 60, 200, 1), (2.0, 60, 200, 1), (2.0, 150, 50, 1), (1.0, 20, 20, 1), (1.5, 30, 60, 6)],
)
def test_coverage_over_2000_experiments(apart: float, wanted: int, others: int, each: int) -> None:
    area, precision = coverage(apart, wanted, others, 2000, each)
    print(f"{wanted} among {wanted + others}, {each} each: area {area:.3f}, average precision {precision:.3f}")
    assert 0.93 <= area <= 0.98
    assert precision >= 0.93, "Boyd's interval errs to the safe side"
