"""The report's figures: the headline, what makes it trustworthy, the matrix, the classes, when it says "unsure"."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from desktop_app.ui import headline_words, rule_words, wording
from desktop_app.ui.models.confusion import Tone, tone_of
from desktop_app.ui.report.facts import Facts
from desktop_app.ui.report.markup import lines, paragraph, quiet, section, svg, text
from desktop_app.ui.tokens import LIGHT

if TYPE_CHECKING:
    from desktop_app.evaluation.rules import Rule
    from desktop_app.evaluation.unsure import Expected

WIDEST_MATRIX = 20  # of more classes only the most frequent mistakes are listed
MOST_MISTAKES = 30
_WITH_BARS = 60  # classes; of more, their intervals stand as numbers alone
_BAR, _HEIGHT = 88, 14
_MARKS = {"ok": "✓", "info": "i", "warn": "!", "error": "✗"}

translate = wording.translate


def headline(facts: Facts, title: str) -> str:
    """What was found, in the largest type; with roles, also what went through and what was stopped for nothing."""
    measured, doubts, shown = facts.result.evaluated, facts.result.doubts, facts.result.headline
    means = translate("report", "Each class counting the same: {share}, {truly}. Macro-F1: {f1}, {truly_f1}.").format(
        share=wording.percent(measured.balanced_accuracy),
        truly=wording.truly(doubts.balanced_accuracy),
        f1=wording.percent(measured.macro_f1),
        truly_f1=wording.truly(doubts.macro_f1),
    )
    on = {
        "test": translate("report", "On the locked test pictures, which the model has not learnt from."),
        "validation": translate("report", "On the validation pictures, which helped to choose the model."),
        "train": translate("report", "On the pictures that the model has learnt from."),
    }[measured.split]
    return (
        f"{paragraph(title, 'quiet')}<h1>{text(wording.right_of(shown.right, shown.n))}</h1>"
        f"{paragraph(wording.share_with_doubt(shown.right, shown.n, shown.interval), 'doubt')}"
        f"{_cross_validated(facts)}{paragraph(f'{means} {on}', 'quiet')}{_sides(facts)}"
    )


def _cross_validated(facts: Facts) -> str:
    """What the headline is of, and what the test pictures say for themselves."""
    whole, measured = facts.result.cross_validated, facts.result.evaluated
    if whole is None:
        return ""
    alone = translate("report", "The test pictures alone: {right}.").format(
        right=wording.right_with_doubt(measured.right, measured.n, measured.interval)
    )
    kind = f"{headline_words.short(whole)}. {headline_words.reason(whole)}"
    return f"{paragraph(kind, 'quiet')}{paragraph(alone)}"


def _sides(facts: Facts) -> str:
    sides = facts.result.sides
    if sides is None:
        return ""
    figures = (
        (translate("report", "Missed defects (escapes)"), sides.missed, sides.defects, sides.missed_interval),
        (translate("report", "False alarms (overkill)"), sides.false_alarms, sides.good, sides.false_alarm_interval),
    )
    cells = "".join(
        f"<td>{quiet(name)}<br><span class='figure'>{text(wording.part_of(count, n))}</span><br>"
        f"{text(wording.share_with_doubt(count, n, interval))}</td>"
        for name, count, n, interval in figures
        if n
    )
    return f"<table class='figures' cellspacing='6'><tr>{cells}</tr></table>"


def checks(facts: Facts) -> str:
    """What makes the result trustworthy, or not: warnings first."""
    order = ("error", "warn", "info", "ok")
    rows = (
        f"<tr><td class='{check.mark}'><b>{_MARKS[check.mark]}</b></td><td>{text(check.text)}</td></tr>"
        for check in sorted(facts.result.checks, key=lambda check: order.index(check.mark))
    )
    return section(translate("report", "Can it be trusted?"), f"<table cellspacing='0'>{''.join(rows)}</table>")


# ---- the matrix


def matrix(facts: Facts) -> str:
    """What was called what; of many classes only the most frequent mistakes."""
    measured = facts.result.evaluated
    if len(measured.classes) > WIDEST_MATRIX:
        return _most_frequent(facts)
    numbers = range(1, len(measured.classes) + 1)
    head = "".join(f"<th class='cell'>{wording.number(number)}</th>" for number in numbers)
    most = max((count for row, column, count in _mistaken(measured.confusion)), default=0)
    rows = [
        f"<tr><td>{number}&nbsp; {text(name)}</td>{''.join(_cells(counts, number - 1, most))}"
        f"<td class='cell quiet'>{wording.number(sum(counts))}</td></tr>"
        for number, name, counts in zip(numbers, measured.classes, measured.confusion, strict=True)
    ]
    corner = translate("report", "actual ↓ called →")
    return section(
        translate("report", "What was called what"),
        f"<table class='matrix' cellspacing='2'><tr><th>{text(corner)}</th>{head}"
        f"<th class='cell'>{text(translate('report', 'all'))}</th></tr>{''.join(rows)}</table>",
    )


def _cells(counts: Sequence[int], actual: int, most: int) -> Iterator[str]:
    for called, count in enumerate(counts):
        tone = Tone.RIGHT if called == actual else tone_of(count, most)
        yield f"<td class='cell {tone.name.lower()}'>{wording.number(count) if count else '·'}</td>"


def _mistaken(confusion: Sequence[Sequence[int]]) -> Iterator[tuple[int, int, int]]:
    """(actual, called, count) of every kind of mistake."""
    for actual, row in enumerate(confusion):
        for called, count in enumerate(row):
            if count and actual != called:
                yield actual, called, count


def _most_frequent(facts: Facts) -> str:
    measured = facts.result.evaluated
    mistakes = sorted(_mistaken(measured.confusion), key=lambda mistake: -mistake[2])[:MOST_MISTAKES]
    if not mistakes:
        return ""
    rows = (
        (text(measured.classes[actual]), "→", text(measured.classes[called]), wording.number(count))
        for actual, called, count in mistakes
    )
    return section(translate("report", "Most frequent mistakes: actual → called"), lines(rows))


# ---- class by class


def classes(facts: Facts) -> str:
    """How each class was found, and how often it was right when called; weakest first."""
    results = sorted(facts.result.evaluated.per_class, key=lambda row: math.inf if row.recall is None else row.recall)
    with_bars = len(results) <= _WITH_BARS
    low = _axis([row.recall_interval[0] for row in results if row.recall_interval])
    rows = (
        (
            text(row.name),
            text(wording.part_of(row.right, row.actual)),
            *((_bar(row.recall, row.recall_interval, low),) if with_bars else ()),
            _doubt(row.recall_interval),
            text(wording.part_of(row.right, row.called)),
            _doubt(row.precision_interval),
            quiet("–" if row.f1 is None else wording.percent(row.f1)),
        )
        for row in results
    )
    heads = (
        translate("report", "Class, weakest first"),
        translate("report", "Found"),
        *((f"{wording.percent(low)} – {wording.percent(1)}",) if with_bars else ()),
        translate("report", "truly"),
        translate("report", "Right when called"),
        translate("report", "truly"),
        translate("report", "F1"),
    )
    return section(translate("report", "Class by class"), lines(rows, heads))


def _axis(lows: Sequence[float]) -> float:
    """A round number below all intervals."""
    return min(0.9, int(min(lows, default=0.0) * 10) / 10)


def _bar(share: float | None, interval: tuple[float, float] | None, low: float) -> str:
    """A dot with its whiskers, from `low` to 1."""
    if share is None or interval is None:
        return ""

    def at(value: float) -> float:
        return 4 + (_BAR - 8) * (max(value, low) - low) / (1 - low)

    middle, (left, right) = _HEIGHT / 2, map(at, interval)
    line = f"stroke='#{LIGHT.accent}' stroke-width='1.5'"
    drawing = (
        f"<line x1='4' x2='{_BAR - 4}' y1='{middle}' y2='{middle}' stroke='#{LIGHT.border}'/>"
        f"<line x1='{left:.1f}' x2='{right:.1f}' y1='{middle}' y2='{middle}' {line}/>"
        + "".join(f"<line x1='{x:.1f}' x2='{x:.1f}' y1='3' y2='{_HEIGHT - 3}' {line}/>" for x in (left, right))
        + f"<circle cx='{at(share):.1f}' cy='{middle}' r='3.5' fill='#{LIGHT.accent}'/>"
    )
    return svg(drawing, wording.truly(interval), _BAR, _HEIGHT)


def _doubt(interval: tuple[float, float] | None) -> str:
    return quiet(wording.percent_range(interval) if interval else "–")


# ---- when it says "unsure"


def unsure(facts: Facts) -> str:
    """The rule that was chosen, its thresholds, and what comes of it on these pictures."""
    heading = translate("report", "When it says “unsure”")
    if facts.kept is None:
        return section(heading, paragraph(translate("report", "Never: it always answers, even when in doubt.")))
    rule, found = facts.kept
    harm = translate("report", "Got through") if rule.good else translate("report", "Wrong answers")
    rows = [
        (text(harm), text(wording.part_of(found.harm, found.at_risk)), quiet(_at_most(found.harm_limit))),
        *_alarms(found),
        (
            text(translate("report", "Left to a person")),
            text(wording.part_of(found.unsure, found.n)),
            quiet(wording.truly(found.unsure_interval)),
        ),
        *_cost(found),
    ]
    return section(heading, paragraph(rule_words.sentence(rule)), lines(rows), paragraph(_thresholds(rule), "quiet"))


def _thresholds(rule: Rule) -> str:
    words = (
        translate("report", "Calibrated at a temperature of {temperature}; unsure below {threshold}.")
        if rule.promise is not None or not rule.good
        else translate(
            "report",
            "Calibrated at a temperature of {temperature}; good from {threshold} on, a defect below {split}, unsure "
            "between.",
        )
    )
    return words.format(
        temperature=wording.decimal(rule.temperature, 2),
        threshold=wording.percent(rule.threshold) if rule.threshold <= 1 else translate("report", "any sureness"),
        split=wording.percent(min(rule.split, 1.0)),
    )


def _alarms(found: Expected) -> Iterator[tuple[str, str, str]]:
    if found.good:
        yield (
            text(translate("report", "False alarms")),
            text(wording.part_of(found.false_alarms, found.good)),
            quiet(wording.truly(found.false_alarm_interval)),
        )


def _at_most(limit: float) -> str:
    return translate("report", "truly at most {share}").format(share=wording.percent_up(limit))


def _cost(found: Expected) -> Iterator[tuple[str, str, str]]:
    if found.cost is None or found.cost_interval is None:
        return
    low, high = found.cost_interval
    truly = translate("report", "truly {low}–{high}").format(
        low=rule_words.amount(low, high), high=rule_words.amount(high)
    )
    title = translate("report", "Cost of a picture, on average")
    yield text(title), text(rule_words.amount(found.cost, high)), quiet(truly)
