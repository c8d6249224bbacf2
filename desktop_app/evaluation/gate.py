"""The gate before a release: which pictures would now be got wrong that were not before?

A model that is better on the whole may still be worse on a part that nobody wants to see wrong again. An answer is
right, wrong, or left to a person ("unsure"); only what becomes wrong is a new miss.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from desktop_app.events import GateJudged, Mistake, NewMiss
from desktop_app.project import names

if TYPE_CHECKING:
    from desktop_app.evaluation.predictions import Predictions
    from desktop_app.evaluation.rules import Rule
    from desktop_app.project.config import Role

    Roles = Mapping[str, Role]


@dataclass(frozen=True, eq=False)
class Answered:
    """What a model answers to pictures, with its own rule for when it is unsure.

    Attributes:
        called: (n,) names of classes.
        how_sure: (n,) 0–1.
        unsure, right: (n,); what it is unsure of is neither right nor wrong.
    """

    predictions: Predictions
    called: list[str]
    how_sure: NDArray[np.float32]
    unsure: NDArray[np.bool_]
    right: NDArray[np.bool_]

    @classmethod
    def by(cls, predictions: Predictions, rule: Rule | None) -> Answered:
        if rule is None:
            labels, how_sure = predictions.predicted.astype(np.intp), predictions.how_sure
            unsure = np.zeros(len(predictions), bool)
        else:
            labels, how_sure, unsure = rule.decide(predictions.probabilities, predictions.classes, predictions.unlike)
        called = [predictions.classes[label] for label in labels.tolist()]
        right = np.equal(labels, predictions.actual) & ~unsure
        return cls(predictions, called, how_sure, unsure, right)

    @property
    def wrong(self) -> NDArray[np.bool_]:
        return ~self.right & ~self.unsure


def judge(
    run: str,
    now: Answered,
    before: Answered | None,
    *,
    against: str,
    source: Literal["golden", "test"],
    roles: Roles,
    missing: int = 0,
    learnt: int = 0,
) -> GateJudged:
    """Compare the answers of a run with those of the release in use, to the same pictures in the same order.

    Args:
        before: None where no release is in use: then all that is wrong is a new miss.
        roles: of the classes, by name.
        missing, learnt: as of `GateJudged`.
    """
    wrong_before = before.wrong if before else np.zeros(len(now.wrong), bool)
    right_before = before.right if before else np.zeros(len(now.wrong), bool)
    table = now.predictions
    new = np.flatnonzero(now.wrong & ~wrong_before)
    role_of = {names.same_text(name): role for name, role in roles.items()}

    def miss(row: int) -> NewMiss:
        actual, called = table.classes[table.actual[row]], now.called[row]
        return NewMiss(
            table.files[row],
            table.hashes[row],
            actual,
            before.called[row] if before else "",
            called,
            float(now.how_sure[row]),
            _kind(role_of.get(names.same_text(actual), ""), role_of.get(names.same_text(called), "")),
        )

    misses = [miss(row) for row in new[np.argsort(-now.how_sure[new], kind="stable")].tolist()]
    misses.sort(key=lambda found: found.kind != "escape")  # a defect that gets through comes first
    return GateJudged(
        run=run,
        against=against,
        source=source,
        n=len(table),
        right_before=_count(right_before),
        right_now=_count(now.right),
        misses=misses,
        repaired=_count(wrong_before & now.right),
        still_wrong=_count(wrong_before & now.wrong),
        unsure=_count(now.unsure & ~before.unsure) if before else _count(now.unsure),
        missing=missing,
        learnt=learnt,
    )


def _kind(actual: Role, called: Role) -> Mistake:
    match actual, called:
        case "defect", "good":
            return "escape"
        case "good", "defect":
            return "false_alarm"
    return "other"


def _count(mask: NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(mask))
