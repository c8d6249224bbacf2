"""Every pretrained network that Discern knows, by family: whether it is here, and what a person wants to know of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from desktop_app.learning import library
from desktop_app.learning.library import Shelf
from desktop_app.learning.speeds import Speed, speeds, unmeasured
from desktop_app.ui import wording
from desktop_app.ui.models.indexes import AnyIndex
from desktop_app.ui.widgets.chip import State

#: The row's `Shelf`; None for the heading of a family.
SHELF = Qt.ItemDataRole.UserRole + 1
#: State and icon of the row's state.
MARK = Qt.ItemDataRole.UserRole + 2


class Column(IntEnum):
    NETWORK = 0
    STATE = 1
    SIZE = 2
    ACCURACY = 3
    SPEED = 4
    LICENCE = 5


@dataclass(frozen=True)
class Library:
    """What was found on this computer; `untimed`: networks whose speed could be measured."""

    shelves: Sequence[Shelf]
    speeds: Mapping[str, Speed]
    untimed: Sequence[str]


def read_library() -> Library:
    """Look at the disk; for a thread."""
    return Library(library.shelves(), speeds(), unmeasured())


class NetworksModel(QAbstractTableModel):
    """A row per network, and one above each family."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Shelf | str] = []
        self._speeds: Mapping[str, Speed] = {}
        self._running: tuple[str, float | None] = ("", None)

    def set_library(self, found: Library) -> None:
        rows: list[Shelf | str] = []
        for shelf in found.shelves:
            if not rows or self._family(rows[-1]) != shelf.backbone.family:
                rows.append(str(shelf.backbone.family))
            rows.append(shelf)
        self._speeds = found.speeds
        if [self._name(row) for row in rows] == [self._name(row) for row in self.rows]:
            self.rows = rows
            self._tell_all()
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def set_running(self, name: str, fraction: float | None) -> None:
        """The network that is being downloaded, and how far; "" if none is."""
        if (name, fraction) != self._running:
            self._running = (name, fraction)
            self._tell_all()

    def _tell_all(self) -> None:
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(Column) - 1))

    def shelf(self, row: int) -> Shelf | None:
        found = self.rows[row] if 0 <= row < len(self.rows) else None
        return found if isinstance(found, Shelf) else None

    def row_of(self, name: str) -> int:
        """The row of a network; -1 if there is none."""
        return next((row for row, one in enumerate(self.rows) if self._name(one) == name), -1)

    def counts(self) -> tuple[int, int]:
        """How many are here, of how many."""
        shelves = [row for row in self.rows if isinstance(row, Shelf)]
        return sum(shelf.installed for shelf in shelves), len(shelves)

    def speed(self, name: str) -> Speed | None:
        return self._speeds.get(name)

    @staticmethod
    def _family(row: Shelf | str) -> str:
        return row.backbone.family if isinstance(row, Shelf) else row

    @staticmethod
    def _name(row: Shelf | str) -> str:
        return row.backbone.name if isinstance(row, Shelf) else row

    # ---- QAbstractTableModel

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(Column)

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        if self.shelf(index.row()) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], Column(index.column())
        if isinstance(row, str):
            return row if role == Qt.ItemDataRole.DisplayRole and column is Column.NETWORK else None
        if role == SHELF:
            return row
        if role == MARK:
            return self._mark(row)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tool_tip(row, column)
        return None

    def _mark(self, shelf: Shelf) -> tuple[State | None, str]:
        if shelf.backbone.name == self._running[0]:
            return "info", "download-simple"
        if shelf.installed:
            return "ok", "check-circle-fill"
        return ("info", "pause") if shelf.begun else (None, "circle-dashed")

    def _text(self, shelf: Shelf, column: Column) -> str:
        backbone = shelf.backbone
        match column:
            case Column.NETWORK:
                return backbone.title
            case Column.STATE:
                return self._state(shelf)
            case Column.SIZE:
                return f"{wording.number(round(backbone.file_size / 1e6))}{wording.SPACE}MB"
            case Column.ACCURACY:
                return f"{wording.decimal(backbone.accuracy, 1)}{wording.SPACE}%"
            case Column.SPEED:
                return self._speed(self._speeds.get(backbone.name))
            case Column.LICENCE:
                return backbone.licence

    def _state(self, shelf: Shelf) -> str:
        name, fraction = self._running
        if shelf.backbone.name == name:
            return wording.percent(fraction) if fraction is not None else self.tr("beginning")
        if shelf.installed:
            return self.tr("part of Discern") if shelf.bundled else self.tr("installed")
        if shelf.begun:
            share = min(shelf.begun / shelf.backbone.file_size, 0.99)
            return self.tr("paused at {share}").format(share=wording.percent(share))
        return self.tr("missing")

    def _speed(self, speed: Speed | None) -> str:
        if speed is None:
            return "–"
        rate = speed.pictures_per_second
        text = wording.number(round(rate)) if rate >= 10 else wording.decimal(rate, 1)
        return text if speed.measured else self.tr("about {n}").format(n=_rough(rate))

    def _tool_tip(self, shelf: Shelf, column: Column) -> str:
        backbone, speed = shelf.backbone, self._speeds.get(shelf.backbone.name)
        match column:
            case Column.NETWORK:
                return backbone.weights
            case Column.ACCURACY:
                return self.tr("As published: the share of ImageNet’s 50,000 validation pictures that it calls right.")
            case Column.SPEED if speed is None:
                return self.tr("Known once a network has been used on this computer.")
            case Column.SPEED if speed is not None and not speed.measured:
                return self.tr("An estimate from its multiply-adds and what was measured of other networks here.")
            case Column.SPEED:
                return self.tr("Measured on this computer.")
            case Column.LICENCE:
                return self.tr("Of the weights, as published.")
            case _:
                return ""

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        return {
            Column.NETWORK: self.tr("Network"),
            Column.STATE: self.tr("On this computer"),
            Column.SIZE: self.tr("Size"),
            Column.ACCURACY: self.tr("On ImageNet"),
            Column.SPEED: self.tr("Pictures a second"),
            Column.LICENCE: self.tr("Licence"),
        }[Column(section)]


def _rough(rate: float) -> str:
    """An estimate without false precision."""
    if rate < 10:
        return wording.decimal(rate, 0 if rate >= 2 else 1)
    step = 10 if rate >= 100 else 5
    return wording.number(round(rate / step) * step)
