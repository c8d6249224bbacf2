"""Flat surfaces: bars, panels, cards and the lines between them."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.ui.tokens import SPACE


class Bar(QFrame):
    """A horizontal strip of the window; `edge` says at which side of the page it lies."""

    def __init__(
        self, edge: Literal["top", "bottom"] = "top", height: int | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("edge", edge)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        if height is not None:
            self.setFixedHeight(height)


class Panel(QFrame):
    """A vertical strip of the window; `edge` says at which side of the page it lies."""

    def __init__(
        self, edge: Literal["left", "right"] = "left", width: int | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("edge", edge)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        if width is not None:
            self.setFixedWidth(width)


class Card(QFrame):
    """A bordered area with round corners."""

    def __init__(self, tone: Literal["surface", "bg"] = "surface", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("tone", tone)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def column(self, spacing: int = SPACE.s) -> QVBoxLayout:
        """Lay its contents out in a column, within its padding."""
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.m, 12, SPACE.m, 12)
        column.setSpacing(spacing)
        return column


class Line(QFrame):
    """A separator, 1 px."""

    def __init__(self, orientation: Qt.Orientation = Qt.Orientation.Horizontal, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        if orientation == Qt.Orientation.Horizontal:
            self.setFixedHeight(1)
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        else:
            self.setFixedWidth(1)
            self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
