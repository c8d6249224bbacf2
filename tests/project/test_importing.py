"""Importing copies, adds, and leaves everything that was there as it was: here and at the source."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from desktop_app import storage
from desktop_app.errors import ProjectError, StorageError
from desktop_app.events import Event, Events, Imported, Progress, Step, StepStarted
from desktop_app.project import import_sources, importing
from desktop_app.project.import_plan import Form, Reading
from desktop_app.project.importing import Twins, import_pictures
from desktop_app.project.index import hash_file
from desktop_app.project.project import Access, Project
from tests.drawing import draw_classes, draw_picture
from tests.running import finish, notices, skipped


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "project", ["cat", "dog"]) as project:
        yield project


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """Where pictures come from."""
    (tmp_path / "stick").mkdir()
    return tmp_path / "stick"


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Content and time of every file below a folder, Discern's own state aside."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file() and ".discern" not in path.parts and not path.name.startswith(storage.TEMP_PREFIX)
    }


def import_folders(project: Project, sources: Sequence[Path], into: str = "", twins: Twins = "skip") -> Events:
    return import_pictures(project, Reading(Form.FOLDERS, tuple(map(str, sources)), into=into), twins)


def run(project: Project, *sources: Path, into: str = "", twins: Twins = "skip") -> tuple[list[Event], Imported]:
    """Import; all events, and the last one. What was there is still there, and the sources are as they were."""
    inside = contents(project.root)
    outside = {source: contents(source) for source in sources if source.is_dir()}
    events, _ = finish(import_folders(project, sources, into, twins))
    after = contents(project.root)
    assert {name: after[name] for name in inside} == inside
    assert {source: contents(source) for source in outside} == outside
    assert not list(project.root.rglob(f"{storage.TEMP_PREFIX}*"))
    last = events[-1]
    assert isinstance(last, Imported) and events[0] == StepStarted(Step.IMPORT)
    return events, last


# ---- what becomes what


def test_a_folder_of_class_folders(project: Project, stick: Path) -> None:
    draw_classes(stick, {"cat": 2, "fox": 3})
    events, done = run(project, stick)
    assert done == Imported({"cat": 2, "fox": 3}, 0, 0)
    assert project.scan().counts() == {"cat": 2, "dog": 0, "fox": 3}
    assert [info.name for info in project.classes] == ["cat", "dog", "fox"]
    assert contents(project.root / "fox") == contents(stick / "fox"), "with their times"
    assert [event for event in events if isinstance(event, Progress)][-1] == Progress(Step.IMPORT, 5, 5)


def test_single_folders_with_all_that_lies_in_them(project: Project, stick: Path) -> None:
    draw_classes(stick, {"fox": 2, "owl": 1})
    draw_picture(stick / "fox" / "lot 1" / "deep" / "x.png", 3)
    _, done = run(project, stick / "fox", stick / "owl")
    assert done.copied == {"fox": 3, "owl": 1}
    assert (project.root / "fox" / "lot 1" / "deep" / "x.png").is_file()


def test_a_folder_around_the_folder_of_class_folders(project: Project, stick: Path) -> None:
    draw_classes(stick / "images", {"cat": 1, "fox": 1})
    assert run(project, stick)[1].copied == {"cat": 1, "fox": 1}


def test_single_files_become_unlabelled(project: Project, stick: Path) -> None:
    files = [draw_picture(stick / f"{number}.png", seed=number) for number in range(3)]
    (stick / "notes.txt").touch()
    (stick / "x.heic").touch()
    events, done = run(project, *files, stick / "notes.txt", stick / "x.heic")
    assert done.copied == {"_unlabelled": 3} and project.scan().unlabelled == 3
    assert any("no pictures in “notes.txt”, “x.heic”" in text for text in notices(events))
    assert any("1 HEIC" in text for text in notices(events))


def test_unlabelled_pictures_of_another_project_stay_unlabelled(project: Project, stick: Path) -> None:
    draw_classes(stick, {"cat": 1, "_unlabelled": 2})
    assert run(project, stick)[1].copied == {"cat": 1, "_unlabelled": 2}


def test_everything_into_one_class(project: Project, stick: Path) -> None:
    draw_classes(stick, {"a": 2, "b": 1, "con": 1})
    single = draw_picture(stick / "single.png", 6)
    _, done = run(project, stick / "a", stick / "b", stick / "con", single, into="dog")
    assert done.copied == {"dog": 5} and project.scan().counts() == {"cat": 0, "dog": 5}


def test_an_existing_class_in_another_spelling(project: Project, stick: Path) -> None:
    draw_classes(stick, {"CAT": 1, "Fox": 1})
    draw_classes(stick / "more", {"fox": 1}, seed=1)
    assert run(project, stick / "CAT", stick / "Fox", stick / "more" / "fox")[1].copied == {"cat": 1, "Fox": 2}


def test_names_are_made_fit_for_every_system(project: Project, stick: Path) -> None:
    draw_picture(stick / "a:b" / "what?\n.png")
    _, done = run(project, stick / "a:b")
    assert done == Imported({"a_b": 1}, 0, 1)
    assert (project.root / "a_b" / "what__.png").is_file()


# ---- what is there already


def test_identical_pictures_are_left_out_and_counted(project: Project, stick: Path) -> None:
    draw_classes(stick, {"cat": 4})
    shutil.copy(stick / "cat" / "cat_001.png", stick / "cat" / "copy.png")
    assert run(project, stick / "cat")[1] == Imported({"cat": 4}, 1, 0)
    assert run(project, stick / "cat")[1] == Imported({}, 5, 0)
    (stick / "cat" / "cat_002.png").rename(stick / "cat" / "renamed.png")
    assert run(project, stick / "cat")[1] == Imported({}, 5, 0)
    draw_picture(stick / "dog" / "other.png", 5)
    shutil.copy(stick / "cat" / "renamed.png", stick / "dog" / "x.png")
    assert run(project, stick / "dog")[1] == Imported({"dog": 1}, 1, 0), "also in another class"
    assert run(project, stick / "dog", twins="copy")[1] == Imported({"dog": 2}, 0, 1), "but that is the person's choice"


def test_identical_unlabelled_pictures(project: Project, stick: Path) -> None:
    file = draw_picture(stick / "a.png")
    assert run(project, file)[1] == Imported({"_unlabelled": 1}, 0, 0)
    assert run(project, file)[1] == Imported({}, 1, 0)
    shutil.copy(file, project.root / "top.png")
    shutil.rmtree(project.root / "_unlabelled")
    assert run(project, file)[1] == Imported({}, 1, 0), "the top level is unlabelled, too"


def test_other_pictures_of_the_same_name_get_a_number(project: Project, stick: Path) -> None:
    for number in range(3):
        draw_picture(stick / f"{number}" / "cat" / "a.b.png", seed=number)
        assert run(project, stick / f"{number}" / "cat")[1] == Imported({"cat": 1}, 0, int(number > 0))
    names = sorted(path.name for path in (project.root / "cat").iterdir())
    assert names == ["a.b (2).png", "a.b (3).png", "a.b.png"]


def test_capitals_and_spelling_do_not_make_a_name_free(project: Project, stick: Path) -> None:
    draw_picture(project.root / "cat" / "Größe.png")
    draw_picture(stick / "cat" / "GRO\u0308SSE.png", seed=1)
    draw_picture(stick / "cat" / "gro\u0308ße.png", seed=2)
    _, done = run(project, stick / "cat")
    assert done == Imported({"cat": 2}, 0, 2)


def test_a_file_that_appears_meanwhile_is_not_overwritten(
    project: Project, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_picture(stick / "cat" / "a.png")
    rename_new = storage.Disk.rename_new

    def late(self: storage.Disk, source: Path, target: Path) -> None:
        if target.name == "a.png":
            target.write_bytes(b"somebody else's")
        rename_new(self, source, target)

    monkeypatch.setattr(storage.Disk, "rename_new", late)
    _, done = run(project, stick / "cat")
    assert done == Imported({"cat": 1}, 0, 1)
    assert (project.root / "cat" / "a.png").read_bytes() == b"somebody else's"
    assert (project.root / "cat" / "a (2).png").read_bytes() == (stick / "cat" / "a.png").read_bytes()


# ---- what cannot be imported


@pytest.mark.timeout(20)
def test_what_cannot_be_read_is_skipped_with_its_reason(project: Project, stick: Path) -> None:
    draw_classes(stick, {"cat": 2})
    (stick / "cat" / "empty.png").touch()
    os.mkfifo(stick / "cat" / "pipe.jpg")
    (stick / "cat" / "link.png").symlink_to(stick / "cat" / "cat_001.png")
    (stick / "cat" / "loop").symlink_to(stick, target_is_directory=True)
    events, _ = finish(import_folders(project, [stick / "cat"]))
    assert events[-1] == Imported({"cat": 2}, 0, 0, skipped=3)
    reasons = {Path(file).name: reason for file, reason in skipped(events).items()}
    assert reasons == {"empty.png": "empty file", "pipe.jpg": "no regular file", "link.png": "a link to another file"}


def test_a_picture_that_vanishes_meanwhile(project: Project, stick: Path) -> None:
    draw_classes(stick, {"cat": 3})
    job = import_folders(project, [stick / "cat"])
    assert next(job) == StepStarted(Step.IMPORT)
    unlink_at = stick / "cat" / "cat_002.png"
    seen = storage.Disk.open

    def vanish(self: storage.Disk, path: Path, flags: int) -> int:
        unlink_at.unlink(missing_ok=True)
        return seen(self, path, flags)

    storage.Disk.open = vanish  # type: ignore[method-assign]
    try:
        events, _ = finish(job)
    finally:
        storage.Disk.open = seen  # type: ignore[method-assign]
    assert events[-1] == Imported({"cat": 2}, 0, 0, skipped=1)
    assert list(skipped(events).values()) == ["no longer there"]


def test_missing_sources_and_the_project_itself_are_refused(project: Project, stick: Path) -> None:
    draw_picture(project.root / "cat" / "a.png")
    (stick / "link").symlink_to(project.root, target_is_directory=True)
    before = contents(project.root)
    for source in (
        stick / "missing",
        project.root,
        project.root / "cat",
        project.root / "cat" / "a.png",
        project.root.parent,
        stick / "link",
    ):
        with pytest.raises(ProjectError):
            finish(import_folders(project, [source]))
    assert contents(project.root) == before


def test_folders_without_pictures_are_named(project: Project, stick: Path) -> None:
    (stick / "docs").mkdir()
    events, done = run(project, stick / "docs")
    assert done.copied == {} and any("“docs”" in text for text in notices(events))
    assert not (project.root / "docs").exists()


def test_folders_that_cannot_be_classes(project: Project, stick: Path) -> None:
    draw_picture(stick / "pictures" / ("x" * 130) / "a.png")
    draw_picture(stick / "pictures" / "cat" / "b.png", 1)
    events, done = run(project, stick / "pictures")
    assert done == Imported({"cat": 1}, 0, 0, skipped=1)
    assert list(skipped(events).values()) == ["its class can't be made. The name is longer than 120 characters."]


def test_who_may_not_write_may_not_import(project: Project, stick: Path) -> None:
    with Project.open(project.root, Access.READ) as looking, pytest.raises(ProjectError, match="can't be changed"):
        finish(import_folders(looking, [stick]))


# ---- when it is cut off


def test_stopping_keeps_what_was_copied_and_going_on_adds_the_rest(project: Project, stick: Path) -> None:
    draw_classes(stick, {"cat": 5})
    job = import_folders(project, [stick / "cat"])
    copies = 0
    write = storage.write_stream_new

    class StoppedError(Exception):
        """The person pressed Stop."""

    def counting(*values: Any, **options: Any) -> None:
        nonlocal copies
        if copies == 2:
            raise StoppedError
        copies += 1
        write(*values, **options)

    storage.write_stream_new = counting
    try:
        with pytest.raises(StoppedError):
            finish(job)
    finally:
        storage.write_stream_new = write
    assert project.scan().counts()["cat"] == 2
    assert run(project, stick / "cat")[1] == Imported({"cat": 3}, 2, 0)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_disk_that_fails_is_one_clear_error(
    code: int, project: Project, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_classes(stick, {"cat": 3})
    write = storage.Disk.write

    def failing(self: storage.Disk, fd: int, data: bytes) -> int:
        if any((project.root / "cat").glob("*.png")):
            raise OSError(code, os.strerror(code))
        return write(self, fd, data)

    with monkeypatch.context() as patch:
        patch.setattr(storage.Disk, "write", failing)
        with pytest.raises(StorageError) as caught:
            finish(import_folders(project, [stick / "cat"]))
    assert caught.value.hint and project.scan().counts()["cat"] == 1
    assert len(list((project.root / "cat").iterdir())) == 1
    assert run(project, stick / "cat")[1] == Imported({"cat": 2}, 1, 0)


def test_a_refusal_that_concerns_one_file_skips_it(
    project: Project, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_classes(stick, {"cat": 3})
    rename_new = storage.Disk.rename_new

    def refusing(self: storage.Disk, source: Path, target: Path) -> None:
        if target.name == "cat_002.png":
            raise OSError(errno.ENAMETOOLONG, "File name too long")
        rename_new(self, source, target)

    monkeypatch.setattr(storage.Disk, "rename_new", refusing)
    events, done = run(project, stick / "cat")
    assert done.copied == {"cat": 2} and list(skipped(events).values()) == ["File name too long"]


def test_too_little_space_is_known_before_the_first_copy(
    project: Project, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_classes(stick, {"cat": 3})
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(100, 99, 1))
    with pytest.raises(StorageError, match="disk is full"):
        finish(import_folders(project, [stick / "cat"]))
    assert project.scan().counts()["cat"] == 0


def test_what_a_killed_import_left_is_swept(project: Project, stick: Path) -> None:
    (project.root / "cat" / f"{storage.TEMP_PREFIX}abc{storage.TEMP_SUFFIX}").write_bytes(b"half")
    draw_classes(stick, {"cat": 1})
    run(project, stick / "cat")
    assert [path.name for path in (project.root / "cat").iterdir()] == ["cat_001.png"]


# ---- splits that come along


def layout(stick: Path) -> Reading:
    draw_classes(stick / "train", {"cat": 10, "dog": 10}, seed=1)
    draw_classes(stick / "val", {"cat": 2}, seed=2)
    draw_classes(stick / "test", {"cat": 3}, seed=3)
    return Reading(Form.SPLIT_FOLDERS, (str(stick),))


def test_splits_are_kept(project: Project, stick: Path) -> None:
    events, _ = finish(import_pictures(project, layout(stick)))
    assert events[-1] == Imported({"cat": 15, "dog": 10}, 0, 5, split=25)
    snapshot = finish(project.snapshot(project.scan()))[1]
    assert snapshot.counts() == {"train": 20, "validation": 2, "test": 3}
    for file in (stick / "test" / "cat").iterdir():
        assert project.splits.split_of(hash_file(file)) == "test"
    finish(import_pictures(project, layout(stick), "copy"))
    assert finish(project.snapshot(project.scan()))[1].counts() == {"train": 40, "validation": 4, "test": 6}


def test_a_copy_of_a_test_picture_is_not_learnt_from(project: Project, stick: Path) -> None:
    reading = layout(stick)
    shutil.copy(stick / "train" / "cat" / "cat_001.png", stick / "test" / "cat" / "leak.png")
    events, _ = finish(import_pictures(project, reading))
    assert events[-1] == Imported({"cat": 15, "dog": 10}, 1, 4, split=25)
    assert project.splits.split_of(hash_file(stick / "test" / "cat" / "leak.png")) == "test"


def test_a_picture_that_was_there_before_keeps_its_split(project: Project, stick: Path) -> None:
    reading = layout(stick)
    known = stick / "test" / "cat" / "cat_001.png"
    shutil.copy(known, project.root / "cat" / "a.png")
    new = draw_picture(project.root / "dog" / "b.png", 7)
    finish(project.snapshot(project.scan()))
    before = {file: project.splits.split_of(hash_file(file)) for file in (known, new)}
    assert before[known] == "train", "alone in its class"
    finish(import_pictures(project, reading))
    assert {file: project.splits.split_of(hash_file(file)) for file in (known, new)} == before


def test_a_picture_that_was_there_without_a_split_gets_the_one_it_comes_with(project: Project, stick: Path) -> None:
    reading = layout(stick)
    known = stick / "test" / "cat" / "cat_001.png"
    shutil.copy(known, project.root / "cat" / "a.png")  # as a killed import leaves it
    finish(import_pictures(project, reading))
    assert project.splits.split_of(hash_file(known)) == "test"


def test_stopping_keeps_the_splits_of_what_was_copied(
    project: Project, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "REPORT_SECONDS", 0)
    job = import_pictures(project, layout(stick))
    for event in job:
        if isinstance(event, Progress) and event.done == 3:
            break
    job.close()
    copied = project.scan().files
    assert len(copied) == 3
    assert {project.splits.split_of(hash_file(project.path(file))) for file in copied} == {"test"}
    finish(import_pictures(project, layout(stick)))
    assert finish(project.snapshot(project.scan()))[1].counts() == {"train": 20, "validation": 2, "test": 3}


def test_groups_of_a_table_are_kept(project: Project, stick: Path) -> None:
    draw_classes(stick, {"cat": 4})
    rows = "".join(f"cat/cat_{n:03}.png,cat,,lot {n % 2}\n" for n in range(1, 5))
    (stick / "t.csv").write_text(f"path,label,split,group\n{rows}")
    reading = Reading(Form.TABLE, (str(stick / "t.csv"),), table=str(stick / "t.csv"))
    assert finish(import_pictures(project, reading))[0][-1] == Imported({"cat": 4}, 0, 0, split=4)
    assert sorted(finish(project.snapshot(project.scan()))[1].groups) == ["lot 0", "lot 0", "lot 1", "lot 1"]


# ---- sources that go away


def test_a_stick_that_is_pulled_ends_the_import_at_once(
    project: Project, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_classes(stick, {"cat": 50})
    write = storage.write_stream_new
    copied = 0

    def pulling(*values: Any, **options: Any) -> None:
        nonlocal copied
        write(*values, **options)
        copied += 1
        if copied == 3:
            stick.rename(stick.with_name("pulled"))

    monkeypatch.setattr(storage, "write_stream_new", pulling)
    with pytest.raises(ProjectError, match="is not there"):
        finish(import_folders(project, [stick]))
    assert project.scan().counts()["cat"] == 3


def test_pictures_that_may_not_be_read(project: Project, stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw_classes(stick, {"cat": 2})
    open_regular = import_sources._open_regular

    def refusing(path: str, flags: int) -> int:
        if str(path).endswith("cat_001.png"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return open_regular(path, flags)

    monkeypatch.setattr(import_sources, "_open_regular", refusing)
    events, done = run(project, stick)
    assert done == Imported({"cat": 1}, 0, 0, skipped=1)
    assert list(skipped(events).values()) == ["not allowed to read it"]
