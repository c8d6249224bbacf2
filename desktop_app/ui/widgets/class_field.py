"""Lines for the name of a class."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QStringListModel, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QCompleter, QLineEdit, QWidget


class NameField(QLineEdit):
    """A line for a name: Enter says `entered`, Escape says `left`."""

    entered = Signal(str)
    left = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.returnPressed.connect(self._enter)

    def _enter(self) -> None:
        if text := self.text().strip():
            self.entered.emit(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class ClassField(NameField):
    """A line that lists the classes that what is typed may mean, and last the new class of that name.

    `entered` says which it is: the first one, unless another was gone to. `problem` says why there can be no such
    class, "" while there can.
    """

    problem = Signal(str)

    def __init__(self, name: str, check: Callable[[str], str], parent: QWidget | None = None) -> None:
        """`check` says why a typed name can't be a class; "" if it can."""
        super().__init__(name, parent)
        self._check = check
        self._classes: Sequence[str] = ()
        self._meant: list[str] = []  # by line of the list
        self._why_not = ""
        self._shown = QStringListModel(self)
        # Not this line's completer, which would write what is gone to into the line.
        self._completer = QCompleter(self._shown, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setWidget(self)
        self._completer.activated[QModelIndex].connect(self._on_activated)  # type: ignore[index]
        self.textEdited.connect(self._on_edited)

    @property
    def choices(self) -> QAbstractItemView:
        """The list below the line."""
        popup = self._completer.popup()
        assert popup is not None
        return popup

    def set_classes(self, names: Sequence[str]) -> None:
        self._classes = names

    def clear(self) -> None:
        super().clear()
        self._on_edited("")

    def _on_edited(self, text: str) -> None:
        typed = text.strip()
        key = typed.casefold()
        found = [name for name in self._classes if typed and key in name.casefold()]
        found.sort(key=lambda name: (name.casefold() != key, not name.casefold().startswith(key)))
        known = bool(found) and found[0].casefold() == key
        self._why_not = self._check(typed) if typed and not known else ""
        new = bool(typed) and not known and not self._why_not
        self._meant = [*found, typed] if new else found
        shown = [*found, self.tr("New class “{name}”").format(name=typed)] if new else found
        self._shown.setStringList(shown)
        if shown:
            self._completer.complete()
            self.choices.setCurrentIndex(self._shown.index(0))
        else:
            self.choices.hide()
        self.problem.emit("" if found else self._why_not)

    def _enter(self) -> None:
        line = self.choices.currentIndex().row() if self.choices.isVisible() else 0
        self._take(line)

    def _on_activated(self, index: QModelIndex) -> None:
        if self.isVisible():  # not when Enter has taken it already
            self._take(index.row())

    def _take(self, line: int) -> None:
        if 0 <= line < len(self._meant):
            self.entered.emit(self._meant[line])
        elif self._why_not:
            self.problem.emit(self._why_not)

    def hideEvent(self, event: QHideEvent) -> None:
        self.choices.hide()
        super().hideEvent(event)
