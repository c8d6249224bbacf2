"""When a model says "unsure", in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop_app.ui import wording

if TYPE_CHECKING:
    from desktop_app.evaluation.costs import Costs
    from desktop_app.evaluation.rules import Rule

translate = wording.translate


def short(rule: Rule) -> str:
    """For a list of facts: "says “unsure” so that at most 2 % of defects get through"."""
    if rule.promise is None:
        return translate("rules", "says “unsure” where that costs least")
    text = (
        translate("rules", "says “unsure” so that at most {share} of defects get through")
        if rule.good
        else translate("rules", "says “unsure” so that at most {share} of answers are wrong")
    )
    return text.format(share=wording.percent_up(rule.promise))


def sentence(rule: Rule) -> str:
    """What was asked for."""
    if rule.costs is not None:
        text = translate("rules", "It says “unsure” where that costs least: {costs}.")
        return text.format(costs=costs(rule.costs, with_roles=bool(rule.good)))
    assert rule.promise is not None
    text = (
        translate("rules", "It says “unsure” so that at most {share} of defects get through (95 % confidence).")
        if rule.good
        else translate("rules", "It says “unsure” so that at most {share} of answers are wrong (95 % confidence).")
    )
    return text.format(share=wording.percent_up(rule.promise))


def costs(of: Costs, *, with_roles: bool) -> str:
    """ "a missed defect costs 50, a false alarm 5, a look by a person 1"."""
    text = (
        translate("rules", "a missed defect costs {harm}, a false alarm {false_alarm}, a look by a person {look}")
        if with_roles
        else translate("rules", "a wrong answer costs {harm}, a look by a person {look}")
    ).format(harm=amount(of.harm), false_alarm=amount(of.false_alarm), look=amount(of.look))
    if with_roles and of.defects is not None:
        text += translate("rules", ", and {share} of parts are defects").format(share=wording.percent_up(of.defects))
    return text


def amount(value: float, beside: float = 0.0) -> str:
    """A cost without more digits than it needs, whatever its unit; `beside`: a larger one that stands there, too."""
    largest = max(value, beside)
    return wording.decimal(value, 0 if largest >= 100 else 1 if largest >= 10 else 2, trim=True)
