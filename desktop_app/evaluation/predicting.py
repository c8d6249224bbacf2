"""What a run says about pictures: the one path that measuring and suggesting take."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from desktop_app.errors import ImageError
from desktop_app.evaluation.predictions import Predictions
from desktop_app.project import names
from desktop_app.project.project import Project
from desktop_app.project.runs import Run

if TYPE_CHECKING:
    from desktop_app.features.runtime import Network
    from desktop_app.features.unlike import Unlike


class Answer(NamedTuple):
    """What a run says about one picture.

    Attributes:
        probabilities: (classes,)
        unlike: how far the picture is from all that was learnt, see `features.unlike`; None where that isn't known.
    """

    probabilities: NDArray[np.float32]
    unlike: float | None


def from_embeddings(project: Project, run: Run, hashes: list[str], unlike: Unlike | None = None) -> list[Answer | None]:
    """The answer for each picture whose embedding is cached, in milliseconds; None for the others.

    Only where the backbone stayed frozen: embeddings are those of the frozen one.
    """
    nothing: list[Answer | None] = [None] * len(hashes)
    head = read_head(run)
    if head is None:
        return nothing
    weight, bias = head
    usable = cached_embeddings(project, run, hashes, len(weight))
    if not usable:
        return nothing
    matrix = np.stack(list(usable.values()))
    probabilities = _softmax(matrix @ weight + bias)
    distances = unlike(matrix).tolist() if unlike else [None] * len(matrix)
    known = dict(zip(usable, map(Answer, probabilities, distances), strict=True))
    return [known.get(content) for content in hashes]


def cached_embeddings(project: Project, run: Run, hashes: list[str], size: int) -> dict[str, NDArray[np.float32]]:
    """The embeddings of length `size` that the index holds for a run, by content; only where they are the run's own."""
    key = run.document.get("embedding_key")
    if run.document.get("phase") != "freeze" or not isinstance(key, str):
        return {}
    cached = project.index.embeddings(key, hashes)
    return {
        content: vector for content, vector in cached.items() if vector.shape == (size,) and np.isfinite(vector).all()
    }


def from_pictures(
    run: Run, paths: list[Path], unlike: Unlike | None = None
) -> Generator[Answer | ImageError, None, None]:
    """Answers from the run's own graph, in order; or why a picture can't be used.

    Raises:
        PackageError: the graph can't be trusted.
    """
    # Slow to import, and not needed where everything is cached.
    from desktop_app.features import graph_check, graphs
    from desktop_app.features.preprocessing import Preprocessing
    from desktop_app.features.runtime import Network, map_pictures

    preprocessing = Preprocessing.from_dict(run.document.get("preprocessing"))
    # A project may come from anywhere, with its runs.
    graph = graph_check.check(run.model_onnx.read_bytes(), preprocessing, len(run.classes))
    if unlike:
        graph = graphs.with_unlike(graph, unlike)
    reader = _Answering(Network(graph.SerializeToString(), preprocessing))
    with contextlib.closing(map_pictures(reader, paths)) as results:
        for _, result in results:
            yield result


def tabulated(
    classes: Sequence[str],
    files: Sequence[str],
    hashes: Sequence[str],
    actual: Sequence[str],
    answers: Sequence[Answer],
) -> Predictions:
    """Answers as a table, under the model's classes and under those of pictures that it never learned.

    Args:
        classes: the model's, in the order of its probabilities.
        files, hashes, actual: of each picture: its file, its content, the name of its class.
    """
    known = {names.same_text(name): position for position, name in enumerate(classes)}
    every = list(classes)
    for name in dict.fromkeys(actual):
        if names.same_text(name) not in known:
            known[names.same_text(name)] = len(every)
            every.append(name)
    table = np.zeros((len(files), len(every)), np.float32)
    if answers:
        table[:, : len(classes)] = np.stack([answer.probabilities for answer in answers])
    distances = [answer.unlike for answer in answers if answer.unlike is not None]
    return Predictions(
        files=tuple(files),
        hashes=tuple(hashes),
        classes=tuple(every),
        actual=np.array([known[names.same_text(name)] for name in actual], np.int32),
        probabilities=table,
        unlike=np.array(distances, np.float32) if answers and len(distances) == len(answers) else None,
    )


class _Answering:
    def __init__(self, network: Network) -> None:
        self._network = network

    def read(self, source: Path, /) -> Answer:
        probabilities, *distance = self._network.read_outputs(source)
        return Answer(probabilities, float(distance[0][0]) if distance else None)


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, C) → probabilities, each row adding up to 1."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def read_head(run: Run) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    """The run's linear classifier: weight (D, C) and bias (C,); None if it has none that fits, or a hidden layer."""
    import safetensors

    try:
        with safetensors.safe_open(run.model_weights, framework="numpy") as tensors:
            if "head.hidden.weight" in tensors.keys():  # noqa: SIM118  it is no mapping
                return None
            weight, bias = (tensors.get_tensor(f"head.{name}") for name in ("weight", "bias"))
    except (OSError, safetensors.SafetensorError):
        return None
    fits = weight.ndim == 2 and weight.shape[1:] == bias.shape == (len(run.classes),)
    if not fits or not (np.isfinite(weight).all() and np.isfinite(bias).all()):
        return None
    return weight.astype(np.float32), bias.astype(np.float32)
