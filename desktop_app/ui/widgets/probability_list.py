"""How probable each class is to the model, as bars: the most probable first; with many classes, they scroll."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QFrame, QListView, QStyledItemDelegate, QStyleOptionViewItem, QVBoxLayout, QWidget

from desktop_app.ui import wording
from desktop_app.ui.models.class_marks import KnownClass
from desktop_app.ui.models.indexes import AnyIndex
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.labels import Label
from desktop_app.ui.widgets.lines import draw_line
from desktop_app.ui.widgets.swatch import paint_swatch

_ROW = 28
_SHOWN = 6  # more scroll
_SWATCH, _BAR = 16, 3
_VALUE = Qt.ItemDataRole.UserRole + 1


class ProbabilityList(QWidget):
    """Hidden where nothing is known."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = _Probabilities(self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(_Bars(theme, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.list.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.list.setAccessibleName(self.tr("How probable each class is"))
        self.list.viewport().setAutoFillBackground(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE.s, 0, 0)
        column.setSpacing(SPACE.xs)
        column.addWidget(Label(self.tr("All classes"), "caption", "text_2"))
        column.addWidget(self.list)
        self.hide()

    def show_probabilities(self, found: Sequence[tuple[KnownClass, float]]) -> None:
        """Show these; the most probable first."""
        self.model.set_values(found)
        self.list.setFixedHeight(_ROW * min(_SHOWN, len(found)))
        self.list.scrollToTop()
        self.setVisible(bool(found))


class _Probabilities(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._values: Sequence[tuple[KnownClass, float]] = ()

    def set_values(self, values: Sequence[tuple[KnownClass, float]]) -> None:
        self.beginResetModel()
        self._values = values
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self._values)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        mark, probability = self._values[index.row()]
        if role == _VALUE:
            return mark, probability
        if role == Qt.ItemDataRole.DisplayRole:
            return mark.name
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return f"{mark.name}: {wording.percent(probability)}"
        return None


class _Bars(QStyledItemDelegate):
    """Swatch, name and percent on a line, the bar below them."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(120, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        mark, probability = index.data(_VALUE)
        colour = self._theme.colour
        rect = QRectF(option.rect).adjusted(0, 0, -SPACE.s, 0)
        line = rect.adjusted(0, 0, 0, -_BAR - 3)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        swatch = QRectF(rect.left(), line.center().y() - _SWATCH / 2, _SWATCH, _SWATCH)
        paint_swatch(painter, swatch, self._theme, mark.colour, mark.key)
        percent, face = wording.percent(probability), font("caption")
        width = QFontMetricsF(face).horizontalAdvance(percent)
        right = QRectF(line.right() - width, line.top(), width + 1, line.height())
        draw_line(painter, right, percent, face, colour("text_2"))
        name = QRectF(swatch.right() + SPACE.s, line.top(), 0, line.height())
        name.setRight(right.left() - SPACE.s)
        face = font("strong" if index.row() == 0 else "body")
        draw_line(painter, name, mark.name, face, colour("text"), Qt.TextElideMode.ElideMiddle)
        painter.setPen(Qt.PenStyle.NoPen)
        bar = QRectF(name.left(), rect.bottom() - _BAR - 1, rect.right() - name.left(), _BAR)
        painter.setBrush(colour("sunken"))
        painter.drawRoundedRect(bar, _BAR / 2, _BAR / 2)
        bar.setWidth(max(_BAR, bar.width() * probability) if probability > 0 else 0)
        painter.setBrush(colour("accent" if index.row() == 0 else "outline"))
        painter.drawRoundedRect(bar, _BAR / 2, _BAR / 2)
        painter.restore()
