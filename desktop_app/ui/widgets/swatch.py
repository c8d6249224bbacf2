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
        key: its key; empty for classes beyond the ninth.
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
        face.setPixelSize(13 if rect.height() >= 24 else 12 if rect.height() >= 18 else 11)
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
