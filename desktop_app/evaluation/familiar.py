"""What a run has learnt from, so that it can tell a picture that is like nothing of it: by their embeddings.

Where the backbone stayed frozen they are in the index; otherwise the run's own graph gives them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray

from desktop_app import storage
from desktop_app.errors import ImageError
from desktop_app.evaluation.evaluate import unlike_file
from desktop_app.evaluation.predicting import cached_embeddings, read_head
from desktop_app.events import Event, Events, Step, StepStarted
from desktop_app.features.unlike import Unlike
from desktop_app.project.catalog import Snapshot
from desktop_app.project.project import Project
from desktop_app.project.runs import Run
from desktop_app.stopwatch import Pace

MOST = 1000  # pictures; more would hardly change the distance


def learn_familiar(project: Project, run: Run) -> Events:
    """Keep with a run what its training pictures look like to it, unless that is done already; yields the progress.

    Pictures that can't be read are passed over. Nothing is kept where there are too few.

    Raises:
        DataError: the run's list of pictures is damaged.
        PackageError: the run's graph can't be trusted.
        StorageError: the disk refused.
    """
    model = storage.sha256(run.model_onnx)
    if Unlike.load(unlike_file(run), model) is not None:
        return
    yield StepStarted(Step.MEASURE)
    snapshot = Snapshot.read_csv(run.snapshot_csv)
    rows = _chosen(snapshot)
    vectors = yield from _embeddings(project, run, snapshot, rows)
    kept = [row for row in rows if row in vectors]
    if not kept:
        return
    unlike = Unlike.of(np.stack([vectors[row] for row in kept]), snapshot.labels[kept])
    if unlike is not None:
        unlike.save(unlike_file(run), model)


def _chosen(snapshot: Snapshot) -> list[int]:
    """Training pictures of all classes, as many of each in turn, in an order that only their contents decide."""
    rows = sorted(snapshot.rows("train").tolist(), key=lambda row: snapshot.hashes[row])
    labels = snapshot.labels[rows]
    turn = np.zeros(len(rows), np.int64)
    for label in np.unique(labels):
        turn[labels == label] = np.arange(np.count_nonzero(labels == label))
    order = np.argsort(turn, kind="stable")[:MOST]
    return [rows[place] for place in order.tolist()]


def _embeddings(
    project: Project, run: Run, snapshot: Snapshot, rows: list[int]
) -> Generator[Event, None, dict[int, NDArray[np.float32]]]:
    """The embedding of each row that can be read, as the run's own network gives it."""
    contents = [snapshot.hashes[row] for row in rows]
    head = read_head(run)
    cached = cached_embeddings(project, run, contents, len(head[0])) if head else {}
    vectors = {row: cached[content] for row, content in zip(rows, contents, strict=True) if content in cached}
    missing = [row for row in rows if row not in vectors]
    if not missing:
        return vectors
    # Slow to import, and not needed where everything is cached.
    from desktop_app.features import graph_check, graphs
    from desktop_app.features.preprocessing import Preprocessing
    from desktop_app.features.runtime import Network, map_pictures

    preprocessing = Preprocessing.from_dict(run.document.get("preprocessing"))
    graph = graph_check.check(run.model_onnx.read_bytes(), preprocessing, len(run.classes))
    network = Network(graphs.without_head(graph).SerializeToString(), preprocessing)
    pace = Pace(Step.MEASURE, len(missing))
    paths = [project.path(snapshot.files[row]) for row in missing]
    with contextlib.closing(map_pictures(network, paths)) as results:
        for position, found in results:
            row = missing[position]
            result = project.index.still(paths[position], snapshot.hashes[row], found)
            if not isinstance(result, ImageError):
                vectors[missing[position]] = result
            yield from pace.after(position + 1)
    return vectors
