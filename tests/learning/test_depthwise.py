"""Wide depthwise convolutions: quicker slopes, the same numbers."""

import copy

import pytest
import torch
from torch import nn

from desktop_app.learning import depthwise
from desktop_app.learning.networks import PaddedConv2d


def slopes(convolution: nn.Conv2d, pixels: torch.Tensor) -> list[torch.Tensor]:
    pixels = pixels.clone().requires_grad_()
    result = convolution(pixels)
    (result * torch.linspace(-1, 1, result.numel()).reshape(result.shape)).sum().backward()
    return [result.detach(), pixels.grad, *(parameter.grad for parameter in convolution.parameters())]


@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "height", "width"),
    [
        (5, 1, 2, 7, 7),
        (5, 2, 2, 14, 14),
        (5, 2, 0, 17, 17),
        (5, 2, 0, 18, 18),  # the last column meets no kernel
        (7, 1, 3, 7, 7),
        (7, 1, 3, 2, 2),  # smaller than the kernel
        ((3, 5), (1, 2), (1, 2), 9, 8),
        ((1, 9), 3, (0, 4), 5, 20),
    ],
)
def test_slopes_are_those_of_torch(kernel, stride, padding, height, width, bias, layout):
    torch.manual_seed(0)
    plain = nn.Conv2d(6, 6, kernel, stride, padding, groups=6, bias=bias).to(memory_format=layout)
    quick = copy.deepcopy(plain)
    depthwise.quicken(quick)
    pixels = torch.randn(3, 6, height, width).contiguous(memory_format=layout)
    for found, expected in zip(slopes(quick, pixels), slopes(plain, pixels), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_padding_of_its_own_is_kept():
    torch.manual_seed(0)
    plain = PaddedConv2d(4, 4, 5, 2, groups=4)
    plain.edges = (1, 2, 1, 2)
    quick = copy.deepcopy(plain)
    depthwise.quicken(quick)
    pixels = torch.randn(2, 4, 14, 14)
    for found, expected in zip(slopes(quick, pixels), slopes(plain, pixels), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_only_wide_depthwise_convolutions_are_changed():
    layers = nn.ModuleDict(
        {
            "wide": nn.Conv2d(8, 8, 5, padding=2, groups=8),
            "narrow": nn.Conv2d(8, 8, 3, padding=1, groups=8),
            "tall": nn.Conv2d(8, 8, (5, 1), groups=8),
            "grouped": nn.Conv2d(8, 8, 5, groups=4),
            "widening": nn.Conv2d(8, 16, 5, groups=8),
            "full": nn.Conv2d(8, 8, 5),
            "one": nn.Conv2d(1, 1, 5),
            "dilated": nn.Conv2d(8, 8, 5, dilation=2, groups=8),
            "mirrored": nn.Conv2d(8, 8, 5, padding=2, groups=8, padding_mode="reflect"),
            "same": nn.Conv2d(8, 8, 5, padding="same", groups=8),
        }
    )
    depthwise.quicken(layers)
    assert [name for name, layer in layers.items() if "_conv_forward" in vars(layer)] == ["wide"]


def test_what_does_not_learn_costs_nothing():
    """A frozen input or weight gets no slope."""
    layer = nn.Conv2d(4, 4, 5, padding=2, groups=4)
    depthwise.quicken(layer)
    layer.weight.requires_grad_(False)
    pixels = torch.randn(1, 4, 7, 7)
    layer(pixels).sum().backward()
    assert layer.weight.grad is None
    assert layer.bias.grad.eq(49).all()
    assert pixels.grad is None
