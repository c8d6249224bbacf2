"""The neighbours of a picture in a row, itself in the middle; a click goes to one of them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop_app.ui import icons
from desktop_app.ui.models.tiles import PictureModel
from desktop_app.ui.theme import Theme
from desktop_app.ui.thumbnails import Thumbnails
from desktop_app.ui.tokens import RADIUS, SPACE

_EDGE = 56
_STEP = _EDGE + 2 * SPACE.s
_FRAME = 4


class FilmStrip(QWidget):
    """Not a stop of the Tab key: the arrow keys of the full view do the same.

    Signals:
        chosen(row: int)
    """

    chosen = Signal(int)

    def __init__(
        self, model: PictureModel, thumbnails: Thumbnails, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._thumbnails = thumbnails
        self._theme = theme
        self._row = -1
        self.setAccessibleName(self.tr("Neighbours"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_EDGE + 2 * SPACE.s)
        self.setMouseTracking(True)
        thumbnails.loaded.connect(self._on_thumbnail)
        thumbnails.failed.connect(self._on_thumbnail)
        model.dataChanged.connect(self.update)
        model.modelReset.connect(self.update)

    def show_row(self, row: int) -> None:
        self._row = row
        self._request()
        self.update()

    def rows(self) -> range:
        """Those in sight. At the ends of the list the strip stays full, and the picture leaves its middle."""
        count = self._model.rowCount()
        fit = max(1, (self.width() - 2 * SPACE.m) // _STEP)
        first = min(max(0, self._row - fit // 2), max(0, count - fit))
        return range(first, min(first + fit, count))

    def _request(self) -> None:
        """The nearest first."""
        if not self.isVisible() or self._row < 0:
            return
        rows = sorted(self.rows(), key=lambda row: abs(row - self._row))
        self._thumbnails.request([self._model.file(row) for row in rows], _EDGE, self.devicePixelRatioF())

    def _on_thumbnail(self, *_what: object) -> None:
        self.update()

    def place_of(self, row: int) -> QRectF:
        rows = self.rows()
        left = (self.width() - len(rows) * _STEP) / 2 + (row - rows.start) * _STEP + SPACE.s
        return QRectF(left, SPACE.s, _EDGE, _EDGE)

    def _row_at(self, point: QPointF) -> int:
        return next((row for row in self.rows() if self.place_of(row).contains(point)), -1)

    # ---- events

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._request()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._request()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and (row := self._row_at(event.position())) >= 0:
            self.chosen.emit(row)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self._row_at(event.position()) >= 0
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            row = self._row_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self._model.file(row) if row >= 0 else "", self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self._theme.colour("stage"))
        for row in self.rows():
            self._paint(painter, row)

    def _paint(self, painter: QPainter, row: int) -> None:
        place = self.place_of(row)
        tile = self._model.tile(row)
        picture = None if tile.problem else self._thumbnails.picture(tile.file)
        if picture is not None:
            scale = min(place.width() / picture.width(), place.height() / picture.height())
            fitted = QRectF(0, 0, picture.width() * scale, picture.height() * scale)
            fitted.moveCenter(place.center())
            painter.drawPixmap(fitted, picture, QRectF(picture.rect()))
        else:
            painter.fillRect(place, self._theme.colour("sunken"))
            if tile.problem:
                icons.paint(painter, place.adjusted(16, 16, -16, -16), "file-x", self._theme.colour("error"))
        if row == self._row:
            painter.setPen(QPen(self._theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            frame = place.adjusted(-_FRAME, -_FRAME, _FRAME, _FRAME)
            painter.drawRoundedRect(frame, RADIUS.swatch, RADIUS.swatch)
