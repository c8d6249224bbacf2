"""Choice boxes and number fields in the look; Qt's behaviour, names and keys."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QSpinBox, QWidget

from desktop_app.ui import icons
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import CONTROL, RADIUS, SPACE

_EDGE = 16


class ComboBox(QComboBox):
    """Looks like an outlined button with a caret; ignores the wheel unless it has the focus."""

    def __init__(self, theme: Theme, *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        self.setFont(font("medium"))
        self.setFixedHeight(CONTROL)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self.font())
        widest = max((metrics.horizontalAdvance(self.itemText(row)) for row in range(self.count())), default=40.0)
        return QSize(int(widest + 2 * 12 + SPACE.s + _EDGE), CONTROL)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, CONTROL)

    def paintEvent(self, event: QPaintEvent) -> None:
        colour = self._theme.colour
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour("outline" if self.isEnabled() else "border"), 1))
        painter.setBrush(colour("band" if self.underMouse() and self.isEnabled() else "surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS.control, RADIUS.control)
        ink = colour("text" if self.isEnabled() else "outline")
        room = QRectF(self.rect()).adjusted(12, 0, -(12 + 14 + SPACE.s), 0)
        painter.setFont(self.font())
        painter.setPen(ink)
        text = QFontMetricsF(self.font()).elidedText(self.currentText(), Qt.TextElideMode.ElideMiddle, room.width() + 1)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        caret = QRectF(self.width() - 12 - 14, (self.height() - 14) / 2, 14, 14)
        icons.paint(painter, caret, "caret-down", ink)


class SpinBox(QSpinBox):
    """A whole number, with carets in the look."""

    def __init__(self, theme: Theme, *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        self.setFixedHeight(CONTROL)
        self.lineEdit().setTextMargins(SPACE.s, 0, 0, 0)  # the style sheet's padding does not reach the text

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A wheel that scrolls the page must not change a number on its way."""
        if not self.hasFocus():
            event.ignore()
        elif event.angleDelta().y():
            self.stepBy(1 if event.angleDelta().y() > 0 else -1)
            event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        ink = self._theme.colour("text_2" if self.isEnabled() else "outline")
        left, middle = self.width() - 18, self.height() / 2
        icons.paint(painter, QRectF(left, middle - 11, 10, 10), "caret-up", ink)
        icons.paint(painter, QRectF(left, middle + 1, 10, 10), "caret-down", ink)
