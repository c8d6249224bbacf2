"""One result as a document to keep and to send: a self-contained HTML page, the same as PDF, or its figures as data.

The page needs no network and no other file. Its markup is simple enough for Qt's own text engine, which prints it.
"""

from __future__ import annotations

import base64
import html
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QLocale, QMarginsF
from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter, QTextDocument

import desktop_app
from desktop_app import storage
from desktop_app.ui import headline_words, rule_words, wording
from desktop_app.ui.models import run_files
from desktop_app.ui.models.confusion import Tone, tone_of
from desktop_app.ui.models.result import Result
from desktop_app.ui.theme import font
from desktop_app.ui.tokens import LIGHT

if TYPE_CHECKING:
    from desktop_app.evaluation.rules import Rule
    from desktop_app.evaluation.unsure import Expected
    from desktop_app.project.catalog import Snapshot
    from desktop_app.project.project import Project
    from desktop_app.project.runs import Run

WIDEST_MATRIX = 20  # of more classes only the most frequent mistakes are listed
MOST_PICTURES = 24
MOST_MISTAKES = 30
_EDGE = 128
_COLUMNS = 6
_MARKS = {"ok": "✓", "info": "i", "warn": "!", "error": "✗"}

translate = wording.translate


@dataclass(frozen=True, eq=False)
class Facts:
    """All that a report tells; gathered in the background.

    Attributes:
        thumbnails: (row of the predictions, JPEG or None where it can't be read) of the surest mistakes.
        points: the epochs as the run wrote them down.
        kept: the promise and what comes of it on the test pictures, if the run has one.
    """

    project: str
    run: Run
    result: Result
    snapshot: Snapshot
    thumbnails: Sequence[tuple[int, bytes | None]]
    points: Sequence[dict[str, Any]]
    kept: tuple[Rule, Expected] | None


def gather(project: Project, run: Run, result: Result) -> Facts:
    """Read what the report needs, pictures of mistakes among it.

    Raises:
        DataError, StorageError: the run's files are damaged.
    """
    from desktop_app.errors import ImageError
    from desktop_app.project.catalog import Snapshot
    from desktop_app.project.thumbnails import make_thumbnail

    def thumbnail(row: int) -> bytes | None:
        try:
            return make_thumbnail(project.path(result.predictions.files[row]), _EDGE)
        except ImageError:
            return None

    predictions = result.predictions
    wrong = [row for row, correct in enumerate(predictions.correct.tolist()) if not correct]
    wrong.sort(key=lambda row: -float(predictions.how_sure[row]))
    return Facts(
        project=project.name,
        run=run,
        result=result,
        snapshot=Snapshot.read_csv(run.snapshot_csv),
        thumbnails=[(row, thumbnail(row)) for row in wrong[:MOST_PICTURES]],
        points=run.read_curves(),
        kept=_kept(run, result),
    )


def _kept(run: Run, result: Result) -> tuple[Rule, Expected] | None:
    from desktop_app.evaluation.rules import Rule, calls_of
    from desktop_app.evaluation.unsure import expected

    rule = Rule.of(run)
    if rule is None:
        return None
    calls = calls_of(result.predictions, rule.temperature, rule.good, result.groups, rule.split)
    return rule, expected(calls, rule.threshold, rule.furthest, rule.costs)


def write_html(facts: Facts, path: Path) -> None:
    """Write the report as a page; StorageError if the disk refuses."""
    storage.write_atomic(path, page(facts).encode())


