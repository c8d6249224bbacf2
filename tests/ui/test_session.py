"""The session: projects in the background, one job, each change told once."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from desktop_app.engine.jobs import ImportJob, SampleJob, TrainJob
from desktop_app.errors import EngineError, ProjectError
from desktop_app.events import Progress, Step
from desktop_app.project.project import Project
from desktop_app.settings import Settings
from desktop_app.ui.session import JobEnded, Session
from tests.drawing import draw_classes, draw_picture
from tests.ui.demo import PlayedEngine, play_out


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return draw_classes(tmp_path / "parts", {"good": 3, "bad": 2})


def open_project(session: Session, qtbot: Any, root: Path) -> None:
    with qtbot.waitSignal(session.project_changed):
        session.open(root)
    play_out(session, qtbot)


def test_opening(session: Session, qtbot: Any, root: Path) -> None:
    me = session
    with qtbot.waitSignal(session.project_changed) as signal:
        session.open(root, me)
    assert signal.args == [me]
    assert session.project is not None
    assert session.catalog is not None
    assert len(session.catalog.files) == 5
    assert session.opening is None
    assert session.settings.recent == [str(root)]
    assert Settings.load().recent == [str(root)]


def test_the_window_is_not_blocked_while_a_project_opens(
    session: Session, qtbot: Any, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    scan = Project.scan
    monkeypatch.setattr(Project, "scan", lambda self, **how: (gate.wait(5), scan(self, **how))[1])
    session.open(root)
    assert session.opening == root
    assert session.project is None
    gate.set()
    qtbot.waitUntil(lambda: session.project is not None)


def test_a_folder_that_is_no_project(session: Session, qtbot: Any, tmp_path: Path) -> None:
    with qtbot.waitSignal(session.project_failed) as signal, qtbot.assertNotEmitted(session.project_changed):
        session.open(tmp_path / "nothing")
    assert signal.args[0] == tmp_path / "nothing"
    assert isinstance(signal.args[1], ProjectError)
    assert session.settings.recent == []


def test_a_failure_keeps_the_open_project(session: Session, qtbot: Any, root: Path, tmp_path: Path) -> None:
    open_project(session, qtbot, root)
    before = session.project
    with qtbot.waitSignal(session.project_failed):
        session.open(tmp_path / "nothing")
    assert session.project is before


def test_another_project_takes_its_place_and_the_first_is_free(
    session: Session, qtbot: Any, root: Path, tmp_path: Path
) -> None:
    open_project(session, qtbot, root)
    other = draw_classes(tmp_path / "other", {"x": 1, "y": 1})
    closing: list[object] = []
    session.project_closing.connect(lambda: closing.append(session.project))
    open_project(session, qtbot, other)
    assert len(closing) == 1
    Project.open(root).close()  # nobody holds its lock any more


def test_making_a_project(session: Session, qtbot: Any, tmp_path: Path) -> None:
    with qtbot.waitSignal(session.project_changed):
        session.create(tmp_path / "new", ("good", "scratched"))
    assert session.project is not None
    assert [info.name for info in session.project.classes] == ["good", "scratched"]
    assert (tmp_path / "new" / "scratched").is_dir()


def test_new_pictures_are_found(session: Session, qtbot: Any, root: Path) -> None:
    open_project(session, qtbot, root)
    draw_picture(root / "good" / "new.png")
    with qtbot.waitSignal(session.catalog_changed) as signal:
        session.rescan(session)
    assert signal.args == [session]
    assert session.catalog is not None
    assert len(session.catalog.files) == 6


def test_nothing_new_is_not_told(session: Session, qtbot: Any, root: Path) -> None:
    open_project(session, qtbot, root)
    with qtbot.assertNotEmitted(session.catalog_changed):
        session.rescan()
        session.rescan()
        play_out(session, qtbot)


def test_a_job_from_start_to_end(session: Session, engine: PlayedEngine, qtbot: Any, root: Path) -> None:
    open_project(session, qtbot, root)
    job = TrainJob(str(root))
    events: list[object] = []
    session.job_event.connect(lambda job, event: events.append(event))
    with qtbot.waitSignal(session.job_started) as started:
        worker = session.start_job(job)
    assert started.args == [job, worker]
    assert session.busy
    endings: list[JobEnded] = []
    session.job_ended.connect(endings.append)
    with qtbot.waitSignals([session.job_ended, session.runs_changed]):
        engine.play(Progress(Step.READ, 1, 2), Progress(Step.READ, 2, 2))
        engine.end()
    (ending,) = endings
    assert ending.succeeded
    assert ending.result == events[-1] == Progress(Step.READ, 2, 2)
    assert not session.busy


def test_a_job_that_fails(session: Session, engine: PlayedEngine, qtbot: Any) -> None:
    session.start_job(SampleJob("/somewhere"))
    with qtbot.waitSignal(session.job_ended) as signal:
        engine.end(EngineError("The worker died."))
    assert isinstance(signal.args[0].error, EngineError)
    assert not signal.args[0].cancelled


def test_stopping(session: Session, engine: PlayedEngine, qtbot: Any) -> None:
    session.start_job(SampleJob("/somewhere"))
    with qtbot.waitSignal(session.job_ended) as signal:
        session.stop_job()
        assert session.stopping
    assert signal.args[0].cancelled
    assert signal.args[0].error is None


def test_one_job_at_a_time(session: Session, engine: PlayedEngine, qtbot: Any, root: Path) -> None:
    session.start_job(SampleJob("/somewhere"))
    with pytest.raises(RuntimeError):
        session.start_job(SampleJob("/somewhere"))
    session.open(root)  # refused too: the job may be working on the open project
    assert session.opening is None
    engine.end()
    qtbot.waitUntil(lambda: not session.busy)


def test_an_import_is_seen(session: Session, engine: PlayedEngine, qtbot: Any, root: Path) -> None:
    open_project(session, qtbot, root)
    session.start_job(ImportJob(str(root), {}))
    draw_picture(root / "good" / "imported.png")
    with qtbot.waitSignal(session.catalog_changed):
        engine.end()


def test_a_training_whose_process_died_can_be_resumed(
    session: Session, engine: PlayedEngine, qtbot: Any, root: Path
) -> None:
    open_project(session, qtbot, root)
    assert session.project is not None
    session.start_job(TrainJob(str(root)))
    run = session.project.runs.create(recipe={"name": "quick"}, backbone="resnet18", classes=["good", "bad"])
    run.checkpoint.write_bytes(b"a checkpoint")
    with qtbot.waitSignals([session.job_ended, session.runs_changed]):
        engine.end(EngineError("The worker died."))
    (settled,) = session.runs
    assert settled.status == "interrupted"
    assert settled.resumable


def test_a_job_is_paused_and_goes_on(session: Session, engine: PlayedEngine, qtbot: Any, root: Path) -> None:
    session.pause_job()  # there is none
    open_project(session, qtbot, root)
    session.start_job(TrainJob(str(root)))
    with qtbot.waitSignal(session.job_event):
        session.pause_job()
    assert session.paused
    with qtbot.waitSignal(session.job_event):
        session.go_on_with_job()
    assert not session.paused
    with qtbot.waitSignal(session.job_event):
        session.pause_job()
    with qtbot.waitSignal(session.job_ended):
        session.stop_job()
    assert not session.paused


def test_reading_in_the_background(session: Session, qtbot: Any) -> None:
    got: list[object] = []
    session.read(lambda: threading.current_thread(), got.append)
    qtbot.waitUntil(lambda: bool(got))
    assert got[0] is not threading.main_thread()
    failed: list[object] = []

    def fail() -> None:
        raise ProjectError("gone")

    session.read(fail, got.append, failed.append)
    qtbot.waitUntil(lambda: bool(failed))
    assert len(got) == 1


def test_at_the_end_nothing_new_begins(session: Session, qtbot: Any, root: Path) -> None:
    open_project(session, qtbot, root)
    session.begin_end()
    session.read(lambda: 1, lambda _: pytest.fail("too late"))
    session.rescan()
    session.reload_runs()
    play_out(session, qtbot)
    assert not session.threads_running()
