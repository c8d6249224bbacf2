"""The most frequent mistakes in words; a click goes to the matrix cell."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.ui import icons, wording
from desktop_app.ui.models.class_marks import ClassMark
from desktop_app.ui.models.confusion import Confusion
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import RADIUS, SPACE
from desktop_app.ui.widgets.lines import draw_line
from desktop_app.ui.widgets.swatch import paint_swatch

ROW = 28
SHOWN = 5
_MARK = 20
_ARROW = 14


class ConfusionList(QWidget):
    """At most `SHOWN` rows; `chosen` names the `Confusion` of the one that was clicked."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = [_Row(theme, self) for _ in range(SHOWN)]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for row in self._rows:
            column.addWidget(row)
            row.clicked.connect(lambda _checked=False, row=row: self.chosen.emit(row.confusion))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_confusions(self, confusions: Sequence[Confusion], marks: Sequence[ClassMark]) -> None:
        for position, row in enumerate(self._rows):
            row.setVisible(position < len(confusions))
            if position < len(confusions):
                confusion = confusions[position]
                row.show_confusion(confusion, marks[confusion.actual], marks[confusion.called])


class _Row(QAbstractButton):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.confusion = Confusion(0, 0, 0)
        self._actual = self._called = ClassMark("", 0, "")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedHeight(ROW)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def show_confusion(self, confusion: Confusion, actual: ClassMark, called: ClassMark) -> None:
        self.confusion, self._actual, self._called = confusion, actual, called
        self.setAccessibleName(wording.cell(actual.name, called.name, confusion.count))
        self.setToolTip(self.accessibleName())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, ROW)

    def paintEvent(self, event: QPaintEvent) -> None:
        colour = self._theme.colour
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour("band"))
            painter.drawRoundedRect(QRectF(self.rect()), RADIUS.control, RADIUS.control)
        count = wording.number(self.confusion.count)
        strong = QFontMetricsF(font("strong"))
        count_width = max(strong.horizontalAdvance(count), 24.0)
        half = (self.width() - count_width - _ARROW - 4 * SPACE.s) / 2
        self._paint_class(painter, QRectF(SPACE.xs, 0, half, ROW), self._actual)
        arrow = QRectF(SPACE.xs + half + SPACE.s / 2, (ROW - _ARROW) / 2, _ARROW, _ARROW)
        icons.paint(painter, arrow, "arrow-right", colour("text_2"))
        self._paint_class(painter, QRectF(arrow.right() + SPACE.s, 0, half, ROW), self._called)
        painter.setFont(font("strong"))
        painter.setPen(colour("text"))
        right = QRectF(self.rect()).adjusted(0, 0, -SPACE.xs, 0)
        painter.drawText(right, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, count)

    def _paint_class(self, painter: QPainter, rect: QRectF, mark: ClassMark) -> None:
        square = QRectF(rect.left(), rect.center().y() - _MARK / 2, _MARK, _MARK)
        paint_swatch(painter, square, self._theme, mark.colour, mark.key)
        room = rect.adjusted(_MARK + SPACE.s, 0, -SPACE.s, 0)
        draw_line(painter, room, mark.name, font(), self._theme.colour("text"), Qt.TextElideMode.ElideMiddle)
