"""When a model should rather say "unsure": a threshold that keeps a promise.

The person promises a largest rate of harm: of missed defects where classes are marked good or defect, of wrong answers
otherwise. The threshold is the most lenient one at which the 95 % upper limit of that rate, on pictures that the model
has not learnt from, is within the promise. Raising a threshold can only prevent harm, so trying thresholds from strict
to lenient and stopping at the first that fails is a fixed-sequence test: with a probability of 95 %, the true rate
keeps the promise too. Pictures that belong together (of one part, say) are not independent of each other: then the
promise is about such groups, and one is harmed as soon as one of its pictures is.

Or the person says what mistakes and looks cost, and the thresholds are those that cost least, see `costs`.

Whatever the classifier says of it, a picture that is farther from all that was learnt than ordinary pictures ever are
is unsure, too. That can only prevent harm, so the promise stays.

Sources: A. N. Angelopoulos, S. Bates, E. J. Candès, M. I. Jordan, L. Lei, "Learn then test: calibrating predictive
algorithms to achieve risk control", Annals of Applied Statistics 19 (2025), with exact binomial limits; S. Bates, E.
Candès, L. Lei, Y. Romano, M. Sesia, "Testing for outliers with conformal p-values", Annals of Statistics 51 (2023).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil

import numpy as np
from numpy.typing import NDArray

from desktop_app.evaluation.clusters import clustered
from desktop_app.evaluation.costs import Costs, cost_interval, cost_of
from desktop_app.evaluation.intervals import upper_limit, wilson

STRANGE = 0.01  # the share of ordinary pictures that may be taken for unlike anything learnt
NEVER = 2.0  # a threshold that no probability reaches: always unsure
EVEN = 0.5  # the share of good from which on a picture is rather good


@dataclass(frozen=True, eq=False)
class Calls:
    """What a model calls pictures when it is never unsure, and what would be harm.

    A call with roles is "good" or "defect": good if the classes marked good have enough of the probability, by itself
    half or more. Only "good" can be unsure, since only it can let a defect escape. Without roles the call is the most
    probable class.

    Attributes:
        how_sure: (n,) the probability of the call, which must reach the threshold.
        harm: (n,) escapes, or wrong calls: what the promise is about.
        at_risk: (n,) the pictures of which the promise gives a share: the defects, or all.
        doubtful: (n,) calls that can be turned into "unsure".
        false_alarm: (n,) good pictures called defect; none without roles.
        unlike: (n,) how far the picture is from all that was learnt; 0 where that isn't known.
        good_share: (n,) the probability of the classes marked good; None without roles.
        units: (n,) 0 …, pictures of one unit belong together; None where each stands alone.
    """

    how_sure: NDArray[np.float64]
    harm: NDArray[np.bool_]
    at_risk: NDArray[np.bool_]
    doubtful: NDArray[np.bool_]
    false_alarm: NDArray[np.bool_]
    unlike: NDArray[np.float32]
    good_share: NDArray[np.float64] | None = None
    units: NDArray[np.intp] | None = None

    @cached_property
    def bearers(self) -> int:
        """How many independent pictures, or groups of them, a promise rests on."""
        return self.bearers_of(self.at_risk)

    @cached_property
    def others(self) -> int:
        """The same of those that no promise is about."""
        return self.bearers_of(~self.at_risk)

    @cached_property
    def surest_first(self) -> NDArray[np.intp]:
        """(n,) all pictures, by the share of good where roles are set, else by how sure their calls are."""
        return np.argsort(-(self.how_sure if self.good_share is None else self.good_share), kind="stable")

    def bearers_of(self, mask: NDArray[np.bool_]) -> int:
        """How many independent pictures, or groups of them, are among some."""
        return int(np.count_nonzero(mask)) if self.units is None else len(np.unique(self.units[mask]))

    def unsure(self, at: float, furthest: float | None) -> NDArray[np.bool_]:
        """(n,) the calls that become "unsure": less sure than `at`, or of pictures farther away than `furthest`."""
        left = self.doubtful & (self.how_sure < at)
        return left if furthest is None else left | (self.unlike > furthest)


def calls(
    probabilities: NDArray[np.float32],
    actual: NDArray[np.integer],
    good: NDArray[np.bool_] | None = None,
    unlike: NDArray[np.float32] | None = None,
    units: NDArray[np.intp] | None = None,
    split: float = EVEN,
) -> Calls:
    """The calls behind a table of predictions.

    Args:
        probabilities: (n, classes), calibrated.
        actual: (n,) class numbers.
        good: (classes,) which are good, the others being defects; None where roles are not set.
        unlike: (n,) distances; None where they aren't known.
        units: (n,) what belongs together; None where each picture stands alone.
        split: the share of good from which on a picture is called good; without roles of no use.
    """
    if unlike is None:
        unlike = np.zeros(len(probabilities), np.float32)
    table = np.asarray(probabilities, np.float64)
    if good is None:
        n = len(table)
        how_sure = table.max(axis=1)
        wrong = table.argmax(axis=1) != actual
        return Calls(how_sure, wrong, np.ones(n, bool), np.ones(n, bool), np.zeros(n, bool), unlike, None, units)
    good_share = table[:, good].sum(axis=1)
    called_good, actually_good = good_share >= split, good[actual]
    return Calls(
        np.where(called_good, good_share, 1 - good_share),
        called_good & ~actually_good,
        ~actually_good,
        called_good,
        ~called_good & actually_good,
        unlike,
        good_share,
        units,
    )


def threshold(validation: Calls, promise: float) -> float:
    """The most lenient threshold that keeps the promise; `NEVER` if there are too few pictures to promise that.

    Args:
        validation: pictures that the model has not learnt from.
        promise: the largest share of harm among the pictures at risk, 0–1.
    """
    n = validation.bearers
    harmful = np.sort(_surest_harm(validation))[::-1]
    allowed = most_allowed(n, promise)
    if allowed < 0:
        return NEVER
    if allowed >= len(harmful):
        return 0.0
    # Just above the first harm too many: those as sure as it is are unsure, too.
    return float(np.nextafter(harmful[allowed], np.inf))


def _surest_harm(validation: Calls) -> NDArray[np.float64]:
    """How sure the model is of each harmful call; of each unit's surest one, where pictures belong together."""
    sure = validation.how_sure[validation.harm]
    if validation.units is None or not len(sure):
        return sure
    _, place = np.unique(validation.units[validation.harm], return_inverse=True)
    surest = np.zeros(int(place.max()) + 1)
    np.maximum.at(surest, place, sure)
    return surest


