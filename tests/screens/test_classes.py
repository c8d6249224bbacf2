"""Classes are changed and the trash is looked at: the list, its palette and key editor, the questions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, Qt
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
    page.organising.mark_class(names[0], "good")
    page.organising.mark_class(names[7], "good")
    page.organising.mark_class(names[6], "defect")
    page.organising.assign_key(names[9], "W")
    page.organising.assign_key(names[10], "N")
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
    qtbot.keyClick(page.key_editor, Qt.Key.Key_3)
    page.class_list._delegate.gap = 4
    walk.shoot("02-classes-key-taken")
    page.class_list._delegate.gap = -1
    page.key_editor.hide()


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
