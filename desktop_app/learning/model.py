"""What a training makes: the best head, the weights that it changed, and the files that carry them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from onnx import ModelProto

from desktop_app import storage
from desktop_app.events import Phase
from desktop_app.features import graphs
from desktop_app.features.preprocessing import Preprocessing
from desktop_app.learning import tensors
from desktop_app.learning.head import Array, Head, Labels
from desktop_app.learning.recipe import Measure
from desktop_app.learning.scores import Score
from desktop_app.project.runs import Run

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Model:
    """The best epoch of a phase.

    Attributes:
        phase: which phase.
        epoch: from 1.
        head: for plain embeddings.
        score: on the validation pictures.
        weights: those of the backbone that differ from the pretrained ones, under the names of the graph's.
    """

    phase: Phase
    epoch: int
    head: Head
    score: Score
    weights: dict[str, Array] = field(default_factory=dict)

    def on(self, embeddings: Array, labels: Labels) -> Model:
        """The same model with its score on other validation pictures, by their plain embeddings."""
        return replace(self, score=self.head.score(embeddings, labels))

    @property
    def facts(self) -> dict[str, Any]:
        """What a run's document says of it."""
        validation = {"right": self.score.right, "n": self.score.n}
        return {"phase": self.phase, "epoch": self.epoch, "validation": validation}

    def beats(self, other: Model, measure: Measure = "accuracy") -> bool:
        return self.score.beats(other.score, measure)


def write(model: Model, run: Run, graph: ModelProto, preprocessing: Preprocessing) -> None:
    """Write `model.onnx`, from picture to probabilities, and `model.safetensors`, all its weights.

    The tensors are those of the graph: "backbone.…" with BatchNorms folded into the convolutions before them,
    "head.weight" (D, C) and "head.bias" (C,) for plain embeddings; a hidden layer in between is "head.hidden.weight"
    (D, H) and "head.hidden.bias" (H,), and "head.weight" then (H, C).

    Args:
        graph: the pretrained backbone, see `backbone_graphs.load`.

    Raises:
        StorageError: the disk refused.
    """
    network = graphs.with_weights(graphs.up_to(graph, graphs.EMBEDDING), model.weights)
    weights = {f"backbone.{name}": value for name, value in graphs.weights(network.graph).items()}
    weights |= {f"head.{name}": value for name, value in model.head.tensors.items()}
    document = {
        "format": FORMAT,
        "backbone": run.document["backbone"],
        "classes": list(run.classes),
        "preprocessing": preprocessing.to_dict(),
    }
    head, prepared = model.head, graphs.with_preprocessing(network, preprocessing)
    hidden = (head.hidden.weight, head.hidden.bias) if head.hidden else None
    complete = graphs.with_head(prepared, head.weight, head.bias, hidden)
    storage.write_atomic(run.model_weights, tensors.pack(weights, document))
    storage.write_atomic(run.model_onnx, complete.SerializeToString())
