"""The bar at the bottom of the window: what runs, how far, how long, Stop; and what happened last.

At its right end stands, quietly, what runs in the background.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_app.ui import wording
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import JOB_BAR, SPACE
from desktop_app.ui.widgets.bars import ProgressLine
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.empty_state import IconView
from desktop_app.ui.widgets.labels import ElidedLabel, Label
from desktop_app.ui.widgets.surfaces import Bar


class JobBar(Bar):
    """Always visible, so that nothing jumps when a job starts."""

    stop_requested = Signal()
    show_requested = Signal()
    background_stop_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("bottom", JOB_BAR, parent)
        self.setAccessibleName(self.tr("Job bar"))
        self._icon = IconView("check-circle", theme, edge=16)
        self._title = ElidedLabel(elide=Qt.TextElideMode.ElideMiddle)
        self._bar = ProgressLine(theme)
        self._bar.setMinimumWidth(80)
        self._bar.setMaximumWidth(240)
        self._detail = Label("", "body", "text_2")
        self._stop = Button("", theme, kind="ghost", icon="stop-fill")
        self._stop.clicked.connect(self.stop_requested)
        self._show = Button(self.tr("Show"), theme, kind="ghost")
        self._show.clicked.connect(self.show_requested)
        self._background = Label("", "caption", "text_2")
        self._background_stop = Button(self.tr("Stop"), theme, kind="ghost", name=self.tr("Stop what runs by itself"))
        self._background_stop.clicked.connect(self.background_stop_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.m, 0, SPACE.m, 0)
        row.setSpacing(12)
        row.addWidget(self._icon)
        row.addWidget(self._title)
        row.addWidget(self._bar, 1)
        row.addWidget(self._detail)
        row.addWidget(self._stop)
        row.addWidget(self._show)
        row.addStretch(1)
        row.addWidget(self._background)
        row.addWidget(self._background_stop)
        self.show_idle()
        self.show_background("")

    def show_running(self, title: str, icon: str, *, stop: str = "") -> None:
        """A job has started. `stop` is the text of its button ("Stop, keep the best")."""
        self._icon.set_icon(icon, "accent")
        self._title.setText(title)
        self._stop.setText(stop or self.tr("Stop"))
        self._stop.setEnabled(True)
        self.show_progress(None, None)
        self._switch(bar=True, stop=True, show=False)

    def set_title(self, title: str) -> None:
        self._title.setText(title)

    def show_progress(self, fraction: float | None, seconds_left: float | None, detail: str = "") -> None:
        """How far (0–1) and for how long; None: not known yet."""
        self._bar.set_fraction(fraction)
        parts = [detail] if detail else [] if fraction is None else [wording.percent(fraction)]
        if seconds_left is not None:
            parts.append(wording.time_left(seconds_left))
        self._detail.setText(" · ".join(parts))

    def show_stopping(self, text: str) -> None:
        self._stop.setEnabled(False)
        self._detail.setText(text)

    def show_done(self, text: str) -> None:
        self._icon.set_icon("check-circle", "ok")
        self._title.setText(text)
        self._switch(bar=False, stop=False, show=False)

    def show_failed(self, text: str) -> None:
        self._icon.set_icon("warning-octagon-fill", "error")
        self._title.setText(text)
        self._switch(bar=False, stop=False, show=True)

    def show_idle(self, text: str = "") -> None:
        self._icon.set_icon("check-circle", "ok")
        self._title.setText(text)
        self._switch(bar=False, stop=False, show=False)
        self._icon.setVisible(bool(text))

    def show_background(self, text: str) -> None:
        """What runs in the background and how far it is; "" if nothing does."""
        self._background.setText(text)
        self._background.setVisible(bool(text))
        self._background_stop.setVisible(bool(text))

    def _switch(self, *, bar: bool, stop: bool, show: bool) -> None:
        self._icon.setVisible(True)
        self._bar.setVisible(bar)
        self._detail.setVisible(bar)
        self._stop.setVisible(stop)
        self._show.setVisible(show)
