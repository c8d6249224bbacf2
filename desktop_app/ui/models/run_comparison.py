"""Several runs side by side: what they were, how good they are, and what they chose differently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop_app.evaluation.intervals import wilson
from desktop_app.events import ClassResult, CrossValidated, Evaluated
from desktop_app.learning.backbones import BACKBONES
from desktop_app.ui import recipe_words, wording
from desktop_app.ui.models import run_files
from desktop_app.ui.models.runs import run_row
from desktop_app.ui.models.training import Curves
from desktop_app.ui.widgets.comparison_card import comparison_in_words

if TYPE_CHECKING:
    from desktop_app.project.runs import Run

MOST_CLASSES = 12  # that are shown; those whose results differ most
NOTHING = "–"


@dataclass(frozen=True)
class Row:
    """A fact in words, for each run; `differs`: it is worth looking at."""

    label: str
    values: tuple[str, ...]
    differs: bool = False


@dataclass(frozen=True)
class RunsCompared:
    """
    Attributes:
        titles, curves: of each run, the newest first.
        results: how good they are, and what they learnt from.
        choices: what their recipes chose differently.
        classes: how many test pictures of a class were found, the largest difference first.
        classes_left_out: how many classes differ less, or not at all.
        verdict: which of two is better on the test pictures, with the doubt of it; "" where that was not measured.
    """

    titles: tuple[str, ...]
    curves: tuple[Curves, ...]
    results: tuple[Row, ...]
    choices: tuple[Row, ...]
    classes: tuple[Row, ...] = ()
    classes_left_out: int = 0
    verdict: str = ""


def compare_runs(runs: Sequence[Run]) -> RunsCompared:
    """Compare runs, given the newest first. Reads their results; in the background, since it may be long.

    Raises:
        StorageError: predictions are damaged.
    """
    from desktop_app.evaluation.evaluate import stored_result
    from desktop_app.evaluation.headline import stored_cross_validation

    titles = tuple(wording.run_number(run.number) for run in runs)
    measured = [stored_result(run) if run.usable else None for run in runs]
    whole = [stored_cross_validation(run) if result else None for run, result in zip(runs, measured, strict=True)]
    classes, left_out = _classes(measured)
    return RunsCompared(
        titles,
        tuple(run_files.curves_of(run) for run in runs),
        _results(runs, measured, whole),
        _choices(runs),
        classes,
        left_out,
        _verdict(runs, titles) if len(runs) == 2 and all(measured) else "",
    )


def _results(
    runs: Sequence[Run], measured: Sequence[Evaluated | None], whole: Sequence[CrossValidated | None]
) -> tuple[Row, ...]:
    translate = wording.translate
    rows = [run_row(run) for run in runs]
    facts = [
        (translate("comparison", "Recipe"), [row.recipe for row in rows]),
        (translate("comparison", "Name"), [run.name for run in runs]),
        (
            translate("comparison", "Test pictures right"),
            [_right(result.right, result.n) if result else NOTHING for result in measured],
        ),
        (
            translate("comparison", "Cross-validated"),
            [f"{wording.part_of(one.right, one.n)}; {wording.truly(one.interval)}" if one else "" for one in whole],
        ),
        (translate("comparison", "Validation right"), [_right(row.right, row.n) for row in rows]),
        (translate("comparison", "Learnt from"), [_learnt(run) for run in runs]),
        (translate("comparison", "Classes"), [wording.number(len(run.classes)) for run in runs]),
        (translate("comparison", "Training took"), [_took(run) for run in runs]),
    ]
    return tuple(
        Row(label, tuple(value or NOTHING for value in values), len(set(values)) > 1)
        for label, values in facts
        if any(values)
    )


def _right(right: int, n: int) -> str:
    """ "12 of 14; truly 60–96 %"."""
    return f"{wording.part_of(right, n)}; {wording.truly(wilson(right, n))}" if n else NOTHING


def _learnt(run: Run) -> str:
    counts = run_files.split_counts(run)
    return wording.pictures(counts[0]) if counts else NOTHING


def _took(run: Run) -> str:
    seconds = run_files.seconds(run)
    return wording.duration(seconds) if seconds else NOTHING


def _choices(runs: Sequence[Run]) -> tuple[Row, ...]:
    """What differs between any two; a choice that one of them does not know is a dash."""
    recipes = [run.document["recipe"] for run in runs]
    names = dict.fromkeys(name for recipe in recipes for name in recipe if name not in ("name", "format"))
    rows = []
    for name in names:
        values = tuple(_choice(name, recipe[name]) if name in recipe else NOTHING for recipe in recipes)
        if len(set(values)) > 1:
            rows.append(Row(recipe_words.label(name), values, differs=True))
    return tuple(rows)


def _choice(name: str, value: object) -> str:
    if name == "backbone" and isinstance(value, str) and value in BACKBONES:
        return BACKBONES[value].title
    return recipe_words.value(name, value)


def _classes(measured: Sequence[Evaluated | None]) -> tuple[tuple[Row, ...], int]:
    found = [{row.name: row for row in result.per_class} if result else {} for result in measured]
    names = dict.fromkeys(name for results in found for name in results)
    if sum(map(bool, found)) < 2:
        return (), 0

    def spread(name: str) -> float:
        shares = [results[name].right / results[name].actual for results in found if _has(results, name)]
        return max(shares) - min(shares) if len(shares) > 1 else 0.0

    ordered = sorted(names, key=lambda name: -spread(name))
    rows = tuple(
        Row(
            name,
            tuple(
                wording.part_of(results[name].right, results[name].actual) if _has(results, name) else NOTHING
                for results in found
            ),
            spread(name) > 0,
        )
        for name in ordered[:MOST_CLASSES]
    )
    return rows, len(ordered) - len(rows)


def _has(results: Mapping[str, ClassResult], name: str) -> bool:
    return name in results and results[name].actual > 0


def _verdict(runs: Sequence[Run], titles: Sequence[str]) -> str:
    from desktop_app.evaluation.comparison import compare
    from desktop_app.evaluation.evaluate import predictions_csv
    from desktop_app.evaluation.predictions import Predictions

    newer, older = (Predictions.read_csv(predictions_csv(run, "test")) for run in runs)
    return comparison_in_words(compare(older, newer), titles[0], titles[1])
