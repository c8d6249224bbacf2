"""The list of classes: what the grid shows is chosen here, pictures are dropped here, and classes are changed here."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QEvent, QMimeData, QModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPixmap,
)
from PySide6.QtWidgets import QAbstractItemView, QApplication, QListView, QMenu, QSizePolicy, QWidget

from desktop_app.ui.models.class_list import ClassListModel, ClassRow
from desktop_app.ui.models.indexes import AnyIndex
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.class_rows import CLASS_ROW, ClassDelegate
from desktop_app.ui.widgets.colour_palette import ColourPalette

#: Pictures of this project, dragged; the data is their number.
PICTURES = "application/x-discern-pictures"
#: A class of this list, dragged; the data is its line.
CLASS = "application/x-discern-class"
_SWATCH_END = SPACE.m + 24 + SPACE.xs


class _Pressed(NamedTuple):
    """A class that the mouse went down on: a click chooses it, a drag moves it."""

    item: QModelIndex
    place: QPoint


class ClassList(QListView):
    """Exactly one line is chosen: what the grid shows."""

    chosen = Signal(object)  # ClassRow
    dropped = Signal(object)  # ClassRow: the dragged pictures are to go there
    rename_requested = Signal(object)  # ClassRow
    key_requested = Signal(object)  # ClassRow
    delete_requested = Signal(object)  # ClassRow
    new_requested = Signal()
    merge_requested = Signal(str, str)  # class, the one it is to join
    recoloured = Signal(str, int)  # class, colour index
    marked = Signal(str, str)  # class, role
    moved = Signal(str, str)  # class, the one it is to stand in front of; "" for the end

    def __init__(self, model: ClassListModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes = model
        self.setModel(model)
        self._theme = theme
        self._delegate = ClassDelegate(theme, self)
        self.setItemDelegate(self._delegate)
        self.changeable = False  # classes can be changed, and take pictures
        self._pressed: _Pressed | None = None
        self.setAcceptDrops(True)
        self.setAccessibleName(self.tr("Classes"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.selectionModel().currentRowChanged.connect(self._on_current)
        model.modelReset.connect(self._on_reset)
        model.rowsInserted.connect(self.updateGeometry)
        model.rowsRemoved.connect(self.updateGeometry)
        theme.changed.connect(self.viewport().update)

    def choose_label(self, label: int | None) -> None:
        """Mark a line without a signal."""
        index = self._classes.index(self._classes.row_of_label(label), 0)
        blocked = self.selectionModel().blockSignals(True)
        self.setCurrentIndex(index)
        self.selectionModel().blockSignals(blocked)
        self.viewport().update()

    # ---- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self._class_at(self.currentIndex())
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if row is None or not self.changeable:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_F2:
            self.rename_requested.emit(row)
        elif event.key() == Qt.Key.Key_Delete:
            self.delete_requested.emit(row)
        elif event.key() in steps and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.move_class(row, steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters are for classes, not for finding one by its name."""

    # ---- menu

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
        icon = self._theme.icon
        if row is not None:
            rename = menu.addAction(icon("pencil-simple"), self.tr("Rename…"), lambda: self.rename_requested.emit(row))
            rename.setShortcut(QKeySequence("F2"))
            menu.addAction(icon("palette"), self.tr("Colour…"), lambda: self.ask_colour(row))
            menu.addAction(icon("keyboard"), self.tr("Key…"), lambda: self.key_requested.emit(row))
            self._add_roles(menu, row)
            menu.addSeparator()
            self._add_moves(menu, row)
            menu.addSeparator()
            self._add_merges(menu, row)
            delete = menu.addAction(icon("trash"), self.tr("Delete class…"), lambda: self.delete_requested.emit(row))
            delete.setShortcut(QKeySequence("Del"))
            menu.addSeparator()
        menu.addAction(icon("plus"), self.tr("New class…"), self.new_requested)
        for action in menu.actions():
            action.setEnabled(action.isEnabled() and self.changeable)
            action.setShortcutVisibleInContextMenu(True)
        return menu

    def _add_roles(self, menu: QMenu, row: ClassRow) -> None:
        roles = menu.addMenu(self._theme.icon("flag"), self.tr("Mark as"))
        for role, text in (("good", self.tr("Good")), ("defect", self.tr("Defect")), ("", self.tr("Neither"))):
            action = roles.addAction(text)
            action.setCheckable(True)
            action.setChecked(row.role == role)
            action.triggered.connect(lambda _checked=False, role=role: self.marked.emit(row.name, role))

    def _add_moves(self, menu: QMenu, row: ClassRow) -> None:
        for step, text, icon, keys in (
            (-1, self.tr("Move up"), "arrow-up", "Ctrl+Up"),
            (1, self.tr("Move down"), "arrow-down", "Ctrl+Down"),
        ):
            action = QAction(self._theme.icon(icon), text, menu)
            action.triggered.connect(lambda _checked=False, step=step: self.move_class(row, step))
            action.setShortcut(QKeySequence(keys))
            action.setEnabled(self._neighbour(row, step) is not None)
            menu.addAction(action)

    def _add_merges(self, menu: QMenu, row: ClassRow) -> None:
        merges = menu.addMenu(self._theme.icon("git-merge"), self.tr("Merge into"))
        others = [other for other in self._classes.classes() if other.name != row.name]
        for other in others:
            action = merges.addAction(other.name.replace("&", "&&"))
            action.triggered.connect(lambda _checked=False, into=other.name: self.merge_requested.emit(row.name, into))
        merges.setEnabled(bool(others))

    # ---- colour and order

    def ask_colour(self, row: ClassRow) -> None:
        """Show the palette at a class."""
        users = [""] * len(self._theme.tokens.classes)
        for other in reversed(self._classes.classes()):
            users[other.colour % len(users)] = other.name
        palette = ColourPalette(self._theme, row.name, row.colour, users, self)
        palette.chosen.connect(lambda colour: self.recoloured.emit(row.name, colour))
        line = self.visualRect(self._classes.index(self._classes.row_of_label(row.label), 0))
        palette.open_at(self.viewport().mapToGlobal(QPoint(SPACE.m, line.bottom())))

    def move_class(self, row: ClassRow, step: int) -> None:
        """Move a class one line up (-1) or down (1)."""
        neighbour = self._neighbour(row, step)
        if neighbour is None:
            return
        after = self._neighbour(neighbour, 1) if step > 0 else neighbour
        self.moved.emit(row.name, after.name if after else "")

    def _neighbour(self, row: ClassRow, step: int) -> ClassRow | None:
        classes = self._classes.classes()
        place = next((place for place, other in enumerate(classes) if other.name == row.name), -1) + step
        return classes[place] if 0 <= place < len(classes) else None

    def _class_at(self, index: QModelIndex) -> ClassRow | None:
        row = self._classes.row(index.row()) if index.isValid() else None
        return row if row is not None and row.kind == "class" else None

    # ---- mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        here = event.position().toPoint()
        index = self.indexAt(here)
        if event.button() == Qt.MouseButton.LeftButton and self.changeable and self._class_at(index):
            # Chosen when the button comes up again: moving a class must not change what the grid shows.
            self._pressed = _Pressed(index, here)
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        elif event.button() == Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            super().mouseMoveEvent(event)
            return
        moved = (event.position().toPoint() - self._pressed.place).manhattanLength()
        if moved >= QApplication.startDragDistance():
            pressed, self._pressed = self._pressed, None
            self._drag(pressed)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            super().mouseReleaseEvent(event)
            return
        pressed, self._pressed = self._pressed, None
        if self.indexAt(event.position().toPoint()) == pressed.item:
            self.setCurrentIndex(pressed.item)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        here = event.position().toPoint()
        row = self._class_at(self.indexAt(here))
        if row is None or not self.changeable or event.button() != Qt.MouseButton.LeftButton:
            super().mouseDoubleClickEvent(event)
        elif here.x() < _SWATCH_END:
            self.ask_colour(row)
        else:
            self.rename_requested.emit(row)

    def _drag(self, pressed: _Pressed) -> None:
        line = self.visualRect(pressed.item)
        data = QMimeData()
        data.setData(CLASS, str(pressed.item.row()).encode())
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.setPixmap(self._picture_of(line))
        drag.setHotSpot(pressed.place - line.topLeft())
        drag.exec(Qt.DropAction.MoveAction)
        self._set_gap(-1)

    def _picture_of(self, line: QRect) -> QPixmap:
        return self.viewport().grab(line)

    # ---- pictures and classes are dropped

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._hover(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._hover(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._set_target(-1)
        self._set_gap(-1)

    def dropEvent(self, event: QDropEvent) -> None:
        row, gap = self._target(event), self._gap(event)
        self._set_target(-1)
        self._set_gap(-1)
        if gap >= 0:
            event.acceptProposedAction()
            self._drop_class(_line(event.mimeData()), gap)
        elif row >= 0:
            event.acceptProposedAction()
            self.dropped.emit(self._classes.row(row))
        else:
            event.ignore()

    def _drop_class(self, line: int, gap: int) -> None:
        if gap in (line, line + 1):  # where it is
            return
        follows = self._class_at(self._classes.index(gap, 0))
        self.moved.emit(self._classes.row(line).name, follows.name if follows else "")

    def _hover(self, event: QDragMoveEvent) -> None:
        row, gap = self._target(event), self._gap(event)
        if row >= 0:
            self._delegate.hanging = int(bytes(event.mimeData().data(PICTURES).data()) or b"0")
        if row >= 0 or gap >= 0:
            event.acceptProposedAction()
        elif _is_ours(event.mimeData()) and event.type() == QEvent.Type.DragEnter:
            event.accept()  # or no move would follow
        else:
            event.ignore()
        self._set_target(row)
        self._set_gap(gap)

    def _target(self, event: QDropEvent) -> int:
        """The line that dropped pictures would go to; -1 if they can't."""
        if not self.changeable or not event.mimeData().hasFormat(PICTURES):
            return -1
        index = self.indexAt(event.position().toPoint())
        return index.row() if index.isValid() and self._classes.row(index.row()).kind != "all" else -1

    def _gap(self, event: QDropEvent) -> int:
        """The line that a dropped class would come to stand in front of; -1 if it can't be dropped."""
        if not self.changeable or not event.mimeData().hasFormat(CLASS) or not _is_from(event, self):
            return -1
        lines = self._classes.class_lines()
        y = event.position().y()
        below = (line for line in lines if y < self.visualRect(self._classes.index(line, 0)).center().y())
        return next(below, lines.stop)

    def _set_target(self, row: int) -> None:
        if row != self._delegate.target:
            self._delegate.target = row
            self.viewport().update()

    def _set_gap(self, line: int) -> None:
        if line != self._delegate.gap:
            self._delegate.gap = line
            self.viewport().update()

    # ---- size

    def sizeHint(self) -> QSize:
        height = sum(self.sizeHintForRow(row) for row in range(self._classes.rowCount()))
        return QSize(160, height + 2 * self.frameWidth())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 3 * CLASS_ROW)

    def _on_reset(self) -> None:
        self.updateGeometry()
        self._pressed = None
        if self._classes.rowCount():
            self.choose_label(None)

    def rowsAboutToBeRemoved(self, parent: AnyIndex, start: int, end: int) -> None:
        """A line that goes must not choose its neighbour."""
        if start <= self.currentIndex().row() <= end:
            self.choose_label(None)
        super().rowsAboutToBeRemoved(parent, start, end)

    def _on_current(self, index: QModelIndex, _previous: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(self._classes.row(index.row()))


def _is_ours(data: QMimeData) -> bool:
    return data.hasFormat(PICTURES) or data.hasFormat(CLASS)


def _is_from(event: QDropEvent, view: QWidget) -> bool:
    """Whether it was dragged from there; another window's classes are another project's."""
    return event.source() is view


def _line(data: QMimeData) -> int:
    return int(bytes(data.data(CLASS).data()))
