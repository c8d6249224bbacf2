"""What the network sees of a picture, small, and what preparing it did."""

from __future__ import annotations

from typing import get_args

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QVBoxLayout, QWidget

from desktop_app.features.preprocessing import Fit
from desktop_app.ui import picture_words
from desktop_app.ui.models.preparation import NetworkInput
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.chip import Chip
from desktop_app.ui.widgets.flow_layout import FlowLayout
from desktop_app.ui.widgets.labels import Label, Paragraph

_EDGE = 112


class NetworkCard(QWidget):
    """The chips only show what each way of fitting would do.

    Signals:
        fit_chosen(fit): the person wants to see that one.
    """

    fit_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preview = _Preview(theme)
        self._size = Label()
        self._changes = Paragraph("", "caption", line=16)
        self._source = Paragraph("", "caption", line=16)
        self._chips: dict[Fit, Chip] = {}
        chips = FlowLayout()
        group = QButtonGroup(self)
        for fit in get_args(Fit):
            chip = Chip(picture_words.fit_name(fit), theme, checkable=True)
            chip.clicked.connect(lambda _checked, fit=fit: self.fit_chosen.emit(fit))
            group.addButton(chip)
            chips.addWidget(chip)
            self._chips[fit] = chip
        words = QVBoxLayout()
        words.setSpacing(SPACE.xs)
        words.addWidget(self._size)
        words.addWidget(self._changes)
        words.addSpacing(SPACE.xs)
        words.addLayout(chips)
        words.addStretch(1)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(SPACE.m)
        self._row.addWidget(self._preview, 0, Qt.AlignmentFlag.AlignTop)
        self._row.addLayout(words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.s)
        column.addWidget(Label(self.tr("What the network sees"), "section"))
        column.addLayout(self._row)
        column.addWidget(self._source)

    def set_compact(self, compact: bool) -> None:
        directions = QBoxLayout.Direction
        self._row.setDirection(directions.TopToBottom if compact else directions.LeftToRight)
        self._row.setSpacing(SPACE.s if compact else SPACE.m)

    def show_input(self, seen: NetworkInput, image: QImage) -> None:
        self._preview.show_image(image)
        self._size.setText(picture_words.input_size(seen.placement))
        self._changes.set_text(picture_words.input_changes(seen))
        self._source.set_text(picture_words.input_source(seen))
        self._chips[seen.fit].setChecked(True)
        for chip in self._chips.values():
            chip.setEnabled(True)

    def show_none(self) -> None:
        """There is none, because the picture can't be read."""
        self._preview.show_image(None)
        self._size.setText("")
        self._changes.set_text(self.tr("Nothing: the picture can’t be read."))
        self._source.set_text("")
        for chip in self._chips.values():
            chip.setEnabled(False)

    def words(self) -> str:
        """All it says, for screen readers and tests."""
        return " ".join((self._size.text(), self._changes.plain(), self._source.plain())).strip()


class _Preview(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._image: QImage | None = None
        self.setFixedSize(_EDGE, _EDGE)

    def show_image(self, image: QImage | None) -> None:
        self._image = image
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), self._theme.colour("sunken"))
        if self._image is not None:
            painter.drawImage(QRectF(self.rect()), self._image)


def image_of(pixels: NDArray[np.uint8]) -> QImage:
    """(height, width, 3) as an image of its own memory."""
    height, width, _ = pixels.shape
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
