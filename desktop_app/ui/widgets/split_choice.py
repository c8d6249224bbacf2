"""The split file to train with: chosen, forgotten, or taken over already."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.labels import ElidedLabel, Label


class SplitChoice(QWidget):
    """`path` is the table to import before training, None for none."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.path: Path | None = None
        self._imported = ""
        self.words = ElidedLabel("", "caption", "text_2")
        choose = Button(self.tr("Choose split file…"), theme)
        choose.clicked.connect(self.ask)
        self.forget = Button("", theme, kind="ghost", icon="x", name=self.tr("Don't use this split file"))
        self.forget.clicked.connect(lambda: self.set_path(None))
        buttons = QHBoxLayout()
        buttons.addWidget(choose)
        buttons.addWidget(self.forget)
        buttons.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.xs)
        column.addWidget(Label(self.tr("Split file (file, class, group, split)"), "medium", wrap=True))
        column.addWidget(self.words)
        column.addLayout(buttons)
        self._say()

    def set_path(self, path: Path | None) -> None:
        self.path = path
        self._say()
        self.changed.emit()

    def set_imported(self, name: str) -> None:
        """The table that the project remembers the splits of; "" if there is none."""
        self._imported = name
        self._say()

    def ask(self) -> None:
        title = self.tr("Choose a split file")
        path, _ = QFileDialog.getOpenFileName(self, title, "", self.tr("Tables (*.csv *.tsv *.txt);;All files (*)"))
        if path:
            self.set_path(Path(path))

    def _say(self) -> None:
        text = self.tr("none: pictures are divided automatically")
        if self.path:
            text = self.path.name
        elif self._imported:
            text = self.tr("“{file}”, taken over; new pictures are divided automatically").format(file=self._imported)
        self.words.setText(text)
        if self.path:
            self.words.setToolTip(str(self.path))
        self.forget.setVisible(self.path is not None)
