"""Content that scrolls up and down and is never cut to the side."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget


class ScrollColumn(QScrollArea):
    """As wide as there is room, as high as its content wants.

    Args:
        margins: left, top, right and bottom, inside the scroll bar.
    """

    def __init__(
        self, content: QWidget, *, margins: tuple[int, int, int, int] = (0, 0, 0, 0), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = _Content()
        column = QVBoxLayout(inside)
        column.setContentsMargins(*margins)
        column.addWidget(content)
        self.setWidget(inside)
        # The surface below shows through; a scroll area's content would be painted in the window's colour.
        inside.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)


class _Content(QWidget):
    """Needs the height that its width asks for.

    Qt would take the least height at the least width, where every text wraps into a column of words.
    """

    def minimumSizeHint(self) -> QSize:
        size = super().minimumSizeHint()
        if self.hasHeightForWidth():
            size.setHeight(self.heightForWidth(max(self.width(), size.width())))
        return size
