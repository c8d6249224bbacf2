"""One answer for one picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop_app.inference.package import Package


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the model says about a picture.

    Attributes:
        label: the most probable class; where classes are good or defect, of the side that was called.
        probability: how sure the model is of it, 0–1.
        unsure: the model declines to answer, so `label` is only its best guess.
        unlike: it declines because the picture is like nothing that it has learnt.
        probabilities: (classes,) of all classes, in the package's order, as the network gives them.
    """

    label: str
    probability: float
    unsure: bool
    unlike: bool
    probabilities: NDArray[np.float32]


class Predictor:
    """A package at work; may be used from many threads at the same time."""

    def __init__(self, package: Package) -> None:
        self.package = package

    def read(self, source: Path | bytes, /) -> Prediction:
        """Load a picture, from a file or its contents, and predict its class.

        Raises:
            ImageError: the picture can't be used.
        """
        probabilities, *distance = self.package.network.read_outputs(source)
        manifest = self.package.manifest
        rule = manifest.unsure
        if rule is None:
            best = int(probabilities.argmax())
            return Prediction(manifest.classes[best], float(probabilities[best]), False, False, probabilities)
        away = distance[0] if distance else None
        labels, how_sure, unsure = rule.decide(probabilities[None], manifest.classes, away)
        unlike = away is not None and rule.furthest is not None and bool(away[0] > rule.furthest)
        return Prediction(manifest.classes[labels[0]], float(how_sure[0]), bool(unsure[0]), unlike, probabilities)
