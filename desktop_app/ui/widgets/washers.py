"""Four drawn washers: what the sample project looks like."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QRadialGradient
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.ui.tokens import RADIUS, SPACE

_EDGE = 48
_KINDS = ("good", "scratched", "chipped", "good")


class Washers(QWidget):
    """Decoration; as many as there is room for. The greys are those of the pictures, not of the theme."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(len(_KINDS) * _EDGE + (len(_KINDS) - 1) * SPACE.xs, _EDGE)

    def minimumSizeHint(self) -> QSize:
        return QSize(_EDGE, _EDGE)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = (self.width() + SPACE.xs) // (_EDGE + SPACE.xs)
        for place, kind in enumerate(_KINDS[:room]):
            _paint_washer(painter, QRectF(place * (_EDGE + SPACE.xs), 0, _EDGE, _EDGE), kind)


def _paint_washer(painter: QPainter, rect: QRectF, kind: str) -> None:
    grey = QColor.fromHsvF(0, 0, 0.31)
    frame = QPainterPath()
    frame.addRoundedRect(rect, RADIUS.swatch, RADIUS.swatch)
    painter.fillPath(frame, grey)
    centre = rect.center()
    ring = QPainterPath()
    ring.addEllipse(centre, 17, 17)
    hole = QPainterPath()
    hole.addEllipse(centre, 7, 7)
    ring = ring.subtracted(hole)
    if kind == "chipped":
        chip = QPainterPath()
        chip.addPolygon(
            [centre + QPointF(8, -6), centre + QPointF(20, -9), centre + QPointF(20, 0), centre + QPointF(13, -1)]
        )
        ring = ring.subtracted(chip)
    shine = QRadialGradient(centre - QPointF(4, 5), 26)
    shine.setColorAt(0, QColor.fromHsvF(0, 0, 0.82))
    shine.setColorAt(1, QColor.fromHsvF(0, 0, 0.62))
    painter.fillPath(ring, shine)
    if kind == "scratched":
        painter.setPen(QPen(QColor.fromHsvF(0, 0, 0.4), 1.2))
        painter.drawLine(centre + QPointF(-14, -8), centre + QPointF(-8, 9))
