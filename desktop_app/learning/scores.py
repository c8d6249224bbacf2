"""How well a model does on some pictures, by every measure that a recipe may choose its best epoch by."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.events import EpochEnded, Phase
from desktop_app.learning.recipe import Measure


@dataclass(frozen=True, slots=True)
class Score:
    """Numbers are NaN where there are no pictures; but for `loss`, higher is better, 0–1.

    Attributes:
        loss: mean cross-entropy.
        right: how many pictures are right, of `n`.
        balanced_accuracy: mean share of right ones over the classes that have pictures.
        macro_f1: mean F1 over the classes that occur as a label or as an answer.
    """

    loss: float
    right: int
    n: int
    balanced_accuracy: float
    macro_f1: float

    @property
    def accuracy(self) -> float:
        return self.right / self.n if self.n else math.nan

    def beats(self, other: Score, measure: Measure = "accuracy") -> bool:
        """Better by the measure, or as good with a lower loss."""
        return self._rank(measure) > other._rank(measure)

    def _rank(self, measure: Measure) -> tuple[float, float]:
        return 0.0 if measure == "loss" else getattr(self, measure), -self.loss


NOTHING = Score(math.nan, 0, 0, math.nan, math.nan)


def score(loss: float, predicted: NDArray[np.integer], labels: NDArray[np.integer]) -> Score:
    """Of predicted classes (n,) and labels (n,); `loss` is the mean cross-entropy, which they don't tell."""
    n = len(labels)
    if not n:
        return NOTHING
    classes = int(max(predicted.max(), labels.max())) + 1
    hits = np.bincount(labels[predicted == labels], minlength=classes)
    actual, called = np.bincount(labels, minlength=classes), np.bincount(predicted, minlength=classes)
    present, occurring = actual > 0, actual + called > 0
    recall = float((hits[present] / actual[present]).mean())
    f1 = float((2 * hits[occurring] / (actual + called)[occurring]).mean())
    return Score(loss, int(hits.sum()), n, recall, f1)


def epoch_ended(
    phase: Phase,
    epoch: int,
    epochs: int,
    train: Score,
    validation: Score,
    *,
    best: bool,
    learning_rate: float | None = None,
    seconds_left: float | None = None,
) -> EpochEnded:
    """The event that tells both scores of an epoch."""
    return EpochEnded(
        phase=phase,
        epoch=epoch,
        epochs=epochs,
        train_loss=train.loss,
        train_accuracy=train.accuracy,
        validation_loss=validation.loss,
        validation_accuracy=validation.accuracy,
        best=best,
        seconds_left=seconds_left,
        train_macro_f1=train.macro_f1,
        validation_macro_f1=validation.macro_f1,
        validation_balanced_accuracy=validation.balanced_accuracy,
        learning_rate=learning_rate,
    )
