"""What gives a class away without a look at what its pictures show: camera, date, size, format, light.

A class that can be told by such a thing alone teaches a network just that; the result looks excellent, and fails on the
next picture. So each property in turn is asked to tell each class, on pictures that the rule was not made from
(cross-validation), with all pictures of one group on the same side. A property is told of only if it does so for sure:
if even the lower end of the interval of its balanced accuracy, made wider for having looked so many times, is high.

File dates are not looked at: copying class by class gives each its own. What cameras note in the picture is.

Sources: C. E. Bonferroni's inequality for the many looks; A. Agresti, B. Caffo, "Simple and effective confidence
intervals for proportions and differences of proportions result from adding two successes and two failures", The
American Statistician 54 (2000), since balanced accuracy is half of one more than a difference of two proportions;
L. Kish, "Survey Sampling" (1965) for what pictures that belong together are worth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from statistics import NormalDist
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from desktop_app.project.properties import Properties

Property: TypeAlias = Literal[
    "camera", "date", "format", "size", "shape", "brightness", "sharpness", "warmth", "greenness"
]

# What may well be what makes a class: only near certainty is suspicious there. The others can't be.
OF_CONTENT: frozenset[Property] = frozenset(("brightness", "sharpness", "warmth", "greenness"))
_SURELY_OF_CONTENT = 0.9
_SURELY = 0.75  # halfway between chance and certainty
_BINS = 12  # of a number, equally filled
_FOLDS = 5
_SMALLEST_CLASS = 10  # pictures; fewer show nothing
_SPAN = (0.05, 0.95)  # of a class's pictures, by date: what is told of as its time
_MOST_KINDS = 3  # cameras, formats or sizes that are named
_MANY = 0.2  # of the pictures of the most frequent one
_SECONDS = np.dtype("datetime64[s]")


@dataclass(frozen=True, slots=True)
class GivesAway:
    """The property alone tells the class: `found` of its `pictures`, and wrongly `mistaken` of `others` pictures.

    Counted on pictures that the rule was not made from (cross-validation).

    Attributes:
        at_least: the lower end of the 95 % interval of the balanced accuracy, 0.5 being chance.
        value: what most pictures of the class have: a camera, a format, "640 × 480", or several; days,
            "2024-05-03/2024-05-04"; "more" or "less" of what is a number; "" for a camera or a date that is not noted.
        having: how many of its pictures have that; for numbers, those found.
        others_having: how many of the others have it, too.
    """

    property: Property
    name: str
    found: int
    pictures: int
    mistaken: int
    others: int
    at_least: float = 0.0
    value: str = ""
    having: int = 0
    others_having: int = 0


def given_away(
    labels: NDArray[np.int32],
    classes: Sequence[str],
    properties: Mapping[Property, NDArray[Any]],
    units: NDArray[np.intp] | None = None,
    names: Mapping[Property, Sequence[str]] = MappingProxyType({}),
) -> list[GivesAway]:
    """For every property, the class that it gives away most clearly, if it gives away one. Labelled pictures only.

    Args:
        properties: a value a picture. Texts and whole numbers are taken as they are; numbers, and dates, are put into
            equally filled bins; NaN and NaT are what is not known.
        units: (n,) pictures of the same unit belong together; left out, each stands alone.
        names: of properties whose values are numbers that stand for texts.
    """
    units = np.arange(len(labels)) if units is None else units
    fold = _folds(labels, units)
    worth = [_Worth.of(units[labels == label]) for label in range(len(classes))]
    rest = [_Worth.of(units[labels != label]) for label in range(len(classes))]
    looks = max(1, len(properties) * len(classes))
    remarks: list[GivesAway] = []
    for name, values in properties.items():
        bins = _bins(values)
        everywhere = _by_fold(fold, bins)
        found = []
        for label, class_name in enumerate(classes):
            counts = _by_fold(fold, bins, labels == label)
            remark = _gives_away(name, class_name, counts, everywhere - counts, (worth[label], rest[label]), looks)
            if remark is not None:
                found.append((remark, label))
        if found:
            remark, label = max(found, key=lambda pair: pair[0].found / pair[0].pictures)
            remarks.append(_with_evidence(remark, values, labels == label, names.get(name)))
    return _without_echoes(remarks)


def by_properties(
    labels: NDArray[np.int32],
    classes: Sequence[str],
    known: Properties,
    rows: NDArray[np.intp],
    units: NDArray[np.intp],
) -> list[GivesAway]:
    """`given_away` by all that is known of some pictures.

    Args:
        known: of their contents.
        rows: (n,) the content of each picture.
    """
    values = known.table[rows]
    taken = values["taken"].astype(_SECONDS)
    taken[values["taken"] == 0] = np.datetime64("NaT")
    kinds, kind = np.unique(known.kinds, return_inverse=True)
    properties: dict[Property, NDArray[Any]] = {
        "camera": values["camera"],
        "date": taken,
        "format": kind[rows],
        "size": known.sizes[rows],
        "shape": (values["width"] / np.maximum(values["height"], 1)).astype(np.float64),
        **{name: values[name].astype(np.float64) for name in get_args(Property) if name in OF_CONTENT},
    }
    return given_away(labels, classes, properties, units, {"camera": known.cameras, "format": kinds.tolist()})


def _folds(labels: NDArray[np.int32], units: NDArray[np.intp]) -> NDArray[np.intp]:
    """The fold of each picture: units are dealt out as a whole, at random, class by class."""
    _, first, unit = np.unique(units, return_index=True, return_inverse=True)
    if not len(first):
        return np.zeros(0, np.intp)
    # At random: neighbours are often alike, and would give each other away.
    order = np.random.default_rng(0).permutation(len(first))
    order = order[np.argsort(labels[first[order]], kind="stable")]
    fold = np.empty(len(first), np.intp)
    fold[order] = np.arange(len(first)) % _FOLDS
    return np.asarray(fold[unit])


def _bins(values: NDArray[Any]) -> NDArray[np.intp]:
    if values.dtype.kind not in "fM":
        return np.asarray(np.unique(values, return_inverse=True)[1], np.intp)
    unknown = np.isnat(values) if values.dtype.kind == "M" else np.isnan(values)
    numbers = np.where(unknown, 0, values.astype(np.int64 if values.dtype.kind == "M" else np.float64))
    bins = np.zeros(len(values), np.intp)
    if not unknown.all():
        edges = np.unique(np.quantile(numbers[~unknown], np.linspace(0, 1, _BINS + 1)[1:-1]))
        bins[:] = 1 + np.digitize(numbers, edges)
    bins[unknown] = 0
    return bins


def _by_fold(
    fold: NDArray[np.intp], bins: NDArray[np.intp], chosen: NDArray[np.bool_] | slice = slice(None)
) -> NDArray[np.intp]:
    """How many of the chosen pictures each fold has in each bin."""
    size = int(bins.max(initial=-1)) + 1
    counts = np.bincount(fold[chosen] * size + bins[chosen], minlength=_FOLDS * size)
    return counts.reshape(_FOLDS, size)


# ---- how sure


@dataclass(frozen=True, slots=True)
class _Worth:
    """`n` pictures, of which some belong together, are worth as many as `alone` that don't."""

    n: int
    alone: float

    @classmethod
    def of(cls, units: NDArray[np.intp]) -> _Worth:
        sizes = np.unique(units, return_counts=True)[1]
        # As if all pictures of a unit were right or wrong together: rather too few than too many.
        return cls(len(units), len(units) ** 2 / float(np.square(sizes).sum()) if len(units) else 0.0)


