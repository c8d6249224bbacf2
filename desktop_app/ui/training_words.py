"""What a training does, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.evaluation.intervals import wilson
from desktop_app.events import Computing, Notice, Phase, PictureSkipped, Split, Step
from desktop_app.learning import library
from desktop_app.ui import headline_words, problems, wording
from desktop_app.ui.models import run_files
from desktop_app.ui.models.runs import run_row
from desktop_app.ui.models.training import PHASE_OF_STEP, StepRow, StepState, TrainingState

if TYPE_CHECKING:
    from desktop_app.evaluation.headline import Headline
    from desktop_app.learning.recipe import Recipe
    from desktop_app.project.catalog import Catalog
    from desktop_app.project.changes import Changes
    from desktop_app.project.runs import Run

translate = wording.translate

_PROCESSOR = re.compile(r"(?:This computer's p|P)rocessor, (\d{1,4}) cores?")


def step(row: StepRow) -> str:
    """A step as a line of the list: what it does, or, once it is done, what was done."""
    if row.state is StepState.DONE:
        done = {
            Step.SCAN: translate("training", "Pictures looked through"),
            Step.READ: translate("training", "Every picture read once"),
            Step.FREEZE: translate("training", "Freeze phase: head trained"),
            Step.VIEWS: translate("training", "Varied views prepared"),
            Step.CHOOSE: translate("training", "Depth and speed of fine-tuning tried"),
            Step.FINE_TUNE: translate("training", "Fine-tune phase: last stages trained"),
            Step.SAVE: translate("training", "The better of the two kept"),
            Step.MEASURE: translate("training", "Measured on the test pictures"),
            Step.PROBE: translate("training", "Cross-validated on all pictures"),
        }
        return done.get(row.step, row.step.value)
    coming = {
        Step.SCAN: translate("training", "Look through the pictures"),
        Step.READ: translate("training", "Read every picture once"),
        Step.FREEZE: translate("training", "Freeze phase: train the head"),
        Step.VIEWS: translate("training", "Prepare varied views"),
        Step.CHOOSE: translate("training", "Try how deep and how fast to fine-tune"),
        Step.FINE_TUNE: translate("training", "Fine-tune phase: train the last stages"),
        Step.SAVE: translate("training", "Keep the better of the two"),
        Step.MEASURE: translate("training", "Measure on the test pictures"),
        Step.PROBE: translate("training", "Cross-validate on all pictures"),
    }
    return coming.get(row.step, row.step.value)


def step_end(row: StepRow) -> str:
    """The end of a step's line: its time, or how far it is."""
    if row.state is StepState.LEFT_OUT:
        return translate("training", "not needed")
    if row.state is StepState.DONE:
        return "" if row.seconds is None else wording.duration(row.seconds)
    if row.state not in (StepState.RUNNING, StepState.FAILED):
        return ""
    if row.step in (Step.FREEZE, Step.FINE_TUNE):
        # Their progress counts pictures too, but what people count are epochs.
        text = translate("training", "epoch {n} of {total}")
        return text.format(n=row.epoch, total=row.epochs) if row.epochs else ""
    if row.step is Step.CHOOSE:
        return wording.percent(row.fraction)
    return wording.part_of(row.done, row.total) if row.total else ""


def headline(state: TrainingState) -> str:
    """What happens right now, as the page's sentence."""
    row = state.current
    if state.paused:
        return translate("training", "Paused: it goes on from here whenever you like")
    if row is None and state.trained is None:
        return translate("training", "Starting")
    step = Step.MEASURE if row is None else row.step  # between the two there is nothing to do
    doing = {
        Step.SCAN: translate("training", "Looking through the pictures"),
        Step.READ: translate("training", "Reading every picture once"),
        Step.FREEZE: translate("training", "Training the head"),
        Step.VIEWS: translate("training", "Preparing varied views"),
        Step.CHOOSE: translate("training", "Trying how deep and how fast to fine-tune"),
        Step.FINE_TUNE: translate("training", "Fine-tuning the last stages"),
        Step.SAVE: translate("training", "Keeping the better model"),
        Step.MEASURE: translate("training", "Measuring on the test pictures"),
        Step.PROBE: translate("training", "Cross-validating on all pictures: there are few for a test"),
    }.get(step, step.value)
    end = step_end(row) if row else ""
    return translate("training", "{doing}: {how_far}").format(doing=doing, how_far=end) if end else doing


def best_so_far(state: TrainingState) -> str:
    """How good the best epoch is, and for how long there was no better one."""
    best = state.best_right()
    if best is None:
        if state.run and not state.validation_pictures:
            return translate("training", "There are no validation pictures: nobody can say how good it is.")
        return ""
    right, n = best
    parts = [
        translate("training", "Best so far, epoch {epoch}: {right} of {n} validation pictures right ({doubt}).").format(
            epoch=wording.number(state.curves.best_epoch),
            right=wording.number(right),
            n=wording.number(n),
            doubt=wording.share_with_doubt(right, n, wilson(right, n)),
        )
    ]
    if state.current is not None and state.current.step in PHASE_OF_STEP:
        parts.append(_since_best(state.curves.since_best()))
    return " ".join(parts)


