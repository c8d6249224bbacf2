"""The confusion matrix on the screen: right is quiet, wrong is loud, every cell can be reached and read out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from desktop_app.ui.models.class_marks import ClassMark
from desktop_app.ui.models.confusion import Confusion, ConfusionModel, Role, Tone
from desktop_app.ui.models.indexes import AnyIndex
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import RADIUS, SPACE, ink_on
from desktop_app.ui.widgets.labels import Label
from desktop_app.ui.widgets.lines import draw_line
from desktop_app.ui.widgets.swatch import paint_swatch

GAP = 2
CELL_HEIGHT = 32 + GAP
CELL_WIDTHS = (50, 120)  # cells grow with the room there is, within these
SUM_WIDTH = 56
HEAD = 34
NAMES = 232  # the row heads are not wider
ROWS_SHOWN = 15  # more scroll
_FILL = {Tone.RIGHT: "band", Tone.FEW: "matrix_1", Tone.SOME: "matrix_2", Tone.MANY: "matrix_3"}
_OUTLINE = 3


class ConfusionView(QTableView):
    """Shows a `ConfusionModel`; `chosen` names the cell that the person went to."""

    chosen = Signal(object)  # Confusion

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.matrix = ConfusionModel(self)
        self._theme = theme
        self._marks: Sequence[ClassMark] = ()
        self._widest = 0.0  # name
        # Only an opaque view can be scrolled by shifting what it shows and painting the new strip.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setModel(self.matrix)
        self.setItemDelegate(_CellDelegate(theme, self))
        self.setHorizontalHeader(_ColumnHeads(theme, self))
        self.setVerticalHeader(_RowHeads(theme, self))
        self._corner = Label(self.tr("actual ↓   called →"), "caption", "text_2", parent=self)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Confusion matrix: rows are actual classes, columns what they were called"))
        self.selectionModel().currentChanged.connect(self._tell)
        self.matrix.layoutChanged.connect(lambda: self.scrollTo(self.currentIndex()))

    def show_counts(self, marks: Sequence[ClassMark], counts: list[list[int]]) -> None:
        """Show a matrix with a row per actual and a column per called class."""
        self._marks = marks
        metrics = QFontMetricsF(font("strong"))
        self._widest = max((metrics.horizontalAdvance(mark.name) for mark in marks), default=0.0)
        self.matrix.set_counts([mark.name for mark in marks], counts)
        self._fit()
        self.updateGeometry()

    def mark(self, number: int) -> ClassMark:
        return self._marks[number]

    def choose(self, cell: Confusion) -> None:
        """Go to a cell as if the person did."""
        index = self.matrix.index_of(cell)
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.scrollTo(index)

    def _tell(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self.verticalHeader().viewport().update()
        if cell := self.matrix.cell(current):
            self.chosen.emit(cell)

    # ---- size

    def sizeHint(self) -> QSize:
        rows = min(self.matrix.rowCount(), ROWS_SHOWN)
        bar = self.horizontalScrollBar().sizeHint().height() if self._needed_width() > self.width() else 0
        return QSize(400, HEAD + rows * CELL_HEIGHT + bar)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
        self.updateGeometry()
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())

    def _names_width(self) -> int:
        corner = self._corner.sizeHint().width() + SPACE.m
        room = min(NAMES, max(corner, self.width() * 2 // 5))
        return int(min(room, max(corner, self._widest + 20 + SPACE.s + SPACE.m)))

    def _cell_width(self) -> int:
        room = self.viewport().width() - SUM_WIDTH
        return int(min(max(room / max(1, len(self._marks)), CELL_WIDTHS[0]), CELL_WIDTHS[1]))

    def _needed_width(self) -> int:
        return self._names_width() + len(self._marks) * CELL_WIDTHS[0] + SUM_WIDTH

    def _fit(self) -> None:
        self.verticalHeader().setFixedWidth(self._names_width())
        self.updateGeometries()
        heads, width = self.horizontalHeader(), self._cell_width()
        if self._marks and (heads.defaultSectionSize() != width or heads.sectionSize(len(self._marks)) != SUM_WIDTH):
            heads.setDefaultSectionSize(width)
            heads.resizeSection(len(self._marks), SUM_WIDTH)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self.viewport()).fillRect(event.rect(), self._theme.colour("surface"))
        super().paintEvent(event)

    def updateGeometries(self) -> None:
        super().updateGeometries()
        self._corner.setGeometry(SPACE.xs, 0, self.verticalHeader().width() - SPACE.xs, HEAD)


class _CellDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: ConfusionView) -> None:
        super().__init__(view)
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        colour = self._theme.colour
        rect = QRectF(option.rect).adjusted(GAP / 2, GAP / 2, -GAP / 2, -GAP / 2)
        tone = index.data(Role.TONE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text, ink, face = index.data(), colour("text_2"), font()
        align = Qt.AlignmentFlag.AlignCenter
        if tone is None:
            align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            rect.adjust(0, 0, -SPACE.s, 0)
        else:
            ink = self._paint_cell(painter, rect, Tone(tone), option.state)
            if tone > Tone.RIGHT:
                face = font("strong")
        painter.setPen(ink)
        painter.setFont(face)
        painter.drawText(rect, align, text)
        painter.restore()

    def _paint_cell(self, painter: QPainter, rect: QRectF, tone: Tone, state: QStyle.StateFlag) -> QColor:
        """Fill and outline; returns the ink for the number."""
        colour = self._theme.colour
        fill = colour(_FILL[tone]) if tone in _FILL else colour("surface")
        if state & QStyle.StateFlag.State_Selected:
            # 3 px of the text's colour, then a hair of the surface, so that it shows on any fill.
            half = _OUTLINE / 2
            painter.setPen(QPen(colour("text"), _OUTLINE))
            painter.setBrush(colour("surface"))
            painter.drawRoundedRect(rect.adjusted(half, half, -half, -half), RADIUS.control, RADIUS.control)
            rect = rect.adjusted(_OUTLINE + 1, _OUTLINE + 1, -_OUTLINE - 1, -_OUTLINE - 1)
            painter.setPen(Qt.PenStyle.NoPen)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(QPen(colour("outline"), 1))
        else:
            painter.setPen(QPen(colour("border"), 1) if tone is Tone.EMPTY else Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        edge = 0.5 if painter.pen().style() != Qt.PenStyle.NoPen else 0.0
        painter.drawRoundedRect(rect.adjusted(edge, edge, -edge, -edge), RADIUS.swatch, RADIUS.swatch)
        return ink_on(fill) if tone > Tone.RIGHT else colour("text_2")


class _Heads(QHeaderView):
    def __init__(self, theme: Theme, view: ConfusionView, orientation: Qt.Orientation) -> None:
        super().__init__(orientation, view)
        self._theme = theme
        self._view = view
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setHighlightSections(False)
        self.setSectionsClickable(False)

    def _mark(self, section: int) -> ClassMark | None:
        number = self.model().headerData(section, self.orientation(), Role.CLASS)
        return None if number is None else self._view.mark(number)


class _ColumnHeads(_Heads):
    """Key swatches; the row heads name them."""

    def __init__(self, theme: Theme, view: ConfusionView) -> None:
        super().__init__(theme, view, Qt.Orientation.Horizontal)
        self.setFixedHeight(HEAD)
        self.setMinimumSectionSize(CELL_WIDTHS[0])

    def paintSection(self, painter: QPainter, rect: object, section: int) -> None:
        area = QRectF(rect)  # type: ignore[call-overload]
        painter.fillRect(area, self._theme.colour("surface"))
        if mark := self._mark(section):
            square = QRectF(0, 0, 24, 24)
            square.moveCenter(area.center())
            paint_swatch(painter, square, self._theme, mark.colour, mark.key)
            return
        painter.setPen(self._theme.colour("text_2"))
        painter.setFont(font("caption"))
        align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(area.adjusted(0, 0, -SPACE.s, 0), align, self.model().headerData(section, self.orientation()))


class _RowHeads(_Heads):
    """Swatch and name; bold where the chosen cell is."""

    def __init__(self, theme: Theme, view: ConfusionView) -> None:
        super().__init__(theme, view, Qt.Orientation.Vertical)
        self.setDefaultSectionSize(CELL_HEIGHT)

    def paintSection(self, painter: QPainter, rect: object, section: int) -> None:
        area = QRectF(rect)  # type: ignore[call-overload]
        painter.fillRect(area, self._theme.colour("surface"))
        mark = self._mark(section)
        if mark is None:
            return
        square = QRectF(area.left() + SPACE.xs, area.center().y() - 10, 20, 20)
        paint_swatch(painter, square, self._theme, mark.colour, mark.key)
        face = font("strong" if self._view.currentIndex().row() == section else "body")
        room = area.adjusted(square.right() + SPACE.s - area.left(), 0, -SPACE.s, 0)
        draw_line(painter, room, mark.name, face, self._theme.colour("text"), Qt.TextElideMode.ElideMiddle)
