"""The ten class colours, to choose one from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QGridLayout, QVBoxLayout, QWidget

from desktop_app.ui import icons
from desktop_app.ui.presses import ENTER
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import CONTROL, RADIUS, SPACE
from desktop_app.ui.widgets.labels import ElidedLabel

_COLUMNS = 5
_STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: -_COLUMNS,
    Qt.Key.Key_Down: _COLUMNS,
}


class ColourPalette(QFrame):
    """A popup that deletes itself: a click or Enter says `chosen`, Escape and a click elsewhere nothing."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, name: str, current: int, users: Sequence[str], parent: QWidget) -> None:
        """
        Args:
            name: of the class that is to get a colour.
            current: its colour index.
            users: for each colour, who has it; "" for nobody.
        """
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._theme = theme
        self.setAccessibleName(self.tr("Colour of {name}").format(name=name))
        self.swatches = [_Swatch(theme, colour, user, colour == current, self) for colour, user in enumerate(users)]
        grid = QGridLayout()
        grid.setSpacing(SPACE.xs)
        for colour, swatch in enumerate(self.swatches):
            grid.addWidget(swatch, colour // _COLUMNS, colour % _COLUMNS)
            swatch.clicked.connect(lambda _checked=False, colour=colour: self._choose(colour))
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.m, SPACE.s, SPACE.m, SPACE.m)
        column.setSpacing(SPACE.s)
        column.addWidget(ElidedLabel(self.accessibleName(), "caption", "text_2"))
        column.addLayout(grid)
        self._current = current % len(self.swatches)

    def open_at(self, place: QPoint) -> None:
        """Show it with its corner at a place of the screen, and as much further inside as it needs."""
        self.adjustSize()
        room = self.screen().availableGeometry()
        self.move(min(place.x(), room.right() - self.width()), min(place.y(), room.bottom() - self.height()))
        self.show()
        self.swatches[self._current].setFocus(Qt.FocusReason.PopupFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        here = next((place for place, swatch in enumerate(self.swatches) if swatch.hasFocus()), self._current)
        if 0 <= here + step < len(self.swatches):
            self.swatches[here + step].setFocus(Qt.FocusReason.TabFocusReason)

    def _choose(self, colour: int) -> None:
        self.close()
        self.chosen.emit(colour)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("surface"))
        painter.setPen(self._theme.colour("outline"))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


class _Swatch(QAbstractButton):
    def __init__(self, theme: Theme, colour: int, user: str, is_current: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._colour = colour
        self._user = user
        self.setCheckable(True)
        self.setChecked(is_current)
        self.setFixedSize(QSize(CONTROL, CONTROL))
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        name = self.tr("Colour {number}").format(number=colour + 1)
        self.setAccessibleName(f"{name}, {user}" if user else name)
        self.setToolTip(user)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ENTER:
            self.click()
        elif event.key() in _STEPS:
            event.ignore()  # the palette moves between colours
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.underMouse() or self.isDown():
            painter.setBrush(self._theme.colour("sunken"))
            painter.drawRoundedRect(QRectF(self.rect()), RADIUS.control, RADIUS.control)
        box = QRectF(4, 4, self.width() - 8, self.height() - 8)
        painter.setBrush(self._theme.class_colour(self._colour))
        painter.drawRoundedRect(box, RADIUS.swatch, RADIUS.swatch)
        if self.isChecked():
            icons.paint(painter, box.adjusted(4, 4, -4, -4), "check-bold", self._theme.class_ink(self._colour))
        elif self._user:
            painter.setBrush(self._theme.class_ink(self._colour))
            painter.drawEllipse(box.center(), 2.5, 2.5)
        if self.hasFocus():
            painter.setPen(QPen(self._theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS.control, RADIUS.control)
