"""The journal of moves, `.discern/journal.jsonl`: what was intended, and how it ended.

    {"format": 1, "begin": id, "kind": …, "ref": id, "label": [action, count, name, to], "place": …, "items": [item, …]}
    {"format": 1, "begin": id, …, "items": [], "classes": {"before": [class, …], "after": [class, …]}}
    {"format": 1, "begin": id, …, "items": [], "marks": {"mark": "golden", "on": [content, …], "off": [content, …]}}
    {"copied": id, "item": position, "sha256": …, "aside": path}
    {"end": id, "missed": [position, …], "given_up": [position, …]}
    {"purge": [path, …]}
    {"kept": [path, …]}

An item is [source, target, [type, size, modified_ns, inode], only_empty, via]; a class is as in project.json. An
operation begins on disk before its
first file moves; one that did not end is settled when the project is opened next. Since an operation only begins when
the one before has ended on disk, at most one is open.

The journal travels with the project and is not trusted: a record that names a path where no picture can lie is ignored.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from desktop_app import storage
from desktop_app.errors import ProjectError, StorageError
from desktop_app.project.config import class_documents, read_classes
from desktop_app.project.history import (
    Action,
    Change,
    ClassChange,
    Copy,
    History,
    Item,
    Kind,
    Label,
    Operation,
    Signature,
)
from desktop_app.project.inside import OPERATION_ID, is_aside, is_picture_path, is_run, trashed_from
from desktop_app.project.marks import MarkChange
from desktop_app.storage import Document

FORMAT = 1
COMPACT_ABOVE = 20 << 20  # bytes
KEEP_BYTES = 10 << 20
KEEP_OPERATIONS = 1_000
READ_AT_MOST = 64 << 20  # more only fits if one session wrote it; its oldest steps are then not offered for undo

_SHA256 = re.compile(r"[0-9a-f]{64}")
_log = logging.getLogger(__name__)


class Journal:
    """`history`: the stacks; `open`: operations that have not ended on disk; `ignored`: records that can't be trusted.

    Raises:
        ProjectError: a newer Discern wrote the journal.
        StorageError: it can't be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._owed: list[Document] = []  # ends that the disk refused, to be written before anything else
        self._suspended: list[tuple[Operation, Collection[int]]] = []
        self._shorten()
        self._load()

    # ---- writing

    def begin(self, operation: Operation) -> None:
        """Write down what is intended. StorageError if that is impossible: then nothing may be moved."""
        self._pay()
        try:
            storage.append_record(self._path, _begin_record(operation))
        except StorageError:
            # The record may have reached the disk all the same. Let the next one say that nothing came of it.
            self._owed.append(_end_record(operation.id, operation.positions, ()))
            raise

    def copied(self, operation: Operation, position: int, copy: Copy) -> None:
        """Write down that an item's copy lies on its new volume, complete, not yet under its name."""
        operation.copies[position] = copy
        record = {"copied": operation.id, "item": position, "sha256": copy.sha256, "aside": copy.aside}
        storage.append_record(self._path, record)

    def end(self, operation: Operation, missed: Collection[int], given_up: Collection[int] = ()) -> None:
        """Write down how an operation ended. Where the disk refuses, that is made up for before the next one.

        Nothing waits for the disk here: after a power cut, looking at the pictures tells the same.
        """
        self.open.pop(operation.id, None)
        self._certain.apply(operation, missed, given_up)
        self._suspended = [(other, missed) for other, missed in self._suspended if other is not operation]
        self._bring_up_to_date()
        self._owed.append(_end_record(operation.id, missed, given_up))
        try:
            self._pay()
        except StorageError as error:
            _log.warning("The end of operation %s is not written yet: %s", operation.id, error.why)

    def suspend(self, operation: Operation, missed: Collection[int]) -> None:
        """Leave an operation open: the disk did not let us see for certain how it ended. It seems to have `missed`."""
        self._suspended.append((operation, missed))
        self._bring_up_to_date()

    @property
    def suspended(self) -> list[Operation]:
        """Operations to be ended before another begins, oldest first."""
        return [operation for operation, _ in self._suspended]

    def purge(self, paths: Sequence[str]) -> None:
        """Write down that files are about to be deleted for good. StorageError: then they must stay."""
        self._pay()
        try:
            storage.append_record(self._path, {"purge": list(paths)})
        except StorageError:
            self._owed.append({"kept": list(paths)})  # as in `begin`
            raise
        self._certain.purge(paths)
        self._bring_up_to_date()

    def _bring_up_to_date(self) -> None:
        self.history = self._certain.copy()
        for operation, missed in self._suspended:
            self.history.apply(operation, missed)

    def _pay(self) -> None:
        while self._owed:
            storage.append_record(self._path, self._owed[0], durable=False)
            del self._owed[0]

    # ---- reading

    def _load(self) -> None:
        self._certain = History()  # without what is suspended
        self._before_purge: History | None = None  # as long as the newest record is a purge
        self.open: dict[str, Operation] = {}
        self.ignored = 0
        try:
            for record in storage.read_records(self._path, newest_bytes=READ_AT_MOST):
                if not self._replay(record):
                    self.ignored += 1
        except OSError as error:
            raise StorageError(
                "The record of past moves can't be read.",
                why="The computer says: {detail}.",
                hint="Check the disk, then open the project again. Your pictures are not affected.",
                detail=error.strerror or str(error),
            ) from error
        self._bring_up_to_date()

    def _replay(self, record: Any) -> bool:
        """Take note of one record; False if it can't be trusted."""
        match record:
            case {"format": int(version)} if version > FORMAT:
                raise ProjectError(
                    "A newer Discern moved pictures in this project.",
                    why="Its record of moves has format {version}; this version reads up to {newest}.",
                    hint="Install the newer version on this computer. Nothing was changed.",
                    version=version,
                    newest=FORMAT,
                )
            case {"begin": str(id_)}:
                operation = _read_operation(id_, record)
                if operation is None or id_ in self.open:
                    return False
                self.open[id_] = operation
                self._before_purge = None
            case {"copied": str(id_), "item": int(position), "sha256": str(digest), "aside": str(aside)}:
                if not _SHA256.fullmatch(digest) or not is_aside(aside):
                    return False
                if id_ in self.open:
                    self.open[id_].copies[position] = Copy(digest, aside)
            case {"end": str(id_), "missed": list(missed), "given_up": list(given_up)}:
                # An end without its beginning: the beginning was ignored, or this end was written twice.
                if operation := self.open.pop(id_, None):
                    positions = operation.positions
                    if not all(type(position) is int and position in positions for position in missed + given_up):
                        return False
                    self._certain.apply(operation, frozenset(missed), frozenset(given_up))
            case {"purge": list(paths)}:
                self._before_purge = self._certain.copy()
                self._certain.purge(path for path in paths if isinstance(path, str))
            case {"kept": list()}:
                # It directly follows the purge of which nothing came, if that was written.
                if self._before_purge:
                    self._certain, self._before_purge = self._before_purge, None
            case _:
                return False
        return True

    def _shorten(self) -> None:
        """Forget the oldest operations of a journal that has grown large. One that did not end is the newest."""
        try:
            if self._path.stat().st_size > COMPACT_ABOVE:
                storage.shorten_log(
                    self._path,
                    _is_begin,
                    keep_bytes=KEEP_BYTES,
                    keep_records=KEEP_OPERATIONS,
                    newest_bytes=READ_AT_MOST,
                )
        except FileNotFoundError:
            return
        except (OSError, StorageError) as error:
            _log.warning("The journal stays large for now: %s", error)


