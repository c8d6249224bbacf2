"""What a person does to where pictures lie, and what a project from a stranger must not do."""

import errno
import os
import shutil
import unicodedata
import zlib
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from desktop_app import storage
from desktop_app.errors import DataError, ProjectError, StorageError
from desktop_app.project import journal as journals
from desktop_app.project import names, transfer
from desktop_app.project.history import Action, Kind, Label
from desktop_app.project.inside import Inside
from desktop_app.project.moves import Moves
from desktop_app.project.reasons import Reason
from desktop_app.project.runs import Runs
from tests.faults.fault_disk import substituted


def fill(root, *files):
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"content of {file}".encode())


def tree(root):
    """Content by path of everything but Discern's own files; the trash without operation ids."""
    found = {}
    for path in root.rglob("*"):
        file = path.relative_to(root).as_posix()
        if file.startswith(".discern/trash/"):
            file = "trash:" + file.split("/", 3)[3] if file.count("/") > 2 else ""
        elif file.startswith(".discern"):
            continue
        if file and path.is_file():
            found[file] = path.read_bytes().decode()
    return found


def where(root):
    return sorted(tree(root))


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "project"
    fill(root, "cat/a.jpg", "cat/b.jpg", "cat/c.jpg", "dog/a.jpg", "dog/d.jpg", "top.jpg")
    (root / ".discern").mkdir()
    return root


@pytest.fixture
def moves(root):
    return Moves(root, root / ".discern")


def reopen(root):
    return Moves(root, root / ".discern")


def records(root):
    return list(storage.read_records(root / ".discern" / "journal.jsonl"))


def write_journal(root, *documents):
    (root / ".discern" / "journal.jsonl").write_bytes(b"".join(storage.record_line(document) for document in documents))


class WearyDisk(storage.Disk):
    """Renames so many files or folders, and then no more."""

    def __init__(self, renames, error):
        self._left = renames
        self._error = error

    def rename_new(self, source, target):
        if not self._left:
            raise self._error
        self._left -= 1
        super().rename_new(source, target)


# ---- putting into classes


def test_pictures_are_put_into_a_class_and_back(root, moves):
    before = tree(root)
    outcome = moves.put(["cat/b.jpg", "cat/c.jpg", "top.jpg"], "dog")
    assert outcome.complete
    assert outcome.total == 3
    assert outcome.moved == (("cat/b.jpg", "dog/b.jpg"), ("cat/c.jpg", "dog/c.jpg"), ("top.jpg", "dog/top.jpg"))
    assert where(root) == ["cat/a.jpg", "dog/a.jpg", "dog/b.jpg", "dog/c.jpg", "dog/d.jpg", "dog/top.jpg"]
    undone = moves.undo()
    assert undone.kind is Kind.UNDO
    assert undone.total == 3
    assert tree(root) == before
    assert moves.redo().total == 3
    assert "dog/top.jpg" in tree(root)
    assert moves.redo() is None


def test_a_collision_gets_a_number_and_nothing_is_overwritten(root, moves):
    assert moves.put(["cat/a.jpg"], "dog").moved == (("cat/a.jpg", "dog/a (2).jpg"),)
    assert tree(root)["dog/a.jpg"] == "content of dog/a.jpg"
    assert tree(root)["dog/a (2).jpg"] == "content of cat/a.jpg"
    moves.undo()
    assert tree(root)["cat/a.jpg"] == "content of cat/a.jpg"


@pytest.mark.parametrize(
    ("there", "comes", "becomes"),
    [
        ("A.JPG", "a.jpg", "a (2).jpg"),
        ("Straße.jpg", "STRASSE.jpg", "STRASSE (2).jpg"),
        (unicodedata.normalize("NFC", "é.jpg"), unicodedata.normalize("NFD", "é.jpg"), None),
        ("no suffix", "No Suffix", "No Suffix (2)"),
        ("x.jpg", "y.jpg", "y.jpg"),
    ],
)
def test_names_that_some_disk_cannot_keep_apart_collide(root, moves, there, comes, becomes):
    fill(root, f"fox/{there}", f"cat/{comes}")
    expected = becomes or unicodedata.normalize("NFD", "é") + " (2).jpg"
    assert moves.put([f"cat/{comes}"], "fox").moved == ((f"cat/{comes}", f"fox/{expected}"),)


def test_many_pictures_of_one_name_are_numbered_in_order(root, moves):
    fill(root, *(f"cat/{folder}/x.jpg" for folder in "abcd"))
    fill(root, "dog/X (3).jpg")
    outcome = moves.put([f"cat/{folder}/x.jpg" for folder in "abcd"], "dog")
    assert [new for _, new in outcome.moved] == ["dog/x.jpg", "dog/x (2).jpg", "dog/x (4).jpg", "dog/x (5).jpg"]


def test_a_class_that_does_not_exist_is_made_and_undone_with_its_pictures(root, moves):
    before = tree(root)
    outcome = moves.put(["cat/a.jpg", "top.jpg"], "fox")
    assert (outcome.total, outcome.complete) == (2, True)
    assert where(root)[-2:] == ["fox/a.jpg", "fox/top.jpg"]
    moves.undo()
    assert tree(root) == before
    assert not (root / "fox").exists()
    moves.redo()
    assert where(root)[-2:] == ["fox/a.jpg", "fox/top.jpg"]


def test_a_made_class_stays_when_its_step_is_undone_and_it_holds_more(root, moves):
    moves.put(["cat/a.jpg"], "fox")
    fill(root, "fox/new.jpg")
    undone = moves.undo()
    assert [(failure.reason, failure.is_folder) for failure in undone.failed] == [(Reason.HOLDS_FILES, True)]
    assert {"cat/a.jpg", "fox/new.jpg"} <= tree(root).keys()
    assert moves.undo_label is None  # given up: it does not stand in the way


def test_a_class_is_found_in_another_spelling(root, moves):
    assert moves.put(["cat/a.jpg"], "DOG").moved == (("cat/a.jpg", "dog/a (2).jpg"),)
    assert sorted(path.name for path in root.iterdir()) == [".discern", "cat", "dog", "top.jpg"]


def test_pictures_that_are_in_their_class_stay(root, moves):
    fill(root, "cat/deep/x.jpg")
    outcome = moves.put(["cat/a.jpg", "cat/deep/x.jpg", "dog/d.jpg"], "cat")
    assert outcome.unchanged == ("cat/a.jpg", "cat/deep/x.jpg")
    assert (outcome.total, str(outcome.label)) == (1, "Move “d.jpg” to “cat”")
    nothing = moves.put(["cat/b.jpg"], "cat")
    assert (nothing.total, nothing.unchanged) == (0, ("cat/b.jpg",))
    assert str(moves.undo_label) == "Move “d.jpg” to “cat”"


def test_pictures_are_put_into_several_classes_as_one_step(root, moves):
    before = tree(root)
    outcome = moves.put_each({"top.jpg": "dog", "cat/a.jpg": "fox", "cat/gone.jpg": "dog", "dog/d.jpg": "dog"})
    assert outcome.moved == (("top.jpg", "dog/top.jpg"), ("cat/a.jpg", "fox/a.jpg"))
    assert [failure.file for failure in outcome.failed] == ["cat/gone.jpg"]
    assert outcome.unchanged == ("dog/d.jpg",)
    assert len([record for record in records(root) if "begin" in record]) == 1
    assert str(reopen(root).undo_label) == "Accept 2 suggestions"
    assert moves.undo().total == 2
    assert tree(root) == before
    assert not (root / "fox").exists()
    assert moves.redo().total == 2
    assert "fox/a.jpg" in tree(root)


