"""Train a project: every picture through the backbone, the freeze phase, the fine-tune phase, the model on disk."""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from desktop_app import stopwatch, storage
from desktop_app.errors import DataError, DiscernError, EngineError, NoMemoryError, StorageError
from desktop_app.events import (
    Computing,
    EpochEnded,
    Event,
    Events,
    Interrupted,
    LearningRateFound,
    Notice,
    OptionChosen,
    PhaseEnded,
    RegularisationChosen,
    RunStarted,
    Step,
    StepStarted,
    Trained,
    to_dict,
)
from desktop_app.learning import checkpoints, freezing, machine, parallel
from desktop_app.learning.activations import Activations, Store
from desktop_app.learning.backbones import BACKBONES
from desktop_app.learning.freezing import Freezing
from desktop_app.learning.head import Array, Labels
from desktop_app.learning.model import Model, write
from desktop_app.learning.passes import Passes
from desktop_app.learning.recipe import Recipe
from desktop_app.learning.team import Team, gathered
from desktop_app.project.catalog import Snapshot
from desktop_app.project.project import Project
from desktop_app.project.runs import Run

if TYPE_CHECKING:
    from desktop_app.learning.fine_tuning import FineTuning
    from desktop_app.learning.planning import Planning

CHECKPOINT_SECONDS = 10.0

log = logging.getLogger(__name__)


def train(project: Project, recipe: Recipe, *, resume: Run | None = None) -> Events:
    """Train a model on the project's training pictures; the last event is `Trained`.

    Closing the generator stops the training and keeps the best model so far, if there is one yet; `Interrupted` keeps
    it, too, and what it takes to go on. A training that was interrupted or killed goes on from its last checkpoint, or
    begins its phase anew, and ends with the model it would have had.

    Args:
        resume: a run that did not end; its own recipe is used.

    Raises:
        DataError: the pictures don't allow it, or are not those that `resume` began with.
        WeightsError: the backbone's pretrained weights are missing or damaged.
        StorageError: the disk refused; what was kept before is safe.
    """
    started = stopwatch.seconds()
    machine.wait_politely()
    recipe = Recipe.from_dict(resume.document["recipe"]) if resume else recipe
    catalog = project.scan()
    snapshot = yield from project.snapshot(catalog)
    classes = _classes(snapshot, catalog.unlabelled)
    counts = {**snapshot.counts(), "unlabelled": catalog.unlabelled}
    run = _again(resume, snapshot) if resume else _new_run(project, recipe, snapshot, classes, counts)
    training = _Training(project, recipe, run, snapshot, started)
    try:
        device = run.document["device"]
        yield RunStarted(run.id, recipe.name, recipe.backbone, device, list(classes), counts, resumed=bool(resume))
        with gathered() as team:
            yield from training.events(team)
        training.end("done")
    except GeneratorExit:
        training.end("stopped")
        raise
    except Interrupted:
        training.end("interrupted")
        raise
    except BaseException as error:
        run.document |= {"status": "failed"} | _problem(error)
        with contextlib.suppress(StorageError):  # the first error is the one to tell
            run.save()
        raise
    yield training.result()


def _problem(error: BaseException) -> dict[str, Any]:
    """What ended a run, for its document; nothing for a bug, which the log tells."""
    if isinstance(error, MemoryError):
        error = NoMemoryError("Training stopped: the computer ran out of memory.")
    return {"problem": error.to_dict()} if isinstance(error, DiscernError) else {}


# ---- before it begins


def _classes(snapshot: Snapshot, unlabelled: int = 0) -> tuple[str, ...]:
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


def _new_run(
    project: Project, recipe: Recipe, snapshot: Snapshot, classes: Sequence[str], counts: dict[str, int]
) -> Run:
    backbone = BACKBONES[recipe.backbone]
    return project.runs.create(
        recipe=recipe.to_dict(),
        backbone=recipe.backbone,
        classes=classes,
        device=machine.device(machine.accelerator() if recipe.fine_tune else machine.card() or "cpu"),
        counts=counts,
        fingerprint=snapshot.fingerprint,
        preprocessing=backbone.preprocessing(recipe.fit).to_dict(),
        embedding_key=backbone.embedding_key(recipe.fit),
    )


