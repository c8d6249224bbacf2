"""A run that was cut off, in words: what happened, what is left of it, and how it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop_app.errors import EngineError
from desktop_app.ui import problems, training_words, wording
from desktop_app.ui.models import run_files
from desktop_app.ui.models.interruption import Interruption
from desktop_app.ui.widgets.chip import State

if TYPE_CHECKING:
    from pathlib import Path

    from desktop_app.project.runs import Run

translate = wording.translate


def state(found: Interruption) -> State:
    return "error" if found.problem else "warn"


def what(found: Interruption) -> str:
    epoch = wording.number(found.last.epoch) if found.last else ""
    if found.no_memory:
        if epoch:
            text = translate("interruption", "Training stopped at epoch {epoch}: this computer ran out of memory.")
            return text.format(epoch=epoch)
        return translate("interruption", "Training stopped: this computer ran out of memory.")
    if found.problem:
        return problems.texts(found.problem)[0]
    if epoch:
        return translate("interruption", "Training was interrupted at epoch {epoch}.").format(epoch=epoch)
    return translate("interruption", "Training was interrupted.")


def why(found: Interruption) -> str:
    """What is left, and what Resume would do."""
    parts = []
    if found.problem and not found.no_memory:
        _, reason, hint = problems.texts(found.problem)
        # What is lost, and that it may be tried again, is said better below.
        parts += [reason, "" if isinstance(found.problem, EngineError) else hint]
    parts += [_kept(found), _resume(found)]
    return " ".join(part for part in parts if part)


def resume(found: Interruption) -> str:
    """The button."""
    if found.seconds is None:
        return translate("interruption", "Resume")
    return translate("interruption", "Resume, {about}").format(about=wording.about(found.seconds))


def details(run: Run, found: Interruption, logs: Path) -> str:
    """Facts for those who ask, a line each."""
    title = wording.DOT.join((wording.run_number(run.number), wording.recipe(run_files.recipe_name(run))))
    lines = [wording.DOT.join((title, str(run.document["backbone"])))]
    if found.last:
        phase = training_words.phase(found.last.phase)
        text = translate("interruption", "Last epoch: {epoch} of {epochs}, {phase}.")
        epochs = (wording.number(number) for number in (found.last.epoch, found.last.epochs))
        lines.append(text.format(epoch=next(epochs), epochs=next(epochs), phase=phase))
    if found.checkpoint:
        text = translate("interruption", "Newest checkpoint: after epoch {epoch} of fine-tuning.")
        lines.append(text.format(epoch=wording.number(found.checkpoint)))
    else:
        lines.append(translate("interruption", "There is no checkpoint of fine-tuning yet."))
    if found.problem:
        lines.append(" ".join(text for text in problems.texts(found.problem) if text))
    lines.append(translate("interruption", "The run’s folder: {path}").format(path=run.folder))
    lines.append(translate("interruption", "The log: {path}").format(path=logs))
    return "\n".join(lines)


def _kept(found: Interruption) -> str:
    if not found.has_result:
        return translate("interruption", "There is no result yet; your pictures are not affected.")
    if found.best is None or not found.validation_pictures:
        return translate("interruption", "Nothing is lost: the best result so far is kept.")
    n = found.validation_pictures
    right = round(found.best.validation_accuracy * n) if found.best.validation_accuracy >= 0 else 0
    text = translate(
        "interruption",
        "Nothing is lost: the best result so far ({phase}, epoch {epoch}: {right} of {n} right on validation) is kept.",
    )
    return text.format(
        phase=training_words.phase(found.best.phase),
        epoch=wording.number(found.best.epoch),
        right=wording.number(right),
        n=wording.number(n),
    )


def _resume(found: Interruption) -> str:
    if not found.checkpoint:
        if found.phase == "fine_tune":
            return translate("interruption", "Resume begins fine-tuning anew; the freeze phase takes seconds.")
        return translate("interruption", "Resume begins anew; what was read of the pictures is used again.")
    values = {
        "epoch": wording.number(found.checkpoint + 1),
        "pictures": wording.number(found.pictures),
        "before": wording.number(found.before),
    }
    if found.pictures < found.before:
        text = translate(
            "interruption", "Resume goes on from epoch {epoch} with {pictures} pictures at a time instead of {before}."
        )
    elif found.last and found.checkpoint >= found.last.epochs:
        text = translate("interruption", "Resume does what is left after the last epoch.")
    else:
        text = translate("interruption", "Resume goes on from epoch {epoch}.")
    return text.format(**values)
