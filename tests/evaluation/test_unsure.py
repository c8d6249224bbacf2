import numpy as np
import pytest
from scipy.stats import binom

from desktop_app.evaluation.predictions import Predictions
from desktop_app.evaluation.rules import Rule, calls_of, make_rule
from desktop_app.evaluation.unsure import (
    NEVER,
    Calls,
    calls,
    expected,
    furthest_ordinary,
    most_allowed,
    smallest_promise,
    threshold,
)

GOOD = np.array([False, True])


def drawn(n: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of (defect, good), and what is true: they overlap."""
    shown = random.normal(size=n)
    actual = (shown + 0.8 * random.normal(size=n) > 0).astype(int)
    good = 1 / (1 + np.exp(-3 * shown))
    return np.stack([1 - good, good], 1).astype(np.float32), actual


def harm_rate(split: Calls, at: float) -> float:
    return float(np.mean((split.harm & (split.how_sure >= at))[split.at_risk]))


@pytest.mark.parametrize("promise", [0.02, 0.05, 0.1])
@pytest.mark.parametrize("good", [GOOD, None])
def test_a_promise_is_kept_in_95_of_100_splits(promise: float, good: np.ndarray | None) -> None:
    random = np.random.default_rng(7)
    probabilities, actual = drawn(200_000, random)
    world = calls(probabilities, actual, good)
    kept = []
    for _ in range(500):
        rows = random.choice(len(actual), 600)
        at = threshold(calls(probabilities[rows], actual[rows], good), promise)
        kept.append(harm_rate(world, at) <= promise)
    # By chance a few more than 5 % may break it: two standard errors of 500 draws.
    assert np.mean(kept) >= 0.95 - 2 * (0.95 * 0.05 / 500) ** 0.5


def test_a_naive_threshold_would_break_it_often() -> None:
    """The simulation can fail: without the upper limit, about half of the promises are broken."""
    random = np.random.default_rng(7)
    probabilities, actual = drawn(200_000, random)
    world = calls(probabilities, actual, GOOD)
    kept = []
    for _ in range(200):
        rows = random.choice(len(actual), 600)
        split = calls(probabilities[rows], actual[rows], GOOD)
        harmful = np.sort(split.how_sure[split.harm])[::-1]
        allowed = int(0.05 * split.at_risk.sum())
        kept.append(harm_rate(world, float(harmful[allowed]) + 1e-9) <= 0.05)
    assert np.mean(kept) < 0.8


def test_too_few_pictures_promise_nothing() -> None:
    split = calls(np.array([[0.9, 0.1]] * 50, np.float32), np.zeros(50, int), GOOD)  # 50 defects, all found
    assert threshold(split, 0.05) == NEVER
    assert smallest_promise(50) == pytest.approx(0.0582, abs=1e-4)
    assert threshold(split, 0.06) == 0.0


def test_published_counts() -> None:
    """To show at most 5 % (1 %) with 95 % confidence takes 59 (299) pictures without harm."""
    assert [most_allowed(n, 0.05) for n in (58, 59)] == [-1, 0]
    assert [most_allowed(n, 0.01) for n in (298, 299)] == [-1, 0]


def test_those_as_sure_as_the_harm_are_unsure_too() -> None:
    probabilities = np.array([[0.2, 0.8]] * 70 + [[0.9, 0.1]] * 70, np.float32)
    split = calls(probabilities, np.zeros(140, int), GOOD)
    at = threshold(split, 0.05)
    assert at > 0.8
    assert expected(split, at).harm == 0
    assert expected(split, at).unsure == 70


def test_what_comes_of_a_threshold_with_roles() -> None:
    # Classes: scratch, dent (defects), good. Two good classes' worth of calls by hand.
    probabilities = np.array(
        [
            [0.6, 0.3, 0.1],  # scratch called defect
            [0.1, 0.1, 0.8],  # dent called good, 80 % sure: missed
            [0.0, 0.3, 0.7],  # dent called good, 70 % sure: unsure at 0.75
            [0.1, 0.0, 0.9],  # good called good
            [0.2, 0.1, 0.7],  # good called good, unsure at 0.75
            [0.3, 0.4, 0.3],  # good called defect: a false alarm, although no single defect has half
        ],
        np.float32,
    )
    split = calls(probabilities, np.array([0, 1, 1, 2, 2, 2]), np.array([False, False, True]))
    found = expected(split, 0.75)
    assert (found.harm, found.at_risk) == (1, 3)
    assert (found.false_alarms, found.good) == (1, 3)
    assert (found.unsure, found.n) == (2, 6)
    assert found.harm_at_once == 2


def test_what_comes_of_a_threshold_without_roles() -> None:
    probabilities = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]], np.float32)
    found = expected(calls(probabilities, np.array([0, 1, 0])), 0.7)
    assert (found.harm, found.at_risk, found.unsure, found.n, found.good) == (1, 3, 1, 3, 0)
    assert found.harm_at_once == 2


def test_always_unsure_does_no_harm() -> None:
    random = np.random.default_rng(0)
    found = expected(calls(*drawn(100, random)), NEVER)
    assert (found.harm, found.unsure) == (0, 100)


# ---- pictures that belong together


def drawn_parts(parts: int, each: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As `drawn`, with `each` pictures of a part that look much the same."""
    of_part = random.normal(size=parts)
    actual = (of_part + 0.8 * random.normal(size=parts) > 0).astype(int).repeat(each)
    shown = of_part.repeat(each) + 0.2 * random.normal(size=parts * each)
    good = 1 / (1 + np.exp(-3 * shown))
    return np.stack([1 - good, good], 1).astype(np.float32), actual, np.arange(parts).repeat(each)


def test_a_promise_holds_for_parts_of_which_there_are_many_pictures() -> None:
    """Taken for independent, eight pictures of each of 75 parts would promise what 75 parts can't show."""
    random = np.random.default_rng(7)
    probabilities, actual, _ = drawn_parts(20_000, 8, random)
    world = calls(probabilities, actual, GOOD)
    kept = []
    for _ in range(300):
        probabilities, actual, parts = drawn_parts(150, 8, random)
        knowing = threshold(calls(probabilities, actual, GOOD, units=parts), 0.1)
        plain = threshold(calls(probabilities, actual, GOOD), 0.1)
        kept.append((harm_rate(world, knowing) <= 0.1, harm_rate(world, plain) <= 0.1))
    held, held_without = np.mean(kept, axis=0)
    assert held >= 0.95 - 2 * (0.95 * 0.05 / 300) ** 0.5
    assert held_without < 0.9


def chance_of_keeping(at_risk: int, promise: float) -> float:
    """Exactly how often a promise is kept, where it could be broken at all.

    It is kept if more of the pictures at risk than are allowed are harmed by the threshold at which the true rate is
    the promise: then the one that is chosen is stricter. Their number is binomial.
    """
    return float(binom.sf(most_allowed(at_risk, promise), at_risk, promise))


@pytest.mark.parametrize("promise", [0.001, 0.01, 0.02, 0.05, 0.1, 0.3])
def test_by_its_arithmetic_a_promise_is_never_kept_less_often_than_95_of_100_times(promise: float) -> None:
    chances = [chance_of_keeping(n, promise) for n in (*range(1, 400), 1000, 3000, 10_000)]
    assert min(chances) >= 0.95
    if promise >= 0.05:
        assert chances[-1] < 0.96, "and with many pictures hardly more often than it must"


def kept(promise: float, good: np.ndarray | None, splits: int, n: int = 800, seed: int = 11) -> tuple[float, float]:
    """How often a promise is kept over resampled splits of `n` pictures, and how often it should be, exactly."""
    random = np.random.default_rng(seed)
    probabilities, actual = drawn(400_000, random)
    world = calls(probabilities, actual, good)
    order = np.argsort(-world.how_sure[world.harm])
    sure = world.how_sure[world.harm][order]
    at_risk = np.count_nonzero(world.at_risk)
    held, exact = [], []
    for _ in range(splits):
        rows = random.choice(len(actual), n)
        split = calls(probabilities[rows], actual[rows], good)
        at = threshold(split, promise)
        held.append(np.searchsorted(-sure, -at, side="right") / at_risk <= promise)
        exact.append(chance_of_keeping(split.bearers, promise))
    return float(np.mean(held)), float(np.mean(exact))


@pytest.mark.parametrize("good", [GOOD, None])
def test_the_simulation_shows_what_arithmetic_says(good: np.ndarray | None) -> None:
    seen, exact = kept(0.05, good, 1000)
    assert exact >= 0.95
    assert seen == pytest.approx(exact, abs=3 * (0.95 * 0.05 / 1000) ** 0.5)


def kept_when_calibrated(promise: float, splits: int, n: int = 400) -> float:
    """The same of a whole rule: five classes, and a temperature that was learnt from the same pictures."""
    random = np.random.default_rng(5)
    actual = random.integers(0, 5, 20_000).astype(np.int32)
    logits = random.normal(size=(20_000, 5)) + 2.2 * np.eye(5)[actual]
    odds = np.exp(2.5 * logits)
    everyone = Predictions(
        ("f",) * 20_000, ("h",) * 20_000, tuple("abcde"), actual, (odds / odds.sum(1, keepdims=True)).astype(np.float32)
    )
    held = []
    for _ in range(splits):
        rows = random.choice(len(actual), n)
        names = ("f",) * n
        split = Predictions(names, names, everyone.classes, actual[rows], everyone.probabilities[rows])
        rule = make_rule(split, promise)
        held.append(harm_rate(calls_of(everyone, rule.temperature, ()), rule.threshold) <= promise)
    return float(np.mean(held))


@pytest.mark.slow
@pytest.mark.parametrize("promise", [0.02, 0.05, 0.1])
def test_learning_the_temperature_from_the_same_pictures_breaks_no_promise(promise: float) -> None:
    assert kept_when_calibrated(promise, 500) >= 0.95 - 2 * (0.95 * 0.05 / 500) ** 0.5


@pytest.mark.slow
@pytest.mark.parametrize("promise", [0.01, 0.02, 0.05, 0.1, 0.2])
@pytest.mark.parametrize("good", [GOOD, None])
def test_promises_over_500_resampled_splits(promise: float, good: np.ndarray | None) -> None:
    assert kept(promise, good, 500)[0] >= 0.95 - 2 * (0.95 * 0.05 / 500) ** 0.5


def test_what_comes_of_a_rule_counts_parts_once() -> None:
    probabilities = np.array([[0.1, 0.9]] * 4 + [[0.9, 0.1]] * 4, np.float32)
    split = calls(probabilities, np.zeros(8, int), GOOD, units=np.array([0, 0, 1, 1, 2, 2, 3, 3]))
    found = expected(split, 0.0)
    assert (found.harm, found.at_risk, split.bearers) == (4, 8, 4)
    assert found.harm_limit == pytest.approx(0.9023, abs=1e-4)  # 2 of 4, Clopper and Pearson


# ---- pictures like nothing learnt


def test_pictures_like_nothing_learnt_are_unsure_whatever_they_are_called() -> None:
    probabilities = np.array([[0.9, 0.1], [0.1, 0.9], [0.1, 0.9], [0.9, 0.1]], np.float32)
    away = np.array([1.0, 1.0, 9.0, 9.0], np.float32)
    split = calls(probabilities, np.array([0, 0, 0, 1]), GOOD, away)
    found = expected(split, 0.5, 3.0)
    assert (found.unsure, found.unlike, found.harm, found.false_alarms) == (2, 2, 1, 0)
    rule = Rule(0.1, 1.0, 0.5, ("good",), 3.0)
    assert rule.decide(probabilities, ("defect", "good"), away)[2].tolist() == [False, False, True, True]
    assert not rule.decide(probabilities, ("defect", "good"))[2].any(), "nothing is measured"


@pytest.mark.parametrize(("n", "share"), [(20, 1 / 21), (99, 0.01), (400, 0.01)])
def test_few_ordinary_pictures_are_taken_for_unlike_anything(n: int, share: float) -> None:
    """On average over splits: as many as promised, or 1 in n + 1 of a few (Bates et al., Theorem 1)."""
    random = np.random.default_rng(3)
    exceeded = []
    for _ in range(1500):
        away = random.gamma(3, size=n).astype(np.float32)
        split = calls(np.tile(np.array([[0.9, 0.1]], np.float32), (n, 1)), np.zeros(n, int), unlike=away)
        exceeded.append(float(np.mean(random.gamma(3, size=400) > furthest_ordinary(split))))
    assert np.mean(exceeded) == pytest.approx(share, rel=0.15)


def test_no_distances_no_limit() -> None:
    assert furthest_ordinary(calls(*drawn(50, np.random.default_rng(0)))) is None
    assert furthest_ordinary(calls(np.empty((0, 2), np.float32), np.empty(0, int))) is None
