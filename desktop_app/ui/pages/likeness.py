"""Sorting the pictures of the Images page by how alike they are to the current one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop_app.ui.models.image_list import ImageListModel
from desktop_app.ui.models.picture_filter import Sort
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.image_grid import ImageGrid
from desktop_app.ui.widgets.message_bar import MessageBar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Likeness(QObject):
    """`bar` says what is missing; `sorted_` is called when the list is in its order."""

    def __init__(
        self,
        session: Session,
        theme: Theme,
        images: ImageListModel,
        grid: ImageGrid,
        sorted_: Callable[[], None],
        page: QWidget,
    ) -> None:
        super().__init__(page)
        self._session, self._images, self._grid, self._sorted = session, images, grid, sorted_
        self.bar = MessageBar(theme)
        session.project_changed.connect(lambda _initiator: self.bar.clear())

    def sort(self, sort: Sort) -> None:
        """Sort by likeness to the current picture, as soon as that is worked out."""
        from desktop_app.features.likeness import distances

        project, row = self._session.project, self._grid.currentIndex().row()
        self.bar.clear()
        if project is None:
            return
        if not 0 <= row < self._images.rowCount():
            self.bar.show_message(
                "info",
                self.tr("Alike to which picture?"),
                self.tr("Choose one, then sort again: the most similar ones come first."),
            )
            return
        file, columns = self._images.file(row), self._images.columns
        place = int(self._images.places_of([file])[0])

        def take(found: NDArray[np.float32] | None) -> None:
            if self._session.project is not project or self._images.columns.files != columns.files:
                return  # another list is shown by now
            if found is None:
                self._say_unknown()
                return
            self._images.set_distances(found)
            self._images.set_sort(sort)
            self._sorted()

        self._session.read(lambda: distances(project.index, columns.hashes, place), take, owner=self)

    def _say_unknown(self) -> None:
        self.bar.show_message(
            "info",
            self.tr("This picture has not been compared with others yet."),
            self.tr("The health check compares all pictures, in the background."),
            actions=[(self.tr("Check the pictures"), self._check)],
        )

    def _check(self) -> None:
        self.bar.clear()
        self._session.check_health_now()
