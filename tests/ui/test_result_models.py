"""Models of the pages: runs, classes, predictions, the pictures behind a cell, and whether a result can be trusted."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import Qt

from desktop_app.evaluation.intervals import wilson
from desktop_app.evaluation.metrics import class_result, class_results
from desktop_app.evaluation.trust import Trust
from desktop_app.events import (
    Evaluated,
    LearningRateFound,
    OptionChosen,
    PictureSkipped,
    Predicted,
    RegularisationChosen,
    to_dict,
)
from desktop_app.project import class_edits
from desktop_app.project.config import ClassInfo
from desktop_app.project.dealing import stratified_group_split
from desktop_app.project.project import Project
from desktop_app.ui.models import run_files
from desktop_app.ui.models.behind import BehindModel
from desktop_app.ui.models.class_marks import class_marks
from desktop_app.ui.models.class_table import ClassTableModel, Column
from desktop_app.ui.models.confusion import Confusion
from desktop_app.ui.models.predictions import Column as PredictionColumn
from desktop_app.ui.models.predictions import Filter, PredictedPictures, PredictionsModel
from desktop_app.ui.models.result import Sides, load_result, pictures_to_halve, sides_of, trust_checks
from desktop_app.ui.models.runs import RunListModel, run_row
from tests.ui import demo


@pytest.fixture
def project(tmp_path):
    with Project.open(demo.draw_project(tmp_path / "parts", {"good": 20, "scratched": 20, "chipped": 20})) as project:
        yield project


@pytest.fixture
def run(project):
    return demo.add_run(project)


# ---- runs


def test_run_list_contract(run, project, qapp, qtmodeltester):
    model = RunListModel()
    model.set_rows([run_row(run) for run in project.runs.list()])
    qtmodeltester.check(model, force_py=True)


def test_a_run_in_words(run, qapp):
    row = run_row(run)
    assert (row.title, row.recipe, row.n) == ("Run 1", "Balanced", 12)
    assert row.detail.startswith("today")


@pytest.mark.parametrize("validation", [None, "12", {"right": 9, "n": 3}, {"right": "9", "n": 12}, {}])
def test_a_strange_run_document_is_shown_without_a_result(run, qapp, validation):
    run.document["validation"] = validation
    assert run_row(run).n == 0
    assert run_row(run).doubt == ""


def test_curves_come_back_from_disk(run):
    curves = run_files.curves_of(run)
    assert [len(curves.epochs[phase]) for phase in ("freeze", "fine_tune")] == [24, 12]
    assert curves.best().phase == "fine_tune"


def test_strange_curves_are_passed_over(run):
    run.append_curve({"phase": "elsewhere", "epoch": 1})
    run.append_curve({"phase": "freeze", "epoch": "one"})
    run.append_curve({"nothing": None})
    assert len(run_files.curves_of(run).rows()) == 36


def test_the_next_split_is_like_the_last(run, project):
    fractions = project.config.fractions
    same = run_files.expected_split([run], fractions, [30, 20, 10])
    assert same.exact
    assert (same.train, same.validation, same.test) == (36, 12, 12)
    more = run_files.expected_split([run], fractions, [60, 40, 20])
    assert not more.exact
    assert (more.train, more.validation, more.test) == (72, 24, 24)


def test_the_first_split_gives_each_part_a_picture_of_every_class(project):
    fractions = project.config.fractions
    first = run_files.expected_split([], fractions, [30, 20, 10])
    assert (first.train, first.validation, first.test, first.exact) == (36, 12, 12, False)
    for classes in ([3] * 7, [1, 2, 3, 4, 5], [2, 1]):
        expected = run_files.expected_split([], fractions, classes)
        labels = [label for label, pictures in enumerate(classes) for _ in range(pictures)]
        dealt = stratified_group_split(labels, [""] * len(labels), fractions, seed=0)
        assert (expected.train, expected.validation, expected.test) == tuple(np.bincount(dealt, minlength=3))


# ---- classes


def test_weakest_class_first(qapp, qtmodeltester):
    model = ClassTableModel()
    model.set_results(
        [
            class_result("fine", right=40, actual=40, called=41),
            class_result("absent", right=0, actual=0, called=0),
            class_result("weak", right=5, actual=10, called=9),
            class_result("certain", right=90, actual=100, called=95),
            class_result("uncertain", right=9, actual=10, called=10),
        ]
    )
    assert [result.name for result in model.results] == ["weak", "uncertain", "certain", "fine", "absent"]
    assert model.index(0, Column.FOUND).data() == "5 of 10"
    assert model.index(4, Column.FOUND).data() == "no pictures"
    assert model.index(4, Column.RIGHT_WHEN_CALLED).data() == "never called"
    assert model.axis() == (0.2, 1.0)
    qtmodeltester.check(model, force_py=True)


def test_marks_are_the_projects_where_it_knows_the_class(project):
    marks = class_marks(["scratched", "from elsewhere", "good"], project.config.classes)
    known = {info.name: info for info in project.config.classes}
    assert (marks[0].colour, marks[0].key) == (known["scratched"].colour, known["scratched"].key)
    assert marks[1].key == "2"


def test_beyond_the_keys_the_position_marks_a_class():
    without_key = [ClassInfo("good", 0, "2"), ClassInfo("bad", 1, ""), ClassInfo("worse", 2, "")]
    assert [mark.key for mark in class_marks(["good", "bad", "worse"], without_key)] == ["2", "", "3"]
    marks = class_marks([f"class {number}" for number in range(40)])
    assert len({mark.key for mark in marks}) == 40


# ---- predictions


@pytest.fixture
def predictions(qapp):
    model = PredictionsModel()
    model.clear(class_marks(["good", "bad"]))
    model.add(
        [
            Predicted("b.png", "bad", 0.61),
            PictureSkipped("c.png", "empty file"),
            Predicted("a.png", "good", 0.99),
            Predicted("d.png", "bad", 0.83),
        ]
    )
    return model


def files(model):
    return [model.row(position).file for position in range(model.rowCount())]


def test_predictions_contract(predictions, qtmodeltester):
    qtmodeltester.check(predictions, force_py=True)
    predictions.add([Predicted("e.png", "good", 0.7)])
    predictions.set_filter(Filter(label="bad"))
    qtmodeltester.check(predictions, force_py=True)


def test_predictions_come_in_their_order_and_are_counted(predictions):
    assert files(predictions) == ["b.png", "c.png", "a.png", "d.png"]
    assert predictions.counts == {"bad": 2, "good": 1}
    assert predictions.unreadable == 1
    assert predictions.index(1, PredictionColumn.CLASS).data() == "empty file"
    assert predictions.index(1, PredictionColumn.HOW_SURE).data() == ""


def test_filters_let_new_rows_through_only_if_they_fit(predictions):
    predictions.set_filter(Filter(unreadable=True))
    assert files(predictions) == ["c.png"]
    predictions.add([Predicted("e.png", "good", 0.7), PictureSkipped("f.png", "text, not a picture")])
    assert files(predictions) == ["c.png", "f.png"]
    assert predictions.total == 6


def test_sorting(predictions):
    predictions.sort(PredictionColumn.HOW_SURE)
    assert files(predictions) == ["c.png", "b.png", "d.png", "a.png"]
    predictions.sort(PredictionColumn.CLASS)
    assert files(predictions)[0] == "a.png"
    predictions.sort(-1)
    assert files(predictions) == ["b.png", "c.png", "a.png", "d.png"]


def test_new_pictures_in_full(predictions):
    pictures = PredictedPictures(predictions)
    assert not pictures.labelled
    assert pictures.called(0).mark.name == "bad"
    assert pictures.called(0).right is None
    assert pictures.called(1) is None


# ---- results


def test_a_result_is_read_back_with_the_pictures_behind_it(project, run, qapp, qtmodeltester):
    assert load_result(project, run, "test") is None
    demo.add_result(run, "test", {(0, 1): 2})
    result = load_result(project, run, "test")
    assert (result.evaluated.right, result.evaluated.n) == (10, 12)
    rows = result.behind(0, 1)
    sure = result.predictions.how_sure[rows]
    assert len(rows) == 2
    assert sure[0] >= sure[1], "the surest mistake first"

    model = BehindModel()
    model.show_cell(result, class_marks(result.evaluated.classes), Confusion(0, 1, 2))
    qtmodeltester.check(model, force_py=True)
    assert model.tile(0).split == "test"
    assert model.called(0).mark.name == result.evaluated.classes[1]
    assert not model.called(0).right
    assert model.index(0).data(Qt.ItemDataRole.AccessibleTextRole).startswith(model.file(0))


def checks(trust, split="test", right=12, n=12, sides=None):
    """What is said of a result of three classes with four pictures each, in order."""
    confusion = np.diag([4, 4, 4]) if right == n else np.array([[4 - n + right, n - right, 0], [0, 4, 0], [0, 0, 4]])
    per_class = class_results(confusion, ["good", "scratched", "chipped"])
    evaluated = Evaluated("run-0001", split, n, right, right / n, wilson(right, n), 1.0, 1.0, [], [], per_class)
    return trust_checks(trust, evaluated, wilson(right, n, trust.looks), sides)


def test_a_locked_test_is_trusted_and_few_pictures_are_not(qapp):
    locked, groups, claim, few = checks(Trust())
    assert locked.mark == "ok"
    assert groups.mark == "info", "no groups are named"
    assert claim.text == (
        "0 mistakes in 12 still allows 1 in 4. 2 more test pictures without a mistake would show 1 in 5."
    )
    assert few.mark == "warn"
    assert "has 4 test pictures: about" in few.text


def test_a_test_picture_that_was_learnt_from_is_told(qapp):
    assert checks(Trust(copies=1))[0].mark == "error"
    assert "none nearly alike" in checks(Trust(checked=True))[0].text
    looks_alike = checks(Trust(alike=2))[0]
    assert looks_alike.mark == "warn"
    assert "2 test pictures look nearly like ones that were learnt from" in looks_alike.text


def test_groups_on_both_sides_are_told(qapp):
    assert checks(Trust(grouped=True))[1].mark == "ok"
    straddling = checks(Trust(grouped=True, shared=("part 1",)))[1]
    assert straddling.mark == "error"
    assert "“part 1”" in straddling.text


def test_choosing_by_the_test_is_told(qapp):
    chosen = checks(Trust(looks=5), right=10)[2]
    low, high = wilson(10, 12, 5)
    assert chosen.text.startswith("5 models were measured on these test pictures.")
    assert f"truly {int(low * 100)}–{round(high * 100)}" in chosen.text
    unlocked = checks(Trust(moved=3), right=10)[2]
    assert "3 pictures came into the test split when it was unlocked" in unlocked.text


def test_what_missed_defects_still_allow(qapp):
    def of(missed, units):
        sides = Sides(missed, units, 0, 4, (0, 1), (0, 1), missed, units)
        return checks(Trust(), right=11, sides=sides)[2].text

    assert of(0, 30) == (
        "0 of 30 defects missed still allows 1 in 10. 29 more defects for the test, missed no more often, would show 1 "
        "in 20."
    )
    assert of(10, 100) == "10 of 100 defects missed still allows 1 in 6."


def test_other_splits_say_what_they_are_worth(qapp):
    assert checks(Trust(), "validation")[0].mark == "info"
    assert checks(Trust(), "train")[0].mark == "warn"


def test_missed_defects_and_false_alarms(project, run):
    """Classes are chipped, good, scratched; one chipped part went through, two good ones were stopped for nothing."""
    for name, role in (("good", "good"), ("scratched", "defect"), ("chipped", "defect")):
        project.show_classes(class_edits.mark(name, role).apply(project.config).classes)
    predictions = demo.add_result(run, "test", {(0, 1): 1, (1, 2): 2, (0, 2): 1})
    result = load_result(project, run, "test")
    assert (result.sides.missed, result.sides.defects) == (1, 8)
    assert (result.sides.false_alarms, result.sides.good) == (2, 4)
    assert result.sides.missed_interval == wilson(1, 8)
    assert (
        sorted(result.worst(1))
        == np.flatnonzero(~predictions.correct & ((predictions.actual == 1) | (predictions.predicted == 1))).tolist()
    )
    together = sides_of(predictions, ["good"], np.zeros(12, int))
    assert (together.units_missed, together.units) == (1, 1)


@pytest.mark.parametrize(("right", "n"), [(18, 20), (5, 5), (0, 1), (37, 42), (416, 432)])
def test_so_many_more_halve_the_error_bar(right, n):
    def width(pictures):
        low, high = wilson(right / n * pictures, pictures)
        return high - low

    more = pictures_to_halve(right, n)
    assert width(n + more) <= width(n) / 2
    assert width(n + more // 2) > width(n) / 2


# ---- what a training chose by trying


def test_what_was_tried_is_read_back(project, qapp):
    events = [
        RegularisationChosen([0.1, 1.0], [0.8, 0.9], 1.0),
        LearningRateFound([1e-4, 1e-3], [0.5, 0.4], 4e-4),
        OptionChosen("imbalance", ["none", "weights"], [0.8, 0.9], "balanced_accuracy", "weights"),
    ]
    run = demo.add_run(project, tried=[to_dict(event) for event in events])
    assert run_files.tried(run) == events


@pytest.mark.parametrize(
    "tried",
    [
        None,
        7,
        [None],
        [{}],
        [{"event": "step_started", "step": "read"}],
        [{"event": "regularisation_chosen", "strengths": [0.1], "accuracies": [], "chosen": 1}],
        [{"event": "regularisation_chosen", "strengths": [0.0], "accuracies": [0.5], "chosen": 0}],
        [{"event": "regularisation_chosen", "strengths": "ab", "accuracies": "cd", "chosen": 1}],
        [{"event": "learning_rate_found", "rates": [], "losses": [], "chosen": math.inf}],
        [{"event": "option_chosen", "choice": 3, "options": 4, "scores": 5, "measure": "", "chosen": ""}],
    ],
)
def test_what_is_damaged_is_passed_over(project, qapp, tried):
    assert run_files.tried(demo.add_run(project, tried=tried)) == []
