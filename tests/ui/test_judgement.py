"""What the curves are drawn from, and where a rule puts the model on them."""

from __future__ import annotations

import numpy as np
import pytest

from desktop_app.evaluation.calibration import Reliability
from desktop_app.evaluation.costs import Costs
from desktop_app.evaluation.predictions import Predictions
from desktop_app.ui import unsure_words
from desktop_app.ui.models.judgement import Calibration, Place, thinned
from desktop_app.ui.models.unsure import PROMISES, Doubt


def predictions(n: int, seed: int, classes: tuple[str, ...] = ("dent", "good", "scratch")) -> Predictions:
    random = np.random.default_rng(seed)
    actual = random.integers(0, len(classes), n).astype(np.int32)
    logits = random.normal(size=(n, len(classes))) + 2 * np.eye(len(classes))[actual]
    odds = np.exp(logits)
    files = tuple(map(str, range(n)))
    return Predictions(files, files, classes, actual, (odds / odds.sum(1, keepdims=True)).astype(np.float32))


def doubt(good: tuple[str, ...]) -> Doubt:
    return Doubt(predictions(400, 0), predictions(400, 1), [""] * 400, [""] * 400, good, None)


@pytest.mark.parametrize("aim", [*PROMISES[:6], Costs(50, 5, 1), Costs(2, 20, 1), Costs(50, 5, 1, 0.01)])
def test_with_roles_the_place_is_what_the_figures_say(aim: float | Costs) -> None:
    known = doubt(("good",))
    rule = known.rule_for(aim)
    found = known.expected(rule)
    called, stopped = known.places(0, rule)
    assert called.wrongly == pytest.approx(found.false_alarms / found.good)
    assert 1 - stopped.found == pytest.approx(found.harm / found.at_risk)


def test_the_places_lie_on_the_curve() -> None:
    known = doubt(("good",))
    ranking = known.subject(0).ranking
    assert ranking is not None
    curve = set(zip(ranking.wrongly.tolist(), ranking.found.tolist(), strict=True))
    for rule in (None, *map(known.rule_for, (0.3, 0.1, Costs(50, 5, 1)))):
        assert all((place.wrongly, place.found) in curve for place in known.places(0, rule))


def test_without_roles_a_class_is_told_from_the_rest() -> None:
    known = doubt(())
    number = 1
    test = known.test
    called, never_unsure = known.places(number, known.rule_for(0.1))
    assert never_unsure == known.places(number, None)[0]
    assert called.found < never_unsure.found and called.wrongly <= never_unsure.wrongly
    assert never_unsure.found == np.mean(test.predicted[test.actual == number] == number)
    assert known.subject(number).ranking.wanted == np.count_nonzero(test.actual == number)  # type: ignore[union-attr]


def test_nothing_called_has_no_precision() -> None:
    known = doubt(())
    assert known.places(0, known.rule_for(0.001))[0] == Place(0.0, 0.0, None)


def test_thinning_keeps_the_ends_and_the_shape() -> None:
    across = np.sort(np.random.default_rng(0).random(20_000))
    points = thinned(across, across**0.1)
    assert len(points) <= 400
    assert points[0] == (across[0], across[0] ** 0.1) and points[-1] == (across[-1], across[-1] ** 0.1)
    drawn = np.interp(across, *zip(*points, strict=True))
    assert np.abs(drawn - across**0.1).max() < 0.01


def of_error(error: float, by_chance: float) -> str:
    curve = Reliability(np.array([9]), np.array([0.9]), np.array([0.9]), ((0.5, 1.0),))
    return unsure_words.calibrated(Calibration(curve, curve, 0.07, error, by_chance, 107, 46))


def test_a_poor_calibration_says_why() -> None:
    assert "off by 3 points" in of_error(0.03, 0.04) and "no more than chance makes it with 107 pictures" in of_error(
        0.03, 0.04
    )
    assert "Chance alone would make up to 1 points of it" in of_error(0.03, 0.01)
    assert "no more than chance" in of_error(0.08, 0.09)
    assert "the 46 validation pictures are too few, or the test pictures are not like them" in of_error(0.08, 0.02)
