"""A list of values to tick, each with its mark and the number of its pictures."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop_app.ui import icons, wording
from desktop_app.ui.models.filter_choices import Choice
from desktop_app.ui.models.indexes import AnyIndex
from desktop_app.ui.presses import SPACE_OR_ENTER
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import RADIUS, SPACE
from desktop_app.ui.widgets.lines import draw_line
from desktop_app.ui.widgets.swatch import paint_swatch

_ROW = 32
_BOX = 16
_MARK = 20
_MOST_ROWS = 10  # in sight at a time
_WIDTH = 264


class ChoiceModel(QAbstractListModel):
    def __init__(self, choices: Sequence[Choice], ticked: Sequence[bool], parent: QWidget) -> None:
        super().__init__(parent)
        self.choices = list(choices)
        self.ticked = list(ticked)

    def tick(self, row: int, *, alone: bool) -> None:
        """Turn a tick over; `alone`: it is the only one."""
        on = not self.ticked[row]
        if alone:
            self.ticked = [False] * len(self.ticked)
        self.ticked[row] = on
        self.dataChanged.emit(self.index(0), self.index(len(self.choices) - 1))

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self.choices)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        choice = self.choices[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return choice.text
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if self.ticked[index.row()] else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{choice.text}, {wording.pictures(choice.count)}"
        return None


class ChoiceDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(_WIDTH, _ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        model = index.model()
        assert isinstance(model, ChoiceModel)
        choice, ticked = model.choices[index.row()], model.ticked[index.row()]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect)
        self._paint_ground(painter, rect, option.state)
        box = QRectF(rect.left() + SPACE.s, rect.center().y() - _BOX / 2, _BOX, _BOX)
        self._paint_box(painter, box, ticked=ticked)
        left = box.right() + SPACE.s
        mark = QRectF(left, rect.center().y() - _MARK / 2, _MARK, _MARK)
        if choice.colour >= 0:
            paint_swatch(painter, mark, self._theme, choice.colour, choice.key)
        elif choice.icon:
            icons.paint(painter, mark.adjusted(2, 2, -2, -2), choice.icon, self._theme.colour("text"))
        if choice.colour >= 0 or choice.icon:
            left = mark.right() + SPACE.s
        count = wording.number(choice.count)
        width = QFontMetricsF(font("body")).horizontalAdvance(count)
        ink = self._theme.colour("text_2")
        draw_line(painter, QRectF(rect.right() - SPACE.s - width, rect.top(), width, _ROW), count, font("body"), ink)
        room = QRectF(left, rect.top(), rect.right() - 2 * SPACE.s - width - left, _ROW)
        ink = self._theme.colour("text" if choice.count or ticked else "text_2")
        draw_line(painter, room, choice.text, font("body"), ink, Qt.TextElideMode.ElideMiddle)
        painter.restore()

    def _paint_ground(self, painter: QPainter, rect: QRectF, state: QStyle.StateFlag) -> None:
        if state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, self._theme.colour("band"))
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(self._theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), RADIUS.control, RADIUS.control)

    def _paint_box(self, painter: QPainter, box: QRectF, *, ticked: bool) -> None:
        colour = self._theme.colour
        painter.setPen(QPen(colour("accent" if ticked else "outline"), 1))
        painter.setBrush(colour("accent" if ticked else "surface"))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS.swatch, RADIUS.swatch)
        if ticked:
            icons.paint(painter, box.adjusted(2, 2, -2, -2), "check-bold", colour("on_accent"))


class ChoiceList(QListView):
    """Space, Enter or a click ticks a line.

    Args:
        several: more than one can be ticked.
    """

    changed = Signal(object)  # list[Choice]: what is ticked now

    def __init__(
        self,
        choices: Sequence[Choice],
        ticked: Sequence[bool],
        theme: Theme,
        *,
        several: bool,
        name: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._choices = ChoiceModel(choices, ticked, self)
        self._several = several
        self.setModel(self._choices)
        self.setItemDelegate(ChoiceDelegate(theme, self))
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(_WIDTH)
        self.setFixedHeight(min(len(choices), _MOST_ROWS) * _ROW + 2 * self.frameWidth())
        first = next((row for row, on in enumerate(ticked) if on), 0)
        self.setCurrentIndex(self._choices.index(first))

    def ticked(self) -> list[Choice]:
        pairs = zip(self._choices.choices, self._choices.ticked, strict=True)
        return [choice for choice, on in pairs if on]

    def clear_ticks(self) -> None:
        """Tick nothing, without a signal."""
        for row, on in enumerate(self._choices.ticked):
            if on:
                self._choices.tick(row, alone=False)

    def _tick(self, index: QModelIndex) -> None:
        if index.isValid():
            self._choices.tick(index.row(), alone=not self._several)
            self.changed.emit(self.ticked())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in SPACE_OR_ENTER:
            self._tick(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._tick(self.indexAt(event.position().toPoint()))
