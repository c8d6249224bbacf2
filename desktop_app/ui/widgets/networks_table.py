"""The table of pretrained networks, by family."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop_app.learning.library import Shelf
from desktop_app.ui import icons
from desktop_app.ui.models.indexes import AnyIndex
from desktop_app.ui.models.networks import MARK, Column, NetworksModel
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.lines import draw_line
from desktop_app.ui.widgets.row_table import RowHead, RowTable, paint_cell_ground

ROW = 36
HEAD = 36
ICON = 16
GAP = 24
LEAST_NAME = 150
NAME = 320  # what is left over beyond that is shared by all columns
# What gives way first where there is little room.
_YIELDS = (Column.LICENCE, Column.SIZE)
_NUMBERS = (Column.SIZE, Column.ACCURACY, Column.SPEED)  # stand below each other digit by digit


class NetworksTable(RowTable):
    """Several networks can be chosen at a time; the headings of families can't."""

    def __init__(self, model: NetworksModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.networks = model
        self.setModel(model)
        self.setItemDelegate(_Delegate(theme, model, self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setAccessibleName(self.tr("Networks by family"))
        self.set_row_height(ROW)
        self.setHorizontalHeader(_Head(theme, self))
        model.modelReset.connect(self._span)
        model.modelReset.connect(self._fit)
        model.dataChanged.connect(self._fit)
        theme.changed.connect(self.viewport().update)

    def chosen(self) -> list[Shelf]:
        """The networks that are selected, from top to bottom."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [shelf for row in rows if (shelf := self.networks.shelf(row)) is not None]

    def choose(self, name: str) -> None:
        """Select one network, and show it."""
        if (row := self.networks.row_of(name)) >= 0:
            self.selectRow(row)
            self.scrollTo(self.networks.index(row, 0))

    def _span(self) -> None:
        self.clearSpans()
        for row in range(self.networks.rowCount()):
            if self.networks.shelf(row) is None:
                self.setSpan(row, 0, 1, len(Column))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Every column as wide as its words, the names take the rest; on little room some columns give way."""
        widths = {column: self._wanted(column) for column in list(Column)[1:]}
        room = self.viewport().width()
        hidden: set[Column] = set()
        for column in _YIELDS:
            if room - sum(width for one, width in widths.items() if one not in hidden) < LEAST_NAME:
                hidden.add(column)
        shown = [column for column in widths if column not in hidden]
        rest = room - sum(widths[column] for column in shown)
        extra = max(0, rest - NAME) // (len(shown) + 1)
        for column in widths:
            self.setColumnHidden(column, column in hidden)
            self.setColumnWidth(column, widths[column] + extra)
        self.setColumnWidth(Column.NETWORK, max(rest - extra * len(shown), LEAST_NAME))

    def _wanted(self, column: Column) -> int:
        body, caption = QFontMetricsF(font()), QFontMetricsF(font("caption"))
        texts = [
            str(self.networks.index(row, column).data())
            for row in range(self.networks.rowCount())
            if self.networks.shelf(row) is not None
        ]
        width = max((body.horizontalAdvance(text) for text in texts), default=0.0)
        width += ICON + SPACE.s if column is Column.STATE else 0
        head = caption.horizontalAdvance(str(self.networks.headerData(column, Qt.Orientation.Horizontal)))
        return math.ceil(max(width, head)) + 2 + GAP


class _Delegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, model: NetworksModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._networks = model

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        rect = QRectF(option.rect)
        shelf = self._networks.shelf(index.row())
        colour = self._theme.colour
        painter.save()
        if shelf is None:
            painter.fillRect(rect, colour("band"))
            draw_line(painter, rect.adjusted(SPACE.m, 0, 0, 0), str(index.data()), font("medium"), colour("text_2"))
            painter.restore()
            return
        paint_cell_ground(painter, option, self._theme)
        column = Column(index.column())
        if column is Column.STATE:
            self._paint_state(painter, rect, index)
        else:
            left = SPACE.m if column is Column.NETWORK else 0
            face = font("medium") if column is Column.NETWORK else font()
            speed = self._networks.speed(shelf.backbone.name)
            sure = column is Column.NETWORK or (column is Column.SPEED and speed is not None and speed.measured)
            ink = colour("text" if sure else "text_2")
            area = _inside(rect.adjusted(left, 0, 0, 0), column, str(index.data()), face)
            draw_line(painter, area, str(index.data()), face, ink, Qt.TextElideMode.ElideMiddle)
        painter.restore()

    def _paint_state(self, painter: QPainter, rect: QRectF, index: AnyIndex) -> None:
        state, icon = index.data(MARK)
        ink = self._theme.colour({"ok": "ok", "info": "accent"}.get(state, "text_2"))
        icons.paint(painter, QRectF(rect.left(), rect.center().y() - ICON / 2, ICON, ICON), icon, ink)
        room = rect.adjusted(ICON + SPACE.s, 0, -SPACE.s, 0)
        draw_line(painter, room, str(index.data()), font(), ink, Qt.TextElideMode.ElideRight)


class _Head(RowHead):
    def __init__(self, theme: Theme, table: NetworksTable) -> None:
        super().__init__(HEAD, theme, table)

    def paint_caption(self, painter: QPainter, area: QRectF, section: int) -> None:
        text = str(self.model().headerData(section, Qt.Orientation.Horizontal))
        left = SPACE.m if section == Column.NETWORK else 0
        place = _inside(area.adjusted(left, 0, 0, 0), Column(section), text, font("caption"))
        draw_line(painter, place, text, font("caption"), self._theme.colour("text_2"))


def _inside(rect: QRectF, column: Column, text: str, face: QFont) -> QRectF:
    """Where a column's text is drawn: numbers at the right, all else at the left, with a gap to the next column."""
    area = rect.adjusted(0, 0, -GAP, 0)
    if column in _NUMBERS:
        area.setLeft(max(area.left(), area.right() - QFontMetricsF(face).horizontalAdvance(text) - 1))
    return area
