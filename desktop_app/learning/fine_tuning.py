"""The fine-tune phase: the last stages learn, too, from cached activations of the frozen ones.

The stages start from their pretrained weights, with BatchNorms folded in (they stay frozen), the head from the freeze
phase's. AdamW with a one-cycle schedule (Smith 2018, arXiv:1803.09820), label smoothing, and each epoch another view
of each picture.
"""

from __future__ import annotations

import contextlib
import math
from collections import OrderedDict
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from desktop_app import stopwatch
from desktop_app.events import EpochEnded, Event, Events, Notice, Progress, Step, StepStarted
from desktop_app.features.runtime import map_ahead
from desktop_app.learning import depthwise, machine, networks
from desktop_app.learning.activations import Activations, Halves
from desktop_app.learning.backbones import BACKBONES
from desktop_app.learning.head import Head
from desktop_app.learning.model import Model
from desktop_app.learning.recipe import Recipe
from desktop_app.learning.scores import NOTHING, Score, epoch_ended, score
from desktop_app.learning.tensors import Tensors

_CHECK_BATCH = 64
_WARM_UP = 0.25  # share of the steps in which the learning rate rises
_START, _END = 1 / 25, 1e-5  # of the highest learning rate


@dataclass(frozen=True, slots=True)
class Examples:
    """Pictures to learn from or to check with: activations of each, and its class."""

    activations: list[Activations]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def read(self, pictures: NDArray[np.intp], views: Sequence[int]) -> tuple[Halves, NDArray[np.int64]]:
        """(n, channels, height, width) and (n,)

        Raises:
            StorageError: the disk, where activations may be kept, refused.
        """
        chosen = np.stack([self.activations[i][view] for i, view in zip(pictures, views, strict=True)])
        return chosen, self.labels[pictures]


