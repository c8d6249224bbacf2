"""Tables that name pictures and their classes: path, label and, if they like, split and group, in usual spellings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from desktop_app.errors import DataError
from desktop_app.events import PictureSkipped
from desktop_app.project import names
from desktop_app.project.csv_cells import TableError, cell_of, columns_in_words, places_of, read_cells, read_head
from desktop_app.project.imaging import DECODABLE
from desktop_app.project.import_plan import Form, Item, Source
from desktop_app.project.split_table import SPLIT_NAMES

# The likeliest first: where a table has both, "class_name" says more than "label", which may be a number.
_COLUMNS = {
    "file": (
        "file", "path", "filename", "file_name", "filepath", "file_path", "image", "image_path", "image_name",
        "img", "img_path", "picture", "name", "image_id", "id",
    ),
    "class": ("class_name", "label_name", "class", "label", "category", "species", "target", "y"),
    "split": ("split", "set", "subset", "partition"),
    "group": ("group", "group_id", "lot", "part", "patient", "batch"),
}  # fmt: skip
_LONGEST_GROUP = 500
_MOST_BASES = 20


def form_of(table: Path) -> Form:
    """What kind of table it is, by its first line.

    Raises:
        DataError: it names no pictures and classes.
    """
    try:
        head = read_head(table)
    except TableError as error:
        raise refused(table, str(error)) from error
    if {"imageid", "labelname"} <= {cell.lower() for cell in head}:
        return Form.OPEN_IMAGES
    places = places_of(head, _COLUMNS)
    if not {"file", "class"} <= places.keys() and not _is_row(head):
        raise refused(table, columns_in_words(head))
    return Form.TABLE


def refused(table: Path, why: str) -> DataError:
    return DataError(
        "“{file}” can't be imported.",
        why=why,
        hint="It needs the columns path and label, separated by commas; split and group may follow.",
        file=names.for_display(table.name),
    )


def listed(table: Path, pictures: Sequence[Path]) -> tuple[list[Item], list[PictureSkipped]]:
    """The pictures that a table names, and what is left out: rows without a picture, `pictures` without a row.

    Paths are absolute or relative to the table's folder, to a folder in it ("images"), or to one there that is called
    like the class.

    Raises:
        DataError: it is no such table, or names a split that does not exist.
    """
    try:
        rows = read_cells(table)
    except TableError as error:
        raise refused(table, str(error)) from error
    head = rows[0] if rows else []
    places = {"file": 0, "class": 1} if _is_row(head) else places_of(head, _COLUMNS)
    if not {"file", "class"} <= places.keys():
        raise refused(table, columns_in_words(head))
    finder = _Finder(table.parent)
    items: dict[Path, Item] = {}
    skipped: list[PictureSkipped] = []
    torn: set[Path] = set()
    start = 0 if _is_row(head) else 1
    for number, row in enumerate(rows[start:], start=start + 1):
        file, class_name, split, group = (cell_of(row, places.get(name)) for name in _COLUMNS)
        if not file:
            continue
        found = finder.find(file, class_name)
        if found is None or found.suffix.lower() not in DECODABLE:
            reason = "not found" if found is None else "no picture that can be read"
            skipped.append(PictureSkipped(names.for_display(file), reason))
            continue
        item = Item(Source(found), class_name, found.name, _split(table, number, split), group[:_LONGEST_GROUP])
        if items.setdefault(found, item) != item:
            torn.add(found)
    skipped += [PictureSkipped(names.for_display(str(file)), "named twice, differently") for file in sorted(torn)]
    unnamed = [file for file in pictures if file not in items]
    skipped += [PictureSkipped(names.for_display(str(file)), f"not named in “{table.name}”") for file in unnamed]
    return [item for file, item in items.items() if file not in torn], skipped


def _is_row(cells: Sequence[str]) -> bool:
    """True for a first line that names a picture instead of columns."""
    return len(cells) > 1 and Path(cells[0].replace("\\", "/")).suffix.lower() in DECODABLE


def _split(table: Path, number: int, name: str) -> int | None:
    if name.lower() not in SPLIT_NAMES:
        raise DataError(
            "“{file}”, row {number}: “{split}” is not a split.",
            why="The splits are train, validation and test.",
            hint="Correct the column; an empty cell leaves the picture to Discern.",
            file=names.for_display(table.name),
            number=number,
            split=names.for_display(name[:40]),
        )
    return SPLIT_NAMES[name.lower()]


def _folders_in(folder: Path) -> list[str]:
    """The visible folders in a folder, some of them if they are many."""
    try:
        with os.scandir(folder) as entries:
            found = [entry.path for entry in entries if entry.is_dir() and not names.is_ignored(entry.name)]
    except OSError:
        return []
    return sorted(found)[:_MOST_BASES]


class _Finder:
    """Finds the pictures that a table means. Folders are listed once, and spellings of a name compared as text."""

    def __init__(self, folder: Path) -> None:
        self._bases = [str(folder), *_folders_in(folder)]
        self._listings: dict[str, dict[str, str] | None] = {}

    def find(self, file: str, class_name: str) -> Path | None:
        name = file.replace("\\", "/")
        candidates = (name, f"{class_name}/{name}") if class_name else (name,)
        for base in self._bases:
            for candidate in candidates:
                full = os.path.normpath(os.path.join(base, candidate))  # noqa: PTH118  pathlib keeps ".."
                if found := self._spelled(full):
                    return Path(found)
        return None

    def _spelled(self, path: str) -> str | None:
        """A path as the disk spells it; its ending may lack."""
        folder, name = os.path.split(path)
        listing = self._listing(folder)
        return listing.get(names.same_text(name)) if listing else None

    def _listing(self, folder: str) -> dict[str, str] | None:
        """Full paths by name, with and without ending; None if there is no such folder."""
        if folder not in self._listings:
            self._listings[folder] = self._list(folder)
        return self._listings[folder]

    def _list(self, folder: str) -> dict[str, str] | None:
        try:
            with os.scandir(folder) as entries:
                found = {entry.name: entry.path for entry in entries}
        except OSError:
            above = os.path.dirname(folder)  # noqa: PTH120  a string, a million times
            spelled = self._spelled(folder) if above != folder else None
            return self._listing(spelled) if spelled and spelled != folder else None
        listing = {names.same_text(Path(name).stem): path for name, path in found.items()}
        return listing | {names.same_text(name): path for name, path in found.items()}
