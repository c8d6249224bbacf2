"""Labelled pictures with their embeddings, as advice about them needs them: any row may be held out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.errors import DataError
from desktop_app.events import Event, Split
from desktop_app.learning.backbones import Backbone
from desktop_app.project import names
from desktop_app.project.catalog import LEFT_OUT, SPLITS, Snapshot
from desktop_app.project.dealing import stratified_group_folds
from desktop_app.project.project import Project

if TYPE_CHECKING:
    from desktop_app.features.preprocessing import Fit
    from desktop_app.features.runtime import Network


@dataclass(frozen=True, eq=False)
class Embedded:
    """Arrays have an entry for every picture; copies of one file are in one group.

    Attributes:
        embeddings: (n, D)
        labels: (n,) indices into `classes`, each of which occurs in two groups or more.
        groups: (n,) "" for a picture that belongs to nothing.
        classes: their names.
    """

    embeddings: NDArray[np.float32]
    labels: NDArray[np.int32]
    groups: tuple[str, ...]
    classes: tuple[str, ...]


def chosen(snapshot: Snapshot, splits: Sequence[Split], most: int | None = None) -> Snapshot:
    """The snapshot in which only those splits take part, and of them about `most` pictures: whole groups, every class.

    Classes of which nothing can be held out are left out.

    Raises:
        DataError: fewer than two classes are left.
    """
    from desktop_app.learning.probing import can_be_held_out

    taking_part = np.isin(snapshot.splits, [SPLITS.index(split) for split in splits])
    groups = whole_groups(snapshot)
    rows = np.flatnonzero(taking_part)
    rows = rows[can_be_held_out(snapshot.labels[rows], [groups[row] for row in rows.tolist()])]
    if most and len(rows) > most:
        parts = -(-len(rows) // most)
        part_of = stratified_group_folds(snapshot.labels[rows], [groups[row] for row in rows.tolist()], parts, seed=0)
        rows = rows[part_of == 0]
        rows = rows[can_be_held_out(snapshot.labels[rows], [groups[row] for row in rows.tolist()])]
    if len(np.unique(snapshot.labels[rows])) < 2:
        raise DataError(
            "There are too few pictures to compare anything on.",
            why="At least two classes need pictures of two parts: some to learn from, others to be asked about.",
            hint="Add pictures, then try again.",
        )
    kept = np.full(len(snapshot.files), LEFT_OUT, np.int8)
    kept[rows] = snapshot.splits[rows]
    return replace(snapshot, splits=kept)


def whole_groups(snapshot: Snapshot) -> tuple[str, ...]:
    """The group of each picture; copies of one file that are in none are one, too."""
    copies = Counter(snapshot.hashes)
    return tuple(
        group or (content if copies[content] > 1 else "")
        for group, content in zip(snapshot.groups, snapshot.hashes, strict=True)
    )


def read(project: Project, snapshot: Snapshot, backbone: Backbone, fit: Fit) -> Generator[Event, None, Embedded]:
    """The embeddings of the pictures that take part; those that the index does not have are computed.

    Raises:
        DataError: too few pictures can be read.
        WeightsError: the backbone's weights are missing or damaged, and something must be computed.
    """
    from desktop_app.features.embeddings import embed

    key = backbone.embedding_key(fit)
    known, embeddings = yield from embed(project, snapshot, open_network(backbone, fit), key)
    return gather(chosen(known, SPLITS), embeddings)


def gather(snapshot: Snapshot, embeddings: NDArray[np.float32]) -> Embedded:
    """The rows that take part, with classes numbered anew."""
    rows = np.flatnonzero(snapshot.splits != LEFT_OUT)
    present, labels = np.unique(snapshot.labels[rows], return_inverse=True)
    groups = whole_groups(snapshot)
    return Embedded(
        embeddings[rows],
        labels.astype(np.int32),
        tuple(groups[row] for row in rows.tolist()),
        tuple(snapshot.classes[label] for label in present.tolist()),
    )


def open_network(backbone: Backbone, fit: Fit) -> Callable[[], Network]:
    """What opens the frozen network, from a picture to its embedding."""
    return partial(_network, backbone, fit)


def _network(backbone: Backbone, fit: Fit) -> Network:
    from desktop_app.features import graphs
    from desktop_app.features.runtime import Network
    from desktop_app.learning import backbone_graphs

    preprocessing = backbone.preprocessing(fit)
    graph = graphs.up_to(backbone_graphs.load(backbone), graphs.EMBEDDING)
    return Network(graphs.with_preprocessing(graph, preprocessing).SerializeToString(), preprocessing)


def subject(snapshot: Snapshot, *more: str) -> str:
    """A name for the pictures that take part, with their classes and groups, and for `more`."""
    digest = hashlib.sha256("\0".join(more).encode())
    groups = whole_groups(snapshot)
    lines = [
        f"{snapshot.hashes[row]} {names.same_text(snapshot.classes[snapshot.labels[row]])} {groups[row]}\n"
        for row in np.flatnonzero(snapshot.splits != LEFT_OUT).tolist()
    ]
    for line in sorted(lines):
        digest.update(line.encode())
    return digest.hexdigest()[:32]