def test_one_accepted_picture_is_named_with_its_class(root, moves):
    moves.put_each({"top.jpg": "dog", "cat/gone.jpg": "fox"})
    assert str(moves.undo_label) == "Accept “dog” for “top.jpg”"


def test_nothing_is_put_where_one_class_is_impossible(root, moves):
    before = tree(root)
    with pytest.raises(DataError):
        moves.put_each({"top.jpg": "dog", "cat/a.jpg": "no/class"})
    assert tree(root) == before
    assert moves.undo_label is None


def test_back_to_unlabelled(root, moves):
    fill(root, "_unlabelled/u.jpg")
    outcome = moves.unlabel(["cat/a.jpg", "top.jpg", "_unlabelled/u.jpg"])
    assert outcome.moved == (("cat/a.jpg", "_unlabelled/a.jpg"),)
    assert outcome.unchanged == ("top.jpg", "_unlabelled/u.jpg")
    assert str(outcome.label) == "Move “a.jpg” back to unlabelled"


def test_one_bad_picture_stops_no_other(root, moves):
    (root / "cat" / "link.jpg").symlink_to(root / "dog" / "d.jpg")
    (root / "cat" / "folder.jpg").mkdir()
    os.mkfifo(root / "cat" / "pipe.jpg")
    files = ["cat/a.jpg", "cat/gone.jpg", "cat/link.jpg", "cat/folder.jpg", "cat/pipe.jpg", "../x.jpg", "cat/b.jpg"]
    outcome = moves.put([*files, "cat/a.jpg", "", "/etc/passwd", ".discern/journal.jsonl", "a\0b"], "dog")
    assert [new for _, new in outcome.moved] == ["dog/a (2).jpg", "dog/b.jpg"]
    assert outcome.total == 11
    assert {failure.file: failure.reason for failure in outcome.failed} == {
        "cat/gone.jpg": Reason.MISSING,
        "cat/link.jpg": Reason.LINK,
        "cat/folder.jpg": Reason.LINK,
        "cat/pipe.jpg": Reason.LINK,
        "../x.jpg": Reason.NOT_A_PICTURE,
        "": Reason.NOT_A_PICTURE,
        "/etc/passwd": Reason.NOT_A_PICTURE,
        ".discern/journal.jsonl": Reason.NOT_A_PICTURE,
        "a\0b": Reason.NOT_A_PICTURE,
    }
    assert str(outcome.label) == "Move 2 pictures to “dog”"


def test_a_picture_behind_a_linked_folder_is_left_alone(root, moves, tmp_path):
    fill(tmp_path, "elsewhere/x.jpg")
    (root / "fox").symlink_to(tmp_path / "elsewhere")
    assert moves.put(["fox/x.jpg"], "cat").failed[0].reason == Reason.OUTSIDE
    into_link = moves.put(["cat/a.jpg"], "fox")
    assert not into_link.moved
    assert (tmp_path / "elsewhere" / "x.jpg").exists()
    assert (root / "cat" / "a.jpg").exists()


@pytest.mark.parametrize("name", ["", " x", "x.", "a/b", "..", ".hidden", "CON", "a:b", "_unlabelled", "_UNLABELLED"])
def test_impossible_class_names_are_refused(root, moves, name):
    before = tree(root)
    for act in (
        lambda: moves.put(["cat/a.jpg"], name),
        lambda: moves.create_class(name),
        lambda: moves.rename_class("cat", name),
    ):
        with pytest.raises(DataError):
            act()
    assert tree(root) == before
    assert records(root) == []


# ---- the trash


def test_deleted_pictures_lie_in_the_trash_and_come_back(root, moves):
    before = tree(root)
    outcome = moves.trash(["cat/a.jpg", "dog/a.jpg", "top.jpg"])
    assert str(outcome.label) == "Delete 3 pictures"
    assert where(root) == [
        "cat/b.jpg",
        "cat/c.jpg",
        "dog/d.jpg",
        "trash:cat/a.jpg",
        "trash:dog/a.jpg",
        "trash:top.jpg",
    ]
    assert [trashed.original for trashed in moves.trashed()] == ["cat/a.jpg", "dog/a.jpg", "top.jpg"]
    assert moves.trashed()[0].bytes == len("content of cat/a.jpg")
    assert (moves.trash_size().pictures, moves.trash_size().bytes) == (3, sum(t.bytes for t in moves.trashed()))
    fill(root, "cat/a.jpg")
    restored = moves.restore([trashed.file for trashed in moves.trashed()])
    assert [new for _, new in restored.moved] == ["cat/a (2).jpg", "dog/a.jpg", "top.jpg"]
    moves.undo()
    (root / "cat" / "a.jpg").unlink()
    moves.undo()
    assert tree(root) == before


def test_a_picture_of_a_deleted_class_is_restored_with_its_class(root, moves):
    fill(root, "cat/deep/x.jpg")
    before = tree(root)
    outcome = moves.delete_class("cat")
    assert outcome.folders[0][0] == "cat"
    assert not (root / "cat").exists()
    chosen = [trashed.file for trashed in moves.trashed() if trashed.original in ("cat/deep/x.jpg", "cat/a.jpg")]
    assert moves.restore(chosen).complete
    assert {"cat/deep/x.jpg", "cat/a.jpg", "trash:cat/b.jpg"} <= tree(root).keys()
    moves.undo()
    assert not (root / "cat").exists()
    moves.undo()
    assert tree(root) == before


def test_only_what_is_in_the_trash_can_be_restored_or_deleted(root, moves, tmp_path):
    fill(tmp_path, "outside.jpg")
    moves.trash(["cat/a.jpg"])
    foreign = ["cat/b.jpg", "../outside.jpg", ".discern/trash/../../cat/b.jpg", ".discern/trash/x/cat/b.jpg"]
    assert {failure.reason for failure in moves.restore(foreign).failed} == {Reason.NOT_A_PICTURE}
    emptied = moves.empty_trash(foreign)
    assert emptied.pictures == 0
    assert {reason for _, reason in emptied.failed} == {Reason.NOT_A_PICTURE}
    assert {"cat/b.jpg", "trash:cat/a.jpg"} <= tree(root).keys()
    assert (tmp_path / "outside.jpg").exists()


