"""When a run says "unsure", and what comes of it on the test pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
        validation_groups, test_groups: for each picture what it belongs to, "" for nothing.
        good: the names of the good classes; empty where roles are not set.
        rule: what the run carries; None if it never says "unsure".
    """

    validation: Predictions
    test: Predictions
    validation_groups: Sequence[str]
    test_groups: Sequence[str]
    good: tuple[str, ...]
    rule: Rule | None

    @cached_property
    def temperature(self) -> float:
        return fit_temperature(self.validation.probabilities, self.validation.actual)

    @cached_property
    def _validation_calls(self) -> Calls:
        return unsure.calls_of(self.validation, self.temperature, self.good, self.validation_groups)

    @cached_property
    def _test_calls(self) -> Calls:
        return unsure.calls_of(self.test, self.temperature, self.good, self.test_groups)

    @property
    def at_risk(self) -> int:
        """Validation pictures, or groups of them, that a promise rests on: the defects, or all."""
        return self._validation_calls.bearers

    @property
    def grouped(self) -> bool:
        return self._validation_calls.units is not None

    @cached_property
    def _furthest(self) -> float | None:
        return unsure.furthest_ordinary(self._validation_calls)

    @property
    def smallest_promise(self) -> float:
        return unsure.smallest_promise(self.at_risk)

    def missing_for(self, promise: float) -> int:
        """How many more such pictures the promise needs, at the least."""
        return max(0, pictures_for(promise) - self.at_risk)

    def rule_for(self, promise: float) -> Rule:
        threshold = unsure.threshold(self._validation_calls, promise)
        return Rule(promise, self.temperature, threshold, self.good, self._furthest)

    def expected(self, rule: Rule | None) -> Expected:
        """What comes of a rule on the test pictures; without one, of never being unsure."""
        return unsure.expected(self._test_calls, rule.threshold if rule else 0.0, rule.furthest if rule else None)

    @cached_property
    def calibration_error(self) -> float:
        """On the test pictures, calibrated on the validation pictures; 0–1."""
        return calibration_error(self._test_calls.how_sure, ~self._test_calls.harm & ~self._test_calls.false_alarm)


def load_doubt(run: Run, classes: Sequence[ClassInfo]) -> Doubt | None:
    """What is known of a run; None unless it was measured on both its validation and its test pictures.

    A promise that was made under other roles, or before more was measured, is kept under these.

    Raises:
        StorageError: the predictions are damaged.
    """
    from desktop_app.evaluation.evaluate import groups_of, predictions_csv, stored_result
    from desktop_app.project.catalog import Snapshot

    if any(stored_result(run, split) is None for split in ("validation", "test")):
        return None
    validation, test = (Predictions.read_csv(predictions_csv(run, split)) for split in ("validation", "test"))
    good = good_classes(validation.classes, classes)
    snapshot = Snapshot.read_csv(run.snapshot_csv)
    groups = (groups_of(validation, snapshot), groups_of(test, snapshot))
    rule = Rule.of(run)
    doubt = Doubt(validation, test, *groups, good, rule)
    if rule is not None and rule != (renewed := doubt.rule_for(rule.promise)):
        renewed.save(run)
        return replace(doubt, rule=renewed)
    return doubt


def good_classes(names: Sequence[str], classes: Sequence[ClassInfo]) -> tuple[str, ...]:
    """The good ones of a run's classes; none unless every one is marked good or defect, and both occur."""
    role_of = {info.name: info.role for info in classes}
    roles = {role_of.get(name, "") for name in names}
    return tuple(name for name in names if role_of.get(name) == "good") if roles == {"good", "defect"} else ()
