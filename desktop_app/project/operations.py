"""Carries operations out, one after the other, and puts right what was interrupted.

Every operation is journaled before it begins, so that it survives being killed at any moment, and can be undone and
redone, also after a restart.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from desktop_app import storage
from desktop_app.errors import DiscernError, ProjectError, StorageError
from desktop_app.project import import_list, names
from desktop_app.project.config import ClassInfo, ProjectConfig
from desktop_app.project.free_names import FreeNames
from desktop_app.project.history import Action, Change, ClassChange, Entry, Kind, Label, Operation, new_id
from desktop_app.project.inside import STATE, Inside
from desktop_app.project.journal import Journal
from desktop_app.project.marks import Mark, MarkChange
from desktop_app.project.move_plan import Plan
from desktop_app.project.outcome import Failure, Outcome
from desktop_app.project.reasons import LASTING, Reason
from desktop_app.project.transfer import Ending, Transfer

_log = logging.getLogger(__name__)


class Book(Protocol):
    """Who remembers how classes are shown and what pictures are marked as: a `Project`.

    The methods may raise StorageError; nothing is changed then.
    """

    config: ProjectConfig

    def show_classes(self, classes: Sequence[ClassInfo]) -> None:
        """Show known classes as in `classes`."""

    def follow_renames(self, new_names: Mapping[str, str]) -> None:
        """Class folders were renamed (new name by old)."""

    def marked(self, mark: Mark) -> Collection[str]:
        """The contents that have a mark."""

    def change_marks(self, change: MarkChange) -> None:
        """Put marks on and take them off."""


class Operations:
    """The operations of a project that this process owns; one at a time.

    Unless they say otherwise, the methods raise ProjectError or StorageError if nothing was moved or changed.
    """

    def __init__(self, root: Path, state: Path, book: Book | None) -> None:
        """Read the journal. Raises as the others."""
        self._root = root
        self._state = state
        self._book = book
        self.check_here()
        self._place = _place(state)
        self.journal = Journal(state / "journal.jsonl")
        self._free_names = FreeNames(root)
        self._import_waits = True

    def check_here(self) -> None:
        """Raises: ProjectError if the project's folder is gone: nothing may be made in its place."""
        try:
            there = Inside(self._root).look(STATE)
        except OSError as error:
            raise storage.storage_error(error, self._root) from error
        if there is None or there.type != "folder":
            raise ProjectError(
                "The folder “{folder}” is not there.",
                why="It was moved, renamed or deleted, or its drive is not connected.",
                hint="Connect the drive, or open the folder at its new place.",
                folder=names.for_display(str(self._root)),
            )

    # ---- carrying out

    def plan(self) -> Plan:
        self.check_here()
        return Plan(new_id(), self._root, self._place, Inside(self._root), self._free_names.reservations())

    def do(self, plan: Plan, label: Label, kind: Kind = Kind.DO, ref: str = "") -> Outcome:
        """Carry out what is planned. One picture that can't be moved stops no other."""
        operation = Operation(plan.id, kind, ref, label, tuple(plan.items), self._place)
        if not plan.items:
            return _outcome(operation, Ending(), plan)
        self.settle()
        self.journal.begin(operation)
        try:
            ending = Transfer(self._root, self.journal, operation).carry_out(plan.skip)
        except BaseException:  # Ctrl+C: what was done is looked at before the next step
            self.journal.suspend(operation, range(len(operation.items)))
            raise
        outcome = _outcome(operation, ending, plan)
        self._follow_renames(outcome)
        if ending.certain:
            lasting = [position for position, reason in ending.missed.items() if reason in LASTING]
            given_up = lasting if kind in (Kind.UNDO, Kind.REDO) else []
            self.journal.end(operation, ending.missed, given_up)
        else:
            self.journal.suspend(operation, ending.missed)
        self._free_names.renamed(outcome.moved + outcome.folders)
        return outcome

    def change(self, label: Label, change: Change, kind: Kind = Kind.DO, ref: str = "") -> Outcome:
        """Change how classes are shown, or what pictures are marked as."""
        operation = Operation(new_id(), kind, ref, label, (), self._place, change=change)
        self.settle()
        self.journal.begin(operation)
        try:
            self._carry_out_change(operation)
        except BaseException:
            self.journal.end(operation, operation.positions)
            raise
        self.journal.end(operation, ())
        return _changed(operation)

    def _carry_out_change(self, operation: Operation) -> None:
        """Doing it twice does no harm."""
        match self._book, operation.change:
            case None, _:
                return
            case book, ClassChange(after=after):
                book.show_classes(after)
            case book, MarkChange() as change:
                book.change_marks(change)

    def _follow_renames(self, outcome: Outcome) -> None:
        """Let renamed classes keep colours and keys; before the operation has ended, or a kill would lose them."""
        if self._book is not None and (renamed := outcome.renamed_classes):
            try:
                self._book.follow_renames(renamed)
            except StorageError as error:
                _log.warning("How renamed classes are shown is not written down: %s", error.why)

    def reverse(self, kind: Kind) -> Outcome | None:
        """Undo or redo the newest step; None if there is none."""
        self.check_here()
        self.settle()
        stack = self._stack(kind)
        if not stack:
            return None
        entry = stack[-1]
        if entry.change:
            return self.change(entry.label, entry.change.reverse, kind, entry.id)
        plan = self.plan()
        for item in reversed(entry.items):
            via = plan.via(item.source) if item.via else ""
            plan.add_again(item._replace(source=item.target, target=item.source, via=via), entry.place)
        return self.do(plan, entry.label, kind, entry.id)

    def finish(self, outcome: Outcome) -> Outcome:
        """Try again what failed in a step."""
        if outcome.kind in (Kind.UNDO, Kind.REDO):
            stack = self._stack(outcome.kind)
            if outcome.operation and stack and stack[-1].id == outcome.operation.ref:
                return self.reverse(outcome.kind) or outcome
            return Outcome(outcome.kind, outcome.label)
        plan = self.plan()
        # Those that could not even be planned come first: a class is only merged when its folder is empty.
        if outcome.add:
            plan.fill(outcome.refused, outcome.add)
        operation = outcome.operation
        if operation is None:
            return self.do(plan, outcome.label)
        for position in outcome.missed:
            item = operation.items[position]
            plan.add_again(item._replace(via=plan.via(item.target) if item.via else ""), operation.place)
        # What was finished once before is finished again under the name of the first operation.
        entries = self.journal.history.undo
        first = operation.ref if entries and entries[-1].id == operation.ref else operation.id
        return self.do(plan, outcome.label, Kind.FINISH, first)

    def _stack(self, kind: Kind) -> Sequence[Entry]:
        history = self.journal.history
        return history.undo if kind is Kind.UNDO else history.redo

    # ---- putting right what was interrupted

    def recover(self) -> tuple[Outcome, ...]:
        """Settle what a killed process has left; the steps that are done in part."""
        settled = [self._recover(operation) for operation in list(self.journal.open.values())]
        self._try_to_record_import()
        return tuple(outcome for outcome in settled if not outcome.complete)

    def _recover(self, operation: Operation) -> Outcome:
        if operation.change:
            return self._recover_change(operation)
        ending = Transfer(self._root, self.journal, operation).recover()
        outcome = _outcome(operation, ending, None, interrupted=True)
        self._follow_renames(outcome)
        if ending.certain:
            self.journal.end(operation, ending.missed)
        else:
            self.journal.suspend(operation, ending.missed)
        return outcome

    def _recover_change(self, operation: Operation) -> Outcome:
        missed: Sequence[int] = ()
        try:
            self._carry_out_change(operation)
        except StorageError as error:
            _log.warning("“%s” could not be carried out: %s", operation.label, error.why)
            missed = operation.positions
        self.journal.end(operation, missed)
        outcome = Outcome(operation.kind, operation.label) if missed else _changed(operation)
        return replace(outcome, interrupted=True)

    def settle(self) -> None:
        """End what could not be ended before. StorageError if the disk still does not answer."""
        for operation in self.journal.suspended:
            ending = Transfer(self._root, self.journal, operation).settle({})
            if not ending.certain and Reason.OFFLINE in ending.missed.values():
                raise StorageError(
                    "Pictures can't be moved now.",
                    why=Reason.OFFLINE.value,
                    hint="Reconnect it, then try again. Nothing was changed.",
                )
            self.journal.end(operation, ending.missed)
        self._try_to_record_import()

    # ---- imports

    def record_import(self) -> Outcome | None:
        """Make what an import has copied a step that can be undone; None if nothing was copied.

        Raises:
            ProjectError, StorageError: the import can't be undone yet; the next call or start tries again.
        """
        path = self._state / import_list.FILE
        outcome = None
        self._import_waits = False
        try:
            self.check_here()
            self.settle()
            for imported in import_list.read(path):
                outcome = self._record(imported) or outcome
        except OSError as error:
            self._import_waits = True
            raise storage.storage_error(error, path) from error
        except DiscernError:
            self._import_waits = True
            raise
        # A list that stays is read again, and all that is on it found recorded.
        with contextlib.suppress(OSError):
            if path.exists():
                storage.disk.unlink(path)
        return outcome

    def _try_to_record_import(self) -> None:
        """Before another step, which may move what was imported; where that is impossible, it does no harm to wait."""
        if self._import_waits:
            try:
                self.record_import()
            except DiscernError as error:
                _log.warning("What was imported can't be undone for now: %s", error)

    def _record(self, imported: import_list.Import) -> Outcome | None:
        plan = self.plan()
        for folder in imported.folders:
            with contextlib.suppress(OSError):
                storage.sweep_temps(plan.inside.path(f"{folder}/x").parent)
        recorded = {
            item.target: item.signature
            for entry in self.journal.history.undo
            if entry.label.action is Action.IMPORT
            for item in entry.items
        }
        if not plan.add_imported(imported, recorded, new_id()):
            return None
        return self.do(plan, plan.label(Action.IMPORT))


