"""The steps of fine-tuning: loss, penalty, learning rate of each stage, precision, and memory that runs short."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from desktop_app.learning import machine
from desktop_app.learning.balance import Balance
from desktop_app.learning.recipe import Precision, Recipe
from desktop_app.learning.team import Team

_START, _END = 1 / 25, 1e-5  # of the highest learning rate


class Stepper:
    """Changes a model step by step.

    Attributes:
        rate: the learning rate of the last step, that of the head.
        parts: how many pieces a step is computed in; more, once memory was short.
        mixed: computes in 16 bits where they are enough.
    """

    def __init__(
        self, model: nn.Sequential, recipe: Recipe, balance: Balance, device: str, team: Team | None = None
    ) -> None:
        self.model, self.recipe, self.team = model, recipe, team or Team()
        self.rate = 0.0
        self.parts = 1
        self.optimizer = torch.optim.AdamW(list(_groups(model, recipe)), fused=True)
        self._weights = torch.from_numpy(balance.weights).to(device)
        self._offsets = torch.from_numpy(balance.offsets).to(device)
        self._device, self.mixed = device, mixed(recipe.precision, device)
        # Where they began: near the pretrained weights they shall stay (Xuhong, Grandvalet & Davoine 2018,
        # arXiv:1802.01483). The head has no pretrained ones.
        self._origins = [(p, p.detach().clone()) for p in _pulled(model)] if recipe.regularisation == "l2_sp" else []

    def logits(self, inputs: Tensor) -> Tensor:
        with torch.autocast(self._device, torch.bfloat16, enabled=self.mixed):
            result: Tensor = self.model(inputs)
        return result.float()

    def step(
        self, inputs: Tensor, labels: Tensor, rate: float, all_labels: Tensor | None = None
    ) -> tuple[Tensor, float]:
        """One step at a learning rate; returns the logits before it, and the loss over all of its pictures.

        If the loss is no finite number, nothing was changed.

        Args:
            all_labels: those of the whole step, if other processes hold some of its pictures.

        Raises:
            torch.OutOfMemoryError: memory is too short even for small pieces.
        """
        while True:
            try:
                return self._step(inputs, labels, rate, labels if all_labels is None else all_labels)
            except RuntimeError as error:
                if not out_of_memory(error) or self.parts >= min(machine.MOST_PARTS, len(labels)):
                    raise
            self.parts *= 2
            if self._device == "cuda":
                torch.cuda.empty_cache()

    def _step(self, inputs: Tensor, labels: Tensor, rate: float, all_labels: Tensor) -> tuple[Tensor, float]:
        self.optimizer.zero_grad()
        everything = self._weights[all_labels].sum()
        answers, losses = [self._weights.new_empty(0, len(self._weights))], [self._weights.new_zeros(())]
        pieces = zip(inputs.chunk(self.parts), labels.chunk(self.parts), strict=True) if len(labels) else ()
        for part, of in pieces:
            logits = self.logits(part)
            loss = self._loss(logits, of) / everything
            loss.backward()  # type: ignore[no-untyped-call]
            answers.append(logits.detach())
            losses.append(loss.detach())
        loss = torch.stack(losses).sum()
        self._add_up(loss)
        total = float(loss)
        if math.isfinite(total):
            self.rate = rate
            for group in self.optimizer.param_groups:
                group["lr"] = rate * group["scale"]
            self.optimizer.step()
            self._pull()
        return torch.cat(answers), total

    def _add_up(self, loss: Tensor) -> None:
        """Loss and slopes become those of the whole step."""
        if self.team.alone:
            return
        slopes = []
        for group in self.optimizer.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:  # none of its pictures is held here
                    parameter.grad = torch.zeros_like(parameter)
                slopes.append(parameter.grad)
        self.team.add_up(loss, *slopes)

    def _loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        smoothing = self.recipe.label_smoothing
        return cross_entropy(logits + self._offsets, labels, self._weights, reduction="sum", label_smoothing=smoothing)

    @torch.no_grad()
    def _pull(self) -> None:
        """Back towards where the weights began, by as much as weight decay pulls towards zero."""
        for parameter, origin in self._origins:
            parameter.lerp_(origin, self.rate * self.recipe.weight_decay)


def _groups(model: nn.Sequential, recipe: Recipe) -> Iterator[dict[str, Any]]:
    """The parameters that learn, for the optimiser: biases don't decay, earlier stages learn more slowly."""
    stages = [
        (name, stage) for name, stage in model.named_children() if any(p.requires_grad for p in stage.parameters())
    ]
    for number, (name, stage) in enumerate(stages):
        scale = recipe.layer_decay ** (len(stages) - 1 - number)
        pulled = recipe.regularisation == "l2" or (recipe.regularisation == "l2_sp" and name == "head")
        decay = recipe.weight_decay if pulled else 0.0
        parameters = [p for p in stage.parameters() if p.requires_grad]
        yield {"params": [p for p in parameters if p.ndim > 1], "weight_decay": decay, "scale": scale}
        yield {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0, "scale": scale}


def _pulled(model: nn.Sequential) -> Iterator[nn.Parameter]:
    for name, parameter in model.named_parameters():
        if parameter.requires_grad and parameter.ndim > 1 and not name.startswith("head."):
            yield parameter


def one_cycle(progress: float, warm_up: float) -> float:
    """The share of the highest learning rate when `progress` (0–1) of the steps are done: up, then down to nearly 0.

    Source: L. N. Smith 2018, arXiv:1803.09820; both ways along half a cosine.
    """
    if progress < warm_up:
        return _between(_START, 1.0, progress / warm_up)
    return _between(1.0, _END, (progress - warm_up) / (1 - warm_up))


def _between(start: float, end: float, share: float) -> float:
    """Along half a cosine from `start` to `end`."""
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def mixed(precision: Precision, device: str) -> bool:
    """Whether to compute in 16 bits where they are enough; automatically where the hardware is made for it."""
    if precision == "automatic":
        return device == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return precision == "mixed"


def out_of_memory(error: BaseException) -> bool:
    """Whether a card or the computer refused memory; the latter torch tells by its words alone."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error)
