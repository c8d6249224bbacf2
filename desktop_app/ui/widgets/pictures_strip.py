"""A few pictures in a row, each with a line below; as many as there is room for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.ui import icons
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.thumbnails import decoded
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.lines import draw_line

EDGE = 88
_LINE = 18


class PicturesStrip(QWidget):
    """Pictures that can't be read show an icon in their place."""

    def __init__(self, theme: Theme, *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._name = name
        self._pictures: list[tuple[QImage, str]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(EDGE + _LINE)

    def show_pictures(self, pictures: Sequence[tuple[bytes | None, str]]) -> None:
        """Show thumbnails as JPEG files, None for one that can't be read, and what stands below each."""
        self._pictures = [(decoded(data) if data else QImage(), text) for data, text in pictures]
        self.setAccessibleName(f"{self._name}: {', '.join(text for _, text in pictures)}")
        self.setVisible(bool(pictures))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(4 * (EDGE + SPACE.s), self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        fit = max(1, (self.width() + SPACE.s) // (EDGE + SPACE.s))
        for place, (image, text) in enumerate(self._pictures[:fit]):
            room = QRectF(place * (EDGE + SPACE.s), 0, EDGE, EDGE)
            painter.fillRect(room, self._theme.colour("stage"))
            if image.isNull():
                icon = QRectF(room.center().x() - 12, room.center().y() - 12, 24, 24)
                icons.paint(painter, icon, "file-x", self._theme.colour("text_2"))
            else:
                size = image.size().scaled(room.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
                picture = QRectF(0, 0, size.width(), size.height())
                picture.moveCenter(room.center())
                painter.drawImage(picture, image)
            line = QRectF(room.left(), room.bottom(), EDGE, _LINE)
            colour = self._theme.colour("text_2")
            draw_line(painter, line, text, font("tile"), colour, Qt.TextElideMode.ElideMiddle)
