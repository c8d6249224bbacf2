"""The trainings of a project, newest first, as an item model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt, Signal

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
    def name(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def usable(self) -> bool: ...
    @property
    def document(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class RunRow:
    """A run in words.

    Attributes:
        right, n: validation pictures; `n` is 0 where there is no result.
        in_use: its model is the one that predicts.
        live: it is under way, so it can't be compared or changed.
    """

    id: str
    title: str
    recipe: str
    detail: str
    right: int = 0
    n: int = 0
    in_use: bool = False
    live: bool = False

    @property
    def result(self) -> str:
        return wording.share_of(self.right, self.n) if self.n else ""

    @property
    def doubt(self) -> str:
        return wording.percent_range(wilson(self.right, self.n)) if self.n else ""


def run_rows(runs: Sequence[RunFacts], released: str = "") -> list[RunRow]:
    """The rows of all runs, newest first.

    Args:
        released: the run that the release in use was made from; without one, the newest with a model is in use.
    """
    in_use = released or next((run.id for run in runs if run.usable), "")
    return [run_row(run, in_use=run.id == in_use) for run in runs]


def run_row(run: RunFacts, *, in_use: bool = False) -> RunRow:
    """A run's row. What its document lacks, since it was cut off or comes from elsewhere, is left out."""
    document = run.document
    recipe = document.get("recipe")
    recipe_name = str(recipe.get("name", "")) if isinstance(recipe, Mapping) else ""
    right, n = _counts(document.get("validation"))
    name = f"“{run.name}”" if run.name else ""
    use = wording.translate("runs", "in use") if in_use else ""
    parts = (wording.moment(str(document.get("created", ""))), name, _state(run.status), use)
    detail = wording.DOT.join(part for part in parts if part)
    title = wording.run_number(run.number)
    return RunRow(run.id, title, wording.recipe(recipe_name), detail, right, n, in_use)


def live_row(run: RunStarted, best: tuple[int, int] | None, *, measuring: bool) -> RunRow:
    """The row of a run that is under way; `best`: right and all validation pictures of its best epoch so far."""
    right, n = best or (0, 0)
    detail = wording.translate("runs", "measuring") if measuring else wording.translate("runs", "training now")
    number = int(run.run.rpartition("-")[2])
    return RunRow(run.run, wording.run_number(number), wording.recipe(run.recipe), detail, right, n, live=True)


def _counts(validation: object) -> tuple[int, int]:
    """Right and all validation pictures, (0, 0) where the document does not say."""
    if isinstance(validation, Mapping):
        right, n = validation.get("right"), validation.get("n")
        if isinstance(right, int) and isinstance(n, int) and 0 <= right <= n:
            return right, n
    return 0, 0


def _state(status: str) -> str:
    return {
        "stopped": wording.translate("runs", "stopped"),
        "interrupted": wording.translate("runs", "interrupted"),
        "failed": wording.translate("runs", "failed"),
    }.get(status, "")


class RunListModel(QAbstractListModel):
    """`chosen_changed` follows the ticks of the runs that are to be compared."""

    chosen_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[RunRow] = []
        self._chosen: set[str] = set()

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
        if gone := self._chosen - {row.id for row in rows}:
            self._chosen -= gone
            self.chosen_changed.emit()

    def chosen(self) -> list[str]:
        """The runs that are ticked, newest first."""
        return [row.id for row in self.rows if row.id in self._chosen]

    def toggle(self, run_id: str) -> None:
        """Tick a run, or take its tick away; one that is under way can't be compared."""
        row = self.row_of(run_id)
        if row >= 0 and not self.rows[row].live:
            self._chosen ^= {run_id}
            self.dataChanged.emit(self.index(row), self.index(row))
            self.chosen_changed.emit()

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
        if role == Qt.ItemDataRole.CheckStateRole and not row.live:
            return Qt.CheckState.Checked if row.id in self._chosen else Qt.CheckState.Unchecked
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
