"""The project's cache: content hashes, measures, embeddings, predictions and thumbnails in one SQLite file.

It lies in the person's cache folder, never in the project, and may vanish at any time: a file that is damaged or of
another version is deleted and made anew. One connection, behind a lock, serves all threads; several processes may use
the file at once (WAL).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import sqlite3
import stat
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from desktop_app import settings, storage
from desktop_app.errors import ImageError
from desktop_app.project.measures import Measures
from desktop_app.project.unreadable import not_regular, refusal

VERSION = 3
STORE_SECONDS = 1.0  # the longest that a result waits before it is stored: how much work a kill may cost
HASH_DIGITS = 32  # hex digits of SHA-256 that name a content: 128 bits

_SCHEMA = """
CREATE TABLE files (
    file TEXT PRIMARY KEY, size INTEGER, mtime_ns INTEGER, inode INTEGER, hash TEXT, checksum INTEGER
) WITHOUT ROWID;
CREATE TABLE refused (file TEXT PRIMARY KEY, reason TEXT) WITHOUT ROWID;
CREATE TABLE alike (first TEXT, second TEXT, similarity REAL, checksum INTEGER);
CREATE TABLE checks (ended_ns INTEGER, subject TEXT);
CREATE TABLE measures (
    hash TEXT PRIMARY KEY, width INTEGER, height INTEGER, format TEXT, mode TEXT, brightness REAL, contrast REAL,
    sharpness REAL, clipped_dark REAL, clipped_bright REAL, phash INTEGER, problem TEXT, warmth REAL, greenness REAL,
    camera TEXT, taken INTEGER, checksum INTEGER
) WITHOUT ROWID;
CREATE TABLE predictions (
    run TEXT, hash TEXT, label INTEGER, probability REAL, checksum INTEGER, PRIMARY KEY (run, hash)
) WITHOUT ROWID;
CREATE TABLE embeddings (key TEXT, hash TEXT, vector BLOB, checksum INTEGER, UNIQUE (key, hash));
CREATE TABLE folders (folder TEXT PRIMARY KEY, data BLOB, checksum INTEGER);
CREATE TABLE thumbnails (key TEXT, edge INTEGER, data BLOB, UNIQUE (key, edge));
"""
# A file that changed this short a time ago may change again within the clock's tick, unseen (FAT counts in 2 s).
_FRESH_NS = 2_000_000_000
_BATCH = 256
_PAGE = 20_000  # rows that are read at a time, so that a thumbnail is not kept waiting behind a million of them
_CHUNK = 1 << 20
_LEAST_ROOM = 1 << 16  # bytes of the disk; SQLite grows its files in steps of 32 KiB

_HASH = np.dtype(f"S{HASH_DIGITS}")
_FILE_COLUMNS = [("size", np.int64), ("changed", np.int64), ("inode", np.uint64), ("hash", _HASH)]
_MEASURE_COLUMNS = [
    ("hash", _HASH),
    ("width", np.int32),
    ("height", np.int32),
    ("format", "S8"),
    ("mode", "S8"),
    ("brightness", np.float64),
    ("sharpness", np.float64),
    ("warmth", np.float64),
    ("greenness", np.float64),
    ("taken", np.int64),
    ("camera", "U60"),
]
_Facts: TypeAlias = tuple[int, int, int]  # size, mtime_ns, inode
_FileRow: TypeAlias = tuple[str, int, int, int, str, int]  # file, facts, hash, checksum
_Result = TypeVar("_Result")


@dataclass(frozen=True, eq=False)
class KnownFiles:
    """All files whose contents were ever recognised, in the order of their names; gone ones may be among them.

    `sizes` in bytes, `changed_ns` in nanoseconds, int64; `hashes` of dtype "S32". Read without checksums: good for
    showing and sorting, while whoever learns from a picture asks `content_hashes`.
    """

    files: list[str]
    sizes: NDArray[np.int64]
    changed_ns: NDArray[np.int64]
    hashes: NDArray[np.bytes_]


def project_cache(root: Path) -> Path:
    """The folder in which everything about the project at `root` that can be computed again is kept."""
    return settings.cache_folder() / "projects" / hashlib.sha256(os.fsencode(root)).hexdigest()[:HASH_DIGITS]


class Index:
    """The cache of the project at `root`."""

    def __init__(self, root: Path, path: Path | None = None) -> None:
        """`path`: the database; left out, it is in the project's cache folder."""
        self.root = root
        self.path = path or project_cache(root) / "index.sqlite"
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    def close(self) -> None:
        with self._lock:
            if self._connection:
                self._connection.close()
                self._connection = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- contents

    def content_hash(self, file: str) -> str:
        """The first 32 hex digits of a picture's SHA-256. `file` is relative to the project.

        Raises:
            ImageError: it is gone, empty, no regular file, or can't be read.
        """
        ((_, result),) = self.content_hashes([file])
        if isinstance(result, ImageError):
            raise result
        return result

    def is_other(self, path: Path, content: str) -> bool:
        """Whether a picture is no longer the one of that content: it was replaced, or is being written.

        To be asked after it was read, so that nothing is kept or learnt under the name of another content. One that is
        gone by then was read before.
        """
        try:
            return self.content_hash(path.relative_to(self.root).as_posix()) != content
        except ImageError as error:
            return not isinstance(error.__cause__, FileNotFoundError | NotADirectoryError)

    def still(self, path: Path, content: str, found: _Result | ImageError) -> _Result | ImageError:
        """What was found in a picture; why that can't be used, if `is_other`."""
        if not isinstance(found, ImageError) and self.is_other(path, content):
            return ImageError("replaced meanwhile", hint="Do it again: then the new picture is looked at.")
        return found

    def content_hashes(self, files: Sequence[str]) -> Iterator[tuple[str, str | ImageError]]:
        """(file, hash or what is wrong with it) for each file, in order. Only new and changed files are read."""
        fresh: list[_FileRow] = []
        try:
            for start in range(0, len(files), _BATCH):
                batch = files[start : start + _BATCH]
                known = self._known_hashes(batch)
                for file in batch:
                    try:
                        facts, content = self._hash(file, known.get(file))
                    except ImageError as error:
                        yield file, error
                        continue
                    if file not in known or known[file] != (facts, content):
                        age = time.time_ns() - facts[1]
                        if not -_FRESH_NS < age < _FRESH_NS:
                            fresh.append((file, *facts, content, _checksum(file, facts, content)))
                    yield file, content
                if len(fresh) >= _BATCH:
                    self._store_hashes(fresh)
                    fresh = []
        finally:
            self._store_hashes(fresh)

    def _hash(self, file: str, known: tuple[_Facts, str] | None) -> tuple[_Facts, str]:
        path = self.root / file
        try:
            status = os.lstat(path)
        except OSError as error:
            raise refusal(error) from error
        facts = (status.st_size, status.st_mtime_ns, status.st_ino)
        return known if known and known[0] == facts else (facts, hash_file(path))

    def _known_hashes(self, files: Sequence[str]) -> dict[str, tuple[_Facts, str]]:
        rows = self._select(
            "SELECT file, size, mtime_ns, inode, hash, checksum FROM json_each(?) CROSS JOIN files ON file = value",
            json.dumps(list(files)),
        )
        return {
            file: ((size, mtime_ns, inode), content)
            for file, size, mtime_ns, inode, content, checksum in rows
            if checksum == _checksum(file, (size, mtime_ns, inode), content)
        }

    def _store_hashes(self, rows: Sequence[_FileRow]) -> None:
        if rows:
            self._insert("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)", rows)

    def known_files(self) -> KnownFiles:
        """What the index knows about files, without touching them."""
        files: list[str] = []
        parts = [np.empty(0, _FILE_COLUMNS)]
        for names, facts in self.file_pages():
            files += names
            parts.append(facts)
        table = np.concatenate(parts)
        return KnownFiles(files, *(np.ascontiguousarray(table[name]) for name in ("size", "changed", "hash")))

    def file_pages(self) -> Iterator[tuple[list[str], NDArray[Any]]]:
        """What `known_files` tells, a part at a time: names, and a table with the fields size, changed, inode, hash."""
        after = ""
        sql = "SELECT file, size, mtime_ns, inode, CAST(hash AS BLOB) FROM files WHERE file > ? ORDER BY file LIMIT ?"
        while rows := self._select(sql, after, _PAGE):
            after = rows[-1][0]
            yield [row[0] for row in rows], np.array([row[1:] for row in rows], _FILE_COLUMNS)

    def shape_pages(self) -> Iterator[NDArray[Any]]:
        """The size in pixels of every content that was measured, in parts: tables with the fields hash, width, height.

        Like `known_files`, read without checksums.
        """
        sql = "SELECT CAST(hash AS BLOB), width, height FROM measures WHERE hash > ? ORDER BY hash LIMIT ?"
        return self._pages_by_hash(sql, [("hash", _HASH), ("width", np.int32), ("height", np.int32)])

    def measure_pages(self) -> Iterator[tuple[NDArray[Any], dict[str, str]]]:
        """What `measures` tells of every content, in parts and without checksums, and why contents can't be decoded.

        Tables with the fields `_MEASURE_COLUMNS`; problems by hash.
        """
        sql = (
            "SELECT problem, hash, CAST(hash AS BLOB), width, height, CAST(format AS BLOB), CAST(mode AS BLOB), "
            "brightness, sharpness, warmth, greenness, taken, camera FROM measures WHERE hash > ? ORDER BY hash LIMIT ?"
        )
        after = ""
        while rows := self._select(sql, after, _PAGE):
            after = rows[-1][1]
            table = np.array([row[2:] for row in rows], _MEASURE_COLUMNS)
            yield table, {content: problem for problem, content, *_ in rows if problem}

    def prediction_pages(self, run: str) -> Iterator[NDArray[Any]]:
        """What `predictions` tells, in parts and without checksums: tables of hash, predicted, confidence."""
        sql = (
            "SELECT CAST(hash AS BLOB), label, probability FROM predictions "
            "WHERE run = ? AND hash > ? ORDER BY hash LIMIT ?"
        )
        return self._pages_by_hash(sql, [("hash", _HASH), ("predicted", np.int32), ("confidence", np.float32)], run)

    def _pages_by_hash(self, sql: str, columns: list[tuple[str, Any]], *parameters: object) -> Iterator[NDArray[Any]]:
        after = ""
        while rows := self._select(sql, *parameters, after, _PAGE):
            page = np.array(rows, columns)
            after = page["hash"][-1].decode()
            yield page

    def refused(self) -> dict[str, str]:
        """Files whose contents could not be read when the project was last checked, and why."""
        return dict(self._select("SELECT file, reason FROM refused"))

    def store_refused(self, reasons: Mapping[str, str]) -> None:
        """Replace what `refused` returns."""

        def replace(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM refused")
            db.executemany("INSERT INTO refused VALUES (?, ?)", reasons.items())

        self._run(replace)

    def alike(self) -> list[tuple[str, str, float]]:
        """Pairs of contents that look alike, and how much (0–1), as the last check found them."""
        rows = self._select("SELECT first, second, similarity, checksum FROM alike")
        return [
            (first, second, alike) for first, second, alike, sum_ in rows if sum_ == _row_checksum(first, second, alike)
        ]

    def store_alike(self, pairs: Sequence[tuple[str, str, float]], ended_ns: int, subject: str) -> None:
        """Replace what `alike` returns: a check of the whole project ended now. `subject` names what it looked at."""

        def replace(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM alike")
            db.executemany("INSERT INTO alike VALUES (?, ?, ?, ?)", [(*pair, _row_checksum(*pair)) for pair in pairs])
            db.execute("DELETE FROM checks")
            db.execute("INSERT INTO checks VALUES (?, ?)", (ended_ns, subject))

        self._run(replace)

    def last_check(self) -> tuple[int, str]:
        """When the last check of the whole project ended, in nanoseconds since 1970 (0: never), and its subject."""
        rows = self._select("SELECT ended_ns, subject FROM checks")
        return rows[0] if rows else (0, "")

    def confirm_check(self, ended_ns: int) -> None:
        """A check ended now that had the same subject as the last one, and so the same pairs."""
        self._insert("UPDATE checks SET ended_ns = ?", [(ended_ns,)])

    # ---- measures and predictions

    def measures(self, hashes: Sequence[str]) -> dict[str, Measures]:
        """The stored measures among those asked for, by content hash."""
        found: dict[str, Measures] = {}
        for start in range(0, len(hashes), _PAGE):
            rows = self._select(
                "SELECT measures.* FROM json_each(?) CROSS JOIN measures ON hash = value",
                json.dumps(list(hashes[start : start + _PAGE])),
            )
            for content, *values, checksum in rows:
                if checksum == _row_checksum(content, *values):
                    found[content] = Measures(*values)
        return found

    def store_measures(self, rows: Mapping[str, Measures]) -> None:
        """Keep measures, by content hash."""
        values = [(content, *astuple(measures)) for content, measures in rows.items()]
        self._insert(
            "INSERT OR REPLACE INTO measures VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(*row, _row_checksum(*row)) for row in values],
        )

    def predictions(self, run: str) -> dict[str, tuple[int, float]]:
        """What a run says about pictures, by content hash: (index into the run's classes, probability in 0–1)."""
        found: dict[str, tuple[int, float]] = {}
        rows = self._page_of_predictions(run, "")
        while rows:
            for content, label, probability, checksum in rows:
                if checksum == _row_checksum(content, label, probability):
                    found[content] = (label, probability)
            rows = self._page_of_predictions(run, rows[-1][0])
        return found

    def _page_of_predictions(self, run: str, after: str) -> list[Any]:
        columns = "SELECT hash, label, probability, checksum FROM predictions"
        return self._select(f"{columns} WHERE run = ? AND hash > ? ORDER BY hash LIMIT ?", run, after, _PAGE)

    def store_predictions(self, run: str, rows: Mapping[str, tuple[int, float]]) -> None:
        """Keep what a run says, by content hash; see `predictions`."""
        plain = [(content, int(label), float(probability)) for content, (label, probability) in rows.items()]
        self._insert(
            "INSERT OR REPLACE INTO predictions VALUES (?, ?, ?, ?, ?)",
            [(run, *row, _row_checksum(*row)) for row in plain],
        )

    # ---- embeddings

    def embeddings(self, key: str, hashes: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The stored embeddings among those asked for, each read-only, of shape (D,).

        `key` names backbone, preprocessing and everything else that an embedding depends on.
        """
        found: dict[str, NDArray[np.float32]] = {}
        # In parts, so that a thumbnail is not kept waiting behind thousands of embeddings.
        for start in range(0, len(hashes), 1000):
            rows = self._select(
                "SELECT value, vector, checksum FROM json_each(?) CROSS JOIN embeddings e ON e.key=? AND hash=value",
                json.dumps(list(hashes[start : start + 1000])),
                key,
            )
            for content, vector, checksum in rows:
                if _vector_checksum(key, content, vector) == checksum:
                    found[content] = np.frombuffer(vector, np.float32)
        return found

    def embedded(self, key: str, hashes: Sequence[str]) -> set[str]:
        """Those of the contents whose embedding is stored; it is not read."""
        found: set[str] = set()
        for start in range(0, len(hashes), _PAGE):
            rows = self._select(
                "SELECT value FROM json_each(?) CROSS JOIN embeddings e ON e.key = ? AND hash = value",
                json.dumps(list(hashes[start : start + _PAGE])),
                key,
            )
            found.update(row[0] for row in rows)
        return found

    def embedding_keys(self) -> list[str]:
        """The keys under which embeddings are stored."""
        keys: list[str] = []
        sql = "SELECT key FROM embeddings WHERE key > ? ORDER BY key LIMIT 1"  # a jump to the next, not a walk
        while rows := self._select(sql, keys[-1] if keys else ""):
            keys.append(rows[0][0])
        return keys

    def store_embeddings(self, key: str, rows: Mapping[str, NDArray[np.float32]]) -> None:
        """Keep embeddings, by content hash; they are safe from a kill (not from a power cut) when this returns."""
        values = []
        for content, vector in rows.items():
            data = np.ascontiguousarray(vector, np.float32).tobytes()
            values.append((key, content, data, _vector_checksum(key, content, data)))
        self._insert("INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?, ?)", values)

    # ---- thumbnails

    def thumbnail(self, key: str, edge: int) -> bytes | None:
        """An encoded thumbnail. `key`: the content hash of the picture that it was made from."""
        rows = self._select("SELECT data FROM thumbnails WHERE key = ? AND edge = ?", key, edge)
        return rows[0][0] if rows else None

    def store_thumbnail(self, key: str, edge: int, data: bytes) -> None:
        self._insert("INSERT OR REPLACE INTO thumbnails VALUES (?, ?, ?)", [(key, edge, data)])

    # ---- folders

    def folders(self) -> dict[str, tuple[bytes, int]]:
        """(what it held, checksum) by folder, as `folders.Memory` wrote them."""
        rows = self._select("SELECT folder, data, checksum FROM folders")
        return {folder: (data, checksum) for folder, data, checksum in rows}

    def store_folders(self, rows: Mapping[str, tuple[bytes, int]], outdated: Sequence[str] = ()) -> None:
        """Keep folders, and forget the outdated ones."""

        def replace(db: sqlite3.Connection) -> None:
            db.executemany("DELETE FROM folders WHERE folder = ?", [(folder,) for folder in outdated])
            db.executemany(
                "INSERT OR REPLACE INTO folders VALUES (?, ?, ?)", [(key, *row) for key, row in rows.items()]
            )

        self._run(replace)

    # ---- the database

    def _select(self, sql: str, *parameters: object) -> list[Any]:
        return self._run(lambda db: db.execute(sql, parameters).fetchall())

    def _insert(self, sql: str, rows: Sequence[tuple[object, ...]]) -> None:
        self._run(lambda db: db.executemany(sql, rows))

    def _run(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """Do `work` in a transaction; with a database made anew if this one turns out to be damaged.

        Raises:
            StorageError: the cache folder's disk is full or fails.
        """
        with self._lock:
            try:
                try:
                    return self._transaction(work)
                except sqlite3.DatabaseError as error:
                    if _primary_code(error) not in _DAMAGED or self._has_no_room(error):
                        raise
                self._delete()
                return self._transaction(work)
            except sqlite3.DatabaseError as error:
                if _primary_code(error) == _WRONG_SQL:
                    raise  # in a new database: a bug
                full = self._has_no_room(error)
                code = errno.ENOSPC if full else _ERRNO.get(_primary_code(error), errno.EIO)
                raise storage.storage_error(OSError(code, str(error)), self.path) from error
            except OSError as error:
                raise storage.storage_error(error, self.path) from error

    def _has_no_room(self, error: sqlite3.DatabaseError) -> bool:
        """Whether what SQLite calls a fault is a full disk: it may be when its log, or what it shares, can't grow."""
        try:
            free = shutil.disk_usage(self.path.parent).free
        except OSError:
            return False
        return _primary_code(error) == sqlite3.SQLITE_IOERR and free < _LEAST_ROOM

    def _transaction(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result:
        if self._connection is None:
            self._connection = self._open()
        with self._connection:
            return work(self._connection)

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = _connect(self.path)
        try:
            if _version(connection) == 0:
                _create(connection)
            version = _version(connection)
        except BaseException:
            connection.close()
            raise
        if version != VERSION:
            connection.close()
            raise sqlite3.DatabaseError("another version")
        return connection

    def _delete(self) -> None:
        """Throw the database away; it is only a cache."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                Path(f"{self.path}{suffix}").unlink()


_WRONG_SQL = sqlite3.SQLITE_ERROR  # a table is missing or has another shape
_NO_CODE = 0  # raised by Python: another version, text that is no text
_DAMAGED = {
    _NO_CODE,
    _WRONG_SQL,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_SCHEMA,
}
_ERRNO = {
    sqlite3.SQLITE_BUSY: errno.ETIMEDOUT,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EROFS,
}


def _primary_code(error: sqlite3.DatabaseError) -> int:
    return getattr(error, "sqlite_errorcode", _NO_CODE) & 0xFF


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30, check_same_thread=False)
    try:
        connection.execute("PRAGMA page_size = 8192")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _create(db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    with db:
        if _version(db) == 0:  # another process may have made it meanwhile
            for statement in _SCHEMA.split(";"):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {VERSION}")


def hash_file(path: Path) -> str:
    """The first 32 hex digits of the SHA-256 of a file.

    Raises:
        ImageError: it is gone, empty, no regular file, being written, or can't be read.
    """
    # Not blocking: the file may be a pipe, or have become one since it was looked at.
    flags = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"))
    try:
        fd = os.open(path, flags)
        try:
            before = os.fstat(fd)
            digest = hashlib.sha256()
            while stat.S_ISREG(before.st_mode) and (chunk := os.read(fd, _CHUNK)):
                digest.update(chunk)
            after = os.fstat(fd)
        finally:
            os.close(fd)
    except OSError as error:
        raise refusal(error) from error
    if not stat.S_ISREG(before.st_mode):
        raise not_regular()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise ImageError("still being written", hint="Try again when it is complete.")
    if not before.st_size:
        raise ImageError("empty file", hint="Copy the picture again.")
    return digest.hexdigest()[:HASH_DIGITS]


def _checksum(file: str, facts: _Facts, content: str) -> int:
    return zlib.crc32(f"{file}\0{facts}\0{content}".encode())


def _vector_checksum(key: str, content: str, vector: bytes) -> int:
    return zlib.crc32(vector, zlib.crc32(f"{key}\0{content}".encode()))


def _row_checksum(*values: object) -> int:
    return zlib.crc32(repr(values).encode())
