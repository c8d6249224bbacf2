"""Disks on which a fault can be placed at every call that changes something, and one that remembers every effect."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from desktop_app import storage

Fault = Callable[[int, str, tuple], None]  # number of the call from 1, its name, its arguments


def memory_folder() -> Path:
    """A new folder in memory, where syncing costs nothing."""
    return Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))


@contextlib.contextmanager
def substituted(disk: storage.Disk) -> Iterator[storage.Disk]:
    original, storage.disk = storage.disk, disk
    try:
        yield disk
    finally:
        storage.disk = original


class FaultDisk(storage.Disk):
    """Calls `fault` before each call; `calls` counts them.

    `flavour` says what kind of disk it is: "plain"; "links": no exclusive rename, but hard links; "bare": neither;
    "volumes": the folder `usb` lies on another volume; "volumes links": both.
    """

    def __init__(self, root: Path, flavour: str = "plain", fault: Fault | None = None) -> None:
        self.root = root
        self.flavour = flavour
        self.fault = fault
        self.calls = 0

    def _call(self, name: str, *args: object) -> None:
        self.calls += 1
        if self.fault:
            self.fault(self.calls, name, args)

    def open(self, path, flags):
        self._call("open", path, flags)
        return super().open(path, flags)

    def write(self, fd, data):
        self._call("write", fd, data)
        return super().write(fd, data)

    def fsync(self, fd):
        self._call("fsync", fd)
        super().fsync(fd)

    def mkdir(self, path):
        self._call("mkdir", path)
        super().mkdir(path)

    def replace(self, source, target):
        self._call("replace", source, target)
        super().replace(source, target)

    def unlink(self, path):
        self._call("unlink", path)
        self._check_no_picture(path)
        super().unlink(path)

    def _check_no_picture(self, path: Path) -> None:
        """Only temporary files, second names, Discern's state and what lies in the trash may ever be deleted."""
        parts = path.relative_to(self.root).parts
        is_state = parts[0] == ".discern" or ".discern-trash" in parts
        is_ours = path.name.startswith(storage.TEMP_PREFIX) and path.name.endswith(storage.TEMP_SUFFIX)
        if not is_state and not is_ours and os.path.lexists(path) and os.lstat(path).st_nlink == 1:
            raise AssertionError(f"deletes {path}")

    def rmdir(self, path):
        self._call("rmdir", path)
        super().rmdir(path)

    def set_times(self, path, accessed_ns, modified_ns):
        self._call("set_times", path, accessed_ns, modified_ns)
        super().set_times(path, accessed_ns, modified_ns)

    def set_read_only(self, path):
        self._call("set_read_only", path)
        super().set_read_only(path)

    def link(self, source, target):
        self._call("link", source, target)
        if self.flavour == "bare":
            raise OSError(errno.EPERM, "no hard links here")
        super().link(source, target)

    def rename_new(self, source, target):
        self._call("rename_new", source, target)
        self._rename_new(source, target)

    def _rename_new(self, source, target):
        if "volumes" in self.flavour and self._is_away(source) != self._is_away(target):
            raise OSError(errno.EXDEV, "another volume")
        if "links" in self.flavour or self.flavour == "bare":
            self._rename_new_otherwise(source, target)
        else:
            storage.Disk.rename_new(self, source, target)

    def _is_away(self, path: Path) -> bool:
        return path.relative_to(self.root).parts[0] == "usb"


class RecordingDisk(FaultDisk):
    """Remembers what every call did, so that the disk can be built again with some of it missing."""

    def __init__(self, root: Path, flavour: str = "plain") -> None:
        super().__init__(root, flavour)
        self.effects: list[tuple] = []
        self._paths: dict[int, Path] = {}

    def open(self, path, flags):
        is_new = not os.path.lexists(path)
        fd = super().open(path, flags)
        self._paths[fd] = path
        if is_new:
            self.effects.append(("create", path))
        return fd

    def write(self, fd, data):
        written = super().write(fd, data)
        self.effects.append(("data", self._paths[fd], bytes(data[:written])))
        return written

    def fsync(self, fd):
        super().fsync(fd)
        self.effects.append(("sync", self._paths[fd]))

    def mkdir(self, path):
        super().mkdir(path)
        self.effects.append(("mkdir", path))

    def replace(self, source, target):
        super().replace(source, target)
        self.effects.append(("replace", source, target))

    def unlink(self, path):
        super().unlink(path)
        self.effects.append(("unlink", path))

    def rmdir(self, path):
        super().rmdir(path)
        self.effects.append(("rmdir", path))

    def set_times(self, path, accessed_ns, modified_ns):
        super().set_times(path, accessed_ns, modified_ns)
        self.effects.append(("times", path, accessed_ns, modified_ns))

    def link(self, source, target):
        super().link(source, target)
        self.effects.append(("link", source, target))

    def rename_new(self, source, target):
        by_link = "links" in self.flavour and not source.is_dir()
        super().rename_new(source, target)
        if not by_link:
            self.effects.append(("rename", source, target))


def unsynced(effects: list[tuple]) -> list[int]:
    """Which effects a power cut after the last of them may undo.

    Weak on purpose: a file's sync keeps its data and times, a folder's sync its entries, a renaming lasts only when
    both folders are synced.
    """
    return [position for position in range(len(effects)) if not _is_durable(effects, position)]


def _is_durable(effects: list[tuple], position: int) -> bool:
    kind, *paths = effects[position]
    if kind in ("sync", "done"):
        return True
    if kind in ("data", "times"):
        wanted = {paths[0]}
    elif kind in ("rename", "replace"):
        wanted = {paths[0].parent, paths[1].parent}
    else:  # create, mkdir, unlink, rmdir, link: the entry that came or went
        wanted = {paths[-1].parent}
    for other, *places in effects[position + 1 :]:
        if other == "rename":
            wanted = {_renamed(path, *places) for path in wanted}
        elif other == "sync":
            wanted.discard(places[0])
        if not wanted:
            return True
    return False


def _renamed(path: Path, source: Path, target: Path) -> Path:
    return target / path.relative_to(source) if path.is_relative_to(source) else path


def apply(effect: tuple, *, torn: bool = False) -> None:
    """Do an effect again; one that builds on what did not survive does nothing."""
    kind, *args = effect
    with contextlib.suppress(OSError):
        if kind == "create":
            os.close(os.open(args[0], os.O_CREAT | os.O_WRONLY))
        elif kind == "data":
            data = args[1][: len(args[1]) // 2] if torn else args[1]
            fd = os.open(args[0], os.O_WRONLY | os.O_APPEND)
            os.write(fd, data)
            os.close(fd)
        elif kind == "mkdir":
            args[0].mkdir()
        elif kind == "replace":
            args[0].replace(args[1])
        elif kind == "unlink":
            args[0].unlink()
        elif kind == "rmdir":
            args[0].rmdir()
        elif kind == "times":
            os.utime(args[0], ns=(args[1], args[2]))
        elif kind == "link":
            os.link(args[0], args[1])
        elif kind == "rename":
            storage.Disk().rename_new(args[0], args[1])
