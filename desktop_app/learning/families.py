"""How the libraries' models become named stages: for each family where to cut, and what its classifier is called.

Sizes, names and everything else in which the networks of one family differ are in `backbones`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from desktop_app.learning import transformer
from desktop_app.learning.backbones import Backbone, Family, Library

Parts = Iterator[nn.Module]
BLOCKS_PER_STAGE = 2  # of a vision transformer, which itself has no stages


@dataclass(frozen=True, slots=True)
class Kind:
    """What is particular about the networks of one family.

    Attributes:
        split: yields the stages of a library model one after the other.
        classifier: the part of the library model that is left out.
        size_option: the library's name for the size of pictures, where the model must know it.
    """

    split: Callable[[Any], Parts]
    classifier: str
    size_option: str = ""


def library_model(backbone: Backbone) -> nn.Module:
    """The library's model with its classifier, but without memory for its weights; nothing is downloaded."""
    kind = KINDS[backbone.library, backbone.family]
    options = {kind.size_option: backbone.size} if kind.size_option else {}
    with _Weightless():
        return _CREATORS[backbone.library](backbone.model, options).eval()


def without_classifier(model: nn.Module, backbone: Backbone) -> nn.Module:
    """The same library model with nothing in its classifier's place."""
    model.set_submodule(KINDS[backbone.library, backbone.family].classifier, nn.Identity())
    return model


def stages(model: nn.Module, backbone: Backbone) -> nn.Sequential:
    """A library model as named stages, sharing its layers; they need their weights already.

    Returns:
        Takes pixels [n, 3, size, size], gives embeddings [n, backbone.embedding]: the library model's pooled features.
    """
    parts = KINDS[backbone.library, backbone.family].split(model)
    return nn.Sequential(OrderedDict(zip(backbone.stages, parts, strict=True))).eval()


class _Weightless(TorchFunctionMode):
    """Gives new tensors a shape but no memory: weights are about to be loaded, so random ones are a waste of time.

    Unlike with `torch.device("meta")`, models may compute with numbers while they are built.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        elsewhere = {"device": "meta"} if func is torch.empty else {}
        return func(*args, **(kwargs or {}) | elsewhere)


def _of_torchvision(name: str, options: dict[str, Any]) -> nn.Module:
    import torchvision  # a second

    model: nn.Module = torchvision.models.get_model(name, weights=None, **options)
    return model


def _of_timm(name: str, options: dict[str, Any]) -> nn.Module:
    import timm  # seconds

    model: nn.Module = timm.create_model(name, pretrained=False, **options)
    return model


_CREATORS: dict[Library, Callable[[str, dict[str, Any]], nn.Module]] = {
    "torchvision": _of_torchvision,
    "timm": _of_timm,
}


# ---- where to cut


def _named(**layers: nn.Module) -> nn.Sequential:
    return nn.Sequential(OrderedDict(layers))


def _pool() -> nn.Sequential:
    return _named(mean=nn.AdaptiveAvgPool2d(1), flat=nn.Flatten())


def _efficientnet_lite(model: Any) -> Parts:
    yield _named(conv=model.conv_stem, norm=model.bn1)
    yield from model.blocks
    yield _named(conv=model.conv_head, norm=model.bn2, pool=model.global_pool)


def _resnet(model: Any) -> Parts:
    yield _named(conv=model.conv1, norm=model.bn1, act=model.relu, pool=model.maxpool)
    yield from (model.layer1, model.layer2, model.layer3, model.layer4)
    yield _pool()


def _vgg(model: Any) -> Parts:
    stage = nn.Sequential()
    for layer in model.features:
        stage.append(layer)
        if isinstance(layer, nn.MaxPool2d):
            yield stage
            stage = nn.Sequential()
    yield _pool()


def _efficientnet(model: Any) -> Parts:
    *before, last = model.features
    yield from before
    yield _named(conv=last, pool=_pool())


def _mobilenet(model: Any) -> Parts:
    """Its blocks are a flat list; a stage begins where the number of channels changes."""
    stem, *blocks, last = model.features
    yield stem
    stage, channels = nn.Sequential(), blocks[0].out_channels
    for block in blocks:
        if block.out_channels != channels:
            yield stage
            stage, channels = nn.Sequential(), block.out_channels
        stage.append(block)
    yield stage
    yield _named(conv=last, pool=_pool())


def _convnext(model: Any) -> Parts:
    stem, first, *rest = model.features
    yield stem
    yield first
    for halved, blocks in zip(rest[::2], rest[1::2], strict=True):
        yield _named(halved=halved, blocks=blocks)
    norm, flat, _ = model.classifier
    yield _named(mean=model.avgpool, norm=norm, flat=flat)


def _regnet(model: Any) -> Parts:
    yield model.stem
    yield from model.trunk_output
    yield _pool()


def _transformer(tokens: nn.Module, blocks: list[nn.Sequential], norm: nn.Module) -> Parts:
    yield tokens
    for start in range(0, len(blocks), BLOCKS_PER_STAGE):
        yield nn.Sequential(*blocks[start : start + BLOCKS_PER_STAGE])
    yield _named(token=transformer.ClassToken(), norm=norm)


def _vit_of_torchvision(model: Any) -> Parts:
    encoder = model.encoder
    blocks = [
        transformer.block(
            {"norm": block.ln_1, "attention": _attention_of_torchvision(block.self_attention)},
            {"norm": block.ln_2, "mlp": block.mlp},
        )
        for block in encoder.layers
    ]
    tokens = transformer.Tokens(model.conv_proj, model.class_token, encoder.pos_embedding)
    return _transformer(tokens, blocks, encoder.ln)


def _attention_of_torchvision(attention: nn.MultiheadAttention) -> transformer.Attention:
    joined = nn.Linear(attention.embed_dim, 3 * attention.embed_dim, device="meta")
    joined.weight = attention.in_proj_weight
    joined.bias = attention.in_proj_bias
    return transformer.Attention(joined, attention.out_proj, attention.num_heads)


def _vit_of_timm(model: Any) -> Parts:
    blocks = [
        transformer.block(
            {
                "norm": block.norm1,
                "attention": transformer.Attention(block.attn.qkv, block.attn.proj, block.attn.num_heads),
                "scale": block.ls1,
            },
            {"norm": block.norm2, "mlp": block.mlp, "scale": block.ls2},
        )
        for block in model.blocks
    ]
    tokens = transformer.Tokens(model.patch_embed.proj, model.cls_token, model.pos_embed)
    return _transformer(tokens, blocks, model.norm)


KINDS: dict[tuple[Library, Family], Kind] = {
    ("timm", "EfficientNet-Lite"): Kind(_efficientnet_lite, "classifier"),
    ("torchvision", "ResNet"): Kind(_resnet, "fc"),
    ("torchvision", "VGG"): Kind(_vgg, "classifier"),
    ("torchvision", "EfficientNet"): Kind(_efficientnet, "classifier"),
    ("torchvision", "MobileNetV3"): Kind(_mobilenet, "classifier"),
    ("torchvision", "ConvNeXt"): Kind(_convnext, "classifier.2"),
    ("torchvision", "RegNet"): Kind(_regnet, "fc"),
    ("torchvision", "ViT"): Kind(_vit_of_torchvision, "heads", "image_size"),
    ("timm", "ViT"): Kind(_vit_of_timm, "head", "img_size"),
    ("timm", "DINOv2"): Kind(_vit_of_timm, "head", "img_size"),
}
