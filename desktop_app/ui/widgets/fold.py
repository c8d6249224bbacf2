"""A fold: closed, it says what is inside."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.ui import icons
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import JOB_BAR, SPACE
from desktop_app.ui.widgets.lines import draw_line

_CARET = 14


class Fold(QWidget):
    """A header of 40 px over a body that it shows and hides; `summary` says what the body holds."""

    toggled = Signal(bool)

    def __init__(
        self, title: str, theme: Theme, body: QWidget, *, summary: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.header = _Header(title, theme, self)
        self.header.set_summary(summary)
        self.body = body
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(body)
        body.setVisible(False)
        self.header.toggled.connect(self._show_body)

    def set_summary(self, text: str) -> None:
        self.header.set_summary(text)

    def set_open(self, is_open: bool) -> None:
        self.header.setChecked(is_open)

    def is_open(self) -> bool:
        return self.header.isChecked()

    def _show_body(self, is_open: bool) -> None:
        self.body.setVisible(is_open)
        self.toggled.emit(is_open)


class _Header(QAbstractButton):
    def __init__(self, title: str, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._summary = ""
        self.setText(title)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedHeight(JOB_BAR)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.toggled.connect(self._name)

    def set_summary(self, text: str) -> None:
        self._summary = text
        self._name()
        self.update()

    def _name(self) -> None:
        state = self.tr("open") if self.isChecked() else self.tr("closed")
        inside = f", {self._summary}" if self._summary else ""
        self.setAccessibleName(f"{self.text()}, {state}{inside}")

    def sizeHint(self) -> QSize:
        title = QFontMetricsF(font("strong")).horizontalAdvance(self.text())
        return QSize(int(_CARET + SPACE.s + title + SPACE.xxl), JOB_BAR)

    def paintEvent(self, event: QPaintEvent) -> None:
        colour = self._theme.colour
        painter = QPainter(self)
        if self.underMouse():
            painter.fillRect(self.rect(), colour("band"))
        caret = "caret-down" if self.isChecked() else "caret-right"
        icons.paint(painter, QRectF(0, (self.height() - _CARET) / 2, _CARET, _CARET), caret, colour("text_2"))
        left = _CARET + SPACE.s
        room = QRectF(self.rect()).adjusted(left, 0, 0, 0)
        width = draw_line(painter, room, self.text(), font("strong"), colour("text"), Qt.TextElideMode.ElideRight)
        if self._summary and not self.isChecked():
            used = left + width + SPACE.s
            room = QRectF(used, 0, self.width() - used, self.height())
            face = font("caption")
            painter.setFont(face)
            painter.setPen(colour("text_2"))
            text = QFontMetricsF(face).elidedText(self._summary, Qt.TextElideMode.ElideMiddle, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
