"""What is known about a training while it runs: steps, progress, the best so far, the curves.

Plain data fed with events; the Train page draws it, and tests read it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

from desktop_app.events import (
    Computing,
    EpochEnded,
    Evaluated,
    Event,
    LearningRateFound,
    Notice,
    OptionChosen,
    Paused,
    Phase,
    PhaseEnded,
    PictureSkipped,
    Progress,
    RegularisationChosen,
    RunStarted,
    Step,
    StepStarted,
    Trained,
    WentOn,
)

#: Steps of recipes without fine-tuning, with it, and with choices of it to be tried, with their usual share of the time
#: on a processor; the progress bar expects them to take that until they have shown how long they take.
STEPS: dict[str, dict[Step, float]] = {
    "quick": {Step.SCAN: 0.05, Step.READ: 0.8, Step.FREEZE: 0.1, Step.MEASURE: 0.05},
    "balanced": {
        Step.SCAN: 0.03,
        Step.READ: 0.27,
        Step.FREEZE: 0.04,
        Step.VIEWS: 0.25,
        Step.FINE_TUNE: 0.37,
        Step.SAVE: 0.01,
        Step.MEASURE: 0.03,
    },
    "thorough": {
        Step.SCAN: 0.01,
        Step.READ: 0.07,
        Step.FREEZE: 0.02,
        Step.VIEWS: 0.14,
        Step.CHOOSE: 0.54,
        Step.FINE_TUNE: 0.2,
        Step.SAVE: 0.01,
        Step.MEASURE: 0.01,
    },
}
_MOST = 0.5  # of the time: a step that takes more
PHASE_OF_STEP: dict[Step, Phase] = {Step.FREEZE: "freeze", Step.FINE_TUNE: "fine_tune"}


#: What a training chose by trying several.
Tried: TypeAlias = RegularisationChosen | OptionChosen | LearningRateFound


def kind_of(recipe: Mapping[str, Any]) -> str:
    """Which of `STEPS` a recipe follows, by its document."""
    name = recipe.get("name")
    if not recipe.get("fine_tune", name not in ("quick", "article")):
        return "quick"
    thorough = name == "thorough"
    tries = recipe.get("first_stage", "automatic" if thorough else "") == "automatic"
    return "thorough" if tries or recipe.get("try_rates", thorough) else "balanced"


class StepState(Enum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    LEFT_OUT = "left out"
    FAILED = "failed"


@dataclass
class StepRow:
    """A step and how far it is: `done` of `total` pictures or epochs, and the epoch that ended last.

    `gradual`: it was seen to advance; one that finds everything in the cache is done at once and tells no speed.
    """

    step: Step
    state: StepState = StepState.WAITING
    seconds: float | None = None
    done: int = 0
    total: int = 0
    epoch: int = 0
    epochs: int = 0
    gradual: bool = False

    @property
    def fraction(self) -> float:
        if self.state in (StepState.DONE, StepState.LEFT_OUT):
            return 1.0
        return min(1.0, self.done / self.total) if self.total else 0.0


@dataclass
class Curves:
    """The epochs of each phase, laid out side by side: a phase is one unit wide, however many epochs it has.

    The head's hundred epochs take a second, the fine-tune phase's fifteen take minutes: on a common epoch axis one of
    them could not be seen.
    """

    phases: tuple[Phase, ...]
    epochs: dict[Phase, list[EpochEnded]] = field(default_factory=dict)
    ended: set[Phase] = field(default_factory=set)
    dropped: set[Phase] = field(default_factory=set)  # the other phase's model was kept

    @classmethod
    def of(cls, events: Iterable[Event], phases: tuple[Phase, ...] = ("freeze",), *, complete: bool = True) -> Curves:
        """The curves of a run that does not run; `complete`: its last phase came to its end."""
        curves = cls(phases)
        for event in events:
            if isinstance(event, EpochEnded):
                curves.add(event)
        if complete:
            curves.ended.update(curves.epochs)
        return curves

    def add(self, event: EpochEnded) -> None:
        if event.phase not in self.phases:
            self.phases = (*self.phases, event.phase)
        position = self.phases.index(event.phase)
        self.ended.update(self.phases[:position])
        rows = self.epochs.setdefault(event.phase, [])
        # A resumed run tells its epochs again from the checkpoint on.
        while rows and rows[-1].epoch >= event.epoch:
            rows.pop()
        rows.append(event)

    def copy(self) -> Curves:
        """These epochs, which don't grow with the original."""
        epochs = {phase: list(rows) for phase, rows in self.epochs.items()}
        return Curves(self.phases, epochs, set(self.ended), set(self.dropped))

    def length(self, phase: Phase) -> int:
        """Epochs the phase's band stands for: all that may come, or those that came once it is over."""
        rows = self.epochs.get(phase)
        if not rows:
            return 0
        return rows[-1].epoch if phase in self.ended else max(rows[-1].epochs, rows[-1].epoch)

    def x(self, event: EpochEnded) -> float:
        return self.phases.index(event.phase) + event.epoch / self.length(event.phase)

    def rows(self) -> list[EpochEnded]:
        return [row for phase in self.phases for row in self.epochs.get(phase, [])]

    def best(self) -> EpochEnded | None:
        """The epoch whose weights are kept: the best of a later phase only counts if it beats the earlier one's.

        Until the training has said which one is: more validation pictures right, or as many with a lower loss.
        """
        kept: EpochEnded | None = None
        for phase in self.phases:
            if phase in self.dropped:
                continue
            best = next((row for row in reversed(self.epochs.get(phase, [])) if row.best), None)
            if best and (kept is None or _score(best) > _score(kept)):
                kept = best
        return kept

    @property
    def best_epoch(self) -> int:
        """Of its phase; 0 while there is none."""
        best = self.best()
        return best.epoch if best else 0

    def since_best(self) -> int:
        """Epochs without improvement in the running phase."""
        for phase in reversed(self.phases):
            if rows := self.epochs.get(phase):
                best = next((row.epoch for row in reversed(rows) if row.best), 0)
                return rows[-1].epoch - best
        return 0


