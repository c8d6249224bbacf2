"""Names for pictures that join a folder: never one that is there already, on any kind of disk."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from desktop_app.project import names

# Of larger folders, the names are listed each time and not kept.
_KEEP_NAMES = 200_000


@dataclass
class _Listing:
    modified_ns: int
    keys: set[str]


class FreeNames:
    """Knows the names in folders, and keeps them as long as a folder is unchanged.

    Two names that some disk can't keep apart (capitals, composed and decomposed accents) count as one everywhere: a
    project may travel. How this disk compares names, the disk itself is asked.
    """

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._listings: dict[str, _Listing] = {}
        self._checked: set[str] = set()  # folders whose listing was up to date when the operation was planned

    def reservations(self) -> Reservations:
        """For an operation that is being planned; one at a time."""
        self._checked.clear()
        return Reservations(self._root, self)

    def keys(self, folder: str) -> set[str]:
        """`names.same_file` of everything in a folder; empty if it does not exist. OSError if it can't be listed."""
        path = Path(f"{self._root}/{folder}")
        known = self._listings.pop(folder, None)
        try:
            modified_ns = path.stat().st_mtime_ns
            if known is None or known.modified_ns != modified_ns:
                with os.scandir(path) as entries:
                    known = _Listing(modified_ns, {names.same_file(entry.name) for entry in entries})
        except FileNotFoundError:
            return set()
        self._checked.add(folder)
        self._listings[folder] = known  # the newest last
        while sum(len(listing.keys) for listing in self._listings.values()) > _KEEP_NAMES:
            del self._listings[next(iter(self._listings))]
        return known.keys

    def renamed(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Take note of what the operation moved, so that the next one need not list a large folder again."""
        joined: dict[str, set[str]] = {}
        for source, target in pairs:
            folder, _, name = target.rpartition("/")
            joined.setdefault(folder, set()).add(names.same_file(name))
            self._listings.pop(source.rpartition("/")[0], None)
        for folder, keys in joined.items():
            listing = self._listings.pop(folder, None)
            if listing and folder in self._checked:
                with contextlib.suppress(OSError):  # then it is listed again next time
                    listing.modified_ns = Path(f"{self._root}/{folder}").stat().st_mtime_ns
                    listing.keys |= keys
                    self._listings[folder] = listing


class Reservations:
    """Names given out for one operation, which has not been carried out yet. Made by `FreeNames.reservations`."""

    def __init__(self, root: str, free_names: FreeNames) -> None:
        self._root = root
        self._free_names = free_names
        self._there: dict[str, set[str]] = {}  # by folder
        self._given: set[tuple[str, str]] = set()  # folder, key
        self._numbers: dict[tuple[str, str], int] = {}  # folder, name

    def reserve(self, folder: str, name: str) -> str:
        """The path of `name` in `folder`, or of the first of "name (2).ext", "name (3).ext", … that nothing has.

        Raises:
            OSError: the folder can't be listed.
        """
        if folder not in self._there:
            self._there[folder] = self._free_names.keys(folder)
        there = self._there[folder]
        stem, suffix = os.path.splitext(name)  # noqa: PTH122  a name, not a path
        for number in itertools.count(self._numbers.get((folder, name), 1)):
            candidate = name if number == 1 else f"{stem} ({number}){suffix}"
            key = names.same_file(candidate)
            path = f"{folder}/{candidate}".lstrip("/")
            if key not in there and (folder, key) not in self._given and not os.path.lexists(f"{self._root}/{path}"):
                self._given.add((folder, key))
                self._numbers[folder, name] = number + 1
                return path
        raise AssertionError("there is always a higher number")

    def reserve_exactly(self, path: str) -> str:
        """`path` itself if nothing is there, else as `reserve`: for a file that had this name before."""
        folder, _, name = path.rpartition("/")
        key = names.same_file(name)
        if (folder, key) in self._given or os.path.lexists(f"{self._root}/{path}"):
            return self.reserve(folder, name)
        self._given.add((folder, key))
        return path
