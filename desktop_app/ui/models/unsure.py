"""When a run says "unsure", and what comes of it on the test pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from desktop_app.evaluation import unsure
from desktop_app.evaluation.calibration import calibration_error, fit_temperature
from desktop_app.evaluation.intervals import pictures_for
from desktop_app.evaluation.predictions import Predictions
from desktop_app.evaluation.unsure import Calls, Expected, Rule

if TYPE_CHECKING:
    from desktop_app.project.config import ClassInfo
    from desktop_app.project.runs import Run

#: What can be promised, from lenient to strict; finer steps would promise an accuracy that nobody has.
PROMISES = (0.3, 0.2, 0.15, 0.1, 0.08, 0.06, 0.05, 0.04, 0.03, 0.02, 0.015, 0.01, 0.005, 0.002, 0.001)


@dataclass(frozen=True, eq=False)
class Doubt:
    """All that is needed to move the promise and see what it costs.

    Attributes:
        good: the names of the good classes; empty where roles are not set.
        rule: what the run carries; None if it never says "unsure".
    """

    validation: Predictions
    test: Predictions
    good: tuple[str, ...]
    rule: Rule | None

    @cached_property
    def temperature(self) -> float:
        return fit_temperature(self.validation.probabilities, self.validation.actual)

    @cached_property
    def _validation_calls(self) -> Calls:
        return unsure.calls_of(self.validation, self.temperature, self.good)

    @cached_property
    def _test_calls(self) -> Calls:
        return unsure.calls_of(self.test, self.temperature, self.good)

    @property
    def at_risk(self) -> int:
        """Validation pictures that a promise rests on: the defects, or all."""
        return int(self._validation_calls.at_risk.sum())

    @property
    def smallest_promise(self) -> float:
        return unsure.smallest_promise(self.at_risk)

    def missing_for(self, promise: float) -> int:
        """How many more such pictures the promise needs, at the least."""
        return max(0, pictures_for(promise) - self.at_risk)

    def rule_for(self, promise: float) -> Rule:
        threshold = unsure.threshold(self._validation_calls, promise)
        return Rule(promise, self.temperature, threshold, self.good)

    def expected(self, rule: Rule | None) -> Expected:
        """What comes of a rule on the test pictures; without one, of never being unsure."""
        return unsure.expected(self._test_calls, rule.threshold if rule else 0.0)

    @cached_property
    def calibration_error(self) -> float:
        """On the test pictures, calibrated on the validation pictures; 0–1."""
        return calibration_error(self._test_calls.how_sure, ~self._test_calls.harm & ~self._test_calls.false_alarm)


def load_doubt(run: Run, classes: Sequence[ClassInfo]) -> Doubt | None:
    """What is known of a run; None unless it was measured on both its validation and its test pictures.

    A promise that was made under other roles is kept under these.

    Raises:
        StorageError: the predictions are damaged.
    """
    from desktop_app.evaluation.evaluate import predictions_csv, stored_result

    if any(stored_result(run, split) is None for split in ("validation", "test")):
        return None
    validation, test = (Predictions.read_csv(predictions_csv(run, split)) for split in ("validation", "test"))
    good = good_classes(validation.classes, classes)
    rule = Rule.of(run)
    doubt = Doubt(validation, test, good, rule)
    if rule is not None and set(rule.good) != set(good):
        renewed = doubt.rule_for(rule.promise)
        renewed.save(run)
        return Doubt(validation, test, good, renewed)
    return doubt


def good_classes(names: Sequence[str], classes: Sequence[ClassInfo]) -> tuple[str, ...]:
    """The good ones of a run's classes; none unless every one is marked good or defect, and both occur."""
    role_of = {info.name: info.role for info in classes}
    roles = {role_of.get(name, "") for name in names}
    return tuple(name for name in names if role_of.get(name) == "good") if roles == {"good", "defect"} else ()
