"""Where in a picture a network looks when it calls a class: a heatmap.

Most networks average their last stage over the picture: there the head's weights tell what each place contributes, see
`activation_heat`. Vision transformers read their answer off a class token: there each patch's share in it is left out,
see `attention_heat`. Of any other network, the picture is covered patch by patch, and what the class loses is the heat
of the place; that takes 49 times as long and is as coarse.

Source of the covering: M. D. Zeiler, R. Fergus, "Visualizing and understanding convolutional networks", ECCV (2014),
section 4.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto

from desktop_app.features.activation_heat import ActivationHeat
from desktop_app.features.attention_heat import AttentionHeat
from desktop_app.features.graphs import tapped
from desktop_app.features.network_input import network_input, placement
from desktop_app.features.preprocessing import Preprocessing
from desktop_app.features.runtime import Network

Map = NDArray[np.float32]
Method: TypeAlias = Literal["activation", "attention", "covering"]

_PATCHES = 7  # covered along each edge of the network's square
_FRAME = 1 / 8  # of the picture's edges, on each side: its border
_SMALLEST = 1e-12


@dataclass(frozen=True, eq=False)
class Explanation:
    """Where a network looks in one picture.

    Attributes:
        probabilities: (classes,)
        target: the class that is explained, as an index.
        heat: (height, width) over the picture, coarse, 0–1; all 0 where nothing speaks for the class.
        method: how it was found; one by "covering" is rough.
    """

    probabilities: Map
    target: int
    heat: Map
    method: Method


class Explainer:
    """Explains what one network says; may be used from many threads at the same time.

    Args:
        model: a checked graph from picture to probabilities, see `graphs`.
        threads: for each picture, see `runtime.Network`.
    """

    def __init__(self, model: ModelProto, preprocessing: Preprocessing, threads: int = 1) -> None:
        self.preprocessing = preprocessing
        self._way = ActivationHeat.of(model) or AttentionHeat.of(model, threads)
        taps = self._way.taps if self._way else ()
        self._network = Network(tapped(model, taps).SerializeToString(), preprocessing, threads)
        self._declared = len(model.graph.output)

    def __call__(self, image: NDArray[np.uint8], target: int | None = None) -> Explanation:
        """Explain a picture.

        Args:
            image: (height, width, 3), as `load_rgb(…, target=preprocessing.size)` returns it.
            target: the class to explain; the most probable one if None.
        """
        outputs = self._network.outputs(image)
        probabilities = outputs[0]
        chosen = int(probabilities.argmax()) if target is None else target
        if self._way and (square := self._way.heat(outputs[self._declared :], chosen)) is not None:
            return Explanation(probabilities, chosen, self._on_picture(square, image), self._way.method)
        square = self._covered(image, chosen, float(probabilities[chosen]))
        return Explanation(probabilities, chosen, self._on_picture(square, image), "covering")

    def probabilities(self, image: NDArray[np.uint8]) -> Map:
        """(classes,) what the network says of a picture, without looking for reasons."""
        return self._network(image)

    def _covered(self, image: NDArray[np.uint8], target: int, before: float) -> Map:
        """What the class loses, in log odds, when each patch of the network's square is covered by the mean colour.

        The network's own preparation leaves a picture of its size as it is, but for rounding.
        """
        seen = network_input(image, self.preprocessing)
        mean = np.rint(255 * np.array(self.preprocessing.mean)).astype(np.uint8)
        edges = np.linspace(0, len(seen), _PATCHES + 1).astype(int)
        heat = np.zeros((_PATCHES, _PATCHES), np.float32)
        for row, column in np.ndindex(_PATCHES, _PATCHES):
            covered = seen.copy()
            covered[edges[row] : edges[row + 1], edges[column] : edges[column + 1]] = mean
            heat[row, column] = odds(before) - odds(float(self._network(covered)[target]))
        return heat

    def _on_picture(self, square: Map, image: NDArray[np.uint8]) -> Map:
        """What speaks for the class, on the part of the network's square that is picture; outside of it there is none.

        Args:
            square: (h, w) over the network's square.
        """
        height, width = image.shape[:2]
        lies = placement(width, height, self.preprocessing)
        rows, columns = square.shape
        heat = np.maximum(square, 0)
        # The centre of each place of the result, of the same fineness, as a place in the square.
        y = (np.arange(rows) + 0.5) / rows * lies.height + (lies.size - lies.height) / 2
        x = (np.arange(columns) + 0.5) / columns * lies.width + (lies.size - lies.width) / 2
        found = _sampled(heat, y / lies.size, x / lies.size)
        highest = float(found.max())
        return found / np.float32(highest) if highest > 0 else found


def covered(image: NDArray[np.uint8], part: Literal["border", "middle"]) -> NDArray[np.uint8]:
    """The picture with its border, or as large a part of its middle, covered by its mean colour."""
    height, width = image.shape[:2]
    edge = 1 - 2 * _FRAME if part == "border" else np.sqrt(1 - (1 - 2 * _FRAME) ** 2)
    top, left = round(height * (1 - edge) / 2), round(width * (1 - edge) / 2)
    inner = np.zeros((height, width), bool)
    inner[top : height - top, left : width - left] = True
    result = image.copy()
    result[inner == (part == "middle")] = np.rint(image.mean(axis=(0, 1))).astype(np.uint8)
    return result


def border_share(heat: Map) -> tuple[float, float]:
    """The share of the heat that lies on the picture's border, and the border's share of the picture; 0–1."""
    fine = 8
    rows, columns = (fine * edge for edge in heat.shape)
    spread = _sampled(heat, (np.arange(rows) + 0.5) / rows, (np.arange(columns) + 0.5) / columns)
    inner = np.zeros(spread.shape, bool)
    top, left = round(rows * _FRAME), round(columns * _FRAME)
    inner[top : rows - top, left : columns - left] = True
    total = float(spread.sum())
    return (1 - float(spread[inner].sum()) / total if total else 0.0), 1 - float(inner.mean())


def enlarged(heat: Map, height: int, width: int) -> Map:
    """(height, width) the heat at every pixel of a picture, smoothly."""
    return _sampled(heat, (np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width)


def _sampled(heat: Map, y: NDArray[np.floating], x: NDArray[np.floating]) -> Map:
    """(len(y), len(x)) bilinear samples at shares of the edges; 0 beyond the edges."""

    def weights(places: NDArray[np.floating], cells: int) -> NDArray[np.float64]:
        position = np.clip(places * cells - 0.5, 0, cells - 1)
        within = (places >= 0) & (places <= 1)
        near: NDArray[np.float64] = np.maximum(0, 1 - np.abs(position[:, None] - np.arange(cells)))
        return near * within[:, None]

    rows, columns = heat.shape
    return np.asarray(weights(y, rows) @ heat @ weights(x, columns).T, np.float32)


def odds(probability: float) -> float:
    """The logarithm of a probability's odds, finite for certainty, too."""
    inside = min(max(probability, _SMALLEST), 1 - 1e-7)
    return float(np.log(inside / (1 - inside)))
