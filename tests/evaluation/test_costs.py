"""Thresholds that cost least: against all others, by hand, and simulated."""

import itertools

import numpy as np
import pytest

from desktop_app.evaluation import costs as module
from desktop_app.evaluation.costs import Costs, cheapest, cost_interval, cost_of
from desktop_app.evaluation.resampling import mean_interval
from desktop_app.evaluation.unsure import Calls, calls, expected

GOOD = np.array([False, True])
COSTS = Costs(50, 5, 1)


def world(n: int, random: np.random.Generator, sharper: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of (defect, good), the true ones if not `sharper`, and what is true: 0 is a defect."""
    logit = 3 * random.normal(size=n) - 1
    actual = (random.random(n) >= 1 / (1 + np.exp(-logit))).astype(int)
    good = 1 / (1 + np.exp(sharper * logit))
    return np.stack([1 - good, good], 1), actual


def mean_cost(split: Calls, thresholds: tuple[float, float], costs: Costs) -> float:
    """Counted anew, from the share of good alone."""
    good_from, defect_below = thresholds
    share = split.good_share
    passed, stopped = share >= good_from, share < defect_below
    spent = costs.harm * (passed & split.at_risk) + costs.false_alarm * (stopped & ~split.at_risk)
    return float(np.mean(spent + costs.look * (~passed & ~stopped)))


def test_by_counting_alone_no_other_thresholds_cost_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WORD_OF_SIDE", 0)
    random = np.random.default_rng(1)
    for costs in (COSTS, Costs(10, 10, 1), Costs(2, 20, 1), Costs(5, 5, 4), Costs(3, 0, 1), Costs(3, 1, 0)):
        probabilities, actual = world(60, random)
        probabilities = probabilities.round(1)  # ties
        split = calls(probabilities, actual, GOOD)
        found = cheapest(split, costs)
        places = np.linspace(-0.05, 1.05, 12)
        others = [mean_cost(split, pair, costs) for pair in itertools.product(places, places) if pair[0] >= pair[1]]
        assert mean_cost(split, found, costs) == pytest.approx(min(others))


def test_by_the_model_alone_they_are_those_of_chow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking costs 1: good if a defect is less likely than 1 / 50, a defect if good is less likely than 1 / 5."""
    monkeypatch.setattr(module, "_WORD_OF_SIDE", 1e12)
    split = calls(*world(20_000, np.random.default_rng(1)), GOOD)
    assert cheapest(split, COSTS) == pytest.approx((0.98, 0.2), abs=0.002)
    # Where looking costs too much, nothing is left to a person.
    assert cheapest(split, Costs(10, 10, 6)) == pytest.approx((0.5, 0.5), abs=0.002)


def test_without_roles_a_call_must_be_as_sure_as_its_mistake_is_dear(monkeypatch: pytest.MonkeyPatch) -> None:
    split = calls(*world(50_000, np.random.default_rng(1)))
    assert cheapest(split, Costs(20, 0, 1)) == (pytest.approx(0.95, abs=0.02), 0.0)
    assert cheapest(split, Costs(1, 0, 2))[0] <= 0.5, "asking costs more than being wrong"
    monkeypatch.setattr(module, "_WORD", 0)
    split = calls(np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.4, 0.6]]), np.array([0, 0, 1, 0]))
    at, _ = cheapest(split, Costs(20, 0, 1))
    assert 0.6 < at <= 0.7


def test_rare_defects_move_the_thresholds_as_they_should() -> None:
    """Choosing for defects that are ten times rarer is choosing on pictures of which as many are defects."""
    random = np.random.default_rng(5)
    probabilities, actual = world(200_000, random)
    here = np.mean(actual == 0)
    rows = np.flatnonzero((actual == 1) | (random.random(len(actual)) < 0.05 * (1 - here) / (0.95 * here)))
    assert np.mean(actual[rows] == 0) == pytest.approx(0.05, abs=0.003)
    told = cheapest(calls(probabilities, actual, GOOD), Costs(50, 5, 1, 0.05))
    seen = cheapest(calls(probabilities[rows], actual[rows], GOOD), COSTS)
    assert told == pytest.approx(seen, abs=0.05)


def test_few_pictures_are_not_believed_more_than_the_model() -> None:
    """All 20 defects were found: by counting alone, no defect would ever be expected among the others."""
    good = np.concatenate([np.full(20, 0.02), np.linspace(0.5, 1, 40)])
    split = calls(np.stack([1 - good, good], 1), np.repeat([0, 1], (20, 40)), GOOD)
    assert 0.95 < cheapest(split, Costs(500, 5, 1))[0] <= 1
    random = np.random.default_rng(3)
    everyone = calls(*world(100_000, random), GOOD)
    best = mean_cost(everyone, cheapest(everyone, Costs(500, 5, 1)), Costs(500, 5, 1))
    extra = []
    for _ in range(60):
        found = cheapest(calls(*world(80, random), GOOD), Costs(500, 5, 1))
        extra.append(mean_cost(everyone, found, Costs(500, 5, 1)) / best - 1)
    assert np.mean(extra) < 0.25


