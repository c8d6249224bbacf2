"""A worker ends exactly once, whatever its job does."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QObject

from desktop_app.errors import DataError, DiscernError
from desktop_app.events import Event, Progress, Step
from desktop_app.ui.worker import Crash, Worker, once

Job = Generator[Event, None, Any]


def counting(n: int, pause: float = 0.0) -> Job:
    for done in range(1, n + 1):
        time.sleep(pause)
        yield Progress(Step.READ, done, n)
    return "result"


class Ending:
    """Records how a worker ends, and in which thread it says so."""

    def __init__(self, worker: Worker) -> None:
        self.events: list[Event] = []
        self.endings: list[str] = []
        self.errors: list[DiscernError] = []
        self.threads: set[threading.Thread] = set()
        self.ended = 0
        worker.happened.connect(self.events.append)
        worker.succeeded.connect(lambda: self._note("succeeded"))
        worker.failed.connect(self._fail)
        worker.cancelled.connect(lambda: self._note("cancelled"))
        worker.ended.connect(self._end)
        self._worker = worker

    def _note(self, ending: str) -> None:
        self.endings.append(ending)
        self.threads.add(threading.current_thread())
        assert self._worker.isFinished(), "an ending is told after the thread has ended"

    def _fail(self, error: DiscernError) -> None:
        self.errors.append(error)
        self._note("failed")

    def _end(self) -> None:
        self.ended += 1


def run(qtbot: Any, job: Job, meanwhile: Callable[[Worker], object] = lambda worker: None) -> Ending:
    worker = Worker(job)
    ending = Ending(worker)
    worker.start()
    meanwhile(worker)
    qtbot.waitUntil(lambda: ending.ended == 1, timeout=10_000)
    qtbot.wait(20)
    assert ending.ended == 1
    assert len(ending.endings) == 1
    assert ending.threads == {threading.main_thread()}
    return ending


def test_success(qtbot: Any) -> None:
    worker = Worker(counting(3))
    ending = Ending(worker)
    with qtbot.waitSignal(worker.ended):
        worker.start()
    assert ending.endings == ["succeeded"]
    assert [event.done for event in ending.events] == [1, 2, 3]  # type: ignore[union-attr]
    assert worker.result == "result"


def test_a_job_without_events(qtbot: Any) -> None:
    assert run(qtbot, once(lambda: 3)).endings == ["succeeded"]


def test_a_problem_of_the_world(qtbot: Any) -> None:
    def job() -> Job:
        yield Progress(Step.READ, 1, 2)
        raise DataError("No pictures.", hint="Add some.")

    ending = run(qtbot, job())
    assert ending.endings == ["failed"]
    assert isinstance(ending.errors[0], DataError)
    assert len(ending.events) == 1


def test_a_bug_becomes_a_crash_and_is_logged(qtbot: Any, caplog: pytest.LogCaptureFixture) -> None:
    def job() -> Job:
        yield Progress(Step.READ, 1, 2)
        raise ZeroDivisionError("a {brace}")

    ending = run(qtbot, job())
    assert ending.endings == ["failed"]
    assert isinstance(ending.errors[0], Crash)
    assert "ZeroDivisionError: a {brace}" in str(ending.errors[0])
    assert "ZeroDivisionError" in caplog.text


def test_a_job_that_returns_an_exception_has_succeeded(qtbot: Any) -> None:
    assert run(qtbot, once(lambda: RuntimeError("only a value"))).endings == ["succeeded"]


def test_cancelling_closes_the_job_in_its_own_thread(qtbot: Any) -> None:
    cleaned: list[threading.Thread] = []
    started = threading.Event()

    def job() -> Iterator[Event]:
        own = threading.current_thread()
        try:
            while True:
                started.set()
                yield Progress(Step.READ, 1, 2)
                time.sleep(0.001)
        finally:
            assert threading.current_thread() is own
            cleaned.append(own)

    def cancel(worker: Worker) -> None:
        started.wait(5)
        worker.cancel()
        worker.cancel()

    assert run(qtbot, job(), cancel).endings == ["cancelled"]  # type: ignore[arg-type]
    assert len(cleaned) == 1


def test_cancelling_before_the_start(qtbot: Any) -> None:
    worker = Worker(counting(1000))
    ending = Ending(worker)
    worker.cancel()
    with qtbot.waitSignal(worker.ended):
        worker.start()
    assert ending.endings == ["cancelled"]
    assert ending.events == []


def test_a_clean_up_that_fails_is_a_failure(qtbot: Any) -> None:
    started = threading.Event()

    def job() -> Job:
        try:
            while True:
                started.set()
                yield Progress(Step.READ, 1, 2)
        finally:
            raise DataError("The best could not be kept.")

    def cancel(worker: Worker) -> None:
        started.wait(5)
        worker.cancel()

    assert run(qtbot, job(), cancel).endings == ["failed"]


def test_cancel_wakes_a_silent_job(qtbot: Any) -> None:
    wake = threading.Event()

    def job() -> Job:
        wake.wait(10)
        return
        yield

    worker = Worker(job(), on_cancel=wake.set)
    ending = Ending(worker)
    worker.start()
    begun = time.monotonic()
    worker.cancel()
    qtbot.waitUntil(lambda: ending.ended == 1, timeout=5_000)
    assert ending.endings == ["cancelled"]
    assert time.monotonic() - begun < 4


def test_fifty_closes_at_random_moments(qtbot: Any) -> None:
    """Workers that are cancelled at any moment end, and nothing is destroyed while it runs."""
    chance = random.Random(7)
    endings: list[str] = []
    owner = QObject()
    for _ in range(50):
        worker = Worker(counting(chance.randrange(1, 60), 0.0005), parent=owner)
        ending = Ending(worker)
        worker.start()
        qtbot.wait(chance.randrange(0, 12))
        worker.cancel()
        qtbot.waitUntil(lambda ending=ending: ending.ended == 1, timeout=10_000)
        endings += ending.endings
    assert len(endings) == 50
    assert set(endings) <= {"cancelled", "succeeded"}
