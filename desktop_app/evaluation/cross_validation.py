"""How far figures from a cross-validation can be trusted, and whether two of them differ.

Every picture was predicted once, by a model of the other folds; but that tells less than as many new pictures would.
The folds' models share most of what they have learnt from, so that their mistakes go together: the usual interval is
too narrow, and no unbiased estimate of the variance exists (Y. Bengio, Y. Grandvalet, JMLR 5 (2004); S. Bates, T.
Hastie, R. Tibshirani, "Cross-validation: what does it estimate and how well does it do it?", JASA 119 (2024)). C.
Nadeau and Y. Bengio, "Inference for the generalization error", Machine Learning 52 (2003), multiply the variance by
2.25 for five folds. Here it is doubled, in intervals that know which pictures belong together: of these, 95 % or more
hold what the model that has learnt from all pictures reaches on new ones (simulated in
`tests/evaluation/test_cross_validation.py`). The folds' models have learnt from four fifths of the pictures: the figure
itself errs to the safe side.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from desktop_app.evaluation.clusters import clustered, units_of
from desktop_app.evaluation.comparison import mcnemar
from desktop_app.evaluation.resampling import mean_intervals

_SHARED = 2.0  # how much larger the variance is, since the folds' models share pictures
_FLIPS = 9_999
_AT_ONCE = 2_000_000  # random signs

Interval = tuple[float, float]


def share_interval(right: NDArray[np.floating] | NDArray[np.bool_], groups: Sequence[str]) -> Interval:
    """The 95 % interval of the share that is right.

    Args:
        right: (n,) whether each picture was called right, or the share of repeats in which it was, 0–1.
        groups: what each picture belongs to, "" for nothing.
    """
    return clustered(right, units(groups), variance=_SHARED) if len(right) else (0.0, 1.0)


def units(groups: Sequence[str]) -> NDArray[np.intp]:
    """(n,) the number of what each picture belongs to; a picture without a group stands alone."""
    found = units_of(groups)
    return np.arange(len(groups)) if found is None else found


def balanced_interval(
    actual: NDArray[np.integer], predicted: NDArray[np.integer], classes: int, groups: Sequence[str]
) -> Interval:
    """The 95 % interval of the balanced accuracy: that of `resampling`, but wider as told above."""
    low, high = mean_intervals(actual, predicted, classes, groups).balanced_accuracy
    middle, half = (low + high) / 2, (high - low) / 2 * sqrt(_SHARED)
    return max(0.0, middle - half), min(1.0, middle + half)


def chance_of_difference(
    first: NDArray[np.bool_], second: NDArray[np.bool_], groups: Sequence[str], *, seed: int = 0
) -> float:
    """How often chance alone would make two models differ as much on the same pictures, 0–1.

    McNemar's exact test; where pictures belong together, the same for whole groups: whether each is for the one or the
    other model is decided by tossing coins (E. J. G. Pitman, JRSS Supplement 4 (1937), on paired differences).

    Args:
        first, second: (n,) whether each called a picture right.
    """
    difference = second.astype(np.int64) - first
    if not any(groups):
        return mcnemar(int(np.count_nonzero(difference > 0)), int(np.count_nonzero(difference < 0)))
    totals = np.bincount(units(groups), difference)
    totals = totals[totals != 0]
    if not len(totals):
        return 1.0
    random = np.random.default_rng(seed)
    seen, beyond, left = abs(totals.sum()), 0, _FLIPS
    while left:
        some = min(left, max(1, _AT_ONCE // len(totals)))
        signs = random.integers(0, 2, (some, len(totals)), np.int8) * 2 - 1
        beyond += int(np.count_nonzero(np.abs(signs @ totals) >= seen))
        left -= some
    return (beyond + 1) / (_FLIPS + 1)
