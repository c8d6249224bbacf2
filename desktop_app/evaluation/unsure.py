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

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app import storage
from desktop_app.errors import StorageError
from desktop_app.evaluation.calibration import COLDEST, HOTTEST, at_temperature, fit_temperature
from desktop_app.evaluation.intervals import upper_limit
from desktop_app.evaluation.predictions import Predictions
from desktop_app.project import names
from desktop_app.project.runs import Run

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


def calls(
    probabilities: NDArray[np.float32], actual: NDArray[np.integer], good: NDArray[np.bool_] | None = None
) -> Calls:
    """The calls behind a table of predictions.

    Args:
        probabilities: (n, classes), calibrated.
        actual: (n,) class numbers.
        good: (classes,) which are good, the others being defects; None where roles are not set.
    """
    table = np.asarray(probabilities, np.float64)
    if good is None:
        n = len(table)
        how_sure = table.max(axis=1)
        wrong = table.argmax(axis=1) != actual
        return Calls(how_sure, wrong, np.ones(n, bool), np.ones(n, bool), np.zeros(n, bool))
    good_share = table[:, good].sum(axis=1)
    called_good, actually_good = good_share >= 0.5, good[actual]
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


# ---- the rule that a run and its package carry

FORMAT = 1
_LARGEST = 1 << 20


@dataclass(frozen=True)
class Rule:
    """When a model says "unsure".

    Attributes:
        promise: the largest share of harm that the person accepts, 0–1.
        temperature: what calibrates the model's probabilities, see `calibration`.
        threshold: below it, a call is "unsure"; `NEVER` for always.
        good: the classes that are good, the others being defects; empty where roles are not set.
    """

    promise: float
    temperature: float
    threshold: float
    good: tuple[str, ...] = ()

    def decide(
        self, probabilities: NDArray[np.float32], classes: Sequence[str]
    ) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.bool_]]:
        """Labels (indices into `classes`), how sure each is (0–1, calibrated), and which are unsure.

        Args:
            probabilities: (n, classes), as the model gives them.
        """
        calibrated = at_temperature(probabilities, self.temperature)
        is_good = good_mask(self.good, classes) if self.good else None
        found = calls(calibrated, np.zeros(len(calibrated), np.intp), is_good)
        if is_good is not None:
            # The most probable class of the side that was called.
            calibrated = np.where(np.where(found.doubtful[:, None], is_good, ~is_good), calibrated, -1)
        unsure = found.doubtful & (found.how_sure < self.threshold)
        return calibrated.argmax(axis=1), found.how_sure.astype(np.float32), unsure

    def save(self, run: Run) -> None:
        """Keep the rule with its run; StorageError if the disk refuses."""
        storage.write_json(rule_json(run), {"format": FORMAT, **asdict(self)})

    @staticmethod
    def forget(run: Run) -> None:
        """Never say "unsure" again; StorageError if the disk refuses."""
        storage.write_json(rule_json(run), {"format": FORMAT})

    @classmethod
    def of(cls, run: Run) -> Rule | None:
        """The rule of a run; None if it has none, or one that makes no sense (a run may come from anywhere)."""
        path = rule_json(run)
        try:
            if not storage.is_regular_file(path) or path.stat().st_size > _LARGEST:
                return None
            document = storage.read_json(path)
        except (OSError, StorageError):
            return None
        return cls.from_dict(document, run.classes) if document.pop("format", None) == FORMAT else None

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], classes: Sequence[str]) -> Rule | None:
        """The inverse of `asdict`; None if a value is missing, unknown or out of bounds."""
        if document.keys() != {"promise", "temperature", "threshold", "good"}:
            return None
        numbers = [document[name] for name in ("promise", "temperature", "threshold")]
        bounds = ((0, 1), (COLDEST, HOTTEST), (0, NEVER))
        for number, (low, high) in zip(numbers, bounds, strict=True):
            if type(number) not in (int, float) or not low <= number <= high:
                return None
        good = document["good"]
        if not isinstance(good, (list, tuple)) or not all(isinstance(name, str) for name in good):
            return None
        known = {names.same_text(name) for name in classes}
        chosen = {names.same_text(name) for name in good}
        # Where all or none are good, no call could be harm.
        if len(chosen) != len(good) or not chosen <= known or (chosen and chosen == known):
            return None
        promise, temperature, threshold = map(float, numbers)
        return cls(promise, temperature, threshold, tuple(good))


def rule_json(run: Run) -> Path:
    """Where a run's rule is kept."""
    return run.folder / "unsure.json"


def good_mask(good: Sequence[str], classes: Sequence[str]) -> NDArray[np.bool_]:
    """(classes,) which of them are among the `good`."""
    chosen = {names.same_text(name) for name in good}
    return np.array([names.same_text(name) in chosen for name in classes], bool)


def make_rule(validation: Predictions, promise: float, good: Sequence[str] = ()) -> Rule:
    """The rule that keeps `promise`, from predictions of pictures that the model has not learnt from."""
    temperature = fit_temperature(validation.probabilities, validation.actual)
    return Rule(promise, temperature, threshold(calls_of(validation, temperature, good), promise), tuple(good))


def calls_of(predictions: Predictions, temperature: float, good: Sequence[str]) -> Calls:
    """The calls behind a table of predictions at a temperature; `good`: names of the good classes, if roles are set."""
    calibrated = at_temperature(predictions.probabilities, temperature)
    is_good = good_mask(good, predictions.classes) if good else None
    return calls(calibrated, predictions.actual, is_good)
