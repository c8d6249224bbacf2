"""Is this ONNX graph one that Discern would write? Asked of every package before its network is run.

A package may come from anywhere, and ONNX Runtime runs what a graph says. So a graph is taken apart and compared with
what it may be: the preparation of pictures exactly as `graphs.preprocessing_part` makes it, then a network of a few
arithmetic operators whose every size is known before it runs and lies within bounds. What was not looked at is removed,
so that nothing else can reach the runtime.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, helper

from desktop_app.errors import PackageError
from desktop_app.features.graphs import IMAGE, OPSET, PROBABILITY, UNLIKE, preprocessing_part
from desktop_app.features.preprocessing import Preprocessing

# What frozen networks for pictures are made of. None of them can loop, branch, call, read files or make up sizes.
OPERATORS = frozenset(
    [
        "Add",
        "AveragePool",
        "BatchNormalization",
        "Clip",
        "Concat",
        "Conv",
        "Div",
        "Erf",
        "Exp",
        "Flatten",
        "Gelu",
        "Gemm",
        "GlobalAveragePool",
        "GlobalMaxPool",
        "HardSigmoid",
        "HardSwish",
        "Identity",
        "LayerNormalization",
        "LeakyRelu",
        "LpNormalization",
        "MatMul",
        "MaxPool",
        "Mul",
        "Neg",
        "Pad",
        "Pow",
        "PRelu",
        "Reciprocal",
        "ReduceMean",
        "ReduceMin",
        "ReduceSum",
        "Relu",
        "Reshape",
        "Sigmoid",
        "Slice",
        "Softmax",
        "Split",
        "Sqrt",
        "Squeeze",
        "Sub",
        "Tanh",
        "Transpose",
        "Unsqueeze",
    ]
)
OPSETS = range(OPSET, 22)
IR_VERSIONS = range(8, 12)
# Kinds of attributes, and the field that holds each.
ATTRIBUTES = {
    AttributeProto.FLOAT: "f",
    AttributeProto.INT: "i",
    AttributeProto.STRING: "s",
    AttributeProto.FLOATS: "floats",
    AttributeProto.INTS: "ints",
}

# What the largest backbones need, and a little more: DINOv2 ViT-B has 327 MB, 242 million intermediate results and
# 23 · 10⁹ multiplications; the largest single result, with 5 million numbers, is EfficientNet-B4's.
LARGEST_FILE = 352 << 20
# Everything but the raw bytes of weights: reading it into objects takes about fifty times as much memory.
LARGEST_STRUCTURE = 2 << 20
MOST_NODES = 4096
MOST_INDICES = 1 << 16  # whole numbers (shapes, axes) in all constants together
LARGEST_TENSOR = 1 << 24  # numbers in one intermediate result: 64 MB
LARGEST_TOTAL = 1 << 28  # in all intermediate results together
MOST_OPERATIONS = 25 * 10**9  # multiplications for one picture: about a second on one core


def check(model_bytes: bytes, preprocessing: Preprocessing, classes: int, *, unlike: bool = False) -> ModelProto:
    """Read a graph from an untrusted source.

    Args:
        model_bytes: a serialised ONNX model, as `graphs.with_preprocessing` and `with_head` make it.
        preprocessing: what its manifest says about the preparation of pictures.
        classes: how many classes its manifest names.
        unlike: whether it must give a distance from all that was learnt, too.

    Returns:
        The graph, without anything that was not checked; serialise this, and not `model_bytes`, to run it.

    Raises:
        PackageError: names the rule that the graph breaks.
    """
    _check_size(model_bytes)
    try:
        model: ModelProto = ModelProto.FromString(model_bytes)
    except DecodeError as error:
        raise _refused("Its network is not an ONNX graph.") from error
    _check_envelope(model)
    _check_constants(model.graph)
    _check_nodes(model.graph.node)
    prepared = _check_preprocessing(model.graph, preprocessing)
    _check_ends(model.graph, classes, unlike)
    _strip(model)
    _check_shapes(model, prepared, preprocessing, classes)
    return model


# ---- before anything is read into objects


def _check_size(data: bytes) -> None:
    """Bound what parsing costs: an empty message of two bytes becomes an object of a hundred."""
    if len(data) > LARGEST_FILE:
        raise _refused("Its network is larger than {limit} MB.", limit=LARGEST_FILE >> 20)
    try:
        weights = _Walk().size_at(memoryview(data), (_GRAPH, _INITIALIZER, _RAW_DATA))
    except (IndexError, ValueError) as error:
        raise _refused("Its network is not an ONNX graph.") from error
    if len(data) - weights > LARGEST_STRUCTURE:
        raise _refused("Its network has more parts than any that Discern makes.")


# Field numbers of onnx.proto: ModelProto.graph, GraphProto.initializer, TensorProto.raw_data.
_GRAPH, _INITIALIZER, _RAW_DATA = 7, 5, 9
_MOST_FIELDS = 100_000


class _Walk:
    """Steps through a protocol buffer message without building objects."""

    def __init__(self) -> None:
        self._fields = 0

    def size_at(self, message: memoryview, path: tuple[int, ...]) -> int:
        """The bytes in all fields at `path`; IndexError or ValueError if it is no such message, or endless."""
        position = total = 0
        while position < len(message):
            self._fields += 1
            if self._fields > _MOST_FIELDS:
                raise ValueError("too many fields")
            tag, position = _varint(message, position)
            number, kind = tag >> 3, tag & 7
            if kind == 0:
                _, position = _varint(message, position)
            elif kind == 1:
                position += 8
            elif kind == 5:
                position += 4
            elif kind == 2:
                size, position = _varint(message, position)
                end = position + size
                if end > len(message):
                    raise ValueError("truncated")
                if number == path[0]:
                    total += self.size_at(message[position:end], path[1:]) if path[1:] else size
                position = end
            else:
                raise ValueError("a kind of field that ONNX does not use")
        return total


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    """(value, position after it); IndexError at the end of the message."""
    value = shift = 0
    while True:
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
        if shift > 63:
            raise ValueError("a number too long")


# ---- part by part


def _check_envelope(model: ModelProto) -> None:
    if model.functions or model.training_info or model.configuration:
        raise _refused("Its network brings functions of its own.")
    if [opset.domain for opset in model.opset_import] not in ([""], ["ai.onnx"]):
        raise _refused("Its network uses operators that are not standard.")
    if model.ir_version not in IR_VERSIONS or model.opset_import[0].version not in OPSETS:
        raise _refused(
            "Its network is in a version of ONNX that Discern does not read: {ir}, {opset}.",
            ir=model.ir_version,
            opset=model.opset_import[0].version,
        )


def _check_constants(graph: GraphProto) -> None:
    if graph.sparse_initializer or graph.quantization_annotation:
        raise _refused("Its network has sparse or quantised weights.")
    names = {constant.name for constant in graph.initializer}
    if len(names) < len(graph.initializer) or {"", IMAGE, PROBABILITY, UNLIKE} & names:
        raise _refused("Two weights of its network have one name.")
    if names - {name for node in graph.node for name in node.input}:
        raise _refused("Its network carries weights that it does not use.")
    indices = 0
    for constant in graph.initializer:
        if constant.data_location != TensorProto.DEFAULT or constant.external_data:
            raise _refused("Its network refers to another file.")
        if constant.data_type not in (TensorProto.FLOAT, TensorProto.INT64):
            raise _refused("A weight of its network is no plain number.")
        if constant.HasField("segment"):
            raise _refused("A weight of its network is in pieces.")
        if any(not 0 <= size <= LARGEST_TENSOR for size in constant.dims):
            raise _refused("A weight of its network has an impossible size.")
        width = 4 if constant.data_type == TensorProto.FLOAT else 8
        values = math.prod(constant.dims)
        given = [constant.float_data, constant.int32_data, constant.int64_data, constant.double_data]
        if any(given) or constant.uint64_data or constant.string_data or len(constant.raw_data) != values * width:
            raise _refused("A weight of its network has another size than it says.")
        if constant.data_type == TensorProto.INT64:
            indices += values
        elif not np.isfinite(np.frombuffer(constant.raw_data, "<f4")).all():
            raise _refused("A weight of its network is not a finite number.")
    if indices > MOST_INDICES:
        raise _refused("Its network has more whole numbers than any that Discern makes.")


def _check_nodes(nodes: Sequence[NodeProto]) -> None:
    if len(nodes) > MOST_NODES:
        raise _refused("Its network has more than {limit} operators.", limit=MOST_NODES)
    for node in nodes:
        if node.domain not in ("", "ai.onnx") or node.overload or node.device_configurations:
            raise _refused("Its network uses operators that are not standard.")
        for attribute in node.attribute:
            given = {field.name for field, _ in attribute.ListFields()}
            if attribute.type not in ATTRIBUTES or given - {"name", "type", ATTRIBUTES[attribute.type]}:
                raise _refused("An operator of its network contains another graph or a constant.")


def _check_preprocessing(graph: GraphProto, preprocessing: Preprocessing) -> str:
    """Compare the nodes "pre/…" and their constants with those made anew; returns the name of their result."""
    nodes = [node for node in graph.node if node.name.startswith("pre/")]
    result = nodes[-1].output[0] if nodes and nodes[-1].output else ""
    expected_nodes, expected_constants = preprocessing_part(preprocessing, output=result)
    constants = [constant for constant in graph.initializer if constant.name.startswith("pre/")]
    same = nodes == expected_nodes == list(graph.node[: len(nodes)])
    same &= _by_name(constants) == _by_name(expected_constants) and len(constants) == len(expected_constants)
    if not same:
        raise _refused("Its network prepares pictures in another way than its description says.")
    for node in graph.node[len(nodes) :]:
        if node.op_type not in OPERATORS:
            raise _refused("Its network uses the operator “{kind}”, which Discern does not allow.", kind=node.op_type)
    return result


def _by_name(constants: Sequence[TensorProto]) -> dict[str, bytes]:
    return {constant.name: constant.SerializeToString(deterministic=True) for constant in constants}


def _check_ends(graph: GraphProto, classes: int, unlike: bool) -> None:
    if list(graph.input) != [_image()]:
        raise _refused("Its network does not take one picture.")
    makers = [node.op_type for node in graph.node if PROBABILITY in node.output]
    outputs = [_probability(classes), *([_distance()] if unlike else [])]
    if list(graph.output) != outputs or makers != ["Softmax"]:
        raise _refused("Its network does not give one probability for each of its {classes} classes.", classes=classes)


def _image() -> ValueInfoProto:
    return helper.make_tensor_value_info(IMAGE, TensorProto.UINT8, [1, "height", "width", 3])


def _probability(classes: int) -> ValueInfoProto:
    return helper.make_tensor_value_info(PROBABILITY, TensorProto.FLOAT, [1, classes])


def _distance() -> ValueInfoProto:
    return helper.make_tensor_value_info(UNLIKE, TensorProto.FLOAT, [1, 1])


def _strip(model: ModelProto) -> None:
    """Remove what was not looked at: annotations, settings for the runtime, fields that we don't know."""
    for name in ("producer_name", "producer_version", "domain", "model_version", "doc_string", "metadata_props"):
        model.ClearField(name)
    for name in ("name", "doc_string", "value_info", "metadata_props"):
        model.graph.ClearField(name)
    model.graph.name = "discern"  # it must have one
    for part in (*model.graph.node, *model.graph.initializer):
        part.ClearField("doc_string")
        part.ClearField("metadata_props")
    model.DiscardUnknownFields()


