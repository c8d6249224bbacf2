"""What comes of a rule on the test pictures: counts with their doubt, side by side."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from desktop_app.evaluation.unsure import Expected
from desktop_app.ui import rule_words, wording
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.labels import Label
from desktop_app.ui.widgets.surfaces import Card

PICTURES = 1000  # that a cost is told of
_MOST_IN_A_ROW = 3


class ExpectedFigures(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.harm, self.false_alarms, self.unsure, self.cost = (Figure(self) for _ in range(4))
        self._figures = (self.harm, self.false_alarms, self.unsure, self.cost)
        self._arranged: tuple[Figure, ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(SPACE.s)
        self._arrange(self._figures[:_MOST_IN_A_ROW])

    def _arrange(self, shown: tuple[Figure, ...]) -> None:
        """Three in a row, four in two."""
        if shown == self._arranged:
            return
        self._arranged = shown
        columns = len(shown) if len(shown) <= _MOST_IN_A_ROW else 2
        for figure in self._figures:
            self._grid.removeWidget(figure)
            figure.setVisible(figure in shown)
        for place, figure in enumerate(shown):
            self._grid.addWidget(figure, place // columns, place % columns)
        for column in range(_MOST_IN_A_ROW):
            self._grid.setColumnStretch(column, int(column < columns))

    def show_expected(self, found: Expected, at_once: tuple[int, float | None], *, with_roles: bool) -> None:
        """Show what comes of a rule.

        Args:
            at_once: the harm and the cost of a picture if the model were never unsure.
        """
        harm_at_once, cost_at_once = at_once
        alarms = (self.false_alarms,) if with_roles else ()
        costs = (self.cost,) if found.cost is not None else ()
        self._arrange((self.harm, *alarms, self.unsure, *costs))
        self._show_harm(found, harm_at_once, with_roles=with_roles)
        alarms_of = wording.part_of(found.false_alarms, found.good)
        self.false_alarms.show_text(self.tr("False alarms"), alarms_of, wording.truly(found.false_alarm_interval))
        self._show_unsure(found)
        self._show_cost(found, cost_at_once)

    def _show_harm(self, found: Expected, at_once: int, *, with_roles: bool) -> None:
        title = self.tr("Missed defects") if with_roles else self.tr("Wrong answers")
        limit = self.tr("truly under {percent}").format(percent=wording.percent_up(found.harm_limit))
        without = self.tr("{n} if never unsure").format(n=wording.number(at_once))
        self.harm.show_text(title, wording.part_of(found.harm, found.at_risk), f"{limit}\n{without}")

    def _show_unsure(self, found: Expected) -> None:
        doubt = wording.truly(found.unsure_interval)
        if found.unlike:
            strange = self.tr("{n} like nothing learnt").format(n=wording.number(found.unlike))
            doubt = f"{doubt}\n{strange}"
        self.unsure.show_text(self.tr("Unsure, for a person"), wording.part_of(found.unsure, found.n), doubt)

    def _show_cost(self, found: Expected, at_once: float | None) -> None:
        if found.cost is None or found.cost_interval is None or at_once is None:
            return
        most = PICTURES * found.cost_interval[1]
        low, high = (rule_words.amount(PICTURES * end, most) for end in found.cost_interval)
        truly = self.tr("truly {low}–{high}").format(low=low, high=high)
        without = self.tr("{n} if never unsure").format(n=rule_words.amount(PICTURES * at_once, most))
        title = self.tr("Cost of {n} pictures").format(n=wording.number(PICTURES))
        self.cost.show_text(title, rule_words.amount(PICTURES * found.cost, most), f"{truly}\n{without}")


class Figure(Card):
    """A count of so many, with its doubt below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg", parent)
        self.title = Label("", "caption", "text_2", wrap=True)
        self.value = Label("", "section")
        self.doubt = Label("", "caption", "text_2", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, SPACE.s, 12, SPACE.s)
        column.setSpacing(2)
        for label in (self.title, self.value, self.doubt):
            column.addWidget(label)
        column.addStretch()

    def show_text(self, title: str, value: str, doubt: str) -> None:
        self.title.setText(title)
        self.value.setText(value)
        self.doubt.setText(doubt)
        self.setAccessibleName(f"{title}: {value}, {doubt}")
