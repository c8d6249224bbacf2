import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from desktop_app.evaluation.costs import Costs
from desktop_app.evaluation.predictions import Predictions
from desktop_app.evaluation.rules import FORMAT, Rule, calls_of, make_rule
from desktop_app.evaluation.unsure import expected
from desktop_app.project.runs import Run
from tests.evaluation.test_unsure import drawn


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path, {"classes": ["dent", "good", "scratch"]})


RULE = Rule(0.02, 1.5, 0.8, ("good",))
COSTS = Costs(50, 5, 1)
CHEAPEST = Rule(None, 1.5, 0.9, ("good",), None, 0.2, Costs(50.0, 5.0, 1.0, 0.02))


def test_a_rule_that_costs_decide_is_kept(run: Run) -> None:
    CHEAPEST.save(run)
    assert Rule.of(run) == CHEAPEST and CHEAPEST.aim == CHEAPEST.costs


def test_a_rule_is_kept_with_its_run(run: Run) -> None:
    assert Rule.of(run) is None
    RULE.save(run)
    assert Rule.of(run) == RULE
    Rule.forget(run)
    assert Rule.of(run) is None


def test_a_rule_of_before_is_kept(run: Run) -> None:
    document = {"format": 1, **asdict(RULE)}
    del document["furthest"], document["split"], document["costs"]
    (run.folder / "unsure.json").write_text(json.dumps(document))
    assert Rule.of(run) == RULE


@pytest.mark.parametrize(
    "change",
    [
        {"promise": -0.1},
        {"promise": True},
        {"temperature": 0},
        {"temperature": float("nan")},
        {"threshold": 2.1},
        {"threshold": "0.5"},
        {"good": "good"},
        {"good": [1]},
        {"good": ["good", "good"]},
        {"good": ["unknown"]},
        {"good": ["dent", "good", "scratch"]},
        {"format": 4},
        {"furthest": -1.0},
        {"furthest": "far"},
        {"furthest": float("inf")},
        {"more": 1},
        {"promise": None},
        {"split": -0.1},
        {"split": None},
        {"costs": asdict(COSTS)},
        {"costs": {}},
        {"costs": 1},
        {"promise": None, "costs": asdict(COSTS) | {"harm": 0}},
        {"promise": None, "costs": asdict(COSTS) | {"look": -1}},
        {"promise": None, "costs": asdict(COSTS) | {"false_alarm": "much"}},
        {"promise": None, "costs": asdict(COSTS) | {"false_alarm": True}},
        {"promise": None, "costs": asdict(COSTS) | {"look": float("inf")}},
        {"promise": None, "costs": asdict(COSTS) | {"defects": 1.0}},
        {"promise": None, "costs": asdict(COSTS) | {"more": 1}},
    ],
)
def test_a_rule_that_makes_no_sense_is_none(run: Run, change: dict[str, object]) -> None:
    document = {"format": FORMAT, **asdict(RULE), **change}
    (run.folder / "unsure.json").write_text(json.dumps(document))
    assert Rule.of(run) is None


@pytest.mark.parametrize("content", [b"", b"[]", b'{"format": 1', b" " * (2 << 20)])
def test_a_damaged_rule_is_none(run: Run, content: bytes) -> None:
    (run.folder / "unsure.json").write_bytes(content)
    assert Rule.of(run) is None


def test_decisions_with_roles() -> None:
    classes = ("dent", "good", "scratch")
    probabilities = np.array([[0.1, 0.85, 0.05], [0.1, 0.7, 0.2], [0.4, 0.3, 0.3]], np.float32)
    labels, how_sure, doubtful = Rule(0.02, 1.0, 0.8, ("good",)).decide(probabilities, classes)
    assert [classes[label] for label in labels] == ["good", "good", "dent"]
    assert how_sure == pytest.approx([0.85, 0.7, 0.7])
    assert doubtful.tolist() == [False, True, False]


def test_decisions_by_costs() -> None:
    """Good from 0.9 on, a defect below 0.2, and between them for a person, with the better guess."""
    classes = ("dent", "good", "scratch")
    probabilities = np.array([[0.05, 0.95, 0], [0.2, 0.7, 0.1], [0.5, 0.3, 0.2], [0.8, 0.1, 0.1]], np.float32)
    labels, how_sure, unsure = replace(CHEAPEST, temperature=1.0).decide(probabilities, classes)
    assert [classes[label] for label in labels] == ["good", "good", "dent", "dent"]
    assert how_sure == pytest.approx([0.95, 0.7, 0.7, 0.9])
    assert unsure.tolist() == [False, True, True, False]


def test_where_escapes_cost_little_a_doubtful_picture_is_good() -> None:
    rule = Rule(None, 1.0, 0.1, ("good",), None, 0.1, Costs(1, 20, 5))
    labels, how_sure, unsure = rule.decide(np.array([[0.8, 0.2]], np.float32), ("dent", "good"))
    assert (labels[0], how_sure[0], unsure[0]) == (1, pytest.approx(0.2), False)


def test_two_kinds_of_good_are_one_side() -> None:
    """Neither has half of the probability, but the picture is good by seven to three."""
    labels, how_sure, doubtful = Rule(0.1, 1.0, 0.6, ("clean", "oily")).decide(
        np.array([[0.38, 0.3, 0.32]], np.float32), ("clean", "scratched", "oily")
    )
    assert (labels[0], how_sure[0], doubtful[0]) == (0, pytest.approx(0.7), False)


def test_decisions_without_roles_agree_with_the_page() -> None:
    """What the page counts as unsure is what the model will call unsure."""
    random = np.random.default_rng(3)
    probabilities, actual = drawn(400, random)
    predictions = Predictions(("f",) * 400, ("h",) * 400, ("defect", "good"), actual.astype(np.int32), probabilities)
    for good in ((), ("good",)):
        for aim in (0.1, Costs(20, 10, 1), Costs(20, 10, 1, 0.1)):
            rule = make_rule(predictions, aim, good)
            labels, _, doubtful = rule.decide(probabilities, predictions.classes)
            found = expected(calls_of(predictions, rule.temperature, good, split=rule.split), rule.threshold)
            assert np.count_nonzero(doubtful) == found.unsure > 0
            if good:
                assert np.count_nonzero((labels == 1) & ~doubtful & (actual == 0)) == found.harm
                assert np.count_nonzero((labels == 0) & ~doubtful & (actual == 1)) == found.false_alarms
