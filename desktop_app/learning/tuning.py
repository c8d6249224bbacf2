"""Choices made by cross-validation on training pictures: how strongly the head is regularised."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.events import Progress, Step
from desktop_app.features.runtime import map_ahead
from desktop_app.learning import head as heads
from desktop_app.learning.head import Array, Labels, Scaling
from desktop_app.project.splits import stratified_group_folds

DEFAULT_STRENGTH = 1e-2  # where there are too few pictures to choose
MOST_EPOCHS = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """Cross-validated accuracy (0–1) and mean cross-entropy of each strength, and the strength chosen."""

    strengths: tuple[float, ...]
    accuracies: tuple[float, ...]
    losses: tuple[float, ...]
    chosen: float


def choose_strength(
    embeddings: Array,
    labels: Labels,
    groups: Sequence[str],
    classes: int,
    strengths: Sequence[float],
    folds: int,
    seed: int,
) -> Generator[Progress, None, Choice | None]:
    """Cross-validate the head's regularisation; yields after each fold.

    Among the strengths whose accuracy is within one standard error of the best, the one with the lowest loss is
    chosen: a few pictures more or less right are chance, confidence is measured on all of them.

    Returns:
        None where no class has two groups of pictures, so that nothing can be held out.
    """
    folds = min(folds, _fewest_groups(labels, groups))
    if folds < 2:
        return None
    fold_of = stratified_group_folds(labels, groups, folds, seed)

    def held_out(fold: int) -> Array:
        """(loss, accuracy) of each strength on one fold."""
        learn, check = fold_of != fold, fold_of == fold
        scaling = Scaling.of(embeddings[learn])
        seen, unseen = scaling(embeddings[learn]), scaling(embeddings[check])
        head = heads.zeros(embeddings.shape[1], classes)
        scores = dict.fromkeys(strengths, (0.0, 0.0))
        # Each strength starts from the stronger one's result, which is near its own.
        for strength in sorted(strengths, reverse=True):
            if closed.is_set():
                break
            head = heads.fit(seen, labels[learn], head, strength, MOST_EPOCHS)
            score = head.score(unseen, labels[check])
            scores[strength] = score.loss, score.accuracy
        return np.array([scores[strength] for strength in strengths])

    closed = threading.Event()
    sizes = np.bincount(fold_of, minlength=folds)
    total = np.zeros((len(strengths), 2))
    with contextlib.closing(map_ahead(held_out, range(folds))) as results:
        try:
            for fold, scores in enumerate(results):
                total += scores * sizes[fold]
                yield Progress(Step.FREEZE, fold + 1, folds)
        finally:
            closed.set()  # folds that are under way are no longer wanted
    losses, accuracies = (total / len(labels)).T
    chosen = strengths[_best(accuracies, losses, len(labels))]
    return Choice(tuple(strengths), tuple(accuracies.tolist()), tuple(losses.tolist()), chosen)


def _best(accuracies: NDArray[np.float64], losses: NDArray[np.float64], n: int) -> int:
    best = accuracies.max()
    error = np.sqrt(best * (1 - best) / n)
    return int(np.argmin(np.where(accuracies >= best - error, losses, np.inf)))


def _fewest_groups(labels: Labels, groups: Sequence[str]) -> int:
    """Units that can be held out of the class that has fewest, but more than one; 1 if no class has more."""
    units: dict[int, set[object]] = {}
    for row, (label, group) in enumerate(zip(labels.tolist(), groups, strict=True)):
        units.setdefault(label, set()).add(group or row)
    return min((len(found) for found in units.values() if len(found) > 1), default=1)
