"""Comparing a run with another one on the Evaluate page: the button, its menu, the card that says what changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu

from desktop_app.evaluation.comparison import Comparison, compare
from desktop_app.ui import wording
from desktop_app.ui.models.result import Result
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.comparison_card import ComparisonCard

if TYPE_CHECKING:
    from desktop_app.errors import DiscernError
    from desktop_app.project.runs import Run


class Comparing(QObject):
    """
    Signals:
        pictures_requested(rows: list[int], title: str): show these rows of the result's predictions.
    """

    pictures_requested = Signal(object, str)

    def __init__(
        self, session: Session, theme: Theme, fail: Callable[[DiscernError], None], parent: QObject | None = None
    ) -> None:
        """`fail` tells the person what went wrong."""
        super().__init__(parent)
        self._session = session
        self._fail = fail
        self._result: Result | None = None
        self._comparison: Comparison | None = None
        self.button = Button(self.tr("Compare…"), theme, kind="ghost", icon="git-diff")
        self.card = ComparisonCard(theme)
        self.card.hide()
        self.button.clicked.connect(self._show_menu)
        self.card.closed.connect(self.card.hide)
        self.card.became_wrong_requested.connect(self._show_wrong)
        self.card.became_right_requested.connect(self._show_right)

    def show_result(self, result: Result | None) -> None:
        """Another result is shown, or none; a comparison ends."""
        self._result = result
        self.card.hide()
        self.button.setVisible(result is not None and bool(self._others()))

    def _others(self) -> Sequence[Run]:
        """The runs that the shown one can be compared with."""
        shown = self._result.run if self._result else ""
        return [run for run in self._session.runs if run.usable and run.id != shown]

    def menu(self) -> QMenu:
        """The runs to compare with."""
        menu = QMenu(self.button)
        for run in self._others():
            name = wording.DOT.join((wording.run_number(run.number), wording.moment(str(run.document["created"]))))
            menu.addAction(name, partial(self.compare_with, run))
        return menu

    def _show_menu(self) -> None:
        self.menu().popup(self.button.mapToGlobal(self.button.rect().bottomLeft()))

    def compare_with(self, other: Run) -> None:
        """Compare the shown run with `other`, on the same split; its predictions are read in the background."""
        if (result := self._result) is None:
            return

        def show(found: Comparison | None) -> None:
            if self._result is not result:
                return
            if found is None:
                self.card.show_unmeasured(wording.run_number(other.number), result.split)
            else:
                self._comparison = found
                shown = next(run for run in self._session.runs if run.id == result.run)
                self.card.show_comparison(found, wording.run_number(shown.number), wording.run_number(other.number))
            self.card.show()

        self._session.read(partial(_compare, result, other), show, self._fail, owner=self)

    def _show_wrong(self) -> None:
        assert self._comparison is not None
        self.pictures_requested.emit(self._comparison.became_wrong.tolist(), self.tr("Became wrong"))

    def _show_right(self) -> None:
        assert self._comparison is not None
        self.pictures_requested.emit(self._comparison.became_right.tolist(), self.tr("Became right"))


def _compare(result: Result, other: Run) -> Comparison | None:
    """None if the other run was not measured on this split."""
    from desktop_app.evaluation.evaluate import predictions_csv, stored_result
    from desktop_app.evaluation.predictions import Predictions

    if stored_result(other, result.split) is None:
        return None
    return compare(Predictions.read_csv(predictions_csv(other, result.split)), result.predictions)
