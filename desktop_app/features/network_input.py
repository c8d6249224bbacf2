"""The very picture that a network gets, for people to look at.

The nodes that every model has in front of its network are run alone, so what is shown is what training and
prediction see, to the last pixel; only the normalising is undone again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from desktop_app.features.preprocessing import Preprocessing


@dataclass(frozen=True, slots=True)
class Placement:
    """How a picture lies in the network's square.

    Attributes:
        size: edge of the square, in pixels.
        width, height: of the resized picture, in pixels of the square; beyond the square they are cut off.
        scale_x, scale_y: pixels of the square for one of the picture; above 1 it is enlarged.
    """

    size: int
    width: int
    height: int
    scale_x: float
    scale_y: float

    @property
    def cut_off(self) -> float:
        """The share of the picture that the network does not see, 0–1."""
        seen = min(self.width, self.size) * min(self.height, self.size)
        return 1 - seen / (self.width * self.height)

    @property
    def border(self) -> float:
        """The share of the square that is not picture, 0–1."""
        return 1 - min(self.width, self.size) * min(self.height, self.size) / self.size**2


def placement(width: int, height: int, preprocessing: Preprocessing) -> Placement:
    """How a picture of that size is fitted, by the rule in `graphs.preprocessing_part`."""
    size = preprocessing.size
    if preprocessing.fit == "squash":
        return Placement(size, size, size, size / width, size / height)
    reference = max(width, height) if preprocessing.fit == "pad" else min(width, height)
    new_width, new_height = (max(1, (2 * size * edge + reference) // (2 * reference)) for edge in (width, height))
    return Placement(size, new_width, new_height, size / reference, size / reference)


def network_input(image: NDArray[np.uint8], preprocessing: Preprocessing) -> NDArray[np.uint8]:
    """Prepare a picture as in front of a network.

    Args:
        image: (height, width, 3), as `load_rgb(…, target=preprocessing.size)` returns it.

    Returns:
        (size, size, 3), before the normalising: borders have the mean colour.
    """
    from desktop_app.features.runtime import Network

    model = preparation(preprocessing)
    normalised = Network(model, preprocessing)(image).transpose(1, 2, 0)
    mean, std = (np.array(values, np.float32) for values in (preprocessing.mean, preprocessing.std))
    pixels = np.rint(255 * (normalised * std + mean)).clip(0, 255)
    return np.ascontiguousarray(pixels, np.uint8)


@lru_cache(maxsize=8)
def preparation(preprocessing: Preprocessing) -> bytes:
    """A model of nothing but the preparation, serialised."""
    from onnx import TensorProto, helper

    from desktop_app.features.graphs import IMAGE, OPSET, preprocessing_part

    size = preprocessing.size
    nodes, constants = preprocessing_part(preprocessing, output="pixels")
    graph = helper.make_graph(
        nodes,
        "preparation",
        [helper.make_tensor_value_info(IMAGE, TensorProto.UINT8, [1, "height", "width", 3])],
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, size, size])],
        constants,
    )
    # An older format than onnx's newest, which ONNX Runtime may not know yet.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    serialised: bytes = model.SerializeToString()
    return serialised
