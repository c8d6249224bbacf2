"""What a run knows of the pictures that it has learnt from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from desktop_app.evaluation import familiar
from desktop_app.evaluation.evaluate import evaluate, predictions_csv, unlike_file
from desktop_app.evaluation.familiar import learn_familiar
from desktop_app.evaluation.predictions import Predictions
from desktop_app.events import Progress
from desktop_app.project.catalog import Snapshot
from desktop_app.project.project import Project
from desktop_app.project.runs import Run
from tests.packages import trained_project


@pytest.fixture
def trained(tmp_path: Path) -> Iterator[tuple[Project, Run]]:
    project, run = trained_project(tmp_path / "animals")
    with project:
        yield project, run


def distances(project: Project, run: Run) -> np.ndarray:
    list(learn_familiar(project, run))
    list(evaluate(project, run))
    found = Predictions.read_csv(predictions_csv(run, "test")).unlike
    assert found is not None
    return found


def test_without_it_nothing_is_measured_and_with_it_everything_anew(trained: tuple[Project, Run]) -> None:
    project, run = trained
    list(evaluate(project, run))
    before = Predictions.read_csv(predictions_csv(run, "test"))
    assert before.unlike is None
    found = distances(project, run)
    after = Predictions.read_csv(predictions_csv(run, "test"))
    assert np.array_equal(after.probabilities, before.probabilities)
    assert after.files == before.files
    assert (found > 0).all()


def test_cached_embeddings_and_the_graph_agree(tmp_path: Path) -> None:
    """A run whose backbone was trained has no cached embeddings: its own graph gives them."""
    found = []
    for place, options in (("a", {}), ("b", {"cached": False}), ("c", {"phase": "fine_tune"})):
        project, run = trained_project(tmp_path / place, **options)
        with project:
            found.append(distances(project, run))
    assert found[1] == pytest.approx(found[0], rel=1e-3)
    assert found[2] == pytest.approx(found[0], rel=1e-3)


def test_it_is_learnt_once_and_again_for_another_model(trained: tuple[Project, Run]) -> None:
    project, run = trained
    assert list(learn_familiar(project, run))
    assert list(learn_familiar(project, run)) == []
    run.model_onnx.write_bytes(run.model_onnx.read_bytes() + b"\x32\x00")  # an empty name: the same graph
    assert list(learn_familiar(project, run))


def test_pictures_that_are_gone_are_passed_over(tmp_path: Path) -> None:
    project, run = trained_project(tmp_path / "animals", cached=False)
    with project:
        snapshot = Snapshot.read_csv(run.snapshot_csv)
        train = snapshot.rows("train").tolist()
        for row in train[:5]:
            project.path(snapshot.files[row]).unlink()
        progress = [event for event in learn_familiar(project, run) if isinstance(event, Progress)]
        assert progress[-1].done == len(train)
        assert unlike_file(run).exists()


def test_too_few_pictures_leave_nothing(tmp_path: Path) -> None:
    project, run = trained_project(tmp_path / "animals", each=3)
    with project:
        list(learn_familiar(project, run))
        assert not unlike_file(run).exists()


def test_every_class_has_its_turn(trained: tuple[Project, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    _, run = trained
    monkeypatch.setattr(familiar, "MOST", 7)
    snapshot = Snapshot.read_csv(run.snapshot_csv)
    chosen = familiar._chosen(snapshot)
    assert sorted(np.bincount(snapshot.labels[chosen]).tolist()) == [2, 2, 3]
    assert set(chosen) <= set(snapshot.rows("train").tolist())
