"""A training that was cut off: its best so far can be its result, and where memory was short it goes on with less."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from desktop_app import cli
from desktop_app.errors import DataError, EngineError, NoMemoryError
from desktop_app.events import Computing, EpochEnded, PhaseEnded, StepStarted, Trained
from desktop_app.learning import checkpoints, keeping, tensors, training
from desktop_app.learning.keeping import keep_best
from desktop_app.learning.scores import Score
from desktop_app.learning.training import train
from desktop_app.project.project import Project
from desktop_app.project.runs import Run
from tests import tiny as small
from tests.drawing import draw_classes
from tests.tiny import graph, tiny  # noqa: F401  fixtures

CUT = EngineError("The card is gone.")


@pytest.fixture
def project(tiny: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:  # noqa: F811
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0.0)
    with Project.open(draw_classes(tmp_path / "parts", each=12)) as project:
        yield project


def cut_off(project: Project, when: object, error: BaseException = CUT) -> Run:
    """A training that an error ends after the event for which `when` is true."""
    job = train(project, small.recipe(epochs=4))
    for event in job:
        if when(event):  # type: ignore[operator]
            with pytest.raises(type(error)):
                job.throw(error)
            break
    (run,) = project.runs.list()
    return run


def fine_tuned(epoch: int) -> object:
    return lambda event: isinstance(event, EpochEnded) and (event.phase, event.epoch) == ("fine_tune", epoch)


def model_of(run: Run) -> tensors.Tensors:
    return tensors.unpack(run.model_weights.read_bytes())[0]


def test_what_ended_it_is_written_down(project: Project) -> None:
    run = cut_off(project, fine_tuned(1))
    assert (run.status, run.usable) == ("failed", False)
    assert str(run.problem) == "The card is gone."
    list(train(project, small.recipe(), resume=run))
    (run,) = project.runs.list()
    assert (run.status, run.problem) == ("done", None)


def test_the_best_epoch_of_fine_tuning_becomes_the_model(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Score, "beats", lambda score, other, measure="accuracy": score.loss != other.loss)
    run = cut_off(project, fine_tuned(3))  # its checkpoint is not written any more
    values, document = checkpoints.load(run) or ({}, {})
    assert (document["epoch"], document["kept"]) == (2, True)
    *_, last = keep_best(run)
    (run,) = project.runs.list()
    validation = run.document["validation"]
    assert last == Trained(run.id, "fine_tune", validation["right"], validation["n"], True, last.seconds)
    assert (run.status, run.usable, run.document["epoch"]) == ("stopped", True, 2)
    np.testing.assert_array_equal(model_of(run)["head.weight"], values["best.head.weight"])
    assert not run.checkpoint.exists()


def test_that_of_the_freeze_phase_stays_where_fine_tuning_was_no_better(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop_app.learning.model.Model.beats", lambda model, other, measure: False)
    run = cut_off(project, fine_tuned(3))
    before = model_of(run)
    list(keep_best(run))
    (run,) = project.runs.list()
    assert (run.status, run.document["phase"]) == ("stopped", "freeze")
    assert all(np.array_equal(value, before[name]) for name, value in model_of(run).items())


def test_once_the_freeze_phase_has_ended_there_is_a_result(project: Project) -> None:
    run = cut_off(project, lambda event: isinstance(event, PhaseEnded) and event.phase == "freeze")
    list(keep_best(run))
    assert project.runs.latest().document["phase"] == "freeze"


def test_before_that_there_is_none(project: Project) -> None:
    run = cut_off(project, lambda event: isinstance(event, StepStarted) and event.step == "freeze")
    with pytest.raises(DataError, match="no result yet"):
        list(keep_best(run))
    (run,) = project.runs.list()
    assert run.resumable


def test_what_has_ended_is_left_alone(project: Project) -> None:
    list(train(project, small.recipe(fine_tune=False)))
    with pytest.raises(DataError, match="has ended already"):
        list(keep_best(project.runs.latest()))


def test_a_checkpoint_from_elsewhere_is_not_taken(project: Project, caplog: pytest.LogCaptureFixture) -> None:
    run = cut_off(project, fine_tuned(2))
    checkpoints.save(run, {"weight": np.zeros(3, np.float32)}, {"epoch": 1})
    list(keep_best(run))
    assert project.runs.latest().document["phase"] == "freeze"
    assert caplog.records[0].name == keeping.__name__


def test_after_a_lack_of_memory_it_goes_on_in_halves_with_the_same_result(project: Project, tmp_path: Path) -> None:
    with Project.open(draw_classes(tmp_path / "twin", each=12)) as twin:
        list(train(twin, small.recipe(epochs=4)))
        expected = twin.runs.latest()
        run = cut_off(project, fine_tuned(2), NoMemoryError("Memory is short."))
        events = list(train(project, small.recipe(), resume=run))
        (told,) = (event for event in events if isinstance(event, Computing))
        assert (told.pictures, told.batch, told.mixed) == (4, 8, False)
        run = project.runs.latest()
        assert run.document["computing"]["pictures"] == 4
        assert run.document["validation"] == expected.document["validation"]
        for name, value in model_of(expected).items():
            np.testing.assert_allclose(model_of(run)[name], value, atol=1e-4, err_msg=name)


def test_the_epoch_of_a_checkpoint_is_known_without_reading_it_all(project: Project) -> None:
    run = cut_off(project, fine_tuned(3))
    assert checkpoints.epoch(run) == 2
    run.checkpoint.write_bytes(b"\xff" * 64)
    assert checkpoints.epoch(run) == 1, "the one before"
    run.previous_checkpoint.unlink()
    assert checkpoints.epoch(run) == 0


def test_by_the_command_line(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    run = cut_off(project, fine_tuned(3))
    project.close()
    assert cli.main(["train", str(project.root), "--keep-best", "1", "--json"]) == 0
    assert '"stopped": true' in capsys.readouterr().out
    assert Run.read(run.folder).status == "stopped"
    assert cli.main(["train", str(project.root), "--keep-best", "1"]) == 1
    assert "has ended already" in capsys.readouterr().err
