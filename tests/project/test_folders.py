"""A second look at the folders lists only what has changed, and sees all that has."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from desktop_app.errors import ProjectError
from desktop_app.project import catalog, folders
from desktop_app.project.catalog import Catalog
from desktop_app.project.folders import Memory
from desktop_app.project.index import Index
from desktop_app.project.project import Project
from tests.drawing import draw_classes, draw_picture


class Looker:
    """Scans a folder with a memory and notes which folders were listed."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.memory = Memory()
        self.listed: list[str] = []
        list_ = folders._list

        def noting(folder: str, prefix: str, stamp: tuple[int, int] | None) -> folders.Folder:
            self.listed.append(prefix)
            return list_(folder, prefix, stamp)

        monkeypatch.setattr(folders, "_list", noting)
        # Times of folders count at once, as if every change had been made long ago.
        monkeypatch.setattr(folders, "_FRESH_NS", 0)

    def scan(self, anew: Sequence[str] = (), seconds: float | None = None) -> Catalog:
        self.listed.clear()
        walk = self.memory.walk(anew, seconds)
        found = catalog.scan(self.root, walk=walk)
        self.memory.keep(walk)
        return found


@pytest.fixture
def looker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Looker:
    root = draw_classes(tmp_path / "parts", {"bad": 2, "good": 3, "_unlabelled": 1})
    for name in ("a.png", "b.png"):
        draw_picture(root / "good" / "lot 2" / name)
    (root / "bad" / "note.webp.heic").write_bytes(b"")
    return Looker(root, monkeypatch)


def test_what_has_not_changed_is_not_listed_again(looker: Looker) -> None:
    first = looker.scan()
    assert looker.listed == ["", "bad/", "good/", "good/lot 2/", "_unlabelled/"]
    second = looker.scan()
    assert looker.listed == []
    assert second.files == first.files
    assert second.unsupported == first.unsupported != {}
    assert second.labels.tolist() == first.labels.tolist()


def test_changes_are_seen_where_they_are(looker: Looker) -> None:
    looker.scan()
    draw_picture(looker.root / "good" / "lot 2" / "new.png")
    found = looker.scan()
    assert looker.listed == ["good/lot 2/"]
    assert "good/lot 2/new.png" in found.files
    (looker.root / "bad" / "bad_001.png").rename(looker.root / "good" / "moved.png")
    found = looker.scan()
    assert looker.listed == ["bad/", "good/"]
    assert "bad/bad_001.png" not in found.files
    assert "good/moved.png" in found.files


def test_a_folder_that_is_gone_is_forgotten(looker: Looker) -> None:
    looker.scan()
    (looker.root / "good" / "lot 2").rename(looker.root.with_name("elsewhere"))
    found = looker.scan()
    assert [file for file in found.files if "lot 2" in file] == []
    assert "good/lot 2/" not in looker.memory.folders


def test_a_folder_that_changed_just_now_is_listed_again(looker: Looker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "_FRESH_NS", 3600 * 10**9)
    looker.scan()
    looker.scan()
    assert "good/" in looker.listed


def test_a_folder_can_be_listed_in_any_case(looker: Looker) -> None:
    looker.scan()
    looker.scan(anew=["good/"])
    assert looker.listed == ["good/"]


def test_a_folder_that_cannot_be_listed_now_keeps_what_it_held(looker: Looker, monkeypatch: pytest.MonkeyPatch) -> None:
    before = looker.scan()
    real = os.stat

    def stat(path: str, *args: object, **more: object) -> os.stat_result:
        if str(path).endswith("good"):
            raise OSError(5, "Input/output error")
        return real(path, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "stat", stat)
    found = looker.scan()
    assert found.files == before.files
    assert [one.reason for one in found.skipped] == ["The folder can't be listed: Input/output error."]


def test_with_little_time_the_rest_is_left_for_later(looker: Looker) -> None:
    found = looker.scan(seconds=0)
    assert found.classes == ("bad", "good")
    assert [file.split("/")[0] for file in found.files] == ["bad", "bad"]  # but never nothing
    assert not found.complete
    found = looker.scan(seconds=0)
    assert not found.complete
    found = looker.scan()
    assert found.complete
    assert len(found.files) == 8
    assert "bad/" not in looker.listed


def test_the_index_keeps_it(looker: Looker, tmp_path: Path) -> None:
    first = looker.scan()
    with Index(looker.root, tmp_path / "index.sqlite") as index:
        index.store_folders(*looker.memory.changes())
        assert looker.memory.changes() == ({}, [])
        (looker.root / "good" / "lot 2").rename(looker.root / "good" / "lot 3")
        third = looker.scan()
        rows, outdated = looker.memory.changes()
        assert set(rows) == {"good/", "good/lot 3/"}
        assert outdated == ["good/lot 2/"]
        index.store_folders(rows, outdated)
        looker.memory = Memory()
        looker.memory.load(index.folders())
    again = looker.scan()
    assert looker.listed == []
    assert again.files == third.files != first.files
    assert again.unsupported == first.unsupported


def test_damage_in_the_index_is_seen(looker: Looker) -> None:
    looker.scan()
    rows, _ = looker.memory.changes()
    data, checksum = rows["good/"]
    rows["good/"] = data.replace(b"good_001", b"good_009"), checksum
    looker.memory = Memory()
    looker.memory.load(rows)
    assert "good/good_001.png" in looker.scan().files
    assert looker.listed == ["good/"]


def test_a_project_whose_drive_is_gone_keeps_what_it_knows(tmp_path: Path) -> None:
    root = draw_classes(tmp_path / "mount", {"bad": 2, "good": 3})
    with Project.open(root) as project:
        before = project.scan()
        for path in list(root.iterdir()):  # the place where it was mounted stays
            path.rename(tmp_path / path.name)
        with pytest.raises(ProjectError, match="not there"):
            project.scan()
        assert [info.name for info in project.classes] == ["bad", "good"]
        for name in (".discern", "bad", "good"):
            (tmp_path / name).rename(root / name)
        assert project.scan().files == before.files


def test_a_project_that_lost_only_its_state_goes_on(tmp_path: Path) -> None:
    root = draw_classes(tmp_path / "parts", {"bad": 2, "good": 3})
    with Project.open(root) as project:
        (root / ".discern").rename(tmp_path / "state")
        assert len(project.scan().files) == 5
