"""Every picture through the frozen backbone once; the results stay in the project's index."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop_app.errors import DataError, ImageError
from desktop_app.events import Event, PictureSkipped, Progress, Step, StepStarted
from desktop_app.features.runtime import Frozen
from desktop_app.project import names
from desktop_app.project.catalog import LEFT_OUT, Snapshot
from desktop_app.project.following import Lost, read_all
from desktop_app.project.imaging import load_rgb
from desktop_app.project.index import STORE_SECONDS
from desktop_app.project.project import Project
from desktop_app.stopwatch import Beat, Pace

MOST_VANISHED = 0.05  # of the pictures; more than that is a lost drive, not a tidied folder


def embed(
    project: Project, snapshot: Snapshot, open_network: Callable[[], Frozen], key: str
) -> Generator[Event, None, tuple[Snapshot, NDArray[np.float32]]]:
    """The embedding of every picture that takes part in a training; those not in the index yet are computed.

    What was computed is stored about every second, and when the generator is closed.

    Args:
        open_network: called only if something must be computed.
        key: names the embeddings in the index, see `Backbone.embedding_key`.

    Returns:
        The snapshot, in which pictures that can't be read take part in nothing, and an array (n, D) with a row for
        each of its files; rows of pictures that take no part are zero.

    Raises:
        DataError: pictures vanish while they are read, or none can be read.
    """
    yield StepStarted(Step.READ)
    taking_part = np.flatnonzero(snapshot.splits != LEFT_OUT)
    rows_of: dict[str, list[int]] = {}  # identical contents are read once
    for row in taking_part.tolist():
        rows_of.setdefault(snapshot.hashes[row], []).append(row)
    vectors = project.index.embeddings(key, list(rows_of))
    missing = [content for content in rows_of if content not in vectors]
    splits = snapshot.splits.copy()
    if missing:
        computed = _compute(project, snapshot, open_network(), key, {content: rows_of[content] for content in missing})
        for content, result in (yield from computed).items():
            if isinstance(result, ImageError):
                splits[rows_of[content]] = LEFT_OUT
                for row in rows_of[content]:
                    yield PictureSkipped(names.for_display(snapshot.files[row]), result.what)
            else:
                vectors[content] = result
    yield Progress(Step.READ, len(rows_of), len(rows_of), 0.0)
    if not vectors:
        raise DataError(
            "None of the pictures can be read.",
            why="There are {n} files in the class folders, none of which is a picture that Discern knows.",
            hint="Put JPEG, PNG, TIFF, BMP, WebP or GIF pictures into the class folders.",
            n=len(snapshot.files),
        )
    matrix = np.zeros((len(snapshot.files), next(iter(vectors.values())).size), np.float32)
    for content, vector in vectors.items():
        matrix[rows_of[content]] = vector
    return replace(snapshot, splits=splits), matrix


def _compute(
    project: Project, snapshot: Snapshot, network: Frozen, key: str, rows_of: dict[str, list[int]]
) -> Generator[Event, None, dict[str, NDArray[np.float32] | ImageError]]:
    """Read the first picture of each content; its result by content."""
    results: dict[str, NDArray[np.float32] | ImageError] = {}
    pace = Pace(Step.READ, len(rows_of))

    def picture(path: Path) -> Sequence[NDArray[np.uint8]] | ImageError:
        try:
            return [load_rgb(path, target=network.preprocessing.size)]
        except ImageError as error:
            return error

    def read(paths: Mapping[str, Path]) -> Generator[Event, None, Lost[str]]:
        lost: Lost[str] = {}
        unsaved: dict[str, NDArray[np.float32]] = {}
        saving = Beat(STORE_SECONDS)
        with contextlib.closing(network.map(picture, paths.values())) as pictures:
            try:
                for done, (content, found) in enumerate(
                    zip(paths, pictures, strict=True), len(rows_of) - len(paths) + 1
                ):
                    seen = project.index.still(paths[content], content, found)
                    if isinstance(seen, ImageError):
                        lost[content] = seen
                        if len(lost) > MOST_VANISHED * len(rows_of) and not project.root.is_dir():
                            raise _vanishing(len(lost))
                    else:
                        results[content] = unsaved[content] = seen[0]
                    yield from pace.after(done)
                    if saving.due():
                        project.index.store_embeddings(key, unsaved)
                        unsaved = {}
            finally:
                project.index.store_embeddings(key, unsaved)
        return lost

    paths = {content: project.path(snapshot.files[rows[0]]) for content, rows in rows_of.items()}
    lost = yield from read_all(project, paths, lambda content: content, read)
    vanished = sum(not paths[content].exists() for content in lost)
    if vanished > MOST_VANISHED * len(rows_of):
        raise _vanishing(vanished)
    return results | lost


def _vanishing(count: int) -> DataError:
    return DataError(
        "Pictures are vanishing while they are read: {n} so far.",
        why="Someone moves or deletes them, or their drive is no longer connected.",
        hint="Put them back, or connect the drive, then train again: what was read is kept.",
        n=count,
    )