def _outcome(operation: Operation, ending: Ending, plan: Plan | None, *, interrupted: bool = False) -> Outcome:
    done = [item for position, item in enumerate(operation.items) if position not in ending.missed]
    missed = [(operation.items[position], reason) for position, reason in ending.missed.items()]
    failed = [
        Failure(item.source, reason, item.signature.type == "folder")
        for item, reason in missed
        # An empty folder that is not needed, since there is one already, is nobody's problem.
        if not (item.only_empty and reason == Reason.FOLDER_TAKEN)
    ]
    return Outcome(
        operation.kind,
        operation.label,
        tuple((item.source, item.target) for item in done if item.signature.type == "file"),
        tuple((item.source, item.target) for item in done if item.signature.type == "folder"),
        tuple((plan.failed if plan else []) + failed),
        tuple(plan.unchanged if plan else ()),
        interrupted,
        operation if operation.items else None,
        tuple(ending.missed),
        tuple(failure.file for failure in plan.failed) if plan else (),
        plan.refill if plan else None,
    )


def _changed(operation: Operation) -> Outcome:
    """What came of a step that renames nothing."""
    change = operation.change
    marked = change if isinstance(change, MarkChange) else None
    return Outcome(operation.kind, operation.label, shown=marked is None, marked=marked)


def _place(state: Path) -> str:
    """Tells this folder from a copy of it, also from one that took its name."""
    try:
        status = state.stat()
    except OSError as error:
        raise storage.storage_error(error, state) from error
    return f"{status.st_dev:x}-{status.st_ino:x}"
