"""How many labels look wrong, and the way to them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.ui import wording
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.labels import Label, Paragraph
from desktop_app.ui.widgets.surfaces import Card

_SECONDS_EACH = 8


class LabelsCard(Card):
    """`check_requested`: show these pictures."""

    check_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.what = Label("", "strong", wrap=True)
        self._why = Paragraph("", "caption", line=16)
        self.check = Button(self.tr("Check labels"), theme, icon="tag")
        self.check.clicked.connect(self.check_requested)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.what)
        words.addWidget(self._why)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.m, 12, SPACE.m, 12)
        row.setSpacing(SPACE.m)
        row.addLayout(words, 1)
        row.addWidget(self.check)

    def show_count(self, doubtful: int) -> None:
        """Show how many labels look wrong; nothing is shown where none does."""
        self.setVisible(doubtful > 0)
        self.what.setText(
            self.tr("One label looks wrong.") if doubtful == 1 else self.tr("%Ln labels look wrong.", "", doubtful)
        )
        self._why.set_text(
            self.tr("The other pictures say so. Looking at them takes {time}.").format(
                time=wording.about(doubtful * _SECONDS_EACH)
            )
        )
