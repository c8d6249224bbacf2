"""How a choice of a recipe is told to people: its place, name, bounds and effect; and whether a value may be chosen.

The window's form, the command line's flags and the report are made from it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

from desktop_app.errors import DataError

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


# ---- checks


def check(name: str, value: Any, about: Choice, options: Sequence[Option]) -> None:
    """Raises: DataError if a value, of the right type, is none that may be chosen; `options` are those of "one of"."""
    if about.kind == "one of":
        allowed = [option.value for option in options]
        if value not in allowed:
            raise _refused(name, "one of: " + ", ".join(allowed), value)
    elif about.kind != "yes or no":
        numbers = value if isinstance(value, tuple) else (value,)
        if not numbers or not all(math.isfinite(n) and about.low <= n <= about.high for n in numbers):
            raise _refused(name, f"between {about.low:g} and {about.high:g}", value)


def typed(name: str, value: object, example: object) -> object:
    """`value` in the type of `example`: whole numbers may stand for fractions, lists for tuples.

    Raises:
        DataError: it is of another type.
    """
    if isinstance(example, tuple) and isinstance(value, list | tuple):
        return tuple(typed(name, item, example[0]) for item in value)
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
