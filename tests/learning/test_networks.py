"""The named stages, folding and the exported graph compute what the library's model computes."""

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from desktop_app.features import graphs
from desktop_app.features.runtime import Network
from desktop_app.learning import backbone_graphs, networks
from desktop_app.learning.backbones import BACKBONES

LITE0 = BACKBONES["efficientnet_lite0"]


def random_model(backbone):
    """The library's model with weights, biases and BatchNorm statistics far from their neutral starts."""
    torch.manual_seed(0)
    model = networks.library_model(backbone)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.1)
            nn.init.normal_(module.running_mean, 0, 0.1)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    return model.eval()


@pytest.mark.parametrize("backbone", [b for b in BACKBONES.values() if b.package], ids=lambda backbone: backbone.name)
@torch.no_grad()
def test_stages_and_folding_equal_the_library_model(backbone):
    model = random_model(backbone)
    pixels = torch.rand(2, 3, backbone.size, backbone.size) * 2 - 1
    expected = model.forward_head(model.forward_features(pixels), pre_logits=True)
    assert expected.shape == (2, backbone.embedding)
    staged = networks.stages(model, backbone)
    assert [name for name, _ in staged.named_children()] == list(backbone.stages)
    torch.testing.assert_close(staged(pixels), expected)
    folded = networks.folded(staged, backbone.size)
    assert not [module for module in folded.modules() if isinstance(module, nn.BatchNorm2d)]
    torch.testing.assert_close(folded(pixels), expected, rtol=1e-3, atol=2e-4)
    torch.testing.assert_close(staged(pixels), expected)  # folding left the original alone


@torch.no_grad()
def test_the_graph_gives_every_stage():
    folded = networks.folded(networks.stages(random_model(LITE0), LITE0), LITE0.size)
    graph = networks.to_onnx(folded, LITE0.size)
    onnx.checker.check_model(graph, full_check=True)
    outputs = [output.name for output in graph.graph.output]
    assert outputs == [*LITE0.stages[:-1], graphs.EMBEDDING]
    pixels = torch.rand(1, 3, LITE0.size, LITE0.size) * 2 - 1
    import onnxruntime

    session = onnxruntime.InferenceSession(graph.SerializeToString())
    values = pixels
    for stage, found in zip(folded, session.run(None, {"pixels": pixels.numpy()}), strict=True):
        values = stage(values)
        np.testing.assert_allclose(found, values.numpy(), rtol=0, atol=1e-4 * float(values.abs().max()))


@torch.no_grad()
def test_the_graphs_weights_are_the_folded_networks():
    folded = networks.folded(networks.stages(random_model(LITE0), LITE0), LITE0.size)
    weights = graphs.weights(networks.to_onnx(folded, LITE0.size).graph)
    state = folded.state_dict()
    assert state.keys() <= weights.keys()
    for name, value in state.items():
        np.testing.assert_array_equal(weights[name], value.numpy())


@pytest.mark.usefixtures("pretrained")
def test_the_cached_graph_is_used_and_remade_when_damaged(monkeypatch):
    from desktop_app import settings

    (path,) = (settings.cache_folder() / "graphs").iterdir()
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
