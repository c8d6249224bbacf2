"""The pictures that a run would newly get wrong, as tiles; each is accepted, or not yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, Qt

from desktop_app.events import GateJudged, NewMiss
from desktop_app.ui import release_words, wording
from desktop_app.ui.models.class_marks import ClassMark, class_marks
from desktop_app.ui.models.indexes import AnyIndex
from desktop_app.ui.models.tiles import Called, PictureModel, Suggestion, Tile, TileSplit

if TYPE_CHECKING:
    from desktop_app.project.config import ClassInfo


class MissModel(PictureModel):
    """One tile a picture: its class, dashed what it would be called, and below whether that was accepted."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.judged: GateJudged | None = None
        self._misses: Sequence[NewMiss] = ()
        self._marks: dict[str, ClassMark] = {}
        self._accepted: set[str] = set()

    def show(self, judged: GateJudged | None, known: Sequence[ClassInfo]) -> None:
        """Show what the gate has found; nothing of it is accepted. `known`: the project's classes."""
        self.beginResetModel()
        self.judged = judged
        self._misses = judged.misses if judged else ()
        names = dict.fromkeys(name for miss in self._misses for name in (miss.actual, miss.now))
        self._marks = {mark.name: mark for mark in class_marks(list(names), known)}
        self._accepted = set()
        self.endResetModel()

    @property
    def accepted(self) -> list[str]:
        """The contents of the misses that were accepted."""
        return sorted(self._accepted)

    @property
    def open(self) -> int:
        """How many are not accepted yet."""
        return len(self._misses) - len(self._accepted)

    def accept(self, rows: Iterable[int], *, on: bool) -> None:
        for row in rows:
            (self._accepted.add if on else self._accepted.discard)(self._misses[row].content)
            self.dataChanged.emit(self.index(row), self.index(row))

    def is_accepted(self, row: int) -> bool:
        return self._misses[row].content in self._accepted

    def words(self, row: int) -> str:
        """What the picture is, what it was called before, and what it would be called."""
        assert self.judged is not None
        return release_words.miss(self._misses[row], self.judged)

    # ---- PictureModel

    def file(self, row: int) -> str:
        return self._misses[row].file

    def class_of(self, row: int) -> ClassMark:
        return self._marks[self._misses[row].actual]

    def split_of(self, row: int) -> TileSplit:
        return ""

    def is_golden(self, row: int) -> bool:
        return self.judged is not None and self.judged.source == "golden"

    def called(self, row: int) -> Called:
        miss = self._misses[row]
        return Called(self._marks[miss.now], miss.how_sure, False)

    def tile(self, row: int) -> Tile:
        miss, mark = self._misses[row], self.class_of(row)
        called = self._marks[miss.now]
        accepted = self.is_accepted(row)
        return Tile(
            miss.file,
            self.tr("accepted") if accepted else release_words.kind(miss.kind),
            mark.colour,
            mark.key,
            finding="" if accepted else "warning",
            suggestion=Suggestion(called.colour, called.key, miss.how_sure),
        )

    # ---- QAbstractListModel

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self._misses)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._misses):
            return None
        row = index.row()
        if role == Qt.ItemDataRole.DisplayRole:
            return self.tile(row).caption
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{self.file(row)}\n{self.words(row)}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return wording.DOT.join((self.words(row), self.tile(row).caption))
        return None
