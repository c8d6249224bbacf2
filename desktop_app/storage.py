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
import hashlib
import json
import os
import stat
import sys
import uuid
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
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

    def rmdir(self, path: Path) -> None:
        path.rmdir()

    def link(self, source: Path, target: Path) -> None:
        os.link(source, target, follow_symlinks=False)

    def set_times(self, path: Path, accessed_ns: int, modified_ns: int) -> None:
        os.utime(path, ns=(accessed_ns, modified_ns))

    def set_read_only(self, path: Path) -> None:
        path.chmod(0o444)

    def rename_new(self, source: Path, target: Path) -> None:
        """Rename atomically; FileExistsError, and nothing changed, if `target` exists."""
        if sys.platform == "win32":
            source.rename(target)  # os.rename never overwrites on Windows
            return
        code = _rename_exclusive(os.fsencode(source), os.fsencode(target))
        if code in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            self._rename_new_otherwise(source, target)
        elif code:
            raise OSError(code, os.strerror(code), str(source), None, str(target))

    def _rename_new_otherwise(self, source: Path, target: Path) -> None:
        """Where the file system has no exclusive rename: network shares, some FUSE file systems.

        A file is linked to its new name, which fails if that exists, and then loses the old one; a crash in between
        leaves it under both. A folder can be renamed right away: the system refuses to replace a folder that holds
        anything. A file system without links leaves a moment between looking and renaming.
        """
        if not stat.S_ISDIR(os.lstat(source).st_mode):
            try:
                self.link(source, target)
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
            else:
                self._drop_old_name(source, target)
                return
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(source), None, str(target))
        source.rename(target)

    def _drop_old_name(self, old: Path, new: Path) -> None:
        """Of the two names of a file keep the new one; if that fails, the old one."""
        try:
            sync_folder(new.parent)  # or a power cut could keep the loss of the old name alone
            self.unlink(old)
        except OSError:
            with contextlib.suppress(OSError):
                if os.path.samestat(os.lstat(old), os.lstat(new)):
                    self.unlink(new)
            raise


disk = Disk()

_NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _rename_exclusive(source: bytes, target: bytes) -> int:
    """renameat2(RENAME_NOREPLACE) on Linux, renamex_np(RENAME_EXCL) on macOS; returns errno, 0 for success."""
    libc = _libc()
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


def temp_name() -> str:
    """A new name for what is written before it gets its own."""
    return f"{TEMP_PREFIX}{uuid.uuid4().hex[:12]}{TEMP_SUFFIX}"


def is_temp(name: str) -> bool:
    """Whether a file or folder of that name is our own, left behind by a process that was killed."""
    return name.startswith(TEMP_PREFIX) and name.endswith(TEMP_SUFFIX)


