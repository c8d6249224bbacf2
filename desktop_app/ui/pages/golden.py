"""The golden set on the Images page: pictures that must never be got wrong, marked by a key, a button or the menu."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QObject, Signal

from desktop_app.ui.models.image_list import ImageListModel
from desktop_app.ui.pages.full_view import FullView
from desktop_app.ui.session import Session


class GoldenMarking(QObject):
    """
    Signals:
        changed(): the golden set is another; what is shown of it may be no more than a guess.
    """

    changed = Signal()

    def __init__(
        self,
        session: Session,
        images: ImageListModel,
        in_hand: Callable[[], Sequence[range]],
        full_view: FullView,
        parent: QObject,
    ) -> None:
        """`in_hand`: the rows that an action is for."""
        super().__init__(parent)
        self._organiser = session.organiser
        self._images = images
        self._in_hand = in_hand
        self._full_view = full_view
        self._organiser.step_ended.connect(lambda outcome: self.changed.emit() if outcome.marked else None)
        self._organiser.step_failed.connect(lambda _error: self.changed.emit())

    def toggle(self) -> None:
        """Put the pictures in hand into the golden set; take them out of it if all of them are in it."""
        places = self._images.places_of_rows(self._in_hand())
        if not len(places) or not self._organiser.can_change:
            return
        from desktop_app.project.marks import Mark

        on = not self._all_golden()
        files = self._images.files_at(places)
        self._images.foresee_golden(places, golden=on)
        self._organiser.mark(Mark.GOLDEN, files, on=on)
        if self._full_view.isVisible() and (row := self._full_view.row) < self._images.rowCount():
            self._full_view.show_row(row)

    def words(self) -> str:
        """What `toggle` would do."""
        return self.tr("Take out of the golden set") if self._all_golden() else self.tr("Put into the golden set")

    def _all_golden(self) -> bool:
        places = self._images.places_of_rows(self._in_hand())
        return bool(len(places)) and bool(np.all(self._images.columns.golden[places]))
