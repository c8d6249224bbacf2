"""What a table of predictions is worth: confusion, accuracy, recall, precision, F1.

Everything derives from the confusion matrix, rows actual and columns predicted. A class without pictures has no recall
and a class never predicted has no precision: these are None, never a made-up 0 or 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from desktop_app.evaluation.clusters import clustered
from desktop_app.evaluation.intervals import wilson
from desktop_app.events import ClassResult


def confusion_matrix(actual: NDArray[np.integer], predicted: NDArray[np.integer], classes: int) -> NDArray[np.int64]:
    """How many pictures of each actual class (row) were given each predicted class (column).

    Args:
        actual, predicted: class numbers, 0 … `classes` - 1, one per picture.
    """
    cells = np.asarray(actual, np.int64) * classes + np.asarray(predicted, np.int64)
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def balanced_accuracy(confusion: NDArray[np.int64]) -> float:
    """The mean recall of the classes that have pictures, so that a rare class counts as much as a frequent one.

    Classes without pictures have no recall and don't count, as in scikit-learn's `balanced_accuracy_score`.

    Raises:
        ValueError: there are no pictures at all.
    """
    actual = confusion.sum(axis=1)
    present = actual > 0
    if not present.any():
        raise ValueError("no pictures")
    return float(np.mean(confusion.diagonal()[present] / actual[present]))


def macro_f1(confusion: NDArray[np.int64]) -> float:
    """The mean F1 of the classes that occur among the actual or the predicted ones.

    A class with pictures that is never predicted, and one predicted that has no pictures, count with F1 = 0; a class
    that occurs nowhere has no F1 and doesn't count. This equals scikit-learn's
    `f1_score(average="macro", zero_division=0)`, whose labels are those present.

    Raises:
        ValueError: there are no pictures at all.
    """
    occurrences = confusion.sum(axis=1) + confusion.sum(axis=0)
    present = occurrences > 0
    if not present.any():
        raise ValueError("no pictures")
    return float(np.mean(2 * confusion.diagonal()[present] / occurrences[present]))


def class_results(confusion: NDArray[np.int64], names: Sequence[str]) -> list[ClassResult]:
    """Recall, precision and F1 of each class, with the counts and 95 % intervals that say what they are worth."""
    return [
        class_result(
            name, right=int(confusion[i, i]), actual=int(confusion[i].sum()), called=int(confusion[:, i].sum())
        )
        for i, name in enumerate(names)
    ]


def clustered_class_results(
    results: Sequence[ClassResult],
    actual: NDArray[np.integer],
    predicted: NDArray[np.integer],
    units: NDArray[np.intp],
) -> list[ClassResult]:
    """The same results with intervals that know which pictures belong together, see `clusters.clustered`.

    Args:
        results: of all classes, in the order of their numbers.
        actual, predicted: (n,) class numbers.
        units: (n,) pictures of the same unit belong together.
    """
    right = actual == predicted

    def intervals(by: NDArray[np.integer]) -> Iterator[tuple[float, float] | None]:
        order = np.argsort(by, kind="stable")
        ends = np.cumsum(np.bincount(by, minlength=len(results)))[:-1]
        for rows in np.split(order, ends):
            yield clustered(right[rows], units[rows]) if len(rows) else None

    return [
        replace(result, recall_interval=recall, precision_interval=precision)
        for result, recall, precision in zip(results, intervals(actual), intervals(predicted), strict=True)
    ]


def class_result(name: str, *, right: int, actual: int, called: int) -> ClassResult:
    """One class: `right` of `actual` pictures were found, `right` of `called` were right when called."""
    return ClassResult(
        name=name,
        actual=actual,
        called=called,
        right=right,
        recall=right / actual if actual else None,
        recall_interval=wilson(right, actual) if actual else None,
        precision=right / called if called else None,
        precision_interval=wilson(right, called) if called else None,
        f1=2 * right / (actual + called) if actual + called else None,
    )
