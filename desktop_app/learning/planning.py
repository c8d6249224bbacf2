"""What fine-tuning finds out before it begins: how deep to go, how fast, and how many epochs fit into the time."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from desktop_app import stopwatch
from desktop_app.events import Event, LearningRateFound, Notice, OptionChosen, Progress, Step, StepStarted
from desktop_app.learning.balance import Balance
from desktop_app.learning.examples import Examples
from desktop_app.learning.fine_tuning import FineTuning
from desktop_app.learning.head import Head
from desktop_app.learning.recipe import AUTOMATIC, Recipe
from desktop_app.learning.trials import Result, Trials, best

_FACTORS = (1 / 3, 1.0, 3.0)  # of the recipe's learning rate
_SLOWEST, _FASTEST = 1e-7, 1.0  # that a recipe may say
_RATES = np.geomspace(1e-6, 1e-1, 60)
_MEMORY = 0.8  # of the smoothed loss
_WORSE = 1.5  # times the best smoothed loss: learning has broken down
_SAFE = 10.0  # times below the rate at which the loss was lowest
_TIMED_STEPS = 4
_MOST_EPOCHS = 1_000


class Planning:
    """Iterate `events`; `recipe` then says everything."""

    def __init__(
        self,
        recipe: Recipe,
        train: Examples,
        validation: Examples,
        head: Head,
        balance: Balance,
        trials: Callable[[], Trials],
    ) -> None:
        """`trials`: cross-validates; asked only if something is to be tried."""
        self.recipe = recipe
        self._given = recipe.last_frozen_stage
        self._train, self._validation, self._head, self._balance = train, validation, head, balance
        self._trials = trials

    @property
    def open(self) -> bool:
        """Whether there is anything to find out."""
        return self._tries or self.recipe.find_learning_rate or self.recipe.minutes > 0

    @property
    def _tries(self) -> bool:
        return self.recipe.first_stage == AUTOMATIC or self._tries_rates

    @property
    def _tries_rates(self) -> bool:
        return self.recipe.try_rates and not self.recipe.find_learning_rate

    def events(self, seconds: float) -> Generator[Event, None, None]:
        """Replace what the recipe leaves open.

        Args:
            seconds: what is left of the time budget, if the recipe has one.
        """
        if not self.open:
            return
        began = stopwatch.seconds()
        ends = began + seconds
        if self._tries:
            yield from self._try(began + seconds / 2 if self.recipe.minutes else math.inf)
        yield StepStarted(Step.FINE_TUNE)
        if self.recipe.find_learning_rate:
            yield from self._find_rate()
        if self.recipe.minutes:
            yield from self._fit_epochs(ends)

    def _phase(self, recipe: Recipe) -> FineTuning:
        return FineTuning(recipe, self._train, self._validation, self._head, self._balance, self._given)

    def _try(self, ends: float) -> Iterator[Event]:
        """Choose by cross-validation: first the depth, then the learning rate there."""
        trials = self._trials()
        if not trials.possible:
            self.recipe = replace(self.recipe, first_stage=self.recipe.tuned_stages[0])
            yield Notice(
                "info",
                "Nothing is tried before fine-tuning: the usual stages and learning rate are used.",
                "There are too few pictures to set some aside.",
            )
            return
        yield StepStarted(Step.CHOOSE)
        stages = self.recipe.candidate_stages
        # The rate that the recipe says is tried with the depth.
        expected = len(stages) + (len(_FACTORS) - 1) * self._tries_rates
        compare = partial(trials.compare, expected=expected, ends=ends)
        if self.recipe.first_stage == AUTOMATIC:
            options = [replace(self.recipe, first_stage=stage) for stage in stages]
            yield from self._choose("first_stage", stages, options, compare)
        if self._tries_rates:
            rates = [min(max(self.recipe.learning_rate * factor, _SLOWEST), _FASTEST) for factor in _FACTORS]
            options = [replace(self.recipe, learning_rate=rate) for rate in rates]
            yield from self._choose("learning_rate", [f"{rate:.3g}" for rate in rates], options, compare)

    def _choose(
        self,
        choice: str,
        names: Sequence[str],
        options: Sequence[Recipe],
        compare: Callable[[Sequence[Recipe]], Generator[Event, None, list[Result]]],
    ) -> Iterator[Event]:
        """Keep the best of some recipes, which differ in one choice."""
        results = yield from compare(options)
        chosen = best(results)
        self.recipe = options[chosen]
        scores = [abs(result.value) if math.isfinite(result.value) else math.nan for result in results]
        n, parts = results[0].n, results[0].parts
        yield OptionChosen(choice, list(names), scores, self.recipe.stop_on, names[chosen], parts, n)

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
        yield _told(fitting, epochs, f"{self.recipe.minutes:g} min")


def _told(fitting: int, epochs: int, budget: str) -> Notice:
    if not fitting:
        return Notice(
            "info", f"The time budget of {budget} is too short: fine-tuning does one epoch, the least it can."
        )
    if epochs < fitting:
        return Notice(
            "info", f"Fine-tuning does {epochs} epochs, the most it can: it ends before the {budget} are over."
        )
    return Notice("info", f"Fine-tuning does {epochs} epoch{'s' * (epochs > 1)}: that is what fits into {budget}.")
