"""Every choice of one training run, without torch: the window's form, the command line and run.json share it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, get_args

from desktop_app.errors import DataError
from desktop_app.features.preprocessing import Fit
from desktop_app.learning.backbones import BACKBONES

RecipeName = Literal["quick", "balanced"]
Flip = Literal["none", "horizontal", "both"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Validated at birth.

    Attributes:
        name: the preset it started from.
        backbone: a name in `backbones.BACKBONES`.
        seed: the same seed on the same computer gives the same model.
        fit: how pictures are fitted into the network's square, see `Preprocessing`.
        strengths: the candidates for λ of the head, which minimises mean cross-entropy + λ/2 · ‖weights‖² on
            standardised embeddings.
        folds: of the cross-validation that chooses λ.
        head_epochs: at most; training stops earlier when validation no longer improves.
        head_patience: epochs without improvement after which the head's training stops.
        fine_tune: whether the last stages are trained, too.
        first_stage: the first stage that fine-tuning changes; empty for the one that suits the backbone.
        epochs: of the fine-tune phase.
        batch: pictures in a step of it.
        learning_rate: the highest of the one-cycle schedule.
        weight_decay: of AdamW.
        label_smoothing: share of the label that is spread over all classes, 0–1.
        views: varied views of each training picture, beside the picture itself.
        smallest_crop: a view shows at least this share of the picture's area, 0–1.
        flip: in which directions views may be mirrored.
        jitter: how far views vary brightness, contrast and saturation: 0.2 is ± 20 %.
    """

    name: RecipeName = "balanced"
    backbone: str = "efficientnet_lite0"
    seed: int = 0
    fit: Fit = "pad"
    strengths: tuple[float, ...] = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0)
    folds: int = 5
    head_epochs: int = 100
    head_patience: int = 10
    fine_tune: bool = True
    first_stage: str = ""
    epochs: int = 15
    batch: int = 32
    learning_rate: float = 3e-4
    weight_decay: float = 0.02
    label_smoothing: float = 0.1
    views: int = 4
    smallest_crop: float = 0.6
    flip: Flip = "horizontal"
    jitter: float = 0.2

    def __post_init__(self) -> None:
        if self.backbone not in BACKBONES:
            raise DataError(
                "There is no backbone called “{name}”.",
                hint="Choose one of: {names}.",
                name=self.backbone,
                names=", ".join(BACKBONES),
            )
        _choice("name", self.name, get_args(RecipeName))
        _choice("fit", self.fit, get_args(Fit))
        _choice("flip", self.flip, get_args(Flip))
        if self.first_stage:
            _choice("first_stage", self.first_stage, BACKBONES[self.backbone].trainable_stages)
        for name, (low, high) in _BOUNDS.items():
            value = getattr(self, name)
            if not (math.isfinite(value) and low <= value <= high):
                raise _refused(name, f"between {low:g} and {high:g}", value)
        if not self.strengths or not all(0 < strength <= 1e3 for strength in self.strengths):
            raise _refused("strengths", "positive numbers", self.strengths)

    @property
    def tuned_stages(self) -> tuple[str, ...]:
        """The stages that fine-tuning changes, in order; those before them stay frozen."""
        backbone = BACKBONES[self.backbone]
        return backbone.stages[backbone.stages.index(self.first_stage or backbone.first_stage) :]

    @property
    def last_frozen_stage(self) -> str:
        """The one whose output fine-tuning learns from."""
        backbone = BACKBONES[self.backbone]
        return backbone.stages[-len(self.tuned_stages) - 1]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"strengths": list(self.strengths)}

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Recipe:
        """The inverse of `to_dict`; what is missing has the preset's value.

        Raises:
            DataError: a name is unknown, or a value of another type or out of bounds.
        """
        if unknown := set(data) - {field.name for field in fields(Recipe)}:
            raise DataError("This recipe has choices that Discern does not know: {names}.", names=", ".join(unknown))
        preset = preset_named(str(data.get("name", "balanced")))
        values: dict[str, Any] = {name: _typed(name, value, getattr(preset, name)) for name, value in data.items()}
        return replace(preset, **values)


# Lowest and highest value allowed.
_BOUNDS: dict[str, tuple[float, float]] = {
    "seed": (0, 2**31 - 1),
    "folds": (2, 20),
    "head_epochs": (1, 10_000),
    "head_patience": (1, 10_000),
    "epochs": (1, 1_000),
    "batch": (2, 1_024),
    "learning_rate": (1e-7, 1.0),
    "weight_decay": (0.0, 10.0),
    "label_smoothing": (0.0, 0.5),
    "views": (0, 32),
    "smallest_crop": (0.05, 1.0),
    "jitter": (0.0, 1.0),
}


def _choice(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise _refused(name, "one of: " + ", ".join(allowed), value)


def _typed(name: str, value: object, example: object) -> object:
    """`value` in the type of `example`: whole numbers may stand for fractions, lists for tuples."""
    if isinstance(example, tuple) and isinstance(value, list | tuple):
        return tuple(_typed(name, item, example[0]) for item in value)
    if isinstance(example, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not type(example):
        raise _refused(name, f"like {example!r}", value)
    return value


def _refused(name: str, wanted: str, value: object) -> DataError:
    return DataError(
        "“{name}” in the recipe can't be {value}.",
        hint="It must be {wanted}.",
        name=name.replace("_", " "),
        value=value,
        wanted=wanted,
    )


RECIPES: dict[str, Recipe] = {
    "quick": Recipe(name="quick", fine_tune=False),
    "balanced": Recipe(name="balanced"),
}


def preset_named(name: str) -> Recipe:
    """The preset of that name.

    Raises:
        DataError: there is none.
    """
    if name not in RECIPES:
        raise DataError(
            "There is no recipe called “{name}”.", hint="Choose one of: {names}.", name=name, names=", ".join(RECIPES)
        )
    return RECIPES[name]