# ---- every size, before it runs


def _check_shapes(model: ModelProto, prepared: str, preprocessing: Preprocessing, classes: int) -> None:
    """Infer every shape behind the preparation, and bound memory and work."""
    light = _without_weights(model)
    rest = ModelProto()
    rest.CopyFrom(light)
    del rest.graph.node[:], rest.graph.input[0]
    rest.graph.node.extend(node for node in model.graph.node if not node.name.startswith("pre/"))
    size = preprocessing.size
    rest.graph.input.append(helper.make_tensor_value_info(prepared, TensorProto.FLOAT, [1, 3, size, size]))
    try:
        # The checker knows each operator's inputs and attributes, and that every name is made once and before use.
        onnx.checker.check_model(light)
        onnx.checker.check_model(rest)
        inferred = onnx.shape_inference.infer_shapes(rest, check_type=True, strict_mode=True, data_prop=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise _refused("Its network does not fit together.") from error
    graph = inferred.graph
    shapes = {value.name: _shape(value) for value in (*graph.input, *graph.value_info, *graph.output)}
    shapes |= {constant.name: tuple(constant.dims) for constant in model.graph.initializer}
    if shapes[PROBABILITY] != (1, classes) or shapes.get(UNLIKE, (1, 1)) != (1, 1):
        raise _refused("Its network does not give one probability for each of its {classes} classes.", classes=classes)
    total = work = 0
    for node in graph.node:
        results = [name for name in node.output if name]
        if missing := [name for name in results if name not in shapes]:
            raise _refused("The size of “{name}” in its network can't be known in advance.", name=missing[0])
        for name in results:
            values = math.prod(shapes[name])
            if values > LARGEST_TENSOR:
                raise _refused("Its network needs more memory than any that Discern makes.")
            total += values
        work += _operations(node, shapes)
    if total > LARGEST_TOTAL:
        raise _refused("Its network needs more memory than any that Discern makes.")
    if work > MOST_OPERATIONS:
        raise _refused("Its network needs more time than any that Discern makes.")


def _without_weights(model: ModelProto) -> ModelProto:
    """The same graph with its weights as inputs, so that looking at it costs little memory."""
    light = ModelProto()
    light.ir_version = model.ir_version
    light.opset_import.extend(model.opset_import)
    graph = light.graph
    graph.name = "discern"
    graph.node.extend(model.graph.node)
    graph.input.extend(model.graph.input)
    graph.output.extend(model.graph.output)
    for constant in model.graph.initializer:
        if constant.data_type == TensorProto.FLOAT:
            graph.input.append(helper.make_tensor_value_info(constant.name, TensorProto.FLOAT, list(constant.dims)))
        else:
            graph.initializer.append(constant)
    return light


def _shape(value: ValueInfoProto) -> tuple[int, ...]:
    tensor = value.type.tensor_type
    if tensor.elem_type not in (TensorProto.FLOAT, TensorProto.INT64):
        raise _refused("A result of its network is no plain number.")
    sizes = tuple(size.dim_value for size in tensor.shape.dim)  # 0 where it isn't known
    if not tensor.HasField("shape") or any(size < 1 for size in sizes):
        raise _refused("The size of “{name}” in its network can't be known in advance.", name=value.name)
    return sizes


def _operations(node: NodeProto, shapes: Mapping[str, tuple[int, ...]]) -> int:
    """Multiplications that one operator takes, roughly."""
    size = math.prod(shapes[node.output[0]])
    if node.op_type == "Conv":
        return size * math.prod(shapes[node.input[1]][1:])
    if node.op_type == "MatMul":
        return size * shapes[node.input[0]][-1]
    if node.op_type == "Gemm":  # which may transpose what it is given
        return size * max(shapes[node.input[0]])
    for attribute in node.attribute:
        if attribute.name == "kernel_shape":
            return size * math.prod(max(int(edge), 1) for edge in attribute.ints)
    return max(size, math.prod(shapes[node.input[0]]))


def _refused(why: str, **values: object) -> PackageError:
    return PackageError(
        "This model is not one that Discern runs.",
        why=why,
        hint="Ask for the model again, from the computer that made it.",
        **values,
    )