def write_pdf(facts: Facts, path: Path) -> None:
    """Write the report as PDF, A4; StorageError if the disk refuses. May be called in any thread."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(_title(facts))
    writer.setCreator(f"Discern {desktop_app.__version__}")
    writer.setResolution(96)  # so that a pixel of the page is one of the paper, and pictures keep their size
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4),
            QPageLayout.Orientation.Portrait,
            QMarginsF(),  # the document keeps 2 cm free by itself
        )
    )
    plain = font("body")
    plain.clearFeatures()  # tabular digits would be glyphs without a meaning: no reader could copy a number
    document = QTextDocument()
    document.setDefaultFont(plain)
    document.setHtml(page(facts))
    document.print_(writer)
    buffer.close()
    storage.write_atomic(path, bytes(data.data()))


FORMAT = 1


def write_json(facts: Facts, path: Path) -> None:
    """Write the figures for other programs: what was measured, its intervals and checks, where it comes from.

    StorageError if the disk refuses.
    """
    run, result = facts.run, facts.result
    document = {
        "format": FORMAT,
        "kind": "discern report",
        "written_by": desktop_app.__version__,
        "project": facts.project,
        "pictures": {"fingerprint": facts.snapshot.fingerprint, **facts.snapshot.counts()},
        "run": {name: run.document.get(name) for name in ("created", "recipe", "backbone", "device")} | {"id": run.id},
        "headline": asdict(result.headline),
        "result": asdict(result.evaluated),
        "cross_validated": asdict(result.cross_validated) if result.cross_validated else None,
        "intervals": asdict(result.doubts),
        "sides": asdict(result.sides) if result.sides else None,
        "checks": [asdict(check) for check in result.checks],
        "unsure": {"rule": asdict(facts.kept[0]), "expected": asdict(facts.kept[1])} if facts.kept else None,
    }
    storage.write_atomic(path, json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n")


def write_csv(facts: Facts, path: Path) -> None:
    """Write the table of all predictions; StorageError if the disk refuses."""
    facts.result.predictions.write_csv(path)


# ---- the page


def page(facts: Facts) -> str:
    """The report as one HTML document."""
    parts: list[Callable[[Facts], str]] = [_headline, _checks, _matrix, _classes, _promise, _mistakes, _curves, _origin]
    body = "\n".join(part for make in parts if (part := make(facts)))
    return (
        f'<!DOCTYPE html>\n<html lang="{QLocale().bcp47Name()}"><head><meta charset="utf-8">'
        f"<title>{_text(_title(facts))}</title><style>{_STYLE}</style></head>\n<body><main>{body}</main></body></html>\n"
    )


def _title(facts: Facts) -> str:
    return wording.DOT.join((facts.project, wording.run_number(facts.run.number)))


def _headline(facts: Facts) -> str:
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
        f"<p class='quiet'>{_text(_title(facts))}</p>"
        f"<h1>{_text(wording.right_of(shown.right, shown.n))}</h1>"
        f"<p class='doubt'>{_text(wording.share_with_doubt(shown.right, shown.n, shown.interval))}</p>"
        f"{_cross_validated(facts)}<p class='quiet'>{_text(means)} {_text(on)}</p>"
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
    return f"<p class='quiet'>{_text(kind)}</p><p>{_text(alone)}</p>"


def _checks(facts: Facts) -> str:
    rows = (
        f"<tr><td class='{check.mark}'><b>{_MARKS[check.mark]}</b></td><td>{_text(check.text)}</td></tr>"
        for check in facts.result.checks
    )
    return f"<h2>{_text(translate('report', 'Can it be trusted?'))}</h2><table cellspacing='0'>{''.join(rows)}</table>"


def _matrix(facts: Facts) -> str:
    measured = facts.result.evaluated
    if len(measured.classes) > WIDEST_MATRIX:
        return _most_frequent(facts)
    numbers = range(1, len(measured.classes) + 1)
    head = "".join(f"<th class='cell'>{wording.number(number)}</th>" for number in numbers)
    most = max((count for row, column, count in _mistaken(measured.confusion)), default=0)
    rows = [
        f"<tr><td>{number}&nbsp; {_text(name)}</td>{''.join(_cells(counts, number - 1, most))}"
        f"<td class='cell quiet'>{wording.number(sum(counts))}</td></tr>"
        for number, name, counts in zip(numbers, measured.classes, measured.confusion, strict=True)
    ]
    corner = translate("report", "actual ↓ called →")
    return (
        f"<h2>{_text(translate('report', 'What was called what'))}</h2><table class='matrix' cellspacing='2'>"
        f"<tr><th>{_text(corner)}</th>{head}<th class='cell'>{_text(translate('report', 'all'))}</th></tr>"
        f"{''.join(rows)}</table>"
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
    rows = "".join(
        f"<tr><td>{_text(measured.classes[actual])}</td><td>→</td><td>{_text(measured.classes[called])}</td>"
        f"<td class='cell'>{wording.number(count)}</td></tr>"
        for actual, called, count in mistakes
    )
    title = translate("report", "Most frequent mistakes: actual → called")
    return f"<h2>{_text(title)}</h2><table class='lines' cellspacing='0'>{rows}</table>" if rows else ""


def _classes(facts: Facts) -> str:
    results = sorted(facts.result.evaluated.per_class, key=lambda row: math.inf if row.recall is None else row.recall)
    rows = "".join(
        f"<tr><td>{_text(row.name)}</td>"
        f"<td>{_text(wording.part_of(row.right, row.actual))}</td><td class='quiet'>{_doubt(row.recall_interval)}</td>"
        f"<td>{_text(wording.part_of(row.right, row.called))}</td>"
        f"<td class='quiet'>{_doubt(row.precision_interval)}</td></tr>"
        for row in results
    )
    heads = (
        translate("report", "Class, weakest first"),
        translate("report", "Found"),
        translate("report", "truly"),
        translate("report", "Right when called"),
        translate("report", "truly"),
    )
    head = "".join(f"<th>{_text(text)}</th>" for text in heads)
    title = translate("report", "Class by class")
    return f"<h2>{_text(title)}</h2><table class='lines' cellspacing='0'><tr>{head}</tr>{rows}</table>"


def _doubt(interval: tuple[float, float] | None) -> str:
    return _text(wording.percent_range(interval)) if interval else "–"


def _promise(facts: Facts) -> str:
    if facts.kept is None:
        return ""
    rule, found = facts.kept
    seen = (
        translate("report", "On these pictures: {harm} got through, {unsure} were left to a person.")
        if rule.good
        else translate("report", "On these pictures: {harm} were wrong, {unsure} were left to a person.")
    ).format(harm=wording.part_of(found.harm, found.at_risk), unsure=wording.part_of(found.unsure, found.n))
    title = translate("report", "When it says “unsure”")
    return f"<h2>{_text(title)}</h2><p>{_text(rule_words.sentence(rule))} {_text(seen)} {_text(_cost(found))}</p>"


def _cost(found: Expected) -> str:
    if found.cost is None or found.cost_interval is None:
        return ""
    low, high = found.cost_interval
    return translate("report", "A picture costs {mean} on average, truly {low}–{high}.").format(
        mean=rule_words.amount(found.cost, high), low=rule_words.amount(low, high), high=rule_words.amount(high)
    )


def _mistakes(facts: Facts) -> str:
    if not facts.thumbnails:
        return ""
    cells = [_picture(facts.result, row, data) for row, data in facts.thumbnails]
    rows = "".join(f"<tr>{''.join(cells[start : start + _COLUMNS])}</tr>" for start in range(0, len(cells), _COLUMNS))
    wrong = facts.result.evaluated.n - facts.result.evaluated.right
    title = (
        translate("report", "All mistakes, the surest first")
        if len(cells) == wrong
        else translate("report", "The {shown} surest of {all} mistakes").format(
            shown=wording.number(len(cells)), all=wording.number(wrong)
        )
    )
    return f"<h2>{_text(title)}</h2><table class='pictures' cellspacing='6'>{rows}</table>"


def _picture(result: Result, row: int, data: bytes | None) -> str:
    predictions = result.predictions
    classes = predictions.classes
    words = translate("report", "{actual}, called {called}, {percent} sure").format(
        actual=classes[predictions.actual[row]],
        called=classes[predictions.predicted[row]],
        percent=wording.percent(float(predictions.how_sure[row])),
    )
    image = f"<img alt='' src='data:image/jpeg;base64,{base64.b64encode(data).decode()}'>" if data else "–"
    return f"<td>{image}<br><small>{_text(predictions.files[row])}<br>{_text(words)}</small></td>"


def _curves(facts: Facts) -> str:
    points = [point for point in facts.points if point.get("phase") == "fine_tune"] or list(facts.points)
    lines = {
        "validation": _numbers(points, "validation_accuracy"),
        "train": _numbers(points, "train_accuracy"),
    }
    if all(len(values) < 2 for values in lines.values()):
        return ""
    picture = base64.b64encode(_chart(lines["validation"], lines["train"]).encode()).decode()
    text = translate("report", "Accuracy by epoch: validation (solid), train (dashed).")
    title = translate("report", "How it learnt")
    return (
        f"<h2>{_text(title)}</h2><img alt='{_text(text)}' width='640' height='200' "
        f"src='data:image/svg+xml;base64,{picture}'><p class='quiet'>{_text(text)}</p>"
    )


def _numbers(points: Sequence[dict[str, Any]], name: str) -> list[float]:
    """The finite values of a curve; a run may come from anywhere."""
    found = [point.get(name) for point in points]
    return [value for value in found if isinstance(value, (int, float)) and math.isfinite(value)]


def _chart(validation: Sequence[float], train: Sequence[float]) -> str:
    """Two curves as SVG, 640 × 200."""
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
        f"<text x='44' y='{y + 4}' text-anchor='end' font-size='11' fill='#{LIGHT.text_2}'>{_text(label)}</text>"
        for y, label in ((20, wording.percent(1)), (180, wording.percent(low)))
    )
    style = "fill='none' stroke-width='2'"
    return (
        "<svg xmlns='http://www.w3.org/2000/svg' width='640' height='200' font-family='sans-serif'>"
        f"{grid}<polyline {style} stroke='#{LIGHT.train_curve}' stroke-dasharray='6 4' points='{path(train)}'/>"
        f"<polyline {style} stroke='#{LIGHT.accent}' points='{path(validation)}'/></svg>"
    )


def _origin(facts: Facts) -> str:
    run, snapshot = facts.run, facts.snapshot
    counts = snapshot.counts()
    groups = len(set(snapshot.groups) - {""})
    recipe = run.document["recipe"]
    rows = (
        (translate("report", "Pictures"), _split_words(counts)),
        (translate("report", "Groups"), wording.number(groups) if groups else translate("report", "none named")),
        (translate("report", "Fingerprint of the pictures"), snapshot.fingerprint),
        (translate("report", "Recipe"), wording.recipe(run_files.recipe_name(run))),
        (translate("report", "Choices"), ", ".join(f"{key} = {value}" for key, value in sorted(recipe.items()))),
        (translate("report", "Backbone"), run.document["backbone"]),
        (translate("report", "Computed on"), str(run.document.get("device", "–"))),
        (translate("report", "Trained"), str(run.document["created"])),
        (translate("report", "Report made"), datetime.now().astimezone().isoformat(timespec="seconds")),
        ("Discern", desktop_app.__version__),
    )
    body = "".join(f"<tr><td class='quiet'>{_text(name)}</td><td>{_text(value)}</td></tr>" for name, value in rows)
    title = translate("report", "Where it comes from")
    return f"<h2>{_text(title)}</h2><table class='lines' cellspacing='0'>{body}</table>"


def _split_words(counts: dict[str, int]) -> str:
    return translate("report", "{train} to learn from, {validation} for validation, {test} for the test").format(
        **{name: wording.number(count) for name, count in counts.items()}
    )


def _text(value: str) -> str:
    """Whatever someone typed, as text and nothing else."""
    return html.escape(value, quote=True)


_STYLE = f"""
body {{ font: 13px/20px Inter, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei",
  "WenQuanYi Micro Hei", sans-serif; color: #{LIGHT.text}; background: #{LIGHT.surface}; margin: 0; }}
main {{ max-width: 880px; margin: 32px auto; padding: 0 24px; }}
h1 {{ font-size: 28px; line-height: 36px; margin: 4px 0 0; }}
h2 {{ font-size: 15px; line-height: 24px; margin: 28px 0 8px; }}
p {{ margin: 4px 0; }}
table {{ border-collapse: separate; }}
td, th {{ padding: 3px 8px; text-align: left; font-weight: normal; vertical-align: top; overflow-wrap: anywhere; }}
th {{ color: #{LIGHT.text_2}; }}
.doubt {{ font-size: 15px; color: #{LIGHT.text_2}; }}
.quiet {{ color: #{LIGHT.text_2}; }}
.lines td {{ border-top: 1px solid #{LIGHT.border}; }}
.cell {{ text-align: center; min-width: 28px; font-variant-numeric: tabular-nums; }}
.right {{ background-color: #{LIGHT.band}; color: #{LIGHT.text_2}; }}
.empty {{ color: #{LIGHT.text_2}; }}
.few {{ background-color: #{LIGHT.matrix_1}; font-weight: bold; }}
.some {{ background-color: #{LIGHT.matrix_2}; font-weight: bold; }}
.many {{ background-color: #{LIGHT.matrix_3}; color: #{LIGHT.surface}; font-weight: bold; }}
.ok {{ color: #{LIGHT.ok}; }}
.info {{ color: #{LIGHT.accent}; }}
.warn {{ color: #{LIGHT.warn}; }}
.error {{ color: #{LIGHT.error}; }}
.pictures td {{ width: 128px; padding: 0; }}
small {{ font-size: 11px; line-height: 15px; color: #{LIGHT.text_2}; }}
@media print {{ main {{ margin: 0; max-width: none; }} h2 {{ break-after: avoid; }} tr {{ break-inside: avoid; }} }}
"""
