"""The keys that work here, in one line; those at its end give way where it is too narrow."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import JOB_BAR, SPACE
from desktop_app.ui.widgets.key_cap import KeyCap
from desktop_app.ui.widgets.labels import Label
from desktop_app.ui.widgets.surfaces import Bar


class KeysBar(Bar):
    """
    Args:
        keys: what is written on a key, and what it does; the most useful first.
    """

    def __init__(self, keys: Sequence[tuple[str, str]], theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("bottom", JOB_BAR, parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(SPACE.m, 0, SPACE.m, 0)
        self._row.setSpacing(SPACE.m)
        self._hints = [_hint(key, what, theme) for key, what in keys]
        for hint in self._hints:
            self._row.addWidget(hint)
        self._row.addStretch(1)
        self.setMinimumWidth(1)  # it never makes a window wider
        self._fill(self.width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fill(event.size().width())

    def _fill(self, width: int) -> None:
        room = width - SPACE.m
        for hint in self._hints:
            room -= hint.sizeHint().width() + SPACE.m
            hint.setVisible(room >= 0)


def _hint(key: str, what: str, theme: Theme) -> QWidget:
    hint = QWidget()
    row = QHBoxLayout(hint)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(SPACE.xs)
    row.addWidget(KeyCap(key, theme))
    row.addWidget(Label(what, "caption", "text_2"))
    return hint
