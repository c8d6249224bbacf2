"""What a model made of a folder: its shares, its table, and what can be done with it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.events import FolderPredicted, PictureSkipped, Predicted
from desktop_app.ui import wording
from desktop_app.ui.models.class_marks import ClassMark
from desktop_app.ui.models.predictions import Filter, PredictionsModel
from desktop_app.ui.theme import Theme
from desktop_app.ui.thumbnails import Thumbnails
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.bars import ProgressLine
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.chip import Chip, StateChip
from desktop_app.ui.widgets.flow_layout import FlowLayout
from desktop_app.ui.widgets.labels import ElidedLabel, Label
from desktop_app.ui.widgets.predictions_table import PredictionsTable
from desktop_app.ui.widgets.share_strip import ShareStrip
from desktop_app.ui.widgets.surfaces import Card

FLUSH_MS = 100


class FolderResult(QWidget):
    """Fed with events while they come; its table and strip follow ten times a second at most."""

    def __init__(self, thumbnails: Thumbnails, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._marks: list[ClassMark] = []
        self._waiting: list[Predicted | PictureSkipped] = []
        self.model = PredictionsModel(self)
        self.table = PredictionsTable(self.model, thumbnails, theme)
        self.strip = ShareStrip(theme)
        self._folder = ElidedLabel("", "section")
        self.state = StateChip("", theme, "info")
        self._summary = Label("", "body", "text_2")
        self._progress = ProgressLine(theme)
        self.save = Button(self.tr("Save as CSV…"), theme, kind="primary", icon="table")
        self.copy = Button(self.tr("Copy into class folders…"), theme, icon="copy")
        self.another = Button(self.tr("Another folder…"), theme, icon="folder-open")
        self.stop = Button(self.tr("Stop"), theme, icon="stop-fill")
        self._all = Chip("", theme, checkable=True)
        self._unsure = Chip("", theme, checkable=True, icon="question")
        self._unreadable = Chip("", theme, checkable=True, icon="file-x")
        self._lay_out()
        self._flush_soon = QTimer(self, singleShot=True, interval=FLUSH_MS)
        self._flush_soon.timeout.connect(self.flush)
        self._all.clicked.connect(lambda: self._filter(Filter()))
        self._unsure.clicked.connect(lambda: self._filter(Filter(unsure=True)))
        self._unreadable.clicked.connect(lambda: self._filter(Filter(unreadable=True)))
        self.strip.class_clicked.connect(self._toggle_class)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE.s)
        head.addWidget(self._folder)
        head.addWidget(self.state)
        head.addStretch()
        head.addWidget(self._summary)
        actions = FlowLayout(spacing=SPACE.s)
        for button in (self.save, self.copy, self.another, self.stop):
            actions.addWidget(button)
        card = Card()
        column = card.column(12)
        column.addLayout(head)
        column.addWidget(self._progress)
        column.addWidget(self.strip)
        column.addLayout(actions)
        chips = FlowLayout(spacing=SPACE.s)
        chips.addWidget(self._all)
        chips.addWidget(self._unsure)
        chips.addWidget(self._unreadable)
        chips.setContentsMargins(SPACE.m, 12, SPACE.m, SPACE.s)
        listed = Card()
        below = QVBoxLayout(listed)
        below.setContentsMargins(1, 0, 1, 1)
        below.setSpacing(0)
        below.addLayout(chips)
        below.addWidget(self.table, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(SPACE.s)
        outer.addWidget(card)
        outer.addWidget(listed, 1)

    # ---- a folder

    def begin(self, folder: Path, marks: list[ClassMark]) -> None:
        """A new folder, with a model of these classes."""
        self._marks = marks
        self._waiting = []
        self._flush_soon.stop()
        self.model.clear(marks)
        self.table.unsort()
        self._folder.setText(self.tr("Folder: {path}").format(path=folder))
        self.show_running(self.tr("starting"))
        self.flush()

    def add(self, event: Predicted | PictureSkipped) -> None:
        self._waiting.append(event)
        if not self._flush_soon.isActive():
            self._flush_soon.start()

    def flush(self) -> None:
        """Show what came since."""
        self.model.add(self._waiting)
        self._waiting = []
        self.strip.show_counts(self._marks, self.model.counts, self.model.unsure, self.model.unreadable)
        self._name_chips()

    # ---- states

    def show_running(self, doing: str) -> None:
        self.state.set_state(doing, "info", "spinner")
        self._summary.setText("")
        self._progress.set_fraction(None)
        self._progress.show()
        self._switch(running=True)

    def show_progress(self, done: int, total: int, seconds_left: float | None) -> None:
        self._progress.set_fraction(done / total if total else None)
        parts = [wording.part_of(done, total)]
        if seconds_left is not None and done < total:
            parts.append(wording.time_left(seconds_left))
        self._summary.setText(wording.DOT.join(parts))

    def show_done(self, result: FolderPredicted) -> None:
        self.flush()
        self.state.set_state(self.tr("done"), "ok", "check")
        pictures = wording.pictures(self.model.total)
        parts = [self.tr("{pictures} in {time}").format(pictures=pictures, time=wording.duration(result.seconds))]
        if result.unsure:
            parts.append(self.tr("{n} for a person to decide").format(n=wording.number(result.unsure)))
        if result.unreadable:
            parts.append(self.tr("{n} could not be read").format(n=wording.number(result.unreadable)))
        self._summary.setText(wording.DOT.join(parts))
        self._switch(running=False)

    def show_ended(self, *, failed: bool) -> None:
        """Stopped by the person or by itself; what came is kept."""
        self.flush()
        word = self.tr("stopped by itself") if failed else self.tr("stopped")
        self.state.set_state(word, "error" if failed else "warn", "")
        self._summary.setText(wording.pictures(self.model.total))
        self._switch(running=False)

    def _switch(self, *, running: bool) -> None:
        self._progress.setVisible(running)
        self.stop.setVisible(running)
        self.save.setVisible(not running)
        self.save.setEnabled(self.model.total > 0)
        self.copy.setVisible(not running)
        self.copy.setEnabled(bool(self.model.counts or self.model.unsure))
        self.another.setVisible(not running)

    # ---- filters

    def _name_chips(self) -> None:
        self._all.setText(self.tr("All {n}").format(n=wording.number(self.model.total)))
        self._unsure.setText(self.tr("Unsure {n}").format(n=wording.number(self.model.unsure)))
        self._unsure.setVisible(self.model.unsure > 0)
        self._unsure.setChecked(self.model.filter.unsure)
        self._unreadable.setText(self.tr("Unreadable {n}").format(n=wording.number(self.model.unreadable)))
        self._unreadable.setVisible(self.model.unreadable > 0)
        self._all.setChecked(self.model.filter == Filter())
        self._unreadable.setChecked(self.model.filter.unreadable)
        self.strip.set_chosen(self.model.filter.label)

    def _filter(self, wanted: Filter) -> None:
        self.model.set_filter(wanted)
        self._name_chips()

    def _toggle_class(self, name: str) -> None:
        """A click on a class's share shows its pictures alone; another one shows all again."""
        self._filter(Filter() if self.model.filter.label == name else Filter(label=name))
