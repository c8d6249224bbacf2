"""The program's icon: the drawing in code and the file are the same."""

from __future__ import annotations

import configparser
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from desktop_app.ui import brand

REPOSITORY = Path(__file__).resolve().parents[2]


def difference(one: QImage, other: QImage) -> float:
    """Mean absolute difference of the channels, 0–255."""
    total = 0
    for x in range(one.width()):
        for y in range(one.height()):
            a, b = one.pixelColor(x, y).getRgb(), other.pixelColor(x, y).getRgb()
            total += sum(abs(i - j) for i, j in zip(a, b, strict=True))
    return total / (4 * one.width() * one.height())


def test_the_icon_file_is_the_drawn_mark(qapp: object) -> None:
    drawn = brand.app_icon().pixmap(QSize(128, 128), 1.0).toImage()
    file = QImage(128, 128, QImage.Format.Format_ARGB32_Premultiplied)
    file.fill(0)
    painter = QPainter(file)
    QSvgRenderer(str(REPOSITORY / "resources" / "icons" / "discern.svg")).render(painter)
    painter.end()
    assert drawn.size() == file.size()
    assert difference(drawn, file) < 2


def test_every_size_of_icon_is_sharp(qapp: object) -> None:
    sizes = {size.width() for size in brand.app_icon().availableSizes()}
    assert {16, 32, 48, 256} <= sizes


def test_the_desktop_file_names_the_program() -> None:
    desktop = configparser.ConfigParser(interpolation=None)
    desktop.read(REPOSITORY / "packaging" / "discern.desktop", encoding="utf-8")
    entry = desktop["Desktop Entry"]
    assert entry["Exec"].split()[0] == "discern-gui"
    assert entry["Icon"] == "discern"
