"""Going through the pictures that a release would newly get wrong, in full: each is looked at, and accepted or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Signal

from desktop_app.ui.models.preparation import Preparation, preparation_of
from desktop_app.ui.pages.full_view import FullView
from desktop_app.ui.presses import ENTER, is_press
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.thumbnails import Thumbnails
from desktop_app.ui.widgets.gate_view import GateView
from desktop_app.ui.widgets.miss_bar import MissBar

if TYPE_CHECKING:
    from desktop_app.project.runs import Run


class Missing(QObject):
    """`view` is shown while it lasts.

    Signals:
        started(), ended(): show `view`, or the page again.
    """

    started = Signal()
    ended = Signal()

    def __init__(
        self,
        session: Session,
        theme: Theme,
        gate: GateView,
        thumbnails: Thumbnails,
        run: Callable[[], Run | None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._gate = gate
        self._run = run
        self.bar = MissBar(theme)
        self.view = FullView(
            session,
            gate.misses,
            theme,
            thumbnails=thumbnails,
            preparation=self._preparation,
            explained=run,
            keys=((self.tr("Enter"), self.tr("accept this miss")),),
            below=self.bar,
        )
        self.view.installEventFilter(self)
        gate.open_requested.connect(self._open)
        self.view.closed.connect(self._close)
        self.view.shown.connect(self._show)
        self.bar.toggled.connect(self._toggle)

    def _preparation(self) -> Preparation | None:
        run = self._run()
        return preparation_of(run) if run is not None else None

    def _open(self, row: int) -> None:
        self.view.show_row(row)
        self._show(row)
        self.started.emit()

    def _close(self, row: int) -> None:
        self.ended.emit()
        if 0 <= row < self._gate.misses.rowCount():
            self._gate.grid.setCurrentIndex(self._gate.misses.index(row))

    def _show(self, row: int) -> None:
        misses = self._gate.misses
        if 0 <= row < misses.rowCount():
            self.bar.show_miss(misses.words(row), accepted=misses.is_accepted(row))

    def _toggle(self) -> None:
        """Accept what is shown, and go on to the next; or take it back."""
        row, misses = self.view.row, self._gate.misses
        on = not misses.is_accepted(row)
        self._gate.accept_rows([row], on=on)
        if on and row + 1 < misses.rowCount():
            self.view.show_row(row + 1)
        self._show(self.view.row)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if is_press(event) and event.key() in ENTER:
            self._toggle()
            return True
        return False
