"""Where pictures stand in a catalog, by name: found at once among a million."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

_PART = 20_000  # names taken in at a time, so that other threads are not kept waiting
_BLOCK = 1_000  # names compared at a time
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
        places = np.fromiter(map(self._place_of.get, files, repeat(_NOWHERE)), np.intp)
        return places - np.searchsorted(self._removed, places) if len(self._removed) else places

    def rename(self, new_names: Mapping[str, str]) -> None:
        """Pictures have other names; those that are not here are passed over."""
        places = [(new, self._place_of.pop(old)) for old, new in new_names.items() if old in self._place_of]
        self._place_of.update(places)

    def remove(self, files: Iterable[str]) -> None:
        """Pictures are gone: those behind them move up."""
        gone = [self._place_of.pop(file) for file in files if file in self._place_of]
        self._removed = np.sort(np.append(self._removed, np.array(gone, np.intp)))


def standing(before: Sequence[str], after: Sequence[str]) -> NDArray[np.intp]:
    """Where each of `after` stood in `before`; -1 for new ones. Quick where little has changed, in one region."""
    head = _common(before, after)
    room = min(len(before), len(after)) - head
    tail = _common(before[::-1], after[::-1], room) if room else 0
    place_of = dict(zip(before[head : len(before) - tail], range(head, len(before) - tail), strict=True))
    middle = after[head : len(after) - tail]
    if place_of:
        stood = np.fromiter(map(place_of.get, middle, repeat(_NOWHERE)), np.intp, len(middle))
    else:
        stood = np.full(len(middle), _NOWHERE)
    return np.concatenate(
        [
            np.arange(head, dtype=np.intp),
            stood,
            np.arange(len(before) - tail, len(before), dtype=np.intp),
        ]
    )


def _common(one: Sequence[str], other: Sequence[str], most: int | None = None) -> int:
    """How many names both begin with."""
    most = min(len(one), len(other)) if most is None else most
    same = 0
    while same + _BLOCK <= most and one[same : same + _BLOCK] == other[same : same + _BLOCK]:
        same += _BLOCK
    while same < most and one[same] == other[same]:
        same += 1
    return same
