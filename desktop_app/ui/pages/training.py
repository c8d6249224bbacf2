"""The training that is followed on the Train page, or else the run that is shown there; and what is done to them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop_app.engine.jobs import EvaluateJob, Job, KeepBestJob, TrainJob
from desktop_app.events import Event, Paused, RunStarted, WentOn
from desktop_app.ui.models.training import TrainingState, kind_of
from desktop_app.ui.session import JobEnded, Session

if TYPE_CHECKING:
    from desktop_app.learning.recipe import Recipe
    from desktop_app.project.runs import Run

_SOON_MS = 100  # a hundred epochs of the head take a second


class Training(QObject):
    """
    Signals:
        began(): a training starts.
        changed(): show everything anew: another run is shown, a training began or ended, runs or pictures changed.
        counted(): what it learns from is known now.
        advanced(): it got further; at most ten times a second.
        failed(error: DiscernError): it, or the measuring after it, ended by itself.
        ended(well: bool): a training came to its end.

    Attributes:
        state: of the training that runs; kept after it until another run is chosen.
        started: when it started, as an ISO date and time.
        shown: the run that is shown, as of its last end; of the one that runs only once it is on the disk.
        broken: the training ended by itself.
        pausing: it was told to stand still, and does so at its next picture or step.
    """

    began = Signal()
    changed = Signal()
    counted = Signal()
    advanced = Signal()
    failed = Signal(object)
    ended = Signal(bool)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.state: TrainingState | None = None
        self.started = ""
        self.shown: Run | None = None
        self.broken = self.pausing = False
        self._measured_once = False
        self._to_measure = ""
        self._soon = QTimer(self, interval=_SOON_MS, singleShot=True)
        self._soon.timeout.connect(self.advanced)
        session.catalog_changed.connect(lambda _initiator: self.changed.emit())
        session.runs_changed.connect(self._runs_changed)
        session.job_started.connect(self._job_started)
        session.job_event.connect(self._job_event)
        session.job_ended.connect(self._job_ended)

    def open_project(self) -> None:
        """Another project is open, or none: its newest run is shown."""
        self.state = None
        self.broken = False
        self.shown = self._newest()

    # ---- what is going on

    @property
    def runs_now(self) -> bool:
        """A training runs."""
        return isinstance(self._session.job, TrainJob)

    @property
    def works(self) -> bool:
        """It trains, or measures what was just trained."""
        return self.state is not None and self._follows(self._session.job)

    @property
    def measured(self) -> bool:
        """It was just trained and measured."""
        return self.state is not None and self.state.evaluated is not None

    def run_shown(self) -> Run | None:
        """The run that is on the screen, though it may be training still."""
        if self.works and self.state and self.state.run:
            return self._run(self.state.run.run)
        return self.shown

    def run_to_resume(self) -> Run | None:
        """The run that is shown, if it was cut off and can go on."""
        return self.shown if self.shown is not None and self.shown.resumable and not self.runs_now else None

    def _newest(self) -> Run | None:
        return self._session.runs[0] if self._session.runs else None

    def _run(self, run_id: str) -> Run | None:
        return next((run for run in self._session.runs if run.id == run_id), None)

    def _follows(self, job: Job | None) -> bool:
        """Whether a job belongs to the training that is shown: itself, or the measuring after it."""
        if isinstance(job, TrainJob):
            return True
        run = self.state.run.run if self.state and self.state.run else None
        return isinstance(job, EvaluateJob) and run is not None and job.run == run

    # ---- what the person does

    def start(self, recipe: Recipe, split_csv: Path | None) -> None:
        self._start(TrainJob(self._root(), recipe.to_dict(), split_csv=str(split_csv) if split_csv else None))

    def resume(self, run: Run) -> None:
        """Let a run that was cut off go on from its last checkpoint."""
        self._start(TrainJob(self._root(), dict(run.document["recipe"]), resume=run.id))

    def keep_best(self, run: Run) -> None:
        """Take the best so far of a run that was cut off as its result, and measure it."""
        if not self._session.busy:
            self.state, self.broken, self.shown = None, False, run
            self._session.start_job(KeepBestJob(self._root(), run.id))

    def pause_or_go_on(self) -> None:
        """Let the training stand still, or go on; it keeps the computer free meanwhile, and forgets nothing."""
        if self._session.paused:
            self._session.go_on_with_job()
        elif not self.pausing:
            self.pausing = True
            self._session.pause_job()
            self.changed.emit()

    def stop(self) -> None:
        """End the training; its best is kept."""
        self._session.stop_job()
        self.changed.emit()

    def choose(self, run_id: str) -> None:
        """Show an earlier run; not while one is training."""
        if not self.works:
            self.state = None
            self.broken = False
            self.shown = self._run(run_id)
            self.changed.emit()

    def _start(self, job: Job) -> None:
        if not self._session.busy:
            self._session.start_job(job)

    def _measure(self, run: Run) -> None:
        """Measure a new model on the locked test pictures without being asked: that number is what counts."""
        if run.usable and not self._measured_once and not self.broken and not self._session.busy:
            self._measured_once = True  # a person who stops it wants no other
            self._session.start_job(EvaluateJob(self._root(), run.id, calibrate=True))

    def _root(self) -> str:
        assert self._session.project is not None
        return str(self._session.project.root)

    # ---- what the session tells

    def _runs_changed(self, _initiator: object = None) -> None:
        if (kept := self._run(self._to_measure)) and not self._session.busy:
            self._to_measure, self._measured_once = "", False
            self._measure(kept)
        if self.state and self.state.run and (run := self._run(self.state.run.run)):
            self.shown = run
            if not self.runs_now:
                self._measure(run)
        else:
            self.shown = (self._run(self.shown.id) if self.shown else None) or self._newest()
        self.changed.emit()

    def _job_started(self, job: Job, _worker: object) -> None:
        if isinstance(job, TrainJob):
            self.pausing = False
            self.state = TrainingState(kind_of(job.recipe))
            self.started = datetime.now().astimezone().isoformat()
            self.broken = self._measured_once = False
            self.began.emit()
        self.changed.emit()

    def _job_event(self, job: Job, event: Event) -> None:
        if self.state is None or not self._follows(job):
            return
        self.state.apply(event)
        if isinstance(event, RunStarted):
            self._session.reload_runs(self)  # it is on the disk now, and says what it learns from
            self.counted.emit()
        if isinstance(event, Paused | WentOn):
            self.pausing = False
            self.changed.emit()
        if not self._soon.isActive():
            self._soon.start()

    def _job_ended(self, ending: JobEnded) -> None:
        if isinstance(ending.job, TrainJob):
            self.broken = ending.error is not None
            if ending.error and self.state is not None:
                self.state.fail()
            self.pausing = False
            self.ended.emit(ending.error is None)
        if isinstance(ending.job, KeepBestJob):
            if ending.error:
                self.failed.emit(ending.error)
            elif not ending.cancelled:
                self._to_measure = ending.job.run
        if ending.error and self._follows(ending.job):
            self.failed.emit(ending.error)
        self.changed.emit()
