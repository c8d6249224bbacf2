"""Measure a run: what it says about the pictures of a split that it has not learned from.

The pictures are those of the run's own snapshot, with the classes they had when it was trained: a result never depends
on what was moved since, and no picture that the run learned from can get into its test.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app import storage
from desktop_app.errors import DataError, ImageError, StorageError
from desktop_app.evaluation import metrics
from desktop_app.evaluation.clusters import clustered, units_of
from desktop_app.evaluation.intervals import wilson
from desktop_app.evaluation.predicting import from_embeddings, from_pictures, tabulated
from desktop_app.evaluation.predictions import Predictions, unreadable
from desktop_app.events import Evaluated, Event, Events, Notice, PictureSkipped, Split, Step, StepStarted
from desktop_app.features.unlike import Unlike
from desktop_app.project.catalog import Snapshot
from desktop_app.project.following import Lost, read_all
from desktop_app.project.project import Project
from desktop_app.project.runs import Run
from desktop_app.stopwatch import Pace

FORMAT = 1


def evaluate(project: Project, run: Run, split: Split = "test") -> Events:
    """Predict every picture of a split and measure the predictions; the last event is `Evaluated`.

    Where the backbone stayed frozen, the cached embeddings go through the run's head, which takes milliseconds; other
    pictures go through the run's own ONNX graph, the one that packages carry. Pictures that can't be read, or are no
    longer in the project, are skipped and don't count.

    Writes into the run's folder `predictions-<split>.csv` (and for the test split `predictions.csv`, the same) and
    `evaluation-<split>.json`. If they are there already, of this model and these pictures, nothing is computed.

    Raises:
        DataError: the run has no model, or no picture in this split.
        StorageError: the disk refused; earlier results are as before.
    """
    run.require_model("“{run}” can't be evaluated.")
    snapshot = Snapshot.read_csv(run.snapshot_csv)
    rows = snapshot.rows(split)
    if not len(rows):
        raise _no_pictures(run, split)
    yield StepStarted(Step.MEASURE)
    model = _sha256(run.model_onnx)
    unlike = Unlike.load(unlike_file(run), model)
    identity = {"model": model, "pictures": snapshot.fingerprint, "unlike": unlike is not None}
    stored = _stored(run, split, {**identity, "skipped": 0})  # skipped ones may be readable now
    result = stored[0] if stored else None
    if result is None:
        predictions = yield from _predict(project, run, snapshot, rows, unlike)
        skipped = len(rows) - len(predictions)
        if not len(predictions):
            raise DataError(
                "None of the {n} pictures could be read.",
                why="They were moved, or their disk is not connected.",
                hint="Put them back, or train again.",
                n=len(rows),
            )
        result = measure(predictions, run.id, split, groups_of(predictions, snapshot))
        _store(run, split, {**identity, "skipped": skipped}, predictions, result)
        if skipped:
            yield Notice(
                "warning",
                f"{skipped} of {len(rows)} pictures could not be read.",
                hint="They don't count in the result.",
            )
    yield result


def measure(predictions: Predictions, run: str, split: Split, groups: Sequence[str] = ()) -> Evaluated:
    """The metrics of a table of predictions; see `metrics` for how undefined ones count.

    Args:
        groups: for each picture what it belongs to, "" for nothing; intervals are wider for them.
    """
    confusion = predictions.confusion()
    n, right = len(predictions), int(confusion.trace())
    per_class = metrics.class_results(confusion, predictions.classes)
    interval = wilson(right, n)
    if (units := units_of(groups)) is not None:
        interval = clustered(predictions.correct, units)
        per_class = metrics.clustered_class_results(per_class, predictions.actual, predictions.predicted, units)
    return Evaluated(
        run=run,
        split=split,
        n=n,
        right=right,
        accuracy=right / n,
        interval=interval,
        balanced_accuracy=metrics.balanced_accuracy(confusion),
        macro_f1=metrics.macro_f1(confusion),
        classes=list(predictions.classes),
        confusion=confusion.tolist(),
        per_class=per_class,
    )


def groups_of(predictions: Predictions, snapshot: Snapshot) -> list[str]:
    """The group of each picture as it was when the run was trained, by content; "" for none."""
    group_of = dict(zip(snapshot.hashes, snapshot.groups, strict=True))
    return [group_of.get(content, "") for content in predictions.hashes]


def stored_result(run: Run, split: Split = "test") -> Evaluated | None:
    """The result that `evaluate` left, if it was measured on the model that the run has now."""
    stored = stored_predictions(run, split)
    return stored[0] if stored else None


def require_result(run: Run, split: Split) -> None:
    """Raises: DataError if the run was not measured on this split."""
    if stored_result(run, split) is None:
        raise DataError(
            "“{run}” was not measured on the {split} pictures.", hint="Measure it first.", run=run.id, split=split
        )


def stored_predictions(run: Run, split: Split = "test") -> tuple[Evaluated, Predictions] | None:
    """The same with the predictions that it was measured on: a large table is read once."""
    if not result_json(run, split).exists():
        return None  # without reading a model for nothing
    try:
        return _stored(run, split, {"model": _sha256(run.model_onnx)})
    except (FileNotFoundError, StorageError):
        return None


def has_pictures(run: Run, split: Split) -> bool:
    """Whether the run kept pictures for a split. DataError if its list of pictures is damaged."""
    return bool(len(Snapshot.read_csv(run.snapshot_csv).rows(split)))


def predictions_csv(run: Run, split: Split) -> Path:
    """Where the predictions of a split are kept."""
    return run.folder / f"predictions-{split}.csv"


def unlike_file(run: Run) -> Path:
    """Where a run keeps what it needs to tell that it has never seen anything like a picture."""
    return run.folder / "unlike.safetensors"


def result_json(run: Run, split: Split) -> Path:
    """Where the result of a split is kept."""
    return run.folder / f"evaluation-{split}.json"


# ---- predicting


def _predict(
    project: Project, run: Run, snapshot: Snapshot, rows: NDArray[np.intp], unlike: Unlike | None
) -> Generator[Event, None, Predictions]:
    answers = from_embeddings(project, run, [snapshot.hashes[row] for row in rows], unlike)
    paths = {
        position: project.path(snapshot.files[rows[position]])
        for position, known in enumerate(answers)
        if known is None
    }
    pace = Pace(Step.MEASURE, len(paths))

    def read(places: Mapping[int, Path]) -> Generator[Event, None, Lost[int]]:
        lost: Lost[int] = {}
        with contextlib.closing(from_pictures(run, list(places.values()), unlike)) as results:
            for done, (position, found) in enumerate(zip(places, results, strict=True), len(paths) - len(places) + 1):
                result = project.index.still(places[position], snapshot.hashes[rows[position]], found)
                if isinstance(result, ImageError):
                    lost[position] = result
                else:
                    answers[position] = result
                yield from pace.after(done)
        return lost

    if paths:
        lost = yield from read_all(project, paths, lambda position: snapshot.hashes[rows[position]], read)
        for position, error in lost.items():
            yield PictureSkipped(snapshot.files[rows[position]], error.what)
    kept = [position for position, known in enumerate(answers) if known is not None]
    answered = rows[kept].tolist()
    return tabulated(
        run.classes,
        [snapshot.files[row] for row in answered],
        [snapshot.hashes[row] for row in answered],
        [snapshot.classes[snapshot.labels[row]] for row in answered],
        [known for known in answers if known is not None],
    )


# ---- keeping the result


def _store(run: Run, split: Split, identity: dict[str, Any], predictions: Predictions, result: Evaluated) -> None:
    data = predictions.to_csv()
    # The table first: a result without its table would be measured again, one with an older table would mislead.
    storage.write_atomic(predictions_csv(run, split), data)
    if split == "test":
        storage.write_atomic(run.folder / "predictions.csv", data)
    document = {
        "format": FORMAT,
        **identity,
        "table": hashlib.sha256(data).hexdigest(),
        "result": asdict(result),
    }
    storage.write_json(result_json(run, split), document)


def _stored(run: Run, split: Split, identity: dict[str, Any]) -> tuple[Evaluated, Predictions] | None:
    """An earlier result of the same `identity`, measured again from its table, which nobody may have changed since."""
    table = predictions_csv(run, split)
    try:
        document = storage.read_json(result_json(run, split))
        same = all(document.get(key) == value for key, value in identity.items())
        if not same or document.get("table") != _sha256(table):
            return None
        predictions = Predictions.read_csv(table)
        groups = groups_of(predictions, Snapshot.read_csv(run.snapshot_csv))
        return measure(predictions, run.id, split, groups), predictions
    except (FileNotFoundError, DataError, StorageError, ValueError):
        return None  # missing or damaged: it is measured anew


def _sha256(path: Path) -> str:
    try:
        return storage.sha256(path)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unreadable(error, path) from error


def _no_pictures(run: Run, split: Split) -> DataError:
    kind = {"test": "test", "validation": "validation", "train": "training"}[split]
    return DataError(
        "“{run}” can't be evaluated: there are no {kind} pictures.",
        why="When it was trained, no class had enough pictures to keep some apart.",
        hint="Add pictures until each class has about 20 or more, then train again.",
        run=run.id,
        kind=kind,
    )
