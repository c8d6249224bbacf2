"""How well the classes can be told apart by what a frozen backbone sees: a linear head, judged by cross-validation.

Every picture is predicted by a head that has learnt neither from it nor from any other picture of its group, under a λ
that was chosen without them, too: a nested cross-validation.

Source: S. Varma, R. Simon, "Bias in error estimation when using cross-validation for model selection", BMC
Bioinformatics 7 (2006).
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from desktop_app.events import Progress, Step
from desktop_app.features.runtime import map_ahead
from desktop_app.following import Followed
from desktop_app.learning import head as heads
from desktop_app.learning import tuning
from desktop_app.learning.head import Array, Head, Labels, Scaling
from desktop_app.project.dealing import stratified_group_folds

FOLDS = 5
INNER_FOLDS = 3
STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0)  # the accuracy hardly changes between neighbours
_EPOCHS = 50


def can_be_held_out(labels: Labels, groups: Sequence[str]) -> NDArray[np.bool_]:
    """(n,) the pictures whose class is left with others to learn from when their group is held out."""
    units: dict[int, set[object]] = {}
    for row, (label, group) in enumerate(zip(labels.tolist(), groups, strict=True)):
        units.setdefault(label, set()).add(group or row)
    return np.array([len(units[label]) > 1 for label in labels.tolist()], bool)


def cross_validate(
    embeddings: Array, labels: Labels, groups: Sequence[str], classes: int, seed: int = 0
) -> Generator[Progress, None, Labels]:
    """Predict every picture by a head of the other folds; yields many times in each fold.

    Args:
        embeddings: (n, D), as the backbone gives them.
        labels: (n,) class numbers; each class must occur in two groups or more, see `can_be_held_out`.
        groups: pictures of one group are in one fold, "" belongs to nothing.

    Returns:
        (n,) the class that each picture was called.
    """
    fold_of = stratified_group_folds(labels, groups, FOLDS, seed)
    predicted = np.zeros(len(labels), np.int32)
    total = FOLDS * (INNER_FOLDS + 1)
    # Matrices of this size gain little from several threads, and threads that wait for each other lose much.
    with threadpool_limits(1):
        for fold in range(FOLDS):
            learn, check = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
            start = fold * (INNER_FOLDS + 1)
            yield Progress(Step.PROBE, start, total)
            if not len(check):
                continue
            inner = choose_strength(
                embeddings[learn], labels[learn], [groups[row] for row in learn.tolist()], classes, seed
            )
            strength = yield from _renumbered(inner, start, total)
            predicted[check] = fit(embeddings[learn], labels[learn], classes, strength).predict(embeddings[check])
    yield Progress(Step.PROBE, total, total, 0.0)
    return predicted


def choose_strength(
    embeddings: Array, labels: Labels, groups: Sequence[str], classes: int, seed: int
) -> Generator[Progress, None, float]:
    """The λ for these pictures, by cross-validation among them."""
    choice = yield from tuning.choose_strength(embeddings, labels, groups, classes, STRENGTHS, INNER_FOLDS, seed)
    return choice.chosen if choice else tuning.DEFAULT_STRENGTH


def _renumbered(inner: Generator[Progress, None, float], start: int, total: int) -> Generator[Progress, None, float]:
    """The progress of a part as that of the whole."""
    followed = Followed(inner)
    with contextlib.closing(inner):
        for event in followed:
            yield Progress(Step.PROBE, start + event.done, total)
    return followed.result


@dataclass(frozen=True, slots=True)
class Probe:
    """A head for plain embeddings."""

    head: Head

    def predict(self, embeddings: Array) -> Labels:
        """(n, D) → (n,) the most probable class of each."""
        best: Labels = self.head.logits(embeddings).argmax(axis=1).astype(np.int32)
        return best


def fit(embeddings: Array, labels: Labels, classes: int, strength: float) -> Probe:
    """A head that has learnt from these pictures; classes that are not among them are never called."""
    present = np.unique(labels)
    scaling = Scaling.of(embeddings)
    start = heads.zeros(embeddings.shape[1], len(present))
    dense = np.searchsorted(present, labels).astype(np.int32)
    known = scaling.undo(heads.fit(scaling(embeddings), dense, start, strength, _EPOCHS))
    weight = np.zeros((embeddings.shape[1], classes), np.float32)
    bias = np.full(classes, -np.inf, np.float32)
    weight[:, present], bias[present] = known.weight, known.bias
    return Probe(Head(weight, bias))


# ---- with fewer pictures

PARTS = 4
REPEATS = 4


@dataclass(frozen=True, eq=False)
class Trials:
    """What heads that have learnt from a quarter, a half, three quarters and all of the other pictures say.

    Attributes:
        learnt: (PARTS, classes) how many pictures of a class they have learnt from, on average.
        right: (PARTS, n) the share of the repeats in which a picture was called right, 0–1.
    """

    learnt: NDArray[np.float64]
    right: NDArray[np.float64]


def learn_from_parts(
    embeddings: Array, labels: Labels, groups: Sequence[str], classes: int, seed: int = 0
) -> Generator[Progress, None, Trials]:
    """Predict every picture by heads of the other folds that have learnt from more and more of their pictures.

    The parts grow: what was in a smaller one is in the larger ones; groups stay whole, classes keep their shares. All
    is repeated with other folds and parts. One λ serves them all: it is chosen on all pictures, and grows as the
    pictures get fewer, since the penalty weighs against a mean over pictures; so the curve is about pictures alone.

    Args:
        embeddings, labels, groups: as of `cross_validate`.
    """
    strength = yield from choose_strength(embeddings, labels, groups, classes, seed)
    learnt = np.zeros((PARTS, classes))
    right = np.zeros((PARTS, len(labels)))
    trials = list(_trials(labels, groups, seed))

    def judge(trial: tuple[int, NDArray[np.intp], NDArray[np.intp]]) -> NDArray[np.bool_]:
        part, learn, check = trial
        probe = fit(embeddings[learn], labels[learn], classes, strength * PARTS / (part + 1))
        return np.equal(probe.predict(embeddings[check]), labels[check])

    with threadpool_limits(1), contextlib.closing(map_ahead(judge, trials)) as results:
        for done, ((part, learn, check), found) in enumerate(zip(trials, results, strict=True), 1):
            learnt[part] += np.bincount(labels[learn], minlength=classes)
            right[part, check] += found
            yield Progress(Step.CURVE, done, len(trials))
    return Trials(learnt / (REPEATS * FOLDS), right / REPEATS)


def _trials(
    labels: Labels, groups: Sequence[str], seed: int
) -> Iterator[tuple[int, NDArray[np.intp], NDArray[np.intp]]]:
    """(part, rows to learn from, rows to predict) of every fold and repeat."""
    for repeat in range(REPEATS):
        fold_of = stratified_group_folds(labels, groups, FOLDS, seed + repeat)
        for fold in range(FOLDS):
            others, check = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
            if not len(check):
                continue
            part_of = stratified_group_folds(
                labels[others], [groups[row] for row in others.tolist()], PARTS, seed + repeat * FOLDS + fold
            )
            for part in range(PARTS):
                yield part, others[part_of <= part], check
