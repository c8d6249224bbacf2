from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from random import Random

import psutil
import pytest

from desktop_app import settings
from desktop_app.engine import process
from desktop_app.engine.process import Engine, JobCrashedError
from desktop_app.errors import EngineError, StorageError
from desktop_app.events import Event, Notice, Paused, Progress, SampleDrawn, Step, StepStarted, WentOn
from tests.engine.fake_child import FakeJob

REPOSITORY = Path(__file__).resolve().parents[2]
CHILD = [sys.executable, str(Path(__file__).with_name("fake_child.py"))]


@pytest.fixture
def engine():
    engine = Engine(CHILD)
    yield engine
    engine.stop()


def notices(events) -> list[str]:
    return [event.what for event in events if isinstance(event, Notice)]


def wait_for(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def test_events_come_back_as_they_were(engine):
    assert list(engine.run(FakeJob("nothing"))) == [Notice("info", "nothing DELEGATED"), SampleDrawn("end", 3)]


def test_one_process_serves_many_jobs(engine):
    engine.start()
    child = engine._child
    for _ in range(3):
        assert notices(engine.run(FakeJob("nothing"))) == ["nothing DELEGATED"]
    assert engine._child is child


def test_progress_is_thinned_and_the_last_one_comes(engine):
    progress = [event for event in engine.run(FakeJob("count")) if isinstance(event, Progress)]
    assert progress[-1].done == 1000
    assert len(progress) < 50


def test_names_that_are_not_text_survive(engine):
    assert notices(engine.run(FakeJob("odd_names")))[1] == "zwei \udcff 针孔 \u2028 \n"


def test_it_is_nice_and_its_threads_are_counted(engine):
    niceness, policy, threads = notices(engine.run(FakeJob("facts")))[1].split()
    assert int(niceness) >= 10
    assert policy == "PASSIVE"
    assert int(threads) >= 1


def test_stray_prints_do_not_break_the_protocol(engine):
    assert list(engine.run(FakeJob("print")))[-1] == SampleDrawn("end", 3)
    output = (settings.log_folder() / "engine-output.log").read_text()
    assert "a stray print" in output
    assert "from a child of the child" in output
    assert "a warning" in (settings.log_folder() / "engine.log").read_text()


# ---- problems


def test_a_problem_of_the_world_arrives_whole(engine):
    with pytest.raises(StorageError) as caught:
        list(engine.run(FakeJob("fail")))
    assert str(caught.value) == "“a” could not be written. The disk is full. Free 3 MB."
    assert list(engine.run(FakeJob("nothing")))


def test_a_bug_arrives_with_its_traceback(engine):
    with pytest.raises(JobCrashedError, match=r"_crash(.|\n)*ZeroDivisionError: a bug"):
        list(engine.run(FakeJob("crash")))
    assert list(engine.run(FakeJob("nothing")))


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("memory", "Training stopped: the computer ran out of memory."),
        ("kill", "Training stopped: the computer probably ran out of memory."),
        ("segfault", "It ended with SIGSEGV."),
        ("exit", "It ended with code 7."),
    ],
)
def test_a_death_costs_a_message_and_not_the_engine(engine, what, words):
    with pytest.raises(EngineError) as caught:
        list(engine.run(FakeJob(what)))
    assert words in str(caught.value)
    assert "Nothing that was saved is lost." in caught.value.hint
    assert list(engine.run(FakeJob("nothing")))


def test_a_child_that_can_work_no_more_is_replaced(engine):
    with pytest.raises(EngineError, match="no longer answers"):
        list(engine.run(FakeJob("lose_card")))
    unfit = engine._child
    assert list(engine.run(FakeJob("nothing")))
    assert engine._child is not unfit


def test_a_child_that_dies_while_idle_is_replaced(engine):
    engine.start()
    os.kill(engine._child._process.pid, 9)
    wait_for(lambda: not engine._child.alive())
    assert list(engine.run(FakeJob("nothing")))


