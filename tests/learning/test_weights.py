import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from desktop_app import settings
from desktop_app.errors import WeightsError
from desktop_app.learning import tensors, weights
from desktop_app.learning.backbones import BACKBONES

LITE0 = BACKBONES["efficientnet_lite0"]


def like(count: int = 296) -> dict[str, torch.Tensor]:
    return {f"tensor{number}": torch.zeros(1) for number in range(count)}


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
    first = weights.load(LITE0, like())
    assert list(first) == list(like())
    monkeypatch.setattr(weights, "read_official", lambda *_: pytest.fail("read again"))
    second = weights.load(LITE0, like())
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name])


def test_the_first_tensor_is_the_official_stem():
    official = weights.read_official(weights.find(LITE0), LITE0)
    loaded = weights.load(LITE0, like())
    np.testing.assert_array_equal(loaded["tensor0"], official[0])
    assert tuple(loaded["tensor0"].shape) == (32, 3, 3, 3)


@pytest.mark.parametrize("damage", [b"", b"torn", None])
def test_a_damaged_conversion_is_made_again(damage):
    first = weights.load(LITE0, like())
    data = converted().read_bytes()
    if damage is None:
        damage = bytearray(data)
        damage[len(data) // 2] ^= 1
    converted().write_bytes(damage)
    second = weights.load(LITE0, like())
    assert torch.equal(first["tensor0"], second["tensor0"])
    assert tensors.unpack(converted().read_bytes())[0].keys() == like().keys()


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
