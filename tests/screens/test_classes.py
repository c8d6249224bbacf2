"""Classes are changed and the trash is looked at: the list, its palette and key editor, the questions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_app.project.trash import Emptied
from desktop_app.ui import step_words
from desktop_app.ui.widgets.colour_palette import ColourPalette
from tests.ui.demo import LONG, XSDD, draw_project

pytestmark = pytest.mark.display

TWELVE = XSDD | LONG | {"rolled-in scale": 31, "pitted surface": 4}


def test_twelve_classes(walk_with: Any, tmp_path: Path, qtbot: Any) -> None:
    walk, _engine = walk_with()
    walk.open(draw_project(tmp_path / "Strip line 3", TWELVE))
    page = walk.page("images")
    names = [row.name for row in page.classes.classes()]
    page.class_changes.mark(names[0], "good")
    page.class_changes.mark(names[7], "good")
    page.class_changes.mark(names[6], "defect")
    page.class_changes.assign_key(names[9], "W")
    page.class_changes.assign_key(names[10], "N")
    walk.session.organiser.trash([f"{names[5]}/{names[5]}_{n:03}.png" for n in range(1, 13)])
    walk.settle()
    walk.shoot("02-classes")
    page.class_list.ask_colour(page.classes.row(4))
    walk.settle()
    palette = page.class_list.findChild(ColourPalette)
    assert palette is not None
    walk.shoot_screen("02-classes-palette")
    walk.shoot("02-palette", of=palette)
    palette.close()
    page.class_list.menu_for(page.classes.row(4)).popup(page.class_list.mapToGlobal(QPoint(120, 200)))
    walk.shoot_screen("02-classes-menu")
    QApplication.activePopupWidget().close()  # type: ignore[union-attr]
    page.class_list.key_requested.emit(page.classes.row(8))
    walk.shoot("02-classes-key")
    qtbot.keyClick(page.class_changes.key_editor, Qt.Key.Key_3)
    page.class_list._delegate.gap = 4
    walk.shoot("02-classes-key-taken")
    page.class_list._delegate.gap = -1
    page.class_changes.key_editor.hide()


def test_the_trash(walk_with: Any, tmp_path: Path, qtbot: Any) -> None:
    walk, _engine = walk_with()
    walk.open(draw_project(tmp_path / "Strip line 3", XSDD | LONG))
    page = walk.page("images")
    names = [row.name for row in page.classes.classes()]
    walk.session.organiser.trash([f"{names[0]}/{names[0]}_{n:03}.png" for n in range(1, 8)])
    walk.session.organiser.delete_class(names[-1])
    walk.settle()
    page.class_list.setCurrentIndex(page.classes.index(page.classes.rowCount() - 1))
    grid, model = page.trash.grid, page.trash.pictures
    grid.setFocus()
    grid.setCurrentIndex(model.index(1))
    selection = QItemSelection(model.index(1), model.index(4))
    grid.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
    walk.shoot("02-trash")
    page.trash.menu().popup(grid.mapToGlobal(QPoint(300, 200)))
    walk.shoot_screen("02-trash-menu")
    QApplication.activePopupWidget().close()  # type: ignore[union-attr]
    page.trash.ask_empty()
    walk.settle()
    asked = QApplication.activeModalWidget()
    assert asked is not None
    walk.shoot("08-empty-trash", of=asked)
    asked.close()
    reasons = ("Another program is using it.", "It could not be moved.")
    failed = tuple((f"{names[-1]}/{n:04}.png", reasons[n % 2]) for n in range(9))
    page.organising.step_bar.say(step_words.emptied(Emptied(11, 40_000, failed)))
    page.organising.step_bar.why.click()
    walk.shoot("02-trash-partly")
    qtbot.keyClick(grid, Qt.Key.Key_Space)
    walk.shoot("06-trash-full")


def test_dragging_with_the_mouse(walk_with: Any, tmp_path: Path) -> None:
    """A class to another place, and pictures into a class: the window's own events, through a real drag."""
    walk, _engine = walk_with()
    walk.open(draw_project(tmp_path / "Strip line 3"))
    page = walk.page("images")
    classes = page.class_list

    def line(number: int) -> QPoint:
        return classes.visualRect(page.classes.index(number)).center()

    drag(classes.viewport(), line(5), classes.viewport(), line(2) - QPoint(0, 8))
    walk.settle()
    names = [info.name for info in walk.session.classes]
    assert names[0] == sorted(XSDD)[3]
    assert page.images.rowCount() == sum(XSDD.values()) + 3  # the drag has chosen no class
    page.grid.setFocus()
    page.grid.setCurrentIndex(page.images.index(0))
    file = page.images.file(0)
    start = page.grid.visualRect(page.images.index(0)).center()
    drag(page.grid.viewport(), start, classes.viewport(), line(6))
    walk.settle()
    assert page.images.row_of(file) < 0
    assert page.organising.step_bar.text() == f"1 picture moved from {names[1]} to {names[4]}."


def drag(source: Any, start: QPoint, target: Any, end: QPoint) -> None:
    """Hold the mouse down on one widget and let it go on another, through the window's own events."""
    window = source.window()

    def at(widget: Any, place: QPoint) -> QPoint:
        return widget.mapTo(window, place)

    handle = window.windowHandle()
    path = [at(target, end) - QPoint(0, 3), at(target, end)]

    def go_on() -> None:  # while QDrag waits for the mouse
        if path:
            QTest.mouseMove(handle, path.pop(0))
        else:
            QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at(target, end))
            timer.stop()

    timer = QTimer(interval=30)
    timer.timeout.connect(go_on)
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at(source, start))
    timer.start()
    QTest.mouseMove(handle, at(source, start) + QPoint(0, 30))
    while timer.isActive():
        QApplication.processEvents()
