"""What came of the last step, docked below the pictures, with the way back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop_app.ui import icons
from desktop_app.ui.models.indexes import AnyIndex
from desktop_app.ui.step_words import Said, Stayed
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import JOB_BAR, SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.chip import state_colours
from desktop_app.ui.widgets.labels import Paragraph
from desktop_app.ui.widgets.lines import draw_line

_ICON = {"ok": "check-circle", "warn": "warning", "error": "warning-octagon", "info": "info"}
_LINE = 28
_LINES = 4  # in sight; the others are scrolled to


class StepBar(QFrame):
    """ "12 pictures moved from Unlabelled to slag inclusion. Undo". Hidden while there is nothing to say."""

    undo_requested = Signal()
    finish_requested = Signal()
    show_requested = Signal(str)  # a file that stayed where it was

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._said = Said("ok", "")
        self._text = Paragraph(tone="text")
        self.stayed = StayedList(theme)
        self.finish = Button(self.tr("Finish"), theme)
        self.undo = Button(self.tr("Undo"), theme, kind="ghost", hint=self.tr("Ctrl+Z"))
        self.why = Button(self.tr("Which?"), theme, kind="ghost")
        self.why.setCheckable(True)
        self.close_button = Button("", theme, kind="ghost", icon="x", name=self.tr("Close this message"))
        row = QHBoxLayout()
        row.setSpacing(SPACE.s)
        row.addWidget(self._text, 1)
        for button in (self.why, self.finish, self.undo, self.close_button):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.m + 24, SPACE.xs, SPACE.s, SPACE.xs)
        column.setSpacing(SPACE.xs)
        column.addLayout(row)
        column.addWidget(self.stayed)
        self.setMinimumHeight(JOB_BAR)
        self.undo.clicked.connect(self.undo_requested)
        self.finish.clicked.connect(self.finish_requested)
        self.why.toggled.connect(self.stayed.setVisible)
        self.stayed.activated.connect(lambda index: self.show_requested.emit(self._said.stayed[index.row()].file))
        self.close_button.clicked.connect(self.clear)
        self.setVisible(False)

    def say(self, said: Said, *, can_undo: bool = False, can_finish: bool = False) -> None:
        self._said = said
        self._text.set_text(said.why, bold=said.what)
        self.stayed.show_files(said.stayed)
        self.why.setChecked(False)
        self.stayed.setVisible(False)
        self.why.setVisible(bool(said.stayed))
        self.undo.setVisible(can_undo)
        self.finish.setVisible(can_finish)
        self.setAccessibleName(self._text.plain())
        self.setVisible(True)
        self.update()

    def text(self) -> str:
        return self._text.plain()

    def clear(self) -> None:
        self.setVisible(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        fill, ink = state_colours(self._theme, self._said.state)
        painter = QPainter(self)
        painter.fillRect(self.rect(), fill)
        painter.fillRect(0, 0, self.width(), 1, self._theme.colour("border"))
        icons.paint(painter, QRectF(SPACE.m - 2, JOB_BAR / 2 - 8, 18, 18), _ICON[self._said.state], ink)


class StayedList(QListView):
    """What stayed where it was, and why. Ctrl+C copies the list; Enter and a double click choose a file."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._files = _StayedModel(self)
        self.setModel(self._files)
        self.setItemDelegate(_StayedDelegate(theme, self))
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("What stayed where it was, and why"))

    def show_files(self, files: Sequence[Stayed]) -> None:
        self._files.set_files(files)
        self.setFixedHeight(_LINE * min(_LINES, len(files)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QApplication.clipboard().setText(self._files.text())
        else:
            super().keyPressEvent(event)


class _StayedModel(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._files: Sequence[Stayed] = ()

    def set_files(self, files: Sequence[Stayed]) -> None:
        self.beginResetModel()
        self._files = files
        self.endResetModel()

    def stayed(self, row: int) -> Stayed:
        return self._files[row]

    def text(self) -> str:
        return "\n".join(f"{stayed.file}\t{stayed.reason}" for stayed in self._files)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self._files)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        stayed = self._files[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return stayed.file
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return f"{stayed.file}: {stayed.reason}"
        return None


class _StayedDelegate(QStyledItemDelegate):
    """The file, which gives way in its middle, and its reason beside it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(160, _LINE)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        model = index.model()
        assert isinstance(model, _StayedModel)
        stayed = model.stayed(index.row())
        rect = QRectF(option.rect)
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.fillRect(rect, self._theme.colour("surface"))
        face = font("body")
        reason = QFontMetricsF(face).horizontalAdvance(stayed.reason) + SPACE.s
        file = rect.adjusted(SPACE.s, 0, -min(reason + SPACE.l, rect.width() / 2), 0)
        middle = Qt.TextElideMode.ElideMiddle
        width = draw_line(painter, file, stayed.file, face, self._theme.colour("text"), middle)
        rest = QRectF(file.left() + width + SPACE.m, rect.top(), 0, rect.height())
        rest.setRight(rect.right() - SPACE.s)
        draw_line(painter, rest, stayed.reason, face, self._theme.colour("text_2"), Qt.TextElideMode.ElideRight)