def test_emptying_the_trash_deletes_only_what_is_in_it(root, moves, tmp_path):
    fill(tmp_path, "precious/x.jpg")
    moves.put(["cat/b.jpg"], "dog")
    moves.trash(["cat/a.jpg"])
    moves.delete_class("dog")
    bin_ = next((root / ".discern" / "trash").iterdir())
    (bin_ / "link.jpg").symlink_to(tmp_path / "precious" / "x.jpg")
    (bin_ / "linked folder").symlink_to(tmp_path / "precious")
    size = moves.trash_size()
    emptied = moves.empty_trash()
    assert (emptied.pictures, emptied.bytes, emptied.failed) == (size.pictures, size.bytes, ())
    assert where(root) == ["cat/c.jpg", "top.jpg"]
    assert (tmp_path / "precious" / "x.jpg").exists()
    assert moves.trash_size().pictures == 0
    assert list((root / ".discern" / "trash").iterdir()) == []
    # What needed the deleted files can't be undone any more; the rest can, as far as it goes.
    assert str(moves.undo_label) == "Move “b.jpg” to “dog”"
    assert moves.undo().failed[0].reason == Reason.MISSING
    assert reopen(root).undo_label is None


def test_single_pictures_are_deleted_for_good(root, moves):
    moves.trash(["cat/a.jpg", "cat/b.jpg"])
    first, second = moves.trashed()
    assert moves.empty_trash([first.file]).pictures == 1
    assert moves.trashed() == [second]
    assert moves.undo().moved == ((second.file, "cat/b.jpg"),)


def test_the_purge_is_on_record_before_anything_is_deleted(root, moves):
    moves.trash(["cat/a.jpg"])

    class Full(storage.Disk):
        def write(self, fd, data):
            raise OSError(errno.ENOSPC, "full")

    with substituted(Full()), pytest.raises(StorageError):
        moves.empty_trash()
    assert "trash:cat/a.jpg" in tree(root)
    assert moves.undo().complete


def test_a_refused_purge_deletes_nothing_and_forgets_nothing(root, moves):
    class Unsynced(storage.Disk):
        def fsync(self, fd):
            raise OSError(errno.EIO, "the record is there, or is not")

    moves.trash(["cat/a.jpg"])
    with substituted(Unsynced()), pytest.raises(StorageError):
        moves.empty_trash()
    assert len(moves.trashed()) == 1
    moves.put(["cat/b.jpg"], "dog")
    again = reopen(root)
    again.undo()
    assert again.undo().complete
    assert "cat/a.jpg" in where(root)


# ---- classes


def test_a_class_is_renamed_with_its_pictures(root, moves):
    before = tree(root)
    outcome = moves.rename_class("cat", "Katze")
    assert outcome.renamed_classes == {"cat": "Katze"}
    assert str(outcome.label) == "Rename class “cat” to “Katze”"
    assert where(root)[:3] == ["Katze/a.jpg", "Katze/b.jpg", "Katze/c.jpg"]
    assert moves.undo().renamed_classes == {"Katze": "cat"}
    assert tree(root) == before
    assert moves.rename_class("cat", "cat").folders == ()


def test_a_class_changes_its_capitals(root, moves):
    for new in ("Cat", "CAT", "cat"):
        old = next(path.name for path in root.iterdir() if path.name.lower() == "cat")
        if old != new:
            assert moves.rename_class(old, new).renamed_classes == {old: new}
    moves.undo()
    assert (root / "CAT" / "a.jpg").exists()
    assert not any("renaming" in path.name for path in root.iterdir())


def test_classes_cannot_take_each_others_names(root, moves):
    for act in (
        lambda: moves.rename_class("cat", "dog"),
        lambda: moves.rename_class("cat", "Dog"),
        lambda: moves.create_class("DOG"),
        lambda: moves.merge_class("cat", "cat"),
        lambda: moves.merge_class("cat", "fox"),
        lambda: moves.rename_class("fox", "wolf"),
        lambda: moves.delete_class("fox"),
        lambda: moves.delete_class(".discern"),
        lambda: moves.delete_class("cat/.."),
    ):
        with pytest.raises(DataError):
            act()
    assert records(root) == []


def test_classes_are_merged_and_parted(root, moves):
    fill(root, "cat/deep/x.jpg", "cat/notes.txt", "cat/.DS_Store")
    before = tree(root)
    outcome = moves.merge_class("cat", "dog")
    assert outcome.complete
    assert outcome.total == 5
    assert where(root) == [
        "dog/a (2).jpg",
        "dog/a.jpg",
        "dog/b.jpg",
        "dog/c.jpg",
        "dog/d.jpg",
        "dog/deep/x.jpg",
        "dog/notes.txt",
        "top.jpg",
        "trash:cat/.DS_Store",
    ]
    assert moves.undo().complete
    assert tree(root) == before
    assert moves.redo().complete
    assert not (root / "cat").exists()


def test_a_merged_class_keeps_what_could_not_be_moved(root, moves):
    (root / "cat" / "link.jpg").symlink_to("a.jpg")
    outcome = moves.merge_class("cat", "dog")
    assert {(failure.file, failure.reason) for failure in outcome.failed} == {
        ("cat/link.jpg", Reason.LINK),
        ("cat", Reason.HOLDS_FILES),
    }
    assert (root / "cat" / "link.jpg").is_symlink()
    moves.undo()
    assert (root / "cat" / "a.jpg").exists()


def test_a_class_is_made_and_unmade(root, moves):
    assert moves.create_class("fox").complete
    assert (root / "fox").is_dir()
    assert str(moves.undo_label) == "New class “fox”"
    moves.undo()
    assert not (root / "fox").exists()
    moves.redo()
    assert (root / "fox").is_dir()


# ---- undo and redo


def test_history_survives_a_restart(root, moves):
    start = tree(root)
    moves.put(["cat/a.jpg"], "dog")
    moves.trash(["top.jpg"])
    moves.rename_class("dog", "hound")
    moves.undo()
    after = tree(root)
    again = reopen(root)
    assert again.interrupted == ()
    assert str(again.undo_label) == "Delete “top.jpg”"
    assert str(again.redo_label) == "Rename class “dog” to “hound”"
    again.redo()
    reopen(root).undo()
    assert tree(root) == after
    while reopen(root).undo():
        pass
    assert tree(root) == start
    while reopen(root).redo():
        pass
    assert "hound/a (2).jpg" in tree(root)


def test_a_new_step_forgets_what_was_undone(root, moves):
    moves.put(["cat/a.jpg"], "dog")
    moves.undo()
    moves.trash(["top.jpg"])
    assert moves.redo_label is None
    assert reopen(root).redo_label is None


def test_undo_skips_and_names_what_other_programs_changed(root, moves):
    fill(root, *(f"cat/{number}.jpg" for number in range(6)))
    moves.trash(["dog/d.jpg"])
    moves.put([f"cat/{number}.jpg" for number in range(6)], "dog")
    (root / "dog" / "0.jpg").unlink()
    (root / "dog" / "1.jpg").write_bytes(b"another picture")
    fill(root, "cat/2.jpg")
    (root / "dog" / "3.jpg").rename(root / "cat" / "3.jpg")
    (root / "dog" / "4.jpg").unlink()
    (root / "dog" / "4.jpg").mkdir()
    undone = moves.undo()
    assert {failure.file: failure.reason for failure in undone.failed} == {
        "dog/0.jpg": Reason.MISSING,
        "dog/1.jpg": Reason.CHANGED,
        "dog/4.jpg": Reason.CHANGED,
    }
    assert dict(undone.moved) == {
        "dog/2.jpg": "cat/2 (2).jpg",
        "dog/3.jpg": "cat/3.jpg",  # somebody brought it back already
        "dog/5.jpg": "cat/5.jpg",
    }
    assert (root / "dog" / "1.jpg").read_bytes() == b"another picture"
    # What can never be undone does not stand in the way of older steps.
    assert str(reopen(root).undo_label) == "Delete “d.jpg”"
    assert moves.undo().complete
    # Redo brings back what was undone, from where it is now.
    moves.redo()
    assert dict(moves.redo().moved)["cat/2 (2).jpg"] == "dog/2.jpg"


