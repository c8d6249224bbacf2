"""The time that a job has worked: a clock that stands still while the job pauses.

Whatever tells how long something took or will take asks this clock, so that a pause over lunch is not taken for slow
work.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

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
