"""One or two pictures side by side, each with a line above it; the second may follow the first."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import CONTROL, SPACE
from desktop_app.ui.widgets.labels import ElidedLabel
from desktop_app.ui.widgets.picture_view import PictureView


class Stage(QWidget):
    """A picture under a title; `head` takes controls beside the title."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = PictureView(theme)
        self.view.setAccessibleName(name)
        self.title = ElidedLabel("", "strong")
        self.head = QHBoxLayout()
        self.head.setSpacing(SPACE.s)
        self.head.addWidget(self.title, 1)
        line = QWidget()
        line.setFixedHeight(CONTROL)
        line.setLayout(self.head)
        self.head.setContentsMargins(0, 0, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.s)
        column.addWidget(line)
        column.addWidget(self.view, 1)


class Stages(QWidget):
    """The second stage is hidden until there is something to compare with."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.first = Stage(theme, self.tr("Picture"))
        self.second = Stage(theme, self.tr("Picture beside it"))
        self._linked = False
        self.setAutoFillBackground(True)
        theme.changed.connect(self._colour)
        self._colour()
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.first, 1)
        self._row.addWidget(self.second, 1)
        self.set_compact(False)
        self.second.hide()
        self.first.view.looked.connect(lambda look: self._follow(self.second.view, look))
        self.second.view.looked.connect(lambda look: self._follow(self.first.view, look))

    def set_second(self, shown: bool, *, linked: bool = False) -> None:
        """Show the second stage or not; `linked`: zooming and moving in one of the two moves both."""
        self._linked = shown and linked
        self.second.setVisible(shown)
        if self._linked:
            self.second.view.set_look(self.first.view.look)
        elif shown:
            self.second.view.fit()

    def set_compact(self, compact: bool) -> None:
        edge = SPACE.s if compact else SPACE.l
        self._row.setContentsMargins(edge, SPACE.s, edge, SPACE.s)
        self._row.setSpacing(SPACE.s if compact else SPACE.m)

    def fit(self) -> None:
        self.first.view.fit()
        if not self._linked:
            self.second.view.fit()

    def _follow(self, view: PictureView, look: object) -> None:
        if self._linked:
            view.set_look(look)  # type: ignore[arg-type]  # signals carry objects

    def _colour(self) -> None:
        palette = self.palette()
        palette.setColor(self.backgroundRole(), self._theme.colour("stage"))
        self.setPalette(palette)
