"""What lies in the class folders, as of the newest look at them.

Looking and moving happen in different threads. Both go through one lock here, and each result builds on the one before,
so that a look that began before a step never hides what the step did.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_app.project.catalog import Catalog
    from desktop_app.project.config import ClassInfo
    from desktop_app.project.moves import Outcome
    from desktop_app.project.project import Project

_UNLABELLED = -1
_ABSENT = -2
_PART = 5000


@dataclass(frozen=True)
class Listing:
    """The pictures, and how their classes are shown. Later ones have higher numbers.

    `kept`: pictures stand in the order of the listing before, those that were moved too: nothing jumps on the screen.
    """

    number: int
    catalog: Catalog
    classes: tuple[ClassInfo, ...]
    kept: bool = False


class Listings:
    """The listings of one project. Methods may be called from any thread; hold `lock` while moving pictures."""

    def __init__(self, project: Project, catalog: Catalog) -> None:
        self.lock = threading.RLock()
        self._project = project
        self.newest = Listing(0, catalog, project.classes)

    def scan(self, changed: Collection[str] = ()) -> Listing | None:
        """Look at the folders; None if they hold what they held, in whatever order that is shown.

        `changed`: absolute paths of folders that are known to have changed, whatever their times say.

        Raises:
            ProjectError: the folder is gone.
            StorageError: the classes could not be written down.
        """
        with self.lock:
            catalog = self._project.scan(anew=[self._prefix(folder) for folder in changed])
            if self._project.classes == self.newest.classes and _same(self.newest.catalog, catalog):
                return None
            return self._take(catalog)

    def follow(self, outcome: Outcome) -> Listing | None:
        """The listing after a step; None if it changed nothing. Raises as `scan`."""
        from desktop_app.project.inside import is_picture_path

        if not outcome.moved and not outcome.folders and not outcome.shown:
            return None
        with self.lock:
            before = self.newest.catalog
            if outcome.shown:
                return self._take(_moved(before, {}, _in_order(before.classes, self._project.classes)), kept=True)
            # What comes back from the trash, or with its class, takes its natural place: only a look gives that.
            reappears = any(not is_picture_path(old) for old, _ in outcome.moved)
            classes = before.classes
            if reappears or outcome.folders:
                catalog = self._project.scan()
                if reappears or not outcome.moved:
                    return self._take(catalog)
                classes = catalog.classes
            return self._take(_moved(before, dict(outcome.moved), classes), kept=True)

    def folders(self) -> list[str]:
        """Absolute paths of the project's folder and of all in it that can hold pictures, as of the last look."""
        root = str(self._project.root)
        return [os.path.join(root, *prefix.split("/")[:-1]) for prefix in self._project.folders]  # noqa: PTH118

    def _prefix(self, folder: str) -> str:
        """What the walk through the folders calls it: "" for the root, "class/lot 2/" below."""
        inside = os.path.relpath(folder, self._project.root)
        return "" if inside == os.curdir else inside.replace(os.sep, "/") + "/"

    def _take(self, catalog: Catalog, *, kept: bool = False) -> Listing:
        self.newest = Listing(self.newest.number + 1, catalog, self._project.classes, kept)
        return self.newest


def _in_order(folders: Iterable[str], classes: Sequence[ClassInfo]) -> tuple[str, ...]:
    """Class folders in the order of their classes."""
    from desktop_app.project import names

    place = {names.same_text(info.name): place for place, info in enumerate(classes)}
    return tuple(sorted(folders, key=lambda folder: place[names.same_text(folder)]))


def _moved(catalog: Catalog, new_names: Mapping[str, str], classes: tuple[str, ...]) -> Catalog:
    """The catalog with some pictures moved, in the same order; those that went to the trash are left out."""
    import numpy as np

    from desktop_app.project import names
    from desktop_app.project.inside import is_picture_path

    label_of = {names.same_text(name): label for label, name in enumerate(classes)}

    def label(name: str) -> int:
        return label_of.get(names.same_text(name), _UNLABELLED)

    # An old label's class has another number now, or is gone and so are its pictures.
    renumbered = np.array([label(name) for name in catalog.classes] + [_UNLABELLED], np.int32)
    labels = renumbered[catalog.labels]
    files = list(catalog.files)
    gone = np.zeros(len(files), bool)
    for place, file in enumerate(files):
        if (new := new_names.get(file)) is None:
            continue
        files[place] = new
        top, slash, _ = new.partition("/")
        labels[place] = label(top) if slash else _UNLABELLED
        gone[place] = not is_picture_path(new)
    if gone.any():
        files = [file for file, is_gone in zip(files, gone.tolist(), strict=True) if not is_gone]
        labels = labels[~gone]
    return replace(catalog, classes=classes, files=tuple(files), labels=labels)


def _same(one: Catalog, other: Catalog) -> bool:
    if one.classes != other.classes or len(one.files) != len(other.files) or one.unsupported != other.unsupported:
        return False
    if tuple(one.files) == tuple(other.files):
        return bool((one.labels == other.labels).all())
    labels: dict[str, int] = {}
    for part in _parts(one):
        labels.update(part)
    return all(labels.get(file, _ABSENT) == label for part in _parts(other) for file, label in part)


def _parts(catalog: Catalog) -> Iterator[Iterable[tuple[str, int]]]:
    """(file, label), so many at a time that other threads are not kept waiting for long."""
    for start in range(0, len(catalog.files), _PART):
        rows = slice(start, start + _PART)
        yield zip(catalog.files[rows], catalog.labels[rows].tolist(), strict=True)
