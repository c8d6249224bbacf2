"""Durable files: every write that must survive a crash goes through here.

Three shapes cover all of Discern's state: a small document replaced as a whole (`write_atomic`), a log that only grows
(`append_record`), and a copy published under a new name without ever overwriting (`copy_new`). All mutating system
calls pass through `disk`, so that tests can make any of them fail, or die before it.

A user's picture is never unlinked, truncated or overwritten here; only our own temporary files are.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import stat
import sys
import uuid
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from desktop_app.errors import StorageError

TEMP_PREFIX = ".discern-"
TEMP_SUFFIX = ".tmp"

Document = dict[str, Any]
Migration = Callable[[Document], Document]


class Disk:
    """The only door for calls that change the disk; tests substitute it."""

    def open(self, path: Path, flags: int) -> int:
        return os.open(path, flags | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0), 0o666)

    def write(self, fd: int, data: memoryview | bytes) -> int:
        return os.write(fd, data)

    def fsync(self, fd: int) -> None:
        if sys.platform == "darwin":
            import fcntl

            # A plain fsync stops at the drive's cache on macOS.
            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
        else:
            os.fsync(fd)

    def mkdir(self, path: Path) -> None:
        path.mkdir()

    def replace(self, source: Path, target: Path) -> None:
        source.replace(target)

    def unlink(self, path: Path) -> None:
        path.unlink()

    def rename_new(self, source: Path, target: Path) -> None:
        """Rename atomically; FileExistsError, and nothing changed, if `target` exists."""
        if sys.platform == "win32":
            source.rename(target)  # os.rename never overwrites on Windows
            return
        code = _rename_exclusive(os.fsencode(source), os.fsencode(target))
        if code in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            # The file system has no such primitive: a hard link fails if the target exists, too.
            os.link(source, target, follow_symlinks=False)
            self.unlink(source)
        elif code:
            raise OSError(code, os.strerror(code), str(source), None, str(target))


disk = Disk()


def _rename_exclusive(source: bytes, target: bytes) -> int:
    """renameat2(RENAME_NOREPLACE) on Linux, renamex_np(RENAME_EXCL) on macOS; returns errno, 0 for success."""
    libc = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "darwin":
        failed = libc.renamex_np(source, target, 0x4)
    else:
        at_fdcwd, no_replace = -100, 1
        if not hasattr(libc, "renameat2"):
            return errno.ENOSYS
        failed = libc.renameat2(at_fdcwd, source, at_fdcwd, target, no_replace)
    return ctypes.get_errno() if failed else 0


# ---- folders


def make_folders(path: Path) -> None:
    """Create `path` and its parents durably."""
    if path.is_dir():
        return
    make_folders(path.parent)
    with contextlib.suppress(FileExistsError):
        disk.mkdir(path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make names created in or moved into `path` durable. Windows cannot, and does not need to for replaced files."""
    if sys.platform == "win32":
        return
    fd = disk.open(path, os.O_RDONLY)
    try:
        disk.fsync(fd)
    except OSError as error:
        # Some network and FUSE file systems can't sync a folder; their rename is as durable as they can make it.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(fd)


def sweep_temps(folder: Path) -> None:
    """Remove what a killed process left behind; only files with our own name pattern."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            ours = entry.name.startswith(TEMP_PREFIX) and entry.name.endswith(TEMP_SUFFIX)
            if ours and entry.is_file(follow_symlinks=False):
                disk.unlink(Path(entry.path))


# ---- documents


def write_atomic(path: Path, data: bytes) -> None:
    """Replace `path` by `data` as a whole: after a crash it holds the old bytes or the new ones.

    Raises:
        StorageError: the disk refused; `path` is as before.
    """
    temp = path.with_name(f"{TEMP_PREFIX}{uuid.uuid4().hex[:12]}{TEMP_SUFFIX}")
    try:
        make_folders(path.parent)
        try:
            _write_synced(temp, data)
            disk.replace(temp, path)
        except BaseException:
            with contextlib.suppress(OSError):
                disk.unlink(temp)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise storage_error(error, path) from error


def _write_synced(path: Path, data: bytes) -> None:
    fd = disk.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        _write_all(fd, data)
        disk.fsync(fd)
    finally:
        os.close(fd)


def _write_all(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[disk.write(fd, rest) :]


def write_json(path: Path, document: Document) -> None:
    """Write a document atomically. It names its format: `document["format"]` is a whole number from 1."""
    assert isinstance(document["format"], int)
    write_atomic(path, json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n")


def read_json(path: Path, migrations: Sequence[Migration] = ()) -> Document:
    """Read a document and bring it to the newest format, `len(migrations) + 1`.

    Raises:
        FileNotFoundError: there is none.
        StorageError: it is damaged, or written by a newer Discern.
    """
    newest = len(migrations) + 1
    try:
        document = json.loads(path.read_bytes())
        version = document["format"]
        known = isinstance(version, int) and version >= 1
    except FileNotFoundError:
        raise
    except OSError as error:
        raise storage_error(error, path) from error
    except (ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise StorageError(
            "“{file}” is damaged.", why="It is not a Discern document.", hint="Restore it from a backup.", file=path
        )
    if version > newest:
        raise StorageError(
            "“{file}” was written by a newer Discern.",
            why="Its format is {version}; this version reads up to {newest}.",
            hint="Install the newer version on this computer. Nothing was changed.",
            file=path,
            version=version,
            newest=newest,
        )
    for migrate in migrations[version - 1 :]:
        document = migrate(document)
    return dict(document)


# ---- logs


def append_record(path: Path, record: Document, *, durable: bool = True) -> None:
    """Append one record. A torn record is never read back, and can't swallow the next one.

    Not `durable`, it survives the process's death but may not survive a power cut, and costs no wait for the disk.

    Raises:
        StorageError: the disk refused; the record may or may not be there.
    """
    body = json.dumps(record, ensure_ascii=True, separators=(",", ":")).encode()
    try:
        created = not path.exists()
        make_folders(path.parent)
        fd = disk.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            _write_all(fd, b"\n%08x %s\n" % (zlib.crc32(body), body))
            if durable:
                disk.fsync(fd)
        finally:
            os.close(fd)
        if created and durable:
            sync_folder(path.parent)
    except OSError as error:
        raise storage_error(error, path) from error


def read_records(path: Path) -> Iterator[Document]:
    """Every whole record of a log, oldest first; torn and damaged lines are passed over."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return
    for line in data.split(b"\n"):
        checksum, _, body = line.partition(b" ")
        try:
            if int(checksum, 16) == zlib.crc32(body):
                yield json.loads(body)
        except ValueError:
            continue


