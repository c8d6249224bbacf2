"""Whether a model says the same of the same part, in words."""

from __future__ import annotations

from desktop_app.events import PartRepeated, Repeated
from desktop_app.ui import wording

translate = wording.translate


def changed(found: Repeated) -> str:
    """ "Of 40 parts photographed 5 times, 3 changed their class at least once (7 %; truly 2–20 %)."."""
    fewest, most = found.times
    if fewest == most:
        text = translate(
            "repeat",
            "Of {parts} parts photographed {times} times, {changed} changed their class at least once ({doubt}).",
        )
    else:
        text = translate(
            "repeat",
            "Of {parts} parts photographed {times} to {most} times, {changed} changed their class at least once "
            "({doubt}).",
        )
    n = len(found.parts)
    return text.format(
        parts=wording.number(n),
        times=wording.number(fewest),
        most=wording.number(most),
        changed=wording.number(found.changed),
        doubt=wording.share_with_doubt(found.changed, n, found.interval),
    )


def details(found: Repeated, *, groups: bool) -> str:
    """The flip rate and the spread of "how sure", with their intervals. `groups`: what counts as a part are groups."""
    flips = translate("repeat", "Two pictures of one part are called differently {share} of the time, {truly}.").format(
        share=wording.percent(found.flips), truly=wording.truly(found.flips_interval)
    )
    low, high = (_points(end) for end in found.spread_interval)
    spread = translate(
        "repeat", "“How sure” varies by {points} points between pictures of one part (truly {low}–{high})."
    ).format(points=_points(found.spread), low=low, high=high)
    what = translate("repeat", "Here each group of pictures of one class counts as a part.") if groups else ""
    return f"{flips} {spread} {what}".strip()


def _points(share: float) -> str:
    return wording.decimal(share * 100, 1, trim=True)


def called(part: PartRepeated) -> str:
    """ "4 × good, 1 × scratch"."""
    return ", ".join(
        translate("repeat", "{n} × {class_name}").format(n=wording.number(n), class_name=name)
        for name, n in part.called.items()
    )


def how_sure(part: PartRepeated) -> str:
    """ "62–96 %", of the part's usual class."""
    return wording.percent_range((part.lowest, part.highest))
