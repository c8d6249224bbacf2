"""How well a run's probabilities rank and how far they can be believed, on the test pictures; nothing depends on rules.

What does, the place on the curves where a rule puts the model, is counted anew for each rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.evaluation.calibration import Reliability, calibration_error, error_by_chance, reliability
from desktop_app.evaluation.ranking import Ranking, rank
from desktop_app.evaluation.unsure import Calls

if TYPE_CHECKING:
    from desktop_app.evaluation.rules import Rule

GOOD_ENOUGH = 0.05  # a calibration error that needs no excuse
_POINTS = 400  # of a curve; a screen shows no more


@dataclass(frozen=True, eq=False)
class Calibration:
    """
    Attributes:
        before, after: the reliability diagram with the model's own probabilities, and with calibrated ones.
        error_before, error: the expected calibration errors, 0–1.
        by_chance: what so many pictures show by chance, at most, 95 % of the times.
        n: pictures.
        learnt_from: pictures that the calibration was learnt from.
    """

    before: Reliability
    after: Reliability
    error_before: float
    error: float
    by_chance: float
    n: int
    learnt_from: int

    @classmethod
    def of(cls, before: Calls, after: Calls, learnt_from: int) -> Calibration:
        right_before, right = _right(before), _right(after)
        return cls(
            reliability(before.how_sure, right_before, units=before.units),
            reliability(after.how_sure, right, units=after.units),
            calibration_error(before.how_sure, right_before),
            calibration_error(after.how_sure, right),
            error_by_chance(after.how_sure)[1],
            len(right),
            learnt_from,
        )


def _right(calls: Calls) -> NDArray[np.bool_]:
    return ~calls.harm & ~calls.false_alarm


@dataclass(frozen=True)
class Place:
    """Where a rule puts the model on the curves, each a share or None where nothing is called so.

    Attributes:
        found: of the wanted pictures, those that are called so.
        wrongly: of the others.
        right: of those that are called so, the wanted ones.
    """

    found: float
    wrongly: float
    right: float | None


@dataclass(frozen=True, eq=False)
class Subject:
    """What is told from everything else: the defects, or one class.

    Attributes:
        ranking: None if the test pictures are all, or none, of that.
        wanted: (n,) the pictures that are.
        called: (n,) the pictures that the model calls so; None for defects, which depend on the rule.
    """

    ranking: Ranking | None
    wanted: NDArray[np.bool_]
    called: NDArray[np.bool_] | None = None

    @classmethod
    def defects(cls, calls: Calls, groups: Sequence[str]) -> Subject:
        assert calls.good_share is not None
        return cls(rank(1 - calls.good_share, calls.at_risk, groups), calls.at_risk)

    @classmethod
    def of_class(
        cls, number: int, probabilities: NDArray[np.float32], actual: NDArray[np.integer], groups: Sequence[str]
    ) -> Subject:
        wanted = actual == number
        return cls(rank(probabilities[:, number], wanted, groups), wanted, probabilities.argmax(axis=1) == number)

    def places(self, calls: Calls, rule: Rule | None) -> tuple[Place, Place]:
        """What the model calls so by itself, and what does not pass: with a person's share, or if it were never unsure.

        Args:
            calls: those of the rule's split.
        """
        unsure = calls.unsure(rule.threshold, rule.furthest) if rule else np.zeros(len(self.wanted), bool)
        called = ~calls.doubtful if self.called is None else self.called
        stopped = called | unsure if self.called is None else called
        return self._place(called & ~unsure), self._place(stopped)

    def _place(self, called: NDArray[np.bool_]) -> Place:
        hits, wanted, all_called = (int(np.count_nonzero(mask)) for mask in (called & self.wanted, self.wanted, called))
        return Place(
            hits / max(1, wanted),
            (all_called - hits) / max(1, len(called) - wanted),
            hits / all_called if all_called else None,
        )


def thinned(across: NDArray[np.float64], up: NDArray[np.float64]) -> list[tuple[float, float]]:
    """A curve's points, so few that drawing it costs nothing: those where it has moved far enough to be seen."""
    if len(across) > _POINTS:
        moved = np.concatenate([[0], np.hypot(np.diff(across), np.diff(up)).cumsum()])
        kept = np.unique(np.searchsorted(moved, np.linspace(0, moved[-1], _POINTS)).clip(0, len(across) - 1))
        across, up = across[kept], up[kept]
    return list(zip(across.tolist(), up.tolist(), strict=True))
