"""The pictures behind a cell of the confusion matrix, as tiles."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, Qt

from desktop_app.ui import wording
from desktop_app.ui.models.class_marks import ClassMark
from desktop_app.ui.models.confusion import Confusion
from desktop_app.ui.models.indexes import AnyIndex
from desktop_app.ui.models.result import Result
from desktop_app.ui.models.tiles import Called, PictureModel, Tile, TileSplit


class BehindModel(PictureModel):
    """One tile a picture, the surest first: the surest mistake tells most."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._result: Result | None = None
        self._marks: list[ClassMark] = []
        self._rows: list[int] = []
        self._problems: dict[str, str] = {}

    def show_cell(self, result: Result | None, marks: list[ClassMark], cell: Confusion | None) -> None:
        """Show the pictures of a cell, or none."""
        self.show_rows(result, marks, result.behind(cell.actual, cell.called) if result and cell else [])

    def show_rows(self, result: Result | None, marks: list[ClassMark], rows: list[int]) -> None:
        """Show pictures by their rows in the result's predictions."""
        self.beginResetModel()
        self._result, self._marks, self._rows = result, marks, rows
        self.endResetModel()

    def set_problem(self, file: str, problem: str) -> None:
        """Note why a picture can't be shown."""
        self._problems[file] = problem
        for row in range(len(self._rows)):
            if self.file(row) == file:
                self.dataChanged.emit(self.index(row), self.index(row))

    def file(self, row: int) -> str:
        assert self._result is not None
        return self._result.predictions.files[self._rows[row]]

    def class_of(self, row: int) -> ClassMark:
        assert self._result is not None
        return self._marks[int(self._result.predictions.actual[self._rows[row]])]

    def split_of(self, row: int) -> TileSplit:
        assert self._result is not None
        return "" if self._result.split == "train" else self._result.split

    def called(self, row: int) -> Called:
        assert self._result is not None
        predictions, place = self._result.predictions, self._rows[row]
        mark = self._marks[int(predictions.predicted[place])]
        return Called(mark, float(predictions.how_sure[place]), bool(predictions.correct[place]))

    def how_sure(self, row: int) -> str:
        return self.tr("{percent} sure").format(percent=wording.percent(self.called(row).how_sure))

    def tile(self, row: int) -> Tile:
        mark, file = self.class_of(row), self.file(row)
        return Tile(file, self.how_sure(row), mark.colour, mark.key, self.split_of(row), self._problems.get(file, ""))

    # ---- QAbstractListModel

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.how_sure(index.row())
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.file(index.row())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.file(index.row())}, {self.how_sure(index.row())}"
        return None
