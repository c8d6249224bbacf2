"""The one figure that stands for a run wherever it is named: on the test pictures, or cross-validated if these are few.

Whoever shows how good a run is asks here, so that the window, its reports, the command line and model packages agree.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import numpy as np

from desktop_app import events as ev
from desktop_app import storage
from desktop_app.errors import DiscernError
from desktop_app.evaluation.evaluate import result_json, stored_result
from desktop_app.events import CrossValidated, Evaluated, Validated
from desktop_app.project.catalog import Snapshot
from desktop_app.project.runs import Run

_FORMAT = 1

#: What was measured: the run itself on its test split, or what `CrossValidated.what` says.
Basis: TypeAlias = Literal["test"] | Validated
BASES: tuple[str, ...] = ("test", *get_args(Validated))


@dataclass(frozen=True, slots=True)
class Headline:
    """`right` of `n` pictures, the 95 % interval of that share, and what was asked about them."""

    right: int
    n: int
    interval: tuple[float, float]
    balanced_accuracy: float
    basis: Basis


def headline(measured: Evaluated, whole: CrossValidated | None) -> Headline:
    """The figure of a measured run: the cross-validation, if the test split is so small that there is one.

    Args:
        whole: what `stored_cross_validation` has.
    """
    if whole is not None and measured.split == "test":
        return Headline(whole.right, whole.n, whole.interval, whole.balanced_accuracy, whole.what)
    return Headline(measured.right, measured.n, measured.interval, measured.balanced_accuracy, "test")


def stored_headline(run: Run) -> Headline | None:
    """The same of what is kept with the run; None if its test pictures were not measured."""
    measured = stored_result(run)
    return headline(measured, stored_cross_validation(run)) if measured else None


def claimed_share(run: Run) -> float:
    """The share of right pictures that a run's files claim, at most; 0 if they claim nothing.

    Quick, since nothing is checked: it tells which runs are worth a look at their `stored_headline`.
    """
    claims = [0.0]
    for path in (result_json(run, "test"), cross_validation_json(run)):
        with contextlib.suppress(OSError, DiscernError, KeyError, TypeError, ZeroDivisionError):
            result = storage.read_json(path)["result"]
            claims.append(float(result["right"] / result["n"]))
    return max(claims)


# ---- the cross-validation that is kept with a run


def keep_cross_validation(run: Run, snapshot: Snapshot, result: CrossValidated) -> None:
    """Keep a result with its run; StorageError if the disk refuses."""
    document = {"format": _FORMAT, "pictures": snapshot.fingerprint, "result": ev.to_dict(result)}
    storage.write_json(cross_validation_json(run), document)


def stored_cross_validation(run: Run) -> CrossValidated | None:
    """What was kept for this run; None for one that makes no sense: runs come from anywhere."""
    try:
        document = storage.read_json(cross_validation_json(run))
        if document.get("pictures") != Snapshot.read_csv(run.snapshot_csv).fingerprint:
            return None
        result = ev.from_dict(document["result"])
        return result if isinstance(result, CrossValidated) and _makes_sense(result, run) else None
    except (OSError, DiscernError, KeyError, TypeError, ValueError):
        return None


def _makes_sense(result: CrossValidated, run: Run) -> bool:
    confusion = np.array(result.confusion, np.int64)
    size = len(result.classes)
    shares = (result.balanced_accuracy, *result.interval, *result.balanced_interval)
    return bool(
        result.run == run.id
        and result.what in get_args(Validated)
        and confusion.shape == (size, size)
        and (confusion >= 0).all()
        and 0 < confusion.sum() == result.n
        and confusion.trace() == result.right
        and all(0 <= share <= 1 for share in shares)
        and result.interval[0] <= result.right / result.n <= result.interval[1]
    )


def cross_validation_json(run: Run) -> Path:
    """Where the cross-validation of a run is kept."""
    return run.folder / "cross-validation.json"
