"""What can be done with a run that was cut off: let it go on, or keep its best; and the facts, for those who ask."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.flow_layout import FlowLayout
from desktop_app.ui.widgets.labels import Label


class StoppedRow(QWidget):
    """
    Signals:
        resumed(), kept(): the buttons.
    """

    resumed = Signal()
    kept = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.resume = Button(self.tr("Resume"), theme, kind="primary", icon="play-fill", main=True)
        self.keep = Button(self.tr("Use the best so far"), theme, main=True)
        self.keep.setToolTip(self.tr("Ends this run with what it has learnt so far; it can’t go on after that."))
        self.more = Button(self.tr("Details"), theme, kind="ghost", icon="file-text", main=True)
        self.more.setCheckable(True)
        self.details = Label("", "caption", "text_2", wrap=True)
        self.details.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.details.hide()
        buttons = QWidget()
        row = FlowLayout(buttons, spacing=SPACE.s)
        for button in (self.resume, self.keep, self.more):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.s)
        column.addWidget(buttons)
        column.addWidget(self.details)
        self.resume.clicked.connect(self.resumed)
        self.keep.clicked.connect(self.kept)
        self.more.toggled.connect(self.details.setVisible)
        self.hide()

    def show_run(self, resume: str, details: str, *, can_keep: bool, enabled: bool) -> None:
        self.resume.setText(resume)
        self.details.setText(details)
        self.keep.setVisible(can_keep)
        for button in (self.resume, self.keep):
            button.setEnabled(enabled)
        self.show()
