"""Backbones as sequences of named stages, made ready for frozen use and fine-tuning."""

from __future__ import annotations

import copy
import io
import warnings
from collections import OrderedDict
from typing import Any

import onnx
import timm
import torch
from onnx import ModelProto
from timm.layers.conv2d_same import Conv2dSame
from timm.layers.padding import pad_same_arg
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.utils.fusion import fuse_conv_bn_weights

from desktop_app.features import graphs
from desktop_app.learning import weights
from desktop_app.learning.backbones import Backbone


def pretrained(backbone: Backbone) -> nn.Sequential:
    """The backbone's named stages with its official weights, in evaluation mode.

    Raises:
        WeightsError: the weights are missing or damaged.
    """
    model = library_model(backbone)
    model.load_state_dict(weights.load(backbone, model.state_dict()))
    return stages(model, backbone)


def library_model(backbone: Backbone) -> nn.Module:
    """timm's model with random weights; nothing is downloaded."""
    model: nn.Module = timm.create_model(backbone.model, pretrained=False)
    return model


def stages(model: nn.Module, backbone: Backbone) -> nn.Sequential:
    """A library model without its classifier, as named stages.

    Returns:
        Takes pixels [n, 3, size, size], gives embeddings [n, backbone.embedding]: the library model's pooled features.
    """
    library: Any = model  # timm's attributes
    parts = [
        nn.Sequential(OrderedDict(conv=library.conv_stem, norm=library.bn1)),
        *library.blocks,
        nn.Sequential(OrderedDict(conv=library.conv_head, norm=library.bn2, pool=library.global_pool)),
    ]
    return nn.Sequential(OrderedDict(zip(backbone.stages, parts, strict=True))).eval()


def folded(network: nn.Sequential, size: int) -> nn.Sequential:
    """A copy that computes the same in fewer steps, for inputs of one size.

    BatchNorms stay frozen, so they are folded into the convolutions before them; TensorFlow's "same" padding, which
    depends on the size of the input, becomes a constant.
    """
    network = copy.deepcopy(network).double()
    calls = _calls(network, torch.zeros(1, 3, size, size, dtype=torch.double))
    producers: dict[Tensor, nn.Conv2d] = {}  # by their output
    for name, module, given, result in calls:
        if isinstance(module, nn.Conv2d):
            producers[result] = _with_constant_padding(module, given)
            network.set_submodule(name, producers[result])
        elif given in producers:
            convolution = producers[given]
            convolution.weight, convolution.bias = fuse_conv_bn_weights(
                convolution.weight,
                convolution.bias,
                module.running_mean,
                module.running_var,
                module.eps,
                module.weight,
                module.bias,
            )
            # timm's BatchNorm carries the activation that follows it.
            network.set_submodule(name, getattr(module, "act", nn.Identity()))
    return network.float().eval()


def _calls(network: nn.Module, pixels: Tensor) -> list[tuple[str, Any, Tensor, Tensor]]:
    """Every convolution and BatchNorm in the order of their use: name, module, input, output."""
    calls: list[tuple[str, Any, Tensor, Tensor]] = []
    hooks = [
        module.register_forward_hook(
            lambda module, inputs, output, name=name: calls.append((name, module, inputs[0], output))
        )
        for name, module in network.named_modules()
        if isinstance(module, nn.Conv2d | nn.BatchNorm2d)
    ]
    with torch.no_grad():
        network(pixels)
    for hook in hooks:
        hook.remove()
    return calls


class PaddedConv2d(nn.Conv2d):
    """A convolution with zeros on the left, right, top and bottom, as many as `edges` says."""

    edges: tuple[int, ...]

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(pad(input, self.edges))


def _with_constant_padding(convolution: nn.Conv2d, given: Tensor) -> nn.Conv2d:
    """A plain convolution that computes the same for inputs of the shape of `given`."""
    if not isinstance(convolution, Conv2dSame):
        return convolution
    height, width = given.shape[2:]
    left, right, top, bottom = pad_same_arg(
        [height, width], list(convolution.kernel_size), list(convolution.stride), list(convolution.dilation)
    )
    even = left == right and top == bottom
    plain = (nn.Conv2d if even else PaddedConv2d)(
        convolution.in_channels,
        convolution.out_channels,
        convolution.kernel_size,  # type: ignore[arg-type]
        convolution.stride,  # type: ignore[arg-type]
        (top, left) if even else 0,
        convolution.dilation,  # type: ignore[arg-type]
        convolution.groups,
        convolution.bias is not None,
        dtype=convolution.weight.dtype,
    )
    if isinstance(plain, PaddedConv2d):
        plain.edges = (left, right, top, bottom)
    plain.load_state_dict(convolution.state_dict())
    return plain


class _Tapped(nn.Sequential):
    """Returns the outputs of all stages."""

    def forward(self, input: Tensor) -> tuple[Tensor, ...]:
        outputs = [input]
        for stage in self:
            outputs.append(stage(outputs[-1]))
        return tuple(outputs[1:])


def to_onnx(network: nn.Sequential, size: int) -> ModelProto:
    """The graph of a folded network: "pixels" → the output of each stage under its name, the last as "embedding"."""
    names = [name for name, _ in network.named_children()]
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # The TorchScript exporter is old, but makes in 1 s what the new one makes in 8, and keeps weights' names.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Tapped(OrderedDict(network.named_children())),
            (torch.zeros(1, 3, size, size),),
            buffer,  # type: ignore[arg-type]  # this exporter writes to files in memory, too
            dynamo=False,
            opset_version=graphs.OPSET,
            input_names=["pixels"],
            output_names=[*names[:-1], graphs.EMBEDDING],
        )
    return graphs.simplified(onnx.load_from_string(buffer.getvalue()))