# ---- records


def _begin_record(operation: Operation) -> Document:
    label = operation.label
    record: Document = {
        "format": FORMAT,
        "begin": operation.id,
        "kind": operation.kind,
        "ref": operation.ref,
        "label": [label.action, label.count, label.name, label.to],
        "place": operation.place,
        "items": operation.items,
    }
    match operation.change:
        case ClassChange():
            record["classes"] = {name: class_documents(infos) for name, infos in operation.change._asdict().items()}
        case MarkChange():
            record["marks"] = operation.change.to_dict()
    return record


def _is_begin(body: bytes) -> bool:
    return body.startswith(b'{"format":') and b'"begin":' in body[:40]


def _end_record(id_: str, missed: Collection[int], given_up: Collection[int]) -> Document:
    return {"end": id_, "missed": sorted(missed), "given_up": sorted(given_up)}


def _read_operation(id_: str, record: dict[str, Any]) -> Operation | None:
    """An operation as it was written; None if anything in it is not as Discern writes it."""
    if not OPERATION_ID.fullmatch(id_):
        return None
    match record:
        case {
            "kind": str(kind),
            "ref": str(ref),
            "label": [str(action), int(count), str(name), str(to)],
            "place": str(place),
            "items": list(rows),
        }:
            with contextlib.suppress(ValueError):
                label = Label(Action(action), count, name, to)
                items = tuple(_read_item(row) for row in rows)
                change = None if items else _read_change(record)
                return Operation(id_, Kind(kind), ref, label, items, place, change=change)
    return None


def _read_change(record: dict[str, Any]) -> Change | None:
    """What a step without items changes; None for nothing. Raises: ValueError if it is no change."""
    if "marks" in record:
        return MarkChange.from_dict(record["marks"])
    return _read_class_change(record["classes"]) if "classes" in record else None


def _read_class_change(value: object) -> ClassChange:
    """Raises: ValueError if it is no change of classes."""
    match value:
        case {"before": list(before), "after": list(after)}:
            change = ClassChange(read_classes(before), read_classes(after))
            if len(change.before) == len(before) and len(change.after) == len(after):
                return change
    raise ValueError(value)


def _read_item(row: object) -> Item:
    """Raises: ValueError if it is no item, or leads to where no picture can lie."""
    # Read for every picture of every step at each start; a match statement would take twice as long.
    if type(row) is list and len(row) == 5:
        source, target, signature, only_empty, via = row
        if (
            type(source) is str
            and type(target) is str
            and type(via) is str
            and type(only_empty) is bool
            and type(signature) is list
            and [type(value) for value in signature] == _SIGNATURE_TYPES
            and signature[0] in ("file", "folder")
            and ((_may_hold_pictures(source) and _may_hold_pictures(target)) or _is_run(source, target, signature[0]))
            and (not via or _are_classes(source, target, via))
        ):
            return Item(source, target, Signature._make(signature), only_empty, via)
    raise ValueError(row)


_SIGNATURE_TYPES = [str, int, int, int]


def _may_hold_pictures(path: str) -> bool:
    return is_picture_path(path) or bool(trashed_from(path))


def _is_run(source: str, target: str, kind: str) -> bool:
    """Whether a run is deleted or restored."""
    same = source.rpartition("/")[2] == target.rpartition("/")[2]
    return kind == "folder" and same and source != target and is_run(source) and is_run(target)


def _are_classes(*paths: str) -> bool:
    return all(is_picture_path(path) and "/" not in path for path in paths)
