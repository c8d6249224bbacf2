"""Chips: small filters, and states that are always an icon with a word."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from desktop_app.ui import icons
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import CHIP, RADIUS, SPACE
from desktop_app.ui.widgets.lines import draw_line

State = Literal["info", "ok", "warn", "error"]
_EDGE = 14
_PADDING = 10


class Chip(QAbstractButton):
    """A filter: checkable, or with a × that removes it (`removed`; also Delete and Backspace)."""

    removed = Signal()

    def __init__(
        self,
        text: str,
        theme: Theme,
        *,
        checkable: bool = False,
        removable: bool = False,
        icon: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._removable = removable
        self._icon_name = icon
        self.setText(text)
        self.setFont(font("caption"))
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        if removable:
            self.clicked.connect(self.removed)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        width = 2 * _PADDING + QFontMetricsF(self.font()).horizontalAdvance(self.text())
        width += (_EDGE + SPACE.xs) if self._icon_name else 0
        width += (_EDGE + SPACE.xs) if self._removable else 0
        return QSize(int(width + 1), CHIP)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.sizeHint().width(), 96), CHIP)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._removable and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        colour = self._theme.colour
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = self._removable or self.isChecked()
        ink = colour("text" if self.isEnabled() else "outline")
        painter.setPen(QPen(colour("accent" if active else "outline"), 1))
        painter.setBrush(colour("soft" if active else "band" if self.underMouse() else "surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS.chip, RADIUS.chip)
        left = float(_PADDING)
        middle = self.height() / 2
        if self._icon_name:
            icons.paint(painter, QRectF(left, middle - _EDGE / 2, _EDGE, _EDGE), self._icon_name, ink)
            left += _EDGE + SPACE.xs
        room = self.width() - left - _PADDING - ((_EDGE + SPACE.xs) if self._removable else 0)
        area = QRectF(left, 0, room + 1, self.height())
        draw_line(painter, area, self.text(), self.font(), ink, Qt.TextElideMode.ElideMiddle)
        if self._removable:
            square = QRectF(self.width() - _PADDING - _EDGE + 2, middle - _EDGE / 2, _EDGE, _EDGE)
            icons.paint(painter, square, "x", ink)


_STATE_ICON: dict[State, str] = {
    "info": "info-fill",
    "ok": "check-circle-fill",
    "warn": "warning",
    "error": "x-circle-fill",
}


class StateChip(QWidget):
    """A state in an icon and a word; not a control."""

    def __init__(
        self, text: str, theme: Theme, state: State = "info", *, icon: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = text
        self._state: State = state
        self._icon_name = icon or _STATE_ICON[state]
        self.setFont(font("caption"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    def set_state(self, text: str, state: State, icon: str = "") -> None:
        self._text, self._state = text, state
        self._icon_name = icon or _STATE_ICON[state]
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        return self._text

    def sizeHint(self) -> QSize:
        width = QFontMetricsF(self.font()).horizontalAdvance(self._text)
        return QSize(int(2 * _PADDING + _EDGE + 6 + width + 1), CHIP)

    def paintEvent(self, event: QPaintEvent) -> None:
        fill, ink = state_colours(self._theme, self._state)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(QRectF(self.rect()), RADIUS.chip, RADIUS.chip)
        middle = self.height() / 2
        icons.paint(painter, QRectF(_PADDING, middle - _EDGE / 2, _EDGE, _EDGE), self._icon_name, ink)
        room = QRectF(self.rect()).adjusted(_PADDING + _EDGE + 6, 0, 0, 0)
        draw_line(painter, room, self._text, self.font(), ink)


def state_colours(theme: Theme, state: State) -> tuple[QColor, QColor]:
    """Background and ink of a state."""
    if state == "info":
        return theme.colour("soft"), theme.colour("accent")
    return theme.colour(f"{state}_bg"), theme.colour(state)
