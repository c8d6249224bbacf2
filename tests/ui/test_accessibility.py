"""Every control of every page has a name, and Tab reaches it in reading order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QScrollBar,
    QWidget,
)

from desktop_app.ui.dialogs.keys import KeysDialog
from desktop_app.ui.dialogs.new_project import NewProjectDialog
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.theme import Theme
from desktop_app.ui.workspace import PAGES
from tests.ui.demo import add_result, add_run, draw_project, play_out

CONTROLS = (QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit)


def controls(root: QWidget) -> list[QWidget]:
    """The controls in sight, without the parts that Qt builds controls from."""
    found = []
    for widget in root.findChildren(QWidget):
        inner = isinstance(widget.parentWidget(), QAbstractSpinBox | QComboBox)
        if (
            isinstance(widget, CONTROLS)
            and not isinstance(widget, QScrollBar | QHeaderView)
            and not inner
            and widget.isVisible()
        ):
            found.append(widget)
    return found


def name(widget: QWidget) -> str:
    if isinstance(widget, QComboBox):
        return widget.accessibleName()  # Qt on Linux tells its value first
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)


def nameless(root: QWidget) -> list[str]:
    # Qt gives corner buttons of tables and the like names of their own that begin with "qt_".
    return [
        f"{type(widget).__name__} in {type(widget.parentWidget()).__name__}"
        for widget in controls(root)
        if not name(widget).strip() and not widget.objectName().startswith("qt_")
    ]


def open_project(window: MainWindow, qtbot: Any, root: Path) -> None:
    with qtbot.waitSignal(window._session.project_changed, timeout=20_000):
        window._session.open(draw_project(root))
    assert window._session.project is not None
    add_result(add_run(window._session.project), mistakes={(0, 1): 2, (3, 2): 1})
    with qtbot.waitSignal(window._session.runs_changed):
        window._session.reload_runs()
    play_out(window._session, qtbot)


def test_the_start_page(window: MainWindow) -> None:
    assert len(controls(window)) >= 4
    assert nameless(window) == []


@pytest.mark.parametrize("page", PAGES)
def test_pages(window: MainWindow, qtbot: Any, tmp_path: Path, page: Any) -> None:
    open_project(window, qtbot, tmp_path / "parts")
    assert window.workspace is not None
    window.workspace.show_page(page)
    play_out(window._session, qtbot)
    assert len(controls(window.workspace)) >= 8
    assert nameless(window.workspace) == []


def test_dialogs(qtbot: Any, theme: Theme) -> None:
    for dialog in (NewProjectDialog(theme), KeysDialog(theme)):
        qtbot.addWidget(dialog)
        dialog.show()
        assert controls(dialog)
        assert nameless(dialog) == []


def test_tab_goes_in_reading_order(window: MainWindow, qtbot: Any) -> None:
    """On the start page: down the left column, then the right."""
    window.start.open_button.setFocus()
    qtbot.waitUntil(window.start.open_button.hasFocus)
    seen: list[QWidget] = []
    for _ in range(4):
        focused = QApplication.focusWidget()
        assert focused is not None
        seen.append(focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    places = [widget.mapTo(window, QPoint(0, 0)) for widget in seen]
    assert [place.y() for place in places[:3]] == sorted(place.y() for place in places[:3])
    assert places[3].x() > places[0].x()


def test_targets_are_large_enough(window: MainWindow, qtbot: Any, tmp_path: Path) -> None:
    open_project(window, qtbot, tmp_path / "parts")
    for widget in controls(window):
        if widget.isVisible() and isinstance(widget, QAbstractButton):
            assert min(widget.width(), widget.height()) >= 24, f"{name(widget)}: {widget.size()}"


def test_pictures_and_classes_speak(window: MainWindow, qtbot: Any, tmp_path: Path) -> None:
    open_project(window, qtbot, tmp_path / "parts")
    assert window.workspace is not None
    page = window.workspace.page("images")
    grid, classes = page.grid, page.class_list  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: "," in QAccessible.queryAccessibleInterface(grid).child(0).text(QAccessible.Text.Name))
    row = QAccessible.queryAccessibleInterface(classes).child(2).text(QAccessible.Text.Name)
    assert row == "finishing roll printing, 20 pictures, key 1"
