"""Two models on the same pictures: which one is better, and is the difference more than chance?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.evaluation.predictions import Predictions

CHANCE = 0.05  # a difference that chance makes more rarely than that counts as one


@dataclass(frozen=True, eq=False)
class Comparison:
    """What a second model does differently on the pictures that both were asked about.

    Attributes:
        n: pictures that both predicted, under the same label.
        first_right, second_right: how many of them.
        became_right, became_wrong: rows of the second model's predictions, the surest of the second model first.
        chance: how often chance alone would make the two at least as different, 0–1.
    """

    n: int
    first_right: int
    second_right: int
    became_right: NDArray[np.intp]
    became_wrong: NDArray[np.intp]
    chance: float

    @property
    def differs(self) -> bool:
        """Whether the difference is more than chance."""
        return self.chance < CHANCE


def compare(first: Predictions, second: Predictions) -> Comparison:
    """Compare two tables of predictions on the contents that both hold.

    A picture that was given another label between the two is left out: its answers were not to the same question.
    """
    asked = {content: row for row, content in enumerate(first.hashes)}
    first_correct, second_correct, how_sure = first.correct, second.correct, second.how_sure
    rows, both = [], []
    for row, content in enumerate(second.hashes):
        before = asked.get(content)
        if before is not None and first.classes[first.actual[before]] == second.classes[second.actual[row]]:
            rows.append(row)
            both.append(before)
    old, new = first_correct[both], second_correct[rows]
    place = np.array(rows, np.intp)

    def surest_first(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
        found = place[mask]
        ordered: NDArray[np.intp] = found[np.argsort(-how_sure[found], kind="stable")]
        return ordered

    became_right, became_wrong = surest_first(~old & new), surest_first(old & ~new)
    return Comparison(
        n=len(rows),
        first_right=int(np.count_nonzero(old)),
        second_right=int(np.count_nonzero(new)),
        became_right=became_right,
        became_wrong=became_wrong,
        chance=mcnemar(len(became_right), len(became_wrong)),
    )


def mcnemar(became_right: int, became_wrong: int) -> float:
    """The exact two-sided p-value of McNemar's test: could as many changes for the better as for the worse do this?

    Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
    Psychometrika 12 (1947); exact from the binomial distribution, which holds for few changes, too.
    """
    from scipy.special import bdtr  # slow to import

    changes = became_right + became_wrong
    if not changes:
        return 1.0
    return float(min(1.0, 2 * bdtr(min(became_right, became_wrong), changes, 0.5)))
