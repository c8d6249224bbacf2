"""Runs in the trash: each can be brought back, or all deleted for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.ui import wording
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.fold import Fold
from desktop_app.ui.widgets.labels import ElidedLabel


@dataclass(frozen=True)
class DeletedRun:
    """`title`: "Run 7 · “before relabelling”"; `bytes`: that deleting it for good would free."""

    id: str
    title: str
    bytes: int


class DeletedRuns(Fold):
    """Hidden while the trash is empty.

    Signals:
        restore_requested(run: str)
        purge_requested(): all are to be deleted for good.
    """

    restore_requested = Signal(str)
    purge_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._rows = QVBoxLayout()
        self._rows.setSpacing(SPACE.xs)
        self._theme = theme
        self.runs: Sequence[DeletedRun] = ()
        body = QWidget()
        super().__init__("", theme, body, parent=parent)
        self.header.setText(self.tr("Deleted runs"))
        self.purge = Button("", theme, kind="destructive", icon="trash")
        self.purge.clicked.connect(self.purge_requested)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, SPACE.s)
        column.setSpacing(SPACE.s)
        column.addLayout(self._rows)
        column.addWidget(self.purge)
        self.hide()

    def show_runs(self, runs: Sequence[DeletedRun]) -> None:
        self.runs = runs
        while item := self._rows.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        for run in runs:
            self._rows.addWidget(self._row(run))
        size = wording.file_size(sum(run.bytes for run in runs))
        self.set_summary(f"{wording.number(len(runs))}, {size}")
        self.purge.setText(self.tr("Delete for good, {size}…").format(size=size))
        self.setVisible(bool(runs))

    def _row(self, run: DeletedRun) -> QWidget:
        line = QWidget()
        restore = Button(self.tr("Restore"), self._theme, kind="ghost", icon="arrow-u-up-left")
        restore.setAccessibleName(self.tr("Restore {run}").format(run=run.title))
        restore.clicked.connect(lambda: self.restore_requested.emit(run.id))
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(ElidedLabel(run.title), 1)
        row.addWidget(restore)
        return line
