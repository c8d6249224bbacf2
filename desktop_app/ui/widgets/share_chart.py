"""Shares over shares: curves, a diagonal, and marks with their whiskers, both axes from 0 to 100 %.

Drawn by hand, like the other charts of few marks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.ui import wording
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.lines import draw_line

_HEIGHT = 280
_WIDEST = 420  # of the square and what is to its left
_AXIS, _FOOT, _HEAD = 40, 40, 24
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_CAP = 3


@dataclass(frozen=True)
class Line:
    """`quiet`: what is only there to compare with."""

    points: list[tuple[float, float]]
    quiet: bool = False


@dataclass(frozen=True)
class Mark:
    """A dot, or a ring; `whisker`: an interval of its height; `size`: its radius in pixels."""

    across: float
    up: float
    ring: bool = False
    whisker: tuple[float, float] | None = None
    size: float = 5.0


@dataclass(frozen=True)
class Drawing:
    """What a chart shows; `told`: the same for a screen reader."""

    across: str
    up: str
    lines: list[Line] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    diagonal: bool = False
    told: str = ""


class ShareChart(QWidget):
    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._drawing: Drawing | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        theme.changed.connect(self.update)

    def show_drawing(self, drawing: Drawing) -> None:
        self._drawing = drawing
        self.setAccessibleDescription(drawing.told)
        self.update()

    @property
    def drawing(self) -> Drawing | None:
        return self._drawing

    def sizeHint(self) -> QSize:
        return QSize(_WIDEST, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._drawing is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = min(self.width(), _WIDEST)
        room = QRectF(_AXIS, _HEAD, width - _AXIS - SPACE.m, self.height() - _HEAD - _FOOT)
        self._paint_frame(painter, room)
        self._paint_lines(painter, room)
        for mark in self._drawing.marks:
            self._paint_mark(painter, room, mark)

    def _paint_frame(self, painter: QPainter, room: QRectF) -> None:
        assert self._drawing is not None
        colour, small = self._theme.colour, font("tile")
        metrics = QFontMetricsF(small)
        for tick in _TICKS:
            text = wording.number(round(tick * 100))
            width = metrics.horizontalAdvance(text)
            left, right = _place(room, 0, tick), _place(room, 1, tick)
            below, above = _place(room, tick, 0), _place(room, tick, 1)
            painter.setPen(QPen(colour("border"), 1))
            painter.drawLine(left, right)
            painter.drawLine(below, above)
            beside = QRectF(room.left() - SPACE.s - width, left.y() - 8, width, 16)
            under = QRectF(below.x() - width / 2, room.bottom() + 4, width, 16)
            for place in (beside, under):
                draw_line(painter, place, text, small, colour("text_2"))
        caption, cut = font("caption"), Qt.TextElideMode.ElideRight
        head = QRectF(0, 0, self.width(), 16)
        draw_line(painter, head, self._drawing.up, caption, colour("text_2"), cut)
        foot = QRectF(room.left(), self.height() - 18, self.width() - room.left(), 16)
        draw_line(painter, foot, self._drawing.across, caption, colour("text_2"), cut)

    def _paint_lines(self, painter: QPainter, room: QRectF) -> None:
        assert self._drawing is not None
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._drawing.diagonal:
            painter.setPen(QPen(self._theme.colour("outline"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(_place(room, 0, 0), _place(room, 1, 1))
        for line in self._drawing.lines:
            tone, width, dash = (
                ("text_2", 1, Qt.PenStyle.DotLine) if line.quiet else ("accent", 2, Qt.PenStyle.SolidLine)
            )
            painter.setPen(QPen(self._theme.colour(tone), width, dash))
            painter.drawPolyline(QPolygonF([_place(room, across, up) for across, up in line.points]))

    def _paint_mark(self, painter: QPainter, room: QRectF, mark: Mark) -> None:
        colour, place = self._theme.colour, _place(room, mark.across, mark.up)
        if mark.whisker is not None:
            painter.setPen(QPen(colour("accent"), 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            ends = [_place(room, mark.across, end) for end in mark.whisker]
            painter.drawLine(*ends)
            for end in ends:
                painter.drawLine(end - QPointF(_CAP, 0), end + QPointF(_CAP, 0))
        painter.setPen(QPen(colour("text"), 2) if mark.ring else QPen(colour("surface"), 1.5))
        painter.setBrush(colour("surface" if mark.ring else "text" if mark.whisker is None else "accent"))
        painter.drawEllipse(place, mark.size, mark.size)


def _place(room: QRectF, across: float, up: float) -> QPointF:
    return QPointF(room.left() + room.width() * across, room.bottom() - room.height() * up)
