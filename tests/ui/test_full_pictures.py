"""Pictures made ready ahead of the person."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QRect

from desktop_app.errors import ImageError
from desktop_app.project.imaging import load_rgb
from desktop_app.ui import full_pictures
from desktop_app.ui.full_pictures import FullPictures, Stretch, read_part, read_picture
from desktop_app.ui.session import Session
from tests.drawing import draw_picture
from tests.ui.demo import play_out


def noise(path: Path, width: int, height: int, low: int = 0, high: int = 256) -> Path:
    pixels = np.random.default_rng(1).integers(low, high, (height, width, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def shades(image: Any) -> set[int]:
    return {image.pixelColor(x, y).red() for x in range(image.width()) for y in range(image.height())}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in "abcdef":
        draw_picture(tmp_path / f"{name}.png", seed=ord(name))
    return tmp_path


@pytest.fixture
def pictures(session: Session, folder: Path, qtbot: Any) -> Iterator[FullPictures]:
    yield FullPictures(session, lambda file: folder / file, session)
    play_out(session, qtbot)


def test_the_wanted_ones_come_and_no_others_stay(pictures: FullPictures, session: Session, qtbot: Any) -> None:
    came: list[str] = []
    pictures.ready.connect(came.append)
    pictures.want(["a.png", "b.png", "c.png"])
    qtbot.waitUntil(lambda: sorted(came) == ["a.png", "b.png", "c.png"])
    pictures.want(["c.png", "d.png"])
    qtbot.waitUntil(lambda: pictures.picture("d.png") is not None)
    assert pictures.picture("a.png") is None
    assert pictures.picture("c.png") is not None
    assert came.count("c.png") == 1, "it was there"


def test_what_was_passed_by_is_not_read(
    pictures: FullPictures, session: Session, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def reading(path: Path, **more: Any) -> Any:
        read.append(path.name)
        return read_picture(path, **more)

    monkeypatch.setattr(full_pictures, "read_picture", reading)
    for name in "abcdef":  # faster than anything can be read
        pictures.want([f"{name}.png"])
    qtbot.waitUntil(lambda: pictures.picture("f.png") is not None)
    play_out(session, qtbot)
    assert sorted(read) == ["a.png", "b.png", "f.png"], "two at a time, then the newest"
    assert pictures.picture("a.png") is None


def test_a_file_that_was_replaced_comes_anew(
    pictures: FullPictures, folder: Path, session: Session, qtbot: Any
) -> None:
    pictures.want(["a.png"])
    qtbot.waitUntil(lambda: pictures.picture("a.png") is not None)
    old = pictures.picture("a.png")
    pictures.want(["a.png"])
    play_out(session, qtbot)
    assert pictures.picture("a.png") is old
    draw_picture(folder / "a.png", kind=3, size=60)
    with qtbot.waitSignal(pictures.ready):
        pictures.want(["a.png"])
    found = pictures.picture("a.png")
    assert found is not None
    assert found.facts.width == 60


def test_broken_and_missing_ones_say_so(pictures: FullPictures, folder: Path, qtbot: Any) -> None:
    (folder / "text.jpg").write_text("hello", encoding="utf-8")
    failed: dict[str, ImageError] = {}
    pictures.failed.connect(lambda file, error: failed.update({file: error}))
    pictures.want(["text.jpg", "gone.png"])
    qtbot.waitUntil(lambda: len(failed) == 2)
    assert failed["text.jpg"].what == "text, not a picture"
    assert failed["gone.png"].what == "no longer there"


def test_a_renamed_one_stays(pictures: FullPictures, qtbot: Any) -> None:
    pictures.want(["a.png"])
    qtbot.waitUntil(lambda: pictures.picture("a.png") is not None)
    pictures.rename({"a.png": "z/a.png"})
    assert pictures.picture("z/a.png") is not None
    assert pictures.picture("a.png") is None


def test_answers_from_before_a_clearing_are_dropped(pictures: FullPictures, session: Session, qtbot: Any) -> None:
    pictures.want(["a.png"])
    pictures.clear()
    play_out(session, qtbot)
    assert pictures.picture("a.png") is None


def test_contrast_is_stretched_for_all_at_once(pictures: FullPictures, folder: Path, qtbot: Any) -> None:
    noise(folder / "flat.png", 64, 64, 100, 140)
    pictures.want(["flat.png"])
    qtbot.waitUntil(lambda: pictures.picture("flat.png") is not None)
    before = pictures.picture("flat.png")
    assert before is not None
    assert min(shades(before.levels[0])) == 100
    with qtbot.waitSignal(pictures.ready):
        pictures.set_stretched(True)
    after = pictures.picture("flat.png")
    assert after is not None
    assert {0, 255} <= shades(after.levels[0])


# ---- in a thread


def test_a_large_picture_is_kept_small(tmp_path: Path) -> None:
    large = read_picture(noise(tmp_path / "large.png", 6200, 400))
    assert large.levels[0].width() == full_pictures.LARGEST_SIDE
    assert (large.pixels.width(), large.pixels.height()) == (6200, 400)
    assert large.shrunk
    photograph = read_picture(noise(tmp_path / "photograph.jpg", 4000, 3000))
    assert [level.width() for level in photograph.levels] == [2000, 1000, 500]
    small = read_picture(draw_picture(tmp_path / "small.png"))
    assert not small.shrunk
    assert len(small.levels) == 1


def test_a_huge_picture_is_halved_as_often_as_it_takes(tmp_path: Path) -> None:
    halves = np.zeros((1201, 13_001, 3), np.uint8)
    halves[:, 6500:] = (200, 100, 50)
    Image.fromarray(halves).save(tmp_path / "huge.png")
    image = read_picture(tmp_path / "huge.png").levels[0]
    assert (image.width(), image.height()) == (3072, 283)
    assert image.pixelColor(100, 282).getRgb()[:3] == (0, 0, 0)
    assert image.pixelColor(3000, 282).getRgb()[:3] == (200, 100, 50)


def test_a_picture_one_pixel_high(tmp_path: Path) -> None:
    Image.new("RGB", (9000, 1), (9, 9, 9)).save(tmp_path / "line.png")
    assert read_picture(tmp_path / "line.png").levels[0].width() == full_pictures.LARGEST_SIDE


def test_a_part_has_the_pictures_own_pixels(tmp_path: Path) -> None:
    path = noise(tmp_path / "large.png", 3500, 300)
    pixels = load_rgb(path)
    part = read_part(path, QRect(3400, 200, 100, 100), 2.0, Stretch())
    assert (part.width(), part.height()) == (100, 100)
    assert part.pixelColor(99, 99).getRgb()[:3] == tuple(pixels[299, 3499])
    assert part.pixelColor(0, 0).getRgb()[:3] == tuple(pixels[200, 3400])


def test_a_part_seen_from_afar_has_no_more_pixels_than_the_screen(tmp_path: Path) -> None:
    part = read_part(noise(tmp_path / "large.png", 3500, 300), QRect(0, 0, 3500, 300), 0.5, Stretch())
    assert (part.width(), part.height()) == (1750, 150)


def test_a_part_that_is_no_longer_there(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="changed meanwhile"):
        read_part(draw_picture(tmp_path / "a.png"), QRect(0, 0, 100, 100), 1.0, Stretch())


def test_a_picture_of_one_shade_stays_as_it_is(tmp_path: Path) -> None:
    Image.new("RGB", (40, 40), (90, 90, 90)).save(tmp_path / "grey.png")
    picture = read_picture(tmp_path / "grey.png", stretched=True)
    assert picture.stretch == Stretch()
    assert shades(picture.levels[0]) == {90}


def test_an_unchanged_file_is_not_decoded_again(tmp_path: Path) -> None:
    path = draw_picture(tmp_path / "a.png")
    known = read_picture(path)
    assert read_picture(path, known=known) is known
    os.utime(path, ns=(0, 0))
    assert read_picture(path, known=known) is not known
