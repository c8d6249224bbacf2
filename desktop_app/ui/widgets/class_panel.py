"""The list of classes: colour, key, count, and a bar for the share of the largest."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desktop_app.ui import icons, wording
from desktop_app.ui.models.class_list import ClassListModel, ClassRow
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import RADIUS, SPACE
from desktop_app.ui.widgets.key_cap import key_cap_size, paint_key_cap
from desktop_app.ui.widgets.swatch import paint_swatch

_ROW = 40
_TOP_ROW = 32
_SWATCH = 24
_BAR = 4


class ClassDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        model = index.model()
        assert isinstance(model, ClassListModel)
        return QSize(160, _ROW if model.row(index.row()).kind == "class" else _TOP_ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        model = index.model()
        assert isinstance(model, ClassListModel)
        row = model.row(index.row())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect)
        self._paint_ground(painter, rect, option.state)
        inner = rect.adjusted(SPACE.m, 0, -SPACE.m, 0)
        if row.kind == "class":
            self._paint_class(painter, inner, row)
        else:
            self._paint_group(painter, inner, row)
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

    def _paint_group(self, painter: QPainter, rect: QRectF, row: ClassRow) -> None:
        """All pictures, and unlabelled ones."""
        icon = "squares-four" if row.kind == "all" else "selection"
        middle = rect.center().y()
        icons.paint(painter, QRectF(rect.left() + 3, middle - 9, 18, 18), icon, self._theme.colour("text"))
        left = rect.left() + _SWATCH + SPACE.s
        right = self._paint_count(painter, rect, row.count)
        cap = key_cap_size(row.key) if row.key else QSize(0, 0)
        room = right - left - (cap.width() + SPACE.s if row.key else 0)
        end = self._paint_name(painter, QRectF(left, rect.top(), room, rect.height()), row.name)
        if row.key:
            place = QRectF(end + SPACE.s, middle - cap.height() / 2, cap.width(), cap.height())
            paint_key_cap(painter, place, row.key, self._theme)

    def _paint_class(self, painter: QPainter, rect: QRectF, row: ClassRow) -> None:
        top = rect.top() + 4
        paint_swatch(painter, QRectF(rect.left(), top, _SWATCH, _SWATCH), self._theme, row.colour, row.key)
        left = rect.left() + _SWATCH + SPACE.s
        line = QRectF(left, top, rect.right() - left, _SWATCH)
        right = self._paint_count(painter, line, row.count)
        if row.few:
            right -= 16 + SPACE.xs
            icons.paint(painter, QRectF(right, line.center().y() - 8, 16, 16), "warning", self._theme.colour("warn"))
            right -= SPACE.xs
        if row.role:
            right = self._paint_role(painter, line, right, self._role(row.role))
        self._paint_name(painter, QRectF(left, line.top(), right - left, line.height()), row.name)
        track = QRectF(left, rect.bottom() - 8, rect.right() - left, _BAR)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("sunken"))
        painter.drawRoundedRect(track, 2, 2)
        if row.count:
            painter.setBrush(self._theme.class_colour(row.colour))
            painter.drawRoundedRect(QRectF(track.left(), track.top(), max(_BAR, track.width() * row.share), _BAR), 2, 2)

    def _role(self, role: str) -> str:
        return {"good": self.tr("good"), "defect": self.tr("defect")}.get(role, role)

    def _paint_count(self, painter: QPainter, rect: QRectF, count: int) -> float:
        """Returns where the room for the name ends."""
        text = wording.number(count)
        painter.setFont(font("body"))
        painter.setPen(self._theme.colour("text_2"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        return rect.right() - QFontMetricsF(font("body")).horizontalAdvance(text) - SPACE.s

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

    def _paint_name(self, painter: QPainter, room: QRectF, name: str) -> float:
        """Returns where the name ends."""
        face = font("body")
        metrics = QFontMetricsF(face)
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room.width())
        painter.setFont(face)
        painter.setPen(self._theme.colour("text"))
        baseline = room.center().y() + (metrics.ascent() - metrics.descent()) / 2
        painter.drawText(QPointF(room.left(), baseline), shown)
        return room.left() + metrics.horizontalAdvance(shown)


class ClassList(QListView):
    """Exactly one line is chosen: what the grid shows."""

    chosen = Signal(object)  # ClassRow

    def __init__(self, model: ClassListModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes = model
        self.setModel(model)
        self.setItemDelegate(ClassDelegate(theme, self))
        self.setAccessibleName(self.tr("Classes"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.selectionModel().currentRowChanged.connect(self._on_current)
        model.modelReset.connect(self._on_reset)
        theme.changed.connect(self.viewport().update)

    def choose_label(self, label: int | None) -> None:
        """Mark a line without a signal."""
        index = self._classes.index(self._classes.row_of_label(label), 0)
        blocked = self.selectionModel().blockSignals(True)
        self.setCurrentIndex(index)
        self.selectionModel().blockSignals(blocked)
        self.viewport().update()

    def sizeHint(self) -> QSize:
        height = sum(self.sizeHintForRow(row) for row in range(self._classes.rowCount()))
        return QSize(160, height + 2 * self.frameWidth())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 3 * _ROW)

    def _on_reset(self) -> None:
        self.updateGeometry()
        if self._classes.rowCount():
            self.choose_label(None)

    def _on_current(self, index: QModelIndex, _previous: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(self._classes.row(index.row()))
