"""Which picture stands beside the one in full view: a chosen reference, or a neighbour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QButtonGroup

from desktop_app.ui.models.tiles import PictureModel
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.chip import Chip
from desktop_app.ui.widgets.stages import Stage

Choice = Literal["reference", "previous", "next"]


class Beside(QObject):
    """The controls above the second stage, and what they choose.

    Signals:
        changed(): another picture stands there now.
    """

    changed = Signal()

    def __init__(self, stage: Stage, model: PictureModel, theme: Theme) -> None:
        super().__init__(stage)
        self._stage = stage
        self._model = model
        self._row = -1
        self._choice: Choice = "reference"
        self.reference = ""
        words = {"reference": self.tr("reference"), "previous": self.tr("previous"), "next": self.tr("next")}
        group = QButtonGroup(self)
        self.chips: dict[Choice, Chip] = {}
        for choice in get_args(Choice):
            chip = Chip(words[choice], theme, checkable=True)
            chip.clicked.connect(lambda _checked, choice=choice: self.choose(choice))
            group.addButton(chip)
            stage.head.addWidget(chip)
            self.chips[choice] = chip
        self.chips["reference"].setChecked(True)
        pinning = self.tr("Make this picture the reference (Shift+R)")
        self.pin = Button("", theme, kind="ghost", icon="push-pin", name=pinning)
        self.pin.clicked.connect(self._pin_shown)
        stage.head.addWidget(self.pin)
        self.set_choosing(False)

    @property
    def file(self) -> str:
        """The picture beside; "" where there is none."""
        if self._choice == "reference":
            return self.reference
        row = self._row + (1 if self._choice == "next" else -1)
        return self._model.file(row) if 0 <= row < self._model.rowCount() and self._row >= 0 else ""

    def show_row(self, row: int) -> None:
        """The picture that it stands beside is another one."""
        self._row = row
        self._say()

    def choose(self, choice: Choice) -> None:
        self._choice = choice
        self.chips[choice].setChecked(True)
        self._say()
        self.changed.emit()

    def set_reference(self, file: str) -> None:
        self.reference = file
        self.choose("reference")

    def rename(self, new_names: Mapping[str, str]) -> None:
        """Files have other names."""
        self.reference = new_names.get(self.reference, self.reference)
        self._say()

    def set_choosing(self, on: bool) -> None:
        """Show the controls; without them the stage is somebody else's."""
        for widget in (*self.chips.values(), self.pin):
            widget.setVisible(on)
        if on:
            self._say()

    def _pin_shown(self) -> None:
        if 0 <= self._row < self._model.rowCount():
            self.set_reference(self._model.file(self._row))

    def _say(self) -> None:
        if not self.pin.isHidden():
            self._stage.title.setText(self.file.rpartition("/")[2])
