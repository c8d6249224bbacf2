"""The dataset leaves the project as copies, with a table that tells what they are; the project stays as it is."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop_app import storage
from desktop_app.errors import DataError, StorageError
from desktop_app.evaluation.tables import read_table
from desktop_app.events import DatasetExported, Event, Progress, Step
from desktop_app.export import dataset
from desktop_app.export.dataset import Layout, export_dataset
from desktop_app.project.import_forms import recognise
from desktop_app.project.import_plan import Form
from desktop_app.project.importing import import_pictures
from desktop_app.project.project import Access, Project
from tests.drawing import draw_classes, draw_picture
from tests.running import finish, skipped


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    root = draw_classes(tmp_path / "project", {"cat": 6, "-5 mm": 6})
    draw_picture(root / "cat" / "lot 1" / "cat_001.png", 5)
    draw_picture(root / "_unlabelled" / "u.png", 6)
    draw_picture(root / "top.png", 7)
    with Project.open(root) as project:
        yield project


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and ".discern" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def export(project: Project, out: Path, layout: Layout = "classes") -> tuple[list[Event], DatasetExported]:
    before = contents(project.root)
    events, _ = finish(export_dataset(project, out, layout))
    assert contents(project.root) == before
    assert not list(out.rglob(f"{storage.TEMP_PREFIX}*"))
    last = events[-1]
    assert isinstance(last, DatasetExported)
    return events, last


def table(out: Path) -> list[list[str]]:
    return read_table((out / "pictures.csv").read_bytes())


def test_class_folders_and_a_table(project: Project, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    events, done = export(project, out)
    assert done == DatasetExported(str(out), str(out / "pictures.csv"), {"-5 mm": 6, "cat": 7, "": 2}, 0)
    copies = contents(out)
    rows = table(out)
    assert rows.pop(0) == ["file", "class", "group", "split"]
    assert copies.keys() == {row[0] for row in rows} | {"pictures.csv"}
    inside = contents(project.root)
    assert all(copies[row[0]] == inside[row[0]] for row in rows if row[0] != "_unlabelled/top.png")
    assert ["cat/lot 1/cat_001.png", "cat", "", ""] in rows and ["_unlabelled/u.png", "", "", ""] in rows
    copy, original = out / "cat" / "cat_001.png", project.root / "cat" / "cat_001.png"
    assert copy.stat().st_mtime_ns == original.stat().st_mtime_ns
    assert [event for event in events if isinstance(event, Progress)][-1] == Progress(Step.COPY, 15, 15)
    assert b"'-5 mm" in (out / "pictures.csv").read_bytes(), "no formula for a spreadsheet"


def test_train_validation_and_test_folders(project: Project, tmp_path: Path) -> None:
    (tmp_path / "split.csv").write_text("file,group\ncat/cat_001.png,lot 7\n")
    finish(project.import_splits(tmp_path / "split.csv", project.scan()))
    out = tmp_path / "out"
    _, done = export(project, out, "splits")
    assert done.copied == {"-5 mm": 6, "cat": 7, "": 2} and done.skipped == 0
    snapshot = finish(project.snapshot(project.scan()))[1]
    splits = ("train", "validation", "test")
    for file, label, group, split in zip(
        snapshot.files, snapshot.labels.tolist(), snapshot.groups, snapshot.splits.tolist(), strict=True
    ):
        name = snapshot.classes[label]
        assert [f"{splits[split]}/{file}", name, group, splits[split]] in table(out)
    assert [row[2] for row in table(out)[1:] if row[2]] == ["lot 7"]


@pytest.mark.parametrize("layout", ["classes", "splits"])
def test_what_is_exported_can_be_imported_as_it_was(project: Project, tmp_path: Path, layout: Layout) -> None:
    snapshot = finish(project.snapshot(project.scan()))[1]
    export(project, tmp_path / "out", layout)
    forms = {plan.reading.form: plan for plan in recognise([tmp_path / "out"])}
    for form in [Form.TABLE] if layout == "classes" else [Form.TABLE, Form.SPLIT_FOLDERS]:
        with Project.create(tmp_path / form) as other:
            finish(import_pictures(other, forms[form].reading))
            assert other.scan().counts() == {"-5 mm": 6, "cat": 7}
            assert other.scan().unlabelled == 2
            known = {content: other.splits.split_of(content) for content in snapshot.hashes}
            assert known == {content: project.splits.split_of(content) for content in snapshot.hashes}


def test_pictures_that_cannot_be_exported_are_named(project: Project, tmp_path: Path) -> None:
    (project.root / "cat" / "empty.png").touch()
    shutil.copy(project.root / "cat" / "cat_002.png", project.root / "-5 mm" / "same.png")
    events, done = export(project, tmp_path / "a")
    assert skipped(events) == {"cat/empty.png": "empty file"} and done.skipped == 1
    events, done = export(project, tmp_path / "b", "splits")
    assert skipped(events) == {
        "cat/empty.png": "empty file",
        "cat/cat_002.png": "in more than one class",
        "-5 mm/same.png": "in more than one class",
    }
    assert done.skipped == 3


def test_names_are_made_fit_and_never_overwrite_each_other(project: Project, tmp_path: Path) -> None:
    draw_picture(project.root / "cat" / "Cat_001.PNG", 8)
    draw_picture(project.root / "_unlabelled" / "top.png", 9)
    draw_picture(project.root / "cat" / "a:b.png", 10)
    out = tmp_path / "out"
    export(project, out)
    names = {row[0] for row in table(out)[1:]}
    assert len(names) == 18 and len({name.casefold() for name in names}) == 18
    assert {"cat/a_b.png", "_unlabelled/top.png", "_unlabelled/top (2).png"} <= names


def test_folders_that_cannot_be_used(project: Project, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    (tmp_path / "link").symlink_to(project.root / "cat", target_is_directory=True)
    for out in (project.root, project.root / "out", tmp_path / "full", tmp_path / "link"):
        with pytest.raises(DataError):
            finish(export_dataset(project, out))
    (tmp_path / "file").touch()
    with pytest.raises(StorageError):
        finish(export_dataset(project, tmp_path / "file" / "out"))
    assert not (project.root / "out").exists()


def test_a_project_without_pictures(tmp_path: Path) -> None:
    with Project.create(tmp_path / "p", ["cat"]) as project, pytest.raises(DataError, match="no pictures"):
        finish(export_dataset(project, tmp_path / "out"))


def test_who_only_looks_may_export(project: Project, tmp_path: Path) -> None:
    with Project.open(project.root, Access.READ) as looking:
        assert export(looking, tmp_path / "out")[1].copied["cat"] == 7


def test_too_little_space_is_known_before_the_first_copy(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1))
    with pytest.raises(StorageError, match="disk is full"):
        finish(export_dataset(project, tmp_path / "out"))
    assert contents(tmp_path / "out") == {}


def test_a_disk_that_fails_in_the_middle(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied = 0
    write = storage.write_stream_new

    def failing(*values: Any, **options: Any) -> None:
        nonlocal copied
        if copied == 4:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        copied += 1
        write(*values, **options)

    monkeypatch.setattr(storage, "write_stream_new", failing)
    with pytest.raises(StorageError, match=r"4 of 15 pictures were copied\. The disk is full") as caught:
        finish(export_dataset(project, tmp_path / "out"))
    assert str(tmp_path / "out") in caught.value.hint
    assert {row[0] for row in table(tmp_path / "out")[1:]} | {"pictures.csv"} == contents(tmp_path / "out").keys()


def test_stopping_keeps_what_was_copied(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "REPORT_SECONDS", 0)
    job = export_dataset(project, tmp_path / "out")
    for event in job:
        if isinstance(event, Progress) and event.step is Step.COPY and event.done == 3:
            break
    job.close()
    assert len(table(tmp_path / "out")) == 1 + 3
    assert len(contents(tmp_path / "out")) == 3 + 1
