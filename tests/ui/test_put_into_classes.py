"""Pictures are put into classes with keys, drags, menus and names; everything can be undone, nothing is ever lost."""

from __future__ import annotations

import errno
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_app import storage
from desktop_app.project.history import Action, Kind, Label
from desktop_app.project.marks import Mark
from desktop_app.project.moves import Moves
from desktop_app.project.outcome import Failure, Outcome
from desktop_app.project.project import Project
from desktop_app.project.reasons import Reason
from desktop_app.ui.dialogs.question import Question
from desktop_app.ui.models.picture_filter import UNLABELLED, Filter
from desktop_app.ui.pages.images import ImagesPage
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.class_panel import PICTURES
from desktop_app.ui.workspace import Workspace
from tests.drawing import draw_classes, let_settle
from tests.ui.demo import PlayedEngine, add_run, close_session, open_session, play_out, select


def contents(root: Path) -> Counter[str]:
    """Every picture under the project by what is in it, wherever it lies: the trash, too."""
    files = (path for path in root.rglob("*.png") if path.is_file())
    return Counter(hashlib.sha256(path.read_bytes()).hexdigest() for path in files)


def pictures(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*.png")}


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    made = draw_classes(tmp_path / "parts", {"good": 8, "scratched": 6, "_unlabelled": 3})
    before = contents(made)
    yield made
    assert contents(made) == before


@pytest.fixture
def workspace(session: Session, theme: Theme, qtbot: Any, root: Path) -> Iterator[Workspace]:
    with qtbot.waitSignal(session.project_changed):
        session.open(root)
    made = Workspace(session, theme)
    qtbot.addWidget(made)
    made.resize(1440, 900)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    settle(session, qtbot)
    made.focus_page()
    yield made
    play_out(session, qtbot)


@pytest.fixture
def page(workspace: Workspace) -> ImagesPage:
    made = workspace.page("images")
    assert isinstance(made, ImagesPage)
    return made


def settle(session: Session, qtbot: Any) -> None:
    play_out(session, qtbot)
    QApplication.processEvents()


def label_of(page: ImagesPage, file: str) -> str:
    info = page.images.class_of(page.images.row_of(file))
    return info.name if info else ""


def question(qtbot: Any) -> Question:
    qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), Question))
    found = QApplication.activeModalWidget()
    assert isinstance(found, Question)
    return found


# ---- keys


def test_a_key_puts_the_picture_into_the_class_at_once(page: ImagesPage, root: Path, qtbot: Any) -> None:
    select(page, "good/good_003.png")
    row = page.grid.currentIndex().row()
    began = time.thread_time()
    QTest.keyClick(page.grid, Qt.Key.Key_2)
    seconds = time.thread_time() - began
    info = page.images.class_of(row)
    assert info is not None and info.name == "scratched"  # before the disk has answered
    assert seconds < 0.5  # of computing: 50 ms
    assert page.grid.currentIndex().row() == row + 1
    assert page.grid.selected_rows() == [range(row + 1, row + 2)]
    settle(page.session, qtbot)
    assert (root / "scratched" / "good_003.png").exists()
    assert page.images.file(row) == "scratched/good_003.png"  # nothing has jumped
    assert page.grid.selected_rows() == [range(row + 1, row + 2)]
    assert page.organising.step_bar.text() == "1 picture moved from good to scratched."
    assert [page.classes.row(place).count for place in (2, 3)] == [7, 7]


def test_without_auto_advance_the_selection_stays(page: ImagesPage, qtbot: Any) -> None:
    page._advance.click()
    assert not page.session.settings.auto_advance
    select(page, "good/good_003.png")
    QTest.keyClick(page.grid, Qt.Key.Key_2)
    settle(page.session, qtbot)
    assert page.organising._selected_files() == ["scratched/good_003.png"]


