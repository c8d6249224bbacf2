"""Official weights files of every family, made by the test, become the weights of our stages, or are refused."""

from functools import lru_cache

import pytest
import torch

from desktop_app.learning import families, networks, official
from desktop_app.learning.backbones import BACKBONES
from tests.random_backbones import SMALLEST, official_content, random_model

KINDS = [BACKBONES[name] for name in SMALLEST]


def by_kind(function):
    return pytest.mark.parametrize("backbone", KINDS, ids=lambda backbone: backbone.name)(function)


@lru_cache(maxsize=1)
def made(name):
    return official_content(BACKBONES[name])


def fresh(backbone):
    """An official file's content, and the part of it that holds the tensors; may be changed."""
    content = dict(made(backbone.name))
    if "model" in content:
        content["model"] = dict(content["model"])
    return content, content.get("model", content)


@by_kind
def test_weights_find_their_places(backbone):
    weights = official.weights_of(official_content(backbone, seed=7), backbone)
    stages = networks.from_weights(backbone, weights)
    expected = families.stages(random_model(backbone, seed=7), backbone)
    state = stages.state_dict()
    for name, tensor in expected.state_dict().items():
        if backbone.family == "DINOv2" and name == "stem.positions":
            continue  # of another length
        assert torch.equal(state[name], tensor) or name.endswith("num_batches_tracked"), name


@by_kind
def test_old_files_without_counters_are_fine(backbone):
    content, tensors = fresh(backbone)
    whole = official.weights_of(content, backbone)
    for name in [name for name in tensors if name.endswith("num_batches_tracked")]:
        if backbone.family != "EfficientNet-Lite":  # whose tensors are known by their order
            del tensors[name]
    assert official.weights_of(content, backbone).keys() == whole.keys()


@pytest.mark.parametrize(
    "change",
    [
        lambda tensors, name: tensors.pop(name),
        lambda tensors, name: tensors.update({"another": tensors[name]}),
        lambda tensors, name: tensors.update({name: tensors[name].flatten()[1:]}),
        lambda tensors, name: tensors.update({name: tensors[name].double()}),
        lambda tensors, name: tensors.update({name: tensors[name] * float("nan")}),
        lambda tensors, name: tensors.update({name: "a word"}),
    ],
    ids=["missing", "unknown", "another shape", "another type", "not finite", "no tensor"],
)
@by_kind
def test_what_is_not_exactly_the_network_is_refused(backbone, change):
    content, tensors = fresh(backbone)
    change(tensors, next(name for name, tensor in tensors.items() if tensor.ndim == 4))
    with pytest.raises(ValueError, match=r"\w"):
        official.weights_of(content, backbone)


def test_a_classifier_of_another_shape_is_refused():
    backbone = BACKBONES["resnet18"]
    content, _ = fresh(backbone)
    with pytest.raises(ValueError, match=r"fc\.weight"):
        official.weights_of(content | {"fc.weight": torch.zeros(2, 512)}, backbone)


@pytest.mark.parametrize("missing", ["mask_token", "pos_embed"])
def test_dinov2_must_have_its_mask_and_its_positions(missing):
    backbone = BACKBONES["dinov2_vits14"]
    content, _ = fresh(backbone)
    del content[missing]
    with pytest.raises(ValueError, match=missing):
        official.weights_of(content, backbone)


def test_dinov2_must_have_positions_of_the_published_size():
    backbone = BACKBONES["dinov2_vits14"]
    content, _ = fresh(backbone)
    content["pos_embed"] = content["pos_embed"][:, :257]
    with pytest.raises(ValueError, match="pos_embed"):
        official.weights_of(content, backbone)


def test_a_file_of_deit_must_have_its_part():
    backbone = BACKBONES["vit_s_16"]
    with pytest.raises(ValueError, match="model"):
        official.weights_of(fresh(backbone)[1], backbone)


def test_positions_of_dinov2_are_resized_as_timm_does_it():
    import timm
    from timm.models.vision_transformer import checkpoint_filter_fn

    backbone = BACKBONES["dinov2_vits14"]
    content, _ = fresh(backbone)
    model = timm.create_model(backbone.model, img_size=backbone.size, num_classes=0)
    model.load_state_dict(checkpoint_filter_fn(dict(content), model))
    expected = families.stages(model.eval(), backbone)
    ours = networks.from_weights(backbone, official.weights_of(content, backbone))
    assert ours.stem.positions.shape == (1, 257, 384)
    pixels = torch.rand(1, 3, backbone.size, backbone.size)
    with torch.no_grad():
        torch.testing.assert_close(ours(pixels), model(pixels), rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(ours(pixels), expected(pixels), rtol=0, atol=0)
