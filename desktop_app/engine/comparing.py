"""Compare a run with another one, or with a release, on the same pictures. Neither model is ever unsure here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop_app.engine.asking import Asked, ask, release_model, tabulate
from desktop_app.events import Compared, Evaluated, Events, Split
from desktop_app.project.project import Project
from desktop_app.project.release import Release
from desktop_app.project.runs import Run

if TYPE_CHECKING:
    from desktop_app.evaluation.predictions import Predictions


def compare_with_run(project: Project, run: Run, other: Run, split: Split = "test") -> Events:
    """Compare two runs on the pictures of a split that both were measured on; the last event is `Compared`.

    Raises:
        DataError: one has no model, or no picture in this split.
        StorageError: the disk refused.
    """
    yield from _measured(project, other, split)
    yield from _measured(project, run, split)
    yield _compared(run, other.id, split, _predictions(other, split))


def compare_with_release(project: Project, run: Run, release: Release, split: Split = "test") -> Events:
    """Compare a run with a release on the pictures of one of the run's splits; the last event is `Compared`.

    The labels are those that the run is measured by.

    Raises:
        DataError: the run has no model, or no picture in this split.
        ProjectError: the release was changed after it was made.
        PackageError: one of the models can't be used on this computer.
        StorageError: the disk refused.
    """
    model = release_model(release)
    yield from _measured(project, run, split)
    table = _predictions(run, split)
    rows = zip(table.files, table.hashes, table.actual.tolist(), strict=True)
    asked = [Asked(file, content, table.classes[label]) for file, content, label in rows]
    answers = yield from ask(project, model, asked)
    first = tabulate(model, [picture for picture in asked if picture.content in answers], answers)
    yield _compared(run, release.name, split, first)


def _measured(project: Project, run: Run, split: Split) -> Events:
    """Measure a run, if that was not done; how good it is alone is not the question."""
    from desktop_app.evaluation.evaluate import evaluate

    for event in evaluate(project, run, split):
        if not isinstance(event, Evaluated):
            yield event


def _predictions(run: Run, split: Split) -> Predictions:
    from desktop_app.evaluation.evaluate import predictions_csv
    from desktop_app.evaluation.predictions import Predictions

    return Predictions.read_csv(predictions_csv(run, split))


def _compared(run: Run, other: str, split: Split, first: Predictions) -> Compared:
    """What the run does differently from `first`, the predictions of the other one."""
    from desktop_app.evaluation.comparison import compare

    second = _predictions(run, split)
    found = compare(first, second)
    return Compared(
        run=run.id,
        other=other,
        split=split,
        n=found.n,
        right=found.second_right,
        other_right=found.first_right,
        became_wrong=[second.files[row] for row in found.became_wrong.tolist()],
        became_right=[second.files[row] for row in found.became_right.tolist()],
        chance=found.chance,
    )
