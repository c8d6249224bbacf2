"""Comparing the runs that are ticked on the Train page: curves over one another, and what was done differently."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from desktop_app.errors import DiscernError
from desktop_app.ui.models.run_comparison import RunsCompared, compare_runs
from desktop_app.ui.session import Session
from desktop_app.ui.widgets.runs_compared_card import RunsComparedCard
from desktop_app.ui.widgets.runs_panel import RunsPanel


class RunComparing(QObject):
    """
    Signals:
        changed(): a comparison is shown, another one, or none any more.
        failed(error: DiscernError): a run's files can't be read.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, session: Session, panel: RunsPanel, card: RunsComparedCard) -> None:
        super().__init__(panel)
        self._session = session
        self._panel = panel
        self._card = card
        self.compared: RunsCompared | None = None
        panel.compare.toggled.connect(self._toggled)
        panel.list.runs.chosen_changed.connect(self._ticked)
        card.closed.connect(self.end)
        session.project_closing.connect(self.end)

    def end(self) -> None:
        """Show a single run again."""
        self._panel.compare.setChecked(False)

    def _toggled(self, on: bool) -> None:
        if on:
            self._compare()
        else:
            self._show(None)

    def _ticked(self) -> None:
        """Compare others now, or none where fewer than two are left."""
        if not self._panel.compare.isChecked():
            return
        if self._panel.compare.isEnabled() and len(self._panel.list.runs.chosen()) >= 2:
            self._compare()
        else:
            self.end()

    def _compare(self) -> None:
        ids = self._panel.list.runs.chosen()
        runs = [run for run in self._session.runs if run.id in ids]

        def show(compared: RunsCompared) -> None:
            if self._panel.compare.isChecked() and self._panel.list.runs.chosen() == ids:
                self._show(compared)

        def fail(error: DiscernError) -> None:
            self.end()
            self.failed.emit(error)

        self._session.read(lambda: compare_runs(runs), show, fail, owner=self)

    def _show(self, compared: RunsCompared | None) -> None:
        self.compared = compared
        if compared is None:
            self._card.hide()
        else:
            self._card.show_comparison(compared)
        self.changed.emit()
