"""When a run says "unsure", and what comes of it on the test pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.evaluation import unsure
from desktop_app.evaluation.calibration import at_temperature, fit_temperature
from desktop_app.evaluation.clusters import units_of
from desktop_app.evaluation.costs import Costs, cost_of
from desktop_app.evaluation.intervals import pictures_for
from desktop_app.evaluation.predictions import Predictions
from desktop_app.evaluation.rules import Rule, good_classes, good_mask, rule_for
from desktop_app.evaluation.unsure import EVEN, Calls, Expected
from desktop_app.ui.models.judgement import Calibration, Place, Subject

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
    _subjects: dict[int, Subject] = field(default_factory=dict, repr=False)

    @cached_property
    def temperature(self) -> float:
        return fit_temperature(self.validation.probabilities, self.validation.actual)

    @cached_property
    def _validation(self) -> _Split:
        return _Split.of(self.validation, self.temperature, self.good, self.validation_groups)

    @cached_property
    def _test(self) -> _Split:
        return _Split.of(self.test, self.temperature, self.good, self.test_groups)

    @cached_property
    def _validation_calls(self) -> Calls:
        return self._validation.calls()

    @cached_property
    def _test_calls(self) -> Calls:
        return self._test.calls()

    @property
    def at_risk(self) -> int:
        """Validation pictures, or groups of them, that a promise rests on: the defects, or all."""
        return self._validation_calls.bearers

    @property
    def grouped(self) -> bool:
        return self._validation_calls.units is not None

    @property
    def smallest_promise(self) -> float:
        return unsure.smallest_promise(self.at_risk)

    def missing_for(self, promise: float) -> int:
        """How many more such pictures the promise needs, at the least."""
        return max(0, pictures_for(promise) - self.at_risk)

    def rule_for(self, aim: float | Costs) -> Rule:
        """The rule that keeps a promise, or costs least."""
        return rule_for(aim, self._validation_calls, self.temperature, self.good)

    def expected(self, rule: Rule | None) -> Expected:
        """What comes of a rule on the test pictures; without one, of never being unsure."""
        if rule is None:
            return unsure.expected(self._test_calls, 0.0)
        return unsure.expected(self._calls_of(rule), rule.threshold, rule.furthest, rule.costs)

    def at_once(self, costs: Costs | None) -> tuple[int, float | None]:
        """What comes of never being unsure: the harm, and what a picture costs on average, if one knows that."""
        calls = self._test_calls
        cost = cost_of(calls, np.zeros(len(calls.harm), bool), costs) if costs else None
        return int(np.count_nonzero(calls.harm)), cost

    @cached_property
    def calibration(self) -> Calibration:
        """On the test pictures, calibrated on the validation pictures."""
        before = _Split.of(self.test, 1.0, self.good, self.test_groups).calls()
        return Calibration.of(before, self._test_calls, len(self.validation))

    @property
    def defects_here(self) -> float:
        """The share of defects among the validation pictures, 0–1."""
        return float(self._validation_calls.at_risk.mean())

    def subject(self, number: int) -> Subject:
        """What is told apart: the defects where roles are set, else the class of that number."""
        if number not in self._subjects:
            self._subjects[number] = (
                Subject.defects(self._test_calls, self.test_groups)
                if self.good
                else Subject.of_class(number, self._test.probabilities, self.test.actual, self.test_groups)
            )
        return self._subjects[number]

    def places(self, number: int, rule: Rule | None) -> tuple[Place, Place]:
        """Where a rule puts the model on the curves of a subject, see `Subject.places`."""
        return self.subject(number).places(self._calls_of(rule), rule)

    def _calls_of(self, rule: Rule | None) -> Calls:
        return self._test_calls if rule is None or rule.split == EVEN else self._test.calls(rule.split)


@dataclass(frozen=True, eq=False)
class _Split:
    """Calibrated predictions, kept while thresholds move."""

    probabilities: NDArray[np.float32]
    actual: NDArray[np.int32]
    good: NDArray[np.bool_] | None
    unlike: NDArray[np.float32] | None
    units: NDArray[np.intp] | None

    @classmethod
    def of(cls, table: Predictions, temperature: float, good: Sequence[str], groups: Sequence[str]) -> _Split:
        calibrated = at_temperature(table.probabilities, temperature)
        return cls(
            calibrated,
            table.actual,
            good_mask(good, table.classes) if good else None,
            table.unlike,
            units_of(groups),
        )

    def calls(self, split: float = EVEN) -> Calls:
        return unsure.calls(self.probabilities, self.actual, self.good, self.unlike, self.units, split)


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
    if rule is not None and rule != (renewed := doubt.rule_for(_aim(rule, good))):
        renewed.save(run)
        doubt = replace(doubt, rule=renewed)
    doubt.calibration, doubt.subject(0)  # all that takes long is done here, in the background
    return doubt


def _aim(rule: Rule, good: Sequence[str]) -> float | Costs:
    """What a rule was made for; costs that were told under other roles are those of a wrong answer."""
    if rule.costs is not None and bool(rule.good) != bool(good):
        return rule.costs.about(sided=bool(good))
    return rule.aim
