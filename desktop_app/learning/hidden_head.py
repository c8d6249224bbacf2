"""A head with a hidden layer: Dense, ReLU, dropout, Dense, softmax; trained by Adam on embeddings, in numpy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.learning.balance import Balance
from desktop_app.learning.head import Array, Head, Labels, log_softmax
from desktop_app.learning.recipe import Recipe

_DECAY_MEAN, _DECAY_SQUARE, _TINY = 0.9, 0.999, 1e-8  # of Adam (Kingma & Ba 2015, arXiv:1412.6980)


def train(embeddings: Array, labels: Labels, recipe: Recipe, strength: float, balance: Balance) -> Iterator[Head]:
    """Minimise mean cross-entropy + strength/2 · ‖weights‖² by steps of `recipe.batch` pictures; an epoch each yield.

    Args:
        embeddings: (n, D), standardised.
        labels: (n,)
    """
    random = np.random.default_rng(recipe.seed)
    classes = len(balance.counts)
    head = Head.from_tensors(
        {
            "hidden.weight": _start(random, embeddings.shape[1], recipe.hidden_units),
            "hidden.bias": np.zeros(recipe.hidden_units, np.float32),
            "weight": _start(random, recipe.hidden_units, classes),
            "bias": np.zeros(classes, np.float32),
        }
    )
    adam = _Adam(head.tensors, recipe.head_learning_rate)
    while True:
        order = balance.order(labels, random)
        for rows in np.array_split(order, max(1, round(len(order) / recipe.batch))):
            slopes = _slopes(head, embeddings[rows], labels[rows], recipe, balance, random)
            for name in ("weight", "hidden.weight"):
                slopes[name] += np.float32(strength) * head.tensors[name]
            adam.step(slopes)
        yield Head.from_tensors({name: value.copy() for name, value in head.tensors.items()})


def _start(random: np.random.Generator, inputs: int, outputs: int) -> Array:
    """Glorot's uniform distribution."""
    edge = np.sqrt(6 / (inputs + outputs))
    return random.uniform(-edge, edge, (inputs, outputs)).astype(np.float32)


def _slopes(
    head: Head, given: Array, labels: Labels, recipe: Recipe, balance: Balance, random: np.random.Generator
) -> dict[str, Array]:
    """The gradient of the loss of one step, without the penalty."""
    assert head.hidden
    active = head.hidden(given)
    kept = (random.random(active.shape, np.float32) >= recipe.dropout).astype(np.float32) / np.float32(
        1 - recipe.dropout
    )
    features = active * kept
    probabilities = np.exp(log_softmax(features @ head.weight + head.bias + balance.offsets))
    targets = np.full_like(probabilities, recipe.label_smoothing / len(head.bias))
    targets[np.arange(len(labels)), labels] += 1 - recipe.label_smoothing
    shares = balance.weights[labels]
    residuals = (probabilities - targets) * (shares / shares.sum())[:, np.newaxis]
    back = (residuals @ head.weight.T) * kept * (active > 0)
    return {
        "weight": features.T @ residuals,
        "bias": residuals.sum(axis=0),
        "hidden.weight": given.T @ back,
        "hidden.bias": back.sum(axis=0),
    }


class _Adam:
    """Changes `values` in place."""

    def __init__(self, values: dict[str, Array], rate: float) -> None:
        self._values, self._rate, self._steps = values, rate, 0
        self._moments: dict[str, Any] = {name: (np.zeros_like(v), np.zeros_like(v)) for name, v in values.items()}

    def step(self, slopes: dict[str, Array]) -> None:
        self._steps += 1
        rate = np.float32(self._rate * np.sqrt(1 - _DECAY_SQUARE**self._steps) / (1 - _DECAY_MEAN**self._steps))
        for name, slope in slopes.items():
            mean, square = self._moments[name]
            _move(mean, slope, _DECAY_MEAN)
            _move(square, slope * slope, _DECAY_SQUARE)
            self._values[name] -= rate * mean / (np.sqrt(square) + np.float32(_TINY))


def _move(average: NDArray[np.float32], towards: Array, decay: float) -> None:
    average += np.float32(1 - decay) * (towards - average)
