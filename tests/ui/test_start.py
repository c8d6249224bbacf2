"""The start page: recent projects, the sample, drops, and what goes wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel

from desktop_app.engine.jobs import SampleJob
from desktop_app.errors import StorageError
from desktop_app.evaluation.headline import Headline
from desktop_app.events import Progress, SampleDrawn, Step
from desktop_app.project.project import Project
from desktop_app.ui import recents
from desktop_app.ui.dialogs.new_project import NewProjectDialog
from desktop_app.ui.pages.start import FirstSteps, StartPage, sample_folder
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.buttons import Button
from tests.drawing import draw_classes
from tests.ui.demo import PlayedEngine, play_out

RESULT = Headline(38, 40, (0.83, 0.99), 0.9, "test")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return draw_classes(tmp_path / "parts", {"good": 4, "bad": 4})


@pytest.fixture
def start(qtbot: Any, session: Session, theme: Theme) -> Iterator[StartPage]:
    page = StartPage(session, theme)
    qtbot.addWidget(page)
    page.resize(1440, 900)
    page.show()
    qtbot.waitExposed(page)
    yield page
    play_out(session, qtbot)


def remember(session: Session, root: Path) -> None:
    with Project.open(root) as project:
        recents.summarise(project, project.scan(), RESULT)
    session.settings.remember(root)


def texts(page: StartPage) -> list[str]:
    return [label.text() for label in page.findChildren(QLabel) if label.isVisible()]


def drop(page: StartPage, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(500, 500), Qt.DropAction.CopyAction, data, left, none)
    QApplication.sendEvent(page, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(page, QDropEvent(QPointF(500, 500), Qt.DropAction.CopyAction, data, left, none))


# ---- recent projects


def test_the_first_start_explains_the_way(start: StartPage) -> None:
    assert start.findChildren(FirstSteps)
    assert not start.rows


def test_a_recent_project_shows_what_it_is_and_how_good_it_was(
    start: StartPage, session: Session, root: Path, qtbot: Any
) -> None:
    remember(session, root)
    start.reload()
    (row,) = start.rows
    qtbot.waitUntil(lambda: "parts" in texts(start))
    assert "38 of 40 right" in texts(start)
    assert any("2 classes · 8 pictures · today" in text.replace("\N{NO-BREAK SPACE}", " ") for text in texts(start))
    assert len(row.recent.thumbnails) == 6
    assert "38 of 40 right" in row.accessibleName()


def test_a_click_opens_it(start: StartPage, session: Session, root: Path, qtbot: Any) -> None:
    remember(session, root)
    start.reload()
    with qtbot.waitSignal(session.project_changed):
        QTest.mouseClick(start.rows[0], Qt.MouseButton.LeftButton, pos=QPoint(40, 20))


def test_a_missing_project_can_be_found_again(
    start: StartPage, session: Session, root: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember(session, root)
    moved = root.rename(root.with_name("moved"))
    start.reload()
    qtbot.waitUntil(lambda: start.rows[0].missing)
    assert "not found" in start.rows[0].accessibleName()
    QTest.mouseClick(start.rows[0], Qt.MouseButton.LeftButton, pos=QPoint(40, 20))
    assert session.opening is None
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(moved))
    find = next(b for b in start.rows[0].findChildren(Button) if b.text().startswith("Find"))
    with qtbot.waitSignal(session.project_changed):
        find.click()
    assert session.settings.recent == [str(moved)]


def test_removing_from_the_list_leaves_the_pictures(start: StartPage, session: Session, root: Path) -> None:
    remember(session, root)
    start.reload()
    start._remove(start.rows[0].recent)
    assert not start.rows
    assert session.settings.recent == []
    assert len(list(root.rglob("*.png"))) == 8
    assert not recents.load(root).known


def test_what_is_remembered_may_be_damaged(session: Session, root: Path) -> None:
    remember(session, root)
    file = recents._file(root)
    for damage in ("", "{", '{"format": 1}', '{"format": 9}', '{"format": 1, "thumbnails": [3]}'):
        file.write_text(damage)
        assert recents.load(root).name == "parts"
        assert not recents.load(root).known


def test_opening_a_project_is_remembered_for_the_next_start(
    start: StartPage, session: Session, root: Path, qtbot: Any
) -> None:
    with qtbot.waitSignal(session.project_changed):
        session.open(root)
    qtbot.waitUntil(lambda: recents.load(root).known)
    session.close()
    assert [row.recent.root for row in start.rows] == [root]
    assert start.rows[0].recent.pictures == 8


def test_a_broken_picture_gives_no_thumbnail(root: Path, qapp: object) -> None:
    (root / "bad" / "bad_001.png").write_bytes(b"")
    with Project.open(root) as project:
        recent = recents.summarise(project, project.scan(), None)
    assert len(recent.thumbnails) == 6
    assert recent.n == 0


# ---- opening


def test_signals_of_the_buttons(start: StartPage, qtbot: Any) -> None:
    for button, signal in ((start.open_button, start.open_requested), (start.new_button, start.new_requested)):
        with qtbot.waitSignal(signal):
            button.click()


def test_a_dropped_folder_is_opened(start: StartPage, session: Session, root: Path, qtbot: Any) -> None:
    with qtbot.waitSignal(session.project_changed):
        drop(start, root)


def test_several_dropped_things_are_explained(start: StartPage, session: Session, root: Path) -> None:
    drop(start, root / "good", root / "bad")
    assert session.opening is None
    assert start.messages.text().startswith("Drop one folder.")


def test_nothing_can_be_opened_twice_at_once(
    start: StartPage, session: Session, root: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    scan = Project.scan
    monkeypatch.setattr(Project, "scan", lambda self, **how: (gate.wait(5), scan(self, **how))[1])
    session.open(root)
    assert not start.open_button.isEnabled()
    qtbot.waitUntil(lambda: "Opening “parts”" in start.messages.text(), timeout=3000)
    gate.set()
    qtbot.waitUntil(lambda: session.project is not None)
    assert start.open_button.isEnabled()


# ---- the sample


def test_the_sample_is_drawn_and_opened(start: StartPage, session: Session, engine: PlayedEngine, qtbot: Any) -> None:
    start.sample_button.click()
    assert engine.jobs == [SampleJob(str(sample_folder()))]
    assert not start.open_button.isEnabled()
    engine.play(Progress(Step.DRAW, 60, 120))
    qtbot.waitUntil(lambda: start._sample_progress.isVisible() and start._sample_progress._fraction == 0.5)
    draw_classes(sample_folder(), {"good": 2, "chipped": 2})
    engine.play(SampleDrawn(str(sample_folder()), 4))
    with qtbot.waitSignal(session.project_changed):
        engine.end()
    assert session.project is not None
    assert session.project.root == sample_folder()


def test_a_sample_that_is_there_is_only_opened(
    start: StartPage, session: Session, engine: PlayedEngine, qtbot: Any
) -> None:
    draw_classes(sample_folder(), {"good": 2, "chipped": 2})
    with qtbot.waitSignal(session.project_changed):
        start.sample_button.click()
    assert engine.jobs == []


def test_a_full_disk_is_told(start: StartPage, session: Session, engine: PlayedEngine, qtbot: Any) -> None:
    start.sample_button.click()
    with qtbot.waitSignal(session.job_ended):
        engine.end(StorageError("The sample could not be written.", why="The disk is full."))
    assert start.messages.text() == "The sample could not be written. The disk is full."
    assert start.open_button.isEnabled()


# ---- small windows


def test_in_a_small_window_nothing_is_cut(start: StartPage, session: Session, root: Path, qtbot: Any) -> None:
    remember(session, root)
    start.reload()
    start.resize(960, 540)
    qtbot.wait(10)
    for widget in (*start.findChildren(Button), *start.rows):
        if widget.isVisible():
            place = widget.mapTo(start, QPoint(0, 0))
            assert place.x() >= 0, widget
            assert place.x() + widget.width() <= 960, widget
            assert place.y() + widget.height() <= 540, widget
            assert widget.width() >= widget.minimumSizeHint().width()


# ---- a new project


@pytest.fixture
def dialog(qtbot: Any, theme: Theme, tmp_path: Path) -> NewProjectDialog:
    made = NewProjectDialog(theme)
    qtbot.addWidget(made)
    made.show()
    made.place.setText(str(tmp_path))
    made.name.setText("Strip line 3")
    return made


def test_a_new_project_has_name_place_and_classes(dialog: NewProjectDialog, qtbot: Any, tmp_path: Path) -> None:
    dialog.classes.setText(" good, scratched ,, 氧化铁皮")
    with qtbot.waitSignal(dialog.chosen) as signal:
        dialog.create_button.click()
    assert signal.args == [tmp_path / "Strip line 3", ("good", "scratched", "氧化铁皮")]


def test_a_name_is_needed(dialog: NewProjectDialog) -> None:
    dialog.name.setText("  ")
    assert not dialog.create_button.isEnabled()


def test_a_folder_with_something_in_it_is_not_taken(dialog: NewProjectDialog, qtbot: Any, tmp_path: Path) -> None:
    (tmp_path / "Strip line 3").mkdir()
    (tmp_path / "Strip line 3" / "x").touch()
    with qtbot.assertNotEmitted(dialog.chosen):
        dialog.create_button.click()
    assert "not empty" in dialog.messages.text()
    dialog.name.setText("Strip line 4")
    assert dialog.messages.isHidden()
