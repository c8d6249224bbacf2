"""Two buttons that correct what a picture is: another class, or excluded."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeySequence
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from desktop_app.project.config import ClassInfo
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.flow_layout import FlowLayout

_MENU = 320  # a class's name gives way in its middle beyond that


class CorrectRow(QWidget):
    """
    Signals:
        relabelled(class_name: str), excluded(): the person says so.
    """

    relabelled = Signal(str)
    excluded = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._classes: Sequence[ClassInfo] = ()
        self.relabel = Button(self.tr("Relabel"), theme, icon="tag", caret=True)
        self.exclude = Button(self.tr("Exclude"), theme, icon="eye-slash", hint="X")
        buttons = FlowLayout(spacing=SPACE.s)
        buttons.addWidget(self.relabel)
        buttons.addWidget(self.exclude)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE.s, 0, 0)
        column.addLayout(buttons)
        self.relabel.clicked.connect(self._show_menu)
        self.exclude.clicked.connect(self.excluded)

    def show_state(self, classes: Sequence[ClassInfo], *, excluded: bool, why_not: str) -> None:
        """`why_not`: why pictures can't be changed; "" if they can."""
        self._classes = classes
        self.exclude.setText(self.tr("Include again") if excluded else self.tr("Exclude"))
        for button in (self.relabel, self.exclude):
            button.setEnabled(not why_not)
            button.setToolTip(why_not)

    def menu(self) -> QMenu:
        """The classes to choose from."""
        menu = QMenu(self.relabel)
        metrics = QFontMetricsF(font("body"))
        for info in self._classes:
            name = metrics.elidedText(info.name, Qt.TextElideMode.ElideMiddle, _MENU)
            action = menu.addAction(name.replace("&", "&&"))
            action.setToolTip(info.name)
            if info.key:
                action.setShortcut(QKeySequence(info.key))
                action.setShortcutVisibleInContextMenu(True)
            action.triggered.connect(lambda _checked=False, name=info.name: self.relabelled.emit(name))
        return menu

    def _show_menu(self) -> None:
        self.menu().popup(self.relabel.mapToGlobal(self.relabel.rect().bottomLeft()))
