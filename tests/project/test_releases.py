"""Releases: whole or not there, named once and for all, and what was changed in them is told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from desktop_app import storage
from desktop_app.errors import DataError, ProjectError
from desktop_app.project.release import Figures, Release
from desktop_app.project.releases import Releases

DOCUMENT: dict[str, Any] = {
    "run": "run-0007",
    "recipe": {"name": "quick"},
    "figures": {"headline": {"n": 40, "right": 38, "interval": [0.83, 0.99], "basis": "test"}},
    "gate": {"misses": []},
}


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    return Releases(tmp_path / "releases")


def make(releases: Releases, name: str = "Line 3", by: str = "Ada", why: str = "Fewer misses", **more: Any) -> Release:
    with releases.making() as folder:
        (folder / "model.discern").write_bytes(f"package of {name}".encode())
        (folder / "test.csv").write_bytes(b"table")
        return releases.publish(folder, name, by, why, {**DOCUMENT, **more})


def test_a_release_says_who_when_why_and_of_what(releases: Releases) -> None:
    assert releases.list() == [] and releases.in_use() is None
    made = make(releases, "产线 3 号，春", "Ada  Lovelace ", " First line.\nSecond line. ")
    found = releases.get("产线 3 号，春")
    assert (found.name, found.number, found.by, found.why) == (
        "产线 3 号，春",
        1,
        "Ada Lovelace",
        "First line.\nSecond line.",
    )
    assert found.at.tzinfo is not None and found.run == "run-0007" and found.accepted == 0
    assert found.figures == Figures(40, 38, (0.83, 0.99), "test")
    assert found.document["files"].keys() == {"model.discern", "test.csv"}
    assert found.sha256 == storage.sha256(found.package) and found.document == made.document
    assert releases.in_use().name == found.name and releases.author() == "Ada Lovelace"  # type: ignore[union-attr]
    found.verify()
    assert repr(found) == "<Release 产线 3 号，春>"


def test_nothing_of_it_can_be_written_to_and_nothing_else_is_left(releases: Releases) -> None:
    release = make(releases)
    assert {path.name for path in release.folder.iterdir()} == {"release.json", "model.discern", "test.csv"}
    assert all(path.stat().st_mode & 0o222 == 0 for path in release.folder.iterdir())
    assert {path.name for path in releases.folder.iterdir()} == {"Line 3", "ledger.jsonl"}


def test_before_the_first_the_person_at_the_computer_is_the_author(
    releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert releases.author()

    def nobody() -> str:
        raise KeyError("no such user")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert releases.author() == ""
    make(releases, by="Grace")
    assert releases.author() == "Grace"


@pytest.mark.parametrize("again", ["Line 3", "LINE 3", "line 3 ", "ledger.jsonl"])
def test_a_name_is_never_used_twice(releases: Releases, again: str) -> None:
    before = make(releases).document
    with pytest.raises(DataError, match="There is a release"):
        make(releases, again)
    assert releases.get("Line 3").document == before and len(releases.list()) == 1


def test_not_even_that_of_a_folder_that_somebody_deleted(releases: Releases) -> None:
    make(releases)
    shutil.rmtree(releases.folder / "Line 3")
    assert releases.in_use() is None and releases.broken() == {"Line 3": "Its folder is gone."}
    with pytest.raises(DataError, match="for good"):
        make(releases)


def test_a_name_that_comes_there_meanwhile_is_not_touched(releases: Releases, monkeypatch: pytest.MonkeyPatch) -> None:
    def rename_new(source: Path, target: Path) -> None:
        target.mkdir(exist_ok=True)
        (target / "mine.txt").write_text("mine")
        storage.Disk().rename_new(source, target)

    monkeypatch.setattr(storage.disk, "rename_new", rename_new, raising=False)
    with pytest.raises(Exception, match="could not be written"):
        make(releases)
    assert [path.name for path in (releases.folder / "Line 3").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("name", "by", "why", "told"),
    [
        ("", "Ada", "x", "The name is empty"),
        ("a/b", "Ada", "x", "is a path"),
        ("CON", "Ada", "x", "Windows keeps"),
        (".hidden", "Ada", "x", "another meaning"),
        ("x" * 81, "Ada", "x", "longer than 80"),
        ("good", " ", "x", "Who makes it"),
        ("good", "Ada", "\n", "The reason"),
    ],
)
def test_what_a_release_needs(releases: Releases, name: str, by: str, why: str, told: str) -> None:
    with pytest.raises(DataError, match=told):
        make(releases, name, by, why)
    assert releases.list() == [] and list(releases.folder.iterdir()) == []


def test_the_one_in_use_is_the_last_that_was_made_or_chosen(releases: Releases) -> None:
    for name in ("one", "two"):
        make(releases, name)
    assert releases.in_use().name == "two"  # type: ignore[union-attr]
    releases.use("ONE", "Grace")
    assert Releases(releases.folder).in_use().name == "one"  # type: ignore[union-attr]
    make(releases, "three")
    assert releases.in_use().name == "three"  # type: ignore[union-attr]
    assert [release.name for release in releases.list()] == ["three", "two", "one"]
    with pytest.raises(ProjectError, match="no release “four”"):
        releases.use("four", "Grace")
    used = [record for record in storage.read_records(releases.folder / "ledger.jsonl") if "used" in record]
    assert [(record["used"], record["by"]) for record in used] == [("one", "Grace")]


def change(path: Path, data: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(data)


@pytest.mark.parametrize("file", ["model.discern", "test.csv"])
def test_a_changed_file_is_told(releases: Releases, file: str) -> None:
    release = make(releases)
    change(release.folder / file, b"another")
    with pytest.raises(ProjectError, match=rf"changed after it was made.*“{file}”"):
        releases.get("Line 3").verify()
    with pytest.raises(ProjectError, match="changed"):
        releases.use("Line 3", "Ada")
    (release.folder / file).unlink()
    with pytest.raises(ProjectError, match="changed"):
        release.verify()


def test_a_link_in_place_of_a_file_is_told(releases: Releases, tmp_path: Path) -> None:
    release = make(releases)
    shutil.copy(release.package, tmp_path / "same")
    release.package.unlink()
    release.package.symlink_to(tmp_path / "same")
    with pytest.raises(ProjectError, match="changed"):
        release.verify()


def test_changed_words_are_told(releases: Releases) -> None:
    release = make(releases)
    path = release.folder / "release.json"
    change(path, json.dumps({**release.document, "by": "Mallory"}).encode())
    with pytest.raises(ProjectError, match=r"“release.json” in it"):
        releases.get("Line 3")
    assert releases.list() == [] and "checksum" in releases.broken()["Line 3"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"format": 2},
        {"format": "1"},
        {"by": None},
        {"why": 7},
        {"number": "1"},
        {"number": True},
        {"at": "yesterday"},
        {"figures": {}},
        {"figures": {"headline": {"n": 0, "right": 0, "interval": [0, 1], "basis": "test"}}},
        {"figures": {"headline": {"n": 3, "right": 4, "interval": [0, 1], "basis": "test"}}},
        {"figures": {"headline": {"n": 3, "right": 2, "interval": [0, "1"], "basis": "test"}}},
        {"figures": {"headline": {"n": 3, "right": 2, "interval": [0, 1], "basis": 7}}},
        {"gate": []},
        {"files": {"../../x": {"sha256": ""}}},
        {"files": {"test.csv": {"sha256": ""}}},
        {"files": {"model.discern": {}}},
    ],
)
def test_what_is_no_release_is_passed_over(releases: Releases, wrong: dict[str, Any]) -> None:
    release = make(releases)
    (releases.folder / "ledger.jsonl").unlink()  # it would tell anyway
    change(release.folder / "release.json", json.dumps({**release.document, **wrong}).encode())
    assert releases.list() == [] and releases.in_use() is None
    with pytest.raises(ProjectError, match="can't be used"):
        releases.get("Line 3")
    assert list(releases.broken()) == ["Line 3"]


def test_hostile_names_are_not_shown_as_they_are(releases: Releases) -> None:
    release = make(releases)
    (releases.folder / "ledger.jsonl").unlink()
    document = {**release.document, "by": "A\u202eda\x1b", "why": "one\x00\ntwo"}
    change(release.folder / "release.json", json.dumps(document).encode())
    (found,) = releases.list()
    assert (found.by, found.why) == ("A�da�", "one�\ntwo")


def test_what_a_killed_process_left_is_put_right(releases: Releases) -> None:
    make(releases, "one")
    (releases.folder / "ledger.jsonl").unlink()  # killed before it was written
    left = releases.folder / f"{storage.TEMP_PREFIX}0123456789ab{storage.TEMP_SUFFIX}"
    left.mkdir()
    (left / "model.discern").write_bytes(b"half")
    (left / "model.discern").chmod(0o444)
    assert releases.in_use().name == "one"  # type: ignore[union-attr]
    for _ in range(2):
        releases.settle()
    assert {path.name for path in releases.folder.iterdir()} == {"one", "ledger.jsonl"}
    assert releases.in_use().name == "one"  # type: ignore[union-attr]
    with pytest.raises(DataError, match="already"):
        make(releases, "one")
    assert len(list(storage.read_records(releases.folder / "ledger.jsonl"))) == 1