def test_a_wrong_answer_costs_as_much_on_either_side_once_there_are_sides() -> None:
    assert Costs(20, 0, 1).about(sided=True) == Costs(20, 20, 1)
    assert Costs(50, 5, 1, 0.01).about(sided=False) == Costs(50, 0.0, 1)
    assert Costs(50, 5, 1, 0.01).about(sided=True) == Costs(50, 5, 1, 0.01)


def test_what_it_costs_by_hand() -> None:
    probabilities = np.array([[0.1, 0.9], [0.4, 0.6], [0.9, 0.1], [0.1, 0.9], [0.7, 0.3]])
    split = calls(probabilities, np.array([0, 0, 0, 1, 1]), GOOD)
    found = expected(split, 0.8, costs=COSTS)  # an escape, a look, a defect found, a good one passed, a false alarm
    assert found.cost == pytest.approx((50 + 1 + 5) / 5)
    assert found.cost_interval[0] < found.cost < found.cost_interval[1]
    rare = expected(split, 0.8, costs=Costs(50, 5, 1, 0.1))
    assert rare.cost == pytest.approx(0.1 * 51 / 3 + 0.9 * 5 / 2)
    assert expected(split, 0.8).cost is None
    plain = expected(calls(probabilities, np.array([0, 0, 0, 1, 1])), 0.65, costs=Costs(20, 0, 1))
    assert plain.cost == pytest.approx((20 + 1 + 0 + 0 + 20) / 5)


def test_what_was_not_seen_may_still_cost_something() -> None:
    probabilities, actual = np.repeat([[0.9, 0.1], [0.1, 0.9]], 30, axis=0), np.repeat([0, 1], 30)
    split, nothing = calls(probabilities, actual, GOOD), np.zeros(60, bool)
    low, high = cost_interval(split, nothing, COSTS)
    assert cost_of(split, nothing, COSTS) == 0 and low < 0.2 and high > 50 * 0.5 / 60


def test_pictures_of_one_part_make_it_less_certain() -> None:
    random = np.random.default_rng(2)
    actual = random.integers(0, 2, 60).repeat(8)
    right = (random.random(60) < 0.9).repeat(8)
    probabilities = np.stack([actual != right, actual == right], 1).astype(float)
    alone = cost_interval(calls(probabilities, actual, GOOD), np.zeros(480, bool), COSTS)
    together = calls(probabilities, actual, GOOD, units=np.arange(60).repeat(8))
    parts = cost_interval(together, np.zeros(480, bool), COSTS)
    assert np.ptp(parts) > 1.7 * np.ptp(alone)
    single = calls(probabilities, actual, GOOD, units=np.arange(480))
    assert cost_interval(single, np.zeros(480, bool), COSTS) == pytest.approx(alone, rel=0.1)


def coverage(chances: list[float], n: int, times: int, shares: tuple[float, ...] = (1.0,)) -> float:
    """How often the interval holds the true mean cost: escapes, looks, found; false alarms, looks, passed."""
    random, prices = np.random.default_rng(1), np.array([50, 1, 0, 5, 1, 0.0])
    parts = np.repeat([0, 1], 3) if len(shares) > 1 else np.zeros(6, int)
    p = np.array(chances)
    true = sum(share * (p * prices)[parts == k].sum() / p[parts == k].sum() for k, share in enumerate(shares))
    held = []
    for time in range(times):
        outcomes = random.choice(6, n, p=p)
        low, high = mean_interval(outcomes, prices, parts=parts, shares=shares, seed=time)
        held.append(low <= true <= high)
    return float(np.mean(held))


USUAL, BAD = [0.01, 0.06, 0.28, 0.02, 0.05, 0.58], [0.05, 0.1, 0.2, 0.05, 0.1, 0.5]


def test_the_interval_of_the_cost_holds() -> None:
    assert 0.91 <= coverage(USUAL, 300, 300) <= 0.99


@pytest.mark.slow
@pytest.mark.parametrize("chances", [USUAL, BAD])
@pytest.mark.parametrize("shares", [(1.0,), (0.02, 0.98)])
def test_coverage_over_2000_experiments(chances: list[float], shares: tuple[float, ...]) -> None:
    held = coverage(chances, 400, 2000, shares)
    print(f"cost of each picture, defects {'as seen' if len(shares) == 1 else '2 %'}: {held:.3f}")
    assert 0.93 <= held <= 0.97
