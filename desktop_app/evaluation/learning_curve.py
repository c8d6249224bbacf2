"""Whether more pictures would help: what the answers of heads that have learnt from fewer of them say about more.

The share of mistakes is taken to follow an inverse power law in the number of pictures learnt from, a·n^(−b) + c: it
falls ever more slowly towards what no number of pictures can mend (C. Cortes et al., "Learning curves: asymptotic
values and rate of convergence", NIPS 6 (1993); R. L. Figueroa, Q. Zeng-Treitler, S. Kandula, L. H. Ngo, "Predicting
sample size required for classification performance", BMC Medical Informatics and Decision Making 12:8 (2012)). Four
points can't say much about three numbers. So the law is fitted again and again to the pictures weighed at random (the
Bayesian bootstrap, group by group; see `resampling`), nothing is said that not nearly all of these fits say, and never
anything about more than twice as many pictures as there are. Of a class it holds if the other classes grow as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.evaluation.cross_validation import share_interval, units
from desktop_app.events import CurvePoint, Outlook

FEWEST = 12  # groups of pictures; of a quarter of fewer nothing can be learnt
HELP = 0.01  # "more pictures help": at least one more of a hundred is called right
_GROWTH = 2  # the whole is at least so many times its smallest part, which should be a quarter
_GOOD = 0.97  # a flat curve that high is no reason to look at labels
_SURE = 0.1  # of the fits may say otherwise
_DRAWS = 400
_EXPONENTS = np.array([0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0])

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Prospect:
    """What more pictures should bring; fields as of `events.Curve`."""

    outlook: Outlook
    more: int | None = None
    expected: tuple[float, float] | None = None


def points(learnt: Array, right: Array, groups: Sequence[str]) -> list[CurvePoint]:
    """The measured curve, with 95 % intervals.

    Args:
        learnt: (parts,) pictures learnt from.
        right: (parts, n) the share of the repeats in which each picture was called right, 0–1.
        groups: (n,)
    """
    return [
        CurvePoint(float(count), float(answers.mean()), share_interval(answers, groups))
        for count, answers in zip(learnt.tolist(), right, strict=True)
    ]


def prospect(learnt: Array, right: Array, groups: Sequence[str], *, seed: int = 0) -> Prospect:
    """Judge a curve; arguments as of `points`.

    * "few": too few groups to say anything, or the parts hardly differ in size: a group is never cut.
    * "rising": nearly all fits agree that the curve still rises, and what `more` pictures, at most as many as there are
      now, bring is at least `HELP`; `expected` holds 80 % of the fits.
    * "slow": it rises, but even twice as many pictures may bring less than that.
    * "good", "flat": nearly all fits agree that twice as many bring next to nothing, on a high or a lower level.
    * "unclear": the curve is lost in its doubt.
    """
    unit_of = units(groups)
    count = int(unit_of.max(initial=-1)) + 1
    if count < FEWEST or learnt[0] < 1 or learnt[-1] < _GROWTH * learnt[0]:
        return Prospect("few")
    wrong = _wrong(right, unit_of, count, np.random.default_rng(seed))
    half, whole = wrong[:, 1], wrong[:, -1]
    fits = _Fits(learnt, wrong)
    pictures = right.shape[1]
    at_best = np.quantile(fits.gain(2), 1 - _SURE)
    if np.mean(half > whole) >= 1 - _SURE / 2:
        for more in _round_numbers(pictures):
            gain = fits.gain(1 + more / pictures)
            if np.quantile(gain, _SURE) >= HELP:
                low, high = np.quantile(1 - whole + gain, (_SURE, 1 - _SURE))
                return Prospect("rising", more, (float(low), float(min(high, 1.0))))
        if at_best >= HELP:
            return Prospect("slow")
    if at_best < HELP:
        return Prospect("good" if right[-1].mean() >= _GOOD else "flat")
    return Prospect("unclear")


def _wrong(right: Array, unit_of: NDArray[np.intp], count: int, random: np.random.Generator) -> Array:
    """(draws, parts) the share of mistakes, with the pictures weighed at random."""
    mistakes = np.stack([np.bincount(unit_of, 1 - answers, count) for answers in right])
    weights = random.exponential(size=(_DRAWS, count))
    weights /= weights @ np.bincount(unit_of, minlength=count)[:, np.newaxis]
    shares: Array = weights @ mistakes.T
    return shares


class _Fits:
    """a·n^(−b) + c with a, c ≥ 0 for every draw: for each b of a grid by least squares, then the b that fits best."""

    def __init__(self, learnt: Array, wrong: Array) -> None:
        self._last = wrong[:, -1]
        best = np.full(len(wrong), np.inf)
        self._slope, self._exponent = np.zeros(len(wrong)), np.ones(len(wrong))
        for exponent in _EXPONENTS:
            falls = (learnt / learnt[-1]) ** -exponent  # 1 where all are learnt from
            slope, floor = _line(falls, wrong)
            error = np.square(wrong - slope[:, np.newaxis] * falls - floor[:, np.newaxis]).sum(axis=1)
            better = error < best
            best = np.where(better, error, best)
            self._slope = np.where(better, slope, self._slope)
            self._exponent = np.where(better, exponent, self._exponent)

    def gain(self, times: float) -> Array:
        """(draws,) how much the share of mistakes falls when there are so many times as many pictures."""
        gain: Array = self._slope * (1 - times**-self._exponent)
        return np.minimum(gain, self._last)


def _line(x: Array, y: Array) -> tuple[Array, Array]:
    """Slope and intercept, both ≥ 0, of each row of `y` (draws, parts) over `x` (parts,)."""
    middle = x.mean()
    slope = np.maximum((y - y.mean(axis=1, keepdims=True)) @ (x - middle) / np.square(x - middle).sum(), 0)
    floor = y.mean(axis=1) - slope * middle
    through_zero = np.maximum(y @ x / np.square(x).sum(), 0)
    return np.where(floor < 0, through_zero, slope), np.maximum(floor, 0)


def _round_numbers(pictures: int) -> list[int]:
    """Numbers of pictures to ask for, up to as many as there are."""
    steps = [step * 10**power for power in range(1, 7) for step in (1, 2, 3, 4, 6, 8)]
    return [number for number in steps if number <= max(pictures, 10)]
