"""What makes up for classes that have far fewer pictures than others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.learning.recipe import Imbalance

UNEQUAL = 3.0  # times as many pictures as another class: from here on, "automatic" tries what helps


@dataclass(frozen=True, slots=True, eq=False)
class Balance:
    """How learning treats the classes.

    Attributes:
        method: any but "automatic".
        counts: (C,) training pictures of each class.
    """

    method: Imbalance
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, method: Imbalance, labels: NDArray[np.integer], classes: int) -> Balance:
        return cls(method, np.bincount(labels, minlength=classes))

    @property
    def weights(self) -> NDArray[np.float32]:
        """(C,) how much a picture of each class counts in the loss; 1 on average over the pictures."""
        if self.method != "weights":
            return np.ones(len(self.counts), np.float32)
        return self._even()

    @property
    def shares(self) -> NDArray[np.float32]:
        """(C,) how often a picture of each class is shown; 1 on average over the pictures."""
        if self.method != "resampling":
            return np.ones(len(self.counts), np.float32)
        return self._even()

    @property
    def offsets(self) -> NDArray[np.float32]:
        """(C,) added to the logits while learning, and never in use: log of the class's share.

        Source: A. K. Menon and others, "Long-tail learning via logit adjustment", ICLR 2021, arXiv:2007.07314, τ = 1.
        """
        if self.method != "logits":
            return np.zeros(len(self.counts), np.float32)
        logs: NDArray[np.float32] = np.log(np.maximum(self.counts, 1) / self.counts.sum()).astype(np.float32)
        return logs

    def _even(self) -> NDArray[np.float32]:
        """Such that each class that has pictures counts the same."""
        present = np.count_nonzero(self.counts)
        even: NDArray[np.float32] = (self.counts.sum() / (present * np.maximum(self.counts, 1))).astype(np.float32)
        return even

    def order(self, labels: NDArray[np.integer], random: np.random.Generator) -> NDArray[np.intp]:
        """The pictures of one epoch, by position: each once, or those of rare classes several times."""
        count = len(labels)
        if self.method != "resampling":
            return random.permutation(count)
        shares = self.shares[labels].astype(np.float64)
        return random.choice(count, count, p=shares / shares.sum())


def unequal(labels: NDArray[np.integer]) -> bool:
    """Whether a class has so many more pictures than another that it matters."""
    counts = np.bincount(labels)
    counts = counts[counts > 0]
    return len(counts) > 1 and counts.max() >= UNEQUAL * counts.min()
