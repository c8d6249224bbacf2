"""The headline of a run whose test split is small: a cross-validation, and said to be one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desktop_app.engine import small_sets
from desktop_app.events import CrossValidated
from desktop_app.project.catalog import Snapshot
from desktop_app.project.project import Project
from desktop_app.ui import report
from desktop_app.ui.models.result import load_result
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
        small_sets.store(run, Snapshot.read_csv(run.snapshot_csv), whole)

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
    assert headline.kind.text() == ("5-fold cross-validated on all pictures, since a class has only 4 test pictures.")
    assert "75–98" in headline.means.text()
    assert headline.checks()[0].startswith("Below are the test pictures alone: 11 of 12 right")


def test_a_fine_tuned_run_is_not_what_was_cross_validated(shown):
    headline = shown(replace(WHOLE, what="before_fine_tuning")).view.headline
    assert headline.kind.text().startswith("Of the network before fine-tuning, 5-fold")
    assert "Fine-tuning itself was not cross-validated." in headline.kind.text()
    assert "by this run itself" in headline.checks()[0]


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
