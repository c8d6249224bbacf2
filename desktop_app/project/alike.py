"""Pictures that look alike, as groups, and what a person said about them.

Which pairs are alike was found by `features.similarity`; a threshold makes groups of them. Pictures of which the person
said "not a duplicate" are never paired again; that is kept in `health.jsonl`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app import storage
from desktop_app.errors import ProjectError

FORMAT = 1
LOWEST = 0.7  # similarity; less is not looked at
THRESHOLD = 0.85  # of the similarity, 0–1; see `features.similarity` for how it was found
NO_GROUP = -1

_HASH = re.compile(r"[0-9a-f]{32}")


class Different:
    """The pairs of contents that a person told apart."""

    def __init__(self, path: Path, *, writable: bool = True) -> None:
        """Raises: ProjectError if the file was written by a newer Discern."""
        self.path = path
        self._writable = writable
        # Each record says of some pictures that they differ from each other and from some others.
        self._in: defaultdict[str, set[int]] = defaultdict(set)
        self._from: defaultdict[str, set[int]] = defaultdict(set)
        self._count = 0
        for record in storage.read_records(path):
            self._replay(record)

    def __call__(self, first: str, second: str) -> bool:
        """True if the person said that these two are no duplicates."""
        if first not in self._from or second not in self._from:
            return False
        return bool(self._in[first] & self._from[second] or self._in[second] & self._from[first])

    @property
    def version(self) -> int:
        """Grows with everything that is said."""
        return self._count

    def tell_apart(self, pictures: Sequence[str], others: Sequence[str]) -> None:
        """Remember that `pictures` are no duplicates of each other, nor of `others`.

        Raises:
            StorageError: the disk refused; nothing is remembered.
        """
        record = {
            "format": FORMAT,
            "kind": "different",
            "pictures": sorted(pictures),
            "others": sorted(set(others) - set(pictures)),
        }
        if self._writable:
            storage.append_record(self.path, record)
        self._replay(record)

    def _replay(self, record: Any) -> None:
        """Take one record over; what a damaged or hostile file makes of it is passed over."""
        if not isinstance(record, dict) or not isinstance(version := record.get("format"), int):
            return
        if version > FORMAT:
            raise ProjectError(
                "This project was changed by a newer Discern.",
                why="What was said about near-duplicates has the format {version}; this version reads up to {newest}.",
                hint="Install the newer version on this computer. Nothing was changed.",
                version=version,
                newest=FORMAT,
            )
        if record.get("kind") != "different":
            return
        pictures, others = _contents(record.get("pictures")), _contents(record.get("others"))
        for content in pictures:
            self._in[content].add(self._count)
        for content in (*pictures, *others):
            self._from[content].add(self._count)
        self._count += 1


def _contents(value: object) -> list[str]:
    return (
        [item for item in value if isinstance(item, str) and _HASH.fullmatch(item)] if isinstance(value, list) else []
    )


def alike_groups(
    pairs: Iterable[tuple[str, str, float]], place: Mapping[str, int], threshold: float, different: Different
) -> NDArray[np.int32]:
    """Which contents are alike, directly or through others.

    Args:
        pairs: as the index keeps them.
        place: the position of each content of the project.
        threshold: pairs below it do not count.

    Returns:
        The group of each content, by its position; `NO_GROUP` for one that is like no other.
    """
    parent = list(range(len(place)))

    def root(position: int) -> int:
        while parent[position] != position:
            parent[position] = position = parent[parent[position]]
        return position

    for first, second, similarity in pairs:
        if similarity >= threshold and first in place and second in place and not different(first, second):
            one, other = root(place[first]), root(place[second])
            parent[max(one, other)] = min(one, other)
    roots = np.array([root(position) for position in range(len(place))], np.int32)
    return without_singles(roots)


def without_singles(groups: NDArray[np.int32]) -> NDArray[np.int32]:
    """The same groups numbered from 0, without those that have one member only; `NO_GROUP` stays what it is."""
    members = np.bincount(groups[groups >= 0], minlength=int(groups.max(initial=0)) + 1)
    number = np.where(members > 1, np.cumsum(members > 1) - 1, NO_GROUP).astype(np.int32)
    result: NDArray[np.int32] = np.where(groups >= 0, number[groups], np.int32(NO_GROUP))
    return result
