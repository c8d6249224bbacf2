"""Groups of pictures that look alike, and the memory of what a person told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop_app import storage
from desktop_app.errors import ProjectError, StorageError
from desktop_app.project.alike import Different, alike_groups

NAMES = [f"{number:032x}" for number in range(8)]
PLACE = {name: position for position, name in enumerate(NAMES)}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "health.jsonl"


def groups(pairs: list[tuple[int, int, float]], different: Different, threshold: float = 0.9) -> list[int]:
    named = [(NAMES[one], NAMES[other], alike) for one, other, alike in pairs]
    return alike_groups(named, PLACE, threshold, different).tolist()


def test_groups_are_connected_at_the_threshold(log: Path) -> None:
    pairs = [(1, 2, 0.95), (2, 5, 0.91), (6, 7, 0.99), (0, 1, 0.85)]
    assert groups(pairs, Different(log)) == [-1, 0, 0, -1, -1, 0, 1, 1]
    assert groups(pairs, Different(log), 0.8) == [0, 0, 0, -1, -1, 0, 1, 1]
    assert groups(pairs, Different(log), 0.97) == [-1] * 6 + [0, 0]
    assert groups([], Different(log)) == [-1] * 8
    assert alike_groups([(NAMES[0], NAMES[1], 1.0)], {}, 0.9, Different(log)).tolist() == []
    assert alike_groups([(NAMES[0], "f" * 32, 1.0)], PLACE, 0.9, Different(log)).tolist() == [-1] * 8


def test_what_is_told_apart_stays_apart_for_good(log: Path) -> None:
    pairs = [(0, 1, 0.95), (1, 2, 0.95), (4, 5, 0.95)]
    Different(log).tell_apart([NAMES[0]], [NAMES[0], NAMES[1], NAMES[2]])
    again = Different(log)
    assert groups(pairs, again) == [-1, 0, 0, -1, 1, 1, -1, -1]
    assert again(NAMES[0], NAMES[1]) and again(NAMES[2], NAMES[0]) and not again(NAMES[1], NAMES[2])
    again.tell_apart(NAMES[1:3], [])
    assert groups(pairs, again) == groups(pairs, Different(log)) == [-1, -1, -1, -1, 0, 0, -1, -1]


def test_who_only_looks_writes_nothing(log: Path) -> None:
    looking = Different(log, writable=False)
    looking.tell_apart(NAMES[:2], [])
    assert looking(NAMES[0], NAMES[1]) and not log.exists()


def test_a_disk_that_refuses_leaves_no_trace(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    different = Different(log)
    monkeypatch.setattr(storage.disk, "write", full)
    with pytest.raises(StorageError):
        different.tell_apart(NAMES[:2], [])
    assert not different(NAMES[0], NAMES[1])


def test_damaged_and_hostile_records_are_passed_over(log: Path) -> None:
    for record in (
        {"format": 1},
        {"format": "1", "kind": "different", "pictures": NAMES},
        {"format": 1, "kind": "different", "pictures": 5, "others": {"a": 1}},
        {"format": 1, "kind": "different", "pictures": [None, ["x"], "../x", NAMES[0]], "others": [NAMES[1], 7]},
        {"format": 1, "kind": "unknown", "pictures": NAMES},
    ):
        storage.append_record(log, record)
    with log.open("ab") as file:
        file.write(b"torn")
    different = Different(log)
    assert different(NAMES[0], NAMES[1]) and not different(NAMES[1], NAMES[2])


def test_a_newer_format_is_refused(log: Path) -> None:
    storage.append_record(log, {"format": 2, "kind": "different"})
    with pytest.raises(ProjectError, match="newer Discern"):
        Different(log)
