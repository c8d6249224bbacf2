"""What a rule rests on and what it is good for, and how far "how sure" can be believed; in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop_app.evaluation.rules import Rule
from desktop_app.evaluation.unsure import NEVER
from desktop_app.ui import wording
from desktop_app.ui.models.judgement import GOOD_ENOUGH, Calibration

if TYPE_CHECKING:
    from desktop_app.ui.models.unsure import Doubt

translate = wording.translate


def about(doubt: Doubt, rule: Rule | None) -> str:
    """A rule in sentences; None for never being unsure."""
    if rule is None:
        return translate(
            "unsure",
            "It always answers, even when in doubt. Move the slider to let it leave such pictures to a person.",
        )
    if rule.promise is not None and rule.threshold == NEVER:
        return _too_few(doubt, rule.promise)
    sentences = [_found_by_costs(doubt, rule) if rule.promise is None else _found(doubt)]
    if rule.furthest is not None:
        sentences.append(translate("unsure", "Pictures like nothing that was learnt are left to a person, too."))
    sentences.append(
        translate("unsure", "Exported models keep the promise.")
        if rule.promise is not None
        else translate("unsure", "Exported models do the same.")
    )
    return " ".join(sentences)


def _found(doubt: Doubt) -> str:
    text = (
        translate(
            "unsure",
            "Found on {n} groups for validation, a group being missed as soon as one of its pictures is; holds with "
            "95 % confidence as long as new pictures are like these.",
        )
        if doubt.grouped
        else translate(
            "unsure",
            "Found on {n} pictures for validation; holds with 95 % confidence as long as new pictures are like these.",
        )
    )
    return text.format(n=wording.number(doubt.at_risk))


def _found_by_costs(doubt: Doubt, rule: Rule) -> str:
    n = wording.number(len(doubt.validation))
    if not rule.good:
        text = translate("unsure", "An answer stands if it is {sure} sure or more: what costs least on {n} pictures.")
        return text.format(sure=_threshold(rule.threshold), n=n)
    good_from, defect_below = _threshold(rule.threshold), _threshold(rule.split)
    text = (
        translate(
            "unsure",
            "Good if that is {good} likely or more, a defect if it is less than {defect}, and for a person between: "
            "what costs least on the {n} validation pictures.",
        )
        if rule.split < rule.threshold
        else translate(
            "unsure",
            "Good if that is {good} likely or more, else a defect: a look costs too much to pay off, on the {n} "
            "validation pictures.",
        )
    )
    return text.format(good=good_from, defect=defect_below, n=n)


def _threshold(value: float) -> str:
    """A threshold in per cent, to a tenth where that matters."""
    digits = 1 if value > 0.9 or value < 0.1 else 0
    return f"{wording.decimal(min(value, 1.0) * 100, digits, trim=True)}{wording.SPACE}%"


def _too_few(doubt: Doubt, promise: float) -> str:
    text = (
        translate(
            "unsure",
            "Too few pictures to promise that, so it never calls one good. With {n} defects for validation, {smallest} "
            "is the least; {more} more are needed.",
        )
        if doubt.good
        else translate(
            "unsure",
            "Too few pictures to promise that, so it is always unsure. With {n} pictures for validation, {smallest} is "
            "the least; {more} more are needed.",
        )
    )
    return text.format(
        n=wording.number(doubt.at_risk),
        smallest=wording.percent_up(doubt.smallest_promise),
        more=wording.number(doubt.missing_for(promise)),
    )


# ---- calibration


def points(error: float) -> str:
    """A calibration error in points: "1.2"."""
    return wording.decimal(error * 100, 1, trim=True)


def calibrated(of: Calibration) -> str:
    """How far off "how sure" is, before and after it was set right, and why it is no better."""
    text = translate(
        "unsure",
        "On the test pictures “how sure” is off by {points} points on average, {before} before it was calibrated on "
        "the validation pictures.",
    ).format(points=points(of.error), before=points(of.error_before))
    return f"{text} {_why(of)}"


def _why(of: Calibration) -> str:
    limit, n = points(of.by_chance), wording.number(of.n)
    if of.error <= of.by_chance:
        text = translate("unsure", "That is no more than chance makes it with {n} pictures, up to {limit} points.")
        return text.format(n=n, limit=limit)
    if of.error < GOOD_ENOUGH:
        text = translate("unsure", "Chance alone would make up to {limit} points of it.")
        return text.format(limit=limit)
    text = translate(
        "unsure",
        "That is more than chance, up to {limit} points: the {m} validation pictures are too few, or the test pictures "
        "are not like them.",
    )
    return text.format(limit=limit, m=wording.number(of.learnt_from))
