"""Make "97 % sure" mean that 97 of 100 such pictures are right.

A network trained to the end is usually too sure of itself. Dividing its logits by one number, the temperature, mends
that and leaves every answer as it was.

Source: C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On calibration of modern neural networks", ICML (2017).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SMALLEST = 1e-12  # a probability of 0 has no logarithm
COLDEST, HOTTEST = 0.05, 20.0
_STEPS = 60
_EXACT = 1e-5
BINS = 15


def fit_temperature(probabilities: NDArray[np.float32], actual: NDArray[np.integer]) -> float:
    """The temperature under which the actual classes are most likely; 1 where there is nothing to learn it from.

    Args:
        probabilities: (n, classes), of pictures that the model has not learnt from.
        actual: (n,) class numbers.
    """
    if not len(actual):
        return 1.0
    logits = np.log(np.maximum(probabilities, np.float32(_SMALLEST)))
    below = logits - logits.max(axis=1, keepdims=True)
    of_actual = float(below[np.arange(len(actual)), actual].mean(dtype=np.float64))

    def slope(coldness: float) -> tuple[float, float]:
        """How the loss changes with 1 / T, and how that changes in turn."""
        shares = np.exp(np.float32(coldness) * below)
        shares /= shares.sum(axis=1, keepdims=True)
        mean = np.einsum("nc,nc->n", shares, below)
        square = np.einsum("nc,nc,nc->n", shares, below, below)
        return float(mean.mean(dtype=np.float64)) - of_actual, float((square - mean**2).mean(dtype=np.float64))

    # The loss is convex in 1/T: Newton's steps, halving what is left where they would leave it.
    low, high, coldness = 1 / HOTTEST, 1 / COLDEST, 1.0
    for _ in range(_STEPS):
        steepness, curvature = slope(coldness)
        low, high = (coldness, high) if steepness < 0 else (low, coldness)
        step = coldness - steepness / curvature if curvature > 0 else low
        following = step if low < step < high else (low + high) / 2
        if abs(following - coldness) < _EXACT * coldness:
            break
        coldness = following
    return float(1 / coldness)


def at_temperature(probabilities: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """(n, classes) probabilities as they are at another temperature; their order within a row stays."""
    powers = np.maximum(np.asarray(probabilities, np.float64), _SMALLEST) ** (1 / temperature)
    shares: NDArray[np.float32] = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares


def calibration_error(how_sure: NDArray[np.floating], correct: NDArray[np.bool_], bins: int = BINS) -> float:
    """The expected calibration error: how far "how sure" is from the share that is right, on average, 0–1.

    Pictures are sorted into `bins` equally wide ranges of "how sure"; each counts by its pictures. Source: as above.

    Raises:
        ValueError: there are no pictures.
    """
    if not len(correct):
        raise ValueError("no pictures")
    curve = reliability(how_sure, correct, bins)
    return float(np.sum(curve.pictures * np.abs(curve.right - curve.how_sure)) / len(correct))


@dataclass(frozen=True, eq=False)
class Reliability:
    """Pictures by how sure the model was. Each array has an entry for every range that holds pictures.

    Attributes:
        pictures: how many.
        how_sure: the mean of what the model said, 0–1.
        right: the share that was right, 0–1.
    """

    pictures: NDArray[np.int64]
    how_sure: NDArray[np.float64]
    right: NDArray[np.float64]


def reliability(how_sure: NDArray[np.floating], correct: NDArray[np.bool_], bins: int = BINS) -> Reliability:
    """What a reliability diagram shows: in equally wide ranges (…, …], the share that was right."""
    sure = np.asarray(how_sure, np.float64)
    place = np.clip(np.ceil(sure * bins).astype(np.intp) - 1, 0, bins - 1)
    pictures = np.bincount(place, minlength=bins)
    held = pictures > 0
    said = np.bincount(place, sure, bins)[held] / pictures[held]
    right = np.bincount(place, np.asarray(correct, np.float64), bins)[held] / pictures[held]
    return Reliability(pictures[held], said, right)
