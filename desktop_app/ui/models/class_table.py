"""How well each class is told apart, weakest first."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from desktop_app.events import ClassResult
from desktop_app.ui import wording
from desktop_app.ui.models.indexes import AnyIndex

#: A row's `ClassResult`.
RESULT = Qt.ItemDataRole.UserRole + 1


class Column(IntEnum):
    CLASS = 0
    FOUND = 1
    WHISKERS = 2
    FOUND_TRULY = 3
    RIGHT_WHEN_CALLED = 4
    CALLED_TRULY = 5


class ClassTableModel(QAbstractTableModel):
    """A row per class: how many of its pictures were found, and how often the model was right to call it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.results: list[ClassResult] = []
        self._axis = (0.0, 1.0)

    def set_results(self, results: Sequence[ClassResult]) -> None:
        """Show these: by the share that was found, the less certain of equals first, classes without pictures last."""
        self.beginResetModel()
        self.results = sorted(results, key=_weakness)
        lows = [result.recall_interval[0] for result in self.results if result.recall_interval]
        self._axis = (min(0.9, int(min(lows, default=0.0) * 10) / 10), 1.0)
        self.endResetModel()

    def row_of(self, name: str) -> int:
        """The row of a class; -1 if there is none."""
        return next((row for row, result in enumerate(self.results) if result.name == name), -1)

    def axis(self) -> tuple[float, float]:
        """The whiskers' common axis: from a round number below all of them to 1."""
        return self._axis

    # ---- QAbstractTableModel

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self.results)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(Column)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        result = self.results[index.row()]
        if role == RESULT:
            return result
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(result, Column(index.column()))
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == Column.CLASS:
            return result.name
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == Column.WHISKERS:
            return self._text(result, Column.FOUND_TRULY)
        return None

    def _text(self, result: ClassResult, column: Column) -> str:
        match column:
            case Column.CLASS:
                return result.name
            case Column.FOUND:
                return wording.part_of(result.right, result.actual) if result.actual else self.tr("no pictures")
            case Column.FOUND_TRULY:
                return wording.percent_range(result.recall_interval) if result.recall_interval else "–"
            case Column.RIGHT_WHEN_CALLED:
                return wording.part_of(result.right, result.called) if result.called else self.tr("never called")
            case Column.CALLED_TRULY:
                return wording.percent_range(result.precision_interval) if result.precision_interval else "–"
            case Column.WHISKERS:
                return ""

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        return {
            Column.CLASS: self.tr("Class, weakest first"),
            Column.FOUND: self.tr("Found"),
            Column.WHISKERS: "",
            Column.FOUND_TRULY: self.tr("truly"),
            Column.RIGHT_WHEN_CALLED: self.tr("Right when called"),
            Column.CALLED_TRULY: self.tr("truly"),
        }[Column(section)]


def _weakness(result: ClassResult) -> tuple[float, float]:
    if result.recall is None or result.recall_interval is None:
        return (2.0, 0.0)
    return (result.recall, result.recall_interval[0])
