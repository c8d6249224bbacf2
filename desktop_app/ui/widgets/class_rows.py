"""How a line of the list of classes looks."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop_app.ui import icons, wording
from desktop_app.ui.models.class_list import ClassListModel, ClassRow, role_word
from desktop_app.ui.models.indexes import AnyIndex
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import RADIUS, SPACE
from desktop_app.ui.widgets.key_cap import key_cap_size, paint_key_cap
from desktop_app.ui.widgets.lines import draw_line
from desktop_app.ui.widgets.swatch import paint_swatch

CLASS_ROW = 40
GROUP_ROW = 32
_SWATCH = 24
_BAR = 4
_WARNING = 16
_ICONS = {"all": "squares-four", "unlabelled": "selection", "trash": "trash"}


class ClassDelegate(QStyledItemDelegate):
    """
    Attributes:
        target: the line that pictures hang over; -1 for none.
        hanging: how many.
        gap: the line in front of which a dragged class would come; -1 for none.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.target = -1
        self.hanging = 0
        self.gap = -1

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        height = CLASS_ROW if _row(index).kind == "class" else GROUP_ROW
        return QSize(160, height + (SPACE.s if _begins_group(index) else 0))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        row = _row(index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect).adjusted(0, SPACE.s if _begins_group(index) else 0, 0, 0)
        self._paint_ground(painter, rect, option.state)
        is_target = index.row() == self.target
        if is_target:
            self._paint_target(painter, rect)
        count = f"+{wording.number(self.hanging)}" if is_target else wording.number(row.count)
        inner = rect.adjusted(SPACE.m, 0, -SPACE.m, 0)
        if row.kind == "class":
            self._paint_class(painter, inner, row, count)
        else:
            self._paint_group(painter, inner, row, count)
        last = index.row() == index.model().rowCount() - 1
        if self.gap == index.row():
            self._paint_gap(painter, rect.left(), rect.top(), rect.width())
        elif last and self.gap > index.row():
            self._paint_gap(painter, rect.left(), rect.bottom(), rect.width())
        painter.restore()

    def _paint_ground(self, painter: QPainter, rect: QRectF, state: QStyle.StateFlag) -> None:
        colour = self._theme.colour
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, colour("soft"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, colour("band"))
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), RADIUS.control, RADIUS.control)

    def _paint_group(self, painter: QPainter, rect: QRectF, row: ClassRow, count: str) -> None:
        """All pictures, unlabelled ones, and the trash."""
        middle = rect.center().y()
        quiet = row.kind == "trash"
        ink = self._theme.colour("text_2" if quiet else "text")
        icons.paint(painter, QRectF(rect.left() + 3, middle - 9, 18, 18), _ICONS[row.kind], ink)
        left = rect.left() + _SWATCH + SPACE.s
        right = self._paint_count(painter, rect, count)
        cap = key_cap_size(row.key) if row.key else QSize(0, 0)
        room = QRectF(left, rect.top(), right - left - (cap.width() + SPACE.s if row.key else 0), rect.height())
        width = draw_line(painter, room, row.name, font("body"), ink, Qt.TextElideMode.ElideMiddle)
        if row.key:
            place = QRectF(left + width + SPACE.s, middle - cap.height() / 2, cap.width(), cap.height())
            paint_key_cap(painter, place, row.key, self._theme)

    def _paint_class(self, painter: QPainter, rect: QRectF, row: ClassRow, count: str) -> None:
        top = rect.top() + 4
        paint_swatch(painter, QRectF(rect.left(), top, _SWATCH, _SWATCH), self._theme, row.colour, row.key)
        left = rect.left() + _SWATCH + SPACE.s
        line = QRectF(left, top, rect.right() - left, _SWATCH)
        right = self._paint_count(painter, line, count)
        if row.few:
            right -= _WARNING + SPACE.xs
            mark = QRectF(right, line.center().y() - _WARNING / 2, _WARNING, _WARNING)
            icons.paint(painter, mark, "warning", self._theme.colour("warn"))
            right -= SPACE.xs
        if row.role:
            right = self._paint_role(painter, line, right, role_word(row.role))
        room = QRectF(left, line.top(), right - left, line.height())
        draw_line(painter, room, row.name, font("body"), self._theme.colour("text"), Qt.TextElideMode.ElideMiddle)
        track = QRectF(left, rect.bottom() - 8, rect.right() - left, _BAR)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("sunken"))
        painter.drawRoundedRect(track, 2, 2)
        if row.count:
            painter.setBrush(self._theme.class_colour(row.colour))
            painter.drawRoundedRect(QRectF(track.left(), track.top(), max(_BAR, track.width() * row.share), _BAR), 2, 2)

    def _paint_target(self, painter: QPainter, rect: QRectF) -> None:
        painter.fillRect(rect, self._theme.colour("soft"))
        painter.setPen(QPen(self._theme.colour("accent"), 2, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), RADIUS.control, RADIUS.control)

    def _paint_gap(self, painter: QPainter, left: float, y: float, width: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("accent"))
        painter.drawRoundedRect(QRectF(left + SPACE.s, y - 1.5, width - 2 * SPACE.s, 3), 1.5, 1.5)

    def _paint_count(self, painter: QPainter, rect: QRectF, text: str) -> float:
        """Returns where the room for the name ends."""
        arrives = text.startswith("+")
        face = font("strong" if arrives else "body")
        painter.setFont(face)
        painter.setPen(self._theme.colour("accent" if arrives else "text_2"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        return rect.right() - QFontMetricsF(face).horizontalAdvance(text) - SPACE.s

    def _paint_role(self, painter: QPainter, rect: QRectF, right: float, text: str) -> float:
        face = font("tile")
        width = QFontMetricsF(face).horizontalAdvance(text) + 10
        box = QRectF(right - width, rect.center().y() - 9, width, 18)
        painter.setPen(QPen(self._theme.colour("border"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS.swatch, RADIUS.swatch)
        painter.setFont(face)
        painter.setPen(self._theme.colour("text_2"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        return box.left() - SPACE.s


def _row(index: AnyIndex, before: int = 0) -> ClassRow:
    """The line of an index, or one `before` it."""
    model = index.model()
    assert isinstance(model, ClassListModel)
    return model.row(index.row() - before)


def _begins_group(index: AnyIndex) -> bool:
    """Whether a little room sets the line off from the one above: the first class, and the trash."""
    return _row(index).kind in ("class", "trash") and _row(index, before=1).kind != _row(index).kind
