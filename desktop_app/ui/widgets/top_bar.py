"""The bar on top: which project this is, where it lies, and the promise that nothing leaves the computer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_app.ui import step_words
from desktop_app.ui.brand import Mark
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import CONTROL, SPACE, TOP_BAR
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.chip import StateChip
from desktop_app.ui.widgets.empty_state import IconView
from desktop_app.ui.widgets.labels import ElidedLabel, Label
from desktop_app.ui.widgets.surfaces import Bar, Line

if TYPE_CHECKING:
    from desktop_app.project.history import Label as StepLabel

_NAME_WIDTH = 360
_UNDO_WIDTH = 360


class TopBar(Bar):
    project_menu_requested = Signal()
    undo_requested = Signal()
    redo_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("top", TOP_BAR, parent)
        self.project = Button("", theme, kind="ghost", caret=True)
        self.project.setMaximumWidth(_NAME_WIDTH)
        self.project.setFont(font("strong"))
        self.project.clicked.connect(self.project_menu_requested)
        self._read_only = StateChip(self.tr("Read-only"), theme, "warn", icon="lock-simple")
        self._path = ElidedLabel("", "caption", "text_2")
        self._promise = Label(self.tr("Works offline: no picture leaves this computer"), "caption", "text_2")
        self._compact = False
        self.undo = Button("", theme, kind="ghost", icon="arrow-counter-clockwise", name=self.tr("Undo"))
        self.redo = Button("", theme, kind="ghost", icon="arrow-clockwise", name=self.tr("Redo"))
        self.undo.setMaximumWidth(_UNDO_WIDTH)
        self.undo.clicked.connect(self.undo_requested)
        self.redo.clicked.connect(self.redo_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.m, 0, SPACE.m, 0)
        row.setSpacing(SPACE.s)
        row.addWidget(Mark(theme, 24))
        row.addWidget(self.project)
        row.addWidget(self._read_only)
        row.addWidget(self._path, 1)
        row.addSpacing(SPACE.m)
        row.addWidget(IconView("lock-simple", theme, edge=16))
        row.addWidget(self._promise)
        row.addSpacing(SPACE.s)
        line = Line(Qt.Orientation.Vertical)
        line.setFixedHeight(CONTROL)
        row.addWidget(line)
        row.addWidget(self.undo)
        row.addWidget(self.redo)
        self.show_steps(None, None)

    def show_project(self, name: str, path: str, *, read_only: bool) -> None:
        self.project.setText(name.replace("&", "&&"))
        self.project.setAccessibleName(self.tr("Project {name}").format(name=name))
        self.project.setToolTip(name)
        self._path.setText(path)
        self._read_only.setVisible(read_only)

    def show_steps(self, undo: StepLabel | None, redo: StepLabel | None) -> None:
        """Name what can be undone and done again."""
        self._steps = (undo, redo)
        for button, text, keys, label in (
            (self.undo, step_words.undo(undo), self.tr("Ctrl+Z"), undo),
            (self.redo, step_words.redo(redo), self.tr("Ctrl+Shift+Z"), redo),
        ):
            button.setEnabled(label is not None)
            button.setAccessibleName(text)
            button.setToolTip(self.tr("{command} ({keys})").format(command=text, keys=keys))
        named = undo is not None and not self._compact
        self.undo.setText(step_words.undo(undo).replace("&", "&&") if named else "")

    def set_compact(self, compact: bool) -> None:
        """In a small window the promise keeps its icon and gives its words up."""
        self._compact = compact
        self.show_steps(*self._steps)
        text = self.tr("Works offline: no picture leaves this computer")
        self._promise.setText(self.tr("Offline") if compact else text)
        self._promise.setToolTip(text if compact else "")