def test_undo_does_not_move_a_new_picture_of_the_same_name_and_size(root, moves):
    """A camera writes files of one size, and its names begin again."""
    moves.put(["cat/b.jpg"], "dog")
    (root / "dog" / "b.jpg").rename(root / "dog" / "kept.jpg")
    (root / "dog" / "b.jpg").write_bytes(b"CONTENT OF CAT/B.JPG")
    os.utime(root / "dog" / "b.jpg", ns=(0, 0))
    assert moves.undo().failed[0].reason == Reason.CHANGED
    assert (root / "dog" / "b.jpg").read_bytes() == b"CONTENT OF CAT/B.JPG"


def test_a_copied_project_is_undone_like_the_original(root, moves, tmp_path):
    """Copying loses inodes, and often times."""
    before = tree(root)
    moves.put(["cat/b.jpg", "cat/c.jpg"], "dog")
    moves.rename_class("dog", "hound")
    copy = tmp_path / "copy"
    shutil.copytree(root, copy, copy_function=shutil.copyfile)
    for path in copy.rglob("*"):
        os.utime(path, ns=(0, 0))
    there = reopen(copy)
    assert there.undo().complete
    assert there.undo().complete
    assert tree(copy) == before


def test_undo_makes_folders_again(root, moves):
    fill(root, "cat/deep/er/x.jpg")
    moves.put(["cat/deep/er/x.jpg"], "dog")
    shutil.rmtree(root / "cat" / "deep")
    assert moves.undo().complete
    assert (root / "cat" / "deep" / "er" / "x.jpg").exists()


def test_an_undone_renaming_does_not_replace_a_new_class(root, moves):
    moves.rename_class("cat", "fox")
    fill(root, "cat/new.jpg")
    undone = moves.undo()
    assert undone.failed[0].reason == Reason.FOLDER_TAKEN
    assert {"cat/new.jpg", "fox/a.jpg"} <= tree(root).keys()
    assert moves.undo_label is None


def test_what_failed_for_a_passing_reason_stays_to_be_undone(root, moves):
    moves.put(["cat/a.jpg", "cat/b.jpg"], "dog")

    class Refusing(storage.Disk):
        def rename_new(self, source, target):
            if source.name == "b.jpg":
                raise OSError(errno.EACCES, "no")
            super().rename_new(source, target)

    with substituted(Refusing()):
        undone = moves.undo()
    assert [failure.reason for failure in undone.failed] == ["Writing there is not allowed."]
    assert str(moves.undo_label) == "Move 2 pictures to “dog”"
    assert moves.finish(undone).moved == (("dog/b.jpg", "cat/b.jpg"),)
    assert moves.undo_label is None
    moves.redo()
    moves.redo()
    assert {"dog/a (2).jpg", "dog/b.jpg"} <= tree(root).keys()


def test_a_step_done_in_part_is_finished_and_remains_one_step(root, moves):
    fill(root, *(f"cat/{number:03}.jpg" for number in range(200)))
    before = tree(root)
    files = [f"cat/{number:03}.jpg" for number in range(200)]
    with substituted(WearyDisk(128, OSError(errno.EBUSY, "not now"))):
        outcome = moves.put(files, "dog")
    assert (len(outcome.moved), outcome.total) == (128, 200)
    assert {failure.reason for failure in outcome.failed} == {Reason.IN_USE}
    assert len(moves.finish(outcome).moved) == 72
    again = reopen(root)
    assert len(again.undo().moved) == 200
    assert tree(root) == before
    assert again.undo_label is None


@pytest.mark.parametrize(
    ("act", "count"),
    [
        (lambda moves: moves.put(["cat/b.jpg"], "new"), 1),
        (lambda moves: moves.put(["cat/a.jpg", "cat/b.jpg", "top.jpg"], "new"), 3),
        (lambda moves: moves.put_each({"cat/a.jpg": "dog", "cat/b.jpg": "new", "top.jpg": "new"}), 3),
        (lambda moves: moves.unlabel(["cat/a.jpg", "cat/b.jpg"]), 2),
        (lambda moves: moves.trash(["cat/b.jpg", "cat/c.jpg"]), 2),
        (lambda moves: moves.merge_class("cat", "dog"), 3),
    ],
    ids=["put one", "put", "put each", "unlabel", "trash", "merge"],
)
def test_a_picture_that_could_not_even_be_looked_at_is_tried_again(root, moves, monkeypatch, act, count):
    before = tree(root)
    look = Inside.look

    def fail(self, path):
        if path == "cat/b.jpg":
            raise OSError(errno.EIO, "a bad sector")
        return look(self, path)

    with monkeypatch.context() as patch:
        patch.setattr(Inside, "look", fail)
        first = act(moves)
    assert "cat/b.jpg" in where(root)
    assert [failure.file for failure in first.failed if not failure.is_folder] == ["cat/b.jpg"]
    assert (len(first.moved), first.total) == (count - 1, count)
    second = moves.finish(first)
    assert second.complete
    assert "cat/b.jpg" not in where(root)
    assert moves.undo_label.count == count
    again = reopen(root)
    assert again.undo_label.count == count
    assert len(again.undo().moved) == count
    assert tree(root) == before
    assert again.undo_label is None


def test_a_restored_picture_that_could_not_be_looked_at_is_tried_again(root, moves, monkeypatch):
    before = tree(root)
    moves.trash(["cat/a.jpg", "cat/b.jpg"])
    files = [trashed.file for trashed in moves.trashed()]
    look = Inside.look

    def fail(self, path):
        if path == files[0]:
            raise OSError(errno.EIO, "a bad sector")
        return look(self, path)

    with monkeypatch.context() as patch:
        patch.setattr(Inside, "look", fail)
        first = moves.restore(files)
    assert [failure.file for failure in first.failed] == files[:1]
    assert moves.finish(first).complete
    assert tree(root) == before
    assert len(reopen(root).undo().moved) == 2


def test_a_step_that_is_broken_off_is_settled_before_the_next(root, moves):
    fill(root, *(f"cat/{number:03}.jpg" for number in range(100)))
    before = tree(root)
    with substituted(WearyDisk(64, KeyboardInterrupt())), pytest.raises(KeyboardInterrupt):
        moves.put([f"cat/{number:03}.jpg" for number in range(100)], "dog")
    assert moves.trash(["top.jpg"]).complete
    assert moves.undo().complete
    assert len(moves.undo().moved) == 64
    assert tree(root) == before
    assert reopen(root).undo_label is None


