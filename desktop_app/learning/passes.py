"""All pictures through the frozen stages once: by ONNX Runtime on the processor, or by torch on a graphics card."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto

from desktop_app.errors import StorageError
from desktop_app.events import Computing, Event, Notice
from desktop_app.features import graphs
from desktop_app.features.embeddings import embed
from desktop_app.features.runtime import Frozen, Network
from desktop_app.following import Followed
from desktop_app.learning import backbone_graphs, machine, parallel
from desktop_app.learning.activations import Activations, Store, free_disk
from desktop_app.learning.backbones import BACKBONES
from desktop_app.learning.head import Array
from desktop_app.learning.recipe import Recipe
from desktop_app.learning.team import Team
from desktop_app.learning.views import compute
from desktop_app.project.catalog import Snapshot
from desktop_app.project.project import Project

if TYPE_CHECKING:
    from desktop_app.learning.card import CardNetwork

MOST_LOST = 0.05  # of the pictures, before fine-tuning is left out

Rows: TypeAlias = NDArray[np.intp]
Result = TypeVar("Result")


class Passes:
    """The frozen passes of one training. Several processes that train together do them on their processors.

    `card`: what they run on, if it is no processor; None once it has failed.
    """

    def __init__(self, project: Project, recipe: Recipe, team: Team) -> None:
        self.project, self.recipe, self.team = project, recipe, team
        self.backbone = BACKBONES[recipe.backbone]
        self.preprocessing = self.backbone.preprocessing(recipe.fit)
        self.card = machine.card() if team.alone else None
        self._on_card: CardNetwork | None = None
        self._told: Computing | None = None

    @cached_property
    def graph(self) -> ModelProto:
        return backbone_graphs.load(self.backbone)

    @property
    def key(self) -> str:
        """Names embeddings in the index: those of 16 bits are others."""
        plain = self.backbone.embedding_key(self.recipe.fit)
        return f"{plain} mixed" if self._mixed else plain

    @property
    def _mixed(self) -> bool:
        if self.card is None:
            return False
        from desktop_app.learning.optimising import mixed  # torch

        return mixed(self.recipe.precision, self.card)

    def network(self, stage: str) -> Frozen:
        """The pretrained network from a picture to the output of a stage."""
        if self.card is None:
            self._on_card = None
            return self._network(stage)
        from desktop_app.learning.card import CardNetwork

        name = self.backbone.stages[-1] if stage == graphs.EMBEDDING else stage
        self._on_card = CardNetwork(self.backbone, name, self.preprocessing, self.card, mixed=self._mixed)
        return self._on_card

    def _network(self, stage: str) -> Network:
        graph = graphs.with_preprocessing(graphs.up_to(self.graph, stage), self.preprocessing)
        return Network(graph.SerializeToString(), self.preprocessing)

    def embeddings(self, snapshot: Snapshot) -> Generator[Event, None, tuple[Snapshot, Array]]:
        """The pictures that can be read, and the embeddings of all, (n, D). Raises as `embed`."""
        yield from parallel.read_together(
            self.team,
            self.project,
            snapshot,
            partial(self._network, graphs.EMBEDDING),
            self.key,
            self.backbone.embedding,
        )
        return (
            yield from self._anywhere(
                lambda: embed(self.project, snapshot, partial(self.network, graphs.EMBEDDING), self.key)
            )
        )

    def activations(
        self, snapshot: Snapshot, train: Rows, validation: Rows, store: Store
    ) -> Generator[Event, None, dict[int, Activations]]:
        """What fine-tuning learns from, by row; empty where it must be left out."""
        stage = self.recipe.last_frozen_stage
        blank = np.zeros((self.preprocessing.size, self.preprocessing.size, 3), np.uint8)
        size = self._network(stage)(blank).astype(np.float16).nbytes
        room = (store.memory + free_disk()) // size
        views = min(self.recipe.views, (room - len(validation)) // len(train) - 1)
        if views < 0:
            yield Notice(
                "warning",
                "Fine-tuning is left out.",
                "This computer has too little memory and free disk space for it with so many pictures.",
                "Free some space on the disk, or use a computer with more memory.",
            )
            return {}
        if views < self.recipe.views:
            yield Notice(
                "info",
                f"Fine-tuning varies each picture {views} times instead of {self.recipe.views}.",
                "This computer has too little memory and free disk space for more with so many pictures.",
                "Free some space on the disk, then train again.",
            )
        # Those for validation come first, and so into memory: each epoch reads all of them.
        wanted = dict.fromkeys(validation.tolist(), 0) | dict.fromkeys(train.tolist(), views)
        needed = size * (len(validation) + (1 + views) * len(train))
        if needed > store.memory:
            yield Notice(
                "info",
                f"Fine-tuning keeps {(needed - store.memory) / 1e9:.1f} GB on the disk while it runs.",
                f"Of the computer's memory it uses {store.memory / 1e9:.1f} GB.",
            )
        mine = parallel.share_views(self.team, wanted, stage)
        try:
            found = yield from self._anywhere(
                lambda: compute(self.project, snapshot, mine, self.network(stage), self.recipe, store)
            )
            activations = parallel.with_those_elsewhere(self.team, found, wanted)
        except StorageError as error:
            yield Notice("warning", "Fine-tuning is left out: there is no room for what it learns from.", error.why)
            return {}
        lost = len(wanted) - len(activations)
        if lost > MOST_LOST * len(wanted):
            yield Notice(
                "warning",
                f"Fine-tuning is left out: {lost} pictures can no longer be read.",
                "They were moved or deleted, or their drive is no longer connected.",
                "The result of the freeze phase is kept.",
            )
            return {}
        return activations

    def _anywhere(self, job: Callable[[], Generator[Event, None, Result]]) -> Generator[Event, None, Result]:
        """Do a pass; if the card fails, all over on the processor. Both are said."""
        if self.card is None:
            return (yield from job())
        from desktop_app.learning.card import CardError

        try:
            return (yield from self._with_news(job()))
        except CardError as error:
            self.card = None
            yield Notice(
                "warning",
                "The graphics card can’t be used to read the pictures; the processor does it.",
                f"The card says: {str(error.__cause__ or error).splitlines()[0][:200]}.",
                "It takes longer; the result is as good.",
            )
        return (yield from job())

    def _with_news(self, job: Generator[Event, None, Result]) -> Generator[Event, None, Result]:
        """The job's events, and how the card computes whenever that changes."""
        followed = Followed(job)
        with contextlib.closing(job):
            for event in followed:
                if (told := self._computing()) and told != self._told:
                    self._told = told
                    yield told
                yield event
        return followed.result

    def _computing(self) -> Computing | None:
        if self._on_card is None or self.card is None:
            return None
        from desktop_app.learning.card import BATCH

        return Computing(machine.device(self.card), self._on_card.batch, BATCH, self._mixed)
