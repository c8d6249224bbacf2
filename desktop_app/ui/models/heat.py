"""A picture under the heat of what a run looks at, made ready for showing. Takes a moment, in the background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.features.preprocessing import Preprocessing

if TYPE_CHECKING:
    from desktop_app.features.heat import Explainer, Method
    from desktop_app.project.runs import Run

_SHORTER_SIDE = 360  # pixels of the picture shown: the heat is far coarser
_COVER = 0.45  # how much of the picture its heat covers
_BORDER = 1.7  # so many times the heat that the border would have if it were spread evenly


@dataclass(frozen=True, eq=False)
class HeatSeen:
    """
    Attributes:
        pixels: (height, width, 3) uint8, the picture in grey under its heat.
        target: the name of the class that is explained, the one that was called.
        how_sure: 0–1, as the network says it.
        nothing: no place speaks for the class.
        on_border: the heat lies on the picture's border.
        method: how it was found.
    """

    pixels: NDArray[np.uint8]
    target: str
    how_sure: float
    nothing: bool
    on_border: bool
    method: Method


def ramp(stops: Sequence[str]) -> NDArray[np.uint8]:
    """(256, 3) the colours between some that are evenly spaced, each in six hexadecimal digits."""
    colours = np.array([tuple(bytes.fromhex(stop)) for stop in stops])
    where = np.linspace(0, 255, len(colours))
    channels = [np.interp(np.arange(256), where, colours[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=1).round().astype(np.uint8)


def read_heat(path: Path, run: Run, stops: Sequence[str]) -> HeatSeen:
    """Explain what a run says about a picture.

    Args:
        stops: colours of heat, from none to the most, see `ramp`.

    Raises:
        ImageError: the picture can't be read.
        DataError: the run has no model.
        PackageError: the run's graph can't be trusted.
    """
    from desktop_app.features.heat import border_share, enlarged
    from desktop_app.project.imaging import load_rgb

    run.require_model("“{run}” can't explain pictures.")
    explain = _explainer(run.model_onnx, run.model_onnx.stat().st_mtime_ns, run)
    found = explain(load_rgb(path, target=explain.preprocessing.size))
    picture = load_rgb(path, target=_SHORTER_SIDE // 2)
    step = max(1, min(picture.shape[:2]) // _SHORTER_SIDE)
    grey = picture[::step, ::step].mean(axis=2, dtype=np.float32)
    share, area = border_share(found.heat)
    return HeatSeen(
        pixels=under_heat(grey, enlarged(found.heat, *grey.shape), stops),
        target=run.classes[found.target],
        how_sure=float(found.probabilities[found.target]),
        nothing=not found.heat.any(),
        on_border=share > _BORDER * area,
        method=found.method,
    )


def under_heat(grey: NDArray[np.float32], heat: NDArray[np.float32], stops: Sequence[str]) -> NDArray[np.uint8]:
    """(height, width, 3) a picture in grey, 0–255, under its heat, 0–1 at each of its pixels."""
    colours = ramp(stops)[np.rint(255 * heat).astype(np.intp)]
    pixels = (1 - _COVER) * grey[..., None] + _COVER * colours
    return np.ascontiguousarray(pixels.round(), np.uint8)


@lru_cache(maxsize=2)  # a session of ONNX Runtime takes half a second to make, and the memory of its network
def _explainer(model: Path, _changed: int, run: Run) -> Explainer:
    from desktop_app.features import graph_check
    from desktop_app.features.heat import Explainer

    preprocessing = Preprocessing.from_dict(run.document.get("preprocessing"))
    # A project may come from anywhere, with its runs.
    return Explainer(graph_check.check(model.read_bytes(), preprocessing, len(run.classes)), preprocessing)
