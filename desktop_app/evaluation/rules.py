"""The rule by which a run, and every package made of it, says "unsure"."""

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
from desktop_app.evaluation.clusters import units_of
from desktop_app.evaluation.costs import Costs, cheapest
from desktop_app.evaluation.predictions import Predictions
from desktop_app.evaluation.unsure import EVEN, NEVER, Calls, calls, furthest_ordinary, threshold
from desktop_app.project import names
from desktop_app.project.config import ClassInfo
from desktop_app.project.runs import Run

_MIGRATIONS: tuple[storage.Migration, ...] = (
    lambda document: {**document, "furthest": None},
    lambda document: {**document, "split": EVEN, "costs": None},
)
FORMAT = len(_MIGRATIONS) + 1
_LARGEST = 1 << 20
_MOST_FAR = 1e9
_COSTS = {"harm", "false_alarm", "look", "defects"}


@dataclass(frozen=True)
class Rule:
    """When a model says "unsure": to keep a promise, or because that costs least.

    Attributes:
        promise: the largest share of harm that the person accepts, 0–1; None where costs decide.
        temperature: what calibrates the model's probabilities, see `calibration`.
        threshold: below it, a call is "unsure"; `NEVER` for always.
        good: the classes that are good, the others being defects; empty where roles are not set.
        furthest: a picture farther than that from all that was learnt is "unsure"; None where that isn't measured.
        split: with roles, a picture whose share of good is below is a defect; from there to the threshold it is unsure.
        costs: of mistakes and looks; None where a promise is kept.
    """

    promise: float | None
    temperature: float
    threshold: float
    good: tuple[str, ...] = ()
    furthest: float | None = None
    split: float = EVEN
    costs: Costs | None = None

    @property
    def aim(self) -> float | Costs:
        """What the rule was made for."""
        if self.costs is not None:
            return self.costs
        assert self.promise is not None
        return self.promise

    def decide(
        self,
        probabilities: NDArray[np.float32],
        classes: Sequence[str],
        unlike: NDArray[np.float32] | None = None,
    ) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.bool_]]:
        """Labels (indices into `classes`), how sure each is (0–1, calibrated), and which are unsure.

        Args:
            probabilities: (n, classes), as the model gives them.
            unlike: (n,) distances, as the model gives them.
        """
        calibrated = at_temperature(probabilities, self.temperature)
        is_good = good_mask(self.good, classes) if self.good else None
        found = calls(calibrated, np.zeros(len(calibrated), np.intp), is_good, unlike, split=self.split)
        unsure = found.unsure(self.threshold, self.furthest)
        if is_good is None or found.good_share is None:
            return calibrated.argmax(axis=1), found.how_sure.astype(np.float32), unsure
        # The most probable class of the side that was called; of an unsure one, of the side that is more probable.
        good_side = np.where(found.doubtful & unsure, found.good_share >= EVEN, found.doubtful)
        of_side = np.where(np.where(good_side[:, None], is_good, ~is_good), calibrated, -1)
        how_sure = np.where(good_side, found.good_share, 1 - found.good_share)
        return of_side.argmax(axis=1), how_sure.astype(np.float32), unsure

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
            document = storage.read_json(path, _MIGRATIONS)
        except (OSError, StorageError):
            return None
        del document["format"]
        return cls.from_dict(document, run.classes)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], classes: Sequence[str]) -> Rule | None:
        """The inverse of `asdict`; None if a value is missing, unknown or out of bounds."""
        if document.keys() != {"promise", "temperature", "threshold", "good", "furthest", "split", "costs"}:
            return None
        bounds = {"temperature": (COLDEST, HOTTEST), "threshold": (0, NEVER), "split": (0, NEVER)}
        if not all(_is_number(document[name], *ends) for name, ends in bounds.items()):
            return None
        promise, furthest, costs = document["promise"], document["furthest"], _costs(document["costs"])
        if costs is None and not (document["costs"] is None and _is_number(promise, 0, 1)):
            return None
        if costs is not None and promise is not None:
            return None
        if furthest is not None and not _is_number(furthest, 0, _MOST_FAR):
            return None
        good = _good(document["good"], classes)
        if good is None:
            return None
        return cls(
            None if promise is None else float(promise),
            float(document["temperature"]),
            float(document["threshold"]),
            good,
            None if furthest is None else float(furthest),
            float(document["split"]),
            costs,
        )


def _is_number(value: object, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _costs(document: object) -> Costs | None:
    """None where there are none, or they make no sense."""
    if not isinstance(document, Mapping) or document.keys() != _COSTS:
        return None
    costs = Costs(**document)
    return costs if costs.makes_sense() else None


def _good(good: object, classes: Sequence[str]) -> tuple[str, ...] | None:
    """The good classes; None if they are not what they should be."""
    if not isinstance(good, list | tuple) or not all(isinstance(name, str) for name in good):
        return None
    known = {names.same_text(name) for name in classes}
    chosen = {names.same_text(name) for name in good}
    # Where all or none are good, no call could be harm.
    if len(chosen) != len(good) or not chosen <= known or (chosen and chosen == known):
        return None
    return tuple(good)


def rule_json(run: Run) -> Path:
    """Where a run's rule is kept."""
    return run.folder / "unsure.json"


def good_mask(good: Sequence[str], classes: Sequence[str]) -> NDArray[np.bool_]:
    """(classes,) which of them are among the `good`."""
    chosen = {names.same_text(name) for name in good}
    return np.array([names.same_text(name) in chosen for name in classes], bool)


def good_classes(of_run: Sequence[str], classes: Sequence[ClassInfo]) -> tuple[str, ...]:
    """The good ones of a run's classes; none unless every one is marked good or defect, and both occur."""
    role_of = {info.name: info.role for info in classes}
    roles = {role_of.get(name, "") for name in of_run}
    return tuple(name for name in of_run if role_of.get(name) == "good") if roles == {"good", "defect"} else ()


def make_rule(
    validation: Predictions, aim: float | Costs, good: Sequence[str] = (), groups: Sequence[str] = ()
) -> Rule:
    """The rule that keeps a promise or costs least, from predictions of pictures that the model has not learnt from."""
    temperature = fit_temperature(validation.probabilities, validation.actual)
    return rule_for(aim, calls_of(validation, temperature, good, groups), temperature, good)


def rule_for(aim: float | Costs, validation: Calls, temperature: float, good: Sequence[str]) -> Rule:
    """The same from calls at a temperature.

    Args:
        aim: the largest share of harm, or what harm costs.
    """
    furthest = furthest_ordinary(validation)
    if isinstance(aim, Costs):
        sure, split = cheapest(validation, aim)
        return Rule(None, temperature, min(sure, NEVER), tuple(good), furthest, min(split, NEVER), aim)
    return Rule(aim, temperature, threshold(validation, aim), tuple(good), furthest)


def calls_of(
    predictions: Predictions, temperature: float, good: Sequence[str], groups: Sequence[str] = (), split: float = EVEN
) -> Calls:
    """The calls behind a table of predictions at a temperature.

    Args:
        good: names of the good classes, if roles are set.
        groups: for each picture what it belongs to, "" for nothing.
        split: the share of good from which on a picture is called good.
    """
    calibrated = at_temperature(predictions.probabilities, temperature)
    is_good = good_mask(good, predictions.classes) if good else None
    return calls(calibrated, predictions.actual, is_good, predictions.unlike, units_of(groups), split)
