"""Working through a job from outside it, without losing what it returns."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Generic, TypeVar

Event = TypeVar("Event")
Result = TypeVar("Result")


class Followed(Generic[Event, Result]):
    """A job's events, one by one; once they have ended, `result` is what it returned."""

    result: Result

    def __init__(self, job: Generator[Event, None, Result]) -> None:
        self._job = job

    def __iter__(self) -> Iterator[Event]:
        self.result = yield from self._job


def returned(job: Generator[Event, None, Result]) -> Result:
    """What a job returns in the end; its events go unseen."""
    followed = Followed(job)
    for _ in followed:
        pass
    return followed.result
