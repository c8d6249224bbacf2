"""Graphs of the backbones that Discern brings along, made in a moment and without torch.

An outline is an ONNX graph with BatchNorms as they were trained, whose weights are external data: each says where in
the publisher's file it lies, and is transposed if it lies there as TensorFlow keeps it. The outline carries that
file's SHA-256, so its bytes are known one by one, and numbers are all that is ever taken from it.
`packaging/outlines.py` writes the outlines.
"""

from __future__ import annotations

import hashlib
import importlib.resources

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from desktop_app.learning import library
from desktop_app.learning.backbones import Backbone

FOLDER = importlib.resources.files("resources") / "graphs"
SHA256 = "sha256"  # names the checksum in the outline's metadata

Doubles = NDArray[np.float64]


def graph(backbone: Backbone) -> ModelProto | None:
    """What `backbone_graphs.export` makes of the pretrained weights; None where there is no outline or no such file."""
    outline, file = FOLDER / f"{backbone.name}.onnx", library.bundled_file(backbone)
    if file is None or not outline.is_file():
        return None
    try:
        data = file.read_bytes()
    except OSError:
        return None  # whoever needs the weights themselves will say so
    model = onnx.load_from_string(outline.read_bytes())
    (expected,) = (entry.value for entry in model.metadata_props if entry.key == SHA256)
    if hashlib.sha256(data).hexdigest() != expected:
        return None
    del model.metadata_props[:]
    _fill(model, memoryview(data))
    _compute_weights(model)
    return model


def _fill(model: ModelProto, data: memoryview) -> None:
    """Put the numbers where the outline says which they are."""
    for constant in model.graph.initializer:
        if constant.data_location != TensorProto.EXTERNAL:
            continue
        place = {entry.key: entry.value for entry in constant.external_data}
        start = int(place["offset"])
        constant.raw_data = bytes(data[start : start + int(place["length"])])
        constant.ClearField("external_data")
        constant.data_location = TensorProto.DEFAULT


def _compute_weights(model: ModelProto) -> None:
    """Transpose weights, and let convolutions do what the BatchNorms behind them do, as in `networks.folded`."""
    graph = model.graph
    constants = {constant.name: numpy_helper.to_array(constant) for constant in graph.initializer}
    makers = {node.output[0]: node for node in graph.node}
    kept = []
    for node in graph.node:
        if node.op_type == "Transpose":
            (order,) = map(helper.get_attribute_value, node.attribute)
            constants[node.output[0]] = constants[node.input[0]].transpose(order)
        elif node.op_type == "BatchNormalization":
            _fold(makers[node.input[0]], node, constants)
        else:
            kept.append(node)
    used = {name for node in kept for name in node.input}
    del graph.node[:], graph.initializer[:]
    graph.node.extend(kept)
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items() if name in used)


def _fold(convolution: NodeProto, norm: NodeProto, constants: dict[str, NDArray[np.float32]]) -> None:
    scale, shift, mean, variance = (constants[name].astype(np.float64) for name in norm.input[1:])
    (epsilon,) = (helper.get_attribute_value(a) for a in norm.attribute if a.name == "epsilon")
    # As it was written, "0.001": attributes are single precision.
    spread: Doubles = 1 / np.sqrt(variance + float(str(np.float32(epsilon))))
    name = convolution.input[1]
    constants[name] = (constants[name] * (scale * spread)[:, None, None, None]).astype(np.float32)
    bias = name.removesuffix("weight") + "bias"
    constants[bias] = (-mean * spread * scale + shift).astype(np.float32)
    convolution.input.append(bias)
    convolution.output[0] = norm.output[0]
