"""The mark of the program: three frames and one that is picked out. Drawn, so that no file is read at start."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import LIGHT

_SIZES = (16, 24, 32, 48, 64, 128, 256)


def paint_mark(painter: QPainter, rect: QRectF, ground: QColor, ink: QColor) -> None:
    """Draw the mark into a square; `resources/icons/discern.svg` is the same drawing on a grid of 24."""
    unit = rect.width() / 24
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rect.topLeft())
    painter.scale(unit, unit)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(QRectF(0, 0, 24, 24), 5.5, 5.5)
    painter.setPen(QPen(ink, 1.8))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for x, y in ((5.4, 5.4), (13.4, 5.4), (5.4, 13.4)):
        painter.drawRoundedRect(QRectF(x, y, 5.2, 5.2), 1.4, 1.4)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    painter.drawEllipse(QRectF(12.5, 12.5, 7, 7))
    painter.restore()


def app_icon() -> QIcon:
    """For the window, the task bar and the switcher."""
    made = QIcon()
    for edge in _SIZES:
        pixmap = QPixmap(QSize(edge, edge))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        paint_mark(painter, QRectF(0, 0, edge, edge), LIGHT["accent"], LIGHT["on_accent"])
        painter.end()
        made.addPixmap(pixmap)
    return made


class Mark(QWidget):
    """The mark as decoration beside the name."""

    def __init__(self, theme: Theme, edge: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFixedSize(edge, edge)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def paintEvent(self, event: QPaintEvent) -> None:
        colour = self._theme.colour
        paint_mark(QPainter(self), QRectF(self.rect()), colour("accent"), colour("on_accent"))
