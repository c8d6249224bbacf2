"""What other programs do in the project's folder appears by itself; a folder that is gone is not taken for deleted."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject

from desktop_app.engine.jobs import EvaluateJob, SampleJob, TrainJob
from desktop_app.errors import ProjectError
from desktop_app.project.project import Project
from desktop_app.ui import watching
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.session import Session
from desktop_app.ui.watching import FolderWatch
from desktop_app.ui.widgets.buttons import Button
from tests.drawing import draw_classes, draw_picture
from tests.ui.demo import PlayedEngine, play_out, snapshot_of


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return draw_classes(tmp_path / "parts", {"good": 3, "bad": 2})


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is gone is looked for all the time."""
    monkeypatch.setattr(watching, "LOOK_FOR_ABSENT_MS", 20)
    monkeypatch.setattr(watching, "_COLLECT_MS", 20)


def open_project(session: Session, qtbot: Any, root: Path) -> None:
    with qtbot.waitSignal(session.project_changed):
        session.open(root)
    play_out(session, qtbot)


def files(session: Session) -> set[str]:
    return set(session.catalog.files) if session.catalog else set()


@pytest.fixture
def opened(session: Session, qtbot: Any, root: Path) -> Session:
    open_project(session, qtbot, root)
    return session


# ---- changes


def test_a_picture_that_is_added_appears(opened: Session, qtbot: Any, root: Path) -> None:
    draw_picture(root / "good" / "new.png")
    qtbot.waitUntil(lambda: "good/new.png" in files(opened))


def test_a_picture_that_is_deleted_disappears(opened: Session, qtbot: Any, root: Path) -> None:
    (root / "good" / "good_001.png").unlink()
    qtbot.waitUntil(lambda: "good/good_001.png" not in files(opened))


def test_a_new_class_appears_and_is_watched(opened: Session, qtbot: Any, root: Path) -> None:
    (root / "scratched").mkdir()
    qtbot.waitUntil(lambda: opened.catalog is not None and "scratched" in opened.catalog.classes)
    draw_picture(root / "scratched" / "new.png")
    qtbot.waitUntil(lambda: "scratched/new.png" in files(opened))


def test_a_folder_in_a_class_is_watched(opened: Session, qtbot: Any, root: Path) -> None:
    draw_picture(root / "good" / "lot 2" / "one.png")
    qtbot.waitUntil(lambda: "good/lot 2/one.png" in files(opened))
    draw_picture(root / "good" / "lot 2" / "two.png")
    qtbot.waitUntil(lambda: "good/lot 2/two.png" in files(opened))


def test_pictures_moved_to_another_class_keep_their_split(opened: Session, qtbot: Any, root: Path) -> None:
    project = opened.project
    assert project is not None

    def splits() -> dict[str, int]:
        snapshot = snapshot_of(project)
        return dict(zip(snapshot.hashes, snapshot.splits.tolist(), strict=True))

    before = splits()
    for picture in (root / "good").iterdir():
        picture.rename(root / "bad" / f"moved {picture.name}")
    qtbot.waitUntil(lambda: len([file for file in files(opened) if file.startswith("bad/moved")]) == 3)
    assert splits() == before


