"""Collect the texts that the core hands to the window untranslated, as a file that lupdate can read.

    python packaging/core_texts.py > build/core_texts.py
    pyside6-lupdate $(find desktop_app/ui -name "*.py") build/core_texts.py -ts discern_de.ts

The core knows no Qt, so its errors, notices, reasons, names of steps and choices of a recipe are plain templates, which
the window translates where it shows them (`ui.problems`, `ui.step_words`, `ui.recipe_words`). A text that is put
together while the program runs is not found.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from desktop_app import errors
from desktop_app.learning.choices import Section
from desktop_app.learning.recipe import CHOICES, Recipe, stage_options
from desktop_app.project.history import Action, Label
from desktop_app.project.reasons import Reason

PACKAGE = Path(errors.__file__).parent
_ERRORS = {
    "DiscernError",
    "require_model",
    "NoMemoryError",
    *(kind.__name__ for kind in errors.DiscernError.__subclasses__()),
}
_TEXTS = ("what", "why", "hint")


def collect() -> set[tuple[str, str]]:
    """(context, text) of all of them."""
    found = {("Reasons", str(reason)) for reason in Reason}
    found |= {("Steps", Label(action, count, "").template) for action in Action for count in (1, 2)}
    found |= {("Recipe", text) for text in _recipe_texts() if text}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                found |= set(_in_call(node))
    return found


def _recipe_texts() -> Iterator[str]:
    yield from (section.value for section in Section)
    for about in CHOICES.values():
        yield from (about.label, about.help, about.unit)
        for option in (*about.options, *stage_options(Recipe().backbone)):
            yield from (option.label, option.help)


def _in_call(call: ast.Call) -> Iterator[tuple[str, str]]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in _ERRORS:
        context, texts = "Errors", call.args[:1]
    elif name == "Notice":
        context, texts = "Notices", call.args[1:]  # after how severe it is
    else:
        return
    for node in (*texts, *(keyword.value for keyword in call.keywords if keyword.arg in _TEXTS)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
            yield context, node.value


def source(texts: set[tuple[str, str]]) -> str:
    """A Python file that says nothing but these."""
    calls = (f"QCoreApplication.translate({context!r}, {text!r})\n" for context, text in sorted(texts))
    return "from PySide6.QtCore import QCoreApplication\n\n" + "".join(calls)


if __name__ == "__main__":
    print(source(collect()), end="")
