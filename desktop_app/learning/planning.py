"""What fine-tuning finds out before it begins: how deep to go, how fast, and how many epochs fit into the time."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from desktop_app import stopwatch
from desktop_app.events import Event, LearningRateFound, Notice, OptionChosen, Progress, Step, StepStarted
from desktop_app.learning.balance import Balance
from desktop_app.learning.fine_tuning import Examples, FineTuning
from desktop_app.learning.head import Head
from desktop_app.learning.recipe import AUTOMATIC, Recipe
from desktop_app.learning.scores import NOTHING, Score

_TRIAL = 1 / 3  # of the epochs, for each depth that is tried
_RATES = np.geomspace(1e-6, 1e-1, 60)
_MEMORY = 0.8  # of the smoothed loss
_WORSE = 1.5  # times the best smoothed loss: learning has broken down
_SAFE = 10.0  # times below the rate at which the loss was lowest
_TIMED_STEPS = 4
_MOST_EPOCHS = 1_000

PLANNED = ("first_stage", "learning_rate", "epochs")  # what a plan may change


class Planning:
    """Iterate `events`; `recipe` then says everything."""

    def __init__(self, recipe: Recipe, train: Examples, validation: Examples, head: Head, balance: Balance) -> None:
        self.recipe = recipe
        self._given = recipe.last_frozen_stage
        self._train, self._validation, self._head, self._balance = train, validation, head, balance

    @property
    def open(self) -> bool:
        """Whether there is anything to find out."""
        recipe = self.recipe
        return recipe.first_stage == AUTOMATIC or recipe.find_learning_rate or recipe.minutes > 0

    def events(self, seconds: float) -> Generator[Event, None, None]:
        """Replace what the recipe leaves open.

        Args:
            seconds: what is left of the time budget, if the recipe has one.
        """
        if not self.open:
            return
        yield StepStarted(Step.FINE_TUNE)
        ends = stopwatch.seconds() + seconds
        if self.recipe.first_stage == AUTOMATIC:
            yield from self._choose_depth()
        if self.recipe.find_learning_rate:
            yield from self._find_rate()
        if self.recipe.minutes:
            yield from self._fit_epochs(ends)

    def _phase(self, recipe: Recipe) -> FineTuning:
        return FineTuning(recipe, self._train, self._validation, self._head, self._balance, self._given)

    def _choose_depth(self) -> Iterator[Event]:
        """A short training from each stage; the best on the validation pictures is chosen."""
        options = self.recipe.candidate_stages
        epochs = max(1, round(self.recipe.epochs * _TRIAL))
        scores: list[Score] = []
        for number, stage in enumerate(options):
            phase = self._phase(replace(self.recipe, first_stage=stage, epochs=epochs, patience=0))
            for event in phase.events():
                if isinstance(event, Progress):
                    share = (number + event.done / event.total) / len(options)
                    yield Progress(Step.FINE_TUNE, round(100 * share), 100)
            scores.append(phase.best.score if phase.best else NOTHING)
        measure = self.recipe.stop_on
        chosen = 0
        for number in range(1, len(options)):
            if scores[number].beats(scores[chosen], measure):
                chosen = number
        self.recipe = replace(self.recipe, first_stage=options[chosen])
        told = [float(getattr(score, measure)) for score in scores]
        yield OptionChosen("first_stage", list(options), told, measure, options[chosen])

    def _find_rate(self) -> Iterator[Event]:
        """The range test: raise the rate with each step, and stay well below the one from which on loss grows.

        Source: L. N. Smith, "Cyclical learning rates for training neural networks", WACV 2017, arXiv:1506.01186.
        """
        rates: list[float] = []
        losses: list[float] = []
        average = 0.0
        for number, loss in enumerate(self._phase(self.recipe).trial(_RATES.tolist()), start=1):
            average = _MEMORY * average + (1 - _MEMORY) * loss
            smoothed = average / (1 - _MEMORY**number)
            if not math.isfinite(smoothed) or (losses and smoothed > _WORSE * min(losses)):
                break
            rates.append(float(_RATES[number - 1]))
            losses.append(smoothed)
            yield Progress(Step.FINE_TUNE, number, len(_RATES))
        if not rates:
            return
        chosen = rates[int(np.argmin(losses))] / _SAFE
        self.recipe = replace(self.recipe, learning_rate=max(chosen, 1e-6))
        yield LearningRateFound(rates, losses, self.recipe.learning_rate)

    def _fit_epochs(self, ends: float) -> Iterator[Event]:
        """As many epochs as a few timed steps say."""
        began = stopwatch.seconds()
        for _ in self._phase(self.recipe).trial([self.recipe.learning_rate] * _TIMED_STEPS):
            pass
        step = (stopwatch.seconds() - began) / _TIMED_STEPS
        # Checking goes only forward, which is a third of the work.
        steps = (len(self._train) + len(self._validation) / 3) / self.recipe.batch
        fitting = int((ends - stopwatch.seconds()) / (step * steps))
        epochs = min(max(fitting, 1), _MOST_EPOCHS)
        self.recipe = replace(self.recipe, epochs=epochs)
        yield Notice(
            "info", f"Fine-tuning does {epochs} epochs: that is what fits into {self.recipe.minutes:g} minutes."
        )


def planned(recipe: Recipe) -> dict[str, Any]:
    """What the plan chose, for run.json."""
    return {name: getattr(recipe, name) for name in PLANNED}