def test_many_keys_faster_than_the_disk(
    page: ImagesPage, root: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    slowly(monkeypatch)
    page._advance.setChecked(False)
    select(page, "good/good_001.png")
    for key in (Qt.Key.Key_2, Qt.Key.Key_0, Qt.Key.Key_1, Qt.Key.Key_2):
        QTest.keyClick(page.grid, key)
    row = page.grid.currentIndex().row()
    while page.session.organiser.busy:
        QApplication.processEvents()
        info = page.images.class_of(row)
        assert info is not None and info.name == "scratched"  # what was asked for last, all the time
    settle(page.session, qtbot)
    assert (root / "scratched" / "good_001.png").exists()
    for _ in range(4):
        page.session.organiser.undo()
    settle(page.session, qtbot)
    assert (root / "good" / "good_001.png").exists()


def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    put = Moves.put

    def slow(self: Moves, files: Any, name: str) -> Outcome:
        time.sleep(0.15)
        return put(self, files, name)

    monkeypatch.setattr(Moves, "put", slow)


def test_filtered_pictures_leave_and_the_next_takes_their_place(page: ImagesPage, root: Path, qtbot: Any) -> None:
    page.class_list.setCurrentIndex(page.classes.index(1))
    assert page.images.filter == Filter(labels=frozenset({UNLABELLED}))
    page.grid.setFocus()
    page.grid.setCurrentIndex(page.images.index(0))
    names = [page.images.file(row) for row in range(3)]
    for key in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_1):
        QTest.keyClick(page.grid, key)
    assert page.images.rowCount() == 0
    settle(page.session, qtbot)
    moved = [name.rpartition("/")[2] for name in names]
    assert {moved[0], moved[2]} <= pictures(root / "good")
    assert moved[1] in pictures(root / "scratched")
    assert page.class_list.currentIndex().row() == 1


def test_zero_and_next_unlabelled(page: ImagesPage, root: Path, qtbot: Any) -> None:
    select(page, "good/good_001.png", "scratched/scratched_002.png")
    QTest.keyClick(page.grid, Qt.Key.Key_0)
    settle(page.session, qtbot)
    assert page.session.catalog is not None
    assert page.session.catalog.unlabelled == 5
    assert page.organising.step_bar.text() == "2 pictures moved to Unlabelled."
    select(page, "good/good_004.png")
    QTest.keyClick(page.grid, Qt.Key.Key_N)
    assert page.images.class_of(page.grid.currentIndex().row()) is None
    first = page.grid.currentIndex().row()
    QTest.keyClick(page.grid, Qt.Key.Key_N)
    assert page.images.class_of(page.grid.currentIndex().row()) is None
    assert page.grid.currentIndex().row() != first


def test_delete_moves_to_the_trash(page: ImagesPage, root: Path, qtbot: Any) -> None:
    select(page, "good/good_001.png", "good/good_002.png")
    assert page.organising.selection_bar.isVisible()
    QTest.keyClick(page.grid, Qt.Key.Key_Delete)
    assert page.images.rowCount() == 15
    settle(page.session, qtbot)
    assert page.images.rowCount() == 15
    assert not (root / "good" / "good_001.png").exists()
    assert page.organising.step_bar.text() == "2 pictures are in the trash. Undo brings them back."
    page.organising.step_bar.undo.click()
    settle(page.session, qtbot)
    assert page.images.rowCount() == 17
    assert (root / "good" / "good_001.png").exists()


def test_keys_in_the_full_view(page: ImagesPage, root: Path, qtbot: Any) -> None:
    row = page.images.row_of("good/good_002.png")
    page.show_full(row)
    QTest.keyClick(page.full_view, Qt.Key.Key_2)
    assert page.full_view.row == row + 1
    QTest.keyClick(page.full_view, Qt.Key.Key_Delete)
    assert page.full_view.row == row + 1
    settle(page.session, qtbot)
    assert page.full_view.isVisible()
    assert page.full_view._name.text() == "good/good_004.png"
    assert "good_002.png" in pictures(root / "scratched")
    assert not (root / "good" / "good_003.png").exists()


# ---- undo and redo


