"""The health of a project's pictures: what a person should look at before trusting a result.

`check` reads what the index already knows, and no picture; the pass over the pictures is `engine.health_check`. What it
finds are filters: nothing is moved, and no picture is left out of a training because of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntFlag
from itertools import compress
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.project import giveaways, label_doubts, odd, remarks
from desktop_app.project.alike import NO_GROUP, alike_groups, without_singles
from desktop_app.project.catalog import LEFT_OUT, TEST, Catalog
from desktop_app.project.columns import Columns, Contents, read_columns
from desktop_app.project.marks import Mark, kept_label
from desktop_app.project.properties import read_properties
from desktop_app.project.remarks import Remark

if TYPE_CHECKING:
    from desktop_app.project.project import Project


_PART = 20_000  # names looked at at a time


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
    EXCLUDED = 2048  # the person left it out: nothing else is looked for in it


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

    def excluded(self, catalog: Catalog) -> int:
        """How many labelled pictures of `catalog` take part in nothing, as far as it holds those that were judged."""
        if self.files != catalog.files:
            return 0
        return int(np.count_nonzero((self.findings & np.uint16(Finding.EXCLUDED) > 0) & (catalog.labels >= 0)))


def check(project: Project, catalog: Catalog) -> Health:
    """Judge a project's pictures by what is known of them.

    Raises:
        ProjectError: a file of the project was written by a newer Discern.
        StorageError: the cache folder's disk fails.
    """
    columns = read_columns(project, catalog, only=("hashes", "split"))
    excluded = _excluded(columns, project.marked(Mark.EXCLUDED))
    columns.hashes[excluded] = b""  # as if it were not there
    judged = _Judged(project, catalog, columns, excluded)
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
        checked=int(np.count_nonzero(judged.measured)) + len(judged.problems) + int(np.count_nonzero(excluded)),
        at=datetime.fromtimestamp(ended_ns / 1e9, UTC) if ended_ns else None,
    )


class _Judged:
    """Findings as they are gathered. In columns throughout: a project may have a million pictures."""

    def __init__(self, project: Project, catalog: Catalog, columns: Columns, excluded: NDArray[np.bool_]) -> None:
        self._project, self._catalog, self._columns = project, catalog, columns
        self._labels = np.where(excluded, np.int32(-1), catalog.labels)
        self.findings = np.zeros(len(catalog.files), np.uint16)
        self._mark(Finding.EXCLUDED, np.flatnonzero(excluded))
        self.groups = np.full(len(catalog.files), NO_GROUP, np.int32)
        self._contents = Contents(columns.hashes)
        # The pictures of known content, and of which content each is.
        self._rows, self._content = self._contents.rows, self._contents.numbers
        self._known = read_properties(project.index, self._contents)
        reasons = self._known.reasons
        self.measured = self._known.measured[self._content]
        self.problems: dict[str, str] = {}
        for place in self._places_of(reasons).tolist():
            self._cannot_read(int(self._rows[place]), reasons[int(self._content[place])])
        if refused := project.index.refused():
            for row in np.flatnonzero(columns.hashes == b"").tolist():
                if reason := refused.get(catalog.files[row]):
                    self._cannot_read(row, reason)

    def _cannot_read(self, row: int, reason: str) -> None:
        self.problems[self._catalog.files[row]] = reason
        self._mark(Finding.UNREADABLE, row)

    def _mark(self, finding: Finding, rows: NDArray[Any] | int) -> None:
        self.findings[rows] |= np.uint16(finding)

    def _places_of(self, contents: Iterable[int]) -> NDArray[np.intp]:
        """Where, among the pictures of known content, those of some contents stand."""
        wanted = np.zeros(len(self._contents), np.bool_)
        wanted[list(contents)] = True
        return np.flatnonzero(wanted[self._content])

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

        self._alike = alike = self._alike_groups()
        self._mark(Finding.NEAR_DUPLICATE, self._rows[(alike >= 0)[self._content]])
        # Copies of a content that is like no other are a group as well.
        own = int(alike.max(initial=-1)) + 1 + np.arange(len(alike), dtype=np.int32)
        self.groups[self._rows] = without_singles(np.where(alike >= 0, alike, own)[self._content])

    def _alike_groups(self) -> NDArray[np.int32]:
        """The group of near-duplicates of each content. Only those that were found to be alike are looked at."""
        pairs = self._project.index.alike()
        paired = sorted({content for first, second, _ in pairs for content in (first, second)})
        numbers = self._contents.find(paired)
        here = numbers >= 0
        place = {content: place for place, content in enumerate(compress(paired, here.tolist()))}
        groups = np.full(len(self._contents), NO_GROUP, np.int32)
        groups[numbers[here]] = alike_groups(
            pairs, place, self._project.config.grouping.threshold, self._project.different
        )
        return groups

    def look_at_each(self) -> None:
        rows, content = self._rows[self.measured], self._content[self.measured]
        labels, table = self._labels[rows], self._known.table
        self._mark(Finding.BLURRED, rows[odd.blurred(table["sharpness"][content], labels)])
        self._mark(Finding.DARK, rows[odd.dark(table["brightness"][content], labels)])
        self._mark(Finding.BRIGHT, rows[odd.too_bright(table["brightness"][content], labels)])
        self._mark(Finding.ODD_SIZE, rows[odd.odd_size(table["width"][content], table["height"][content])])
        self._mark(Finding.ODD_FORMAT, rows[odd.odd_format(self._known.kinds[content])])

    def look_for_leaks(self) -> None:
        splits = self._columns.split[self._rows]
        self._mark(Finding.LEAK, self._rows[_straddling(self._alike[self._content], splits)])
        self._mark(Finding.LEAK, self._rows[_straddling(self._named_groups(), splits)])

    def _named_groups(self) -> NDArray[np.int32]:
        """The group that a table, a folder or a name gives to each picture of known content."""
        grouping, splits = self._project.config.grouping, self._project.splits
        groups = np.full(len(self._rows), NO_GROUP, np.int32)
        tables = splits.know_groups()
        if not (grouping.folders or grouping.pattern or tables):
            return groups
        files, numbers = self._catalog.files, {"": NO_GROUP}
        for start in range(0, len(groups), _PART):
            rows = self._rows[start : start + _PART]
            part = [files[row] for row in rows.tolist()]
            if tables:
                contents = [content.decode() for content in self._columns.hashes[rows].tolist()]
                named = splits.groups(part, contents, grouping)
            else:
                named = grouping.named(part)
            groups[start : start + _PART] = [numbers.setdefault(name, len(numbers)) for name in named]
        return groups

    def look_for_doubts(self) -> None:
        """Labels that the other pictures contradict, unless the person said that they are right."""
        classes, kept = self._catalog.classes, self._project.marked(Mark.LABEL_KEPT)
        doubted = label_doubts.doubted(self._project.index, classes)
        numbers = self._contents.find(list(doubted)).tolist()
        doubts = {number: doubt for number, doubt in zip(numbers, doubted.items(), strict=True) if number >= 0}
        for place in self._places_of(doubts).tolist():
            content, doubt = doubts[int(self._content[place])]
            label = int(self._labels[self._rows[place]])
            if label >= 0 and doubt.looks_like != label and kept_label(content, classes[label]) not in kept:
                self._mark(Finding.DOUBTFUL, self._rows[place])

    def remarks(self) -> list[Remark]:
        labelled = self.measured & (self._labels[self._rows] >= 0)
        found = giveaways.by_properties(
            self._labels[self._rows[labelled]],
            self._catalog.classes,
            self._known,
            self._content[labelled],
            self._units()[labelled],
        )
        numbers = np.bincount(self._labels[self._labels >= 0], minlength=len(self._catalog.classes)).tolist()
        return [*remarks.about_numbers(dict(zip(self._catalog.classes, numbers, strict=True))), *found]

    def _units(self) -> NDArray[np.intp]:
        """A number for what each picture of known content belongs to: its group, those alike, else its content."""
        named, alike = self._named_groups().astype(np.intp), self._alike[self._content].astype(np.intp)
        groups = int(named.max(initial=-1)) + 1
        alone = groups + int(alike.max(initial=-1)) + 1 + self._content
        return np.where(named >= 0, named, np.where(alike >= 0, groups + alike, alone))


def _excluded(columns: Columns, contents: Collection[str]) -> NDArray[np.bool_]:
    """Which pictures have one of these contents."""
    mask = np.zeros(len(columns.files), np.bool_)
    if contents:
        known = Contents(columns.hashes)
        wanted = known.find(sorted(contents))
        mask[known.rows] = np.isin(known.numbers, wanted[wanted >= 0])
    return mask


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
