"""Every call with which storage changes the disk is killed before, torn in the middle, and made to fail.

Each operation runs once undisturbed to count its calls; then once for each fault at each call. Whatever happens, a
document holds its old or its new bytes, a log its old records or one more, a new file is whole or not there, the
source of a copy is untouched, and nothing but named files is left after the next start's sweep.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from desktop_app import storage
from desktop_app.errors import StorageError
from tests.faults.fault_disk import substituted
from tests.faults.totals import Totals

ERRNOS = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EIO,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.ESTALE,
    errno.ETIMEDOUT,
)
CALLS = tuple(name for name in vars(storage.Disk) if not name.startswith("_"))
OLD, NEW = b"old " * 5000, b"new " * 7000

# ---- a disk that fails


class Fault(storage.Disk):
    """A disk that lets `at` calls pass and then does `then`: "count", "kill", "tear", or the errno to raise."""

    def __init__(self, at: int = -1, then: str | int = "count", *, sticky: bool = False) -> None:
        self.calls = 0
        self._at, self._then, self._sticky = at, then, sticky

    def __getattribute__(self, name: str) -> Any:
        method = object.__getattribute__(self, name)
        return self._substituted(name, method) if name in CALLS else method

    def _substituted(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            number, self.calls = self.calls, self.calls + 1
            if number == self._at or (self._sticky and number > self._at >= 0):
                if isinstance(self._then, int):
                    raise OSError(self._then, os.strerror(self._then))
                if self._then == "tear" and name == "write":
                    method(args[0], bytes(args[1])[: len(args[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return method(*args)

        return call


# ---- what is disturbed


@dataclass(frozen=True)
class Operation:
    """`run` in a folder made by `prepare`; `check` tells whether the folder's state is allowed."""

    name: str
    prepare: Callable[[Path], None]
    run: Callable[[Path], None]
    check: Callable[[Path], bool]
    errors: tuple[type[Exception], ...]


def _nothing(folder: Path) -> None:
    """The folder is new."""


def _document(folder: Path) -> None:
    (folder / "doc").write_bytes(OLD)


def _target(folder: Path) -> None:
    (folder / "target").write_bytes(OLD)


def _same(path: Path, *contents: bytes) -> bool:
    return path.read_bytes() in contents


def _records(path: Path) -> list[int]:
    return [record["n"] for record in storage.read_records(path)]


def _append_twice(folder: Path) -> None:
    for number in (1, 2):
        storage.append_record(folder / "log", {"n": number})


def _log_is_sound(folder: Path) -> bool:
    """The new record is whole or not there, and the log goes on after it."""
    found = _records(folder / "log")
    storage.append_record(folder / "log", {"n": 4})
    return found in ([1, 2], [1, 2, 3]) and _records(folder / "log") == [*found, 4]


def _new_log_is_sound(folder: Path) -> bool:
    found = _records(folder / "a" / "log")
    storage.append_record(folder / "a" / "log", {"n": 4})
    return found in ([], [3]) and _records(folder / "a" / "log") == [*found, 4]


def _source(folder: Path) -> None:
    (folder / "source").write_bytes(NEW)
    os.utime(folder / "source", ns=(10**18, 10**18))


def _source_and_target(folder: Path) -> None:
    _source(folder)
    _target(folder)


def _source_untouched(folder: Path) -> bool:
    return _same(folder / "source", NEW) and (folder / "source").stat().st_mtime_ns == 10**18


def _whole_or_absent(path: Path) -> bool:
    return not os.path.lexists(path) or _same(path, NEW)


def _copy_is_whole(folder: Path) -> bool:
    return _source_untouched(folder) and _whole_or_absent(folder / "target")


OPERATIONS = (
    Operation(
        "write_atomic over a document",
        _document,
        lambda folder: storage.write_atomic(folder / "doc", NEW),
        lambda folder: _same(folder / "doc", OLD, NEW),
        (StorageError,),
    ),
    Operation(
        "write_atomic into new folders",
        _nothing,
        lambda folder: storage.write_atomic(folder / "a" / "b" / "doc", NEW),
        lambda folder: _whole_or_absent(folder / "a" / "b" / "doc"),
        (StorageError,),
    ),
    Operation(
        "append_record",
        _append_twice,
        lambda folder: storage.append_record(folder / "log", {"n": 3}),
        _log_is_sound,
        (StorageError,),
    ),
    Operation(
        "append_record to a new log",
        _nothing,
        lambda folder: storage.append_record(folder / "a" / "log", {"n": 3}),
        _new_log_is_sound,
        (StorageError,),
    ),
    Operation(
        "shorten_log",
        _append_twice,
        lambda folder: storage.shorten_log(folder / "log", lambda body: True, keep_bytes=1, keep_records=1),
        lambda folder: _records(folder / "log") in ([1, 2], [2]),
        (StorageError,),
    ),
    Operation(
        "copy_new",
        _source,
        lambda folder: storage.copy_new(folder / "source", folder / "target"),
        _copy_is_whole,
        (OSError,),
    ),
    Operation(
        "copy_new, name taken",
        _source_and_target,
        lambda folder: storage.copy_new(folder / "source", folder / "target"),
        lambda folder: _source_untouched(folder) and _same(folder / "target", OLD),
        (OSError,),
    ),
    Operation(
        "write_new",
        _nothing,
        lambda folder: storage.write_new(folder / "a" / "target", NEW),
        lambda folder: _whole_or_absent(folder / "a" / "target"),
        (StorageError,),
    ),
    Operation(
        "write_new, name taken",
        _target,
        lambda folder: storage.write_new(folder / "target", NEW),
        lambda folder: _same(folder / "target", OLD),
        (StorageError, FileExistsError),
    ),
)

