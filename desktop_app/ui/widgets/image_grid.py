"""The grid of pictures: a QListView whose layout is arithmetic.

Qt's own layouts visit every item; this one visits none. Keyboard, selection model and accessibility stay QListView's.
Thumbnails are asked for when the view moves, never from `paintEvent`: scrolling repaints only the new strip.
"""

from __future__ import annotations

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QRegion,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QApplication, QListView, QWidget

from desktop_app.ui.models.indexes import AnyIndex
from desktop_app.ui.models.tiles import TileModel
from desktop_app.ui.presses import SPACE_OR_ENTER, is_plain
from desktop_app.ui.theme import Theme
from desktop_app.ui.thumbnails import Thumbnails
from desktop_app.ui.widgets.grid_geometry import GridGeometry
from desktop_app.ui.widgets.tile_painter import paint_tile, tile_size

SMALLEST, USUAL, LARGEST = 72, 128, 320
_RING = 3  # the focus ring stands outside its tile
_Move = QAbstractItemView.CursorAction


class ImageGrid(QListView):
    """
    Args:
        model: what to show; it must outlive the view.
        thumbnails: where pictures come from.
    """

    dragged = Signal()  # the selection is being dragged away
    opened = Signal(int)  # row: full view, by Space, Enter or a double click
    size_changed = Signal(int)

    def __init__(
        self, model: TileModel, thumbnails: Thumbnails, theme: Theme, *, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._tiles = model
        self._thumbnails = thumbnails
        self._theme = theme
        self._picture = USUAL
        self._band_start: QPoint | None = None
        self._band = QRect()
        self.draggable = False  # tiles can be dragged; the rubber band then begins beside them
        self._drag_start: QPoint | None = None
        self.setAccessibleName(name)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setUniformItemSizes(True)
        self.setDragEnabled(False)
        self.setMouseTracking(False)
        # Only an opaque view can be scrolled by shifting what it shows and painting the new strip.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setModel(model)
        self._request_soon = QTimer(self, singleShot=True, interval=0)
        self._request_soon.timeout.connect(self._request)
        self.verticalScrollBar().valueChanged.connect(self._request_soon.start)
        model.modelReset.connect(self._request_soon.start)
        thumbnails.loaded.connect(self._on_loaded)
        theme.changed.connect(self.viewport().update)

    # ---- geometry

    @property
    def geometry_of_tiles(self) -> GridGeometry:
        width, height = tile_size(self._picture)
        return GridGeometry(self._tiles.rowCount(), width, height, self.viewport().width())

    @property
    def picture_size(self) -> int:
        return self._picture

    def set_picture_size(self, edge: int) -> None:
        """Change the tiles' size; what is in the middle of the view stays there."""
        edge = min(max(edge, SMALLEST), LARGEST)
        if edge == self._picture:
            return
        middle = self._middle_tile()
        self._picture = edge
        self.updateGeometries()
        if middle >= 0:
            _, top = self.geometry_of_tiles.place(middle)
            self.verticalScrollBar().setValue(top + edge // 2 - self.viewport().height() // 2)
        self.viewport().update()
        self._request_soon.start()
        self.size_changed.emit(edge)

    def _middle_tile(self) -> int:
        shown = self.visible_rows()
        current = self.currentIndex().row()
        return current if current in shown else shown[len(shown) // 2] if shown else -1

    def visible_rows(self) -> range:
        """The tiles that are at least partly in sight."""
        top = self.verticalOffset()
        return self.geometry_of_tiles.tiles_between(top, top + self.viewport().height())

    def doItemsLayout(self) -> None:
        # Nothing to lay out. The base's own book-keeping (delayed layouts, scroll range) is kept.
        self.updateGeometries()
        self.viewport().update()

    def updateGeometries(self) -> None:
        geometry = self.geometry_of_tiles
        bar = self.verticalScrollBar()
        bar.setSingleStep(max(1, geometry.height // 3))
        bar.setPageStep(self.viewport().height())
        bar.setRange(0, max(0, geometry.content_height - self.viewport().height()))
        bar.setEnabled(bar.maximum() > 0)  # it keeps its room, so that nothing jumps, but shows nothing

    def resizeEvent(self, event: QResizeEvent) -> None:
        QAbstractItemView.resizeEvent(self, event)
        self.updateGeometries()
        self._request_soon.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._request_soon.start()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().scroll(dx, dy)

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: AnyIndex) -> bool:
        return False

    def visualRect(self, index: AnyIndex) -> QRect:
        if not index.isValid():
            return QRect()
        geometry = self.geometry_of_tiles
        left, top = geometry.place(index.row())
        return QRect(left, top - self.verticalOffset(), geometry.width, geometry.height)

    def indexAt(self, p: QPoint) -> QModelIndex:
        tile = self.geometry_of_tiles.tile_at(p.x(), p.y() + self.verticalOffset())
        return self._tiles.index(tile, 0) if tile >= 0 else QModelIndex()

    def scrollTo(
        self, index: AnyIndex, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        if not index.isValid():
            return
        rect = self.visualRect(index).adjusted(0, -8, 0, 8)
        bar, height = self.verticalScrollBar(), self.viewport().height()
        hints = QAbstractItemView.ScrollHint
        if hint == hints.PositionAtTop:
            bar.setValue(bar.value() + rect.top())
        elif hint == hints.PositionAtBottom:
            bar.setValue(bar.value() + rect.bottom() - height)
        elif hint == hints.PositionAtCenter:
            bar.setValue(bar.value() + rect.center().y() - height // 2)
        elif rect.top() < 0 or rect.height() > height:
            bar.setValue(bar.value() + rect.top())
        elif rect.bottom() >= height:
            bar.setValue(bar.value() + rect.bottom() - height + 1)

    # ---- keys

    def moveCursor(self, cursorAction: _Move, modifiers: Qt.KeyboardModifier) -> QModelIndex:  # noqa: N803  Qt's name
        count = self._tiles.rowCount()
        if not count:
            return QModelIndex()
        current = self.currentIndex().row()
        if current < 0:
            return self._tiles.index(0, 0)
        geometry = self.geometry_of_tiles
        page = max(1, self.viewport().height() // geometry.stride[1])
        match cursorAction:
            case _Move.MoveLeft | _Move.MovePrevious:
                target = geometry.step(current, -1, 0)
            case _Move.MoveRight | _Move.MoveNext:
                target = geometry.step(current, 1, 0)
            case _Move.MoveUp:
                target = geometry.step(current, 0, -1)
            case _Move.MoveDown:
                target = geometry.step(current, 0, 1)
            case _Move.MovePageUp:
                target = geometry.step(current, 0, -page)
            case _Move.MovePageDown:
                target = geometry.step(current, 0, page)
            case _Move.MoveHome:
                target = 0
            case _:
                target = count - 1
        return self._tiles.index(target, 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if is_plain(event) and event.key() in SPACE_OR_ENTER:
            if self.currentIndex().isValid():
                self.opened.emit(self.currentIndex().row())
            return
        if event.key() == Qt.Key.Key_Escape and self.selectionModel().hasSelection():
            self.clearSelection()
            return
        super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters are for classes, and a search through a million names would stop the window."""

    # ---- selection

    def selected_count(self) -> int:
        """From ranges: `selectedIndexes()` would make an object for every picture."""
        return sum(len(rows) for rows in _row_ranges(self.selectionModel().selection()))

    def selectAll(self) -> None:
        count = self._tiles.rowCount()
        if count:
            everything = QItemSelection(self._tiles.index(0, 0), self._tiles.index(count - 1, 0))
            self.selectionModel().select(everything, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """A rubber band selects what it touches; everything else selects from one tile to another, in reading order."""
        selection = QItemSelection()
        if self.state() == QAbstractItemView.State.DragSelectingState:
            area = rect.normalized().translated(0, self.verticalOffset())
            found = self.geometry_of_tiles.ranges_in(
                area.left(), area.top(), area.left() + area.width(), area.top() + area.height()
            )
            for tiles in found:
                selection.select(self._tiles.index(tiles.start, 0), self._tiles.index(tiles.stop - 1, 0))
        else:
            # Not the rectangle's corners in order of size: its first point is where the selection began.
            first, last = self.indexAt(rect.topLeft()), self.indexAt(rect.bottomRight())
            if first.isValid() and last.isValid():
                low, high = sorted((first.row(), last.row()))
                selection.select(self._tiles.index(low, 0), self._tiles.index(high, 0))
        self.selectionModel().select(selection, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """Only what is in sight: it is used to repaint."""
        shown = self.visible_rows()
        region = QRegion()
        for rows in _row_ranges(selection):
            for row in range(max(rows.start, shown.start), min(rows.stop, shown.stop)):
                region += self.visualRect(self._tiles.index(row, 0)).adjusted(-_RING, -_RING, _RING, _RING)
        return region

    # ---- mouse

    def selected_rows(self) -> list[range]:
        """The selected tiles, as ranges in reading order."""
        return sorted(_row_ranges(self.selectionModel().selection()), key=lambda rows: rows.start)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        here = event.position().toPoint()
        on_tile = event.button() == Qt.MouseButton.LeftButton and self.indexAt(here).isValid()
        self._drag_start = here if self.draggable and on_tile and not event.modifiers() else None
        self._band_start = event.position().toPoint() + QPoint(0, self.verticalOffset())
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag_start is not None and event.buttons() & Qt.MouseButton.LeftButton:
            moved = (event.position().toPoint() - self._drag_start).manhattanLength()
            if moved >= QApplication.startDragDistance():
                self._drag_start = self._band_start = None
                self.dragged.emit()
            return
        super().mouseMoveEvent(event)
        if self._band_start is not None and self.state() == QAbstractItemView.State.DragSelectingState:
            here = event.position().toPoint() + QPoint(0, self.verticalOffset())
            self._set_band(QRect(self._band_start, here).normalized())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self._band_start = self._drag_start = None
        self._set_band(QRect())

    def _set_band(self, band: QRect) -> None:
        if band != self._band:
            self._band = band
            self.viewport().update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(index.row())

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.set_picture_size(self._picture + (16 if event.angleDelta().y() > 0 else -16))
            event.accept()
            return
        super().wheelEvent(event)

    # ---- thumbnails

    def _request(self) -> None:
        """Ask for what is in sight, then for the page below and the one above."""
        if not self.isVisible():
            return
        shown = self.visible_rows()
        if not shown:
            self._thumbnails.request([], self._picture, self.devicePixelRatioF())
            return
        below = range(shown.stop, min(shown.stop + len(shown), self._tiles.rowCount()))
        above = range(shown.start - 1, max(-1, shown.start - 1 - len(shown)), -1)
        files = [self._tiles.tile(row).file for rows in (shown, below, above) for row in rows]
        self._thumbnails.request(files, self._picture, self.devicePixelRatioF())

    def _on_loaded(self, file: str) -> None:
        for row in self.visible_rows():
            if self._tiles.tile(row).file == file:
                self.viewport().update(self.visualRect(self._tiles.index(row, 0)))

    # ---- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(event.rect(), self._theme.colour("bg"))
        selection, current = self.selectionModel(), self.currentIndex().row()
        geometry, offset, region = self.geometry_of_tiles, self.verticalOffset(), event.region()
        area = event.rect().adjusted(0, -_RING, 0, _RING)
        for row in geometry.tiles_between(area.top() + offset, area.bottom() + 1 + offset):
            left, top = geometry.place(row)
            cell = QRect(left, top - offset, geometry.width, geometry.height)
            if not region.intersects(cell.adjusted(-_RING, -_RING, _RING, _RING)):
                continue
            index = self._tiles.index(row, 0)
            tile = self._tiles.tile(row)
            paint_tile(
                painter,
                cell,
                tile,
                self._thumbnails.picture(tile.file),
                self._theme,
                selected=selection.isSelected(index),
                focused=row == current and self.hasFocus(),
            )
        if not self._band.isEmpty():
            self._paint_band(painter)

    def _paint_band(self, painter: QPainter) -> None:
        fill = QColor(self._theme.colour("accent"))
        fill.setAlphaF(0.15)
        painter.setPen(QPen(self._theme.colour("accent"), 1))
        painter.setBrush(fill)
        painter.drawRect(self._band.translated(0, -self.verticalOffset()))


def _row_ranges(selection: QItemSelection) -> list[range]:
    parts = (selection.at(place) for place in range(selection.count()))
    return [range(part.top(), part.bottom() + 1) for part in parts]
