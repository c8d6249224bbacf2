"""The confusion matrix as an item model: rows are actual classes, columns what they were called."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from desktop_app.ui import wording
from desktop_app.ui.models.indexes import AnyIndex


class Shown(Enum):
    COUNTS = "counts"
    ROW_SHARES = "row shares"


class Tone(IntEnum):
    """How loud a cell is: nothing, right, and mistakes in three steps."""

    EMPTY = -1
    RIGHT = 0
    FEW = 1
    SOME = 2
    MANY = 3


class Role(IntEnum):
    COUNT = Qt.ItemDataRole.UserRole + 1
    TONE = Qt.ItemDataRole.UserRole + 2
    CLASS = Qt.ItemDataRole.UserRole + 3  # class number of a header section


@dataclass(frozen=True)
class Confusion:
    """A confusion between two classes: `count` pictures of `actual` were called `called` (class numbers)."""

    actual: int
    called: int
    count: int


def tone_of(count: int, largest: int) -> Tone:
    """Mistakes in three steps by count: the third is near the largest of the matrix, a single mistake stays light."""
    if count == 0:
        return Tone.EMPTY
    if count == 1 or count <= largest / 3:
        return Tone.FEW
    return Tone.SOME if count <= largest * 2 / 3 else Tone.MANY


class ConfusionModel(QAbstractTableModel):
    """One row and column per class, and a last column with each row's sum.

    `counts[actual][called]` are numbered as the run's classes are; `order` is how they are shown.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.names: list[str] = []
        self.counts: list[list[int]] = []
        self.order: list[int] = []
        self.shown = Shown.COUNTS
        # Asked for with every cell that is painted; with a thousand classes, nobody can add up rows then.
        self._totals: list[int] = []
        self._confusions: list[Confusion] = []

    # ---- contents

    def set_counts(self, names: list[str], counts: list[list[int]]) -> None:
        self.beginResetModel()
        self.names, self.counts = list(names), [list(row) for row in counts]
        self.order = list(range(len(names)))
        self._totals = [sum(row) for row in self.counts]
        self._confusions = self._find_confusions()
        self.endResetModel()

    def set_shown(self, shown: Shown) -> None:
        self.shown = shown
        if self.order:
            last = self.index(len(self.order) - 1, len(self.order))
            self.dataChanged.emit(self.index(0, 0), last, [Qt.ItemDataRole.DisplayRole])

    def sort_worst_first(self, on: bool) -> None:
        """Order classes by their share of mistakes, or as the project does."""
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        cells = [self.cell(index) for index in before]
        self.order = list(range(len(self.names)))
        if on:
            self.order.sort(key=self._share_found)
        self.changePersistentIndexList(before, [self.index_of(cell) if cell else QModelIndex() for cell in cells])
        self.layoutChanged.emit()

    def _share_found(self, number: int) -> float:
        actual = self._totals[number]
        return self.counts[number][number] / actual if actual else 2.0  # without pictures: last

    def confusions(self) -> list[Confusion]:
        """Every kind of mistake that happened, most frequent first."""
        return self._confusions

    def _find_confusions(self) -> list[Confusion]:
        found = [
            Confusion(actual, called, count)
            for actual, row in enumerate(self.counts)
            for called, count in enumerate(row)
            if count and actual != called
        ]
        return sorted(found, key=lambda c: -c.count)

    def cell(self, index: AnyIndex) -> Confusion | None:
        """The cell at an index; None for the column of sums."""
        if not index.isValid() or index.column() >= len(self.order):
            return None
        actual, called = self.order[index.row()], self.order[index.column()]
        return Confusion(actual, called, self.counts[actual][called])

    def index_of(self, cell: Confusion) -> QModelIndex:
        return self.index(self.order.index(cell.actual), self.order.index(cell.called))

    def total(self, row: int) -> int:
        return self._totals[self.order[row]]

    # ---- QAbstractTableModel

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self.order)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or not self.order else len(self.order) + 1

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        if self.cell(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignCenter)
        cell = self.cell(index)
        if cell is None:
            return self._sum_data(index.row(), role)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(cell, self.total(index.row()))
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return wording.cell(self.names[cell.actual], self.names[cell.called], cell.count)
        if role == Role.COUNT:
            return cell.count
        if role == Role.TONE:
            return self._tone(cell)
        return None

    def _sum_data(self, row: int, role: int) -> Any:
        total = self.total(row)
        if role == Qt.ItemDataRole.DisplayRole:
            return wording.number(total)
        if role == Role.COUNT:
            return total
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return self.tr("{class_name}, all: {pictures}").format(
                class_name=self.names[self.order[row]], pictures=wording.pictures(total)
            )
        return None

    def _text(self, cell: Confusion, total: int) -> str:
        if not cell.count:
            return "·"
        if self.shown is Shown.ROW_SHARES:
            return wording.share_of(cell.count, total)
        return wording.number(cell.count)

    def _tone(self, cell: Confusion) -> Tone:
        if cell.actual == cell.called:
            return Tone.RIGHT
        return tone_of(cell.count, self._confusions[0].count if self._confusions else 0)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        horizontal = orientation == Qt.Orientation.Horizontal
        if not 0 <= section < (self.columnCount() if horizontal else self.rowCount()):
            return None
        if horizontal and section == len(self.order):
            return self.tr("all") if role == Qt.ItemDataRole.DisplayRole else None
        number = self.order[section]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.names[number]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            text = self.tr("called {class_name}") if horizontal else self.tr("actual {class_name}")
            return text.format(class_name=self.names[number])
        if role == Role.CLASS:
            return number
        return None