@pytest.mark.parametrize(
    ("label", "text"),
    [
        (Label(Action.MOVE, 12, "a.jpg", "slag inclusion"), "Move 12 pictures to “slag inclusion”"),
        (Label(Action.MOVE, 1, "a.jpg", "slag"), "Move “a.jpg” to “slag”"),
        (Label(Action.TRASH, 1, "x\u202egpj.exe"), "Delete “x\ufffdgpj.exe”"),
        (Label(Action.RESTORE, 3, "a.jpg"), "Restore 3 pictures"),
        (Label(Action.MERGE_CLASS, 7, "a", "b"), "Merge class “a” into “b”"),
        (Label(Action.MOVE, 2, "{count.__class__}", "{to}"), "Move 2 pictures to “{to}”"),
    ],
)
def test_labels_say_what_a_step_did(label, text):
    assert str(label) == text
    assert label.template.format(**label.values) == text


# ---- interrupted


def interrupt(root, moves, act, after):
    """Run `act` on a disk that dies for good at the rename after `after` others."""

    class Dead(BaseException):
        pass

    class Dying(storage.Disk):
        renames = 0
        dead = False

        def rename_new(self, source, target):
            self.renames += 1
            if self.renames > after:
                self.dead = True
            self._check()
            super().rename_new(source, target)

        def _check(self):
            if self.dead:
                raise Dead

        def write(self, fd, data):
            self._check()
            return super().write(fd, data)

        def unlink(self, path):
            self._check()
            super().unlink(path)

    with substituted(Dying()), pytest.raises(Dead):
        act(moves)


def test_an_interrupted_step_is_reported_finished_or_undone(root, moves):
    before = tree(root)
    interrupt(root, moves, lambda moves: moves.put(["cat/a.jpg", "cat/b.jpg", "cat/c.jpg"], "dog"), after=2)
    again = reopen(root)
    (outcome,) = again.interrupted
    assert outcome.interrupted
    assert str(outcome.label) == "Move 3 pictures to “dog”"
    assert (len(outcome.moved), outcome.total) == (2, 3)
    assert outcome.failed[0].reason == Reason.INTERRUPTED
    assert reopen(root).interrupted == ()
    assert again.finish(outcome).moved == (("cat/c.jpg", "dog/c.jpg"),)
    assert again.undo().total == 3
    assert tree(root) == before


def test_settling_does_not_take_a_stranger_for_our_picture(root, moves):
    """Only the target exists, but another program put it there."""
    interrupt(root, moves, lambda moves: moves.put(["cat/b.jpg"], "dog"), after=0)
    (root / "cat" / "b.jpg").unlink()
    (root / "dog" / "b.jpg").write_bytes(b"a stranger")
    os.utime(root / "dog" / "b.jpg", ns=(0, 0))
    again = reopen(root)
    assert again.interrupted[0].failed[0].reason == Reason.CHANGED
    assert again.undo_label is None


def test_a_name_that_lasts_of_two_is_settled(root, moves):
    """A rename by link was interrupted before its unlink."""
    interrupt(root, moves, lambda moves: moves.put(["cat/b.jpg"], "dog"), after=0)
    os.link(root / "cat" / "b.jpg", root / "dog" / "b.jpg")
    again = reopen(root)
    assert again.interrupted == ()
    assert not (root / "cat" / "b.jpg").exists()
    assert tree(root)["dog/b.jpg"] == "content of cat/b.jpg"
    assert again.undo().moved == (("dog/b.jpg", "cat/b.jpg"),)


def test_two_alike_files_are_both_left(root, moves):
    interrupt(root, moves, lambda moves: moves.put(["cat/b.jpg"], "dog"), after=0)
    shutil.copy2(root / "cat" / "b.jpg", root / "dog" / "b.jpg")
    again = reopen(root)
    assert again.interrupted[0].failed[0].reason == Reason.TAKEN
    assert {"cat/b.jpg", "dog/b.jpg"} <= tree(root).keys()


# ---- disks


def test_where_links_are_missing_too_nothing_is_overwritten(root, moves):
    class Simple(storage.Disk):
        def rename_new(self, source, target):
            self._rename_new_otherwise(source, target)

        def link(self, source, target):
            raise OSError(errno.EPERM, "no links here")

    with substituted(Simple()):
        assert moves.put(["cat/a.jpg", "cat/b.jpg"], "dog").complete
        assert moves.rename_class("dog", "hound").complete
        with pytest.raises(FileExistsError):
            storage.disk.rename_new(root / "cat" / "c.jpg", root / "hound" / "d.jpg")
    assert tree(root)["hound/d.jpg"] == "content of dog/d.jpg"


class Volumes(storage.Disk):
    """`usb` is another volume."""

    def rename_new(self, source, target):
        if self._is_away(source) != self._is_away(target):
            raise OSError(errno.EXDEV, "another volume")
        super().rename_new(source, target)

    def _is_away(self, path):
        return path.parts[path.parts.index("project") + 1] == "usb"


def test_to_another_volume_by_copy_and_back(root, moves):
    fill(root, "usb/x.jpg")
    os.utime(root / "usb" / "x.jpg", ns=(10**18, 10**18))
    with substituted(Volumes()):
        assert moves.put(["usb/x.jpg"], "cat").moved == (("usb/x.jpg", "cat/x.jpg"),)
        assert (root / "cat" / "x.jpg").stat().st_mtime_ns == 10**18
        asides = [path for path in root.rglob("*x.jpg") if ".discern-trash" in path.parts]
        assert [path.read_text() for path in asides] == ["content of usb/x.jpg"]
        assert not (root / "usb" / "x.jpg").exists()
        assert moves.undo().complete
        assert (root / "usb" / "x.jpg").read_text() == "content of usb/x.jpg"
        assert not list(root.rglob("*.tmp"))
        assert [trashed.original for trashed in moves.trashed()] == []
        assert moves.trash_size().pictures == 2
        assert moves.empty_trash().pictures == 2
    assert not list(root.rglob("*.discern-trash/*"))
    assert "usb/x.jpg" in tree(root)


def test_a_copy_that_differs_is_not_trusted(root, moves):
    fill(root, "usb/x.jpg")

    class Lying(Volumes):
        def write(self, fd, data):
            written = super().write(fd, data)
            if bytes(data).startswith(b"content"):
                os.pwrite(fd, b"C", 0)  # a bit flips on its way to the stick
            return written

    with substituted(Lying()):
        outcome = moves.put(["usb/x.jpg"], "cat")
    assert outcome.failed[0].reason == "The disk reports a fault. Nothing was changed."
    assert where(root) == ["cat/a.jpg", "cat/b.jpg", "cat/c.jpg", "dog/a.jpg", "dog/d.jpg", "top.jpg", "usb/x.jpg"]
    assert not list(root.rglob("*.tmp"))


def test_a_picture_that_changes_while_it_is_copied_stays(root, moves):
    fill(root, "usb/x.jpg")

    class Racing(Volumes):
        def set_times(self, path, accessed_ns, modified_ns):
            (root / "usb" / "x.jpg").write_bytes(b"edited")
            super().set_times(path, accessed_ns, modified_ns)

    with substituted(Racing()):
        outcome = moves.put(["usb/x.jpg"], "cat")
    assert outcome.failed[0].reason == Reason.CHANGED_MEANWHILE
    assert (root / "usb" / "x.jpg").read_bytes() == b"edited"


