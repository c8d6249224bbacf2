"""The pictures behind a cell of the confusion matrix, as tiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import QModelIndex, QObject, Qt

from desktop_app.ui import wording
from desktop_app.ui.models.class_marks import ClassMark, KnownClass
from desktop_app.ui.models.confusion import Confusion
from desktop_app.ui.models.indexes import AnyIndex
from desktop_app.ui.models.now import Now
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
        self._now: Now | None = None
        self._known: Mapping[str, KnownClass] = {}

    def show_now(self, now: Now | None, known: Sequence[KnownClass]) -> None:
        """Know where the pictures of the result lie by now, in which class of the project; None: as they lay then."""
        self._now = now
        self._known = {info.name: info for info in known}
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

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
        return (self._now or self._result.predictions).files[self._rows[row]]

    def class_of(self, row: int) -> KnownClass | None:
        """Its class now; the figures are of the one that it had when it was measured."""
        if self._now is None or not self._now.relabelled[self._rows[row]]:
            return self._measured_as(row)
        return self._known.get(self._now.labels[self._rows[row]])

    def _measured_as(self, row: int) -> ClassMark:
        assert self._result is not None
        return self._marks[int(self._result.predictions.actual[self._rows[row]])]

    def relabelled_from(self, row: int) -> str:
        """The class that it was measured as, where that is no longer its own; else ""."""
        changed = self._now is not None and bool(self._now.relabelled[self._rows[row]])
        return self._measured_as(row).name if changed else ""

    def is_excluded(self, row: int) -> bool:
        return self._now is not None and bool(self._now.excluded[self._rows[row]])

    def probabilities(self, row: int) -> Sequence[tuple[KnownClass, float]]:
        assert self._result is not None
        found = self._result.predictions.probabilities[self._rows[row]]
        return [(self._marks[number], float(found[number])) for number in np.argsort(-found, kind="stable").tolist()]

    def split_of(self, row: int) -> TileSplit:
        assert self._result is not None
        return "" if self._result.split == "train" else self._result.split

    def called(self, row: int) -> Called:
        assert self._result is not None
        predictions, place = self._result.predictions, self._rows[row]
        mark, now = self._marks[int(predictions.predicted[place])], self.class_of(row)
        return Called(mark, float(predictions.how_sure[place]), now is not None and now.name == mark.name)

    def how_sure(self, row: int) -> str:
        return self.tr("{percent} sure").format(percent=wording.percent(self.called(row).how_sure))

    def tile(self, row: int) -> Tile:
        mark, file, excluded = self.class_of(row), self.file(row), self.is_excluded(row)
        return Tile(
            file,
            self.how_sure(row),
            mark.colour if mark else -1,
            mark.key if mark else "",
            self.split_of(row),
            self._problems.get(file, ""),
            finding="eye-slash" if excluded else "tag" if self.relabelled_from(row) else "",
            excluded=excluded,
        )

    # ---- QAbstractListModel

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.how_sure(index.row())
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join([self.file(index.row()), *self._since(index.row())])
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join([self.file(index.row()), self.how_sure(index.row()), *self._since(index.row())])
        return None

    def _since(self, row: int) -> list[str]:
        """What became of it since it was measured."""
        said = [self.tr("excluded since")] if self.is_excluded(row) else []
        if before := self.relabelled_from(row):
            said.append(self.tr("measured as “{class_name}”").format(class_name=before))
        return said
