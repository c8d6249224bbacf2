"""Train, validation, test: which picture belongs to which, once and for all.

A split belongs to a picture's content, so that copies and renamed files keep theirs. It is dealt out once, stratified
by class with groups kept together, and remembered in `splits.jsonl`; pictures that come later are added without moving
the ones that are there. The test split is locked: whatever moves a picture into it or out of it leaves a record.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app import storage
from desktop_app.errors import DataError
from desktop_app.events import Notice, Split
from desktop_app.project import names
from desktop_app.project.catalog import LEFT_OUT, SPLITS, TEST, TRAIN, VALIDATION, Catalog
from desktop_app.project.dealing import FRACTIONS, stratified_group_split
from desktop_app.project.groups import Grouping, joined_groups
from desktop_app.project.split_notices import (
    changed_notice,
    leak_notice,
    missing_notices,
    torn_notice,
    validation_notice,
)
from desktop_app.project.split_records import AUTOMATIC, FORMAT, check_format, names_groups, refuse_newer
from desktop_app.project.split_table import SplitTable

# Where a split.csv names no validation pictures, this share of its train pictures becomes them, group by group.
VALIDATION_OF_TRAIN = 0.2

_HASH = re.compile(r"[0-9a-f]{32}")
_LONGEST_GROUP = 500
_NO_GROUPS = Grouping(alike=False)
_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one content: its split (-1: not dealt yet), the group a table gave it, if one did."""

    split: int
    group: str = ""
    imported: bool = False


@dataclass(frozen=True)
class Assignment:
    """Splits and groups of the rows asked for, and what the person should know about them."""

    splits: NDArray[np.int8]
    groups: tuple[str, ...]
    notices: tuple[Notice, ...]


