"""Above the pictures: how many suggestions there are, how sure one must be to be accepted, and what that would do."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSlider, QVBoxLayout, QWidget

from desktop_app.ui import wording
from desktop_app.ui.models.class_marks import KnownClass
from desktop_app.ui.models.suggestions import HIGHEST, LOWEST, USUAL
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.empty_state import IconView
from desktop_app.ui.widgets.fields import SpinBox
from desktop_app.ui.widgets.labels import ElidedLabel
from desktop_app.ui.widgets.lines import draw_line
from desktop_app.ui.widgets.surfaces import Bar
from desktop_app.ui.widgets.swatch import paint_swatch

_HEIGHT = 56
_SLIDER, _SPIN = 128, 80
_SWATCH = 14
_LINE = 16


class SuggestionBar(Bar):
    """
    Signals:
        level_changed(): `level` is another.
        accepted(): accept every suggestion that is sure enough.
    """

    level_changed = Signal()
    accepted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("top", _HEIGHT, parent)
        self._text = ElidedLabel("", "body")
        self._counts = ClassCounts(theme)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._spin = SpinBox(theme, name=self.tr("How sure a suggestion must be, in percent"))
        self.accept = Button("", theme, kind="primary", icon="checks")
        for control in (self._slider, self._spin):
            control.setRange(LOWEST, HIGHEST)
            control.setValue(USUAL)
        self._slider.setFixedWidth(_SLIDER)
        self._slider.setAccessibleName(self.tr("How sure a suggestion must be, in percent"))
        self._spin.setSuffix(f"{wording.SPACE}%")
        self._spin.setFixedWidth(_SPIN)
        self._slider.valueChanged.connect(self._spin.setValue)
        self._spin.valueChanged.connect(self._slider.setValue)
        self._spin.valueChanged.connect(self.level_changed)
        self.accept.clicked.connect(self.accepted)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addStretch(1)
        column.addWidget(self._text)
        column.addWidget(self._counts)
        column.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.m, 0, SPACE.m, 0)
        row.setSpacing(12)
        row.addWidget(IconView("magic-wand", theme, edge=18, token="accent"))
        row.addLayout(column, 1)
        row.addWidget(self._slider)
        row.addWidget(self._spin)
        row.addWidget(self.accept)
        self.setVisible(False)

    @property
    def level(self) -> int:
        """How sure, in percent."""
        return self._spin.value()

    def set_compact(self, compact: bool) -> None:
        self._slider.setVisible(not compact)

    def say(self, total: int, sure: Sequence[tuple[KnownClass, int]], locked: int, *, why_not: str = "") -> None:
        """Show what is suggested.

        Args:
            total: all suggestions.
            sure: how many of those that are sure enough go into which class.
            locked: test pictures among all, which are to be looked at one by one.
            why_not: why none can be accepted; "" if they can.
        """
        count = sum(number for _, number in sure)
        suggestions = self.tr("1 suggestion") if total == 1 else self.tr("%Ln suggestions", "", total)
        self._text.setText(
            self.tr("{suggestions}, {n} of them at least {percent} sure").format(
                suggestions=suggestions, n=wording.number(count), percent=wording.percent(self.level / 100)
            )
        )
        self._counts.set_counts(sure, self._about(locked))
        self.accept.setText(self.tr("Accept {n}").format(n=wording.number(count)))
        self.accept.setToolTip(why_not or self.tr("One step, which can be undone"))
        self.accept.setAccessibleName(f"{self.accept.text()}: {self._counts.accessibleName()}")
        self.accept.setEnabled(count > 0 and not why_not)

    def _about(self, locked: int) -> str:
        if not locked:
            return ""
        if locked == 1:
            return self.tr("1 test picture is left for you to look at")
        return self.tr("%Ln test pictures are left for you to look at", "", locked)

    def text(self) -> str:
        return self._text.text()


class ClassCounts(QWidget):
    """Class marks with their names and numbers in one line, and a note after them; what does not fit is left out."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._counts: Sequence[tuple[KnownClass, int]] = ()
        self._note = ""
        self.setFont(font("caption"))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_counts(self, counts: Sequence[tuple[KnownClass, int]], note: str) -> None:
        self._counts, self._note = list(counts), note
        parts = [_counted(mark, number) for mark, number in counts]
        self.setAccessibleName(", ".join([*parts, note] if note else parts))
        self._update_tooltip()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(0, _LINE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._update_tooltip()

    def _update_tooltip(self) -> None:
        self.setToolTip(self.accessibleName() if self._width() > self.width() else "")

    def _width(self) -> float:
        metrics = QFontMetricsF(self.font())
        width = sum(self._part_width(metrics, mark, number) for mark, number in self._counts)
        return width + metrics.horizontalAdvance(self._note)

    def _part_width(self, metrics: QFontMetricsF, mark: KnownClass, number: int) -> float:
        return _SWATCH + SPACE.xs + metrics.horizontalAdvance(_counted(mark, number)) + 12

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ink = self._theme.colour("text_2")
        metrics = QFontMetricsF(self.font())
        dots = metrics.horizontalAdvance("…")
        left, middle = 0.0, self.height() / 2
        for mark, number in self._counts:
            width = self._part_width(metrics, mark, number)
            if left + width + dots > self.width():
                draw_line(painter, QRectF(left, 0, dots, self.height()), "…", self.font(), ink)
                return
            paint_swatch(
                painter, QRectF(left, middle - _SWATCH / 2, _SWATCH, _SWATCH), self._theme, mark.colour, mark.key
            )
            area = QRectF(left + _SWATCH + SPACE.xs, 0, width, self.height())
            draw_line(painter, area, _counted(mark, number), self.font(), ink)
            left += width
        room = QRectF(left, 0, self.width() - left, self.height())
        draw_line(painter, room, self._note, self.font(), ink, Qt.TextElideMode.ElideRight)


def _counted(mark: KnownClass, number: int) -> str:
    return f"{mark.name}:{wording.SPACE}{wording.number(number)}"
