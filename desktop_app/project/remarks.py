"""What can be said about whole classes: too few pictures, uneven numbers, and what gives a class away.

A class that can be told by its file format, its size or its light alone teaches a network just that; the result looks
excellent, and fails on the next picture. File dates are not looked at: copying class by class gives each its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Property: TypeAlias = Literal["format", "size", "brightness"]

FEW = 20  # pictures; below, a class has too few
UNEVEN = 3.0  # the largest class has this many times the pictures of the smallest

_TELLING = {"format": 0.9, "size": 0.9, "brightness": 0.95}  # balanced accuracy from which a property tells a class
_BINS = 12  # of a number, equally filled
_FOLDS = 5
_SMALLEST_CLASS = 10  # pictures; fewer show nothing


@dataclass(frozen=True, slots=True)
class TooFew:
    """A class has fewer than `FEW` pictures."""

    name: str
    pictures: int


@dataclass(frozen=True, slots=True)
class Uneven:
    """`largest` has `times` as many pictures as `smallest`."""

    largest: str
    smallest: str
    times: float


@dataclass(frozen=True, slots=True)
class GivesAway:
    """The property alone tells the class: `found` of its `pictures`, and wrongly `mistaken` of `others` pictures.

    Counted on pictures that the rule was not made from (cross-validation).
    """

    property: Property
    name: str
    found: int
    pictures: int
    mistaken: int
    others: int


Remark: TypeAlias = TooFew | Uneven | GivesAway


def about_numbers(counts: dict[str, int]) -> list[Remark]:
    """Remarks about pictures per class; classes without any are left out."""
    filled = {name: count for name, count in counts.items() if count}
    remarks: list[Remark] = [TooFew(name, count) for name, count in filled.items() if count < FEW]
    if len(filled) > 1:
        largest, smallest = max(filled, key=filled.__getitem__), min(filled, key=filled.__getitem__)
        if (times := filled[largest] / filled[smallest]) >= UNEVEN:
            remarks.append(Uneven(largest, smallest, times))
    return remarks


def about_properties(
    labels: NDArray[np.int32], classes: Sequence[str], properties: dict[Property, NDArray[Any]]
) -> list[Remark]:
    """For every property, the class that it gives away most clearly, if it gives away one. Labelled pictures only.

    `properties`: a value a picture; texts are taken as they are, numbers put into equally filled bins.
    """
    # Dealt out at random: neighbours are often alike, and would give each other away.
    fold = np.random.default_rng(0).permutation(len(labels)) % _FOLDS
    remarks: list[Remark] = []
    for name, values in properties.items():
        bins = _bins(values)
        everywhere = _by_fold(fold, bins)
        own = (_by_fold(fold, bins, labels == label) for label in range(len(classes)))
        found = [
            remark
            for class_name, counts in zip(classes, own, strict=True)
            if (remark := _gives_away(name, class_name, counts, everywhere - counts))
        ]
        if found:
            remarks.append(max(found, key=lambda remark: remark.found / remark.pictures))
    return remarks


def _bins(values: NDArray[Any]) -> NDArray[np.intp]:
    bins: NDArray[np.intp]
    if values.dtype.kind == "f" and len(values):
        bins = np.digitize(values, np.unique(np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1])))
    else:
        bins = np.unique(values, return_inverse=True)[1]
    return bins


def _by_fold(
    fold: NDArray[np.intp], bins: NDArray[np.intp], chosen: NDArray[np.bool_] | slice = slice(None)
) -> NDArray[np.intp]:
    """How many of the chosen pictures each fold has in each bin."""
    size = int(bins.max(initial=-1)) + 1
    counts = np.bincount(fold[chosen] * size + bins[chosen], minlength=_FOLDS * size)
    return counts.reshape(_FOLDS, size)


def _gives_away(name: Property, class_name: str, own: NDArray[np.intp], other: NDArray[np.intp]) -> GivesAway | None:
    """Guess the class from the bin alone: yes where it is commoner among the class than among the others.

    `own`, `other`: how many pictures of the class, and of all others, each fold has in each bin.
    """
    pictures, others = int(own.sum()), int(other.sum())
    if min(pictures, others) < _SMALLEST_CLASS:
        return None
    guessed = _share_elsewhere(own) > _share_elsewhere(other)
    found, mistaken = int(own[guessed].sum()), int(other[guessed].sum())
    balanced_accuracy = (found / pictures + 1 - mistaken / others) / 2
    if balanced_accuracy < _TELLING[name]:
        return None
    return GivesAway(name, class_name, found, pictures, mistaken, others)


def _share_elsewhere(counts: NDArray[np.intp]) -> NDArray[np.float64]:
    """For each fold, which share of the pictures outside it is in each bin."""
    elsewhere = counts.sum(0) - counts
    shares: NDArray[np.float64] = elsewhere / np.maximum(1, elsewhere.sum(1, keepdims=True))
    return shares
