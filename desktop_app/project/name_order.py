"""The names of pictures, sorted once and searched often: "part 9" stands before "part 10"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Self

import numpy as np
from numpy.typing import NDArray

from desktop_app.project import names

_PART = 5_000  # names taken in at a time, so that other threads are not kept waiting
_WIDTH = 64  # bytes by which names are sorted; those that agree so far are compared in full
_END = "\n"  # between names; no name has a line end that would be searched for


@dataclass(frozen=True, eq=False)
class NameOrder:
    """`rank`: place of every picture among all names, folders aside; pictures of one name keep their order."""

    rank: NDArray[np.int32]
    _text: NDArray[np.uint8]  # all names in small letters, one after the other
    _starts: NDArray[np.int64]
    _names: NDArray[np.intp]  # which of them each picture has; -1 for one that came later

    @classmethod
    def of(cls, files: Sequence[str]) -> NameOrder:
        """For a million names this takes seconds: call it in the background."""
        keys = np.empty(len(files), f"S{_WIDTH}")
        starts = np.empty(len(files), np.int64)
        cut: list[int] = []
        text = bytearray()
        for start in range(0, len(files), _PART):
            encoded = []
            for row, file in enumerate(files[start : start + _PART], start):
                name = file.rpartition("/")[2]
                starts[row] = len(text)
                text += _folded(name).encode() + _END.encode()
                key = names.natural_key(name)[0].encode()
                encoded.append(key)
                if len(key) > _WIDTH:
                    cut.append(row)
            keys[start : start + len(encoded)] = encoded
        order = np.argsort(keys, kind="stable")
        _sort_cut(order, keys, np.array(cut, np.intp), files)
        rank = np.empty(len(files), np.int32)
        rank[order] = np.arange(len(files), dtype=np.int32)
        return cls(rank, np.frombuffer(text, np.uint8), starts, np.arange(len(files)))

    def taken(self, places: NDArray[np.intp]) -> Self:
        """For a list of pictures that stand here at `places`; -1 for new ones, which come last and are not found."""
        new = places < 0
        rank, names_of = self.rank[places], self._names[places]
        rank[new], names_of[new] = len(self._starts), -1
        return replace(self, rank=rank, _names=names_of)

    def containing(self, part: str) -> NDArray[np.bool_]:
        """Which names hold `part`, capital or small."""
        wanted = np.frombuffer(_folded(part).encode(), np.uint8)
        if not len(wanted):
            return np.ones(len(self._names), np.bool_)
        last = len(self._text) - len(wanted)
        begins = np.zeros(len(self._text), np.bool_)
        places = np.flatnonzero(self._text[: last + 1] == wanted[0]) if last >= 0 else np.empty(0, np.intp)
        for offset in range(1, len(wanted)):
            places = places[self._text[places + offset] == wanted[offset]]
        begins[places] = True
        # The last one is for pictures whose names are not known.
        found = np.append(np.logical_or.reduceat(begins, self._starts) if len(begins) else begins, False)
        return np.asarray(found[self._names])


def _folded(name: str) -> str:
    return names.same_file(name).replace(_END, " ")


def _sort_cut(order: NDArray[np.intp], keys: NDArray[np.bytes_], cut: NDArray[np.intp], files: Sequence[str]) -> None:
    """Put right, in place, those that were sorted by a part of their names."""
    if not len(cut):
        return
    sorted_keys = keys[order]
    places = np.flatnonzero(np.isin(sorted_keys, np.unique(keys[cut])))
    for _, same in groupby(places.tolist(), key=lambda place: sorted_keys[place]):
        alike = list(same)
        rows = order[alike].tolist()
        order[alike] = sorted(rows, key=lambda row: (names.natural_key(files[row].rpartition("/")[2])[0], row))
