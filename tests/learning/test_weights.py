import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from desktop_app import settings
from desktop_app.errors import WeightsError
from desktop_app.learning import tensors, weights
from desktop_app.learning.backbones import BACKBONES
from tests.random_backbones import official_file, random_model

LITE0 = BACKBONES["efficientnet_lite0"]


def converted():
    return settings.data_folder() / "weights" / "efficientnet_lite0-57934424.safetensors"


def test_every_official_file_is_there_and_whole():
    for backbone in (backbone for backbone in BACKBONES.values() if backbone.package):
        path = weights.find(backbone)
        assert path.name == backbone.weights
        assert weights.read_official(path, backbone)


def test_finding_does_not_run_the_package():
    sys.modules.pop(LITE0.package, None)
    weights.find(LITE0)
    assert LITE0.package not in sys.modules


def test_converts_once(monkeypatch):
    first = weights.load(LITE0)
    assert len(first) == 245, "without classifier and counters"
    monkeypatch.setattr(weights, "read_official", lambda *_: pytest.fail("read again"))
    second = weights.load(LITE0)
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name])


def test_the_weights_have_the_librarys_names():
    loaded = weights.load(LITE0)
    assert loaded["conv_stem.weight"].shape == (32, 3, 3, 3)
    assert loaded.keys() == weights.read_official(weights.find(LITE0), LITE0).keys()


def test_a_conversion_of_an_older_version_is_made_again():
    whole = weights.load(LITE0)
    data = tensors.pack({"tensor0": np.zeros(1, np.float32)}, {"format": 1})
    converted().write_bytes(data)
    assert weights.load(LITE0).keys() == whole.keys()


@pytest.mark.parametrize("damage", [b"", b"torn", None])
def test_a_damaged_conversion_is_made_again(damage):
    first = weights.load(LITE0)
    data = converted().read_bytes()
    if damage is None:
        damage = bytearray(data)
        damage[len(data) // 2] ^= 1
    converted().write_bytes(damage)
    second = weights.load(LITE0)
    assert torch.equal(first["conv_stem.weight"], second["conv_stem.weight"])
    assert tensors.unpack(converted().read_bytes())[0].keys() == first.keys()


def test_a_changed_official_file_is_refused(tmp_path):
    data = bytearray(weights.find(LITE0).read_bytes())
    data[len(data) // 2] ^= 1
    changed = tmp_path / LITE0.weights
    changed.write_bytes(data)
    with pytest.raises(WeightsError, match="damaged"):
        weights.read_official(changed, LITE0)


def test_a_missing_file_is_said_in_words():
    for lost in (replace(LITE0, package="no_such_package"), replace(LITE0, weights="lost-57934424.pth")):
        with pytest.raises(WeightsError, match=r"missing.*not on this computer.*Install"):
            weights.find(lost)


def test_an_official_file_is_read(tmp_path):
    resnet18, path = official_file(BACKBONES["resnet18"], tmp_path)
    read = weights.read_official(path, resnet18)
    assert read.keys() == random_model(resnet18).state_dict().keys() - {
        name for name in random_model(resnet18).state_dict() if name.endswith("num_batches_tracked")
    }


def test_a_whole_file_that_holds_something_else_is_refused(tmp_path):
    resnet18, path = official_file(BACKBONES["resnet18"], tmp_path)
    with pytest.raises(WeightsError, match="does not hold"):
        weights.read_official(path, replace(BACKBONES["resnet34"], digest=resnet18.sha256))
