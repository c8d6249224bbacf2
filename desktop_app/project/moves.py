"""Everything a person does to where pictures lie: put into classes, delete, restore, rename, undo, redo.

Class = folder, so all of it is renaming. Every step is journaled before it begins, survives being killed at any moment,
and can be undone and redone, also after a restart. No picture is ever overwritten, and none is deleted but by
`empty_trash`. One picture that can't be moved stops no other: each is named in the `Outcome` with its reason.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, TypeAlias

from desktop_app import storage
from desktop_app.errors import DataError, DiscernError, ProjectError, StorageError
from desktop_app.events import Notice
from desktop_app.project import import_list, names, runs, trash
from desktop_app.project.config import ClassInfo, ProjectConfig
from desktop_app.project.free_names import FreeNames, Reservations
from desktop_app.project.history import (
    Action,
    Change,
    ClassChange,
    Entry,
    Item,
    Kind,
    Label,
    Operation,
    Signature,
    new_id,
)
from desktop_app.project.inside import (
    RUNS,
    RUNS_TRASH,
    TRASH,
    Inside,
    is_aside,
    is_picture_path,
    is_run,
    trashed_from,
)
from desktop_app.project.journal import Journal
from desktop_app.project.marks import Mark, MarkChange
from desktop_app.project.reasons import LASTING, Reason, RefusedError, explain
from desktop_app.project.run_trash import RunTrash
from desktop_app.project.transfer import Ending, Progress, Transfer
from desktop_app.project.trash import Emptied, Trashed, TrashSize

STATE = ".discern"

# Plans what is to become of pictures.
Add: TypeAlias = Callable[["_Plan", Sequence[str]], None]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """A picture or folder that stayed where it is, and why; `reason` is a `Reason` or what the disk says."""

    file: str
    reason: str
    is_folder: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of a step.

    `moved` and `folders` are (old path, new path) of pictures and of whole folders, as it happened; `unchanged`
    pictures were where they should be already. `shown`: the classes are shown otherwise, in colour, key, role or order.
    `marked`: pictures have other marks. `interrupted`: Discern was ended meanwhile; settled at the next start.
    """

    kind: Kind
    label: Label
    moved: tuple[tuple[str, str], ...] = ()
    folders: tuple[tuple[str, str], ...] = ()
    failed: tuple[Failure, ...] = ()
    unchanged: tuple[str, ...] = ()
    interrupted: bool = False
    # What `Moves.finish` needs: the operation, which of its items were not done, and how to plan those it refused.
    operation: Operation | None = field(default=None, repr=False, compare=False)
    missed: tuple[int, ...] = field(default=(), repr=False, compare=False)
    refused: tuple[str, ...] = field(default=(), repr=False, compare=False)
    add: Add | None = field(default=None, repr=False, compare=False)
    shown: bool = False
    marked: MarkChange | None = None

    @property
    def total(self) -> int:
        """Pictures that were to be moved: the 500 of "488 of 500 moved"."""
        return len(self.moved) + sum(not failure.is_folder for failure in self.failed)

    @property
    def complete(self) -> bool:
        return not self.failed

    @property
    def touches_trash(self) -> bool:
        below = f"{TRASH}/"
        return any(path.startswith(below) for pair in (*self.moved, *self.folders) for path in pair)

    @property
    def touches_runs(self) -> bool:
        return any(is_run(old) for old, _ in self.folders)

    @property
    def deleted_run(self) -> str:
        """The run that went into the trash, "run-0003"; "" if none did."""
        return next((new.rpartition("/")[2] for _, new in self.folders if new.startswith(f"{RUNS_TRASH}/")), "")

    @property
    def renamed_classes(self) -> dict[str, str]:
        """New name by old name of classes that have another name now."""
        return {old: new for old, new in self.folders if is_picture_path(old) and is_picture_path(new)}


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


