"""What the start page knows about recent projects without opening them.

A small document for each lies in the cache folder, written whenever its project is open; a project on a stick or a
share that is not there can still be shown.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app import settings, storage
from desktop_app.errors import ImageError, StorageError
from desktop_app.evaluation.intervals import wilson

if TYPE_CHECKING:
    from desktop_app.evaluation.headline import Headline
    from desktop_app.project.catalog import Catalog
    from desktop_app.project.project import Project


def _with_interval(document: dict[str, Any]) -> dict[str, Any]:
    low, high = wilson(document["right"], document["n"])
    return {**document, "low": low, "high": high, "basis": "test"}


_MIGRATIONS: tuple[storage.Migration, ...] = (_with_interval,)
FORMAT = len(_MIGRATIONS) + 1
_FIELDS = ("name", "classes", "pictures", "opened", "read_only", "right", "n", "low", "high", "basis")
THUMBNAILS = 6
EDGE = 144  # three times the logical size: the squares shown are cut from them


@dataclass(frozen=True)
class Recent:
    """What is told of a project.

    Attributes:
        opened: ISO time, "" if unknown.
        right, n, low, high, basis: the newest run's figure, its interval and what it is of; n is 0 if not measured.
        thumbnails: JPEG.
    """

    root: Path
    name: str
    classes: int = 0
    pictures: int = 0
    opened: str = ""
    read_only: bool = False
    right: int = 0
    n: int = 0
    low: float = 0.0
    high: float = 1.0
    basis: str = "test"
    thumbnails: tuple[bytes, ...] = ()

    @property
    def known(self) -> bool:
        return bool(self.opened)


def load(root: Path) -> Recent:
    """What is remembered of a project; nothing but its name if that is gone or damaged."""
    plain = Recent(root, root.name or str(root))
    try:
        document = storage.read_json(_file(root), _MIGRATIONS)
        thumbnails = tuple(base64.b64decode(text) for text in document["thumbnails"])
        fields = {name: document[name] for name in _FIELDS}
        made = Recent(root, thumbnails=thumbnails, **fields)
    except (FileNotFoundError, StorageError, KeyError, TypeError, binascii.Error):
        return plain
    defaults = asdict(plain)
    return made if all(type(fields[name]) is type(defaults[name]) for name in fields) else plain


def summarise(project: Project, catalog: Catalog, measured: Headline | None) -> Recent:
    """Look at an open project, and remember it. Reads up to six pictures, so call it in a thread."""
    recent = Recent(
        project.root,
        project.name,
        classes=len(catalog.classes),
        pictures=len(catalog.files),
        opened=datetime.now().astimezone().isoformat(timespec="seconds"),
        read_only=project.read_only,
        right=measured.right if measured else 0,
        n=measured.n if measured else 0,
        low=measured.interval[0] if measured else 0.0,
        high=measured.interval[1] if measured else 1.0,
        basis=measured.basis if measured else "test",
    )
    files = [project.path(file) for file in _spread(catalog)]
    recent = replace(recent, thumbnails=tuple(_thumbnails(files)))
    document = asdict(recent)
    del document["root"]
    document["thumbnails"] = [base64.b64encode(data).decode() for data in recent.thumbnails]
    storage.write_json(_file(project.root), {"format": FORMAT, **document})
    return recent


def forget(root: Path) -> None:
    """Remove what is remembered; the project itself is not touched."""
    _file(root).unlink(missing_ok=True)


def _file(root: Path) -> Path:
    name = hashlib.sha256(os.fsencode(root)).hexdigest()[:32]
    return settings.cache_folder() / "recent" / f"{name}.json"


def _spread(catalog: Catalog) -> list[str]:
    """Pictures from as many classes as possible, in class order; more than needed, since some may be unreadable."""
    by_class: dict[int, list[str]] = {}
    for file, label in zip(catalog.files, catalog.labels.tolist(), strict=True):
        found = by_class.setdefault(label, [])
        if len(found) < THUMBNAILS:
            found.append(file)
    rounds = [[files[turn] for files in by_class.values() if turn < len(files)] for turn in range(THUMBNAILS)]
    return [file for files in rounds for file in files][: 2 * THUMBNAILS]


def _thumbnails(files: Sequence[Path]) -> list[bytes]:
    from desktop_app.project.thumbnails import make_thumbnail

    made: list[bytes] = []
    for file in files:
        if len(made) == THUMBNAILS:
            break
        with contextlib.suppress(ImageError):
            made.append(make_thumbnail(file, EDGE))
    return made
