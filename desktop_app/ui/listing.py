"""What lies in the class folders, as of the newest look at them.

Looking and moving happen in different threads. Both go through one lock here, and each result builds on the one before,
so that a look that began before a step never hides what the step did.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from desktop_app.project.catalog import Catalog
    from desktop_app.project.config import ClassInfo
    from desktop_app.project.outcome import Outcome
    from desktop_app.project.project import Project

_UNLABELLED = -1
_PART = 20_000  # names looked for at a time, so that other threads are not kept waiting


@dataclass(frozen=True)
class Listing:
    """The pictures, and how their classes are shown. Later ones have higher numbers.

    `kept`: pictures stand in the order of the listing before, those that were moved too: nothing jumps on the screen.
    `stood`: where they stood in the listing before, where that had to be found out.
    """

    number: int
    catalog: Catalog
    classes: tuple[ClassInfo, ...]
    kept: bool = False
    stood: Stood | None = None


@dataclass(frozen=True, eq=False)
class Stood:
    """Where each of the files `after` stood among the files `before`; -1 for new ones."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    places: NDArray[np.intp]


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
            before = self.newest.catalog
            stood = None if before.files == catalog.files else _stood(before.files, catalog.files)
            if self._project.classes == self.newest.classes and _same(before, catalog, stood):
                return None
            return self._take(catalog, stood=stood)

    def follow(self, outcome: Outcome) -> Listing | None:
        """The listing after a step; None if it changed nothing. Raises as `scan`."""
        from desktop_app.project.inside import is_picture_path

        if (not outcome.moved and not outcome.folders and not outcome.shown) or outcome.touches_runs:
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

    def _take(self, catalog: Catalog, *, kept: bool = False, stood: Stood | None = None) -> Listing:
        self.newest = Listing(self.newest.number + 1, catalog, self._project.classes, kept, stood)
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


def _stood(before: tuple[str, ...], after: tuple[str, ...]) -> Stood:
    import numpy as np

    from desktop_app.project.places import Places

    known = Places(before)
    parts = [known.find_all(after[start : start + _PART]) for start in range(0, len(after), _PART)]
    return Stood(before, after, np.concatenate([np.empty(0, np.intp), *parts]))


def _same(one: Catalog, other: Catalog, stood: Stood | None) -> bool:
    """Whether both hold the same pictures in the same classes, in whatever order."""
    facts = ((catalog.classes, len(catalog.files), catalog.unsupported, catalog.complete) for catalog in (one, other))
    if next(facts) != next(facts):
        return False
    if stood is None:
        return bool((one.labels == other.labels).all())
    return bool((stood.places >= 0).all() and (one.labels[stood.places] == other.labels).all())
