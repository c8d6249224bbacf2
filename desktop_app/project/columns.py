"""What is known of every picture without reading a single one: columns beside the catalog, for filters and sorting.

All of it comes from the project's index, from `splits.jsonl` and from `marks.jsonl`. Nobody learns from it: a file that
was replaced since the index saw it may have another content here, for as long as it takes to look again.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from desktop_app.project import names
from desktop_app.project.catalog import LEFT_OUT, Catalog
from desktop_app.project.marks import Mark
from desktop_app.project.places import Places
from desktop_app.project.split_records import stored_splits

if TYPE_CHECKING:
    from desktop_app.project.project import Project
    from desktop_app.project.runs import Run

NO_PREDICTION = -1


@dataclass(frozen=True, eq=False)
class Columns:
    """One entry a picture, in the order of `files`.

    Attributes:
        size: bytes; -1 where unknown.
        changed_ns: when the file was last written, in nanoseconds since 1970; 0 where unknown.
        width, height: pixels, upright; 0 where unknown.
        split: indexes `SPLITS`; `LEFT_OUT` where the picture was not dealt out yet.
        hashes: content hashes; b"" where unknown.
        predicted: what the run says, an index into the catalog's classes; -1 where it says nothing.
        confidence: the probability of that class; NaN where there is none.
        golden: whether the picture is in the golden set.
    """

    files: tuple[str, ...]
    size: NDArray[np.int64]
    changed_ns: NDArray[np.int64]
    width: NDArray[np.int32]
    height: NDArray[np.int32]
    split: NDArray[np.int8]
    hashes: NDArray[np.bytes_]
    predicted: NDArray[np.int32]
    confidence: NDArray[np.float32]
    golden: NDArray[np.bool_]

    @classmethod
    def unknown(cls, files: tuple[str, ...]) -> Self:
        """Columns of pictures of which nothing is known yet; they need no memory, and can't be written to."""
        values: dict[str, Any] = {
            name: np.broadcast_to(np.array(default, kind), len(files)) for name, (kind, default) in _KINDS.items()
        }
        return cls(files, **values)

    def taken(self, places: NDArray[np.intp], files: tuple[str, ...]) -> Self:
        """The columns of `files`, each of which stands here at its place of `places`; -1 for one that is new."""
        if not self.files:
            return self.unknown(files)
        new = places < 0
        values: dict[str, Any] = {}
        for name, (_kind, default) in _KINDS.items():
            column: NDArray[Any] = getattr(self, name)
            if column.strides == (0,):  # of nothing known, as `unknown` makes it
                values[name] = np.broadcast_to(column[0], len(files))
            else:
                values[name] = column[places]
                values[name][new] = default
        return type(self)(files, **values)


# By column: what kind of values it holds, and which one where nothing is known.
_KINDS: dict[str, tuple[Any, Any]] = {
    "size": (np.int64, -1),
    "changed_ns": (np.int64, 0),
    "width": (np.int32, 0),
    "height": (np.int32, 0),
    "split": (np.int8, LEFT_OUT),
    "hashes": ("S32", b""),
    "predicted": (np.int32, NO_PREDICTION),
    "confidence": (np.float32, np.nan),
    "golden": (np.bool_, False),
}
ALL_COLUMNS = frozenset(_KINDS)
assert [field.name for field in fields(Columns)] == ["files", *_KINDS]


def read_columns(
    project: Project,
    catalog: Catalog,
    run: Run | None = None,
    places: Places | None = None,
    only: Collection[str] = ALL_COLUMNS,
) -> Columns:
    """What the index and the splits know of the catalog's pictures; of `run`, what it says of them.

    `places`: of the catalog's files, where somebody has them at hand. `only`: names of the columns wanted, "hashes"
    among them; the others stay unknown and need no memory.

    No picture is read, and no file looked at but those that the index does not know where they are: one that was moved
    is recognised by its size, time and number on the disk.

    Raises:
        ProjectError: the splits were written by a newer Discern.
        StorageError: the cache folder's disk fails.
    """
    blank: dict[str, Any] = {name: np.full(len(catalog.files), *reversed(of)) for name, of in _kinds(only)}
    columns = replace(Columns.unknown(catalog.files), **blank)
    _read_files(project, columns, places or Places(catalog.files))
    contents = Contents(columns.hashes)
    if "width" in only:
        _fill(columns, contents, project.index.shape_pages(), "width", "height")
    if "split" in only:
        _fill(columns, contents, [stored_splits(project.splits.path)], "split")
    if "golden" in only and (golden := sorted(project.marked(Mark.GOLDEN))):
        marked = np.array([(content.encode(), True) for content in golden], [("hash", "S32"), ("golden", np.bool_)])
        _fill(columns, contents, [marked], "golden")
    if run is not None:
        _fill(columns, contents, _predictions(project, catalog, run), "predicted", "confidence")
    return columns


