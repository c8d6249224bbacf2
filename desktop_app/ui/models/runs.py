"""The trainings of a project, newest first, as an item model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt

from desktop_app.evaluation.intervals import wilson
from desktop_app.events import RunStarted
from desktop_app.ui import wording
from desktop_app.ui.models.indexes import AnyIndex

#: A row's `RunRow`.
ROW = Qt.ItemDataRole.UserRole + 1


class RunFacts(Protocol):
    """What is asked of a `project.runs.Run`."""

    @property
    def id(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def status(self) -> str: ...
    @property
    def document(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class RunRow:
    """A run in words: `right` and `n` count validation pictures; `n` is 0 where there is no result."""

    id: str
    title: str
    recipe: str
    detail: str
    right: int = 0
    n: int = 0

    @property
    def result(self) -> str:
        return wording.share_of(self.right, self.n) if self.n else ""

    @property
    def doubt(self) -> str:
        return wording.percent_range(wilson(self.right, self.n)) if self.n else ""


def run_row(run: RunFacts, *, running: bool = False) -> RunRow:
    """A run's row. What its document lacks, since it was cut off or comes from elsewhere, is left out."""
    document = run.document
    recipe = document.get("recipe")
    name = recipe.get("name", "") if isinstance(recipe, Mapping) else ""
    right, n = _counts(document.get("validation"))
    detail = _state(run.status, running=running)
    when = wording.moment(str(document.get("created", "")))
    if not running:
        detail = wording.DOT.join(part for part in (when, detail) if part)
    return RunRow(run.id, wording.run_number(run.number), wording.recipe(str(name)), detail, right, n)


def live_row(run: RunStarted, best: tuple[int, int] | None, *, measuring: bool) -> RunRow:
    """The row of a run that is under way; `best`: right and all validation pictures of its best epoch so far."""
    right, n = best or (0, 0)
    detail = wording.translate("runs", "measuring") if measuring else wording.translate("runs", "training now")
    number = int(run.run.rpartition("-")[2])
    return RunRow(run.run, wording.run_number(number), wording.recipe(run.recipe), detail, right, n)


def _counts(validation: object) -> tuple[int, int]:
    """Right and all validation pictures, (0, 0) where the document does not say."""
    if isinstance(validation, Mapping):
        right, n = validation.get("right"), validation.get("n")
        if isinstance(right, int) and isinstance(n, int) and 0 <= right <= n:
            return right, n
    return 0, 0


def _state(status: str, *, running: bool) -> str:
    if running:
        return wording.translate("runs", "training now")
    return {
        "stopped": wording.translate("runs", "stopped early"),
        "interrupted": wording.translate("runs", "interrupted"),
        "failed": wording.translate("runs", "failed"),
    }.get(status, "")


class RunListModel(QAbstractListModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[RunRow] = []

    def set_rows(self, rows: Sequence[RunRow]) -> None:
        """Show these. A list with the same runs keeps its selection."""
        if [row.id for row in rows] == [row.id for row in self.rows]:
            self.rows = list(rows)
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def row_of(self, run_id: str) -> int:
        """The row of a run; -1 if there is none."""
        return next((row for row, item in enumerate(self.rows) if item.id == run_id), -1)

    # ---- QAbstractListModel

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{row.title} {row.recipe}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            parts = [row.title, row.recipe, row.detail]
            if row.n:
                parts.append(
                    self.tr("validation: {result}").format(
                        result=wording.right_with_doubt(row.right, row.n, wilson(row.right, row.n))
                    )
                )
            return ", ".join(part for part in parts if part)
        if role == Qt.ItemDataRole.ToolTipRole and row.n:
            return wording.right_with_doubt(row.right, row.n, wilson(row.right, row.n))
        return None
