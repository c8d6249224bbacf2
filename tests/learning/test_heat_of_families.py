"""Where networks of every family look: each has a quick way of its own, which is checked against torch."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import torch
from onnx import ModelProto
from torch import nn

from desktop_app.features import graphs
from desktop_app.features.heat import Explainer, Explanation
from desktop_app.learning import families, networks
from desktop_app.learning.backbones import BACKBONES, Backbone
from tests.drawing import picture
from tests.random_backbones import SMALLEST, random_model, small

CLASSES = 3
ATTENTION = {"ViT", "DINOv2"}


def head(backbone: Backbone) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.normal(0, backbone.embedding**-0.5, (backbone.embedding, CLASSES)).astype(np.float32)


def model(backbone: Backbone, network: nn.Sequential) -> ModelProto:
    graph = graphs.up_to(networks.to_onnx(networks.folded(network, backbone.size), backbone.size), graphs.EMBEDDING)
    prepared = graphs.with_preprocessing(graph, backbone.preprocessing())
    return graphs.with_head(prepared, head(backbone), np.zeros(CLASSES, np.float32))


@functools.cache
def explained(name: str) -> tuple[Backbone, nn.Sequential, np.ndarray, list[Explanation]]:
    """A backbone with random weights, a picture, and what explains each class of it."""
    backbone = small(name)
    network = families.stages(random_model(backbone), backbone)
    image = picture(5, 1, backbone.size)
    explain = Explainer(model(backbone, network), backbone.preprocessing())
    return backbone, network, image, [explain(image, target) for target in range(CLASSES)]


def pixels_of(image: np.ndarray, backbone: Backbone) -> torch.Tensor:
    mean, std = (torch.tensor(values)[:, None, None] for values in (backbone.mean, backbone.std))
    return ((torch.from_numpy(image).permute(2, 0, 1) / 255 - mean) / std)[None]


def as_heat(square: torch.Tensor) -> np.ndarray:
    heat = square.detach().relu().numpy()
    return heat / heat.max() if heat.max() > 0 else heat


@pytest.mark.parametrize("name", SMALLEST)
def test_every_family_is_explained_in_one_pass(name: str) -> None:
    backbone, _, _, found = explained(name)
    assert {one.method for one in found} == {"attention" if backbone.family in ATTENTION else "activation"}
    assert [one.target for one in found] == list(range(CLASSES))
    assert all(np.isfinite(one.heat).all() for one in found)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(BACKBONES) - set(SMALLEST)))
def test_so_is_every_other_backbone(name: str) -> None:
    _, _, _, found = explained(name)
    assert "covering" not in {one.method for one in found}


@pytest.mark.parametrize("name", ["vit_s_16", "dinov2_vits14"])
def test_the_heat_of_a_patch_is_what_the_class_loses_without_its_value(name: str) -> None:
    """Value zeroing in torch: the value of each patch, in the last attention, is set to nothing."""
    backbone, network, image, found = explained(name)
    (joined,) = (module for path, module in network.named_modules() if path == "stage6.1.0.attention.joined")
    silenced: list[int] = []

    def silence(_module: nn.Module, _given: object, output: torch.Tensor) -> torch.Tensor:
        output = output.clone()
        output[:, silenced, 2 * backbone.embedding :] = 0
        return output

    handle = joined.register_forward_hook(silence)
    weight = torch.from_numpy(head(backbone))

    def scores(without: list[int]) -> torch.Tensor:
        silenced[:] = without
        with torch.no_grad():
            return (network(pixels_of(image, backbone)) @ weight)[0]

    try:
        whole = scores([])
        losses = torch.stack([whole - scores([1 + patch]) for patch in range(16)])
    finally:
        handle.remove()
    assert any(one.heat.any() for one in found)
    for one in found:
        assert one.heat == pytest.approx(as_heat(losses[:, one.target].reshape(4, 4)), abs=2e-3)


def test_a_layer_norm_behind_the_average_is_followed_back() -> None:
    """ConvNeXt: the gradient of the class's score with respect to the last stage, averaged, is torch's."""
    backbone, network, image, found = explained("convnext_tiny")
    *before, last = network
    stage = nn.Sequential(*before)(pixels_of(image, backbone)).detach().requires_grad_()
    scores = (last(stage) @ torch.from_numpy(head(backbone)))[0]
    assert any(one.heat.any() for one in found)
    for one in found:
        (slope,) = torch.autograd.grad(scores[one.target], stage, retain_graph=True)
        cam = (slope.mean((2, 3), keepdim=True) * stage).sum(1)[0]
        assert one.heat == pytest.approx(as_heat(cam), abs=2e-3)
