"""A thin bar that fills."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.ui.theme import Theme


class ProgressLine(QWidget):
    """Progress from 0 to 1 in a 6-px bar; None: unknown, drawn empty. Says itself in words beside it."""

    def __init__(self, theme: Theme, *, token: str = "accent", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._token = token
        self._fraction: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(6)

    def set_fraction(self, fraction: float | None, token: str = "accent") -> None:
        self._fraction, self._token = fraction, token
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        radius = self.height() / 2
        painter.setBrush(self._theme.colour("sunken"))
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        if self._fraction:
            painter.setBrush(self._theme.colour(self._token))
            width = max(self.height(), self.width() * min(1.0, self._fraction))
            painter.drawRoundedRect(QRectF(0, 0, width, self.height()), radius, radius)
