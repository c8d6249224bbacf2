"""When it pays to leave a picture to a person: the thresholds that cost least, and what they cost.

Given the true probability of each class, the cheapest answer is the one whose expected cost is smallest, looking at the
picture among them (C. K. Chow, "On optimum recognition error and reject tradeoff", IEEE Transactions on Information
Theory 16 (1970)). But the model's probabilities are not quite the true ones; and counting costs on a few validation
pictures alone takes what chance left out of them for impossible. So each of these pictures counts partly as what it is,
and partly as what the model says of it: the fewer there are, the more (a prior of so many pictures, drawn from the
model).

In use, defects may be rarer than among the pictures here: then each defect counts less and each good part more (C.
Elkan, "The foundations of cost-sensitive learning", IJCAI (2001)).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.evaluation.resampling import mean_interval

if TYPE_CHECKING:
    from desktop_app.evaluation.unsure import Calls

# As many pictures (of the rarer side, where roles are set) the model's own word counts as. Simulated for good and for
# bad calibration: by counting alone, 60 pictures can lead to nine times the least cost, by the model alone to twice.
_WORD, _WORD_OF_SIDE = 100, 30
MOST = 1e9

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Costs:
    """What mistakes and looks cost, in whatever unit.

    Attributes:
        harm: of a missed defect; without roles, of a wrong answer.
        false_alarm: of a good picture called defect; without roles there is none.
        look: of a picture left to a person.
        defects: the share of defects among the pictures in use, 0–1; None: as among those here.
    """

    harm: float
    false_alarm: float
    look: float
    defects: float | None = None

    def makes_sense(self) -> bool:
        """Whether each cost is a number from 0 on, and harm is not for free."""
        numbers = (self.harm, self.false_alarm, self.look)
        if not all(type(number) in (int, float) and 0 <= number <= MOST for number in numbers) or not self.harm:
            return False
        return self.defects is None or (type(self.defects) is float and 0 < self.defects < 1)

    def about(self, *, sided: bool) -> Costs:
        """The same where roles are set, or are not: a wrong answer costs as much on either side."""
        if not sided:
            return Costs(self.harm, 0.0, self.look)
        return self if self.false_alarm else Costs(self.harm, self.harm, self.look, self.defects)


def cheapest(validation: Calls, costs: Costs) -> tuple[float, float]:
    """The thresholds that cost least, by pictures that the model has not learnt from.

    Returns:
        The share of good from which on a picture is good, or how sure a call must be without roles; and the share of
        good below which a picture is a defect, which is 0 without roles.
    """
    sure = validation.good_share if validation.good_share is not None else validation.how_sure
    order = validation.surest_first
    sure = sure[order]
    harmful = validation.at_risk if validation.good_share is not None else validation.harm
    word = _word(validation)
    chance = (1 - word) * harmful[order] + word * (1 - sure)
    weights = _weights(validation, costs)
    look = costs.look * (chance * weights[0] + (1 - chance) * weights[1])
    # What it costs beyond looking at all: if the surest k stand as they are; and if all from the k-th on are defects.
    standing = np.append(0.0, np.cumsum(costs.harm * chance * weights[0] - look))
    if validation.good_share is not None:
        stopped = np.append(np.cumsum((costs.false_alarm * (1 - chance) * weights[1] - look)[::-1])[::-1], 0.0)
    else:
        stopped = np.append(np.full(len(sure), np.inf), 0.0)
    # Pictures of which the model says the same can't be told apart.
    standing[1:-1][np.diff(sure) == 0] = np.inf
    stopped[1:-1][np.diff(sure) == 0] = np.inf
    last = int(np.argmin(stopped + np.minimum.accumulate(standing)))
    first = int(np.argmin(standing[: last + 1]))
    good_from, defect_below = _by_the_model(costs, weights, sided=validation.good_share is not None)
    threshold = _between(sure, first, good_from)
    return threshold, min(threshold, _between(sure, last, defect_below)) if validation.good_share is not None else 0.0


def _word(validation: Calls) -> float:
    """How much the model's own word counts, 0–1."""
    if validation.good_share is None:
        return _WORD / (_WORD + len(validation.how_sure))
    told = min(validation.bearers, validation.others)
    return _WORD_OF_SIDE / (_WORD_OF_SIDE + told)


def _weights(split: Calls, costs: Costs) -> tuple[float, float]:
    """How much a defect and a good picture count, so that they are as frequent as in use."""
    here = float(split.at_risk.mean()) if len(split.at_risk) else 0.0
    if costs.defects is None or split.good_share is None or not 0 < here < 1:
        return 1.0, 1.0
    return costs.defects / here, (1 - costs.defects) / (1 - here)


def _by_the_model(costs: Costs, weights: tuple[float, float], *, sided: bool) -> tuple[float, float]:
    """Chow's thresholds, for probabilities that are the true ones."""
    if not sided:
        return max(0.0, 1 - costs.look / costs.harm), 0.0
    # The chance of a defect at which either side costs alike.
    even = costs.false_alarm / (costs.harm + costs.false_alarm)
    defect_from = max(even, 1 - costs.look / costs.false_alarm) if costs.false_alarm else 0.0
    chances = (min(even, costs.look / costs.harm), defect_from)
    # Back from the frequencies in use to those here.
    good_from, defect_below = (
        1 - chance * weights[1] / (chance * weights[1] + (1 - chance) * weights[0]) for chance in chances
    )
    return good_from, defect_below


def _between(sure: Floats, count: int, wanted: float) -> float:
    """A threshold that exactly the surest `count` reach, as close to what is wanted as there is room."""
    above = sure[count - 1] if count else np.inf
    below = np.nextafter(sure[count], np.inf) if count < len(sure) else 0.0
    return float(min(max(wanted, below), above))


def cost_of(split: Calls, unsure: NDArray[np.bool_], costs: Costs) -> float:
    """What a rule costs for each picture, on average; a side without pictures is not known to cost anything.

    Args:
        unsure: (n,) the pictures that are left to a person.
    """
    outcomes, prices, parts, shares = _priced(split, unsure, costs)
    seen = np.bincount(outcomes, minlength=len(prices))
    own = [seen * (parts == part) for part in range(len(shares))]
    return sum(share * float(n @ prices) / max(1, int(n.sum())) for share, n in zip(shares, own, strict=True))


def cost_interval(split: Calls, unsure: NDArray[np.bool_], costs: Costs) -> tuple[float, float]:
    """The 95 % interval of that."""
    outcomes, prices, parts, shares = _priced(split, unsure, costs)
    return mean_interval(outcomes, prices, split.units, parts=parts, shares=shares)


def _priced(
    split: Calls, unsure: NDArray[np.bool_], costs: Costs
) -> tuple[NDArray[np.intp], Floats, NDArray[np.intp], tuple[float, ...]]:
    """The outcome of each picture, what each outcome costs, the side it belongs to, and how frequent the sides are."""
    outcomes = np.where(unsure, 1, np.where(split.harm | split.false_alarm, 0, 2))
    if split.good_share is None:
        return outcomes, np.array([costs.harm, costs.look, 0.0]), np.zeros(3, np.intp), (1.0,)
    prices = np.array([costs.harm, costs.look, 0.0, costs.false_alarm, costs.look, 0.0])
    if costs.defects is None:
        return outcomes + 3 * ~split.at_risk, prices, np.zeros(6, np.intp), (1.0,)
    return outcomes + 3 * ~split.at_risk, prices, np.repeat([0, 1], 3), (costs.defects, 1 - costs.defects)
