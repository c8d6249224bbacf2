"""How far a share can be trusted that was measured on pictures of which some belong together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from desktop_app.evaluation.intervals import Z_95, wilson

# Groups all of which are right, or all of which are wrong, tell as little as if each were one picture. So much does
# that count against what the others show; with less, simulated intervals held too rarely where groups differ in size.
_CAUTION = 2.0


def clustered(
    right: NDArray[np.bool_] | NDArray[np.floating], units: NDArray[np.intp], looks: int = 1, *, variance: float = 1.0
) -> tuple[float, float]:
    """The 95 % interval of a share of pictures of which some belong together: twenty of one part are not twenty parts.

    The Wilson interval of as many pictures as these are worth: n divided by the design effect, which the units
    themselves show, and by how much wider Student's t for so few units is than the normal. What few units can't show is
    taken for bad, so that the interval is rather too wide than too narrow.

    Args:
        right: (n,) which pictures are, or the share of the times that they were asked for, 0–1.
        units: (n,) 0 …, pictures of the same unit belong together.
        looks: as for `wilson`.
        variance: how many times larger it is than that of answers that only share their units.

    Source: E. L. Korn, B. I. Graubard, "Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data", Survey Methodology 24 (1998), with Wilson's interval as in N. Dean, M. Pagano,
    "Evaluating confidence interval methods for binomial proportions in clustered surveys", Journal of Survey Statistics
    and Methodology 3 (2015).
    """
    from scipy.special import stdtrit  # slow to import

    n, right_ones = len(right), float(np.sum(right))
    _, units = np.unique(units, return_inverse=True)
    sizes = np.bincount(units)
    if len(sizes) == n:
        return wilson(right_ones / variance, n / variance, looks)
    if len(sizes) < 2:
        return 0.0, 1.0  # one part tells nothing about others
    share, of_unit = right_ones / n, np.bincount(units, right)
    spread = len(sizes) / (len(sizes) - 1) * float(np.square(of_unit - share * sizes).sum()) / n
    worst = float(np.square(sizes).sum()) / n  # units that are right or wrong as a whole
    telling = min(np.count_nonzero(of_unit), np.count_nonzero(of_unit < sizes))
    seen = spread / (share * (1 - share)) if telling else 0.0
    effect = max(1.0, (telling * seen + _CAUTION * worst) / (telling + _CAUTION))
    worth = n / effect / variance * (Z_95 / float(stdtrit(len(sizes) - 1, 0.975))) ** 2
    return wilson(share * worth, worth, looks)


def clustered_mean(values: NDArray[np.floating], units: NDArray[np.intp]) -> tuple[float, float]:
    """The 95 % interval of a mean of values in 0–1, of pictures of which some belong together; within 0–1.

    Student's t on the sums of the units about the mean (the ratio estimator with its linearised variance). A unit of
    0.5 is weighed in: without it, nothing but ones of a handful of units would be certain to be one always.

    Args:
        values: (n,)
        units: (n,) pictures of the same unit belong together.

    Source: W. G. Cochran, "Sampling Techniques", 3rd ed. (1977), chapter 9A.
    """
    from scipy.special import stdtrit  # slow to import

    _, units = np.unique(units, return_inverse=True)
    count = int(units.max(initial=-1)) + 1
    if count < 2:
        return 0.0, 1.0  # one part tells nothing about others
    size = len(values) / count
    n, count = len(values) + size, count + 1
    mean = (float(values.sum()) + 0.5 * size) / n
    away = np.append(np.bincount(units, values - mean), size * (0.5 - mean))
    half = float(stdtrit(count - 1, 0.975) * np.sqrt(count / (count - 1) * np.square(away).sum())) / n
    return max(0.0, mean - half), min(1.0, mean + half)


def effect_of_units(values: NDArray[np.float64], units: NDArray[np.intp]) -> float:
    """How many times larger the variance of a mean is, 1 or more, since some of its values belong together.

    The same caution as for shares: units all of whose values are perfect don't show how much theirs go together.

    Args:
        values: (n,) 0–1, 1 being perfect.
        units: (n,) 0 …
    """
    _, units = np.unique(units, return_inverse=True)
    sizes = np.bincount(units)
    if len(sizes) == len(values):
        return 1.0
    worst = float(np.square(sizes).sum()) / len(values)
    centred = values - values.mean()
    alone, of_unit = float(np.square(centred).sum()), np.bincount(units, centred)
    telling = int(np.count_nonzero(np.bincount(units, values) < sizes))
    seen = float(np.square(of_unit).sum()) / alone if alone else 0.0
    return max(1.0, (telling * seen + _CAUTION * worst) / (telling + _CAUTION))


def units_of(groups: Sequence[str]) -> NDArray[np.intp] | None:
    """A number for what each picture belongs to, "" being a unit of its own; None where no picture is in a group."""
    if not any(groups):
        return None
    numbers: dict[str, int] = {}
    units = [len(numbers) if not group else numbers.setdefault(group, len(numbers)) for group in groups]
    alone = [place for place, group in enumerate(groups) if not group]
    found = np.array(units, np.intp)
    found[alone] = len(numbers) + np.arange(len(alone))
    return found
