"""Suggestions on the Images page: asked for, shown, accepted all at once or one by one, and undone as one step."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_app.engine.jobs import SuggestJob, TrainJob
from desktop_app.errors import DataError
from desktop_app.events import Step, StepStarted, Suggested
from desktop_app.project.catalog import SPLITS
from desktop_app.project.project import Project
from desktop_app.project.runs import Run
from desktop_app.ui.models.picture_filter import Filter
from desktop_app.ui.pages.images import ImagesPage
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.buttons import Button
from tests.drawing import draw_classes
from tests.ui.demo import PlayedEngine, add_run, play_out, select, show_page

NEW = [f"_unlabelled/_unlabelled_{number:03}.png" for number in range(1, 6)]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = draw_classes(tmp_path / "parts", {"good": 20, "scratched": 20, "_unlabelled": 5})
    for path in made.rglob("*.png"):
        os.utime(path, (1_700_000_000, 1_700_000_000))  # the index passes over what may still be written to
    with Project.open(made) as project:
        add_run(project)
    return made


@pytest.fixture
def page(session: Session, theme: Theme, qtbot: Any, root: Path) -> Iterator[ImagesPage]:
    made = ImagesPage(session, theme)
    with qtbot.waitSignal(session.project_changed):
        session.open(root)
    show_page(made, qtbot)
    qtbot.waitUntil(made.suggesting.offer_bar.isVisible)
    yield made
    play_out(session, qtbot)


def newest(page: ImagesPage) -> tuple[Project, Run]:
    assert page.session.project is not None
    return page.session.project, page.session.runs[0]


def store(page: ImagesPage, answers: Mapping[str, tuple[str, float]]) -> None:
    """What the job leaves in the index: class and share by file."""
    project, run = newest(page)
    hashes = dict(project.index.content_hashes(list(answers)))
    rows = {hashes[file]: (run.classes.index(name), share) for file, (name, share) in answers.items()}
    project.index.store_predictions(run.key, rows)  # type: ignore[arg-type]


ANSWERS = {
    NEW[0]: ("good", 0.99),
    NEW[1]: ("scratched", 0.97),
    NEW[2]: ("scratched", 0.95),
    NEW[3]: ("good", 0.62),
}


def suggest(page: ImagesPage, qtbot: Any, answers: Mapping[str, tuple[str, float]] = ANSWERS) -> None:
    """The person asks, and the job answers."""
    engine = page.session.engine
    assert isinstance(engine, PlayedEngine)
    page.suggesting.offer_bar.findChildren(Button)[-1].click()
    assert page.session.job is not None
    store(page, answers)
    engine.play(StepStarted(Step.SUGGEST), StepStarted(Step.COMPARE), Suggested("run-0001", len(answers), 40, 0))
    engine.end()
    qtbot.waitUntil(lambda: not page.session.busy)
    qtbot.waitUntil(lambda: (page.images.columns.predicted >= 0).sum() == len(answers))
    qtbot.waitUntil(page.suggesting.bar.isVisible)
    settle(page, qtbot)


def settle(page: ImagesPage, qtbot: Any) -> None:
    play_out(page.session, qtbot)
    qtbot.wait(60)  # for what is said soon
    QApplication.processEvents()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("_unlabelled*.png")}


def words(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_suggestions_are_offered_and_asked_for(page: ImagesPage, qtbot: Any) -> None:
    bar = page.suggesting.offer_bar
    assert bar.text() == "5 unlabelled pictures. Discern can suggest classes for them."
    assert not page.suggesting.bar.isVisible()
    suggest(page, qtbot)
    project, _ = newest(page)
    assert page.session.engine.jobs == [SuggestJob(str(project.root))]  # type: ignore[attr-defined]
    assert not bar.isVisible(), "the picture without an answer can't have one"
    tile = page.images.tile(page.images.row_of(NEW[1]))
    assert tile.colour == -1
    assert tile.suggestion is not None
    assert (tile.suggestion.key, round(tile.suggestion.how_sure, 2)) == ("2", 0.97)
    assert page.images.tile(page.images.row_of(NEW[4])).suggestion is None
    index = page.images.index(page.images.row_of(NEW[1]))
    for role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
        assert words(index.data(role)).endswith("suggested: scratched, 97 % sure")


def test_an_offer_that_was_declined_comes_back_with_other_pictures(page: ImagesPage, qtbot: Any, root: Path) -> None:
    bar = page.suggesting.offer_bar
    QTest.mouseClick(bar._close, Qt.MouseButton.LeftButton)
    settle(page, qtbot)
    assert not bar.isVisible()
    draw_classes(root, {"more": 1}, seed=9)
    (root / "more" / "more_001.png").rename(root / "new.png")
    (root / "more").rmdir()
    page.session.rescan()
    qtbot.waitUntil(bar.isVisible)
    assert bar.text().startswith("6 unlabelled")


def test_nothing_is_offered_while_a_job_runs(page: ImagesPage, qtbot: Any) -> None:
    project, _ = newest(page)
    page.session.start_job(TrainJob(str(project.root)))
    qtbot.waitUntil(lambda: not page.suggesting.offer_bar.isVisible())
    page.session.engine.end()  # type: ignore[attr-defined]
    qtbot.waitUntil(page.suggesting.offer_bar.isVisible)


def test_a_failure_is_told(page: ImagesPage, qtbot: Any) -> None:
    page.suggesting.ask()
    page.session.engine.end(DataError("It went wrong."))  # type: ignore[attr-defined]
    qtbot.waitUntil(page.organising.problem_bar.isVisible)
    assert page.organising.problem_bar.text() == "It went wrong."
    qtbot.waitUntil(page.suggesting.offer_bar.isVisible)


def test_what_is_sure_enough_is_accepted_as_one_step(page: ImagesPage, qtbot: Any, root: Path) -> None:
    suggest(page, qtbot)
    bar = page.suggesting.bar
    assert words(bar.text()) == "4 suggestions, 3 of them at least 95 % sure"
    assert words(bar._counts.accessibleName()) == "good: 1, scratched: 2"
    bar._spin.setValue(97)
    assert bar.accept.text() == "Accept 2"
    bar._spin.setValue(95)
    bar.accept.click()
    assert page.images.class_of(page.images.row_of(NEW[1])) is not None  # before the disk has answered
    settle(page, qtbot)
    assert names(root / "good") == {Path(NEW[0]).name}
    assert names(root / "scratched") == {Path(NEW[1]).name, Path(NEW[2]).name}
    assert str(page.session.organiser.undo_label) == "Accept 3 suggestions"
    assert page.organising.step_bar.text() == "3 pictures moved to the classes suggested for them."
    assert words(bar.text()) == "1 suggestion, 0 of them at least 95 % sure"
    assert not bar.accept.isEnabled()
    page.session.organiser.undo()
    settle(page, qtbot)
    assert names(root / "good") == names(root / "scratched") == set()
    assert words(bar.text()) == "4 suggestions, 3 of them at least 95 % sure"


def test_only_what_is_shown_is_accepted(page: ImagesPage, qtbot: Any, root: Path) -> None:
    suggest(page, qtbot)
    page.images.set_filter(Filter(predicted=frozenset({0})))
    settle(page, qtbot)
    assert words(page.suggesting.bar.text()) == "2 suggestions, 1 of them at least 95 % sure"
    page.suggesting.bar.accept.click()
    settle(page, qtbot)
    assert names(root / "good") == {Path(NEW[0]).name}
    assert names(root / "scratched") == set()


def make_test_picture(page: ImagesPage, qtbot: Any, file: str) -> None:
    """Deal a picture to the test split, as one that was labelled when a model was trained."""
    columns = page.images.columns
    split = columns.split.copy()
    split[columns.files.index(file)] = SPLITS.index("test")
    page.images.set_columns(replace(columns, split=split))
    settle(page, qtbot)


def test_a_test_picture_is_accepted_by_itself_only(page: ImagesPage, qtbot: Any, root: Path) -> None:
    suggest(page, qtbot)
    make_test_picture(page, qtbot, NEW[0])
    bar = page.suggesting.bar
    assert words(bar.text()) == "4 suggestions, 2 of them at least 95 % sure"
    assert "1 test picture is left for you to look at" in bar._counts.accessibleName()
    select(page, NEW[0], NEW[1])
    assert page.organising.selection_bar.accept_button.text() == "Accept suggestion"  # of the two, one
    bar.accept.click()
    settle(page, qtbot)
    assert names(root / "good") == set()
    make_test_picture(page, qtbot, NEW[0])
    select(page, NEW[0])
    QTest.keyClick(page.grid, Qt.Key.Key_Return)
    settle(page, qtbot)
    assert names(root / "good") == {Path(NEW[0]).name}


def test_enter_accepts_and_digits_override(page: ImagesPage, qtbot: Any, root: Path) -> None:
    suggest(page, qtbot)
    select(page, NEW[0], NEW[3])
    assert page.organising.selection_bar.accept_button.isVisible()
    assert page.organising.selection_bar.accept_button.text() == "Accept 2 suggestions"
    QTest.keyClick(page.grid, Qt.Key.Key_Return)
    settle(page, qtbot)
    assert names(root / "good") == {Path(NEW[0]).name, Path(NEW[3]).name}
    select(page, NEW[1])
    QTest.keyClick(page.grid, Qt.Key.Key_1)
    settle(page, qtbot)
    assert Path(NEW[1]).name in names(root / "good")


def test_enter_opens_a_picture_that_has_no_suggestion(page: ImagesPage, qtbot: Any) -> None:
    suggest(page, qtbot)
    select(page, "good/good_001.png")
    assert not page.organising.selection_bar.accept_button.isVisible()
    with qtbot.waitSignal(page.grid.opened):
        QTest.keyClick(page.grid, Qt.Key.Key_Return)


def test_a_label_that_the_model_disagrees_with_is_changed_one_at_a_time(
    page: ImagesPage, qtbot: Any, root: Path
) -> None:
    suggest(page, qtbot, {**ANSWERS, "good/good_001.png": ("scratched", 0.9), "good/good_002.png": ("good", 0.9)})
    tile = page.images.tile(page.images.row_of("good/good_001.png"))
    assert (tile.key, tile.suggestion and tile.suggestion.key) == ("1", "2")
    assert page.images.tile(page.images.row_of("good/good_002.png")).suggestion is None, "agreeing is quiet"
    select(page, "good/good_001.png", NEW[0])
    QTest.keyClick(page.grid, Qt.Key.Key_Return)
    settle(page, qtbot)
    assert (root / "good" / "good_001.png").exists()
    select(page, "good/good_001.png")
    QTest.keyClick(page.grid, Qt.Key.Key_Return)
    settle(page, qtbot)
    assert (root / "scratched" / "good_001.png").exists()


def test_the_bar_is_read_out_and_fits_a_narrow_window(page: ImagesPage, qtbot: Any) -> None:
    suggest(page, qtbot)
    bar = page.suggesting.bar
    assert words(bar.accept.accessibleName()) == "Accept 3: good: 1, scratched: 2"
    page.set_compact(True)
    page.resize(900, 540)
    settle(page, qtbot)
    assert not bar._slider.isVisible()
    assert bar.accept.width() >= bar.accept.minimumSizeHint().width()
