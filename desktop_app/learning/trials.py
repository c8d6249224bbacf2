"""What fine-tuning would come to with other choices: cross-validation on all pictures that it may learn from or check.

Each part of them is predicted by short trainings on the other parts, which begin with a head that has not seen it
either: far more pictures tell the choices apart than the validation split has.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from desktop_app import stopwatch
from desktop_app.events import Event, Progress, Step
from desktop_app.learning import freezing, tuning
from desktop_app.learning.activations import Activations
from desktop_app.learning.balance import Balance
from desktop_app.learning.examples import Examples
from desktop_app.learning.fine_tuning import FineTuning
from desktop_app.learning.head import Head
from desktop_app.learning.recipe import Recipe
from desktop_app.project.dealing import stratified_group_folds

FOLDS = 3
MOST_PICTURES = 1_500  # of large projects, so many tell as well, within half a per cent
_TRIAL = 1 / 4  # of the epochs
_LEAST_EPOCHS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """What trials learn from and are checked with: activations of each picture, and what the head sees of it."""

    activations: Sequence[Activations]
    seen: freezing.Examples

    def __len__(self) -> int:
        return len(self.activations)

    def chosen(self, rows: NDArray[np.intp]) -> Pictures:
        listed, seen = rows.tolist(), self.seen
        groups = [seen.groups[row] for row in listed]
        return Pictures(
            [self.activations[row] for row in listed],
            freezing.Examples(seen.embeddings[rows], seen.labels[rows], groups),
        )

    @property
    def examples(self) -> Examples:
        return Examples(list(self.activations), self.seen.labels.astype(np.int64))


@dataclass(frozen=True, slots=True)
class Result:
    """What an option came to on the `n` pictures of some parts.

    Attributes:
        value: by the recipe's measure; more is better.
        loss: the mean cross-entropy.
    """

    value: float
    loss: float
    n: int
    parts: int = 1


class Trials:
    """Cross-validated trainings; each is done once, however often it is asked for."""

    def __init__(
        self, pictures: Pictures, head: Callable[[freezing.Examples], Head], balance: Balance, given: str, seed: int
    ) -> None:
        """
        Args:
            head: what the freeze phase would have made of these examples.
            balance: how unequal classes are treated.
            given: the stage whose activations the pictures have.
        """
        self._pictures, self._head, self._balance, self._given = _at_most(pictures, seed), head, balance, given
        self._heads: dict[int, Head] = {}
        seen = self._pictures.seen
        self._parts = min(FOLDS, tuning.fewest_groups(seen.labels, seen.groups))
        self._fold_of = stratified_group_folds(seen.labels, seen.groups, self._parts, seed)
        self._known: dict[tuple[Recipe, int], Result] = {}

    @property
    def possible(self) -> bool:
        """Whether pictures can be held out: some class has two groups of them."""
        return self._parts > 1

    def compare(
        self, options: Sequence[Recipe], expected: int, ends: float = math.inf
    ) -> Generator[Event, None, list[Result]]:
        """Train with each of the recipes, a quarter of its epochs, and check what it has not seen.

        Args:
            expected: options that are to be tried with these pictures in all, for the progress.
            ends: by the stopwatch; no further part is begun that would not be done by then.
        """
        began, before = stopwatch.seconds(), len(self._known)
        waiting = [(recipe, fold) for fold in range(self._parts) for recipe in options]
        waiting = [trial for trial in waiting if trial not in self._known]
        for number, (recipe, fold) in enumerate(waiting):
            if number and fold != waiting[number - 1][1]:
                part = sum(other == fold for _, other in waiting)
                if stopwatch.seconds() + (stopwatch.seconds() - began) / number * part > ends:
                    break
            for share in self._trial(recipe, fold):
                done, total = before + number + share, expected * self._parts
                left = (stopwatch.seconds() - began) / (number + share) * (total - done)
                yield Progress(Step.CHOOSE, round(1_000 * done / total), 1_000, left)
        complete = [fold for fold in range(self._parts) if all((recipe, fold) in self._known for recipe in options)]
        return [_mean([self._known[recipe, fold] for fold in complete]) for recipe in options]

    def _trial(self, recipe: Recipe, fold: int) -> Iterator[float]:
        """Yields the share of it that is done; takes note of what it came to."""
        held = self._fold_of == fold
        learn, check = (self._pictures.chosen(np.flatnonzero(rows)) for rows in (~held, held))
        if fold not in self._heads:
            self._heads[fold] = self._head(learn.seen)
        head = self._heads[fold]
        balance = Balance.of(self._balance.method, learn.seen.labels, head.classes)
        short = replace(recipe, epochs=max(_LEAST_EPOCHS, round(recipe.epochs * _TRIAL)), patience=0)
        phase = FineTuning(short, learn.examples, check.examples, head, balance, self._given)
        for event in phase.events():
            if isinstance(event, Progress):
                yield event.done / event.total
        if phase.epoch < short.epochs:  # its numbers grew beyond all bounds, or memory was short
            self._known[recipe, fold] = Result(-math.inf, math.inf, len(check))
            return
        # The learning rate has come down by then: no epoch needs to be chosen by these pictures.
        last = phase.history[-1]
        value = -last.validation_loss if recipe.stop_on == "loss" else getattr(last, f"validation_{recipe.stop_on}")
        self._known[recipe, fold] = Result(value, last.validation_loss, len(check))


def best(results: Sequence[Result]) -> int:
    """Of those within one standard error of the best, the one with the lowest loss: the rest may be chance."""
    values, losses = np.array([result.value for result in results]), np.array([result.loss for result in results])
    return tuning.best(values, losses, results[0].n)


def _at_most(pictures: Pictures, seed: int) -> Pictures:
    """So many of them that time is bounded, with their classes' shares and whole groups."""
    parts = math.ceil(len(pictures) / MOST_PICTURES)
    if parts < 2:
        return pictures
    return pictures.chosen(
        np.flatnonzero(stratified_group_folds(pictures.seen.labels, pictures.seen.groups, parts, seed) == 0)
    )


def _mean(results: Sequence[Result]) -> Result:
    counts = [result.n for result in results]
    value = float(np.average([result.value for result in results], weights=counts))
    return Result(
        value, float(np.average([result.loss for result in results], weights=counts)), sum(counts), len(results)
    )
