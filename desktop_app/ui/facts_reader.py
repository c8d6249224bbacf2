"""Reads in the background what filters, orders and badges need to know of the pictures, and gives it to their list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop_app.ui.models.image_list import ImageListModel
from desktop_app.ui.session import Session

if TYPE_CHECKING:
    from desktop_app.project.catalog import Catalog
    from desktop_app.project.columns import Columns
    from desktop_app.project.name_order import NameOrder
    from desktop_app.project.places import Places
    from desktop_app.project.project import Project
    from desktop_app.project.runs import Run

_SOON_MS = 200  # changes come in bursts
_MANY = 20_000  # with more pictures, files are looked at and names are sorted anew only where somebody needs it


@dataclass(frozen=True)
class _Known:
    catalog: Catalog
    columns: Columns
    places: Places


class FactsReader(QObject):
    """Follows the session by itself.

    Signals:
        known(): something that was unknown is known now.
    """

    known = Signal()

    def __init__(self, session: Session, images: ImageListModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._images = images
        self._reading = False
        self._again = False
        self._named: tuple[str, ...] = ()  # the files whose names are sorted
        self._looked = False  # sizes and dates are known wherever they can be
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._read)
        session.project_changed.connect(self._on_project)
        session.catalog_changed.connect(self._on_catalog)
        session.runs_changed.connect(self.refresh)
        self.refresh()

    def refresh(self, _initiator: object = None) -> None:
        """Read again, soon: the index, the splits or the newest run may have changed."""
        if self._session.project is not None:
            self._soon.start()

    @property
    def settled(self) -> bool:
        """All that can be known without being asked for is known."""
        catalog = self._session.catalog
        waits = self._reading or self._again or self._soon.isActive()
        return not waits and catalog is not None and catalog.files == self._named

    def look(self) -> None:
        """Look at files whose size and date the index does not know; call it before somebody needs them."""
        project, columns = self._session.project, self._images.columns
        if self._looked or project is None or not (columns.size < 0).any():
            return
        from desktop_app.project.columns import read_dates_and_sizes

        self._looked = True
        root = project.root

        def take(answer: Columns) -> None:
            if self._session.project is project:
                # Meanwhile the index may have told more.
                now = self._images.columns
                if now.files == answer.files and not (now.size >= 0).all():
                    self._images.set_columns(answer)
                    self.known.emit()

        self._session.read(lambda: read_dates_and_sizes(root, columns), take, owner=self)

    def _on_project(self, _initiator: object) -> None:
        self._named, self._looked = (), False
        self._soon.stop()
        if self._session.project is not None:
            self._read()

    def _on_catalog(self, initiator: object) -> None:
        catalog = self._session.catalog
        own_step = initiator is self._session.organiser
        if catalog is not None and not (own_step and len(catalog.files) > _MANY):
            self.refresh()  # what a step has moved is known already, but among few pictures asking costs nothing

    def _read(self) -> None:
        session = self._session
        project, catalog, runs = session.project, session.catalog, session.runs
        if project is None or catalog is None:
            return
        if self._reading:
            self._again = True
            return
        self._reading = True
        session.read(
            lambda: _known(project, catalog, next((run for run in runs if run.usable), None)),
            self._take,
            lambda _error: self._end(),
            owner=self,
        )

    def _take(self, known: _Known) -> None:
        catalog = self._session.catalog
        if catalog is not None and self._session.project is not None and catalog.files == known.catalog.files:
            self._looked = False
            self._images.set_columns(known.columns, known.places)
            self.known.emit()
            if len(catalog.files) <= _MANY:
                self.look()
            self._read_names(catalog)
        else:
            self._again = True
        self._end()

    def _end(self) -> None:
        self._reading = False
        if self._again:
            self._again = False
            self.refresh()

    def _read_names(self, catalog: Catalog) -> None:
        if catalog.files == self._named:
            return
        from desktop_app.project.name_order import NameOrder

        def take(names: NameOrder) -> None:
            if self._session.catalog is not None and self._session.catalog.files == catalog.files:
                self._named = catalog.files
                self._images.set_names(names)
                self.known.emit()

        self._session.read(lambda: NameOrder.of(catalog.files), take, owner=self)


def _known(project: Project, catalog: Catalog, run: Run | None) -> _Known:
    from desktop_app.project.columns import read_columns
    from desktop_app.project.places import Places

    places = Places(catalog.files)
    return _Known(catalog, read_columns(project, catalog, run, places), places)
