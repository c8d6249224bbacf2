"""Training by several processes that `torchrun` started, on one computer or many, with the result of one alone.

The first process is the training, as ever: it alone writes the run, and tells what happens. Before each part that can
be shared it says so to the others, and each does its share: pictures through the backbone, views through the frozen
stages, and of each step of fine-tuning those pictures whose activations it holds. Slopes are added up over all
processes, so that a step is that of the whole batch.
"""

from __future__ import annotations

import contextlib
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.errors import DiscernError, ImageError
from desktop_app.events import Events, Step
from desktop_app.features import graphs
from desktop_app.features.runtime import Network, map_pictures
from desktop_app.following import returned
from desktop_app.learning import backbone_graphs, machine
from desktop_app.learning.activations import Activations, Elsewhere, Store
from desktop_app.learning.backbones import BACKBONES
from desktop_app.learning.examples import Examples
from desktop_app.learning.recipe import Recipe
from desktop_app.learning.team import Team, gathered
from desktop_app.learning.tensors import Tensors
from desktop_app.learning.views import compute
from desktop_app.project.catalog import LEFT_OUT, Snapshot
from desktop_app.project.project import Access, Project, locate_root
from desktop_app.stopwatch import Pace

if TYPE_CHECKING:
    from desktop_app.learning.fine_tuning import FineTuning


# ---- what the first process shares


def begin(team: Team, recipe: Recipe, snapshot: Snapshot) -> None:
    """Tell the others what is trained, and from what."""
    team.tell(
        {"labels": snapshot.labels, "splits": snapshot.splits},
        do="begin",
        recipe=recipe.to_dict(),
        classes=snapshot.classes,
        files=snapshot.files,
        hashes=snapshot.hashes,
        groups=snapshot.groups,
    )


def read_together(
    team: Team, project: Project, snapshot: Snapshot, open_network: Callable[[], Network], key: str, width: int
) -> Events:
    """Each process reads its share of the pictures whose embeddings the index lacks, and stores them there.

    Those that can't be read are left to whoever needs them.

    Args:
        width: of an embedding.
    """
    if team.alone:
        return
    rows = {snapshot.hashes[row]: row for row in np.flatnonzero(snapshot.splits != LEFT_OUT).tolist()}
    known = project.index.embedded(key, list(rows))
    missing = [row for content, row in rows.items() if content not in known]
    if not missing:
        return
    team.tell({"rows": np.array(missing, np.int64)}, do="read")
    mine, found = team.share(missing), {}
    pace = Pace(Step.READ, len(missing))
    for done, (row, vector) in enumerate(_embeddings(open_network(), project, snapshot, mine), start=1):
        found[row] = vector
        yield from pace.after(min(done * team.size, len(missing)))
    everything = _gather_vectors(team, found, width)
    project.index.store_embeddings(key, {snapshot.hashes[row]: vector for row, vector in everything})


def share_views(team: Team, views: Mapping[int, int], stage: str) -> dict[int, int]:
    """Those of some rows with so many views each that this process is to compute, up to a frozen stage."""
    rows = np.array(list(views), np.int64)
    team.tell({"rows": rows, "views": np.array(list(views.values()), np.int64)}, do="views", stage=stage)
    return {row: views[row] for row in team.share(rows.tolist())}


def with_those_elsewhere(team: Team, mine: dict[int, Activations], views: Mapping[int, int]) -> dict[int, Activations]:
    """The activations of all rows of `views` that any process has, in their order."""
    if team.alone:
        return mine
    there = np.concatenate(team.gather(np.array(sorted(mine), np.int64)))
    known = set(there.tolist())
    return {row: mine[row] if row in mine else Elsewhere(1 + views[row]) for row in views if row in known}


def fine_tune(team: Team, phase: FineTuning, train: list[int], validation: list[int]) -> None:
    """Let all others stand where a phase stands, whose examples are those rows."""
    if team.alone:
        return
    state, document = phase.told()
    rows = {"train.rows": np.array(train, np.int64), "train.labels": phase.train.labels}
    rows |= {"validation.rows": np.array(validation, np.int64), "validation.labels": phase.validation.labels}
    team.tell({**state, **rows}, do="fine_tune", **document)


