"""The flags of `discern train`: one for each choice of a recipe, made from what people are told about it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from desktop_app.learning.choices import Choice, Option
from desktop_app.learning.recipe import CHOICES, RECIPES, in_words

_PREFIX = "recipe."  # of the names in the namespace, where “name” and “batch” could mean anything


def add_flags(parser: argparse.ArgumentParser) -> None:
    """What is not given has the recipe's own value."""
    groups: dict[Any, Any] = {}
    for name, about in CHOICES.items():
        group = groups.get(about.section)
        if group is None:
            group = groups[about.section] = parser.add_argument_group(about.section.value)
        flag = "--recipe" if name == "name" else f"--{name.replace('_', '-')}"
        common: dict[str, Any] = {
            "dest": _PREFIX + name,
            "default": None,
            "help": _help(name, about).replace("%", "%%"),
        }
        if about.kind == "yes or no":
            group.add_argument(flag, action=argparse.BooleanOptionalAction, **common)
        else:
            group.add_argument(flag, type=_reader(about), metavar=_metavar(name, about), **common)


def given(arguments: argparse.Namespace) -> dict[str, Any]:
    """The choices that were made, by name."""
    return {
        name.removeprefix(_PREFIX): value
        for name, value in vars(arguments).items()
        if name.startswith(_PREFIX) and value is not None
    }


def _help(name: str, about: Choice) -> str:
    usual = getattr(RECIPES["balanced"], name)
    usual = usual if isinstance(usual, str) else in_words(name, usual)
    label = about.label if about.label.endswith("?") else f"{about.label}:"
    options = "; ".join(_option(option) for option in about.options) if name != "backbone" else ""
    return " ".join(part for part in (label, about.help, options, f"[{usual}]") if part)


def _option(option: Option) -> str:
    return f"{option.value}: {option.help or option.label}".rstrip(".")


def _metavar(name: str, about: Choice) -> str:
    if name == "name":
        return "|".join(RECIPES)
    return {"one of": "NAME", "whole number": "N", "number": "X", "numbers": "X,X"}[about.kind]


def _reader(about: Choice) -> Callable[[str], object]:
    """Turns a flag's text into a value; raises what argparse tells as wrong usage."""

    def number(text: str) -> float:
        try:
            value = int(text) if about.kind == "whole number" else float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"“{text}” is no {about.kind.removesuffix('s')}") from None
        if not about.low <= value <= about.high:  # NaN lies nowhere
            raise argparse.ArgumentTypeError(f"a number from {about.low:g} to {about.high:g} is wanted")
        return value

    def one_of(text: str) -> str:
        allowed = [option.value for option in about.options]
        if allowed and text not in allowed:
            raise argparse.ArgumentTypeError(f"“{text}” is none of: {', '.join(allowed)}")
        return text

    if about.kind == "one of":
        return one_of
    return number if about.kind != "numbers" else lambda text: [number(part) for part in text.split(",")]
