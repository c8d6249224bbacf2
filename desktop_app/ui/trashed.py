"""What lies in the project's trash, as of the newest look at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from desktop_app.errors import DiscernError
    from desktop_app.project.moves import Moves
    from desktop_app.project.trash import Trashed, TrashSize
    from desktop_app.ui.session import Session


class TrashContents(QObject):
    """The pictures that can be restored, by the paths they had. `changed()`: they are others."""

    changed = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._moves: Moves | None = None
        self._reading = False
        self._read_again = False
        self.pictures: tuple[Trashed, ...] = ()

    @property
    def bytes(self) -> int:
        return sum(picture.bytes for picture in self.pictures)

    def follow(self, moves: Moves | None) -> None:
        """Look into the trash of another project; None for no project."""
        self._moves = moves
        self._show(())
        self.refresh()

    def refresh(self) -> None:
        """Look again, in the background."""
        moves = self._moves
        if moves is None:
            return
        if self._reading:
            self._read_again = True
            return

        def show(pictures: list[Trashed]) -> None:
            if moves is self._moves:
                self._show(tuple(pictures))
            self._on_read()

        self._reading = True
        self._session.read(moves.trashed, show, lambda _error: self._on_read(), owner=self)

    def measure(self, then: Callable[[TrashSize], None], failed: Callable[[DiscernError], None]) -> None:
        """Count all that emptying the trash would delete, in the background."""
        if self._moves is not None:
            self._session.read(self._moves.trash_size, then, failed, owner=self)

    def _on_read(self) -> None:
        """A step may have changed the trash while it was read; if that failed, the step that broke it ends soon."""
        self._reading = False
        if self._read_again:
            self._read_again = False
            self.refresh()

    def _show(self, pictures: tuple[Trashed, ...]) -> None:
        if pictures != self.pictures:
            self.pictures = pictures
            self.changed.emit()
