import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from PIL import Image

from desktop_app.features import graphs
from desktop_app.features.preprocessing import Preprocessing
from desktop_app.features.runtime import Network

SIZE = 64
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def nothing_but_pixels() -> onnx.ModelProto:
    """A network that returns its input."""
    shape = [1, 3, SIZE, SIZE]
    graph = helper.make_graph(
        [helper.make_node("Identity", ["pixels"], [graphs.EMBEDDING])],
        "network",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(graphs.EMBEDDING, TensorProto.FLOAT, shape)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", graphs.OPSET)], ir_version=8)


def two_stages() -> onnx.ModelProto:
    """pixels [1, 4] · first → "early"; relu(early) · second → "embedding" [1, 2]."""
    rng = np.random.default_rng(0)
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["pixels", "first"], ["early"]),
            helper.make_node("Relu", ["early"], ["positive"]),
            helper.make_node("MatMul", ["positive", "second"], [graphs.EMBEDDING]),
        ],
        "network",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 4])],
        [
            helper.make_tensor_value_info("early", TensorProto.FLOAT, [1, 3]),
            helper.make_tensor_value_info(graphs.EMBEDDING, TensorProto.FLOAT, [1, 2]),
        ],
        [
            onnx.numpy_helper.from_array(rng.standard_normal((4, 3), np.float32), "first"),
            onnx.numpy_helper.from_array(rng.standard_normal((3, 2), np.float32), "second"),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", graphs.OPSET)], ir_version=8)


def run(model: onnx.ModelProto, **inputs: np.ndarray) -> list[np.ndarray]:
    import onnxruntime

    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, inputs)


def picture(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(y / 9 + shift) * np.cos(x / 13) * 120 + 128 for shift in range(3)]
    return np.stack(waves, -1).astype(np.uint8)


def with_pillow(image: np.ndarray, fit: str, interpolation: str) -> np.ndarray:
    """What the graph should do, done by Pillow and numpy: (3, SIZE, SIZE)."""
    height, width = image.shape[:2]
    if fit == "squash":
        height = width = SIZE
    else:
        reference = max(height, width) if fit == "pad" else min(height, width)
        height, width = (max(1, (2 * edge * SIZE + reference) // (2 * reference)) for edge in (height, width))
    resized = np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling[interpolation.upper()]))
    values = (resized.astype(np.float32) / 255 - np.float32(MEAN)) / np.float32(STD)
    top, left = (SIZE - height) // 2, (SIZE - width) // 2
    if fit == "pad":
        square = np.zeros((SIZE, SIZE, 3), np.float32)
        square[top : top + height, left : left + width] = values
    else:
        top, left = (height - SIZE) // 2, (width - SIZE) // 2
        square = values[top : top + SIZE, left : left + SIZE]
    return square.transpose(2, 0, 1)


@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
@pytest.mark.parametrize("fit", ["pad", "squash", "crop"])
@pytest.mark.parametrize(
    ("height", "width"), [(64, 64), (30, 50), (301, 180), (128, 128), (1, 1), (1, 300), (700, 3), (65, 64)]
)
def test_prepares_pictures_as_pillow_does(fit, height, width, interpolation):
    preprocessing = Preprocessing(SIZE, MEAN, STD, fit, interpolation)
    model = graphs.with_preprocessing(nothing_but_pixels(), preprocessing)
    onnx.checker.check_model(model, full_check=True)
    image = picture(height, width)
    seen = Network(model.SerializeToString(), preprocessing)(image)
    expected = with_pillow(image, fit, interpolation)
    assert seen.shape == expected.shape
    levels = np.abs(seen - expected) * 255 * np.float32(STD)[:, None, None]  # of the 256
    assert levels.max() < 1.01, "more than rounding"
    assert levels.mean() < 0.15


def test_padding_is_the_mean_colour_and_the_picture_is_centred():
    preprocessing = Preprocessing(SIZE, MEAN, STD, "pad")
    network = Network(graphs.with_preprocessing(nothing_but_pixels(), preprocessing).SerializeToString(), preprocessing)
    seen = network(np.full((10, 20, 3), 255, np.uint8))
    rows = np.abs(seen).sum(axis=(0, 2))
    assert np.flatnonzero(rows).tolist() == list(range(16, 48))


