"""The fine-tune phase: the last stages learn, too, from cached activations of the frozen ones.

The stages start from their pretrained weights, with BatchNorms folded in (they stay frozen), the head from the freeze
phase's. AdamW with a one-cycle schedule (Smith 2018, arXiv:1803.09820), label smoothing, and each epoch another view
of each picture.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from desktop_app import stopwatch
from desktop_app.events import Computing, EpochEnded, Event, Events, Notice, Progress, Step, StepStarted
from desktop_app.features.runtime import map_ahead
from desktop_app.learning import checkpoints, machine
from desktop_app.learning.balance import Balance
from desktop_app.learning.examples import Examples
from desktop_app.learning.head import Head
from desktop_app.learning.model import Model
from desktop_app.learning.optimising import Stepper, one_cycle, out_of_memory
from desktop_app.learning.recipe import Recipe
from desktop_app.learning.scores import NOTHING, Score, epoch_ended, score
from desktop_app.learning.team import Team
from desktop_app.learning.tensors import Tensors
from desktop_app.learning.tuned import to_head, tuned_model

_CHECK_BATCH = 64


class FineTuning:
    """One fine-tune phase. Iterate `events`, closing it at any time; `best` is the best epoch so far.

    Once the learning rate is low, only epochs from then on count as the best.
    """

    def __init__(
        self,
        recipe: Recipe,
        train: Examples,
        validation: Examples,
        head: Head,
        balance: Balance | None = None,
        given: str | None = None,
        team: Team | None = None,
    ) -> None:
        """Starts from pretrained stages and the freeze phase's `head`.

        Args:
            recipe: its `first_stage` names where to begin.
            balance: how unequal classes are treated.
            given: the stage whose activations the examples are; unless given, the last frozen one.
            team: the processes that do this together, each with the activations of other pictures.

        Raises:
            WeightsError: the pretrained weights are missing or damaged.
        """
        self.recipe, self.train, self.validation = recipe, train, validation
        self.epoch = 0
        self.best: Model | None = None
        self.history: list[EpochEnded] = []
        self.device = machine.accelerator()
        self.given = given or recipe.last_frozen_stage
        self.team = team or Team()
        self.model = tuned_model(recipe, head, self.given).to(self.device)
        self.balance = balance or Balance.of("none", train.labels, len(head.bias))
        self.stepper = Stepper(self.model, recipe, self.balance, self.device, self.team)
        self.optimizer = self.stepper.optimizer

    def events(self) -> Events:
        """Train the epochs that are left; a checkpoint may be taken after each `EpochEnded`."""
        yield StepStarted(Step.FINE_TUNE)
        yield from self.history
        started, before = stopwatch.seconds(), self.epoch
        while self.epoch < self.recipe.epochs:
            self.team.tell({}, do="epoch")
            try:
                learnt = yield from self._learn(started, before)
            except RuntimeError as error:
                if not out_of_memory(error):
                    raise
                yield Notice(
                    "warning",
                    "Fine-tuning was stopped: it ran out of memory.",
                    f"It was given {self.recipe.batch} pictures at a time, and then fewer.",
                    "The best result so far is kept. Close other programs, then train again.",
                )
                return
            if not math.isfinite(learnt.loss):
                yield Notice(
                    "warning",
                    "Fine-tuning was stopped: its numbers grew beyond all bounds.",
                    "The learning rate is too high for these pictures.",
                    "The best result so far is kept. A lower learning rate helps.",
                )
                return
            checked = yield from self._check()
            self.epoch += 1
            model = self._current(checked)
            best = self.best is None or model.beats(self.best, self.recipe.stop_on) or self._settles()
            if best:
                self.best = model
            left = (stopwatch.seconds() - started) / (self.epoch - before) * (self.recipe.epochs - self.epoch)
            ended = epoch_ended(
                "fine_tune",
                self.epoch,
                self.recipe.epochs,
                learnt,
                checked,
                best=best,
                learning_rate=self.stepper.rate,
                seconds_left=left,
            )
            self.history.append(ended)
            yield ended
            if self._gives_up():
                return

    def _settles(self) -> bool:
        """True for the first epoch of the last third: the best so far is then chosen anew.

        The learning rate is low from here on, and weights settle. Few validation pictures can't tell a lucky early
        epoch from a good one: in a nested cross-validation on training pictures of pollen_bees, the best of the
        settled epochs was right on 95.5 % of unseen ones, the best of all on 94.7 %, the frozen backbone on 90.3 %.
        """
        return self.epoch == self._settled

    @property
    def _settled(self) -> int:
        return self.recipe.epochs * 2 // 3 + 1

    def _gives_up(self) -> bool:
        """Whether it has not got better for so long that going on is useless."""
        patience, best = self.recipe.patience, self.best.epoch if self.best else 0
        return patience > 0 and self.epoch >= max(self._settled, best + patience)

    # ---- one epoch

    def _learn(self, started: float, before: int) -> Generator[Event, None, Score]:
        """One pass over the training pictures, in an order and with views that the seed and the epoch alone decide.

        Returns:
            The score while learning; as soon as a loss is no finite number, that alone.
        """
        random = np.random.default_rng((self.recipe.seed, self.epoch))
        count = len(self.train)
        torch.manual_seed(self.recipe.seed * 10_007 + self.epoch)  # of dropout
        self.model.get_submodule("head").train()
        order = self.balance.order(self.train.labels, random)
        batches = np.array_split(order, max(1, round(count / self.recipe.batch)))
        steps = self.recipe.epochs * len(batches)
        loss_sum, done, held = 0.0, 0, self.train.held
        answers: list[Tensor] = []
        chosen = (
            _those(
                held[pictures],
                pictures,
                [int(random.integers(len(self.train.activations[picture]))) for picture in pictures],
            )
            for pictures in batches
        )
        with contextlib.closing(self._batches(self.train, chosen)) as given:
            for number, (inputs, labels) in enumerate(given):
                height = one_cycle((self.epoch * len(batches) + number) / max(1, steps - 1), self.recipe.warm_up)
                parts = self.stepper.parts
                all_labels = torch.from_numpy(self.train.labels[batches[number]]).to(self.device)
                logits, loss = self.stepper.step(inputs, labels, self.recipe.learning_rate * height, all_labels)
                if not math.isfinite(loss):
                    return replace(NOTHING, loss=loss)
                if self.stepper.parts > parts:
                    yield self._smaller_pieces()
                loss_sum += cross_entropy(logits, labels, reduction="sum").item()
                answers.append(logits.argmax(1))
                done += len(all_labels)
                share = (self.epoch * count + done) / (self.recipe.epochs * count)
                gone = stopwatch.seconds() - started
                left = gone / (share - before / self.recipe.epochs) * (1 - share)
                yield Progress(Step.FINE_TUNE, self.epoch * count + done, self.recipe.epochs * count, left)
        return self._score(self.train, np.concatenate(batches), loss_sum, answers)

    def _check(self) -> Generator[Event, None, Score]:
        """The score on the validation pictures themselves."""
        self.model.get_submodule("head").eval()
        loss_sum = 0.0
        answers: list[Tensor] = []
        done = (self.epoch + 1) * len(self.train)
        mine = np.flatnonzero(self.validation.held)
        parts = (mine[start : start + _CHECK_BATCH] for start in range(0, len(mine), _CHECK_BATCH))
        chosen = ((pictures, [0] * len(pictures)) for pictures in parts)
        with contextlib.closing(self._batches(self.validation, chosen)) as given:
            for inputs, labels in given:
                with torch.no_grad():
                    logits = self.stepper.logits(inputs)
                    loss_sum += cross_entropy(logits, labels, reduction="sum").item()
                answers.append(logits.argmax(1))
                yield Progress(Step.FINE_TUNE, done, self.recipe.epochs * len(self.train))
        return self._score(self.validation, np.arange(len(self.validation)), loss_sum, answers)

    def _score(self, examples: Examples, pictures: NDArray[np.intp], loss: float, answers: list[Tensor]) -> Score:
        """Over the pictures of all processes; `loss` and `answers` are those of the ones that this process holds."""
        numbers = torch.zeros(1 + len(pictures), dtype=torch.float64)
        numbers[0] = loss
        numbers[1:][torch.from_numpy(examples.held[pictures])] = torch.cat([torch.empty(0), *answers]).cpu().double()
        self.team.add_up(numbers)
        predicted = numbers[1:].numpy().astype(np.int64)
        return score(float(numbers[0]) / len(pictures), predicted, examples.labels[pictures])

    def epochs_part(self) -> Events:
        """What a process that is not the first does in each epoch."""
        learnt = yield from self._learn(stopwatch.seconds(), self.epoch)
        if math.isfinite(learnt.loss):
            yield from self._check()
        self.epoch += 1

    def _batches(
        self, examples: Examples, chosen: Iterable[tuple[NDArray[np.intp], Sequence[int]]]
    ) -> Generator[tuple[Tensor, Tensor], None, None]:
        """Activations and classes of the chosen pictures and views; read ahead, since some are on the disk."""
        with contextlib.closing(map_ahead(lambda batch: examples.read(*batch), chosen, workers=1)) as read:
            for activations, labels in read:
                inputs = torch.from_numpy(activations).to(self.device).float()
                # Convolutions are quicker with channels last; transformers' tokens have no such thing.
                layout = torch.channels_last if inputs.ndim == 4 else torch.contiguous_format
                yield inputs.contiguous(memory_format=layout), torch.from_numpy(labels).to(self.device)

    def trial(self, rates: Sequence[float]) -> Iterator[float]:
        """Steps at these learning rates, over and over the pictures; yields their losses. Ends with a loss that is no
        finite number. The model is then good for nothing else.
        """
        random = np.random.default_rng(self.recipe.seed)
        size = min(self.recipe.batch, len(self.train))
        chosen = ((random.choice(len(self.train), size, replace=False), [0] * size) for _ in rates)
        with contextlib.closing(self._batches(self.train, chosen)) as given:
            for rate, (inputs, labels) in zip(rates, given, strict=True):
                _, loss = self.stepper.step(inputs, labels, rate)
                yield loss
                if not math.isfinite(loss):
                    return

    def computing(self) -> Computing:
        """How the next step is computed."""
        batch = self.recipe.batch
        return Computing(machine.device(self.device), -(-batch // self.stepper.parts), batch, self.stepper.mixed)

    def _smaller_pieces(self) -> Notice:
        size = -(-self.recipe.batch // self.stepper.parts)
        return Notice(
            "info",
            f"Memory was short: {size} pictures are computed at a time instead of {self.recipe.batch}.",
            "Steps are still made from as many pictures as before, so the result is as good; it takes a little longer.",
        )

    # ---- what is kept

    def _current(self, checked: Score) -> Model:
        weights = {name: value.detach().cpu().numpy().copy() for name, value in self._learning()}
        head = to_head({name: weights.pop(name) for name in list(weights) if name.startswith("head.")})
        return Model("fine_tune", self.epoch, head, checked, weights)

    def _learning(self) -> Iterator[tuple[str, nn.Parameter]]:
        return ((name, value) for name, value in self.model.named_parameters() if value.requires_grad)

    def state(self) -> tuple[Tensors, dict[str, Any]]:
        """Everything that the epochs to come depend on, and the best so far."""
        assert self.best
        tensors: dict[str, Any] = {}
        for name, parameter in self._learning():
            moments = self.optimizer.state[parameter]
            tensors[f"model.{name}"] = parameter.detach().cpu().numpy()
            tensors[f"mean.{name}"] = moments["exp_avg"].cpu().numpy()
            tensors[f"square.{name}"] = moments["exp_avg_sq"].cpu().numpy()
        tensors |= {f"best.{name}": value for name, value in self.best.weights.items()}
        tensors |= {f"best.head.{name}": value for name, value in self.best.head.tensors.items()}
        document = {
            "epoch": self.epoch,
            "steps": int(next(iter(self.optimizer.state.values()))["step"]),
            "best": {"epoch": self.best.epoch, "score": asdict(self.best.score)},
            "history": [asdict(ended) for ended in self.history],
        }
        return tensors, document

    def told(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What another process needs to stand where this one stands, see `as_told`."""
        state, document = self.state() if self.best else ({}, None)
        tensors = {f"state.{name}": value for name, value in state.items()}
        tensors |= {f"now.{name}": value.detach().cpu().numpy() for name, value in self._learning()}
        recipe = self.recipe.to_dict()
        return tensors, {"recipe": recipe, "given": self.given, "balance": self.balance.method, "state": document}

    @classmethod
    def as_told(
        cls, tensors: Tensors, document: Mapping[str, Any], train: Examples, validation: Examples, team: Team
    ) -> FineTuning:
        """The same phase in another process, which holds the activations of other pictures."""
        now = {name.removeprefix("now."): value for name, value in tensors.items() if name.startswith("now.")}
        head = to_head({name: value for name, value in now.items() if name.startswith("head.")})
        balance = Balance.of(document["balance"], train.labels, len(head.bias))
        recipe = Recipe.from_dict(document["recipe"])
        phase = cls(recipe, train, validation, head, balance, document["given"], team)
        if document["state"]:
            state = {name.removeprefix("state."): t for name, t in tensors.items() if name.startswith("state.")}
            phase.restore(state, document["state"])
        with torch.no_grad():
            for name, parameter in phase._learning():
                parameter.copy_(torch.from_numpy(now[name]))
        return phase

    def restore(self, tensors: Tensors, document: Mapping[str, Any]) -> None:
        """Go on from a `state`: what follows is the same as if nothing had happened.

        Raises:
            KeyError, TypeError, ValueError: it is the state of something else. Nothing is as it was then.
        """
        epoch, steps = document["epoch"], document["steps"]
        history = [EpochEnded(**ended) for ended in document["history"]]
        if [ended.epoch for ended in history] != list(range(1, epoch + 1)) or not 0 < epoch <= self.recipe.epochs:
            raise ValueError("it had other epochs")
        if type(steps) is not int or steps < 1:
            raise ValueError("it made no such steps")
        best = checkpoints.best((tensors, document))
        self._check_shapes(tensors, best)
        for name, parameter in self._learning():
            with torch.no_grad():
                parameter.copy_(torch.from_numpy(tensors[f"model.{name}"]))
            self.optimizer.state[parameter] = {
                "step": torch.tensor(float(steps), device=self.device),
                "exp_avg": torch.empty_like(parameter).copy_(torch.from_numpy(tensors[f"mean.{name}"])),
                "exp_avg_sq": torch.empty_like(parameter).copy_(torch.from_numpy(tensors[f"square.{name}"])),
            }
        self.best, self.history, self.epoch = best, history, epoch

    def _check_shapes(self, tensors: Tensors, best: Model) -> None:
        """Raises: KeyError or ValueError if the tensors of a state, or its best, are not of this model's shapes."""
        parameters = {name: value.detach().cpu().numpy() for name, value in self._learning()}
        for name, value in parameters.items():
            if any(tensors[f"{part}.{name}"].shape != value.shape for part in ("model", "mean", "square")):
                raise ValueError(f"{name} has another shape")
        mine = {name: parameters.pop(name) for name in list(parameters) if name.startswith("head.")}
        wanted = parameters | to_head(mine).tensors
        given = best.weights | best.head.tensors
        if {name: value.shape for name, value in given.items()} != {name: v.shape for name, v in wanted.items()}:
            raise ValueError("its best has other shapes")


def _those(
    which: NDArray[np.bool_], pictures: NDArray[np.intp], views: list[int]
) -> tuple[NDArray[np.intp], list[int]]:
    return pictures[which], np.array(views)[which].tolist()