class Splits:
    """The splits of one project, by content hash, kept in `splits.jsonl`."""

    def __init__(self, path: Path, *, writable: bool = True) -> None:
        """Raises: ProjectError if the file was written by a newer Discern."""
        self.path = path
        self._writable = writable
        self._known: dict[str, Known] = {}
        self._before: dict[str, Known] = {}  # as it was before the splits were dealt out anew
        self._read_state: tuple[int, ...] = ()
        self._is_read = False  # a million splits are not read before somebody asks for them
        for body in storage.read_bodies(path):
            check_format(body)

    def split_of(self, content: str) -> Split | None:
        """The split of a content, None if it has none yet."""
        if not self._is_read:
            self._refresh()
        known = self._known.get(content)
        return SPLITS[known.split] if known and known.split >= 0 else None

    def __len__(self) -> int:
        if not self._is_read:
            self._refresh()
        return len(self._known)

    def assign(
        self,
        files: Sequence[str],
        hashes: Sequence[str],
        labels: NDArray[np.int32],
        classes: Sequence[str],
        *,
        seed: int,
        fractions: Mapping[Split, float] = FRACTIONS,
        grouping: Grouping = _NO_GROUPS,
        alike: Mapping[str, str] = _NOTHING,
    ) -> Assignment:
        """The split of every row; rows without one get one, which is written down before this returns.

        Identical contents share a split. A content that lies in two classes is left out (-1).

        Args:
            grouping: by folder or name, where no table gave a group.
            alike: by content, the group of pictures that look alike; it is joined with the others.

        Raises:
            StorageError: the disk refused; nothing was assigned.
        """
        self._refresh()
        deal = _ToDeal(hashes, labels, self.groups(files, hashes, grouping), alike)
        fixed = np.array([self._split_code(content) for content in deal.contents], np.int8)
        dealt = stratified_group_split(deal.labels, deal.units, fractions, seed=seed, fixed=fixed)
        into, out_of = self._write(
            {
                content: replace(self._known.get(content, Known(LEFT_OUT)), split=int(code))
                for content, code, old in zip(deal.contents, dealt, fixed, strict=True)
                if old < 0
            },
            AUTOMATIC,
        )
        notices = [
            *torn_notice([files[row] for rows in deal.torn.values() for row in rows]),
            *missing_notices(deal.labels, dealt, classes),
            *changed_notice(into, out_of),
            *leak_notice(zip(deal.units, dealt.tolist(), strict=True)),
        ]
        return Assignment(deal.by_row(dealt), deal.groups(), tuple(notices))

    def dealt_anew(
        self,
        files: Sequence[str],
        hashes: Sequence[str],
        labels: NDArray[np.int32],
        *,
        seed: int,
        fractions: Mapping[Split, float] = FRACTIONS,
        grouping: Grouping = _NO_GROUPS,
        alike: Mapping[str, str] = _NOTHING,
    ) -> Assignment:
        """What `assign` would return after `start_over`; nothing is changed or written down."""
        self._refresh()
        deal = _ToDeal(hashes, labels, self.groups(files, hashes, grouping), alike)
        dealt = stratified_group_split(deal.labels, deal.units, fractions, seed=seed)
        return Assignment(deal.by_row(dealt), deal.groups(), ())

    def groups(self, files: Sequence[str], hashes: Sequence[str], grouping: Grouping) -> list[str]:
        """The group of each row: what a table gave its content, else what its folder or name says; "" for none."""
        named = grouping.named(files)
        if not self.know_groups():
            return named
        return [self._group(content, name) for content, name in zip(hashes, named, strict=True)]

    def know_groups(self) -> bool:
        """False if no table gave a group to any content; a million splits are not taken in to find that out."""
        if not self._is_read and names_groups(self.path):
            self._refresh()
        return self._is_read

    def start_over(self) -> None:
        """Unlock: forget all splits, so that the next `assign` deals them out anew; groups from tables stay.

        What leaves or enters the test split then is recorded. StorageError if the disk refuses.
        """
        self._refresh()
        self._append({"kind": "start_over", "at": _now()})
        self._start_over()

    def import_csv(
        self, path: Path, root: Path, catalog: Catalog, hashes: Mapping[str, str], *, seed: int
    ) -> list[Notice]:
        """Take splits and groups from a table with the columns file, class, group, split; see `SplitTable`.

        `file` is relative to the project or to the table's own folder. Where no validation rows are named,
        `VALIDATION_OF_TRAIN` of the train pictures become them, stratified, groups undivided. Pictures that are not
        listed keep their split, or get one at the next `assign`. `hashes`: content of every picture, by file.

        Raises:
            DataError: it is no such table, or none of its pictures are here.
            StorageError: the disk refused; nothing was changed.
        """
        table = SplitTable.read(path, root, catalog)
        contents = table.contents(hashes)
        if not contents:
            raise _nothing_found(table)
        notices = self.take_over(contents, path.name, catalog, hashes, seed=seed)
        return [*table.notices(catalog, hashes), *notices]

    def take_over(
        self,
        contents: Mapping[str, tuple[int | None, str]],
        source: str,
        catalog: Catalog,
        hashes: Mapping[str, str],
        *,
        seed: int,
    ) -> list[Notice]:
        """Take splits (None: left open) and groups, by content, from `source`; else as `import_csv`.

        Raises:
            StorageError: the disk refused; nothing was changed.
        """
        self._refresh()
        listed = {
            content: Known(LEFT_OUT if split is None else split, group, imported=True)
            for content, (split, group) in contents.items()
        }
        took = 0
        if all(known.split != VALIDATION for known in listed.values()):
            took = self._take_validation(listed, catalog, hashes, seed)
        # A row that leaves its split open keeps the one that is known.
        new = {
            content: known if known.split >= 0 else replace(known, split=self._split_code(content))
            for content, known in listed.items()
        }
        changed = {content: known for content, known in new.items() if self._known.get(content) != known}
        into, out_of = self._write(changed, source)
        return [
            *validation_notice(source, took),
            *changed_notice(into, out_of),
            *leak_notice((known.group, known.split) for known in listed.values()),
        ]

    def _take_validation(self, listed: dict[str, Known], catalog: Catalog, hashes: Mapping[str, str], seed: int) -> int:
        """Turn part of the train rows into validation rows; how many. Those of an earlier import stay what they are."""
        label_of: dict[str, int] = {}
        for file, label in zip(catalog.files, catalog.labels.tolist(), strict=True):
            if file in hashes:
                label_of.setdefault(hashes[file], label)  # of copies, the labelled one comes first
        train = sorted(content for content, known in listed.items() if known.split == TRAIN)
        before = [self._known.get(content, Known(LEFT_OUT)) for content in train]
        fixed = [known.split if known.imported and known.split != TEST else LEFT_OUT for known in before]
        parts = stratified_group_split(
            [label_of[content] for content in train],
            [listed[content].group for content in train],
            {"train": 1 - VALIDATION_OF_TRAIN, "validation": VALIDATION_OF_TRAIN, "test": 0},
            seed=seed,
            fixed=np.array(fixed, np.int8),
        )
        for content, part in zip(train, parts.tolist(), strict=True):
            if part == VALIDATION:
                listed[content] = replace(listed[content], split=VALIDATION)
        return int(np.count_nonzero(parts == VALIDATION))

    def _split_code(self, content: str) -> int:
        known = self._known.get(content)
        return known.split if known else LEFT_OUT

    def _group(self, content: str, by_name: str) -> str:
        known = self._known.get(content)
        return known.group if known and known.group else by_name

    # ---- the file

    def _refresh(self) -> None:
        """Read the file if another process (the engine's) has written to it."""
        self._is_read = True
        state = self._file_state()
        if state == self._read_state:
            return
        self._known, self._before = {}, {}
        for record in storage.read_records(self.path):
            self._replay(record)
        self._read_state = state

    def _replay(self, record: Any) -> None:
        """Take one record over; what a hostile or damaged file makes of it is passed over."""
        if not isinstance(record, dict) or not isinstance(version := record.get("format"), int):
            return
        refuse_newer(version)
        if record.get("kind") == "start_over":
            self._start_over()
        elif record.get("kind") == "assigned" and isinstance(rows := record.get("rows"), list):
            imported = record.get("source") != AUTOMATIC
            self._known.update(_valid(rows, imported, self._known))

    def _start_over(self) -> None:
        self._before.update({content: known for content, known in self._known.items() if known.split >= 0})
        self._known = {
            content: Known(LEFT_OUT, known.group, known.imported)
            for content, known in self._known.items()
            if known.group
        }

    def _write(self, changed: dict[str, Known], source: str) -> tuple[int, int]:
        """Append what changed; how many pictures that entered and that left the test split."""
        if not changed:
            return 0, 0
        old = {content: self._known.get(content) or self._before.get(content) for content in changed}
        was_dealt = {content for content, known in old.items() if known and known.split >= 0}
        was_test = {content for content, known in old.items() if known and known.split == TEST}
        is_test = {content for content, known in changed.items() if known.split == TEST}
        into = sorted((is_test - was_test) & was_dealt)
        out_of = sorted(was_test - is_test)
        if into or out_of:
            self._append({"kind": "test_changed", "source": source, "at": _now(), "into": into, "out_of": out_of})
        rows = [[content, SPLITS[k.split] if k.split >= 0 else "", k.group] for content, k in changed.items()]
        self._append({"kind": "assigned", "source": source, "at": _now(), "rows": rows})
        self._known.update(changed)
        return len(into), len(out_of)

    def _append(self, record: dict[str, Any]) -> None:
        if self._writable:
            storage.append_record(self.path, {"format": FORMAT, **record})
            self._read_state = self._file_state()

    def _file_state(self) -> tuple[int, ...]:
        try:
            facts = os.lstat(self.path)
        except OSError:
            return ()
        return facts.st_size, facts.st_mtime_ns, facts.st_ino


