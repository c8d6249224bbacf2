"""ONNX graphs that take a picture as it is and return an embedding or class probabilities.

A graph has up to three parts, told apart by the names of their nodes:

* "pre/…": fit the picture into the network's square and normalise it; generated from a `Preprocessing`, so that
  whoever checks a graph can generate the part again and compare;
* the network, as exported by torch;
* "head/…": a linear layer, perhaps a hidden one before it, and softmax;
* "unlike/…", where a model can tell that it has never seen anything like a picture: a distance.

Input "image": uint8 [1, height, width, 3], RGB, any size from 1 × 1. Outputs "embedding": float32 [1, D], or with a
head "probability": float32 [1, C], and "unlike": float32 [1, 1] where it is measured. Standard operators only, no
control flow, no external data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

from desktop_app.features.preprocessing import Interpolation, Preprocessing
from desktop_app.features.unlike import Unlike

OPSET = 18  # the first whose Resize can antialias
IMAGE, EMBEDDING, PROBABILITY, UNLIKE = "image", "embedding", "probability", "unlike"

_RESIZING: dict[Interpolation, dict[str, Any]] = {
    "bicubic": {"mode": "cubic", "cubic_coeff_a": -0.5},
    "bilinear": {"mode": "linear"},
}


def with_preprocessing(network: ModelProto, preprocessing: Preprocessing) -> ModelProto:
    """Put the preparation of pictures in front of a network.

    Args:
        network: one input, float32 [1, 3, size, size], normalised; changed in no way.
        preprocessing: what the network expects.

    Returns:
        The same network with the input "image".
    """
    model = ModelProto()
    model.CopyFrom(network)
    (pixels,) = model.graph.input
    nodes, constants = preprocessing_part(preprocessing, output=pixels.name)
    following = list(model.graph.node)
    del model.graph.node[:], model.graph.input[:]
    model.graph.node.extend([*nodes, *following])
    model.graph.initializer.extend(constants)
    model.graph.input.append(helper.make_tensor_value_info(IMAGE, TensorProto.UINT8, [1, "height", "width", 3]))
    return model


def preprocessing_part(preprocessing: Preprocessing, *, output: str) -> tuple[list[NodeProto], list[TensorProto]]:
    """The nodes "pre/…" and their constants: IMAGE → `output`, float32 [1, 3, size, size].

    The picture is resized as 8-bit values, like Pillow does it, and padded after normalising: the padding is the
    mean colour, which the network sees as 0.
    """
    part, size = _Part("pre"), preprocessing.size
    square = part.constant("square", [size, size])
    if preprocessing.fit == "squash":
        pixels = part.normalise(part.resize(IMAGE, square, preprocessing.interpolation), preprocessing)
    else:
        # The longer edge fills the square, or the shorter one where the rest is cropped; the other edge follows:
        # round(edge · size / reference), in whole numbers, so that every machine agrees.
        edges = part.node("Shape", "edges", IMAGE, start=1, end=3)
        reference = part.node("ReduceMax" if preprocessing.fit == "pad" else "ReduceMin", "reference", edges)
        doubled = part.node("Mul", "doubled", edges, part.constant("twice_size", [2 * size]))
        rounded = part.node("Add", "rounded", doubled, reference)
        two = part.constant("two", [2])
        quotient = part.node("Div", "quotient", rounded, part.node("Mul", "divisor", reference, two))
        target = part.node("Max", "target", quotient, part.constant("one", [1]))
        resized = part.resize(IMAGE, target, preprocessing.interpolation)
        if preprocessing.fit == "pad":
            missing = part.node("Sub", "missing", square, target)
            before = part.node("Div", "before", missing, two)
            pads = part.node("Concat", "pads", before, part.node("Sub", "after", missing, before), axis=0)
            normalised = part.normalise(resized, preprocessing)
            pixels = part.node("Pad", "padded", normalised, pads, "", part.constant("height_width", [2, 3]))
        else:
            spare = part.node("Sub", "spare", target, square)
            start = part.node("Div", "start", spare, two)
            end = part.node("Add", "end", start, square)
            cropped = part.node("Slice", "cropped", resized, start, end, part.constant("height_width", [1, 2]))
            pixels = part.normalise(cropped, preprocessing)
    # It has this shape already; said as a constant, so that all sizes behind it are known in advance.
    part.node("Reshape", "pixels", pixels, part.constant("shape", [1, 3, size, size]), output=output)
    return part.nodes, part.constants


def with_head(
    model: ModelProto,
    weight: NDArray[np.float32],
    bias: NDArray[np.float32],
    hidden: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None,
) -> ModelProto:
    """Put a classifier and softmax behind a graph's embedding.

    Args:
        model: has the output "embedding", [1, D]; changed in no way.
        weight: (D, C), or (H, C) behind a hidden layer.
        bias: (C,)
        hidden: weight (D, H) and bias (H,) of a layer with ReLU in between.

    Returns:
        The same graph with the one output "probability", [1, C].
    """
    result = ModelProto()
    result.CopyFrom(model)
    part = _Part("head")
    features = EMBEDDING
    if hidden:
        layer = part.constant("hidden.weight", hidden[0]), part.constant("hidden.bias", hidden[1])
        features = part.node("Relu", "relu", part.node("Gemm", "hidden", EMBEDDING, *layer))
    logits = part.node("Gemm", "logits", features, part.constant("weight", weight), part.constant("bias", bias))
    part.node("Softmax", "softmax", logits, output=PROBABILITY, axis=1)
    result.graph.node.extend(part.nodes)
    result.graph.initializer.extend(part.constants)
    del result.graph.output[:]
    result.graph.output.append(helper.make_tensor_value_info(PROBABILITY, TensorProto.FLOAT, [1, len(bias)]))
    return result


def with_unlike(model: ModelProto, unlike: Unlike) -> ModelProto:
    """The same graph with the distance from all that was learnt as a further output, "unlike".

    Args:
        model: has a head; changed in no way.
    """
    result = ModelProto()
    result.CopyFrom(model)
    part = _Part("unlike")
    centred = part.node("Sub", "centred", embedding_of(model), part.constant("mean", unlike.mean))
    point = part.node("MatMul", "point", centred, part.constant("basis", unlike.basis))
    away = part.node("Sub", "away", point, part.constant("centres", unlike.centres))
    squares = part.node("ReduceSum", "squares", part.node("Mul", "squared", away, away), part.constant("within", [1]))
    nearest = part.node("ReduceMin", "nearest", squares, part.constant("among", [0]))
    part.node("Sqrt", "distance", nearest, output=UNLIKE)
    result.graph.node.extend(part.nodes)
    result.graph.initializer.extend(part.constants)
    result.graph.output.append(helper.make_tensor_value_info(UNLIKE, TensorProto.FLOAT, [1, 1]))
    return result


def without_head(model: ModelProto) -> ModelProto:
    """A graph with a head up to its embedding, which is its one output, [1, D]; `model` is changed in no way."""
    declared = ModelProto()
    declared.CopyFrom(model)
    embedding, size = embedding_of(model), len(head_layers(model)[0][0])
    declared.graph.output.append(helper.make_tensor_value_info(embedding, TensorProto.FLOAT, [1, size]))
    return up_to(declared, embedding)


def head_layers(model: ModelProto) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """The weight and bias of each layer of a graph's head, from the embedding on, with a ReLU between two."""
    constants = {constant.name: constant for constant in model.graph.initializer}
    found = [name for name in ("head/hidden.weight", "head/weight") if name in constants]
    return [
        (numpy_helper.to_array(constants[name]), numpy_helper.to_array(constants[name.replace("weight", "bias")]))
        for name in found
    ]


