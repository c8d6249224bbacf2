"""A card to choose a recipe: a radio button with an icon, its time where it is known, and what it does."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QTextLayout, QTextOption
from PySide6.QtWidgets import QRadioButton, QSizePolicy, QWidget

from desktop_app.ui import icons
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import RADIUS, SPACE

_RADIO = 16
_ICON = 18
_LINE = 20


class RecipeCard(QRadioButton):
    """Cards with the same parent exclude each other; arrow keys move between them.

    Args:
        key: name of the recipe.
        why: what it does, wrapped under the title.
    """

    def __init__(self, key: str, title: str, icon: str, why: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.key = key
        self._theme = theme
        self._icon_name = icon
        self._why = why
        self._time = self._short_time = ""
        self.setFont(font("section"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._describe()

    def set_time(self, text: str, short: str = "") -> None:
        """How long it will take, in full and for little room; empty where nobody can know."""
        self._time, self._short_time = text, short
        self._describe()
        self.update()

    def _describe(self) -> None:
        self.setAccessibleName(", ".join(part for part in (self.text(), self._time) if part))
        self.setAccessibleDescription(self._why)

    def hitButton(self, pos: QPoint) -> bool:
        return bool(self.rect().contains(pos))

    # ---- size

    @property
    def _indent(self) -> int:
        return SPACE.m + _RADIO + SPACE.s

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return 40 + len(_wrapped(self._why, width - self._indent - SPACE.m)) * _LINE + 12

    def sizeHint(self) -> QSize:
        width = max(self.width(), 240)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.heightForWidth(max(self.width(), 160)))

    # ---- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        colour = self._theme.colour
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on, live = self.isChecked(), self.isEnabled()
        edge = 2 if on else 1
        outline = colour("accent" if on and live else "outline" if live else "border")
        painter.setPen(QPen(outline, edge))
        painter.setBrush(colour("band" if self.underMouse() and live and not on else "surface"))
        half = edge / 2
        frame = QRectF(self.rect()).adjusted(half, half, -half, -half)
        painter.drawRoundedRect(frame, RADIUS.panel, RADIUS.panel)
        self._paint_radio(painter, QPointF(SPACE.m + _RADIO / 2, 24), on=on, live=live)
        ink = colour("text" if live or on else "outline")
        icon = QRectF(self._indent, 24 - _ICON / 2, _ICON, _ICON)
        icons.paint(painter, icon, self._icon_name, colour("accent") if on and live else ink)
        self._paint_title(painter, icon.right() + SPACE.s)
        painter.setFont(font())
        painter.setPen(colour("text_2" if live or on else "outline"))
        self._paint_why(painter)

    def _paint_radio(self, painter: QPainter, centre: QPointF, *, on: bool, live: bool) -> None:
        colour = self._theme.colour
        ring = colour("accent" if on and live else "outline")
        painter.setPen(QPen(ring, 1.5))
        painter.setBrush(ring if on else colour("surface"))
        painter.drawEllipse(centre, _RADIO / 2 - 1, _RADIO / 2 - 1)
        if on:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour("on_accent" if live else "surface"))
            painter.drawEllipse(centre, 3, 3)

    def _paint_title(self, painter: QPainter, left: float) -> None:
        colour = self._theme.colour
        face = font("section")
        metrics = QFontMetricsF(face)
        time, time_width = self._fitting_time(self.width() - left - SPACE.m - metrics.horizontalAdvance(self.text()))
        room = self.width() - left - SPACE.m - time_width - SPACE.s
        painter.setFont(face)
        painter.setPen(colour("text" if self.isEnabled() or self.isChecked() else "outline"))
        baseline = 24 + (metrics.ascent() - metrics.descent()) / 2
        painter.drawText(QPointF(left, baseline), metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, room))
        painter.setFont(font("strong"))
        painter.drawText(QPointF(self.width() - SPACE.m - time_width, baseline), time)

    def _fitting_time(self, room: float) -> tuple[str, float]:
        """The time as long as there is room for it, and its width; the name comes first."""
        metrics = QFontMetricsF(font("strong"))
        for text in (self._time, self._short_time):
            if (width := metrics.horizontalAdvance(text)) + SPACE.s <= room:
                return text, width
        return "", 0.0

    def _paint_why(self, painter: QPainter) -> None:
        """Wrapped with the look's line height, which QPainter does not know."""
        room = self.width() - self._indent - SPACE.m
        for number, line in enumerate(_wrapped(self._why, room)):
            area = QRect(self._indent, 40 + number * _LINE, room + 1, _LINE)
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, line)


def _wrapped(text: str, room: float) -> list[str]:
    """Lines of at most `room`; broken between words, or between signs in scripts that have none."""
    layout = QTextLayout(text, font())
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    lines = []
    while (line := layout.createLine()).isValid():
        line.setLineWidth(room)
        lines.append(text[line.textStart() : line.textStart() + line.textLength()].rstrip())
    layout.endLayout()
    return lines
