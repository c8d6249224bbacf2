"""The list of runs: what was trained when, and how much of validation it had right."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desktop_app.ui.models.indexes import AnyIndex
from desktop_app.ui.models.runs import ROW, RunListModel, RunRow
from desktop_app.ui.theme import Theme, Type, font
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.lines import draw_line

HEIGHT = 52


class RunList(QListView):
    """Shows a `RunListModel`; `chosen` names the run that the person went to."""

    chosen = Signal(str)

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

    def _tell(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.chosen.emit(self.runs.rows[current.row()].id)


class _Delegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: RunList) -> None:
        super().__init__(view)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(200, HEIGHT)

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
        inside = rect.adjusted(SPACE.m, 6, -SPACE.m, -6)
        upper = QRectF(inside.left(), inside.top(), inside.width(), 20)
        lower = QRectF(inside.left(), upper.bottom(), inside.width(), 20)
        taken = self._right(painter, upper, row.result, "strong", "text")
        room = upper.adjusted(0, 0, -taken - SPACE.s, 0)
        width = self._left(painter, room, row.title, "strong", "text")
        self._left(painter, room.adjusted(width + SPACE.s, 0, 0, 0), row.recipe, "body", "text_2")
        taken = self._right(painter, lower, row.doubt, "caption", "text_2")
        self._left(painter, lower.adjusted(0, 0, -taken - SPACE.s, 0), row.detail, "caption", "text_2")
        painter.restore()

    def _left(self, painter: QPainter, rect: QRectF, text: str, style: Type, token: str) -> float:
        return draw_line(painter, rect, text, font(style), self._theme.colour(token), Qt.TextElideMode.ElideRight)

    def _right(self, painter: QPainter, rect: QRectF, text: str, style: Type, token: str) -> float:
        width = QFontMetricsF(font(style)).horizontalAdvance(text)
        room = rect.adjusted(rect.width() - width, 0, 0, 0)
        return draw_line(painter, room, text, font(style), self._theme.colour(token))
