"""The pictures behind a result, one in full: with all that the model says of it, and corrected on the spot."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from desktop_app.ui.models.now import Now
from desktop_app.ui.models.preparation import preparation_of
from desktop_app.ui.pages.correcting import Correcting
from desktop_app.ui.pages.full_view import FullView
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.behind_panel import BehindPanel
from desktop_app.ui.widgets.correct_row import CorrectRow

if TYPE_CHECKING:
    from desktop_app.project.runs import Run


class BehindView(QObject):
    """Keys correct in full view (`full`) and, for the selected pictures, in the grid of `panel`.

    Args:
        run: the run whose result is shown.
    """

    def __init__(
        self,
        session: Session,
        panel: BehindPanel,
        theme: Theme,
        run: Callable[[], Run | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._panel = panel
        self._model = panel.model
        self.buttons = CorrectRow(theme)
        self.full = FullView(
            session,
            self._model,
            theme,
            preparation=lambda: preparation_of(shown) if (shown := run()) is not None else None,
            explained=run,
            keys=self._keys(),
            about=(self.buttons,),
        )
        self.correcting = Correcting(session, self._in_hand, self._are_excluded, (self.full, panel.grid), self)
        self.buttons.relabelled.connect(self.correcting.relabel)
        self.buttons.excluded.connect(self.correcting.exclude)
        for signal in (self.correcting.kept, self.correcting.relabelled, self.correcting.excluded):
            signal.connect(self._go_on)
        self.full.shown.connect(self._show_buttons)
        session.organiser.changed.connect(self._show_buttons)

    def _keys(self) -> list[tuple[str, str]]:
        return [
            ("1–9", self.tr("relabel")),
            ("X", self.tr("exclude")),
            ("K", self.tr("label is right")),
            (self.tr("Ctrl+Z"), self.tr("undo")),
        ]

    def open(self, row: int) -> None:
        self.full.show_row(row)
        self.full.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_now(self, now: Now) -> None:
        """Pictures were moved or excluded since they were measured."""
        self._model.show_now(now, self._session.classes)
        if self.full.isVisible() and 0 <= self.full.row < self._model.rowCount():
            self.full.show_row(self.full.row)

    def _rows(self) -> list[int]:
        """What a key is for."""
        if self.full.isVisible():
            return [self.full.row]
        return [row for part in self._panel.grid.selected_rows() for row in part]

    def _in_hand(self) -> list[str]:
        return [self._model.file(row) for row in self._rows()]

    def _are_excluded(self) -> bool:
        return all(self._model.is_excluded(row) for row in self._rows())

    def _go_on(self, *_what: object) -> None:
        following = self.full.row + 1
        if self.full.isVisible() and self._session.settings.auto_advance and following < self._model.rowCount():
            self.full.show_row(following)

    def _show_buttons(self, *_what: object) -> None:
        row, organiser = self.full.row, self._session.organiser
        excluded = 0 <= row < self._model.rowCount() and self._model.is_excluded(row)
        self.buttons.show_state(self._session.classes, excluded=excluded, why_not=organiser.why_not)
