"""How well a score tells some pictures from others, whatever the threshold: ROC, and precision over recall.

The interval of the area under the ROC curve is R. G. Newcombe's, "Confidence intervals for an effect size measure based
on the Mann–Whitney statistic. Part 2", Statistics in Medicine 25 (2006), method 5, which holds for small samples and
for areas of nearly 1, where the usual ones shrink to nothing. That of average precision is the binomial one of K. Boyd,
K. H. Eng, C. D. Page, "Area under the precision-recall curve: point estimates and confidence intervals", ECML PKDD
(2013), in Wilson's form. Where pictures belong together they count as the fewer that they are worth, as in `clusters`.
(Simulated in `tests/evaluation/test_ranking.py`.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from desktop_app.evaluation.clusters import effect_of_units, units_of
from desktop_app.evaluation.intervals import Z_95, wilson

_HALVINGS = 50
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ranking:
    """What comes of each threshold, from the strictest, which nothing reaches, to the one that everything reaches.

    Attributes:
        found: the share of the wanted pictures that reach it (recall).
        wrongly: the share of the others that reach it (false alarms).
        right: the share of those that reach it which are wanted (precision); 1 where nothing does.
        wanted, others: how many there are.
        area: under the ROC curve: the chance that a wanted picture scores higher than another.
        average_precision: the mean of `right` over the wanted pictures.
        area_interval, precision_interval: 95 %.
    """

    found: Floats
    wrongly: Floats
    right: Floats
    wanted: int
    others: int
    area: float
    average_precision: float
    area_interval: tuple[float, float]
    precision_interval: tuple[float, float]


def rank(score: NDArray[np.floating], wanted: NDArray[np.bool_], groups: Sequence[str] = ()) -> Ranking | None:
    """Judge a score; None unless there are both wanted pictures and others.

    Args:
        score: (n,) higher for what is wanted.
        wanted: (n,) what is.
        groups: for each picture what it belongs to, "" for nothing; left out, all stand alone.
    """
    n, positive = len(score), int(np.count_nonzero(wanted))
    if not 0 < positive < n:
        return None
    _, place = np.unique(-np.asarray(score, np.float64), return_inverse=True)
    hits = np.bincount(place, wanted)
    alarms = np.bincount(place) - hits
    hit, alarm = hits.cumsum(), alarms.cumsum()
    found, wrongly, right = hit / positive, alarm / (n - positive), hit / (hit + alarm)
    # How many of the other side each picture is told apart from; equals count half.
    beaten = np.where(wanted, 1 - (wrongly - alarms / (n - positive) / 2)[place], (found - hits / positive / 2)[place])
    area = float(beaten[wanted].mean())
    precision = float((hits * right).sum() / positive)
    units = units_of(groups)
    worth = [_worth(beaten, side, units) for side in (wanted, ~wanted)]
    return Ranking(
        found=np.append(0.0, found),
        wrongly=np.append(0.0, wrongly),
        right=np.append(1.0, right),
        wanted=positive,
        others=n - positive,
        area=area,
        average_precision=precision,
        area_interval=area_interval(area, *worth),
        precision_interval=wilson(min(precision, 1.0) * worth[0], worth[0]),
    )


def _worth(beaten: Floats, side: NDArray[np.bool_], units: NDArray[np.intp] | None) -> float:
    """How many pictures that stand alone tell as much as those of a side."""
    n = int(np.count_nonzero(side))
    return n if units is None else n / effect_of_units(beaten[side], units[side])


def area_interval(area: float, wanted: float, others: float) -> tuple[float, float]:
    """The 95 % interval of the area under a ROC curve of so many wanted pictures and others."""
    both = (wanted + others) / 2 - 1

    def within(true: float) -> bool:
        spread = 1 + both * ((1 - true) / (2 - true) + true / (1 + true))
        return abs(area - true) <= Z_95 * sqrt(true * (1 - true) * spread / (wanted * others))

    def end(outside: float) -> float:
        inside = area
        if within(outside):
            return outside
        for _ in range(_HALVINGS):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if within(middle) else (inside, middle)
        return inside

    return end(0.0), end(1.0)
