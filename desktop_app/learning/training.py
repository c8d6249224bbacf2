"""Train a project: every picture through the backbone, the freeze phase, the fine-tune phase, the model on disk."""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from desktop_app import stopwatch
from desktop_app.errors import EngineError, StorageError
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
from desktop_app.learning import beginnings, checkpoints, freezing, machine, parallel
from desktop_app.learning.activations import Activations, Store
from desktop_app.learning.examples import Examples
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
        resume: a run that did not end; its own recipe is used, and its pictures, labels and splits as they were.

    Raises:
        DataError: the pictures don't allow it, or some that `resume` began with are gone.
        WeightsError: the backbone's pretrained weights are missing or damaged.
        StorageError: the disk refused; what was kept before is safe.
    """
    started = stopwatch.seconds()
    machine.wait_politely()
    if resume:
        beginnings.require_unfinished(resume)
        recipe = beginnings.recipe_of(resume)
    catalog = project.scan()
    snapshot = yield from project.snapshot(catalog)
    if resume:
        snapshot = beginnings.pictures_of(project, resume, snapshot)
    classes = beginnings.classes_of(snapshot, catalog.unlabelled)
    counts = {**snapshot.counts(), "unlabelled": catalog.unlabelled}
    run = (
        beginnings.again(resume, recipe, classes)
        if resume
        else beginnings.new_run(project, recipe, snapshot, classes, counts)
    )
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
        run.document |= {"status": "failed"} | beginnings.problem_of(error)
        with contextlib.suppress(StorageError):  # the first error is the one to tell
            run.save()
        raise
    yield training.result()


class _Training:
    """One run from pictures to model. Closing `events` at any time leaves the best so far in `model`."""

    def __init__(self, project: Project, recipe: Recipe, run: Run, snapshot: Snapshot, started: float) -> None:
        self.project, self.recipe, self.run = project, recipe, run
        self.snapshot = snapshot
        self.model: Model | None = None
        run.document["tried"] = beginnings.tried_before(run)
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
        classes = beginnings.classes_of(self.snapshot)
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
        before = self.run.document.get("spent")
        spent = {step.value: round(stopwatch.seconds() - started, 1)}
        self.run.document["spent"] = (before if isinstance(before, dict) else {}) | spent

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
        from desktop_app.learning.fine_tuning import FineTuning  # takes seconds: torch
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
        phase.stepper.parts = beginnings.parts_after(self.run)
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
        if known := beginnings.planned_before(planning.recipe, self.run):
            return known
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
            self.run.document["plan"] = beginnings.planned(planning.recipe)
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
