"""When the run on the Evaluate page says "unsure": what is known of it, and the promise that is kept with it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop_app.evaluation.rules import good_classes
from desktop_app.ui.models import run_files
from desktop_app.ui.models.result import Result
from desktop_app.ui.models.unsure import Doubt, load_doubt
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.message_bar import MessageBar
from desktop_app.ui.widgets.unsure_card import UnsureCard

if TYPE_CHECKING:
    from desktop_app.evaluation.rules import Rule
    from desktop_app.project.runs import Run


class Promising(QObject):
    """
    Signals:
        sides_changed(): other classes are good, or defects; the result must be read anew.

    Args:
        message: where it says what went wrong.
    """

    sides_changed = Signal()

    def __init__(self, session: Session, theme: Theme, message: MessageBar, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._message = message
        self._run: Run | None = None
        self._result: Result | None = None
        self._good: tuple[str, ...] = ()  # the classes that were marked as good when the result was read
        self.card = UnsureCard(theme)
        self.card.changed.connect(self._keep_rule)
        self.card.sides.marked.connect(self._mark_sides)
        session.catalog_changed.connect(self._look_at_sides)

    def show_result(self, run: Run, result: Result) -> None:
        """Another result is shown; the card follows when it is read."""
        self.card.hide()
        self._run = run
        self._good = self._good_classes(run)
        self.card.sides.show_classes(result.evaluated.classes, self._session.classes)
        self.renew(result)

    def show_nothing(self) -> None:
        """No result is shown."""
        self._run = self._result = None

    def renew(self, result: Result) -> None:
        """Read when the shown run says "unsure", in the background."""
        self._result, run = result, self._run
        if run is None or result.split != "test":
            return

        def show(doubt: Doubt | None) -> None:
            counts = run_files.split_counts(run)
            can_be_found = counts is None or counts[1] > 0
            if self._result is result:
                self.card.setVisible(doubt is not None or can_be_found)
                self.card.show_doubt(doubt)

        load = partial(load_doubt, run, self._session.classes)
        self._session.read(load, show, self._message.show_error, owner=self)

    def _keep_rule(self, rule: Rule | None) -> None:
        """Write the promise down with its run, in the background."""
        if (run := self._run) is not None:
            save = partial(_save_rule, run, rule)
            self._session.read(save, lambda _done: None, self._message.show_error, owner=self)

    # ---- good classes and defects

    def _good_classes(self, run: Run) -> tuple[str, ...]:
        return good_classes(run.classes, self._session.classes)

    def _look_at_sides(self, _initiator: object = None) -> None:
        """Classes may have been marked as good or defect."""
        if self._run is None or self._result is None:
            return
        self.card.sides.show_classes(self._result.evaluated.classes, self._session.classes)
        if (good := self._good_classes(self._run)) != self._good:
            self._good = good
            self.sides_changed.emit()

    def _mark_sides(self, good: list[str], defects: list[str]) -> None:
        from desktop_app.project import class_edits

        self._session.organiser.change_classes(class_edits.mark_sides(good, defects))


def _save_rule(run: Run, rule: Rule | None) -> None:
    from desktop_app.evaluation.rules import Rule

    if rule is None:
        Rule.forget(run)
    else:
        rule.save(run)
