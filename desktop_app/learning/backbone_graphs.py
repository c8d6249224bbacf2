"""Backbones as ONNX graphs: made once, then kept in the cache.

Those that Discern brings along are made from their outlines, in a tenth of a second, others by torch, in several.
"""

from __future__ import annotations

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import ModelProto

from desktop_app import storage
from desktop_app.learning import library, outlines
from desktop_app.learning.backbones import Backbone


def load(backbone: Backbone) -> ModelProto:
    """The backbone's graph, from pixels to the outputs of all its stages, each named after its stage.

    Input "pixels": float32 [1, 3, size, size], normalised. The last stage's output is called "embedding". The graph's
    weights have the names of `networks.folded`'s.

    Raises:
        WeightsError: the graph must be made first, and the weights are missing or damaged.
    """
    path = library.graph_file(backbone)
    try:
        return onnx.load_from_string(path.read_bytes())
    except (OSError, DecodeError):
        graph = outlines.graph(backbone) or export(backbone)
        storage.write_atomic(path, graph.SerializeToString())
        return graph


def export(backbone: Backbone) -> ModelProto:
    """Let torch make the graph from the pretrained weights."""
    from desktop_app.learning import networks

    return networks.to_onnx(networks.folded(networks.pretrained(backbone), backbone.size), backbone.size)