def furthest_ordinary(validation: Calls) -> float | None:
    """The distance that few ordinary pictures exceed: `STRANGE` of them, or of a few pictures none; None without any.

    With n pictures to learn it from, at most the larger of `STRANGE` and 1 in n + 1 of new ones will, on average.
    """
    n = len(validation.unlike)
    if not n or not validation.unlike.max() > 0:
        return None
    rank = min(n, ceil((n + 1) * (1 - STRANGE)))
    return float(np.partition(validation.unlike, rank - 1)[rank - 1])


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
        unlike: those among them that are farther from all that was learnt than ordinary pictures.
        harm_at_once: the harm if the model were never unsure.
        harm_limit: what the true share of harm is below with 95 % confidence.
        false_alarm_interval, unsure_interval: 95 % intervals of the true shares.
        cost, cost_interval: of each picture on average; None where nobody said what mistakes cost.
    """

    harm: int
    at_risk: int
    false_alarms: int
    good: int
    unsure: int
    n: int
    unlike: int
    harm_at_once: int
    harm_limit: float
    false_alarm_interval: tuple[float, float]
    unsure_interval: tuple[float, float]
    cost: float | None = None
    cost_interval: tuple[float, float] | None = None


def expected(split: Calls, at: float, furthest: float | None = None, costs: Costs | None = None) -> Expected:
    """What a rule does on a split: the threshold `at`, and the distance `furthest` beyond which it is unsure, too."""
    unsure = split.unsure(at, furthest)
    harm = split.harm & ~unsure
    good = np.zeros(len(unsure), bool) if split.good_share is None else ~split.at_risk
    false_alarm = split.false_alarm & ~unsure
    return Expected(
        harm=_count(harm),
        at_risk=_count(split.at_risk),
        false_alarms=_count(false_alarm),
        good=_count(good),
        unsure=_count(unsure),
        n=len(unsure),
        unlike=0 if furthest is None else _count(split.unlike > furthest),
        harm_at_once=_count(split.harm),
        harm_limit=upper_limit(split.bearers_of(harm), split.bearers),
        false_alarm_interval=_interval(split, false_alarm, good),
        unsure_interval=_interval(split, unsure, np.ones(len(unsure), bool)),
        cost=cost_of(split, unsure, costs) if costs else None,
        cost_interval=cost_interval(split, unsure, costs) if costs else None,
    )


def _interval(split: Calls, part: NDArray[np.bool_], whole: NDArray[np.bool_]) -> tuple[float, float]:
    if split.units is None:
        return wilson(_count(part), _count(whole))
    return clustered(part[whole], split.units[whole])


def _count(mask: NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(mask))
