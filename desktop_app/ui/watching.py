"""Notices what other programs do in the project's folders.

The system tells when a folder changes; where it does not (network shares, more folders than may be watched), a look at
the folders' times now and then finds it. What has changed is found out by whoever is told here.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Collection, Iterable

from PySide6.QtCore import QFileSystemWatcher, QObject, Qt, QThread, QTimer, Signal, Slot

LIMIT = 1000  # folders that are watched; the others are looked at from time to time
LOOK_MS = 30_000
LOOK_FOR_ABSENT_MS = 3_000
_COLLECT_MS = 500  # a program that copies thousands of pictures changes a folder thousands of times
_STOP_MS = 2000


class FolderWatch(QObject):
    """Watches the folders of one project at a time, in its own thread: a share that hangs must not hang the window.

    Signals:
        changed(folders: list[str]): absolute paths in which something may have changed; an empty list: anywhere.
    """

    changed = Signal(object)
    _watch_wanted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: QThread | None = None
        self._watcher: _Watcher | None = None
        self._look = QTimer(self, interval=LOOK_MS)
        self._look.timeout.connect(lambda: self.changed.emit([]))

    def start(self) -> None:
        """Begin to look from time to time, and to watch what `watch` names."""
        self.stop()
        self._thread = QThread()
        self._watcher = _Watcher()
        self._watcher.moveToThread(self._thread)
        self._watch_wanted.connect(self._watcher.watch, Qt.ConnectionType.QueuedConnection)
        self._watcher.changed.connect(self.changed, Qt.ConnectionType.QueuedConnection)
        self._thread.finished.connect(self._watcher.deleteLater)
        self._thread.start()
        self._look.start(LOOK_MS)
        atexit.register(self.stop)  # a QThread that is destroyed while it runs aborts the program

    def watch(self, folders: Iterable[str]) -> None:
        """Watch these folders, the outermost ones if they are too many, and no others."""
        if self._watcher is not None:
            self._watch_wanted.emit(sorted(folders, key=lambda folder: (folder.count(os.sep), folder))[:LIMIT])

    def expect_return(self, absent: bool) -> None:
        """Look more often while the project's folder is gone."""
        if self._thread is not None:
            self._look.start(LOOK_FOR_ABSENT_MS if absent else LOOK_MS)

    def stop(self) -> None:
        self._look.stop()
        if self._thread is None or self._watcher is None:
            return
        atexit.unregister(self.stop)
        self._watch_wanted.disconnect(self._watcher.watch)
        self._watcher.changed.disconnect(self.changed)
        self._thread.quit()
        if not self._thread.wait(_STOP_MS):
            # In a system call, and must not be destroyed.
            _hanging.append((self._thread, self._watcher))
        self._thread = self._watcher = None


_hanging: list[tuple[QThread, QObject]] = []


class _Watcher(QObject):
    """Lives in the thread of `FolderWatch`; its children do, too."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._files = QFileSystemWatcher(self)
        self._files.directoryChanged.connect(self._note)
        self._collect = QTimer(self, singleShot=True, interval=_COLLECT_MS)
        self._collect.timeout.connect(self._tell)
        self._found: set[str] = set()

    @Slot(object)
    def watch(self, folders: Collection[str]) -> None:
        watched, wanted = set(self._files.directories()), set(folders)
        if gone := watched - wanted:
            self._files.removePaths(list(gone))
        if new := wanted - watched:
            self._files.addPaths(list(new))
            self._collect.start()  # what happened between the look that found them and now was not seen

    @Slot(str)
    def _note(self, folder: str) -> None:
        self._found.add(folder)
        if not self._collect.isActive():
            self._collect.start()

    @Slot()
    def _tell(self) -> None:
        found, self._found = sorted(self._found), set()
        self.changed.emit(found)
