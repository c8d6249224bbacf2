"""The grid as a person uses it: keys, mouse, selection, zoom; and what a screen reader finds."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QAccessible, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_app.project.catalog import Catalog
from desktop_app.project.config import ClassInfo
from desktop_app.ui.models.image_list import ImageListModel
from desktop_app.ui.theme import Theme
from desktop_app.ui.thumbnails import Thumbnails
from desktop_app.ui.widgets import image_grid
from desktop_app.ui.widgets.grid_geometry import MARGIN
from desktop_app.ui.widgets.image_grid import ImageGrid

INFOS = (ClassInfo("a", 0, "1"),)


def catalog(n: int) -> Catalog:
    return Catalog(("a",), tuple(f"a/{number}.png" for number in range(n)), np.zeros(n, np.int32))


@pytest.fixture
def thumbnails(qapp: object) -> Thumbnails:
    return Thumbnails()


@pytest.fixture
def images(qapp: object) -> ImageListModel:
    model = ImageListModel()
    model.set_catalog(catalog(40), INFOS)
    return model


@pytest.fixture
def grid(qtbot: Any, images: ImageListModel, thumbnails: Thumbnails, theme: Theme) -> ImageGrid:
    view = ImageGrid(images, thumbnails, theme, name="Pictures")
    qtbot.addWidget(view)
    view.resize(720, 500)
    view.show()
    qtbot.waitExposed(view)
    view.setFocus()
    view.setCurrentIndex(images.index(0))
    return view


def press(grid: ImageGrid, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> int:
    QTest.keyClick(grid, key, modifier)
    return grid.currentIndex().row()


def selected(grid: ImageGrid) -> list[int]:
    return sorted(index.row() for index in grid.selectionModel().selectedIndexes())


def middle(grid: ImageGrid, row: int) -> QPoint:
    return grid.visualRect(grid.model().index(row, 0)).center()


def test_arrow_keys(grid: ImageGrid) -> None:
    columns = grid.geometry_of_tiles.columns
    assert columns == 4
    assert press(grid, Qt.Key.Key_Right) == 1
    assert press(grid, Qt.Key.Key_Down) == 1 + columns
    assert press(grid, Qt.Key.Key_Left) == columns
    assert press(grid, Qt.Key.Key_Up) == 0
    assert press(grid, Qt.Key.Key_Up) == 0
    assert press(grid, Qt.Key.Key_End) == 39
    assert press(grid, Qt.Key.Key_Home) == 0
    assert press(grid, Qt.Key.Key_PageDown) > columns


def test_the_current_picture_is_always_in_sight(grid: ImageGrid) -> None:
    for key in [Qt.Key.Key_Down] * 12 + [Qt.Key.Key_End, Qt.Key.Key_Home, Qt.Key.Key_PageDown]:
        press(grid, key)
        assert grid.viewport().rect().contains(grid.visualRect(grid.currentIndex()))


def test_shift_selects_in_reading_order_both_ways(grid: ImageGrid) -> None:
    grid.setCurrentIndex(grid.model().index(6, 0))
    press(grid, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert selected(grid) == [6, 7, 8, 9, 10]
    press(grid, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    press(grid, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert selected(grid) == [2, 3, 4, 5, 6]


def test_shift_click_and_control_click(grid: ImageGrid) -> None:
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=middle(grid, 1))
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, middle(grid, 6))
    assert selected(grid) == [1, 2, 3, 4, 5, 6]
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, middle(grid, 3))
    assert selected(grid) == [1, 2, 4, 5, 6]
    assert grid.selected_count() == 5


def test_a_click_beside_the_tiles_clears(grid: ImageGrid) -> None:
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=middle(grid, 2))
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert selected(grid) == []


def test_a_rubber_band(grid: ImageGrid) -> None:
    start, end = QPoint(4, 4), middle(grid, 5)
    QTest.mousePress(grid.viewport(), Qt.MouseButton.LeftButton, pos=start)
    for step in range(1, 9):
        QTest.mouseMove(grid.viewport(), start + (end - start) * step / 8)
    QTest.mouseRelease(grid.viewport(), Qt.MouseButton.LeftButton, pos=end)
    assert selected(grid) == [0, 1, 4, 5]


def test_select_all_and_escape(grid: ImageGrid) -> None:
    press(grid, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert grid.selected_count() == 40
    press(grid, Qt.Key.Key_Escape)
    assert grid.selected_count() == 0


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_opening_by_keyboard(grid: ImageGrid, qtbot: Any, key: Qt.Key) -> None:
    grid.setCurrentIndex(grid.model().index(7, 0))
    with qtbot.waitSignal(grid.opened) as signal:
        press(grid, key)
    assert signal.args == [7]


def test_opening_by_a_double_click(grid: ImageGrid, qtbot: Any) -> None:
    with qtbot.waitSignal(grid.opened) as signal:
        QTest.mouseDClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=middle(grid, 3))
    assert signal.args == [3]


def test_letters_do_not_search(grid: ImageGrid) -> None:
    assert press(grid, Qt.Key.Key_3) == 0


def test_zoom_keeps_the_current_picture_in_sight(grid: ImageGrid, qtbot: Any) -> None:
    grid.setCurrentIndex(grid.model().index(25, 0))
    grid.scrollTo(grid.currentIndex())
    for size in (200, 320, 96, 72, 10_000, 0):
        grid.set_picture_size(size)
        assert grid.viewport().rect().intersects(grid.visualRect(grid.currentIndex()))
    assert grid.picture_size == 72


def test_layout_follows_the_width(grid: ImageGrid) -> None:
    grid.resize(1100, 500)
    assert grid.geometry_of_tiles.columns == 7
    rects = [grid.visualRect(grid.model().index(row, 0)) for row in range(7)]
    assert all(not one.intersects(other) for one, other in pairwise(rects))
    assert rects[0].left() == MARGIN
    assert abs(rects[6].right() + 1 - (grid.viewport().width() - MARGIN)) <= 1


def test_a_million_pictures(qtbot: Any, images: ImageListModel, thumbnails: Thumbnails, theme: Theme) -> None:
    images.set_catalog(catalog(1_000_000), INFOS)
    view = ImageGrid(images, thumbnails, theme, name="Pictures")
    qtbot.addWidget(view)
    view.resize(1000, 700)
    view.show()
    qtbot.waitExposed(view)
    view.selectAll()
    assert view.selected_count() == 1_000_000
    view.scrollToBottom()
    assert view.visible_rows().stop == 1_000_000
    view.setCurrentIndex(images.index(500_000))
    assert 500_000 in view.visible_rows()
    assert view.grab().width() == 1000


def test_scrolling_paints_only_what_comes_into_sight(
    grid: ImageGrid, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid.verticalScrollBar().setValue(100)
    QTest.qWait(50)
    painted: list[str] = []
    monkeypatch.setattr(image_grid, "paint_tile", lambda _painter, _cell, tile, *_, **__: painted.append(tile.file))
    grid.verticalScrollBar().setValue(110)
    qtbot.waitUntil(lambda: bool(painted))
    shown = grid.visible_rows()
    last = [f"a/{row}.png" for row in shown][-grid.geometry_of_tiles.columns :]
    assert set(painted) <= set(last)


def test_a_band_with_control_adds_to_what_is_selected(grid: ImageGrid) -> None:
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=middle(grid, 7))
    start, end = QPoint(4, 4), middle(grid, 5)
    left, control = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier
    QTest.mousePress(grid.viewport(), left, control, start)
    for step in range(1, 9):
        here = QPointF(start + (end - start) * step / 8)
        move = QMouseEvent(QEvent.Type.MouseMove, here, grid.viewport().mapToGlobal(here), left, left, control)
        QApplication.sendEvent(grid.viewport(), move)
    QTest.mouseRelease(grid.viewport(), left, control, end)
    assert selected(grid) == [0, 1, 4, 5, 7]


def test_only_what_is_in_sight_is_asked_for(grid: ImageGrid, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(grid._thumbnails, "request", lambda files, size, ratio: asked.append(list(files)))
    grid.verticalScrollBar().setValue(300)
    qtbot.waitUntil(lambda: bool(asked))
    shown = [f"a/{row}.png" for row in grid.visible_rows()]
    assert asked[-1][: len(shown)] == shown
    assert len(asked[-1]) <= 3 * len(shown)


def test_what_is_repainted_is_only_in_sight(grid: ImageGrid) -> None:
    grid.selectAll()
    region = grid.visualRegionForSelection(grid.selectionModel().selection())
    assert QRect(-10, -250, 740, 1000).contains(region.boundingRect())


def test_a_screen_reader_finds_every_tile(grid: ImageGrid) -> None:
    interface = QAccessible.queryAccessibleInterface(grid)
    assert interface.text(QAccessible.Text.Name) == "Pictures"
    assert interface.childCount() == 40
    tile = interface.child(5)
    assert tile.text(QAccessible.Text.Name) == "5.png, a"
    place = grid.visualRect(grid.model().index(5, 0))
    assert tile.rect().size() == place.size()
