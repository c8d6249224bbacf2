"""Where a network looks."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper

from desktop_app.features import graphs
from desktop_app.features.heat import Explainer, border_share, covered, enlarged
from desktop_app.features.preprocessing import Fit, Preprocessing
from desktop_app.features.runtime import Network
from tests.drawing import picture
from tests.packages import WIDTH, tiny_network

SIZE = 32


def preparation(fit: Fit = "pad") -> Preprocessing:
    return Preprocessing(SIZE, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25), fit)


def redness_network(*, averaged: bool = True) -> ModelProto:
    """pixels → embedding [red, blue]: averages over 4 × 4 patches, then, rectified, over the picture.

    `averaged`: with an operator that says so; else by a convolution that does the same.
    """
    first = np.zeros((2, 3, 4, 4), np.float32)
    first[0, 0], first[0, 1:], first[1, 2], first[1, :2] = 1 / 16, -1 / 32, 1 / 16, -1 / 32
    weights = {"first": first, "mean": np.eye(2, dtype=np.float32)[:, :, None, None] * np.full((8, 8), 1 / 64, "f4")}
    pooling = (
        helper.make_node("GlobalAveragePool", ["b"], ["c"], name="pool")
        if averaged
        else helper.make_node("Conv", ["b", "mean"], ["c"], name="pool")
    )
    nodes = [
        helper.make_node("Conv", ["pixels", "first"], ["a"], name="first", strides=[4, 4]),
        helper.make_node("Relu", ["a"], ["b"], name="active"),
        pooling,
        helper.make_node("Flatten", ["c"], ["embedding"], name="flatten"),
    ]
    graph = helper.make_graph(
        nodes,
        "redness",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, SIZE, SIZE])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, 2])],
        [
            numpy_helper.from_array(value, name)
            for name, value in weights.items()
            if averaged is False or name == "first"
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", graphs.OPSET)])
    model.ir_version = 8
    return model


def complete(network: ModelProto, weight: np.ndarray, fit: Fit = "pad") -> ModelProto:
    base = graphs.with_preprocessing(network, preparation(fit))
    return graphs.with_head(base, weight.astype(np.float32), np.zeros(weight.shape[1], np.float32))


def spot(height: int, width: int, top: int, left: int, edge: int, colour: tuple[int, int, int]) -> np.ndarray:
    image = np.full((height, width, 3), 128, np.uint8)
    image[top : top + edge, left : left + edge] = colour
    return image


def hottest(heat: np.ndarray, height: int, width: int) -> tuple[int, int]:
    row, column = np.unravel_index(enlarged(heat, height, width).argmax(), (height, width))
    return int(row), int(column)


@pytest.mark.parametrize("averaged", [True, False])
def test_it_looks_at_the_spot_that_makes_the_class(averaged: bool) -> None:
    explain = Explainer(complete(redness_network(averaged=averaged), 20 * np.eye(2)), preparation())
    image = spot(64, 64, 40, 8, 16, (250, 0, 0))
    image[8:24, 40:56] = (0, 0, 250)
    for target, (top, left) in enumerate([(40, 8), (8, 40)]):
        found = explain(image, target)
        assert found.method == ("activation" if averaged else "covering")
        row, column = hottest(found.heat, 64, 64)
        assert top <= row < top + 16
        assert left <= column < left + 16
        assert (found.heat.min(), found.heat.max()) == (0, 1)


@pytest.mark.parametrize(("fit", "height", "width"), [("pad", 40, 120), ("squash", 40, 120), ("crop", 40, 120)])
def test_the_heat_lies_on_the_picture_however_it_is_fitted(fit: Fit, height: int, width: int) -> None:
    explain = Explainer(complete(redness_network(), 20 * np.eye(2), fit), preparation(fit))
    image = spot(height, width, 4, 52, 14, (250, 0, 0))
    row, column = hottest(explain(image, 0).heat, height, width)
    assert abs(row - 11) <= 8
    assert abs(column - 59) <= 10


def test_what_is_cut_off_has_no_heat() -> None:
    explain = Explainer(complete(redness_network(), 20 * np.eye(2), "crop"), preparation("crop"))
    heat = explain(spot(40, 120, 0, 0, 120, (250, 0, 0)), 0).heat
    assert (enlarged(heat, 40, 120)[:, :25] == 0).all()
    assert (enlarged(heat, 40, 120)[:, 55:65] > 0).all()


@pytest.mark.parametrize("hidden", [False, True])
def test_it_is_grad_cam(hidden: bool) -> None:
    """The gradient of the class's logit with respect to the last stage, averaged, weighs its activations: torch's."""
    import torch

    rng = np.random.default_rng(0)
    layer = (rng.normal(0, 1, (WIDTH, 9)).astype(np.float32), rng.normal(0, 0.1, 9).astype(np.float32))
    weight = rng.normal(0, 1, (9 if hidden else WIDTH, 4)).astype(np.float32)
    base = graphs.with_preprocessing(tiny_network(), preparation())
    model = graphs.with_head(base, weight, np.zeros(4, np.float32), layer if hidden else None)
    image = picture(3, 1, SIZE)
    found = Explainer(model, preparation())(image, 2)
    constants = {c.name: torch.from_numpy(numpy_helper.to_array(c).copy()) for c in model.graph.initializer}
    pixels = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
    early = torch.conv2d((pixels - 0.5) / 0.25, constants["first.weight"], constants["first.bias"], stride=2)
    stage = torch.conv2d(early.clip(0, 6), constants["second.weight"], constants["second.bias"], padding=1).relu()
    stage.requires_grad_()
    features = stage.mean((2, 3))
    if hidden:
        features = (features @ torch.from_numpy(layer[0]) + torch.from_numpy(layer[1])).relu()
    logit = (features @ torch.from_numpy(weight))[0, 2]
    (slope,) = torch.autograd.grad(logit, stage)
    cam = (slope.mean((2, 3), keepdim=True) * stage).sum(1).relu()[0].detach().numpy()
    assert found.heat == pytest.approx(cam / cam.max(), abs=1e-4)


def test_the_probabilities_are_the_networks() -> None:
    model = complete(tiny_network(), np.random.default_rng(0).normal(0, 1, (WIDTH, 4)))
    image = picture(1, 1, 50)
    found = Explainer(model, preparation())(image)
    assert np.array_equal(found.probabilities, Network(model.SerializeToString(), preparation())(image))
    assert found.target == found.probabilities.argmax()


def test_nothing_that_speaks_for_a_class_is_no_heat() -> None:
    explain = Explainer(complete(redness_network(), 20 * np.eye(2)), preparation())
    assert not explain(np.full((64, 64, 3), 128, np.uint8), 0).heat.any()


def test_heat_on_the_border() -> None:
    ring = np.ones((8, 8), np.float32)
    ring[1:-1, 1:-1] = 0
    share, area = border_share(ring)
    assert area == pytest.approx(1 - 0.75**2)
    assert share > 0.7
    middle = np.zeros((8, 8), np.float32)
    middle[3:5, 3:5] = 1
    assert border_share(middle)[0] == pytest.approx(0, abs=1e-6)
    assert border_share(np.ones((7, 7), np.float32))[0] == pytest.approx(border_share(np.ones((7, 7), "f4"))[1])
    assert border_share(np.zeros((7, 7), np.float32))[0] == 0


def test_the_border_and_a_middle_of_the_same_size_are_covered() -> None:
    image = np.random.default_rng(0).integers(0, 255, (160, 240, 3), np.uint8)
    mean = np.rint(image.mean(axis=(0, 1)))
    hidden = {part: (covered(image, part) == mean).all(axis=2) for part in ("border", "middle")}
    assert hidden["border"].mean() == pytest.approx(1 - 0.75**2, abs=0.01)
    assert hidden["middle"].mean() == pytest.approx(1 - 0.75**2, abs=0.01)
    assert hidden["border"][0].all()
    assert not hidden["border"][80, 120]
    assert hidden["middle"][80, 120]
    assert not hidden["middle"][:, :10].all()
