"""What a run says about pictures: the one path that measuring and suggesting take."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop_app.errors import ImageError
from desktop_app.project.project import Project
from desktop_app.project.runs import Run


def from_embeddings(project: Project, run: Run, hashes: list[str]) -> list[NDArray[np.float32] | None]:
    """Class probabilities of each picture whose embedding is cached, in milliseconds; None for the others.

    Only where the backbone stayed frozen: embeddings are those of the frozen one.
    """
    nothing: list[NDArray[np.float32] | None] = [None] * len(hashes)
    key = run.document.get("embedding_key")
    if run.document.get("phase") != "freeze" or not isinstance(key, str):
        return nothing
    head = _read_head(run)
    if head is None:
        return nothing
    weight, bias = head
    cached = project.index.embeddings(key, hashes)
    usable = {
        content: vector
        for content, vector in cached.items()
        if vector.shape == weight.shape[:1] and np.isfinite(vector).all()
    }
    if not usable:
        return nothing
    known = dict(zip(usable, _softmax(np.stack(list(usable.values())) @ weight + bias), strict=True))
    return [known.get(content) for content in hashes]


def from_pictures(run: Run, paths: list[Path]) -> Generator[NDArray[np.float32] | ImageError, None, None]:
    """Class probabilities from the run's own graph, in order; or why a picture can't be used.

    Raises:
        PackageError: the graph can't be trusted.
    """
    # Slow to import, and not needed where everything is cached.
    from desktop_app.features import graph_check
    from desktop_app.features.preprocessing import Preprocessing
    from desktop_app.features.runtime import Network, map_pictures

    preprocessing = Preprocessing.from_dict(run.document.get("preprocessing"))
    # A project may come from anywhere, with its runs.
    graph = graph_check.check(run.model_onnx.read_bytes(), preprocessing, len(run.classes))
    with contextlib.closing(map_pictures(Network(graph.SerializeToString(), preprocessing), paths)) as results:
        for _, result in results:
            yield result


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, C) → probabilities, each row adding up to 1."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _read_head(run: Run) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    """The run's linear classifier: weight (D, C) and bias (C,); None if it has none that fits."""
    import safetensors

    try:
        with safetensors.safe_open(run.model_weights, framework="numpy") as tensors:
            weight, bias = (tensors.get_tensor(f"head.{name}") for name in ("weight", "bias"))
    except (OSError, safetensors.SafetensorError):
        return None
    fits = weight.ndim == 2 and weight.shape[1:] == bias.shape == (len(run.classes),)
    if not fits or not (np.isfinite(weight).all() and np.isfinite(bias).all()):
        return None
    return weight.astype(np.float32), bias.astype(np.float32)
