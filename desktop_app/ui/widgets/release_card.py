"""The card in which a run is released: what stands in the way, its name, who and why."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QPlainTextEdit, QWidget

from desktop_app.project.release import LONGEST_NAME, LONGEST_WHY
from desktop_app.ui.theme import Theme
from desktop_app.ui.thumbnails import Thumbnails
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.class_field import NameField
from desktop_app.ui.widgets.gate_view import GateView
from desktop_app.ui.widgets.labels import Label, Paragraph
from desktop_app.ui.widgets.surfaces import Card, Line

_WHY_HEIGHT = 56


class ReleaseCard(Card):
    """
    Signals:
        release_requested(name: str, by: str, why: str)
        closed(): the card is no longer wanted.
    """

    release_requested = Signal(str, str, str)
    closed = Signal()

    def __init__(self, thumbnails: Thumbnails, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._busy = False
        self.title = Label("", "section", wrap=True)
        self._intro = Paragraph(
            self.tr("A release is a named model that never changes again: it is what judges real parts."),
            "caption",
            line=18,
        )
        self.gate = GateView(thumbnails, theme)
        self.name = NameField(self.tr("Name of the release"))
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setPlaceholderText(self.tr("Never used twice, for example: Line 3, spring"))
        self.by = QLineEdit()
        self.by.setMaxLength(LONGEST_NAME)
        self.by.setAccessibleName(self.tr("Who releases it"))
        self.why = QPlainTextEdit()
        self.why.setAccessibleName(self.tr("Why it is released"))
        self.why.setPlaceholderText(self.tr("The reason, for whoever asks in a year"))
        self.why.setTabChangesFocus(True)
        self.why.setFixedHeight(_WHY_HEIGHT)
        self.problem = Label("", "caption", "error", wrap=True)
        self.release = Button(self.tr("Release"), theme, kind="primary", icon="flag")
        self._close = Button(self.tr("Close"), theme, kind="ghost", icon="x")
        self._lay_out()
        self.release.clicked.connect(self._ask)
        self._close.clicked.connect(self.closed)
        self.name.left.connect(self.closed)
        self.gate.accepted.connect(self.refresh)
        for field in (self.name, self.by):
            field.textChanged.connect(self.refresh)
        self.why.textChanged.connect(self.refresh)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.closed)
        self.refresh()

    def _lay_out(self) -> None:
        form = QGridLayout()
        form.setHorizontalSpacing(SPACE.m)
        form.setVerticalSpacing(SPACE.s)
        form.addWidget(_caption(self.tr("Name"), self.name), 0, 0)
        form.addWidget(self.name, 0, 1)
        form.addWidget(_caption(self.tr("By"), self.by), 0, 2)
        form.addWidget(self.by, 0, 3)
        form.addWidget(_caption(self.tr("Why"), self.why), 1, 0, Qt.AlignmentFlag.AlignTop)
        form.addWidget(self.why, 1, 1, 1, 3)
        form.setColumnStretch(1, 2)
        form.setColumnStretch(3, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE.s)
        buttons.addWidget(self.release)
        buttons.addWidget(self.problem, 1)
        buttons.addWidget(self._close)
        column = self.column()
        column.addWidget(self.title)
        column.addWidget(self._intro)
        column.addWidget(self.gate)
        column.addWidget(Line())
        column.addLayout(form)
        column.addLayout(buttons)
        column.addStretch()

    def begin(self, run: str, author: str) -> None:
        """Ask about another run; who and why are kept where somebody has typed them."""
        self.title.setText(self.tr("Release {run}").format(run=run))
        self.name.clear()
        if not self.by.text().strip():
            self.by.setText(author)
        self.refresh()

    def done(self) -> None:
        """It was released: the next one has another name, and another reason."""
        self.name.clear()
        self.why.clear()

    def set_busy(self, busy: bool) -> None:
        """A job runs: nothing can be released meanwhile."""
        self._busy = busy
        self.gate.check.setEnabled(not busy)
        self.refresh()

    def refresh(self) -> None:
        """Whether it may be released now: somebody has typed, or the gate has found something."""
        name, by, why = self.name.text().strip(), self.by.text().strip(), self.why.toPlainText().strip()
        self.problem.setText(self.gate.left())
        self.release.setEnabled(bool(name and by and why) and self.gate.passed and not self._busy)
        hint = self.tr("Name, who and why are needed, and nothing may be left unaccepted.")
        self.release.setToolTip("" if self.release.isEnabled() else hint)

    def _ask(self) -> None:
        why = self.why.toPlainText().strip()[:LONGEST_WHY]
        self.release_requested.emit(self.name.text().strip(), self.by.text().strip(), why)


def _caption(text: str, field: QWidget) -> Label:
    caption = Label(text, "body", "text_2")
    caption.setBuddy(field)
    return caption
