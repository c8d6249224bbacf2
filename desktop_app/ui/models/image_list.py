"""The pictures of a project, filtered, for the grid.

Columns are numpy arrays over the whole catalog; one index array, `order`, says which are shown. A filter is a new
`order` and a reset, so it costs the same for ten pictures and for a million.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop_app.events import Split
from desktop_app.ui.models.tiles import PictureModel, Tile, TileSplit

if TYPE_CHECKING:
    from desktop_app.project.catalog import Catalog
    from desktop_app.project.config import ClassInfo

UNLABELLED = -1
GONE = -2  # on its way to the trash
_FEW = 20


@dataclass(frozen=True)
class Filter:
    """Which pictures are shown. `label`: index of a class, -1 for unlabelled ones, None for all."""

    label: int | None = None
    unreadable: bool = False


class ImageListModel(PictureModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._files: Sequence[str] = ()
        self._labels: NDArray[np.int32] = np.empty(0, np.int32)
        self._classes: Sequence[ClassInfo] = ()
        self._problems: dict[str, str] = {}
        self._split_of: Mapping[str, Split] = {}
        self._filter = Filter()
        self._order: NDArray[np.intp] = np.empty(0, np.intp)

    # ---- content

    def set_catalog(self, catalog: Catalog, classes: Sequence[ClassInfo], *, kept: bool = False) -> None:
        """Show a catalog; `classes` in its order. Keeps the filter, and the problems of files that are still there.

        `kept`: the pictures stand in the order they stood in. If the same ones are shown, nothing is reset.
        """
        by_name = {info.name: info for info in classes}
        infos = [by_name[name] for name in catalog.classes]
        wanted = self._filter
        if wanted.label is not None and wanted.label >= 0:
            # A class may have another number now.
            name = self._classes[wanted.label].name
            label = next((place for place, info in enumerate(infos) if info.name == name), None)
            wanted = Filter(label=label)  # all pictures, if it is gone
        present = set(catalog.files) if self._problems else set()
        problems = {file: problem for file, problem in self._problems.items() if file in present}
        order = _filtered(wanted, catalog.files, catalog.labels, problems)
        resets = not kept or wanted != self._filter or len(order) != len(self._order)
        if resets:
            self.beginResetModel()
        self._files = catalog.files
        self._labels = catalog.labels
        self._classes = infos
        self._problems = problems
        self._filter = wanted
        self._order = order
        if resets:
            self.endResetModel()
        else:
            self._changed()

    def set_splits(self, splits: Mapping[str, Split]) -> None:
        """Mark test and validation pictures, by file."""
        self._split_of = splits
        self._changed()

    def rename(self, new_names: Mapping[str, str], classes: Mapping[str, str]) -> None:
        """Files and classes have other names; `set_catalog` follows. What is known about them stays known."""
        self._classes = [replace(info, name=classes.get(info.name, info.name)) for info in self._classes]
        self._problems = {new_names.get(file, file): problem for file, problem in self._problems.items()}
        splits = dict(self._split_of)
        for old, new in new_names.items():
            if split := splits.pop(old, None):
                splits[new] = split
        self._split_of = splits

    # ---- what is about to happen

    def foresee(self, places: NDArray[np.intp], label: int) -> None:
        """Show pictures with another label, or as gone, before the disk has answered.

        `places`: from `places_of` or `places_of_rows`. The next `set_catalog` shows how it really is.
        """
        self._labels = self._labels.copy()
        self._labels[places] = label
        order = _filtered(self._filter, self._files, self._labels, self._problems)
        if len(order) == len(self._order):
            self._changed()
        else:
            self.beginResetModel()
            self._order = order
            self.endResetModel()

    def places_of_rows(self, rows: Sequence[range]) -> NDArray[np.intp]:
        """Where shown pictures stand in the catalog."""
        parts = [self._order[part.start : part.stop] for part in rows]
        return np.concatenate(parts) if parts else np.empty(0, np.intp)

    def places_of(self, files: Sequence[str]) -> NDArray[np.intp]:
        """Where pictures stand in the catalog; those that are not in it are passed over."""
        if len(files) <= _FEW:
            return np.array([self._files.index(file) for file in files if file in self._files], np.intp)
        wanted = set(files)
        return np.array([place for place, file in enumerate(self._files) if file in wanted], np.intp)

    def files_at(self, places: NDArray[np.intp]) -> list[str]:
        files = self._files
        return [files[place] for place in places.tolist()]

    def label_of(self, class_name: str) -> int | None:
        """The number of a class; None if it is not in the catalog."""
        return next((label for label, info in enumerate(self._classes) if info.name == class_name), None)

    def next_unlabelled(self, row: int) -> int:
        """The next unlabelled picture after `row`, going round at the end; -1 if none is shown."""
        found = np.flatnonzero(self._labels[self._order] == UNLABELLED)
        if not len(found):
            return -1
        return int(found[np.searchsorted(found, row + 1) % len(found)])

    def set_problem(self, file: str, problem: str) -> None:
        """Note why a picture can't be read; "" once it can be again."""
        if problem:
            self._problems[file] = problem
        else:
            self._problems.pop(file, None)
        if self._filter.unreadable:
            self._reset_order()
        else:
            self._changed()

    @property
    def problems(self) -> Mapping[str, str]:
        """Pictures that were found unreadable so far, and why."""
        return self._problems

    # ---- filter

    @property
    def filter(self) -> Filter:
        return self._filter

    def set_filter(self, wanted: Filter) -> None:
        if wanted != self._filter:
            self._filter = wanted
            self._reset_order()

    def _reset_order(self) -> None:
        self.beginResetModel()
        self._order = _filtered(self._filter, self._files, self._labels, self._problems)
        self.endResetModel()

    def _changed(self) -> None:
        if len(self._order):
            self.dataChanged.emit(self.index(0), self.index(len(self._order) - 1))

    # ---- what is shown

    @property
    def total(self) -> int:
        """All pictures, shown or not."""
        return int(np.count_nonzero(self._labels != GONE))

    def file(self, row: int) -> str:
        return str(self._files[self._order[row]])

    def row_of(self, file: str) -> int:
        """Where a picture is shown; -1 if it is not."""
        try:
            place = self._files.index(file)
        except ValueError:
            return -1
        row = int(np.searchsorted(self._order, place))
        return row if row < len(self._order) and self._order[row] == place else -1

    def class_of(self, row: int) -> ClassInfo | None:
        """The picture's class; None if it is unlabelled."""
        label = self._labels[self._order[row]]
        return self._classes[label] if label >= 0 else None

    def split_of(self, row: int) -> TileSplit:
        split = self._split_of.get(self.file(row))
        return "" if split is None or split == "train" else split

    def tile(self, row: int) -> Tile:
        file = self.file(row)
        info = self.class_of(row)
        return Tile(
            file,
            file.rpartition("/")[2],
            info.colour if info else -1,
            info.key if info else "",
            self.split_of(row),
            self._problems.get(file, ""),
        )

    # ---- Qt

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self._order)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._order):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.tile(index.row()).caption
        if role == Qt.ItemDataRole.ToolTipRole:
            problem = self._problems.get(self.file(index.row()))
            return f"{self.file(index.row())}\n{problem}" if problem else self.file(index.row())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(index.row())
        return None

    def _spoken(self, row: int) -> str:
        """ "4012.jpg, surface scratch, test"; the view adds whether it is selected."""
        info = self.class_of(row)
        split = {"": "", "test": self.tr("test picture"), "validation": self.tr("validation picture")}
        problem = self._problems.get(self.file(row), "")
        parts = (
            self.tile(row).caption,
            info.name if info else self.tr("unlabelled"),
            split[self.split_of(row)],
            self.tr("can’t be read: {problem}").format(problem=problem) if problem else "",
        )
        return ", ".join(part for part in parts if part)


def _filtered(
    wanted: Filter, files: Sequence[str], labels: NDArray[np.int32], problems: Mapping[str, str]
) -> NDArray[np.intp]:
    if wanted.unreadable:
        return np.array([row for row, file in enumerate(files) if file in problems and labels[row] != GONE], np.intp)
    if wanted.label is None:
        return np.flatnonzero(labels != GONE)
    return np.flatnonzero(labels == wanted.label)
