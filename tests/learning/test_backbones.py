"""Every row says what the libraries that publish the weights say."""

import pytest

from desktop_app.learning.backbones import BACKBONES

ROWS = list(BACKBONES.values())
FROM_TORCHVISION = [backbone for backbone in ROWS if backbone.library == "torchvision"]
FROM_TIMM = [backbone for backbone in ROWS if backbone.library == "timm"]
OWN_FILES = [backbone for backbone in FROM_TIMM if not backbone.package]


def named(backbones):
    return pytest.mark.parametrize("backbone", backbones, ids=lambda backbone: backbone.name)


@named(FROM_TORCHVISION)
def test_agrees_with_torchvision(backbone):
    import torchvision

    weights = torchvision.models.get_model_weights(backbone.model).IMAGENET1K_V1
    transforms = weights.transforms()
    assert weights.url == backbone.url
    assert weights.meta["_metrics"]["ImageNet-1K"]["acc@1"] == backbone.accuracy
    assert transforms.crop_size == [backbone.size]
    assert transforms.interpolation.value == backbone.interpolation
    assert (tuple(transforms.mean), tuple(transforms.std)) == (backbone.mean, backbone.std)
    assert backbone.file_size == pytest.approx(weights.meta["_file_size"] * 2**20, abs=5_000)


@named(FROM_TIMM)
def test_agrees_with_timm(backbone):
    import timm

    facts = timm.get_pretrained_cfg(backbone.model)
    assert (facts.mean, facts.std, facts.interpolation) == (backbone.mean, backbone.std, backbone.interpolation)
    assert facts.license == backbone.licence.lower()
    if backbone.family == "DINOv2":
        assert backbone.size % 14 == 0, "a whole number of patches"
    else:
        assert facts.input_size == (3, backbone.size, backbone.size)


@named(OWN_FILES)
def test_the_file_is_the_one_that_timm_names(backbone):
    import timm

    assert timm.get_pretrained_cfg(backbone.model).url == backbone.url


def test_names_are_unique_and_tell_networks_apart():
    for attribute in ("name", "title", "weights", "sha256"):
        assert len({getattr(backbone, attribute) for backbone in ROWS}) == len(ROWS)
    assert len({backbone.embedding_key(fit) for backbone in ROWS for fit in ("pad", "crop", "squash")}) == 3 * len(ROWS)


@named(ROWS)
def test_can_be_checked_and_fine_tuned(backbone):
    assert len(backbone.sha256) in (8, 64)
    int(backbone.sha256, 16)
    assert backbone.first_stage in backbone.trainable_stages
    assert backbone.stages[0] == "stem"
    assert backbone.url or backbone.package


@named(ROWS)
def test_what_is_known_about_the_file_fits_the_number_of_weights(backbone):
    """A file holds at least four bytes for each parameter; only VGG's carry much more."""
    least = 4e6 * backbone.parameters
    most = 4e6 * 130 if backbone.family == "VGG" else 4e6 * 2.6
    assert least < backbone.file_size < least + most