def _since_best(epochs: int) -> str:
    """Always a sentence: with one now and then, the text would take two lines now and then, and the charts jump."""
    if epochs == 0:
        return translate("training", "It is still improving.")
    if epochs == 1:
        return translate("training", "One epoch without improvement.")
    return translate("training", "%Ln epochs without improvement.", "", epochs)


def notes(skipped: Sequence[PictureSkipped], notices: Sequence[Notice]) -> tuple[str, str]:
    """What the person should know of a job: the first thing, and the rest a line each; empty if there is nothing."""
    lines = [_left_out(skipped)] if skipped else []
    for notice in notices:
        what, why, hint = (problems.notice(text) for text in (notice.what, notice.why, notice.hint))
        lines.append((what, " ".join(part for part in (why, hint) if part)))
    if not lines:
        return "", ""
    what, why = lines[0]
    return what, "\n".join([why, *(f"{what} {why}" for what, why in lines[1:])]).strip()


def _left_out(skipped: Sequence[PictureSkipped]) -> tuple[str, str]:
    first = skipped[0]
    if len(skipped) == 1:
        what = translate("training", "1 picture can’t be read.")
        why = translate("training", "It is left out; the file is untouched. {file}: {reason}.")
    else:
        what = translate("training", "%Ln pictures can’t be read.", "", len(skipped))
        why = translate("training", "They are left out; the files are untouched. For example {file}: {reason}.")
    return what, why.format(file=first.file, reason=first.reason.rstrip("."))


def phase(name: Phase) -> str:
    """ "fine-tune phase"."""
    freeze = name == "freeze"
    return translate("training", "freeze phase") if freeze else translate("training", "fine-tune phase")


def computing(told: Computing | None, device_text: str) -> str:
    """What trains, and how: "This computer’s processor, 8 cores · 16 pictures at a time"."""
    parts = [device(told.device if told else device_text)]
    if told:
        pictures = translate("training", "%Ln pictures at a time", "", told.pictures)
        if told.pictures < told.batch:
            pictures = translate("training", "{pictures}, since memory was short").format(pictures=pictures)
        parts.append(pictures)
        if told.mixed:
            parts.append(translate("training", "mixed precision"))
    return wording.DOT.join(part for part in parts if part)


def device(text: str) -> str:
    """What trained: a processor and its cores as the core tells them, or the name of a graphics card."""
    if found := _PROCESSOR.fullmatch(text):
        cores = int(found.group(1))
        if cores == 1:
            return translate("training", "This computer’s processor")
        return translate("training", "This computer’s processor, %Ln cores", "", cores)
    return translate("training", "Apple graphics processor") if text == "Apple graphics processor" else text


def so_far(started: str, seconds: float) -> str:
    """ "started 10:41 · 2 min 28 s so far"."""
    return wording.DOT.join(
        (
            translate("training", "started {time}").format(time=wording.clock(started)),
            translate("training", "{time} so far").format(time=wording.duration(seconds)),
        )
    )


def summary(run: Run, measured: Headline | None = None) -> tuple[str, str]:
    """A run that is over: its result as the page's sentence, and what is behind it.

    Args:
        measured: how good it is; None where that is not known, then its validation pictures speak.
    """
    row = run_row(run)
    if measured is not None:
        right = wording.right_of(measured.right, measured.n)
        title = translate("training", "{run}: {right}").format(run=row.title, right=right)
        share = wording.share_with_doubt(measured.right, measured.n, measured.interval)
        doubt = wording.DOT.join((share, headline_words.basis(measured.basis))) + "."
    elif row.n:
        title = translate("training", "{run}: {right} of {n} validation pictures right").format(
            run=row.title, right=wording.number(row.right), n=wording.number(row.n)
        )
        doubt = wording.share_with_doubt(row.right, row.n, wilson(row.right, row.n)) + "."
    else:
        title = translate("training", "{run}, {recipe}").format(run=row.title, recipe=row.recipe)
        doubt = ""
        if run.status == "stopped" and not run.usable:
            doubt = translate("training", "It was stopped before there was a model.")
        elif run.usable:
            doubt = translate("training", "There were no validation pictures.")
    took = run_files.seconds(run)
    time = translate("training", "Training took {time}.").format(time=wording.duration(took)) if took else ""
    facts = " ".join(part for part in (doubt, time, _kept(run)) if part)
    if run.resumable and run.usable and row.n and run.document.get("phase") == "freeze":
        facts += " " + translate("training", "That is the model of the freeze phase, which predicts meanwhile.")
    name = f"“{run.name}”" if run.name else ""
    return title, "\n".join(part for part in (facts, name, run.note) if part)


