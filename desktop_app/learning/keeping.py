"""Take the best so far of a run that was cut off as its result, without training on."""

from __future__ import annotations

import logging
from typing import TypeGuard, get_args

from desktop_app.errors import DataError
from desktop_app.events import Events, Phase, Step, StepStarted, Trained
from desktop_app.learning import backbone_graphs, beginnings, checkpoints
from desktop_app.learning.backbones import BACKBONES
from desktop_app.learning.model import Model, write
from desktop_app.project.runs import Run

log = logging.getLogger(__name__)


def keep_best(run: Run) -> Events:
    """End a run with the best epoch of any phase that it had; the last event is `Trained`. It can't go on after that.

    Raises:
        DataError: it was not cut off, or had no result yet.
        WeightsError: the backbone's pretrained weights are missing or damaged.
        StorageError: the disk refused; the run is as it was.
    """
    if not run.resumable:
        raise beginnings.has_ended(run)
    yield StepStarted(Step.SAVE)
    recipe = beginnings.recipe_of(run)
    if model := _best(run):
        backbone = BACKBONES[recipe.backbone]
        try:
            model.head.require(backbone.embedding, len(run.classes))
            write(model, run, backbone_graphs.load(backbone), backbone.preprocessing(recipe.fit))
            run.document |= model.facts
        except (KeyError, ValueError):
            log.exception("The checkpoint of %s does not fit", run.id)  # nothing was written
    phase, score = run.document.get("phase"), run.document.get("validation")
    if not run.model_onnx.is_file() or not _is_phase(phase) or not _is_score(score):
        raise DataError(
            "“{run}” has no result yet.",
            why="It was cut off before the freeze phase had ended.",
            hint="Resume it, or train again.",
            run=run.id,
        )
    run.document["status"] = "stopped"
    run.save()
    checkpoints.remove(run)
    seconds = run.document.get("seconds", 0.0)
    yield Trained(run.id, phase, score["right"], score["n"], stopped=True, seconds=seconds)


def _is_phase(phase: object) -> TypeGuard[Phase]:
    return phase in get_args(Phase)


def _is_score(score: object) -> TypeGuard[dict[str, int]]:
    return isinstance(score, dict) and all(type(score.get(name)) is int for name in ("right", "n"))


def _best(run: Run) -> Model | None:
    """That of the newest checkpoint; None if there is none, or the freeze phase's model, which is there, is better."""
    found = checkpoints.load(run)
    if found is None or not found[1].get("kept", True):
        return None
    try:
        return checkpoints.best(found)
    except (KeyError, TypeError, ValueError):
        log.exception("The checkpoint of %s does not fit", run.id)  # it came from elsewhere
        return None
