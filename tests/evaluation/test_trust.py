"""What a project knows about the worth of a result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from desktop_app.evaluation.predictions import Predictions
from desktop_app.evaluation.trust import Trust, examine
from desktop_app.project.catalog import Snapshot
from desktop_app.project.measures import Measures
from desktop_app.project.project import Project
from desktop_app.project.runs import Run
from tests.ui import demo


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    root = demo.draw_project(tmp_path / "parts", {"good": 20, "scratched": 20}, unlabelled=1)
    with Project.open(root) as project:
        yield project


@pytest.fixture
def run(project: Project) -> Run:
    return demo.add_run(project)


@pytest.fixture
def predictions(run: Run) -> Predictions:
    return demo.add_result(run, "test")


def found(project: Project, run: Run, predictions: Predictions, **columns: object) -> Trust:
    return examine(project, run, replace(Snapshot.read_csv(run.snapshot_csv), **columns), "test", predictions)


def test_nothing_is_wrong(project: Project, run: Run, predictions: Predictions) -> None:
    assert found(project, run, predictions) == Trust()


def test_a_copy_in_training(project: Project, run: Run, predictions: Predictions) -> None:
    snapshot = Snapshot.read_csv(run.snapshot_csv)
    hashes = list(snapshot.hashes)
    hashes[snapshot.rows("train")[0]] = predictions.hashes[0]
    assert found(project, run, predictions, hashes=tuple(hashes)).copies == 1


def test_pictures_that_look_alike(project: Project, run: Run, predictions: Predictions) -> None:
    """Directly or through a third; pairs that are less alike than the project asks, or were told apart, don't count."""
    snapshot = Snapshot.read_csv(run.snapshot_csv)
    train = [snapshot.hashes[row] for row in snapshot.rows("train")]
    one, two, three, four = predictions.hashes[:4]
    pairs = [(one, train[0], 0.9), (two, one, 0.95), (three, train[1], 0.75), (four, train[2], 0.99)]
    project.index.store_alike(pairs, 1, "subject")
    project.different.tell_apart([four], [train[2]])
    trust = found(project, run, predictions)
    assert (trust.alike, trust.copies, trust.checked) == (2, 0, True)


def test_groups_on_both_sides(project: Project, run: Run, predictions: Predictions) -> None:
    snapshot = Snapshot.read_csv(run.snapshot_csv)
    groups = np.array([f"part {row}" for row in range(len(snapshot.files))], object)
    trust = found(project, run, predictions, groups=tuple(groups))
    assert (trust.grouped, trust.shared) == (True, ())
    groups[[snapshot.rows("validation")[0], snapshot.rows("test")[0]]] = "part 7"
    assert found(project, run, predictions, groups=tuple(groups)).shared == ("part 7",)


def test_pictures_that_could_not_be_read(project: Project, run: Run, predictions: Predictions) -> None:
    rows = slice(1, None)
    fewer = replace(
        predictions,
        files=predictions.files[rows],
        hashes=predictions.hashes[rows],
        actual=predictions.actual[rows],
        probabilities=predictions.probabilities[rows],
    )
    assert found(project, run, fewer).left_out == 1


def test_models_that_were_measured_on_the_same_pictures(project: Project, run: Run, predictions: Predictions) -> None:
    demo.add_result(demo.add_run(project), "test")
    demo.add_run(project)  # never measured
    demo.add_result(demo.add_run(project), "validation")
    elsewhere = demo.add_run(project)  # on other pictures
    snapshot = Snapshot.read_csv(elsewhere.snapshot_csv)
    replace(snapshot, splits=(snapshot.splits + 1) % 3).write_csv(elsewhere.snapshot_csv)
    demo.add_result(elsewhere, "test")
    assert found(project, run, predictions).looks == 2


def test_an_unlocked_test_split(project: Project) -> None:
    list(project.deal_anew(project.scan()))  # the same seed deals out the same splits
    run = demo.add_run(project)
    assert found(project, run, demo.add_result(run, "test")).moved == 0
    contents = [project.splits.split_of(content) for content in Snapshot.read_csv(run.snapshot_csv).hashes]
    assert contents.count("test") == 8
    project.config = replace(project.config, seed=5)
    list(project.deal_anew(project.scan()))
    run = demo.add_run(project)
    moved = found(project, run, demo.add_result(run, "test")).moved
    assert 0 < moved <= 8


def test_what_gives_a_class_away(project: Project, run: Run, predictions: Predictions) -> None:
    """Only of pictures that were measured: what is said of a few would be about others."""
    snapshot = Snapshot.read_csv(run.snapshot_csv)

    def measured(row: int) -> Measures:
        camera = "Basler" if snapshot.labels[row] == 1 else "Canon EOS 80D"
        return Measures(640, 480, "PNG", "RGB", 0.5, 0.2, 0.1, 0, 0, 0, camera=camera)

    rows = range(len(snapshot.files))
    project.index.store_measures({snapshot.hashes[row]: measured(row) for row in rows[:20]})
    assert found(project, run, predictions).given_away == ()
    project.index.store_measures({snapshot.hashes[row]: measured(row) for row in rows})
    (remark,) = found(project, run, predictions).given_away
    assert (remark.property, remark.having, remark.others_having) == ("camera", 20, 0)
    # All pictures of a class are of one part: its camera may be chance.
    groups = tuple(str(label) for label in snapshot.labels.tolist())
    assert found(project, run, predictions, groups=groups).given_away == ()
