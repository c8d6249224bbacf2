"""Two to four views of the same thing, side by side; exactly one is on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from desktop_app.ui import icons
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import CONTROL, RADIUS, SPACE
from desktop_app.ui.widgets.lines import draw_line

_EDGE = 16
_PADDING = 12


class Segments(QWidget):
    """Arrow keys move between the segments, Tab leaves them.

    Args:
        choices: key, text and icon ("" for none) of each view.
        name: what is being chosen, for screen readers.
    """

    chosen = Signal(str)

    def __init__(
        self, choices: Sequence[tuple[str, str, str]], theme: Theme, *, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, _Segment] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for position, (key, text, icon) in enumerate(choices):
            button = _Segment(text, icon, theme, first=position == 0, last=position == len(choices) - 1, parent=self)
            button.stepped.connect(self.step)
            button.clicked.connect(lambda _checked, key=key: self.chosen.emit(key))
            self._group.addButton(button)
            self._buttons[key] = button
            row.addWidget(button)
        self._buttons[choices[0][0]].setChecked(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def current(self) -> str:
        return next(key for key, button in self._buttons.items() if button.isChecked())

    def choose(self, key: str) -> None:
        """Switch without a signal."""
        self._buttons[key].setChecked(True)

    def step(self, by: int) -> None:
        """Choose a neighbour, as the arrow keys do."""
        keys = list(self._buttons)
        place = min(max(keys.index(self.current()) + by, 0), len(keys) - 1)
        button = self._buttons[keys[place]]
        button.setFocus(Qt.FocusReason.TabFocusReason)
        if not button.isChecked():
            button.click()

    def button(self, key: str) -> QAbstractButton:
        return self._buttons[key]

    def set_text(self, key: str, text: str) -> None:
        self._buttons[key].setText(text)
        self._buttons[key].updateGeometry()


class _Segment(QAbstractButton):
    stepped = Signal(int)

    def __init__(self, text: str, icon: str, theme: Theme, *, first: bool, last: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon_name = icon
        self._first = first
        self._last = last
        self.setText(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFont(font("medium"))
        self.setFixedHeight(CONTROL)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step:
            self.stepped.emit(step)
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        strong = QFontMetricsF(font("strong")).horizontalAdvance(self.text())
        icon = _EDGE + SPACE.s if self._icon_name else 0
        return QSize(int(2 * _PADDING + strong + icon + 1), CONTROL)

    def paintEvent(self, event: QPaintEvent) -> None:
        colour = self._theme.colour
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = self.isChecked()
        rect = QRectF(self.rect()).adjusted(0.5 if self._first else -0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(colour("outline" if self.isEnabled() else "border"), 1))
        painter.setBrush(colour("soft" if on else "band" if self.underMouse() else "surface"))
        painter.drawPath(_rounded(rect, left=self._first, right=self._last))
        ink = colour("outline" if not self.isEnabled() else "accent" if on else "text")
        face = font("strong" if on else "medium")
        metrics = QFontMetricsF(face)
        content = metrics.horizontalAdvance(self.text()) + (_EDGE + SPACE.s if self._icon_name else 0)
        x, middle = (self.width() - content) / 2, self.height() / 2
        if self._icon_name:
            icons.paint(painter, QRectF(x, middle - _EDGE / 2, _EDGE, _EDGE), self._icon_name, ink)
            x += _EDGE + SPACE.s
        draw_line(painter, QRectF(x, 0, self.width() - x, self.height()), self.text(), face, ink)


def _rounded(rect: QRectF, *, left: bool, right: bool) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(rect, RADIUS.control, RADIUS.control)
    if not left:
        path = path.united(_box(rect.left(), rect.top(), RADIUS.control + 1, rect.height()))
    if not right:
        path = path.united(_box(rect.right() - RADIUS.control - 1, rect.top(), RADIUS.control + 1, rect.height()))
    return path


def _box(x: float, y: float, width: float, height: float) -> QPainterPath:
    path = QPainterPath()
    path.addRect(QRectF(x, y, width, height))
    return path
