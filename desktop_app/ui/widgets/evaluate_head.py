"""The head of the Evaluate page: which run, which of its pictures, and what can be done with the result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_app.events import Split
from desktop_app.ui import wording
from desktop_app.ui.models import run_files
from desktop_app.ui.models.runs import run_row
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.fields import ComboBox
from desktop_app.ui.widgets.labels import Label
from desktop_app.ui.widgets.segments import Segments
from desktop_app.ui.widgets.surfaces import Bar

if TYPE_CHECKING:
    from desktop_app.project.runs import Run

_HEIGHT = 56


class EvaluateHead(Bar):
    """`chosen`: the person chose another run or other pictures.

    Args:
        actions: what stands on the right.
    """

    chosen = Signal()

    def __init__(self, theme: Theme, actions: Sequence[QWidget], parent: QWidget | None = None) -> None:
        super().__init__("top", _HEIGHT, parent)
        self._runs: dict[str, Run] = {}
        self.run_box = ComboBox(theme, name=self.tr("Run"))
        self.split_box = Segments(
            (
                ("test", wording.split("test"), "lock-simple-fill"),
                ("validation", wording.split("validation"), ""),
                ("train", wording.split("train"), ""),
            ),
            theme,
            name=self.tr("Pictures to measure on"),
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.l, 0, SPACE.l, 0)
        row.setSpacing(SPACE.m)
        row.addWidget(Label(self.tr("Evaluate"), "title"))
        row.addWidget(self.run_box)
        row.addWidget(self.split_box)
        row.addStretch()
        for action in actions:
            row.addWidget(action)
        self.run_box.currentIndexChanged.connect(lambda _index: self.chosen.emit())
        self.split_box.chosen.connect(lambda _key: self.chosen.emit())

    @property
    def run(self) -> Run | None:
        """The run that is chosen; None where there is none."""
        return self._runs.get(self.run_box.currentData())

    @property
    def split(self) -> Split:
        return cast(Split, self.split_box.current())

    def show_runs(self, runs: Sequence[Run], *, newest: bool = False) -> None:
        """Offer the runs that have a model, newest first; one that is new is chosen, or with `newest` the first."""
        usable = [run for run in runs if run.usable]
        known, chosen = self._runs, self.run_box.currentData()
        if usable and (newest or usable[0].id not in known or chosen is None):
            chosen = usable[0].id
        self._runs = {run.id: run for run in usable}
        self.run_box.blockSignals(True)
        self.run_box.clear()
        for run in usable:
            row = run_row(run)
            self.run_box.addItem(
                wording.DOT.join((row.title, row.recipe, wording.moment(run.document["created"]))), run.id
            )
        self.run_box.setCurrentIndex(max(0, self.run_box.findData(chosen)) if usable else -1)
        self.run_box.blockSignals(False)
        self.run_box.updateGeometry()
        self.run_box.setVisible(bool(usable))
        self.split_box.setVisible(bool(usable))

    def name_splits(self) -> None:
        """Say how many pictures the chosen run has in each split."""
        counts = run_files.split_counts(self.run) if self.run else None
        for split, count in zip(("train", "validation", "test"), counts or (None, None, None), strict=True):
            name = wording.split(cast(Split, split))
            self.split_box.set_text(split, name if count is None else f"{name} {wording.number(count)}")
