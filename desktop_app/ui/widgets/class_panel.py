"""The list of classes: colour, key, count, and a bar for the share of the largest."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFontMetricsF,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QMenu,
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
#: Pictures of this project, dragged; the data is their number.
PICTURES = "application/x-discern-pictures"


class ClassDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.target = -1  # the line that pictures hang over
        self.hanging = 0  # how many

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
        is_target = index.row() == self.target
        if is_target:
            self._paint_target(painter, rect)
        count = f"+{wording.number(self.hanging)}" if is_target else wording.number(row.count)
        inner = rect.adjusted(SPACE.m, 0, -SPACE.m, 0)
        if row.kind == "class":
            self._paint_class(painter, inner, row, count)
        else:
            self._paint_group(painter, inner, row, count)
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
        """All pictures, and unlabelled ones."""
        icon = "squares-four" if row.kind == "all" else "selection"
        middle = rect.center().y()
        icons.paint(painter, QRectF(rect.left() + 3, middle - 9, 18, 18), icon, self._theme.colour("text"))
        left = rect.left() + _SWATCH + SPACE.s
        right = self._paint_count(painter, rect, count)
        cap = key_cap_size(row.key) if row.key else QSize(0, 0)
        room = right - left - (cap.width() + SPACE.s if row.key else 0)
        end = self._paint_name(painter, QRectF(left, rect.top(), room, rect.height()), row.name)
        if row.key:
            place = QRectF(end + SPACE.s, middle - cap.height() / 2, cap.width(), cap.height())
            paint_key_cap(painter, place, row.key, self._theme)

    def _paint_class(self, painter: QPainter, rect: QRectF, row: ClassRow, count: str) -> None:
        top = rect.top() + 4
        paint_swatch(painter, QRectF(rect.left(), top, _SWATCH, _SWATCH), self._theme, row.colour, row.key)
        left = rect.left() + _SWATCH + SPACE.s
        line = QRectF(left, top, rect.right() - left, _SWATCH)
        right = self._paint_count(painter, line, count)
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

    def _paint_target(self, painter: QPainter, rect: QRectF) -> None:
        painter.fillRect(rect, self._theme.colour("soft"))
        painter.setPen(QPen(self._theme.colour("accent"), 2, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), RADIUS.control, RADIUS.control)

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
    dropped = Signal(object)  # ClassRow: the dragged pictures are to go there
    rename_requested = Signal(object)  # ClassRow
    delete_requested = Signal(object)  # ClassRow
    new_requested = Signal()

    def __init__(self, model: ClassListModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes = model
        self.setModel(model)
        self._theme = theme
        self._delegate = ClassDelegate(theme, self)
        self.setItemDelegate(self._delegate)
        self.changeable = False  # classes can be renamed and deleted, and take pictures
        self.setAcceptDrops(True)
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

    # ---- classes are changed

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self._class_at(self.currentIndex())
        if row is not None and self.changeable and event.key() == Qt.Key.Key_F2:
            self.rename_requested.emit(row)
        elif row is not None and self.changeable and event.key() == Qt.Key.Key_Delete:
            self.delete_requested.emit(row)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keyboard = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if keyboard else self.indexAt(event.pos())
        place = self.viewport().mapToGlobal(self.visualRect(index).center()) if keyboard else event.globalPos()
        menu = self.menu_for(self._class_at(index))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def menu_for(self, row: ClassRow | None) -> QMenu:
        """What can be done with a class; without one, only a new one can be made."""
        menu = QMenu(self)
        if row is not None:
            rename = menu.addAction(
                self._theme.icon("pencil-simple"), self.tr("Rename…"), lambda: self.rename_requested.emit(row)
            )
            rename.setShortcut(QKeySequence("F2"))
            menu.addAction(
                self._theme.icon("trash"), self.tr("Delete class…"), lambda: self.delete_requested.emit(row)
            ).setShortcut(QKeySequence("Del"))
            menu.addSeparator()
        menu.addAction(self._theme.icon("plus"), self.tr("New class…"), self.new_requested)
        for action in menu.actions():
            action.setEnabled(self.changeable)
        return menu

    def _class_at(self, index: QModelIndex) -> ClassRow | None:
        row = self._classes.row(index.row()) if index.isValid() else None
        return row if row is not None and row.kind == "class" else None

    # ---- pictures are dropped

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._hover(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._hover(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._set_target(-1)

    def dropEvent(self, event: QDropEvent) -> None:
        row = self._target(event)
        self._set_target(-1)
        if row < 0:
            event.ignore()
            return
        event.acceptProposedAction()
        self.dropped.emit(self._classes.row(row))

    def _hover(self, event: QDragMoveEvent) -> None:
        row = self._target(event)
        if row >= 0:
            self._delegate.hanging = int(bytes(event.mimeData().data(PICTURES).data()) or b"0")
            event.acceptProposedAction()
        elif event.mimeData().hasFormat(PICTURES) and event.type() == QEvent.Type.DragEnter:
            event.accept()  # or no move would follow
        else:
            event.ignore()
        self._set_target(row)

    def _target(self, event: QDropEvent) -> int:
        if not self.changeable or not event.mimeData().hasFormat(PICTURES):
            return -1
        index = self.indexAt(event.position().toPoint())
        return index.row() if index.isValid() and self._classes.row(index.row()).kind != "all" else -1

    def _set_target(self, row: int) -> None:
        if row != self._delegate.target:
            self._delegate.target = row
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
