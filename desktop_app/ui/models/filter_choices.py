"""What can be filtered for in this project: the values that its pictures have, each with the number of its pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from desktop_app.project.catalog import LEFT_OUT, SPLITS
from desktop_app.ui import filter_words
from desktop_app.ui.models.image_list import ImageListModel
from desktop_app.ui.models.picture_filter import GONE, UNLABELLED, Filter, Kind

MOST_SHAPES = 12  # with more, ranges are offered
_MOST_PERIODS = 14
_MOST_RANGES = 8
_Unit: TypeAlias = Literal["year", "month", "day"]


@dataclass(frozen=True)
class Choice:
    """One value: the criterion that asks for it, how it is called, and how it is marked."""

    wanted: Filter
    text: str
    count: int
    colour: int = -1
    key: str = ""
    icon: str = ""


def choices(kind: Kind, images: ImageListModel) -> list[Choice]:
    """The values of a kind, for its editor; none where nothing is known yet."""
    return _MAKERS[kind](images)


def several(kind: Kind, offered: Sequence[Choice]) -> bool:
    """Whether more than one of them can be wanted at once; ranges can't."""
    return kind in (Kind.CLASS, Kind.SPLIT, Kind.PROBLEM, Kind.PREDICTED, Kind.GOLDEN) or any(
        choice.wanted.shapes for choice in offered
    )


def union(kind: Kind, wanted: Sequence[Filter]) -> Filter:
    """One criterion that is met where any of these is."""
    if kind in (Kind.DATE, Kind.WEIGHT, Kind.CONFIDENCE) or any(one.edges for one in wanted):
        return wanted[-1] if wanted else Filter()
    return Filter(
        labels=frozenset().union(*(one.labels for one in wanted)),
        splits=frozenset().union(*(one.splits for one in wanted)),
        problems=sum({one.problems for one in wanted}),
        shapes=frozenset().union(*(one.shapes for one in wanted)),
        predicted=frozenset().union(*(one.predicted for one in wanted)),
        golden=any(one.golden for one in wanted),
    )


def includes(kind: Kind, wanted: Filter, choice: Choice) -> bool:
    """Whether a filter asks for this value, among others."""
    one = choice.wanted
    match kind:
        case Kind.CLASS:
            return one.labels <= wanted.labels
        case Kind.SPLIT:
            return one.splits <= wanted.splits
        case Kind.PROBLEM:
            return bool(one.problems & wanted.problems)
        case Kind.PREDICTED:
            return one.predicted <= wanted.predicted
        case Kind.GOLDEN:
            return wanted.golden
        case Kind.SHAPE if one.shapes:
            return one.shapes <= wanted.shapes
        case _:
            return Filter().with_(kind, wanted) == one


# ---- the kinds


def _classes(images: ImageListModel) -> list[Choice]:
    counts = np.bincount(images.labels[images.labels >= 0], minlength=len(images.classes))
    unlabelled = int(np.count_nonzero(images.labels == UNLABELLED))
    named = [
        Choice(Filter(labels=frozenset({label})), info.name, int(counts[label]), info.colour, info.key)
        for label, info in enumerate(images.classes)
    ]
    text = filter_words.unlabelled()
    return [Choice(Filter(labels=frozenset({UNLABELLED})), text, unlabelled, icon="selection"), *named]


def _splits(images: ImageListModel) -> list[Choice]:
    here = images.columns.split[images.labels != GONE]
    return [
        Choice(
            Filter(splits=frozenset({code})),
            filter_words.split(code),
            int(np.count_nonzero(here == code)),
            icon="lock-simple-fill" if code != LEFT_OUT and SPLITS[code] == "test" else "",
        )
        for code in (*range(len(SPLITS)), LEFT_OUT)
    ]


def _problems(images: ImageListModel) -> list[Choice]:
    here = images.findings[images.labels != GONE]
    return [
        Choice(Filter(problems=bit), words, int(np.count_nonzero(here & bit)), icon=icon)
        for bit, words, icon in filter_words.findings()
    ]


def _dates(images: ImageListModel) -> list[Choice]:
    times = images.columns.changed_ns
    times = times[(times > 0) & (images.labels != GONE)]
    if not len(times):
        return []
    first, last = (datetime.fromtimestamp(int(time) / 1e9).astimezone() for time in (times.min(), times.max()))
    units: tuple[_Unit, ...] = ("day", "month", "year")
    for unit in units:
        starts = list(_periods(unit, first, last))
        if len(starts) - 1 <= _MOST_PERIODS:
            break
    starts = starts[-_MOST_PERIODS - 1 :]
    limits = [_nanoseconds(start) for start in starts]
    found = []
    for begin, end in reversed(list(pairwise(limits))):
        if count := int(np.count_nonzero((times >= begin) & (times < end))):
            found.append(Choice(Filter(dates=(begin, end)), filter_words.dates((begin, end)), count))
    return found


