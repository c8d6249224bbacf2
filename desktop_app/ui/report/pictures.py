"""The report's pictures: the surest mistakes with their heat, where it looks for each class, parts that changed."""

from __future__ import annotations

from desktop_app.ui import heat_words, repeat_words, wording
from desktop_app.ui.report.facts import Facts, Mistake
from desktop_app.ui.report.markup import grid, jpeg, lines, paragraph, quiet, section, text

_COLUMNS = 6
_COLUMNS_WITH_HEAT = 3
_EDGE = 104  # of a picture on the page
MOST_PARTS = 20
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
        parts += [paragraph(words, "quiet"), grid([_picture(facts, one) for one in explained], _COLUMNS_WITH_HEAT)]
    if others:
        parts.append(grid([_picture(facts, one) for one in others], _COLUMNS))
    return section(heading, *parts)


def _picture(facts: Facts, mistake: Mistake) -> str:
    predictions, row = facts.result.predictions, mistake.row
    classes = predictions.classes
    words = translate("report", "{actual}, called {called}, {percent} sure").format(
        actual=classes[predictions.actual[row]],
        called=classes[predictions.predicted[row]],
        percent=wording.percent(float(predictions.how_sure[row])),
    )
    heat = f" {jpeg(mistake.heat, _EDGE)}" if mistake.heat else ""
    shown = jpeg(mistake.picture, _EDGE if mistake.heat else 0)
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
        cells.append(f"{jpeg(data, _EDGE)}<br><small>{text(name)}<br>{words}</small>")
    about_it = translate(
        "report",
        "The average heat over a typical picture of each class, bright where it speaks for the class. Below, what the "
        "class loses when the border of the pictures is covered, of that and what an equally large middle costs it.",
    )
    warning = paragraph(heat_words.border_warning(facts.result.looks or ()), "warn")
    return section(translate("report", "Where it looks"), paragraph(about_it, "quiet"), warning, grid(cells, _COLUMNS))


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
        for part in found.parts[:MOST_PARTS]
    )
    heads = (
        translate("report", "Part, worst first"),
        translate("report", "Pictures"),
        translate("report", "Called"),
        translate("report", "How sure"),
    )
    shown = "".join(
        f"<p><b>{text(part.name)}</b></p>"
        + grid([f"{jpeg(data, _EDGE)}<br><small>{text(said)}</small>" for data, said in pictures], _COLUMNS)
        for part, pictures in facts.parts
    )
    return section(
        translate("report", "The same part, photographed again"),
        paragraph(repeat_words.changed(found)),
        paragraph(repeat_words.details(found), "quiet"),
        lines(rows, heads),
        shown,
    )
