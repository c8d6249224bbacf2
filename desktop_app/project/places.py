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
    """Follows renamed and removed pictures without looking at the others.

    Names are told apart by the 64 bits of their hash, which need a tenth of the memory of a dictionary.
    """

    def __init__(self, files: Sequence[str]) -> None:
        hashes = np.empty(len(files), np.int64)
        for start in range(0, len(files), _PART):
            hashes[start : start + _PART] = _hashes(files[start : start + _PART])
        self._order = np.argsort(hashes)
        self._hashes = hashes[self._order]
        # Places are those of the beginning in what follows; names that stand there no more have none.
        self._now: dict[str, int] = {}
        self._removed: NDArray[np.intp] = np.empty(0, np.intp)

    def find(self, file: str) -> int:
        """Where a picture stands; -1 if it does not."""
        return int(self.find_all([file])[0])

    def find_all(self, files: Iterable[str]) -> NDArray[np.intp]:
        """As `find`, for each."""
        places = self._first_places(list(files))
        return places - np.searchsorted(self._removed, places) if len(self._removed) else places

    def _first_places(self, files: Sequence[str]) -> NDArray[np.intp]:
        """Where pictures stood at the beginning, by the names that they have now."""
        wanted = _hashes(files)
        found = np.searchsorted(self._hashes, wanted)
        here = found < len(self._hashes)
        here[here] = self._hashes[found[here]] == wanted[here]
        places = np.full(len(files), _NOWHERE, np.intp)
        places[here] = self._order[found[here]]
        if self._now:
            places = np.fromiter(map(self._now.get, files, places.tolist()), np.intp, len(files))
        return places

    def rename(self, new_names: Mapping[str, str]) -> None:
        """Pictures have other names; those that are not here are passed over."""
        places = self._first_places(list(new_names)).tolist()
        here = [(names, place) for names, place in zip(new_names.items(), places, strict=True) if place != _NOWHERE]
        self._now.update((old, _NOWHERE) for (old, _), _ in here)
        self._now.update((new, place) for (_, new), place in here)

    def remove(self, files: Iterable[str]) -> None:
        """Pictures are gone: those behind them move up."""
        gone = list(dict.fromkeys(files))
        places = self._first_places(gone)
        self._now.update(dict.fromkeys(gone, _NOWHERE))
        self._removed = np.sort(np.append(self._removed, places[places != _NOWHERE]))


def _hashes(files: Sequence[str]) -> NDArray[np.int64]:
    return np.fromiter(map(hash, files), np.int64, len(files))


def scanned(files: Sequence[str], wanted: Iterable[str]) -> NDArray[np.intp]:
    """The same as `Places(files).find_all(wanted)`, for a single question: quicker than setting them up."""
    asked = list(wanted)
    place_of = dict.fromkeys(asked, _NOWHERE)
    here = np.fromiter(map(place_of.__contains__, files), np.bool_, len(files))
    place_of.update((files[place], place) for place in np.flatnonzero(here).tolist())
    return np.fromiter(map(place_of.__getitem__, asked), np.intp, len(asked))


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
