"""The pictures of a project, filtered and sorted, for the grid.

What is known of them lies in columns over the whole catalog; one index array, `order`, says which are shown, and where.
A filter is a new `order` and a reset, so it costs nearly the same for ten pictures and for a million.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QModelIndex, QObject, Qt

from desktop_app.project.catalog import LEFT_OUT, SPLITS
from desktop_app.project.columns import NO_PREDICTION, Columns
from desktop_app.project.inside import is_picture_path
from desktop_app.project.marks import Mark
from desktop_app.project.places import Places, scanned, standing
from desktop_app.ui import filter_words, wording
from desktop_app.ui.models.indexes import AnyIndex
from desktop_app.ui.models.picture_filter import EXCLUDED, GONE, UNLABELLED, UNREADABLE, Facts, Filter, Sort, shown
from desktop_app.ui.models.tiles import PictureModel, Suggestion, Tile, TileSplit

if TYPE_CHECKING:
    from desktop_app.project.catalog import Catalog
    from desktop_app.project.config import ClassInfo
    from desktop_app.project.name_order import NameOrder
    from desktop_app.ui.listing import Stood

_QUICK = 20_000  # files whose places are set up while one waits


class ImageListModel(PictureModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._files: tuple[str, ...] = ()
        self._classes: Sequence[ClassInfo] = ()
        self._problems: dict[str, str] = {}
        self._filter = Filter()
        self._sort = Sort()
        self._facts = Facts(np.empty(0, np.int32), Columns.unknown(()), np.empty(0, np.uint16))
        self._places: Places | None = Places(())  # None until somebody has set them up for these files
        self._moved: dict[str, str] = {}  # new names by old, which the next catalog has
        self._order: NDArray[np.intp] = np.empty(0, np.intp)
        self._rows: NDArray[np.int32] | None = (
            None  # the row of each place, -1 if it is not shown; None: to be computed
        )

    # ---- content

    def set_catalog(
        self, catalog: Catalog, classes: Sequence[ClassInfo], *, kept: bool = False, stood: Stood | None = None
    ) -> None:
        """Show a catalog; `classes` in its order. Keeps the filter, and what is known of files that are still there.

        `kept`: the pictures stand in the order they stood in. If the same ones are shown, nothing is reset. `stood`:
        where they stood in the catalog before, if somebody has found out; else it is found out now.
        """
        by_name = {info.name: info for info in classes}
        infos = [by_name[name] for name in catalog.classes]
        numbers = self._new_numbers(infos)
        wanted = _renumbered(self._filter, numbers)
        resets = not kept or wanted != self._filter
        self._facts = _repredicted(self._followed(catalog, stood), numbers)
        self._files = catalog.files
        self._classes = infos
        self._filter = wanted
        self._problems = {file: problem for file, problem in self._problems.items() if self._find(file) >= 0}
        order = self._shown()
        if resets or len(order) != len(self._order):
            self._reset(order)
        else:
            self._set_order(order)
            self._changed()

    def _new_numbers(self, infos: Sequence[ClassInfo]) -> NDArray[np.int32]:
        """The numbers that the classes known so far will have; `NO_PREDICTION` for those that are gone."""
        number_of = {info.name: number for number, info in enumerate(infos)}
        return np.array([number_of.get(info.name, NO_PREDICTION) for info in self._classes], np.int32)

    def _followed(self, catalog: Catalog, known: Stood | None) -> Facts:
        """What is known of the pictures, for another catalog in which some were moved."""
        moved, self._moved = self._moved, {}
        files = self._files
        stood: NDArray[np.intp] | None = None
        if moved:
            rows = self._find_all(moved)
            names, stays = list(files), np.ones(len(files), np.bool_)
            for row, new in zip(rows.tolist(), moved.values(), strict=True):
                if row >= 0:
                    names[row], stays[row] = new, is_picture_path(new)
            if self._places is not None:
                self._places.remove([old for old, new in moved.items() if not is_picture_path(new)])
                self._places.rename({old: new for old, new in moved.items() if is_picture_path(new)})
            files = tuple(names)
            if not stays.all():
                stood = np.flatnonzero(stays)
                files = tuple(compress(files, stays.tolist()))
        if files != catalog.files:
            usable = known is not None and known.before is files and known.after is catalog.files
            now = known.places if known and usable else standing(files, catalog.files)
            stood = now if stood is None else np.where(now < 0, -1, np.append(stood, -1)[now])
            self._places = Places(catalog.files) if len(catalog.files) <= _QUICK else None
        if stood is None:
            return replace(
                self._facts, labels=catalog.labels, columns=replace(self._facts.columns, files=catalog.files)
            )
        return self._facts.taken(stood, catalog.labels, catalog.files)

    def rename(self, new_names: Mapping[str, str], classes: Mapping[str, str]) -> None:
        """Files and classes have other names; `set_catalog` follows. What is known about them stays known."""
        self._classes = [replace(info, name=classes.get(info.name, info.name)) for info in self._classes]
        self._problems = {new_names.get(file, file): problem for file, problem in self._problems.items()}
        earlier = {old: new_names.get(new, new) for old, new in self._moved.items()}
        self._moved = earlier | {old: new for old, new in new_names.items() if old not in self._moved.values()}

    # ---- what is known of the pictures

    @property
    def columns(self) -> Columns:
        return self._facts.columns

    @property
    def labels(self) -> NDArray[np.int32]:
        """The class of each picture of the catalog, as it is shown; -1 unlabelled, -2 on its way to the trash."""
        return self._facts.labels

    @property
    def findings(self) -> NDArray[np.uint16]:
        """What is to be looked into at each picture of the catalog, as bits; those that can't be read among them."""
        findings = self._facts.findings
        if not self._problems:
            return findings
        places = self._find_all(self._problems)
        findings = findings.copy()
        findings[places[places >= 0]] |= UNREADABLE
        return findings

    def set_columns(self, columns: Columns, places: Places | None = None) -> None:
        """Know size, date, split and more. Those of another list of files are taken over for these.

        `places`: of `columns.files`, where somebody had them at hand.
        """
        if columns.files != self._files:
            columns = columns.taken(standing(columns.files, self._files), self._files)
        elif places is not None:
            self._places = places
        self._learn(self._facts.knowing(columns=columns))

    def set_names(self, names: NameOrder) -> None:
        """Know the order of the names; they are those of the catalog that is shown."""
        self._learn(self._facts.knowing(names=names))

    def set_findings(self, files: Sequence[str], findings: NDArray[np.uint16]) -> None:
        """Know what the health check found; `files` may be those of an earlier catalog."""
        stood = standing(files, self._files)
        taken = np.append(findings, np.uint16(0))[stood]  # -1 picks the last
        self._learn(replace(self._facts, findings=taken))

    def set_distances(self, distances: NDArray[np.float32] | None) -> None:
        """Know how unlike each picture is to a reference, in the order of the catalog that is shown."""
        self._learn(self._facts.knowing(distances=distances))

    def _learn(self, facts: Facts) -> None:
        """Show what is newly known. Only a filter or an order that depends on it makes the list anew."""
        self._facts = facts
        order = self._shown()
        if np.array_equal(order, self._order):
            self._changed()
        else:
            self._reset(order)

    # ---- what is about to happen

    def foresee(self, places: NDArray[np.intp], label: int | NDArray[np.int32]) -> None:
        """Show pictures with another label (or a label for each), or as gone, before the disk has answered.

        `places`: from `places_of` or `places_of_rows`. The next `set_catalog` shows how it really is.
        """
        labels = self._facts.labels.copy()
        labels[places] = label
        self._facts = self._facts.with_labels(labels)
        order = self._shown()
        if len(order) == len(self._order):
            self._changed()
        else:
            self._reset(order)

    def foresee_mark(self, places: NDArray[np.intp], mark: Mark, *, on: bool) -> None:
        """The same for pictures that are put into the golden set, or excluded; or that no longer are."""
        if mark == Mark.GOLDEN:
            marked = self._facts.columns.golden.copy()
            marked[places] = on
            self._learn(replace(self._facts, columns=replace(self._facts.columns, golden=marked)))
        else:
            findings = self._facts.findings.copy()
            # What else was found about an excluded picture is nobody's concern; about others it is found anew.
            findings[places] = EXCLUDED if on else 0
            self._learn(replace(self._facts, findings=findings))

    def have_mark(self, places: NDArray[np.intp], mark: Mark) -> NDArray[np.bool_]:
        """Which of the pictures at these places are golden, or excluded."""
        if mark == Mark.GOLDEN:
            return self._facts.columns.golden[places]
        return np.asarray((self._facts.findings[places] & EXCLUDED) > 0)

    def places_of_rows(self, rows: Sequence[range]) -> NDArray[np.intp]:
        """Where shown pictures stand in the catalog."""
        parts = [self._order[part.start : part.stop] for part in rows]
        return np.concatenate(parts) if parts else np.empty(0, np.intp)

    def places_of(self, files: Iterable[str]) -> NDArray[np.intp]:
        """Where pictures stand in the catalog; those that are not in it are passed over."""
        places = self._find_all(files)
        return places[places >= 0]

    def files_at(self, places: NDArray[np.intp]) -> list[str]:
        files = self._files
        return [files[place] for place in places.tolist()]

    def _find(self, file: str) -> int:
        if self._places is not None:
            return self._places.find(file)
        try:
            return self._files.index(file)
        except ValueError:
            return -1

    def _find_all(self, files: Iterable[str]) -> NDArray[np.intp]:
        return scanned(self._files, files) if self._places is None else self._places.find_all(files)

    def label_of(self, class_name: str) -> int | None:
        """The number of a class; None if it is not in the catalog."""
        return next((label for label, info in enumerate(self._classes) if info.name == class_name), None)

    def next_unlabelled(self, row: int) -> int:
        """The next unlabelled picture after `row`, going round at the end; -1 if none is shown."""
        found = np.flatnonzero(self._facts.labels[self._order] == UNLABELLED)
        if not len(found):
            return -1
        return int(found[np.searchsorted(found, row + 1) % len(found)])

    def set_problem(self, file: str, problem: str) -> None:
        """Note why a picture can't be read; "" once it can be again."""
        if problem:
            self._problems[file] = problem
        else:
            self._problems.pop(file, None)
        if self._filter.problems & UNREADABLE:
            self._reset(self._shown())
        elif (row := self.row_of(file)) >= 0:
            self.dataChanged.emit(self.index(row), self.index(row))

    @property
    def problems(self) -> Mapping[str, str]:
        """Pictures that were found unreadable so far, and why."""
        return self._problems

    # ---- filter and order

    @property
    def filter(self) -> Filter:
        return self._filter

    @property
    def sorted_by(self) -> Sort:
        return self._sort

    @property
    def classes(self) -> Sequence[ClassInfo]:
        """Those of the catalog, in its order."""
        return self._classes

    def set_filter(self, wanted: Filter) -> None:
        if wanted != self._filter:
            self._filter = wanted
            self._reset(self._shown())

    def set_sort(self, sort: Sort) -> None:
        if sort != self._sort:
            self._sort = sort
            self._reset(self._shown())

    def _shown(self) -> NDArray[np.intp]:
        facts = self._facts
        if self._filter.problems & UNREADABLE:
            facts = replace(facts, findings=self.findings)
        return shown(self._filter, self._sort, facts)

    def _reset(self, order: NDArray[np.intp]) -> None:
        self.beginResetModel()
        self._set_order(order)
        self.endResetModel()

    def _set_order(self, order: NDArray[np.intp]) -> None:
        self._order, self._rows = order, None

    def _changed(self) -> None:
        if len(self._order):
            self.dataChanged.emit(self.index(0), self.index(len(self._order) - 1))

    # ---- what is shown

    @property
    def total(self) -> int:
        """All pictures, shown or not."""
        return int(np.count_nonzero(self._facts.labels != GONE))

    def file(self, row: int) -> str:
        return str(self._files[self._order[row]])

    def row_of(self, file: str) -> int:
        """Where a picture is shown; -1 if it is not."""
        place = self._find(file)
        if place < 0:
            return -1
        if self._rows is None:
            self._rows = np.full(len(self._files), -1, np.int32)
            self._rows[self._order] = np.arange(len(self._order), dtype=np.int32)
        return int(self._rows[place])

    def class_of(self, row: int) -> ClassInfo | None:
        """The picture's class; None if it is unlabelled."""
        label = self._facts.labels[self._order[row]]
        return self._classes[label] if label >= 0 else None

    def split_of(self, row: int) -> TileSplit:
        code = int(self._facts.columns.split[self._order[row]])
        split = SPLITS[code] if code != LEFT_OUT else ""
        return "" if split == "train" else split

    def is_excluded(self, row: int) -> bool:
        return bool(self._found(row) & EXCLUDED)

    def is_golden(self, row: int) -> bool:
        return bool(self._facts.columns.golden[self._order[row]])

    def suggestion(self, row: int) -> Suggestion | None:
        """What the model says of a picture, unless that is its class."""
        place = self._order[row]
        label = int(self._facts.columns.predicted[place])
        if label == NO_PREDICTION or label == self._facts.labels[place]:
            return None
        info = self._classes[label]
        return Suggestion(info.colour, info.key, float(self._facts.columns.confidence[place]))

    def _suggested(self, row: int) -> str:
        """What the model says of a picture in words, unless that is its class."""
        suggestion = self.suggestion(row)
        if suggestion is None:
            return ""
        name = self._classes[self._facts.columns.predicted[self._order[row]]].name
        return self.tr("suggested: {name}, {percent} sure").format(
            name=name, percent=wording.percent(suggestion.how_sure)
        )

    def _found(self, row: int) -> int:
        """What is to be looked into at a picture, as bits."""
        return int(self._facts.findings[self._order[row]])

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
            finding=filter_words.finding_icon(self._found(row)),
            suggestion=self.suggestion(row),
            golden=self.is_golden(row),
            excluded=self.is_excluded(row),
        )

    # ---- Qt

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self._order)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._order):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.tile(index.row()).caption
        if role == Qt.ItemDataRole.ToolTipRole:
            file = self.file(index.row())
            found = filter_words.finding_names(self._found(index.row()))
            golden = filter_words.in_golden_set() if self.is_golden(index.row()) else ""
            lines = (file, golden, self._problems.get(file, ""), found, self._suggested(index.row()))
            return "\n".join(line for line in lines if line)
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
            filter_words.in_golden_set() if self.is_golden(row) else "",
            self.tr("can’t be read: {problem}").format(problem=problem) if problem else "",
            filter_words.finding_names(self._found(row)),
            self._suggested(row),
        )
        return ", ".join(part for part in parts if part)


def _renumbered(wanted: Filter, numbers: NDArray[np.int32]) -> Filter:
    """The filter for classes that have other numbers now; one for classes that are all gone asks for nothing."""

    def new(labels: frozenset[int]) -> frozenset[int]:
        kept = {label if label < 0 else int(numbers[label]) for label in labels}
        return frozenset(label for label in kept if label >= 0 or label in labels)

    return replace(wanted, labels=new(wanted.labels), predicted=new(wanted.predicted))


def _repredicted(facts: Facts, numbers: NDArray[np.int32]) -> Facts:
    if np.array_equal(numbers, np.arange(len(numbers))):
        return facts
    # The last entry is for pictures of which nothing is predicted: -1 picks it.
    predicted = np.append(numbers, np.int32(NO_PREDICTION))[facts.columns.predicted]
    return facts.knowing(columns=replace(facts.columns, predicted=predicted))
