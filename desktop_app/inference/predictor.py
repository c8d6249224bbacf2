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
        label: the most probable class.
        probability: its probability, 0–1.
        probabilities: (classes,) of all classes, in the package's order.
    """

    label: str
    probability: float
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
        best = int(probabilities.argmax())
        return Prediction(self.package.manifest.classes[best], float(probabilities[best]), probabilities)
