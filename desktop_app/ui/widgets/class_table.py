"""The table of classes with their whiskers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop_app.events import ClassResult
from desktop_app.ui import wording
from desktop_app.ui.models.class_marks import ClassMark
from desktop_app.ui.models.class_table import RESULT, ClassTableModel, Column
from desktop_app.ui.models.indexes import AnyIndex
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.interval_bar import paint_interval
from desktop_app.ui.widgets.lines import draw_line
from desktop_app.ui.widgets.row_table import RowHead, RowTable, paint_axis, paint_cell_ground
from desktop_app.ui.widgets.swatch import paint_swatch

ROW = 28
HEAD = 32
WHISKERS = 96
GAP = 12
NARROW_BELOW = 560  # what was right when called gives way
ROWS_SHOWN = 40  # more scroll


class ClassTable(RowTable):
    """Shows a `ClassTableModel`; as high as its rows, up to `ROWS_SHOWN`.

    `chosen` names the class that the person went to.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = ClassTableModel(self)
        self._marks: dict[str, ClassMark] = {}
        self._widths: dict[Column, int] = {}  # that their words ask for
        self.setModel(self.table)
        self.setItemDelegate(_RowDelegate(theme, self))
        self.setHorizontalHeader(_Head(theme, self))
        self.set_row_height(ROW)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Classes, weakest first"))
        self.selectionModel().currentRowChanged.connect(self._tell)

    def show_results(self, marks: Sequence[ClassMark], results: Sequence[ClassResult]) -> None:
        self._marks = {mark.name: mark for mark in marks}
        self.table.set_results(results)
        many = len(results) > ROWS_SHOWN
        bar = Qt.ScrollBarPolicy.ScrollBarAlwaysOn if many else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(bar)
        self._widths = {column: self._wanted(column) for column in list(Column)[1:]}
        self._fit()
        self.updateGeometry()

    def mark(self, name: str) -> ClassMark | None:
        return self._marks.get(name)

    def choose(self, name: str) -> None:
        """Select a class without telling anyone."""
        self.choose_row(self.table.row_of(name))

    def _tell(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.chosen.emit(self.table.results[current.row()].name)

    # ---- size

    def sizeHint(self) -> QSize:
        return QSize(400, HEAD + ROW * min(ROWS_SHOWN, self.table.rowCount()))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Every column as wide as its words, the names take the rest; on little room the last two columns give way."""
        narrow = self.viewport().width() < NARROW_BELOW
        for column in (Column.RIGHT_WHEN_CALLED, Column.CALLED_TRULY):
            self.setColumnHidden(column, narrow)
        left = self.viewport().width()
        for column, width in self._widths.items():
            if not self.isColumnHidden(column):
                self.setColumnWidth(column, width)
                left -= width
        self.setColumnWidth(Column.CLASS, max(left, 120))

    def _wanted(self, column: Column) -> int:
        """How wide a column's words are."""
        if column is Column.WHISKERS:
            return WHISKERS + GAP
        metrics = QFontMetricsF(font())
        texts = {self.table.index(row, column).data() for row in range(self.table.rowCount())}
        width = max(map(metrics.horizontalAdvance, texts | {self.table.headerData(column, Qt.Orientation.Horizontal)}))
        # Their first number is bold.
        bold = SPACE.xs if column in (Column.FOUND, Column.RIGHT_WHEN_CALLED) else 0
        return int(width + GAP + bold + 1)


class _RowDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, table: ClassTable) -> None:
        super().__init__(table)
        self._theme = theme
        self._table = table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        result: ClassResult = index.data(RESULT)
        rect = QRectF(option.rect)
        painter.save()
        paint_cell_ground(painter, option, self._theme)
        match Column(index.column()):
            case Column.CLASS:
                self._paint_name(painter, rect, result.name)
            case Column.FOUND:
                self._paint_count(painter, rect, result.right, result.actual, index.data())
            case Column.RIGHT_WHEN_CALLED:
                self._paint_count(painter, rect, result.right, result.called, index.data())
            case Column.WHISKERS:
                if result.recall is not None and result.recall_interval:
                    bar = QRectF(rect.left(), rect.top(), WHISKERS, rect.height())
                    axis = self._table.table.axis()
                    paint_interval(painter, bar, self._theme, result.recall, result.recall_interval, axis)
            case _:
                self._paint_text(painter, rect, index.data(), font(), "text_2")
        painter.restore()

    def _paint_name(self, painter: QPainter, rect: QRectF, name: str) -> None:
        square = QRectF(rect.left() + SPACE.xs, rect.center().y() - 10, 20, 20)
        if mark := self._table.mark(name):
            paint_swatch(painter, square, self._theme, mark.colour, mark.key)
        room = rect.adjusted(20 + SPACE.xs + SPACE.s, 0, -SPACE.s, 0)
        draw_line(painter, room, name, font(), self._theme.colour("text"), Qt.TextElideMode.ElideMiddle)

    def _paint_count(self, painter: QPainter, rect: QRectF, part: int, whole: int, text: str) -> None:
        """ "37 of 42" with the count in bold, wherever the language puts it."""
        lead = wording.number(part)
        if not whole or not text.startswith(lead):
            self._paint_text(painter, rect, text, font(), "text" if whole else "text_2")
            return
        self._paint_text(painter, rect, lead, font("strong"), "text")
        rest = rect.adjusted(QFontMetricsF(font("strong")).horizontalAdvance(lead), 0, 0, 0)
        self._paint_text(painter, rest, text.removeprefix(lead), font(), "text")

    def _paint_text(self, painter: QPainter, rect: QRectF, text: str, face: QFont, token: str) -> None:
        draw_line(painter, rect, text, face, self._theme.colour(token))


class _Head(RowHead):
    def __init__(self, theme: Theme, table: ClassTable) -> None:
        super().__init__(HEAD, theme, table)
        self._table = table

    def paint_caption(self, painter: QPainter, area: QRectF, section: int) -> None:
        if section == Column.WHISKERS:
            room = QRectF(area.left(), area.top(), WHISKERS, area.height())
            paint_axis(painter, room, self._theme, self._table.table.axis())
        else:
            super().paint_caption(painter, area, section)
