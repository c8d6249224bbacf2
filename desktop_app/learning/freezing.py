"""The freeze phase: the head learns from the embeddings of the frozen backbone."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from threadpoolctl import threadpool_limits

from desktop_app.events import Event, Events, RegularisationChosen, Step, StepStarted
from desktop_app.learning import head as heads
from desktop_app.learning import hidden_head, prototypes, tuning
from desktop_app.learning.balance import Balance
from desktop_app.learning.head import Array, Head, Labels, Scaling
from desktop_app.learning.model import Model
from desktop_app.learning.recipe import HeadKind, Recipe
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
        self.balance = Balance.of("none", train.labels, classes)

    def events(self) -> Events:
        """Choose λ by cross-validation on the training pictures, then train on all of them.

        The epoch with the lowest validation loss is the best; without validation pictures the last one. `balance` is
        how unequal classes were treated.
        """
        yield StepStarted(Step.FREEZE)
        # Matrices of this size gain little from several threads, and threads that wait for each other lose much.
        with threadpool_limits(1):
            yield from self._epochs()

    def _epochs(self) -> Events:
        validation, recipe = self.validation, self.recipe
        kind = self._kind()
        plain = kind == "hidden" and not recipe.standardise
        scaling = Scaling.none(self.train.embeddings.shape[1]) if plain else Scaling.of(self.train.embeddings)
        given, unseen = scaling(self.train.embeddings), scaling(validation.embeddings)
        learning = self._prototypes(given) if kind == "prototype" else (yield from self._learning(kind, given))
        epochs = 1 if kind == "prototype" else recipe.head_epochs
        for epoch, head in enumerate(islice(learning, epochs), start=1):
            learnt, checked = head.score(given, self.train.labels), head.score(unseen, validation.labels)
            best = not checked.n or self.best is None or checked.beats(self.best.score, "loss")
            if best:
                self.best = Model("freeze", epoch, scaling.undo(head), checked)
            rate = recipe.head_learning_rate if kind == "hidden" else None
            yield epoch_ended("freeze", epoch, epochs, learnt, checked, best=best, learning_rate=rate)
            if recipe.head_patience and self.best and epoch - self.best.epoch >= recipe.head_patience:
                return

    def _kind(self) -> HeadKind:
        if self.recipe.head != "automatic":
            return self.recipe.head
        few = np.bincount(self.train.labels).max() <= prototypes.FEW
        return "prototype" if few else "linear"

    def _prototypes(self, given: Array) -> Iterator[Head]:
        yield prototypes.fit(given, self.train.labels, self.classes)

    def _learning(self, kind: HeadKind, given: Array) -> Generator[Event, None, Iterator[Head]]:
        """Choose what cross-validation can choose; returns the head after each epoch.

        One with a hidden layer is regularised as suits a linear one, which takes a hundredth of the time to find out.
        """
        train, recipe = self.train, self.recipe
        method, choice = yield from tuning.choose_balance(
            train.embeddings, train.labels, train.groups, self.classes, recipe
        )
        if choice and len(choice.strengths) > 1:
            yield RegularisationChosen(list(choice.strengths), list(choice.accuracies), choice.chosen)
        self.balance = Balance.of(method, train.labels, self.classes)
        usual = tuning.DEFAULT_STRENGTH if recipe.regularisation != "none" else 0.0
        strength = choice.chosen if choice else usual
        if kind == "hidden":
            return hidden_head.train(given, train.labels, recipe, strength, self.balance)
        start = heads.zeros(given.shape[1], self.classes)
        return heads.train(given, train.labels, start, strength, self.balance)
