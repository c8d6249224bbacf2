"""A result's one big number, with its doubt drawn beside it and what makes it trustworthy."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.ui import headline_words, wording
from desktop_app.ui.models.result import Result, Sides
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.fact_row import FactRow
from desktop_app.ui.widgets.interval_bar import IntervalBar
from desktop_app.ui.widgets.labels import Label
from desktop_app.ui.widgets.surfaces import Card, Line

BAR_SCALE = 1.4


class Headline(Card):
    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._theme = theme
        self._checks: list[FactRow] = []
        self.number = Label("", "headline")
        self.doubt = Label("", "section", "text_2")
        quiet = font("section")
        quiet.setWeight(QFont.Weight.Normal)
        self.doubt.setFont(quiet)
        self.kind = Label("", "caption", "text_2", wrap=True)
        self.sides = Label("", "body")
        self.means = Label("", "caption", "text_2")
        self._bar = IntervalBar(theme, scale=BAR_SCALE)
        self._axis = [Label("", "tile", "text_2") for _ in range(3)]
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch()
        words.addWidget(self.number)
        words.addWidget(self.doubt)
        words.addWidget(self.kind)
        words.addWidget(self.sides)
        words.addWidget(self.means)
        words.addStretch()
        axis = QHBoxLayout()
        axis.addWidget(self._axis[0], 1)
        axis.addWidget(self._axis[1], 1, Qt.AlignmentFlag.AlignHCenter)
        axis.addWidget(self._axis[2], 1, Qt.AlignmentFlag.AlignRight)
        drawn = QVBoxLayout()
        drawn.setSpacing(SPACE.s)
        drawn.addStretch()
        drawn.addWidget(self._bar)
        drawn.addLayout(axis)
        drawn.addStretch()
        self._rule = Line(Qt.Orientation.Vertical)
        self._check_column = QVBoxLayout()
        self._check_column.setSpacing(2)
        self._check_column.addStretch()
        self._check_column.addStretch()
        result = QHBoxLayout()
        result.setSpacing(SPACE.xl)
        result.addLayout(words)
        result.addLayout(drawn, 1)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(SPACE.l, SPACE.s, SPACE.l, SPACE.s)
        self._row.setSpacing(SPACE.l)
        self._row.addLayout(result, 9)
        self._row.addWidget(self._rule)
        self._row.addLayout(self._check_column, 10)

    def set_compact(self, compact: bool) -> None:
        """In a small window the checks stand below."""
        down = QBoxLayout.Direction.TopToBottom
        self._row.setDirection(down if compact else QBoxLayout.Direction.LeftToRight)
        self._rule.setVisible(not compact)

    def show_result(self, result: Result) -> None:
        whole, shown, checks = result.cross_validated, result.headline, result.checks
        right, n, interval = shown.right, shown.n, shown.interval
        self.number.setText(wording.right_of(right, n))
        self.kind.setVisible(whole is not None)
        self.kind.setText(headline_words.short(whole) if whole else "")
        self.kind.setToolTip(headline_words.reason(whole) if whole else "")
        self._show_means(result)
        self.doubt.setText(wording.share_with_doubt(right, n, interval))
        self.sides.setVisible(result.sides is not None)
        self.sides.setText(self._in_sides(result.sides) if result.sides else "")
        axis = bar_axis(interval[0])
        self._bar.set_value(right / n, interval, axis, name=wording.right_with_doubt(right, n, interval))
        middle = sum(axis) / 2
        texts = (wording.percent(axis[0]), wording.number(round(middle * 100)), wording.percent(axis[1]))
        for label, text in zip(self._axis, texts, strict=True):
            label.setText(text)
        while len(self._checks) < len(checks):
            row = FactRow(self._theme)
            self._checks.append(row)
            self._check_column.insertWidget(len(self._checks), row)
        for position, row in enumerate(self._checks):
            row.setVisible(position < len(checks))
            if position < len(checks):
                row.show_fact(checks[position].mark, checks[position].text)

    def _show_means(self, result: Result) -> None:
        """What the figure is if each class counts the same; where defects are told of, that is more telling."""
        whole, measured = result.cross_validated, result.evaluated
        self.means.setText(
            self.tr("Each class counting the same: {share}, {truly}").format(
                share=wording.percent(result.headline.balanced_accuracy),
                truly=wording.truly(whole.balanced_interval if whole else result.doubts.balanced_accuracy),
            )
        )
        explained = (
            self.tr("Balanced accuracy. Macro-F1: {share}, {truly}. Pictures of one group count as one.").format(
                share=wording.percent(measured.macro_f1), truly=wording.truly(result.doubts.macro_f1)
            )
            if whole is None
            else self.tr("Balanced accuracy. Pictures of one group were held out together.")
        )
        self.means.setVisible(result.sides is None)
        self.means.setToolTip(explained)
        self.doubt.setToolTip(f"{self.means.text()}. {explained}" if result.sides else "")

    def _in_sides(self, sides: Sides) -> str:
        """What matters on a line: "Missed defects: 1 of 40, truly 0–13 %", and below it the false alarms."""
        missed = self.tr("Missed defects: {count}, {truly}").format(
            count=wording.part_of(sides.missed, sides.defects), truly=wording.truly(sides.missed_interval)
        )
        alarms = self.tr("False alarms: {count}, {truly}").format(
            count=wording.part_of(sides.false_alarms, sides.good), truly=wording.truly(sides.false_alarm_interval)
        )
        text = f"{missed}\n{alarms}"  # on one line they would take the interval's room
        return self.tr("Test pictures: {sides}").format(sides=text) if self.kind.text() else text

    def checks(self) -> list[str]:
        return [row.text() for row in self._checks if not row.isHidden()]


def bar_axis(low: float) -> tuple[float, float]:
    """From a round number well below an interval's lower end to 1, so that its whiskers are wide enough to be seen."""
    return max(0.0, min(0.9, int((low - 0.02) * 10) / 10)), 1.0
