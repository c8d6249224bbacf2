"""Where pictures stand in a catalog, by name: found at once among a million."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

_PART = 20_000  # names taken in at a time, so that other threads are not kept waiting
_NOWHERE = -1


class Places:
    """Follows renamed and removed pictures without looking at the others."""

    def __init__(self, files: Sequence[str]) -> None:
        self._place_of: dict[str, int] = {}
        self._removed: NDArray[np.intp] = np.empty(0, np.intp)  # places as they were at the beginning
        for start in range(0, len(files), _PART):
            part = files[start : start + _PART]
            self._place_of.update(zip(part, range(start, start + len(part)), strict=True))

    def find(self, file: str) -> int:
        """Where a picture stands; -1 if it does not."""
        place = self._place_of.get(file, _NOWHERE)
        return place - int(np.searchsorted(self._removed, place)) if len(self._removed) else place

    def find_all(self, files: Iterable[str]) -> NDArray[np.intp]:
        """As `find`, for each."""
        found = self._place_of.get
        places = np.fromiter((found(file, _NOWHERE) for file in files), np.intp)
        return places - np.searchsorted(self._removed, places) if len(self._removed) else places

    def rename(self, new_names: Mapping[str, str]) -> None:
        """Pictures have other names; those that are not here are passed over."""
        places = [(new, self._place_of.pop(old)) for old, new in new_names.items() if old in self._place_of]
        self._place_of.update(places)

    def remove(self, files: Iterable[str]) -> None:
        """Pictures are gone: those behind them move up."""
        gone = [self._place_of.pop(file) for file in files if file in self._place_of]
        self._removed = np.sort(np.append(self._removed, np.array(gone, np.intp)))
