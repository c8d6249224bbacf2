"""A thread that runs one job generator and says how it ended, exactly once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QThread, Signal, Slot

from desktop_app.errors import DiscernError
from desktop_app.events import Event

_log = logging.getLogger(__name__)


class Crash(DiscernError):  # noqa: N818  what happened, not what to call it
    """A bug of ours, told where a problem of the world would be; the log has the rest."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(
            "Something went wrong inside Discern.",
            why="{kind}: {detail}",
            hint="Your pictures are untouched. The log tells more.",
            kind=type(error).__name__,
            detail=(str(error).strip().splitlines() or [""])[-1],
        )


T = TypeVar("T")


def once(function: Callable[[], T]) -> Generator[Event, None, T]:
    """A job without events that returns what `function` returns."""
    yield from ()
    return function()


class Worker(QThread):
    """Iterates a job's events in a thread of its own.

    Every event is emitted as `happened` (`event` is the name of a method of QObject); then, after the thread has ended,
    exactly one of `succeeded`, `failed` (a `DiscernError`; a `Crash` for bugs) and `cancelled`. All arrive in the
    thread that made the worker. It must outlive its thread: whoever made it keeps it until `ended`.

    Args:
        job: the generator; its return value becomes `result`.
        on_cancel: called, in the caller's thread, when `cancel` is first called; wakes a job that waits silently.
    """

    happened = Signal(object)
    succeeded = Signal()
    failed = Signal(object)
    cancelled = Signal()
    ended = Signal()  # after whichever of the three

    def __init__(
        self,
        job: Generator[Event, None, Any],
        *,
        on_cancel: Callable[[], None] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._job = job
        self._on_cancel = on_cancel
        self._cancel = threading.Event()
        self._error: DiscernError | None = None
        self.result: Any = None
        self.finished.connect(self._end)

    def cancel(self) -> None:
        """Ask the job to stop at its next event; it then ends as cancelled, unless its clean-up fails."""
        if not self._cancel.is_set():
            self._cancel.set()
            if self._on_cancel:
                self._on_cancel()

    @property
    def cancelling(self) -> bool:
        return self._cancel.is_set()

    def run(self) -> None:
        try:
            self._drive()
        except DiscernError as error:
            self._error = error
        except Exception as error:
            _log.exception("A job crashed")
            self._error = Crash(error)

    def _drive(self) -> None:
        try:
            while not self._cancel.is_set():
                self.happened.emit(next(self._job))
        except StopIteration as stop:
            self.result = stop.value
            return
        finally:
            # In this thread, so that the job's own clean-up runs where the job ran.
            self._job.close()

    @Slot()
    def _end(self) -> None:
        if self._error is not None:
            self.failed.emit(self._error)
        elif self._cancel.is_set():
            self.cancelled.emit()
        else:
            self.succeeded.emit()
        self.ended.emit()
