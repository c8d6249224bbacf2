"""Choices made by cross-validation on training pictures: λ of the head, how unequal classes are treated."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.events import Event, OptionChosen, Progress, Step
from desktop_app.features.runtime import map_ahead
from desktop_app.learning import head as heads
from desktop_app.learning.balance import Balance, unequal
from desktop_app.learning.head import Array, Labels, Scaling
from desktop_app.learning.recipe import Imbalance, Recipe
from desktop_app.learning.scores import Score, score
from desktop_app.project.dealing import stratified_group_folds

DEFAULT_STRENGTH = 1e-2  # where there are too few pictures to choose
MOST_EPOCHS = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """Cross-validated scores of each strength, and the strength chosen."""

    strengths: tuple[float, ...]
    scores: tuple[Score, ...]
    chosen: float

    @property
    def accuracies(self) -> tuple[float, ...]:
        return tuple(score.accuracy for score in self.scores)

    @property
    def losses(self) -> tuple[float, ...]:
        return tuple(score.loss for score in self.scores)

    @property
    def score(self) -> Score:
        """Of the strength chosen."""
        return self.scores[self.strengths.index(self.chosen)]


def choose_balance(
    embeddings: Array, labels: Labels, groups: Sequence[str], classes: int, recipe: Recipe
) -> Generator[Event, None, tuple[Imbalance, Choice | None]]:
    """Choose λ, and with "automatic" how unequal classes are treated: by the best cross-validated balanced accuracy.

    What a treatment gains is told against doing nothing, also where it was chosen by hand.
    """
    wanted = recipe.imbalance
    if wanted == "automatic":
        methods: tuple[Imbalance, ...] = ("none", "weights", "logits") if unequal(labels) else ("none",)
    else:
        methods = ("none",) if wanted == "none" else ("none", wanted)
    strengths = recipe.strengths if recipe.regularisation != "none" else (0.0,)
    choices: dict[Imbalance, Choice] = {}
    for method in methods:
        choice = yield from choose_strength(
            embeddings, labels, groups, classes, strengths, recipe.folds, recipe.seed, method
        )
        if choice is None:
            return "none" if wanted == "automatic" else wanted, None
        choices[method] = choice
    balanced = [choices[method].score.balanced_accuracy for method in methods]
    chosen = methods[int(np.argmax(balanced))] if wanted == "automatic" else wanted
    if len(methods) > 1:
        yield OptionChosen("imbalance", list(methods), balanced, "balanced_accuracy", chosen)
    return chosen, choices[chosen]


def choose_strength(
    embeddings: Array,
    labels: Labels,
    groups: Sequence[str],
    classes: int,
    strengths: Sequence[float],
    folds: int,
    seed: int,
    imbalance: Imbalance = "none",
) -> Generator[Progress, None, Choice | None]:
    """Cross-validate the head's regularisation; yields after each fold.

    Among the strengths whose accuracy (balanced, where unequal classes are treated somehow) is within one standard
    error of the best, the one with the lowest loss is chosen: a few pictures more or less right are chance, confidence
    is measured on all of them.

    Returns:
        None where no class has two groups of pictures, so that nothing can be held out.
    """
    folds = min(folds, fewest_groups(labels, groups))
    if folds < 2:
        return None
    fold_of = stratified_group_folds(labels, groups, folds, seed)

    def held_out(fold: int) -> Array:
        """The log-probabilities of one fold's pictures with each strength, (strengths, n, classes)."""
        learn, check = fold_of != fold, fold_of == fold
        scaling = Scaling.of(embeddings[learn])
        seen, unseen = scaling(embeddings[learn]), scaling(embeddings[check])
        balance = Balance.of(imbalance, labels[learn], classes)
        head = heads.zeros(embeddings.shape[1], classes)
        answers = np.zeros((len(strengths), len(unseen), classes), np.float32)
        # Each strength starts from the stronger one's result, which is near its own.
        for position in np.argsort(strengths)[::-1]:
            if closed.is_set():
                break
            head = heads.fit(seen, labels[learn], head, strengths[position], MOST_EPOCHS, balance)
            answers[position] = heads.log_softmax(head.logits(unseen))
        return answers

    closed = threading.Event()
    answers = np.zeros((len(strengths), len(labels), classes), np.float32)
    with contextlib.closing(map_ahead(held_out, range(folds))) as results:
        try:
            for fold, found in enumerate(results):
                answers[:, fold_of == fold] = found
                yield Progress(Step.FREEZE, fold + 1, folds)
        finally:
            closed.set()  # folds that are under way are no longer wanted
    rows = np.arange(len(labels))
    scores = tuple(score(-float(logs[rows, labels].mean()), logs.argmax(axis=1), labels) for logs in answers)
    told = [found.accuracy if imbalance == "none" else found.balanced_accuracy for found in scores]
    chosen = strengths[best(np.array(told), np.array([found.loss for found in scores]), len(labels))]
    return Choice(tuple(strengths), scores, chosen)


def best(values: NDArray[np.float64], losses: NDArray[np.float64], n: int) -> int:
    """The option with the lowest loss of those within one standard error of the best value, which `n` pictures told.

    Values are shares, 0–1; where they are losses, below 0, the best is the best.
    """
    highest = values.max()
    error = np.sqrt(max(highest * (1 - highest), 0.0) / n)
    return int(np.argmin(np.where(values >= highest - error, losses, np.inf)))


def fewest_groups(labels: Labels, groups: Sequence[str]) -> int:
    """Units that can be held out of the class that has fewest, but more than one; 1 if no class has more."""
    units: dict[int, set[object]] = {}
    for row, (label, group) in enumerate(zip(labels.tolist(), groups, strict=True)):
        units.setdefault(label, set()).add(group or row)
    return min((len(found) for found in units.values() if len(found) > 1), default=1)
