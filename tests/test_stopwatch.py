"""Loops are told when it is time again, and say how far they are."""

from __future__ import annotations

import pytest

from desktop_app import stopwatch
from desktop_app.events import Progress, Step
from desktop_app.stopwatch import Beat, Pace


class Clock:
    """Stands still unless it is told to move."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(stopwatch, "seconds", clock)
    return clock


def test_a_beat_is_due_when_its_time_has_gone_and_then_not_again(clock: Clock) -> None:
    beat = Beat(2.0)
    due = []
    for _ in range(7):
        due.append(beat.due())
        clock.now += 1.0
    assert due == [False, False, True, False, True, False, True]


def test_a_beat_that_was_missed_is_not_made_up_for(clock: Clock) -> None:
    beat = Beat(2.0)
    clock.now += 100.0
    assert beat.due()
    clock.now += 1.0
    assert not beat.due()


def test_a_pace_tells_the_time_left_at_the_speed_so_far(clock: Clock) -> None:
    pace = Pace(Step.READ, 10)
    clock.now += 4.0
    assert list(pace.after(2)) == [Progress(Step.READ, 2, 10, 16.0)]
    clock.now += 1.0  # the other half of what is done came much faster
    assert list(pace.after(5)) == [Progress(Step.READ, 5, 10, 5.0)]


def test_a_pace_keeps_quiet_in_between_but_tells_the_end(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopwatch, "REPORT_SECONDS", 2.0)
    pace = Pace(Step.READ, 50)
    told = []
    for done in range(1, 51):
        clock.now += 0.125
        told += pace.after(done)
    assert [event.done for event in told] == [16, 32, 48, 50]
    assert told[-1].seconds_left == 0.0
