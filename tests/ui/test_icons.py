"""Icons: only the one font, sharp at every pixel ratio, and no name that does not exist."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage

from desktop_app.ui import icons
from desktop_app.ui.theme import Theme

UI = Path(icons.__file__).parent


def ink(image: QImage) -> int:
    return sum(image.pixelColor(x, y).alpha() > 128 for x in range(image.width()) for y in range(image.height()))


def test_an_icon_has_ink_in_its_colour(theme: Theme) -> None:
    image = icons.pixmap("trash", QColor("red"), 24).toImage()
    assert ink(image) > 30
    reds = {image.pixelColor(x, y).name() for x in range(24) for y in range(24) if image.pixelColor(x, y).alpha() > 250}
    assert reds == {"#ff0000"}


def test_twice_the_pixels_where_the_screen_has_them(theme: Theme) -> None:
    pixmap = icons.pixmap("target", QColor("black"), 16, 2.0)
    assert pixmap.size() == QSize(32, 32)
    assert pixmap.deviceIndependentSize().toSize() == QSize(16, 16)
    icon = theme.icon("target")
    assert icon.pixmap(QSize(16, 16), 2.0).size() == QSize(32, 32)


def test_an_icon_follows_the_theme_and_dims_when_disabled(theme: Theme) -> None:
    icon = theme.icon("target")
    light = icon.pixmap(24, 24).toImage()
    disabled = icon.pixmap(24, 24, QIcon.Mode.Disabled).toImage()
    theme.set_mode("dark")
    assert icon.pixmap(24, 24).toImage() != light
    assert disabled != light


def test_unknown_names_are_errors_at_once(theme: Theme) -> None:
    with pytest.raises(KeyError):
        theme.icon("no-such-icon")


def test_every_icon_that_the_window_names_exists() -> None:
    pattern = re.compile(
        r"""(?:icon|_icon_name|set_icon|IconView|paint|pixmap)\w*(?:=|\()[^"\n]*"([a-z]+(?:-[a-z]+)*)\""""
    )
    names = {name for path in UI.rglob("*.py") for name in pattern.findall(path.read_text(encoding="utf-8"))}
    known = icons._charmap()
    tokens = {"text", "accent", "error", "warn", "ok", "surface", "outline", "border", "strong"}  # in the same calls
    assert len(names) > 30
    assert not {name for name in names - tokens if name not in known}


def test_qtawesome_itself_is_not_imported(theme: Theme) -> None:
    theme.icon("trash").pixmap(16, 16)
    assert "qtawesome" not in sys.modules
