"""The small marks on a picture's corners. Each look is drawn once and kept as a pixmap: a page shows hundreds."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPixmap, QPixmapCache

from desktop_app.ui import icons, wording
from desktop_app.ui.models.tiles import Suggestion, TileSplit
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import RADIUS
from desktop_app.ui.widgets.swatch import paint_swatch

BADGE = 20  # edge
_INSIDE = 14  # a class's mark within a suggestion
_DASHES = (3.0, 2.0)


def paint_class(painter: QPainter, corner: QPointF, theme: Theme, colour: int, key: str) -> None:
    """A class's mark, rimmed so that it stands out from any picture."""

    def draw(onto: QPainter, box: QRectF) -> None:
        paint_swatch(onto, box, theme, colour, key, rim=True)

    _paint(painter, corner, f"class {colour} {key}", theme, draw)


def paint_tick(painter: QPainter, corner: QPointF, theme: Theme) -> None:
    def draw(onto: QPainter, box: QRectF) -> None:
        onto.setPen(Qt.PenStyle.NoPen)
        _paint_box(onto, box, theme, "accent")
        icons.paint(onto, box.adjusted(3, 3, -3, -3), "check-bold", theme.colour("on_accent"))

    _paint(painter, corner, "mark selected", theme, draw)


def paint_split(painter: QPainter, corner: QPointF, theme: Theme, split: TileSplit) -> None:
    """A lock for a test picture, a V for one that validates."""

    def draw(onto: QPainter, box: QRectF) -> None:
        onto.setPen(QPen(theme.colour("border"), 1))
        _paint_box(onto, box, theme, "surface")
        if split == "test":
            icons.paint(onto, box.adjusted(3, 3, -3, -3), "lock-simple-fill", theme.colour("text"))
        else:
            onto.setPen(theme.colour("text"))
            onto.setFont(font("caption_strong"))
            onto.drawText(box, Qt.AlignmentFlag.AlignCenter, "V")

    _paint(painter, corner, f"split {split}", theme, draw)


def paint_golden(painter: QPainter, corner: QPointF, theme: Theme) -> None:
    """A shield for a picture that must never be got wrong."""

    def draw(onto: QPainter, box: QRectF) -> None:
        onto.setPen(QPen(theme.colour("border"), 1))
        _paint_box(onto, box, theme, "surface")
        icons.paint(onto, box.adjusted(2, 2, -2, -2), "shield-check-fill", theme.colour("accent"))

    _paint(painter, corner, "mark golden", theme, draw)


def paint_finding(painter: QPainter, corner: QPointF, theme: Theme, icon: str) -> None:
    """Something to look into; the tile's tooltip says what."""

    def draw(onto: QPainter, box: QRectF) -> None:
        onto.setPen(QPen(theme.colour("warn"), 1))
        _paint_box(onto, box, theme, "warn_bg")
        icons.paint(onto, box.adjusted(3, 3, -3, -3), icon, theme.colour("warn"))

    _paint(painter, corner, f"finding {icon}", theme, draw)


def paint_suggestion(painter: QPainter, corner: QPointF, theme: Theme, suggestion: Suggestion, *, room: float) -> None:
    """The class that is suggested and how sure that is; dashed, for it is no label. At most as wide as `room`."""
    text = wording.percent(suggestion.how_sure)
    face = font("tile")
    face.setWeight(face.Weight.DemiBold)
    width = BADGE + QFontMetricsF(face).horizontalAdvance(text) + 5
    fits = width <= room

    def draw(onto: QPainter, box: QRectF) -> None:
        dashed = QPen(theme.colour("text"), 1)
        dashed.setDashPattern(_DASHES)
        onto.setPen(dashed)
        _paint_box(onto, box, theme, "surface")
        mark = QRectF(box.left() + 3, box.top() + 3, _INSIDE, _INSIDE)
        paint_swatch(onto, mark, theme, suggestion.colour, suggestion.key)
        if fits:
            onto.setPen(theme.colour("text"))
            onto.setFont(face)
            onto.drawText(box.adjusted(BADGE, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)

    look = f"suggestion {suggestion.colour} {suggestion.key} {text if fits else ''}"
    _paint(painter, corner, look, theme, draw, width=round(width) if fits else BADGE)


def _paint_box(painter: QPainter, box: QRectF, theme: Theme, token: str) -> None:
    painter.setBrush(theme.colour(token))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS.swatch, RADIUS.swatch)


def _paint(
    painter: QPainter,
    corner: QPointF,
    look: str,
    theme: Theme,
    draw: Callable[[QPainter, QRectF], None],
    *,
    width: int = BADGE,
) -> None:
    """Paint a badge at its upper left corner, by `draw` if it has not been drawn yet in this theme and resolution."""
    device = painter.device()
    ratio = device.devicePixelRatioF() if device else 1.0
    key = f"badge/{theme.tokens.name}/{ratio:g}/{look}"
    made = QPixmap()
    if not QPixmapCache.find(key, made):
        size = QSizeF(width, BADGE)
        made = QPixmap((size * ratio).toSize())
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        onto = QPainter(made)
        onto.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw(onto, QRectF(QPointF(), size))
        onto.end()
        QPixmapCache.insert(key, made)
    # Whole device pixels: a picture drawn between them is blurred.
    painter.drawPixmap(QPointF(round(corner.x() * ratio) / ratio, round(corner.y() * ratio) / ratio), made)
