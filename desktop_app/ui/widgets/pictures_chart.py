"""The share of pictures called right over the number that was learnt from: four dots with their whiskers.

Drawn by hand: so few marks need none of the machinery of the training curves.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.events import Curve
from desktop_app.ui import wording
from desktop_app.ui.models.axis import round_ticks
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.lines import draw_line

_HEIGHT = 184
_AXIS = 40
_FOOT = 40
_DOT = 4.5
_CAP = 5


class PicturesChart(QWidget):
    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._curve: Curve | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Pictures right by the number learnt from"))

    def show_curve(self, curve: Curve) -> None:
        self._curve = curve
        part = self.tr("{share} from {pictures}, {truly}")
        self.setAccessibleDescription(
            "; ".join(
                part.format(
                    share=wording.percent(point.share),
                    pictures=wording.pictures(round(point.learnt)),
                    truly=wording.truly(point.interval),
                )
                for point in curve.points
            )
        )
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(360, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._curve is None or not self._curve.points:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = QRectF(self.rect()).adjusted(_AXIS, SPACE.s, -SPACE.l, -_FOOT)
        low = min(0.9, int(min(point.interval[0] for point in self._curve.points) * 10) / 10)
        self._paint_frame(painter, room, low)
        self._paint_points(painter, room, low)

    def _paint_frame(self, painter: QPainter, room: QRectF, low: float) -> None:
        colour, small = self._theme.colour, font("tile")
        metrics = QFontMetricsF(small)
        for value in round_ticks(low, 1.0, most=5):
            y = _height(room, low, value)
            painter.setPen(QPen(colour("border"), 1))
            painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
            text = wording.number(round(value * 100))
            place = QRectF(room.left() - SPACE.s - metrics.horizontalAdvance(text), y - 8, 40, 16)
            draw_line(painter, place, text, small, colour("text_2"))
        caption = self.tr("% right, by the number of pictures learnt from")
        place = QRectF(room.left(), self.height() - 18, room.width(), 16)
        draw_line(painter, place, caption, font("caption"), colour("text_2"), Qt.TextElideMode.ElideRight)

    def _paint_points(self, painter: QPainter, room: QRectF, low: float) -> None:
        assert self._curve is not None
        colour, points = self._theme.colour, self._curve.points
        metrics = QFontMetricsF(font("tile"))
        most = max(points[-1].learnt, 1.0)
        places = [
            QPointF(room.left() + room.width() * point.learnt / most, _height(room, low, point.share))
            for point in points
        ]
        painter.setPen(QPen(colour("accent"), 1, Qt.PenStyle.DotLine))
        painter.drawPolyline(QPolygonF(places))
        for point, place in zip(points, places, strict=True):
            painter.setPen(QPen(colour("accent"), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            bottom, top = (_height(room, low, end) for end in point.interval)
            painter.drawLine(QPointF(place.x(), bottom), QPointF(place.x(), top))
            for end in (bottom, top):
                painter.drawLine(QPointF(place.x() - _CAP, end), QPointF(place.x() + _CAP, end))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour("accent"))
            painter.drawEllipse(place, _DOT, _DOT)
            text = wording.number(round(point.learnt))
            left = place.x() - metrics.horizontalAdvance(text) / 2
            draw_line(painter, QRectF(left, room.bottom() + 4, 60, 16), text, font("tile"), colour("text_2"))


def _height(room: QRectF, low: float, share: float) -> float:
    return room.bottom() - room.height() * (share - low) / (1 - low)