class Moves:
    """The pictures of a project that this process owns. Its methods may be called from any thread, one runs at a time.

    `interrupted`: steps that a killed process left done in part; `finish` and `undo` are to be offered for them.
    `notices`: what the person should know. `on_progress` is called now and then during a step with (done, total); it
    stops the step by returning False.
    """

    def __init__(self, root: Path, state: Path, book: Book | None = None) -> None:
        """Read the journal and settle what was interrupted.

        `book`: told what becomes of classes and marks; without it, only pictures and folders are moved.

        Raises:
            ProjectError: the project is read-only, can't be trusted, or is used by a newer Discern.
            StorageError: the journal can't be read.
        """
        if state != root / STATE:
            raise ProjectError(
                "Pictures can't be moved in this project.",
                why="Its folder can't be written to.",
                hint="Copy the folder to a place that can be written to.",
            )
        self._root = root
        self._state = state
        self._book = book
        self._mutex = threading.RLock()
        self._check_here()
        self._place = _place(state)
        self._journal = Journal(state / "journal.jsonl")
        self._free_names = FreeNames(root)
        self.on_progress: Progress | None = None
        self.notices: list[Notice] = []
        if self._journal.ignored:
            self.notices.append(
                Notice(
                    "warning",
                    f"{self._journal.ignored} entries in the record of past moves can't be trusted.",
                    "They are damaged, or name files outside the project.",
                    "They are ignored; these moves can't be undone. Your pictures are not affected.",
                )
            )
        settled = [self._recover(operation) for operation in list(self._journal.open.values())]
        self.interrupted = tuple(outcome for outcome in settled if not outcome.complete)
        self._import_waits = True
        self._try_to_record_import()

    # ---- pictures

    def put(self, files: Sequence[str], class_name: str) -> Outcome:
        """Move pictures into a class, which is made if it does not exist.

        Raises:
            DataError: the class name can't be used.
            ProjectError, StorageError: nothing was moved.
        """
        with self._mutex:
            plan = self._planned(files, lambda plan, files: self._add_to_class(plan, files, class_name))
            return self._do(plan, _label(Action.MOVE, plan, _class_joined(plan) or class_name))

    def put_each(self, classes: Mapping[str, str]) -> Outcome:
        """Move each picture into its own class, as one step: suggestions that are accepted. Raises as `put`.

        Args:
            classes: the name of the class by file.
        """

        def add(plan: _Plan, files: Sequence[str]) -> None:
            by_class: dict[str, list[str]] = {}
            for file in files:
                by_class.setdefault(classes[file], []).append(file)
            for class_name, together in by_class.items():
                self._add_to_class(plan, together, class_name)

        with self._mutex:
            plan = self._planned(list(classes), add)
            return self._do(plan, _label(Action.ACCEPT, plan, _class_joined(plan)))

    def unlabel(self, files: Sequence[str]) -> Outcome:
        """Move pictures out of their classes. Raises as `put`."""

        def is_there(file: str) -> bool:
            return "/" not in file or file.startswith(f"{names.UNLABELLED}/")

        with self._mutex:
            plan = self._planned(files, lambda plan, files: self._add_pictures(plan, files, names.UNLABELLED, is_there))
            return self._do(plan, _label(Action.UNLABEL, plan))

    def trash(self, files: Sequence[str]) -> Outcome:
        """Move pictures into the project's trash. Raises as `put`."""

        def add(plan: _Plan, files: Sequence[str]) -> None:
            for file, item in self._pictures(plan, files):
                plan.items.append(item._replace(target=f"{TRASH}/{plan.id}/{file}"))

        with self._mutex:
            plan = self._planned(files, add)
            return self._do(plan, _label(Action.TRASH, plan))

    def restore(self, files: Sequence[str]) -> Outcome:
        """Move pictures (`Trashed.file`) back to where they were. Raises as `put`."""
        with self._mutex:
            plan = self._planned(files, self._add_restored)
            return self._do(plan, _label(Action.RESTORE, plan))

    # ---- classes

    def create_class(self, name: str) -> Outcome:
        """Make an empty class.

        Raises:
            DataError: the name can't be used, or is in use.
            ProjectError, StorageError: nothing was made.
        """
        with self._mutex:
            plan = self._plan()
            if self._class_folder(name):
                raise _class_exists(name)
            plan.items.append(self._new_folder(plan, name))
            return self._do(plan, Label(Action.CREATE_CLASS, 0, name))

    def rename_class(self, old: str, new: str) -> Outcome:
        """Give a class another name. Its pictures come along.

        Raises:
            DataError: there is no such class, or the new name can't be used or is in use.
            ProjectError, StorageError: nothing was renamed.
        """
        with self._mutex:
            plan = self._plan()
            item = self._class_item(plan, old)
            same = names.same_file(old) == names.same_file(new)
            if old != new:
                _check_new_name(new)
                if not same and self._folder_like(new):
                    raise _class_exists(new)
                plan.items.append(item._replace(target=new, via=_via(new, plan.id) if same else ""))
            return self._do(plan, Label(Action.RENAME_CLASS, 0, old, new))

    def merge_class(self, name: str, into: str) -> Outcome:
        """Move all files of a class into another one, and its empty folder into the trash.

        Raises:
            DataError: one of the classes does not exist, or they are the same.
            ProjectError, StorageError: nothing was moved.
        """

        def add(plan: _Plan, files: Sequence[str]) -> None:
            for file, moving in self._pictures(plan, files):
                folder, base = _split(f"{into}/{file.removeprefix(f'{name}/')}")
                self._add_to(plan, file, moving, folder, base)

        with self._mutex:
            plan = self._plan()
            item = self._class_item(plan, name)
            self._class_item(plan, into)
            if name == into:
                raise DataError("“{name}” can't be merged with itself.", name=names.for_display(name))
            files = self._files_below(plan, name)
            plan.fill(files, add)
            plan.items.append(item._replace(target=f"{TRASH}/{plan.id}/{name}", only_empty=True))
            return self._do(plan, Label(Action.MERGE_CLASS, len(files), name, into))

    def delete_class(self, name: str) -> Outcome:
        """Move a class with all that lies in it into the trash, as one folder.

        Raises:
            DataError: there is no such class.
            ProjectError, StorageError: nothing was moved.
        """
        with self._mutex:
            plan = self._plan()
            plan.items.append(self._class_item(plan, name)._replace(target=f"{TRASH}/{plan.id}/{name}"))
            return self._do(plan, Label(Action.DELETE_CLASS, 0, name))

    def change_classes(self, label: Label, edit: Callable[[ProjectConfig], ProjectConfig]) -> Outcome:
        """Show classes in other colours, under other keys, in other roles or in another order.

        Raises:
            ProjectError, StorageError: nothing was changed.
        """
        with self._mutex:
            self._check_here()
            if self._book is None:
                return Outcome(Kind.DO, label)
            before = self._book.config
            change = ClassChange(before.classes, edit(before).classes)
            return self._change(label, change) if change.before != change.after else Outcome(Kind.DO, label)

    def mark(self, mark: Mark, contents: Mapping[str, str], *, on: bool) -> Outcome:
        """Put a mark on pictures, or take it off; those that are as wanted already are `unchanged`.

        Args:
            contents: what the mark is put on for each picture, by its file; see `Project.subjects`.

        Raises:
            ProjectError, StorageError: nothing was marked.
        """
        with self._mutex:
            self._check_here()
            marked = self._book.marked(mark) if self._book else ()
            wanted = {file: content for file, content in contents.items() if (content in marked) != on}
            unchanged = tuple(file for file in contents if file not in wanted)
            name = _split(next(iter(wanted or contents), ""))[1]
            label = Label(Action.of_mark(mark, on=on), len(wanted), name)
            if not wanted or self._book is None:
                return Outcome(Kind.DO, label, unchanged=unchanged)
            changed = tuple(dict.fromkeys(wanted.values()))
            outcome = self._change(label, MarkChange(mark, *((changed, ()) if on else ((), changed))))
            return replace(outcome, unchanged=unchanged)

    # ---- runs

    def delete_run(self, run: str) -> Outcome:
        """Move a run, "run-0003", into the trash for runs, with all its files.

        Raises:
            DataError: it is training, or there is none.
            ProjectError, StorageError: it is where it was.
        """
        with self._mutex:
            if runs.is_training(self._root / RUNS / run):
                raise DataError("“{run}” is training.", hint="Stop it, then delete it.", run=run)
            return self._move_run(Action.DELETE_RUN, run, f"{RUNS}/{run}", f"{RUNS_TRASH}/{run}")

    def restore_run(self, run: str) -> Outcome:
        """Bring a run back from the trash. Raises as `delete_run`."""
        with self._mutex:
            if (self._root / RUNS / run).exists():
                raise DataError(
                    "“{run}” can't be restored.",
                    why="There is another run of that number.",
                    hint="Delete that one first.",
                    run=run,
                )
            return self._move_run(Action.RESTORE_RUN, run, f"{RUNS_TRASH}/{run}", f"{RUNS}/{run}")

    def purge_runs(self, trash: RunTrash, ids: Sequence[str]) -> None:
        """Delete runs in the trash for good; what was done with them can no longer be undone.

        Raises:
            StorageError: the disk refused; those that are left are listed still.
        """
        with self._mutex:
            self._journal.purge([f"{RUNS_TRASH}/{run}" for run in ids])
            trash.purge(ids)

    def _move_run(self, action: Action, run: str, source: str, target: str) -> Outcome:
        plan = self._plan()
        try:
            there = plan.inside.look(source) if is_run(source) else None
        except OSError as error:
            raise storage.storage_error(error, self._root / source) from error
        if there is None or there.type != "folder":
            raise DataError("“{run}” is no longer there.", run=names.for_display(run[:40]))
        plan.items.append(Item(source, target, there))
        return self._do(plan, Label(action, 0, f"{int(run[4:])}"))

    # ---- imports

    def record_import(self) -> Outcome | None:
        """Make what an import has copied a step that can be undone: then the copies go to the trash.

        To be called when an import has ended, also one that failed or was stopped; one that nobody saw end is recorded
        at the next start. None if nothing was copied.

        Raises:
            ProjectError, StorageError: the import can't be undone yet; the next call or start tries again.
        """
        path = self._state / import_list.FILE
        outcome = None
        with self._mutex:
            self._import_waits = False
            try:
                self._check_here()
                self._settle_suspended()
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
        """One import as a step out of the trash, where undoing it leads; None if nothing of it is left."""
        plan = self._plan()
        for folder in imported.folders:
            with contextlib.suppress(OSError):
                storage.sweep_temps(plan.inside.path(f"{folder}/x").parent)
        recorded = {
            item.target: item.signature
            for entry in self._journal.history.undo
            if entry.label.action is Action.IMPORT
            for item in entry.items
        }

        def look(path: str) -> Signature | None:
            try:
                there = plan.inside.look(path)
            except OSError as error:
                if isinstance(error, RefusedError) or error.errno == errno.ENAMETOOLONG:
                    return None  # no import wrote that
                raise
            known = recorded.get(path)
            return None if there and known and known.is_surely(there) else there

        # In a place of their own: where the folders would go, the pictures make others.
        folders = new_id()
        for name in imported.classes:
            if (there := look(name)) and there.type == "folder":
                plan.items.append(Item(f"{TRASH}/{folders}/{name}", name, there, only_empty=True))
        made = len(plan.items)
        for file, copied in imported.copies.items():
            # One that is gone, or was replaced, is not what was imported.
            if (there := look(file)) and copied.is_surely(there):
                plan.items.append(Item(f"{TRASH}/{plan.id}/{file}", file, there))
        if len(plan.items) == made:
            return None
        plan.skip.update(dict.fromkeys(range(len(plan.items)), Reason.NOT_MOVED))  # all are there already
        return self._do(plan, _label(Action.IMPORT, plan))

    # ---- undo and redo

    @property
    def undo_label(self) -> Label | None:
        """What `undo` would undo."""
        return self._journal.history.undo[-1].label if self._journal.history.undo else None

    @property
    def redo_label(self) -> Label | None:
        """What `redo` would do again."""
        return self._journal.history.redo[-1].label if self._journal.history.redo else None

    def undo(self) -> Outcome | None:
        """Undo the newest step that is not undone, as far as possible; None if there is none.

        A picture that is gone or was replaced meanwhile is left alone and named; one whose old name is taken gets a
        new one. What failed for another reason stays to be undone.

        Raises:
            ProjectError, StorageError: nothing was moved.
        """
        return self._reverse(Kind.UNDO)

    def redo(self) -> Outcome | None:
        """Do again what was undone last; None if there is nothing. Otherwise as `undo`."""
        return self._reverse(Kind.REDO)

    def finish(self, outcome: Outcome) -> Outcome:
        """Try again what failed in a step. Together they remain one step to be undone.

        Raises:
            ProjectError, StorageError: nothing was moved.
        """
        with self._mutex:
            if outcome.kind in (Kind.UNDO, Kind.REDO):
                history = self._journal.history
                stack = history.undo if outcome.kind is Kind.UNDO else history.redo
                if outcome.operation and stack and stack[-1].id == outcome.operation.ref:
                    return self._reverse(outcome.kind) or outcome
                return Outcome(outcome.kind, outcome.label)
            # Those that could not even be planned come first: a class is only merged when its folder is empty.
            plan = self._planned(outcome.refused, outcome.add) if outcome.add else self._plan()
            operation = outcome.operation
            if operation is None:
                return self._do(plan, outcome.label)
            for position in outcome.missed:
                item = operation.items[position]
                via = _via(item.target, plan.id) if item.via else ""
                self._add_again(plan, item._replace(via=via), operation.place)
            # What was finished once before is finished again under the name of the first operation.
            entries = self._journal.history.undo
            first = operation.ref if entries and entries[-1].id == operation.ref else operation.id
            return self._do(plan, outcome.label, Kind.FINISH, first)

    # ---- the trash

    def trashed(self) -> list[Trashed]:
        """The pictures in the trash, by the paths they had. StorageError if the disk does not answer."""
        try:
            return trash.listing(self._root)
        except OSError as error:
            raise _unreadable(error) from error

    def trash_size(self) -> TrashSize:
        """What `empty_trash` would delete. StorageError if the disk does not answer."""
        try:
            return trash.measure(self._root, trash.contents(self._root))
        except OSError as error:
            raise _unreadable(error) from error

    def empty_trash(self, files: Sequence[str] | None = None) -> Emptied:
        """Delete pictures in the trash (`Trashed.file`; None: all) for good, and what only they made undoable.

        Raises:
            ProjectError, StorageError: nothing was deleted.
        """
        with self._mutex:
            self._check_here()
            self._settle_suspended()
            try:
                paths = trash.contents(self._root) if files is None else list(dict.fromkeys(files))
            except OSError as error:
                raise _unreadable(error) from error
            refused = [path for path in paths if files is not None and not (trashed_from(path) or is_aside(path))]
            paths = sorted(set(paths) - set(refused))
            if paths:
                self._journal.purge(paths)
            emptied = trash.delete(self._root, paths)
            failed = tuple((path, Reason.NOT_A_PICTURE.value) for path in refused)
            return Emptied(emptied.pictures, emptied.bytes, emptied.failed + failed)

    # ---- planning

    def _plan(self) -> _Plan:
        self._check_here()
        return _Plan(new_id(), Inside(self._root), self._free_names.reservations())

    def _planned(self, files: Sequence[str], add: Add) -> _Plan:
        plan = self._plan()
        plan.fill(files, add)
        return plan

    def _pictures(self, plan: _Plan, files: Iterable[str], *, from_trash: bool = False) -> Iterator[tuple[str, Item]]:
        """(file, item without target) of every picture that can be moved; the others go to `plan.failed`."""
        for file in dict.fromkeys(files):
            try:
                if not (trashed_from(file) if from_trash else is_picture_path(file)):
                    raise RefusedError(Reason.NOT_A_PICTURE)
                there = plan.inside.look(file)
                if there is None or there.type != "file":
                    raise RefusedError(Reason.LINK if there else Reason.MISSING)
            except OSError as error:
                plan.failed.append(Failure(file, explain(error)))
            else:
                yield file, Item(file, "", there)

    def _add_pictures(self, plan: _Plan, files: Sequence[str], folder: str, is_there: Callable[[str], bool]) -> None:
        for file, item in self._pictures(plan, files):
            if is_there(file):
                plan.unchanged.append(file)
                continue
            self._add_to(plan, file, item, folder, _split(file)[1])

    def _add_to(self, plan: _Plan, file: str, item: Item, folder: str, name: str) -> None:
        try:
            plan.items.append(item._replace(target=plan.reservations.reserve(folder, name)))
        except OSError as error:
            plan.failed.append(Failure(file, explain(error)))

    def _add_restored(self, plan: _Plan, files: Sequence[str]) -> None:
        missing: dict[str, Item] = {}
        for file, item in self._pictures(plan, files, from_trash=True):
            original = trashed_from(file)
            top, slash, _ = original.partition("/")
            try:
                if slash and top not in missing and plan.inside.look(top) is None:
                    missing[top] = self._new_folder(plan, top)
            except OSError as error:
                plan.failed.append(Failure(file, explain(error)))
            else:
                self._add_to(plan, file, item, *_split(original))
        plan.items[:0] = missing.values()

    def _add_to_class(self, plan: _Plan, files: Sequence[str], class_name: str) -> None:
        """Plan pictures for a class, and the class if it does not exist."""
        folder = self._class_folder(class_name)
        inside = f"{folder}/" if folder else ""
        first = len(plan.items)
        self._add_pictures(plan, files, folder or class_name, lambda file: bool(inside) and file.startswith(inside))
        if len(plan.items) > first and not folder:
            plan.items.insert(first, self._new_folder(plan, class_name))

    def _new_folder(self, plan: _Plan, name: str) -> Item:
        """An item that makes a folder: renamed out of the trash, so that undoing it is a renaming, too."""
        waiting = f"{TRASH}/{plan.id}/{name}"
        try:
            plan.inside.path(f"{waiting}/x")
            storage.make_folders(self._root / waiting)
            there = plan.inside.look(waiting)
        except OSError as error:
            raise storage.storage_error(error, self._root / name) from error
        assert there
        return Item(waiting, name, there, only_empty=True)

    def _class_folder(self, name: str) -> str:
        """The folder of a class that exists, perhaps in another spelling; empty if it can be made. Raises DataError."""
        if folder := self._folder_like(name):
            return folder
        _check_new_name(name)
        return ""

    def _folder_like(self, name: str) -> str:
        """The class folder `name`, or one that some disk could not keep apart from it; empty if there is none."""
        if names.class_name_problem(name) or names.is_ignored(name) or names.same_file(name) == names.UNLABELLED:
            return ""
        try:
            there = Inside(self._root).look(name)
            if there and there.type == "folder":
                return name
            key = names.same_file(name)
            with os.scandir(self._root) as entries:
                alike = [
                    entry.name
                    for entry in entries
                    if names.same_file(entry.name) == key and entry.is_dir(follow_symlinks=False)
                ]
        except OSError as error:
            raise _unreadable(error) from error
        return min(alike, default="")

    def _class_item(self, plan: _Plan, name: str) -> Item:
        """The folder of a class, without target. DataError if it does not exist."""
        try:
            there = plan.inside.look(name) if is_picture_path(name) and "/" not in name else None
        except OSError as error:
            raise _unreadable(error) from error
        if there is None or there.type != "folder":
            raise DataError(
                "There is no class “{name}”.", why="Its folder is no longer there.", name=names.for_display(name)
            )
        return Item(name, "", there)

    def _files_below(self, plan: _Plan, folder: str) -> list[str]:
        """All files of a folder and the folders in it but hidden ones. StorageError if one can't be listed."""
        found: list[str] = []
        waiting = [folder]
        while waiting:
            place = waiting.pop()
            try:
                with os.scandir(plan.inside.path(f"{place}/x").parent) as entries:
                    for entry in entries:
                        if names.is_ignored(entry.name):
                            continue
                        listed = waiting if entry.is_dir(follow_symlinks=False) else found
                        listed.append(f"{place}/{entry.name}")
            except OSError as error:
                raise _unreadable(error) from error
        return sorted(found, key=names.natural_key)

    def _add_again(self, plan: _Plan, item: Item, place: str) -> None:
        """Plan an item as far as things are still as they were; otherwise plan it and say why it is to be skipped.

        `place`: where the project was when the item was moved.
        """
        position = len(plan.items)
        # A project that was copied has other times and inodes, on some ways every single one.
        is_same = Signature.is_surely if place == self._place else Signature.may_be
        try:
            now, there = plan.inside.look(item.source), plan.inside.look(item.target)
            if now is None:
                # Somebody brought it there already: nothing to do, and settling will see that.
                if there is None or not item.signature.is_surely(there):
                    plan.skip[position] = Reason.MISSING
            elif not is_same(item.signature, now):
                plan.skip[position] = Reason.CHANGED
            elif now.type == "folder":
                item = item._replace(signature=now)
                if there and not item.via:
                    plan.skip[position] = Reason.FOLDER_TAKEN
                elif is_run(item.source) and runs.is_training(self._root / item.source):
                    plan.skip[position] = Reason.TRAINING
            else:
                target = plan.reservations.reserve_exactly(item.target)
                item = item._replace(signature=now, target=target)
        except OSError as error:
            plan.skip[position] = explain(error)
        plan.items.append(item)

    # ---- carrying out

    def _do(self, plan: _Plan, label: Label, kind: Kind = Kind.DO, ref: str = "") -> Outcome:
        operation = Operation(plan.id, kind, ref, label, tuple(plan.items), self._place)
        if not plan.items:
            return self._outcome(operation, Ending(), plan)
        self._settle_suspended()
        self._journal.begin(operation)
        try:
            ending = Transfer(self._root, self._journal, operation).carry_out(plan.skip, self.on_progress)
        except BaseException:  # Ctrl+C, or a bug in `on_progress`: what was done is looked at before the next step
            self._journal.suspend(operation, range(len(operation.items)))
            raise
        outcome = self._outcome(operation, ending, plan)
        self._follow_renames(outcome)
        if ending.certain:
            lasting = [position for position, reason in ending.missed.items() if reason in LASTING]
            given_up = lasting if kind in (Kind.UNDO, Kind.REDO) else []
            self._journal.end(operation, ending.missed, given_up)
        else:
            self._journal.suspend(operation, ending.missed)
        self._free_names.renamed(outcome.moved + outcome.folders)
        return outcome

    def _change(self, label: Label, change: Change, kind: Kind = Kind.DO, ref: str = "") -> Outcome:
        operation = Operation(new_id(), kind, ref, label, (), self._place, change=change)
        self._settle_suspended()
        self._journal.begin(operation)
        try:
            self._carry_out_change(operation)
        except BaseException:
            self._journal.end(operation, operation.positions)
            raise
        self._journal.end(operation, ())
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

    def _reverse(self, kind: Kind) -> Outcome | None:
        with self._mutex:
            self._check_here()
            self._settle_suspended()
            history = self._journal.history
            stack = history.undo if kind is Kind.UNDO else history.redo
            if not stack:
                return None
            entry: Entry = stack[-1]
            if entry.change:
                return self._change(entry.label, entry.change.reverse, kind, entry.id)
            plan = self._plan()
            for item in reversed(entry.items):
                via = _via(item.source, plan.id) if item.via else ""
                self._add_again(plan, item._replace(source=item.target, target=item.source, via=via), entry.place)
            return self._do(plan, entry.label, kind, entry.id)

    def _recover(self, operation: Operation) -> Outcome:
        if operation.change:
            return self._recover_change(operation)
        ending = Transfer(self._root, self._journal, operation).recover()
        outcome = self._outcome(operation, ending, None, interrupted=True)
        self._follow_renames(outcome)
        if ending.certain:
            self._journal.end(operation, ending.missed)
        else:
            self._journal.suspend(operation, ending.missed)
        return outcome

    def _recover_change(self, operation: Operation) -> Outcome:
        missed: Sequence[int] = ()
        try:
            self._carry_out_change(operation)
        except StorageError as error:
            _log.warning("“%s” could not be carried out: %s", operation.label, error.why)
            missed = operation.positions
        self._journal.end(operation, missed)
        outcome = Outcome(operation.kind, operation.label) if missed else _changed(operation)
        return replace(outcome, interrupted=True)

    def _settle_suspended(self) -> None:
        """End what could not be ended before. StorageError if the disk still does not answer."""
        for operation in self._journal.suspended:
            ending = Transfer(self._root, self._journal, operation).settle({})
            if not ending.certain and Reason.OFFLINE in ending.missed.values():
                raise StorageError(
                    "Pictures can't be moved now.",
                    why=Reason.OFFLINE.value,
                    hint="Reconnect it, then try again. Nothing was changed.",
                )
            self._journal.end(operation, ending.missed)
        self._try_to_record_import()

    def _outcome(
        self, operation: Operation, ending: Ending, plan: _Plan | None, *, interrupted: bool = False
    ) -> Outcome:
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
            plan.add if plan else None,
        )

    def _check_here(self) -> None:
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


