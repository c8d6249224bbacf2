"""Makes the preview of varied views on the Train page: nine pictures of the project, in the background."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from desktop_app.errors import ImageError
from desktop_app.learning.recipe import Recipe
from desktop_app.ui.session import Session
from desktop_app.ui.widgets.views_preview import ROWS, ViewsPreview

if TYPE_CHECKING:
    from desktop_app.features.preprocessing import Preprocessing
    from desktop_app.project.catalog import Catalog
    from desktop_app.project.project import Project

EDGE = 160  # pixels of a view; the preview shows no more


class Previewing(QObject):
    """Answers what the preview wants; only the newest wish counts."""

    def __init__(self, session: Session, preview: ViewsPreview) -> None:
        super().__init__(preview)
        self._session = session
        self._preview = preview
        self._wish = 0
        self._running = False
        self._next: tuple[Recipe, int] | None = None
        preview.wanted.connect(self.make)

    def open_project(self) -> None:
        self._wish += 1
        self._preview.forget()

    def make(self, recipe: Recipe, turn: int) -> None:
        """Make views by a recipe; while some are being made, the newest wish waits."""
        project, catalog = self._session.project, self._session.catalog
        if project is None or catalog is None:
            return
        self._wish += 1
        if self._running:
            self._next = (recipe, turn)
            return
        self._running = True
        wish = self._wish

        def show(images: list[QImage]) -> None:
            self._running = False
            if self._wish == wish:
                self._preview.show_views(images)
            elif self._next is not None:
                self.make(*self._next)
            self._next = None

        def give_up(_error: object) -> None:
            self._running = False

        self._session.read(lambda: _views(project, catalog, recipe, turn), show, give_up, owner=self)


def spread(catalog: Catalog, count: int = ROWS * ROWS) -> list[int]:
    """Rows of labelled pictures, of as many classes as possible, the same ones each time."""
    labels = np.unique(catalog.labels[catalog.labels >= 0])
    if not len(labels):
        return []
    chosen = labels[np.linspace(0, len(labels) - 1, min(count, len(labels))).astype(int)]
    columns = [_spread_over(np.flatnonzero(catalog.labels == label), count) for label in chosen]
    return [row for turn in zip_longest(*columns) for row in turn if row is not None][:count]


def _spread_over(rows: NDArray[np.intp], count: int) -> list[int]:
    places = np.unique(np.linspace(0, len(rows) - 1, count).astype(int))
    return [int(row) for row in rows[places]]


def _views(project: Project, catalog: Catalog, recipe: Recipe, turn: int) -> list[QImage]:
    """Torch is never imported for this: views are made by Pillow, and fitted as in front of every network."""
    from desktop_app.features.network_input import network_input
    from desktop_app.learning.augmentation import vary
    from desktop_app.learning.backbones import BACKBONES
    from desktop_app.project.imaging import load_rgb

    preparation: Preprocessing = replace(BACKBONES[recipe.backbone].preprocessing(recipe.fit), size=EDGE)
    images = []
    for number, row in enumerate(spread(catalog)):
        try:
            pixels = load_rgb(project.path(catalog.files[row]), target=EDGE)
        except ImageError:
            continue
        if recipe.fine_tune and recipe.views:
            pixels = vary(pixels, recipe, np.random.default_rng((recipe.seed, turn, number)))
        fitted = network_input(np.ascontiguousarray(pixels), preparation)
        images.append(QImage(fitted.data, EDGE, EDGE, 3 * EDGE, QImage.Format.Format_RGB888).copy())
    return images
