"""The rail: the four pages with a living fact each, keys and settings below."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QVBoxLayout, QWidget

from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import RAIL, RAIL_NARROW, SPACE
from desktop_app.ui.widgets.rail_button import RailButton
from desktop_app.ui.widgets.surfaces import Panel

_MARK = 4


class Rail(Panel):
    """Up and down move between the pages."""

    chosen = Signal(str)
    keys_requested = Signal()
    settings_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("left", RAIL, parent)
        self._theme = theme
        self.setAccessibleName(self.tr("Pages"))
        self.pages = {
            "images": RailButton(self.tr("Images"), "squares-four", theme),
            "train": RailButton(self.tr("Train"), "graduation-cap", theme),
            "evaluate": RailButton(self.tr("Evaluate"), "target", theme),
            "use": RailButton(self.tr("Use"), "play-circle", theme),
        }
        self.keys = RailButton(self.tr("Keys"), "keyboard", theme, small=True)
        self.settings = RailButton(self.tr("Settings"), "gear-six", theme, small=True)
        self._group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE.s, 0, SPACE.s)
        column.setSpacing(SPACE.s)
        for name, button in self.pages.items():
            self._group.addButton(button)
            button.clicked.connect(lambda _checked, name=name: self.chosen.emit(name))
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch()
        self.keys.clicked.connect(self.keys_requested)
        self.settings.clicked.connect(self.settings_requested)
        for button in (self.keys, self.settings):
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)

    def choose(self, name: str) -> None:
        """Mark a page as the shown one, without a signal; a page that the rail does not list marks none."""
        if name in self.pages:
            self.pages[name].setChecked(True)
        elif button := self._group.checkedButton():
            self._group.setExclusive(False)  # or one of them would always be marked
            button.setChecked(False)
            self._group.setExclusive(True)
        self.update()

    def set_narrow(self, narrow: bool) -> None:
        self.setFixedWidth(RAIL_NARROW if narrow else RAIL)
        for button in (*self.pages.values(), self.keys, self.settings):
            button.set_narrow(narrow)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if button := self._group.checkedButton():
            place = button.geometry()
            painter = QPainter(self)
            painter.fillRect(0, place.y(), _MARK, place.height(), self._theme.colour("accent"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        buttons = [*self.pages.values(), self.keys, self.settings]
        focused = self.focusWidget()
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
        if step and focused in buttons:
            place = buttons.index(focused) + step
            buttons[min(max(place, 0), len(buttons) - 1)].setFocus(Qt.FocusReason.TabFocusReason)
            return
        super().keyPressEvent(event)
