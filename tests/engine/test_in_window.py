"""The engine as the window uses it: iterated in a QThread, cancelled and stopped from the main thread."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from desktop_app.engine.process import Engine
from desktop_app.errors import EngineError, StorageError
from desktop_app.events import Notice, SampleDrawn
from desktop_app.ui.worker import Crash, Worker
from tests.engine.fake_child import FakeJob


@pytest.fixture
def engine():
    engine = Engine([sys.executable, str(Path(__file__).with_name("fake_child.py"))])
    yield engine
    engine.stop()


def run(qtbot, engine, job, *, stop_at_first=False):
    """Run a job in a worker; its events, and how it ended."""
    worker = Worker(engine.run(job), on_cancel=engine.cancel)
    events, endings = [], []
    worker.happened.connect(events.append)
    if stop_at_first:
        worker.happened.connect(lambda event: worker.cancel())
    worker.succeeded.connect(lambda: endings.append("succeeded"))
    worker.cancelled.connect(lambda: endings.append("cancelled"))
    worker.failed.connect(endings.append)
    with qtbot.waitSignal(worker.ended, timeout=20_000):
        worker.start()
    worker.wait()
    (ending,) = endings
    return events, ending


def test_a_job_that_ends_well(qtbot, engine):
    events, ending = run(qtbot, engine, FakeJob("nothing"))
    assert events == [Notice("info", "nothing DELEGATED"), SampleDrawn("end", 3)]
    assert ending == "succeeded"


def test_the_problem_of_a_job(qtbot, engine):
    assert isinstance(run(qtbot, engine, FakeJob("fail"))[1], StorageError)


def test_a_death(qtbot, engine):
    assert isinstance(run(qtbot, engine, FakeJob("kill"))[1], EngineError)


def test_a_bug(qtbot, engine):
    assert isinstance(run(qtbot, engine, FakeJob("crash"))[1], Crash)


def test_stop_wakes_a_silent_job_and_keeps_its_best(qtbot, engine, tmp_path):
    _, ending = run(qtbot, engine, FakeJob("wait", str(tmp_path / "best")), stop_at_first=True)
    assert ending == "cancelled"
    assert (tmp_path / "best").read_text() == "kept"


def test_closing_the_window_ends_everything(qtbot, engine, tmp_path):
    worker = Worker(engine.run(FakeJob("wait", str(tmp_path / "best"))), on_cancel=engine.cancel)
    with qtbot.waitSignal(worker.happened, timeout=20_000):
        worker.start()
    engine.stop()
    assert worker.wait(10_000)
    qtbot.wait(0)
    assert (tmp_path / "best").read_text() == "kept"
