"""The time that a job has worked: a clock that stands still while the job pauses.

Whatever tells how long something took or will take asks this clock, so that a pause over lunch is not taken for slow
work. `Beat` and `Pace` are for loops that have something to do now and then on their way.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from desktop_app.events import Progress, Step

REPORT_SECONDS = 0.1  # between two words about how far a job is

_paused = 0.0


def seconds() -> float:
    """Seconds from an arbitrary moment, without those that were spent in `standing`."""
    return time.monotonic() - _paused


@contextmanager
def standing() -> Iterator[None]:
    """The clock stands still."""
    global _paused
    began = time.monotonic()
    try:
        yield
    finally:
        _paused += time.monotonic() - began


class Beat:
    """Tells a loop when it is time again, every so many seconds of work."""

    def __init__(self, every: float) -> None:
        self._every = every
        self._last = seconds()

    def due(self) -> bool:
        now = seconds()
        if now - self._last < self._every:
            return False
        self._last = now
        return True


class Pace:
    """Says how far a loop is, now and then and at its end, and how long the rest will take if it goes on like this."""

    def __init__(self, step: Step, total: int) -> None:
        self._step, self._total = step, total
        self._began = seconds()
        self._beat = Beat(REPORT_SECONDS)

    def after(self, done: int) -> Iterator[Progress]:
        """To be asked each time when something is done: `done` of the total, and never 0."""
        if self._beat.due() or done == self._total:
            left = (seconds() - self._began) / done * (self._total - done)
            yield Progress(self._step, done, self._total, left)
