"""A line above the classes that waits for the key of a class to be pressed."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.ui.models.class_list import ClassRow
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import CONTROL, SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.labels import Label
from desktop_app.ui.widgets.swatch import KeySwatch

_NOT_ALONE = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)


class ClassKeyEditor(QWidget):
    """Hidden until `ask`; a key that already does something is taken when it is pressed twice."""

    chosen = Signal(str, str)  # class, its key; "" for none
    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row: ClassRow | None = None
        self._owners: Mapping[str, str] = {}
        self._doubtful = ""
        self._swatch = KeySwatch(theme, edge=CONTROL)
        self._caption = Label("", "body", wrap=True)
        self.hint = Label("", "caption", "text_2", wrap=True)
        self.none = Button(self.tr("No key"), theme, kind="ghost")
        self._close = Button("", theme, kind="ghost", icon="x", name=self.tr("Leave the key as it is"))
        head = QHBoxLayout()
        head.setSpacing(SPACE.s)
        head.addWidget(self._swatch, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._caption, 1)
        head.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE.s)
        foot.addWidget(self.hint, 1)
        foot.addWidget(self.none, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.m, 0, SPACE.s, SPACE.m)
        column.setSpacing(SPACE.xs)
        column.addLayout(head)
        column.addLayout(foot)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.none.clicked.connect(lambda: self._choose(""))
        self._close.clicked.connect(self._leave)
        self.hide()

    def ask(self, row: ClassRow, owners: Mapping[str, str]) -> None:
        """Wait for the key of a class; `owners` says which class has a key, or what it does in this window."""
        self._row, self._owners = row, owners
        self._doubtful = ""
        self._swatch.set_class(row.colour, row.key, row.name)
        self._caption.setText(self.tr("Press a letter or a digit for “{name}”").format(name=row.name))
        self.setAccessibleName(self._caption.text())
        self._hint(self.tr("Esc leaves it as it is."))
        self.none.setVisible(bool(row.key))
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def event(self, event: QEvent) -> bool:
        # A letter may be a shortcut of the window; here it is a key that was asked for.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and not event.modifiers():
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.text().upper()
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
        elif event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self._choose("")
        elif len(key) == 1 and key.isalnum():
            self._on_key(key)
        elif event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            super().keyPressEvent(event)
        elif event.key() not in _NOT_ALONE:
            self._hint(self.tr("Only a letter or a digit can be the key of a class."), problem=True)

    def _on_key(self, key: str) -> None:
        if key == "0":
            self._hint(self.tr("0 puts pictures back to unlabelled. Choose another key."), problem=True)
        elif key in self._owners and key != self._doubtful:
            self._doubtful = key
            self._hint(self._owners[key], problem=True)
        else:
            self._choose(key)

    def _hint(self, text: str, *, problem: bool = False) -> None:
        self.hint.set_tone("warn" if problem else "text_2")
        self.hint.setText(text)

    def _choose(self, key: str) -> None:
        assert self._row is not None
        row = self._row
        self._leave()
        if key != row.key.upper():
            self.chosen.emit(row.name, key)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        # A click elsewhere means something else; its own buttons, and menus of the window manager, do not.
        if event.reason() == Qt.FocusReason.MouseFocusReason:
            self.hide()

    def _leave(self) -> None:
        self.hide()
        self.left.emit()
