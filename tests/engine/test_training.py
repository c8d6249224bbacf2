"""Real trainings in the worker process, for a window that holds the project."""

from __future__ import annotations

import os

import pytest

from desktop_app.engine.jobs import EvaluateJob, TrainJob
from desktop_app.engine.process import Engine
from desktop_app.errors import EngineError
from desktop_app.events import EpochEnded, Evaluated, Trained
from desktop_app.project.project import Project
from tests.drawing import draw_classes

RECIPE = {"name": "balanced", "epochs": 4, "views": 1}


@pytest.fixture
def engine():
    engine = Engine()
    yield engine
    engine.stop()


@pytest.fixture
def project(tmp_path):
    with Project.open(draw_classes(tmp_path / "p", each=10)) as project:  # takes the lock, as the window does
        yield project


def fine_tuning_has_begun(event) -> bool:
    return isinstance(event, EpochEnded) and event.phase == "fine_tune"


def test_killed_while_it_trains_it_says_so_and_the_project_is_well(engine, project):
    job = engine.run(TrainJob(str(project.root), RECIPE))
    next(filter(fine_tuning_has_begun, job))
    os.kill(engine._child._process.pid, 9)
    with pytest.raises(EngineError, match="Training stopped: the computer probably ran out of memory"):
        list(job)
    project.runs.settle()
    (run,) = project.runs.list()
    assert run.status == "interrupted"

    result = list(engine.run(TrainJob(str(project.root), {"name": "quick"})))[-1]
    assert isinstance(result, Trained)
    assert project.runs.latest().id == result.run


def test_stopped_it_keeps_the_best_and_can_be_measured(engine, project):
    job = engine.run(TrainJob(str(project.root), RECIPE))
    next(filter(fine_tuning_has_begun, job))
    job.close()
    run = project.runs.latest()
    assert run.status == "stopped"
    result = list(engine.run(EvaluateJob(str(project.root), run.id)))[-1]
    assert isinstance(result, Evaluated)
    assert result.n == 6