def test_undo_and_redo_across_reopening(
    workspace: Workspace, page: ImagesPage, root: Path, qtbot: Any, theme: Theme
) -> None:
    select(page, "good/good_001.png", "good/good_002.png")
    QTest.keyClick(page.grid, Qt.Key.Key_2)
    settle(page.session, qtbot)
    assert workspace.top_bar.undo.text() == "Undo: Move 2 pictures to “scratched”"
    with qtbot.waitSignal(page.session.project_changed):
        page.session.close()
    again = open_session(qtbot, root, PlayedEngine())
    try:
        settle(again, qtbot)
        assert again.organiser.undo_label is not None
        again.organiser.undo()
        settle(again, qtbot)
        assert {"good_001.png", "good_002.png"} <= pictures(root / "good")
        again.organiser.redo()
        settle(again, qtbot)
        assert {"good_001.png", "good_002.png"} <= pictures(root / "scratched")
    finally:
        close_session(qtbot, again)


def test_undo_by_key_and_by_button(workspace: Workspace, page: ImagesPage, root: Path, qtbot: Any) -> None:
    assert not workspace.top_bar.undo.isEnabled()
    select(page, "good/good_001.png")
    QTest.keyClick(page.grid, Qt.Key.Key_2)
    settle(page.session, qtbot)
    QTest.keyClick(page.grid, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settle(page.session, qtbot)
    assert "good_001.png" in pictures(root / "good")
    assert page.organising.step_bar.text() == "Undone: Move “good_001.png” to “scratched”"
    assert workspace.top_bar.redo.isEnabled()
    workspace.top_bar.redo.click()
    settle(page.session, qtbot)
    assert "good_001.png" in pictures(root / "scratched")


# ---- partial success


def test_what_could_not_be_moved_is_shown_and_finished(
    page: ImagesPage, root: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = storage.disk.rename_new
    broken = [True]

    def busy(source: Path, target: Path) -> None:
        if broken[0] and source.name in ("good_001.png", "good_003.png"):
            raise OSError(errno.EBUSY, "in use")
        rename(source, target)

    monkeypatch.setattr(storage.disk, "rename_new", busy)
    select(page, *(f"good/good_00{number}.png" for number in (1, 2, 3, 4)))
    QTest.keyClick(page.grid, Qt.Key.Key_2)
    settle(page.session, qtbot)
    bar = page.organising.step_bar
    assert bar.text() == "2 of 4 moved: 2 are open in another program."
    assert bar._said.state == "warn"
    assert bar.finish.isVisible() and bar.undo.isVisible()
    bar.why.click()
    assert bar.stayed.isVisible()
    assert [stayed.file for stayed in bar._said.stayed] == ["good/good_001.png", "good/good_003.png"]
    assert {stayed.reason for stayed in bar._said.stayed} == {"Another program is using it."}
    QTest.keyClick(bar.stayed, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text().splitlines()[0] == "good/good_001.png\tAnother program is using it."
    bar.stayed.activated.emit(bar.stayed.model().index(1, 0))
    assert page.organising._selected_files() == ["good/good_003.png"]
    assert label_of(page, "good/good_001.png") == "good"  # corrected
    assert pictures(root / "scratched") >= {"good_002.png", "good_004.png"}
    broken[0] = False
    bar.finish.click()
    settle(page.session, qtbot)
    assert pictures(root / "scratched") >= {"good_001.png", "good_003.png"}


def test_a_project_that_went_away(page: ImagesPage, root: Path, qtbot: Any) -> None:
    away = root.with_name("away")
    root.rename(away)
    try:
        select(page, "good/good_001.png")
        QTest.keyClick(page.grid, Qt.Key.Key_2)
        settle(page.session, qtbot)
        assert page.organising.problem_bar.isVisible()
        assert label_of(page, "good/good_001.png") == "good"
    finally:
        away.rename(root)


# ---- drag and drop


def test_dropping_on_a_class(page: ImagesPage, root: Path, qtbot: Any) -> None:
    select(page, "good/good_001.png", "good/good_002.png")
    data = QMimeData()
    data.setData(PICTURES, b"2")
    place = page.class_list.visualRect(page.classes.index(3)).center()
    drop(page.class_list.viewport(), place, data)
    settle(page.session, qtbot)
    assert {"good_001.png", "good_002.png"} <= pictures(root / "scratched")


def drop(viewport: Any, place: QPoint, data: QMimeData) -> None:
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place, Qt.DropAction.MoveAction, data, left, none)
    QApplication.sendEvent(viewport, enter)
    assert enter.isAccepted()
    assert viewport.parent()._delegate.hanging == 2
    QApplication.sendEvent(viewport, QDropEvent(QPointF(place), Qt.DropAction.MoveAction, data, left, none))
    assert viewport.parent()._delegate.target == -1


def test_a_tile_can_be_dragged(page: ImagesPage, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    dragged: list[int] = []
    monkeypatch.setattr(page.organising, "_drag", lambda: None)
    page.grid.dragged.connect(lambda: dragged.append(page.grid.selected_count()))
    page.grid.dragged.disconnect()
    page.grid.dragged.connect(lambda: dragged.append(page.grid.selected_count()))
    select(page, "good/good_001.png", "good/good_002.png")
    viewport = page.grid.viewport()
    here = page.grid.visualRect(page.images.index(1)).center()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, here)
    for step in (10, 30):
        event = mouse_move(viewport, here + QPoint(step, 0))
        QApplication.sendEvent(viewport, event)
    assert dragged == [2]
    assert not page.organising._drag_picture("good/good_001.png", 1234).isNull()


def mouse_move(viewport: Any, place: QPoint) -> Any:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    position = QPointF(place)
    return QMouseEvent(
        QEvent.Type.MouseMove, position, QPointF(viewport.mapToGlobal(place)), Qt.MouseButton.NoButton, left, none
    )


# ---- typed names, menus


def test_typing_a_new_name_makes_the_class(page: ImagesPage, root: Path, qtbot: Any) -> None:
    select(page, "good/good_001.png")
    bar = page.organising.selection_bar
    bar.type_button.click()
    QTest.keyClicks(bar.field, "a/b")
    assert bar.hint.text() != ""
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert bar.field.isVisible()  # that can't be a name
    bar.field.selectAll()
    QTest.keyClicks(bar.field, "chipped")
    assert bar.hint.text() == ""
    assert bar.field.choices.model().index(0, 0).data() == "New class “chipped”"
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    settle(page.session, qtbot)
    assert pictures(root / "chipped") == {"good_001.png"}
    assert [info.name for info in page.session.classes] == ["good", "scratched", "chipped"]
    assert label_of(page, "chipped/good_001.png") == "chipped"
    assert page.images.row_of("chipped/good_001.png") == 0  # where it was
    page.session.organiser.undo()
    settle(page.session, qtbot)
    assert [info.name for info in page.session.classes] == ["good", "scratched"]


def test_typing_a_part_of_a_name_means_that_class(page: ImagesPage, root: Path, qtbot: Any) -> None:
    select(page, "good/good_001.png")
    bar = page.organising.selection_bar
    bar.type_button.click()
    QTest.keyClicks(bar.field, "SCR")
    choices = bar.field.choices
    assert choices.isVisible()
    lines = [choices.model().index(line, 0).data() for line in range(choices.model().rowCount())]
    assert lines == ["scratched", "New class “SCR”"]
    QTest.keyClick(choices, Qt.Key.Key_Return)
    settle(page.session, qtbot)
    assert "good_001.png" in pictures(root / "scratched") and not (root / "SCR").exists()
    assert not choices.isVisible() and not bar.field.isVisible()


def test_a_new_class_whose_name_is_part_of_another(page: ImagesPage, root: Path, qtbot: Any) -> None:
    select(page, "good/good_001.png")
    bar = page.organising.selection_bar
    bar.ask_name()
    QTest.keyClicks(bar.field, "scratch")
    QTest.keyClick(bar.field.choices, Qt.Key.Key_Down)
    assert bar.field.text() == "scratch"
    QTest.keyClick(bar.field.choices, Qt.Key.Key_Return)
    settle(page.session, qtbot)
    assert pictures(root / "scratch") == {"good_001.png"}


def test_typing_is_left_with_escape(page: ImagesPage, root: Path, qtbot: Any) -> None:
    select(page, "good/good_001.png")
    bar = page.organising.selection_bar
    bar.ask_name()
    QTest.keyClicks(bar.field, "x")
    QTest.keyClick(bar.field.choices, Qt.Key.Key_Escape)
    QTest.keyClick(bar.field, Qt.Key.Key_Escape)
    settle(page.session, qtbot)
    assert not bar.field.isVisible() and not (root / "x").exists()
    assert page.grid.hasFocus()


def test_the_menu_has_the_same_actions(page: ImagesPage, root: Path, qtbot: Any) -> None:
    select(page, "good/good_001.png")
    menu = page.organising.menu()
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts == ["Put into", "Back to unlabelled", "Put into the golden set", "Exclude", "Full view", "To trash"]
    into = menu.actions()[0].menu()
    next(action for action in into.actions() if action.text() == "scratched").trigger()
    settle(page.session, qtbot)
    assert "good_001.png" in pictures(root / "scratched")


# ---- classes


def test_a_renamed_class_keeps_its_colour_and_key(page: ImagesPage, root: Path, qtbot: Any) -> None:
    before = page.session.classes[0]
    page.class_list.setFocus()
    page.class_list.setCurrentIndex(page.classes.index(2))
    QTest.keyClick(page.class_list, Qt.Key.Key_F2)
    assert page.class_changes.name_editor.field.text() == "good"
    page.class_changes.name_editor.field.setText("fine")
    QTest.keyClick(page.class_changes.name_editor.field, Qt.Key.Key_Return)
    settle(page.session, qtbot)
    after = page.session.classes[0]
    assert (after.name, after.colour, after.key) == ("fine", before.colour, before.key)
    assert (root / "fine" / "good_001.png").exists()
    assert page.images.filter == Filter(labels=frozenset({0})) and page.images.rowCount() == 8
    page.session.organiser.undo()
    settle(page.session, qtbot)
    assert page.session.classes[0] == before
    assert page.session.project is not None
    assert [info.name for info in page.session.project.config.classes] == ["good", "scratched"]


def test_new_class_and_delete_class(page: ImagesPage, root: Path, qtbot: Any) -> None:
    page._new_class.click()
    page.class_changes.name_editor.field.setText("chipped")
    QTest.keyClick(page.class_changes.name_editor.field, Qt.Key.Key_Return)
    settle(page.session, qtbot)
    assert (root / "chipped").is_dir()
    page.class_changes.ask_delete(page.classes.row(2))
    asked = question(qtbot)
    assert asked.yes.text() == "Delete class, 8 pictures"
    asked.yes.click()
    settle(page.session, qtbot)
    assert not (root / "good").exists()
    assert [info.name for info in page.session.classes] == ["scratched", "chipped"]
    page.session.organiser.undo()
    settle(page.session, qtbot)
    assert len(pictures(root / "good")) == 8
    assert page.session.classes[0].name == "good"


def test_renaming_onto_another_class_asks_and_merges(page: ImagesPage, root: Path, qtbot: Any) -> None:
    page.class_changes.rename("good", "Scratched")
    asked = question(qtbot)
    asked.yes.click()
    settle(page.session, qtbot)
    assert not (root / "good").exists()
    assert len(pictures(root / "scratched")) == 14
    page.session.organiser.undo()
    settle(page.session, qtbot)
    assert len(pictures(root / "good")) == 8 and len(pictures(root / "scratched")) == 6


# ---- what is known about pictures goes with them


@pytest.fixture
def settled(root: Path) -> Path:
    """To be asked for before the page is: thumbnails of files that change behind its back are made anew."""
    return let_settle(root)


def test_splits_and_thumbnails_follow(settled: Path, page: ImagesPage, qtbot: Any) -> None:
    assert page.session.project is not None
    add_run(page.session.project)
    page.session.reload_runs()
    qtbot.waitUntil(lambda: any(page.images.split_of(row) == "test" for row in range(14)))
    row = next(row for row in range(8) if page.images.split_of(row) == "test")
    qtbot.waitUntil(lambda: page.session.thumbnails.picture(page.images.file(row)) is not None)
    select(page, page.images.file(row))
    QTest.keyClick(page.grid, Qt.Key.Key_2)
    settle(page.session, qtbot)
    assert page.images.file(row).startswith("scratched/")
    assert page.images.split_of(row) == "test"
    assert page.session.thumbnails.picture(page.images.file(row)) is not None


# ---- read-only, interrupted, notices


def test_read_only(session: Session, theme: Theme, qtbot: Any, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Project, "read_only", True)
    opened = Project.open

    def open_read_only(place: Path) -> Project:
        project = opened(place)
        project.why_read_only = "The folder can’t be written to."
        return project

    monkeypatch.setattr(Project, "open", open_read_only)
    with qtbot.waitSignal(session.project_changed):
        session.open(root)
    page = ImagesPage(session, theme)
    qtbot.addWidget(page)
    page.show()
    select(page, "good/good_001.png")
    QTest.keyClick(page.grid, Qt.Key.Key_2)
    settle(session, qtbot)
    assert (root / "good" / "good_001.png").exists()
    bar = page.organising.selection_bar
    assert not bar.trash_button.isEnabled() and not bar.type_button.isEnabled()
    assert bar._why.isVisible() and bar._why.toolTip() == "The folder can’t be written to."
    assert not page._new_class.isEnabled()
    session.organiser.mark(Mark.LABEL_KEPT, ["good/good_001.png"], on=True)
    settle(session, qtbot)
    assert session.project is not None and len(session.project.marked(Mark.LABEL_KEPT)) == 1, "that moves no picture"
    assert all(not action.isEnabled() for action in page.class_list.menu_for(page.classes.row(2)).actions())


def test_an_interrupted_step_is_offered(page: ImagesPage, qtbot: Any) -> None:
    label = Label(Action.MOVE, 3, "a.png", "good")
    left = Outcome(
        Kind.DO, label, (("a.png", "good/a.png"),), failed=(Failure("b.png", Reason.INTERRUPTED),), interrupted=True
    )
    page.session.organiser.interrupted = (left,)
    page.session.organiser.undo_label = label
    page.session.organiser.changed.emit()
    bar = page.organising.interrupted_bar
    assert bar.isVisible()
    assert bar.text().startswith("Discern was ended during a step: Move 3 pictures to “good”. 1 of 2")
    page.session.organiser.settle(left)
    assert not bar.isVisible()


class Killed(BaseException):
    """Nothing in the program catches this, as nothing survives a kill."""


@pytest.fixture
def killed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Discern was killed when two of five pictures had been moved."""
    rename = storage.disk.rename_new
    left = [2]

    def renames(source: Path, target: Path) -> None:
        if source.parent.name == "good":
            if not left[0]:
                raise Killed
            left[0] -= 1
        rename(source, target)

    with Project.open(root) as project, monkeypatch.context() as patch:
        patch.setattr(storage.disk, "rename_new", renames)
        with pytest.raises(Killed):
            Moves(project.root, project.state).put([f"good/good_00{n}.png" for n in range(1, 6)], "scratched")
    assert len(pictures(root / "scratched")) == 8


@pytest.mark.usefixtures("killed")
def test_a_killed_step_is_finished(page: ImagesPage, root: Path, qtbot: Any) -> None:
    bar = page.organising.interrupted_bar
    assert bar.text() == (
        "Discern was ended during a step: Move 5 pictures to “scratched”. 2 of 5 pictures were moved; nothing is lost."
    )
    press(bar, "Finish")
    settle(page.session, qtbot)
    assert not bar.isVisible()
    assert len(pictures(root / "scratched")) == 11
    page.session.organiser.undo()
    settle(page.session, qtbot)
    assert len(pictures(root / "good")) == 8  # all of it was one step


@pytest.mark.usefixtures("killed")
def test_a_killed_step_is_undone(page: ImagesPage, root: Path, qtbot: Any) -> None:
    press(page.organising.interrupted_bar, "Undo")
    settle(page.session, qtbot)
    assert len(pictures(root / "good")) == 8
    assert page.images.rowCount() == 17


def press(bar: Any, text: str) -> None:
    next(button for button in bar.findChildren(Button) if button.text() == text).click()


def test_notices_are_shown_one_after_the_other(page: ImagesPage, root: Path, qtbot: Any) -> None:
    with qtbot.waitSignal(page.session.project_changed):
        page.session.close()
    (root / ".discern" / "project.json").write_text('{"format": 1, "classes": 3, "seed": "x"}')
    with qtbot.waitSignal(page.session.project_changed):
        page.session.open(root)
    settle(page.session, qtbot)
    assert page.organising.notice_bar.text().startswith("The project's own file is damaged: classes, seed.")
    page.organising.notice_bar._on_close()
    assert page.organising.notice_bar.isHidden()


def test_while_training(page: ImagesPage, engine: PlayedEngine, root: Path, qtbot: Any) -> None:
    from desktop_app.engine.jobs import TrainJob

    page.session.start_job(TrainJob(str(root)))
    select(page, "good/good_001.png")
    QTest.keyClick(page.grid, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: not page.session.organiser.busy)
    assert "good_001.png" in pictures(root / "scratched")
    assert page.session.busy
    engine.end()


def test_steps_are_finished_before_the_window_closes(
    page: ImagesPage, root: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    slowly(monkeypatch)
    select(page, "good/good_001.png")
    QTest.keyClick(page.grid, Qt.Key.Key_2)
    QTest.keyClick(page.grid, Qt.Key.Key_2)
    page.session.begin_end()
    assert page.session.threads_running()
    wait_for(lambda: not page.session.threads_running(), qtbot)
    assert {"good_001.png", "good_002.png"} <= pictures(root / "scratched")


def wait_for(condition: Callable[[], bool], qtbot: Any) -> None:
    qtbot.waitUntil(condition, timeout=20_000)


# ---- how classes are shown


def test_a_letter_given_to_a_class_wins_over_the_windows_own(page: ImagesPage, root: Path, qtbot: Any) -> None:
    page.class_list.setFocus()
    page.class_list.menu_for(page.classes.row(3)).actions()[2].trigger()
    assert page.class_changes.key_editor.isVisible()
    QTest.keyClick(page.class_changes.key_editor, Qt.Key.Key_N)
    assert page.class_changes.key_editor.hint.text().startswith("N goes to the next unlabelled picture.")
    QTest.keyClick(page.class_changes.key_editor, Qt.Key.Key_N)
    settle(page.session, qtbot)
    assert [info.key for info in page.session.classes] == ["1", "N"]
    assert page.organising.step_bar.text() == "Done: Give “scratched” the key N"
    select(page, "good/good_001.png")
    QTest.keyClick(page.grid, Qt.Key.Key_N)
    settle(page.session, qtbot)
    assert "good_001.png" in pictures(root / "scratched")
    page.show_full(page.images.row_of("good/good_002.png"))
    QTest.keyClick(page.full_view, Qt.Key.Key_N)
    settle(page.session, qtbot)
    assert "good_002.png" in pictures(root / "scratched")


def test_classes_are_changed_and_all_of_it_undone(page: ImagesPage, root: Path, qtbot: Any) -> None:
    before = page.session.classes
    classes = page.class_list
    classes.recoloured.emit("good", 7)
    classes.marked.emit("good", "good")
    classes.marked.emit("scratched", "defect")
    page.class_changes.assign_key("scratched", "1")
    classes.setFocus()
    classes.setCurrentIndex(page.classes.index(3))
    settle(page.session, qtbot)
    QTest.keyClick(classes, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    settle(page.session, qtbot)
    rows = [page.classes.row(line) for line in (2, 3)]
    assert [(row.name, row.colour, row.key, row.role) for row in rows] == [
        ("scratched", 1, "1", "defect"),
        ("good", 7, "", "good"),
    ]
    assert classes.currentIndex().row() == 2  # the class that is shown has moved with its line
    assert page.images.rowCount() == 6
    page.show_all()
    tile = page.images.tile(page.images.row_of("good/good_001.png"))
    assert (tile.colour, tile.key) == (7, "")
    for _ in range(5):
        QTest.keyClick(page.grid, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settle(page.session, qtbot)
    assert page.session.classes == before
    assert page.organising.step_bar.text() == "Undone: Change the colour of “good”"
    assert label_of(page, "good/good_001.png") == "good"


def test_a_class_is_merged_from_the_menu(page: ImagesPage, root: Path, qtbot: Any) -> None:
    page.class_list.merge_requested.emit("good", "scratched")
    question(qtbot).yes.click()
    settle(page.session, qtbot)
    assert len(pictures(root / "scratched")) == 14


# ---- the trash


def test_the_trash_is_shown_in_place_of_the_pictures(page: ImagesPage, root: Path, qtbot: Any) -> None:
    select(page, "good/good_001.png", "good/good_002.png")
    QTest.keyClick(page.grid, Qt.Key.Key_Delete)
    settle(page.session, qtbot)
    assert page.classes.row(4).kind == "trash" and page.classes.row(4).count == 2
    page.class_list.setCurrentIndex(page.classes.index(4))
    settle(page.session, qtbot)
    assert page.trash.isVisible() and not page.grid.isVisible() and not page.filter_bar.isVisible()
    page.trash.grid.setFocus()
    page.trash.grid.setCurrentIndex(page.trash.pictures.index(0))
    assert page.trash.selection.isVisible()
    QTest.keyClick(page.trash.grid, Qt.Key.Key_U)
    settle(page.session, qtbot)
    assert page.trash.isVisible() and page.class_list.currentIndex().row() == 4
    assert page.organising.step_bar.text() == "1 picture moved from the trash to good."
    page.trash.grid.setCurrentIndex(page.trash.pictures.index(0))
    QTest.keyClick(page.trash.grid, Qt.Key.Key_Space)
    full = page.trash.full_view()
    assert full.isVisible() and full._name.text() == "good/good_002.png"
    QTest.keyClick(full, Qt.Key.Key_Escape)
    assert page.trash.grid.hasFocus()
    page.trash.restore_all.click()
    settle(page.session, qtbot)
    assert page.grid.isVisible() and page.filter_bar.isVisible()
    assert page.class_list.currentIndex().row() == 0
    assert page.images.rowCount() == 17 and len(pictures(root / "good")) == 8


def test_dropping_on_the_trash(page: ImagesPage, root: Path, qtbot: Any) -> None:
    page.session.organiser.trash(["good/good_003.png"])
    settle(page.session, qtbot)
    select(page, "good/good_001.png", "good/good_002.png")
    data = QMimeData()
    data.setData(PICTURES, b"2")
    drop(page.class_list.viewport(), page.class_list.visualRect(page.classes.index(4)).center(), data)
    settle(page.session, qtbot)
    assert page.classes.row(4).count == 3


def test_from_the_trash_to_a_class_and_back(page: ImagesPage, qtbot: Any) -> None:
    page.session.organiser.trash(["good/good_003.png"])
    settle(page.session, qtbot)
    page.class_list.setCurrentIndex(page.classes.index(4))
    settle(page.session, qtbot)
    page.trash.grid.setCurrentIndex(page.trash.pictures.index(0))
    page.class_list.setCurrentIndex(page.classes.index(2))
    assert not page.trash.selection.isVisible()
    assert page.grid.isVisible() and page.images.rowCount() == 7
    page.class_list.setCurrentIndex(page.classes.index(4))
    page.session.organiser.put(["good/good_001.png"], "scratched")
    settle(page.session, qtbot)
    assert page.trash.isVisible() and page.class_list.currentIndex().row() == 4
