"""Make "97 % sure" mean that 97 of 100 such pictures are right.

A network trained to the end is usually too sure of itself. Dividing its logits by one number, the temperature, mends
that and leaves every answer as it was.

Where all of a few validation pictures are right, the most likely temperature is none at all: every answer would be
certain. So a quarter of a mistake more than was seen is weighed in, a picture whose second most probable class is the
true one. Like the smoothed targets of J. Platt, "Probabilistic outputs for support vector machines", Advances in Large
Margin Classifiers (1999), but its weight falls with the number of pictures and it does not depend on how large a
model's logits are. (Chosen by cross-validation on three data sets, with 15 validation pictures and more: where they
were perfect, the loss on others fell to between a fifth and a third.)

Source: C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On calibration of modern neural networks", ICML (2017).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.evaluation.clusters import clustered

_SMALLEST = 1e-12  # a probability of 0 has no logarithm
COLDEST, HOTTEST = 0.05, 20.0
_STEPS = 60
_EXACT = 1e-5
_UNSEEN = 0.25  # mistakes more than were seen
BINS = 15
_WORK, _FEWEST_DRAWS, _DRAWS = 2_000_000, 60, 1000


def fit_temperature(probabilities: NDArray[np.float32], actual: NDArray[np.integer]) -> float:
    """The temperature under which the actual classes, and a little of a mistake, are most likely; 1 without pictures.

    Args:
        probabilities: (n, classes), of pictures that the model has not learnt from.
        actual: (n,) class numbers.
    """
    if not len(actual):
        return 1.0
    logits = np.log(np.maximum(probabilities, np.float32(_SMALLEST)))
    below = logits - logits.max(axis=1, keepdims=True)
    unseen = _UNSEEN / len(actual)  # for each picture
    second = np.partition(below, -2, axis=1)[:, -2]
    of_actual = float((below[np.arange(len(actual)), actual] + unseen * second).mean(dtype=np.float64)) / (1 + unseen)

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
    sure = np.asarray(how_sure, np.float64)
    off = np.bincount(_places(sure, bins), np.asarray(correct, np.float64) - sure, bins)
    return float(np.abs(off).sum()) / len(correct)


def error_by_chance(how_sure: NDArray[np.floating], bins: int = BINS) -> tuple[float, float]:
    """The calibration error that so many pictures show by chance, if "how sure" is right: its mean and 95 % limit.

    The right answers are drawn anew, each with the chance that the model gave it. Source: J. Bröcker, L. A. Smith,
    "Increasing the reliability of reliability diagrams", Weather and Forecasting 22 (2007): consistency resampling.
    """
    sure = np.asarray(how_sure, np.float64)
    place = _places(sure, bins)
    random = np.random.default_rng(0)
    errors = []
    for _ in range(int(np.clip(_WORK // len(sure), _FEWEST_DRAWS, _DRAWS))):
        off = np.bincount(place, (random.random(len(sure)) < sure) - sure, bins)
        errors.append(float(np.abs(off).sum()) / len(sure))
    return float(np.mean(errors)), float(np.quantile(errors, 0.95))


@dataclass(frozen=True, eq=False)
class Reliability:
    """Pictures by how sure the model was. Each array has an entry for every range that holds pictures.

    Attributes:
        pictures: how many.
        how_sure: the mean of what the model said, 0–1.
        right: the share that was right, 0–1.
        intervals: 95 %, of the true share.
    """

    pictures: NDArray[np.int64]
    how_sure: NDArray[np.float64]
    right: NDArray[np.float64]
    intervals: tuple[tuple[float, float], ...]


def reliability(
    how_sure: NDArray[np.floating],
    correct: NDArray[np.bool_],
    bins: int = BINS,
    units: NDArray[np.intp] | None = None,
) -> Reliability:
    """What a reliability diagram shows: in equally wide ranges (…, …], the share that was right.

    Args:
        units: (n,) pictures of the same unit belong together; None where each stands alone.
    """
    sure, was_right = np.asarray(how_sure, np.float64), np.asarray(correct, bool)
    place = _places(sure, bins)
    pictures = np.bincount(place, minlength=bins)
    held = pictures > 0
    said = np.bincount(place, sure, bins)[held] / pictures[held]
    right = np.bincount(place, was_right, bins)[held] / pictures[held]
    units = np.arange(len(sure)) if units is None else units
    members = (place == number for number in np.flatnonzero(held))
    intervals = tuple(clustered(was_right[rows], units[rows]) for rows in members)
    return Reliability(pictures[held], said, right, intervals)


def _places(sure: NDArray[np.float64], bins: int) -> NDArray[np.intp]:
    """(n,) the range that each picture is in, 0 …"""
    return np.clip(np.ceil(sure * bins).astype(np.intp) - 1, 0, bins - 1)