def at_least(found: float, pictures: float, mistaken: float, others: float, looks: int = 1) -> float:
    """The lower end of the 95 % interval of a balanced accuracy: `found` of `pictures`, less `mistaken` of `others`.

    Args:
        looks: how many of them were looked at to choose this one.
    """
    share, wrong = (found + 1) / (pictures + 2), (mistaken + 1) / (others + 2)
    error = sqrt(share * (1 - share) / (pictures + 2) + wrong * (1 - wrong) / (others + 2))
    return (1 + share - wrong - NormalDist().inv_cdf(1 - 0.025 / looks) * error) / 2


def _gives_away(
    name: Property,
    class_name: str,
    own: NDArray[np.intp],
    other: NDArray[np.intp],
    worth: tuple[_Worth, _Worth],
    looks: int,
) -> GivesAway | None:
    """Guess the class from the bin alone: yes where it is commoner among the class than among the others.

    `own`, `other`: how many pictures of the class, and of all others, each fold has in each bin.
    """
    pictures, others = int(own.sum()), int(other.sum())
    if min(pictures, others) < _SMALLEST_CLASS:
        return None
    guessed = _share_elsewhere(own) > _share_elsewhere(other)
    found, mistaken = int(own[guessed].sum()), int(other[guessed].sum())
    of_class, of_others = worth
    scale, scale_others = of_class.alone / of_class.n, of_others.alone / of_others.n
    lowest = at_least(found * scale, pictures * scale, mistaken * scale_others, others * scale_others, looks)
    if lowest < (_SURELY_OF_CONTENT if name in OF_CONTENT else _SURELY):
        return None
    return GivesAway(name, class_name, found, pictures, mistaken, others, lowest)


