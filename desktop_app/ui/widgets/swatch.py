"""A class's mark: its colour and its key, never the colour alone."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import RADIUS


def paint_swatch(painter: QPainter, rect: QRectF, theme: Theme, colour: int, key: str, *, rim: bool = False) -> None:
    """Draw a class's mark.

    Args:
        colour: the class's colour index.
        key: its key, or its number; empty where it has neither.
        rim: a surface-coloured edge, for lying on a picture.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    fill = theme.class_colour(colour)
    painter.setPen(QPen(theme.colour("surface"), 1) if rim else Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5) if rim else rect, RADIUS.swatch, RADIUS.swatch)
    if key:
        face = font("caption_strong")
        usual = 13 if rect.height() >= 24 else 12 if rect.height() >= 18 else 11
        # The hundredth class has three digits to fit in.
        face.setPixelSize(usual if len(key) < 3 else min(usual, int(rect.width() * 1.4 / len(key))))
        painter.setFont(face)
        painter.setPen(theme.class_ink(colour))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, key)
    painter.restore()


class KeySwatch(QWidget):
    """The mark as a widget of its own."""

    def __init__(
        self,
        theme: Theme,
        colour: int = 0,
        key: str = "",
        *,
        edge: int = 24,
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._colour = colour
        self._key = key
        self.setFixedSize(QSize(edge, edge))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)

    def set_class(self, colour: int, key: str, name: str) -> None:
        self._colour, self._key = colour, key
        self.setAccessibleName(name)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_swatch(QPainter(self), QRectF(self.rect()), self._theme, self._colour, self._key)
