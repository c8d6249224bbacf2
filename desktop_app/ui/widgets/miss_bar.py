"""Below a picture that a run would newly get wrong: what it would be called, and the button that accepts it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.chip import StateChip
from desktop_app.ui.widgets.labels import Paragraph
from desktop_app.ui.widgets.surfaces import Bar


class MissBar(Bar):
    """`toggled`: the miss is to be accepted, or no longer."""

    toggled = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("bottom", parent=parent)
        self.words = Paragraph("", "body", "text")
        self.words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.chip = StateChip(self.tr("accepted"), theme, "ok")
        self.accept = Button("", theme, icon="check", hint=self.tr("Enter"))
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.m, SPACE.s, SPACE.m, SPACE.s)
        row.setSpacing(SPACE.m)
        row.addWidget(self.words, 1)
        row.addWidget(self.chip)
        row.addWidget(self.accept)
        self.accept.clicked.connect(self.toggled)

    def show_miss(self, words: str, *, accepted: bool) -> None:
        self.words.set_text(words)
        self.chip.setVisible(accepted)
        self.accept.setText(self.tr("Take back") if accepted else self.tr("Accept this miss"))
        self.accept.set_icon("arrow-counter-clockwise" if accepted else "check")
