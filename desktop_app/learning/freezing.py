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
        self._kind = self._kind_of_head()
        self._strength = 0.0

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
        if self._kind != "prototype":
            yield from self._choose()
        scaling = self._scaling(self.train)
        given, unseen = scaling(self.train.embeddings), scaling(validation.embeddings)
        learning = self._learning(given, self.train.labels)
        epochs = 1 if self._kind == "prototype" else recipe.head_epochs
        for epoch, head in enumerate(islice(learning, epochs), start=1):
            learnt, checked = head.score(given, self.train.labels), head.score(unseen, validation.labels)
            best = not checked.n or self.best is None or checked.beats(self.best.score, "loss")
            if best:
                self.best = Model("freeze", epoch, scaling.undo(head), checked)
            rate = recipe.head_learning_rate if self._kind == "hidden" else None
            yield epoch_ended("freeze", epoch, epochs, learnt, checked, best=best, learning_rate=rate)
            if recipe.head_patience and self.best and epoch - self.best.epoch >= recipe.head_patience:
                return

    def again(self, examples: Examples) -> Head:
        """The head that this phase, once it has ended, would have made of other examples, with the same choices."""
        assert self.best
        scaling = self._scaling(examples)
        with threadpool_limits(1):
            *_, head = islice(self._learning(scaling(examples.embeddings), examples.labels), self.best.epoch)
        return scaling.undo(head)

    def _kind_of_head(self) -> HeadKind:
        if self.recipe.head != "automatic":
            return self.recipe.head
        few = np.bincount(self.train.labels).max() <= prototypes.FEW
        return "prototype" if few else "linear"

    def _scaling(self, examples: Examples) -> Scaling:
        plain = self._kind == "hidden" and not self.recipe.standardise
        return Scaling.none(examples.embeddings.shape[1]) if plain else Scaling.of(examples.embeddings)

    def _choose(self) -> Generator[Event, None, None]:
        """Choose what cross-validation can choose.

        A head with a hidden layer is regularised as suits a linear one, which takes a hundredth of the time to find
        out.
        """
        train, recipe = self.train, self.recipe
        method, choice = yield from tuning.choose_balance(
            train.embeddings, train.labels, train.groups, self.classes, recipe
        )
        if choice and len(choice.strengths) > 1:
            yield RegularisationChosen(list(choice.strengths), list(choice.accuracies), choice.chosen)
        self.balance = Balance.of(method, train.labels, self.classes)
        usual = tuning.DEFAULT_STRENGTH if recipe.regularisation != "none" else 0.0
        self._strength = choice.chosen if choice else usual

    def _learning(self, given: Array, labels: Labels) -> Iterator[Head]:
        """The head after each epoch."""
        balance = Balance.of(self.balance.method, labels, self.classes)
        if self._kind == "prototype":
            return iter([prototypes.fit(given, labels, self.classes)])
        if self._kind == "hidden":
            return hidden_head.train(given, labels, self.recipe, self._strength, balance)
        return heads.train(given, labels, heads.zeros(given.shape[1], self.classes), self._strength, balance)
