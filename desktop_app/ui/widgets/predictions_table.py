"""The table of predictions: picture, file, class, and how sure the model is."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop_app.ui import icons, wording
from desktop_app.ui.models.indexes import AnyIndex
from desktop_app.ui.models.predictions import ROW, Column, PredictionRow, PredictionsModel
from desktop_app.ui.presses import SPACE_OR_ENTER
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.thumbnails import Thumbnails
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.lines import draw_line
from desktop_app.ui.widgets.row_table import RowTable, paint_cell_ground
from desktop_app.ui.widgets.swatch import paint_swatch

HEIGHT = 40
THUMBNAIL = 32
HEAD = 36
PICTURE_COLUMN = 48
SURE_COLUMN = 176
BAR = (96, 7)


class PredictionsTable(RowTable):
    """`opened` names the row to show in full: by Space, Enter or a double click."""

    opened = Signal(int)

    def __init__(
        self, model: PredictionsModel, thumbnails: Thumbnails, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._predictions = model
        self._thumbnails = thumbnails
        self.setModel(model)
        self.setItemDelegate(_Delegate(theme, model, thumbnails, self))
        self.setAccessibleName(self.tr("Predictions"))
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(HEIGHT)
        columns.setFixedHeight(HEAD)
        columns.setHighlightSections(False)
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        columns.setMinimumSectionSize(PICTURE_COLUMN)
        columns.setFont(font("caption"))
        self.setSortingEnabled(True)
        self.unsort()
        self._request_soon = QTimer(self, singleShot=True, interval=0)
        self._request_soon.timeout.connect(self._request)
        self.verticalScrollBar().valueChanged.connect(self._request_soon.start)
        for change in (model.modelReset, model.rowsInserted):
            change.connect(self._request_soon.start)
        thumbnails.loaded.connect(self.viewport().update)
        theme.changed.connect(self.viewport().update)
        self.doubleClicked.connect(lambda index: self.opened.emit(index.row()))

    def unsort(self) -> None:
        """Back to the order in which the pictures came."""
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in SPACE_OR_ENTER and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex().row())
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        left = self.viewport().width() - PICTURE_COLUMN - SURE_COLUMN
        self.setColumnWidth(Column.PICTURE, PICTURE_COLUMN)
        self.setColumnWidth(Column.HOW_SURE, SURE_COLUMN)
        self.setColumnWidth(Column.FILE, left // 2)
        self.setColumnWidth(Column.CLASS, left - left // 2)
        self._request_soon.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._request_soon.start()

    def _request(self) -> None:
        """Want the thumbnails that are in sight, and no others any more."""
        first = max(0, self.rowAt(0))
        last = self.rowAt(self.viewport().height() - 1)
        last = self._predictions.rowCount() - 1 if last < 0 else last
        rows = [self._predictions.row(position) for position in range(first, last + 1)]
        files = [row.file for row in rows if not row.problem]
        self._thumbnails.request(files, THUMBNAIL, self.devicePixelRatioF())


class _Delegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, model: PredictionsModel, thumbnails: Thumbnails, table: PredictionsTable) -> None:
        super().__init__(table)
        self._theme = theme
        self._model = model
        self._thumbnails = thumbnails

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        row: PredictionRow = index.data(ROW)
        rect = QRectF(option.rect)
        painter.save()
        paint_cell_ground(painter, option, self._theme)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        match Column(index.column()):
            case Column.PICTURE:
                self._paint_picture(painter, rect, row)
            case Column.FILE:
                self._paint_text(painter, rect.adjusted(SPACE.s, 0, -SPACE.m, 0), row.file, "text")
            case Column.CLASS:
                self._paint_class(painter, rect.adjusted(SPACE.s, 0, -SPACE.m, 0), row, index.data())
            case Column.HOW_SURE:
                if not row.problem:
                    self._paint_sure(painter, rect.adjusted(SPACE.s, 0, -SPACE.s, 0), row)
        painter.restore()

    def _paint_picture(self, painter: QPainter, rect: QRectF, row: PredictionRow) -> None:
        stage = QRectF(0, 0, THUMBNAIL, THUMBNAIL)
        stage.moveCenter(rect.center())
        painter.fillRect(stage, self._theme.colour("stage"))
        if row.problem:
            icons.paint(painter, stage.adjusted(6, 6, -6, -6), "file-x", self._theme.colour("error"))
        elif picture := self._thumbnails.picture(row.file):
            scale = min(stage.width() / picture.width(), stage.height() / picture.height())
            fitted = QRectF(0, 0, picture.width() * scale, picture.height() * scale)
            fitted.moveCenter(stage.center())
            painter.drawPixmap(fitted, picture, QRectF(picture.rect()))

    def _paint_class(self, painter: QPainter, rect: QRectF, row: PredictionRow, text: str) -> None:
        square = QRectF(rect.left(), rect.center().y() - 10, 20, 20)
        room = rect.adjusted(20 + SPACE.s, 0, 0, 0)
        mark = self._model.mark(row.label)
        if row.problem:
            icons.paint(painter, square.adjusted(2, 2, -2, -2), "warning-fill", self._theme.colour("warn"))
            self._paint_text(painter, room, text, "text_2")
        elif row.unsure:
            icons.paint(painter, square.adjusted(2, 2, -2, -2), "question", self._theme.colour("warn"))
            self._paint_text(painter, room, text, "text")
        elif mark:
            paint_swatch(painter, square, self._theme, mark.colour, mark.key)
            self._paint_text(painter, room, text, "text")
        else:
            self._paint_text(painter, rect, text, "text")

    def _paint_sure(self, painter: QPainter, rect: QRectF, row: PredictionRow) -> None:
        width, height = BAR
        track = QRectF(rect.left(), rect.center().y() - height / 2, width, height)
        mark = self._model.mark(row.label)
        painter.fillRect(track, self._theme.colour("sunken"))
        fill = self._theme.class_colour(mark.colour) if mark else self._theme.colour("accent")
        painter.fillRect(QRectF(track.left(), track.top(), width * row.probability, height), fill)
        self._paint_text(painter, rect.adjusted(width + SPACE.s, 0, 0, 0), wording.percent(row.probability), "text")

    def _paint_text(self, painter: QPainter, rect: QRectF, text: str, token: str) -> None:
        draw_line(painter, rect, text, font(), self._theme.colour(token), Qt.TextElideMode.ElideMiddle)
