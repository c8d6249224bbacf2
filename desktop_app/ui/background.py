"""Jobs that run while nothing else does, and give way to whatever a person starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from desktop_app.errors import DiscernError
from desktop_app.events import Event
from desktop_app.ui.worker import Worker

if TYPE_CHECKING:
    from desktop_app.engine.jobs import Job


@dataclass(frozen=True)
class JobEnded:
    """How a job ended: with neither an error nor a cancellation it succeeded. `result` is its last event."""

    job: Job
    result: Event | None
    error: DiscernError | None
    cancelled: bool

    @property
    def succeeded(self) -> bool:
        return self.error is None and not self.cancelled


class Background(QObject):
    """The jobs that wait for a free engine, and the one that runs meanwhile.

    A job that gives way is started again later, so it must keep what it has found.

    Args:
        prepare: makes the worker of a job, not started.
        free: whether a job may run now; call `go_on` when it may again.

    Signals:
        started(job: Job): it runs, for the first time or again.
        happened(job: Job, event: Event)
        ended(ending: JobEnded): done, failed, or stopped by the person; nothing is told of one that only gives way.
    """

    started = Signal(object)
    happened = Signal(object, object)
    ended = Signal(object)

    def __init__(
        self, prepare: Callable[[Job], Worker], free: Callable[[], bool], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._prepare = prepare
        self._free = free
        self._waiting: list[Job] = []
        self._then: list[Callable[[], None]] = []
        self._worker: Worker | None = None
        self._result: Event | None = None
        self._error: DiscernError | None = None
        self._silent = False  # nobody is told how the running one ends
        self.job: Job | None = None
        self.declined: set[str] = set()  # kinds that were stopped or that failed: they don't start by themselves

    def start(self, job: Job) -> None:
        """Run `job` as soon as nothing else runs, in place of one of its kind that waits or runs."""
        self.declined.discard(job.kind)
        self._waiting = [*(other for other in self._waiting if other.kind != job.kind), job]
        if self.job is not None and self.job.kind == job.kind:
            self._cancel()
        self.go_on()

    def go_on(self) -> None:
        """Start the next job, if one waits and the engine is free."""
        if self._worker is not None or not self._waiting or not self._free():
            return
        job = self._waiting.pop(0)
        worker = self._prepare(job)
        self.job, self._worker, self._result, self._error, self._silent = job, worker, None, None, False
        worker.happened.connect(self._on_event)
        worker.failed.connect(self._on_failed)
        worker.ended.connect(self._on_ended)
        self.started.emit(job)
        worker.start()

    def give_way(self, then: Callable[[], None]) -> None:
        """Call `then` when the engine is free, now if it is; the running job goes on later."""
        if self._worker is None:
            then()
            return
        self._then.append(then)
        if self.job is not None and not self._worker.cancelling:
            self._waiting.insert(0, self.job)
        self._cancel()

    def stop(self) -> None:
        """The person wants none of it: `ended` follows, and it stays stopped until it is asked for again."""
        self._waiting.clear()
        if self._worker is not None:
            self._worker.cancel()

    def clear(self) -> None:
        """Forget everything, for another project."""
        self._waiting.clear()
        self.declined.clear()
        if self._worker is not None:
            self._cancel()

    def _cancel(self) -> None:
        assert self._worker is not None
        self._silent = True
        self._worker.cancel()

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        self._result = event
        if not self._silent:
            self.happened.emit(self.job, event)

    @Slot(object)
    def _on_failed(self, error: DiscernError) -> None:
        self._error = error

    @Slot()
    def _on_ended(self) -> None:
        assert self.job is not None and self._worker is not None
        ending = JobEnded(self.job, self._result, self._error, self._worker.cancelling and self._error is None)
        self.job = self._worker = None
        if not self._silent:
            if not ending.succeeded:
                self.declined.add(ending.job.kind)
            self.ended.emit(ending)
        then, self._then = self._then, []
        for function in then:
            function()
        self.go_on()
