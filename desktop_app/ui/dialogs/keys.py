"""All keys on one page."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.key_cap import KeyCap
from desktop_app.ui.widgets.labels import Label


class KeysDialog(QDialog):
    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keys"))
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.l, SPACE.l, SPACE.l, SPACE.l)
        column.setSpacing(SPACE.m)
        column.addWidget(Label(self.tr("Keys"), "title"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE.l)
        grid.setVerticalSpacing(SPACE.s)
        for line, (keys, what) in enumerate(self._table()):
            caps = QHBoxLayout()
            caps.setSpacing(SPACE.xs)
            for key in keys:
                caps.addWidget(KeyCap(_native(key), theme))
            caps.addStretch()
            grid.addLayout(caps, line, 0)
            grid.addWidget(Label(what), line, 1)
        column.addLayout(grid)
        close = Button(self.tr("Close"), theme)
        close.clicked.connect(self.accept)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)

    def _table(self) -> list[tuple[tuple[str, ...], str]]:
        return [
            (("Ctrl+1", "Ctrl+2", "Ctrl+3", "Ctrl+4"), self.tr("Images, Train, Evaluate, Use")),
            (("Ctrl+O",), self.tr("Open a folder of pictures")),
            (("Ctrl+N",), self.tr("New project")),
            (("Left", "Right", "Up", "Down"), self.tr("Move between pictures")),
            (("Space",), self.tr("Look at a picture in full, and close it")),
            (("1", "…", "9"), self.tr("Put the selected pictures into a class")),
            (("Enter",), self.tr("Accept the classes suggested for them")),
            (("0",), self.tr("Back to unlabelled")),
            (("N",), self.tr("Next unlabelled picture")),
            (("G",), self.tr("Put pictures into the golden set, or take them out")),
            (("X",), self.tr("Exclude pictures: they stay, but take part in nothing")),
            (("Del", "U"), self.tr("To the project’s trash; in there, back from it")),
            (("Ctrl+Z", "Ctrl+Shift+Z"), self.tr("Undo, redo")),
            (("+", "−", "F", "Z"), self.tr("In full view: larger, smaller, all of it, 1:1")),
            (("R", "I", "C"), self.tr("In full view: beside a reference, network input, contrast")),
            (("F2", "Ctrl+Up", "Ctrl+Down"), self.tr("Rename a class, move it up or down")),
            (("Ctrl+A",), self.tr("Select all pictures")),
            (("Esc",), self.tr("Back")),
            (("Tab",), self.tr("Next control")),
            (("F6",), self.tr("Next part of the window")),
            (("?",), self.tr("This page")),
        ]


def _native(key: str) -> str:
    arrows = {"…": "…", "−": "−", "Left": "←", "Right": "→", "Up": "↑", "Down": "↓"}
    return arrows.get(key) or QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