def embedding_of(model: ModelProto) -> str:
    """The name of what goes into a graph's head."""
    return str(next(node.input[0] for node in model.graph.node if node.name in ("head/hidden", "head/logits")))


def up_to(model: ModelProto, output: str) -> ModelProto:
    """The part of a graph that one of its declared outputs needs, with that one output."""
    result = ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    (declared,) = (value for value in model.graph.output if value.name == output)
    needed, kept = {output}, []
    for node in reversed(model.graph.node):  # nodes come in the order in which they can be computed
        if needed.intersection(node.output):
            needed.update(node.input)
            kept.append(node)
    constants = [constant for constant in model.graph.initializer if constant.name in needed]
    del graph.node[:], graph.initializer[:], graph.output[:], graph.value_info[:]
    graph.node.extend(reversed(kept))
    graph.initializer.extend(constants)
    graph.output.append(declared)
    return result


def tapped(model: ModelProto, outputs: Sequence[str]) -> ModelProto:
    """The same graph with further results as outputs, behind those that it declares."""
    result = ModelProto()
    result.CopyFrom(model)
    result.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs)
    return result


def simplified(model: ModelProto) -> ModelProto:
    """The same graph with everything that depends on neither picture nor weights computed already.

    Exporters leave such things over. Sizes and paddings become plain constants, which is what `graph_check` asks of a
    graph; weights stay as they are, under their names, so that `with_weights` finds them. Convolutions pad their own
    input: ONNX Runtime keeps channels in blocks between convolutions, and for an operator of its own in between it
    would take them apart and put them together again.
    """
    from onnx.reference import ReferenceEvaluator  # slow to import, and rarely needed

    result = ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    weights = [constant for constant in graph.initializer if constant.data_type == TensorProto.FLOAT]
    constants = {c.name: c for c in graph.initializer if c.data_type != TensorProto.FLOAT}
    kept = []
    for node in model.graph.node:
        if all(name in constants for name in node.input if name):
            given = {name: numpy_helper.to_array(constants[name]) for name in node.input if name}
            values = ReferenceEvaluator(node).run(None, given)
            for name, value in zip(node.output, values, strict=True):
                constants[name] = numpy_helper.from_array(np.asarray(value), name)
        else:
            kept.append(node)
    kept = _padding_themselves(kept, constants)
    used = {name for node in kept for name in node.input}
    weights = [weight for weight in weights if weight.name in used]
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(kept)
    graph.initializer.extend(weights)
    graph.initializer.extend(constant for name, constant in constants.items() if name in used)
    return result


