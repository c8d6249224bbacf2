"""Says what came of the steps that a page asked for, with the way back; every page that changes pictures has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_app.ui import step_words
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.message_bar import MessageBar
from desktop_app.ui.widgets.step_bar import StepBar

if TYPE_CHECKING:
    from desktop_app.project.outcome import Outcome
    from desktop_app.project.trash import Emptied


class Stepping(QObject):
    """`bar` is to be docked at the bottom; `problem_bar` tells a step that failed as a whole."""

    def __init__(self, session: Session, theme: Theme, problem_bar: MessageBar, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._organiser = session.organiser
        self._partial: Outcome | None = None
        self.bar = StepBar(theme)
        self.problem_bar = problem_bar
        self.bar.undo_requested.connect(self._organiser.undo)
        self.bar.finish_requested.connect(self._finish)
        self._organiser.step_ended.connect(self._on_step)
        self._organiser.step_failed.connect(problem_bar.show_error)
        self._organiser.trash_emptied.connect(self._on_emptied)
        session.project_changed.connect(self.clear)

    def clear(self, _initiator: object = None) -> None:
        """Another project is shown: its steps are others."""
        self.bar.clear()
        self._partial = None

    def _on_step(self, outcome: Outcome) -> None:
        said = step_words.outcome(outcome)
        if said is None:
            return
        self.problem_bar.clear()
        self._partial = outcome if outcome.failed else None
        done = bool(outcome.moved or outcome.folders or outcome.shown or outcome.marked)
        undoes = done and outcome.kind.value in ("do", "finish", "redo")
        self.bar.say(said, can_undo=undoes, can_finish=_can_be_finished(outcome))

    def _on_emptied(self, emptied: Emptied) -> None:
        self._partial = None
        self.bar.say(step_words.emptied(emptied))

    def _finish(self) -> None:
        if self._partial is not None:
            self._organiser.finish(self._partial)


def _can_be_finished(outcome: Outcome) -> bool:
    """Whether trying again may help: not where a picture is gone, or was never part of the step."""
    from desktop_app.project.reasons import LASTING

    return any(failure.reason not in LASTING for failure in outcome.failed) and not outcome.marked