# ---- copies


def copy_new(source: Path, target: Path) -> None:
    """Copy a file to a new name; an existing `target` is never touched, and a half copy never visible under it.

    Raises:
        FileExistsError: `target` exists.
        OSError: the disk refused; nothing is left behind under `target`.
    """
    temp = target.with_name(f"{TEMP_PREFIX}{uuid.uuid4().hex[:12]}{TEMP_SUFFIX}")
    try:
        with open(source, "rb") as reader:
            fd = disk.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            try:
                while chunk := reader.read(1 << 20):
                    _write_all(fd, chunk)
                disk.fsync(fd)
            finally:
                os.close(fd)
        times = source.stat()
        os.utime(temp, ns=(times.st_atime_ns, times.st_mtime_ns))
        disk.rename_new(temp, target)
    except BaseException:
        with contextlib.suppress(OSError):
            disk.unlink(temp)
        raise
    sync_folder(target.parent)


def free_name(path: Path) -> Path:
    """`path`, or the first of "name (2).ext", "name (3).ext", … that does not exist."""
    candidate, number = path, 2
    while os.path.lexists(candidate):
        candidate = path.with_name(f"{path.stem} ({number}){path.suffix}")
        number += 1
    return candidate


def is_regular_file(path: Path) -> bool:
    """False for folders, links, pipes and devices, and for what is not there."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


# ---- who owns a folder


class Lock:
    """An OS lock on a file, released by the process's death. Holds the owner's name as text for the others."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def acquire(self, owner: str) -> bool:
        """Take the lock; False if another process holds it. OSError if the file can't be opened or locked."""
        fd = disk.open(self.path, os.O_RDWR | os.O_CREAT)
        file = open(fd, "r+", encoding="utf-8")  # noqa: SIM115  held open while the lock is held
        try:
            _lock_file(file)
        except (BlockingIOError, PermissionError):
            file.close()
            return False
        except BaseException:
            file.close()
            raise
        self._file = file
        # Who holds it is only told to others; on a full disk the lock holds without it.
        with contextlib.suppress(OSError):
            os.ftruncate(fd, 0)
            os.write(fd, owner.encode(errors="replace"))
        return True

    def owner(self) -> str:
        """Who holds it, in their own words; empty if unknown."""
        try:
            with open(self.path, encoding="utf-8", errors="replace") as file:
                return file.read(200).strip()
        except OSError:
            return ""

    def release(self) -> None:
        if self._file:
            self._file.close()
            self._file = None


def _lock_file(file: IO[str]) -> None:
    """Lock without waiting; OSError if it is taken."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(1 << 20)  # a byte far behind the text, so that others can read who holds it
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


# ---- the disk's problems in words


def storage_error(error: OSError, path: Path) -> StorageError:
    """Say what the disk refused, why, and what to do."""
    why, hint = _REASONS.get(error.errno or 0, ("The computer says: {detail}.", "Check the disk, then try again."))
    return StorageError("“{file}” could not be written.", why=why, hint=hint, file=path, detail=error.strerror or error)


_REASONS = {
    errno.ENOSPC: ("The disk is full. Nothing was lost.", "Free some space, then try again."),
    errno.EDQUOT: ("Your share of the disk is used up. Nothing was lost.", "Free some space, then try again."),
    errno.EFBIG: ("The file would be too large for this disk. Nothing was lost.", "Use another disk."),
    errno.EROFS: ("The disk is read-only.", "Choose a folder that can be written to."),
    errno.EACCES: ("Writing there is not allowed.", "Choose a folder that can be written to."),
    errno.EPERM: ("Writing there is not allowed.", "Choose a folder that can be written to."),
    errno.EIO: ("The disk reports a fault. Nothing was changed.", "Check the disk and its cable, then try again."),
    errno.ESTALE: ("The shared folder is gone. Nothing was changed.", "Reconnect it, then try again."),
    errno.ETIMEDOUT: ("The shared folder does not answer. Nothing was changed.", "Reconnect it, then try again."),
}
