"""Labels that look wrong: each picture is judged by a head that has not learnt from it.

Source: C. G. Northcutt, L. Jiang, I. L. Chuang, "Confident learning: estimating uncertainty in dataset labels",
Journal of Artificial Intelligence Research 70 (2021): out-of-sample probabilities, ranked by normalised margin.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.events import Progress, Step
from desktop_app.features.runtime import map_ahead
from desktop_app.learning import head as heads
from desktop_app.learning.head import Array, Labels, Scaling
from desktop_app.project.dealing import stratified_group_folds

FOLDS = 5
# Stronger than what serves new pictures best: a head must not bend around a label that is wrong. With 5 % of the labels
# of three data sets exchanged at random, 0.3 ranked most of them first among 0.01, 0.1, 0.3 and 1.
STRENGTH = 0.3
_EPOCHS = 50
_AS_USUAL = 0.9
# Of the labels; with less, looks don't tell the classes apart, and no label can be doubted because of them.
_AGREEMENT = 0.7


@dataclass(frozen=True, eq=False)
class Judgement:
    """What heads that have not learnt from a picture say of its label. Arrays have an entry for every picture.

    Attributes:
        suggested: (n,) the most probable class.
        how_sure: (n,) its probability.
        margins: (n,) how much more probable the picture's label is than the best other class, -1 … 1.
        doubtful: (n,) another class is more probable, nearly as much as it is for pictures that are labelled so; none,
            where the heads agree with too few labels.
    """

    suggested: Labels
    how_sure: Array
    margins: Array
    doubtful: NDArray[np.bool_]


def judge_labels(
    embeddings: Array, labels: Labels, groups: Sequence[str], classes: int, seed: int = 0
) -> Generator[Progress, None, Judgement]:
    """Judge every label by the pictures of the other folds; yields after each fold.

    Args:
        embeddings: (n, D), as the backbone gives them.
        labels: (n,) class numbers.
        groups: pictures of one group are in one fold, "" belongs to nothing.
    """
    fold_of = stratified_group_folds(labels, groups, FOLDS, seed)
    probabilities = np.zeros((len(labels), classes), np.float32)

    def held_out(fold: int) -> Array:
        learn = fold_of != fold
        scaling = Scaling.of(embeddings[learn])
        start = heads.zeros(embeddings.shape[1], classes)
        head = heads.fit(scaling(embeddings[learn]), labels[learn], start, STRENGTH, _EPOCHS)
        return head.probabilities(scaling(embeddings[~learn]))

    folds = [fold for fold in range(FOLDS) if 0 < np.count_nonzero(fold_of == fold) < len(labels)]
    with contextlib.closing(map_ahead(held_out, folds)) as results:
        for done, (fold, judged) in enumerate(zip(folds, results, strict=True), 1):
            probabilities[fold_of == fold] = judged
            yield Progress(Step.LABELS, done, len(folds))
    return _judge(probabilities, labels)


def _judge(probabilities: Array, labels: Labels) -> Judgement:
    rows = np.arange(len(labels))
    own = probabilities[rows, labels]
    others = probabilities.copy()
    others[rows, labels] = -1
    best = others.argmax(axis=1).astype(np.int32)
    margins = own - others[rows, best]
    suggested = probabilities.argmax(axis=1).astype(np.int32)
    numbers = np.maximum(np.bincount(labels, minlength=probabilities.shape[1]), 1)
    # How probable a class is where it is the label; a class that is hard to tell is not asked for more.
    usual = np.bincount(labels, own, probabilities.shape[1]) / numbers
    doubtful = (margins < 0) & (others[rows, best] >= _AS_USUAL * usual[best])
    if np.mean(suggested == labels) < _AGREEMENT:
        doubtful[:] = False
    return Judgement(suggested, probabilities.max(axis=1), margins.astype(np.float32), doubtful)
