"""A result as the Evaluate page shows it: the headline, the matrix, its classes, and the pictures behind a cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.ui.models.class_marks import ClassMark, class_marks
from desktop_app.ui.models.confusion import Confusion, Shown
from desktop_app.ui.models.result import Result
from desktop_app.ui.theme import Theme
from desktop_app.ui.thumbnails import Thumbnails
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.behind_panel import BehindPanel
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.class_table import ClassTable
from desktop_app.ui.widgets.confusion_list import ConfusionList
from desktop_app.ui.widgets.confusion_view import ConfusionView
from desktop_app.ui.widgets.headline import Headline
from desktop_app.ui.widgets.labels import Label
from desktop_app.ui.widgets.segments import Segments
from desktop_app.ui.widgets.surfaces import Card

if TYPE_CHECKING:
    from desktop_app.project.config import ClassInfo

_COLUMNS = (11, 9)  # how the matrix and its pictures share the width


class ResultView(QWidget):
    """Whatever is chosen in the matrix, the table or the list of mistakes, the others follow, and its pictures show.

    Args:
        below_headline: cards over the whole width.
        beside: cards that stand below the pictures.
        below_table: cards that stand below the classes.
        below: cards over the whole width, under everything else.
    """

    def __init__(
        self,
        thumbnails: Thumbnails,
        theme: Theme,
        *,
        below_headline: Sequence[QWidget] = (),
        beside: Sequence[QWidget] = (),
        below_table: Sequence[QWidget] = (),
        below: Sequence[QWidget] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._result: Result | None = None
        self._marks: list[ClassMark] = []
        self.headline = Headline(theme)
        self.matrix = ConfusionView(theme)
        self.table = ClassTable(theme)
        self.behind = BehindPanel(thumbnails, theme)
        self.confusions = ConfusionList(theme)
        self._lay_out(below_headline, beside, below_table, below)
        self.matrix.chosen.connect(self._show_cell)
        self.confusions.chosen.connect(self.matrix.choose)
        self.table.chosen.connect(self._choose_class)
        self.shown_box.chosen.connect(lambda key: self.matrix.matrix.set_shown(Shown(key)))
        self.worst_button.toggled.connect(self.matrix.matrix.sort_worst_first)
        theme.changed.connect(self._show_legend)
        self._show_legend()

    # ---- parts

    def _lay_out(
        self,
        below_headline: Sequence[QWidget],
        beside: Sequence[QWidget],
        below_table: Sequence[QWidget],
        below: Sequence[QWidget],
    ) -> None:
        left, right = QVBoxLayout(), QVBoxLayout()
        for side in (left, right):
            side.setSpacing(SPACE.s)
        left.addWidget(self._build_matrix())
        left.addWidget(self._build_table())
        for card in (self._build_confusions(), *below_table):
            left.addWidget(card)
        left.addStretch()
        right.addWidget(self.behind, 1)
        for card in beside:
            right.addWidget(card)
        right.addStretch()
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setSpacing(SPACE.s)
        self._columns.addLayout(left, _COLUMNS[0])
        self._columns.addLayout(right, _COLUMNS[1])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.s)
        for widget in (self.headline, *below_headline):
            column.addWidget(widget)
        column.addLayout(self._columns, 1)
        for widget in below:
            column.addWidget(widget)

    def _build_matrix(self) -> QWidget:
        card = Card()
        self.shown_box = Segments(
            ((Shown.COUNTS.value, self.tr("Counts"), ""), (Shown.ROW_SHARES.value, self.tr("Row %"), "")),
            self._theme,
            name=self.tr("Numbers in the matrix"),
        )
        self.worst_button = Button(self.tr("Worst first"), self._theme, kind="ghost", icon="sort-ascending")
        self.worst_button.setCheckable(True)
        self.legend = Label("", "caption", "text_2", wrap=True)
        head = QHBoxLayout()
        head.setSpacing(SPACE.s)
        head.addWidget(Label(self.tr("Confusion matrix: what was called what"), "section", wrap=True), 1)
        head.addWidget(self.shown_box)
        head.addWidget(self.worst_button)
        column = card.column()
        column.addLayout(head)
        column.addWidget(self.matrix)
        column.addWidget(self.legend)
        return card

    def _build_table(self) -> QWidget:
        card = Card()
        column = QVBoxLayout(card)
        column.setContentsMargins(SPACE.s, SPACE.xs, SPACE.s, 12)
        column.addWidget(self.table)
        return card

    def _build_confusions(self) -> QWidget:
        self.confusions_card = Card()
        column = self.confusions_card.column(SPACE.xs)
        column.addWidget(Label(self.tr("Most frequent mistakes"), "section"))
        column.addWidget(self.confusions)
        return self.confusions_card

    def _show_legend(self) -> None:
        self.legend.setText(
            self.tr("Grey: right. Coloured: mistakes, brighter means more. Click a cell to see its pictures.")
            if self._theme.dark
            else self.tr("Grey: right. Coloured: mistakes, darker means more. Click a cell to see its pictures.")
        )

    def set_compact(self, compact: bool) -> None:
        down = QBoxLayout.Direction.TopToBottom
        self._columns.setDirection(down if compact else QBoxLayout.Direction.LeftToRight)
        for place, share in enumerate((0, 0) if compact else _COLUMNS):
            self._columns.setStretch(place, share)
        self.headline.set_compact(compact)

    # ---- what is shown

    def show_result(self, result: Result, known: Sequence[ClassInfo]) -> None:
        """Show a result; its most frequent mistake is looked at first. `known`: the project's classes."""
        measured = result.evaluated
        self._result = result
        self._marks = class_marks(measured.classes, known)
        self.behind.model.show_now(None, known)
        self.headline.show_result(result)
        self.worst_button.setChecked(False)
        self.matrix.show_counts(self._marks, measured.confusion)
        self.table.show_results(self._marks, measured.per_class)
        confusions = self.matrix.matrix.confusions()
        self.confusions.show_confusions(confusions, self._marks)
        self.confusions_card.setVisible(len(confusions) > 1)
        if confusions:
            self.matrix.choose(confusions[0])
        else:
            self.behind.show_flawless()

    def renew(self, result: Result) -> None:
        """The same figures, of which more is known: other classes are good, or there are more runs."""
        self._result = result
        self.headline.show_result(result)

    def show_rows(self, rows: list[int], title: str) -> None:
        """Show these rows of the result's predictions."""
        assert self._result is not None
        self.behind.show_rows(self._result, self._marks, rows, title)

    def _show_cell(self, cell: Confusion) -> None:
        assert self._result is not None
        self.table.choose(self._marks[cell.actual].name)
        back = self._result.evaluated.confusion[cell.called][cell.actual]
        self.behind.show_cell(self._result, self._marks, cell, back)

    def _choose_class(self, name: str) -> None:
        """Go to the class's most frequent mistake and show all its mistakes; or to its right ones."""
        number = next(number for number, mark in enumerate(self._marks) if mark.name == name)
        mistakes = [confusion for confusion in self.matrix.matrix.confusions() if confusion.actual == number]
        assert self._result is not None
        right = self._result.evaluated.confusion[number][number]
        self.matrix.choose(mistakes[0] if mistakes else Confusion(number, number, right))
        if worst := self._result.worst(number):
            self.show_rows(worst, self.tr("Mistakes with “{class_name}”").format(class_name=name))
