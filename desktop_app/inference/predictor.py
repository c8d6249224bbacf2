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
        probabilities: (classes,) of all classes, in the package's order, as the network gives them.
    """

    label: str
    probability: float
    unsure: bool
    probabilities: NDArray[np.float32]


class Predictor:
    """A package at work; may be used from many threads at the same time."""

    def __init__(self, package: Package) -> None:
        self.package = package

    def predict(self, source: Path | bytes) -> Prediction:
        """Load a picture, from a file or its contents, and predict its class.

        Raises:
            ImageError: the picture can't be used.
        """
        return self.decide(self.package.network.read(source))

    def decide(self, probabilities: NDArray[np.float32]) -> Prediction:
        """The prediction that follows from probabilities (classes,)."""
        manifest = self.package.manifest
        if manifest.unsure is None:
            best = int(probabilities.argmax())
            return Prediction(manifest.classes[best], float(probabilities[best]), False, probabilities)
        labels, how_sure, unsure = manifest.unsure.decide(probabilities[None], manifest.classes)
        return Prediction(manifest.classes[labels[0]], float(how_sure[0]), bool(unsure[0]), probabilities)
