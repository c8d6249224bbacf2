"""What is in the class folders now, and the frozen picture of it that a training works on.

The scan reads names only, never contents: a class is a folder at the project's top level, with all that lies inside
it; pictures at the top level itself, or in `_unlabelled`, are unlabelled. Links are not followed.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop_app import storage
from desktop_app.errors import DataError, ProjectError
from desktop_app.events import Notice, PictureSkipped, Split
from desktop_app.project import names
from desktop_app.project.folders import Walk

SPLITS: tuple[Split, ...] = ("train", "validation", "test")
TRAIN, VALIDATION, TEST = range(3)
LEFT_OUT = -1  # the split of a picture that takes part in nothing


# ---- the catalog


@dataclass(frozen=True)
class Catalog:
    """The pictures of a project, class by class, unlabelled ones last.

    `files` are POSIX paths relative to the project; `labels` index `classes`, -1 for unlabelled; `unsupported` counts
    files of formats that Discern knows but can't read; `skipped` are single files and folders that can't be listed;
    `spellings` are names of two folders that spell one class (composed and decomposed accents) and count as one.
    Without `complete`, folders were left for a later look.
    """

    classes: tuple[str, ...]
    files: tuple[str, ...]
    labels: NDArray[np.int32]
    unsupported: dict[str, int] = field(default_factory=dict)
    skipped: tuple[PictureSkipped, ...] = ()
    spellings: tuple[str, ...] = ()
    complete: bool = True

    def counts(self) -> dict[str, int]:
        """Pictures per class, in class order; classes without pictures included."""
        numbers = np.bincount(self.labels[self.labels >= 0], minlength=len(self.classes))
        return dict(zip(self.classes, numbers.tolist(), strict=True))

    @property
    def unlabelled(self) -> int:
        return int(np.count_nonzero(self.labels < 0))


def scan(root: Path, order: Sequence[str] = (), walk: Walk | None = None) -> Catalog:
    """List the pictures under `root`. Classes named in `order` come first, in that order, then the others by name.

    `walk`: one that knows what earlier ones saw; it may leave folders for later.

    Raises:
        ProjectError: the folder is missing or can't be listed.
    """
    found = walk or Walk()
    files, folders = _list_top(found, root)
    spellings: list[str] = []
    classes: list[str] = []
    pictures: list[str] = []
    sizes: list[int] = []
    for name, same in _in_order(folders, order):
        start = len(pictures)
        for folder in same:
            pictures += found.pictures(f"{root}{os.sep}{folder}", f"{folder}/")
        spellings += same[1:]
        classes.append(name)
        sizes.append(len(pictures) - start)
    unlabelled = list(files)
    for folder in found.unlabelled_folders:
        unlabelled += found.pictures(f"{root}{os.sep}{folder}", f"{folder}/")
    labels = np.repeat(np.arange(-1, len(classes), dtype=np.int32), [0, *sizes])
    labels = np.append(labels, np.full(len(unlabelled), -1, np.int32))
    return Catalog(
        tuple(classes),
        (*pictures, *unlabelled),
        labels,
        dict(found.unsupported.most_common()),
        tuple(found.skipped),
        tuple(spellings),
        found.complete,
    )


def _list_top(walk: Walk, root: Path) -> tuple[list[str], list[str]]:
    try:
        return walk.list_top(root)
    except OSError as error:
        raise folder_error(error, root) from error


def class_folders(root: Path) -> list[str]:
    """The names of the class folders under `root`, sorted; ProjectError as in `scan`."""
    return sorted(_list_top(Walk(), root)[1], key=names.natural_key)


def list_pictures(folder: Path) -> Catalog:
    """The pictures of any folder and of the folders in it, without classes.

    Raises:
        ProjectError: the folder is missing or can't be listed.
    """
    try:
        with os.scandir(folder):
            pass
    except OSError as error:
        raise folder_error(error, folder) from error
    found = Walk()
    files = found.pictures(str(folder), "")
    unlabelled = np.full(len(files), -1, np.int32)
    return Catalog((), tuple(files), unlabelled, dict(found.unsupported.most_common()), tuple(found.skipped))


def has_pictures(root: Path) -> bool:
    """True if `root` or any folder below it holds a file that looks like a picture, supported or not."""
    return any(held.files or held.unsupported for held in Walk().each_folder(str(root), ""))


def has_class_folders(root: Path) -> bool:
    """True if a visible folder directly under `root` directly holds pictures."""
    try:
        folders = class_folders(root)
    except ProjectError:
        return False
    walk = Walk()
    return any(walk.list_folder(f"{root}{os.sep}{folder}", "").files for folder in folders)


def _in_order(folders: list[str], order: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """(class name, folders that spell it), known classes first."""
    spelled: dict[str, list[str]] = {}
    for folder in sorted(folders, key=names.natural_key):
        spelled.setdefault(names.same_text(folder), []).append(folder)
    for name in order:
        if same := spelled.pop(names.same_text(name), None):
            # The folder that the project remembers gives the class its name.
            same.sort(key=lambda folder: folder != name)
            yield same[0], same
    for same in spelled.values():
        yield same[0], same


def pictures(number: int) -> str:
    """ "1 picture", "2 pictures"."""
    return "1 picture" if number == 1 else f"{number} pictures"


def unsupported_notice(unsupported: Mapping[str, int]) -> Iterator[Notice]:
    """Tell which formats were passed over, if any."""
    if unsupported:
        formats = ", ".join(f"{count} {name}" for name, count in unsupported.items())
        yield Notice(
            "warning", f"Pictures in formats that can't be read: {formats}.", hint="Save them as PNG, TIFF or JPEG."
        )


def folder_error(error: OSError, folder: Path) -> ProjectError:
    """Why a folder can't be listed, and what to do."""
    shown = names.for_display(str(folder))
    if isinstance(error, FileNotFoundError):
        return ProjectError(
            "The folder “{folder}” is not there.",
            why="It was moved, renamed or deleted, or its drive is not connected.",
            hint="Connect the drive, or open the folder at its new place.",
            folder=shown,
        )
    if isinstance(error, NotADirectoryError):
        return ProjectError(
            "“{folder}” is a file, not a folder.", hint="Open the folder that holds the class folders.", folder=shown
        )
    return ProjectError(
        "The folder “{folder}” can't be listed.",
        why="The computer says: {detail}.",
        hint="Check that you may read it, then try again.",
        folder=shown,
        detail=error.strerror or str(error),
    )


