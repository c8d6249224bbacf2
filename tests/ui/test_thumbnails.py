"""Thumbnails: two threads, latest wish first, nothing from another project."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from desktop_app.errors import ImageError
from desktop_app.project.project import Project
from desktop_app.ui import thumbnails as module
from desktop_app.ui.thumbnails import Thumbnails, project_loader
from tests.drawing import draw_classes


@pytest.fixture
def thumbnails(qapp: object) -> Iterator[Thumbnails]:
    made = Thumbnails()
    yield made
    made.stop()


def grey(file: str, edge: int) -> NDArray[np.uint8]:
    return np.full((edge // 2, edge, 3), 100, np.uint8)


def test_pictures_come(thumbnails: Thumbnails, qtbot: Any) -> None:
    thumbnails.start(grey)
    thumbnails.request(["a", "b"], 100, 1.0)
    qtbot.waitUntil(lambda: bool(thumbnails.picture("a") and thumbnails.picture("b")))
    picture = thumbnails.picture("a")
    assert picture is not None
    assert (picture.width(), picture.height()) == (128, 64)
    assert picture.toImage().pixelColor(3, 3).red() == 100


def test_dense_screens_get_more_pixels(thumbnails: Thumbnails, qtbot: Any) -> None:
    thumbnails.start(grey)
    thumbnails.request(["a"], 128, 2.0)
    qtbot.waitUntil(lambda: thumbnails.picture("a") is not None)
    assert thumbnails.picture("a").width() == 256  # type: ignore[union-attr]


def test_a_broken_picture_is_told_once_and_not_asked_for_again(thumbnails: Thumbnails, qtbot: Any) -> None:
    calls: list[str] = []

    def load(file: str, edge: int) -> NDArray[np.uint8]:
        calls.append(file)
        raise ImageError("empty file")

    thumbnails.start(load)
    with qtbot.waitSignal(thumbnails.failed) as signal:
        thumbnails.request(["a"], 128, 1.0)
    assert signal.args == ["a", "empty file"]
    thumbnails.request(["a"], 128, 1.0)
    qtbot.wait(50)
    assert calls == ["a"]
    thumbnails.forget(["a"])
    with qtbot.waitSignal(thumbnails.failed):
        thumbnails.request(["a"], 128, 1.0)


def test_a_new_wish_replaces_the_old_one(thumbnails: Thumbnails, qtbot: Any) -> None:
    gate, loaded = threading.Event(), []

    def load(file: str, edge: int) -> NDArray[np.uint8]:
        loaded.append(file)
        gate.wait(5)
        return grey(file, edge)

    thumbnails.start(load)
    thumbnails.request([f"old-{n}" for n in range(100)], 128, 1.0)
    qtbot.waitUntil(lambda: len(loaded) == 2)
    thumbnails.request(["new"], 128, 1.0)
    gate.set()
    qtbot.waitUntil(lambda: thumbnails.picture("new") is not None)
    assert loaded == ["old-0", "old-1", "new"] or sorted(loaded[:2]) == ["old-0", "old-1"]
    assert len(loaded) == 3


def test_answers_for_another_project_are_dropped(thumbnails: Thumbnails, qtbot: Any) -> None:
    gate = threading.Event()

    def slow(file: str, edge: int) -> NDArray[np.uint8]:
        gate.wait(5)
        return grey(file, edge)

    thumbnails.start(slow)
    thumbnails.request(["a"], 128, 1.0)
    qtbot.wait(20)
    thumbnails.stop(0.01)
    gate.set()
    thumbnails.start(grey)
    qtbot.wait(50)
    assert thumbnails.picture("a") is None


def test_the_memory_has_an_end(thumbnails: Thumbnails, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BUDGET", 10 * 128 * 64 * 4)
    thumbnails.start(grey)
    files = [str(number) for number in range(40)]
    thumbnails.request(files, 128, 1.0)
    qtbot.waitUntil(lambda: not thumbnails._wanted and not thumbnails._busy)
    qtbot.waitUntil(lambda: sum(thumbnails.picture(file) is not None for file in files) <= 10)
    assert thumbnails._bytes <= module._BUDGET


def test_the_index_keeps_thumbnails(qapp: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw_classes(tmp_path, {"a": 1, "b": 1}, size=300)
    with Project.open(tmp_path) as project:
        file = project.scan().files[0]
        load = project_loader(project)
        first = load(file, 128)
        assert max(first.shape[:2]) == 128
        import desktop_app.project.imaging as imaging

        def refuse(*args: object, **kwargs: object) -> None:
            raise AssertionError("decoded again")

        monkeypatch.setattr(imaging, "load_rgb", refuse)
        second = project_loader(project)(file, 128)
        assert second.shape == first.shape
        assert np.abs(first.astype(int) - second).mean() < 6


def test_a_picture_that_was_replaced_is_loaded_anew(qapp: object, tmp_path: Path) -> None:
    draw_classes(tmp_path, {"a": 1, "b": 1}, size=80)
    with Project.open(tmp_path) as project:
        load = project_loader(project)
        one, other = project.scan().files
        before = load(one, 128)
        project.path(one).write_bytes(project.path(other).read_bytes())
        assert np.abs(load(one, 128).astype(int) - before).mean() > 10


def test_what_is_gone_has_a_reason(qapp: object, tmp_path: Path) -> None:
    draw_classes(tmp_path, {"a": 1, "b": 1})
    with Project.open(tmp_path) as project, pytest.raises(ImageError, match="no longer there"):
        project_loader(project)("a/nothing.png", 128)
