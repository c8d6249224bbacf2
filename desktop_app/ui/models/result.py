"""A measured split of a run, with every prediction behind it, and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from desktop_app.evaluation.intervals import wilson
from desktop_app.evaluation.predictions import Predictions
from desktop_app.evaluation.resampling import MeanIntervals, mean_intervals
from desktop_app.events import ClassResult, Evaluated, Split
from desktop_app.project.catalog import Snapshot
from desktop_app.ui import wording

if TYPE_CHECKING:
    from desktop_app.project.runs import Run

#: A class whose share is only known to within this many points deserves a warning.
WIDE_INTERVAL = 0.2

translate = wording.translate


@dataclass(frozen=True)
class Check:
    """One thing that makes a result trustworthy, or not."""

    mark: Literal["ok", "info", "warn", "error"]
    text: str


@dataclass(frozen=True, eq=False)
class Result:
    run: str
    split: Split
    evaluated: Evaluated
    predictions: Predictions
    doubts: MeanIntervals
    checks: tuple[Check, ...]

    def behind(self, actual: int, called: int) -> list[int]:
        """Rows of the predictions in a cell of the matrix, the surest first."""
        predictions = self.predictions
        rows = np.flatnonzero((predictions.actual == actual) & (predictions.predicted == called))
        order = np.argsort(-predictions.how_sure[rows], kind="stable")
        return [int(row) for row in rows[order]]


def load_result(run: Run, split: Split) -> Result | None:
    """What was measured; None if that has not been done for the model that the run has now.

    Raises:
        DataError: the run's list of pictures is damaged.
        StorageError: the predictions are damaged.
    """
    from desktop_app.evaluation.evaluate import predictions_csv, stored_result

    evaluated = stored_result(run, split)
    if evaluated is None:
        return None
    predictions = Predictions.read_csv(predictions_csv(run, split))
    snapshot = Snapshot.read_csv(run.snapshot_csv)
    group_of = dict(zip(snapshot.hashes, snapshot.groups, strict=True))
    doubts = mean_intervals(
        predictions.actual,
        predictions.predicted,
        len(predictions.classes),
        [group_of.get(content, "") for content in predictions.hashes],
    )
    return Result(run.id, split, evaluated, predictions, doubts, trust_checks(snapshot, evaluated, predictions))


def trust_checks(snapshot: Snapshot, evaluated: Evaluated, predictions: Predictions) -> tuple[Check, ...]:
    """Whether the pictures were really new to the model, and whether there are enough of them."""
    checks = []
    match evaluated.split:
        case "test":
            checks += [_unseen(snapshot, predictions), _groups_apart(snapshot)]
        case "validation":
            text = translate("trust", "Validation helped to choose this model: expect a little less on new pictures.")
            checks.append(Check("info", text))
        case "train":
            text = translate("trust", "The model has learnt from these pictures: new ones are harder.")
            checks.append(Check("warn", text))
    checks.append(_enough(evaluated.per_class, evaluated.split))
    if left_out := len(snapshot.rows(evaluated.split)) - evaluated.n:
        text = (
            translate("trust", "1 picture could not be read and does not count.")
            if left_out == 1
            else translate("trust", "%Ln pictures could not be read and don't count.", "", left_out)
        )
        checks.append(Check("warn", text))
    return tuple(checks)


def _unseen(snapshot: Snapshot, predictions: Predictions) -> Check:
    """No test picture, by content, was among those that training used."""
    used = {snapshot.hashes[row] for split in ("train", "validation") for row in snapshot.rows(split)}
    seen = sum(content in used for content in predictions.hashes)
    if seen:
        text = translate(
            "trust", "%Ln test pictures were also used in training: this result can't be trusted.", "", seen
        )
        return Check("error", text)
    return Check("ok", translate("trust", "The test pictures were locked: training used none of them, and no copy."))


def _groups_apart(snapshot: Snapshot) -> Check:
    groups = {
        split: {snapshot.groups[row] for row in snapshot.rows(split)} - {""}
        for split in ("train", "validation", "test")
    }
    if not any(groups.values()):
        text = translate("trust", "No groups are named: pictures of one part could be in both train and test.")
        return Check("info", text)
    shared = sorted((groups["train"] | groups["validation"]) & groups["test"])
    if shared:
        text = translate("trust", "{groups} is in both train and test: this result is too good.")
        return Check("error", text.format(groups=wording.quoted(shared)))
    return Check("ok", translate("trust", "No group is in both train and test."))


def _enough(per_class: list[ClassResult], split: Split) -> Check:
    """The class whose share is least certain, and how many pictures more would halve its error bar."""
    if absent := [result.name for result in per_class if not result.actual]:
        text = translate("trust", "{classes}: {pictures}, so nothing is known about it.")
        return Check("warn", text.format(classes=wording.quoted(absent), pictures=_pictures(0, split)))
    widest = max(per_class, key=lambda result: _width(result.right, result.actual))
    if _width(widest.right, widest.actual) <= WIDE_INTERVAL:
        fewest = min(result.actual for result in per_class)
        text = translate("trust", "Every class has at least {pictures}.")
        return Check("ok", text.format(pictures=_pictures(fewest, split)))
    text = translate("trust", "“{class_name}” has {pictures}: about {more} more would halve its error bar.")
    more = wording.number(pictures_to_halve(widest.right, widest.actual))
    return Check("warn", text.format(class_name=widest.name, pictures=_pictures(widest.actual, split), more=more))


def _pictures(n: int, split: Split) -> str:
    """ "no test pictures", "1 test picture", "20 test pictures"."""
    none, one, many = {
        "test": (
            translate("trust", "no test pictures"),
            translate("trust", "1 test picture"),
            translate("trust", "%Ln test pictures", "", n),
        ),
        "validation": (
            translate("trust", "no validation pictures"),
            translate("trust", "1 validation picture"),
            translate("trust", "%Ln validation pictures", "", n),
        ),
        "train": (
            translate("trust", "no training pictures"),
            translate("trust", "1 training picture"),
            translate("trust", "%Ln training pictures", "", n),
        ),
    }[split]
    return none if n == 0 else one if n == 1 else many


def _width(right: float, n: float) -> float:
    low, high = wilson(right, n)  # type: ignore[arg-type]  # the formula holds for fractions, too
    return high - low


def pictures_to_halve(right: int, n: int) -> int:
    """How many pictures more would halve the width of a share's interval, if the share stayed; to two digits."""
    wanted, share = _width(right, n) / 2, right / n
    low, high = n, n * 16
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _width(share * middle, middle) <= wanted else (middle, high)
    more = high - n
    step = 1 if more < 20 else 5 if more < 50 else 10 if more < 500 else 100
    return -(-more // step) * step