def test_every_preparation_has_its_own_named_nodes():
    for fit in ("pad", "squash", "crop"):
        model = graphs.with_preprocessing(nothing_but_pixels(), Preprocessing(SIZE, MEAN, STD, fit))
        names = [node.name for node in model.graph.node[:-1]]
        assert all(name.startswith("pre/") for name in names)
        assert len(set(names)) == len(names)
        nodes, constants = graphs.preprocessing_part(Preprocessing(SIZE, MEAN, STD, fit), output="pixels")
        assert nodes == list(model.graph.node[:-1])
        assert constants == list(model.graph.initializer)


def test_head_gives_the_softmax_of_a_linear_layer():
    rng = np.random.default_rng(1)
    weight, bias = rng.standard_normal((2, 5), np.float32), rng.standard_normal(5, np.float32)
    pixels = rng.standard_normal((1, 4), np.float32)
    model = graphs.with_head(two_stages(), weight, bias)
    onnx.checker.check_model(model, full_check=True)
    _, embedding = run(two_stages(), pixels=pixels)
    (probability,) = run(model, pixels=pixels)
    powers = np.exp(embedding @ weight + bias)
    np.testing.assert_allclose(probability, powers / powers.sum(), rtol=1e-5)


def test_up_to_keeps_only_what_an_output_needs():
    model = graphs.up_to(two_stages(), "early")
    onnx.checker.check_model(model, full_check=True)
    assert [node.op_type for node in model.graph.node] == ["MatMul"]
    assert list(graphs.weights(model.graph)) == ["first"]
    pixels = np.ones((1, 4), np.float32)
    np.testing.assert_array_equal(run(model, pixels=pixels)[0], run(two_stages(), pixels=pixels)[0])
    with pytest.raises(ValueError, match="not enough values"):
        graphs.up_to(two_stages(), "no such stage")


def test_with_weights_changes_the_named_weights_only():
    second = np.ones((3, 2), np.float32)
    model = graphs.with_weights(two_stages(), {"second": second})
    before, after = graphs.weights(two_stages().graph), graphs.weights(model.graph)
    np.testing.assert_array_equal(after["second"], second)
    np.testing.assert_array_equal(after["first"], before["first"])
    with pytest.raises(KeyError):
        graphs.with_weights(two_stages(), {"third": second})
    with pytest.raises(ValueError, match="second"):
        graphs.with_weights(two_stages(), {"second": second.T})


def test_the_given_graph_stays_as_it_was():
    network = two_stages()
    before = network.SerializeToString()
    graphs.with_head(network, np.zeros((2, 2), np.float32), np.zeros(2, np.float32))
    graphs.with_weights(network, {"second": np.ones((3, 2), np.float32)})
    graphs.up_to(network, "early")
    graphs.simplified(network)
    assert network.SerializeToString() == before


def padded_convolutions(nodes: list[onnx.NodeProto], outputs: list[str]) -> onnx.ModelProto:
    """pixels [1, 1, 4, 4] with a column and a row of zeros at the end, and what comes of it."""
    edges = np.array([0, 0, 0, 0, 0, 0, 1, 1], np.int64)
    kernel = np.arange(9, dtype=np.float32).reshape(1, 1, 3, 3)
    graph = helper.make_graph(
        [helper.make_node("Pad", ["pixels", "edges", ""], ["padded"], mode="constant"), *nodes],
        "network",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 1, 4, 4])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, None, None]) for name in outputs],
        [onnx.numpy_helper.from_array(edges, "edges"), onnx.numpy_helper.from_array(kernel, "kernel")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", graphs.OPSET)], ir_version=8)


def test_a_convolution_pads_its_own_input():
    convolution = helper.make_node("Conv", ["padded", "kernel"], ["result"], strides=[2, 2], pads=[0, 1, 0, 0])
    model = padded_convolutions([convolution], ["result"])
    simple = graphs.simplified(model)
    assert [node.op_type for node in simple.graph.node] == ["Conv"]
    pixels = np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4)
    np.testing.assert_array_equal(run(simple, pixels=pixels)[0], run(model, pixels=pixels)[0])


def test_padding_stays_where_others_use_it_too():
    nodes = [
        helper.make_node("Conv", ["padded", "kernel"], ["result"], pads=[0, 0, 0, 0]),
        helper.make_node("Relu", ["padded"], ["other"]),
    ]
    simple = graphs.simplified(padded_convolutions(nodes, ["result", "other"]))
    assert [node.op_type for node in simple.graph.node] == ["Pad", "Conv", "Relu"]
