"""Jobs in the background: they give way at once, go on afterwards, and stay stopped when a person stopped them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop_app.engine.jobs import Job, SampleJob
from desktop_app.errors import EngineError
from desktop_app.events import Events, Progress, Step
from desktop_app.project.project import Access, Project
from desktop_app.ui.background import JobEnded
from desktop_app.ui.session import Session
from tests.drawing import draw_classes
from tests.ui.demo import PlayedEngine, play_out


@dataclass(frozen=True)
class LookJob(Job):
    """Its events are played by the test."""

    kind = "look"
    title = "Looking"

    number: int = 1

    def events(self, access: Access) -> Events:
        raise NotImplementedError  # a played engine does not run jobs


FOREGROUND = SampleJob("/somewhere")
HALF = Progress(Step.SCAN, 1, 2)


def run_in_background(session: Session, engine: PlayedEngine, qtbot: Any, job: Job) -> None:
    session.start_background(job)
    qtbot.waitUntil(lambda: engine.running == job)


def test_it_runs_when_nothing_else_does(session: Session, engine: PlayedEngine, qtbot: Any) -> None:
    with qtbot.waitSignal(session.background.started) as started:
        session.start_background(LookJob())
    assert started.args == [LookJob()]
    assert not session.busy  # nobody has to wait for it
    with qtbot.waitSignal(session.background.happened) as happened:
        engine.play(HALF)
    assert happened.args == [LookJob(), HALF]
    with qtbot.waitSignal(session.background.ended) as ended:
        engine.end()
    assert ended.args == [JobEnded(LookJob(), HALF, None, cancelled=False)]
    assert session.background.job is None


def test_it_gives_way_and_goes_on(session: Session, engine: PlayedEngine, qtbot: Any) -> None:
    run_in_background(session, engine, qtbot, LookJob())
    endings: list[JobEnded] = []
    session.background.ended.connect(endings.append)
    session.start_job(FOREGROUND)
    assert session.job is FOREGROUND  # at once, for everybody who asks
    qtbot.waitUntil(lambda: engine.running is FOREGROUND)
    assert session.background.job is None
    with qtbot.waitSignal(session.background.started), qtbot.waitSignal(session.job_ended) as ended:
        engine.end()
    assert ended.args[0].succeeded
    assert endings == []  # it has not ended, for anybody who follows it
    qtbot.waitUntil(lambda: engine.running == LookJob())
    engine.end()
    qtbot.waitUntil(lambda: len(endings) == 1)
    assert endings[0].succeeded


def test_it_waits_for_a_running_job(session: Session, engine: PlayedEngine, qtbot: Any) -> None:
    session.start_job(FOREGROUND)
    session.start_background(LookJob())
    assert session.background.job is None
    engine.end()
    qtbot.waitUntil(lambda: engine.running == LookJob())
    engine.end()
    play_out(session, qtbot)


def test_a_job_stopped_before_the_background_gave_way_never_runs(
    session: Session, engine: PlayedEngine, qtbot: Any
) -> None:
    run_in_background(session, engine, qtbot, LookJob())
    with qtbot.waitSignal(session.job_ended) as ended:
        session.start_job(FOREGROUND)
        session.stop_job()
    assert ended.args[0].cancelled
    session.background.stop()
    play_out(session, qtbot)


def test_stopped_by_the_person_it_stays_stopped(session: Session, engine: PlayedEngine, qtbot: Any) -> None:
    run_in_background(session, engine, qtbot, LookJob())
    with qtbot.waitSignal(session.background.ended) as ended:
        session.background.stop()
    assert ended.args[0].cancelled
    assert session.background.declined == {"look"}
    session.start_job(FOREGROUND)
    with qtbot.assertNotEmitted(session.background.started):
        engine.end()
        play_out(session, qtbot)
    session.start_background(LookJob())
    assert session.background.declined == set()
    assert session.background.job == LookJob()


def test_one_that_fails_does_not_start_again_by_itself(session: Session, engine: PlayedEngine, qtbot: Any) -> None:
    session.start_background(LookJob())
    with qtbot.waitSignal(session.background.ended) as ended:
        engine.end(EngineError("The worker died."))
    assert isinstance(ended.args[0].error, EngineError)
    assert session.background.declined == {"look"}


def test_a_newer_one_takes_its_place(session: Session, engine: PlayedEngine, qtbot: Any) -> None:
    run_in_background(session, engine, qtbot, LookJob(1))
    endings: list[JobEnded] = []
    session.background.ended.connect(endings.append)
    with qtbot.waitSignal(session.background.started) as started:
        session.start_background(LookJob(2))
        session.start_background(LookJob(3))
    assert started.args == [LookJob(3)]
    qtbot.waitUntil(lambda: engine.running == LookJob(3))
    engine.end()
    qtbot.waitUntil(lambda: len(endings) == 1)
    assert [job for job in engine.jobs if isinstance(job, LookJob)] == [LookJob(1), LookJob(3)]


def test_another_project_ends_it(session: Session, engine: PlayedEngine, qtbot: Any, tmp_path: Path) -> None:
    for name in ("first", "second"):
        with qtbot.waitSignal(session.project_changed):
            session.open(draw_classes(tmp_path / name, {"a": 1, "b": 1}))
        if name == "first":
            run_in_background(session, engine, qtbot, LookJob())
    assert session.background.job is None
    Project.open(tmp_path / "first").close()  # nobody works on it any more
    play_out(session, qtbot)


def test_the_end_of_the_program_ends_it(session: Session, engine: PlayedEngine, qtbot: Any) -> None:
    run_in_background(session, engine, qtbot, LookJob())
    session.begin_end()
    play_out(session, qtbot)
    assert session.background.job is None
