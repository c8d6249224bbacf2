"""The labelled pictures that are most like the one that is looked at."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.ui.models.tiles import PictureModel
from desktop_app.ui.theme import Theme
from desktop_app.ui.thumbnails import Thumbnails
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.grid_geometry import GAP, MARGIN
from desktop_app.ui.widgets.image_grid import ImageGrid
from desktop_app.ui.widgets.labels import Label, Paragraph
from desktop_app.ui.widgets.tile_painter import tile_size

_PICTURE = 72
_ROWS = 2


class NeighboursCard(QWidget):
    """
    Signals:
        chosen(row: int): look at that one beside the picture.
    """

    chosen = Signal(int)

    def __init__(
        self, model: PictureModel, thumbnails: Thumbnails, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._none = Paragraph(self.tr("No other picture has been compared with this one yet."), "caption")
        self.grid = ImageGrid(model, thumbnails, theme, name=self.tr("Most alike labelled pictures"))
        self.grid.set_picture_size(_PICTURE)
        self.grid.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.grid.setFixedHeight(_ROWS * (tile_size(_PICTURE)[1] + GAP) - GAP + 2 * MARGIN)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE.s, 0, 0)
        column.setSpacing(SPACE.xs)
        column.addWidget(Label(self.tr("Most alike, as they are labelled"), "caption", "text_2"))
        column.addWidget(self.grid)
        column.addWidget(self._none)
        self.grid.clicked.connect(lambda index: self.chosen.emit(index.row()))
        self.grid.opened.connect(self.chosen)
        model.modelReset.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        found = self._model.rowCount() > 0
        self.grid.setVisible(found)
        self._none.setVisible(not found)
        self.grid.setCurrentIndex(QModelIndex())
