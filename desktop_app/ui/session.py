"""What the window works on: the open project, its pictures, the job that runs. Pages get it in their constructors.

Every change is broadcast once, with its initiator (the object that asked for it, or None), so that a view can ignore
what it did itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Signal, Slot

from desktop_app.errors import DiscernError, ProjectError, StorageError
from desktop_app.events import Event, Events, Paused, WentOn
from desktop_app.settings import Settings
from desktop_app.ui import project_opening
from desktop_app.ui.background import Background, JobEnded
from desktop_app.ui.checkup import Checkup
from desktop_app.ui.listing import Listing, Listings
from desktop_app.ui.looking import Looking, Seen
from desktop_app.ui.organiser import Organiser
from desktop_app.ui.release_list import ReleaseList
from desktop_app.ui.thumbnails import Thumbnails, project_loader, project_look
from desktop_app.ui.worker import Worker, once

if TYPE_CHECKING:
    from desktop_app.engine.jobs import Job
    from desktop_app.evaluation.headline import Headline
    from desktop_app.project.catalog import Catalog
    from desktop_app.project.config import ClassInfo
    from desktop_app.project.health import Health
    from desktop_app.project.project import Project
    from desktop_app.project.runs import Run

__all__ = ["JobEnded", "Runner", "Session"]

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")
_LAST_MS = 2000  # for threads that are still there at the very end


class Runner(Protocol):
    """What runs jobs: an `engine.process.Engine`, or a stand-in."""

    def start(self) -> None: ...
    def run(self, job: Job) -> Events: ...
    def pause(self) -> None: ...
    def go_on(self) -> None: ...
    def cancel(self) -> None: ...
    def leave(self) -> None: ...
    def stop(self) -> None: ...


class Session(QObject):
    """The project and the one running job.

    Signals:
        project_changed(initiator): another project is open, or none.
        project_closing(): the open project is about to be closed; stop what reads from it.
        project_failed(root: Path, error: DiscernError): a project could not be opened.
        catalog_changed(initiator): the pictures or classes are not what they were.
        catalog_failed(error: DiscernError): the folders could not be looked at, though they are there.
        reach_changed(): `away` is another: the project's folder is gone, or back.
        pictures_replaced(files: list[str]): files that were shown have other contents now.
        health_changed(initiator): `health` is another, or None.
        runs_changed(initiator): a run was added or has changed on disk.
        opening_changed(): `opening` is another folder, or None.
        job_started(job: Job, worker: Worker)
        job_event(job: Job, event: Event)
        job_ended(ending: JobEnded)
        threads_ended(): the last background thread has ended.
    """

    project_changed = Signal(object)
    project_closing = Signal()
    project_failed = Signal(object, object)
    catalog_changed = Signal(object)
    catalog_failed = Signal(object)
    reach_changed = Signal()
    pictures_replaced = Signal(object)
    health_changed = Signal(object)
    runs_changed = Signal(object)
    opening_changed = Signal()
    job_started = Signal(object, object)
    job_event = Signal(object, object)
    job_ended = Signal(object)
    threads_ended = Signal()

    def __init__(self, engine: Runner, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.engine = engine
        self.settings = settings
        self.project: Project | None = None
        self.catalog: Catalog | None = None
        self.classes: tuple[ClassInfo, ...] = ()  # of the catalog, with their marks
        self.listings: Listings | None = None
        self._listed = 0  # number of the listing that is shown
        self.away: ProjectError | None = None  # why the project's folder can't be reached; all is shown as it was
        self.runs: tuple[Run, ...] = ()  # newest first, as of the last `runs_changed`
        self.measured: Headline | None = None  # the figure of the newest run that has one
        self.measured_run = ""  # its id
        self.health: Health | None = None  # of the pictures, as far as they have been looked at
        self.thumbnails = Thumbnails(self)  # of the open project's pictures
        self.organiser = Organiser(self)
        self.organiser.pictures_moved.connect(lambda files, _classes: self.thumbnails.rename(files))
        self.organiser.idle.connect(self._on_thread_ended)
        self.opening: Path | None = None
        self.job: Job | None = None
        self.paused = False  # the job stands still; told before its `Paused` or `WentOn` by `job_event`
        self._job_worker: Worker | None = None
        self._job_result: Event | None = None
        self._job_error: DiscernError | None = None
        self.background = Background(self._engine_worker, self._engine_is_free, self)
        self._workers: set[Worker] = set()  # a QThread that is destroyed while it runs aborts the program
        self._looking = Looking(self)
        self._looking.seen.connect(self._on_seen)
        self._looking.failed.connect(self._on_look_failed)
        self._ending = False
        self._checkup = Checkup(self)
        self.releases = ReleaseList(self)

    # ---- projects

    def open(self, root: Path, initiator: QObject | None = None) -> None:
        """Open a project folder in the background; the one that is open is closed once the new one is."""
        if self.project is not None and self.project.root == root:
            self.rescan(initiator)
        else:
            self._open(root, lambda: project_opening.opened(root), initiator)

    def create(self, root: Path, classes: Sequence[str] = (), initiator: QObject | None = None) -> None:
        """Make a project folder with a folder for each class, and open it."""
        self._open(root, lambda: project_opening.created(root, classes), initiator)

    def _open(self, root: Path, make: Callable[[], project_opening.Opened], initiator: QObject | None) -> None:
        if self.opening is not None or self.busy or self._ending:
            return

        def succeed() -> None:
            self._when_quiet(take)

        def take() -> None:
            self._close_project()
            self.project, self.catalog = worker.result[:2]
            self._take_results(worker.result[2])
            self.listings, self._listed = Listings(self.project, self.catalog), 0
            self.classes = self.listings.newest.classes
            self.thumbnails.start(project_loader(self.project), project_look(self.project))
            self.settings.remember(self.project.root)
            self.save_settings()
            self.organiser.open(self.project, self.listings)
            self._looking.start()
            self.project_changed.emit(initiator)
            self.rescan()  # the first look was a short one

        def discard() -> None:
            if worker.result is not None:  # the program ends, but the project was opened all the same
                worker.result[0].close()

        def end() -> None:
            self.opening = None
            self.opening_changed.emit()
            self.background.go_on()

        self.opening = root
        self.opening_changed.emit()
        worker = self._work(once(make))
        worker.succeeded.connect(succeed)
        worker.failed.connect(lambda error: self.project_failed.emit(root, error))
        worker.cancelled.connect(discard)
        worker.ended.connect(end)
        worker.start()

    def close(self, initiator: QObject | None = None) -> None:
        """Close the project, unless a job works on it."""

        def close() -> None:
            self._close_project()
            self.project_changed.emit(initiator)

        if self.project is not None and not self.busy:
            self._when_quiet(close)

    def _when_quiet(self, close: Callable[[], None]) -> None:
        """Call `close`, which closes the project, when nothing works on it any more."""
        self.background.clear()
        self.background.give_way(lambda: self.organiser.when_idle(close))

    def _close_project(self) -> None:
        if self.project is not None:
            self.project_closing.emit()
            self._looking.stop()
            self.thumbnails.stop()
            self.organiser.close()
            self.project.close()
        self.project = self.catalog = self.listings = self.health = None
        self._take_results(((), "", None))
        self.classes = ()
        self._set_away(None)

    def _take_results(self, results: project_opening.Results) -> None:
        self.runs, self.measured_run, self.measured = results

    def reload_runs(self, initiator: QObject | None = None) -> None:
        """Read the runs again, in the background; `runs_changed` follows."""
        project = self.project
        if project is None or self._ending:
            return

        def succeed() -> None:
            if self.project is project:
                self._take_results(worker.result)
                self.runs_changed.emit(initiator)

        worker = self._work(once(lambda: project_opening.read_runs(project)))
        worker.succeeded.connect(succeed)
        worker.failed.connect(self.catalog_failed)
        worker.start()

    def rescan(self, initiator: QObject | None = None) -> None:
        """Look again what is in the class folders, in the background; `catalog_changed` follows if that has changed.

        `pictures_replaced` follows for thumbnails whose files have other contents now.
        """
        self._looking.look(initiator)

    def _on_seen(self, seen: Seen, initiator: QObject | None) -> None:
        returned = self.away is not None
        self._set_away(None)
        if seen.listing is not None:
            self.show_listing(seen.listing, initiator)
        if seen.replaced:
            self.thumbnails.forget(seen.replaced)
            self.pictures_replaced.emit(seen.replaced)
        if returned and seen.listing is None:
            self.catalog_changed.emit(initiator)  # what could not be read meanwhile can be again

    def _on_look_failed(self, error: DiscernError) -> None:
        if isinstance(error, ProjectError):
            self._set_away(error)
        else:
            self.catalog_failed.emit(error)

    def _set_away(self, why: ProjectError | None) -> None:
        if (why is None) != (self.away is None):
            self.away = why
            self._looking.expect_return(why is not None)
            self.thumbnails.pause(why is not None)
            self.reach_changed.emit()
            self.organiser.changed.emit()
            self.background.give_way(self.background.go_on)

    def show_listing(self, listing: Listing, initiator: QObject | None = None) -> None:
        """Make a listing the shown one, unless a newer one is."""
        if listing.number > self._listed:
            self._listed, self.catalog, self.classes = listing.number, listing.catalog, listing.classes
            self.catalog_changed.emit(initiator)

    # ---- health

    def check_health_now(self) -> None:
        """Look at the pictures' health as soon as no other job runs, though it may be switched off or was stopped."""
        self._checkup.check_now()

    def judge_health(self) -> None:
        """Judge the pictures again by what is known of them: groups, splits or what was told apart have changed."""
        self._checkup.judge()

    def show_health(self, health: Health | None, initiator: QObject | None = None) -> None:
        self.health = health
        self.health_changed.emit(initiator)

    # ---- jobs

    @property
    def busy(self) -> bool:
        return self.job is not None

    @property
    def stopping(self) -> bool:
        """The job was asked to stop and has not ended yet."""
        return self._job_worker is not None and self._job_worker.cancelling

    def start_job(self, job: Job) -> Worker:
        """Run a job in the engine. Follow it by `job_event` and `job_ended`, or by the worker's own signals.

        What runs in the background gives way at once and goes on afterwards.

        Raises:
            RuntimeError: a job is running; ask `busy` first.
        """
        if self.job is not None:
            raise RuntimeError("a job is running")
        worker = self._engine_worker(job)
        self.job, self._job_worker, self._job_result, self._job_error = job, worker, None, None
        worker.happened.connect(self._on_job_event)
        worker.failed.connect(self._on_job_failed)
        worker.ended.connect(self._on_job_ended)
        self.job_started.emit(job, worker)
        self.background.give_way(worker.start)
        return worker

    def start_background(self, job: Job) -> None:
        """Run a job while no other runs: it gives way to any other and goes on after it. Follow it by `background`.

        It must keep what it has found. One of its kind that waits or runs already is replaced.
        """
        self.background.start(job)

    def _engine_worker(self, job: Job) -> Worker:
        if self.away is not None and "project" in job.to_dict():
            return self._work(_refused(self.away))
        events = self.engine.run(job)
        if job.kind == "train" and self.project is not None:
            events = project_opening.settled(events, self.project)
        return self._work(events, on_cancel=self.engine.cancel)

    def _engine_is_free(self) -> bool:
        return self.job is None and self.opening is None and self.away is None and not self._ending

    def stop_job(self) -> None:
        """Ask the job to stop and to keep what it has; `job_ended` follows."""
        if self._job_worker is not None:
            self._job_worker.cancel()

    def pause_job(self) -> None:
        """Let the job stand still at its next picture or batch; `job_event` brings `Paused` when it does.

        It may then be told to go on or to stop; when the window closes, it can go on another day.
        """
        if self._job_worker is not None:
            self.engine.pause()

    def go_on_with_job(self) -> None:
        """End the pause; `job_event` brings `WentOn`."""
        if self._job_worker is not None:
            self.engine.go_on()

    @Slot(object)
    def _on_job_event(self, event: Event) -> None:
        if isinstance(event, Paused | WentOn):
            self.paused = isinstance(event, Paused)
        self._job_result = event
        self.job_event.emit(self.job, event)

    @Slot(object)
    def _on_job_failed(self, error: DiscernError) -> None:
        self._job_error = error

    @Slot()
    def _on_job_ended(self) -> None:
        assert self.job is not None
        job, cancelled = self.job, self.stopping and self._job_error is None
        self.job = self._job_worker = None
        self.paused = False
        if job.kind in ("train", "evaluate", "keep_best", "release", "compare"):
            self.reload_runs()
        elif job.kind == "import":
            self.rescan()
            self.organiser.record_import()
        self.job_ended.emit(JobEnded(job, self._job_result, self._job_error, cancelled))
        self.background.go_on()

    # ---- threads

    def read(
        self,
        make: Callable[[], _Result],
        then: Callable[[_Result], None],
        failed: Callable[[DiscernError], None] | None = None,
        *,
        owner: QObject | None = None,
    ) -> None:
        """Compute something in the background; then one of the two is called, unless the program ends first.

        Late answers are the caller's to recognise: it may have moved on meanwhile. None comes once `owner` is deleted.
        Without `failed`, only the log hears of a failure.
        """
        if self._ending:
            return
        worker = self._work(once(make))

        def wanted() -> bool:
            return owner is None or shiboken6.isValid(owner)

        worker.succeeded.connect(lambda: then(worker.result) if wanted() else None)
        worker.failed.connect(lambda error: (failed or _log_failure)(error) if wanted() else None)
        worker.start()

    def _work(self, job: Generator[Event, None, object], *, on_cancel: Callable[[], None] | None = None) -> Worker:
        worker = Worker(job, on_cancel=on_cancel)
        self._workers.add(worker)
        worker.ended.connect(lambda: self._forget(worker))
        return worker

    def _forget(self, worker: Worker) -> None:
        self._workers.discard(worker)
        worker.deleteLater()
        self._on_thread_ended()

    def _on_thread_ended(self) -> None:
        if not self.threads_running():
            self.threads_ended.emit()

    @property
    def ending(self) -> bool:
        """The program is about to end; nothing new begins."""
        return self._ending

    def threads_running(self) -> bool:
        """Whether the program must still wait before it may end."""
        return bool(self._workers) or self.organiser.busy

    def begin_end(self) -> None:
        """The program is about to end: stop every thread, start no more; `threads_ended` follows, if any ran."""
        self._ending = True
        self.engine.leave()
        for worker in list(self._workers):
            worker.cancel()

    def end(self) -> None:
        """Let go of the project and the engine, when the last thread has ended. May be called twice."""
        for worker in self._workers:
            worker.wait(_LAST_MS)  # none is left, unless the program was not ended through its window
        self._close_project()
        self.engine.stop()

    # ---- settings

    def save_settings(self) -> None:
        """Settings that can't be written must not stop anybody's work."""
        try:
            self.settings.save()
        except StorageError:
            _log.exception("The settings could not be saved")


def _refused(error: DiscernError) -> Events:
    yield from ()
    raise error


def _log_failure(error: DiscernError) -> None:
    _log.warning("In the background: %s", error)
