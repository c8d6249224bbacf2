"""How a run begins, and how one that was cut off begins again; and what is written down of what ended it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from desktop_app import storage
from desktop_app.errors import DataError, DiscernError, NoMemoryError
from desktop_app.learning import machine
from desktop_app.learning.backbones import BACKBONES
from desktop_app.learning.recipe import Recipe
from desktop_app.project.catalog import LEFT_OUT, Snapshot
from desktop_app.project.following import whereabouts
from desktop_app.project.project import Project
from desktop_app.project.runs import Run

_PLANNED = ("first_stage", "learning_rate", "epochs")  # what `Planning` may change


def classes_of(snapshot: Snapshot, unlabelled: int = 0) -> tuple[str, ...]:
    """The classes that have training pictures.

    Raises:
        DataError: there are fewer than two, so that there is nothing to tell apart.
    """
    present = sorted({int(label) for label in snapshot.labels[snapshot.rows("train")]})
    classes = tuple(snapshot.classes[label] for label in present)
    if len(classes) >= 2:
        return classes
    if classes:
        raise DataError(
            "There is only one class with pictures to learn from, “{name}”.",
            why="Discern learns what tells classes apart, so it needs at least two.",
            hint="Add a folder with pictures of something else beside it.",
            name=classes[0],
        )
    if snapshot.files:
        raise DataError(
            "There are no pictures to learn from.",
            why="The {n} pictures in the class folders are left out, or set aside for validation and test.",
            hint="Keep each picture in one class only, and leave some of every class for training.",
            n=len(snapshot.files),
        )
    raise DataError(
        "There are no classes to learn.",
        why="{n} pictures lie in no class folder." if unlabelled else "No class folder holds a picture.",
        hint="Make a folder for each class and put its pictures into it.",
        n=unlabelled,
    )


def new_run(
    project: Project, recipe: Recipe, snapshot: Snapshot, classes: Sequence[str], counts: dict[str, int]
) -> Run:
    """A run that begins now, with what is known of it already."""
    backbone = BACKBONES[recipe.backbone]
    return project.runs.create(
        recipe=recipe.to_dict(),
        backbone=recipe.backbone,
        classes=classes,
        device=_device(recipe),
        counts=counts,
        fingerprint=snapshot.fingerprint,
        preprocessing=backbone.preprocessing(recipe.fit).to_dict(),
        embedding_key=backbone.embedding_key(recipe.fit),
    )


def _device(recipe: Recipe) -> str:
    return machine.device(machine.accelerator() if recipe.fine_tune else machine.card() or "cpu")


def recipe_of(run: Run) -> Recipe:
    """The recipe of a run that is to go on, or to be kept.

    Raises:
        DataError: it can't be read, or is that of another network than the run's.
    """
    recipe = Recipe.from_dict(run.document["recipe"])
    if recipe.backbone != run.document["backbone"]:
        raise _cannot_go_on(run, "Its run.json was changed: the recipe names another network than the run.")
    return recipe


def planned(recipe: Recipe) -> dict[str, Any]:
    """What the plan chose, for run.json."""
    return {name: getattr(recipe, name) for name in _PLANNED}


def planned_before(recipe: Recipe, run: Run) -> Recipe | None:
    """The recipe with what a run that goes on had decided; None if it had decided nothing that can be read."""
    plan = run.document.get("plan")
    if not isinstance(plan, dict) or not plan or not plan.keys() <= set(_PLANNED):
        return None
    try:
        known = Recipe.from_dict(recipe.to_dict() | plan)
    except DataError:
        return None
    # Another first stage than those that were to be tried has no activations to learn from.
    return known if known.first_stage in (recipe.first_stage, *recipe.candidate_stages) else None


def pictures_of(project: Project, run: Run, today: Snapshot) -> Snapshot:
    """The pictures that a run began with, their classes and splits as they were then, at the files of today.

    What was relabelled or added since changes nothing for it.

    Raises:
        DataError: some of them are no longer in the project, or it had not read them yet and they have changed.
    """
    if not run.snapshot_csv.exists():
        if run.document.get("fingerprint") != today.fingerprint:
            raise _cannot_go_on(run, "Pictures, classes or splits have changed since it began.")
        return today
    then = Snapshot.read_csv(run.snapshot_csv)
    files = dict(zip(today.hashes, today.files, strict=True))
    wanted = {then.hashes[row] for row in np.flatnonzero(then.splits != LEFT_OUT).tolist()}
    if elsewhere := wanted - files.keys():  # unlabelled or excluded since, or gone
        files |= whereabouts(project, elsewhere)
    if gone := len(wanted - files.keys()):
        raise _cannot_go_on(run, "{gone} of its pictures can no longer be found.", gone=gone)
    return replace(
        then, files=tuple(files.get(content, file) for content, file in zip(then.hashes, then.files, strict=True))
    )


def _cannot_go_on(run: Run, why: str, **values: object) -> DataError:
    return DataError(
        "“{run}” can't go on.",
        why=why,
        hint="Train again; what was computed for pictures that are still there is used again.",
        run=run.id,
        **values,
    )


def require_unfinished(run: Run) -> None:
    """Raises: DataError if it ended, so that it can't go on."""
    if run.status in ("done", "stopped"):
        raise has_ended(run)


def has_ended(run: Run) -> DataError:
    """The error that says so."""
    return DataError("“{run}” has ended already.", hint="Train again to start a new run.", run=run.id)


def again(run: Run, recipe: Recipe, classes: Sequence[str]) -> Run:
    """Let a run that did not end go on, on this computer."""
    if isinstance(run.problem, NoMemoryError):
        run.document["parts"] = parts_after(run)
    run.document.pop("problem", None)
    run.document |= {"status": "running", "classes": list(classes), "device": _device(recipe)}
    run.save()
    # The best so far is found again, and the epochs are told again.
    for path in (run.model_onnx, run.model_weights, run.curves):
        with contextlib.suppress(FileNotFoundError):
            storage.disk.unlink(path)
    return run


def parts_after(run: Run) -> int:
    """Into how many pieces steps are cut when a run goes on: twice as many where memory was short."""
    parts = run.document.get("parts")
    parts = parts if isinstance(parts, int) and 1 <= parts <= machine.MOST_PARTS else 1
    return min(2 * parts, machine.MOST_PARTS) if isinstance(run.problem, NoMemoryError) else parts


def tried_before(run: Run) -> list[dict[str, Any]]:
    """What a training that goes on won't try again, since it keeps to its plan."""
    plan, tried = run.document.get("plan"), run.document.get("tried")
    if not isinstance(plan, dict) or not isinstance(tried, list):
        return []
    documents = [told for told in tried if isinstance(told, dict)]
    return [told for told in documents if told.get("event") == "learning_rate_found" or told.get("choice") in plan]


def problem_of(error: BaseException) -> dict[str, Any]:
    """What ended a run, for its document; nothing for a bug, which the log tells."""
    if isinstance(error, MemoryError):
        error = NoMemoryError("Training stopped: the computer ran out of memory.")
    return {"problem": error.to_dict()} if isinstance(error, DiscernError) else {}
