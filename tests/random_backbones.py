"""Backbones with random weights, and official files made of them, since hardly any pretrained ones are at hand."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from desktop_app.learning import families, official
from desktop_app.learning.backbones import BACKBONES, Backbone

# Edges of pictures that are quick to compute with.
SMALL = {"ViT": 64, "DINOv2": 56}


SMALLEST = (
    "efficientnet_lite0",
    "resnet18",
    "vgg11",
    "vgg11_bn",
    "efficientnet_b0",
    "mobilenet_v3_small",
    "convnext_tiny",
    "regnet_y_400mf",
    "vit_s_16",
    "dinov2_vits14",
)  # of each kind


def small(name: str) -> Backbone:
    """A backbone for small pictures."""
    backbone = BACKBONES[name]
    return replace(backbone, size=SMALL.get(backbone.family, 64))


def random_model(backbone: Backbone, seed: int = 0) -> nn.Module:
    """The library's model without classifier, and with weights and statistics far from their neutral starts."""
    model = families.without_classifier(families.library_model(backbone), backbone)
    model.load_state_dict(random_state(model, seed), assign=True)
    return model


def random_state(model: nn.Module, seed: int = 0) -> dict[str, Tensor]:
    """Weights that keep numbers within bounds, however deep the network is; each depends on the seed and its name."""
    state = {}
    for name, tensor in model.state_dict().items():
        random = torch.Generator().manual_seed(zlib.crc32(name.encode()) + seed)
        if tensor.dtype != torch.float32:
            state[name] = torch.tensor(100)  # batches that a BatchNorm has seen
        elif name.endswith("running_var") or (tensor.ndim == 1 and name.endswith(("weight", "gamma"))):
            state[name] = torch.rand(tensor.shape, generator=random) + 0.5
        else:
            fan_in = tensor[0].numel() if tensor.ndim > 1 and tensor.shape[0] > 1 else 100
            state[name] = torch.randn(tensor.shape, generator=random) / fan_in**0.5
    return state


def official_content(backbone: Backbone, seed: int = 0) -> dict[str, Any]:
    """What an official file holds, with random weights; the classifier, which is not used, takes no room."""
    published = replace(backbone, size=official.PUBLISHED_SIZE) if backbone.family == "DINOv2" else backbone
    whole = families.library_model(published).state_dict()
    body = random_state(families.without_classifier(families.library_model(published), published), seed)
    state = {name: body.get(name, torch.zeros(()).expand(tensor.shape)) for name, tensor in whole.items()}
    if backbone.family == "DINOv2":
        state |= {"mask_token": torch.zeros(1, backbone.embedding)}
    return {"model": state} if backbone.model.startswith("deit") else state


def official_file(backbone: Backbone, folder: Path, seed: int = 0) -> tuple[Backbone, Path]:
    """A file of the official name and layout, and the backbone with the SHA-256 that the file has."""
    path = folder / backbone.weights
    torch.save(official_content(backbone, seed), path)
    return replace(backbone, digest=hashlib.sha256(path.read_bytes()).hexdigest()), path


def keep(name: str) -> None:
    """Put random weights into the library under `DISCERN_HOME`, as if they were the published ones, for any process."""
    from desktop_app import storage
    from desktop_app.learning import library, tensors, weights

    backbone = BACKBONES[name]
    state = official.weights_of(official_content(backbone), backbone)
    document = {"format": weights.FORMAT, "backbone": name, "source": backbone.weights, "sha256": backbone.sha256[:8]}
    data = tensors.pack({key: tensor.numpy() for key, tensor in state.items()}, document)
    storage.write_atomic(library.converted_file(backbone), data)


def install(name: str, patch: pytest.MonkeyPatch) -> Backbone:
    """Let a backbone for small pictures, with random weights in their official form, be one that is installed."""
    from desktop_app.learning import weights

    backbone = small(name)
    known = weights.load

    made = official.weights_of(official_content(backbone), backbone)

    def load(wanted: Backbone) -> dict[str, Tensor]:
        return made if wanted is backbone else known(wanted)

    patch.setitem(BACKBONES, name, backbone)
    patch.setattr(weights, "load", load)
    return backbone
