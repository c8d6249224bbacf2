"""The list of runs: what was trained when, and how much of validation it had right."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desktop_app.ui import icons
from desktop_app.ui.models.indexes import AnyIndex
from desktop_app.ui.models.runs import ROW, RunListModel, RunRow
from desktop_app.ui.theme import Theme, Type, font
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.lines import draw_line

HEIGHT = 52
_BOX = 18
_STAR = 14
_TICK_ROOM = SPACE.m + _BOX + SPACE.s + 2  # where a click ticks


class RunList(QListView):
    """Shows a `RunListModel`. Space ticks, F2 names, Delete deletes; the menu has it all.

    Signals:
        chosen(run: str): the person went to this run.
        describe_requested(run: str), delete_requested(run: str): its words, or itself, are to change.
        menu_requested(run: str, place: QPoint): what can be done with it, at a place on the screen.
    """

    chosen = Signal(str)
    describe_requested = Signal(str)
    delete_requested = Signal(str)
    menu_requested = Signal(str, QPoint)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.runs = RunListModel(self)
        self.setModel(self.runs)
        self.setItemDelegate(_Delegate(theme, self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMinimumHeight(2 * HEIGHT)
        self.setAccessibleName(self.tr("Runs, newest first"))
        self.selectionModel().currentChanged.connect(self._tell)

    def sizeHint(self) -> QSize:
        return QSize(200, 2 * HEIGHT)  # it takes what room there is, and scrolls

    def choose(self, run_id: str) -> None:
        """Select a run without telling anyone; nothing if it is not there."""
        self.selectionModel().blockSignals(True)
        index = self.runs.index(self.runs.row_of(run_id))
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.selectionModel().blockSignals(False)
        self.viewport().update()

    def current(self) -> str:
        """The run that keys and buttons mean; "" if there is none."""
        row = self.currentIndex().row()
        return self.runs.rows[row].id if 0 <= row < len(self.runs.rows) else ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        run = self.current()
        if event.key() == Qt.Key.Key_F2 and run:
            self.describe_requested.emit(run)
        elif event.key() == Qt.Key.Key_Delete and run:
            self.delete_requested.emit(run)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """By the mouse at its place, by the keyboard at the current run."""
        by_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if by_mouse else self.currentIndex()
        if index.isValid():
            place = event.globalPos() if by_mouse else self.viewport().mapToGlobal(self.visualRect(index).center())
            self.menu_requested.emit(self.runs.rows[index.row()].id, place)

    def _tell(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.chosen.emit(self.runs.rows[current.row()].id)


class _Delegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: RunList) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(200, HEIGHT)

    def editorEvent(self, event: QEvent, model: object, option: QStyleOptionViewItem, index: AnyIndex) -> bool:
        clicked = isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease
        at_box = isinstance(event, QMouseEvent) and event.position().x() - option.rect.left() < _TICK_ROOM
        spaced = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space
        if (clicked and at_box) or spaced:
            self._view.runs.toggle(index.data(ROW).id)
            return True
        return False

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        colour = self._theme.colour
        row: RunRow = index.data(ROW)
        rect = QRectF(option.rect)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, colour("soft"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, colour("band"))
        if option.state & QStyle.StateFlag.State_HasFocus and option.state & QStyle.StateFlag.State_KeyboardFocusChange:
            painter.setPen(QPen(colour("text"), 2))
            painter.drawRect(rect.adjusted(1, 1, -1, -1))
        inside = rect.adjusted(_TICK_ROOM, 6, -SPACE.m, -6)
        upper = QRectF(inside.left(), inside.top(), inside.width(), 20)
        lower = QRectF(inside.left(), upper.bottom(), inside.width(), 20)
        self._paint_box(painter, QRectF(rect.left() + SPACE.m, upper.top() + 1, _BOX, _BOX), index)
        taken = self._right(painter, upper, row.result, "strong", "text")
        room = upper.adjusted(0, 0, -taken - SPACE.s, 0)
        width = self._left(painter, room, row.title, "strong", "text")
        used = width + SPACE.s
        used += self._left(painter, room.adjusted(used, 0, 0, 0), row.recipe, "body", "text_2")
        if row.in_use and used + SPACE.s + _STAR <= room.width():
            star = QRectF(room.left() + used + SPACE.s, room.center().y() - _STAR / 2, _STAR, _STAR)
            icons.paint(painter, star, "star-fill", colour("accent"))
        taken = self._right(painter, lower, row.doubt, "caption", "text_2")
        self._left(painter, lower.adjusted(0, 0, -taken - SPACE.s, 0), row.detail, "caption", "text_2")
        painter.restore()

    def _paint_box(self, painter: QPainter, box: QRectF, index: AnyIndex) -> None:
        state = index.data(Qt.ItemDataRole.CheckStateRole)
        if state is None:
            return
        checked = Qt.CheckState(state) == Qt.CheckState.Checked
        icon, token = ("check-square-fill", "accent") if checked else ("square", "outline")
        icons.paint(painter, box, icon, self._theme.colour(token))

    def _left(self, painter: QPainter, rect: QRectF, text: str, style: Type, token: str) -> float:
        return draw_line(painter, rect, text, font(style), self._theme.colour(token), Qt.TextElideMode.ElideRight)

    def _right(self, painter: QPainter, rect: QRectF, text: str, style: Type, token: str) -> float:
        width = QFontMetricsF(font(style)).horizontalAdvance(text)
        room = rect.adjusted(rect.width() - width, 0, 0, 0)
        return draw_line(painter, room, text, font(style), self._theme.colour(token))
