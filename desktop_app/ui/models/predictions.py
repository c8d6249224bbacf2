"""What a model says about the pictures of a folder, growing while it says it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from desktop_app.events import PictureSkipped, Predicted
from desktop_app.ui import wording
from desktop_app.ui.models.class_marks import ClassMark
from desktop_app.ui.models.indexes import AnyIndex
from desktop_app.ui.models.tiles import Called, PictureModel, Tile, TileSplit

#: A row's `PredictionRow`.
ROW = Qt.ItemDataRole.UserRole + 1


class Column(IntEnum):
    PICTURE = 0
    FILE = 1
    CLASS = 2
    HOW_SURE = 3


@dataclass(frozen=True, slots=True)
class PredictionRow:
    """One picture: its class and how sure the model is of it, or why it has none.

    `unsure`: the model declines to answer; `label` is its best guess.
    """

    file: str
    label: str = ""
    probability: float = 0.0
    problem: str = ""
    unsure: bool = False


@dataclass(frozen=True)
class Filter:
    """Which rows are shown: those of a class, those left to a person, the unreadable ones, or all."""

    label: str = ""
    unsure: bool = False
    unreadable: bool = False

    def lets_through(self, row: PredictionRow) -> bool:
        if self.unreadable:
            return bool(row.problem)
        if self.unsure:
            return row.unsure
        return not self.label or (row.label == self.label and not row.unsure)


class PredictionsModel(QAbstractTableModel):
    """Rows in the order in which they came; `sort` and `set_filter` only change the order of showing them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[PredictionRow] = []
        self._order: list[int] = []
        self._filter = Filter()
        self._sorted: tuple[int, Qt.SortOrder] | None = None
        self._marks: dict[str, ClassMark] = {}
        self.counts: Counter[str] = Counter()
        self.unsure = 0
        self.unreadable = 0

    # ---- contents

    def clear(self, marks: Sequence[ClassMark] = ()) -> None:
        """Begin anew, with a model of these classes."""
        self.beginResetModel()
        self._rows, self._order = [], []
        self._filter, self._sorted = Filter(), None
        self._marks = {mark.name: mark for mark in marks}
        self.counts, self.unsure, self.unreadable = Counter(), 0, 0
        self.endResetModel()

    def add(self, events: Sequence[Predicted | PictureSkipped]) -> None:
        """Add what came since, at the end: a list that is being read must not jump."""
        new = [
            PredictionRow(event.file, event.label, event.probability, unsure=event.unsure)
            if isinstance(event, Predicted)
            else PredictionRow(event.file, problem=event.reason)
            for event in events
        ]
        first = len(self._rows)
        self._rows += new
        for row in new:
            if row.problem:
                self.unreadable += 1
            elif row.unsure:
                self.unsure += 1
            else:
                self.counts[row.label] += 1
        shown = [first + place for place, row in enumerate(new) if self._filter.lets_through(row)]
        if shown:
            start = len(self._order)
            self.beginInsertRows(QModelIndex(), start, start + len(shown) - 1)
            self._order += shown
            self.endInsertRows()

    @property
    def total(self) -> int:
        """All pictures so far, shown or not."""
        return len(self._rows)

    def row(self, position: int) -> PredictionRow:
        return self._rows[self._order[position]]

    def mark(self, label: str) -> ClassMark | None:
        return self._marks.get(label)

    # ---- order

    @property
    def filter(self) -> Filter:
        return self._filter

    def set_filter(self, wanted: Filter) -> None:
        if wanted != self._filter:
            self._filter = wanted
            self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By file name, class or how sure; any other column restores the order in which they came."""
        self._sorted = (column, order) if column in (Column.FILE, Column.CLASS, Column.HOW_SURE) else None
        self._arrange()

    def _arrange(self) -> None:
        self.beginResetModel()
        self._order = [place for place, row in enumerate(self._rows) if self._filter.lets_through(row)]
        if self._sorted:
            column, direction = self._sorted
            self._order.sort(key=self._keys(Column(column)), reverse=direction == Qt.SortOrder.DescendingOrder)
        self.endResetModel()

    def _keys(self, column: Column) -> Callable[[int], str | float]:
        """What to sort the rows by."""
        rows, places = self._rows, {label: place for place, label in enumerate(self._marks)}
        match column:
            case Column.CLASS:
                return lambda place: places.get(rows[place].label, len(places))
            case Column.HOW_SURE:
                return lambda place: rows[place].probability  # 0 for unreadable ones: the least sure of all
            case _:
                return lambda place: rows[place].file

    # ---- QAbstractTableModel

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(Column)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.row(index.row())
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, Column(index.column()))
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._text(row, Column(index.column())) or None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if index.column() == Column.PICTURE:
                return self.tr("picture of {file}").format(file=row.file)
            return self._text(row, Column(index.column()))
        return None

    def _text(self, row: PredictionRow, column: Column) -> str:
        match column:
            case Column.PICTURE:
                return ""
            case Column.FILE:
                return row.file
            case Column.CLASS:
                if row.unsure:
                    return self.tr("unsure; perhaps {class_name}").format(class_name=row.label)
                return row.problem or row.label
            case Column.HOW_SURE:
                return "" if row.problem else wording.percent(row.probability)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        return {
            Column.PICTURE: "",
            Column.FILE: self.tr("File"),
            Column.CLASS: self.tr("Class"),
            Column.HOW_SURE: self.tr("How sure"),
        }[Column(section)]


class PredictedPictures(PictureModel):
    """The rows of a `PredictionsModel` for the full view: new pictures, which have no label."""

    labelled = False

    def __init__(self, predictions: PredictionsModel) -> None:
        super().__init__(predictions)
        self._predictions = predictions

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else self._predictions.rowCount()

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        return self.file(index.row()) if role == Qt.ItemDataRole.DisplayRole and index.isValid() else None

    def tile(self, row: int) -> Tile:
        picture, called = self._predictions.row(row), self.called(row)
        if called is None:
            return Tile(picture.file, picture.file, problem=picture.problem)
        return Tile(picture.file, picture.file, called.mark.colour, called.mark.key)

    def file(self, row: int) -> str:
        return self._predictions.row(row).file

    def class_of(self, row: int) -> ClassMark | None:
        return None

    def split_of(self, row: int) -> TileSplit:
        return ""

    def called(self, row: int) -> Called | None:
        picture = self._predictions.row(row)
        mark = self._predictions.mark(picture.label)
        return Called(mark, picture.probability, None) if mark else None
