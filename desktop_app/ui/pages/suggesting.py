"""Suggestions on the Images page: asked for where classes are missing, shown on tiles, accepted by a key or the bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

from desktop_app.engine.jobs import SuggestJob
from desktop_app.events import Event, Step, StepStarted, Suggested
from desktop_app.project.columns import NO_PREDICTION
from desktop_app.ui.facts_reader import FactsReader
from desktop_app.ui.models.image_list import ImageListModel
from desktop_app.ui.models.picture_filter import UNLABELLED
from desktop_app.ui.models.suggestions import Suggestions
from desktop_app.ui.pages.organise import Organising
from desktop_app.ui.presses import ENTER, is_plain, is_press
from desktop_app.ui.session import JobEnded, Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.image_grid import ImageGrid
from desktop_app.ui.widgets.message_bar import MessageBar
from desktop_app.ui.widgets.suggestion_bar import SuggestionBar

if TYPE_CHECKING:
    from desktop_app.engine.jobs import Job

_SOON_MS = 30  # changes come in bursts


class Suggesting(QObject):
    """What a model says about pictures, turned into steps of the organiser by the person.

    Attributes:
        bar: accepts all suggestions that are sure enough; of test pictures it accepts none.
        offer_bar: asks whether classes shall be suggested.
    """

    def __init__(
        self,
        session: Session,
        theme: Theme,
        images: ImageListModel,
        facts: FactsReader,
        organising: Organising,
        grid: ImageGrid,
        full_view: QWidget,
        page: QWidget,
    ) -> None:
        super().__init__(page)
        self._session = session
        self._images = images
        self._facts = facts
        self._organising = organising
        self.bar = SuggestionBar(theme)
        self.offer_bar = MessageBar(theme)
        self._known = False  # what the newest run says has been read
        self._declined = 0  # pictures without a suggestion of which the person does not want to hear
        self._asked = False  # what is still without a suggestion now can't have one
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self.refresh)
        for watched in (grid, full_view):
            watched.installEventFilter(self)
        for changed in (images.modelReset, images.dataChanged, session.organiser.changed):
            changed.connect(self._soon.start)
        grid.selectionModel().selectionChanged.connect(self._count_selected)
        facts.known.connect(self._on_known)
        session.job_started.connect(self._soon.start)
        session.job_event.connect(self._on_job_event)
        session.job_ended.connect(self._on_job_ended)
        session.runs_changed.connect(self._on_runs)
        self.bar.level_changed.connect(self.refresh)
        self.bar.accepted.connect(self.accept_sure)
        self.offer_bar.closed.connect(self._decline)
        organising.selection_bar.accept.connect(self.accept_selected)

    def on_project(self) -> None:
        """Another project is shown."""
        self._known = self._asked = False
        self._declined = 0
        self.offer_bar.clear()
        self.bar.setVisible(False)

    # ---- what is suggested

    def _shown(self) -> Suggestions:
        everything = self._images.places_of_rows([range(self._images.rowCount())])
        return Suggestions.for_unlabelled(everything, self._images.labels, self._images.columns)

    def _selected(self) -> Suggestions:
        places = self._images.places_of_rows(self._organising.rows_in_hand())
        return Suggestions.for_selected(places, self._images.labels, self._images.columns)

    def _waiting(self) -> int:
        """Unlabelled pictures about which the newest run has not been asked."""
        unlabelled = self._images.labels == UNLABELLED
        return int(np.count_nonzero(unlabelled & (self._images.columns.predicted == NO_PREDICTION)))

    def refresh(self) -> None:
        """Say what is suggested for the pictures shown."""
        found = self._shown()
        sure = found.at_least(self.bar.level)
        classes = self._images.classes
        self.bar.say(
            len(found),
            [(classes[label], count) for label, count in sure.counts().items()],
            int(np.count_nonzero(found.locked)),
            why_not=self._session.organiser.why_not,
        )
        self.bar.setVisible(len(found) > 0)
        self._offer()
        self._count_selected()

    def _count_selected(self) -> None:
        can = self._session.organiser.can_change
        self._organising.selection_bar.set_suggestions(len(self._selected()) if can else 0)

    # ---- asking for suggestions

    def _offer(self) -> None:
        waiting = self._waiting()
        has_model = any(run.status in ("done", "stopped") for run in self._session.runs)
        if not self._known or not has_model or self._session.busy or waiting <= self._declined:
            self.offer_bar.clear()
            return
        what, why = self.tr("%Ln unlabelled pictures.", "", waiting), self.tr("Discern can suggest classes for them.")
        if waiting == 1:
            what, why = self.tr("One unlabelled picture."), self.tr("Discern can suggest a class for it.")
        if self.offer_bar.isHidden() or self.offer_bar.text() != f"{what} {why}":
            self.offer_bar.show_message("info", what, why, actions=[(self.tr("Suggest"), self.ask)], icon="magic-wand")

    def ask(self) -> None:
        """Let the newest run look at every picture."""
        if self._session.project is not None and not self._session.busy:
            self.offer_bar.clear()
            self._session.start_job(SuggestJob(str(self._session.project.root)))

    def _decline(self) -> None:
        self._declined = self._waiting()

    def _on_job_event(self, job: Job, event: Event) -> None:
        if job.kind == "suggest" and event == StepStarted(Step.COMPARE):
            self._facts.refresh()  # the unlabelled pictures are done

    def _on_job_ended(self, ending: JobEnded) -> None:
        if ending.job.kind == "suggest":
            self._asked = isinstance(ending.result, Suggested)
            self._facts.refresh()
            if ending.error is not None:
                self._organising.problem_bar.show_error(ending.error)
        self._soon.start()

    def _on_known(self) -> None:
        self._known = True
        if self._asked:
            self._asked = False
            self._declined = self._waiting()  # they can't be read
        self._soon.start()

    def _on_runs(self, _initiator: object) -> None:
        self._known = False  # until the newest run's answers have been read
        self._declined = 0

    # ---- accepting

    def accept_sure(self) -> None:
        """Accept what is sure enough of all that is shown."""
        self._organising.accept(self._shown().at_least(self.bar.level))

    def accept_selected(self) -> None:
        self._organising.accept(self._selected())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter accepts, where there is something to be accepted."""
        if is_press(event) and is_plain(event) and event.key() in ENTER and len(self._selected()):
            self.accept_selected()
            return True
        return False
