"""Depthwise convolutions that learn faster on a processor.

oneDNN, which computes torch's convolutions there, finds the slope of a depthwise convolution's weights quickly where
the kernel is at most three columns wide. For wider ones it computes with blocks of 16 channels, of which it needs one,
and slower still where the bias learns, too. A wide kernel is the sum of narrow ones side by side, each on the input
shifted by as many columns; so its slope is found narrow piece by narrow piece. With EfficientNet's 5 × 5 kernels the
backward pass of such a layer then takes about half the time.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, pad

_NARROW = 3  # columns


def quicken(network: nn.Module) -> None:
    """Let the wide depthwise convolutions of a network find their slopes piece by piece, on a processor."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and _is_wide_depthwise(module):
            # What both nn.Conv2d and its subclasses call once the input is padded.
            module._conv_forward = MethodType(_forward, module)  # type: ignore[method-assign]


def _is_wide_depthwise(convolution: nn.Conv2d) -> bool:
    return (
        convolution.groups == convolution.in_channels == convolution.out_channels > 1
        and convolution.kernel_size[1] > _NARROW
        and convolution.dilation == (1, 1)
        and convolution.padding_mode == "zeros"
        and not isinstance(convolution.padding, str)
    )


def _forward(convolution: nn.Conv2d, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    if input.device.type != "cpu" or input.shape[3] < convolution.kernel_size[1]:
        plain: Tensor = nn.Conv2d._conv_forward(convolution, input, weight, bias)
        return plain
    result: Tensor = _Depthwise.apply(input, weight, bias, convolution.stride, convolution.padding)
    return result


class _Depthwise(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, input: Tensor, weight: Tensor, bias: Tensor | None, stride: tuple[int, int], padding: tuple[int, int]
    ) -> Tensor:
        ctx.save_for_backward(input, weight)
        ctx.stride, ctx.padding = stride, padding
        result: Tensor = conv2d(input, weight, bias, stride, padding, groups=len(weight))
        return result

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, ...]:
        input, weight = ctx.saved_tensors
        of_input, of_weight, of_bias = ctx.needs_input_grad[:3]
        return (
            _slopes(slope, input, weight, ctx.stride, ctx.padding, of_weight=False) if of_input else None,
            _weight_slope(slope, input, weight, ctx.stride, ctx.padding) if of_weight else None,
            slope.sum((0, 2, 3)) if of_bias else None,
            None,
            None,
        )


def _weight_slope(
    slope: Tensor, input: Tensor, weight: Tensor, stride: tuple[int, int], padding: tuple[int, int]
) -> Tensor:
    width, reach = input.shape[3], (slope.shape[3] - 1) * stride[1]
    pieces = []
    for start in range(0, weight.shape[3], _NARROW):
        piece = weight[..., start : start + _NARROW]
        before = padding[1] - start  # columns of zeros; below 0 columns of the input that this piece never meets
        after = reach + piece.shape[3] - before - width
        shifted = pad(input, (before, after))
        pieces.append(_slopes(slope, shifted, piece, stride, (padding[0], 0), of_weight=True))
    return torch.cat(pieces, dim=3)


def _slopes(
    slope: Tensor, input: Tensor, weight: Tensor, stride: tuple[int, int], padding: tuple[int, int], *, of_weight: bool
) -> Tensor:
    """The slope of a depthwise convolution's weight, or of its input."""
    wanted = [not of_weight, of_weight, False]
    found = torch.ops.aten.convolution_backward(
        slope, input, weight, None, stride, padding, (1, 1), False, (0, 0), len(weight), wanted
    )
    result: Tensor = found[1 if of_weight else 0]
    return result
