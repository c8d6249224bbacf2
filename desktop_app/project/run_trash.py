"""The trash for runs: `runs/trash/`, where a deleted run lies in a folder of its old name until it is restored.

Runs hold models, never pictures. Deleting and restoring are each a single rename; only `purge` deletes files.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app import storage
from desktop_app.errors import DataError, ProjectError
from desktop_app.project import names

if TYPE_CHECKING:
    from desktop_app.project.runs import Run, Runs

FOLDER = "trash"
_PURGED = "purged-"  # begins the name of a run whose files are being deleted


@dataclass(frozen=True, slots=True)
class TrashedRun:
    """A run in the trash, and the room that it takes on the disk."""

    run: Run
    bytes: int


class RunTrash:
    """The deleted runs of `runs`."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self.folder = runs.folder / FOLDER

    def list(self) -> list[TrashedRun]:
        """All that can be restored, newest run first."""
        from desktop_app.project.runs import Run

        found = []
        for name in reversed(self._runs.ids_in(self.folder)):
            with contextlib.suppress(ProjectError):
                run = Run.read(self.folder / name)
                found.append(TrashedRun(run, _bytes(run.folder)))
        return found

    def put(self, run: Run) -> None:
        """Move a run into the trash, with all its files.

        Raises:
            DataError: it is training.
            StorageError: the disk refused; the run is where it was.
        """
        if self._runs.get(run.id).status == "running":
            raise DataError("“{run}” is training.", hint="Stop it, then delete it.", run=run.id)
        self._rename(run.folder, self.folder / run.id)

    def restore(self, name: str) -> None:
        """Bring a run back to where it was.

        Raises:
            DataError: another run has its number, or it is no longer in the trash.
            StorageError: the disk refused; the run is in the trash.
        """
        if name not in self._runs.ids_in(self.folder):
            raise DataError("“{run}” is no longer in the trash.", run=names.for_display(name[:40]))
        if name in self._runs.ids_in(self._runs.folder):
            raise DataError(
                "“{run}” can't be restored.",
                why="There is another run of that number.",
                hint="Delete that one first.",
                run=name,
            )
        self._rename(self.folder / name, self._runs.folder / name)

    def purge(self, ids: Sequence[str]) -> None:
        """Delete runs in the trash for good.

        Raises:
            StorageError: the disk refused; those that are left are listed still, or deleted by the next `settle`.
        """
        for name in ids:
            if name in self._runs.ids_in(self.folder):
                # No half of a run is ever taken for one.
                self._rename(self.folder / name, self.folder / f"{_PURGED}{name}")
        self.settle()

    def settle(self) -> None:
        """Delete what a purge that was cut off has left.

        Raises:
            StorageError: the disk refused.
        """
        try:
            with os.scandir(self.folder) as entries:
                left = [Path(entry.path) for entry in entries if entry.name.startswith(_PURGED)]
        except OSError:
            return  # there is no trash
        try:
            for folder in left:
                storage.remove_folder(folder)
        except OSError as error:
            raise storage.storage_error(error, self.folder) from error

    def _rename(self, source: Path, target: Path) -> None:
        try:
            storage.make_folders(target.parent)
            storage.disk.rename_new(source, target)
            for folder in {source.parent, target.parent}:
                storage.sync_folder(folder)
        except OSError as error:
            raise storage.storage_error(error, source) from error


def _bytes(folder: Path) -> int:
    with os.scandir(folder) as entries:
        return sum(entry.stat(follow_symlinks=False).st_size for entry in entries)
