"""The classes of an import, with what each gets: a table for people to check before anything is copied."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QObject, Qt

from desktop_app.ui import wording
from desktop_app.ui.models.indexes import AnyIndex

if TYPE_CHECKING:
    from desktop_app.project.import_plan import Plan


class Column(IntEnum):
    CLASS = 0
    PICTURES = 1
    TRAIN = 2
    VALIDATION = 3
    TEST = 4


@dataclass(frozen=True, slots=True)
class Row:
    """A class of the import; `is_new`: the project has none of that name yet; `splits`: train, validation, test."""

    name: str
    pictures: int
    splits: tuple[int, int, int]
    is_new: bool


def rows_of(plan: Plan, classes: tuple[str, ...]) -> list[Row]:
    """A row for each class, in natural order, unlabelled pictures last; `classes`: those of the project."""
    from desktop_app.project import names

    there = {names.same_file(name) for name in classes}
    splits = Counter((item.class_name, item.split) for item in plan.items)
    counts = sorted(plan.counts().items(), key=lambda pair: (not pair[0], names.natural_key(pair[0])))
    return [
        Row(
            name,
            count,
            (splits[name, 0], splits[name, 1], splits[name, 2]),
            bool(name) and names.same_file(name) not in there,
        )
        for name, count in counts
    ]


class ImportPreviewModel(QAbstractTableModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []

    def set_rows(self, rows: list[Row]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: AnyIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: AnyIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(Column)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, Column(index.column()))
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == Column.CLASS:
            return self._text(row, Column.CLASS)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        if orientation == Qt.Orientation.Vertical or role != Qt.ItemDataRole.DisplayRole:
            return None
        return {
            Column.CLASS: self.tr("Class"),
            Column.PICTURES: self.tr("Pictures"),
            Column.TRAIN: wording.split("train"),
            Column.VALIDATION: wording.split("validation"),
            Column.TEST: wording.split("test"),
        }[Column(section)]

    def _text(self, row: Row, column: Column) -> str:
        match column:
            case Column.CLASS:
                if not row.name:
                    return self.tr("Unlabelled")
                return self.tr("{name} (new)").format(name=row.name) if row.is_new else row.name
            case Column.PICTURES:
                return wording.number(row.pictures)
            case _:
                count = row.splits[column - Column.TRAIN]
                return wording.number(count) if count else "·"
