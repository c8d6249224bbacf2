"""Labels that look wrong, one picture after the other: the largest doubt first, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QModelIndex, QObject, Qt

from desktop_app.events import Split
from desktop_app.project import names
from desktop_app.project.health import Finding
from desktop_app.project.label_doubts import doubted
from desktop_app.ui.models.class_marks import KnownClass, class_marks
from desktop_app.ui.models.indexes import AnyIndex
from desktop_app.ui.models.tiles import Called, PictureModel, Tile, TileSplit

if TYPE_CHECKING:
    from desktop_app.project.catalog import Catalog
    from desktop_app.project.health import Health
    from desktop_app.project.project import Project

NEIGHBOURS = 6


@dataclass(frozen=True)
class Suspect:
    """
    Attributes:
        file: where it lay when the review began.
        label: its class then.
        looks_like: the class that the other pictures say it is, and how sure they are of that.
    """

    file: str
    content: str
    label: str
    looks_like: str
    how_sure: float
    split: Split | None


class Verdict(Enum):
    OPEN = "open"
    KEPT = "kept"
    RELABELLED = "relabelled"
    EXCLUDED = "excluded"


@dataclass(frozen=True, eq=False)
class Suspects:
    """The suspects of a project, the largest doubt first, with what is needed to find their neighbours.

    `hashes`: of each picture of `catalog`, b"" where unknown.
    """

    catalog: Catalog
    hashes: np.ndarray
    found: Sequence[Suspect] = field(default_factory=list)


def load_suspects(project: Project, catalog: Catalog, health: Health) -> Suspects:
    """The pictures whose labels look wrong, and which nobody has said anything about.

    Raises:
        StorageError: the cache folder's disk fails.
    """
    from desktop_app.project.columns import read_columns

    hashes = read_columns(project, catalog, only=("hashes",)).hashes
    doubts = doubted(project.index, catalog.classes)
    doubtful = {
        file for file, bits in zip(health.files, health.findings.tolist(), strict=True) if bits & Finding.DOUBTFUL
    }
    found: dict[str, tuple[float, Suspect]] = {}
    for file, content, label in zip(catalog.files, hashes.tolist(), catalog.labels.tolist(), strict=True):
        doubt = doubts.get(content.decode()) if file in doubtful else None
        if doubt is None or label < 0:
            continue
        looks_like = catalog.classes[doubt.looks_like]
        split = project.splits.split_of(content.decode())
        suspect = Suspect(file, content.decode(), catalog.classes[label], looks_like, doubt.how_sure, split)
        found.setdefault(suspect.content, (doubt.doubt, suspect))  # of copies, one is enough
    ranked = sorted(found.values(), key=lambda pair: (-pair[0], pair[1].file))
    return Suspects(catalog, hashes, [suspect for _, suspect in ranked])


def neighbours(project: Project, suspects: Suspects, content: str) -> list[str]:
    """The labelled pictures that are most alike, nearest first; none where nobody has compared them yet.

    Raises:
        StorageError: the cache folder's disk fails.
    """
    from desktop_app.features.likeness import distances
    from desktop_app.project.marks import Mark

    hashes = suspects.hashes
    places = np.flatnonzero(hashes == content.encode())
    found = distances(project.index, hashes, int(places[0])) if len(places) else None
    if found is None:
        return []
    out = np.array([content.encode(), *(one.encode() for one in project.marked(Mark.EXCLUDED))])
    found[(suspects.catalog.labels < 0) | np.isin(hashes, out)] = np.nan
    order = np.argsort(found, kind="stable")[:NEIGHBOURS]
    return [suspects.catalog.files[place] for place in order.tolist() if not np.isnan(found[place])]


class SuspectsModel(PictureModel):
    """The pictures under review. None leaves the list while it is looked at, so that one can go back to it.

    Args:
        marked: whether a picture, by its content and class, was said to be right, or excluded.
    """

    def __init__(self, marked: Callable[[Suspect, str], Verdict], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._marked = marked
        self._found: Sequence[Suspect] = ()
        self._files: list[str] = []
        self._classes: Mapping[str, KnownClass] = {}
        self._foreseen: dict[int, Verdict] = {}

    def show_suspects(self, found: Sequence[Suspect], classes: Sequence[KnownClass]) -> None:
        self.beginResetModel()
        self._found, self._files = found, [suspect.file for suspect in found]
        self._foreseen = {}
        self._know(classes)
        self.endResetModel()

    def set_classes(self, classes: Sequence[KnownClass]) -> None:
        """Classes are shown otherwise, or others are there."""
        self._know(classes)
        self.look_again()

    def _know(self, classes: Sequence[KnownClass]) -> None:
        known = {info.name: info for info in classes}
        called = sorted({suspect.looks_like for suspect in self._found} - set(known))
        self._classes = known | {mark.name: mark for mark in class_marks(called)}

    def rename(self, new_names: Mapping[str, str]) -> None:
        """Pictures were moved."""
        self._files = [new_names.get(file, file) for file in self._files]

    def foresee(self, row: int, verdict: Verdict) -> None:
        """Show what was asked for until the disk has answered."""
        self._foreseen[row] = verdict
        self.dataChanged.emit(self.index(row), self.index(row))

    def look_again(self) -> None:
        """What was asked for is done, or was refused: show how it is."""
        self._foreseen = {}
        if self._found:
            self.dataChanged.emit(self.index(0), self.index(len(self._found) - 1))

    # ---- what is known

    def suspect(self, row: int) -> Suspect:
        return self._found[row]

    def verdict(self, row: int) -> Verdict:
        """What became of a picture; looked up, so that undoing is seen as well."""
        if row in self._foreseen:
            return self._foreseen[row]
        return self._marked(self._found[row], self._class_name(row))

    def open_rows(self) -> list[int]:
        return [row for row in range(len(self._found)) if self.verdict(row) is Verdict.OPEN]

    def next_open(self, row: int) -> int:
        """The next picture without a verdict after `row`, going round at the end; -1 if every one has one."""
        rows = self.open_rows()
        return next((later for later in rows if later > row), rows[0] if rows else -1)

    def _class_name(self, row: int) -> str:
        top, slash, _ = self._files[row].partition("/")
        return top if slash and top != names.UNLABELLED else ""

    # ---- PictureModel

    def file(self, row: int) -> str:
        return self._files[row]

    def class_of(self, row: int) -> KnownClass | None:
        return self._classes.get(self._class_name(row))

    def split_of(self, row: int) -> TileSplit:
        split = self._found[row].split
        return split if split in ("test", "validation") else ""

    def called(self, row: int) -> Called:
        suspect = self._found[row]
        return Called(self._classes[suspect.looks_like], suspect.how_sure, None)

    def is_excluded(self, row: int) -> bool:
        return self.verdict(row) is Verdict.EXCLUDED

    def tile(self, row: int) -> Tile:
        mark = self.class_of(row)
        icons = {Verdict.KEPT: "check", Verdict.RELABELLED: "tag", Verdict.EXCLUDED: "eye-slash", Verdict.OPEN: ""}
        return Tile(
            self.file(row),
            self.file(row),
            mark.colour if mark else -1,
            mark.key if mark else "",
            self.split_of(row),
            finding=icons[self.verdict(row)],
            excluded=self.is_excluded(row),
        )

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self._found)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        return self.file(index.row()) if role == Qt.ItemDataRole.DisplayRole and index.isValid() else None


class NeighboursModel(PictureModel):
    """Labelled pictures that are like one another."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._files: Sequence[str] = ()
        self._classes: Mapping[str, KnownClass] = {}

    def show_files(self, files: Sequence[str], classes: Sequence[KnownClass]) -> None:
        self.beginResetModel()
        self._files, self._classes = files, {info.name: info for info in classes}
        self.endResetModel()

    def file(self, row: int) -> str:
        return self._files[row]

    def class_of(self, row: int) -> KnownClass | None:
        return self._classes.get(self._files[row].partition("/")[0])

    def split_of(self, row: int) -> TileSplit:
        return ""

    def tile(self, row: int) -> Tile:
        mark = self.class_of(row)
        caption = mark.name if mark else ""
        return Tile(self.file(row), caption, mark.colour if mark else -1, mark.key if mark else "")

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self._files)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._files):
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.file(index.row())
        return None
