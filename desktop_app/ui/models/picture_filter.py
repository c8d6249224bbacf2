"""Which pictures of a project are shown, and in which order: plain arithmetic over columns, no loop over pictures."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from desktop_app.project.columns import Columns
    from desktop_app.project.name_order import NameOrder

UNLABELLED = -1
GONE = -2  # on its way to the trash
UNREADABLE = 1  # the finding of pictures that can't be read
EXCLUDED = 2048  # of those that a person excluded

Mask: TypeAlias = NDArray[np.bool_]


class Kind(StrEnum):
    """What a filter can ask for; each is one chip."""

    CLASS = "class"
    SPLIT = "split"
    PROBLEM = "problem"
    NAME = "name"
    DATE = "date"
    SHAPE = "shape"
    WEIGHT = "weight"
    PREDICTED = "predicted"
    CONFIDENCE = "confidence"
    GOLDEN = "golden"


@dataclass(frozen=True)
class Filter:
    """A picture is shown if it meets every criterion; one that is empty or None is met by all.

    Attributes:
        labels: any of these classes of the catalog; -1 stands for unlabelled.
        splits: any of these, indices into `SPLITS`; -1 for pictures that were not dealt out yet.
        problems: any of these findings of the health check, as bits.
        name: part of the file's name.
        dates: last written at or after the one and before the other, in nanoseconds since 1970.
        shapes: any of these widths and heights in pixels.
        edges: the longer side in pixels, from and to.
        weights: bytes, from and to.
        predicted: the newest model says any of these classes.
        confidence: the probability of what it says, from and to.
        golden: in the golden set.
    """

    labels: frozenset[int] = frozenset()
    splits: frozenset[int] = frozenset()
    problems: int = 0
    name: str = ""
    dates: tuple[int, int] | None = None
    shapes: frozenset[tuple[int, int]] = frozenset()
    edges: tuple[int, int] | None = None
    weights: tuple[int, int] | None = None
    predicted: frozenset[int] = frozenset()
    confidence: tuple[float, float] | None = None
    golden: bool = False

    def kinds(self) -> tuple[Kind, ...]:
        """What it asks for."""
        nothing = Filter()
        return tuple(
            kind
            for kind, names in _FIELDS.items()
            if any(getattr(self, name) != getattr(nothing, name) for name in names)
        )

    def without(self, *kinds: Kind) -> Self:
        """The same, but asking for less."""
        nothing = Filter()
        return replace(self, **{name: getattr(nothing, name) for kind in kinds for name in _FIELDS[kind]})

    def with_(self, kind: Kind, other: Filter) -> Self:
        """The same, but asking of this kind what `other` asks."""
        return replace(self, **{name: getattr(other, name) for name in _FIELDS[kind]})


_FIELDS: dict[Kind, tuple[str, ...]] = {
    Kind.CLASS: ("labels",),
    Kind.SPLIT: ("splits",),
    Kind.PROBLEM: ("problems",),
    Kind.NAME: ("name",),
    Kind.DATE: ("dates",),
    Kind.SHAPE: ("shapes", "edges"),
    Kind.WEIGHT: ("weights",),
    Kind.PREDICTED: ("predicted",),
    Kind.CONFIDENCE: ("confidence",),
    Kind.GOLDEN: ("golden",),
}


class SortBy(StrEnum):
    FOLDER = "folder"  # class by class, as in the folders
    NAME = "name"
    DATE = "date"
    PIXELS = "pixels"
    WEIGHT = "weight"
    CONFIDENCE = "confidence"
    SIMILARITY = "similarity"


@dataclass(frozen=True)
class Sort:
    """Pictures of which nothing is known come last, whichever way; equal ones stand as in their folders."""

    by: SortBy = SortBy.FOLDER
    descending: bool = False


@dataclass(frozen=True, eq=False)
class Facts:
    """What is known of each picture, in the order of the catalog.

    `findings`: bits of the health check; `distances` to a reference picture, NaN where unknown; `names` and `distances`
    are None until they have been worked out.
    """

    labels: NDArray[np.int32]
    columns: Columns
    findings: NDArray[np.uint16]
    names: NameOrder | None = None
    distances: NDArray[np.float32] | None = None
    _orders: dict[Sort, NDArray[np.intp]] = field(default_factory=dict)  # all places, sorted; worked out once

    def with_labels(self, labels: NDArray[np.int32]) -> Facts:
        """The same pictures in other classes; no order depends on these."""
        return replace(self, labels=labels)

    def knowing(self, **known: Any) -> Facts:
        """The same pictures, of which more is known."""
        return replace(self, _orders={}, **known)

    def ordered(self, sort: Sort) -> NDArray[np.intp]:
        """All places in an order."""
        if sort not in self._orders:
            self._orders[sort] = _ordered(sort, self)
        return self._orders[sort]

    def taken(self, stood: NDArray[np.intp], labels: NDArray[np.int32], files: tuple[str, ...]) -> Facts:
        """For another list of pictures, each of which stood here at its place of `stood`; -1 for new ones."""
        findings = self.findings[stood] if len(self.findings) else np.zeros(len(stood), np.uint16)
        findings[stood < 0] = 0
        distances = None
        if self.distances is not None:
            distances = self.distances[stood]
            distances[stood < 0] = np.nan
        names = self.names.taken(stood) if self.names else None
        return Facts(labels, self.columns.taken(stood, files), findings, names, distances)


def shown(wanted: Filter, sort: Sort, facts: Facts) -> NDArray[np.intp]:
    """The places of the pictures that are shown, in their order."""
    mask = _mask(wanted, facts)
    if sort.by == SortBy.FOLDER:
        places = np.flatnonzero(mask)
        return places[::-1] if sort.descending else places
    order = facts.ordered(sort)
    return order[mask[order]]


def _ordered(sort: Sort, facts: Facts) -> NDArray[np.intp]:
    key, unknown = _key(sort.by, facts)
    order = np.argsort(-key if sort.descending else key, kind="stable")
    # A value that stands for "unknown" might be somebody's real one.
    return np.concatenate([order[~unknown[order]], np.flatnonzero(unknown)])


def _mask(wanted: Filter, facts: Facts) -> Mask:
    columns, labels = facts.columns, facts.labels
    mask: Mask = _any_of(labels, wanted.labels) if wanted.labels else labels != GONE
    if wanted.splits:
        mask &= _any_of(columns.split, wanted.splits)
    if wanted.problems:
        mask &= (facts.findings & wanted.problems) != 0
    if wanted.name:
        mask &= _named(wanted.name, facts)
    if wanted.dates:
        known = columns.changed_ns != 0
        mask &= known & (columns.changed_ns >= wanted.dates[0]) & (columns.changed_ns < wanted.dates[1])
    if wanted.shapes:
        codes = frozenset(_shape_code(width, height) for width, height in wanted.shapes)
        mask &= _any_of(_shape_code(columns.width.astype(np.int64), columns.height), codes)
    if wanted.edges:
        mask &= _between(np.maximum(columns.width, columns.height), wanted.edges) & (columns.width > 0)
    if wanted.weights:
        mask &= _between(columns.size, wanted.weights)
    if wanted.predicted:
        mask &= _any_of(columns.predicted, wanted.predicted)
    if wanted.confidence:
        mask &= _between(columns.confidence, wanted.confidence)
    if wanted.golden:
        mask &= columns.golden
    return mask


def _any_of(values: NDArray[Any], wanted: frozenset[int]) -> Mask:
    if len(wanted) == 1:
        return np.asarray(values == next(iter(wanted)))
    return np.isin(values, list(wanted))


def _between(values: NDArray[Any], limits: tuple[float, float]) -> Mask:
    return np.asarray((values >= limits[0]) & (values <= limits[1]))


def _shape_code(width: Any, height: Any) -> Any:
    return (width << 32) | height


def _named(part: str, facts: Facts) -> Mask:
    if facts.names is not None:
        return facts.names.containing(part)
    wanted = part.casefold()  # names have not been worked out yet
    files = facts.columns.files
    return np.fromiter((wanted in file.rpartition("/")[2].casefold() for file in files), np.bool_, len(files))


def _key(by: SortBy, facts: Facts) -> tuple[NDArray[Any], Mask]:
    """What pictures are sorted by, and of which of them it is unknown."""
    columns = facts.columns
    none = np.zeros(len(facts.labels), np.bool_)
    match by:
        case SortBy.NAME if facts.names is not None:
            return facts.names.rank, none
        case SortBy.DATE:
            return columns.changed_ns, columns.changed_ns == 0
        case SortBy.PIXELS:
            pixels = columns.width.astype(np.int64) * columns.height
            return pixels, pixels == 0
        case SortBy.WEIGHT:
            return columns.size, columns.size < 0
        case SortBy.CONFIDENCE:
            return columns.confidence, np.isnan(columns.confidence)
        case SortBy.SIMILARITY if facts.distances is not None:
            return facts.distances, np.isnan(facts.distances)
        case _:  # not worked out yet
            return np.zeros(len(facts.labels), np.int8), none
