"""Take the best so far of a run that was cut off as its result, without training on."""

from __future__ import annotations

import logging

from desktop_app.errors import DataError
from desktop_app.events import Events, Step, StepStarted, Trained
from desktop_app.learning import backbone_graphs, checkpoints
from desktop_app.learning.backbones import BACKBONES
from desktop_app.learning.model import Model, write
from desktop_app.learning.recipe import Recipe
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
        raise DataError("“{run}” has ended already.", hint="Train again to start a new run.", run=run.id)
    yield StepStarted(Step.SAVE)
    if model := _best(run):
        recipe = Recipe.from_dict(run.document["recipe"])
        backbone = BACKBONES[recipe.backbone]
        write(model, run, backbone_graphs.load(backbone), backbone.preprocessing(recipe.fit))
        run.document |= model.facts
    elif not run.model_onnx.is_file():
        raise DataError(
            "“{run}” has no result yet.",
            why="It was cut off before the freeze phase had ended.",
            hint="Resume it, or train again.",
            run=run.id,
        )
    run.document["status"] = "stopped"
    run.save()
    checkpoints.remove(run)
    score = run.document["validation"]
    seconds = run.document.get("seconds", 0.0)
    yield Trained(run.id, run.document["phase"], score["right"], score["n"], stopped=True, seconds=seconds)


def _best(run: Run) -> Model | None:
    """That of the newest checkpoint; None if there is none, or the freeze phase's model, which is there, is better."""
    found = checkpoints.load(run)
    if found is None or not found[1].get("kept", True):
        return None
    try:
        return checkpoints.best(found)
    except (KeyError, TypeError):
        log.exception("The checkpoint of %s does not fit", run.id)  # it came from elsewhere
        return None