def test_a_process_that_cannot_be_spawned():
    with pytest.raises(EngineError, match="could not be started"):
        Engine(["/nowhere/discern"]).start()


def test_the_helpers_of_a_dead_child_die_with_it(engine):
    job = engine.run(FakeJob("hang"))
    next(job)
    helper = psutil.Process(int(next(job).what))
    os.kill(engine._child._process.pid, 9)
    with pytest.raises(EngineError):
        next(job)
    wait_for(lambda: not helper.is_running() or helper.status() == psutil.STATUS_ZOMBIE)


# ---- cancelling


def test_closing_cancels_the_job_and_lets_it_keep_its_best(engine, tmp_path):
    job = engine.run(FakeJob("wait", str(tmp_path / "best")))
    next(job)
    job.close()
    assert (tmp_path / "best").read_text() == "kept"
    assert list(engine.run(FakeJob("nothing")))[-1] == SampleDrawn("end", 3)


def test_cancel_from_another_thread_ends_a_run_that_waits_for_events(engine, tmp_path):
    seen = []
    thread = threading.Thread(target=lambda: seen.extend(engine.run(FakeJob("wait", str(tmp_path / "best")))))
    thread.start()
    wait_for(lambda: seen)
    engine.cancel()
    thread.join(5)
    assert not thread.is_alive()
    assert (tmp_path / "best").read_text() == "kept"
    assert seen[-1] == StepStarted(Step.SAVE)


def test_a_cancellation_that_comes_too_late_does_not_hit_the_next_job(engine):
    job = engine.run(FakeJob("nothing"))
    assert next(job)
    wait_for(lambda: engine._child.answers.qsize() == 2)
    engine._child.answers.put({"id": engine._job, "cancel": True})
    list(job)
    engine.cancel()
    assert list(engine.run(FakeJob("nothing")))[-1] == SampleDrawn("end", 3)


def test_a_problem_while_cancelling_is_told(engine):
    job = engine.run(FakeJob("fail_to_stop"))
    next(job), next(job)
    with pytest.raises(StorageError):
        job.close()


def test_a_job_that_does_not_stop_is_ended(engine, monkeypatch):
    monkeypatch.setattr(process, "CANCEL_SECONDS", 0.3)
    job = engine.run(FakeJob("never_stop"))
    next(job), next(job)
    with pytest.raises(EngineError, match="did not stop in time"):
        job.close()
    assert list(engine.run(FakeJob("nothing")))


# ---- pausing, and going on another day


class Follower(threading.Thread):
    """Runs a job to its end in a thread of its own."""

    def __init__(self, job) -> None:
        super().__init__()
        self.seen: list[Event] = []
        self._job = job
        self.start()

    def run(self) -> None:
        self.seen.extend(self._job)

    def wait_for(self, kind: type) -> None:
        wait_for(lambda: any(isinstance(event, kind) for event in self.seen))


def test_a_paused_job_stands_still_until_it_goes_on(engine):
    follower = Follower(engine.run(FakeJob("worked")))
    follower.wait_for(Progress)
    engine.pause()
    follower.wait_for(Paused)
    count = len(follower.seen)
    time.sleep(0.5)
    assert len(follower.seen) == count
    engine.go_on()
    follower.join(10)
    assert follower.seen[-1] == SampleDrawn("end", 3)
    (went_on,) = (event for event in follower.seen if isinstance(event, WentOn))
    assert went_on.seconds >= 0.5
    assert notices(follower.seen)[1:] == ["0.1"] * 3  # the pause is no work


def test_a_paused_job_is_cancelled(engine, tmp_path):
    follower = Follower(engine.run(FakeJob("wait", str(tmp_path / "best"))))
    follower.wait_for(Progress)
    engine.pause()
    follower.wait_for(Paused)
    engine.cancel()
    follower.join(10)
    assert not follower.is_alive()
    assert (tmp_path / "best").read_text() == "kept"
    assert notices(engine.run(FakeJob("nothing"))) == ["nothing DELEGATED"]  # which is not paused


