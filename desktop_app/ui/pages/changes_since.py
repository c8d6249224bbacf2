"""Says on the Train page which pictures changed since the run that is shown began."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_app.errors import DiscernError
from desktop_app.ui import training_words, wording
from desktop_app.ui.pages.training import Training
from desktop_app.ui.session import Session
from desktop_app.ui.widgets.message_bar import MessageBar

if TYPE_CHECKING:
    from desktop_app.project.changes import Changes
    from desktop_app.project.outcome import Outcome
    from desktop_app.project.runs import Run


class ChangesSince(QObject):
    """Compares in the background, whenever the pictures or the run that is shown are others."""

    def __init__(self, session: Session, training: Training, bar: MessageBar) -> None:
        super().__init__(bar)
        self._session = session
        self._training = training
        self._bar = bar
        training.changed.connect(self.look)
        session.organiser.step_ended.connect(self._on_step)

    def _on_step(self, outcome: Outcome) -> None:
        if outcome.marked:
            self.look()  # an excluded picture is no change of the folders

    def look(self) -> None:
        run, catalog, project = self._training.run_shown(), self._session.catalog, self._session.project
        if run is None or catalog is None or project is None or not run.snapshot_csv.is_file():
            self._bar.clear()
            return

        def compare() -> Changes:
            from desktop_app.project.catalog import Snapshot

            return project.changes_since(Snapshot.read_csv(run.snapshot_csv), catalog)

        def show(changed: Changes) -> None:
            shown = self._training.run_shown()
            if self._session.catalog is catalog and shown is not None and shown.id == run.id:
                self._say(changed, run)

        def ignore(_error: DiscernError) -> None:
            self._bar.clear()  # the list is damaged; training and evaluation say so where it matters

        self._session.read(compare, show, ignore, owner=self)

    def _say(self, changed: Changes, run: Run) -> None:
        what, why = training_words.changes(changed, wording.run_number(run.number), works=self._training.works)
        if what:
            self._bar.show_message("info", what, why)
        else:
            self._bar.clear()
