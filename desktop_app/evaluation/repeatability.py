"""Does the model say the same of the same part? Of parts that were photographed several times.

A part that is called good in one picture and a defect in the next is worse than a rate of mistakes tells: nobody can
trust a station that changes its mind when the part is put down again. Nothing is asked here about what is right.

* A part changed its class if its pictures were called more than one. The share of such parts, with its Wilson interval,
  is one minus the agreement within appraisers of a measurement system analysis.
* The flip rate is the chance that two pictures of one part are called differently, averaged over parts: in each the
  share of its pairs of pictures that differ.
* The spread is the standard deviation of the probability of a part's usual class over its pictures; over all parts it
  is pooled, as the repeatability standard deviation is.

Sources: AIAG, "Measurement Systems Analysis", 4th ed. (2010), chapter III C, attribute agreement; E. H. Simpson,
"Measurement of diversity", Nature 163 (1949), for the share of pairs; ISO 5725-2:2019, section 7.4, for the pooled
deviation; D. B. Rubin, "The Bayesian bootstrap", Annals of Statistics 9 (1981), for its interval.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Sequence
from math import fsum, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop_app import storage
from desktop_app.errors import DataError, DiscernError, ImageError
from desktop_app.evaluation.evaluate import groups_of, predictions_csv, require_result
from desktop_app.evaluation.intervals import wilson
from desktop_app.evaluation.predicting import from_pictures
from desktop_app.evaluation.predictions import Predictions
from desktop_app.events import (
    Events,
    PartRepeated,
    PictureSkipped,
    Progress,
    Repeated,
    Split,
    Step,
    StepStarted,
    from_dict,
    to_dict,
)
from desktop_app.project.catalog import Snapshot, list_pictures
from desktop_app.project.groups import GroupPattern
from desktop_app.project.runs import Run
from desktop_app.stopwatch import Pace

FEWEST = 2  # pictures of a part
_DRAWS, _FEWEST_DRAWS = 2000, 200
_WORK = 6_000_000  # random numbers; more parts get by with fewer draws
_FORMAT = 1
_LARGEST_FILE = 64 << 20


def repeatability(
    probabilities: NDArray[np.floating],
    classes: Sequence[str],
    names: Sequence[str],
    files: Sequence[str],
    *,
    run: str,
    where: str,
) -> Repeated | None:
    """Compare what was said of the pictures of each part; None where no part has several.

    Args:
        probabilities: (n, classes)
        names: (n,) the part of each picture, "" for none.
        files: (n,) their names.
    """
    rows_of: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        if name:
            rows_of.setdefault(name, []).append(row)
    labels = probabilities.argmax(axis=1).tolist()
    parts = [
        _part(name, probabilities[rows], [labels[row] for row in rows], classes, [files[row] for row in rows])
        for name, rows in rows_of.items()
        if len(rows) >= FEWEST
    ]
    if not parts:
        return None
    changed = sum(part.changed for part in parts)
    flips = float(np.mean([part.flips for part in parts]))
    return Repeated(
        run=run,
        where=where,
        parts=sorted(parts, key=lambda part: (-part.flips, -part.spread, part.name)),
        changed=changed,
        interval=wilson(changed, len(parts)),
        flips=flips,
        # A part's share lies between never and always, so it can't vary more than that.
        flips_interval=wilson(flips * len(parts), len(parts)),
        spread=float(_pooled(parts, np.ones((1, len(parts))))[0]),
        spread_interval=_spread_interval(parts),
    )


def _part(
    name: str, own: NDArray[np.floating], labels: Sequence[int], classes: Sequence[str], files: Sequence[str]
) -> PartRepeated:
    """In plain numbers: there may be tens of thousands of parts, of a few pictures each."""
    called = Counter(labels)
    # Of classes that were called equally often, the one that is more probable all in all.
    usual = max(called, key=lambda label: (called[label], float(own[:, label].sum()) if len(called) > 1 else 0.0))
    sure: list[float] = own[:, usual].tolist()
    n = len(sure)
    mean = fsum(sure) / n
    same = sum(count * (count - 1) for count in called.values())
    order = sorted(range(n), key=sure.__getitem__)
    return PartRepeated(
        name=name,
        pictures=n,
        called={classes[label]: called[label] for label in sorted(called, key=lambda x: (x != usual, -called[x]))},
        flips=1 - same / (n * (n - 1)),
        spread=sqrt(fsum((value - mean) ** 2 for value in sure) / (n - 1)),
        lowest=sure[order[0]],
        highest=sure[order[-1]],
        files=[files[row] for row in order],
        said=[classes[labels[row]] for row in order],
    )


def _pooled(parts: Sequence[PartRepeated], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(draws,) the pooled deviation with each part counted as much as `weights`, (draws, parts), says."""
    freedom = np.array([part.pictures - 1 for part in parts])
    squares = freedom * np.square([part.spread for part in parts])
    pooled: NDArray[np.float64] = np.sqrt(weights @ squares / (weights @ freedom))
    return pooled


