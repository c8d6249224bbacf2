"""The table of an import's classes."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop_app.ui.models.import_preview import Column, ImportPreviewModel, Row
from desktop_app.ui.models.indexes import AnyIndex
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.lines import draw_line
from desktop_app.ui.widgets.row_table import RowTable, paint_cell_ground

_ROW = 28
_NUMBERS = 88


class ImportTable(RowTable):
    """One row a class; the columns of the splits show only where pictures come with one."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = ImportPreviewModel(self)
        self.setModel(self.rows)
        self.setItemDelegate(_Delegate(theme, self))
        self.setAccessibleName(self.tr("What will be copied"))
        self.set_row_height(_ROW)
        head = self.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setSectionsClickable(False)
        head.setHighlightSections(False)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setFont(font("caption"))

    def show_rows(self, rows: list[Row]) -> None:
        self.rows.set_rows(rows)
        with_splits = any(any(row.splits) for row in rows)
        for column in (Column.TRAIN, Column.VALIDATION, Column.TEST):
            self.setColumnHidden(column, not with_splits)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        shown = [column for column in list(Column)[1:] if not self.isColumnHidden(column)]
        for column in shown:
            self.setColumnWidth(column, _NUMBERS)
        self.setColumnWidth(Column.CLASS, max(120, self.viewport().width() - _NUMBERS * len(shown)))


class _Delegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        painter.save()
        paint_cell_ground(painter, option, self._theme)
        room = QRectF(option.rect).adjusted(SPACE.s, 0, -SPACE.s, 0)  # as far in as the style sheet's head
        ink = self._theme.colour("text" if index.column() <= Column.PICTURES else "text_2")
        draw_line(painter, room, index.data(), font(), ink, Qt.TextElideMode.ElideMiddle)
        painter.restore()
