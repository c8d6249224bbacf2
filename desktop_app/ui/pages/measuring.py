"""What the Evaluate page says while there is no result to show, and the measuring that brings one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop_app.engine.jobs import EvaluateJob, Job
from desktop_app.events import Event, Progress, Split
from desktop_app.ui import wording
from desktop_app.ui.models import run_files
from desktop_app.ui.session import JobEnded, Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.empty_state import EmptyState
from desktop_app.ui.widgets.message_bar import MessageBar

if TYPE_CHECKING:
    from desktop_app.project.runs import Run


class Measuring(QObject):
    """
    Signals:
        train_requested(): the person wants to train.

    Args:
        message: where it says what went wrong.
        chosen: the run and the split that the person looks at; None without a run.
    """

    train_requested = Signal()

    def __init__(
        self,
        session: Session,
        theme: Theme,
        message: MessageBar,
        chosen: Callable[[], tuple[Run, Split] | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._message = message
        self._chosen = chosen
        self._missing: tuple[str, Split] | None = None  # the run and split whose result is missed
        self.train = Button(self.tr("Go to Train"), theme, kind="primary", icon="graduation-cap")
        self.measure = Button(self.tr("Measure"), theme, kind="primary", icon="target")
        self.view = EmptyState("target", "", "", theme, buttons=(self.train, self.measure), framed=False)
        self.train.clicked.connect(self.train_requested)
        self.measure.clicked.connect(self._measure)
        session.job_started.connect(self._job_started)
        session.job_event.connect(self._job_event)
        session.job_ended.connect(self._job_ended)

    # ---- nothing to show

    def show_untrained(self) -> None:
        """There is no run to measure."""
        self._missing = None
        self.view.set_text(
            self.tr("Nothing to evaluate yet"),
            self.tr("Train first. The model is then measured on pictures that it has never seen."),
        )
        self._show_buttons(train=True)

    def show_unmeasured(self) -> None:
        """The run was not measured on this split: offer it, or say why it can't be."""
        chosen = self._chosen()
        assert chosen is not None  # it is said of a run
        run, split = chosen
        self._missing = (run.id, split)
        counts = run_files.split_counts(run)
        if counts and not dict(zip(("train", "validation", "test"), counts, strict=True))[split]:
            self.view.set_text(
                self._no_pictures(split), self.tr("Add pictures until each class has about 20, then train again.")
            )
            self._show_buttons(train=True)
            return
        self.view.set_text(
            self.tr("Not measured yet"),
            {
                "test": self.tr("Measuring predicts each locked test picture once and compares it with its class."),
                "validation": self.tr(
                    "Measuring predicts each validation picture once and compares it with its class."
                ),
                "train": self.tr(
                    "Measuring predicts each picture that was learnt from, and compares it with its class."
                ),
            }[split],
        )
        self._show_buttons(measure=True)

    def show_measured(self) -> None:
        """There is a result: no measuring brings another one."""
        self._missing = None

    def _no_pictures(self, split: Split) -> str:
        return {
            "test": self.tr("There are no test pictures"),
            "validation": self.tr("There are no validation pictures"),
            "train": self.tr("There are no training pictures"),
        }[split]

    def _show_buttons(self, *, train: bool = False, measure: bool = False) -> None:
        self.train.setVisible(train)
        self.measure.setVisible(measure)
        self.measure.setEnabled(not self._session.busy)

    # ---- measuring

    def _measure(self) -> None:
        if chosen := self._chosen():
            self._start(*chosen, calibrate=chosen[1] == "test")

    def calibrate(self) -> None:
        """Measure the validation pictures, which thresholds are found on."""
        if chosen := self._chosen():
            self._start(chosen[0], "test", calibrate=True)

    def _start(self, run: Run, split: Split, *, calibrate: bool) -> None:
        if self._session.project is not None and not self._session.busy:
            self._message.clear()
            self._session.start_job(EvaluateJob(str(self._session.project.root), run.id, split, calibrate=calibrate))

    def _brings(self, job: Job) -> bool:
        """Whether a job measures what is missed."""
        return isinstance(job, EvaluateJob) and (job.run, job.split) == self._missing

    def _job_started(self, job: Job, _worker: object) -> None:
        self.measure.setEnabled(False)
        if self._brings(job):
            self.view.set_text(self.tr("Measuring"), self.tr("Each picture is predicted once."))
            self._show_buttons()

    def _job_event(self, job: Job, event: Event) -> None:
        if isinstance(event, Progress) and self._brings(job):
            done = self.tr("{part} pictures").format(part=wording.part_of(event.done, event.total))
            self.view.set_text(self.tr("Measuring"), done)

    def _job_ended(self, ending: JobEnded) -> None:
        self.measure.setEnabled(True)
        chosen = self._chosen()
        if chosen is None or not isinstance(ending.job, EvaluateJob) or ending.job.run != chosen[0].id:
            return
        if ending.error:
            self._message.show_error(ending.error)
        if self._brings(ending.job) and not ending.succeeded:
            self.show_unmeasured()