def _again(run: Run, snapshot: Snapshot) -> Run:
    """Let a run that did not end go on.

    Raises:
        DataError: it ended, or the pictures are no longer those that it began with.
    """
    if run.status in ("done", "stopped"):
        raise DataError("“{run}” has ended already.", hint="Train again to start a new run.", run=run.id)
    if run.document.get("fingerprint") != snapshot.fingerprint:
        raise DataError(
            "“{run}” can't go on.",
            why="Pictures, classes or splits have changed since it began.",
            hint="Train again; what was computed for pictures that are still there is used again.",
            run=run.id,
        )
    if isinstance(run.problem, NoMemoryError):
        run.document["parts"] = parts_after(run)
    run.document.pop("problem", None)
    run.document["status"] = "running"
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


# ---- the training


class _Training:
    """One run from pictures to model. Closing `events` at any time leaves the best so far in `model`."""

    def __init__(self, project: Project, recipe: Recipe, run: Run, snapshot: Snapshot, started: float) -> None:
        self.project, self.recipe, self.run = project, recipe, run
        self.snapshot = snapshot
        self.model: Model | None = None
        run.document["tried"] = _tried_before(run)
        self._started = started
        self._told_disk = False
        self._computes: Computing | None = None

    def events(self, team: Team) -> Events:
        self.team = team
        self.passes = Passes(self.project, self.recipe, team)
        parallel.begin(team, self.recipe, self.snapshot)
        embeddings = yield from self._read()
        yield from self._freeze(embeddings)
        if self.recipe.fine_tune:
            yield from self._fine_tune(embeddings)
        yield StepStarted(Step.SAVE)

    def end(self, status: Literal["done", "stopped", "interrupted"]) -> None:
        """Write the model, if there is one, and what became of the run; an interrupted one keeps its checkpoints.

        Raises:
            StorageError: the disk refused.
        """
        self._write_model()
        self.run.document |= {"status": status, "seconds": round(stopwatch.seconds() - self._started, 1)}
        self.run.save()
        if status != "interrupted":
            checkpoints.remove(self.run)

    def _write_model(self) -> None:
        if model := self.model:
            write(model, self.run, self.passes.graph, self.passes.preprocessing)
            self.run.document |= model.facts

    def result(self) -> Trained:
        assert self.model
        seconds = self.run.document["seconds"]
        return Trained(
            self.run.id, self.model.phase, self.model.score.right, self.model.score.n, stopped=False, seconds=seconds
        )

    # ---- step by step

    def _read(self) -> Generator[Event, None, Array]:
        """Embeddings of all pictures, (n, D); fixes which pictures and classes take part."""
        self.snapshot, embeddings = yield from self.passes.embeddings(self.snapshot)
        self.snapshot.write_csv(self.run.snapshot_csv)
        classes = _classes(self.snapshot)
        if lost := [name for name in self.run.classes if name not in classes]:
            yield Notice(
                "warning",
                f"None of the training pictures could be read: {', '.join(lost)}.",
                hint="These classes are left out.",
            )
            self.run.document["classes"] = list(classes)
        position = {name: number for number, name in enumerate(classes)}
        numbers = np.array([position.get(name, -1) for name in self.snapshot.classes], np.int32)
        self.labels: Labels = numbers[self.snapshot.labels]
        self.train, self.validation = (
            rows[self.labels[rows] >= 0] for rows in (self.snapshot.rows("train"), self.snapshot.rows("validation"))
        )
        return embeddings

    def _freeze(self, embeddings: Array) -> Events:
        started = stopwatch.seconds()
        train, validation = (self._seen(embeddings, rows) for rows in (self.train, self.validation))
        phase = Freezing(self.recipe, train, validation, len(self.run.classes))
        self.freezing = phase
        for event in phase.events():
            self.model = phase.best
            if isinstance(event, RegularisationChosen):
                self.run.document["strength"] = event.chosen
            yield from self._append(event)
            yield event
        assert phase.best
        self._spent(Step.FREEZE, started)
        if self.recipe.fine_tune:
            yield from self._keep(self._keep_head)
        yield PhaseEnded("freeze", phase.best.epoch, phase.best.score.accuracy, True, stopwatch.seconds() - started)

    def _keep_head(self) -> None:
        """Whatever befalls fine-tuning, there is a model from now on."""
        self._write_model()
        self.run.save()

    def _spent(self, step: Step, started: float) -> None:
        """Write down how long a step took that is done again when a run goes on."""
        self.run.document.setdefault("spent", {})[step.value] = round(stopwatch.seconds() - started, 1)

    def _seen(self, embeddings: Array, rows: NDArray[np.intp]) -> freezing.Examples:
        return freezing.Examples(embeddings[rows], self.labels[rows], [self.snapshot.groups[row] for row in rows])

    def _fine_tune(self, embeddings: Array) -> Events:
        """The fine-tune phase, kept only if it beats the freeze phase on the validation pictures."""
        started = stopwatch.seconds()
        if not len(self.validation):
            yield Notice(
                "info",
                "Fine-tuning is left out.",
                "There are no validation pictures that could tell whether it helps.",
                "Add pictures until each class has about 10 or more.",
            )
            return
        with contextlib.closing(Store(int(self.recipe.memory_share * machine.memory()))) as store:
            activations = yield from self.passes.activations(self.snapshot, self.train, self.validation, store)
            if activations:
                self._spent(Step.VIEWS, started)
                yield from self._fine_tune_on(activations, embeddings, started)

    def _fine_tune_on(self, activations: dict[int, Activations], embeddings: Array, started: float) -> Events:
        from desktop_app.learning.fine_tuning import Examples, FineTuning  # takes seconds: torch
        from desktop_app.learning.planning import Planning
        from desktop_app.learning.trials import Pictures, Trials

        assert self.model
        freeze_model = self.model
        rows = np.array([row for row in self.validation if row in activations], np.intp)
        frozen = freeze_model.on(embeddings[rows], self.labels[rows])

        def there(rows: NDArray[np.intp]) -> list[int]:
            return [row for row in rows.tolist() if row in activations]

        def examples(rows: NDArray[np.intp]) -> Examples:
            known = there(rows)
            return Examples([activations[row] for row in known], self.labels[known].astype(np.int64))

        train, validation = examples(self.train), examples(self.validation)
        given = self.recipe.last_frozen_stage
        balance = self.freezing.balance

        def trials() -> Trials:
            rows = np.array(there(self.train) + there(self.validation), np.intp)
            pictures = Pictures([activations[row] for row in rows.tolist()], self._seen(embeddings, rows))
            return Trials(pictures, self.freezing.again, balance, given, self.recipe.seed)

        recipe = yield from self._plan(Planning(self.recipe, train, validation, frozen.head, balance, trials))
        phase = self._where_it_was(
            lambda: FineTuning(recipe, train, validation, frozen.head, balance, given, self.team)
        )
        parallel.fine_tune(self.team, phase, there(self.train), there(self.validation))
        phase.stepper.parts = parts_after(self.run)
        saved = stopwatch.seconds()
        try:
            yield from self._computing(phase)
            for event in _watched(phase.events()):
                yield from self._computing(phase)
                if phase.best:
                    self.model = phase.best if phase.best.beats(frozen, self.recipe.stop_on) else freeze_model
                yield from self._append(event)
                yield event
                if isinstance(event, EpochEnded) and stopwatch.seconds() - saved >= CHECKPOINT_SECONDS:
                    yield from self._checkpoint(phase)
                    saved = stopwatch.seconds()
        except StorageError as error:
            yield Notice(
                "warning", "Fine-tuning was stopped.", f"{error.what} {error.why}", "The best result so far is kept."
            )
        best = phase.best
        yield PhaseEnded(
            "fine_tune",
            best.epoch if best else 0,
            best.score.accuracy if best else math.nan,
            self.model is best,
            stopwatch.seconds() - started,
        )

    def _plan(self, planning: Planning) -> Generator[Event, None, Recipe]:
        """The recipe with everything decided; a training that goes on keeps to what it had decided."""
        from desktop_app.learning.planning import planned

        if known := self.run.document.get("plan"):
            return Recipe.from_dict(planning.recipe.to_dict() | known)
        if planning.open and not self.team.alone:
            yield Notice(
                "info",
                "Nothing is tried before fine-tuning: the usual stages, rate and number of epochs are used.",
                "Several processes train together, each with some of the pictures.",
            )
            return planning.recipe
        left = 60 * self.recipe.minutes - (stopwatch.seconds() - self._started)
        for event in planning.events(left):
            yield from self._append(event)
            yield event
        if planning.recipe != self.recipe:
            self.run.document["plan"] = planned(planning.recipe)
            self.run.save()
        return planning.recipe

    # ---- what is kept on the way

    def _append(self, event: Event) -> Events:
        """Keep an epoch for the curves of this run, and what was chosen by trying."""
        if isinstance(event, EpochEnded):
            yield from self._keep(lambda: self.run.append_curve(to_dict(event)))
        elif isinstance(event, RegularisationChosen | OptionChosen | LearningRateFound):
            self.run.document["tried"].append(to_dict(event))

    def _checkpoint(self, phase: FineTuning) -> Events:
        """Keep what a killed training can go on from."""
        state, document = phase.state()
        document["kept"] = self.model is phase.best  # else the freeze phase's is better still
        yield from self._keep(lambda: checkpoints.save(self.run, state, document))

    def _computing(self, phase: FineTuning) -> Events:
        """How fine-tuning computes, whenever that changes; for the run's document, too."""
        told = phase.computing()
        if told != self._computes:
            self._computes = told
            self.run.document |= {"computing": to_dict(told), "parts": phase.stepper.parts}
            yield from self._keep(self.run.save)
            yield told

    def _keep(self, write: Callable[[], None]) -> Events:
        """A full disk does not end the training, and is told once."""
        try:
            write()
        except StorageError as error:
            if not self._told_disk:
                self._told_disk = True
                yield Notice("warning", "Progress could not be saved; training goes on.", error.why, error.hint)

    def _where_it_was(self, begin: Callable[[], FineTuning]) -> FineTuning:
        """The phase as its last checkpoint left it, or from its beginning."""
        phase = begin()
        if checkpoint := checkpoints.load(self.run):
            try:
                phase.restore(*checkpoint)
            except (KeyError, TypeError, ValueError, RuntimeError):
                log.exception("The checkpoint of %s does not fit", self.run.id)  # it came from elsewhere
                return begin()
        return phase


def _tried_before(run: Run) -> list[dict[str, Any]]:
    """What a training that goes on won't try again, since it keeps to its plan."""
    plan, tried = run.document.get("plan"), run.document.get("tried")
    if not isinstance(plan, dict) or not isinstance(tried, list):
        return []
    documents = [told for told in tried if isinstance(told, dict)]
    return [told for told in documents if told.get("event") == "learning_rate_found" or told.get("choice") in plan]


def _watched(events: Events) -> Events:
    """The same events; a graphics card that fails is told in words.

    Raises:
        EngineError: it failed. This process can't use it any more; a new one can.
    """
    import torch

    try:
        yield from events
    except torch.AcceleratorError as error:
        raise EngineError(
            "Training stopped: the graphics card no longer answers.",
            why="The computer slept meanwhile, or the card's driver has failed.",
            hint="Nothing that was saved is lost. Resume the training; if it happens again, restart the computer.",
        ) from error
