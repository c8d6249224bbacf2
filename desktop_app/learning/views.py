"""Activations of the frozen stages, computed once: for each picture and for a few varied views of it."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop_app.errors import ImageError
from desktop_app.events import Event, PictureSkipped, Step, StepStarted
from desktop_app.features.runtime import Frozen
from desktop_app.learning.activations import Activations, Store
from desktop_app.learning.augmentation import variations
from desktop_app.learning.recipe import Recipe
from desktop_app.project import names
from desktop_app.project.catalog import Snapshot
from desktop_app.project.following import Lost, read_all
from desktop_app.project.imaging import load_rgb
from desktop_app.project.project import Project
from desktop_app.stopwatch import Pace


def compute(
    project: Project, snapshot: Snapshot, views: Mapping[int, int], network: Frozen, recipe: Recipe, store: Store
) -> Generator[Event, None, dict[int, Activations]]:
    """Run the frozen stages on pictures and on varied views of them.

    A view depends on the recipe's seed and the picture's content only: a training that goes on after a kill sees the
    same ones.

    Args:
        views: how many varied views, for each row of the snapshot that is wanted.
        network: the frozen stages; gives (channels, height, width).
        store: keeps what is computed.

    Returns:
        Activations by row; without pictures that can no longer be read.

    Raises:
        StorageError: there is no room for them any more.
    """

    result: dict[int, Activations] = {}
    # Pictures without views are quick and those with views slow, so time is told in networks run.
    total = sum(views.values()) + len(views)
    pace = Pace(Step.VIEWS, total)

    def read(paths: Mapping[int, Path]) -> Generator[Event, None, Lost[int]]:
        def images(row: int) -> Sequence[NDArray[np.uint8]] | ImageError:
            try:
                image = load_rgb(paths[row], target=network.preprocessing.size)
            except ImageError as error:
                return error
            return [image, *variations(image, recipe, snapshot.hashes[row], views[row])]

        lost: Lost[int] = {}
        done = total - sum(1 + views[row] for row in paths)
        with contextlib.closing(network.map(images, paths)) as computed:
            for row, found in zip(paths, computed, strict=True):
                seen = project.index.still(paths[row], snapshot.hashes[row], found)
                if isinstance(seen, ImageError):
                    lost[row] = seen
                else:
                    result[row] = store.keep(np.stack([activations.astype(np.float16) for activations in seen]))
                done += 1 + views[row]
                yield from pace.after(done)
        return lost

    yield StepStarted(Step.VIEWS)
    paths = {row: project.path(snapshot.files[row]) for row in views}
    lost = yield from read_all(project, paths, lambda row: snapshot.hashes[row], read)
    for row, error in lost.items():
        yield PictureSkipped(names.for_display(snapshot.files[row]), error.what)
    return result
