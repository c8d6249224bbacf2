"""The right column of the Train page: the steps, what changed since, and the runs."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.message_bar import MessageBar
from desktop_app.ui.widgets.runs_panel import RunsPanel
from desktop_app.ui.widgets.scroll import ScrollColumn
from desktop_app.ui.widgets.surfaces import Line, Panel
from desktop_app.ui.widgets.training_panels import StepsPanel

WIDTH = 312


class TrainSide(Panel):
    """`advice` is a column between the steps and the runs, for folds that help to decide what to train."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("right", parent=parent)
        self.steps = StepsPanel(theme)
        self.changed = MessageBar(theme)
        self.runs = RunsPanel(theme)
        self.advice = QVBoxLayout()
        self.advice.setContentsMargins(SPACE.m, 0, SPACE.m, 0)
        self.advice.setSpacing(0)
        quiet = QHBoxLayout()
        quiet.setContentsMargins(SPACE.m, 0, SPACE.m, SPACE.m)
        quiet.addWidget(self.changed)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.steps)
        column.addLayout(quiet)
        column.addLayout(self.advice)
        column.addWidget(Line())
        column.addWidget(self.runs, 1)
        frame = QVBoxLayout(self)
        frame.setContentsMargins(0, 0, 0, 0)
        frame.addWidget(ScrollColumn(content))

    def set_compact(self, compact: bool) -> None:
        """In a small window it has all the room there is."""
        self.setMinimumWidth(0 if compact else WIDTH)
        self.setMaximumWidth(16_777_215 if compact else WIDTH)
