"""One line of text, drawn by hand."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter


def draw_line(
    painter: QPainter,
    rect: QRectF,
    text: str,
    face: QFont,
    ink: QColor,
    elide: Qt.TextElideMode = Qt.TextElideMode.ElideNone,
) -> float:
    """Draw a line from the left of `rect`, centred in its height; what `elide` allows gives way to its width.

    Returns:
        The width that was drawn, in logical pixels.
    """
    metrics = QFontMetricsF(face)
    shown = metrics.elidedText(text, elide, max(0.0, rect.width()))
    painter.setFont(face)
    painter.setPen(ink)
    painter.drawText(QPointF(rect.left(), rect.center().y() + (metrics.ascent() - metrics.descent()) / 2), shown)
    return metrics.horizontalAdvance(shown)
