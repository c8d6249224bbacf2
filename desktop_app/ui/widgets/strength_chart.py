"""How the strength of the regularisation was chosen: cross-validated accuracy over λ, on a logarithmic axis."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.events import RegularisationChosen
from desktop_app.ui import wording
from desktop_app.ui.models.axis import round_ticks
from desktop_app.ui.models.quantities import share_floor
from desktop_app.ui.theme import Theme, font

_HEIGHT = 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 56, 14, 22


class StrengthChart(QWidget):
    """A dot for each λ that was tried, a ring around the one that was kept."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tried: RegularisationChosen | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Cross-validated accuracy over λ"))
        theme.changed.connect(self.update)

    def show_tried(self, tried: RegularisationChosen | None) -> None:
        self._tried = tried
        pairs = zip(tried.strengths, tried.accuracies, strict=False) if tried else ()
        self.setAccessibleDescription("; ".join(f"λ {strength_text(x)}: {wording.percent(y)}" for x, y in pairs))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        tried = self._tried
        if tried is None or not tried.strengths:
            return
        colour = self._theme.colour
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font("tile"))
        area = QRectF(_LEFT, _TOP, self.width() - _LEFT - _RIGHT, self.height() - _TOP - _BOTTOM)
        low, high = share_floor(tried.accuracies), 1.0
        first, last = math.log10(min(tried.strengths)), math.log10(max(tried.strengths))

        def place(strength: float, accuracy: float) -> QPointF:
            along = (math.log10(strength) - first) / (last - first) if last > first else 0.5
            return QPointF(
                area.left() + along * area.width(), area.bottom() - area.height() * _part(accuracy, low, high)
            )

        middle = Qt.AlignmentFlag.AlignVCenter
        for value in round_ticks(low, high, most=3):
            y = place(min(tried.strengths), value).y()
            painter.setPen(QPen(colour("border"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(colour("text_2"))
            text = QRectF(0, y - 10, _LEFT - 6, 20)
            painter.drawText(text, middle | Qt.AlignmentFlag.AlignRight, wording.percent(value))
        points = [place(x, y) for x, y in sorted(zip(tried.strengths, tried.accuracies, strict=False))]
        painter.setPen(QPen(colour("accent"), 2))
        painter.drawPolyline(QPolygonF(points))
        painter.setBrush(colour("accent"))
        for point in points:
            painter.drawEllipse(point, 2.5, 2.5)
        self._paint_strengths(painter, area, place)
        self._paint_chosen(painter, area, place)

    def _paint_strengths(self, painter: QPainter, area: QRectF, place: object) -> None:
        """The values of λ below the axis, as many as there is room for."""
        assert self._tried is not None and callable(place)
        painter.setPen(self._theme.colour("text_2"))
        metrics = QFontMetricsF(font("tile"))
        free = -math.inf
        for strength in sorted(self._tried.strengths):
            text = strength_text(strength)
            width = metrics.horizontalAdvance(text)
            x = place(strength, 1.0).x()
            if x - width / 2 > free:
                free = x + width / 2 + 8
                line = QRectF(x - width / 2 - 2, area.bottom() + 4, width + 4, _BOTTOM - 4)
                painter.drawText(line, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_chosen(self, painter: QPainter, area: QRectF, place: object) -> None:
        assert self._tried is not None and callable(place)
        tried = dict(zip(self._tried.strengths, self._tried.accuracies, strict=False))
        if self._tried.chosen not in tried:
            return
        point = place(self._tried.chosen, tried[self._tried.chosen])
        painter.setPen(QPen(self._theme.colour("text_2"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(point.x(), area.top()), QPointF(point.x(), area.bottom()))
        painter.setPen(QPen(self._theme.colour("text"), 2))
        painter.setBrush(self._theme.colour("surface"))
        painter.drawEllipse(point, 5, 5)


def strength_text(value: float) -> str:
    """λ in full: "0.003"."""
    return wording.decimal(value, 8, trim=True)


def _part(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))
