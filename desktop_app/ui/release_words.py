"""Releases, and what the gate before them has found, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from desktop_app.events import GateJudged, Mistake, NewMiss
from desktop_app.ui import headline_words, wording
from desktop_app.ui.widgets.fact_row import Mark

if TYPE_CHECKING:
    from desktop_app.evaluation.headline import Basis
    from desktop_app.project.release import Release

translate = wording.translate


def kind(of: Mistake) -> str:
    return {
        "escape": translate("release", "missed defect"),
        "false_alarm": translate("release", "false alarm"),
        "other": translate("release", "wrong class"),
    }[of]


def run_name(run: str) -> str:
    """ "Run 7" of "run-0007"."""
    number = run.rpartition("-")[2]
    return wording.run_number(int(number)) if number.isdigit() else run


def miss(found: NewMiss, judged: GateJudged) -> str:
    name = found.file.rpartition("/")[2]
    if not found.before:
        text = translate("release", "{name} is {actual}; {run} would call it {now} ({share} sure).")
    else:
        text = translate(
            "release", "{name} is {actual}; “{against}” calls it {before}, {run} would call it {now} ({share} sure)."
        )
    return text.format(
        name=name,
        actual=found.actual,
        against=judged.against,
        before=found.before,
        run=run_name(judged.run),
        now=found.now,
        share=wording.percent(found.how_sure),
    )


def judgement(judged: GateJudged) -> list[tuple[Mark, str]]:
    """What the gate has found, a sentence each, the gravest first."""
    return list(_judgement(judged))


def _judgement(judged: GateJudged) -> Iterator[tuple[Mark, str]]:
    if not judged.source:
        text = translate(
            "release",
            "No release is in use, and no picture is marked as golden: there is nothing to compare with yet.",
        )
        yield "info", text
        return
    if escapes := sum(miss.kind == "escape" for miss in judged.misses):
        text = (
            translate("release", "1 defect would newly be missed.")
            if escapes == 1
            else translate("release", "%Ln defects would newly be missed.", "", escapes)
        )
        yield "error", text
    if alarms := sum(miss.kind == "false_alarm" for miss in judged.misses):
        text = (
            translate("release", "1 good part would newly be called a defect.")
            if alarms == 1
            else translate("release", "%Ln good parts would newly be called defects.", "", alarms)
        )
        yield "warn", text
    if others := len(judged.misses) - escapes - alarms:
        text = (
            translate("release", "1 picture would newly be called wrong.")
            if others == 1
            else translate("release", "%Ln pictures would newly be called wrong.", "", others)
        )
        yield "error" if judged.source == "golden" else "warn", text
    if not judged.misses:
        yield "ok", translate("release", "Nothing would newly be called wrong.")
    yield "info", _asked(judged)
    for n, one, many in (
        (
            judged.repaired,
            translate("release", "1 that was wrong is right now."),
            translate("release", "%Ln that were wrong are right now.", "", judged.repaired),
        ),
        (
            judged.still_wrong,
            translate("release", "1 is wrong as before."),
            translate("release", "%Ln are wrong as before.", "", judged.still_wrong),
        ),
        (
            judged.unsure,
            translate("release", "1 more is left to a person."),
            translate("release", "%Ln more are left to a person.", "", judged.unsure),
        ),
    ):
        if n:
            yield "info", one if n == 1 else many
    if judged.missing:
        text = (
            translate("release", "1 picture could not be asked about: it is in no class, in two, or can’t be read.")
            if judged.missing == 1
            else translate(
                "release",
                "%Ln pictures could not be asked about: they are in no class, in two, or can’t be read.",
                "",
                judged.missing,
            )
        )
        yield "warn", text
    if judged.learnt:
        text = translate("release", "{run} has learnt from {part} of them: it is no wonder if these are right.")
        part = wording.part_of(judged.learnt, judged.n)
        yield "info", text.format(run=run_name(judged.run), part=part)


def _asked(judged: GateJudged) -> str:
    pictures = (
        translate("release", "the golden set ({pictures})")
        if judged.source == "golden"
        else translate("release", "the test pictures of “{against}” ({pictures})")
    ).format(against=judged.against, pictures=wording.pictures(judged.n))
    run, now = run_name(judged.run), wording.number(judged.right_now)
    if not judged.against:
        text = translate("release", "Asked about {pictures}: {run} gets {now} right.")
        return text.format(pictures=pictures, run=run, now=now)
    text = translate("release", "Asked about {pictures}: {run} gets {now} right, “{against}” {before}.")
    before = wording.number(judged.right_before)
    return text.format(pictures=pictures, run=run, now=now, against=judged.against, before=before)


def facts(release: Release) -> str:
    """ "today 10:42 · Ada · Run 7 · 38 of 40 right (95 %; truly 83–99 %) · on its test pictures"."""
    from desktop_app.evaluation.headline import BASES

    figures = release.figures
    measured = (
        wording.right_with_doubt(figures.right, figures.n, figures.interval)
        if figures
        else translate("release", "not measured")
    )
    parts = [wording.moment(release.at.isoformat()), release.by, run_name(release.run), measured]
    if figures and figures.basis in BASES:
        parts.append(headline_words.basis(cast("Basis", figures.basis)))
    if release.accepted:
        parts.append(
            translate("release", "1 new miss accepted")
            if release.accepted == 1
            else translate("release", "%Ln new misses accepted", "", release.accepted)
        )
    return wording.DOT.join(parts)
