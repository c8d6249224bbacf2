"""The head, and how a linear one learns: multinomial logistic regression on standardised embeddings, in numpy."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from desktop_app.learning.balance import Balance
from desktop_app.learning.scores import Score, score

Array = NDArray[np.float32]
Labels = NDArray[np.int32]

_FLAT = 1e-7  # a slope that rounding can't be told from
_CONVERGED = 1e-4  # of the objective: what the last steps together must still gain
_LAST_STEPS = 5
_CURVED = 1e-5  # the smallest cosine between a step and the change of slope that tells more than rounding
_MEMORY = 10  # steps that L-BFGS remembers
_SUFFICIENT = 1e-4  # of the decrease that the slope promises


@dataclass(frozen=True, slots=True)
class Layer:
    """A hidden layer: (n, D) → ReLU → (n, H).

    Attributes:
        weight: (D, H)
        bias: (H,)
    """

    weight: Array
    bias: Array

    def __call__(self, embeddings: Array) -> Array:
        result: Array = np.maximum(embeddings @ self.weight + self.bias, 0)
        return result


@dataclass(frozen=True, slots=True)
class Head:
    """A classifier: logits = features @ weight + bias; the features are the embedding, or what a hidden layer makes.

    Attributes:
        weight: (D, C), or (H, C) behind a hidden layer.
        bias: (C,)
        hidden: the layer between, if there is one.
    """

    weight: Array
    bias: Array
    hidden: Layer | None = None

    @property
    def classes(self) -> int:
        return len(self.bias)

    @property
    def tensors(self) -> dict[str, Array]:
        """By the names they have in files, behind "head."."""
        hidden = {"hidden.weight": self.hidden.weight, "hidden.bias": self.hidden.bias} if self.hidden else {}
        return {"weight": self.weight, "bias": self.bias} | hidden

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Array]) -> Head:
        """The inverse of `tensors`."""
        there = "hidden.weight" in tensors
        hidden = Layer(tensors["hidden.weight"], tensors["hidden.bias"]) if there else None
        return cls(tensors["weight"], tensors["bias"], hidden)

    def require(self, inputs: int, classes: int) -> None:
        """Raises: ValueError unless it is for embeddings of that length, and for so many classes."""
        middle = self.hidden.bias.shape if self.hidden else (inputs,)
        first = self.hidden.weight.shape == (inputs, *middle) if self.hidden else True
        if not first or self.weight.shape != (*middle, classes) or self.bias.shape != (classes,):
            raise ValueError("a head for other embeddings or classes")

    def logits(self, embeddings: Array) -> Array:
        """(n, D) → (n, C)"""
        features = self.hidden(embeddings) if self.hidden else embeddings
        return features @ self.weight + self.bias

    def probabilities(self, embeddings: Array) -> Array:
        """(n, D) → (n, C), each row adding up to 1."""
        result: Array = np.exp(log_softmax(self.logits(embeddings)))
        return result

    def score(self, embeddings: Array, labels: Labels) -> Score:
        logits = self.logits(embeddings)
        losses = -log_softmax(logits)[np.arange(len(labels)), labels]
        return score(float(losses.mean()) if len(labels) else math.nan, logits.argmax(axis=1), labels)


def zeros(size: int, classes: int) -> Head:
    """The head that knows nothing: every class is as likely."""
    return Head(np.zeros((size, classes), np.float32), np.zeros(classes, np.float32))


@dataclass(frozen=True, slots=True)
class Scaling:
    """Standardises embeddings: each of the D values gets mean 0 and spread 1 over the pictures it was made from."""

    mean: Array
    spread: Array

    @classmethod
    def of(cls, embeddings: Array) -> Scaling:
        # A value that never varies tells nothing; its spread of 0 must not blow up what rounding left of it.
        spread = embeddings.std(axis=0)
        return cls(embeddings.mean(axis=0), np.where(spread > 1e-6, spread, np.float32(1)))

    @classmethod
    def none(cls, size: int) -> Scaling:
        """Leaves embeddings as they are."""
        return cls(np.zeros(size, np.float32), np.ones(size, np.float32))

    def __call__(self, embeddings: Array) -> Array:
        return (embeddings - self.mean) / self.spread

    def undo(self, head: Head) -> Head:
        """The head that does to plain embeddings what `head` does to standardised ones."""
        first = head.hidden or head
        weight = first.weight / self.spread[:, np.newaxis]
        bias = first.bias - self.mean @ weight
        return Head(head.weight, head.bias, Layer(weight, bias)) if head.hidden else Head(weight, bias)


def fit(
    embeddings: Array, labels: Labels, start: Head, strength: float, epochs: int, balance: Balance | None = None
) -> Head:
    """The head after `epochs` of `train`, or fewer if it converges."""
    head = start
    for trained in islice(train(embeddings, labels, start, strength, balance), epochs):
        head = trained
    return head


def train(
    embeddings: Array, labels: Labels, start: Head, strength: float, balance: Balance | None = None
) -> Iterator[Head]:
    """Minimise mean cross-entropy + strength/2 · ‖weight‖²; yields the head after each epoch until it converges.

    Args:
        embeddings: (n, D), standardised.
        labels: (n,)
        start: where to begin, without a hidden layer; the same optimum is reached from anywhere.
        balance: how classes of unequal size are treated. All pictures are in every step: weighing them is what showing
            them more often would come to.
    """
    count, size = embeddings.shape
    classes = start.classes
    balance = balance or Balance.of("none", labels, classes)
    shares = (balance.weights * balance.shares)[labels][:, np.newaxis] / np.float32(count)
    targets = np.zeros((count, classes), np.float32)
    targets[np.arange(count), labels] = 1

    def unpack(values: Array) -> Head:
        return Head(values[:-classes].reshape(size, classes), values[-classes:])

    def objective(values: Array) -> tuple[float, Array]:
        head = unpack(values)
        log_probabilities = log_softmax(head.logits(embeddings) + balance.offsets)
        residuals = (np.exp(log_probabilities) - targets) * shares
        slope = embeddings.T @ residuals + np.float32(strength) * head.weight
        loss = -float((log_probabilities * targets * shares).sum(dtype=np.float64))
        penalty = strength / 2 * float(np.square(head.weight).sum(dtype=np.float64))
        return loss + penalty, np.concatenate([slope.ravel(), residuals.sum(axis=0)])

    # The curvature is at most half the mean squared length of the embeddings: a first step that can't overshoot.
    first_step = 2 / max(float(np.square(embeddings).sum(axis=1).mean()), 1e-6)
    for values in minimise(objective, np.concatenate([start.weight.ravel(), start.bias]), first_step):
        yield unpack(values)


def minimise(objective: Callable[[Array], tuple[float, Array]], values: Array, first_step: float) -> Iterator[Array]:
    """L-BFGS with a backtracking line search (Nocedal & Wright, Numerical Optimization, algorithms 7.4 and 3.1).

    `first_step`: how far to go at first, as a multiple of the slope; from then on the slopes seen tell.

    Yields the values after each step, at least once, until the last few steps together gained next to nothing.
    """
    loss, slope = objective(values)
    if float(np.abs(slope).max()) <= _FLAT:
        yield values
        return
    losses = deque([loss], maxlen=_LAST_STEPS + 1)
    history: deque[tuple[Array, Array, float]] = deque(maxlen=_MEMORY)  # step, change of slope, 1 / their product
    while len(losses) <= _LAST_STEPS or losses[0] - losses[-1] > _CONVERGED * losses[0]:
        direction = -(_newton(slope, history) if history else np.float32(first_step) * slope)
        promised = float(slope @ direction)
        length = 1.0
        while True:
            step = np.float32(length) * direction
            new_loss, new_slope = objective(values + step)
            if new_loss <= loss + _SUFFICIENT * length * promised:
                break
            length /= 2
            if length < 1e-6:  # no step leads downhill any more
                return
        change = new_slope - slope
        product = float(step @ change)
        if product > _CURVED * float(np.linalg.norm(step) * np.linalg.norm(change)):
            history.append((step, change, 1 / product))
        values, loss, slope = values + step, new_loss, new_slope
        losses.append(loss)
        yield values


def _newton(slope: Array, history: deque[tuple[Array, Array, float]]) -> Array:
    """The inverse Hessian, as far as the history tells it, times the slope."""
    result = slope.copy()
    shares = []
    for step, change, inverse in reversed(history):
        share = np.float32(inverse * float(step @ result))
        result -= share * change
        shares.append(share)
    step, change, inverse = history[-1]
    result *= np.float32(1 / (inverse * float(change @ change)))
    for (step, change, inverse), share in zip(history, reversed(shares), strict=True):
        result += step * (share - np.float32(inverse * float(change @ result)))
    return result


def log_softmax(logits: Array) -> Array:
    shifted = logits - logits.max(axis=1, keepdims=True)
    result: Array = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return result
