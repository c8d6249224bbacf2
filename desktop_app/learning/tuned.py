"""The network that is fine-tuned: pretrained stages behind the frozen ones, and a head, as torch's layers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from desktop_app.learning import depthwise, networks
from desktop_app.learning.backbones import BACKBONES
from desktop_app.learning.head import Head
from desktop_app.learning.recipe import Recipe


def tuned_model(recipe: Recipe, head: Head, given: str) -> nn.Sequential:
    """The stages behind `given` with their pretrained weights, and the head; those that the recipe names learn."""
    backbone = BACKBONES[recipe.backbone]
    network = networks.folded(networks.pretrained(backbone), backbone.size)
    stages = backbone.stages[backbone.stages.index(given) + 1 :]
    parts = {name: network.get_submodule(name).requires_grad_(name in recipe.tuned_stages) for name in stages}
    parts["head"] = from_head(head, recipe.dropout)
    model = nn.Sequential(OrderedDict(parts))
    depthwise.quicken(model)
    for module in model.modules():
        if isinstance(module, nn.ReLU | nn.Hardtanh):
            module.inplace = False  # what goes in is needed for the slope, so torch would copy it first
    return model.to(memory_format=torch.channels_last)


def from_head(head: Head, dropout: float) -> nn.Sequential:
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


def to_head(parameters: Mapping[str, NDArray[np.float32]]) -> Head:
    """The inverse of `from_head`, by the names that its parameters have in the model."""
    tensors = {name.removeprefix("head.").replace("linear.", ""): value for name, value in parameters.items()}
    return Head.from_tensors({name: value.T if value.ndim == 2 else value for name, value in tensors.items()})
