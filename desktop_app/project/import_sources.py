"""What lies in the folders and ZIP archives that are imported, and the bytes of each picture in them.

Sources come from anywhere and are only read. A ZIP archive is never unpacked: its members are listed here under names
that can't lead anywhere, and read one by one.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from desktop_app.errors import DataError, ImageError
from desktop_app.events import PictureSkipped
from desktop_app.project import catalog as catalogs
from desktop_app.project import names
from desktop_app.project.imaging import DECODABLE, KNOWN_UNSUPPORTED, MAX_FILE_BYTES
from desktop_app.project.import_plan import Source
from desktop_app.project.index import HASH_DIGITS
from desktop_app.project.unreadable import not_regular, refusal

CHUNK = 1 << 20

# A small archive may claim to hold terabytes of zeros. Photos can't be packed much; drawn bitmaps can, to a degree.
_MOST_UNPACKED = 256 << 20
_MOST_TIMES_UNPACKED = 200
_MOST_MEMBERS = 2_000_000
_LONGEST_NAME = 1000
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_UTF8 = 0x800
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


@dataclass(frozen=True)
class Tree:
    """The pictures in a folder or an archive: their paths in it, "/" between the parts, and where their bytes are."""

    path: Path
    name: str
    files: tuple[str, ...]
    sources: Sequence[Source]
    skipped: tuple[PictureSkipped, ...] = ()
    unsupported: Mapping[str, int] = field(default_factory=dict)


def list_folder(folder: Path) -> Tree:
    """The pictures of a folder and of the folders in it; ProjectError if it can't be listed."""
    found = catalogs.list_pictures(folder)
    sources = [Source(folder / file) for file in found.files]
    return Tree(folder, folder.name, found.files, sources, found.skipped, found.unsupported)


# ---- archives


def list_archive(path: Path) -> Tree:
    """The pictures in a ZIP archive.

    Raises:
        DataError: it is none, or unpacks to more than a picture archive can.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except OSError as error:
        raise _refused(path, f"The computer says: {error.strerror or error}.") from error
    except _DAMAGED as error:
        raise _refused(path, "It is damaged, or no ZIP archive.") from error
    if len(members) > _MOST_MEMBERS:
        raise _refused(path, "It holds too many files.")
    listing = _Listing(path)
    for position, member in enumerate(members):
        if not member.is_dir():
            listing.add(position, member)
    if listing.bytes > max(_MOST_UNPACKED, _MOST_TIMES_UNPACKED * path.stat().st_size):
        raise _refused(path, "It would unpack to many times its size, as no pictures do.")
    return listing.tree()


class _Listing:
    """The members of an archive that are pictures, and why others are not."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files: list[tuple[str, Source]] = []
        self._skipped: list[PictureSkipped] = []
        self._unsupported: Counter[str] = Counter()
        self.bytes = 0

    def add(self, position: int, member: zipfile.ZipInfo) -> None:
        name = _member_name(member)
        parts = [part for part in name.split("/") if part not in ("", ".")]
        suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122  a name, not a path
        if ".." not in parts and any(map(names.is_ignored, parts)):
            return
        if suffix not in DECODABLE:
            if suffix in KNOWN_UNSUPPORTED:
                self._unsupported[KNOWN_UNSUPPORTED[suffix]] += 1
            return
        if reason := _member_problem(name, parts, member):
            self._skipped.append(
                PictureSkipped(names.for_display(f"{self._path.name}: {name[:_LONGEST_NAME]}"), reason)
            )
            return
        self.bytes += member.file_size
        self._files.append(("/".join(parts), Source(self._path, position, "/".join(parts))))

    def tree(self) -> Tree:
        self._files.sort(key=lambda pair: names.natural_key(pair[0]))
        return Tree(
            self._path,
            self._path.stem,
            tuple(file for file, _ in self._files),
            [source for _, source in self._files],
            tuple(self._skipped),
            self._unsupported,
        )


def _member_name(member: zipfile.ZipInfo) -> str:
    """Its name with "/" between the parts. Many programs write UTF-8 without saying so."""
    name = member.filename
    if not member.flag_bits & _UTF8:
        try:
            name = name.encode("cp437").decode()
        except UnicodeError:
            name = member.filename
    return name.replace("\\", "/")


def _member_problem(name: str, parts: Sequence[str], member: zipfile.ZipInfo) -> str:
    """Why a member can't be imported; "" if it can."""
    if name.startswith("/") or ".." in parts or parts[0].endswith(":"):
        return "its name leads out of the archive"
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "a link to another file" if kind == stat.S_IFLNK else "no regular file"
    if member.flag_bits & _ENCRYPTED:
        return "protected by a password"
    if member.file_size > MAX_FILE_BYTES:
        return f"larger than {MAX_FILE_BYTES >> 20} MB"
    if len(name) > _LONGEST_NAME or not names.is_text(name):
        return "its name can't be used"
    return ""


