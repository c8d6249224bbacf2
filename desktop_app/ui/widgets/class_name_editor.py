"""A line above the classes that asks for the name of a new one, or for another name."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.ui import problems
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.class_field import NameField
from desktop_app.ui.widgets.labels import Label


class ClassNameEditor(QWidget):
    """Hidden until `ask`; Escape leaves everything as it is."""

    named = Signal(str)
    renamed = Signal(str, str)  # old, new
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._old = ""
        self._caption = Label("", "caption", "text_2", wrap=True)
        self.field = NameField(self.tr("Name of the class"))
        self.hint = Label("", "caption", "error", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.m, 0, SPACE.m, SPACE.m)
        column.setSpacing(SPACE.xs)
        column.addWidget(self._caption)
        column.addWidget(self.field)
        column.addWidget(self.hint)
        self.hint.hide()
        self.field.entered.connect(self._on_entered)
        self.field.left.connect(self._leave)
        self.field.textEdited.connect(lambda _text: self.hint.hide())
        self.hide()

    def ask(self, old: str = "") -> None:
        """Ask for the name of a new class, or for another name of the class `old`."""
        self._old = old
        caption = self.tr("New name for “{name}”; Enter renames").format(name=old)
        self._caption.setText(caption if old else self.tr("New class; Enter makes it"))
        self.field.setText(old)
        self.field.selectAll()
        self.hint.hide()
        self.show()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_entered(self, text: str) -> None:
        from desktop_app.project import names

        if text != self._old and (problem := names.new_name_problem(text)):
            self.hint.setText(problems.notice(problem))
            self.hint.show()
            return
        old = self._old
        self._leave()
        if not old:
            self.named.emit(text)
        elif text != old:
            self.renamed.emit(old, text)

    def _leave(self) -> None:
        self.hide()
        self.left.emit()