# ---- what the others do


def follow(path: Path) -> None:
    """Do what the first process says, until it has ended; a problem is told there.

    `path`: the project's folder as this computer sees it.
    """
    with gathered() as team:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # the first process may still want to keep its best
        try:
            with Project.open(locate_root(path), Access.READ) as project:
                _Follower(team, project).work()
        except DiscernError as problem:
            if not team.broken:  # else it is the first that has ended
                team.fail(problem)


class _Follower:
    """Each method does its part of what the function of the same name above shares."""

    def __init__(self, team: Team, project: Project) -> None:
        self.team, self.project = team, project
        self._store = Store(0)

    def work(self) -> None:
        parts: dict[str, Callable[..., None]] = {
            "begin": self._begin,
            "read": self._read,
            "views": self._views,
            "fine_tune": self._fine_tune,
            "epoch": self._epoch,
        }
        try:
            while True:
                tensors, document = self.team.hear()
                parts[document.pop("do")](tensors, **document)
        finally:
            self._store.close()

    def _begin(self, tensors: Tensors, recipe: Mapping[str, Any], **columns: list[str]) -> None:
        self.recipe = Recipe.from_dict(recipe)
        self.backbone = BACKBONES[self.recipe.backbone]
        self.preprocessing = self.backbone.preprocessing(self.recipe.fit)
        names = {name: tuple(values) for name, values in columns.items()}
        self.snapshot = Snapshot(
            labels=tensors["labels"].astype(np.int32), splits=tensors["splits"].astype(np.int8), **names
        )

    @cached_property
    def _graph(self) -> Any:
        return backbone_graphs.load(self.backbone)

    def _network(self, stage: str) -> Network:
        graph = graphs.with_preprocessing(graphs.up_to(self._graph, stage), self.preprocessing)
        return Network(graph.SerializeToString(), self.preprocessing)

    def _read(self, tensors: Tensors) -> None:
        mine = self.team.share(tensors["rows"].tolist())
        found = dict(_embeddings(self._network(graphs.EMBEDDING), self.project, self.snapshot, mine))
        deque(_gather_vectors(self.team, found, self.backbone.embedding), 0)

    def _views(self, tensors: Tensors, stage: str) -> None:
        views = dict(zip(tensors["rows"].tolist(), tensors["views"].tolist(), strict=True))
        mine = {row: views[row] for row in self.team.share(list(views))}
        self._store.close()
        self._store = Store(int(self.recipe.memory_share * machine.memory()))
        network = self._network(stage)
        found = returned(compute(self.project, self.snapshot, mine, network, self.recipe, self._store))
        self._activations = with_those_elsewhere(self.team, found, views)

    def _fine_tune(self, tensors: Tensors, **document: Any) -> None:
        from desktop_app.learning.fine_tuning import FineTuning

        def examples(split: str) -> Examples:
            rows, labels = (tensors.pop(f"{split}.{column}") for column in ("rows", "labels"))
            return Examples([self._activations[row] for row in rows.tolist()], labels.astype(np.int64))

        train, validation = examples("train"), examples("validation")
        self._phase = FineTuning.as_told(tensors, document, train, validation, self.team)

    def _epoch(self, tensors: Tensors) -> None:
        returned(self._phase.epochs_part())


# ---- what all do


def _embeddings(
    network: Network, project: Project, snapshot: Snapshot, rows: list[int]
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """The rows that can be read, with their embeddings."""
    paths = [project.path(snapshot.files[row]) for row in rows]
    with contextlib.closing(map_pictures(network, paths)) as pictures:
        for position, result in pictures:
            row = rows[position]
            seen = project.index.still(paths[position], snapshot.hashes[row], result)
            if not isinstance(seen, ImageError):
                yield row, seen


def _gather_vectors(
    team: Team, found: Mapping[int, NDArray[np.float32]], width: int
) -> Iterable[tuple[int, NDArray[np.float32]]]:
    rows = team.gather(np.array(list(found), np.int64))
    vectors = team.gather(np.array(list(found.values()), np.float32).reshape(len(found), width))
    return zip(np.concatenate(rows).tolist(), np.concatenate(vectors), strict=True)
