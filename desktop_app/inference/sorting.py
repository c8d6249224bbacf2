"""Copies of pictures in a folder for each class. Nothing is moved, and nothing that is there is changed."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Sequence
from pathlib import Path

from desktop_app import storage
from desktop_app.errors import DataError
from desktop_app.project import names


class Sorter:
    """Copies pictures into `target`/<class>/.

    A class name that some operating system can't use as a folder name is changed as little as needed.
    """

    def __init__(self, target: Path, classes: Sequence[str]) -> None:
        self.target = target
        self._folders = {name: target / folder for name, folder in zip(classes, folder_names(classes), strict=True)}
        self.copied = 0

    def copy(self, source: Path, label: str) -> None:
        """Copy one picture into its class folder; an identical copy that is there already will do.

        Raises:
            OSError: the disk refused; there is no half copy.
        """
        folder = self._folders[label]
        storage.make_folders(folder)
        name = folder / _shortened(names.clean_file_name(source.name))
        number = 1
        while True:
            target = name if number == 1 else name.with_name(f"{name.stem} ({number}){name.suffix}")
            try:
                storage.copy_new(source, target)
            except FileExistsError:
                if storage.is_regular_file(target) and filecmp.cmp(source, target, shallow=False):
                    return
                number += 1
            else:
                self.copied += 1
                return


def _shortened(name: str) -> str:
    """Leave room for a number; file systems allow 255 bytes."""
    path = Path(name)
    stem = path.stem
    while len(os.fsencode(stem + path.suffix)) > 240 and stem:
        stem = stem[:-1]
    return stem + path.suffix


def folder_names(classes: Sequence[str]) -> list[str]:
    """A folder name for each class that every operating system accepts; no two are the same on any of them."""
    taken: set[str] = set()
    folders = []
    for name in classes:
        first = names.clean_file_name(name)
        folder, number = first, 2
        while names.same_file(folder) in taken:
            folder = f"{first} ({number})"
            number += 1
        taken.add(names.same_file(folder))
        folders.append(folder)
    return folders


def check_apart(folder: Path, target: Path) -> None:
    """Refuse to sort a folder into itself, into a folder in it, or into one around it.

    Raises:
        DataError: that was asked for.
    """
    # Not Path.resolve, which raises for links in a circle.
    source, into = Path(os.path.realpath(folder)), Path(os.path.realpath(target))
    if source == into or source in into.parents or into in source.parents:
        raise DataError(
            "Pictures can't be sorted from “{folder}” into “{target}”.",
            why="One of the two folders lies in the other, so copies and originals would mix.",
            hint="Choose a folder outside of it.",
            folder=names.for_display(str(folder)),
            target=names.for_display(str(target)),
        )
