"""What the check lets pass; what it refuses is in tests/faults/test_hostile_packages.py."""

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper

from desktop_app.errors import PackageError
from desktop_app.features import graph_check, graphs
from desktop_app.features.preprocessing import Preprocessing
from desktop_app.features.runtime import Network
from tests.drawing import picture
from tests.packages import WIDTH, tiny_network


def complete(preparation: Preprocessing, network: ModelProto | None = None) -> ModelProto:
    rng = np.random.default_rng(0)
    base = graphs.with_preprocessing(network or tiny_network(), preparation)
    return graphs.with_head(base, rng.normal(0, 1, (WIDTH, 4)).astype(np.float32), np.zeros(4, np.float32))


@pytest.mark.parametrize("fit", ["pad", "squash", "crop"])
def test_our_own_graphs_pass_and_stay_the_same(fit: str) -> None:
    preparation = Preprocessing(32, (0.4, 0.5, 0.6), (0.2, 0.3, 0.25), fit)  # type: ignore[arg-type]
    data = complete(preparation).SerializeToString()
    checked = graph_check.check(data, preparation, 4).SerializeToString()
    before, after = Network(data, preparation), Network(checked, preparation)
    for edge in (1, 20, 77):
        assert np.array_equal(before(picture(1, 2, edge)), after(picture(1, 2, edge)))


def test_what_was_not_looked_at_is_gone() -> None:
    preparation = Preprocessing(32, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    model = complete(preparation)
    model.doc_string = model.graph.doc_string = model.producer_name = "secret"
    model.metadata_props.add(key="ort_config", value="secret")
    model.graph.value_info.append(helper.make_tensor_value_info("secret", TensorProto.FLOAT, [10**9]))
    model.graph.node[-1].doc_string = "secret"
    model.graph.node[-1].metadata_props.add(key="secret", value="secret")
    model.graph.initializer[0].doc_string = "secret"
    data = model.SerializeToString() + b"\xfa\x07\x06secret"  # field 127, which no version of ONNX has
    assert data.count(b"secret") > 8
    assert b"secret" not in graph_check.check(data, preparation, 4).SerializeToString()


def test_another_preparation_is_refused_even_if_it_is_one_of_ours() -> None:
    one, other = (Preprocessing(size, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)) for size in (32, 33))
    with pytest.raises(PackageError, match="in another way"):
        graph_check.check(complete(one).SerializeToString(), other, 4)


def test_leftovers_of_an_exporter_are_computed_away() -> None:
    """Paddings that are computed from constants, as torch writes them, become constants."""
    network = tiny_network()
    nodes = list(network.graph.node)
    leftovers = [
        helper.make_node("Constant", [], ["four"], value=numpy_helper.from_array(np.array([4], np.int64))),
        helper.make_node("ConstantOfShape", ["four"], ["none"], value=numpy_helper.from_array(np.array([0], np.int64))),
        helper.make_node("Constant", [], ["one"], value=numpy_helper.from_array(np.array([0, 0, 1, 1], np.int64))),
        helper.make_node("Concat", ["none", "one"], ["pads"], axis=0),
        helper.make_node("Pad", ["b", "pads"], ["padded"], name="padded"),
    ]
    nodes[2].input[0] = "padded"
    del network.graph.node[:]
    network.graph.node.extend([*nodes[:2], *leftovers, *nodes[2:]])
    preparation = Preprocessing(32, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    with pytest.raises(PackageError, match="constant"):
        graph_check.check(complete(preparation, network).SerializeToString(), preparation, 4)

    before = network.SerializeToString()
    simple = graphs.simplified(network)
    assert network.SerializeToString() == before, "the given graph was changed"
    assert [node.op_type for node in simple.graph.node if "Constant" in node.op_type or node.op_type == "Concat"] == []
    given, expected = complete(preparation, simple), complete(preparation, network)
    data = graph_check.check(given.SerializeToString(), preparation, 4).SerializeToString()
    image = picture(0, 1, 50)
    assert np.array_equal(Network(data, preparation)(image), Network(expected.SerializeToString(), preparation)(image))
