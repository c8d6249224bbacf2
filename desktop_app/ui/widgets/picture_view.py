"""One picture as large as there is room; zoom with + and −, fit with F, move by dragging."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.ui import icons
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import SPACE

_STEP = 1.25
_LARGEST = 16.0
_ROOM = 24


class PictureView(QWidget):
    """`zoomed` follows every change of scale, in screen pixels per pixel of the picture."""

    zoomed = Signal(float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._picture: QPixmap | None = None
        self._shrunk = 1.0  # how much smaller the pixmap is than the picture
        self._problem = ""
        self._scale: float | None = None  # None: fitted
        self._centre = QPointF()  # the pixmap's point in the middle of the view
        self._grabbed: QPointF | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_picture(self, image: QImage, shrunk: float = 1.0) -> None:
        """Show a picture; `shrunk`: its real width divided by the image's."""
        self._picture = QPixmap.fromImage(image)
        self._shrunk = shrunk
        self._problem = ""
        self.fit()

    def show_problem(self, problem: str) -> None:
        self._picture, self._problem = None, problem
        self.update()

    def clear(self) -> None:
        self._picture, self._problem = None, ""
        self.update()

    # ---- zoom

    def fit(self) -> None:
        self._scale = None
        if self._picture is not None:
            self._centre = QPointF(self._picture.width() / 2, self._picture.height() / 2)
        self._after_zoom()

    def zoom(self, steps: int) -> None:
        self._zoom_to(self._effective() * _STEP**steps)

    def one_to_one(self) -> None:
        """One pixel of the picture on one pixel of the screen."""
        self._zoom_to(self._shrunk / self.devicePixelRatioF())

    def _zoom_to(self, scale: float) -> None:
        if self._picture is not None:
            self._scale = min(max(scale, self._fitted()), _LARGEST)
            self._after_zoom()

    def _after_zoom(self) -> None:
        self._keep_inside()
        self.zoomed.emit(self._effective() / self._shrunk * self.devicePixelRatioF())
        self.update()

    def _fitted(self) -> float:
        """The scale at which the whole picture is seen; small pictures are enlarged, but not beyond sense."""
        if self._picture is None:
            return 1.0
        room = QSize(max(1, self.width() - 2 * _ROOM), max(1, self.height() - 2 * _ROOM))
        return min(room.width() / self._picture.width(), room.height() / self._picture.height(), _LARGEST)

    def _effective(self) -> float:
        return self._fitted() if self._scale is None else self._scale

    def _keep_inside(self) -> None:
        if self._picture is None:
            return
        scale = self._effective()
        for size, room, get, put in (
            (self._picture.width(), self.width(), self._centre.x, self._centre.setX),
            (self._picture.height(), self.height(), self._centre.y, self._centre.setY),
        ):
            half = room / scale / 2
            put(size / 2 if size <= 2 * half else min(max(get(), half), size - half))

    # ---- events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._after_zoom()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.angleDelta().y():
            self.zoom(1 if event.angleDelta().y() > 0 else -1)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._grabbed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None:
            self._centre -= (event.position() - self._grabbed) / self._effective()
            self._grabbed = event.position()
            self._keep_inside()
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("stage"))
        if self._picture is not None:
            scale = self._effective()
            size = self._picture.size()
            middle = QRectF(self.rect()).center()
            target = QRectF(
                middle.x() - self._centre.x() * scale,
                middle.y() - self._centre.y() * scale,
                size.width() * scale,
                size.height() * scale,
            )
            # Enlarged far, pixels stay pixels: their edges are what one looks for.
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < 3)
            painter.drawPixmap(target, self._picture, QRectF(self._picture.rect()))
        elif self._problem:
            middle = QRectF(self.rect()).center()
            icons.paint(
                painter, QRectF(middle.x() - 20, middle.y() - 48, 40, 40), "file-x", self._theme.colour("error")
            )
            painter.setPen(self._theme.colour("text"))
            painter.setFont(font("section"))
            words = QRectF(SPACE.m, middle.y(), self.width() - 2 * SPACE.m, 80)
            flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop) | Qt.TextFlag.TextWordWrap
            painter.drawText(words, flags, self._problem)
