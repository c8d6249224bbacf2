"""Carries one operation out on disk, and settles one that was interrupted.

A picture only ever changes its place by a rename that fails if the target exists. Across volumes it is copied under a
temporary name, read back, written down in the journal, given its name, and only then is the original put aside, on its
own volume. What came of an item is decided by looking at the disk, never by what a call returned.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from desktop_app import storage
from desktop_app.errors import StorageError
from desktop_app.project import names
from desktop_app.project.history import Copy, Item, Operation
from desktop_app.project.inside import ASIDE, Inside, is_run
from desktop_app.project.journal import Journal
from desktop_app.project.reasons import GONE, IN_USE, Reason, RefusedError, explain

PATIENCE_SECONDS = 2.5  # for files that another program holds open, in all of one operation
_PAUSE_SECONDS = 0.1

_log = logging.getLogger(__name__)


@dataclass
class Ending:
    """How an operation ended: why, by position, items were not moved.

    `certain` is False if the disk did not let us look, or finish something half done; then it is to be settled again.
    """

    missed: dict[int, str] = field(default_factory=dict)
    certain: bool = True


class Transfer:
    """One operation, on its way between `journal.begin` and `journal.end`."""

    def __init__(self, root: Path, journal: Journal, operation: Operation) -> None:
        self._root = str(root)
        self._journal = journal
        self._operation = operation
        self._inside = Inside(root)
        self._ready = {""}  # folders that exist
        self._patience = PATIENCE_SECONDS

    def carry_out(self, skip: Mapping[int, str]) -> Ending:
        """Move every item that is not in `skip` (position → reason). One that can't be moved stops no other."""
        known = dict(skip)
        unmade: dict[str, str] = {}  # folders that this operation should have made, and why it could not
        offline = False
        for position, item in enumerate(self._operation.items):
            if position in known:
                continue
            if reason := Reason.OFFLINE if offline else unmade.get(item.target.partition("/")[0]):
                known[position] = reason
                continue
            try:
                self._move(position, item)
            except FileNotFoundError:
                # Whether the picture is missing, or its new folder, is seen below. But a folder that could not be made
                # must not be made for its pictures: undoing this would leave it.
                if item.signature.type == "folder" and not os.path.lexists(f"{self._root}/{item.target}"):
                    unmade[item.target] = Reason.NOT_MOVED
            except StorageError as error:
                known[position] = error.why
            except OSError as error:
                known[position] = explain(error)
                if item.signature.type == "folder" and error.errno != errno.EEXIST:
                    unmade[item.target] = known[position]
                offline = error.errno in GONE
        if not offline:
            self._sync()
        return self.settle(known)

    def recover(self) -> Ending:
        """Settle what a killed process left behind. Finishes single items that are half done; starts nothing."""
        for folder in {_folder(item.target) for item in self._operation.items}:
            with contextlib.suppress(OSError):
                storage.sweep_temps(self._inside.path(f"{folder}/x" if folder else "x").parent)
        self._sync()
        return self.settle({}, Reason.INTERRUPTED)

    def settle(self, known: Mapping[int, str], otherwise: Reason = Reason.NOT_MOVED) -> Ending:
        """Look at every item. `known` and `otherwise` say why those were not moved whose source is still there."""
        ending = Ending()
        offline = False
        for position, item in enumerate(self._operation.items):
            reason: str | None = Reason.OFFLINE
            if not offline:
                try:
                    reason = self._settle(position, item)
                except RefusedError as error:
                    reason = error.reason
                except OSError as error:
                    reason = explain(error)
                    ending.certain = False
                    offline = error.errno in GONE
            if reason is Reason.NOT_MOVED:
                reason = known.get(position, otherwise)
            if reason is not None:
                ending.missed[position] = reason
        return ending

    # ---- moving one item

    def _move(self, position: int, item: Item) -> None:
        self._prepare(_folder(item.target))
        source, target = self._inside.path(item.source), self._inside.path(item.target)
        if item.signature.type == "folder":
            self._move_folder(item, source, target)
            return
        try:
            self._rename(source, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._copy(position, item, source, target)

    def _move_folder(self, item: Item, source: Path, target: Path) -> None:
        if item.only_empty and holds_files(source):
            raise RefusedError(Reason.HOLDS_FILES)
        # A power cut must not undo what left the folder before, or keep what joins it after, without the folder's own
        # renaming: a picture would lie in the trash.
        is_alone = len(self._operation.items) == 1
        if not is_alone:
            self._sync()
        if item.via:
            via = self._inside.path(item.via)
            self._rename(source, via)
            self._rename(via, target)
        else:
            self._rename(source, target)
        if not is_alone:
            self._sync()

    def _rename(self, source: Path, target: Path) -> None:
        while True:
            try:
                storage.disk.rename_new(source, target)
            except OSError as error:
                if getattr(error, "winerror", None) not in IN_USE or self._patience <= 0:
                    raise
                self._patience -= _PAUSE_SECONDS
                time.sleep(_PAUSE_SECONDS)
            else:
                return

    def _copy(self, position: int, item: Item, source: Path, target: Path) -> None:
        """Move to another volume."""
        temp = target.with_name(f"{storage.TEMP_PREFIX}{self._operation.id}-{position}{storage.TEMP_SUFFIX}")
        aside = f"{_folder(item.source)}/{ASIDE}/{self._operation.id}/{position}-{source.name}".lstrip("/")
        self._prepare(_folder(aside))  # where that is impossible, there is no point in copying
        try:
            copy = Copy(storage.copy_verified(source, temp), aside)
            self._check_unchanged(item)
            self._journal.copied(self._operation, position, copy)
            self._rename(temp, target)
        except BaseException:
            with contextlib.suppress(OSError):
                storage.disk.unlink(temp)
            raise
        storage.sync_folder(target.parent)
        self._put_aside(item, copy)

    def _check_unchanged(self, item: Item) -> None:
        if self._inside.look(item.source) != item.signature:
            raise RefusedError(Reason.CHANGED_MEANWHILE)

    def _put_aside(self, item: Item, copy: Copy) -> None:
        """The last step of a move to another volume; the copy lies durably under its name."""
        self._prepare(_folder(copy.aside))
        if not self._keep_new_name(item.source, copy.aside):
            source, aside = self._inside.path(item.source), self._inside.path(copy.aside)
            self._rename(source, aside)
            storage.sync_folder(source.parent)
            storage.sync_folder(aside.parent)

    def _prepare(self, folder: str) -> None:
        """Make sure that a folder exists, inside the project."""
        if folder not in self._ready:
            self._inside.path(f"{folder}/x")  # refuses a link on the way
            storage.make_folders(Path(f"{self._root}/{folder}"))
            self._ready.add(folder)

    def _sync(self) -> None:
        """Make the renamings durable. A folder that refuses costs durability, not safety: both names are journaled."""
        places = {_folder(path) for item in self._operation.items for path in (item.source, item.target)}
        for folder in sorted(places):
            path = Path(f"{self._root}/{folder}")
            try:
                if path.is_dir():
                    storage.sync_folder(path)
            except OSError as error:
                _log.warning("“%s” could not be synchronised: %s", folder, error)

    # ---- settling one item

    def _settle(self, position: int, item: Item) -> Reason | None:
        """Why the item is not at its target; None if it is. Finishes what is half done.

        Raises:
            OSError: the disk did not let us look, or finish.
        """
        if item.via:
            return self._settle_via(item)
        source, target = self._inside.look(item.source), self._inside.look(item.target)
        copy = self._operation.copies.get(position)
        arrived = target is not None and item.signature.is_surely(target)
        if copy and target and not arrived and item.signature.may_be(target):
            # The other volume may keep time or place differently; the content decides.
            arrived = self._content(item.target) == copy.sha256
        if source is None:
            if target is None:
                return Reason.MISSING
            return None if arrived else Reason.CHANGED
        if target is None:
            return Reason.NOT_MOVED
        if arrived:
            if self._keep_new_name(item.source, item.target):
                return None
            if copy and self._content(item.target) == copy.sha256 == self._content(item.source):
                self._put_aside(item, copy)
                return None
            if not item.signature.is_surely(source):
                return None  # something new took the old name
        if is_run(item.target):
            return Reason.RUN_TAKEN
        return Reason.FOLDER_TAKEN if item.signature.type == "folder" else Reason.TAKEN

    def _settle_via(self, item: Item) -> Reason | None:
        # Names are listed, since looking one up can't tell capitals apart on some disks.
        entries = {path.name for path in self._inside.path(item.source).parent.iterdir()}
        source, target, via = (path.rpartition("/")[2] for path in (item.source, item.target, item.via))
        if via in entries:
            if target not in entries:
                self._rename(self._inside.path(item.via), self._inside.path(item.target))
                self._sync()
                return None
            if source not in entries:
                self._rename(self._inside.path(item.via), self._inside.path(item.source))
                self._sync()
            return Reason.FOLDER_TAKEN
        if source in entries:
            return Reason.FOLDER_TAKEN if target in entries else Reason.NOT_MOVED
        if target not in entries:
            return Reason.MISSING
        there = self._inside.look(item.target)
        return None if there and item.signature.is_surely(there) else Reason.CHANGED

    def _content(self, path: str) -> str:
        return storage.sha256(self._inside.path(path))

    def _keep_new_name(self, old: str, new: str) -> bool:
        """If a rename by link was interrupted before its unlink, so that a file has two names, remove the old one.

        False if there is nothing of the kind. One name that is reached on two ways is not two names: removing "the
        old one" would remove the file.
        """
        first, second = self._inside.path(old), self._inside.path(new)
        if not (os.path.lexists(first) and os.path.lexists(second)):
            return False
        status = first.lstat()
        same_name = names.same_file(first.name) == names.same_file(second.name)
        one_name = same_name and first.parent.samefile(second.parent)
        if not os.path.samestat(status, second.lstat()) or status.st_nlink < 2 or one_name:
            return False
        storage.sync_folder(second.parent)
        storage.disk.unlink(first)
        storage.sync_folder(first.parent)
        return True


def holds_files(folder: Path) -> bool:
    """True if anything but folders and what systems hide lies in a folder or below. OSError if it can't be listed."""
    waiting = [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if names.is_ignored(entry.name):
                    continue
                if not entry.is_dir(follow_symlinks=False):
                    return True
                waiting.append(entry.path)
    return False


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
