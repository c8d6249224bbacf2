"""The trash in the window: what was deleted is seen, brought back, or deleted for good after a question."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_app import storage
from desktop_app.project.project import Project
from desktop_app.ui.models.trash_list import TrashListModel
from desktop_app.ui.pages.trash import TrashView
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from tests.drawing import draw_classes
from tests.ui.demo import play_out
from tests.ui.test_put_into_classes import pictures, question, settle


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return draw_classes(tmp_path / "parts", {"good": 8, "scratched": 3, "_unlabelled": 2})


@pytest.fixture
def opened(session: Session, qtbot: Any, root: Path) -> Session:
    with qtbot.waitSignal(session.project_changed):
        session.open(root)
    settle(session, qtbot)
    return session


@pytest.fixture
def view(opened: Session, theme: Theme, qtbot: Any) -> Iterator[TrashView]:
    """Three pictures of a class, one unlabelled one and the two others of `scratched`, deleted in two steps."""
    opened.organiser.trash([*(f"good/good_00{n}.png" for n in (1, 2, 3)), "_unlabelled/_unlabelled_001.png"])
    opened.organiser.delete_class("scratched")
    settle(opened, qtbot)
    made = TrashView(opened, theme)
    qtbot.addWidget(made)
    made.selection.setParent(made)
    made.resize(1000, 700)
    made.show()
    qtbot.waitExposed(made)
    made.begin(128)
    settle(opened, qtbot)
    yield made
    play_out(opened, qtbot)


def select(view: TrashView, *originals: str) -> None:
    view.grid.setFocus()
    view.grid.clearSelection()
    for original in originals:
        model = view.pictures
        row = next(row for row in range(model.rowCount()) if model.title(row) == original)
        view.grid.selectionModel().setCurrentIndex(model.index(row, 0), QItemSelectionModel.SelectionFlag.Select)


def originals(view: TrashView) -> list[str]:
    return [view.pictures.title(row) for row in range(view.pictures.rowCount())]


ALL = [
    "_unlabelled/_unlabelled_001.png",
    *(f"good/good_00{n}.png" for n in (1, 2, 3)),
    *(f"scratched/scratched_00{n}.png" for n in (1, 2, 3)),
]


def test_what_was_deleted_is_shown_as_it_was(view: TrashView, qtbot: Any) -> None:
    assert originals(view) == ALL
    assert view._count.text().startswith("7 pictures, ")
    tile = view.pictures.tile(1)
    assert (tile.caption, tile.key, tile.colour) == ("good_001.png", "1", 0)
    assert view.pictures.tile(4).key == "2"  # of a class that is gone
    assert view.pictures.class_of(0) is None
    qtbot.waitUntil(lambda: view._thumbnails.picture(tile.file) is not None)
    spoken = view.pictures.data(view.pictures.index(1), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "good_001.png, in the trash, was in good"
    assert "good/good_001.png" in str(view.pictures.data(view.pictures.index(1), Qt.ItemDataRole.ToolTipRole))


def test_a_key_brings_pictures_back(view: TrashView, opened: Session, root: Path, qtbot: Any) -> None:
    select(view, "good/good_001.png", "good/good_003.png")
    assert view.selection.isVisible()
    QTest.keyClick(view.grid, Qt.Key.Key_U)
    settle(opened, qtbot)
    assert len(pictures(root / "good")) == 7
    assert originals(view) == [ALL[0], ALL[2], *ALL[4:]]
    assert not view.selection.isVisible()
    opened.organiser.undo()
    settle(opened, qtbot)
    assert originals(view) == ALL
    opened.organiser.redo()
    settle(opened, qtbot)
    assert len(pictures(root / "good")) == 7


def test_a_class_comes_back_as_a_whole(view: TrashView, opened: Session, root: Path, qtbot: Any) -> None:
    select(view, "scratched/scratched_002.png")
    menu = view.menu()
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts == [
        *("Restore", "Restore what was deleted from “scratched”, 3 pictures", "Full view", "Delete for good…")
    ]
    menu.actions()[1].trigger()
    settle(opened, qtbot)
    assert len(pictures(root / "scratched")) == 3
    assert [(info.name, info.key) for info in opened.classes] == [("good", "1"), ("scratched", "2")]
    assert originals(view) == ALL[:4]


def test_all_comes_back(view: TrashView, opened: Session, root: Path, qtbot: Any) -> None:
    with qtbot.waitSignal(view.emptied):
        view.restore_all.click()
        settle(opened, qtbot)
    assert (len(pictures(root / "good")), len(pictures(root / "scratched"))) == (8, 3)
    assert len(pictures(root / "_unlabelled")) == 2


def test_emptying_asks_and_says_what_it_costs(view: TrashView, opened: Session, root: Path, qtbot: Any) -> None:
    emptied: list[Any] = []
    opened.organiser.trash_emptied.connect(emptied.append)
    view.empty.click()
    asked = question(qtbot)
    assert asked.windowTitle() == "Empty the trash?"
    assert asked.yes.text().startswith("Delete 7 pictures, ")
    QTest.keyClick(asked, Qt.Key.Key_Return)  # the careless answer
    settle(opened, qtbot)
    assert emptied == [] and originals(view) == ALL
    view.empty.click()
    with qtbot.waitSignal(view.emptied):
        question(qtbot).yes.click()
        settle(opened, qtbot)
    assert emptied[0].pictures == 7 and emptied[0].failed == ()
    assert opened.organiser.undo_label is None
    assert len(pictures(root / "good")) == 5


def test_only_the_selected_are_deleted(view: TrashView, opened: Session, root: Path, qtbot: Any) -> None:
    select(view, "good/good_002.png")
    QTest.keyClick(view.grid, Qt.Key.Key_Delete)
    asked = question(qtbot)
    assert asked.windowTitle() == "Delete 1 picture for good?"
    asked.yes.click()
    settle(opened, qtbot)
    assert originals(view) == [*ALL[:2], *ALL[3:]]
    opened.organiser.undo()  # the class
    opened.organiser.undo()  # what is left of the other step
    settle(opened, qtbot)
    assert "good_002.png" not in pictures(root / "good") and len(pictures(root / "good")) == 7


def test_what_could_not_be_deleted_is_named(
    view: TrashView, opened: Session, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop_app.ui import step_words

    unlink = storage.disk.unlink

    def busy(path: Path) -> None:
        if path.name == "good_002.png":
            raise OSError(errno.EBUSY, "in use")
        unlink(path)

    monkeypatch.setattr(storage.disk, "unlink", busy)
    with qtbot.waitSignal(opened.organiser.trash_emptied) as signal:
        opened.organiser.empty_trash()
    settle(opened, qtbot)
    assert originals(view) == ["good/good_002.png"]
    said = step_words.emptied(signal.args[0])
    assert (said.what, said.why) == ("6 of 7 deleted:", "1 is open in another program.")
    assert [stayed.file for stayed in said.stayed] == ["good/good_002.png"]


def test_full_view_from_the_trash(view: TrashView, opened: Session, root: Path, qtbot: Any) -> None:
    select(view, "good/good_002.png")
    with qtbot.waitSignal(view.full_asked) as signal:
        QTest.keyClick(view.grid, Qt.Key.Key_Space)
    full = view.full_view()
    qtbot.addWidget(full)
    full.show()
    full.show_row(signal.args[0])
    settle(opened, qtbot)
    assert full._name.text() == "good/good_002.png"
    with qtbot.waitSignal(full.closed):
        QTest.keyClick(full, Qt.Key.Key_U)
        settle(opened, qtbot)
    assert "good_002.png" in pictures(root / "good")


def test_the_trash_of_the_next_project(view: TrashView, opened: Session, tmp_path: Path, qtbot: Any) -> None:
    other = draw_classes(tmp_path / "other", {"x": 1})
    with qtbot.waitSignal(opened.project_changed):
        opened.open(other)
    settle(opened, qtbot)
    assert originals(view) == [] and opened.organiser.trashed.pictures == ()


def test_what_other_programs_delete_there_is_gone(view: TrashView, opened: Session, root: Path, qtbot: Any) -> None:
    for path in (root / ".discern" / "trash").rglob("good_00*.png"):
        path.unlink()
    view.begin(128)
    settle(opened, qtbot)
    assert originals(view) == [ALL[0], *ALL[4:]]


def test_a_trash_that_can_not_be_read(
    view: TrashView, opened: Session, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop_app.project import trash

    def refuse(root: Path) -> list[str]:
        raise OSError(errno.EIO, "no answer")

    monkeypatch.setattr(trash, "contents", refuse)
    with qtbot.waitSignal(view.failed):
        view.empty.click()
    assert QApplication.activeModalWidget() is None
    assert originals(view) == ALL


def test_the_model_is_an_honest_one(opened: Session, root: Path, qtbot: Any, qtmodeltester: Any) -> None:
    opened.organiser.trash(["good/good_001.png"])
    settle(opened, qtbot)
    assert isinstance(opened.project, Project)
    model = TrashListModel()
    model.set_pictures(opened.organiser.trashed.pictures, opened.classes)
    qtmodeltester.check(model)
    with qtbot.waitSignal(model.dataChanged):
        model.set_problem(model.file(0), "empty file")
    assert model.tile(0).problem == "empty file"
