"""Backbones as sequences of named stages, made ready for frozen use and fine-tuning."""

from __future__ import annotations

import copy
import io
import warnings
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import onnx
import torch
from onnx import ModelProto
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.utils.fusion import fuse_conv_bn_weights

from desktop_app.features import graphs
from desktop_app.learning import families, weights
from desktop_app.learning.backbones import Backbone


def pretrained(backbone: Backbone) -> nn.Sequential:
    """The backbone's named stages with its official weights, in evaluation mode.

    Raises:
        WeightsError: the weights are missing or damaged.
    """
    return from_weights(backbone, weights.load(backbone))


def from_weights(backbone: Backbone, state: Mapping[str, Tensor]) -> nn.Sequential:
    """The backbone's named stages, in evaluation mode.

    Args:
        state: weights by their names in the library's model, see `official.weights_of`; not copied.
    """
    model = families.without_classifier(families.library_model(backbone), backbone)
    model.load_state_dict(state, assign=True)
    return families.stages(model, backbone)


def folded(network: nn.Sequential, size: int) -> nn.Sequential:
    """A copy that computes the same in fewer steps, for inputs of one size.

    BatchNorms stay frozen, so they are folded into the convolutions before them; TensorFlow's "same" padding, which
    depends on the size of the input, becomes a constant.
    """
    network = copy.deepcopy(network)
    producers: dict[Tensor, nn.Conv2d] = {}  # by their output
    for name, given, result in calls(network, size):
        module: Any = network.get_submodule(name)
        if isinstance(module, nn.Conv2d):
            producers[result] = _with_constant_padding(module, given)
            network.set_submodule(name, producers[result])
        elif given in producers:
            _fold(module, into=producers[given])
            # timm's BatchNorm carries the activation that follows it.
            network.set_submodule(name, getattr(module, "act", nn.Identity()))
    return network.eval()


def _fold(norm: nn.BatchNorm2d, *, into: nn.Conv2d) -> None:
    """Let a convolution do what the BatchNorm behind it does."""
    values = [norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias]
    exact = [value.double() if isinstance(value, Tensor) else value for value in (into.weight, into.bias, *values)]
    weight, bias = fuse_conv_bn_weights(*exact)  # type: ignore[arg-type]
    kind = into.weight.dtype
    into.weight, into.bias = nn.Parameter(weight.to(kind)), nn.Parameter(bias.to(kind))


def calls(network: nn.Module, size: int) -> list[tuple[str, Tensor, Tensor]]:
    """Every convolution and BatchNorm in the order of their use: name, input, output; the tensors are empty."""
    shadow = copy.deepcopy(network).float().to("meta")
    calls: list[tuple[str, Tensor, Tensor]] = []
    for name, module in shadow.named_modules():
        if isinstance(module, nn.Conv2d | nn.BatchNorm2d):
            module.register_forward_hook(
                lambda module, inputs, output, name=name: calls.append((name, inputs[0], output))
            )
    with torch.no_grad():
        shadow(torch.zeros(1, 3, size, size, device="meta"))
    return calls


class PaddedConv2d(nn.Conv2d):
    """A convolution with zeros on the left, right, top and bottom, as many as `edges` says."""

    edges: tuple[int, ...]

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(pad(input, self.edges))


def _with_constant_padding(convolution: nn.Conv2d, given: Tensor) -> nn.Conv2d:
    """A plain convolution that computes the same for inputs of the shape of `given`."""
    if type(convolution) is nn.Conv2d:
        return convolution
    from timm.layers.padding import pad_same_arg  # seconds, and only timm's own convolutions need it

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
            _Tapped(
                OrderedDict(network.named_children())
            ).eval(),  # or exporting would leave the stages in training mode
            (torch.zeros(1, 3, size, size),),
            buffer,  # type: ignore[arg-type]  # this exporter writes to files in memory, too
            dynamo=False,
            do_constant_folding=False,  # it would compute with weights, and give them other names
            opset_version=graphs.OPSET,
            input_names=["pixels"],
            output_names=[*names[:-1], graphs.EMBEDDING],
        )
    return graphs.simplified(onnx.load_from_string(buffer.getvalue()))
