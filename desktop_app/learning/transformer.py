"""Vision transformers (Dosovitskiy et al. 2020, arXiv:2010.11929) from the layers of a library's model.

Libraries store the same network in different ways. Here it is a plain sequence, so that it can be cut into stages, and
its shapes are whole numbers when it is exported, so that graphs have none that depend on the picture.
"""

from __future__ import annotations

import math
from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, scaled_dot_product_attention


class Tokens(nn.Module):
    """[n, 3, height, width] → [n, 1 + patches, width]: a class token, then the patches, each with its position.

    Args:
        patches: the convolution that makes a patch of the picture a token.
        class_token: [1, 1, width]
        positions: [1, 1 + patches, width]
    """

    def __init__(self, patches: nn.Conv2d, class_token: Tensor, positions: Tensor) -> None:
        super().__init__()
        self.patches = patches
        # The class token is the same for all pictures, so it becomes part of its position.
        self.positions = nn.Parameter(torch.cat([class_token + positions[:, :1], positions[:, 1:]], dim=1).detach())

    def forward(self, pixels: Tensor) -> Tensor:
        grid = self.patches(pixels)
        n, width = map(int, grid.shape[:2])
        tokens = grid.reshape(n, width, -1).transpose(1, 2)
        return pad(tokens, (0, 0, 1, 0)) + self.positions


class Attention(nn.Module):
    """Multi-head self-attention, [n, tokens, width] → the same shape.

    Args:
        joined: width → 3 · width: queries, keys and values.
        out: width → width
    """

    def __init__(self, joined: nn.Linear, out: nn.Linear, heads: int) -> None:
        super().__init__()
        self.joined, self.out, self.heads = joined, out, heads

    def forward(self, tokens: Tensor) -> Tensor:
        n, count, width = map(int, tokens.shape)
        size = width // self.heads
        queries, keys, values = (
            part.reshape(n, count, self.heads, size).transpose(1, 2)
            for part in self.joined(tokens).split(width, dim=-1)
        )
        mixed = scaled_dot_product_attention(queries, keys, values, scale=1 / math.sqrt(size))
        result: Tensor = self.out(mixed.transpose(1, 2).reshape(n, count, width))
        return result


class Residual(nn.Sequential):
    """Adds what its layers find to what they are given."""

    def forward(self, input: Tensor) -> Tensor:
        found: Tensor = super().forward(input)  # type: ignore[no-untyped-call]
        return input + found


class ClassToken(nn.Module):
    """[n, tokens, width] → the class token alone, [n, width]"""

    def forward(self, tokens: Tensor) -> Tensor:
        return tokens[:, :1].flatten(1)


def block(*residuals: dict[str, nn.Module]) -> nn.Sequential:
    """Branches that follow each other, each given by its layers' names; layers that do nothing are left out."""
    return nn.Sequential(
        *(
            Residual(OrderedDict((name, layer) for name, layer in layers.items() if not isinstance(layer, nn.Identity)))
            for layers in residuals
        )
    )
