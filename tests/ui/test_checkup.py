"""The pictures' health is looked at by itself, when there is something new and nothing else to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from desktop_app.engine.jobs import EvaluateJob, HealthJob
from desktop_app.ui import checkup
from desktop_app.ui.session import Session
from tests.drawing import draw_classes, draw_picture
from tests.ui.demo import PlayedEngine, play_out


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "_SOON_MS", 10)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return draw_classes(tmp_path / "parts", {"good": 3, "bad": 2})


def open_project(session: Session, qtbot: Any, root: Path) -> None:
    with qtbot.waitSignal(session.health_changed):
        session.open(root)
    play_out(session, qtbot)


def test_after_opening(session: Session, engine: PlayedEngine, qtbot: Any, root: Path) -> None:
    open_project(session, qtbot, root)
    assert session.health is not None
    assert len(session.health.files) == 5
    qtbot.waitUntil(lambda: engine.checks == [HealthJob(str(root))])


def test_after_a_change_from_outside(session: Session, engine: PlayedEngine, qtbot: Any, root: Path) -> None:
    open_project(session, qtbot, root)
    engine.checks.clear()
    draw_picture(root / "good" / "new.png")
    qtbot.waitUntil(lambda: session.health is not None and len(session.health.files) == 6)
    qtbot.waitUntil(lambda: bool(engine.checks))


def test_own_moves_change_no_picture(session: Session, engine: PlayedEngine, qtbot: Any, root: Path) -> None:
    open_project(session, qtbot, root)
    engine.checks.clear()
    with qtbot.waitSignal(session.health_changed):
        session.organiser.put(["good/good_001.png"], "bad")
    play_out(session, qtbot)
    assert session.health is not None
    assert "bad/good_001.png" in session.health.files
    assert engine.checks == []


def test_switched_off_it_still_judges_what_is_known(
    session: Session, engine: PlayedEngine, qtbot: Any, root: Path
) -> None:
    session.settings.health_check = False
    open_project(session, qtbot, root)
    assert engine.checks == []
    session.check_health_now()
    qtbot.waitUntil(lambda: engine.checks == [HealthJob(str(root))])


def test_it_waits_for_the_job_that_runs(session: Session, engine: PlayedEngine, qtbot: Any, root: Path) -> None:
    open_project(session, qtbot, root)
    engine.checks.clear()
    session.start_job(EvaluateJob(str(root)))
    draw_picture(root / "good" / "new.png")
    qtbot.waitUntil(lambda: session.health is not None and len(session.health.files) == 6)
    assert engine.checks == []
    engine.end()
    qtbot.waitUntil(lambda: bool(engine.checks))


def test_stopped_it_does_not_start_by_itself(session: Session, engine: PlayedEngine, qtbot: Any, root: Path) -> None:
    open_project(session, qtbot, root)
    engine.checks.clear()
    session.background.declined.add("health")
    draw_picture(root / "good" / "new.png")
    qtbot.waitUntil(lambda: session.health is not None and len(session.health.files) == 6)
    play_out(session, qtbot)
    assert engine.checks == []


def test_another_project_has_another_health(session: Session, qtbot: Any, root: Path, tmp_path: Path) -> None:
    open_project(session, qtbot, root)
    other = draw_classes(tmp_path / "other", {"a": 1, "b": 1})
    health: list[object] = []
    session.project_changed.connect(lambda: health.append(session.health))
    open_project(session, qtbot, other)
    assert health == [None]
    assert session.health is not None
    assert len(session.health.files) == 2
