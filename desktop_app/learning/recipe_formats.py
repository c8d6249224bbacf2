"""Recipes as older versions wrote them, in run.json and in files: pure steps from one format to the next."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from desktop_app.errors import DataError

FORMAT = 3


def migrated(data: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """The choices in `data` as this format names them, without its number.

    Args:
        known: the names of all choices.

    Raises:
        DataError: a newer Discern wrote it, or a choice is unknown.
    """
    given = dict(data)
    version = given.pop("format", 1 if set(given) >= _CHOICES_1 else FORMAT)
    if type(version) is not int or not 1 <= version <= FORMAT:
        raise DataError("This recipe was written by a newer Discern.", hint="Install the newest one.")
    for migrate in _MIGRATIONS[version - 1 :]:
        given = migrate(given)
    if unknown := set(given) - set(known):
        raise DataError("This recipe has choices that Discern does not know: {names}.", names=", ".join(unknown))
    return given


# Recipes of the first format did not say so, but were always complete.
_CHOICES_1 = {
    "name", "backbone", "seed", "fit", "strengths", "folds", "head_epochs", "head_patience", "fine_tune", "first_stage",
    "epochs", "batch", "learning_rate", "weight_decay", "label_smoothing", "views", "smallest_crop", "flip", "jitter",
}  # fmt: skip


def _second(data: dict[str, Any]) -> dict[str, Any]:
    """What could not be chosen yet was done like this."""
    return {
        "rotate": "none",
        "blur": False,
        "head": "linear",
        "imbalance": "none",
        "regularisation": "l2",
        "layer_decay": 1.0,
        "warm_up": 0.25,
        "find_learning_rate": False,
        "minutes": 0.0,
        "stop_on": "accuracy",
        "patience": 0,
        "precision": "full",
        "dropout": 0.0,
    } | data


def _third(data: dict[str, Any]) -> dict[str, Any]:
    return {"standardise": True, "try_rates": False} | data


_MIGRATIONS = (_second, _third)
