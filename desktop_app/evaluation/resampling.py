"""How far measures that are no simple share (balanced accuracy, macro-F1) can be trusted.

Their 95 % intervals come from drawing test splits anew: each group of pictures that belong together gets a random
weight (the Bayesian bootstrap), since twenty pictures of one part tell little more than one. Two corrections make the
intervals hold for small splits, too (`tests/evaluation/test_resampling.py` simulates it). Half a right and half a wrong
picture, shared by the classes, are weighed in: without them, nothing but right answers would be certain to be perfect.
And weights vary the more the fewer groups there are, by as much as Student's t is wider than the normal. Where classes
have but one or two groups, these can't tell how much their class varies: then whole classes get the random weights.

Sources: D. B. Rubin, "The Bayesian bootstrap", Annals of Statistics 9 (1981); H. Jeffreys' prior for shares as in
L. D. Brown, T. T. Cai, A. DasGupta, "Interval estimation for a binomial proportion", Statistical Science 16 (2001).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.evaluation import metrics
from desktop_app.evaluation.clusters import units_of
from desktop_app.evaluation.intervals import Z_95

_DRAWS = 2000
_FEWEST_DRAWS = 200
_WORK = 6_000_000  # random numbers; more pictures get by with fewer draws
_AT_ONCE = 2_000_000  # of them, for the memory's sake
_PRIOR = 0.5
_ENDS = (2.5, 97.5)
_FEW = 3  # groups a class, below which classes are drawn


@dataclass(frozen=True)
class MeanIntervals:
    """95 % intervals of measures that average over classes, each within 0–1."""

    balanced_accuracy: tuple[float, float]
    macro_f1: tuple[float, float]


def mean_intervals(
    actual: NDArray[np.integer],
    predicted: NDArray[np.integer],
    classes: int,
    groups: Sequence[str] = (),
    *,
    seed: int = 0,
) -> MeanIntervals:
    """The intervals of balanced accuracy and macro-F1.

    Args:
        actual, predicted: (n,) class numbers, 0 … `classes` - 1.
        groups: for each picture what it belongs to, "" for nothing; left out, all stand alone.

    Raises:
        ValueError: there are no pictures.
    """
    if not len(actual):
        raise ValueError("no pictures")
    cells = np.asarray(actual, np.int64) * classes + np.asarray(predicted, np.int64)
    used, cell_of = np.unique(cells, return_inverse=True)
    unit_of = units_of(groups)
    units = len(cells) if unit_of is None else int(unit_of.max()) + 1
    draws = int(np.clip(_WORK // max(units, 1), _FEWEST_DRAWS, _DRAWS))
    random = np.random.default_rng(seed)
    present = len(np.unique(actual))
    if units < _FEW * present:
        weights = np.bincount(cell_of)[:, None].astype(float)  # the same in each draw
        shape = _weight_shape(present, 1)
        of_classes = random.gamma(shape, 1 / shape, size=(classes, draws))
    else:
        weights = _cell_weights(cell_of, len(used), unit_of, units, _weight_shape(units, present), draws, random)
        of_classes = np.ones((classes, draws))
    found = _intervals(weights, used // classes, used % classes, of_classes, random)
    # The halves weighed in may pull all draws to one side of a perfect result; no interval is without what was seen.
    seen = metrics.confusion_matrix(actual, predicted, classes)
    return MeanIntervals(
        _around(metrics.balanced_accuracy(seen), found.balanced_accuracy),
        _around(metrics.macro_f1(seen), found.macro_f1),
    )


def mean_interval(
    outcomes: NDArray[np.integer],
    values: NDArray[np.floating],
    units: NDArray[np.intp] | None = None,
    *,
    parts: NDArray[np.integer] | None = None,
    shares: Sequence[float] = (1.0,),
    seed: int = 0,
) -> tuple[float, float]:
    """The interval of the mean value of pictures, each of which has one of few outcomes.

    Half a picture of every outcome, seen or not, is weighed in: what few pictures did not show may still happen.

    Args:
        outcomes: (n,) 0 …; `values`: what each is worth.
        units: (n,) pictures of the same unit belong together; None where each stands alone.
        parts: for each outcome the part of the pictures that it is one of, 0 …; None for all in one.
        shares: how large a share of the pictures each part is, as one knows from elsewhere.
    """
    parts = np.zeros(len(values), np.intp) if parts is None else np.asarray(parts)
    random = np.random.default_rng(seed)
    weights = _outcome_weights(np.asarray(outcomes, np.intp), len(values), units, len(shares), random)
    weights += random.gamma(_PRIOR, size=weights.shape)
    mean = np.zeros(weights.shape[1])
    for part, share in enumerate(shares):
        own = parts == part
        mean += share * (values[own] @ weights[own]) / weights[own].sum(axis=0)
    return _ends(mean)


def _outcome_weights(
    outcomes: NDArray[np.intp], kinds: int, units: NDArray[np.intp] | None, parts: int, random: np.random.Generator
) -> NDArray[np.float64]:
    """(outcomes, draws) what the pictures of each outcome weigh together, when all units get random weights.

    Units with the same outcomes are drawn at once: their weights add up to another gamma distribution.
    """
    if units is None:
        members = np.eye(kinds, dtype=np.int64)
        count = np.bincount(outcomes, minlength=kinds)
    else:
        each = np.bincount(units * kinds + outcomes, minlength=kinds * (int(units.max(initial=-1)) + 1))
        of_unit = each.reshape(-1, kinds)
        # A number for each unit that tells what it holds; comparing numbers is much faster than comparing rows.
        code = of_unit @ np.random.default_rng(1).integers(1 << 40, size=kinds)
        _, first, count = np.unique(code, return_index=True, return_counts=True)
        members = of_unit[first]
        count[members.sum(axis=1) == 0] = 0  # a number that no picture has
    shape = _weight_shape(int(count.sum()), parts)
    draws = int(np.clip(_WORK // max(len(count), 1), _FEWEST_DRAWS, _DRAWS))
    return members.T @ random.gamma(shape * count[:, None], 1 / shape, size=(len(count), draws))


def _cell_weights(
    cell_of: NDArray[np.intp],
    cells: int,
    unit_of: NDArray[np.intp] | None,
    units: int,
    shape: float,
    draws: int,
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """(cells, draws) the weight that each used cell of the confusion matrix gets: the sum of its units' weights."""
    counts = np.bincount(cell_of, minlength=cells)
    if unit_of is None:
        return random.gamma(shape * counts[:, None], 1 / shape, size=(cells, draws))  # so many of them at once
    from scipy.sparse import csr_array  # slow to import

    places = (cell_of, unit_of)
    members = csr_array((np.ones(len(cell_of)), places), (cells, units))  # how many pictures of a unit are in a cell
    weights = np.empty((cells, draws))
    at_once = max(1, _AT_ONCE // units)
    for start in range(0, draws, at_once):
        drawn = random.gamma(shape, 1 / shape, size=(units, min(at_once, draws - start)))
        weights[:, start : start + at_once] = members @ drawn
    return weights


def _weight_shape(units: int, classes: int) -> float:
    """The shape of the gamma distribution of weights, mean 1; 1 (the exponential one) for very many units.

    A mean over classes has the degrees of freedom of all of them together.
    """
    from scipy.special import stdtrit  # slow to import

    each = max(units / classes, 2.0)
    wider = float(stdtrit(max(units - classes, 1), 0.975)) / Z_95
    return float((each - 1) / each / wider**2)


def _intervals(
    weights: NDArray[np.float64],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    of_classes: NDArray[np.float64],
    random: np.random.Generator,
) -> MeanIntervals:
    """From (cells, draws or 1) weights of cells, their rows and columns in the matrix, and (classes, draws) weights."""
    from scipy.sparse import csr_array  # slow to import

    def summed(by: NDArray[np.int64], cells: NDArray[np.intp]) -> NDArray[np.float64]:
        """(classes, draws) the weights of `cells`, added up by class."""
        places = (by[cells], np.arange(len(cells)))
        sums = csr_array((np.ones(len(cells)), places), (classes, len(cells))) @ weights[cells]
        return np.broadcast_to(sums, of_classes.shape).copy()

    classes, draws = of_classes.shape
    every = np.arange(len(weights))
    right, actual, called = summed(rows, np.flatnonzero(rows == columns)), summed(rows, every), summed(columns, every)
    present, occurs = np.zeros(classes, bool), np.zeros(classes, bool)
    present[rows] = occurs[rows] = occurs[columns] = True
    kept = int(np.count_nonzero(present))
    prior_right, prior_wrong = random.gamma(_PRIOR / kept, size=(2, kept, draws))
    right[present] += prior_right
    actual[present] += prior_right + prior_wrong
    called[present] += prior_right
    # The wrong halves are spread evenly over what they could have been called.
    called[occurs] += prior_wrong.sum(axis=0) / np.count_nonzero(occurs)
    recall = _shares(right[present], actual[present])
    f1 = _shares(2 * right[occurs], actual[occurs] + called[occurs])
    return MeanIntervals(_ends(_mean(recall, of_classes[present])), _ends(_mean(f1, of_classes[occurs])))


def _shares(parts: NDArray[np.float64], wholes: NDArray[np.float64]) -> NDArray[np.float64]:
    """One by the other. With a picture a class, weights vary so much that some are 0: these speak for neither side."""
    return np.divide(parts, wholes, out=np.full_like(parts, 0.5), where=wholes > 0)


def _around(seen: float, interval: tuple[float, float]) -> tuple[float, float]:
    return min(seen, interval[0]), max(seen, interval[1])


def _mean(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(draws,) of (classes, draws) values."""
    return np.asarray((values * weights).sum(axis=0) / weights.sum(axis=0))


def _ends(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.percentile(values, _ENDS)
    return float(low), float(high)
