"""One page in the rail: icon, name and a living fact."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from desktop_app.ui import icons
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import RADIUS

_ICON = 24
_BAR = 4


class RailButton(QAbstractButton):
    """80×80 with its words; 48×48 in a narrow window, where the words are its tooltip.

    Args:
        small: not a page but a command below them, 80×48.
    """

    def __init__(
        self, text: str, icon: str, theme: Theme, *, small: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._small = small
        self._theme = theme
        self._icon_name = icon
        self._fact = ""
        self._narrow = False
        self.setText(text)
        self.setCheckable(not small)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._describe()

    def set_fact(self, fact: str) -> None:
        if fact != self._fact:
            self._fact = fact
            self._describe()
            self.update()

    def set_narrow(self, narrow: bool) -> None:
        self._narrow = narrow
        self._describe()
        self.updateGeometry()

    def _describe(self) -> None:
        words = ", ".join(text for text in (self.text(), self._fact) if text)
        self.setAccessibleName(words)
        self.setToolTip(words if self._narrow else "")

    def sizeHint(self) -> QSize:
        if self._narrow:
            return QSize(48, 48)
        return QSize(80, 48 if self._small else 80)

    def paintEvent(self, event: QPaintEvent) -> None:
        colour = self._theme.colour
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = self.isChecked()
        if on or (self.underMouse() and self.isEnabled()):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour("soft" if on else "band"))
            painter.drawRoundedRect(QRectF(self.rect()), RADIUS.control, RADIUS.control)
        ink = colour("outline" if not self.isEnabled() else "accent" if on else "text")
        quiet = colour("outline" if not self.isEnabled() else "accent" if on else "text_2")
        name = f"{self._icon_name}-fill" if on else self._icon_name
        if self._narrow:
            square = QRectF(0, 0, _ICON, _ICON)
            square.moveCenter(QRectF(self.rect()).center())
            icons.paint(painter, square, name, ink)
            return
        if self._small:
            icons.paint(painter, QRectF((self.width() - 18) / 2, 5, 18, 18), name, quiet)
            self._line(painter, 26, self.text(), quiet, strong=False)
            return
        icons.paint(painter, QRectF((self.width() - _ICON) / 2, 10, _ICON, _ICON), name, ink)
        self._line(painter, 38, self.text(), ink, strong=True)
        self._line(painter, 56, self._fact, quiet, strong=False)

    def _line(self, painter: QPainter, top: int, text: str, ink: QColor, *, strong: bool) -> None:
        face = font("strong" if strong else "tile")
        painter.setFont(face)
        painter.setPen(ink)
        room = QRectF(2, top, self.width() - 4, 18)
        shown = QFontMetricsF(face).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, shown)
