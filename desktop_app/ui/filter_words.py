"""Filters and orders of the pictures in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from PySide6.QtCore import QCoreApplication, QDate, QLocale

from desktop_app.project.catalog import LEFT_OUT, SPLITS
from desktop_app.project.health import Finding
from desktop_app.ui import wording
from desktop_app.ui.models.class_marks import KnownClass
from desktop_app.ui.models.picture_filter import UNLABELLED, Filter, Kind, SortBy

translate = QCoreApplication.translate

_MOST_NAMED = 3


def kind(of: Kind) -> str:
    return {
        Kind.CLASS: translate("filters", "Class"),
        Kind.SPLIT: translate("filters", "Split"),
        Kind.PROBLEM: translate("filters", "Problem"),
        Kind.NAME: translate("filters", "Name"),
        Kind.DATE: translate("filters", "Date"),
        Kind.SHAPE: translate("filters", "Size in pixels"),
        Kind.WEIGHT: translate("filters", "File size"),
        Kind.PREDICTED: translate("filters", "Predicted class"),
        Kind.CONFIDENCE: translate("filters", "How sure the model is"),
        Kind.GOLDEN: translate("filters", "Golden set"),
    }[of]


def kind_icon(of: Kind) -> str:
    return {
        Kind.CLASS: "tag",
        Kind.SPLIT: "lock-simple",
        Kind.PROBLEM: "warning",
        Kind.NAME: "text-aa",
        Kind.DATE: "calendar-blank",
        Kind.SHAPE: "frame-corners",
        Kind.WEIGHT: "file",
        Kind.PREDICTED: "magic-wand",
        Kind.CONFIDENCE: "gauge",
        Kind.GOLDEN: "shield-check",
    }[of]


def unknown(of: Kind) -> str:
    """Why there is nothing to choose from, and what helps."""
    if of in (Kind.PREDICTED, Kind.CONFIDENCE):
        return translate("filters", "No model has looked at these pictures yet. Train one, or ask it for suggestions.")
    if of == Kind.SHAPE:
        return translate("filters", "The pictures have not been measured yet. The health check does that.")
    if of == Kind.GOLDEN:
        return translate(
            "filters",
            "No picture is in the golden set. Select pictures that must never be got wrong, and press G: no model is "
            "released that newly gets one of them wrong, unless you accept it.",
        )
    return translate("filters", "Nothing is known about these pictures yet.")


def sort(by: SortBy) -> str:
    return {
        SortBy.FOLDER: translate("filters", "Class and name"),
        SortBy.NAME: translate("filters", "Name"),
        SortBy.DATE: translate("filters", "Date"),
        SortBy.PIXELS: translate("filters", "Size in pixels"),
        SortBy.WEIGHT: translate("filters", "File size"),
        SortBy.CONFIDENCE: translate("filters", "How sure the model is"),
        SortBy.SIMILARITY: translate("filters", "Similarity to the current picture"),
    }[by]


# ---- chips


def chip(of: Kind, wanted: Filter, classes: Sequence[KnownClass]) -> str:
    """What a chip says: "Class: slag inclusion, surface scratch"."""
    if of == Kind.CLASS and wanted.labels == {UNLABELLED}:
        return unlabelled()
    if of == Kind.GOLDEN:
        return in_golden_set()
    values = {
        Kind.CLASS: lambda: _labels(wanted.labels, classes),
        Kind.SPLIT: lambda: _listed([split(code) for code in sorted(wanted.splits, key=lambda code: code % 9)]),
        Kind.PROBLEM: lambda: _listed([words for bit, words, _ in findings() if wanted.problems & bit]),
        Kind.NAME: lambda: f"“{wanted.name}”",
        Kind.DATE: lambda: dates(wanted.dates) if wanted.dates else "",
        Kind.SHAPE: lambda: _shapes(wanted),
        Kind.WEIGHT: lambda: weights(wanted.weights) if wanted.weights else "",
        Kind.PREDICTED: lambda: _labels(wanted.predicted, classes),
        Kind.CONFIDENCE: lambda: confidence(wanted.confidence) if wanted.confidence else "",
    }
    name = {
        Kind.SHAPE: translate("filters", "Size"),
        Kind.PREDICTED: translate("filters", "Predicted"),
        Kind.CONFIDENCE: translate("filters", "Sure"),
    }.get(of) or kind(of)
    return translate("filters", "{kind}: {value}").format(kind=name, value=values[of]())


def _labels(labels: frozenset[int], classes: Sequence[KnownClass]) -> str:
    named = [classes[label].name for label in sorted(labels) if 0 <= label < len(classes)]
    return _listed([*named, *([unlabelled()] if UNLABELLED in labels else [])])


def _listed(values: Sequence[str]) -> str:
    shown, rest = ", ".join(values[:_MOST_NAMED]), len(values) - _MOST_NAMED
    return translate("filters", "{names} and {n} more").format(names=shown, n=rest) if rest > 0 else shown


def _shapes(wanted: Filter) -> str:
    return edges(wanted.edges) if wanted.edges else _listed([shape(one) for one in sorted(wanted.shapes)])


# ---- values


def in_golden_set() -> str:
    return translate("filters", "In the golden set")


def unlabelled() -> str:
    return translate("filters", "Unlabelled")


def split(code: int) -> str:
    return translate("filters", "Not dealt out yet") if code == LEFT_OUT else wording.split(SPLITS[code])


def findings() -> list[tuple[Finding, str, str]]:
    """What the health check can find, the gravest first: its bit, its name, its icon."""
    return [
        (Finding.UNREADABLE, translate("filters", "Unreadable"), "file-x"),
        (Finding.TWO_CLASSES, translate("filters", "Same picture in two classes"), "tag"),
        (Finding.LEAK, translate("filters", "Leak between train and test"), "lock-simple-open"),
        (Finding.DUPLICATE, translate("filters", "Copy of another file"), "copy"),
        (Finding.NEAR_DUPLICATE, translate("filters", "Near-duplicate"), "copy"),
        (Finding.DOUBTFUL, translate("filters", "Label looks wrong"), "question"),
        (Finding.BLURRED, translate("filters", "Blurred"), "drop-half"),
        (Finding.DARK, translate("filters", "Dark"), "drop-half"),
        (Finding.BRIGHT, translate("filters", "Too bright"), "drop-half"),
        (Finding.ODD_SIZE, translate("filters", "Odd size"), "file-x"),
        (Finding.ODD_FORMAT, translate("filters", "Odd format"), "file-x"),
        (Finding.EXCLUDED, translate("filters", "Excluded"), "eye-slash"),
    ]


def finding_icon(bits: int) -> str:
    """The icon of the gravest of some findings; "" for none."""
    return next((icon for finding, _, icon in findings() if bits & finding), "") if bits else ""


def finding_names(bits: int) -> str:
    """All of some findings: "Near-duplicate, Odd size"."""
    return ", ".join(name for finding, name, _ in findings() if bits & finding)


def shape(width_and_height: tuple[int, int]) -> str:
    width, height = width_and_height
    return translate("filters", "{width} × {height}").format(width=wording.number(width), height=wording.number(height))


def edges(limits: tuple[int, int]) -> str:
    """The longer side, in pixels."""
    low, high = limits
    if low <= 1:
        return translate("filters", "up to {n} pixels").format(n=wording.number(high))
    return translate("filters", "{low}–{high} pixels").format(low=wording.number(low), high=wording.number(high))


def weights(limits: tuple[int, int]) -> str:
    low, high = limits
    if low <= 1:
        return translate("filters", "up to {size}").format(size=wording.file_size(high))
    return translate("filters", "{low} to {high}").format(low=wording.file_size(low), high=wording.file_size(high))


def confidence(limits: tuple[float, float]) -> str:
    low, high = limits
    return wording.percent_range((low, high))


def dates(limits: tuple[int, int]) -> str:
    """A year, a month or a day by its name; anything else as the first and the last day."""
    begin, end = (datetime.fromtimestamp(time / 1e9) for time in limits)
    last = end - timedelta(seconds=1)
    whole_days = begin.time() == end.time() == datetime.min.time()
    locale = QLocale()
    if whole_days and (begin.month, begin.day, end.month, end.day, end.year) == (1, 1, 1, 1, begin.year + 1):
        return str(begin.year)
    if whole_days and begin.day == end.day == 1 and (begin.year, begin.month) == (last.year, last.month):
        return locale.toString(QDate(begin.year, begin.month, 1), translate("filters", "MMMM yyyy"))
    first, until = (
        locale.toString(QDate(day.year, day.month, day.day), translate("wording", "d MMMM yyyy"))
        for day in (begin, last)
    )
    return first if first == until else f"{first} – {until}"
