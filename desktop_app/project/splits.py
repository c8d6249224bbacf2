"""Train, validation, test: which picture belongs to which, once and for all.

A split belongs to a picture's content, so that copies and renamed files keep theirs. It is dealt out once, stratified
by class with groups kept together, and remembered in `splits.jsonl`; pictures that come later are added without moving
the ones that are there. The test split is locked: whatever moves a picture into it or out of it leaves a record.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app import storage
from desktop_app.errors import DataError, ProjectError
from desktop_app.events import Notice, Split
from desktop_app.project import names
from desktop_app.project.catalog import LEFT_OUT, SPLITS, Catalog, pictures
from desktop_app.project.groups import Grouping, joined_groups
from desktop_app.project.split_table import SplitTable

FORMAT = 1
FRACTIONS: dict[Split, float] = {"train": 0.6, "validation": 0.2, "test": 0.2}
# Where a split.csv names no validation pictures, this share of its train pictures becomes them, group by group.
VALIDATION_OF_TRAIN = 0.2
AUTOMATIC = "automatic"  # the source of splits that no table gave

TRAIN, VALIDATION, TEST = range(3)
_PREFERENCE = (TRAIN, TEST, VALIDATION)  # who gets the first, second and third picture of a tiny class


# ---- dealing out


def stratified_group_split(
    labels: Sequence[int] | NDArray[np.int32],
    groups: Sequence[Hashable],
    fractions: Mapping[Split, float] = FRACTIONS,
    *,
    seed: int,
    fixed: NDArray[np.int8] | None = None,
) -> NDArray[np.int8]:
    """Deal rows out to train (0), validation (1) and test (2).

    Every class is divided by `fractions`, and a group is never divided. A class with a single group goes to train, one
    with two to train and test; from three on it is in every split. `groups`: equal values belong together, "" to
    nothing. `fixed`: the splits of rows that keep theirs, -1 for rows to be dealt; a group with fixed rows follows
    them. Rows with a negative label get -1.
    """
    shares = np.array([fractions[name] for name in SPLITS])

    def wanted(pictures: int, units: int) -> NDArray[np.float64]:
        if units == 1:
            return np.array([pictures, 0, 0], np.float64)
        if units == 2 and shares[TRAIN] and shares[TEST]:
            return pictures * np.array([1 - shares[TEST], 0, shares[TEST]])
        return np.asarray(pictures * shares / shares.sum())

    return _deal(np.asarray(labels, np.int32), groups, wanted, _PREFERENCE, seed, fixed)


def stratified_group_folds(
    labels: Sequence[int] | NDArray[np.int32], groups: Sequence[Hashable], k: int, seed: int
) -> NDArray[np.int8]:
    """Deal rows out to `k` folds of equal size, stratified by class, groups undivided. The fold of every row, 0…k-1."""

    def wanted(pictures: int, units: int) -> NDArray[np.float64]:
        return np.full(k, pictures / k)

    return _deal(np.asarray(labels, np.int32), groups, wanted, range(k), seed, None)


def _deal(
    labels: NDArray[np.int32],
    groups: Sequence[Hashable],
    wanted: Callable[[int, int], NDArray[np.float64]],
    preference: Sequence[int],
    seed: int,
    fixed: NDArray[np.int8] | None,
) -> NDArray[np.int8]:
    """Greedy: largest groups first, each where Σ (have − want)² / want grows least.

    `wanted(pictures, units)` gives what each part should get of a class, which comes in so many groups. Where as few
    groups of a class are left as parts that have none of it, these parts come first. Ties go to the part that is
    emptier as a whole, then by `preference`.
    """
    table = _Deal(labels, groups, wanted, preference, fixed)
    random = np.random.default_rng(seed)
    for index in sorted(random.permutation(len(table.free)), key=lambda index: -len(table.free[index])):
        table.put_group(table.free[index])
    singles = random.permutation(table.singles)
    for label in table.classes:
        table.put_singles(label, singles[labels[singles] == label])
    return table.parts


class _Deal:
    """Who has what while a deal goes on."""

    def __init__(
        self,
        labels: NDArray[np.int32],
        groups: Sequence[Hashable],
        wanted: Callable[[int, int], NDArray[np.float64]],
        preference: Sequence[int],
        fixed: NDArray[np.int8] | None,
    ) -> None:
        self._labels = labels
        self._preference = np.array(preference)
        self.parts = np.full(len(labels), LEFT_OUT, np.int8) if fixed is None else fixed.astype(np.int8)
        self.parts[labels < 0] = LEFT_OUT
        single_rows, grouped = _units(labels, groups)
        self.classes = np.unique(labels[labels >= 0]).tolist()
        top = max(self.classes, default=-1) + 1
        in_groups = Counter(label for rows in grouped for label in set(labels[rows].tolist()))
        alone = np.bincount(labels[single_rows], minlength=top)
        pictures = np.bincount(labels[labels >= 0], minlength=top)
        self._want = np.array(
            [wanted(int(pictures[label]), int(alone[label] + in_groups[label])) for label in range(top)]
        )
        self._want = self._want.reshape(top, len(preference))
        self._size = np.maximum(self._want.sum(0), 1e-9)
        self.free = []
        for rows in grouped:
            if (self.parts[rows] < 0).all():
                self.free.append(rows)
            elif (self.parts[rows] < 0).any():
                # Newcomers follow their group; one that is torn already (it became a group later), its larger half.
                settled = np.bincount(self.parts[rows][self.parts[rows] >= 0], minlength=len(preference))
                joined = max(preference, key=settled.__getitem__)
                self.parts[[row for row in rows if self.parts[row] < 0]] = joined
        self.singles = single_rows[self.parts[single_rows] < 0]
        self._have = np.zeros(self._want.shape)
        np.add.at(self._have, (labels[self.parts >= 0], self.parts[self.parts >= 0]), 1)
        self._left = np.bincount(labels[self.singles], minlength=top)  # groups to come, per class
        for rows in self.free:
            self._left[list(set(labels[rows].tolist()))] += 1

    def put_group(self, rows: list[int]) -> None:
        """Put a group where it fits best."""
        found, counts = np.unique(self._labels[rows], return_counts=True)
        want, have = self._want[found], self._have[found]
        candidates = np.all(want > 0, axis=0)
        if not candidates.any():
            candidates = np.any(want > 0, axis=0)
        for label in range(len(found)):
            empty = candidates & (have[label] == 0)
            if self._left[found[label]] <= np.count_nonzero(empty):
                candidates = empty
        self._left[found] -= 1
        cost = (counts[:, None] * (counts[:, None] + 2 * (have - want)) / np.maximum(want, 1e-9)).sum(0)
        fullness = self._have.sum(0) / self._size
        order = [part for part in self._preference if candidates[part]]
        part = min(order, key=lambda part: (round(cost[part], 9), round(fullness[part], 9)))
        self.parts[rows] = part
        self._have[found, part] += counts

    def put_singles(self, label: int, rows: NDArray[np.intp]) -> None:
        """Put all rows of a class that are in no group: one to each part that has none, the others where they fit."""
        want, have = self._want[label], self._have[label]
        candidates = self._preference[want[self._preference] > 0]
        share = np.zeros(len(want), np.intp)
        share[candidates[have[candidates] == 0][: len(rows)]] = 1
        rest = np.arange(len(rows) - share.sum())
        # What the k-th further picture costs each part. The greedy order takes the cheapest of them all.
        cost = (1 + 2 * (have + share - want)[candidates, None] + 2 * rest) / want[candidates, None]
        fullness = (self._have.sum(0)[candidates, None] + rest) / self._size[candidates, None]
        cheapest = np.lexsort((fullness.round(9).ravel(), cost.round(9).ravel()))[: len(rest)]
        share += np.bincount(candidates.repeat(len(rest))[cheapest], minlength=len(want))
        self.parts[rows] = np.arange(len(want)).repeat(share)
        self._have[label] += share


def _units(labels: NDArray[np.int32], groups: Sequence[Hashable]) -> tuple[NDArray[np.intp], list[list[int]]]:
    """The labelled rows: those that are alone, and the groups of several."""
    groups_of: defaultdict[Hashable, list[int]] = defaultdict(list)
    alone: list[int] = []
    for row, (label, group) in enumerate(zip(labels.tolist(), groups, strict=True)):
        if label >= 0:
            (alone if group == "" else groups_of[group]).append(row)
    alone += [rows[0] for rows in groups_of.values() if len(rows) == 1]
    return np.array(sorted(alone), np.intp), [rows for rows in groups_of.values() if len(rows) > 1]


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


# ---- what is remembered

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
            _check_format(body)

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
            *_torn_notice([files[row] for rows in deal.torn.values() for row in rows]),
            *_missing_notices(deal.labels, dealt, classes),
            *_changed_notice(into, out_of),
            *_straddling_notice(deal.units, dealt),
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
        if not self._is_read and _names_groups(self.path):
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
        return list(_import_notices(source, listed, took, into, out_of))

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
        _refuse_newer(version)
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


def stored_splits(path: Path) -> NDArray[Any]:
    """The split of every content, as a table with the fields "hash" and "split" (-1: not dealt yet); later rows win.

    The same as `Splits` knows, without an object for each of a million pictures, and without keeping other threads
    waiting.

    Raises:
        ProjectError: the file was written by a newer Discern.
    """
    table = bytearray()
    for body in storage.read_bodies(path):
        _check_format(body)
        kind = _KIND.search(body, 0, _HEAD_BYTES)
        if kind is None:
            continue
        if kind[1] == b"start_over":
            table.clear()
        elif kind[1] == b"assigned":
            for row in _ROW.finditer(body):
                table += row[1]
                table.append(_CODE_OF[row[2]])
        del body  # it may be long
    return np.frombuffer(table, [("hash", "S32"), ("split", np.int8)])


def came_into_test(path: Path) -> set[str]:
    """The contents that were in another split before they came into the test split: models may have learnt from them.

    Raises:
        ProjectError: the file was written by a newer Discern.
    """
    came: set[str] = set()
    for body in storage.read_bodies(path):
        _check_format(body)
        kind = _KIND.search(body, 0, _HEAD_BYTES)
        if kind and kind[1] == b"test_changed":
            record = json.loads(body)
            into = record.get("into") if isinstance(record, dict) else None  # a damaged file
            came.update(item for item in (into if isinstance(into, list) else []) if isinstance(item, str))
    return came


def imported_from(path: Path) -> str:
    """The table that splits were last taken from; "" if there was none since they were last dealt out anew."""
    source = ""
    records: Iterator[Any] = iter(storage.read_records(path))
    for record in records:
        kind = record.get("kind") if isinstance(record, dict) else None  # a damaged file
        if kind == "start_over":
            source = ""
        elif kind == "assigned" and record.get("source") != AUTOMATIC:
            source = names.for_display(str(record.get("source", ""))[: names.LONGEST])
    return source


def _names_groups(path: Path) -> bool:
    """Whether a table gave a group to any content; a million splits are looked through without being taken in."""
    return any(
        _GROUPED.search(body, start, start + _CHUNK + _LONGEST_ROW)
        for body in storage.read_bodies(path)
        for start in range(0, len(body), _CHUNK)
    )


def _check_format(body: bytes) -> None:
    """ProjectError if a record, given as its JSON, was written by a newer Discern."""
    if version := _VERSION.match(body):
        _refuse_newer(int(version[1]))


def _refuse_newer(version: int) -> None:
    if version > FORMAT:
        raise ProjectError(
            "This project was changed by a newer Discern.",
            why="Its splits have the format {version}; this version reads up to {newest}.",
            hint="Install the newer version on this computer. Nothing was changed.",
            version=version,
            newest=FORMAT,
        )


_HASH = re.compile(r"[0-9a-f]{32}")
# Records as `Splits` writes them. No string of a record can look like one of its rows: its quotes are escaped.
_VERSION = re.compile(rb'\{"format":(\d{1,9})')
_KIND = re.compile(rb'"kind":"(\w+)"')
_HEAD_BYTES = 200
_ROW = re.compile(rb'\["([0-9a-f]{32})","(train|validation|test|)"')
_GROUPED = re.compile(rb'\["[0-9a-f]{32}","(?:train|validation|test|)","[^"]')
_CHUNK = 1 << 20  # bytes looked through at a time, so that other threads are not kept waiting
_LONGEST_ROW = 64  # bytes up to where a group begins
_CODE_OF = {b"": LEFT_OUT & 0xFF, **{name.encode(): code for code, name in enumerate(SPLITS)}}
_LONGEST_GROUP = 500


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


# ---- in words


def _nothing_found(table: SplitTable) -> DataError:
    return DataError(
        "Nothing that “{file}” names is in this project ({n} rows).",
        why="Its first one is “{example}”.",
        hint="Its column “file” must be relative to the project folder: “class folder/picture.jpg”.",
        n=len(table.rows),
        file=names.for_display(table.name),
        example=names.for_display(table.rows[0].file) if table.rows else "",
    )


def _import_notices(name: str, listed: Mapping[str, Known], took: int, into: int, out_of: int) -> Iterator[Notice]:
    if took:
        yield Notice(
            "info",
            f"“{name}” names no validation pictures, so {took} of its train pictures became validation pictures.",
            "Validation pictures choose the best epoch; the test split must not.",
        )
    yield from _changed_notice(into, out_of)
    splits_of: defaultdict[str, set[int]] = defaultdict(set)
    for known in listed.values():
        if known.group and known.split >= 0:
            splits_of[known.group].add(known.split)
    leaks = sorted(group for group, splits in splits_of.items() if TEST in splits and len(splits) > 1)
    yield from _leak_notice(leaks)


def _changed_notice(into: int, out_of: int) -> Iterator[Notice]:
    if into or out_of:
        yield Notice(
            "warning",
            f"The test split changed: {pictures(into)} came in that may have been learnt from, "
            f"{pictures(out_of)} went out.",
            "Earlier results were measured on other pictures.",
            "Train and evaluate again before comparing.",
        )


def _straddling_notice(units: Sequence[str], splits: NDArray[np.int8]) -> Iterator[Notice]:
    splits_of: defaultdict[str, set[int]] = defaultdict(set)
    for group, split in zip(units, splits.tolist(), strict=True):
        if group and split >= 0:
            splits_of[group].add(split)
    yield from _leak_notice(sorted(group for group, found in splits_of.items() if TEST in found and len(found) > 1))


def _leak_notice(groups: Sequence[str]) -> Iterator[Notice]:
    if groups:
        yield Notice(
            "warning",
            f"Groups with pictures in the test split and outside it: {listed_names(groups)}.",
            "A test on parts that were learnt from looks better than it is.",
            "Deal out the splits anew to keep these groups together.",
        )


def _torn_notice(files: Sequence[str]) -> Iterator[Notice]:
    if files:
        yield Notice(
            "warning",
            f"The same picture in more than one class: {listed_names(files)}.",
            "It can't be right in both.",
            "They are left out. Delete the wrong copies.",
        )


def _missing_notices(labels: NDArray[np.int32], splits: NDArray[np.int8], classes: Sequence[str]) -> Iterator[Notice]:
    """Classes that are too small for every split."""
    missing: dict[int, list[str]] = {split: [] for split in (TRAIN, VALIDATION, TEST)}
    for label in sorted(set(labels.tolist())):
        there = set(splits[labels == label].tolist())
        for split, without in missing.items():
            if split not in there:
                without.append(classes[label])
    words = {
        TRAIN: ("train", "learnt"),
        VALIDATION: ("validation", "watched during training"),
        TEST: ("test", "tested"),
    }
    together: dict[tuple[str, ...], list[int]] = {}
    for split, without in missing.items():
        together.setdefault(tuple(without), []).append(split)
    together.pop((), None)
    for classes_without, where in together.items():
        split_names, verbs = zip(*(words[split] for split in where), strict=True)
        yield Notice(
            "warning",
            f"No picture in the {' and '.join(split_names)} split: {listed_names(classes_without)}.",
            f"Too few pictures, or too few groups: these classes can't be {' or '.join(verbs)}.",
            "Add pictures; from three on (of three groups), a class is in every split.",
        )


def listed_names(items: Sequence[str], most: int = 8) -> str:
    """The first names, in quotes, and how many more there are."""
    shown = ", ".join(f"“{names.for_display(item)}”" for item in items[:most])
    return f"{shown} and {len(items) - most} more" if len(items) > most else shown
