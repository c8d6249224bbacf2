"""Where the activations of many pictures are kept while fine-tuning runs: in memory, and beyond a bound on the disk.

On the disk they are one temporary file in the cache folder, written from start to end, and read in any order. The
operating system removes it when it is closed or its process dies, however that comes. What a power cut on Windows may
leave over goes when the next training needs room.
"""

from __future__ import annotations

import contextlib
import errno
import shutil
import tempfile
import threading
from pathlib import Path
from typing import IO, Protocol

import numpy as np
from numpy.typing import NDArray

from desktop_app import settings, storage
from desktop_app.errors import StorageError

DISK_SHARE = 0.5  # of what is free there: others need some, too
PREFIX = "activations-"

Halves = NDArray[np.float16]


class Activations(Protocol):
    """Of one picture: the first is its own, the others are those of its varied views."""

    def __len__(self) -> int: ...

    def __getitem__(self, view: int, /) -> Halves:
        """(channels, height, width)"""


class Store:
    """Keeps activations: the first in memory, up to a bound, the others on the disk. May be read by many threads."""

    def __init__(self, memory: int) -> None:
        """`memory`: bytes of it that may be used."""
        self.memory = memory
        self.in_memory, self.on_disk = 0, 0  # bytes
        self._file: IO[bytes] | None = None
        self._lock = threading.Lock()

    def keep(self, activations: Halves) -> Activations:
        """Keep those of one picture, (1 + views, channels, height, width).

        Raises:
            StorageError: the disk refused.
        """
        if self.in_memory + activations.nbytes <= self.memory:
            self.in_memory += activations.nbytes
            return activations
        kept = _OnDisk(self, self.on_disk, activations.shape)
        try:
            with self._lock:
                self._file = self._file or _temporary_file()
                self._file.seek(self.on_disk)
                self._file.write(np.ascontiguousarray(activations).data)
                self._file.flush()
        except OSError as error:
            raise storage.storage_error(error, folder()) from error
        self.on_disk += activations.nbytes
        return kept

    def read(self, start: int, result: Halves) -> None:
        """Fill an array with what was kept on the disk.

        Raises:
            StorageError: the disk refused.
        """
        try:
            with self._lock:
                assert self._file
                self._file.seek(start)
                if self._file.readinto(result.data) != result.nbytes:  # type: ignore[attr-defined]
                    raise OSError(errno.EIO, "It is shorter than it was")  # noqa: TRY301
        except OSError as error:
            raise StorageError(
                "What was kept on the disk while fine-tuning can't be read.",
                why="The computer says: {detail}.",
                hint="Check the disk, then train again.",
                detail=error.strerror or error,
            ) from error

    def close(self) -> None:
        """What is on the disk is gone."""
        if self._file:
            with contextlib.suppress(OSError):  # a full disk may refuse what nobody needs any more
                self._file.close()


class _OnDisk:
    def __init__(self, store: Store, start: int, shape: tuple[int, ...]) -> None:
        self._store, self._start, self._shape = store, start, shape

    def __len__(self) -> int:
        return self._shape[0]

    def __getitem__(self, view: int, /) -> Halves:
        result = np.empty(self._shape[1:], np.float16)
        self._store.read(self._start + view * result.nbytes, result)
        return result


class Elsewhere:
    """Those that another process holds."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, view: int, /) -> Halves:
        raise LookupError("another process holds them")


def free_disk() -> int:
    """Bytes that activations may take there."""
    try:
        _sweep()
        return int(DISK_SHARE * shutil.disk_usage(folder()).free)
    except (OSError, StorageError):
        return 0


def folder() -> Path:
    """Raises StorageError where it can't be made."""
    return settings.cache_folder()


def _temporary_file() -> IO[bytes]:
    file: IO[bytes] = tempfile.TemporaryFile(prefix=PREFIX, dir=folder())  # noqa: SIM115  open while fine-tuning runs
    return file


def _sweep() -> None:
    for path in folder().glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # in use by another training
            path.unlink()