def _share_elsewhere(counts: NDArray[np.intp]) -> NDArray[np.float64]:
    """For each fold, which share of the pictures outside it is in each bin."""
    elsewhere = counts.sum(0) - counts
    shares: NDArray[np.float64] = elsewhere / np.maximum(1, elsewhere.sum(1, keepdims=True))
    return shares


# ---- what a person can check


def _with_evidence(
    remark: GivesAway, values: NDArray[Any], own: NDArray[np.bool_], names: Sequence[str] | None
) -> GivesAway:
    if values.dtype.kind == "M":
        value, having = _span(values, own)
    elif values.dtype.kind == "f":
        value = "more" if np.nanmedian(values[own]) > np.nanmedian(values[~own]) else "less"
        return replace(remark, value=value, having=remark.found, others_having=remark.mistaken)
    else:
        kinds = _own_kinds(values, own)
        having = np.isin(values, kinds)
        value = ", ".join(_told(remark.property, kind, names) for kind in kinds)
    return replace(remark, value=value, having=int(having[own].sum()), others_having=int(having[~own].sum()))


def _own_kinds(values: NDArray[Any], own: NDArray[np.bool_]) -> NDArray[Any]:
    """The kinds that most pictures of the class have: the most frequent, and some that are as much its own."""
    kinds, kind = np.unique(values, return_inverse=True)
    of_class = np.bincount(kind[own], minlength=len(kinds))
    of_others = np.bincount(kind[~own], minlength=len(kinds))
    telling = np.argsort(-of_class, kind="stable")[:_MOST_KINDS]
    share = (of_class / (of_class + of_others))[telling]
    return np.asarray(kinds[telling[(share >= share[0]) & (of_class[telling] >= _MANY * of_class[telling[0]])]])


def _told(name: Property, kind: Any, names: Sequence[str] | None) -> str:
    if name == "size":
        return f"{int(kind) >> 32} × {int(kind) & 0xFFFFFFFF}"
    return str(kind) if names is None else names[int(kind)]


def _span(values: NDArray[Any], own: NDArray[np.bool_]) -> tuple[str, NDArray[np.bool_]]:
    """The days within which the class was photographed, and which pictures were; those undated, if most are."""
    unknown = np.isnat(values)
    dated = np.sort(values[own & ~unknown])
    if len(dated) < np.count_nonzero(own) / 2:
        return "", unknown
    first, last = (dated[min(len(dated) - 1, round(share * (len(dated) - 1)))] for share in _SPAN)
    days = [str(moment.astype("datetime64[D]")) for moment in (first, last)]
    within = np.zeros(len(values), np.bool_)
    within[~unknown] = (values[~unknown] >= first) & (values[~unknown] <= last)
    return "/".join(dict.fromkeys(days)), within


def _without_echoes(remarks: list[GivesAway]) -> list[GivesAway]:
    """The shape says nothing more where the size says it already; of light, sharpness and colours one is enough."""
    kept: list[GivesAway] = []
    for remark in sorted(remarks, key=lambda one: -one.at_least):
        echoes = next((group for group in _ECHOES if remark.property in group), frozenset())
        if not any(other.property in echoes and other.name == remark.name for other in kept):
            kept.append(remark)
    order = list(get_args(Property))
    return sorted(kept, key=lambda one: order.index(one.property))


_ECHOES: tuple[frozenset[Property], ...] = (frozenset(("size", "shape")), OF_CONTENT)
