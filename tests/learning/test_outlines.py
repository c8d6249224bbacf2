from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from desktop_app.features import graphs
from desktop_app.learning import backbone_graphs, library, outlines
from desktop_app.learning.backbones import BACKBONES

LITE0 = BACKBONES["efficientnet_lite0"]
BUNDLED = [backbone.name for backbone in BACKBONES.values() if backbone.package]
SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in BUNDLED if name != LITE0.name]


@pytest.mark.parametrize("name", [LITE0.name, *SLOW])
@pytest.mark.usefixtures("pretrained")
def test_the_graph_is_the_one_that_torch_exports(name):
    found, exported = outlines.graph(BACKBONES[name]), backbone_graphs.export(BACKBONES[name])
    assert [node.op_type for node in found.graph.node] == [node.op_type for node in exported.graph.node]
    assert list(found.graph.output) == list(exported.graph.output)
    learnt, expected = (graphs.weights(model.graph) for model in (found, exported))
    weights = [name for name in expected if name.endswith((".weight", ".bias"))]
    assert len(weights) > 90
    assert all(learnt[name].tobytes() == expected[name].tobytes() for name in weights)


def test_it_is_made_without_torch(home):
    code = (
        "import sys\n"
        "from desktop_app.learning import backbone_graphs\n"
        "from desktop_app.learning.backbones import BACKBONES\n"
        "backbone_graphs.load(BACKBONES['efficientnet_lite0'])\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert library.graph_file(LITE0).is_file()


def test_numbers_come_from_no_other_file(tmp_path: Path, monkeypatch):
    data = bytearray(library.bundled_file(LITE0).read_bytes())
    data[-1] ^= 1
    other = tmp_path / LITE0.weights
    other.write_bytes(data)
    monkeypatch.setattr(library, "bundled_file", lambda _: other)
    assert outlines.graph(LITE0) is None


def test_a_network_that_did_not_come_along_has_none():
    assert outlines.graph(BACKBONES["resnet50"]) is None
