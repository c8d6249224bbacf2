"""Running a job to its end."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import TypeVar

from desktop_app.events import Event, Notice, PictureSkipped
from desktop_app.following import Followed

Result = TypeVar("Result")


def finish(job: Generator[Event, None, Result]) -> tuple[list[Event], Result]:
    """All events of a job, and what it returns."""
    followed = Followed(job)
    return list(followed), followed.result


def notices(events: Iterable[Event]) -> list[str]:
    """What the notices among some events say, each in one text."""
    return [" ".join((event.what, event.why, event.hint)) for event in events if isinstance(event, Notice)]


def skipped(events: Iterable[Event]) -> dict[str, str]:
    """The reasons by file of the pictures that were skipped."""
    return {event.file: event.reason for event in events if isinstance(event, PictureSkipped)}
