"""How one picture of a grid looks."""

from __future__ import annotations

import functools

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen, QPixmap

from desktop_app.ui import icons
from desktop_app.ui.models.tiles import Tile
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import RADIUS
from desktop_app.ui.widgets import badges

PADDING = 6  # between the tile's edge and its picture
CAPTION = 20
_INSET, _GAP = 4, 2
_CAPTIONS = 2048
_FAINT = 0.35  # of an excluded picture
_IN_LINE = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


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
            painter.setOpacity(_FAINT if tile.excluded else 1)
            painter.drawPixmap(_fitted(picture, stage), picture, QRectF(picture.rect()))
            painter.setOpacity(1)
    _paint_badges(painter, stage, tile, theme, selected=selected)
    painter.setPen(theme.colour("text_2"))
    painter.setFont(_caption_font())
    line = QRectF(stage.left(), stage.bottom(), edge, CAPTION + 2)
    painter.drawText(line, _IN_LINE, _caption(tile.caption, edge))


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
    left, right = stage.left() + _INSET, stage.right() - _INSET - badges.BADGE
    top, bottom = stage.top() + _INSET, stage.bottom() - _INSET - badges.BADGE
    if selected:
        badges.paint_tick(painter, QPointF(left, top), theme)
    if tile.finding:
        badges.paint_finding(painter, QPointF(right, top), theme, tile.finding)
    if tile.split:
        badges.paint_split(painter, QPointF(right, bottom), theme, tile.split)
        right -= badges.BADGE + _GAP
    if tile.golden:
        badges.paint_golden(painter, QPointF(right, bottom), theme)
        right -= badges.BADGE + _GAP
    if tile.colour >= 0:
        badges.paint_class(painter, QPointF(left, bottom), theme, tile.colour, tile.key)
        left += badges.BADGE + _GAP
    if tile.suggestion is not None:
        room = right + badges.BADGE - left
        badges.paint_suggestion(painter, QPointF(left, bottom), theme, tile.suggestion, room=room)


@functools.cache
def _caption_font() -> QFont:
    return font("tile")


@functools.lru_cache(maxsize=_CAPTIONS)
def _caption(text: str, width: float) -> str:
    """A caption that fits; finding out where to cut takes longer than drawing it."""
    return QFontMetricsF(_caption_font()).elidedText(text, Qt.TextElideMode.ElideMiddle, width)
