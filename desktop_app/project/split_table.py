"""Reads split.csv: a table that says which picture belongs to which split and group.

Columns: file, class, group, split, in any order; class may lack, and so may group or split. Commas, semicolons or
tabs; UTF-8, UTF-16 or, as older spreadsheets save it, Windows-1252. The table comes from anywhere: its file names are
only ever looked up among the project's own pictures.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop_app.errors import DataError
from desktop_app.events import Notice
from desktop_app.project import names
from desktop_app.project.catalog import Catalog, pictures
from desktop_app.project.csv_cells import TableError, cell_of, columns_in_words, read_cells

SPLIT_NAMES = {
    "train": 0, "training": 0,
    "validation": 1, "val": 1, "valid": 1,
    "test": 2, "testing": 2,
    "": None,
}  # fmt: skip
"""What tables and folders call the splits, and their positions in `SPLITS`; an empty cell leaves it open."""
_LONGEST_GROUP = 500


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `split` indexes `SPLITS`, None where the table leaves it open. `found`: the picture in the project."""

    file: str
    class_name: str
    group: str
    split: int | None
    found: str | None


@dataclass(frozen=True)
class SplitTable:
    """A table whose rows were looked up in a project."""

    name: str
    rows: Sequence[Row]

    @classmethod
    def read(cls, path: Path, root: Path, catalog: Catalog) -> SplitTable:
        """Read a table.

        Raises:
            DataError: it can't be read, lacks columns, or names a split that does not exist.
        """
        lookup = _Lookup(root, path.parent, catalog.files)
        rows = []
        for number, (file, class_name, group, split) in enumerate(_cells(path), start=2):
            if split.lower() not in SPLIT_NAMES:
                raise DataError(
                    "“{file}”, row {number}: “{split}” is not a split.",
                    why="The splits are train, validation and test.",
                    hint="Correct the column “split”; an empty cell leaves the picture to Discern.",
                    file=path.name,
                    number=number,
                    split=names.for_display(split[:40]),
                )
            found = lookup.find(file, class_name)
            rows.append(Row(file, class_name, group[:_LONGEST_GROUP], SPLIT_NAMES[split.lower()], found))
        return cls(names.for_display(path.name), rows)

    def contents(self, hashes: Mapping[str, str]) -> dict[str, tuple[int | None, str]]:
        """Split and group by content hash. Copies that the table divides go where they do least harm.

        A copy of a test picture must not be learnt from: test wins over validation, validation over train.
        """
        merged: dict[str, tuple[int | None, str]] = {}
        for row in self._present(hashes):
            split, group = merged.get(hashes[row.found or ""], (None, ""))
            splits = [code for code in (split, row.split) if code is not None]
            merged[hashes[row.found or ""]] = (max(splits, default=None), group or row.group)
        return merged

    def notices(self, catalog: Catalog, hashes: Mapping[str, str]) -> Iterator[Notice]:
        """What does not fit between the table and the project."""
        if missing := [row.file for row in self.rows if row.found is None]:
            yield Notice(
                "warning",
                f"Not in this project: {len(missing)} of {len(self.rows)} pictures that “{self.name}” names.",
                f"For example “{names.for_display(missing[0])}”.",
                "They were passed over.",
            )
        listed = {row.found for row in self.rows}
        if unlisted := [
            file for file, label in zip(catalog.files, catalog.labels, strict=True) if file not in listed and label >= 0
        ]:
            yield Notice(
                "info",
                f"Not named in “{self.name}”: {pictures(len(unlisted))} of this project.",
                f"For example “{names.for_display(unlisted[0])}”.",
                "They are split automatically.",
            )
        class_of = {
            file: catalog.classes[label]
            for file, label in zip(catalog.files, catalog.labels, strict=True)
            if label >= 0
        }
        if elsewhere := [row for row in self.rows if row.class_name and row.found and not _same_class(row, class_of)]:
            row = elsewhere[0]
            yield Notice(
                "warning",
                f"In another class folder than “{self.name}” says: {pictures(len(elsewhere))}.",
                f"For example “{names.for_display(row.file)}”, there “{names.for_display(row.class_name)}”.",
                "The folder counts.",
            )
        divided: dict[str, set[int | None]] = {}
        for row in self._present(hashes):
            divided.setdefault(hashes[row.found or ""], set()).add(row.split)
        if copies := sum(len(splits) > 1 for splits in divided.values()):
            yield Notice(
                "warning",
                f"Copies of one picture in different splits of “{self.name}”: {pictures(copies)}.",
                "A test on pictures that were learnt from says nothing.",
                "All copies went to the test split, or else to validation.",
            )

    def _present(self, hashes: Mapping[str, str]) -> Iterator[Row]:
        return (row for row in self.rows if row.found is not None and row.found in hashes)


def _same_class(row: Row, class_of: Mapping[str, str]) -> bool:
    actual = class_of.get(row.found or "", "")
    return names.same_file(row.class_name) == names.same_file(actual)


class _Lookup:
    """Finds a table's pictures among the project's."""

    def __init__(self, root: Path, folder: Path, files: Sequence[str]) -> None:
        self._root = os.path.realpath(root)
        self._folder = os.path.realpath(folder)
        self._files = {names.same_text(file): file for file in files}

    def find(self, file: str, class_name: str) -> str | None:
        """The picture that `file` means: relative to the project, to its class folder, or to the table's folder."""
        name = names.same_text(file.replace("\\", "/"))
        tidy = name.removeprefix("./")
        for candidate in (tidy, f"{names.same_text(class_name)}/{tidy}", self._below_root(name)):
            if found := self._files.get(candidate):
                return found
        return None

    def _below_root(self, name: str) -> str:
        """The path relative to the project of a path relative to the table's folder, or of a full path."""
        full = os.path.normpath(os.path.join(self._folder, name))  # noqa: PTH118  pathlib can't normalise ".."
        below = full.removeprefix(self._root + os.sep)
        return "" if below == full else below.replace(os.sep, "/")


# ---- the file


def _cells(path: Path) -> list[tuple[str, str, str, str]]:
    """(file, class, group, split) of every row; DataError."""

    def refused(why: str) -> DataError:
        return DataError(
            "“{file}” can't be used as a split table.",
            why=why,
            hint="It needs the columns file and split, or file and group, separated by commas: file,class,group,split.",
            file=names.for_display(path.name),
        )

    try:
        header, *rows = read_cells(path) or [[]]
    except TableError as error:
        raise refused(str(error)) from error
    columns = [cell.lower() for cell in header]
    if "file" not in columns or not {"split", "group"} & set(columns):
        raise refused(columns_in_words(columns))
    places = [columns.index(name) if name in columns else None for name in ("file", "class", "group", "split")]
    cells = (tuple(cell_of(row, place) for place in places) for row in rows)
    return [(file, class_name, group, split) for file, class_name, group, split in cells if file]
