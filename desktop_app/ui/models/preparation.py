"""How pictures are made ready for a network: by which run, and what that does to one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.errors import PackageError
from desktop_app.features.network_input import Placement, network_input, placement
from desktop_app.features.preprocessing import Fit, Preprocessing
from desktop_app.ui import wording

if TYPE_CHECKING:
    from desktop_app.project.runs import Run


@dataclass(frozen=True)
class Preparation:
    """`model`: what prepares pictures so, "Run 7" or a package; "" before the first training, for what it would do."""

    preprocessing: Preprocessing
    model: str = ""


@dataclass(frozen=True, eq=False)
class NetworkInput:
    """A picture as a network gets it.

    Attributes:
        pixels: (size, size, 3), uint8.
        fit: the one shown, which need not be the one of `prepared_by`.
    """

    pixels: NDArray[np.uint8]
    placement: Placement
    fit: Fit
    prepared_by: Preparation


def newest_preparation(runs: Sequence[Run]) -> Preparation:
    """That of the newest run with a model, or of the usual recipe. Looks at the disk; in the background.

    Args:
        runs: newest first.
    """
    for run in runs:
        if run.usable and (found := preparation_of(run)) is not None:
            return found
    return _default()


def preparation_of(run: Run) -> Preparation | None:
    """None if the run does not say."""
    try:
        return Preparation(Preprocessing.from_dict(run.document.get("preprocessing")), wording.run_number(run.number))
    except PackageError:
        return None


def _default() -> Preparation:
    from desktop_app.learning.backbones import BACKBONES
    from desktop_app.learning.recipe import preset_named

    recipe = preset_named("balanced")
    return Preparation(BACKBONES[recipe.backbone].preprocessing(recipe.fit))


def read_input(path: Path, preparation: Preparation, fit: Fit | None = None) -> NetworkInput:
    """Prepare a picture for the network; takes a moment, in the background.

    Args:
        fit: to see what another one would do; None for the one that is used.

    Raises:
        ImageError: it can't be read.
    """
    from desktop_app.project.imaging import describe, load_rgb

    preprocessing = replace(preparation.preprocessing, fit=fit or preparation.preprocessing.fit)
    facts = describe(path)
    pixels = network_input(load_rgb(path, target=preprocessing.size), preprocessing)
    lies = placement(facts.width, facts.height, preprocessing)
    return NetworkInput(pixels, lies, preprocessing.fit, preparation)
