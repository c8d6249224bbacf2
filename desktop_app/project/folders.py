"""The walk through a project's folders. It remembers what each held, and lists again only what has changed since.

A folder's own times change when something in it is added, renamed or deleted; so a second look at a million pictures
costs a look at each folder.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from desktop_app.events import PictureSkipped
from desktop_app.project import names
from desktop_app.project.imaging import DECODABLE, KNOWN_UNSUPPORTED

# A folder that changed this short a time ago may change again within the clock's tick, unseen (FAT counts in 2 s).
_FRESH_NS = 2_000_000_000


class Folder(NamedTuple):
    """What a folder held when its times were `stamp`; None if it changed too short a time before to be trusted.

    `files` are pictures, with the folder's path in the project; `folders` are names. Both in natural order.
    """

    stamp: tuple[int, int] | None
    files: list[str]
    folders: list[str]
    unsupported: dict[str, int]
    skipped: list[PictureSkipped]

    def to_bytes(self, prefix: str) -> bytes:
        bare = [file[len(prefix) :] for file in self.files]
        skipped = [(one.file, one.reason) for one in self.skipped]
        return json.dumps([self.stamp, bare, self.folders, self.unsupported, skipped]).encode()

    @classmethod
    def from_bytes(cls, prefix: str, data: bytes) -> Folder:
        (modified, changed), bare, folders, unsupported, skipped = json.loads(data)
        files = [prefix + name for name in bare]
        return cls((modified, changed), files, folders, unsupported, [PictureSkipped(*one) for one in skipped])


class Walk:
    """One walk, and what it met on the way.

    Args:
        known: folders as an earlier walk saw them, by prefix ("" for the root, else the path with a slash behind).
        anew: prefixes of folders to list in any case.
        seconds: when this time has passed and pictures were found, folders that are not known are left for later.
    """

    def __init__(
        self,
        known: Mapping[str, Folder] | None = None,
        anew: Collection[str] = (),
        seconds: float | None = None,
    ) -> None:
        self._known = known or {}
        self._anew = anew
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._found = False
        self.complete = True  # nothing was left for later
        self.seen: dict[str, Folder] = {}
        self.unsupported: Counter[str] = Counter()
        self.skipped: list[PictureSkipped] = []
        self.unlabelled_folders: list[str] = []

    def list_top(self, root: Path) -> tuple[list[str], list[str]]:
        """Pictures and class folders of the top level; OSError if it can't be listed."""
        top = self._look(str(root), "")
        classes = []
        for folder in top.folders:
            if names.same_file(folder) == names.UNLABELLED:
                self.unlabelled_folders.append(folder)
            elif problem := names.class_name_problem(folder):
                self._skip(folder, f"{problem} Rename the folder.")
            else:
                classes.append(folder)
        return top.files, classes

    def pictures(self, folder: str, prefix: str) -> list[str]:
        """All pictures of a folder and the folders in it, folder by folder, each in natural order."""
        return [file for held in self.each_folder(folder, prefix) for file in held.files]

    def each_folder(self, folder: str, prefix: str) -> Iterator[Folder]:
        waiting = [(folder, prefix)]
        while waiting:
            folder, prefix = waiting.pop()
            held = self.list_folder(folder, prefix)
            yield held
            waiting += [(f"{folder}{os.sep}{name}", f"{prefix}{name}/") for name in reversed(held.folders)]

    def list_folder(self, folder: str, prefix: str) -> Folder:
        """What a folder holds: nothing if it is gone; what it held, if it can't be listed now."""
        try:
            return self._look(folder, prefix)
        except OSError as error:
            self._skip(prefix, f"The folder can't be listed: {error.strerror}.")
            if not isinstance(error, (FileNotFoundError, NotADirectoryError)) and prefix in self._known:
                return self._take(prefix, self._known[prefix])
            return _NOTHING

    def _look(self, folder: str, prefix: str) -> Folder:
        status = os.stat(folder)  # noqa: PTH116  a path costs more than the look
        stamp = (status.st_mtime_ns, status.st_ctime_ns)
        known = self._known.get(prefix)
        if known is not None and known.stamp == stamp and prefix not in self._anew:
            return self._take(prefix, known)
        if known is None and self._found and self._deadline is not None and time.monotonic() > self._deadline:
            self.complete = False
            return _NOTHING
        fresh = abs(time.time_ns() - max(stamp)) < _FRESH_NS
        return self._take(prefix, _list(folder, prefix, None if fresh else stamp))

    def _take(self, prefix: str, held: Folder) -> Folder:
        self.seen[prefix] = held
        self.unsupported.update(held.unsupported)
        self.skipped += held.skipped
        self._found = self._found or bool(held.files)
        return held

    def _skip(self, name: str, reason: str) -> None:
        self.skipped.append(PictureSkipped(names.for_display(name), reason))


_NOTHING = Folder(None, [], [], {}, [])


def _list(folder: str, prefix: str, stamp: tuple[int, int] | None) -> Folder:
    files: list[str] = []
    folders: list[str] = []
    unsupported: Counter[str] = Counter()
    skipped: list[PictureSkipped] = []

    def skip(name: str, reason: str) -> None:
        skipped.append(PictureSkipped(names.for_display(prefix + name), reason))

    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            suffix = name[name.rfind(".") :].lower()  # one letter, so no suffix, where there is no dot
            if suffix in DECODABLE:
                if name[0] == ".":
                    continue
                if not entry.is_file(follow_symlinks=False):
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(name)
                    else:
                        skip(name, "a link to another file" if entry.is_symlink() else "no regular file")
                elif names.is_text(name):
                    files.append(name)
                else:
                    skip(name, "The file name is no valid text. Rename the file.")
            elif names.is_ignored(name):
                continue
            elif entry.is_dir(follow_symlinks=False):
                folders.append(name)
            elif suffix in KNOWN_UNSUPPORTED and entry.is_file(follow_symlinks=False):
                unsupported[KNOWN_UNSUPPORTED[suffix]] += 1
    for name in [name for name in folders if not names.is_text(name)]:
        skip(name, "The folder name is no valid text. Rename the folder.")
        folders.remove(name)
    names.natural_sort(files)
    names.natural_sort(folders)
    return Folder(stamp, [prefix + name for name in files], folders, dict(unsupported), skipped)


class Memory:
    """What the folders of one project held when they were last looked at."""

    def __init__(self) -> None:
        self.folders: dict[str, Folder] = {}
        self._stored: dict[str, Folder] = {}

    def walk(self, anew: Collection[str] = (), seconds: float | None = None) -> Walk:
        return Walk(self.folders, anew, seconds)

    def keep(self, walk: Walk) -> None:
        """Remember what a walk saw."""
        self.folders = walk.seen

    # ---- on disk

    def load(self, rows: Mapping[str, tuple[bytes, int]]) -> None:
        """Take in rows as `changes` gave them: data and checksum by prefix."""
        for prefix, (data, checksum) in rows.items():
            if zlib.crc32(data) == checksum:
                self.folders[prefix] = Folder.from_bytes(prefix, data)
        self._stored = dict(self.folders)

    def changes(self) -> tuple[dict[str, tuple[bytes, int]], list[str]]:
        """(rows to be stored, prefixes of rows that are not true any more), since the last time."""
        rows = {}
        for prefix, held in self.folders.items():
            if held.stamp is not None and self._stored.get(prefix) is not held:
                data = held.to_bytes(prefix)
                rows[prefix] = data, zlib.crc32(data)
        outdated = [prefix for prefix in self._stored if prefix not in self.folders]
        self._stored = dict(self.folders)
        return rows, outdated
