"""The choices of a recipe in the person's language; the core describes them in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desktop_app.learning.choices import Choice, Section
from desktop_app.learning.recipe import CHOICES, Recipe, stage_options
from desktop_app.ui import wording

_CONTEXT = "Recipe"  # of the texts that packaging/core_texts.py collects


def text(english: str) -> str:
    """A label, a help text or a heading."""
    return wording.translate(_CONTEXT, english) if english else ""


def heading(section: Section) -> str:
    return text(section.value)


def label(name: str) -> str:
    """What a choice is called; the name itself for one that this Discern does not know."""
    return text(CHOICES[name].label).removesuffix("?") if name in CHOICES else name.replace("_", " ")


def is_share(about: Choice) -> bool:
    """A number between 0 and 1, which people read in per cent."""
    return about.kind == "number" and about.low >= 0 and about.high <= 1 and not about.unit and about.low != 1e-7


def options(name: str, backbone: str) -> dict[str, str]:
    """The values that may be chosen, with their labels."""
    found = stage_options(backbone) if name == "first_stage" else CHOICES[name].options
    return {option.value: text(option.label) for option in found}


def value(name: str, chosen: Any) -> str:
    """The value of a choice; as it is, where it comes from another Discern."""
    about = CHOICES.get(name)
    if isinstance(chosen, bool):
        return wording.translate("recipe", "yes") if chosen else wording.translate("recipe", "no")
    if isinstance(chosen, list | tuple):
        return "; ".join(value(name, item) for item in chosen)
    if isinstance(chosen, int | float):
        if about is not None and is_share(about):
            return wording.percent(float(chosen))
        shown = wording.number(chosen) if isinstance(chosen, int) else wording.decimal(chosen, 8, trim=True)
        unit = text(about.unit) if about is not None else ""
        return f"{shown}{wording.SPACE}{unit}" if unit else shown
    if about is None:
        return str(chosen)
    if about.kind == "number" and (number := _number(chosen)) is not None:
        return value(name, number)
    known = {option.value: text(option.label) for option in about.options}
    if name == "first_stage":
        known |= {option.value: text(option.label) for option in stage_options(Recipe().backbone)[:2]}
    return known.get(str(chosen), str(chosen))


def _number(text: object) -> float | None:
    """What was tried of a number is told as text."""
    try:
        return float(str(text))
    except ValueError:
        return None


def variation(recipe: Recipe) -> str:
    """How parts may appear, for a closed fold: "rotated, brighter"."""
    if not recipe.fine_tune:
        return wording.translate("recipe", "not varied")
    ways = (
        (recipe.rotate != "none", wording.translate("recipe", "rotated")),
        (recipe.flip != "none", wording.translate("recipe", "mirrored")),
        (recipe.jitter > 0, wording.translate("recipe", "brighter")),
        (recipe.blur, wording.translate("recipe", "blurred")),
    )
    return ", ".join(word for applies, word in ways if applies) or wording.translate("recipe", "as they are")


def differences(recipe: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """What two recipes, as run.json keeps them, chose differently: both values by the name of the choice."""
    return {
        name: (value(name, recipe[name]), value(name, other[name]))
        for name in (*CHOICES, *(recipe.keys() - CHOICES.keys()))
        if name in recipe and name in other and recipe[name] != other[name] and name != "format"
    }
