"""What was done with the pictures, and what of it can be undone and redone. Bookkeeping only; nothing here is on disk.

The two stacks follow from the sequence of operations and how each ended, so that replaying the journal gives them back
after a restart.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal, NamedTuple, TypeAlias

from desktop_app.project import names
from desktop_app.project.config import ClassInfo
from desktop_app.project.marks import Mark, MarkChange

# A copy on another volume, or one that travelled on a stick, keeps its time no better than FAT: two seconds.
_TIME_GRAIN_NS = 2_000_000_000

FileType: TypeAlias = Literal["file", "folder", "other"]


class Signature(NamedTuple):
    """What something was when an operation was planned. `modified_ns` and `inode` only serve to recognise it."""

    type: FileType
    size: int  # bytes; 0 for all but files
    modified_ns: int
    inode: int

    def is_surely(self, other: Signature) -> bool:
        """True for the same thing, perhaps renamed: beside type and size, its place on disk or its time agree."""
        same_place = self.inode == other.inode != 0
        return self.may_be(other) and (same_place or abs(self.modified_ns - other.modified_ns) <= _TIME_GRAIN_NS)

    def may_be(self, other: Signature) -> bool:
        """True unless it is certainly something else: what is left to compare in a copy of the project."""
        return self.type == other.type and self.size == other.size


class Item(NamedTuple):
    """One renaming. `source` and `target` are POSIX paths relative to the project.

    `only_empty`: a folder that is left where it is while it holds files. `via`: a name in between, without which some
    disks can't change a name's capitals.
    """

    source: str
    target: str
    signature: Signature
    only_empty: bool = False
    via: str = ""


class Copy(NamedTuple):
    """How an item reached another volume: its content, and where the original was put aside."""

    sha256: str
    aside: str


# ---- what a step is called


class Action(StrEnum):
    IMPORT = "import"
    MOVE = "move"
    ACCEPT = "accept"  # suggested classes
    UNLABEL = "unlabel"
    TRASH = "trash"
    RESTORE = "restore"
    CREATE_CLASS = "create_class"
    RENAME_CLASS = "rename_class"
    MERGE_CLASS = "merge_class"
    DELETE_CLASS = "delete_class"
    RECOLOUR_CLASS = "recolour_class"
    ASSIGN_KEY = "assign_key"
    REMOVE_KEY = "remove_key"
    MARK_GOOD = "mark_good"
    MARK_DEFECT = "mark_defect"
    UNMARK = "unmark"
    MARK_SIDES = "mark_sides"
    REORDER_CLASSES = "reorder_classes"
    DELETE_RUN = "delete_run"
    RESTORE_RUN = "restore_run"
    MARK_GOLDEN = "mark_golden"
    UNMARK_GOLDEN = "unmark_golden"
    MARK_EXCLUDED = "mark_excluded"
    UNMARK_EXCLUDED = "unmark_excluded"
    MARK_LABEL_KEPT = "mark_label_kept"
    UNMARK_LABEL_KEPT = "unmark_label_kept"

    @classmethod
    def of_mark(cls, mark: Mark, *, on: bool) -> Action:
        """What putting a mark on pictures, or taking it off, is called."""
        return cls(f"mark_{mark}" if on else f"unmark_{mark}")


#: Steps that mark pictures and move none.
MARKING = frozenset(Action.of_mark(mark, on=on) for mark in Mark for on in (True, False))

_ONE = {
    Action.IMPORT: "Import “{name}”",
    Action.MOVE: "Move “{name}” to “{to}”",
    Action.ACCEPT: "Accept “{to}” for “{name}”",
    Action.UNLABEL: "Move “{name}” back to unlabelled",
    Action.TRASH: "Delete “{name}”",
    Action.RESTORE: "Restore “{name}”",
    Action.CREATE_CLASS: "New class “{name}”",
    Action.RENAME_CLASS: "Rename class “{name}” to “{to}”",
    Action.MERGE_CLASS: "Merge class “{name}” into “{to}”",
    Action.DELETE_CLASS: "Delete class “{name}”",
    Action.RECOLOUR_CLASS: "Change the colour of “{name}”",
    Action.ASSIGN_KEY: "Give “{name}” the key {to}",
    Action.REMOVE_KEY: "Take the key from “{name}”",
    Action.MARK_GOOD: "Mark “{name}” as good",
    Action.MARK_DEFECT: "Mark “{name}” as a defect",
    Action.UNMARK: "Take the mark from “{name}”",
    Action.MARK_SIDES: "Mark classes as good or defect",
    Action.REORDER_CLASSES: "Move “{name}” in the list of classes",
    Action.DELETE_RUN: "Delete run {name}",
    Action.RESTORE_RUN: "Restore run {name}",
    Action.MARK_GOLDEN: "Put “{name}” into the golden set",
    Action.UNMARK_GOLDEN: "Take “{name}” out of the golden set",
    Action.MARK_EXCLUDED: "Exclude “{name}”",
    Action.UNMARK_EXCLUDED: "Include “{name}” again",
    Action.MARK_LABEL_KEPT: "Keep the label of “{name}”",
    Action.UNMARK_LABEL_KEPT: "Doubt the label of “{name}” again",
}
_MANY = {
    Action.IMPORT: "Import {count} pictures",
    Action.MOVE: "Move {count} pictures to “{to}”",
    Action.ACCEPT: "Accept {count} suggestions",
    Action.UNLABEL: "Move {count} pictures back to unlabelled",
    Action.TRASH: "Delete {count} pictures",
    Action.RESTORE: "Restore {count} pictures",
    Action.MARK_GOLDEN: "Put {count} pictures into the golden set",
    Action.UNMARK_GOLDEN: "Take {count} pictures out of the golden set",
    Action.MARK_EXCLUDED: "Exclude {count} pictures",
    Action.UNMARK_EXCLUDED: "Include {count} pictures again",
    Action.MARK_LABEL_KEPT: "Keep the labels of {count} pictures",
    Action.UNMARK_LABEL_KEPT: "Doubt the labels of {count} pictures again",
}


@dataclass(frozen=True, slots=True)
class Label:
    """What an operation is called: `template` filled with `values` by `str.format`, so that it can be translated."""

    action: Action
    count: int  # pictures
    name: str  # of the picture, if it is one, or of the class
    to: str = ""

    @property
    def template(self) -> str:
        return _ONE[self.action] if self.count == 1 or self.action not in _MANY else _MANY[self.action]

    @property
    def values(self) -> dict[str, str | int]:
        return {"count": self.count, "name": names.for_display(self.name), "to": names.for_display(self.to)}

    def __str__(self) -> str:
        return self.template.format(**self.values)


# ---- operations and the stacks


class ClassChange(NamedTuple):
    """How the project's classes are shown, before and after: colours, keys, roles and their order."""

    before: tuple[ClassInfo, ...]
    after: tuple[ClassInfo, ...]

    @property
    def reverse(self) -> ClassChange:
        return ClassChange(self.after, self.before)