@pytest.mark.parametrize("how", ["cancel", "close", "stop"])
@pytest.mark.parametrize("paused", [False, True])
def test_when_the_window_closes_a_job_can_go_on_another_day(engine, tmp_path, how, paused):
    job = engine.run(FakeJob("interrupted", str(tmp_path / "best")))
    next(event for event in job if isinstance(event, Progress))
    if paused:
        engine.pause()
        next(event for event in job if isinstance(event, Paused))
    engine.leave()
    if how == "close":
        job.close()
    else:
        getattr(engine, how)()
        list(job)
    assert (tmp_path / "best").read_text() == "kept"
    assert (tmp_path / "best.later").read_text() == "can go on"


def test_a_cancelled_job_is_not_meant_to_go_on(engine, tmp_path):
    job = engine.run(FakeJob("interrupted", str(tmp_path / "best")))
    next(event for event in job if isinstance(event, Progress))
    job.close()
    assert (tmp_path / "best").exists()
    assert not (tmp_path / "best.later").exists()


def test_one_job_at_a_time(engine):
    first = engine.run(FakeJob("wait"))
    next(first)
    with pytest.raises(EngineError, match="Another job is running"):
        next(engine.run(FakeJob("nothing")))
    first.close()


# ---- no orphans


def test_stop_lets_a_running_job_keep_its_best(engine, tmp_path):
    seen = []
    thread = threading.Thread(target=lambda: seen.extend(engine.run(FakeJob("wait", str(tmp_path / "best")))))
    thread.start()
    wait_for(lambda: seen)
    engine.stop()
    thread.join(5)
    assert not thread.is_alive()
    assert (tmp_path / "best").read_text() == "kept"


def test_stop_ends_an_idle_process_at_once_and_twice_is_fine(engine):
    engine.start()
    pid = engine._child._process.pid
    begun = time.monotonic()
    engine.stop()
    engine.stop()
    assert time.monotonic() - begun < 2
    assert not psutil.pid_exists(pid)


def test_the_child_ends_when_its_parent_is_killed(tmp_path):
    code = (
        "import sys; from tests.engine.fake_child import FakeJob; from desktop_app.engine.process import Engine\n"
        f"engine = Engine({CHILD!r}); job = engine.run(FakeJob('interrupted', {str(tmp_path / 'best')!r}))\n"
        "next(job), next(job)\n"
        "print(engine._child._process.pid, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    wait_for(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    assert (tmp_path / "best").read_text() == "kept"
    assert (tmp_path / "best.later").exists()


@pytest.mark.slow
def test_two_hundred_closes_at_any_moment_leave_no_orphan(tmp_path):
    random = Random(1)
    pids = []
    for number in range(200):
        engine = Engine(CHILD)
        job = engine.run(FakeJob("wait", str(tmp_path / f"best-{number}")))
        thread = threading.Thread(target=lambda job=job: list(job))
        thread.start()
        time.sleep(random.uniform(0, 0.3))
        if engine._child:
            pids.append(engine._child._process.pid)
        engine.stop()
        thread.join(20)
        assert not thread.is_alive()
        engine.stop()  # the thread may have spawned a process after the first stop
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_the_real_process_starts_and_warms_up():
    engine = Engine()
    try:
        engine.start()
        wait_for(lambda: (settings.log_folder() / "engine.log").is_file())
        assert engine._child.alive()
        libraries = lambda: Path(f"/proc/{engine._child._process.pid}/maps").read_text()  # noqa: E731
        wait_for(lambda: "libtorch" in libraries(), 60)
    finally:
        engine.stop()


def test_a_command_torn_by_the_death_of_the_parent_ends_the_child():
    with subprocess.Popen(CHILD, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        child.communicate(b'{"id": 1, "run": {"job"', timeout=20)
    assert child.returncode == 0
