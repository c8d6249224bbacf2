"""Looks at the project's folders whenever something may have changed there: in the background, one look at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from desktop_app.errors import DiscernError
from desktop_app.ui.listing import Listing
from desktop_app.ui.thumbnails import changed_files, project_look
from desktop_app.ui.watching import FolderWatch

if TYPE_CHECKING:
    from desktop_app.ui.session import Session


@dataclass(frozen=True)
class Seen:
    """What a look saw.

    Attributes:
        listing: None if the folders hold what they held.
        folders: that can hold pictures; absolute paths.
        replaced: pictures that were shown and have other contents now.
    """

    listing: Listing | None
    folders: list[str]
    replaced: list[str]


class Looking(QObject):
    """Follows what other programs do in the folders of the session's project.

    Signals:
        seen(seen: Seen, initiator)
        failed(error: DiscernError): the folders could not be looked at.
    """

    seen = Signal(object, object)
    failed = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._watch = FolderWatch(self)
        self._watch.changed.connect(self._on_folders_changed)
        self._looks = False
        self._again = False
        self._changed: set[str] = set()  # folders, since the last look began

    def start(self) -> None:
        """Watch the folders of the project that was opened, as soon as a look has found them."""
        self._watch.start()

    def stop(self) -> None:
        self._watch.stop()
        self._changed.clear()

    def expect_return(self, absent: bool) -> None:
        """Look more often while the project's folder is gone."""
        self._watch.expect_return(absent)

    def look(self, initiator: QObject | None = None) -> None:
        """Look now, or once more when the look that has begun is done."""
        project, listings = self._session.project, self._session.listings
        if project is None or listings is None or self._session.ending:
            return
        if self._looks:
            self._again = True
            return
        changed, self._changed = self._changed, set()
        shown = self._session.thumbnails.facts()
        first = listings.newest.number == 0

        def scan() -> Seen:
            listing = listings.scan(changed)
            if first:  # later ones would write long lists for every picture that moves
                project.remember_folders()
            return Seen(listing, listings.folders(), changed_files(shown, project_look(project)))

        def succeed(seen: Seen) -> None:
            if self._session.listings is listings:
                # The folder above tells when the project's is renamed.
                self._watch.watch([str(project.root.parent), *seen.folders])
                self.seen.emit(seen, initiator)
            self._end()

        def fail(error: DiscernError) -> None:
            if self._session.listings is listings:
                self.failed.emit(error)
            self._end()

        self._looks = True
        self._session.read(scan, succeed, fail)

    def _end(self) -> None:
        self._looks = False
        if self._again:
            self._again = False
            self.look()  # for whoever asked meanwhile

    @Slot(object)
    def _on_folders_changed(self, folders: Sequence[str]) -> None:
        self._changed.update(folders)
        self.look()