class FineTuning:
    """One fine-tune phase. Iterate `events`, closing it at any time; `best` is the best epoch so far.

    Once the learning rate is low, only epochs from then on count as the best.
    """

    def __init__(self, recipe: Recipe, train: Examples, validation: Examples, head: Head) -> None:
        """Starts from pretrained stages and the freeze phase's `head`.

        Raises:
            WeightsError: the pretrained weights are missing or damaged.
        """
        self.recipe, self.train, self.validation = recipe, train, validation
        self.epoch = 0
        self.best: Model | None = None
        self.history: list[EpochEnded] = []
        self.device = machine.accelerator()
        self.model = _model(recipe, head).to(self.device)
        self.optimizer = torch.optim.AdamW(
            [
                {"params": [p for p in self.model.parameters() if p.ndim > 1], "weight_decay": recipe.weight_decay},
                {"params": [p for p in self.model.parameters() if p.ndim == 1], "weight_decay": 0.0},
            ],
            fused=True,
        )

    def events(self) -> Events:
        """Train the epochs that are left; a checkpoint may be taken after each `EpochEnded`."""
        yield StepStarted(Step.FINE_TUNE)
        yield from self.history
        started, before = stopwatch.seconds(), self.epoch
        while self.epoch < self.recipe.epochs:
            try:
                learnt = yield from self._learn(started, before)
            except torch.OutOfMemoryError:
                yield Notice(
                    "warning",
                    "Fine-tuning was stopped: the graphics card ran out of memory.",
                    f"It was given {self.recipe.batch} pictures at a time.",
                    "The best result so far is kept. Close other programs that use the card, then train again.",
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
            rate = self.optimizer.param_groups[0]["lr"]
            ended = epoch_ended(
                "fine_tune",
                self.epoch,
                self.recipe.epochs,
                learnt,
                checked,
                best=best,
                learning_rate=rate,
                seconds_left=left,
            )
            self.history.append(ended)
            yield ended

    def _settles(self) -> bool:
        """True for the first epoch of the last third: the best so far is then chosen anew.

        The learning rate is low from here on, and weights settle. Few validation pictures can't tell a lucky early
        epoch from a good one: in a nested cross-validation on training pictures of pollen_bees, the best of the
        settled epochs was right on 95.5 % of unseen ones, the best of all on 94.7 %, the frozen backbone on 90.3 %.
        """
        return self.epoch == self.recipe.epochs * 2 // 3 + 1

    # ---- one epoch

    def _learn(self, started: float, before: int) -> Generator[Event, None, Score]:
        """One pass over the training pictures, in an order and with views that the seed and the epoch alone decide.

        Returns:
            The score while learning; as soon as a loss is no finite number, that alone.
        """
        random = np.random.default_rng((self.recipe.seed, self.epoch))
        count = len(self.train)
        batches = np.array_split(random.permutation(count), max(1, round(count / self.recipe.batch)))
        steps = self.recipe.epochs * len(batches)
        loss_sum, done = 0.0, 0
        answers: list[Tensor] = []
        chosen = (
            (pictures, [int(random.integers(len(self.train.activations[picture]))) for picture in pictures])
            for pictures in batches
        )
        with contextlib.closing(self._batches(self.train, chosen)) as given:
            for number, (inputs, labels) in enumerate(given):
                logits = self.model(inputs)
                loss = cross_entropy(logits, labels, label_smoothing=self.recipe.label_smoothing)
                if not torch.isfinite(loss):
                    return replace(NOTHING, loss=loss.item())
                self.optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                rate = self.recipe.learning_rate * one_cycle((self.epoch * len(batches) + number) / max(1, steps - 1))
                for group in self.optimizer.param_groups:
                    group["lr"] = rate
                self.optimizer.step()
                with torch.no_grad():
                    loss_sum += cross_entropy(logits, labels, reduction="sum").item()
                answers.append(logits.argmax(1))
                done += len(labels)
                share = (self.epoch * count + done) / (self.recipe.epochs * count)
                gone = stopwatch.seconds() - started
                left = gone / (share - before / self.recipe.epochs) * (1 - share)
                yield Progress(Step.FINE_TUNE, self.epoch * count + done, self.recipe.epochs * count, left)
        return score(loss_sum / count, torch.cat(answers).cpu().numpy(), self.train.labels[np.concatenate(batches)])

    def _check(self) -> Generator[Event, None, Score]:
        """The score on the validation pictures themselves."""
        loss_sum = 0.0
        answers: list[Tensor] = []
        done = (self.epoch + 1) * len(self.train)
        parts = (
            np.arange(start, min(start + _CHECK_BATCH, len(self.validation)))
            for start in range(0, len(self.validation), _CHECK_BATCH)
        )
        chosen = ((pictures, [0] * len(pictures)) for pictures in parts)
        with contextlib.closing(self._batches(self.validation, chosen)) as given:
            for inputs, labels in given:
                with torch.no_grad():
                    logits = self.model(inputs)
                    loss_sum += cross_entropy(logits, labels, reduction="sum").item()
                answers.append(logits.argmax(1))
                yield Progress(Step.FINE_TUNE, done, self.recipe.epochs * len(self.train))
        return score(loss_sum / len(self.validation), torch.cat(answers).cpu().numpy(), self.validation.labels)

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

    # ---- what is kept

    def _current(self, checked: Score) -> Model:
        weights = {name: value.detach().cpu().numpy().copy() for name, value in self.model.named_parameters()}
        head = _to_head({name: weights.pop(name) for name in list(weights) if name.startswith("head.")})
        return Model("fine_tune", self.epoch, head, checked, weights)

    def state(self) -> tuple[Tensors, dict[str, Any]]:
        """Everything that the epochs to come depend on, and the best so far."""
        assert self.best
        tensors: dict[str, Any] = {}
        for name, parameter in self.model.named_parameters():
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

    def restore(self, tensors: Tensors, document: Mapping[str, Any]) -> None:
        """Go on from a `state`: what follows is the same as if nothing had happened.

        Raises:
            KeyError, ValueError: it is the state of something else.
        """
        for name, parameter in self.model.named_parameters():
            if any(tensors[f"{part}.{name}"].shape != parameter.shape for part in ("model", "mean", "square")):
                raise ValueError(f"{name} has another shape")
            with torch.no_grad():
                parameter.copy_(torch.from_numpy(tensors[f"model.{name}"]))
            self.optimizer.state[parameter] = {
                "step": torch.tensor(float(document["steps"]), device=self.device),
                "exp_avg": torch.empty_like(parameter).copy_(torch.from_numpy(tensors[f"mean.{name}"])),
                "exp_avg_sq": torch.empty_like(parameter).copy_(torch.from_numpy(tensors[f"square.{name}"])),
            }
        weights = {name.removeprefix("best."): t for name, t in tensors.items() if name.startswith("best.")}
        head = Head.from_tensors(
            {name.removeprefix("head."): weights.pop(name) for name in list(weights) if name.startswith("head.")}
        )
        best = document["best"]
        self.best = Model("fine_tune", best["epoch"], head, Score(**best["score"]), weights)
        self.history = [EpochEnded(**ended) for ended in document["history"]]
        self.epoch = document["epoch"]


def one_cycle(progress: float) -> float:
    """The share of the highest learning rate when `progress` (0–1) of the steps are done: up, then down to nearly 0."""
    if progress < _WARM_UP:
        return _between(_START, 1.0, progress / _WARM_UP)
    return _between(1.0, _END, (progress - _WARM_UP) / (1 - _WARM_UP))


def _between(start: float, end: float, share: float) -> float:
    """Along half a cosine from `start` to `end`."""
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def _model(recipe: Recipe, head: Head) -> nn.Sequential:
    """The stages that learn, with their pretrained weights, and the head."""
    backbone = BACKBONES[recipe.backbone]
    network = networks.folded(networks.pretrained(backbone), backbone.size)
    parts = {name: network.get_submodule(name) for name in recipe.tuned_stages} | {
        "head": _from_head(head, recipe.dropout)
    }
    model = nn.Sequential(OrderedDict(parts)).requires_grad_(True)
    depthwise.quicken(model)
    return model.to(memory_format=torch.channels_last)


def _from_head(head: Head, dropout: float) -> nn.Sequential:
    """torch's layers of a head; while learning, some of the features that the last one sees are left out."""
    layers: list[tuple[str, nn.Module]] = []
    if head.hidden:
        layers += [("hidden", _linear(head.hidden.weight, head.hidden.bias)), ("relu", nn.ReLU())]
    layers += [("dropout", nn.Dropout(dropout)), ("linear", _linear(head.weight, head.bias))]
    return nn.Sequential(OrderedDict(layers))


def _linear(weight: NDArray[np.float32], bias: NDArray[np.float32]) -> nn.Linear:
    """`weight`: (inputs, outputs)"""
    linear = nn.Linear(*weight.shape)
    with torch.no_grad():
        linear.weight.copy_(torch.from_numpy(np.ascontiguousarray(weight.T)))
        linear.bias.copy_(torch.from_numpy(bias))
    return linear


def _to_head(parameters: Mapping[str, NDArray[np.float32]]) -> Head:
    """The inverse of `_from_head`, by the names that its parameters have in the model."""
    tensors = {name.removeprefix("head.").replace("linear.", ""): value for name, value in parameters.items()}
    return Head.from_tensors({name: value.T if value.ndim == 2 else value for name, value in tensors.items()})
