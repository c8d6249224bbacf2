"""Marks that a person puts on pictures of the Images page, by a key, a button or the menu: golden, excluded."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from desktop_app.project.marks import Mark
from desktop_app.ui.models.image_list import ImageListModel
from desktop_app.ui.pages.full_view import FullView
from desktop_app.ui.session import Session


class Marking(QObject):
    """
    Signals:
        changed(): other pictures have marks; what is shown of them may be no more than a guess.
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

    def toggle(self, mark: Mark) -> None:
        """Put a mark on the pictures in hand; take it off if all of them have it."""
        places = self._images.places_of_rows(self._in_hand())
        if not len(places) or not self._organiser.can_change:
            return
        on = not self._all_have(mark)
        files = self._images.files_at(places)
        self._images.foresee_mark(places, mark, on=on)
        self._organiser.mark(mark, files, on=on)
        if self._full_view.isVisible() and (row := self._full_view.row) < self._images.rowCount():
            self._full_view.show_row(row)

    def words(self, mark: Mark) -> str:
        """What `toggle` would do."""
        if mark == Mark.GOLDEN:
            return self.tr("Take out of the golden set") if self._all_have(mark) else self.tr("Put into the golden set")
        return self.tr("Include again") if self._all_have(mark) else self.tr("Exclude")

    def _all_have(self, mark: Mark) -> bool:
        places = self._images.places_of_rows(self._in_hand())
        return bool(len(places)) and bool(self._images.have_mark(places, mark).all())
