"""What became of the measured pictures since: the Evaluate page finds them where they are, and says what changed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop_app.errors import DiscernError
from desktop_app.ui import wording
from desktop_app.ui.latest import Latest
from desktop_app.ui.models.now import Now, read_now
from desktop_app.ui.models.result import Result
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.message_bar import MessageBar

if TYPE_CHECKING:
    from desktop_app.project.outcome import Outcome


class SinceMeasured(QObject):
    """
    Signals:
        known(now: Now): how it is now, of the pictures of the result that is shown.
        train_requested(): the person wants to learn from what has changed.
    """

    known = Signal(object)
    train_requested = Signal()

    def __init__(self, session: Session, theme: Theme, page: QWidget) -> None:
        """`page`: nothing is looked up while nobody sees it."""
        super().__init__(page)
        self._session = session
        self._page = page
        self._waits = False  # for the page to be seen
        self._result: Result | None = None
        self._reading: Latest[Now] = Latest(session, self, self._take, self._ignore)
        self.bar = MessageBar(theme)
        session.catalog_changed.connect(self._look)
        session.organiser.step_ended.connect(self._on_step)
        page.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and self._waits:
            self._look()
        return False

    def show_result(self, result: Result | None) -> None:
        """Another result is shown, or none."""
        self._result = result
        self.bar.clear()
        self._look()

    def _on_step(self, outcome: Outcome) -> None:
        if outcome.marked:
            self._look()  # the catalog is as it was

    def _look(self, _initiator: object = None) -> None:
        project, catalog, result = self._session.project, self._session.catalog, self._result
        if project is None or catalog is None or result is None or not catalog.complete:
            self._reading.forget()
            return
        # The contents of a million pictures take a second to read: not after each step on another page.
        self._waits = not self._page.isVisible()
        if not self._waits:
            self._reading.ask(partial(read_now, project, catalog, result.predictions))

    def _take(self, now: Now) -> None:
        if self._result is None or len(now.files) != len(self._result.predictions):
            return
        self.known.emit(now)
        if what := self._words(now):
            self.bar.show_message(
                "info",
                what,
                self.tr("The figures are of the pictures and labels of then. Train again to learn from the change."),
                actions=[(self.tr("Go to Train"), self.train_requested.emit)],
                icon="tag",
            )
        else:
            self.bar.clear()

    def _ignore(self, _error: DiscernError) -> None:
        """The index can't be read: the pictures are shown where they lay."""

    def _words(self, now: Now) -> str:
        """ "Since this was measured: 2 changed class, 1 excluded."; empty if nothing happened to them."""
        relabelled, excluded, gone = now.counts
        kinds = (
            (relabelled, self.tr("{n} changed class")),
            (excluded, self.tr("{n} excluded")),
            (gone, self.tr("{n} gone")),
        )
        parts = [text.format(n=wording.number(n)) for n, text in kinds if n]
        if not parts:
            return ""
        return self.tr("Since this was measured: {changes}.").format(changes=", ".join(parts))
