"""Everything a person does to where pictures lie: put into classes, delete, restore, rename, undo, redo.

Class = folder, so all of it is renaming. Every step is journaled before it begins, survives being killed at any moment,
and can be undone and redone, also after a restart. No picture is ever overwritten, and none is deleted but by
`empty_trash`. One picture that can't be moved stops no other: each is named in the `Outcome` with its reason.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from desktop_app import storage
from desktop_app.errors import DataError, DiscernError, ProjectError
from desktop_app.events import Notice
from desktop_app.project import names, runs, trash
from desktop_app.project.config import ProjectConfig
from desktop_app.project.history import Action, ClassChange, Item, Kind, Label
from desktop_app.project.inside import RUNS, RUNS_TRASH, STATE, is_aside, is_run, trashed_from
from desktop_app.project.marks import Mark, MarkChange
from desktop_app.project.move_plan import Plan, check_new_name
from desktop_app.project.operations import Book, Operations
from desktop_app.project.outcome import Add, Outcome
from desktop_app.project.reasons import Reason, unlistable
from desktop_app.project.run_trash import RunTrash
from desktop_app.project.trash import Emptied, Trashed, TrashSize


class Moves:
    """The pictures of a project that this process owns. Its methods may be called from any thread, one runs at a time.

    `interrupted`: steps that a killed process left done in part; `finish` and `undo` are to be offered for them.
    `notices`: what the person should know.
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
        self._book = book
        self._mutex = threading.Lock()
        self._operations = Operations(root, state, book)
        self._journal = self._operations.journal
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
        self.interrupted = self._operations.recover()

    # ---- pictures

    def put(self, files: Sequence[str], class_name: str) -> Outcome:
        """Move pictures into a class, which is made if it does not exist.

        Raises:
            DataError: the class name can't be used.
            ProjectError, StorageError: nothing was moved.
        """
        with self._mutex:
            plan = self._planned(files, lambda plan, files: plan.add_to_class(class_name, files))
            return self._operations.do(plan, plan.label(Action.MOVE, plan.class_joined or class_name))

    def put_each(self, classes: Mapping[str, str]) -> Outcome:
        """Move each picture into its own class, as one step: suggestions that are accepted. Raises as `put`.

        Args:
            classes: the name of the class by file.
        """

        def add(plan: Plan, files: Sequence[str]) -> None:
            by_class: dict[str, list[str]] = {}
            for file in files:
                by_class.setdefault(classes[file], []).append(file)
            for class_name, together in by_class.items():
                plan.add_to_class(class_name, together)

        with self._mutex:
            plan = self._planned(list(classes), add)
            return self._operations.do(plan, plan.label(Action.ACCEPT, plan.class_joined))

    def unlabel(self, files: Sequence[str]) -> Outcome:
        """Move pictures out of their classes. Raises as `put`."""

        def is_there(file: str) -> bool:
            return "/" not in file or file.startswith(f"{names.UNLABELLED}/")

        with self._mutex:
            plan = self._planned(files, lambda plan, files: plan.add_to(names.UNLABELLED, files, is_there))
            return self._operations.do(plan, plan.label(Action.UNLABEL))

    def trash(self, files: Sequence[str]) -> Outcome:
        """Move pictures into the project's trash. Raises as `put`."""
        with self._mutex:
            plan = self._planned(files, Plan.add_trashed)
            return self._operations.do(plan, plan.label(Action.TRASH))

    def restore(self, files: Sequence[str]) -> Outcome:
        """Move pictures (`Trashed.file`) back to where they were. Raises as `put`."""
        with self._mutex:
            plan = self._planned(files, Plan.add_restored)
            return self._operations.do(plan, plan.label(Action.RESTORE))

    # ---- classes

    def create_class(self, name: str) -> Outcome:
        """Make an empty class.

        Raises:
            DataError: the name can't be used, or is in use.
            ProjectError, StorageError: nothing was made.
        """
        with self._mutex:
            plan = self._operations.plan()
            if plan.class_folder(name):
                raise _class_exists(name)
            plan.items.append(plan.new_folder(name))
            return self._operations.do(plan, Label(Action.CREATE_CLASS, 0, name))

    def rename_class(self, old: str, new: str) -> Outcome:
        """Give a class another name. Its pictures come along.

        Raises:
            DataError: there is no such class, or the new name can't be used or is in use.
            ProjectError, StorageError: nothing was renamed.
        """
        with self._mutex:
            plan = self._operations.plan()
            item = plan.class_item(old)
            same = names.same_file(old) == names.same_file(new)
            if old != new:
                check_new_name(new)
                if not same and plan.folder_like(new):
                    raise _class_exists(new)
                plan.items.append(item._replace(target=new, via=plan.via(new) if same else ""))
            return self._operations.do(plan, Label(Action.RENAME_CLASS, 0, old, new))

    def merge_class(self, name: str, into: str) -> Outcome:
        """Move all files of a class into another one, and its empty folder into the trash.

        Raises:
            DataError: one of the classes does not exist, or they are the same.
            ProjectError, StorageError: nothing was moved.
        """

        def add(plan: Plan, files: Sequence[str]) -> None:
            for file, moving in plan.pictures(files):
                plan.add(file, moving, f"{into}/{file.removeprefix(f'{name}/')}")

        with self._mutex:
            plan = self._operations.plan()
            item = plan.class_item(name)
            plan.class_item(into)
            if name == into:
                raise DataError("“{name}” can't be merged with itself.", name=names.for_display(name))
            files = plan.files_below(name)
            plan.fill(files, add)
            plan.items.append(item._replace(target=plan.in_trash(name), only_empty=True))
            return self._operations.do(plan, Label(Action.MERGE_CLASS, len(files), name, into))

    def delete_class(self, name: str) -> Outcome:
        """Move a class with all that lies in it into the trash, as one folder.

        Raises:
            DataError: there is no such class.
            ProjectError, StorageError: nothing was moved.
        """
        with self._mutex:
            plan = self._operations.plan()
            plan.items.append(plan.class_item(name)._replace(target=plan.in_trash(name)))
            return self._operations.do(plan, Label(Action.DELETE_CLASS, 0, name))

    def change_classes(self, label: Label, edit: Callable[[ProjectConfig], ProjectConfig]) -> Outcome:
        """Show classes in other colours, under other keys, in other roles or in another order.

        Raises:
            ProjectError, StorageError: nothing was changed.
        """
        with self._mutex:
            self._operations.check_here()
            if self._book is None:
                return Outcome(Kind.DO, label)
            before = self._book.config
            change = ClassChange(before.classes, edit(before).classes)
            if change.before == change.after:
                return Outcome(Kind.DO, label)
            return self._operations.change(label, change)

    def mark(self, mark: Mark, contents: Mapping[str, str], *, on: bool) -> Outcome:
        """Put a mark on pictures, or take it off; those that are as wanted already are `unchanged`.

        Args:
            contents: what the mark is put on for each picture, by its file; see `Project.subjects`.

        Raises:
            ProjectError, StorageError: nothing was marked.
        """
        with self._mutex:
            self._operations.check_here()
            marked = self._book.marked(mark) if self._book else ()
            wanted = {file: content for file, content in contents.items() if (content in marked) != on}
            unchanged = tuple(file for file in contents if file not in wanted)
            name = next(iter(wanted or contents), "").rpartition("/")[2]
            label = Label(Action.of_mark(mark, on=on), len(wanted), name)
            if not wanted or self._book is None:
                return Outcome(Kind.DO, label, unchanged=unchanged)
            changed = tuple(dict.fromkeys(wanted.values()))
            outcome = self._operations.change(label, MarkChange(mark, *((changed, ()) if on else ((), changed))))
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
        plan = self._operations.plan()
        try:
            there = plan.inside.look(source) if is_run(source) else None
        except OSError as error:
            raise storage.storage_error(error, self._root / source) from error
        if there is None or there.type != "folder":
            raise DataError("“{run}” is no longer there.", run=names.for_display(run[:40]))
        plan.items.append(Item(source, target, there))
        return self._operations.do(plan, Label(action, 0, f"{int(run[4:])}"))

    # ---- imports

    def record_import(self) -> Outcome | None:
        """Make what an import has copied a step that can be undone: then the copies go to the trash.

        To be called when an import has ended, also one that failed or was stopped; one that nobody saw end is recorded
        at the next start. None if nothing was copied.

        Raises:
            ProjectError, StorageError: the import can't be undone yet; the next call or start tries again.
        """
        with self._mutex:
            return self._operations.record_import()

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
        with self._mutex:
            return self._operations.reverse(Kind.UNDO)

    def redo(self) -> Outcome | None:
        """Do again what was undone last; None if there is nothing. Otherwise as `undo`."""
        with self._mutex:
            return self._operations.reverse(Kind.REDO)

    def finish(self, outcome: Outcome) -> Outcome:
        """Try again what failed in a step. Together they remain one step to be undone.

        Raises:
            ProjectError, StorageError: nothing was moved.
        """
        with self._mutex:
            return self._operations.finish(outcome)

    # ---- the trash

    def trashed(self) -> list[Trashed]:
        """The pictures in the trash, by the paths they had. StorageError if the disk does not answer."""
        try:
            return trash.listing(self._root)
        except OSError as error:
            raise unlistable(error) from error

    def trash_size(self) -> TrashSize:
        """What `empty_trash` would delete. StorageError if the disk does not answer."""
        try:
            return trash.measure(self._root, trash.contents(self._root))
        except OSError as error:
            raise unlistable(error) from error

    def empty_trash(self, files: Sequence[str] | None = None) -> Emptied:
        """Delete pictures in the trash (`Trashed.file`; None: all) for good, and what only they made undoable.

        Raises:
            ProjectError, StorageError: nothing was deleted.
        """
        with self._mutex:
            self._operations.check_here()
            self._operations.settle()
            try:
                paths = trash.contents(self._root) if files is None else list(dict.fromkeys(files))
            except OSError as error:
                raise unlistable(error) from error
            refused = [path for path in paths if files is not None and not (trashed_from(path) or is_aside(path))]
            paths = sorted(set(paths) - set(refused))
            if paths:
                self._journal.purge(paths)
            emptied = trash.delete(self._root, paths)
            failed = tuple((path, Reason.NOT_A_PICTURE.value) for path in refused)
            return Emptied(emptied.pictures, emptied.bytes, emptied.failed + failed)

    def _planned(self, files: Sequence[str], add: Add) -> Plan:
        plan = self._operations.plan()
        plan.fill(files, add)
        return plan


def _class_exists(name: str) -> DiscernError:
    return DataError(
        "There is a class “{name}” already.",
        why="Names that differ only in capitals or accents' spelling count as the same.",
        hint="Choose another name, or merge the two classes.",
        name=names.for_display(name),
    )
