"""What an import copied is undone like any other step: into the trash, whatever ended the import, and back again."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop_app import storage
from desktop_app.errors import StorageError
from desktop_app.project import import_list
from desktop_app.project.history import Action, Kind
from desktop_app.project.import_list import ImportList
from desktop_app.project.import_plan import Source
from desktop_app.project.import_sources import Sources
from desktop_app.project.moves import Moves
from tests.faults.fault_disk import substituted

LIST = f".discern/{import_list.FILE}"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for file in ("cat/a.jpg", "dog/d.jpg"):
        (root / file).parent.mkdir(parents=True)
        (root / file).write_bytes(file.encode())
    (root / ".discern").mkdir()
    return root


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    (tmp_path / "stick").mkdir()
    return tmp_path / "stick"


def reopen(root: Path) -> Moves:
    return Moves(root, root / ".discern")


def copy_one(imported: ImportList, source: Path, file: str) -> None:
    with Sources() as sources, sources.open(Source(source)) as stream:
        imported.copy(stream, file)


def copy(root: Path, stick: Path, *files: str) -> None:
    """What an import does: copy `files`, in whose content their names stand."""
    imported = ImportList(root, root / ".discern")
    for folder in dict.fromkeys(file.rpartition("/")[0] for file in files):
        imported.enter(folder)
    for number, file in enumerate(files):
        source = stick / "picture.jpg"
        source.write_bytes(f"imported {file}".encode())
        os.utime(source, (10**9 + 60 * number,) * 2)
        copy_one(imported, source, file)


def pictures(root: Path) -> list[str]:
    found = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return sorted(file for file in found if not file.startswith("."))


def trashed(moves: Moves) -> list[str]:
    return [picture.original for picture in moves.trashed()]


def test_an_import_is_undone_into_the_trash_and_done_again(root, stick):
    moves = reopen(root)
    moves.put(["cat/a.jpg"], "dog")
    copy(root, stick, "dog/b.jpg", "fox/deep/c.jpg", "_unlabelled/u.jpg")
    outcome = moves.record_import()
    assert outcome.complete
    assert (outcome.kind, outcome.label.action) == (Kind.DO, Action.IMPORT)
    assert [new for _, new in outcome.moved] == ["dog/b.jpg", "fox/deep/c.jpg", "_unlabelled/u.jpg"]
    assert [new for _, new in outcome.folders] == ["fox", "_unlabelled"]
    assert str(moves.undo_label) == "Import 3 pictures"
    assert not (root / LIST).exists()

    assert moves.undo().complete
    assert pictures(root) == ["dog/a.jpg", "dog/d.jpg"]
    assert trashed(moves) == ["_unlabelled/u.jpg", "dog/b.jpg", "fox/deep/c.jpg"]
    assert not (root / "fox").exists()
    moves = reopen(root)
    assert moves.redo().complete
    assert pictures(root) == ["_unlabelled/u.jpg", "dog/a.jpg", "dog/b.jpg", "dog/d.jpg", "fox/deep/c.jpg"]
    assert (root / "fox/deep/c.jpg").read_bytes() == b"imported fox/deep/c.jpg"
    assert moves.undo().complete
    assert moves.undo().complete
    assert pictures(root) == ["cat/a.jpg", "dog/d.jpg"]


def test_one_picture_is_named(root, stick):
    copy(root, stick, "dog/b.jpg")
    moves = reopen(root)
    assert str(moves.undo_label) == "Import “b.jpg”"


def test_imports_that_nobody_saw_end_are_recorded_at_the_next_start_each_as_a_step(root, stick):
    copy(root, stick, "dog/b.jpg", "fox/c.jpg")
    copy(root, stick, "fox/e.jpg")
    moves = reopen(root)
    assert not moves.interrupted
    moves.undo()
    assert pictures(root) == ["cat/a.jpg", "dog/b.jpg", "dog/d.jpg", "fox/c.jpg"]
    moves.undo()
    assert pictures(root) == ["cat/a.jpg", "dog/d.jpg"]
    assert reopen(root).undo_label is None


def test_nothing_imported_is_no_step(root, stick):
    moves = reopen(root)
    assert moves.record_import() is None
    ImportList(root, root / ".discern").enter("fox")
    assert moves.record_import() is None
    assert moves.undo_label is None
    assert not (root / LIST).exists()


def test_what_was_moved_replaced_or_deleted_meanwhile_is_not_part_of_the_step(root, stick):
    copy(root, stick, "dog/b.jpg", "dog/c.jpg", "dog/e.jpg", "dog/f.jpg")
    moves = reopen(root)  # recorded once
    moves.undo()
    moves.redo()
    copy(root, stick, "dog/g.jpg", "dog/h.jpg", "dog/i.jpg")
    moves.put(["dog/g.jpg"], "cat")
    (root / "dog/h.jpg").rename(stick / "h.jpg")
    (root / "dog/h.jpg").write_bytes(b"another one, h.jpg")
    outcome = moves.record_import()
    assert [new for _, new in outcome.moved] == ["dog/i.jpg"]
    moves.undo()
    assert "dog/h.jpg" in pictures(root)
    assert "cat/g.jpg" in pictures(root)


def test_a_list_that_is_left_is_not_recorded_twice(root, stick):
    copy(root, stick, "fox/b.jpg", "fox/c.jpg")
    kept = (root / LIST).read_bytes()
    moves = reopen(root)
    (root / LIST).write_bytes(kept)
    assert moves.record_import() is None
    (root / LIST).write_bytes(kept)
    moves = reopen(root)
    assert str(moves.undo_label) == "Import 2 pictures"
    (root / LIST).write_bytes(kept)
    moves.undo()
    assert moves.record_import() is None
    assert str(moves.redo_label) == "Import 2 pictures"
    assert moves.undo_label is None


def test_a_list_that_grows_while_it_is_read_is_recorded_in_two_steps(root, stick):
    copy(root, stick, "dog/b.jpg")
    kept = (root / LIST).read_bytes()
    moves = reopen(root)
    (root / LIST).write_bytes(kept)
    copy_one(ImportList(root, root / ".discern"), stick / "picture.jpg", "dog/c.jpg")
    outcome = moves.record_import()
    assert [new for _, new in outcome.moved] == ["dog/c.jpg"]


def test_a_name_that_is_taken_is_left_alone(root, stick):
    with pytest.raises(FileExistsError):
        copy(root, stick, "cat/a.jpg")
    moves = reopen(root)
    assert moves.undo_label is None
    assert (root / "cat/a.jpg").read_bytes() == b"cat/a.jpg"


def test_half_copies_of_a_killed_import_are_removed(root, stick):
    copy(root, stick, "dog/b.jpg")
    (root / "dog" / ".discern-0123456789ab.tmp").write_bytes(b"half")
    reopen(root)
    assert not list((root / "dog").glob(".discern-*"))


def test_nothing_is_copied_that_could_not_be_undone(root, stick):
    class FullDisk(storage.Disk):
        def open(self, path: Path, flags: int) -> int:
            if path.name == import_list.FILE:
                raise OSError(errno.ENOSPC, "full")
            return super().open(path, flags)

    imported = ImportList(root, root / ".discern")
    imported.enter("dog")
    (stick / "b.jpg").write_bytes(b"b")
    with substituted(FullDisk()), pytest.raises(StorageError):
        copy_one(imported, stick / "b.jpg", "dog/b.jpg")
    assert pictures(root) == ["cat/a.jpg", "dog/d.jpg"]
    assert not list((root / "dog").glob(".discern-*"))


def test_a_list_that_cannot_be_read_waits(root, stick, monkeypatch):
    copy(root, stick, "dog/b.jpg")
    read = import_list.read

    def fail(path: Path) -> list[import_list.Import]:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(import_list, "read", fail)
    moves = reopen(root)
    with pytest.raises(StorageError):
        moves.record_import()
    monkeypatch.setattr(import_list, "read", read)
    assert moves.record_import().complete


# ---- a list from a stranger


def hostile(path: str) -> Callable[[Path], list[dict]]:
    def records(outside: Path) -> list[dict]:
        status = (outside / "x.jpg").stat()
        signature = ["file", status.st_size, status.st_mtime_ns, status.st_ino]
        target = path.replace("OUTSIDE", str(outside))
        return [
            {"format": 1},
            {"folder": target.rpartition("/")[0], "makes": target.partition("/")[0]},
            {"folder": target, "makes": target},
            {"copy": target, "signature": signature},
        ]

    return records


@pytest.mark.parametrize(
    "path",
    [
        "../outside/x.jpg",
        "OUTSIDE/x.jpg",
        "linked/x.jpg",
        "linked",
        "cat/../../outside/x.jpg",
        "cat/a.jpg/x.jpg",
        "x" * 300 + "/x.jpg",
        ".discern/journal.jsonl",
        "\ud800",
        "\0",
        "",
        ".",
    ],
)
def test_a_list_that_leads_elsewhere_is_ignored(root, tmp_path, path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.jpg").write_bytes(b"precious")
    (outside / ".discern-0123456789ab.tmp").write_bytes(b"theirs")
    (root / "linked").symlink_to(outside)
    lines = [storage.record_line(record) for record in hostile(path)(outside)]
    (root / LIST).write_bytes(b"".join(lines))
    moves = reopen(root)
    assert moves.undo() is None
    assert sorted(path.name for path in outside.iterdir()) == [".discern-0123456789ab.tmp", "x.jpg"]
    assert pictures(root)[:2] == ["cat/a.jpg", "dog/d.jpg"]


@pytest.mark.parametrize(
    "record",
    [
        {"copy": "cat/a.jpg"},
        {"copy": "cat/a.jpg", "signature": []},
        {"copy": "cat/a.jpg", "signature": ["folder", 0, 0, 0]},
        {"copy": "cat/a.jpg", "signature": ["file", "9", None, 2**80]},
        {"copy": ["cat/a.jpg"], "signature": ["file", 9, 0, 0]},
        {"folder": 1, "makes": 2},
        {"folder": "cat", "makes": "dog"},
        [],
        None,
    ],
)
def test_damaged_records_are_passed_over(root, stick, record):
    copy(root, stick, "dog/b.jpg")
    with (root / LIST).open("ab") as log:
        log.write(storage.record_line(record) + b"\n00000000 {\n\xff")
    moves = reopen(root)
    assert str(moves.undo_label) == "Import “b.jpg”"
    moves.undo()
    assert pictures(root) == ["cat/a.jpg", "dog/d.jpg"]


def test_the_list_of_a_newer_version_records_nothing(root, stick):
    copy(root, stick, "dog/b.jpg")
    with (root / LIST).open("ab") as log:
        log.write(storage.record_line({"format": import_list.FORMAT + 1}))
    assert reopen(root).undo_label is None