def _valid(rows: list[Any], imported: bool, known: Mapping[str, Known]) -> dict[str, Known]:
    """The well-formed rows of a record."""
    valid = {}
    for row in rows:
        match row:
            case [str(content), str(split), str(group)] if _HASH.fullmatch(content) and len(group) <= _LONGEST_GROUP:
                code = SPLITS.index(split) if split in SPLITS else LEFT_OUT
                before = known.get(content)
                valid[content] = Known(code, group, imported or bool(before and before.imported))
    return valid


class _ToDeal:
    """What is dealt out: contents, each with all its rows, and the groups that bind them."""

    def __init__(
        self, hashes: Sequence[str], labels: NDArray[np.int32], groups: Sequence[str], alike: Mapping[str, str]
    ) -> None:
        self._groups = groups
        self._rows_of: defaultdict[str, list[int]] = defaultdict(list)
        for row, content in enumerate(hashes):
            self._rows_of[content].append(row)
        rows_of = self._rows_of
        self.torn = {content: rows for content, rows in rows_of.items() if len({int(labels[row]) for row in rows}) > 1}
        self.contents = sorted(set(rows_of) - set(self.torn))
        self.units = joined_groups(
            [[alike.get(content, ""), *(groups[row] for row in rows_of[content])] for content in self.contents]
        )
        self.labels = np.array([labels[rows_of[content][0]] for content in self.contents], np.int32)

    def by_row(self, dealt: NDArray[np.int8]) -> NDArray[np.int8]:
        splits = np.full(len(self._groups), LEFT_OUT, np.int8)
        for content, code in zip(self.contents, dealt, strict=True):
            splits[self._rows_of[content]] = code
        return splits

    def groups(self) -> tuple[str, ...]:
        """The group of each row, joined with those that its content is bound to."""
        groups = list(self._groups)
        for content, unit in zip(self.contents, self.units, strict=True):
            for row in self._rows_of[content]:
                groups[row] = unit
        return tuple(groups)


def _nothing_found(table: SplitTable) -> DataError:
    return DataError(
        "Nothing that “{file}” names is in this project ({n} rows).",
        why="Its first one is “{example}”.",
        hint="Its column “file” must be relative to the project folder: “class folder/picture.jpg”.",
        n=len(table.rows),
        file=names.for_display(table.name),
        example=names.for_display(table.rows[0].file) if table.rows else "",
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