def sweep_temps(folder: Path) -> None:
    """Remove what a killed process left behind; only files with our own name pattern."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if is_temp(entry.name) and entry.is_file(follow_symlinks=False):
                disk.unlink(Path(entry.path))


def remove_folder(folder: Path) -> None:
    """Delete a folder of our own; links in it are removed, never followed. OSError if the disk refuses."""
    for place, folders, files in os.walk(folder, topdown=False):
        for name in files:
            if sys.platform == "win32":
                Path(place, name).chmod(0o666)  # it deletes nothing that is read-only
            disk.unlink(Path(place, name))
        for name in folders:
            path = Path(place, name)
            if path.is_symlink():
                disk.unlink(path)
            else:
                disk.rmdir(path)
    disk.rmdir(folder)


# ---- documents


def write_atomic(path: Path, data: bytes) -> None:
    """Replace `path` by `data` as a whole: after a crash it holds the old bytes or the new ones.

    Raises:
        StorageError: the disk refused; `path` holds the old bytes or the new ones.
    """
    temp = path.with_name(temp_name())
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
    except (ValueError, KeyError, TypeError, RecursionError):  # the last for brackets without end
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
    line = record_line(record)
    try:
        created = not path.exists()
        make_folders(path.parent)
        fd = disk.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            _write_all(fd, line)
            if durable:
                disk.fsync(fd)
        finally:
            os.close(fd)
        if created and durable:
            sync_folder(path.parent)
    except OSError as error:
        raise storage_error(error, path) from error


def record_line(record: Document) -> bytes:
    """A record as it stands in a log. It begins with a newline, so that a torn record before it stays apart."""
    return _line(json.dumps(record, ensure_ascii=True, separators=(",", ":")).encode())


def _line(body: bytes) -> bytes:
    return b"\n%08x %s\n" % (zlib.crc32(body), body)


def read_records(path: Path, *, newest_bytes: int | None = None) -> Iterator[Document]:
    """Every whole record of a log, oldest first; torn and damaged lines are passed over.

    `newest_bytes` reads no more than the end of a log.
    """
    for body in read_bodies(path, newest_bytes=newest_bytes):
        try:
            yield json.loads(body)
        except (ValueError, RecursionError):  # the latter for brackets without end
            continue


def shorten_log(
    path: Path, begins: Callable[[bytes], bool], *, keep_bytes: int, keep_records: int, newest_bytes: int | None = None
) -> None:
    """Drop the oldest records of a log, atomically; damaged lines go with them.

    What remains starts with a record for which `begins` (given its JSON) is true, and is no longer than told, in bytes
    and in number of such records; the newest of these stays in any case. `newest_bytes` as in `read_records`.

    Raises:
        OSError, StorageError: the disk refused; the log is as before.
    """
    bodies = list(read_bodies(path, newest_bytes=newest_bytes))
    first, size, count = len(bodies), 0, 0
    for position in reversed(range(len(bodies))):
        size += len(bodies[position])
        if begins(bodies[position]):
            count += 1
            if count > keep_records or (size > keep_bytes and count > 1):
                break
            first = position
    write_atomic(path, b"".join(map(_line, bodies[first:])))


def read_bodies(path: Path, *, newest_bytes: int | None = None) -> Iterator[bytes]:
    """As `read_records`, but each as the JSON that it is written in."""
    try:
        with open(path, "rb") as log:
            if newest_bytes is not None:
                log.seek(max(0, os.fstat(log.fileno()).st_size - newest_bytes))
            for line in log:  # one at a time: a record may have a million rows
                start, end = line.find(b" ") + 1, len(line) - line.endswith(b"\n")
                checksum, body = line[:start], line[start:end]
                del line
                try:
                    if int(checksum, 16) == zlib.crc32(body):
                        yield body
                except ValueError:
                    continue
    except FileNotFoundError:
        return


# ---- new files


def write_new(path: Path, data: bytes) -> None:
    """Write a file under a new name; an existing one is never touched, and a half file never visible under it.

    Raises:
        FileExistsError: `path` exists.
        StorageError: the disk refused; `path` is whole, or not there.
    """
    try:
        make_folders(path.parent)
        _publish(path, lambda fd: _write_all(fd, data))
    except FileExistsError:
        raise
    except OSError as error:
        raise storage_error(error, path) from error


def copy_new(source: Path, target: Path, before_naming: Callable[[os.stat_result], None] | None = None) -> None:
    """Copy a file, with its times, to a new name; an existing `target` is never touched, a half copy never visible.

    `before_naming` is told what the complete copy is, right before that gets its name; where it raises, there is none.

    Raises:
        FileExistsError: `target` exists.
        OSError: the disk refused; `target` is a whole copy, or not there.
    """
    with open(source, "rb") as reader:
        times = os.fstat(reader.fileno())
        write_stream_new(
            target, lambda: reader.read(1 << 20), (times.st_atime_ns, times.st_mtime_ns), before_naming=before_naming
        )


def write_stream_new(
    target: Path,
    read: Callable[[], bytes],
    times_ns: tuple[int, int] | None = None,
    before_naming: Callable[[os.stat_result], None] | None = None,
    *,
    sync: bool = True,
) -> None:
    """Write what `read` gives, until that is nothing, to a new name; else as `copy_new`. What `read` raises passes.

    Without `sync` the file is whole after a power cut, or not there; whoever writes many syncs the folder at the end.
    """

    def copy(fd: int) -> None:
        while chunk := read():
            _write_all(fd, chunk)

    _publish(target, copy, times_ns, before_naming, sync=sync)


def _publish(
    path: Path,
    write: Callable[[int], None],
    times_ns: tuple[int, int] | None = None,
    before_naming: Callable[[os.stat_result], None] | None = None,
    *,
    sync: bool = True,
) -> None:
    """Write a temporary file beside `path`, then give it its name."""
    temp = path.with_name(temp_name())
    try:
        fd = disk.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            write(fd)
            if times_ns:
                disk.set_times(temp, *times_ns)
            disk.fsync(fd)
        finally:
            os.close(fd)
        if before_naming:
            before_naming(temp.lstat())
        disk.rename_new(temp, path)
    except BaseException:
        with contextlib.suppress(OSError):
            disk.unlink(temp)
        raise
    if sync:
        sync_folder(path.parent)


@contextlib.contextmanager
def writing(path: Path, *, append: bool = False) -> Iterator[Callable[[bytes], None]]:
    """Write a working file of our own piece by piece, from its beginning or on from its end; durable at the end.

    Raises:
        OSError: the disk refused; what was written before stays.
    """
    fd = disk.open(path, os.O_WRONLY | os.O_CREAT | (os.O_APPEND if append else os.O_TRUNC))
    try:
        yield lambda data: _write_all(fd, data)
        disk.fsync(fd)
    finally:
        os.close(fd)


def copy_verified(source: Path, target: Path) -> str:
    """Copy a file and its time to the new file `target`, durably, and read the copy back. Returns its SHA-256.

    Raises:
        OSError: `target` exists, the disk refused, or the copy differs; `target` is then to be removed by the caller.
    """
    digest = hashlib.sha256()
    with open(source, "rb") as reader:
        fd = disk.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            while chunk := reader.read(1 << 20):
                digest.update(chunk)
                _write_all(fd, chunk)
            times = os.fstat(reader.fileno())
            disk.set_times(target, times.st_atime_ns, times.st_mtime_ns)
            disk.fsync(fd)
        finally:
            os.close(fd)
    if sha256(target, from_disk=True) != digest.hexdigest():
        raise OSError(errno.EIO, "The copy differs from the file", str(target))
    return digest.hexdigest()


def sha256(path: Path, *, from_disk: bool = False) -> str:
    """The SHA-256 of a file's content; `from_disk`: not of what memory still holds of it, where that can be chosen."""
    with open(path, "rb") as file:
        if from_disk and hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return hashlib.file_digest(file, "sha256").hexdigest()


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

    def is_held(self) -> bool:
        """Whether somebody holds it, us included; True, too, where that can't be found out."""
        try:
            with open(self.path, encoding="utf-8") as file:
                _lock_file(file)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

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
    errno.ENOTDIR: ("A part of that path is a file, not a folder.", "Choose another place."),
    errno.EISDIR: ("It is a folder.", "Choose another name."),
    errno.ENAMETOOLONG: ("The name is too long for this disk.", "Choose a shorter name."),
    errno.EIO: ("The disk reports a fault. Nothing was changed.", "Check the disk and its cable, then try again."),
    errno.ESTALE: ("The shared folder is gone. Nothing was changed.", "Reconnect it, then try again."),
    errno.ETIMEDOUT: ("The shared folder does not answer. Nothing was changed.", "Reconnect it, then try again."),
}
