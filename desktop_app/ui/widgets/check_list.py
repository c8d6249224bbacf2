"""A list of which some entries are chosen, by a click or by Space."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desktop_app.ui import icons
from desktop_app.ui.models.indexes import AnyIndex
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.lines import draw_line

_ROW, _BOX = 28, 18
_KEY = Qt.ItemDataRole.UserRole


class CheckList(QListWidget):
    """Entries have a key and a text; `changed` follows every choice."""

    changed = Signal()

    def __init__(self, theme: Theme, *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setUniformItemSizes(True)
        self.setItemDelegate(_Delegate(theme, self))
        self.itemChanged.connect(lambda _item: self.changed.emit())

    def set_entries(self, entries: Mapping[str, str], chosen: Iterable[str]) -> None:
        """Show entries (text by key) without telling anyone."""
        keys = frozenset(chosen)
        self.blockSignals(True)
        self.clear()
        for key, text in entries.items():
            item = QListWidgetItem(text)
            item.setData(_KEY, key)
            item.setCheckState(Qt.CheckState.Checked if key in keys else Qt.CheckState.Unchecked)
            self.addItem(item)
        self.blockSignals(False)

    def chosen(self) -> tuple[str, ...]:
        items = map(self.item, range(self.count()))
        return tuple(item.data(_KEY) for item in items if item.checkState() == Qt.CheckState.Checked)

    def show_only(self, text: str) -> None:
        """Hide the entries that do not contain a text."""
        for row in range(self.count()):
            self.item(row).setHidden(text.casefold() not in self.item(row).text().casefold())


class _Delegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(super().sizeHint(option, index).width(), _ROW)

    def editorEvent(self, event: QEvent, model: object, option: QStyleOptionViewItem, index: AnyIndex) -> bool:
        """The whole row is the box, not only its picture."""
        clicked = isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease
        spaced = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space
        if not clicked and not spaced:
            return False
        checked = _is_checked(index)
        state = Qt.CheckState.Unchecked if checked else Qt.CheckState.Checked
        return index.model().setData(index, state, Qt.ItemDataRole.CheckStateRole)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        colour = self._theme.colour
        rect = QRectF(option.rect)
        painter.save()
        if option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, colour("band"))
        checked = _is_checked(index)
        box = QRectF(rect.left() + SPACE.xs, rect.center().y() - _BOX / 2, _BOX, _BOX)
        icons.paint(
            painter,
            box,
            "check-square-fill" if checked else "square",
            colour("accent" if checked else "outline"),
        )
        room = rect.adjusted(SPACE.xs + _BOX + SPACE.s, 0, -SPACE.s, 0)
        draw_line(painter, room, index.data(), font(), colour("text"), Qt.TextElideMode.ElideMiddle)
        painter.restore()


def _is_checked(index: AnyIndex) -> bool:
    # What comes is a number or a state, as it was put in.
    return Qt.CheckState(index.data(Qt.ItemDataRole.CheckStateRole)) == Qt.CheckState.Checked