def test_a_folder_does_not_go_to_another_volume(root, moves):
    fill(root, "usb/x.jpg")
    with substituted(Volumes()):
        outcome = moves.delete_class("usb")
    assert [(failure.reason, failure.is_folder) for failure in outcome.failed] == [(Reason.OTHER_DISK, True)]
    assert (root / "usb" / "x.jpg").exists()


def test_a_file_in_use_is_waited_for(root, moves, monkeypatch):
    waited = []
    monkeypatch.setattr(transfer.time, "sleep", waited.append)

    class InUse(storage.Disk):
        busy = 2

        def rename_new(self, source, target):
            if source.name == "b.jpg" and self.busy > 0:
                self.busy -= 1
                error = OSError(errno.EACCES, "in use")
                error.winerror = 32
                raise error
            super().rename_new(source, target)

    with substituted(InUse()) as disk:
        assert moves.put(["cat/a.jpg", "cat/b.jpg"], "dog").complete
        disk.busy = 10**9
        outcome = moves.put(["dog/b.jpg"], "cat")
    assert outcome.failed[0].reason == Reason.IN_USE
    assert sum(waited) <= 2.5 + 0.3


def test_pictures_wait_where_their_class_could_not_be_made(root, moves):
    class Blocking(storage.Disk):
        def rename_new(self, source, target):
            if target.name == "new":
                raise FileNotFoundError(errno.ENOENT, "gone")
            super().rename_new(source, target)

    before = tree(root)
    with substituted(Blocking()):
        outcome = moves.put(["cat/a.jpg", "cat/b.jpg"], "new")
    assert not outcome.moved and not (root / "new").exists()
    assert moves.finish(outcome).complete
    assert (root / "new" / "a.jpg").exists()
    moves.undo()
    assert tree(root) == before
    assert not (root / "new").exists()


def test_a_share_that_is_gone_is_asked_once(root, moves):
    fill(root, *(f"cat/{number}.jpg" for number in range(50)))

    class Gone(storage.Disk):
        asked = 0

        def rename_new(self, source, target):
            self.asked += 1
            if self.asked > 10:
                raise OSError(errno.ETIMEDOUT, "no answer")
            super().rename_new(source, target)

    with substituted(Gone()) as disk:
        outcome = moves.put([f"cat/{number}.jpg" for number in range(50)], "dog")
    assert disk.asked == 11
    assert (len(outcome.moved), outcome.total) == (10, 50)
    assert {failure.reason for failure in outcome.failed} == {Reason.OFFLINE}
    assert len(moves.undo().moved) == 10


@contextmanager
def offline(monkeypatch, root):
    """Looking at a picture does not answer, either."""
    real = os.lstat

    def lstat(path, **more):
        if "/cat/" in str(path) or "/dog/" in str(path):
            raise OSError(errno.ESTALE, "stale")
        return real(path, **more)

    with monkeypatch.context() as patch:
        patch.setattr(os, "lstat", lstat)
        yield


def test_a_step_whose_end_cannot_be_seen_is_settled_later(root, moves, monkeypatch):
    class Gone(storage.Disk):
        def rename_new(self, source, target):
            super().rename_new(source, target)
            if source.name == "b.jpg":
                stack.enter_context(offline(monkeypatch, root))

    with ExitStack() as stack, substituted(Gone()):
        outcome = moves.put(["cat/b.jpg", "cat/c.jpg"], "dog")
        assert {failure.reason for failure in outcome.failed} == {Reason.OFFLINE}
        with pytest.raises(StorageError):
            moves.trash(["top.jpg"])
    assert "end" not in records(root)[-1]
    assert moves.trash(["top.jpg"]).complete
    moves.undo()
    assert str(moves.undo_label) == "Move 2 pictures to “dog”"
    assert {"cat/b.jpg", "cat/c.jpg"} <= ({old for _, old in moves.undo().moved} | tree(root).keys())