def _refused(path: Path, why: str) -> DataError:
    return DataError(
        "“{file}” can't be imported.",
        why=why,
        hint="Unpack it with another program, then import the folder.",
        file=names.for_display(path.name),
    )


# ---- bytes


class Stream:
    """A picture's bytes, to be read once, front to back; `times_ns`: when it was last read and changed, if known."""

    def __init__(self, file: IO[bytes], times_ns: tuple[int, int] | None, *, growing: bool) -> None:
        self._file = file
        self._growing = growing
        self._read = 0
        self.times_ns = times_ns

    def read(self, size: int = CHUNK) -> bytes:
        """The next bytes, none at the end.

        Raises:
            ImageError: it can't be read, is empty, or changes meanwhile.
        """
        try:
            chunk = self._file.read(size)
            if not chunk and self._growing:
                self._check_end(os.fstat(self._file.fileno()))
        except OSError as error:
            raise refusal(error) from error
        except _DAMAGED as error:
            raise ImageError("damaged in its archive", hint="Make the archive again.") from error
        self._read += len(chunk)
        if not chunk and not self._read:
            raise _empty()
        return chunk

    def _check_end(self, facts: os.stat_result) -> None:
        changed = self.times_ns is not None and facts.st_mtime_ns != self.times_ns[1]
        if changed or facts.st_size != self._read:
            raise ImageError("still being written", hint="Try again when it is complete.")


class Sources:
    """Opens pictures; archives stay open until it is closed. For one thread."""

    def __init__(self) -> None:
        self._archives: dict[Path, zipfile.ZipFile] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def size(self, source: Source) -> int:
        """Bytes of a picture, which are more than none.

        Raises:
            ImageError: it is gone, empty, or no regular file.
        """
        if source.member >= 0:
            size = self._member(source).file_size
        else:
            try:
                facts = os.lstat(source.file)
            except OSError as error:
                raise refusal(error) from error
            if not stat.S_ISREG(facts.st_mode):
                raise not_regular()
            size = facts.st_size
        if not size:
            raise _empty()
        return size

    def content(self, source: Source) -> str:
        """The content hash, as in the index; ImageError as in `open`."""
        digest = hashlib.sha256()
        with self.open(source) as stream:
            while chunk := stream.read():
                digest.update(chunk)
        return digest.hexdigest()[:HASH_DIGITS]

    @contextmanager
    def open(self, source: Source) -> Iterator[Stream]:
        """The bytes of a picture.

        Raises:
            ImageError: it is gone, no regular file, or can't be read.
        """
        if source.member >= 0:
            member = self._member(source)
            try:
                file = self._archives[source.file].open(member)
            except OSError as error:
                raise refusal(error) from error
            except _DAMAGED as error:
                raise ImageError("damaged in its archive", hint="Make the archive again.") from error
            with file:
                yield Stream(file, _times(member), growing=False)
            return
        try:
            plain = open(source.file, "rb", buffering=0, opener=_open_regular)  # noqa: SIM115  closed below
        except IsADirectoryError as error:
            raise not_regular() from error
        except OSError as error:
            raise refusal(error) from error
        with plain:
            facts = os.fstat(plain.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise not_regular()
            yield Stream(plain, (facts.st_atime_ns, facts.st_mtime_ns), growing=True)

    def _member(self, source: Source) -> zipfile.ZipInfo:
        """Raises: ImageError if the archive is not what it was when it was listed."""
        try:
            if source.file not in self._archives:
                self._archives[source.file] = self._open.enter_context(zipfile.ZipFile(source.file))
            member = self._archives[source.file].infolist()[source.member]
        except OSError as error:
            raise refusal(error) from error
        except (*_DAMAGED, IndexError) as error:
            raise ImageError("damaged in its archive", hint="Make the archive again.") from error
        return member


def _empty() -> ImageError:
    return ImageError("empty file", hint="Copy the picture again.")


def _open_regular(path: str, flags: int) -> int:
    """Open without following a link and without waiting: the file may be a pipe, or have become one since."""
    return os.open(path, flags | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOFOLLOW")))


def _times(member: zipfile.ZipInfo) -> tuple[int, int] | None:
    """When a member was last changed, by the clock of this place; None if its archive says nonsense."""
    try:
        seconds = time.mktime((*member.date_time, 0, 0, -1))
    except (ValueError, OverflowError):
        return None
    return int(seconds * 1e9), int(seconds * 1e9)
