"""How a choice of a recipe is told to people: its place, name, bounds and effect; data only.

The window's form, the command line's flags and the report are made from it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

Kind = Literal["yes or no", "one of", "whole number", "number", "numbers"]


class Section(Enum):
    """Where choices belong together, in the order of the form; the value is the heading."""

    PRESET = "Recipe"
    NETWORK = "Network and pictures"
    VARIATION = "How may parts vary?"
    HEAD = "Classifier"
    BALANCE = "Classes of unequal size"
    REGULARISATION = "Regularisation"
    FINE_TUNING = "Fine-tuning"
    STOPPING = "When to stop"
    COMPUTER = "Computer"


@dataclass(frozen=True, slots=True)
class Option:
    """One of the values that may be chosen. `help`: what it does, a sentence."""

    value: str
    label: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """What people are told about one field of a recipe.

    Attributes:
        kind: what it takes.
        section: where it belongs.
        label: its name, or the question it answers.
        help: what it does.
        low, high: bounds, both allowed.
        unit: behind the number.
        options: the values allowed, for kind "one of"; those of `first_stage` depend on the backbone, see
            `recipe.stage_options`.
        expert: most people never need it.
        needs: it has an effect only where each of these other fields has one of these values.
    """

    kind: Kind
    section: Section
    label: str
    help: str
    low: float = -math.inf
    high: float = math.inf
    unit: str = ""
    options: tuple[Option, ...] = ()
    expert: bool = True
    needs: Mapping[str, tuple[object, ...]] = field(default_factory=dict)


def choice(default: object, section: Section, label: str, help: str, **more: Any) -> Any:
    """A dataclass field with that default, which carries its `Choice`; `more` are the other attributes of it."""
    about = Choice(_kind(default), section, label, help, **more)
    return field(default=default, metadata={"choice": about})


def _kind(default: object) -> Kind:
    kinds: dict[type, Kind] = {bool: "yes or no", str: "one of", int: "whole number", float: "number"}
    return kinds.get(type(default), "numbers")
