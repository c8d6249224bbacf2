"""When a model should rather say "unsure": a threshold that keeps a promise.

The person promises a largest rate of harm: of missed defects where classes are marked good or defect, of wrong answers
otherwise. The threshold is the most lenient one at which the 95 % upper limit of that rate, on pictures that the model
has not learnt from, is within the promise. Raising a threshold can only prevent harm, so trying thresholds from strict
to lenient and stopping at the first that fails is a fixed-sequence test: with a probability of 95 %, the true rate
keeps the promise too.

Source: A. N. Angelopoulos, S. Bates, E. J. Candès, M. I. Jordan, L. Lei, "Learn then test: calibrating predictive
algorithms to achieve risk control", Annals of Applied Statistics 19 (2025), with exact binomial limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.evaluation.intervals import upper_limit

NEVER = 2.0  # a threshold that no probability reaches: always unsure


@dataclass(frozen=True, eq=False)
class Calls:
    """What a model calls pictures when it is never unsure, and what would be harm.

    A call with roles is "good" or "defect": good if the classes marked good have half of the probability or more. Only
    "good" can be unsure, since only it can let a defect escape. Without roles the call is the most probable class.

    Attributes:
        how_sure: (n,) the probability of the call, which must reach the threshold.
        harm: (n,) escapes, or wrong calls: what the promise is about.
        at_risk: (n,) the pictures of which the promise gives a share: the defects, or all.
        doubtful: (n,) calls that can be turned into "unsure".
        false_alarm: (n,) good pictures called defect; none without roles.
    """

    how_sure: NDArray[np.float64]
    harm: NDArray[np.bool_]
    at_risk: NDArray[np.bool_]
    doubtful: NDArray[np.bool_]
    false_alarm: NDArray[np.bool_]


def calls(probabilities: NDArray[np.float32], actual: NDArray[np.integer], good: Sequence[bool] | None = None) -> Calls:
    """The calls behind a table of predictions.

    Args:
        probabilities: (n, classes), calibrated.
        actual: (n,) class numbers.
        good: for each class whether it is good, the others being defects; None where roles are not set.
    """
    table = np.asarray(probabilities, np.float64)
    if good is None:
        n = len(table)
        how_sure = table.max(axis=1)
        wrong = table.argmax(axis=1) != actual
        return Calls(how_sure, wrong, np.ones(n, bool), np.ones(n, bool), np.zeros(n, bool))
    is_good = np.asarray(good, bool)
    good_share = table[:, is_good].sum(axis=1)
    called_good, actually_good = good_share >= 0.5, is_good[actual]
    return Calls(
        np.where(called_good, good_share, 1 - good_share),
        called_good & ~actually_good,
        ~actually_good,
        called_good,
        ~called_good & actually_good,
    )


def threshold(validation: Calls, promise: float) -> float:
    """The most lenient threshold that keeps the promise; `NEVER` if there are too few pictures to promise that.

    Args:
        validation: pictures that the model has not learnt from.
        promise: the largest share of harm among the pictures at risk, 0–1.
    """
    n = int(np.count_nonzero(validation.at_risk))
    harmful = np.sort(validation.how_sure[validation.harm])[::-1]
    allowed = most_allowed(n, promise)
    if allowed < 0:
        return NEVER
    if allowed >= len(harmful):
        return 0.0
    # Just above the first harm too many: those as sure as it is are unsure, too.
    return float(np.nextafter(harmful[allowed], np.inf))


def most_allowed(n: int, promise: float) -> int:
    """How many of `n` may be harmed with the 95 % upper limit still within the promise; -1 if not even none may."""
    low, high = -1, n  # the limit grows with the count
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if upper_limit(middle, n) <= promise else (low, middle)
    return low


def smallest_promise(n: int) -> float:
    """The smallest share that can be promised with `n` pictures at risk: the limit where none is harmed."""
    return upper_limit(0, n)


@dataclass(frozen=True)
class Expected:
    """What comes of a threshold on a split: counts, and of how many.

    Attributes:
        harm, at_risk: missed defects of all defects, or wrong calls of all pictures.
        false_alarms, good: good pictures called defect, of all good ones; 0 of 0 without roles.
        unsure, n: pictures left to a person, of all.
        harm_at_once, false_alarms_at_once: the same if the model were never unsure.
    """

    harm: int
    at_risk: int
    false_alarms: int
    good: int
    unsure: int
    n: int
    harm_at_once: int


def expected(split: Calls, at: float) -> Expected:
    """What the threshold `at` does on a split."""
    unsure = split.doubtful & (split.how_sure < at)

    def count(mask: NDArray[np.bool_]) -> int:
        return int(np.count_nonzero(mask))

    has_roles = not split.at_risk.all() or split.false_alarm.any()
    return Expected(
        harm=count(split.harm & ~unsure),
        at_risk=count(split.at_risk),
        false_alarms=count(split.false_alarm & ~unsure),
        good=count(~split.at_risk) if has_roles else 0,
        unsure=count(unsure),
        n=len(split.how_sure),
        harm_at_once=count(split.harm),
    )
