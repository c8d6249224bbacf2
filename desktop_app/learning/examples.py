"""What a network that is fine-tuned learns from: activations with their classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.learning.activations import Activations, Elsewhere, Halves


@dataclass(frozen=True, slots=True)
class Examples:
    """Pictures to learn from or to check with: activations of each, and its class."""

    activations: list[Activations]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def read(self, pictures: NDArray[np.intp], views: Sequence[int]) -> tuple[Halves, NDArray[np.int64]]:
        """(n, channels, height, width) and (n,)

        Raises:
            StorageError: the disk, where activations may be kept, refused.
        """
        if not len(pictures):
            return np.empty((0, 0, 0, 0), np.float16), self.labels[pictures]
        chosen = np.stack([self.activations[i][view] for i, view in zip(pictures, views, strict=True)])
        return chosen, self.labels[pictures]

    @property
    def held(self) -> NDArray[np.bool_]:
        """(n,) whether this process has its activations."""
        return np.array([not isinstance(activations, Elsewhere) for activations in self.activations], np.bool_)
