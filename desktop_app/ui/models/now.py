"""Where the measured pictures lie by now, and what was said of them since: a result keeps the labels of then."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.project import names

if TYPE_CHECKING:
    from desktop_app.evaluation.predictions import Predictions
    from desktop_app.project.catalog import Catalog
    from desktop_app.project.project import Project


@dataclass(frozen=True, eq=False)
class Now:
    """One entry a picture, in the order of the predictions.

    Attributes:
        files: where it lies; where it lay then if it is gone.
        labels: the name of its class; "" if it is in none, or gone.
        there: whether it is still in the project.
        relabelled: whether it is in another class than then.
        excluded: whether it takes part in nothing.
    """

    files: list[str]
    labels: list[str]
    there: NDArray[np.bool_]
    relabelled: NDArray[np.bool_]
    excluded: NDArray[np.bool_]

    @cached_property
    def counts(self) -> tuple[int, int, int]:
        """How many are in another class, are excluded, are gone."""
        changed = self.relabelled & ~self.excluded
        return int(changed.sum()), int((self.excluded & self.there).sum()), int((~self.there).sum())


def read_now(project: Project, catalog: Catalog, predictions: Predictions) -> Now:
    """Find the pictures of a result in the project, by their contents.

    Raises:
        StorageError: the cache folder's disk fails.
    """
    from desktop_app.project.columns import Contents, read_columns
    from desktop_app.project.marks import Mark
    from desktop_app.project.places import Places

    places = Places(catalog.files)
    hashes = read_columns(project, catalog, places=places, only=("hashes",)).hashes
    measured = np.array([content.encode() for content in predictions.hashes], "S32")
    contents = Contents(hashes)
    # Of copies, the first; but one that lies where it lay is the one that was measured.
    first = np.full(len(contents) + 1, -1, np.intp)
    first[contents.numbers[::-1]] = contents.rows[::-1]
    rows = first[contents.find(measured)]
    same = places.find_all(predictions.files)
    stayed = same >= 0
    stayed[stayed] = (hashes[same[stayed]] == measured[stayed]) | (hashes[same[stayed]] == b"")
    rows = np.where(stayed, same, rows)
    numbers = [int(catalog.labels[row]) if row >= 0 else -1 for row in rows.tolist()]
    labels = [catalog.classes[number] if number >= 0 else "" for number in numbers]
    then = [names.same_text(name) for name in predictions.classes]
    was = [then[number] for number in predictions.actual.tolist()]
    there = rows >= 0
    lay = zip(rows.tolist(), predictions.files, strict=True)
    differs = [names.same_text(name) != old for name, old in zip(labels, was, strict=True)]
    return Now(
        files=[catalog.files[row] if row >= 0 else file for row, file in lay],
        labels=labels,
        there=there,
        relabelled=there & np.array(differs, np.bool_),
        excluded=np.isin(measured, np.array(sorted(project.marked(Mark.EXCLUDED)), "S32")),
    )