def _spread_interval(parts: Sequence[PartRepeated]) -> tuple[float, float]:
    draws = int(np.clip(_WORK // len(parts), _FEWEST_DRAWS, _DRAWS))
    weights = np.random.default_rng(0).exponential(size=(draws, len(parts)))
    low, high = np.percentile(_pooled(parts, weights), (2.5, 97.5))
    return float(low), float(high)


def of_split(run: Run, split: Split = "test") -> Repeated:
    """How a run does on the groups of the pictures that it was measured on.

    Raises:
        DataError: it was not measured, or no group has several pictures in that split.
        StorageError: its predictions are damaged.
    """
    require_result(run, split)
    predictions = Predictions.read_csv(predictions_csv(run, split))
    found = of_predictions(predictions, groups_of(predictions, Snapshot.read_csv(run.snapshot_csv)), run.id, split)
    if found is None:
        raise DataError(
            "No group has several pictures among the {split} pictures.",
            hint="Name groups, or photograph some parts several times and choose their folder.",
            split=split,
        )
    return found


def of_predictions(predictions: Predictions, groups: Sequence[str], run: str, split: Split) -> Repeated | None:
    """The groups of a measured split as parts; None where none has several pictures.

    A group with pictures of several classes is no part: it can't be one and another.
    """
    first: dict[str, int] = {}
    mixed = {
        group
        for group, label in zip(groups, predictions.actual.tolist(), strict=True)
        if first.setdefault(group, label) != label
    }
    parts = ["" if group in mixed else group for group in groups]
    return repeatability(predictions.probabilities, predictions.classes, parts, predictions.files, run=run, where=split)


# ---- a folder of parts


def repeat_folder(run: Run, folder: Path, pattern: str = "") -> Events:
    """Predict the pictures of a folder of parts; the last event is `Repeated`, which is kept with the run.

    Args:
        folder: the pictures of a part lie in a folder of its own in it, or are told by their names.
        pattern: the part of the names that those of one part share, see `groups.GroupPattern`.

    Raises:
        DataError: the run has no model, or no part has several pictures that can be read.
        PackageError: the run's graph can't be trusted.
        ProjectError: the folder can't be listed.
        StorageError: the disk refused.
    """
    run.require_model("“{run}” can't predict.")
    named = GroupPattern(pattern)
    listed = list_pictures(folder).files
    files = [file for file in listed if part_of(file, named)]
    yield StepStarted(Step.REPEAT)
    yield Progress(Step.REPEAT, 0, len(files))
    kept: list[str] = []
    probabilities: list[NDArray[np.float32]] = []
    pace = Pace(Step.REPEAT, len(files))
    with contextlib.closing(from_pictures(run, [folder / file for file in files])) as answers:
        for done, (file, answer) in enumerate(zip(files, answers, strict=True), 1):
            if isinstance(answer, ImageError):
                yield PictureSkipped(file, answer.what)
            else:
                kept.append(file)
                probabilities.append(answer.probabilities)
            yield from pace.after(done)
    table = np.stack(probabilities) if probabilities else np.zeros((0, len(run.classes)), np.float32)
    parts = [part_of(file, named) for file in kept]
    found = repeatability(table, run.classes, parts, kept, run=run.id, where=str(folder))
    if found is None:
        raise DataError(
            "No part in “{folder}” has several pictures.",
            hint="Put the pictures of each part into a folder of its own, or let their names begin with the part.",
            folder=folder.name,
        )
    document = {"format": _FORMAT, "model": storage.sha256(run.model_onnx), "result": to_dict(found)}
    storage.write_json(_result_json(run), document)
    yield found


def part_of(file: str, pattern: GroupPattern) -> str:
    """The part that a picture shows, by its name relative to the folder of parts: its folder, or what matches."""
    folder = file.rpartition("/")[0]
    return folder or pattern.group(file)


def stored_repeatability(run: Run) -> Repeated | None:
    """What `repeat_folder` left for the model that the run has now; None for what makes no sense.

    A project may come from anywhere, with its runs.
    """
    path = _result_json(run)
    try:
        if not storage.is_regular_file(path) or path.stat().st_size > _LARGEST_FILE:
            return None
        document = storage.read_json(path)
        if document.get("model") != storage.sha256(run.model_onnx):
            return None
        result = from_dict(document["result"])
        return result if isinstance(result, Repeated) and _makes_sense(result, run) else None
    except (OSError, DiscernError, KeyError, TypeError, ValueError, AttributeError):
        return None


def _makes_sense(result: Repeated, run: Run) -> bool:
    shares = (result.flips, result.spread, *result.interval, *result.flips_interval, *result.spread_interval)
    return bool(
        result.run == run.id
        and isinstance(result.where, str)
        and result.parts
        and result.changed == sum(part.changed for part in result.parts)
        and all(0 <= share <= 1 for share in shares)
        and all(_part_makes_sense(part) for part in result.parts)
    )


def _part_makes_sense(part: PartRepeated) -> bool:
    return bool(
        isinstance(part.name, str)
        and FEWEST <= part.pictures == sum(part.called.values()) == len(part.files) == len(part.said)
        and all(0 <= share <= 1 for share in (part.flips, part.spread, part.lowest, part.highest))
        and all(isinstance(text, str) for text in (*part.files, *part.said, *part.called))
    )


def _result_json(run: Run) -> Path:
    return run.folder / "repeatability.json"
