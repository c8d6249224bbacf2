"""Why a run says what it says, on the Evaluate page: where it looks, class by class."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop_app.engine.jobs import ExplainJob, Job
from desktop_app.ui.latest import Latest
from desktop_app.ui.models.class_marks import class_marks
from desktop_app.ui.models.looks import LooksSeen, see_looks
from desktop_app.ui.models.result import Result
from desktop_app.ui.session import JobEnded, Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import HEAT
from desktop_app.ui.widgets.looks_card import LooksCard
from desktop_app.ui.widgets.message_bar import MessageBar

if TYPE_CHECKING:
    from desktop_app.project.runs import Run


class Explaining(QObject):
    """
    Signals:
        pictures_requested(rows: list[int], title: str): show these rows of the result's predictions.
        found(): there is more to be read about the result that is shown.

    Args:
        message: where it says what went wrong.
    """

    pictures_requested = Signal(object, str)
    found = Signal()

    def __init__(self, session: Session, theme: Theme, message: MessageBar, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._message = message
        self._run: Run | None = None
        self._result: Result | None = None
        self.card = LooksCard(theme)
        self._looks: Latest[list[LooksSeen]] = Latest(session, self, self._show, message.show_error)
        self.card.find_requested.connect(self._find)
        self.card.chosen.connect(self._show_pictures)
        session.job_started.connect(self._job_started)
        session.job_ended.connect(self._job_ended)

    def show_result(self, run: Run, result: Result) -> None:
        """Another result is shown, or more is known of the same one."""
        self._run, self._result = run, result
        if result.looks is None:
            self._looks.forget()
            self.card.show_unknown()
            self.card.ask.setEnabled(not self._session.busy)
        else:
            self._looks.ask(partial(see_looks, result.looks, HEAT))

    def _show(self, seen: list[LooksSeen]) -> None:
        assert self._result is not None
        known = self._session.project.config.classes if self._session.project else ()
        self.card.show_looks(seen, class_marks(self._result.evaluated.classes, known))

    def _show_pictures(self, seen: LooksSeen) -> None:
        assert self._result is not None
        rows = {content: row for row, content in enumerate(self._result.predictions.hashes)}
        shown = [rows[content] for content in seen.most if content in rows]
        title = self.tr("“{class_name}”: those that rest most on their border").format(class_name=seen.name)
        self.pictures_requested.emit(shown, title)

    # ---- finding out

    def _find(self) -> None:
        if self._run is None or self._result is None or self._session.project is None or self._session.busy:
            return
        self._message.clear()
        self._session.start_job(ExplainJob(str(self._session.project.root), self._run.id, self._result.split))

    def _mine(self, job: Job) -> bool:
        shown = (self._run.id, self._result.split) if self._run and self._result else None
        return isinstance(job, ExplainJob) and (job.run, job.split) == shown

    def _job_started(self, _job: Job, _worker: object) -> None:
        self.card.ask.setEnabled(False)

    def _job_ended(self, ending: JobEnded) -> None:
        self.card.ask.setEnabled(True)
        if self._mine(ending.job):
            if ending.error:
                self._message.show_error(ending.error)
            elif ending.succeeded:
                self.found.emit()
