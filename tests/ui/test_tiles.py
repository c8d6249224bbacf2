"""The marks on a picture: each in its corner, never on another, and drawn only once."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter, QPixmapCache

from desktop_app.ui.models.tiles import Suggestion, Tile
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets import badges
from desktop_app.ui.widgets.tile_painter import PADDING, paint_tile, tile_size

PLAIN = Tile("a.png", "a.png")
SURE = Suggestion(2, "3", 0.97)
MARKS: dict[str, dict[str, Any]] = {
    "class": {"colour": 0, "key": "1"},
    "test": {"split": "test"},
    "validation": {"split": "validation"},
    "finding": {"finding": "copy"},
    "suggestion": {"suggestion": SURE},
}


@pytest.fixture(autouse=True)
def fresh() -> None:
    QPixmapCache.clear()


def painted(theme: Theme, tile: Tile, *, picture: int = 128, selected: bool = False, ratio: float = 1.0) -> QImage:
    width, height = tile_size(picture)
    image = QImage(round(width * ratio), round(height * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(theme.colour("bg"))
    painter = QPainter(image)
    paint_tile(painter, QRect(0, 0, width, height), tile, None, theme, selected=selected, focused=False)
    painter.end()
    return image


def tile_with(**marks: Any) -> Tile:
    return Tile("a.png", "a.png", **marks)


def changed(before: QImage, after: QImage) -> QRect:
    """The smallest rectangle that holds what differs."""
    places = [
        (x, y)
        for x, y in itertools.product(range(before.width()), range(before.height()))
        if before.pixel(x, y) != after.pixel(x, y)
    ]
    if not places:
        return QRect()
    left, top = (min(column) for column in zip(*places, strict=True))
    right, bottom = (max(column) for column in zip(*places, strict=True))
    return QRect(left, top, right - left + 1, bottom - top + 1)


@pytest.mark.parametrize(
    ("mark", "right", "bottom"),
    [
        ("class", False, True),
        ("suggestion", False, True),
        ("test", True, True),
        ("validation", True, True),
        ("finding", True, False),
    ],
)
def test_every_mark_has_its_corner(theme: Theme, mark: str, right: bool, bottom: bool) -> None:
    area = changed(painted(theme, PLAIN), painted(theme, tile_with(**MARKS[mark])))
    inset = PADDING + 4
    assert area.height() == badges.BADGE
    assert (area.right() if right else area.left()) == (PADDING + 128 - 4 - 1 if right else inset)
    assert (area.bottom() if bottom else area.top()) == (PADDING + 128 - 4 - 1 if bottom else inset)


@pytest.mark.parametrize("picture", [72, 128, 320])
def test_marks_never_cover_each_other(theme: Theme, picture: int) -> None:
    """A model that disagrees with the label of a test picture: three marks side by side."""
    areas = []
    together: dict[str, Any] = {}
    before = painted(theme, PLAIN, picture=picture)
    for mark in ("class", "test", "suggestion", "finding"):
        together |= MARKS[mark]
        after = painted(theme, tile_with(**together), picture=picture)
        areas.append(changed(before, after))
        before = after
    assert all(not area.isEmpty() for area in areas)
    assert not any(one.intersects(other) for one, other in itertools.combinations(areas, 2))


def test_a_narrow_suggestion_shows_the_class_alone(theme: Theme) -> None:
    def width(**marks: Any) -> int:
        without = tile_with(**{name: value for name, value in marks.items() if name != "suggestion"})
        return changed(painted(theme, without, picture=72), painted(theme, tile_with(**marks), picture=72)).width()

    assert width(**MARKS["suggestion"]) > 2 * badges.BADGE
    assert width(**MARKS["class"], **MARKS["test"], **MARKS["suggestion"]) == badges.BADGE


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_a_mark_is_drawn_once_and_looks_the_same_from_the_cache(
    theme: Theme, monkeypatch: pytest.MonkeyPatch, mode: Any, ratio: float
) -> None:
    theme.set_mode(mode)
    tile = tile_with(colour=0, key="1", split="test", finding="copy", suggestion=SURE)
    first = painted(theme, tile, selected=True, ratio=ratio)

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("drawn again")

    monkeypatch.setattr(badges, "paint_swatch", forbidden)
    monkeypatch.setattr(badges, "_paint_box", forbidden)
    assert painted(theme, tile, selected=True, ratio=ratio) == first


def test_marks_follow_the_theme(theme: Theme) -> None:
    tile = tile_with(**MARKS["finding"])
    light = changed(painted(theme, PLAIN), painted(theme, tile))
    first = painted(theme, tile).copy(light)
    theme.set_mode("dark")
    assert painted(theme, tile).copy(light) != first
