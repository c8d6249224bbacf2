"""The average heat of each class over a typical picture of it, made ready for showing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.ui.models.heat import under_heat

if TYPE_CHECKING:
    from desktop_app.evaluation.looks import ClassLooks

EDGE = 144  # pixels of the longer side


@dataclass(frozen=True, eq=False)
class LooksSeen:
    """
    Attributes:
        pixels: (height, width, 3) uint8, a typical picture in grey under the average heat.
        border: see `ClassLooks`.
        most: contents of the pictures that rest most on their border.
    """

    name: str
    n: int
    pixels: NDArray[np.uint8]
    nothing: bool
    on_border: bool
    border: float
    interval: tuple[float, float]
    most: tuple[str, ...]


def see_looks(found: Sequence[ClassLooks], stops: Sequence[str]) -> list[LooksSeen]:
    """Draw the average heat of classes; those for which the model looks at the border come first.

    Args:
        stops: colours of heat, from none to the most, see `heat.ramp`.
    """
    ordered = sorted(found, key=lambda one: not one.on_border)
    return [
        LooksSeen(
            name=one.name,
            n=one.n,
            pixels=drawn(one, stops),
            nothing=one.nothing,
            on_border=one.on_border,
            border=one.border,
            interval=one.interval,
            most=one.most,
        )
        for one in ordered
    ]


def drawn(one: ClassLooks, stops: Sequence[str], edge: int = EDGE) -> NDArray[np.uint8]:
    """(height, width, 3) the average heat over a typical picture, in the shape of the class's pictures."""
    from desktop_app.features.heat import enlarged

    width = edge if one.aspect >= 1 else max(1, round(edge * one.aspect))
    height = edge if one.aspect <= 1 else max(1, round(edge / one.aspect))
    grey = enlarged(one.picture.astype(np.float32), height, width)
    return under_heat(grey, enlarged(one.heat, height, width), stops)
