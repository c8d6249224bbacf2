"""The left column of the Train page: the recipe, what it will learn from, and the buttons."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button, ProgressButton
from desktop_app.ui.widgets.flow_layout import FlowLayout
from desktop_app.ui.widgets.labels import Label
from desktop_app.ui.widgets.recipe_form import RecipeForm
from desktop_app.ui.widgets.scroll import ScrollColumn
from desktop_app.ui.widgets.surfaces import Panel


class TrainForm(Panel):
    """
    Signals:
        pressed(), paused(), stopped(): the main button, and those below it.
    """

    pressed = Signal()
    paused = Signal()
    stopped = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("left", parent=parent)
        self.form = RecipeForm(theme)
        self.form_scroll = ScrollColumn(self.form, margins=(SPACE.l, SPACE.xs, SPACE.l, SPACE.s))
        self._locked = Label(self.tr("locked while training"), "caption", "text_2")
        self._locked.hide()
        self.counts = Label("", "caption", "text_2", wrap=True)
        self.main = ProgressButton(self.tr("Train"), theme, icon="play-fill")
        self.pause = Button(self.tr("Pause"), theme, icon="pause-fill")
        self.stop = Button(self.tr("Stop, keep the best"), theme, icon="stop-fill")
        self._lay_out()
        self.main.clicked.connect(self.pressed)
        self.pause.clicked.connect(self.paused)
        self.stop.clicked.connect(self.stopped)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(SPACE.l, SPACE.m, SPACE.l, SPACE.s)
        head.addWidget(Label(self.tr("Train"), "title"))
        head.addStretch()
        head.addWidget(self._locked)
        foot = QVBoxLayout()
        foot.setContentsMargins(SPACE.l, SPACE.s, SPACE.l, SPACE.m)
        foot.setSpacing(SPACE.s)
        # Side by side where the words leave room; German needs two lines.
        self._while_running = QWidget()
        beside = FlowLayout(self._while_running, spacing=SPACE.s)
        for button in (self.pause, self.stop):
            beside.addWidget(button)
        for widget in (self.counts, self.main, self._while_running):
            foot.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.form_scroll, 1)
        column.addLayout(foot)

    def set_locked(self, locked: bool, *, training: bool) -> None:
        """While a job runs the choices are shown, and can't be changed."""
        self.form.set_locked(locked)
        self._locked.setVisible(training)

    def show_counts(self, text: str, *, problem: bool = False) -> None:
        self.counts.set_tone("warn" if problem else "text_2")
        self.counts.setText(text)

    def show_job(self, *, runs: bool, stopping: bool, pausing: bool, paused: bool) -> None:
        """Whether a training runs, and what it was told."""
        self._while_running.setVisible(runs)
        self.pause.setText(self.tr("Go on") if paused else self.tr("Pause"))
        self.pause.set_icon("play-fill" if paused else "pause-fill")
        self.pause.setEnabled(not stopping and not pausing)
        self.stop.setEnabled(not stopping)

    def show_rest(self, text: str, *, primary: bool, enabled: bool) -> None:
        """Nothing runs: what the main button would do."""
        self.main.set_progress(None)
        self.main.set_rest_text(text)
        self.main.set_icon("play-fill")
        self.main.set_kind("primary" if primary else "outlined")
        self.main.setEnabled(enabled)
