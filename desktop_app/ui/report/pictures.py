"""The report's pictures: the surest mistakes with their heat, where it looks for each class, parts that changed."""

from __future__ import annotations

from desktop_app.ui import heat_words, repeat_words, wording
from desktop_app.ui.report.facts import Facts, Mistake
from desktop_app.ui.report.markup import COLUMNS, EDGE, grid, jpeg, lines, paragraph, quiet, section, text

_WITH_HEAT = COLUMNS // 2  # pictures in a row, each beside its heat
MOST_PARTS = 20  # that changed their class, and are listed
_STEADY = 5  # are listed where none did
MOST_LOOKS = 48  # classes whose average heat is shown

translate = wording.translate


def mistakes(facts: Facts) -> str:
    """The surest mistakes, and beside the surest of these what spoke for the class that was called."""
    if not facts.mistakes:
        return ""
    wrong = facts.result.evaluated.n - facts.result.evaluated.right
    heading = (
        translate("report", "All mistakes, the surest first")
        if len(facts.mistakes) == wrong
        else translate("report", "The {shown} surest of {all} mistakes").format(
            shown=wording.number(len(facts.mistakes)), all=wording.number(wrong)
        )
    )
    explained = [mistake for mistake in facts.mistakes if mistake.heat]
    others = [mistake for mistake in facts.mistakes if not mistake.heat]
    parts = []
    if explained:
        words = translate("report", "Beside each picture: bright is what spoke for the class that was called.")
        parts += [paragraph(words, "quiet"), grid([_picture(facts, one) for one in explained], _WITH_HEAT)]
    if others:
        parts.append(grid([_picture(facts, one) for one in others]))
    return section(heading, *parts)


def _picture(facts: Facts, mistake: Mistake) -> str:
    predictions, row = facts.result.predictions, mistake.row
    classes = predictions.classes
    words = translate("report", "{actual}, called {called}, {percent} sure").format(
        actual=classes[predictions.actual[row]],
        called=classes[predictions.predicted[row]],
        percent=wording.percent(float(predictions.how_sure[row])),
    )
    heat = f" {jpeg(mistake.heat, EDGE)}" if mistake.heat else ""
    shown = jpeg(mistake.picture, EDGE)
    return f"{shown}{heat}<br><small>{text(predictions.files[row])}<br>{text(words)}</small>"


def looks(facts: Facts) -> str:
    """The average heat of each class."""
    if not facts.looks:
        return ""
    about = {one.name: one for one in facts.result.looks or ()}
    ordered = sorted(facts.looks, key=lambda pair: not about[pair[0]].on_border)
    cells = []
    for name, data in ordered[:MOST_LOOKS]:
        one = about[name]
        words = f"<span class='{'warn' if one.on_border else 'quiet'}'>{text(heat_words.on_border(one))}</span>"
        cells.append(f"{jpeg(data, EDGE)}<br><small>{text(name)}<br>{words}</small>")
    about_it = translate(
        "report",
        "The average heat over a typical picture of each class, bright where it speaks for the class. Below, what the "
        "class loses when the border of the pictures is covered, of that and what an equally large middle costs it.",
    )
    return section(translate("report", "Where it looks"), paragraph(about_it, "quiet"), grid(cells))


def repeatability(facts: Facts) -> str:
    """Whether the same is said of the same part, and the worst parts."""
    found = facts.repeated
    if found is None:
        return ""
    rows = (
        (
            text(part.name),
            wording.number(part.pictures),
            text(repeat_words.called(part)),
            quiet(repeat_words.how_sure(part)),
        )
        for part in found.parts[: min(found.changed, MOST_PARTS) or _STEADY]
    )
    heads = (
        translate("report", "Part, worst first"),
        translate("report", "Pictures"),
        translate("report", "Called"),
        translate("report", "How sure"),
    )
    shown = "".join(
        f"<h3>{text(part.name)}</h3>"
        + grid([f"{jpeg(data, EDGE)}<br><small>{text(said)}</small>" for data, said in pictures])
        for part, pictures in facts.parts
    )
    return section(
        translate("report", "The same part, photographed again"),
        paragraph(repeat_words.changed(found)),
        paragraph(repeat_words.details(found, groups=found is facts.result.repeated), "quiet"),
        lines(rows, heads),
        shown,
    )
