"""A number with its doubt: a dot between whiskers."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.ui.theme import Theme

_TRACK = 6
_DOT = 4.5


def paint_interval(
    painter: QPainter,
    rect: QRectF,
    theme: Theme,
    value: float,
    interval: tuple[float, float],
    axis: tuple[float, float] = (0.0, 1.0),
    *,
    scale: float = 1.0,
) -> None:
    """Draw `value` and its `interval` on a track from `axis[0]` to `axis[1]`; what lies outside is cut."""
    start, end = axis
    room = rect.adjusted(_DOT * scale, 0, -_DOT * scale, 0)

    def place(number: float) -> float:
        return room.left() + room.width() * min(1.0, max(0.0, (number - start) / (end - start)))

    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = rect.center().y()
    track = _TRACK * scale
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("sunken"))
    painter.drawRoundedRect(QRectF(rect.left(), middle - track / 2, rect.width(), track), track / 2, track / 2)
    low, high = (place(number) for number in interval)
    painter.setPen(QPen(theme.colour("accent"), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.drawLine(QPointF(low, middle), QPointF(high, middle))
    reach = 6 * scale
    for x, number in ((low, interval[0]), (high, interval[1])):
        if start <= number <= end:  # a whisker that leaves the axis has no end to show
            painter.drawLine(QPointF(x, middle - reach), QPointF(x, middle + reach))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("accent"))
    if start <= value <= end:
        painter.drawEllipse(QPointF(place(value), middle), _DOT * scale, _DOT * scale)
    painter.restore()


class IntervalBar(QWidget):
    """A dot and whiskers; say the same in words beside it."""

    def __init__(self, theme: Theme, *, scale: float = 1.0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._scale = scale
        self._value = 0.0
        self._interval = (0.0, 1.0)
        self._axis = (0.0, 1.0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_value(
        self, value: float, interval: tuple[float, float], axis: tuple[float, float] = (0.0, 1.0), *, name: str
    ) -> None:
        """All in the axis's unit; `name` is the sentence a screen reader says."""
        self._value, self._interval, self._axis = value, interval, axis
        self.setAccessibleName(name)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(int(120 * self._scale), int(20 * self._scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        rect = QRectF(self.rect())
        paint_interval(QPainter(self), rect, self._theme, self._value, self._interval, self._axis, scale=self._scale)
