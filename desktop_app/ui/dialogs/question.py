"""A question that must be answered before something irreversible or long happens; the only kind of modal box."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.labels import Label, Paragraph

_WIDTH = 440


class Question(QDialog):
    """Accepted by the primary button; Escape and the other button leave everything as it is."""

    def __init__(
        self, title: str, text: str, yes: str, no: str, theme: Theme, *, icon: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(_WIDTH)
        self.yes = Button(yes, theme, kind="primary", icon=icon)
        self.no = Button(no, theme)
        self.yes.clicked.connect(self.accept)
        self.no.clicked.connect(self.reject)
        self.yes.setDefault(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.l, SPACE.l, SPACE.l, SPACE.l)
        column.setSpacing(SPACE.s)
        column.addWidget(Label(title, "title", wrap=True))
        column.addWidget(Paragraph(text, tone="text"))
        column.addSpacing(SPACE.m)
        row = QHBoxLayout()
        row.setSpacing(SPACE.s)
        row.addStretch()
        row.addWidget(self.no)
        row.addWidget(self.yes)
        column.addLayout(row)

    def prefer_no(self) -> None:
        """What "yes" does can't be undone: Enter leaves everything as it is."""
        self.yes.set_kind("destructive")
        self.yes.setDefault(False)
        self.no.setDefault(True)
        self.no.setFocus()