@dataclass
class _Plan:
    """An operation in the making. `skip`: reasons, by position, of items that are not even to be tried.

    `failed`: pictures of which no item could be made; `add` would try again.
    """

    id: str
    inside: Inside
    reservations: Reservations
    items: list[Item] = field(default_factory=list)
    skip: dict[int, str] = field(default_factory=dict)
    add: Add | None = None
    failed: list[Failure] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)

    def fill(self, files: Sequence[str], add: Add) -> None:
        """Let `add` plan pictures; it is asked again when those it refused are to be tried again."""
        self.add = add
        add(self, files)


def _changed(operation: Operation) -> Outcome:
    """What came of a step that renames nothing."""
    change = operation.change
    marked = change if isinstance(change, MarkChange) else None
    return Outcome(operation.kind, operation.label, shown=marked is None, marked=marked)


def _class_joined(plan: _Plan) -> str:
    """The class that the last picture is to be put into, as its folder spells it; empty if there is none."""
    return _split(plan.items[-1].target)[0] if plan.items else ""


def _label(action: Action, plan: _Plan, to: str = "") -> Label:
    pictures = [item.source for item in plan.items if item.signature.type == "file"]
    pictures = pictures or [failure.file for failure in plan.failed]
    return Label(action, len(pictures), _split(pictures[0])[1] if pictures else "", to)