# ---- the snapshot


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The pictures of one training, frozen: what is moved or relabelled later does not change it.

    `labels` index `classes`; `groups` hold "" where a picture belongs to none; `splits` index `SPLITS`, or are
    `LEFT_OUT`. All have one entry a file.
    """

    classes: tuple[str, ...]
    files: tuple[str, ...]
    hashes: tuple[str, ...]
    labels: NDArray[np.int32]
    groups: tuple[str, ...]
    splits: NDArray[np.int8]

    def __post_init__(self) -> None:
        sizes = {len(column) for column in (self.files, self.hashes, self.labels, self.groups, self.splits)}
        assert len(sizes) == 1, f"columns of different length: {sizes}"

    def rows(self, split: Split) -> NDArray[np.intp]:
        """The rows that belong to `split`, ascending."""
        return np.flatnonzero(self.splits == SPLITS.index(split))

    def counts(self) -> dict[str, int]:
        """Pictures per split."""
        return {split: len(self.rows(split)) for split in SPLITS}

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over contents, class names and splits; it does not depend on file names or their order."""
        rows = zip(self.hashes, self.labels.tolist(), self.splits.tolist(), strict=True)
        digest = hashlib.sha256()
        for name in self.classes:
            digest.update(f"{names.same_text(name)}\0".encode())
        for content, label, split in sorted(rows):
            digest.update(f"{content} {label} {split}\n".encode())
        return digest.hexdigest()

    def write_csv(self, path: Path) -> None:
        """Write the snapshot. A plain table for Discern itself: file names stand in it as they are, unescaped.

        A class without pictures gets a row without a file. StorageError if the disk refuses.
        """
        table = io.StringIO()
        writer = csv.writer(table)  # with its own line ends: others would leave a "\r" in a name unquoted
        writer.writerow(_COLUMNS)
        for label in sorted(set(range(len(self.classes))) - set(self.labels.tolist())):
            writer.writerow(("", label, self.classes[label], "", "", ""))
        columns = (self.files, self.labels.tolist(), self.hashes, self.groups, self.splits.tolist())
        for file, label, content, group, split in zip(*columns, strict=True):
            name = SPLITS[split] if split >= 0 else ""
            writer.writerow((file, label, self.classes[label], content, group, name))
        storage.write_atomic(path, table.getvalue().encode())

    @classmethod
    def read_csv(cls, path: Path) -> Snapshot:
        """Read what `write_csv` wrote.

        Raises:
            DataError: the file is missing or damaged.
        """
        try:
            reader = csv.reader(io.StringIO(path.read_bytes().decode(), newline=""))
            return cls._from_rows(list(reader))
        except (OSError, ValueError, KeyError, csv.Error) as error:
            raise DataError(
                "The list of pictures of this run can't be read.",
                why="“{file}” is missing or damaged.",
                hint="Train again.",
                file=path.name,
            ) from error

    @classmethod
    def _from_rows(cls, rows: list[list[str]]) -> Snapshot:
        """ValueError or KeyError for a damaged table."""
        if not rows or tuple(rows.pop(0)) != _COLUMNS:
            raise ValueError("other columns")
        classes: dict[int, str] = {}
        for row in rows:
            if len(row) != len(_COLUMNS) or classes.setdefault(int(row[1]), row[2]) != row[2]:
                raise ValueError(f"damaged row: {row}")
        if sorted(classes) != list(range(len(classes))):
            raise ValueError("classes are missing")
        pictures = [row for row in rows if row[0]]
        return cls(
            tuple(classes[label] for label in range(len(classes))),
            tuple(row[0] for row in pictures),
            tuple(row[3] for row in pictures),
            np.array([int(row[1]) for row in pictures], np.int32),
            tuple(row[4] for row in pictures),
            np.array([_SPLIT_CODES[row[5]] for row in pictures], np.int8),
        )


_COLUMNS = ("file", "label", "class", "hash", "group", "split")
_SPLIT_CODES: dict[str, int] = {"": LEFT_OUT, **{str(name): code for code, name in enumerate(SPLITS)}}
