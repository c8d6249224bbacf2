"""A few lines above the runs that ask what a run shall be called, and what there is to say about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from desktop_app.project.runs import LONGEST_NAME, LONGEST_NOTE
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.class_field import NameField
from desktop_app.ui.widgets.labels import Label

_NOTE_HEIGHT = 76


class RunEditor(QWidget):
    """Hidden until `ask`; Enter in the name saves, Escape leaves everything as it is.

    Signals:
        described(run: str, name: str, note: str)
        left(): it is hidden again.
    """

    described = Signal(str, str, str)
    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run = ""
        self._caption = Label("", "caption", "text_2", wrap=True)
        self.name = NameField(self.tr("Name of the run"))
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setPlaceholderText(self.tr("Name, for example: before relabelling"))
        self.note = QPlainTextEdit()
        self.note.setAccessibleName(self.tr("Note about the run"))
        self.note.setPlaceholderText(self.tr("Note"))
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(_NOTE_HEIGHT)
        self.save = Button(self.tr("Save"), theme)
        self.cancel = Button(self.tr("Cancel"), theme, kind="ghost")
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE.s)
        buttons.addWidget(self.save)
        buttons.addWidget(self.cancel)
        buttons.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.m, 0, SPACE.m, SPACE.s)
        column.setSpacing(SPACE.s)
        column.addWidget(self._caption)
        column.addWidget(self.name)
        column.addWidget(self.note)
        column.addLayout(buttons)
        self.name.returnPressed.connect(self._save)
        self.save.clicked.connect(self._save)
        self.cancel.clicked.connect(self._leave)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self._leave)
        self.hide()

    def ask(self, run: str, title: str, name: str, note: str) -> None:
        self._run = run
        self._caption.setText(self.tr("Name and note of {run}").format(run=title))
        self.name.setText(name)
        self.note.setPlainText(note)
        self.show()
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)
        self.name.selectAll()

    def _save(self) -> None:
        self.described.emit(self._run, self.name.text().strip(), self.note.toPlainText()[:LONGEST_NOTE])
        self._leave()

    def _leave(self) -> None:
        self.hide()
        self.left.emit()