def _place(state: Path) -> str:
    """Tells this folder from a copy of it, also from one that took its name."""
    try:
        status = state.stat()
    except OSError as error:
        raise storage.storage_error(error, state) from error
    return f"{status.st_dev:x}-{status.st_ino:x}"


def _split(path: str) -> tuple[str, str]:
    folder, _, name = path.rpartition("/")
    return folder, name


def _via(path: str, operation: str) -> str:
    """A name in between that a person can see and understand, should it ever be left behind."""
    return f"{path} (renaming {operation})"


def _check_new_name(name: str) -> None:
    """Raises: DataError if no class may have that name."""
    problem = names.new_name_problem(name)
    if not problem and names.same_file(name) == names.UNLABELLED:
        problem = "Discern gives folders of this name another meaning."
    if problem:
        raise DataError(
            "“{name}” can't be the name of a class.",
            why=problem,
            hint="Choose another name.",
            name=names.for_display(name[: names.LONGEST]),
        )


def _class_exists(name: str) -> DiscernError:
    return DataError(
        "There is a class “{name}” already.",
        why="Names that differ only in capitals or accents' spelling count as the same.",
        hint="Choose another name, or merge the two classes.",
        name=names.for_display(name),
    )


def _unreadable(error: OSError) -> StorageError:
    return StorageError(
        "The project's folders can't be listed.",
        why="The computer says: {detail}.",
        hint="Check the disk, then try again. Nothing was changed.",
        detail=error.strerror or str(error),
    )
