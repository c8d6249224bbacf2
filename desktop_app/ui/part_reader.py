"""Reads the parts of a picture that are looked at closely, with all their pixels."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QRect
from PySide6.QtGui import QImage

from desktop_app.errors import DiscernError
from desktop_app.ui.full_pictures import FullPicture, read_part
from desktop_app.ui.latest import Latest
from desktop_app.ui.session import Session
from desktop_app.ui.widgets.picture_view import PictureView


class PartReader(QObject):
    """Gives a view what it wants of the picture it shows; where that fails, the coarse picture stays.

    Args:
        shown: the picture in the view and its file; None while there is none.
    """

    def __init__(
        self, session: Session, view: PictureView, shown: Callable[[], tuple[Path, FullPicture] | None]
    ) -> None:
        super().__init__(view)
        self._view = view
        self._shown = shown
        self._asked: tuple[FullPicture, QRect] | None = None
        self._parts: Latest[QImage] = Latest(session, self, self._take, self._refuse)
        view.part_wanted.connect(self._ask)

    def _ask(self, part: QRect, scale: float) -> None:
        if (shown := self._shown()) is not None:
            path, picture = shown
            self._asked = (picture, part)
            self._parts.ask(partial(read_part, path, part, scale, picture.stretch))

    def _take(self, image: QImage) -> None:
        assert self._asked is not None
        picture, part = self._asked
        shown, self._asked = self._shown(), None
        if shown is not None and shown[1] is picture:
            self._view.show_part(part, image)

    def _refuse(self, _error: DiscernError) -> None:
        self._asked = None
