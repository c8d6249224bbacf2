"""The project's trash: what lies in it, and the only function of Discern that deletes pictures.

A deleted picture or class lies in `.discern/trash/<operation>/` under the path it had, on the project's own volume. The
originals of pictures that were moved to another volume are kept beside where they were; they are counted, and deleted
with the rest, but not offered for restoring, since the picture itself is still there.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop_app import storage
from desktop_app.project import names
from desktop_app.project.inside import ASIDE, OPERATION_ID, TRASH, Inside, trashed_from
from desktop_app.project.reasons import explain


@dataclass(frozen=True, slots=True)
class Trashed:
    """A picture in the trash: where it lies, and the path it had; both relative to the project."""

    file: str
    original: str
    bytes: int


@dataclass(frozen=True, slots=True)
class TrashSize:
    """What emptying the trash deletes."""

    pictures: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Emptied:
    """What was deleted, and what could not be: (file, reason)."""

    pictures: int
    bytes: int
    failed: tuple[tuple[str, str], ...] = ()


def listing(root: Path) -> list[Trashed]:
    """Every picture that can be restored, by original path.

    Raises:
        OSError: the trash can't be listed.
    """
    found = [
        Trashed(file, original, size)
        for file, size in _walk(Inside(root), TRASH)
        if (original := trashed_from(file)) and not names.is_ignored(original.rpartition("/")[2])
    ]
    return sorted(found, key=lambda trashed: (names.natural_key(trashed.original), trashed.file))


def contents(root: Path) -> list[str]:
    """Every folder of deleted things: one for each operation, and those beside originals on other volumes.

    Raises:
        OSError: a folder can't be listed.
    """
    found = _operations(root, TRASH)
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        with os.scandir(root / folder) as entries:
            for entry in entries:
                path = f"{folder}/{entry.name}".lstrip("/")
                if entry.name == ASIDE:
                    found += _operations(root, path)
                elif entry.is_dir(follow_symlinks=False) and not names.is_ignored(entry.name):
                    waiting.append(path)
    return sorted(found)


def measure(root: Path, paths: Sequence[str]) -> TrashSize:
    """How many files `paths` (files, or folders with all in them) are, and how large. OSError if that can't be seen."""
    inside = Inside(root)
    sizes = [size for path in paths for _, size in _walk(inside, path)]
    return TrashSize(len(sizes), sum(sizes))


def delete(root: Path, paths: Sequence[str]) -> Emptied:
    """Delete for good what lies in the trash under `paths`. Links are removed, never followed.

    The journal has noted it already: nothing that is undone later may count on these files.
    """
    inside = Inside(root)
    pictures = bytes_ = 0
    failed: list[tuple[str, str]] = []
    for path in paths:
        try:
            for file, size in list(_walk(inside, path)):
                try:
                    storage.disk.unlink(inside.path(file))
                except OSError as error:
                    failed.append((trashed_from(file) or file, explain(error)))
                else:
                    pictures += 1
                    bytes_ += size
            _remove_empty(inside, path)
        except OSError as error:
            failed.append((path, explain(error)))
    return Emptied(pictures, bytes_, tuple(failed))


def _operations(root: Path, folder: str) -> list[str]:
    """The folders, one for each operation, in a folder of deleted things."""
    inside = Inside(root)
    there = inside.look(folder)
    if there is None or there.type != "folder":
        return []
    with os.scandir(inside.path(folder)) as entries:
        return [f"{folder}/{entry.name}" for entry in entries if OPERATION_ID.fullmatch(entry.name)]


def _walk(inside: Inside, path: str) -> Iterator[tuple[str, int]]:
    """(relative path, bytes) of everything but folders at `path` and below; links are not followed.

    Raises:
        OSError: a folder can't be listed, or the way there leads over a link.
    """
    waiting = [path]
    while waiting:
        relative = waiting.pop()
        there = inside.look(relative)
        if there is None:
            continue
        if there.type == "folder":
            with os.scandir(inside.path(relative)) as entries:
                waiting += [f"{relative}/{entry.name}" for entry in entries]
        else:
            yield relative, there.size


def _remove_empty(inside: Inside, path: str) -> None:
    """Remove a folder and those in it as far as they are empty."""
    if (there := inside.look(path)) and there.type == "folder":
        for place, _, _ in os.walk(inside.path(path), topdown=False):
            with contextlib.suppress(OSError):  # it holds what could not be deleted
                storage.disk.rmdir(Path(place))
