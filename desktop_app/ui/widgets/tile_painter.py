"""How one picture of a grid looks."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPixmap

from desktop_app.ui import icons
from desktop_app.ui.models.tiles import Tile
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import RADIUS
from desktop_app.ui.widgets.swatch import paint_swatch

PADDING = 6  # between the tile's edge and its picture
CAPTION = 20
_BADGE = 20
_INSET = 4


def tile_size(picture: int) -> tuple[int, int]:
    """Width and height of a tile whose picture has the given edge."""
    return picture + 2 * PADDING, picture + 2 * PADDING + CAPTION


def paint_tile(
    painter: QPainter,
    cell: QRect,
    tile: Tile,
    picture: QPixmap | None,
    theme: Theme,
    *,
    selected: bool,
    focused: bool,
) -> None:
    """Draw a tile into `cell`; `picture` is None until its thumbnail is loaded. It is fitted, never cropped."""
    frame = QRectF(cell)
    if selected:
        painter.setPen(QPen(theme.colour("accent"), 2))
        painter.setBrush(theme.colour("soft"))
        painter.drawRoundedRect(frame.adjusted(1, 1, -1, -1), RADIUS.control, RADIUS.control)
    if focused:
        painter.setPen(QPen(theme.colour("text"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(frame.adjusted(-1, -1, 1, 1), RADIUS.panel, RADIUS.panel)
    edge = frame.width() - 2 * PADDING
    stage = QRectF(frame.left() + PADDING, frame.top() + PADDING, edge, edge)
    if tile.problem:
        _paint_broken(painter, stage, tile.problem, theme)
    else:
        painter.fillRect(stage, theme.colour("stage"))
        if picture is not None:
            painter.drawPixmap(_fitted(picture, stage), picture, QRectF(picture.rect()))
    _paint_badges(painter, stage, tile, theme, selected=selected)
    painter.setPen(theme.colour("text_2"))
    face = font("tile")
    painter.setFont(face)
    line = QRectF(stage.left(), stage.bottom(), edge, CAPTION + 2)
    caption = QFontMetricsF(face).elidedText(tile.caption, Qt.TextElideMode.ElideMiddle, edge)
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, caption)


def _fitted(picture: QPixmap, stage: QRectF) -> QRectF:
    width, height = picture.width(), picture.height()
    scale = min(stage.width() / width, stage.height() / height)
    rect = QRectF(0, 0, max(1.0, width * scale), max(1.0, height * scale))
    rect.moveCenter(stage.center())
    return rect


def _paint_broken(painter: QPainter, stage: QRectF, problem: str, theme: Theme) -> None:
    painter.fillRect(stage, theme.colour("stage"))
    painter.setPen(QPen(theme.colour("outline"), 1, Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(stage.adjusted(0.5, 0.5, -0.5, -0.5))
    middle = stage.center()
    icons.paint(painter, QRectF(middle.x() - 12, middle.y() - 26, 24, 24), "file-x", theme.colour("error"))
    painter.setPen(theme.colour("text"))
    painter.setFont(font("tile"))
    words = QRectF(stage.left() + 4, middle.y() + 2, stage.width() - 8, stage.bottom() - middle.y() - 4)
    painter.drawText(
        words, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop) | Qt.TextFlag.TextWordWrap, problem
    )


def _paint_badges(painter: QPainter, stage: QRectF, tile: Tile, theme: Theme, *, selected: bool) -> None:
    left, right = stage.left() + _INSET, stage.right() - _INSET - _BADGE
    top, bottom = stage.top() + _INSET, stage.bottom() - _INSET - _BADGE
    if selected:
        box = QRectF(left, top, _BADGE, _BADGE)
        _paint_box(painter, box, theme, "accent")
        icons.paint(painter, box.adjusted(3, 3, -3, -3), "check-bold", theme.colour("on_accent"))
    if tile.colour >= 0:
        paint_swatch(painter, QRectF(left, bottom, _BADGE, _BADGE), theme, tile.colour, tile.key, rim=True)
    if tile.split:
        box = QRectF(right, bottom, _BADGE, _BADGE)
        _paint_box(painter, box, theme, "surface")
        if tile.split == "test":
            icons.paint(painter, box.adjusted(3, 3, -3, -3), "lock-simple-fill", theme.colour("text"))
        else:
            painter.setPen(theme.colour("text"))
            painter.setFont(font("caption_strong"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "V")


def _paint_box(painter: QPainter, box: QRectF, theme: Theme, token: str) -> None:
    painter.setPen(QPen(theme.colour("border"), 1) if token == "surface" else Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour(token))
    inner = box.adjusted(0.5, 0.5, -0.5, -0.5)
    painter.drawRoundedRect(QRectF(QPointF(inner.left(), inner.top()), inner.size()), RADIUS.swatch, RADIUS.swatch)
