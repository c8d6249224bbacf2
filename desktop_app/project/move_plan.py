"""Plans what is to become of pictures and classes: which file or folder is renamed to what. Nothing is moved here.

A picture of which nothing can be made stops no other: it is named in the plan with the reason.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from desktop_app import storage
from desktop_app.errors import DataError
from desktop_app.project import names, runs
from desktop_app.project.free_names import Reservations
from desktop_app.project.history import Action, Item, Label, Signature
from desktop_app.project.import_list import Import
from desktop_app.project.inside import TRASH, Inside, is_picture_path, is_run, trashed_from
from desktop_app.project.outcome import Add, Failure
from desktop_app.project.reasons import Reason, RefusedError, explain, unlistable


@dataclass
class Plan:
    """An operation in the making.

    Attributes:
        root: the project's folder; `place` tells it from a copy.
        skip: reasons, by position, of items that are not even to be tried.
        failed: pictures of which no item could be made; `refill` would try again.
        unchanged: pictures that are where they should be already.
    """

    id: str
    root: Path
    place: str
    inside: Inside
    reservations: Reservations
    items: list[Item] = field(default_factory=list)
    skip: dict[int, str] = field(default_factory=dict)
    refill: Add | None = None
    failed: list[Failure] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)

    def fill(self, files: Sequence[str], add: Add) -> None:
        """Let `add` plan pictures; it is asked again when those it refused are to be tried again."""
        self.refill = add
        add(self, files)

    def label(self, action: Action, to: str = "") -> Label:
        """What the step is called, by its pictures."""
        pictures = [item.source for item in self.items if item.signature.type == "file"]
        pictures = pictures or [failure.file for failure in self.failed]
        return Label(action, len(pictures), pictures[0].rpartition("/")[2] if pictures else "", to)

    @property
    def class_joined(self) -> str:
        """The class that the last picture is to be put into, as its folder spells it; empty if there is none."""
        return self.items[-1].target.rpartition("/")[0] if self.items else ""

    def in_trash(self, path: str) -> str:
        return f"{TRASH}/{self.id}/{path}"

    def via(self, path: str) -> str:
        """A name in between that a person can see and understand, should it ever be left behind."""
        return f"{path} (renaming {self.id})"

    # ---- pictures

    def pictures(self, files: Iterable[str], *, from_trash: bool = False) -> Iterator[tuple[str, Item]]:
        """(file, item without target) of every picture that can be moved; the others go to `failed`."""
        for file in dict.fromkeys(files):
            try:
                if not (trashed_from(file) if from_trash else is_picture_path(file)):
                    raise RefusedError(Reason.NOT_A_PICTURE)
                there = self.inside.look(file)
                if there is None or there.type != "file":
                    raise RefusedError(Reason.LINK if there else Reason.MISSING)
            except OSError as error:
                self.failed.append(Failure(file, explain(error)))
            else:
                yield file, Item(file, "", there)

    def add_to(self, folder: str, files: Sequence[str], is_there: Callable[[str], bool]) -> None:
        """Plan pictures for a folder, but for those that are there."""
        for file, item in self.pictures(files):
            if is_there(file):
                self.unchanged.append(file)
            else:
                self.add(file, item, f"{folder}/{file.rpartition('/')[2]}")

    def add_to_class(self, class_name: str, files: Sequence[str]) -> None:
        """Plan pictures for a class, and the class if it does not exist. DataError if it can't be made."""
        folder = self.class_folder(class_name)
        inside = f"{folder}/" if folder else ""
        first = len(self.items)
        self.add_to(folder or class_name, files, lambda file: bool(inside) and file.startswith(inside))
        if len(self.items) > first and not folder:
            self.items.insert(first, self.new_folder(class_name))

    def add_trashed(self, files: Sequence[str]) -> None:
        """Plan pictures for the trash."""
        for file, item in self.pictures(files):
            self.items.append(item._replace(target=self.in_trash(file)))

    def add_restored(self, files: Sequence[str]) -> None:
        """Plan pictures in the trash for where they were, and the classes that are gone."""
        missing: dict[str, Item] = {}
        for file, item in self.pictures(files, from_trash=True):
            original = trashed_from(file)
            top, slash, _ = original.partition("/")
            try:
                if slash and top not in missing and self.inside.look(top) is None:
                    missing[top] = self.new_folder(top)
            except OSError as error:
                self.failed.append(Failure(file, explain(error)))
            else:
                self.add(file, item, original)
        self.items[:0] = missing.values()

    def add(self, file: str, item: Item, target: str) -> None:
        """Plan one picture for `target`, or for another name in its folder if that one is taken."""
        folder, _, name = target.rpartition("/")
        try:
            self.items.append(item._replace(target=self.reservations.reserve(folder, name)))
        except OSError as error:
            self.failed.append(Failure(file, explain(error)))

    # ---- classes

    def new_folder(self, name: str) -> Item:
        """An item that makes a folder: renamed out of the trash, so that undoing it is a renaming, too."""
        waiting = self.in_trash(name)
        try:
            self.inside.path(f"{waiting}/x")
            storage.make_folders(self.root / waiting)
            there = self.inside.look(waiting)
        except OSError as error:
            raise storage.storage_error(error, self.root / name) from error
        assert there
        return Item(waiting, name, there, only_empty=True)

    def class_folder(self, name: str) -> str:
        """The folder of a class that exists, perhaps in another spelling; empty if it can be made. Raises DataError."""
        if folder := self.folder_like(name):
            return folder
        check_new_name(name)
        return ""

    def folder_like(self, name: str) -> str:
        """The class folder `name`, or one that some disk could not keep apart from it; empty if there is none."""
        if names.class_name_problem(name) or names.is_ignored(name) or names.same_file(name) == names.UNLABELLED:
            return ""
        try:
            there = self.inside.look(name)
            if there and there.type == "folder":
                return name
            key = names.same_file(name)
            with os.scandir(self.root) as entries:
                alike = [
                    entry.name
                    for entry in entries
                    if names.same_file(entry.name) == key and entry.is_dir(follow_symlinks=False)
                ]
        except OSError as error:
            raise unlistable(error) from error
        return min(alike, default="")

    def class_item(self, name: str) -> Item:
        """The folder of a class, without target. DataError if it does not exist."""
        try:
            there = self.inside.look(name) if is_picture_path(name) and "/" not in name else None
        except OSError as error:
            raise unlistable(error) from error
        if there is None or there.type != "folder":
            raise DataError(
                "There is no class “{name}”.", why="Its folder is no longer there.", name=names.for_display(name)
            )
        return Item(name, "", there)

    def files_below(self, folder: str) -> list[str]:
        """All files of a folder and the folders in it but hidden ones. StorageError if one can't be listed."""
        found: list[str] = []
        waiting = [folder]
        while waiting:
            place = waiting.pop()
            try:
                with os.scandir(self.inside.path(f"{place}/x").parent) as entries:
                    for entry in entries:
                        if names.is_ignored(entry.name):
                            continue
                        listed = waiting if entry.is_dir(follow_symlinks=False) else found
                        listed.append(f"{place}/{entry.name}")
            except OSError as error:
                raise unlistable(error) from error
        return sorted(found, key=names.natural_key)

    # ---- what was moved before

    def add_again(self, item: Item, place: str) -> None:
        """Plan an item as far as things are still as they were; otherwise plan it and say why it is to be skipped.

        `place`: where the project was when the item was moved.
        """
        position = len(self.items)
        # A project that was copied has other times and inodes, on some ways every single one.
        is_same = Signature.is_surely if place == self.place else Signature.may_be
        try:
            now, there = self.inside.look(item.source), self.inside.look(item.target)
            if now is None:
                # Somebody brought it there already: nothing to do, and settling will see that.
                if there is None or not item.signature.is_surely(there):
                    self.skip[position] = Reason.MISSING
            elif not is_same(item.signature, now):
                self.skip[position] = Reason.CHANGED
            elif now.type == "folder":
                item = item._replace(signature=now)
                if there and not item.via:
                    self.skip[position] = Reason.FOLDER_TAKEN
                elif is_run(item.source) and runs.is_training(self.root / item.source):
                    self.skip[position] = Reason.TRAINING
            else:
                target = self.reservations.reserve_exactly(item.target)
                item = item._replace(signature=now, target=target)
        except OSError as error:
            self.skip[position] = explain(error)
        self.items.append(item)

    def add_imported(self, imported: Import, recorded: Mapping[str, Signature], folders_id: str) -> bool:
        """Plan what an import has copied as if it came out of the trash, where undoing it leads.

        Args:
            recorded: what is part of such a step already, by its path.
            folders_id: names the place in the trash that new classes come out of: one of their own, since where the
                folders would go, the pictures make others.

        Returns:
            Whether any picture is left of it.
        """
        for name in imported.classes:
            if (there := self._imported(name, recorded)) and there.type == "folder":
                self.items.append(Item(f"{TRASH}/{folders_id}/{name}", name, there, only_empty=True))
        made = len(self.items)
        for file, copied in imported.copies.items():
            # One that is gone, or was replaced, is not what was imported.
            if (there := self._imported(file, recorded)) and copied.is_surely(there):
                self.items.append(Item(self.in_trash(file), file, there))
        self.skip.update(dict.fromkeys(range(len(self.items)), Reason.NOT_MOVED))  # all are there already
        return len(self.items) > made

    def _imported(self, path: str, recorded: Mapping[str, Signature]) -> Signature | None:
        """What is at a path that an import named, unless it is recorded."""
        try:
            there = self.inside.look(path)
        except OSError as error:
            if isinstance(error, RefusedError) or error.errno == errno.ENAMETOOLONG:
                return None  # no import wrote that
            raise
        known = recorded.get(path)
        return None if there and known and known.is_surely(there) else there


def check_new_name(name: str) -> None:
    """Raises: DataError if no class may have that name."""
    problem = names.new_name_problem(name)
    if not problem and names.same_file(name) == names.UNLABELLED:
        problem = "Discern gives folders of this name another meaning."
    if problem:
        raise names.unusable_class(DataError, name, problem)
