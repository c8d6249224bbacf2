"""Nine of the person's own pictures as the network would see them: varied, and fitted into its square."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.learning.recipe import Recipe
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import RADIUS, SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.labels import Label

ROWS = 3
_GAP = 4


class ViewsPreview(QWidget):
    """
    Signals:
        wanted(recipe: Recipe, turn: int): show such views; another `turn` varies the same pictures otherwise.
    """

    wanted = Signal(object, int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recipe: Recipe | None = None
        self._turn = 0
        self.pictures = _Pictures(theme)
        self.caption = Label("", "caption", "text_2", wrap=True)
        self.again = Button(self.tr("Other views"), theme, kind="ghost", icon="arrows-clockwise")
        self.again.clicked.connect(self._turn_over)
        row = QHBoxLayout()
        row.addWidget(self.caption, 1)
        row.addWidget(self.again)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.xs)
        column.addWidget(self.pictures)
        column.addLayout(row)

    def show_recipe(self, recipe: Recipe) -> None:
        """Ask for views by this recipe, while the preview is to be seen."""
        if self.isHidden() or (self._recipe == recipe and self.pictures.images):
            return
        self._recipe = recipe
        varied = recipe.fine_tune and recipe.views > 0
        self.again.setVisible(varied)
        self.caption.setText(
            self.tr("Your own pictures, as training would vary them.")
            if varied
            else self.tr("Your own pictures, as the network sees them. Only fine-tuning varies them.")
        )
        self.wanted.emit(recipe, self._turn)

    def show_views(self, images: Sequence[QImage]) -> None:
        self.pictures.show_images(images)

    def forget(self) -> None:
        """Another project is open: its pictures are others."""
        self._recipe = None
        self.pictures.show_images(())

    def _turn_over(self) -> None:
        self._turn += 1
        if self._recipe is not None:
            self.wanted.emit(self._recipe, self._turn)


class _Pictures(QWidget):
    """Three rows of three squares."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.images: list[QImage] = []
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(self.tr("Nine of your pictures, varied"))
        theme.changed.connect(self.update)

    def show_images(self, images: Sequence[QImage]) -> None:
        self.images = list(images)
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return width

    def sizeHint(self) -> QSize:
        return QSize(260, 260)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 120)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        edge = (min(self.width(), self.height()) - (ROWS - 1) * _GAP) / ROWS
        for number in range(ROWS * ROWS):
            row, column = divmod(number, ROWS)
            square = QRectF(column * (edge + _GAP), row * (edge + _GAP), edge, edge)
            if number < len(self.images):
                painter.drawImage(square, self.images[number])
            else:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self._theme.colour("stage"))
                painter.drawRoundedRect(square, RADIUS.swatch, RADIUS.swatch)