def read_dates_and_sizes(root: Path, columns: Columns) -> Columns:
    """The same columns with sizes and dates also of files that the index does not know; these are looked at."""
    size, changed = columns.size.copy(), columns.changed_ns.copy()
    for row in np.flatnonzero(size < 0).tolist():
        try:
            status = os.lstat(root / columns.files[row])
        except OSError:
            continue  # gone, or not to be looked at: it stays unknown
        size[row], changed[row] = status.st_size, status.st_mtime_ns
    return replace(columns, size=size, changed_ns=changed)


def _read_files(project: Project, columns: Columns, places: Places) -> None:
    """Fill in size, date and content of every file that the index knows, wherever it is now."""
    moved: dict[tuple[int, int, int], bytes] = {}  # size, time and number of files that are not where they were
    for files, facts in project.index.file_pages():
        rows = places.find_all(files)
        here = rows >= 0
        for name, values in _of_files(columns):
            values[rows[here]] = facts[name][here]
        for size, changed, inode, content in facts[~here].tolist():
            moved[size, changed, inode] = content
    if not moved:
        return
    for row in np.flatnonzero(columns.hashes == b"").tolist():
        try:
            status = os.lstat(project.root / columns.files[row])
        except OSError:
            continue
        content = moved.get((status.st_size, status.st_mtime_ns, status.st_ino), b"")
        seen = {"size": status.st_size, "changed": status.st_mtime_ns, "hash": content}
        for name, values in _of_files(columns):
            values[row] = seen[name]


def _of_files(columns: Columns) -> list[tuple[str, NDArray[Any]]]:
    """The wanted ones of the columns that tell of files, by the names that the index gives them."""
    found = (("size", columns.size), ("changed", columns.changed_ns), ("hash", columns.hashes))
    return [(name, values) for name, values in found if values.flags.writeable]


def _predictions(project: Project, catalog: Catalog, run: Run) -> Iterator[NDArray[Any]]:
    label_of = {names.same_text(name): label for label, name in enumerate(catalog.classes)}
    labels = np.array([label_of.get(names.same_text(name), NO_PREDICTION) for name in run.classes], np.int32)
    for page in project.index.prediction_pages(run.key):
        page = page[(page["predicted"] >= 0) & (page["predicted"] < len(labels))]
        page["predicted"] = labels[page["predicted"]]
        yield page[page["predicted"] >= 0]  # without classes that are gone


def _fill(columns: Columns, contents: Contents, pages: Iterable[NDArray[Any]], *names: str) -> None:
    """Fill in what is known by content. Copies share what is known of one of them.

    `pages`: tables with a field "hash" and a field for each of the columns `names`; later rows win.
    """
    found = {name: np.full(len(contents), default, kind) for name, (kind, default) in _kinds(names)}
    for page in pages:
        places = contents.find(page["hash"])
        here = places >= 0
        for name, values in found.items():
            values[places[here]] = page[name][here]
    for name, values in found.items():
        getattr(columns, name)[contents.rows] = values[contents.numbers]


def _kinds(names: Iterable[str]) -> Iterator[tuple[str, tuple[Any, Any]]]:
    return ((name, _KINDS[name]) for name in names)


# ---- contents


class Contents:
    """The different contents of pictures, numbered in the order of their hashes; copies have the same number.

    Attributes:
        rows: the pictures whose content is known.
        numbers: which content each of these has.
    """

    def __init__(self, hashes: NDArray[np.bytes_]) -> None:
        """`hashes`: of every picture; b"" where unknown."""
        self.rows = np.flatnonzero(hashes != b"")
        self._keys, self.numbers = np.unique(_keys(hashes[self.rows]), return_inverse=True)

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, hashes: Sequence[str] | NDArray[np.bytes_]) -> NDArray[np.intp]:
        """The number of each content; -1 for one that no picture has."""
        wanted = _keys(np.asarray(hashes, "S32"))
        places = np.searchsorted(self._keys, wanted)
        here = places < len(self._keys)
        here[here] = self._keys[places[here]] == wanted[here]
        return np.where(here, places, -1)


def _keys(hashes: NDArray[np.bytes_]) -> NDArray[np.uint64]:
    """The first 64 bits of hexadecimal hashes, as numbers: quick to sort, and enough to tell pictures apart."""
    digits = np.ascontiguousarray(hashes).view(np.uint8).reshape(len(hashes), hashes.itemsize)
    keys = np.zeros(len(hashes), np.uint64)
    for place in range(16):
        digit = digits[:, place].astype(np.uint64)
        keys = (keys << np.uint64(4)) | ((digit & np.uint64(15)) + np.uint64(9) * (digit >> np.uint64(6)))
    return keys
