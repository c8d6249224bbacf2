"""The freeze phase: the head learns from the embeddings of the frozen backbone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from threadpoolctl import threadpool_limits

from desktop_app.events import Events, RegularisationChosen, Step, StepStarted
from desktop_app.learning import head as heads
from desktop_app.learning import tuning
from desktop_app.learning.head import Array, Labels, Scaling
from desktop_app.learning.model import Model
from desktop_app.learning.recipe import Recipe
from desktop_app.learning.scores import epoch_ended


@dataclass(frozen=True, slots=True)
class Examples:
    """Embeddings (n, D), a class (n,) and a group ("" for none) of each."""

    embeddings: Array
    labels: Labels
    groups: Sequence[str]


class Freezing:
    """One freeze phase. Iterate `events`, closing it at any time; `best` is the best epoch so far."""

    def __init__(self, recipe: Recipe, train: Examples, validation: Examples, classes: int) -> None:
        self.recipe, self.train, self.validation, self.classes = recipe, train, validation, classes
        self.best: Model | None = None

    def events(self) -> Events:
        """Choose λ by cross-validation on the training pictures, then train on all of them.

        The epoch with the lowest validation loss is the best; without validation pictures the last one.
        """
        yield StepStarted(Step.FREEZE)
        # Matrices of this size gain little from several threads, and threads that wait for each other lose much.
        with threadpool_limits(1):
            yield from self._epochs()

    def _epochs(self) -> Events:
        train, validation, recipe = self.train, self.validation, self.recipe
        choice = yield from tuning.choose_strength(
            train.embeddings, train.labels, train.groups, self.classes, recipe.strengths, recipe.folds, recipe.seed
        )
        if choice:
            yield RegularisationChosen(list(choice.strengths), list(choice.accuracies), choice.chosen)
        strength = choice.chosen if choice else tuning.DEFAULT_STRENGTH
        scaling = Scaling.of(train.embeddings)
        given, unseen = scaling(train.embeddings), scaling(validation.embeddings)
        start = heads.zeros(given.shape[1], self.classes)
        epochs = heads.train(given, train.labels, start, strength)
        for epoch, head in enumerate(islice(epochs, recipe.head_epochs), start=1):
            learnt, checked = head.score(given, train.labels), head.score(unseen, validation.labels)
            best = not checked.n or self.best is None or checked.beats(self.best.score, "loss")
            if best:
                self.best = Model("freeze", epoch, scaling.undo(head), checked)
            yield epoch_ended("freeze", epoch, recipe.head_epochs, learnt, checked, best=best)
            if self.best and epoch - self.best.epoch >= recipe.head_patience:
                return
