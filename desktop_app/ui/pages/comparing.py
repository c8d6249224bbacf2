"""Comparing a run with another one, or with a release, on the Evaluate page: the button, its menu, the card."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu

from desktop_app.engine.jobs import CompareJob, Job
from desktop_app.evaluation.comparison import Comparison, compare
from desktop_app.events import Compared, Event, Progress
from desktop_app.ui import wording
from desktop_app.ui.models.result import Result
from desktop_app.ui.session import JobEnded, Session
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
        self._theme = theme
        self._fail = fail
        self._result: Result | None = None
        self._comparison: Comparison | None = None
        self._asked: CompareJob | None = None  # the release that is being asked about the shown pictures
        self.button = Button(self.tr("Compare…"), theme, kind="ghost", icon="git-diff", name=self.tr("Compare…"))
        self.card = ComparisonCard(theme)
        self.card.hide()
        self.button.clicked.connect(self._show_menu)
        self.card.closed.connect(self.card.hide)
        self.card.became_wrong_requested.connect(self._show_wrong)
        self.card.became_right_requested.connect(self._show_right)
        session.releases.changed.connect(self._offer)
        session.job_event.connect(self._job_event)
        session.job_ended.connect(self._job_ended)

    def show_result(self, result: Result | None) -> None:
        """Another result is shown, or none; a comparison ends."""
        self._result = result
        self._asked = None
        self.card.hide()
        self._offer()

    def set_compact(self, compact: bool) -> None:
        """In a small window, the button is its icon."""
        self.button.setText("" if compact else self.tr("Compare…"))
        self.button.setToolTip(self.tr("Compare…") if compact else "")
        self.button.updateGeometry()

    def _offer(self) -> None:
        there = bool(self._others() or self._session.releases.known.releases)
        self.button.setVisible(self._result is not None and there)

    def _others(self) -> Sequence[Run]:
        """The runs that the shown one can be compared with."""
        shown = self._result.run if self._result else ""
        return [run for run in self._session.runs if run.usable and run.id != shown]

    def menu(self) -> QMenu:
        """The releases and the runs to compare with."""
        menu = QMenu(self.button)
        known = self._session.releases.known
        for release in known.releases:
            words = (f"“{release.name}”", wording.moment(release.at.isoformat()))
            action = menu.addAction(wording.DOT.join(words), partial(self.compare_with_release, release.name))
            action.setIcon(self._theme.icon("star-fill" if release.name == known.in_use else "flag"))
            action.setEnabled(not self._session.busy)
        if known.releases:
            menu.addSeparator()
        for run in self._others():
            name = wording.DOT.join((wording.run_number(run.number), wording.moment(str(run.document["created"]))))
            menu.addAction(name, partial(self.compare_with, run))
        return menu

    def _show_menu(self) -> None:
        self.menu().popup(self.button.mapToGlobal(self.button.rect().bottomLeft()))

    # ---- with a run

    def compare_with(self, other: Run) -> None:
        """Compare the shown run with `other`, on the same split; its predictions are read in the background."""
        if (result := self._result) is None:
            return

        def show(found: Comparison | None) -> None:
            if self._result is not result:
                return
            if found is None:
                self.card.show_unmeasured(wording.run_number(other.number), result.split)
                self.card.show()
            else:
                self._show(found, wording.run_number(other.number))

        self._session.read(partial(_compare, result, other), show, self._fail, owner=self)

    def _show(self, found: Comparison, other: str) -> None:
        assert self._result is not None
        self._comparison = found
        shown = next(run for run in self._session.runs if run.id == self._result.run)
        self.card.show_comparison(found, wording.run_number(shown.number), other)
        self.card.show()

    # ---- with a release

    def compare_with_release(self, name: str) -> None:
        """Compare the shown run with a release, which is asked about the shown pictures; that may take a while."""
        result, project = self._result, self._session.project
        if result is None or project is None or self._session.busy:
            return
        self._asked = CompareJob(str(project.root), name, result.run, result.split)
        self.card.show_asking(name)
        self.card.show()
        self._session.start_job(self._asked)

    def _job_event(self, job: Job, event: Event) -> None:
        if job is not self._asked or self._asked is None or self._result is None:
            return
        if isinstance(event, Progress):
            self.card.show_asking(self._asked.other, wording.part_of(event.done, event.total))
        elif isinstance(event, Compared):
            self._show(_comparison(event, self._result), f"“{event.other}”")

    def _job_ended(self, ending: JobEnded) -> None:
        if ending.job is not self._asked:
            return
        self._asked = None
        if not ending.succeeded:
            self.card.hide()
        if ending.error is not None:
            self._fail(ending.error)

    # ---- the pictures

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


def _comparison(event: Compared, result: Result) -> Comparison:
    """What a job has found, by the rows of the shown predictions."""
    row_of = {file: row for row, file in enumerate(result.predictions.files)}

    def rows(files: Sequence[str]) -> NDArray[np.intp]:
        return np.array([row_of[file] for file in files if file in row_of], np.intp)

    became_right, became_wrong = rows(event.became_right), rows(event.became_wrong)
    return Comparison(event.n, event.other_right, event.right, became_right, became_wrong, event.chance)
