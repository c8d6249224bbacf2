"""Runs come from anywhere: good ones are listed, bad ones passed over, and nothing in them leads elsewhere."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest

from desktop_app.errors import DataError, ProjectError, StorageError
from desktop_app.project.runs import Run, Runs


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path / ".discern" / "runs")


def create(runs: Runs, status: str = "running", *, model: bool = False, checkpoint: bool = False) -> Run:
    run = runs.create(recipe={"name": "quick"}, backbone="efficientnet_lite0", classes=["cat", "dog"], fingerprint="f")
    run.document["status"] = status
    run.save()
    if model:
        run.model_onnx.write_bytes(b"onnx")
    if checkpoint:
        run.checkpoint.write_bytes(b"tensors")
    return run


def test_a_new_run(runs: Runs) -> None:
    run = create(runs)
    assert (run.id, run.number, run.status, run.classes) == ("run-0001", 1, "running", ("cat", "dog"))
    assert run.folder == runs.folder / "run-0001" and run.document["fingerprint"] == "f"
    assert run.created.tzinfo is not None
    copy = runs.get("run-0001")
    assert copy.document == run.document and "run-0001" in repr(copy)
    names = ("model.onnx", "model.safetensors", "snapshot.csv", "curves.jsonl", "checkpoint.safetensors")
    paths = (run.model_onnx, run.model_weights, run.snapshot_csv, run.curves, run.checkpoint)
    assert tuple(path.name for path in paths) == names and {path.parent for path in paths} == {run.folder}


def test_numbers_go_on_and_are_never_used_again(runs: Runs) -> None:
    for _ in range(3):
        create(runs)
    for path in runs.get("2").folder.iterdir():
        path.unlink()
    runs.get("3").folder.joinpath("run.json").unlink()
    assert create(runs).id == "run-0004"
    assert [run.number for run in runs.list()] == [4, 1]


def test_numbers_are_ordered_as_numbers(runs: Runs) -> None:
    for number in (9999, 10000):
        (runs.folder / f"run-{number}").mkdir(parents=True)
    run = create(runs)
    assert run.id == "run-10001" and runs.list()[0].number == 10001


def test_runs_of_a_project_without_any(runs: Runs) -> None:
    assert runs.list() == []
    with pytest.raises(ProjectError, match="Train first"):
        runs.latest()
    with pytest.raises(ProjectError, match=r"no run “run-0001”.*Train first"):
        runs.get("run-0001")


def test_the_latest_has_a_model(runs: Runs) -> None:
    create(runs, "done", model=True)
    create(runs, "stopped", model=True)
    create(runs, "done")
    create(runs, "failed", model=True)
    create(runs, "running", model=True)
    assert runs.latest().id == "run-0002" == runs.choose(None).id
    assert runs.choose("1").id == "run-0001"
    assert [run.usable for run in runs.list()] == [False, False, False, True, True]


@pytest.mark.parametrize("id", ["run-0001", "1", "0001"])
def test_runs_are_found_by_name_and_number(id: str, runs: Runs) -> None:
    create(runs)
    assert runs.get(id).number == 1


@pytest.mark.parametrize(
    "id", ["", "2", "run-1", "../run-0001", "/etc", "run-0001/..", "RUN-0001", "-1", "9" * 5000, "²"]
)
def test_other_names_are_refused(id: str, runs: Runs) -> None:
    create(runs)
    with pytest.raises(ProjectError, match="There is no run"):
        runs.get(id)


def test_what_a_dead_process_left_running_is_interrupted(runs: Runs) -> None:
    create(runs, "running", checkpoint=True)
    create(runs, "running")
    create(runs, "done", model=True)
    runs.settle()
    assert [run.status for run in runs.list()] == ["done", "interrupted", "interrupted"]
    assert [run.resumable for run in runs.list()] == [False, True, True]


def test_what_a_dead_process_left_half_written_is_removed(runs: Runs, tmp_path: Path) -> None:
    run = create(runs, "running")
    half = ".discern-0123456789ab.tmp"
    (run.folder / half).write_bytes(b"half")
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / half).write_bytes(b"theirs")
    (runs.folder / "run-0009").symlink_to(tmp_path / "theirs", target_is_directory=True)
    runs.settle()
    assert not (run.folder / half).exists()
    assert (tmp_path / "theirs" / half).exists()


@pytest.mark.parametrize("status", ["running", "done", "stopped", "failed", "interrupted"])
def test_what_was_cut_off_can_go_on(runs: Runs, status: str) -> None:
    assert create(runs, status).resumable == (status in ("failed", "interrupted"))


def test_what_was_interrupted_has_its_best(runs: Runs) -> None:
    assert not create(runs, "interrupted").usable
    assert create(runs, "interrupted", model=True).usable


def test_curves(runs: Runs) -> None:
    run = create(runs)
    assert run.read_curves() == []
    for epoch in range(3):
        run.append_curve({"epoch": epoch, "loss": 0.5})
    run.append_curve({"epoch": 3, "loss": math.nan})
    with run.curves.open("ab") as file:
        file.write(b"\n12345678 {torn")
    assert [point["epoch"] for point in runs.get("1").read_curves()] == [0, 1, 2, 3]


# ---- what comes from elsewhere


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"format": "1"},
        {"status": "finished"},
        {"status": ["done"]},
        {"status": None},
        {"recipe": None},
        {"recipe": []},
        {"backbone": 3},
        {"backbone": "x" * 1000},
        {"classes": "cat"},
        {"classes": [1]},
        {"classes": ["../../etc"]},
        {"classes": ["a\u202eb"]},
        {"classes": ["a\nb"]},
        {"classes": [""]},
        {"classes": ["cat", "cat"]},
        {"classes": ["ü", "u\u0308"]},
        {"classes": ["x"] * 20_000},
        {"created": "yesterday"},
        {"created": 5},
        {"created": None},
    ],
    ids=str,
)
def test_impossible_documents_are_passed_over_and_explained(change: dict[str, object], runs: Runs) -> None:
    create(runs, "done", model=True)
    bad = create(runs, "done", model=True)
    path = bad.folder / "run.json"
    path.write_text(json.dumps({**bad.document, **change}))
    before = path.read_bytes()
    assert [run.id for run in runs.list()] == ["run-0001"] and runs.latest().id == "run-0001"
    with pytest.raises(ProjectError, match="“run-0002” can't be used") as caught:
        runs.get("run-0002")
    assert caught.value.why and path.read_bytes() == before
    assert [str(error) for error in runs.unreadable()] == [str(caught.value)]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b" " * (5 << 20)])
def test_damaged_documents_are_passed_over(data: bytes, runs: Runs) -> None:
    run = create(runs)
    (run.folder / "run.json").write_bytes(data)
    runs.settle()
    assert runs.list() == [] and (run.folder / "run.json").read_bytes() == data


@pytest.mark.timeout(10)
@pytest.mark.parametrize("what", ["run.json", "model.onnx", "extra", "folder", "runs"])
def test_links_and_pipes_are_never_followed(what: str, runs: Runs, tmp_path: Path) -> None:
    run = create(runs, "done", model=True)
    elsewhere = tmp_path / "elsewhere"
    if what == "folder":
        run.folder.rename(elsewhere)
        run.folder.symlink_to(elsewhere, target_is_directory=True)
    elif what == "runs":
        (run.folder / "run.json").unlink()
        os.mkfifo(run.folder / "run.json")
    else:
        elsewhere.write_bytes(b"secret")
        (run.folder / what).unlink(missing_ok=True)
        (run.folder / what).symlink_to(elsewhere)
    assert runs.list() == []
    with pytest.raises(ProjectError):
        runs.get("1")


def test_other_things_among_the_runs_are_ignored(runs: Runs) -> None:
    create(runs)
    (runs.folder / "run-0002").write_text("a file")
    (runs.folder / "run-x").mkdir()
    (runs.folder / "notes.txt").touch()
    assert [run.id for run in runs.list()] == ["run-0001"]
    assert create(runs).id == "run-0003"


def test_a_runs_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "runs").touch()
    assert Runs(tmp_path / "runs").list() == []
    with pytest.raises(StorageError):
        create(Runs(tmp_path / "runs"))


# ---- words


def test_a_run_has_a_name_and_a_note(runs: Runs) -> None:
    run = create(runs, "done")
    assert (run.name, run.note) == ("", "")
    runs.describe(run.id, "  before\trelabelling ", "First line.\n\nSecond line.\n")
    assert runs.get("1").name == "before relabelling"
    assert runs.get("1").note == "First line.\n\nSecond line."
    assert runs.get("1").document["fingerprint"] == "f", "the rest is as it was"
    runs.describe(run.id, "", "")
    assert (runs.get("1").name, runs.get("1").note) == ("", "")


def test_words_do_not_overwrite_what_was_written_meanwhile(runs: Runs) -> None:
    run = create(runs, "done")
    newer = runs.get("1")
    newer.document["phase"] = "fine_tune"
    newer.save()
    runs.describe(run.id, "mine", "")
    assert runs.get("1").document["phase"] == "fine_tune"


def test_a_run_that_trains_is_left_alone(runs: Runs) -> None:
    run = create(runs)
    with pytest.raises(DataError):
        runs.describe(run.id, "mine", "")
    with pytest.raises(DataError):
        runs.trash.put(run)
    assert runs.get("1").name == ""


@pytest.mark.parametrize("words", [3, None, ["a"], "x" * 10_000, "a\u202eb\x07"])
def test_words_from_elsewhere_are_cleaned(runs: Runs, words: object) -> None:
    run = create(runs, "done")
    run.document |= {"name": words, "note": words}
    run.save()
    read = runs.get("1")
    assert len(read.name) <= 80 and len(read.note) <= 2_000
    assert not {"\u202e", "\x07"} & {*read.name, *read.note}


# ---- the trash


def test_a_deleted_run_can_be_restored(runs: Runs) -> None:
    for _ in range(2):
        create(runs, "done", model=True)
    runs.trash.put(runs.get("2"))
    assert [run.number for run in runs.list()] == [1]
    (trashed,) = runs.trash.list()
    assert trashed.run.id == "run-0002" and trashed.bytes > 4
    runs.trash.restore("run-0002")
    assert [run.number for run in runs.list()] == [2, 1] and runs.trash.list() == []
    assert runs.get("2").usable


def test_the_number_of_a_deleted_run_is_not_given_away(runs: Runs) -> None:
    create(runs, "done")
    runs.trash.put(runs.get("1"))
    assert create(runs, "done").number == 2
    runs.trash.restore("run-0001")
    assert [run.number for run in runs.list()] == [2, 1]


def test_a_restored_run_replaces_no_other(runs: Runs) -> None:
    create(runs, "done")
    runs.trash.put(runs.get("1"))
    (runs.folder / "run-0001").mkdir()
    with pytest.raises(DataError):
        runs.trash.restore("run-0001")
    with pytest.raises(DataError):
        runs.trash.restore("run-0009")
    assert len(runs.trash.list()) == 1


def test_only_a_purge_deletes(runs: Runs, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("x")
    for _ in range(2):
        runs.trash.put(create(runs, "done", model=True))
    deleted = runs.trash.folder / "run-0002"
    (deleted / "link").symlink_to(precious)
    runs.trash.purge(["run-0002", "run-0007"])
    assert not deleted.exists()
    assert [trashed.run.number for trashed in runs.trash.list()] == [1]
    assert (precious / "file").exists()


def test_a_purge_that_was_cut_off_is_finished(runs: Runs) -> None:
    runs.trash.put(create(runs, "done", model=True))
    (runs.trash.folder / "run-0001").rename(runs.trash.folder / "purged-run-0001")
    assert runs.trash.list() == []
    runs.settle()
    assert list(runs.trash.folder.iterdir()) == []
