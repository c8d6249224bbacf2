"""A head for a handful of pictures: the class whose mean embedding is nearest (Snell and others 2017).

With one variance s² for all, the probability of a class falls with exp(−‖x − mean‖² / 2s²), which is softmax over
numbers that are linear in x: the head is an ordinary linear one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from desktop_app.learning.head import Array, Head, Labels, log_softmax

FEW = 5  # pictures a class, up to which means tell more than what can be learnt
_SHARPNESS = np.geomspace(0.25, 64, 17, dtype=np.float32)  # candidates for mean squared length / s²
_USUAL = np.float32(8)  # where no class has two pictures


def fit(embeddings: Array, labels: Labels, classes: int) -> Head:
    """Choose s² by leaving each picture out of its class's mean.

    Args:
        embeddings: (n, D), of mean 0.
        labels: (n,); a class without pictures is never called.
    """
    counts = np.bincount(labels, minlength=classes)
    sums = np.zeros((classes, embeddings.shape[1]), np.float32)
    np.add.at(sums, labels, embeddings)
    means = sums / np.maximum(counts, 1).astype(np.float32)[:, np.newaxis]
    length = max(float(np.square(embeddings).sum(axis=1).mean()), 1e-6)
    sharpness = min(_SHARPNESS, key=lambda s: _left_out(embeddings, labels, means, counts, s / length))
    if not (counts > 1).any():
        sharpness = _USUAL
    return _head(means, counts, np.float32(sharpness / length))


def _head(means: Array, counts: NDArray[np.int64], precision: np.float32) -> Head:
    bias = -precision / 2 * np.square(means).sum(axis=1)
    return Head(means.T * precision, np.where(counts > 0, bias, np.float32(-1e9)).astype(np.float32))


def _left_out(
    embeddings: Array, labels: Labels, means: Array, counts: NDArray[np.int64], precision: np.float32
) -> float:
    """Mean cross-entropy of pictures whose class has others, by means without them."""
    rows = np.flatnonzero(counts[labels] > 1)
    if not len(rows):
        return 0.0
    given, own, others = embeddings[rows], labels[rows], counts[labels[rows], np.newaxis]
    logits = _head(means, counts, precision).logits(given)
    without = (means[own] * others - given) / (others - 1)
    logits[np.arange(len(rows)), own] = precision * ((given * without).sum(axis=1) - np.square(without).sum(axis=1) / 2)
    return float(-log_softmax(logits)[np.arange(len(rows)), own].mean())