operations = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)


def _count_calls(operation: Operation, folder: Path) -> int:
    folder.mkdir()
    operation.prepare(folder)
    disk = Fault()
    with substituted(disk), contextlib.suppress(FileExistsError):
        operation.run(folder)
    assert operation.check(folder)
    return disk.calls


def _check_after(operation: Operation, folder: Path, fault: str) -> None:
    """The state is allowed, and the next start leaves no litter."""
    for place in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        storage.sweep_temps(place)
    litter = [path for path in folder.rglob("*") if storage.TEMP_PREFIX in path.name]
    assert not litter, f"{operation.name}, {fault}: left {litter}"
    assert operation.check(folder), f"{operation.name}, {fault}: state broken"


# ---- the enumerations


@operations
@pytest.mark.parametrize("then", ["kill", "tear"])
def test_killed_before_every_call(operation: Operation, then: str, tmp_path: Path, totals: Totals) -> None:
    calls = _count_calls(operation, tmp_path / "counted")
    assert calls
    for at in range(calls):
        folder = tmp_path / str(at)
        folder.mkdir()
        operation.prepare(folder)
        child = os.fork()
        if not child:
            with contextlib.suppress(BaseException), substituted(Fault(at, then)):
                operation.run(folder)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), f"call {at} of {calls} was not reached"
        _check_after(operation, folder, f"{then} at call {at}")
        totals.faults[f"{operation.name}: killed"] += 1


@operations
@pytest.mark.parametrize("sticky", [False, True], ids=["once", "from then on"])
def test_every_errno_at_every_call(operation: Operation, sticky: bool, tmp_path: Path, totals: Totals) -> None:
    calls = _count_calls(operation, tmp_path / "counted")
    for code in ERRNOS:
        for at in range(calls):
            folder = tmp_path / f"{code}-{at}"
            folder.mkdir()
            operation.prepare(folder)
            with substituted(Fault(at, code, sticky=sticky)):
                try:
                    operation.run(folder)
                except operation.errors:
                    pass  # every other exception would be a crash
                else:
                    pytest.fail(f"{operation.name}: {errno.errorcode[code]} at call {at} went unnoticed")
            _check_after(operation, folder, f"{errno.errorcode[code]} at call {at}")
            totals.faults[f"{operation.name}: refused"] += 1


@operations
def test_short_writes_are_completed(operation: Operation, tmp_path: Path) -> None:
    class Dribble(storage.Disk):
        def write(self, fd: int, data: memoryview | bytes) -> int:
            return super().write(fd, data[:1000])

    operation.prepare(tmp_path)
    with substituted(Dribble()), contextlib.suppress(FileExistsError):
        operation.run(tmp_path)
    assert operation.check(tmp_path)


# ---- the harness bites


def test_a_write_in_place_is_caught(tmp_path: Path) -> None:
    def careless(folder: Path) -> None:
        fd = storage.disk.open(folder / "doc", os.O_WRONLY | os.O_TRUNC)
        storage.disk.write(fd, NEW)
        os.close(fd)

    bad = Operation("in place", OPERATIONS[0].prepare, careless, OPERATIONS[0].check, (OSError,))
    with pytest.raises(AssertionError, match="state broken"):
        test_killed_before_every_call(bad, "tear", tmp_path, Totals())


def test_a_copy_under_its_final_name_is_caught(tmp_path: Path) -> None:
    def careless(folder: Path) -> None:
        fd = storage.disk.open(folder / "target", os.O_WRONLY | os.O_CREAT)
        storage.disk.write(fd, (folder / "source").read_bytes())
        os.close(fd)

    bad = Operation("final name", _source, careless, _copy_is_whole, (OSError,))
    with pytest.raises(AssertionError, match="state broken"):
        test_killed_before_every_call(bad, "kill", tmp_path, Totals())
