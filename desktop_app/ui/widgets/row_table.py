"""A table of whole rows over thin lines, without a grid."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from desktop_app.ui import wording
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.lines import draw_line


class RowTable(QTableView):
    """One row is chosen at a time, and nothing is edited; Tab leaves it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def set_row_height(self, height: int) -> None:
        """All rows are as high, and have no heads."""
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(height)
        rows.setDefaultSectionSize(height)

    def choose_row(self, row: int) -> None:
        """Select a row, and show it, without telling anyone; -1 for none."""
        index, selection = self.model().index(row, 0), self.selectionModel()
        flags = QItemSelectionModel.SelectionFlag
        selection.blockSignals(True)
        selection.setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        selection.blockSignals(False)
        self.scrollTo(index)
        self.viewport().update()


class RowHead(QHeaderView):
    """Captions over a line; a table says by `paint_caption` what stands over its columns."""

    def __init__(self, height: int, theme: Theme, table: QTableView) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._theme = theme
        self.setFixedHeight(height)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setSectionsClickable(False)
        self.setHighlightSections(False)

    def paintSection(self, painter: QPainter, rect: object, section: int) -> None:
        area = QRectF(rect)  # type: ignore[call-overload]
        painter.fillRect(area, self._theme.colour("surface"))
        painter.setPen(QPen(self._theme.colour("border"), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        self.paint_caption(painter, area, section)

    def paint_caption(self, painter: QPainter, area: QRectF, section: int) -> None:
        """What stands over a column: the model's caption; the first one is indented as names are."""
        text = str(self.model().headerData(section, Qt.Orientation.Horizontal))
        room = area.adjusted(0 if section else SPACE.xs, 0, 0, 0)
        draw_line(painter, room, text, font("caption"), self._theme.colour("text_2"), Qt.TextElideMode.ElideRight)


def paint_axis(painter: QPainter, room: QRectF, theme: Theme, axis: tuple[float, float]) -> None:
    """Where the whiskers' axis begins and ends."""
    painter.setPen(theme.colour("text_2"))
    painter.setFont(font("caption"))
    middle = Qt.AlignmentFlag.AlignVCenter
    start, end = axis
    painter.drawText(room, middle | Qt.AlignmentFlag.AlignLeft, wording.number(round(start * 100)))
    painter.drawText(room, middle | Qt.AlignmentFlag.AlignRight, wording.percent(end))


def paint_cell_ground(painter: QPainter, option: QStyleOptionViewItem, theme: Theme) -> None:
    """What lies under a cell's contents: the tone of a chosen row, and the line below it."""
    rect = QRectF(option.rect)
    if option.state & QStyle.StateFlag.State_Selected:
        painter.fillRect(rect, theme.colour("soft"))
    painter.setPen(QPen(theme.colour("border"), 1))
    painter.drawLine(rect.bottomLeft(), rect.bottomRight())
