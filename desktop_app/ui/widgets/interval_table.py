"""A table of texts and numbers with their whiskers; as high as its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop_app.ui import wording
from desktop_app.ui.models.class_marks import ClassMark
from desktop_app.ui.models.indexes import AnyIndex
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.interval_bar import paint_interval
from desktop_app.ui.widgets.lines import draw_line
from desktop_app.ui.widgets.row_table import RowHead, RowTable, paint_axis, paint_cell_ground
from desktop_app.ui.widgets.swatch import paint_swatch

ROW = 32
HEAD = 32
WHISKERS = 96
NAME = 120  # the least that a name gets
_GAP = 12
_MARK = 20
_CELL = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True)
class Cell:
    """A text, or a share (0–1) and its interval; `mark` stands before a class's name."""

    text: str = ""
    tone: str = "text"
    strong: bool = False
    share: float | None = None
    interval: tuple[float, float] = (0.0, 1.0)
    mark: ClassMark | None = None


class CellModel(QAbstractTableModel):
    def __init__(self, heads: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.heads = list(heads)
        self.rows: list[Sequence[Cell]] = []

    def set_rows(self, rows: Sequence[Sequence[Cell]]) -> None:
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def axis(self) -> tuple[float, float]:
        """The whiskers' common axis: from a round number below all of them to 1."""
        lows = [cell.interval[0] for row in self.rows for cell in row if cell.share is not None]
        return min(0.9, int(min(lows, default=0.0) * 10) / 10), 1.0

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.heads)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        cell = self.rows[index.row()][index.column()]
        if role == _CELL:
            return cell
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return cell.text
        if role == Qt.ItemDataRole.AccessibleTextRole and cell.share is not None:
            return wording.truly(cell.interval)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        return self.heads[section]


class IntervalTable(RowTable):
    """`chosen` tells the row that the person went to.

    Args:
        heads: over each column; the first column, of names, takes the room that the others leave.
        giving_way: columns that are left out, one after the other, where there is too little room.
        whole_names: names get all the room that they need before other columns get theirs.
    """

    chosen = Signal(int)

    def __init__(
        self,
        heads: Sequence[str],
        theme: Theme,
        *,
        name: str,
        giving_way: Sequence[int] = (),
        whole_names: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.cells = CellModel(heads, self)
        self._giving_way = tuple(giving_way)
        self._whole_names = whole_names
        self.setModel(self.cells)
        self.setItemDelegate(_CellDelegate(theme, self))
        self.setHorizontalHeader(_Head(theme, self))
        self.set_row_height(ROW)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        self.selectionModel().currentRowChanged.connect(self._tell)

    def show_rows(self, rows: Sequence[Sequence[Cell]]) -> None:
        self.cells.set_rows(rows)
        self._fit()
        self.updateGeometry()

    def _tell(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.chosen.emit(current.row())

    # ---- size

    def sizeHint(self) -> QSize:
        return QSize(400, HEAD + ROW * self.cells.rowCount())

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        widths = [self._width(column) for column in range(self.cells.columnCount())]
        least = max(widths[0], NAME) if self._whole_names else NAME
        hidden: set[int] = set()
        for column in self._giving_way:
            if self.viewport().width() - sum(widths[1:]) >= least:
                break
            hidden.add(column)
            widths[column] = 0
        for column, width in enumerate(widths):
            self.setColumnHidden(column, column in hidden)
            self.setColumnWidth(column, width)
        self.setColumnWidth(0, max(self.viewport().width() - sum(widths[1:]), NAME))

    def _width(self, column: int) -> int:
        cells = [row[column] for row in self.cells.rows]
        if any(cell.share is not None for cell in cells):
            return WHISKERS + _GAP
        texts = QFontMetricsF(font("strong" if any(cell.strong for cell in cells) else "body"))
        widest = max((texts.horizontalAdvance(cell.text) for cell in cells), default=0.0)
        widest = max(widest, QFontMetricsF(font("caption")).horizontalAdvance(self.cells.heads[column]))
        return int(widest + _GAP + (_MARK + SPACE.s if any(cell.mark for cell in cells) else 0) + 1)


class _CellDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, table: IntervalTable) -> None:
        super().__init__(table)
        self._theme = theme
        self._table = table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        cell: Cell = index.data(_CELL)
        rect = QRectF(option.rect)
        painter.save()
        paint_cell_ground(painter, option, self._theme)
        if cell.share is not None:
            bar = QRectF(rect.left(), rect.top(), WHISKERS, rect.height())
            paint_interval(painter, bar, self._theme, cell.share, cell.interval, self._table.cells.axis())
        else:
            self._paint_text(painter, rect, cell, first=index.column() == 0)
        painter.restore()

    def _paint_text(self, painter: QPainter, rect: QRectF, cell: Cell, *, first: bool) -> None:
        left = SPACE.xs if first else 0
        if cell.mark:
            square = QRectF(rect.left() + left, rect.center().y() - _MARK / 2, _MARK, _MARK)
            paint_swatch(painter, square, self._theme, cell.mark.colour, cell.mark.key)
            left += _MARK + SPACE.s
        room = rect.adjusted(left, 0, -SPACE.s if first else 0, 0)
        face: QFont = font("strong" if cell.strong else "body")
        draw_line(painter, room, cell.text, face, self._theme.colour(cell.tone), Qt.TextElideMode.ElideMiddle)


class _Head(RowHead):
    def __init__(self, theme: Theme, table: IntervalTable) -> None:
        super().__init__(HEAD, theme, table)
        self._table = table

    def paint_caption(self, painter: QPainter, area: QRectF, section: int) -> None:
        cells = self._table.cells
        if cells.rows and cells.rows[0][section].share is not None:
            room = QRectF(area.left(), area.top(), WHISKERS, area.height())
            paint_axis(painter, room, self._theme, cells.axis())
        else:
            super().paint_caption(painter, area, section)
