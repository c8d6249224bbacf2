"""The health of a project's pictures: what a person should look at before trusting a result.

`check` reads what the index already knows, and no picture; the pass over the pictures is `engine.health_check`. What it
finds are filters: nothing is moved, and no picture is left out of a training because of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntFlag
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.project import label_doubts, odd, remarks
from desktop_app.project.alike import NO_GROUP, alike_groups, without_singles
from desktop_app.project.catalog import LEFT_OUT, Catalog
from desktop_app.project.columns import Columns, read_columns
from desktop_app.project.remarks import Remark
from desktop_app.project.splits import TEST

if TYPE_CHECKING:
    from desktop_app.project.index import Index
    from desktop_app.project.project import Project


class Finding(IntFlag):
    """What may be wrong with one picture."""

    UNREADABLE = 1
    DUPLICATE = 2  # the same content lies in another file
    NEAR_DUPLICATE = 4
    TWO_CLASSES = 8  # the same content lies in another class
    BLURRED = 16
    DARK = 32
    BRIGHT = 64
    ODD_SIZE = 128
    ODD_FORMAT = 256
    LEAK = 512  # its group has pictures in the test split and outside it
    DOUBTFUL = 1024  # it looks like the pictures of another class


@dataclass(frozen=True, eq=False)
class Health:
    """What the check found. `files`, `findings` and `groups` have an entry for every picture of the catalog.

    Attributes:
        findings: bits of `Finding`, uint16.
        groups: pictures of the same or nearly the same content have the same number; -1: of its own.
        problems: why pictures can't be read, by file.
        remarks: about whole classes.
        checked: pictures whose content has been looked at.
        at: when all of them were last looked at; None: never.
    """

    files: tuple[str, ...]
    findings: NDArray[np.uint16]
    groups: NDArray[np.int32]
    problems: dict[str, str] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    checked: int = 0
    at: datetime | None = None

    def count(self, finding: Finding) -> int:
        """How many pictures have any of these findings."""
        return int(np.count_nonzero(self.findings & np.uint16(finding)))


def check(project: Project, catalog: Catalog, columns: Columns | None = None) -> Health:
    """Judge a project's pictures by what is known of them; `columns`: as `read_columns` returns them, if at hand.

    Raises:
        ProjectError: a file of the project was written by a newer Discern.
        StorageError: the cache folder's disk fails.
    """
    columns = columns or read_columns(project, catalog)
    judged = _Judged(project, catalog, columns)
    judged.look_for_copies()
    judged.look_at_each()
    judged.look_for_leaks()
    judged.look_for_doubts()
    ended_ns, _ = project.index.last_check()
    return Health(
        catalog.files,
        judged.findings,
        judged.groups,
        judged.problems,
        tuple(judged.remarks()),
        checked=int(np.count_nonzero(judged.measured)) + len(judged.problems),
        at=datetime.fromtimestamp(ended_ns / 1e9, UTC) if ended_ns else None,
    )


class _Judged:
    """Findings as they are gathered."""

    def __init__(self, project: Project, catalog: Catalog, columns: Columns) -> None:
        self._project, self._catalog, self._labels = project, catalog, catalog.labels
        self._splits = columns.split
        self.findings = np.zeros(len(catalog.files), np.uint16)
        self.groups = np.full(len(catalog.files), NO_GROUP, np.int32)
        # The files of known content, and of which content each is.
        self._rows = np.flatnonzero(columns.hashes != b"")
        contents, self._content = np.unique(columns.hashes[self._rows], return_inverse=True)
        self._contents: list[str] = [content.decode() for content in contents.tolist()]
        table, problems = _read_measures(project.index, self._contents)
        self._table = table[self._content]
        self.measured = self._table["width"] > 0
        self.problems = {
            catalog.files[self._rows[row]]: problems[self._contents[content]]
            for row, content in enumerate(self._content.tolist())
            if self._contents[content] in problems
        }
        refused = project.index.refused()
        if refused:
            known = np.isin(np.arange(len(catalog.files)), self._rows)
            self.problems |= {
                file: refused[file] for row, file in enumerate(catalog.files) if not known[row] and file in refused
            }
        if self.problems:
            self._mark(Finding.UNREADABLE, np.array([file in self.problems for file in catalog.files], np.bool_))

    def _mark(self, finding: Finding, rows: NDArray[Any] | int) -> None:
        self.findings[rows] |= np.uint16(finding)

    def look_for_copies(self) -> None:
        copies = np.bincount(self._content, minlength=len(self._contents))[self._content] > 1
        self._mark(Finding.DUPLICATE, self._rows[copies])
        labelled = self._labels[self._rows] >= 0
        label, content = self._labels[self._rows][labelled], self._content[labelled]
        least = np.full(len(self._contents), np.iinfo(np.int32).max, np.int32)
        most = np.full(len(self._contents), -1, np.int32)
        np.minimum.at(least, content, label)
        np.maximum.at(most, content, label)
        self._mark(Finding.TWO_CLASSES, self._rows[labelled][(least < most)[content]])

        place = {content: position for position, content in enumerate(self._contents)}
        pairs = self._project.index.alike()
        alike = alike_groups(pairs, place, self._project.config.grouping.threshold, self._project.different)
        self._alike = alike
        self._mark(Finding.NEAR_DUPLICATE, self._rows[(alike >= 0)[self._content]])
        # Copies of a content that is like no other are a group as well.
        own = int(alike.max(initial=-1)) + 1 + np.arange(len(alike), dtype=np.int32)
        self.groups[self._rows] = without_singles(np.where(alike >= 0, alike, own)[self._content])

    def look_at_each(self) -> None:
        rows, table = self._rows[self.measured], self._table[self.measured]
        labels = self._labels[rows]
        self._mark(Finding.BLURRED, rows[odd.blurred(table["sharpness"], labels)])
        self._mark(Finding.DARK, rows[odd.dark(table["brightness"], labels)])
        self._mark(Finding.BRIGHT, rows[odd.too_bright(table["brightness"], labels)])
        self._mark(Finding.ODD_SIZE, rows[odd.odd_size(table["width"], table["height"])])
        self._mark(Finding.ODD_FORMAT, rows[odd.odd_format(_formats(table))])

    def look_for_leaks(self) -> None:
        splits = self._splits[self._rows]
        self._mark(Finding.LEAK, self._rows[_straddling(self._alike[self._content], splits)])
        files = [self._catalog.files[row] for row in self._rows.tolist()]
        contents = [self._contents[content] for content in self._content.tolist()]
        named = np.array(self._project.splits.groups(files, contents, self._project.config.grouping))
        if len(named) and (named != "").any():
            groups = np.unique(named, return_inverse=True)[1].astype(np.int32)
            groups[named == ""] = NO_GROUP
            self._mark(Finding.LEAK, self._rows[_straddling(groups, splits)])

    def look_for_doubts(self) -> None:
        """Labels that the other pictures contradict, unless the person said that they are right."""
        classes = self._catalog.classes
        doubted = label_doubts.doubted(self._project.index, classes)
        if not doubted:
            return
        kept = self._project.kept_labels
        for row, position in zip(self._rows.tolist(), self._content.tolist(), strict=True):
            content, label = self._contents[position], int(self._labels[row])
            looks_like, _ = doubted.get(content, (label, 0.0))
            if label >= 0 and looks_like != label and (content, classes[label]) not in kept:
                self._mark(Finding.DOUBTFUL, row)

    def remarks(self) -> list[Remark]:
        labelled = self.measured & (self._labels[self._rows] >= 0)
        table, labels = self._table[labelled], self._labels[self._rows][labelled]
        found = remarks.about_properties(
            labels,
            self._catalog.classes,
            {"format": _formats(table), "size": _sizes(table), "brightness": table["brightness"]},
        )
        return [*remarks.about_numbers(self._catalog.counts()), *found]


def _straddling(groups: NDArray[np.int32], splits: NDArray[np.int8]) -> NDArray[np.bool_]:
    """The pictures of groups that are in the test split and outside it. Pictures without a split are in neither."""
    count = int(groups.max(initial=-1)) + 1
    grouped = groups >= 0
    tested = np.bincount(groups[grouped & (splits == TEST)], minlength=count) > 0
    learnt = np.bincount(groups[grouped & (splits != TEST) & (splits != LEFT_OUT)], minlength=count) > 0
    leaking = np.zeros(len(groups), np.bool_)
    leaking[grouped] = (tested & learnt)[groups[grouped]]
    leaking &= splits != LEFT_OUT
    return leaking


# ---- measures, as columns

_COLUMNS = [
    ("width", np.int32),
    ("height", np.int32),
    ("format", "U8"),
    ("colour", np.bool_),
    ("brightness", np.float64),
    ("sharpness", np.float64),
]
_PART = 20_000
_GREY = frozenset({"1", "L", "LA", "La", "I", "F", "I;16", "I;16B", "I;16L", "I;16N"})


def _read_measures(index: Index, contents: Sequence[str]) -> tuple[NDArray[Any], dict[str, str]]:
    """The measures of each content, a width of 0 where there are none, and why contents can't be decoded."""
    table = np.zeros(len(contents), _COLUMNS)
    problems: dict[str, str] = {}
    for start in range(0, len(contents), _PART):
        part = contents[start : start + _PART]
        known = index.measures(part)
        for position, content in enumerate(part, start):
            if (one := known.get(content)) is None:
                continue
            if one.problem:
                problems[content] = one.problem
                continue
            colour = one.mode not in _GREY
            table[position] = (one.width, one.height, one.format, colour, one.brightness, one.sharpness)
    return table, problems


def _formats(table: NDArray[Any]) -> NDArray[Any]:
    """The file format and kind of pixels of each, as one text."""
    return np.char.add(table["format"], np.where(table["colour"], "", " grey"))


def _sizes(table: NDArray[Any]) -> NDArray[np.int64]:
    sizes: NDArray[np.int64] = table["width"].astype(np.int64) << 32 | table["height"]
    return sizes