def _score(epoch: EpochEnded) -> tuple[float, float]:
    return epoch.validation_accuracy, -epoch.validation_loss


class TrainingState:
    """Feed it the events of a training, read what to say.

    Args:
        recipe: the kind of recipe, which decides the steps to expect.
        clock: seconds that never jump.
    """

    def __init__(self, recipe: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._shares = STEPS.get(recipe, STEPS["balanced"])
        self.recipe = recipe
        self.steps = [StepRow(step) for step in self._shares]
        self.curves = Curves(tuple(PHASE_OF_STEP[step] for step in self._shares if step in PHASE_OF_STEP))
        self.run: RunStarted | None = None
        self.computing: Computing | None = None  # as far as fine-tuning has told
        self.trained: Trained | None = None
        self.evaluated: Evaluated | None = None
        self.tried: list[Tried] = []
        self.notices: list[Notice] = []
        self.skipped: list[PictureSkipped] = []
        self.started = clock()
        self.seconds_left: float | None = None
        self._step_started = self.started
        self._paused_at: float | None = None
        self._fraction = 0.0

    # ---- what to say

    @property
    def current(self) -> StepRow | None:
        return next((row for row in self.steps if row.state is StepState.RUNNING), None)

    @property
    def paused(self) -> bool:
        return self._paused_at is not None

    @property
    def seconds(self) -> float:
        """How long it has worked, without its pauses."""
        return self._now() - self.started

    @property
    def fraction(self) -> float:
        """Progress of the whole training, 0–1; never goes back."""
        return self._fraction

    @property
    def time_left(self) -> float | None:
        """Seconds to the end of the whole training; None until it can be estimated.

        What is left of the step that runs, and of those to come as long as they usually take beside it. Before a step
        that takes most of the time begins that would be a guess: one computer reads fast and learns slowly.
        """
        if self.seconds_left is None or self.current is None:
            return None
        waiting = [
            (weight, self._shares.get(row.step, 0.0))
            for weight, row in zip(self._weights(), self.steps, strict=True)
            if row.state is StepState.WAITING
        ]
        if any(share > _MOST for _, share in waiting):
            return None
        return self.seconds_left + sum(weight for weight, _ in waiting)

    @property
    def validation_pictures(self) -> int:
        return self.run.counts.get("validation", 0) if self.run else 0

    def best_right(self) -> tuple[int, int] | None:
        """Right and all validation pictures at the best epoch so far; None while there is none."""
        best, n = self.curves.best(), self.validation_pictures
        if best is None or not n or not math.isfinite(best.validation_accuracy):
            return None
        return round(best.validation_accuracy * n), n

    def row(self, step: Step) -> StepRow:
        row = next((row for row in self.steps if row.step == step), None)
        if row is None:
            # A recipe with a step this page has not heard of still shows it, where it happens.
            row = StepRow(step)
            after = [position for position, other in enumerate(self.steps) if other.state is not StepState.WAITING]
            self.steps.insert(max(after, default=-1) + 1, row)
        return row

    # ---- what happens

    def apply(self, event: Event) -> None:
        match event:
            case StepStarted(step):
                self._start(step)
            case Progress(step, done, total, seconds_left):
                row = self._running(step)
                row.done, row.total = done, total
                row.gradual = row.gradual or 0 < done < total
                self.seconds_left = seconds_left
            case RunStarted():
                self.run = event
            case EpochEnded():
                self.curves.add(event)
                row = self._running(Step.FREEZE if event.phase == "freeze" else Step.FINE_TUNE)
                row.done, row.total = event.epoch, event.epochs
                row.epoch, row.epochs = event.epoch, event.epochs
                row.gradual = True
                self.seconds_left = event.seconds_left
            case Computing():
                self.computing = event
            case RegularisationChosen() | OptionChosen() | LearningRateFound():
                self.tried.append(event)
            case PhaseEnded(phase, kept=kept):
                self.curves.ended.add(phase)
                if phase == "fine_tune":  # the choice between the two is made
                    self.curves.dropped = {"freeze" if kept else "fine_tune"}
                self.seconds_left = None
            case Trained():
                self.trained = event
                self.seconds_left = None
                self._finish(until=Step.MEASURE)
            case Evaluated():
                self.evaluated = event
                self._finish(until=None)
            case Notice():
                self.notices.append(event)
            case PictureSkipped():
                self.skipped.append(event)
            case Paused():
                self._paused_at = self._clock()
            case WentOn():
                pause = self._clock() - self._now()
                self.started += pause
                self._step_started += pause
                self._paused_at = None
        weights = self._weights()
        behind = sum(weight * row.fraction for weight, row in zip(weights, self.steps, strict=True))
        everything = sum(weights)
        self._fraction = max(self._fraction, min(1.0, behind / everything) if everything else 1.0)

    def _weights(self) -> list[float]:
        """The seconds that each step took or is expected to take; usual shares until a step has told the speed."""
        seconds = [self._seconds_of(row) for row in self.steps]
        shares = [self._shares.get(row.step, 0.0) for row in self.steps]
        told = [
            took / share
            for row, took, share in zip(self.steps, seconds, shares, strict=True)
            if took is not None and share and row.gradual
        ]
        speed = max(told, default=0.0)
        if not speed:
            return [share if took is None else 0.0 for took, share in zip(seconds, shares, strict=True)]
        return [share * speed if took is None else took for took, share in zip(seconds, shares, strict=True)]

    def _seconds_of(self, row: StepRow) -> float | None:
        """How long a step took, or will have taken; None if nobody can say."""
        if row.state is StepState.LEFT_OUT:
            return 0.0
        if row.state is StepState.RUNNING:
            return None if self.seconds_left is None else self._now() - self._step_started + self.seconds_left
        return row.seconds

    def _now(self) -> float:
        """The clock, which stands still in a pause."""
        return self._clock() if self._paused_at is None else self._paused_at

    def fail(self) -> None:
        """The training stopped by itself, in the step that runs."""
        if row := self.current:
            row.state = StepState.FAILED
        self.seconds_left = None

    def _running(self, step: Step) -> StepRow:
        row = self.row(step)
        if row.state is not StepState.RUNNING:
            self._start(step)
        return row

    def _start(self, step: Step) -> None:
        if step not in self._shares and step in (Step.SAVE, Step.SCAN):
            return  # too short to be told where the recipe does not name it
        row = self.row(step)
        now = self._now()
        self._end_running(now)
        for earlier in self.steps[: self.steps.index(row)]:
            if earlier.state is StepState.WAITING:
                earlier.state = StepState.LEFT_OUT
        row.state = StepState.RUNNING
        row.seconds = None
        self._step_started = now
        self.seconds_left = None

    def _end_running(self, now: float) -> None:
        if row := self.current:
            row.state, row.seconds = StepState.DONE, now - self._step_started

    def _finish(self, *, until: Step | None) -> None:
        self._end_running(self._now())
        for row in self.steps:
            if row.step is until:
                break
            if row.state is StepState.WAITING:
                row.state = StepState.LEFT_OUT
