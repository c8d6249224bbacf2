"""Phosphor icons, drawn from the one font file they need.

qtawesome bundles the font; importing it would load all of its fonts (0.2 s), so only its two Phosphor files are read.
"""

from __future__ import annotations

import functools
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QIcon,
    QIconEngine,
    QPainter,
    QPixmap,
    QPixmapCache,
)

_FONT = "phosphor-1.3.0.ttf"
_CHARMAP = "phosphor-charmap-1.3.0.json"


def icon(name: str, colour: Callable[[QIcon.Mode], QColor]) -> QIcon:
    """A Phosphor icon that asks for its colour each time it is drawn, so it follows the theme and any pixel ratio.

    Raises:
        KeyError: there is no icon of that name.
    """
    _charmap()[name]
    return QIcon(_Engine(name, colour))


def paint(painter: QPainter, rect: QRect | QRectF, name: str, colour: QColor) -> None:
    """Draw an icon centred in `rect`, as large as its shorter side."""
    device = painter.device()
    ratio = device.devicePixelRatioF() if device else 1.0
    edge = int(min(rect.width(), rect.height()))
    centre = QRectF(rect).center()
    # Whole device pixels: a picture drawn between them is blurred.
    corner = QPointF(
        round((centre.x() - edge / 2) * ratio) / ratio,
        round((centre.y() - edge / 2) * ratio) / ratio,
    )
    painter.drawPixmap(corner, pixmap(name, colour, edge, ratio))


def pixmap(name: str, colour: QColor, edge: int, ratio: float = 1.0) -> QPixmap:
    """An icon of `edge` logical pixels at a device pixel ratio; cached by Qt."""
    key = f"phosphor/{name}/{colour.rgba():08x}/{edge}/{ratio:g}"
    found = QPixmap()
    if QPixmapCache.find(key, found):
        return found
    made = QPixmap(QSize(edge, edge) * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    font = QFont(_family())
    font.setPixelSize(edge)
    character = _charmap()[name]
    metrics = QFontMetricsF(font)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    painter.setFont(font)
    painter.setPen(colour)
    # The glyph's em box is centred, not its ink: icons keep the optical positions their designers gave them.
    left = (edge - metrics.horizontalAdvance(character)) / 2
    baseline = (edge + metrics.ascent() - metrics.descent()) / 2
    painter.drawText(QPointF(left, baseline), character)
    painter.end()
    QPixmapCache.insert(key, made)
    return made


class _Engine(QIconEngine):
    def __init__(self, name: str, colour: Callable[[QIcon.Mode], QColor]) -> None:
        super().__init__()
        self._name = name
        self._colour = colour

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        paint(painter, rect, self._name, self._colour(mode))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        made = QPixmap(size * scale)
        made.setDevicePixelRatio(scale)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return made

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._colour)


@functools.cache
def _family() -> str:
    number = QFontDatabase.addApplicationFont(str(_folder() / _FONT))
    return QFontDatabase.applicationFontFamilies(number)[0]


@functools.cache
def _charmap() -> dict[str, str]:
    table = json.loads((_folder() / _CHARMAP).read_text(encoding="utf-8"))
    return {name: chr(int(code, 16)) for name, code in table.items()}


def _folder() -> Path:
    spec = importlib.util.find_spec("qtawesome")
    assert spec and spec.origin, "qtawesome is not installed"
    return Path(spec.origin).parent / "fonts"