def _padding_themselves(nodes: Sequence[NodeProto], constants: Mapping[str, TensorProto]) -> list[NodeProto]:
    """The nodes without those that only put zeros around what a convolution takes: it does that itself."""
    makers = {node.output[0]: node for node in nodes}
    uses = Counter(name for node in nodes for name in node.input)
    needless: set[str] = set()
    result = []
    for node in nodes:
        pad = makers.get(node.input[0]) if node.op_type == "Conv" else None
        edges = _zeros_around(pad, constants) if pad is not None and uses[pad.output[0]] == 1 else None
        if pad is not None and edges is not None:
            needless.add(pad.output[0])
            node = _padded(node, pad.input[0], edges)
        result.append(node)
    return [node for node in result if node.output[0] not in needless]


def _zeros_around(pad: NodeProto, constants: Mapping[str, TensorProto]) -> list[int] | None:
    """How many zeros a node puts above, left, below and right of pictures; None if that is not all it does."""
    if (
        pad.op_type != "Pad"
        or any(pad.input[2:])
        or [helper.get_attribute_value(a) for a in pad.attribute] != [b"constant"]
    ):
        return None
    around = numpy_helper.to_array(constants[pad.input[1]]).reshape(2, -1)
    if around.shape[1] != 4 or around[:, :2].any() or (around < 0).any():
        return None
    edges: list[int] = around[:, 2:].ravel().tolist()
    return edges


def _padded(convolution: NodeProto, given: str, edges: Sequence[int]) -> NodeProto:
    result = NodeProto()
    result.CopyFrom(convolution)
    result.input[0] = given
    (pads,) = (attribute for attribute in result.attribute if attribute.name == "pads")
    pads.ints[:] = [own + more for own, more in zip(pads.ints, edges, strict=True)]
    return result


def with_weights(model: ModelProto, weights: Mapping[str, NDArray[np.float32]]) -> ModelProto:
    """The same graph with other values for the named weights.

    Raises:
        KeyError: the graph has no weight of that name.
        ValueError: its shape differs.
    """
    result = ModelProto()
    result.CopyFrom(model)
    constants = {constant.name: constant for constant in result.graph.initializer}
    for name, value in weights.items():
        if tuple(constants[name].dims) != value.shape:
            raise ValueError(f"{name}: {tuple(constants[name].dims)} in the graph, {value.shape} given")
        constants[name].CopyFrom(numpy_helper.from_array(np.ascontiguousarray(value, np.float32), name))
    return result


def weights(graph: GraphProto) -> dict[str, NDArray[np.float32]]:
    """The floating-point constants of a graph by name."""
    return {
        constant.name: numpy_helper.to_array(constant)
        for constant in graph.initializer
        if constant.data_type == TensorProto.FLOAT
    }


class _Part:
    """Collects the nodes and constants of one named part of a graph."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def node(self, kind: str, name: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add an operator; returns the name of its output."""
        full = f"{self.name}/{name}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output or full], name=full, **attributes))
        return output or full

    def constant(self, name: str, value: list[int] | NDArray[np.float32]) -> str:
        """Add whole numbers (int64) or an array of float32; returns its name."""
        full = f"{self.name}/{name}"
        kind = np.int64 if isinstance(value, list) else np.float32
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value, kind), full))
        return full

    def resize(self, image: str, target: str, interpolation: Interpolation) -> str:
        """uint8 [1, height, width, 3] → uint8 with the height and width in `target`, int64 [2]."""
        return self.node(
            "Resize",
            "resized",
            *(image, "", "", target),  # neither a region of interest nor scales
            axes=[1, 2],
            antialias=1,
            exclude_outside=1,  # as Pillow does it: weights that fall outside the picture count for nothing
            **_RESIZING[interpolation],
        )

    def normalise(self, image: str, preprocessing: Preprocessing) -> str:
        """uint8 [1, height, width, 3] → float32 [1, 3, height, width] with mean 0 and spread 1.

        Channels come first before anything is computed: the same number is then subtracted from a whole plane, which
        takes a thirtieth of the time.
        """
        mean, std = (
            255 * np.array(values, np.float32).reshape(3, 1, 1) for values in (preprocessing.mean, preprocessing.std)
        )
        planes = self.node("Transpose", "planes", image, perm=[0, 3, 1, 2])
        values = self.node("Cast", "cast", planes, to=TensorProto.FLOAT)
        centred = self.node("Sub", "centred", values, self.constant("mean", mean))
        return self.node("Div", "scaled", centred, self.constant("std", std))
