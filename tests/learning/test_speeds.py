"""How fast networks are here: measured and kept, or estimated from what was measured."""

from __future__ import annotations

import pytest

from desktop_app import settings, storage
from desktop_app.events import SpeedMeasured
from desktop_app.learning import library, speeds
from desktop_app.learning.backbones import BACKBONES
from tests.running import finish

LITE0 = BACKBONES["efficientnet_lite0"]


def remember(**rates: float) -> None:
    for name, rate in rates.items():
        speeds._remember(BACKBONES[name], rate)


def test_nothing_is_known_before_anything_was_measured():
    assert speeds.speeds() == {}
    assert speeds.unmeasured() == []


def test_what_was_measured_is_kept_and_the_rest_estimated_from_it():
    remember(efficientnet_lite0=200.0)
    known = speeds.speeds()
    assert known["efficientnet_lite0"] == speeds.Speed(200.0, measured=True)
    assert known.keys() == BACKBONES.keys()
    assert not known["efficientnet_lite2"].measured
    expected = 200 * LITE0.multiply_adds / BACKBONES["efficientnet_lite2"].multiply_adds
    assert known["efficientnet_lite2"].pictures_per_second == pytest.approx(expected)
    assert known["vgg19"].pictures_per_second < known["resnet18"].pictures_per_second < 200


def test_several_measurements_are_balanced():
    remember(efficientnet_lite0=200.0, resnet18=1.0, efficientnet_lite1=200 * 0.384 / 0.599)
    assert speeds.speeds()["efficientnet_lite2"].pictures_per_second == pytest.approx(200 * 0.384 / 0.858, rel=1e-3)


@pytest.mark.parametrize(
    "document",
    [
        {"format": 1},
        {"format": 1, "computer": "another", "rates": {"resnet18": 5}},
        {"format": 1, "computer": speeds._computer(), "rates": {"resnet18": "fast"}},
        {"format": 1, "computer": speeds._computer(), "rates": {"resnet18": -1}},
        {"format": 1, "computer": speeds._computer(), "rates": [1]},
        {"format": 7},
    ],
)
def test_what_is_damaged_or_another_computers_is_not_believed(document):
    storage.write_json(settings.data_folder() / "speeds.json", document)
    assert speeds.speeds() == {}


def test_a_network_is_measured(pretrained, monkeypatch):
    monkeypatch.setattr(speeds, "SECONDS", 0.05)
    assert speeds.unmeasured() == [LITE0.name]
    events, _ = finish(speeds.measure([LITE0.name]))
    assert isinstance(events[-1], SpeedMeasured)
    assert speeds.unmeasured() == []
    assert speeds.speeds()[LITE0.name].measured


def test_removing_a_network_removes_its_graph():
    backbone = BACKBONES["resnet18"]
    for path in (library.converted_file(backbone), library.graph_file(backbone)):
        storage.write_atomic(path, b"x")
    assert library.remove(backbone) == 2
    assert not library.graph_file(backbone).exists()
