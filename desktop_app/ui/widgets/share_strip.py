"""How many pictures each class got: one strip, and the counts under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import TypeAlias

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop_app.ui import icons, wording
from desktop_app.ui.models.class_marks import ClassMark
from desktop_app.ui.presses import SPACE_OR_ENTER
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import RADIUS, SPACE
from desktop_app.ui.widgets.lines import draw_line
from desktop_app.ui.widgets.swatch import paint_swatch

STRIP = 16
KEY = 16
ENTRY_HEIGHT = 24
ALL_NAMED = 12  # of more classes only those that have pictures are named


class _Rest(Enum):
    """Pictures that no class got."""

    UNSURE = auto()
    UNREADABLE = auto()


_Part: TypeAlias = ClassMark | _Rest
_HATCHED: dict[_Rest, tuple[str, Qt.BrushStyle]] = {
    _Rest.UNSURE: ("text_2", Qt.BrushStyle.BDiagPattern),
    _Rest.UNREADABLE: ("error", Qt.BrushStyle.FDiagPattern),
}


class ShareStrip(QWidget):
    """Shares of classes in the project's order, then hatched those left to a person and those that can't be read.

    `class_clicked` names a class whose share or count was clicked, or reached by the arrow keys and Space.
    """

    class_clicked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._marks: Sequence[ClassMark] = ()
        self._counts: Mapping[str, int] = {}
        self._rest: Mapping[_Rest, int] = {}
        self._chosen = ""
        self._current = 0
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setProperty("focusRing", True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_counts(
        self, marks: Sequence[ClassMark], counts: Mapping[str, int], unsure: int = 0, unreadable: int = 0
    ) -> None:
        self._marks, self._counts = marks, dict(counts)
        self._rest = {_Rest.UNSURE: unsure, _Rest.UNREADABLE: unreadable}
        parts = [f"{mark.name}: {wording.number(counts.get(mark.name, 0))}" for mark in marks]
        if unsure:
            parts.append(self.tr("unsure: {n}").format(n=wording.number(unsure)))
        if unreadable:
            parts.append(self.tr("could not be read: {n}").format(n=wording.number(unreadable)))
        self.setAccessibleName(", ".join(parts))
        self.updateGeometry()
        self.update()

    def set_chosen(self, name: str) -> None:
        """Underline the class whose pictures are shown alone; "" for none."""
        self._chosen = name
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if mark := self._mark_at(event.position().toPoint()):
            self.class_clicked.emit(mark.name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step and self._marks:
            self._current = (self._current + step) % len(self._marks)
            self.update()
        elif event.key() in SPACE_OR_ENTER and self._current < len(self._marks):
            self.class_clicked.emit(self._marks[self._current].name)
        else:
            super().keyPressEvent(event)

    def _mark_at(self, place: QPoint) -> ClassMark | None:
        places = [*self._parts(), *((rect, mark) for rect, mark, _ in self._entries(self.width()))]
        found = (part for rect, part in places if rect.contains(place.toPointF()))
        return next((part for part in found if isinstance(part, ClassMark)), None)

    # ---- size

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        entries = self._entries(width)
        return int(entries[-1][0].bottom()) if entries else STRIP

    def sizeHint(self) -> QSize:
        return QSize(320, self.heightForWidth(max(self.width(), 320)))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.heightForWidth(max(self.width(), 160)))

    def _entries(self, width: int) -> list[tuple[QRectF, _Part, str]]:
        """Where each key and count goes; they wrap like words. Those without a class come last."""
        metrics = QFontMetricsF(font("body"))
        made: list[tuple[QRectF, _Part, str]] = []
        x, y = 0.0, STRIP + 6.0
        few = len(self._marks) <= ALL_NAMED
        texts: list[tuple[_Part, str]] = [
            (mark, wording.number(count)) for mark in self._marks if (count := self._counts.get(mark.name, 0)) or few
        ]
        if unsure := self._rest.get(_Rest.UNSURE):
            texts.append((_Rest.UNSURE, self.tr("{n} unsure").format(n=wording.number(unsure))))
        if unreadable := self._rest.get(_Rest.UNREADABLE):
            texts.append((_Rest.UNREADABLE, self.tr("{n} could not be read").format(n=wording.number(unreadable))))
        for mark, text in texts:
            needed = KEY + 6 + metrics.horizontalAdvance(text)
            if x and x + needed > width:
                x, y = 0.0, y + ENTRY_HEIGHT
            made.append((QRectF(x, y, needed, ENTRY_HEIGHT), mark, text))
            x += needed + SPACE.m
        return made

    # ---- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_strip(painter)
        for rect, part, text in self._entries(self.width()):
            square = QRectF(rect.left(), rect.center().y() - KEY / 2, KEY, KEY)
            if isinstance(part, ClassMark):
                paint_swatch(painter, square, self._theme, part.colour, part.key)
                self._underline(painter, rect, part)
            elif part is _Rest.UNSURE:
                icons.paint(painter, square, "question", self._theme.colour("warn"))
            else:
                icons.paint(painter, square, "file-x", self._theme.colour("error"))
            draw_line(painter, rect.adjusted(KEY + 6, 0, 0, 0), text, font(), self._theme.colour("text"))

    def _underline(self, painter: QPainter, rect: QRectF, mark: ClassMark) -> None:
        """Show which class is chosen, and which the arrow keys have reached."""
        if mark.name == self._chosen or (self.hasFocus() and mark is self._marks[self._current]):
            line = QRectF(rect.left(), rect.bottom() - 3, rect.width(), 2)
            painter.fillRect(line, self._theme.colour("accent" if mark.name == self._chosen else "text"))

    def _paint_strip(self, painter: QPainter) -> None:
        colour = self._theme.colour
        strip = QRectF(0, 0, self.width(), STRIP)
        outline = QPainterPath()
        outline.addRoundedRect(strip, RADIUS.swatch, RADIUS.swatch)
        painter.save()
        painter.setClipPath(outline)
        painter.fillRect(strip, colour("sunken"))
        for rect, part in self._parts():
            if isinstance(part, ClassMark):
                painter.fillRect(rect, self._theme.class_colour(part.colour))
            else:
                ink, pattern = _HATCHED[part]
                painter.fillRect(rect, colour("surface"))
                painter.fillRect(rect, QBrush(colour(ink), pattern))
        painter.restore()

    def _parts(self) -> list[tuple[QRectF, _Part]]:
        shares: list[tuple[_Part, int]] = [(mark, self._counts.get(mark.name, 0)) for mark in self._marks]
        shares += self._rest.items()
        total = sum(count for _, count in shares)
        parts: list[tuple[QRectF, _Part]] = []
        x = 0.0
        for part, count in shares:
            if count:
                width = self.width() * count / total
                # A gap between neighbours; even a single picture among thousands stays visible.
                parts.append((QRectF(x, 0, max(width - 2, 2), STRIP), part))
                x += width
        return parts

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            if mark := self._mark_at(event.pos()):
                count = wording.pictures(self._counts.get(mark.name, 0))
                QToolTip.showText(event.globalPos(), f"{mark.name}: {count}", self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)
