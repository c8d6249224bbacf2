"""The headline of a run whose test split is small: a cross-validation, and said to be one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from desktop_app import storage
from desktop_app.evaluation.headline import keep_cross_validation
from desktop_app.evaluation.intervals import wilson
from desktop_app.events import CrossValidated
from desktop_app.project.catalog import Snapshot
from desktop_app.project.project import Project
from desktop_app.ui import facts, recents, report, training_words
from desktop_app.ui.models.model_in_use import model_of_run
from desktop_app.ui.models.result import load_result
from desktop_app.ui.models.run_comparison import compare_runs
from desktop_app.ui.pages.evaluate import EvaluatePage
from tests.ui import demo

CLASSES = {"good": 20, "scratched": 20, "chipped": 20}
WHOLE = CrossValidated(
    "run-0001",
    5,
    60,
    54,
    (0.76, 0.97),
    0.9,
    (0.75, 0.98),
    ["chipped", "good", "scratched"],
    [[18, 1, 1], [0, 19, 1], [1, 2, 17]],
    60,
    "as_trained",
    4,
)


@pytest.fixture
def session(qtbot, tmp_path, engine):
    root = demo.draw_project(tmp_path / "parts", CLASSES)
    with Project.open(root) as project:
        demo.add_result(demo.add_run(project, "quick"), "test", {(0, 1): 1})
    session = demo.open_session(qtbot, root, engine)
    yield session
    demo.close_session(qtbot, session)


@pytest.fixture
def keep(session):
    """Keep a cross-validation with the run."""

    def keep(whole: CrossValidated) -> None:
        run = session.runs[0]
        keep_cross_validation(run, Snapshot.read_csv(run.snapshot_csv), whole)

    return keep


@pytest.fixture
def shown(qtbot, session, theme, keep):
    """The Evaluate page with a cross-validation."""

    def show(whole: CrossValidated) -> EvaluatePage:
        keep(whole)
        page = EvaluatePage(session, theme)
        demo.show_page(page, qtbot)
        return page

    return show


def test_the_headline_is_the_cross_validation_and_says_so(shown):
    headline = shown(WHOLE).view.headline
    assert headline.number.text() == "54 of 60 right"
    assert "76–97" in headline.doubt.text()
    assert headline.kind.text() == "5-fold cross-validated on all pictures"
    assert "75–98" in headline.means.text()
    why, alone = headline.checks()[0].split(". ", 1)
    assert why == "A class has only 4 test pictures"
    assert alone.startswith("Below they are alone: 11 of 12 right")


def test_a_fine_tuned_run_is_not_what_was_cross_validated(shown):
    headline = shown(replace(WHOLE, what="before_fine_tuning")).view.headline
    assert headline.kind.text() == "5-fold cross-validated before fine-tuning"
    assert "Fine-tuning itself was not cross-validated: this is the cautious figure." in headline.kind.toolTip()
    assert "alone, by this run: 11 of 12" in headline.checks()[0]


def test_another_head_is_not_what_was_cross_validated(shown):
    assert "with a linear head" in shown(replace(WHOLE, what="other_head")).view.headline.kind.text()


def test_other_splits_are_what_they_are(qtbot, shown, session):
    page = shown(WHOLE)
    demo.add_result(session.runs[0], "validation", {})
    page.head.split_box.choose("validation")
    page._load()
    qtbot.waitUntil(lambda: page._result.split == "validation")
    assert page.view.headline.number.text() == "12 of 12 right" and page.view.headline.kind.isHidden()


def test_without_one_the_test_split_speaks(qtbot, session, theme, keep):
    page = EvaluatePage(session, theme)
    demo.show_page(page, qtbot)
    assert page.view.headline.number.text() == "11 of 12 right" and page.view.headline.kind.isHidden()
    keep(WHOLE)
    page._load()  # as after the job that made it
    qtbot.waitUntil(lambda: page.view.headline.number.text() == "54 of 60 right")


def test_the_report_tells_both(session, keep, tmp_path):
    keep(WHOLE)
    project, run = session.project, session.runs[0]
    result = load_result(project, run, "test")
    report.write_html(report.gather(project, run, result), tmp_path / "report.html")
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "54 of 60 right" in html and "11 of 12 right" in html and "5-fold cross-validated" in html


def figure_of(session):
    """What each place says of the newest run."""
    project, run = session.project, session.runs[0]
    recent = recents.summarise(project, session.catalog, session.measured)
    model = model_of_run(run).measured
    title, doubt = training_words.summary(run, session.measured)
    return [
        facts.evaluate(session),
        f"{recent.right} of {recent.n}, {recent.low}–{recent.high}, {recent.basis}",
        f"{model.right} of {model.n}, {model.interval[0]}–{model.interval[1]}, {model.basis}",
        title,
        doubt.partition(".")[0],
        load_result(project, run, "test").headline,
    ]


def test_everybody_tells_the_same_figure(qtbot, session, keep):
    assert session.measured_run == session.runs[0].id
    assert figure_of(session)[0] == "92\N{NO-BREAK SPACE}% right", "11 of 12"
    keep(WHOLE)
    session.reload_runs()
    demo.play_out(session, qtbot)
    rail, recent, model, title, doubt, result = figure_of(session)
    assert rail == "90\N{NO-BREAK SPACE}% right"
    assert recent == model == "54 of 60, 0.76–0.97, as_trained"
    assert title == "Run 1: 54 of 60 right" and doubt.endswith("truly 76–97\N{NO-BREAK SPACE}% · cross-validated")
    assert result == session.measured


def test_a_project_seen_before_there_were_bases_is_remembered(session, tmp_path, qtbot):
    kept = recents.summarise(session.project, session.catalog, session.measured)
    file = recents._file(session.project.root)
    document = json.loads(file.read_text("utf-8"))
    for name in ("low", "high", "basis"):
        del document[name]
    storage.write_json(file, {**document, "format": 1})
    assert recents.load(session.project.root) == replace(kept, low=wilson(11, 12)[0], high=wilson(11, 12)[1])


def test_runs_side_by_side_tell_it_beside_the_test_pictures(session, keep):
    rows = {row.label: row.values for row in compare_runs([session.runs[0]]).results}
    assert "Cross-validated" not in rows
    keep(WHOLE)
    rows = {row.label: row.values for row in compare_runs([session.runs[0]]).results}
    assert rows["Cross-validated"] == ("54 of 60; truly 76–97\N{NO-BREAK SPACE}%",)
    assert rows["Test pictures right"][0].startswith("11 of 12; truly ")