def test_nothing_begins_on_a_full_disk_and_nothing_is_forgotten(root, moves):
    moves.put(["cat/a.jpg"], "dog")

    class Full(storage.Disk):
        def write(self, fd, data):
            os.write(fd, bytes(data)[: len(data) // 2])
            raise OSError(errno.ENOSPC, "full")

    before = tree(root)
    with substituted(Full()):
        for act in (lambda: moves.put(["cat/b.jpg"], "dog"), moves.undo, lambda: moves.create_class("fox")):
            with pytest.raises(StorageError):
                act()
    assert tree(root) == before
    assert moves.put(["cat/b.jpg"], "dog").complete
    again = reopen(root)
    assert again.interrupted == ()
    assert len(again._journal.history.undo) == 2


def test_a_project_that_vanished_is_not_made_again(root, moves):
    root.rename(root.with_name("away"))
    for act in (
        lambda: moves.put(["cat/a.jpg"], "dog"),
        moves.undo,
        moves.redo,
        moves.empty_trash,
        lambda: moves.create_class("fox"),
    ):
        with pytest.raises(ProjectError):
            act()
    assert not root.exists()


def test_a_read_only_project_moves_nothing(root, tmp_path):
    with pytest.raises(ProjectError):
        Moves(root, tmp_path / "state elsewhere")


# ---- a disk that can't tell capitals apart


class CapitalBlind(storage.Disk):
    """A disk that keeps the capitals of names, but finds them in any; renames onto another spelling are refused."""

    def __init__(self, root):
        self.root = root

    def real(self, path):
        """The path as it is spelled on disk, as far as it exists."""
        path = Path(path)
        if not path.is_relative_to(self.root):
            return path
        found = self.root
        for part in path.relative_to(self.root).parts:
            entries = entries_of(found)
            found /= next((entry for entry in entries if names.same_file(entry) == names.same_file(part)), part)
        return found

    def rename_new(self, source, target):
        source = self.real(source)
        parent = self.real(target.parent)
        if any(names.same_file(entry) == names.same_file(target.name) for entry in entries_of(parent)):
            raise FileExistsError(errno.EEXIST, "exists", str(target))
        super().rename_new(source, parent / target.name)

    def mkdir(self, path):
        if os.path.lexists(self.real(path)):
            raise FileExistsError(errno.EEXIST, "exists", str(path))
        super().mkdir(self.real(path.parent) / path.name)

    def open(self, path, flags):
        return super().open(self.real(path), flags)


_listdir = os.listdir


def entries_of(folder):
    try:
        return _listdir(folder)
    except OSError:
        return []


@pytest.fixture
def blind(root, monkeypatch):
    disk = CapitalBlind(root)
    for name in ("lstat", "stat", "scandir", "listdir"):
        real = getattr(os, name)

        def look(path=".", *args, _real=real, **options):
            return _real(path if isinstance(path, int) else disk.real(path), *args, **options)

        monkeypatch.setattr(os, name, look)
    with substituted(disk):
        yield disk


def spelled(root):
    return sorted(name for name in _listdir(root) if not name.startswith("."))


def test_capitals_change_where_the_disk_is_blind_to_them(root, blind):
    moves = reopen(root)
    assert (root / "CAT" / "A.jpg").exists(), "the fake does not fake"
    with pytest.raises(FileExistsError):
        storage.disk.rename_new(root / "cat", root / "Cat")
    assert moves.rename_class("cat", "Cat").complete
    assert spelled(root) == ["Cat", "dog", "top.jpg"]
    moves.undo()
    assert spelled(root) == ["cat", "dog", "top.jpg"]
    moves.redo()
    assert spelled(root) == ["Cat", "dog", "top.jpg"]
    with pytest.raises(DataError):
        moves.create_class("DOG")
    assert moves.put(["dog/a.jpg"], "Cat").moved == (("dog/a.jpg", "Cat/a (2).jpg"),)


@pytest.mark.parametrize("after", [0, 1])
def test_a_change_of_capitals_survives_being_killed(root, blind, after):
    class Dead(BaseException):
        pass

    moves = reopen(root)
    renames = []
    real = CapitalBlind.rename_new

    def dying(source, target):
        renames.append(source)
        if len(renames) > after:
            raise Dead
        real(blind, source, target)

    blind.rename_new = dying
    with pytest.raises(Dead):
        moves.rename_class("cat", "Cat")
    del blind.rename_new
    again = reopen(root)
    if after == 0:
        assert spelled(root) == ["cat", "dog", "top.jpg"]
        assert again.interrupted[0].failed[0].reason == Reason.INTERRUPTED
        assert again.finish(again.interrupted[0]).complete
    assert spelled(root) == ["Cat", "dog", "top.jpg"]
    again.undo()
    assert spelled(root) == ["cat", "dog", "top.jpg"]


# ---- a journal from a stranger


def begin(*items, **changes):
    document = {
        "format": 1,
        "begin": "0123456789ab",
        "kind": "do",
        "ref": "",
        "label": ["move", 1, "a.jpg", "dog"],
        "place": "",
        "items": [[source, target, ["file", 3, 0, 1], False, ""] for source, target in items],
    }
    return {**document, **changes}


@pytest.mark.parametrize(
    "document",
    [
        begin(("../outside.jpg", "cat/x.jpg")),
        begin(("cat/a.jpg", "../x.jpg")),
        begin(("cat/a.jpg", "/tmp/x.jpg")),
        begin(("cat/a.jpg", ".discern/project.json")),
        begin((".discern/journal.jsonl", "cat/x.jpg")),
        begin(("cat/a.jpg", "cat/../../x.jpg")),
        begin(("cat/a.jpg", ".discern/trash/0123456789ab/../../../x")),
        begin(("cat/a.jpg", ".discern/trash/not an id/x")),
        begin(("cat/a.jpg", "")),
        begin(("cat/a.jpg", "cat//x.jpg")),
        begin(("cat/a.jpg", "x\0.jpg")),
        begin(("cat/a.jpg", "cat/\ud800.jpg")),
        begin(("cat/\udfff.jpg", "dog/x.jpg")),
        begin(("cat/a.jpg", "/".join("x" * 3000))),
        begin(("cat/a.jpg", "dog/x.jpg"), begin="../../etc/passwd"),
        begin(("cat/a.jpg", "dog/x.jpg"), kind="format"),
        begin(("cat/a.jpg", "dog/x.jpg"), label=["run", 1, "{0.__class__}", ""]),
        begin(("cat/a.jpg", "dog/x.jpg"), label=None),
        begin(items=[["cat/a.jpg", "dog/x.jpg", ["file", 3, 0, 1], False, "../x"]]),
        begin(items=[["cat/a.jpg", "dog/x.jpg", ["file", 3, 0, 1], False, "cat/x"]]),
        begin(items=[["cat/a.jpg", "dog/x.jpg", ["socket", 3, 0, 1], False, ""]]),
        begin(items=["cat/a.jpg"]),
        begin(items=None),
        {"copied": "0123456789ab", "item": 0, "sha256": "0" * 64, "aside": "../../x"},
        {"copied": "0123456789ab", "item": 0, "sha256": "0" * 64, "aside": ".discern/trash/x"},
        {"nonsense": 1},
        ["begin"],
        7,
        None,
    ],
    ids=lambda document: "",
)
def test_a_record_that_leads_elsewhere_is_ignored_and_reported(root, tmp_path, document):
    fill(tmp_path, "outside.jpg")
    write_journal(root, document)
    before = tree(tmp_path)
    moves = reopen(root)
    assert moves.undo_label is None
    assert moves.interrupted == ()
    assert len(moves.notices) == 1
    assert moves.undo() is None
    assert tree(tmp_path) == before


def test_no_path_of_a_journal_leads_over_a_link(root, tmp_path):
    fill(tmp_path, "elsewhere/x.jpg")
    (root / "fox").symlink_to(tmp_path / "elsewhere")
    size = (tmp_path / "elsewhere" / "x.jpg").stat().st_size
    item = ["dog/x.jpg", "fox/x.jpg", ["file", size, 0, 1], False, ""]
    write_journal(root, begin(items=[item]), {"end": "0123456789ab", "missed": [], "given_up": []})
    undone = reopen(root).undo()
    assert undone.failed[0].reason == Reason.OUTSIDE
    write_journal(root, begin(items=[item]))
    assert reopen(root).interrupted[0].failed[0].reason == Reason.OUTSIDE
    assert (tmp_path / "elsewhere" / "x.jpg").exists()


@pytest.mark.parametrize("link", [".discern", ".discern/trash"])
def test_a_linked_state_folder_is_not_used(root, moves, tmp_path, link):
    (tmp_path / "elsewhere").mkdir()
    shutil.rmtree(root / link, ignore_errors=True)
    (root / link).symlink_to(tmp_path / "elsewhere")
    if link == ".discern":
        with pytest.raises(ProjectError):
            reopen(root)
    else:
        assert reopen(root).trash(["cat/a.jpg"]).failed[0].reason == Reason.OUTSIDE
        with pytest.raises(StorageError):
            moves.create_class("fox")
        assert moves.trash_size().pictures == 0
        moves.empty_trash()
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert (root / "cat" / "a.jpg").exists()


def test_damage_costs_only_the_damaged_records(root, moves):
    moves.put(["cat/a.jpg"], "dog")
    moves.put(["cat/b.jpg"], "dog")
    path = root / ".discern" / "journal.jsonl"
    data = bytearray(path.read_bytes())
    data[data.index(b"b.jpg")] ^= 1
    hostile = b"\n" + b"[" * 100_000
    body = b"[" * 100_000
    path.write_bytes(bytes(data) + hostile + b"\n%08x %s\n" % (zlib.crc32(body), body))
    again = reopen(root)
    assert str(again.undo_label) == "Move “a.jpg” to “dog”"
    assert again.undo().complete


def test_a_newer_journal_is_refused(root):
    write_journal(root, begin(("cat/a.jpg", "dog/x.jpg"), format=2))
    with pytest.raises(ProjectError, match="newer"):
        reopen(root)


def test_a_journal_that_cannot_be_read_is_a_problem_in_words(root):
    (root / ".discern" / "journal.jsonl").mkdir()
    with pytest.raises(StorageError):
        reopen(root)


# ---- a long journal


def test_a_long_journal_is_shortened_at_the_start_and_its_newest_steps_stay(root, moves, monkeypatch):
    for _ in range(40):
        moves.put(["cat/a.jpg"], "dog")
        moves.trash(["dog/a (2).jpg"])
        moves.undo()
        moves.undo()
    moves.put(["cat/b.jpg"], "dog")
    before = tree(root)
    monkeypatch.setattr(journals, "COMPACT_ABOVE", 10_000)
    monkeypatch.setattr(journals, "KEEP_OPERATIONS", 7)
    path = root / ".discern" / "journal.jsonl"
    size = path.stat().st_size
    short = reopen(root)
    assert path.stat().st_size < size / 4
    assert sum("begin" in record for record in records(root)) == 7
    assert tree(root) == before
    assert str(short.undo_label) == str(reopen(root).undo_label) == "Move “b.jpg” to “dog”"
    assert short.undo().complete
    monkeypatch.setattr(journals, "KEEP_BYTES", 1)
    monkeypatch.setattr(journals, "COMPACT_ABOVE", 1)
    assert reopen(root).redo().complete
    assert tree(root) == before


def test_a_history_of_any_length_is_read_in_part(root, moves, monkeypatch):
    for name in ("a", "b", "c"):
        moves.put([f"cat/{name}.jpg"], "dog")
    size = (root / ".discern" / "journal.jsonl").stat().st_size
    monkeypatch.setattr(journals, "READ_AT_MOST", size // 2)
    again = reopen(root)
    assert str(again.undo_label) == "Move “c.jpg” to “dog”"
    assert again.undo().complete


# ---- large folders


def test_a_class_that_is_made_again_has_no_names_of_the_old_one(root, moves):
    moves.trash(["cat/a.jpg"])
    moves.put(["dog/d.jpg"], "cat")
    moves.delete_class("cat")
    moves.restore([trashed.file for trashed in moves.trashed() if trashed.original == "cat/a.jpg"])
    b = [trashed.file for trashed in moves.trashed() if trashed.original == "cat/b.jpg"]
    assert moves.restore(b).moved == ((b[0], "cat/b.jpg"),)


def test_names_that_other_programs_added_are_seen_after_an_undo(root, moves):
    moves.put(["dog/d.jpg"], "cat")
    fill(root, "cat/TOP.jpg")
    moves.undo()
    moves.redo()
    assert moves.put(["top.jpg"], "cat").moved == (("top.jpg", "cat/top (2).jpg"),)


def test_names_in_a_folder_are_listed_once_while_it_is_unchanged(root, moves, monkeypatch):
    listed = []
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: listed.append(str(path)) or real(path))
    for name in ("a", "b", "c"):
        moves.put([f"cat/{name}.jpg"], "dog")
    assert listed.count(str(root / "dog")) == 1
    fill(root, "dog/TOP.jpg")
    assert moves.put(["top.jpg"], "dog").moved == (("top.jpg", "dog/top (2).jpg"),)
    moves.undo()
    (root / "dog" / "TOP.jpg").unlink()
    assert moves.put(["top.jpg"], "dog").moved == (("top.jpg", "dog/top.jpg"),)


# ---- runs


@pytest.fixture
def runs(root):
    runs = Runs(root / ".discern/runs")
    for status in ("done", "done", "running"):
        run = runs.create(recipe={}, backbone="efficientnet_lite0", classes=["cat", "dog"])
        run.document["status"] = status
        run.save()
    return runs


def ids(runs):
    return [run.id for run in runs.list()], [trashed.run.id for trashed in runs.trash.list()]


def test_a_run_is_deleted_and_comes_back_like_any_other_step(root, moves, runs):
    moves.put(["cat/a.jpg"], "dog")
    outcome = moves.delete_run("run-0001")
    assert (outcome.touches_runs, outcome.deleted_run, outcome.moved) == (True, "run-0001", ())
    assert ids(runs) == (["run-0003", "run-0002"], ["run-0001"])
    assert str(moves.undo_label) == "Delete run 1"
    again = Moves(root, root / ".discern")  # after a restart
    again.undo()
    assert ids(runs) == (["run-0003", "run-0002", "run-0001"], [])
    again.redo()
    assert ids(runs)[1] == ["run-0001"]
    again.undo(), again.undo()
    assert (root / "cat/a.jpg").exists()


def test_a_run_is_restored_as_a_step(moves, runs):
    moves.delete_run("run-0002")
    assert str(moves.restore_run("run-0002").label) == "Restore run 2"
    assert ids(runs)[1] == []
    moves.undo()
    assert ids(runs)[1] == ["run-0002"]


def test_a_run_that_trains_is_not_deleted(moves, runs):
    with pytest.raises(DataError, match="training"):
        moves.delete_run("run-0003")
    moves.delete_run("run-0002")
    moves.undo()
    run = runs.get("2")
    run.document["status"] = "running"
    run.save()
    outcome = moves.redo()
    assert [failure.reason for failure in outcome.failed] == [Reason.TRAINING]
    assert moves.redo_label is not None, "it may be done again when it has ended"


@pytest.mark.parametrize("name", ["run-0009", "run-1", "../cat", "trash", "run-0001/../../.."])
def test_only_what_is_a_run_is_deleted_or_restored(root, moves, runs, name):
    before = where(root)
    for act in (moves.delete_run, moves.restore_run):
        with pytest.raises(DataError, match=r"no longer there|can't be restored"):
            act(name)
    assert where(root) == before
    assert len(ids(runs)[0]) == 3


def test_another_run_of_the_same_number_stays(root, moves, runs):
    moves.delete_run("run-0001")
    shutil.copytree(root / ".discern/runs/run-0002", root / ".discern/runs/run-0001")
    with pytest.raises(DataError, match="another run of that number"):
        moves.restore_run("run-0001")
    outcome = moves.undo()
    assert [failure.reason for failure in outcome.failed] == [Reason.RUN_TAKEN]
    assert ids(runs)[1] == ["run-0001"]


def test_a_run_that_was_deleted_for_good_is_not_offered_to_be_brought_back(root, moves, runs):
    moves.put(["cat/a.jpg"], "dog")
    moves.delete_run("run-0001")
    moves.purge_runs(runs.trash, ["run-0001"])
    assert ids(runs)[1] == []
    assert str(moves.undo_label).startswith("Move")
    assert str(Moves(root, root / ".discern").undo_label).startswith("Move")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (".discern/runs/run-0001", "cat"),
        ("cat", ".discern/runs/run-0009"),
        (".discern/runs/run-0001", ".discern/runs/trash/run-0002"),
        (".discern/runs/run-0001", ".discern/runs/run-0001"),
        (".discern/runs/run-0001/model.onnx", ".discern/runs/trash/run-0001"),
        (".discern/runs/trash", ".discern/runs/run-0001"),
        (".discern", ".discern/runs/trash/run-0001"),
    ],
)
def test_a_journal_from_a_stranger_moves_no_run_elsewhere(root, runs, source, target):
    item = [source, target, ["folder", 0, 0, 0], False, ""]
    label = ["delete_run", 0, "1", ""]
    record = {"format": 1, "begin": "0" * 12, "kind": "do", "ref": "", "label": label, "place": "", "items": [item]}
    storage.append_record(root / ".discern/journal.jsonl", record)
    storage.append_record(root / ".discern/journal.jsonl", {"end": "0" * 12, "missed": [], "given_up": []})
    moves = Moves(root, root / ".discern")
    assert moves.undo_label is None
    assert len(moves.notices) == 1
