"""The named stages, folding and the exported graph compute what the library's model computes."""

import numpy as np
import onnx
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from desktop_app.features import graph_check, graphs
from desktop_app.features.runtime import Network
from desktop_app.learning import backbone_graphs, families, library, networks
from desktop_app.learning.backbones import BACKBONES
from tests.random_backbones import SMALLEST, random_model, small

LITE0 = BACKBONES["efficientnet_lite0"]
SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in BACKBONES if name not in SMALLEST]


def pooled_features(model, backbone, pixels):
    """What the library itself computes in front of its classifier."""
    if backbone.library == "timm":
        return model.forward_head(model.forward_features(pixels), pre_logits=True)
    return model.features(pixels).mean((2, 3)) if backbone.family == "VGG" else model(pixels)


def pixels_for(backbone, n=1):
    """Pictures of large patches: noise looks all the same to a random network."""
    patches = torch.randn(n, 3, 4, 4, generator=torch.Generator().manual_seed(1))
    return nn.functional.interpolate(2 * patches, backbone.size)


def normalised_model(backbone):
    """With random weights and the statistics of four pictures, so that each layer's work shows in the embedding.

    So does rounding, much more than in pretrained networks: compare in double precision.
    """
    model = random_model(backbone)
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1
        norm.train()
    pooled_features(model, backbone, pixels_for(backbone, 4))
    for norm in norms:
        norm.eval()
    return model


def difference(found, expected):
    """The largest, in relation to the largest value."""
    return float((found - expected).abs().max() / expected.abs().max())


@pytest.mark.parametrize("name", BACKBONES)
@torch.no_grad()
def test_stages_and_folding_equal_the_library_model(name):
    backbone = small(name)
    model = normalised_model(backbone).double()  # rounding can't hide an error then
    pixels = pixels_for(backbone, 2).double()
    expected = pooled_features(model, backbone, pixels)
    assert expected.shape == (2, backbone.embedding)
    assert difference(expected[:1], expected[1:]) > 0.01, "says nothing about the pictures"
    staged = families.stages(model, backbone)
    assert [stage for stage, _ in staged.named_children()] == list(backbone.stages)
    assert difference(staged(pixels[:1]), expected[:1]) < 1e-9
    before = {key: value.clone() for key, value in staged.state_dict().items()}
    layers = [type(module) for module in staged.modules()]
    folded = networks.folded(staged, backbone.size)
    assert not [module for module in folded.modules() if isinstance(module, nn.BatchNorm2d)]
    assert difference(folded(pixels[1:]), expected[1:]) < 1e-9
    after = staged.state_dict()
    assert before.keys() == after.keys(), "folding changed the original"
    assert all(torch.equal(value, after[key]) for key, value in before.items()), "folding changed the original"
    assert [type(module) for module in staged.modules()] == layers, "folding changed the original"


@pytest.mark.parametrize("name", BACKBONES)
def test_its_cost_is_what_the_registry_says(name):
    backbone = BACKBONES[name]
    model = families.without_classifier(families.library_model(backbone), backbone).to("meta")
    network = families.stages(model, backbone)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(torch.zeros(1, 3, backbone.size, backbone.size, device="meta"))
    assert counter.get_total_flops() / 2e9 == pytest.approx(backbone.multiply_adds, abs=0.0011)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    assert parameters / 1e6 == pytest.approx(backbone.parameters, abs=0.0051)
    learning = [stage for stage, part in network.named_children() if list(part.parameters())]
    assert tuple(learning[1:]) == backbone.trainable_stages


@pytest.mark.parametrize("name", [*SMALLEST, *SLOW])
@torch.no_grad()
def test_the_graph_gives_every_stage(name):
    backbone = small(name)
    folded = networks.folded(families.stages(random_model(backbone), backbone), backbone.size)
    graph = networks.to_onnx(folded, backbone.size)
    assert not any(module.training for module in folded.modules())
    onnx.checker.check_model(graph, full_check=True)
    outputs = [output.name for output in graph.graph.output]
    assert outputs == [*backbone.stages[:-1], graphs.EMBEDDING]
    weights = graphs.weights(graph.graph)
    for key, value in folded.state_dict().items():
        np.testing.assert_array_equal(weights[key], value.numpy())

    import onnxruntime

    session = onnxruntime.InferenceSession(graph.SerializeToString())
    values = pixels = pixels_for(backbone)
    for stage, found in zip(folded, session.run(None, {"pixels": pixels.numpy()}), strict=True):
        values = stage(values)
        assert difference(torch.from_numpy(found), values) < 1e-4


@pytest.mark.parametrize("name", [*SMALLEST, *SLOW])
@torch.no_grad()
def test_a_package_may_carry_its_graph(name):
    """At the size that it is used with; its weights don't matter."""
    backbone = BACKBONES[name]
    folded = networks.folded(families.stages(random_model(backbone), backbone), backbone.size)
    preprocessing = backbone.preprocessing()
    network = graphs.up_to(networks.to_onnx(folded, backbone.size), graphs.EMBEDDING)
    complete = graphs.with_head(
        graphs.with_preprocessing(network, preprocessing),
        np.zeros((backbone.embedding, 50), np.float32),
        np.zeros(50, np.float32),
    )
    checked = graph_check.check(complete.SerializeToString(), preprocessing, 50)
    assert len(checked.graph.node) == len(complete.graph.node)


@pytest.mark.usefixtures("pretrained")
def test_the_cached_graph_is_used_and_remade_when_damaged(monkeypatch):
    path = library.graph_file(LITE0)
    whole = path.read_bytes()
    monkeypatch.setattr(backbone_graphs, "export", lambda _: pytest.fail("made again"))
    assert backbone_graphs.load(LITE0).ByteSize() == len(whole)
    monkeypatch.undo()
    path.write_bytes(whole[: len(whole) // 2])
    again = backbone_graphs.load(LITE0)
    assert path.read_bytes() == again.SerializeToString()
    assert graphs.weights(again.graph).keys() == graphs.weights(onnx.load_from_string(whole).graph).keys()


@pytest.mark.usefixtures("pretrained")
@torch.no_grad()
def test_the_whole_graph_agrees_with_the_library_on_pictures():
    """The pretrained model, from an 8-bit picture on."""
    from tests.drawing import picture

    preprocessing = LITE0.preprocessing("squash")
    graph = graphs.up_to(backbone_graphs.load(LITE0), graphs.EMBEDDING)
    network = Network(graphs.with_preprocessing(graph, preprocessing).SerializeToString(), preprocessing)
    staged = networks.pretrained(LITE0)
    for seed in range(3):
        image = picture(seed, seed, LITE0.size)  # needs no resizing
        pixels = torch.from_numpy(image.astype(np.float32) / 255).permute(2, 0, 1)[None] * 2 - 1
        expected = staged(pixels)[0].numpy()
        found = network(image)
        cosine = found @ expected / np.linalg.norm(found) / np.linalg.norm(expected)
        assert cosine > 0.99999
        np.testing.assert_allclose(found, expected, atol=1e-3)
