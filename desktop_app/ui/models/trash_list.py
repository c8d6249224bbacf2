"""The pictures in the project's trash, for a grid of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, Qt

from desktop_app.ui import wording
from desktop_app.ui.models.indexes import AnyIndex
from desktop_app.ui.models.tiles import PictureModel, Tile, TileSplit

if TYPE_CHECKING:
    from desktop_app.project.config import ClassInfo
    from desktop_app.project.trash import Trashed


class TrashListModel(PictureModel):
    """Files are as they lie in the trash; everything a person reads says where they were."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures: Sequence[Trashed] = ()
        self._classes: Mapping[str, ClassInfo] = {}
        self._problems: dict[str, str] = {}

    def set_pictures(self, pictures: Sequence[Trashed], classes: Sequence[ClassInfo]) -> None:
        """Show other pictures; `classes` are all that the project remembers, deleted ones too."""
        self.beginResetModel()
        self._pictures = pictures
        self._classes = {info.name: info for info in classes}
        self.endResetModel()

    def set_problem(self, file: str, problem: str) -> None:
        """Note why a picture can't be read."""
        self._problems[file] = problem
        if self._pictures:
            self.dataChanged.emit(self.index(0), self.index(len(self._pictures) - 1))

    def forget_problems(self) -> None:
        self._problems.clear()

    def picture(self, row: int) -> Trashed:
        return self._pictures[row]

    def together(self, row: int) -> list[str]:
        """What was deleted in the same step from the same class: a class that was deleted as a whole, for one."""
        folder = _folder(self._pictures[row])
        return [picture.file for picture in self._pictures if _folder(picture) == folder]

    # ---- what is shown

    def file(self, row: int) -> str:
        return self._pictures[row].file

    def title(self, row: int) -> str:
        return self._pictures[row].original

    def class_of(self, row: int) -> ClassInfo | None:
        """The class it was in; None if it was unlabelled."""
        return self._classes.get(self._pictures[row].original.partition("/")[0])

    def split_of(self, row: int) -> TileSplit:
        return ""

    def tile(self, row: int) -> Tile:
        picture, info = self._pictures[row], self.class_of(row)
        return Tile(
            picture.file,
            picture.original.rpartition("/")[2],
            info.colour if info else -1,
            info.key if info else "",
            problem=self._problems.get(picture.file, ""),
        )

    # ---- Qt

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self._pictures)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._pictures):
            return None
        picture = self._pictures[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.tile(index.row()).caption
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{picture.original}\n{wording.file_size(picture.bytes)}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            info = self.class_of(index.row())
            place = info.name if info else self.tr("unlabelled")
            return self.tr("{name}, in the trash, was in {place}").format(
                name=self.tile(index.row()).caption, place=place
            )
        return None


def _folder(picture: Trashed) -> str:
    """Where the trash keeps what came from one class in one step; pictures at the top are no class's."""
    above = picture.file.removesuffix(picture.original)
    top, slash, _ = picture.original.partition("/")
    return f"{above}{top}" if slash else above
