"""The classes of a project with their counts, for the panel beside the pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QAbstractListModel, QCoreApplication, QModelIndex, QObject, Qt

from desktop_app.ui import wording
from desktop_app.ui.models.indexes import AnyIndex

if TYPE_CHECKING:
    from desktop_app.project.catalog import Catalog
    from desktop_app.project.config import ClassInfo

FEW = 20  # pictures; with fewer, a class is marked
TRASH = -3  # as a label: lower than those of unlabelled pictures and of those on their way to the trash
UNEVEN = 3.0  # the largest class has this many times the pictures of the smallest


@dataclass(frozen=True)
class ClassRow:
    """A line of the list.

    `label`: index of the class in the catalog, -1 for unlabelled, None for all pictures, `TRASH` for deleted ones.

    `share` of the largest class, 0–1; `few`: so few pictures that the person should know.
    """

    kind: Literal["all", "unlabelled", "class", "trash"]
    name: str
    count: int
    label: int | None
    colour: int = -1
    key: str = ""
    role: str = ""
    share: float = 0.0
    few: bool = False


def role_word(role: str) -> str:
    """What a class is marked as, in the person's language."""
    translate = QCoreApplication.translate
    return {"good": translate("classes", "good"), "defect": translate("classes", "defect")}.get(role, role)


class ClassListModel(QAbstractListModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[ClassRow] = []
        self._trashed = 0

    def set_catalog(self, catalog: Catalog, classes: Sequence[ClassInfo]) -> None:
        rows = self._make_rows(catalog, {info.name: info for info in classes})
        same_lines = [(row.kind, row.name) for row in rows] == [(row.kind, row.name) for row in self._rows]
        if same_lines:  # only numbers: keep what is selected
            self._rows = rows
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
        else:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()

    def _make_rows(self, catalog: Catalog, infos: Mapping[str, ClassInfo]) -> list[ClassRow]:
        counts = catalog.counts()
        largest = max(counts.values(), default=0)
        rows = [
            ClassRow("all", self.tr("All pictures"), len(catalog.files), None),
            ClassRow("unlabelled", self.tr("Unlabelled"), catalog.unlabelled, -1, key="0"),
        ]
        for label, (name, count) in enumerate(counts.items()):
            info = infos[name]
            share = count / largest if largest else 0.0
            rows.append(ClassRow("class", name, count, label, info.colour, info.key, info.role, share, few=count < FEW))
        return rows + self._trash_rows()

    def _trash_rows(self) -> list[ClassRow]:
        return [ClassRow("trash", self.tr("Trash"), self._trashed, TRASH)] if self._trashed else []

    def set_trash(self, count: int) -> None:
        """Show how many pictures are in the trash, in a line of their own while there are any."""
        if count == self._trashed:
            return
        self._trashed = count
        shown = [row for row in self._rows if row.kind != "trash"]
        if not shown:  # no project yet
            return
        last = len(shown)
        had, has = len(self._rows) > last, count > 0
        rows = shown + self._trash_rows()
        if has and not had:
            self.beginInsertRows(QModelIndex(), last, last)
            self._rows = rows
            self.endInsertRows()
        elif had and not has:
            self.beginRemoveRows(QModelIndex(), last, last)
            self._rows = rows
            self.endRemoveRows()
        else:
            self._rows = rows
            self.dataChanged.emit(self.index(last), self.index(last))

    def row(self, row: int) -> ClassRow:
        return self._rows[row]

    def classes(self) -> list[ClassRow]:
        return [self._rows[line] for line in self.class_lines()]

    def class_lines(self) -> range:
        """The lines of the classes, which stand together."""
        lines = [line for line, row in enumerate(self._rows) if row.kind == "class"]
        return range(lines[0], lines[-1] + 1) if lines else range(0)

    def row_of_label(self, label: int | None) -> int:
        return next((place for place, row in enumerate(self._rows) if row.label == label), 0)

    def balance(self) -> str:
        """One sentence on how evenly the pictures are spread; "" while there is nothing to say."""
        rows = self.classes()
        filled = sorted((row for row in rows if row.count), key=lambda row: row.count)
        if empty := [row.name for row in rows if not row.count]:
            return self.tr("No pictures yet: {classes}.").format(classes=wording.quoted(empty))
        if len(filled) < 2:
            return self.tr("One class is not enough: training tells classes apart.") if filled else ""
        small, large = filled[0], filled[-1]
        ratio = large.count / small.count
        if ratio >= UNEVEN:
            return self.tr("Uneven: “{large}” has {times} × as many pictures as “{small}”.").format(
                large=large.name, small=small.name, times=wording.number(round(ratio))
            )
        if len(filled) == 2:
            return self.tr("Even: {one} and {other} pictures.").format(
                one=wording.number(rows[0].count), other=wording.number(rows[1].count)
            )
        if small.count == large.count:
            return self.tr("Even: {n} pictures in each class.").format(n=wording.number(small.count))
        return self.tr("Even: {low} to {high} pictures a class.").format(
            low=wording.number(small.count), high=wording.number(large.count)
        )

    # ---- Qt

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.ToolTipRole:
            few = self.tr("{pictures}; 20 or more are better").format(pictures=wording.pictures(row.count))
            return f"{row.name}\n{few}" if row.few else row.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(row)
        return None

    def _spoken(self, row: ClassRow) -> str:
        parts = [row.name, wording.pictures(row.count)]
        if row.role:
            parts.append(role_word(row.role))
        if row.key:
            parts.append(self.tr("key {key}").format(key=row.key))
        if row.few:
            parts.append(self.tr("few pictures"))
        return ", ".join(parts)