def _kept(run: Run) -> str:
    """Which epoch, of which of two phases, is the model."""
    epoch = run.document.get("epoch")
    two = len(run_files.phases_of(run)) > 1
    fine_tuned = two and run.document.get("phase") == "fine_tune"
    if not run.usable or run.resumable or not isinstance(epoch, int):
        return ""
    if run.status == "done" and two:
        if not fine_tuned:
            return translate("training", "Fine-tuning did not make it better, so the head alone is kept.")
        text = translate("training", "Fine-tuning made it better: its best epoch, {epoch}, is kept.")
    elif run.status == "done":
        text = translate("training", "Its best epoch, {epoch}, is kept.")
    elif fine_tuned:
        text = translate("training", "It ended early; the best epoch of fine-tuning, {epoch}, is kept.")
    else:
        text = translate("training", "It ended early; the best epoch of the freeze phase, {epoch}, is kept.")
    return text.format(epoch=wording.number(epoch))


def changes(changed: Changes, run: str, *, works: bool) -> tuple[str, str]:
    """What changed since a run began, and what that means; empty if nothing did."""
    kinds = (
        (
            changed.relabelled,
            translate("training", "1 picture changed class"),
            translate("training", "%Ln pictures changed class", "", len(changed.relabelled)),
        ),
        (
            changed.added,
            translate("training", "1 picture is new"),
            translate("training", "%Ln pictures are new", "", len(changed.added)),
        ),
        (
            changed.removed,
            translate("training", "1 picture is gone"),
            translate("training", "%Ln pictures are gone", "", len(changed.removed)),
        ),
        (
            changed.dealt,
            translate("training", "1 picture is in another split"),
            translate("training", "%Ln pictures are in another split", "", len(changed.dealt)),
        ),
        (
            changed.excluded,
            translate("training", "1 picture is excluded"),
            translate("training", "%Ln pictures are excluded", "", len(changed.excluded)),
        ),
    )
    parts = [one if len(files) == 1 else several for files, one, several in kinds if files]
    if not parts:
        return "", ""
    what = translate("training", "{changes} since {run} began.").format(changes=", ".join(parts), run=run)
    if works:
        return what, translate("training", "This run uses the old classes.")
    return what, translate("training", "Train again to learn from that.")


def blocker(catalog: Catalog | None) -> str:
    """Why there can be no training; empty if there can."""
    if catalog is None:
        return translate("training", "No project is open.")
    if sum(count > 0 for count in catalog.counts().values()) < 2:
        return translate("training", "Training needs pictures in at least two classes.")
    return ""


def missing_network(recipe: Recipe) -> str:
    """That the network of a recipe is not on this computer; empty if it is."""
    backbone = library.named(recipe.backbone)
    return "" if library.is_installed(backbone) else problems.texts(library.missing(backbone))[0]


def learns_from(
    catalog: Catalog,
    runs: Sequence[Run],
    fractions: Mapping[Split, float],
    table: Path | None = None,
    *,
    excluded: int = 0,
) -> str:
    """What a training would learn from; `table` says how its pictures are divided, else it is expected as before.

    `excluded`: labelled pictures that take part in nothing.
    """
    if table:
        labelled = len(catalog.files) - catalog.unlabelled - excluded
        text = translate("training", "{pictures} are divided by “{file}”; its test pictures stay locked.")
        return text.format(pictures=wording.pictures(labelled), file=table.name)
    first, *others = sorted(catalog.counts().values(), reverse=True)
    split = run_files.expected_split(runs, fractions, [max(0, first - excluded), *others])
    return counts(split.train, split.validation, split.test, catalog.unlabelled, exact=split.exact)


def times(runs: Sequence[Run], recipe: str, backbone: str, labelled: int) -> tuple[str, str]:
    """How long a recipe will take by the newest complete run of its kind: "about 25 s" and "25 s"; empty without one.

    Args:
        labelled: pictures that there are now; the time grows with them.
    """
    for run in runs:
        seconds, then = run_files.seconds(run), run_files.split_counts(run)
        same = run_files.recipe_name(run) == recipe and run.document["backbone"] == backbone
        if same and seconds and then and run.status == "done":
            expected = seconds * labelled / sum(then)
            return wording.about(expected), wording.about(expected, short=True)
    return "", ""


def counts(train: int, validation: int, test: int, unlabelled: int, *, exact: bool = True) -> str:
    """ "Learns from 700 pictures, checks on 228. The 432 locked test pictures and 48 unlabelled ones are left out."."""
    if exact:
        learns = translate("training", "Learns from {train}, checks on {validation}.")
        left_out = translate("training", "The {test} locked test pictures are left out.")
        both = translate("training", "The {test} locked test pictures and {unlabelled} unlabelled ones are left out.")
    else:
        learns = translate("training", "Learns from about {train}, checks on about {validation}.")
        left_out = translate("training", "About {test} pictures are locked away for the test.")
        both = translate(
            "training", "About {test} pictures are locked away for the test; {unlabelled} unlabelled ones are left out."
        )
    values = {
        "train": wording.pictures(train),
        "validation": wording.number(validation),
        "test": wording.number(test),
        "unlabelled": wording.number(unlabelled),
    }
    return f"{learns} {both if unlabelled else left_out}".format(**values)
