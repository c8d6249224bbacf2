"""One picture as large as there is room, to zoom into and to move about in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QHideEvent,
    QImage,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QSizePolicy, QWidget

from desktop_app.ui import icons
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import SPACE

_STEP = 1.25
_WHEEL_STEP = 120  # eighths of a degree; touchpads report fractions of it
_LARGEST = 16.0
_PIXELS_SHOW = 3  # enlarged so far, pixels stay pixels: their edges are what one looks for
_COARSE = 1.25  # pixels of the screen for one that is there, from which on more are wanted
_PAUSE_MS = 120  # without zooming and moving, before they are


@dataclass(frozen=True)
class Look:
    """What part of a picture is seen, whatever its size. Two views with the same one show the same.

    Attributes:
        zoom: how much larger than fitted into the view.
        x, y: the picture's point in the middle of the view, 0–1.
    """

    zoom: float = 1.0
    x: float = 0.5
    y: float = 0.5


class PictureView(QWidget):
    """Wheel and pinch zoom where the pointer is, dragging moves, a double click toggles between all and 1:1.

    Signals:
        zoomed(scale: float): pixels of the screen for one of the picture; 0 while that is unknown.
        looked(look: Look): the person has zoomed or moved.
        part_wanted(part: QRect, scale: float): more pixels of this part would be seen, if they were there.
    """

    zoomed = Signal(float)
    looked = Signal(object)
    part_wanted = Signal(QRect, float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._levels: tuple[QImage, ...] = ()
        self._size = QSizeF()  # of the picture itself, in its own pixels
        self._size_known = False
        self._part: tuple[QRect, QImage] | None = None
        self._problem = self._note = ""
        self._look = Look()
        self._grabbed: QPointF | None = None
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._want_part)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(64, 64)

    # ---- what is shown

    def show_picture(self, levels: Sequence[QImage], size: QSize | None = None) -> None:
        """Show a picture.

        Args:
            levels: the picture, and smaller ones of it in falling order.
            size: of the picture in pixels, where that is more than the largest level has.
        """
        self._put(tuple(levels), QSizeF(size or levels[0].size()), size_known=True)

    def show_stand_in(self, image: QImage) -> None:
        """Show a thumbnail until the picture itself is there."""
        self._put((image,), QSizeF(image.size()), size_known=False)

    def show_problem(self, problem: str) -> None:
        self._put((), QSizeF(), size_known=False)
        self._problem = problem
        self.setAccessibleDescription(problem)

    def show_note(self, note: str) -> None:
        """Say why there is no picture, where nothing is wrong."""
        self._put((), QSizeF(), size_known=False)
        self._note = note
        self.setAccessibleDescription(note)

    def clear(self) -> None:
        self._put((), QSizeF(), size_known=False)

    def _put(self, levels: tuple[QImage, ...], size: QSizeF, *, size_known: bool) -> None:
        self._levels, self._size, self._size_known = levels, size, size_known
        self._part = None
        self._problem = self._note = ""
        self.setAccessibleDescription("")
        self._after_look()

    def show_part(self, part: QRect, image: QImage) -> None:
        """Lay a part with more pixels over the picture."""
        self._part = (part, image)
        self.update()

    @property
    def image(self) -> QImage | None:
        """The largest level; None while there is no picture."""
        return self._levels[0] if self._levels else None

    @property
    def problem(self) -> str:
        return self._problem

    # ---- zoom

    @property
    def look(self) -> Look:
        return self._look

    def set_look(self, look: Look) -> None:
        """See the same part as another view; says nothing about it."""
        self._look = look
        self._after_look()

    def fit(self) -> None:
        self._look_at(Look())

    def zoom(self, steps: float, at: QPointF | None = None) -> None:
        """Zoom in, or out with less than 0 steps, around a point of the view; around its middle without one."""
        self._zoom_to(self.scale * _STEP**steps, at)

    def one_to_one(self, at: QPointF | None = None) -> None:
        """One pixel of the picture on one pixel of the screen."""
        self._zoom_to(self._one(), at)

    def toggle(self, at: QPointF | None = None) -> None:
        """1:1 if all of the picture is seen, else all of it."""
        if self._look == Look():
            self.one_to_one(at)
        else:
            self.fit()

    @property
    def scale(self) -> float:
        """Logical pixels of the screen for one of the picture."""
        return self._fitted() * self._look.zoom

    def _one(self) -> float:
        return 1 / self.devicePixelRatioF()

    def _fitted(self) -> float:
        """The scale at which the whole picture is seen; small pictures are enlarged, but not beyond sense."""
        if not self._levels:
            return 1.0
        return min(max(1, self.width()) / self._size.width(), max(1, self.height()) / self._size.height(), _LARGEST)

    def _zoom_to(self, scale: float, at: QPointF | None) -> None:
        if not self._levels:
            return
        fitted = self._fitted()
        scale = min(max(scale, min(fitted, self._one())), max(fitted, _LARGEST))
        if at is None:
            self._look_at(Look(scale / fitted, self._look.x, self._look.y))
            return
        # The point of the picture under the pointer stays there.
        away = at - QRectF(self.rect()).center()
        shift = 1 / self.scale - 1 / scale
        x = self._look.x + away.x() * shift / self._size.width()
        y = self._look.y + away.y() * shift / self._size.height()
        self._look_at(Look(scale / fitted, x, y))

    def _look_at(self, look: Look) -> None:
        self._look = look
        self._after_look()
        self.looked.emit(self._look)

    def _after_look(self) -> None:
        self._keep_inside()
        known = self._size_known and bool(self._levels)
        self.zoomed.emit(self.scale * self.devicePixelRatioF() if known else 0.0)
        if self._is_coarse():
            self._pause.start()
        else:
            self._pause.stop()
        self.update()

    def _keep_inside(self) -> None:
        if not self._levels:
            return
        width, height = self._size.width() * self.scale, self._size.height() * self.scale
        x, y = _inside(self._look.x, self.width() / width), _inside(self._look.y, self.height() / height)
        self._look = Look(self._look.zoom, x, y)

    def _picture_rect(self) -> QRectF:
        """Where the whole picture lies, in the view."""
        scale, middle = self.scale, QRectF(self.rect()).center()
        width, height = self._size.width() * scale, self._size.height() * scale
        return QRectF(middle.x() - self._look.x * width, middle.y() - self._look.y * height, width, height)

    # ---- more pixels of a part

    def _is_coarse(self) -> bool:
        """Whether the picture has more pixels than the largest level, and they would be seen."""
        if not self._size_known or not self._levels or self._levels[0].width() >= self._size.width():
            return False
        there = self._levels[0].width() / self._size.width()
        return self.scale * self.devicePixelRatioF() / there > _COARSE

    def _want_part(self) -> None:
        seen = self._seen()
        if self._part is None or not self._part[0].contains(seen) or self._part_is_coarse():
            margin = seen.size() / 2  # so that a little moving needs no reading
            part = seen.adjusted(-margin.width(), -margin.height(), margin.width(), margin.height())
            whole = QRect(0, 0, round(self._size.width()), round(self._size.height()))
            self.part_wanted.emit(part & whole, self.scale * self.devicePixelRatioF())

    def _part_is_coarse(self) -> bool:
        assert self._part is not None
        there = self._part[1].width() / self._part[0].width()
        return there < 1 and self.scale * self.devicePixelRatioF() / there > _COARSE

    def _seen(self) -> QRect:
        """The part of the picture in the view, in the picture's pixels."""
        whole, scale = self._picture_rect(), self.scale
        seen = QRectF(self.rect()) & whole
        moved = seen.translated(-whole.topLeft())
        return QRectF(
            moved.x() / scale, moved.y() / scale, moved.width() / scale, moved.height() / scale
        ).toAlignedRect() & QRect(0, 0, round(self._size.width()), round(self._size.height()))

    # ---- events

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self._zoom_to(self.scale * (1 + event.value()), event.position())
                return True
        elif isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                at = QPointF(self.mapFromGlobal(pinch.centerPoint().toPoint()))
                self._zoom_to(self.scale * pinch.scaleFactor(), at)
                return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._after_look()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._pause.stop()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.angleDelta().y():
            self.zoom(event.angleDelta().y() / _WHEEL_STEP, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._grabbed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None and self._levels:
            moved = event.position() - self._grabbed
            self._grabbed = event.position()
            x = self._look.x - moved.x() / (self._size.width() * self.scale)
            y = self._look.y - moved.y() / (self._size.height() * self.scale)
            self._look_at(Look(self._look.zoom, x, y))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.toggle(event.position())

    # ---- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("stage"))
        if self._levels:
            self._paint_picture(painter)
        elif self._problem or self._note:
            self._paint_words(painter)

    def _paint_picture(self, painter: QPainter) -> None:
        whole, ratio = self._picture_rect(), self.devicePixelRatioF()
        level = next((level for level in reversed(self._levels) if level.width() >= whole.width() * ratio), self.image)
        assert level is not None
        smooth = not self._size_known or self.scale * ratio < _PIXELS_SHOW
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(whole, level)
        if self._part is not None and self._is_coarse():
            part, image = self._part
            scale = self.scale
            corner = QPointF(whole.x() + part.x() * scale, whole.y() + part.y() * scale)
            painter.drawImage(QRectF(corner, QSizeF(part.size()) * scale), image)

    def _paint_words(self, painter: QPainter) -> None:
        middle = QRectF(self.rect()).center()
        if self._problem:
            icon = QRectF(middle.x() - 20, middle.y() - 48, 40, 40)
            icons.paint(painter, icon, "file-x", self._theme.colour("error"))
        painter.setPen(self._theme.colour("text" if self._problem else "text_2"))
        painter.setFont(font("section" if self._problem else "body"))
        words = QRectF(SPACE.m, middle.y(), self.width() - 2 * SPACE.m, 80)
        flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop) | Qt.TextFlag.TextWordWrap
        painter.drawText(words, flags, self._problem or self._note)


def _inside(centre: float, seen: float) -> float:
    """Where the middle of the view may lie, along one side: no room beside the picture while the picture is cut off.

    `seen`: the share of that side that fits into the view.
    """
    return 0.5 if seen >= 1 else min(max(centre, seen / 2), 1 - seen / 2)
