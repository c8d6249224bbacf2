"""The bar on top: which project this is, where it lies, and the promise that nothing leaves the computer."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_app.ui.brand import Mark
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import SPACE, TOP_BAR
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.chip import StateChip
from desktop_app.ui.widgets.empty_state import IconView
from desktop_app.ui.widgets.labels import ElidedLabel, Label
from desktop_app.ui.widgets.surfaces import Bar

_NAME_WIDTH = 360


class TopBar(Bar):
    project_menu_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("top", TOP_BAR, parent)
        self.project = Button("", theme, kind="ghost", caret=True)
        self.project.setMaximumWidth(_NAME_WIDTH)
        self.project.setFont(font("strong"))
        self.project.clicked.connect(self.project_menu_requested)
        self._read_only = StateChip(self.tr("Read-only"), theme, "warn", icon="lock-simple")
        self._path = ElidedLabel("", "caption", "text_2")
        self._promise = Label(self.tr("Works offline: no picture leaves this computer"), "caption", "text_2")
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.m, 0, SPACE.m, 0)
        row.setSpacing(SPACE.s)
        row.addWidget(Mark(theme, 24))
        row.addWidget(self.project)
        row.addWidget(self._read_only)
        row.addWidget(self._path, 1)
        row.addSpacing(SPACE.m)
        row.addWidget(IconView("lock-simple", theme, edge=16))
        row.addWidget(self._promise)

    def show_project(self, name: str, path: str, *, read_only: bool) -> None:
        self.project.setText(name.replace("&", "&&"))
        self.project.setAccessibleName(self.tr("Project {name}").format(name=name))
        self.project.setToolTip(name)
        self._path.setText(path)
        self._read_only.setVisible(read_only)

    def set_compact(self, compact: bool) -> None:
        """In a small window the promise keeps its icon and gives its words up."""
        text = self.tr("Works offline: no picture leaves this computer")
        self._promise.setText(self.tr("Offline") if compact else text)
        self._promise.setToolTip(text if compact else "")
