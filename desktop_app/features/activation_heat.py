"""What each place of a picture tells a network that averages its last stage over the picture.

The head's weights, applied before the averaging, tell what each place contributes: the class activation map, which for
such networks is Grad-CAM up to a factor. Between the average and the head there may be a LayerNorm, as in ConvNeXt, and
a hidden layer; through both the class's score is followed back by its slope, as Grad-CAM does.

Sources: B. Zhou, A. Khosla, A. Lapedriza, A. Oliva, A. Torralba, "Learning deep features for discriminative
localization", CVPR (2016); R. R. Selvaraju et al., "Grad-CAM: visual explanations from deep networks via gradient-based
localization", ICCV (2017), section 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, numpy_helper

from desktop_app.features.graphs import embedding_of, head_layers

Map = NDArray[np.float32]

_SAME_VALUES = ("Flatten", "Reshape", "Squeeze", "Identity", "Transpose")  # only look at values in another shape


class ActivationHeat:
    """Reads the heat off the last stage of one network.

    Attributes:
        taps: the result of the graph that `heat` needs.
    """

    method: Final = "activation"

    def __init__(self, model: ModelProto, stage: str, norm: NodeProto | None) -> None:
        self.taps = (stage,)
        self._layers = head_layers(model)
        self._norm = _LayerNorm(model, norm) if norm is not None else None

    @classmethod
    def of(cls, model: ModelProto) -> ActivationHeat | None:
        """None if the network does not average over the picture.

        Args:
            model: a checked graph from picture to probabilities, see `graphs`.
        """
        makers = {name: node for node in model.graph.node for name in node.output}
        norm, node = None, makers.get(embedding_of(model))
        while node is not None and (
            node.op_type in _SAME_VALUES or (node.op_type == "LayerNormalization" and not norm)
        ):
            norm = node if node.op_type == "LayerNormalization" else norm
            node = makers.get(node.input[0])
        if node is None or not _averages(model, node):
            return None
        return cls(model, str(node.input[0]), norm)

    def heat(self, tapped: Sequence[Map], target: int) -> Map | None:
        """(h, w) over the network's square; None if the network turns out to work in another way.

        Args:
            tapped: `taps`, each without its first axis.
        """
        (stage,) = tapped
        if stage.ndim != 3 or len(stage) != len(self._layers[0][0]):
            return None
        averages = stage.mean(axis=(1, 2))
        slope = self._slope(self._norm(averages) if self._norm else averages, target)
        if self._norm:
            slope = self._norm.slope(averages, slope)
        return np.asarray(np.tensordot(slope, stage, axes=1), np.float32)

    def _slope(self, embedding: Map, target: int) -> Map:
        """(D,) how the class's score changes with each number of the embedding."""
        weight, _ = self._layers[-1]
        slope = weight[:, target]
        if len(self._layers) > 1:
            hidden, bias = self._layers[0]
            slope = hidden @ (slope * (embedding @ hidden + bias > 0))
        return np.asarray(slope, np.float32)


class _LayerNorm:
    """Layer normalisation of one vector, forth and back."""

    def __init__(self, model: ModelProto, node: NodeProto) -> None:
        constants = {constant.name: constant for constant in model.graph.initializer}
        self._scale, self._shift = (numpy_helper.to_array(constants[name]) for name in node.input[1:3])
        self._epsilon = next((attribute.f for attribute in node.attribute if attribute.name == "epsilon"), 1e-5)

    def _standard(self, values: Map) -> tuple[Map, np.float32]:
        spread = np.sqrt(values.var() + np.float32(self._epsilon))
        return (values - values.mean()) / spread, spread

    def __call__(self, values: Map) -> Map:
        return np.asarray(self._standard(values)[0] * self._scale + self._shift, np.float32)

    def slope(self, values: Map, after: Map) -> Map:
        """How a score changes with each value, if it changes by `after` with each normalised one."""
        standard, spread = self._standard(values)
        scaled = after * self._scale
        return np.asarray((scaled - scaled.mean() - standard * (scaled * standard).mean()) / spread, np.float32)


def _averages(model: ModelProto, node: NodeProto) -> bool:
    return node.op_type == "GlobalAveragePool" or (node.op_type == "ReduceMean" and _axes(model, node) == {2, 3})


def _axes(model: ModelProto, node: NodeProto) -> set[int]:
    """The axes that a ReduceMean averages over, of a [1, C, h, w] input."""
    constants = {constant.name: constant for constant in model.graph.initializer}
    given: Iterator[int] = (
        int(axis) for attribute in node.attribute if attribute.name == "axes" for axis in attribute.ints
    )
    axes = list(given)
    if len(node.input) > 1 and node.input[1] in constants:
        axes = numpy_helper.to_array(constants[node.input[1]]).tolist()
    return {axis % 4 for axis in axes}
