"""Durable files, logs, copies and locks; their faults are enumerated in faults/test_storage_faults.py."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from desktop_app import storage
from desktop_app.errors import StorageError

# ---- documents


def test_write_atomic_makes_folders_and_replaces(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "c.txt"
    storage.write_atomic(path, b"one")
    storage.write_atomic(path, b"two")
    assert path.read_bytes() == b"two"
    assert [entry.name for entry in path.parent.iterdir()] == ["c.txt"]


def test_documents_round_trip_as_readable_text(tmp_path: Path) -> None:
    document = {"format": 1, "classes": ["Kratzer", "刮痕"], "seed": 3}
    storage.write_json(tmp_path / "x.json", document)
    assert storage.read_json(tmp_path / "x.json") == document
    assert "刮痕" in (tmp_path / "x.json").read_text(encoding="utf-8")


def test_a_document_needs_a_format(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        storage.write_json(tmp_path / "x.json", {"classes": []})


def test_migrations_bring_old_documents_up_one_by_one(tmp_path: Path) -> None:
    def second(document: storage.Document) -> storage.Document:
        return {**document, "format": 2, "name": document["title"]}

    def third(document: storage.Document) -> storage.Document:
        return {**document, "format": 3, "name": document["name"].upper()}

    for version, name in ((1, "A"), (2, "B"), (3, "b")):
        storage.write_json(tmp_path / "x.json", {"format": version, "title": "a", "name": "b"})
        assert storage.read_json(tmp_path / "x.json", (second, third))["name"] == name


def test_newer_formats_are_refused_politely(tmp_path: Path) -> None:
    storage.write_json(tmp_path / "x.json", {"format": 2})
    before = (tmp_path / "x.json").read_bytes()
    with pytest.raises(StorageError, match="newer Discern"):
        storage.read_json(tmp_path / "x.json")
    assert (tmp_path / "x.json").read_bytes() == before


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"3",
        b'"x"',
        b"\xff\xfe",
        b"{}",
        b'{"format": "1"}',
        b'{"format": 0}',
        b'{"format": -1}',
        b'{"format": 1.5}',
        b'{"format": null}',
        b"[" * 100_000,
        b'{"format": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda data: repr(data[:16]),
)
def test_damaged_documents_are_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(data)
    with pytest.raises(StorageError, match="is damaged"):
        storage.read_json(tmp_path / "x.json")


def test_a_missing_document_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        storage.read_json(tmp_path / "x.json")


def test_a_document_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "x.json").mkdir()
    with pytest.raises(StorageError):
        storage.read_json(tmp_path / "x.json")


# ---- logs


def test_records_round_trip_in_order(tmp_path: Path) -> None:
    for number in range(3):
        storage.append_record(tmp_path / "a" / "log", {"n": number, "name": "刮\n痕"}, durable=number % 2 == 0)
    assert [record["n"] for record in storage.read_records(tmp_path / "a" / "log")] == [0, 1, 2]


def test_a_log_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert list(storage.read_records(tmp_path / "log")) == []


@pytest.mark.parametrize("keep", range(1, 40, 3))
def test_a_torn_record_swallows_neither_its_neighbours_nor_the_next(keep: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    storage.append_record(log, {"n": 1})
    before = log.read_bytes()
    storage.append_record(log, {"n": 2, "text": "x" * 20})
    log.write_bytes(log.read_bytes()[: len(before) + keep])
    storage.append_record(log, {"n": 3})
    assert [record["n"] for record in storage.read_records(log)] in ([1, 3], [1, 2, 3])


def test_every_flipped_byte_costs_at_most_its_record(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for number in range(3):
        storage.append_record(log, {"n": number})
    whole = log.read_bytes()
    for place in range(len(whole)):
        log.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        found = [record["n"] for record in storage.read_records(log)]
        assert len(found) >= 2 and set(found) <= {0, 1, 2}


# ---- copies


def test_copies_keep_content_and_time(tmp_path: Path) -> None:
    source, target = tmp_path / "a.jpg", tmp_path / "b.jpg"
    source.write_bytes(os.urandom(3 << 20))
    os.utime(source, ns=(10**18, 10**18 + 7))
    storage.copy_new(source, target)
    assert target.read_bytes() == source.read_bytes()
    assert target.stat().st_mtime_ns == 10**18 + 7


def test_copies_never_overwrite(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    for target in (tmp_path / "b", tmp_path / "link"):
        (tmp_path / "b").write_bytes(b"b")
        if target.name == "link":
            target.symlink_to("nowhere")
        with pytest.raises(FileExistsError):
            storage.copy_new(tmp_path / "a", target)
    assert (tmp_path / "b").read_bytes() == b"b"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "link"]


def test_new_files_never_overwrite(tmp_path: Path) -> None:
    storage.write_new(tmp_path / "a" / "b", b"one")
    with pytest.raises(FileExistsError):
        storage.write_new(tmp_path / "a" / "b", b"two")
    assert (tmp_path / "a" / "b").read_bytes() == b"one"


def test_free_names(tmp_path: Path) -> None:
    for name in ("a.tar.gz", "a.tar (2).gz", "b"):
        (tmp_path / name).touch()
    assert storage.free_name(tmp_path / "a.tar.gz").name == "a.tar (3).gz"
    assert storage.free_name(tmp_path / "b").name == "b (2)"
    assert storage.free_name(tmp_path / "c").name == "c"


# ---- sweeping


def test_the_sweep_takes_only_our_own_temporary_files(tmp_path: Path) -> None:
    ours = tmp_path / f"{storage.TEMP_PREFIX}abc{storage.TEMP_SUFFIX}"
    others = [tmp_path / name for name in (".discern-notes", "x.tmp", "discern-a.tmp", "picture.jpg")]
    for path in (ours, *others):
        path.touch()
    (tmp_path / f"{storage.TEMP_PREFIX}folder{storage.TEMP_SUFFIX}").mkdir()
    link = tmp_path / f"{storage.TEMP_PREFIX}link{storage.TEMP_SUFFIX}"
    link.symlink_to(others[0])
    storage.sweep_temps(tmp_path)
    assert not ours.exists() and link.is_symlink()
    assert all(path.exists() for path in others)


def test_sweeping_nothing(tmp_path: Path) -> None:
    storage.sweep_temps(tmp_path / "missing")


def test_regular_files(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "link").symlink_to("a")
    os.mkfifo(tmp_path / "pipe")
    assert storage.is_regular_file(tmp_path / "a")
    assert not any(storage.is_regular_file(tmp_path / name) for name in ("link", "pipe", "missing", "."))


# ---- locks


def test_only_one_owner(tmp_path: Path) -> None:
    first, second = storage.Lock(tmp_path / "lock"), storage.Lock(tmp_path / "lock")
    assert first.acquire("one, process 1")
    assert not second.acquire("two")
    assert second.owner() == "one, process 1"
    first.release()
    assert second.acquire("two")
    assert first.owner() == "two"
    second.release()
    second.release()


def test_a_lock_tells_whether_it_is_held(tmp_path: Path) -> None:
    lock, other = storage.Lock(tmp_path / "lock"), storage.Lock(tmp_path / "lock")
    assert not other.is_held()
    assert not (tmp_path / "lock").exists()
    assert lock.acquire("one")
    assert other.is_held()
    lock.release()
    assert not other.is_held()
    assert lock.acquire("one")  # asking has not taken it
    lock.release()


def test_the_owner_s_death_frees_the_lock(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from desktop_app.storage import Lock\n"
        "lock = Lock(Path(sys.argv[1])); print(lock.acquire('child'), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "lock")], stdout=subprocess.PIPE) as child:
        assert child.stdout and child.stdout.readline() == b"True\n"
        lock = storage.Lock(tmp_path / "lock")
        assert not lock.acquire("me") and lock.owner() == "child"
        child.kill()
        child.wait()
        assert lock.acquire("me") and lock.owner() == "me"
        lock.release()


def test_a_hostile_owner_s_name_is_cut_short(tmp_path: Path) -> None:
    (tmp_path / "lock").write_bytes(b"\xff" + b"x" * 10_000_000)
    assert len(storage.Lock(tmp_path / "lock").owner()) <= 200


def test_a_lock_holds_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    lock, other = storage.Lock(tmp_path / "lock"), storage.Lock(tmp_path / "lock")
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        assert lock.acquire("me")
    assert not other.acquire("you")
    lock.release()


# ---- words


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO, errno.ENAMETOOLONG])
def test_the_disk_s_problems_have_three_sentences(code: int) -> None:
    error = storage.storage_error(OSError(code, os.strerror(code)), Path("{x}.json"))
    assert "{x}.json" in error.what and error.why and error.hint
    json.dumps(error.to_dict())
