"""Where the result comes from: how it learnt, the pictures, the recipe, and with what it was made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from desktop_app.project.catalog import SPLITS
from desktop_app.ui import recipe_words, wording
from desktop_app.ui.models import run_files
from desktop_app.ui.report.facts import Facts
from desktop_app.ui.report.markup import lines, paragraph, quiet, section, svg, text
from desktop_app.ui.tokens import LIGHT

MOST_CLASSES = 200  # that are listed with their pictures
_HIDDEN = ("name", "format")  # told elsewhere

translate = wording.translate


def curves(facts: Facts) -> str:
    """Accuracy by epoch."""
    points = [point for point in facts.points if point.get("phase") == "fine_tune"] or list(facts.points)
    validation, train = _numbers(points, "validation_accuracy"), _numbers(points, "train_accuracy")
    if len(validation) < 2 and len(train) < 2:
        return ""
    words = translate("report", "Accuracy by epoch: validation (solid), train (dashed).")
    drawn = f"<p>{svg(_chart(validation, train), words, 640, 200)}</p>"
    return section(translate("report", "How it learnt"), drawn, paragraph(words, "quiet"))


def _numbers(points: Sequence[dict[str, Any]], name: str) -> list[float]:
    """The finite values of a curve; a run may come from anywhere."""
    found = [point.get(name) for point in points]
    return [value for value in found if isinstance(value, (int, float)) and math.isfinite(value)]


def _chart(validation: Sequence[float], train: Sequence[float]) -> str:
    """Two curves, 640 × 200."""
    low = math.floor(10 * min([*validation, *train, 0.9])) / 10
    low = min(max(low, 0.0), 0.9)

    def path(values: Sequence[float]) -> str:
        width = 580 / max(len(values) - 1, 1)
        places = (
            f"{50 + place * width:.1f},{180 - 160 * (min(max(value, low), 1) - low) / (1 - low):.1f}"
            for place, value in enumerate(values)
        )
        return " ".join(places)

    grid = "".join(
        f"<line x1='50' x2='630' y1='{y}' y2='{y}' stroke='#{LIGHT.border}'/>"
        f"<text x='44' y='{y + 4}' text-anchor='end' font-size='11' fill='#{LIGHT.text_2}'>{text(label)}</text>"
        for y, label in ((20, wording.percent(1)), (180, wording.percent(low)))
    )
    style = "fill='none' stroke-width='2'"
    return (
        f"<g font-family='sans-serif'>{grid}</g>"
        f"<polyline {style} stroke='#{LIGHT.train_curve}' stroke-dasharray='6 4' points='{path(train)}'/>"
        f"<polyline {style} stroke='#{LIGHT.accent}' points='{path(validation)}'/>"
    )


def dataset(facts: Facts) -> str:
    """The pictures: how many of each class are in each split, and what tells them from any other set."""
    snapshot = facts.snapshot
    groups = len(set(snapshot.groups) - {""})
    facts_of_set = (
        (translate("report", "Pictures"), _split_words(snapshot.counts())),
        (translate("report", "Groups"), wording.number(groups) if groups else translate("report", "none named")),
        (translate("report", "Fingerprint of the pictures"), snapshot.fingerprint),
    )
    return section(
        translate("report", "The pictures"),
        lines((quiet(name), text(value)) for name, value in facts_of_set),
        _classes(facts),
    )


def _classes(facts: Facts) -> str:
    snapshot = facts.snapshot
    rows = [
        (text(name), *(wording.number(int((snapshot.labels[snapshot.rows(split)] == label).sum())) for split in SPLITS))
        for label, name in enumerate(snapshot.classes[:MOST_CLASSES])
    ]
    heads = (translate("report", "Class"), *(wording.split(split) for split in SPLITS))
    return "<br>" + lines(rows, heads)


def _split_words(counts: dict[str, int]) -> str:
    return translate("report", "{train} to learn from, {validation} for validation, {test} for the test").format(
        **{name: wording.number(count) for name, count in counts.items()}
    )


def recipe(facts: Facts) -> str:
    """Every choice of the training."""
    document = facts.run.document["recipe"]
    rows = [
        (quiet(recipe_words.label(name)), text(recipe_words.value(name, value)))
        for name, value in document.items()
        if name not in _HIDDEN
    ]
    half = -(-len(rows) // 2)
    pairs = [(*left, *right) for left, right in zip(rows[:half], [*rows[half:], ("", "")], strict=False)]
    name = wording.recipe(run_files.recipe_name(facts.run))
    return section(translate("report", "Recipe: {name}").format(name=name), lines(pairs))


def provenance(facts: Facts) -> str:
    """Which run, made when and with what."""
    run = facts.run
    versions = ", ".join(f"{name} {version}" for name, version in facts.versions.items())
    rows = (
        (translate("report", "Backbone"), recipe_words.value("backbone", run.document["backbone"])),
        (translate("report", "Computed on"), str(run.document.get("device", "–"))),
        (translate("report", "Trained"), str(run.document["created"])),
        (translate("report", "Note"), run.note),
        (translate("report", "Fingerprint of the model"), facts.model),
        (translate("report", "Report made"), datetime.now().astimezone().isoformat(timespec="seconds")),
        (translate("report", "Versions"), versions),
    )
    return section(
        translate("report", "Where it comes from"), lines((quiet(name), text(value)) for name, value in rows if value)
    )
