"""Thumbnails for whatever is in sight, loaded by two threads.

Each request replaces the one before, so what has scrolled out of sight is never loaded. Decoding leaves Python free,
and the pictures become pixmaps in the window's thread, as Qt wants it.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage, QPixmap

from desktop_app.errors import DiscernError, ImageError

if TYPE_CHECKING:
    from desktop_app.project.project import Project

_log = logging.getLogger(__name__)
_THREADS = 2
_EDGES = (128, 256, 512)  # in device pixels; few, so that the cache on disk serves many sizes of tile
_BUDGET = 128 << 20  # bytes of decoded thumbnails kept

# A picture as JPEG, its longer side at most the edge; ImageError if it can't be read.
Load = Callable[[str, int], bytes]
# What tells a file from what it was before: size, time, inode; None if it is not there.
Facts: TypeAlias = tuple[int, int, int]
Look = Callable[[str], Facts | None]


def decoded(data: bytes) -> QImage:
    """The picture in a JPEG file.

    Without its format Qt asks every reader that it has, and that for SVG connects objects. In a thread this stops the
    window for good: it waits there for Qt's lock while it keeps Python, and the window's thread, where an object ends,
    for Python while it keeps that lock.
    """
    image = QImage()
    image.loadFromData(data, "JPEG")
    return image


class Thumbnails(QObject):
    """Pictures by file name. `loaded(file)` and `failed(file, reason)` follow requests, in no particular order."""

    loaded = Signal(str)
    failed = Signal(str, str)
    _done = Signal(str, int, int, object, object)  # file, edge, generation, QImage or reason, facts

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._load: Load | None = None
        self._wanted: list[str] = []
        self._edge = _EDGES[0]
        self._generation = 0  # answers for another project are dropped
        self._busy: set[str] = set()
        self._stopping = False
        self._wake = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._pictures: OrderedDict[tuple[str, int], QPixmap] = OrderedDict()
        self._bytes = 0
        self._broken: set[str] = set()
        self._look: Look | None = None
        self._facts: dict[str, Facts | None] = {}  # of the files that were loaded, or found broken
        self._paused = False
        self._done.connect(self._take, Qt.ConnectionType.QueuedConnection)

    # ---- life

    def start(self, load: Load, look: Look | None = None) -> None:
        """Load through `load` from now on; everything from before is forgotten. `look` is asked for `facts`."""
        self.stop()
        self._load, self._look = load, look
        self._stopping = False
        self._threads = [
            threading.Thread(
                target=self._run, args=(load, look, self._generation), name=f"thumbnails-{number}", daemon=True
            )
            for number in range(_THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 1.0) -> None:
        """Let go of the project. Waits for pictures being decoded, but not longer than `seconds`."""
        with self._wake:
            self._stopping = True
            self._paused = False
            self._wanted = []
            self._generation += 1
            self._wake.notify_all()
        for thread in self._threads:
            thread.join(seconds)
        self._threads = []
        self._load = None
        self._busy.clear()
        self.forget_all()

    def pause(self, on: bool) -> None:
        """Load nothing while the files can't be reached; nothing that is shown is lost, nothing is called broken."""
        with self._wake:
            self._paused = on
            self._wake.notify_all()

    def facts(self) -> dict[str, Facts | None]:
        """What the files were like when they were loaded, or found broken; to see later whether they still are."""
        return dict(self._facts)

    def forget(self, files: Sequence[str]) -> None:
        """Load these anew when they are next asked for."""
        for file in files:
            self._broken.discard(file)
            self._facts.pop(file, None)
            for edge in _EDGES:
                self._drop((file, edge))

    def rename(self, new_names: Mapping[str, str]) -> None:
        """Files have other names, and the same contents."""
        for old, new in new_names.items():
            if old in self._broken:
                self._broken.discard(old)
                self._broken.add(new)
            if old in self._facts:
                self._facts[new] = self._facts.pop(old)
            for edge in _EDGES:
                if picture := self._pictures.pop((old, edge), None):
                    self._pictures[new, edge] = picture

    def forget_all(self) -> None:
        self._pictures.clear()
        self._bytes = 0
        self._broken.clear()
        self._facts.clear()

    # ---- asking

    def request(self, files: Sequence[str], size: int, ratio: float) -> None:
        """Want these, most urgent first, for tiles of `size` logical pixels; what was wanted before no longer is."""
        edge = next((edge for edge in _EDGES if edge >= size * ratio), _EDGES[-1])
        with self._wake:
            self._edge = edge
            self._wanted = [file for file in files if (file, edge) not in self._pictures and file not in self._broken]
            self._wake.notify_all()

    def picture(self, file: str) -> QPixmap | None:
        """The thumbnail in the size last asked for, or in another until that is there; None if it has none yet."""
        for edge in (self._edge, *reversed(_EDGES)):
            if picture := self._pictures.get((file, edge)):
                self._pictures.move_to_end((file, edge))
                return picture
        return None

    # ---- threads

    def _run(self, load: Load, look: Look | None, generation: int) -> None:
        while (task := self._next(generation)) is not None:
            file, edge = task
            facts = look(file) if look else None  # before it is read: what changes meanwhile is seen later
            answer: QImage | str
            try:
                answer = decoded(load(file, edge))
            except ImageError as error:
                answer = error.what
            except DiscernError as error:
                _log.warning("Thumbnail of %s: %s", file, error)
                answer = error.what
            with self._wake:
                self._busy.discard(file)
                if generation != self._generation:
                    return
                self._done.emit(file, edge, generation, answer, facts)

    def _next(self, generation: int) -> tuple[str, int] | None:
        with self._wake:
            while generation == self._generation:
                for place, file in enumerate(() if self._paused else self._wanted):
                    if file not in self._busy:
                        del self._wanted[place]
                        self._busy.add(file)
                        return file, self._edge
                self._wake.wait()
        return None

    def _take(self, file: str, edge: int, generation: int, answer: QImage | str, facts: Facts | None) -> None:
        if generation != self._generation or (self._paused and isinstance(answer, str)):
            return
        if self._look is not None:
            self._facts[file] = facts
        if isinstance(answer, str):
            self._broken.add(file)
            self.failed.emit(file, answer)
            return
        self._drop((file, edge))
        picture = QPixmap.fromImage(answer)
        self._pictures[file, edge] = picture
        self._bytes += _weight(picture)
        while self._bytes > _BUDGET and len(self._pictures) > 1:
            oldest, edge = next(iter(self._pictures))
            self._drop((oldest, edge))
            if not any((oldest, other) in self._pictures for other in _EDGES):
                self._facts.pop(oldest, None)
        self.loaded.emit(file)

    def _drop(self, key: tuple[str, int]) -> None:
        if picture := self._pictures.pop(key, None):
            self._bytes -= _weight(picture)


def _weight(picture: QPixmap) -> int:
    return picture.width() * picture.height() * 4


def project_loader(project: Project) -> Load:
    """Thumbnails of a project's pictures, through its index."""

    def load(file: str, edge: int) -> bytes:
        from desktop_app.project.thumbnails import thumbnail

        return thumbnail(project, file, edge)

    return load


def project_look(project: Project) -> Look:
    def look(file: str) -> Facts | None:
        try:
            found = os.lstat(project.root / file)
        except OSError:
            return None
        return found.st_size, found.st_mtime_ns, found.st_ino

    return look


def changed_files(facts: Mapping[str, Facts | None], look: Look) -> list[str]:
    """The files that are there and are not what they were."""
    return [file for file, before in facts.items() if (now := look(file)) is not None and now != before]