def _shapes(images: ImageListModel) -> list[Choice]:
    columns = images.columns
    here = (columns.width > 0) & (images.labels != GONE)
    codes, counts = np.unique(columns.width[here].astype(np.int64) << 32 | columns.height[here], return_counts=True)
    if len(codes) > MOST_SHAPES:
        edges = np.maximum(columns.width, columns.height)[here]
        return [
            Choice(Filter(edges=limits), filter_words.edges(limits), count)
            for limits, count in _ranges(edges, unit=1, factor=2)
        ]
    shapes = [(int(code >> 32), int(code & 0xFFFFFFFF)) for code in codes[np.argsort(-counts, kind="stable")]]
    return [
        Choice(Filter(shapes=frozenset({shape})), filter_words.shape(shape), count)
        for shape, count in zip(shapes, sorted(counts.tolist(), reverse=True), strict=True)
    ]


def _weights(images: ImageListModel) -> list[Choice]:
    sizes = images.columns.size[(images.columns.size >= 0) & (images.labels != GONE)]
    factor = 2 if len(sizes) and sizes.max() < max(int(sizes.min()), 1000) * 2**_MOST_RANGES else 10
    return [
        Choice(Filter(weights=limits), filter_words.weights(limits), count)
        for limits, count in _ranges(sizes, unit=1000, factor=factor)
    ]


def _predicted(images: ImageListModel) -> list[Choice]:
    said = images.columns.predicted[(images.columns.predicted >= 0) & (images.labels != GONE)]
    if not len(said):
        return []
    counts = np.bincount(said, minlength=len(images.classes))
    return [
        Choice(Filter(predicted=frozenset({label})), info.name, int(counts[label]), info.colour, info.key)
        for label, info in enumerate(images.classes)
    ]


def _confidence(images: ImageListModel) -> list[Choice]:
    sure = images.columns.confidence[images.labels != GONE]
    sure = sure[~np.isnan(sure)]
    if not len(sure):
        return []
    limits = [(0.0, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 1.0)]
    return [
        Choice(
            Filter(confidence=(low, high)),
            filter_words.confidence((low, high)),
            int(np.count_nonzero((sure >= low) & (sure <= high))),
        )
        for low, high in limits
    ]


def _golden(images: ImageListModel) -> list[Choice]:
    count = int(np.count_nonzero(images.columns.golden & (images.labels != GONE)))
    return [Choice(Filter(golden=True), filter_words.in_golden_set(), count, icon="shield-check")] if count else []


_MAKERS: dict[Kind, Callable[[ImageListModel], list[Choice]]] = {
    Kind.CLASS: _classes,
    Kind.SPLIT: _splits,
    Kind.PROBLEM: _problems,
    Kind.NAME: lambda _images: [],
    Kind.DATE: _dates,
    Kind.SHAPE: _shapes,
    Kind.WEIGHT: _weights,
    Kind.PREDICTED: _predicted,
    Kind.CONFIDENCE: _confidence,
    Kind.GOLDEN: _golden,
}


# ---- ranges


def _ranges(values: NDArray[Any], *, unit: int, factor: int) -> list[tuple[tuple[int, int], int]]:
    """Ranges (both ends included) of whole powers of `factor` that hold the values, and how many each holds."""
    if not len(values):
        return []
    limit = unit
    while limit < values.min():
        limit *= factor
    found = []
    low = 0
    while low <= values.max():
        if count := int(np.count_nonzero((values >= low) & (values <= limit))):
            found.append(((low, limit), count))
        low, limit = limit + 1, limit * factor
    return found


def _periods(unit: _Unit, first: datetime, last: datetime) -> Iterator[datetime]:
    """Where years, months or days begin, from the one of `first` to the one after `last`, as clocks here show it."""
    start = first.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    if unit != "day":
        start = start.replace(day=1)
    if unit == "year":
        start = start.replace(month=1)
    end = last.replace(tzinfo=None)
    while start <= end:
        yield start
        start = _next(unit, start)
    yield start


def _next(unit: _Unit, start: datetime) -> datetime:
    if unit == "day":
        return start + timedelta(days=1)
    if unit == "month":
        return (start + timedelta(days=31)).replace(day=1)
    return start.replace(year=start.year + 1)


def _nanoseconds(moment: datetime) -> int:
    return int(moment.astimezone().timestamp()) * 10**9
