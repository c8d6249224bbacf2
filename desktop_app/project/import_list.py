"""What imports copied into a project, `.discern/imported.jsonl`, written while they run.

    {"format": 1}
    {"folder": path, "makes": name}
    {"copy": path, "signature": [type, size, modified_ns, inode]}

The first begins an import; the second comes before copying into a folder, and names the class that is made with it, if
one is; the third comes right before a complete copy gets its name. So whenever an import is ended, and in whatever way,
every copy is on the list, and perhaps one that never got its name. `Operations.record_import` makes a step of it that
can be undone, and removes the list.

The list travels with the project and is not trusted: a record that names a path where no picture can lie is ignored.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app import storage
from desktop_app.project.history import Signature
from desktop_app.project.inside import is_picture_path
from desktop_app.storage import Document

if TYPE_CHECKING:
    from desktop_app.project.import_sources import Stream

FILE = "imported.jsonl"
FORMAT = 1
READ_AT_MOST = 64 << 20  # bytes; older copies of a longer list stay, and can't be undone


class ImportList:
    """Copies pictures for one import, and writes down what it copies. Paths are relative to the project."""

    def __init__(self, root: Path, state: Path) -> None:
        self._root = root
        self._path = state / FILE
        self._begun = False
        self._entered: list[str] = []

    def enter(self, folder: str) -> None:
        """Make a folder to copy into, and remove what a killed import left there.

        Raises:
            OSError, StorageError: the disk refused.
        """
        top = folder.partition("/")[0]
        self._append({"folder": folder, "makes": "" if os.path.lexists(self._root / top) else top})
        storage.make_folders(self._root / folder)
        storage.sweep_temps(self._root / folder)
        self._entered.append(folder)

    def copy(self, source: Stream, target: str) -> None:
        """Copy a picture, with its times, into a folder that was entered.

        Raises:
            FileExistsError: `target` exists; it is never touched.
            ImageError: the picture can't be read to its end.
            OSError, StorageError: the disk refused; `target` is a whole copy, or not there.
        """

        def note(copy: os.stat_result) -> None:
            self._append({"copy": target, "signature": ["file", copy.st_size, copy.st_mtime_ns, copy.st_ino]})

        # A copy that a power cut takes back is at its source; waiting for each name would take twice as long again.
        storage.write_stream_new(self._root / target, source.read, source.times_ns, note, sync=False)

    def sync(self) -> None:
        """Make sure, at the end, that the copies survive a power cut; OSError if the disk refuses."""
        for folder in self._entered:
            storage.sync_folder(self._root / folder)

    def _append(self, record: Document) -> None:
        if not self._begun:
            storage.append_record(self._path, {"format": FORMAT})
            self._begun = True
        # Waiting for the disk with every copy would take half as long again. After a power cut the last copies may not
        # be on the list; they are no worse for that, and stay.
        storage.append_record(self._path, record, durable="folder" in record)


@dataclass
class Import:
    """What the list says of one import: folders it copied into, classes it made, what it copied."""

    folders: list[str] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    copies: dict[str, Signature] = field(default_factory=dict)


def read(path: Path) -> list[Import]:
    """The imports on a list, oldest first; none if there is no list, or a newer Discern wrote it.

    Raises:
        OSError: it can't be read.
    """
    imports = [Import()]
    for record in storage.read_records(path, newest_bytes=READ_AT_MOST):
        match record:
            case {"format": int(version)}:
                if version > FORMAT:
                    return []
                imports.append(Import())
            case {"folder": str(folder), "makes": str(made)} if is_picture_path(folder):
                imports[-1].folders.append(folder)
                if made and made == folder.partition("/")[0]:
                    imports[-1].classes.append(made)
            case {"copy": str(copy), "signature": ["file", int(size), int(modified_ns), int(inode)]}:
                if is_picture_path(copy):
                    imports[-1].copies[copy] = Signature("file", size, modified_ns, inode)
    return [found for found in imports if found.folders or found.copies]
