"""The list of classes: colours, keys, roles and order are changed with real keys, clicks and drags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QDragEnterEvent, QDragMoveEvent, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from desktop_app.project.catalog import Catalog
from desktop_app.project.config import ClassInfo
from desktop_app.ui.models.class_list import TRASH, ClassListModel, ClassRow
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets import class_panel
from desktop_app.ui.widgets.class_key_editor import ClassKeyEditor
from desktop_app.ui.widgets.class_panel import CLASS, ClassList
from desktop_app.ui.widgets.colour_palette import ColourPalette
from tests.ui.test_image_list import make_catalog

INFOS = (ClassInfo("good", 0, "1", "good"), ClassInfo("scratched", 1, "2"), ClassInfo("chipped", 2, "C"))


def three() -> Catalog:
    catalog = make_catalog(4, 3)
    return Catalog(("good", "scratched", "chipped"), catalog.files, catalog.labels)


@pytest.fixture
def classes(qtbot: Any, theme: Theme) -> Iterator[ClassList]:
    model = ClassListModel()
    model.set_catalog(three(), INFOS)
    view = ClassList(model, theme)
    view.changeable = True
    qtbot.addWidget(view)
    view.resize(288, 400)
    view.show()
    qtbot.waitExposed(view)
    yield view


def said(signal: Any) -> list[Any]:
    heard: list[Any] = []
    signal.connect(lambda *values: heard.append(values if len(values) > 1 else values[0]))
    return heard


def row(view: ClassList, line: int) -> ClassRow:
    model = view.model()
    assert isinstance(model, ClassListModel)
    return model.row(line)


def middle(view: ClassList, line: int) -> QPoint:
    return view.visualRect(view.model().index(line, 0)).center()


def action(menu: QMenu, text: str) -> QAction:
    return next(action for action in menu.actions() if action.text() == text)


# ---- choosing


def test_a_click_chooses_when_the_button_comes_up(classes: ClassList) -> None:
    chosen = said(classes.chosen)
    here = middle(classes, 3)
    QTest.mousePress(classes.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, here)
    assert chosen == []
    QTest.mouseRelease(classes.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, here)
    assert [row.name for row in chosen] == ["scratched"]
    QTest.mouseClick(classes.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle(classes, 0))
    assert [row.kind for row in chosen] == ["class", "all"]


def test_a_double_click_renames_or_opens_the_palette(classes: ClassList, qtbot: Any) -> None:
    renames = said(classes.rename_requested)
    here = middle(classes, 2)
    QTest.mouseDClick(classes.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, here)
    assert [row.name for row in renames] == ["good"]
    here.setX(24)
    QTest.mouseDClick(classes.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, here)
    palette = classes.findChild(ColourPalette)
    assert palette is not None and palette.isVisible() and len(renames) == 1
    palette.close()


# ---- colours


def test_a_colour_is_chosen_with_the_keyboard(classes: ClassList, qtbot: Any) -> None:
    recoloured = said(classes.recoloured)
    classes.ask_colour(row(classes, 3))
    palette = classes.findChild(ColourPalette)
    assert palette is not None
    assert [swatch.toolTip() for swatch in palette.swatches[:4]] == ["good", "scratched", "chipped", ""]
    assert palette.swatches[1].isChecked() and palette.swatches[1].accessibleName() == "Colour 2, scratched"
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Right):
        QTest.keyClick(palette.focusWidget() or palette, key)
    QTest.keyClick(palette.focusWidget(), Qt.Key.Key_Return)
    assert recoloured == [("scratched", 6)]
    qtbot.waitUntil(lambda: classes.findChild(ColourPalette) is None)


def test_the_palette_is_left_with_escape(classes: ClassList, qtbot: Any) -> None:
    recoloured = said(classes.recoloured)
    action(classes.menu_for(row(classes, 2)), "Colour…").trigger()
    palette = classes.findChild(ColourPalette)
    assert palette is not None
    QTest.keyClick(palette.focusWidget(), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: classes.findChild(ColourPalette) is None)
    assert recoloured == []


# ---- order


def test_ctrl_up_and_down_move_a_class(classes: ClassList) -> None:
    moved = said(classes.moved)
    classes.setCurrentIndex(classes.model().index(3, 0))
    QTest.keyClick(classes, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(classes, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert moved == [("scratched", "good"), ("scratched", "")]
    classes.setCurrentIndex(classes.model().index(2, 0))
    QTest.keyClick(classes, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(classes, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert moved[2:] == [("good", "chipped")]
    assert classes.currentIndex().row() == 2


def test_the_menu_moves_marks_and_merges(classes: ClassList) -> None:
    moved, marked, merged = said(classes.moved), said(classes.marked), said(classes.merge_requested)
    menu = classes.menu_for(row(classes, 2))
    texts = [entry.text() for entry in menu.actions() if entry.text()]
    assert texts == [
        *("Rename…", "Colour…", "Key…", "Mark as", "Move up", "Move down", "Merge into", "Delete class…", "New class…")
    ]
    assert not action(menu, "Move up").isEnabled()
    action(menu, "Move down").trigger()
    roles = action(menu, "Mark as").menu()
    assert isinstance(roles, QMenu)
    assert [entry.isChecked() for entry in roles.actions()] == [True, False, False]
    action(roles, "Defect").trigger()
    into = action(menu, "Merge into").menu()
    assert isinstance(into, QMenu)
    assert [entry.text() for entry in into.actions()] == ["scratched", "chipped"]
    action(into, "chipped").trigger()
    assert moved == [("good", "chipped")]
    assert marked == [("good", "defect")]
    assert merged == [("good", "chipped")]


def test_a_class_is_dragged_to_another_place(classes: ClassList, monkeypatch: pytest.MonkeyPatch) -> None:
    """What QDrag would do with the mouse held down is played by its own events."""
    moved, chosen = said(classes.moved), said(classes.chosen)
    dragged: list[int] = []
    monkeypatch.setattr(classes, "_drag", lambda pressed: dragged.append(pressed.item.row()))
    here = middle(classes, 4)
    QTest.mousePress(classes.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, here)
    for step in (2, 40):
        QApplication.sendEvent(classes.viewport(), mouse_move(classes, here - QPoint(0, step)))
    QTest.mouseRelease(classes.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, here)
    assert dragged == [4] and chosen == []
    monkeypatch.setattr(class_panel, "_is_from", lambda event, view: True)
    data = QMimeData()
    data.setData(CLASS, b"4")
    assert drop(classes, middle(classes, 2) - QPoint(0, 5), data) == 2
    assert drop(classes, middle(classes, 2) + QPoint(0, 5), data) == 3
    assert drop(classes, middle(classes, 4) + QPoint(0, 5), data) == 5
    assert drop(classes, middle(classes, 4) - QPoint(0, 5), data) == 4
    assert moved == [("chipped", "good"), ("chipped", "scratched")]
    data.setData(CLASS, b"2")
    drop(classes, middle(classes, 4) + QPoint(0, 30), data)
    assert moved[2:] == [("good", "")]


def mouse_move(view: ClassList, place: QPoint) -> QMouseEvent:
    where = QPointF(place)
    left = Qt.MouseButton.LeftButton
    return QMouseEvent(
        QEvent.Type.MouseMove,
        where,
        QPointF(view.viewport().mapToGlobal(place)),
        Qt.MouseButton.NoButton,
        left,
        Qt.KeyboardModifier.NoModifier,
    )


def drop(view: ClassList, place: QPoint, data: QMimeData) -> int:
    """Drop a class; returns the line it was shown to come in front of."""
    move, none = Qt.DropAction.MoveAction, Qt.KeyboardModifier.NoModifier
    for event in (QDragEnterEvent, QDragMoveEvent):
        QApplication.sendEvent(view.viewport(), event(place, move, data, Qt.MouseButton.LeftButton, none))
    gap = view._delegate.gap
    QApplication.sendEvent(view.viewport(), QDropEvent(QPointF(place), move, data, Qt.MouseButton.LeftButton, none))
    assert view._delegate.gap == -1
    return gap


def test_nothing_can_be_changed_in_a_read_only_project(classes: ClassList) -> None:
    classes.changeable = False
    signals = [said(signal) for signal in (classes.moved, classes.rename_requested, classes.delete_requested)]
    classes.setCurrentIndex(classes.model().index(2, 0))
    QTest.keyClick(classes, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(classes, Qt.Key.Key_F2)
    QTest.keyClick(classes, Qt.Key.Key_Delete)
    assert signals == [[], [], []]
    assert not any(entry.isEnabled() for entry in classes.menu_for(row(classes, 2)).actions() if entry.text())


# ---- the trash's line


def test_the_trash_has_a_line_while_there_is_something_in_it(classes: ClassList, qtbot: Any) -> None:
    model = classes.model()
    assert isinstance(model, ClassListModel)
    classes.setCurrentIndex(model.index(3, 0))
    chosen = said(classes.chosen)
    with qtbot.assertNotEmitted(model.modelReset):
        model.set_trash(12)
        assert model.row(5) == ClassRow("trash", "Trash", 12, TRASH)
        assert model.data(model.index(5), Qt.ItemDataRole.AccessibleTextRole) == "Trash, 12 pictures"
        model.set_trash(3)
        model.set_catalog(three(), INFOS)
        assert model.row(5).count == 3
        model.set_trash(0)
    assert model.rowCount() == 5 and classes.currentIndex().row() == 3 and chosen == []
    model.set_trash(2)
    classes.setCurrentIndex(model.index(5, 0))
    model.set_trash(0)
    assert classes.currentIndex().row() == 0
    assert [row.kind for row in chosen] == ["trash"]
    model.set_trash(2)
    assert model.row_of_label(TRASH) == 5 and model.row_of_label(None) == 0
    assert "Trash" not in model.balance()


def test_the_model_is_an_honest_one(qtmodeltester: Any, qapp: object) -> None:
    model = ClassListModel()
    model.set_trash(1)  # before any project
    model.set_catalog(three(), INFOS)
    qtmodeltester.check(model)
    assert model.row(5).kind == "trash"


# ---- keys


@pytest.fixture
def editor(qtbot: Any, theme: Theme) -> ClassKeyEditor:
    made = ClassKeyEditor(theme)
    qtbot.addWidget(made)
    made.resize(288, 120)
    return made


def ask(editor: ClassKeyEditor, qtbot: Any, key: str = "2") -> list[Any]:
    chosen = said(editor.chosen)
    row = ClassRow("class", "scratched", 3, 1, 1, key)
    editor.ask(row, {"1": "1 belongs to “good”.", "N": "N goes to the next unlabelled picture."})
    qtbot.waitExposed(editor)
    return chosen


def test_a_free_key_is_taken_at_once(editor: ClassKeyEditor, qtbot: Any) -> None:
    chosen = ask(editor, qtbot)
    QTest.keyClick(editor, Qt.Key.Key_X)
    assert chosen == [("scratched", "X")] and not editor.isVisible()


def test_a_key_in_use_is_taken_when_pressed_twice(editor: ClassKeyEditor, qtbot: Any) -> None:
    chosen = ask(editor, qtbot)
    QTest.keyClick(editor, Qt.Key.Key_1)
    assert editor.hint.text() == "1 belongs to “good”." and chosen == []
    QTest.keyClick(editor, Qt.Key.Key_N)
    QTest.keyClick(editor, Qt.Key.Key_1)
    assert chosen == []  # not twice in a row
    QTest.keyClick(editor, Qt.Key.Key_1)
    assert chosen == [("scratched", "1")]


def test_what_can_not_be_a_key(editor: ClassKeyEditor, qtbot: Any) -> None:
    chosen = ask(editor, qtbot)
    QTest.keyClick(editor, Qt.Key.Key_0)
    assert editor.hint.text().startswith("0 puts pictures back")
    QTest.keyClick(editor, Qt.Key.Key_Plus)
    assert editor.hint.text() == "Only a letter or a digit can be the key of a class."
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert chosen == [] and not editor.isVisible()


def test_a_key_is_taken_away(editor: ClassKeyEditor, qtbot: Any) -> None:
    chosen = ask(editor, qtbot)
    editor.none.click()
    assert chosen == [("scratched", "")]
    ask(editor, qtbot, key="")
    assert not editor.none.isVisible()
    QTest.keyClick(editor, Qt.Key.Key_Backspace)
    assert chosen == [("scratched", "")]  # it has none
    ask(editor, qtbot)
    QTest.keyClick(editor, Qt.Key.Key_2)
    assert chosen == [("scratched", "")]  # it has that