#: What a step without renamings changes.
Change: TypeAlias = ClassChange | MarkChange


class Kind(StrEnum):
    DO = "do"
    FINISH = "finish"  # the rest of an operation that was done in part
    UNDO = "undo"
    REDO = "redo"


@dataclass
class Operation:
    """A batch of renamings under one name, or a `change` of how classes are shown or of what pictures are marked as.

    `ref`: the operation that is finished, undone or redone.

    `place` tells the project's folder from a copy of it. `copies`: by position, the items that went to another volume,
    as far as is known.
    """

    id: str
    kind: Kind
    ref: str
    label: Label
    items: tuple[Item, ...]
    place: str = ""
    copies: dict[int, Copy] = field(default_factory=dict)
    change: Change | None = None

    @property
    def positions(self) -> range:
        """What can be missed of it: its items; a change is one thing."""
        return range(1 if self.change else len(self.items))


def new_id() -> str:
    return uuid.uuid4().hex[:12]


@dataclass(frozen=True)
class Entry:
    """What is left to undo or redo of one operation."""

    id: str
    label: Label
    items: tuple[Item, ...]
    place: str
    change: Change | None = None


@dataclass
class History:
    """The undo and redo stacks, newest last."""

    undo: list[Entry] = field(default_factory=list)
    redo: list[Entry] = field(default_factory=list)

    def apply(self, operation: Operation, missed: Collection[int], given_up: Collection[int] = ()) -> None:
        """Take note of how an operation ended.

        `missed`: positions of items that were not done; `given_up`: those among them that never can be, so that they
        don't stand in the way of older steps.
        """
        if operation.change:
            if not missed:
                self._apply_change(operation)
            return
        done = tuple(item for position, item in enumerate(operation.items) if position not in missed)
        if operation.kind in (Kind.UNDO, Kind.REDO):
            taken, given = (self.undo, self.redo) if operation.kind is Kind.UNDO else (self.redo, self.undo)
            # Only what was done leaves the stack: the rest of a step done in part can still be undone.
            reversed_ = {item.source for item in done} | {operation.items[position].source for position in given_up}
            _take(taken, operation.ref, reversed_)
            if done:
                given.append(Entry(operation.id, operation.label, done, operation.place))
        elif done:
            if operation.kind is Kind.FINISH and self.undo and self.undo[-1].id == operation.ref:
                first = self.undo.pop()
                place = first.place if first.place == operation.place else ""
                items = first.items + done
                pictures = sum(item.signature.type == "file" for item in items)
                label = replace(first.label, count=max(first.label.count, pictures))
                self.undo.append(replace(first, label=label, items=items, place=place))
            else:
                self.undo.append(Entry(operation.id, operation.label, done, operation.place))
            self.redo.clear()

    def _apply_change(self, operation: Operation) -> None:
        entry = Entry(operation.id, operation.label, (), operation.place, operation.change)
        match operation.kind:
            case Kind.UNDO:
                self.undo[:] = [other for other in self.undo if other.id != operation.ref]
                self.redo.append(entry)
            case Kind.REDO:
                self.redo[:] = [other for other in self.redo if other.id != operation.ref]
                self.undo.append(entry)
            case _:
                self.undo.append(entry)
                self.redo.clear()

    def purge(self, paths: Iterable[str]) -> None:
        """Forget what needs files that are deleted for good; `paths` are files and folders."""
        purged = frozenset(paths)
        for stack in (self.undo, self.redo):
            kept = [
                replace(entry, items=tuple(item for item in entry.items if purged.isdisjoint(_lineage(item.target))))
                for entry in stack
            ]
            stack[:] = [entry for entry in kept if entry.items or entry.change]

    def copy(self) -> History:
        return History(list(self.undo), list(self.redo))


def _lineage(path: str) -> list[str]:
    """A path and the folders it lies in."""
    parts = path.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]


def _take(stack: list[Entry], id_: str, targets: Collection[str]) -> None:
    """Remove the items with these targets from the newest entry of that id, and the entry with its last item."""
    for position in reversed(range(len(stack))):
        if stack[position].id == id_:
            entry = stack[position]
            rest = tuple(item for item in entry.items if item.target not in targets)
            stack[position : position + 1] = [replace(entry, items=rest)] if rest else []
            return
