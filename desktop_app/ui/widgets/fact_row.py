"""A line with an icon, a fact and, at its end, a number: steps of a job, checks of a result."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.empty_state import IconView
from desktop_app.ui.widgets.labels import Label

Mark = Literal["ok", "warn", "error", "info", "running", "waiting", "left_out"]

_ICONS: dict[Mark, tuple[str, str]] = {
    "ok": ("check-circle-fill", "ok"),
    "warn": ("warning-fill", "warn"),
    "error": ("warning-octagon-fill", "error"),
    "info": ("info-fill", "accent"),
    "running": ("spinner", "accent"),
    "waiting": ("circle-dashed", "text_2"),
    "left_out": ("minus-circle", "text_2"),
}


class FactRow(QWidget):
    """Icon, text and a trailing number; read out as one sentence."""

    def __init__(self, theme: Theme, mark: Mark = "ok", text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = IconView(_ICONS[mark][0], theme, edge=16)
        self._text = Label(wrap=True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._end = Label("", "caption", "text_2")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(SPACE.s)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        row.addWidget(self._end, 0, Qt.AlignmentFlag.AlignTop)
        self.show_fact(mark, text)

    def show_fact(self, mark: Mark, text: str, end: str = "") -> None:
        self.mark = mark
        self._icon.set_icon(*_ICONS[mark])
        self._text.setText(text)
        self._text.setFont(font("strong" if mark == "running" else "body"))
        self._text.set_tone("text_2" if mark in ("waiting", "left_out") else "text")
        self._end.setText(end)
        self.setAccessibleName(", ".join(part for part in (text, end) if part))

    def text(self) -> str:
        return str(self._text.text())
