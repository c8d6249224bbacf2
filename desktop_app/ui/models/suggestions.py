"""What a model suggests for pictures, and which of it may be accepted: arithmetic over columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from desktop_app.project.catalog import TEST
from desktop_app.project.columns import NO_PREDICTION
from desktop_app.ui.models.picture_filter import UNLABELLED

if TYPE_CHECKING:
    from desktop_app.project.columns import Columns

LOWEST, USUAL, HIGHEST = 50, 95, 99  # percent: how sure a model must be


@dataclass(frozen=True, eq=False)
class Suggestions:
    """Pictures, and the class suggested for each.

    Attributes:
        places: where they stand in the catalog.
        labels: indices into the catalog's classes.
        percent: how sure the model is, rounded as on the tiles.
        locked: test pictures, which nobody accepts without having looked at them.
    """

    places: NDArray[np.intp]
    labels: NDArray[np.int32]
    percent: NDArray[np.int32]
    locked: NDArray[np.bool_]

    @classmethod
    def for_unlabelled(cls, places: NDArray[np.intp], labels: NDArray[np.int32], columns: Columns) -> Self:
        """For the unlabelled pictures among `places`."""
        suggested = (labels[places] == UNLABELLED) & (columns.predicted[places] != NO_PREDICTION)
        return cls._read(places[suggested], columns)

    @classmethod
    def for_selected(cls, places: NDArray[np.intp], labels: NDArray[np.int32], columns: Columns) -> Self:
        """What a key accepts: a single picture was looked at, so its label may change and it may be a test picture."""
        if len(places) != 1:
            found = cls.for_unlabelled(places, labels, columns)
            return found.where(~found.locked)
        predicted = columns.predicted[places]
        return cls._read(places[(predicted != NO_PREDICTION) & (predicted != labels[places])], columns)

    @classmethod
    def _read(cls, places: NDArray[np.intp], columns: Columns) -> Self:
        share = columns.confidence[places].astype(np.float64)
        percent = np.where(share < 1, np.minimum(np.rint(share * 100), 99), 100).astype(np.int32)
        return cls(places, columns.predicted[places], percent, columns.split[places] == TEST)

    def __len__(self) -> int:
        return len(self.places)

    def where(self, mask: NDArray[np.bool_]) -> Self:
        return type(self)(self.places[mask], self.labels[mask], self.percent[mask], self.locked[mask])

    def at_least(self, percent: int) -> Self:
        """Those that may be accepted together, unseen: sure enough, and no test pictures."""
        return self.where((self.percent >= percent) & ~self.locked)

    def counts(self) -> dict[int, int]:
        """Pictures by class, in the classes' order."""
        labels, counts = np.unique(self.labels, return_counts=True)
        return dict(zip(labels.tolist(), counts.tolist(), strict=True))
