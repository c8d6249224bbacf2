"""The `.discern` file: a ZIP archive of five stored members in one fixed order and form.

Any ZIP program can open it. Discern reads only the exact bytes that it writes itself: the headers are made anew from
the members' sizes and checksums and compared. So there is nothing to interpret in a file from an untrusted source: no
paths, links, encryption, compression, comments, gaps, overlaps or second entries of one name, and no changed bit.
"""

from __future__ import annotations

import hashlib
import os
import stat
import struct
import zlib
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from desktop_app.errors import PackageError

MANIFEST, CARD, MODEL, WEIGHTS, GOLDEN = MEMBERS = (
    "manifest.json",
    "card.md",
    "model.onnx",
    "model.safetensors",
    "golden.safetensors",
)
MB = 1 << 20
LIMITS = {MANIFEST: 1 * MB, CARD: MB // 16, MODEL: 352 * MB, WEIGHTS: 352 * MB, GOLDEN: 64 * MB}
CHUNK = MB

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_VERSION, _DATE = 20, 0x21  # ZIP 2.0; 1 January 1980, so that the same model makes the same file


@dataclass(frozen=True, slots=True)
class Member:
    """One stored file: its size in bytes and its CRC-32."""

    name: str
    size: int
    crc: int


# ---- the form, for writing and for comparing


def local_header(member: Member) -> bytes:
    """What stands before a member's bytes."""
    name = member.name.encode()
    fields = (_VERSION, 0, 0, 0, _DATE, member.crc, member.size, member.size, len(name), 0)
    return _LOCAL.pack(b"PK\x03\x04", *fields) + name


def directory(members: Sequence[Member]) -> bytes:
    """What stands behind the last member: the list of all."""
    entries, offset = b"", 0
    for member in members:
        name = member.name.encode()
        fields = (_VERSION, _VERSION, 0, 0, 0, _DATE, member.crc, member.size, member.size, len(name), 0, 0, 0, 0, 0)
        entries += _CENTRAL.pack(b"PK\x01\x02", *fields, offset) + name
        offset += len(local_header(member)) + member.size
    return entries + _END.pack(b"PK\x05\x06", 0, 0, len(members), len(members), len(entries), offset, 0)


# ---- reading


class Container:
    """An open package whose form is checked; its members' contents are not yet."""

    def __init__(self, file: BinaryIO, members: Sequence[Member]) -> None:
        self._file = file
        self._members = {member.name: member for member in members}
        self._starts: dict[str, int] = {}
        offset = 0
        for member in members:
            self._starts[member.name] = offset + len(local_header(member))
            offset = self._starts[member.name] + member.size

    def size(self, name: str) -> int:
        """Bytes of a member."""
        return self._members[name].size

    def read(self, name: str) -> bytes:
        """All of a member, at most its limit.

        Raises:
            PackageError: it is damaged.
        """
        stream = self.stream(name)
        data = stream.read(self.size(name))
        stream.finish()
        return data

    def stream(self, name: str) -> MemberStream:
        """A member to be read piece by piece; one stream at a time."""
        self._file.seek(self._starts[name])
        return MemberStream(self._file, self._members[name])


class MemberStream:
    """Reads a member once, front to back, and knows its checksums when done."""

    def __init__(self, file: BinaryIO, member: Member) -> None:
        self._file = file
        self._member = member
        self._left = member.size
        self._crc = 0
        self._sha256 = hashlib.sha256()

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes.

        Raises:
            PackageError: the member has fewer left.
        """
        if size > self._left:
            raise _damaged(self._member.name)
        pieces = []
        while size:
            piece = self._file.read(min(size, CHUNK))
            if not piece:
                raise _damaged(self._member.name)
            self._crc = zlib.crc32(piece, self._crc)
            self._sha256.update(piece)
            self._left -= len(piece)
            size -= len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    def finish(self) -> str:
        """The SHA-256 of the member, in hex.

        Raises:
            PackageError: it was not read to its end, or is damaged.
        """
        if self._left or self._crc != self._member.crc:
            raise _damaged(self._member.name)
        return self._sha256.hexdigest()


@contextmanager
def open_container(path: Path) -> Generator[Container, None, None]:
    """Open a package and check its form.

    Raises:
        PackageError: there is no such file, it can't be read, or it is no package in Discern's form.
    """
    try:
        # A pipe or a device must not be opened: that can wait for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            raise refused("It is not a file.")
        with open(path, "rb") as file:
            yield Container(file, _read_directory(file))
    except FileNotFoundError as error:
        raise PackageError(
            "There is no model package “{file}”.", hint="Choose the .discern file again.", file=path
        ) from error
    except OSError as error:
        raise PackageError(
            "The model package “{file}” can't be read.",
            why="The computer says: {detail}.",
            hint="Check the disk and that you may read the file, then try again.",
            file=path,
            detail=error.strerror or error,
        ) from error


def looks_like_package(path: Path) -> bool:
    """True for a file that begins like a package, whole or not; the rest is not looked at."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        with open(path, "rb") as file:
            return _begins_like_package(file.read(_LOCAL.size + len(MANIFEST)))
    except OSError:
        return False


def _begins_like_package(start: bytes) -> bool:
    return start.startswith(b"PK\x03\x04") and start.startswith(MANIFEST.encode(), _LOCAL.size)


def _read_directory(file: BinaryIO) -> list[Member]:
    size = file.seek(0, os.SEEK_END)
    expected = len(directory([Member(name, 0, 0) for name in MEMBERS]))
    start = size - expected
    file.seek(max(start, 0))
    found = file.read(expected)
    members = []
    if start > 0:
        position = 0
        for name in MEMBERS:
            # Only checksum and size are taken from the file; all else must follow from them.
            crc, _, length = struct.unpack_from("<3I", found, position + 16)
            members.append(Member(name, length, crc))
            position += _CENTRAL.size + len(name)
    if not members or sum(member.size for member in members) > size or found != directory(members):
        raise _diagnosed(file)
    offset = 0
    for member in members:
        if member.size > LIMITS[member.name]:
            raise refused("“{member}” in it is larger than Discern allows.", member=member.name)
        header = local_header(member)
        file.seek(offset)
        if file.read(len(header)) != header:
            raise _diagnosed(file)
        offset += len(header) + member.size
    if offset != start:
        raise _diagnosed(file)
    return members


def _diagnosed(file: BinaryIO) -> PackageError:
    """Why this file is none of ours, as well as its first bytes tell."""
    file.seek(0)
    start = file.read(4096)
    if not start:
        return refused("The file is empty.")
    pickle = start[:1] == b"\x80" and start[1:2] in b"\x02\x03\x04\x05"
    if pickle or (start.startswith(b"PK") and b"data.pkl" in start):
        return refused("It contains a program, not a model.")
    if not start.startswith(b"PK\x03\x04"):
        return refused("It is not a model package.")
    if _begins_like_package(start):
        return refused("It is incomplete, or was changed after Discern wrote it.")
    return refused("It is an archive of another program.")


def _damaged(member: str) -> PackageError:
    return refused("“{member}” in it is damaged.", member=member)


def refused(why: str, **values: object) -> PackageError:
    """The package breaks the rule that `why` names."""
    return PackageError(
        "This model package can't be used.",
        why=why,
        hint="Copy it again, or ask for it again, from the computer that made it.",
        **values,
    )
