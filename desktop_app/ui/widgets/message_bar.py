"""A message at the place concerned: what happened, why, and a button that helps. It stays until solved or closed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.errors import DiscernError
from desktop_app.ui import icons, problems
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import CONTROL, RADIUS, SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.chip import State, state_colours
from desktop_app.ui.widgets.labels import Paragraph

_ICON: dict[State, str] = {
    "info": "info-fill",
    "ok": "check-circle-fill",
    "warn": "warning-fill",
    "error": "warning-octagon-fill",
}
_EDGE = 4
Action = tuple[str, Callable[[], object]]


class MessageBar(QFrame):
    """Hidden until it has something to say.

    `show_message` replaces what it said; `closed` follows the ×, not `clear`.
    """

    closed = Signal()
    spoke = Signal()  # it says something else than before, or nothing

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state: State = "info"
        self._icon_name = _ICON["info"]
        self._text = Paragraph(tone="text")
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(SPACE.s)
        self._close = Button("", theme, kind="ghost", icon="x", name=self.tr("Close this message"))
        self._close.clicked.connect(self._on_close)
        row = QHBoxLayout(self)
        row.setContentsMargins(_EDGE + SPACE.m + 20 + SPACE.s, SPACE.s, SPACE.s, SPACE.s)
        row.setSpacing(SPACE.m)
        column = QVBoxLayout()
        column.addStretch()
        column.addWidget(self._text)
        column.addStretch()
        row.addLayout(column, 1)
        row.addLayout(self._buttons)
        row.addWidget(self._close)
        self.setMinimumHeight(CONTROL + 2 * SPACE.xs)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.setVisible(False)

    def show_message(
        self,
        state: State,
        what: str,
        why: str = "",
        *,
        actions: Sequence[Action] = (),
        closable: bool = True,
        icon: str = "",
    ) -> None:
        """Say `what` in bold and `why` after it; `actions` are texts and what their buttons do."""
        self._state = state
        self._icon_name = icon or _ICON[state]
        self._text.set_text(why, bold=what)
        self.setAccessibleName(self._text.plain())
        while item := self._buttons.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        for text, act in actions:
            button = Button(text, self._theme)
            button.clicked.connect(lambda _checked=False, act=act: act())
            self._buttons.addWidget(button)
        self._close.setVisible(closable)
        self.setVisible(True)
        self.spoke.emit()
        self.update()

    def show_error(self, error: DiscernError, *, actions: Sequence[Action] = (), closable: bool = True) -> None:
        """Say a problem of the world in its own words, translated."""
        what, why, hint = problems.texts(error)
        self.show_message(
            "error", what, " ".join(text for text in (why, hint) if text), actions=actions, closable=closable
        )

    def text(self) -> str:
        return self._text.plain()

    def clear(self) -> None:
        self.setVisible(False)
        self.spoke.emit()

    def _on_close(self) -> None:
        self.clear()
        self.closed.emit()

    def sizeHint(self) -> QSize:
        return super().sizeHint().expandedTo(QSize(0, CONTROL + 2 * SPACE.s))

    def paintEvent(self, event: QPaintEvent) -> None:
        fill, ink = state_colours(self._theme, self._state)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()), RADIUS.control, RADIUS.control)
        painter.setClipPath(outline)
        painter.fillRect(self.rect(), fill)
        painter.fillRect(QRectF(0, 0, _EDGE, self.height()), ink)
        top = self._text.y()
        icons.paint(painter, QRectF(_EDGE + SPACE.m - 4, top, 20, 20), self._icon_name, ink)
        painter.setPen(Qt.PenStyle.NoPen)


class MessageStack(QWidget):
    """Several message bars below each other; takes no room while none of them speaks."""

    def __init__(self, bars: Sequence[MessageBar], *, side: int = SPACE.m, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(side, SPACE.m, side, SPACE.s)
        column.setSpacing(SPACE.s)
        self._bars = list(bars)
        for bar in self._bars:
            column.addWidget(bar)
            bar.spoke.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        self.setVisible(any(not bar.isHidden() for bar in self._bars))