def test_the_last_known_folders_are_looked_at_on_request(
    session: Session, qtbot: Any, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a share, where the system tells nothing."""
    monkeypatch.setattr(watching, "LIMIT", 0)
    open_project(session, qtbot, root)
    draw_picture(root / "good" / "new.png")
    session.rescan()
    qtbot.waitUntil(lambda: "good/new.png" in files(session))


@pytest.mark.parametrize("in_place", [True, False])
def test_a_picture_that_is_replaced_is_shown_anew(opened: Session, qtbot: Any, root: Path, in_place: bool) -> None:
    file = root / "good" / "good_001.png"
    opened.thumbnails.request(["good/good_001.png"], 48, 1.0)
    qtbot.waitUntil(lambda: opened.thumbnails.picture("good/good_001.png") is not None)
    assert opened.project is not None
    before = opened.project.index.content_hash("good/good_001.png")
    other = draw_picture(root.parent / "other.png", 3, 3, 64)
    with qtbot.waitSignal(opened.pictures_replaced) as signal:
        if in_place:  # which no folder's time tells
            shutil.copyfile(other, file)
            opened.rescan()
        else:
            other.replace(file)
    assert signal.args == [["good/good_001.png"]]
    assert opened.thumbnails.picture("good/good_001.png") is None  # until it is asked for again
    assert opened.project.index.content_hash("good/good_001.png") != before


def test_a_broken_picture_that_is_replaced_is_tried_again(opened: Session, qtbot: Any, root: Path) -> None:
    (root / "good" / "broken.png").write_bytes(b"nothing")
    with qtbot.waitSignal(opened.thumbnails.failed):
        opened.thumbnails.request(["good/broken.png"], 48, 1.0)
    with qtbot.waitSignal(opened.pictures_replaced):
        draw_picture(root / "good" / "broken.png")
        opened.rescan()
    with qtbot.waitSignal(opened.thumbnails.loaded):
        opened.thumbnails.request(["good/broken.png"], 48, 1.0)


# ---- the folder is gone


def test_a_folder_that_is_gone_is_not_taken_for_deleted(opened: Session, qtbot: Any, root: Path) -> None:
    shown = files(opened)
    config = (root / ".discern" / "project.json").read_bytes()
    with qtbot.assertNotEmitted(opened.catalog_changed), qtbot.waitSignal(opened.reach_changed):
        root.rename(root.with_name("unplugged"))
    assert isinstance(opened.away, ProjectError)
    assert files(opened) == shown
    with qtbot.waitSignal(opened.reach_changed):
        root.with_name("unplugged").rename(root)
    assert opened.away is None
    assert files(opened) == shown
    assert (root / ".discern" / "project.json").read_bytes() == config


def test_an_empty_place_where_the_drive_was_is_not_taken_for_deleted(
    opened: Session, qtbot: Any, root: Path, tmp_path: Path
) -> None:
    shown, there = files(opened), [path.name for path in root.iterdir()]
    aside = tmp_path / "unplugged"
    aside.mkdir()
    with qtbot.waitSignal(opened.reach_changed):
        for name in there:
            (root / name).rename(aside / name)
    qtbot.wait(100)
    assert opened.away is not None
    assert list(root.iterdir()) == []  # nothing is written there
    with qtbot.waitSignal(opened.reach_changed):
        for name in there:
            (aside / name).rename(root / name)
    qtbot.waitUntil(lambda: files(opened) == shown)


def test_pictures_are_not_called_unreadable_while_their_folder_is_gone(opened: Session, qtbot: Any, root: Path) -> None:
    with qtbot.waitSignal(opened.reach_changed):
        root.rename(root.with_name("unplugged"))
    with qtbot.assertNotEmitted(opened.thumbnails.failed, wait=100):
        opened.thumbnails.request(["good/good_001.png"], 48, 1.0)
    with qtbot.waitSignal(opened.thumbnails.loaded):
        root.with_name("unplugged").rename(root)


def test_jobs_on_a_folder_that_is_gone_are_refused_in_words(
    opened: Session, engine: PlayedEngine, qtbot: Any, root: Path
) -> None:
    with qtbot.waitSignal(opened.reach_changed):
        root.rename(root.with_name("unplugged"))
    with qtbot.waitSignal(opened.job_ended) as ended:
        opened.start_job(TrainJob(str(root)))
    assert "not there" in ended.args[0].error.what
    assert engine.jobs == []
    opened.start_job(SampleJob(str(root.with_name("sample"))))  # has nothing to do with it
    engine.end()
    play_out(opened, qtbot)
    root.with_name("unplugged").rename(root)
    qtbot.waitUntil(lambda: opened.away is None)


def test_pictures_of_a_folder_that_is_gone_are_not_moved(opened: Session, qtbot: Any, root: Path) -> None:
    with qtbot.waitSignal(opened.reach_changed):
        root.rename(root.with_name("unplugged"))
    assert not opened.organiser.can_change
    assert "not there" in opened.organiser.why_not
    with qtbot.waitSignal(opened.organiser.changed):
        root.with_name("unplugged").rename(root)
    assert opened.organiser.can_change


def test_what_runs_in_the_background_waits_for_the_folder(
    opened: Session, engine: PlayedEngine, qtbot: Any, root: Path
) -> None:
    opened.start_background(EvaluateJob(str(root)))
    qtbot.waitUntil(lambda: engine.running is not None)
    with qtbot.assertNotEmitted(opened.background.ended):
        root.rename(root.with_name("unplugged"))
        qtbot.waitUntil(lambda: engine.running is None)
    root.with_name("unplugged").rename(root)
    qtbot.waitUntil(lambda: engine.running == EvaluateJob(str(root)))
    opened.background.stop()
    play_out(opened, qtbot)


def test_the_window_says_it_at_the_place(
    qtbot: Any, session: Session, window: MainWindow, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_project(session, qtbot, root)
    assert window.workspace is not None
    bar = window.workspace.away_bar
    assert bar.isHidden()
    with qtbot.waitSignal(session.reach_changed):
        root.rename(root.with_name("unplugged"))
    assert bar.isVisible()
    assert bar.text().startswith("The folder can’t be reached. Nothing was deleted.")
    again, find = [button for button in bar.findChildren(Button) if button.text()]
    asked: list[bool] = []
    monkeypatch.setattr(session, "open", lambda path: asked.append(path == root.with_name("unplugged")))
    monkeypatch.setattr(
        "desktop_app.ui.main_window.QFileDialog.getExistingDirectory", lambda *_: str(root.with_name("unplugged"))
    )
    find.click()
    assert asked == [True]
    root.with_name("unplugged").rename(root)
    again.click()
    qtbot.waitUntil(bar.isHidden)


def test_a_project_that_went_away_can_be_closed(opened: Session, qtbot: Any, root: Path) -> None:
    with qtbot.waitSignal(opened.reach_changed):
        root.rename(root.with_name("unplugged"))
    with qtbot.waitSignal(opened.project_changed):
        opened.close()
    assert opened.away is None
    Project.open(root.with_name("unplugged")).close()


# ---- a large project


def test_the_first_pictures_are_shown_before_all_are_listed(
    session: Session, qtbot: Any, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop_app.ui.project_opening.FIRST_SECONDS", 0.0)
    first: list[int] = []
    session.project_changed.connect(lambda: first.append(len(files(session))))
    with qtbot.waitSignal(session.catalog_changed):
        session.open(root)
    assert first == [2]
    assert len(files(session)) == 5
    assert session.catalog is not None
    assert session.catalog.complete


# ---- the watch itself


@pytest.fixture
def watch(qtbot: Any) -> Iterator[FolderWatch]:
    parent = QObject()
    made = FolderWatch(parent)
    made.start()
    yield made
    made.stop()


def test_many_changes_are_told_together(watch: FolderWatch, qtbot: Any, tmp_path: Path) -> None:
    with qtbot.waitSignal(watch.changed):  # what happened before they were watched was not seen
        watch.watch([str(tmp_path)])
    told: list[list[str]] = []
    watch.changed.connect(told.append)
    for number in range(500):
        (tmp_path / f"{number}").write_bytes(b"")
    qtbot.waitUntil(lambda: bool(told))
    qtbot.wait(100)
    assert len(told) < 250
    assert all(folders == [str(tmp_path)] for folders in told)


def test_folders_that_are_no_longer_wanted_are_not_watched(watch: FolderWatch, qtbot: Any, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with qtbot.waitSignal(watch.changed):
        watch.watch([str(tmp_path / "a")])
    with qtbot.waitSignal(watch.changed):
        watch.watch([str(tmp_path / "b")])
    with qtbot.assertNotEmitted(watch.changed, wait=100):
        (tmp_path / "a" / "new").write_bytes(b"")
    with qtbot.waitSignal(watch.changed):
        (tmp_path / "b" / "new").write_bytes(b"")


def test_the_outermost_folders_are_watched_if_there_are_too_many(
    watch: FolderWatch, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "LIMIT", 1)
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    with qtbot.waitSignal(watch.changed):
        watch.watch([str(inner), str(tmp_path)])
    with qtbot.assertNotEmitted(watch.changed, wait=100):
        (inner / "new").write_bytes(b"")
    with qtbot.waitSignal(watch.changed) as signal:
        (tmp_path / "new").write_bytes(b"")
    assert signal.args == [[os.fspath(tmp_path)]]
