"""Thumbnails: two threads, latest wish first, nothing from another project."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtGui import QImage

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


def grey(file: str, edge: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (edge, edge // 2), (100, 100, 100)).save(buffer, "JPEG")
    return buffer.getvalue()


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

    def load(file: str, edge: int) -> bytes:
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

    def load(file: str, edge: int) -> bytes:
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

    def slow(file: str, edge: int) -> bytes:
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


def test_they_come_from_the_projects_own_pictures(thumbnails: Thumbnails, qtbot: Any, tmp_path: Path) -> None:
    draw_classes(tmp_path, {"a": 1, "b": 1}, size=300)
    with Project.open(tmp_path) as project:
        file = project.scan().files[0]
        thumbnails.start(project_loader(project))
        with qtbot.waitSignal(thumbnails.failed) as failed:
            thumbnails.request([file, "a/nothing.png"], 128, 1.0)
        assert failed.args == ["a/nothing.png", "no longer there"]
        qtbot.waitUntil(lambda: thumbnails.picture(file) is not None)
        picture = thumbnails.picture(file)
        assert picture is not None
        assert picture.width() == 128
        thumbnails.stop()


def test_qt_is_told_the_format(thumbnails: Thumbnails, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it asks its reader of SVG, too, which once stopped thread and window for good."""
    told: list[tuple[Any, ...]] = []

    class Told(QImage):
        def loadFromData(self, *arguments: Any) -> bool:
            told.append(arguments)
            return super().loadFromData(*arguments)

    monkeypatch.setattr(module, "QImage", Told)
    thumbnails.start(grey)
    thumbnails.request(["a"], 128, 1.0)
    qtbot.waitUntil(lambda: thumbnails.picture("a") is not None)
    assert [arguments[1:] for arguments in told] == [("JPEG",)]
