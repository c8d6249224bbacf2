"""Dealing pictures out to splits and folds: stratified by class, groups undivided, the same for the same seed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from desktop_app.events import Split
from desktop_app.project.catalog import LEFT_OUT, SPLITS, TEST, TRAIN, VALIDATION

FRACTIONS: dict[Split, float] = {"train": 0.6, "validation": 0.2, "test": 0.2}
_PREFERENCE = (TRAIN, TEST, VALIDATION)  # who gets the first, second and third picture of a tiny class


def stratified_group_split(
    labels: Sequence[int] | NDArray[np.int32],
    groups: Sequence[Hashable],
    fractions: Mapping[Split, float] = FRACTIONS,
    *,
    seed: int,
    fixed: NDArray[np.int8] | None = None,
) -> NDArray[np.int8]:
    """Deal rows out to train (0), validation (1) and test (2).

    Every class is divided by `fractions`, and a group is never divided. A class with a single group goes to train, one
    with two to train and test; from three on it is in every split. `groups`: equal values belong together, "" to
    nothing. `fixed`: the splits of rows that keep theirs, -1 for rows to be dealt; a group with fixed rows follows
    them. Rows with a negative label get -1.
    """
    shares = np.array([fractions[name] for name in SPLITS])

    def wanted(pictures: int, units: int) -> NDArray[np.float64]:
        if units == 1:
            return np.array([pictures, 0, 0], np.float64)
        if units == 2 and shares[TRAIN] and shares[TEST]:
            return pictures * np.array([1 - shares[TEST], 0, shares[TEST]])
        return np.asarray(pictures * shares / shares.sum())

    return _deal(np.asarray(labels, np.int32), groups, wanted, _PREFERENCE, seed, fixed)


def stratified_group_folds(
    labels: Sequence[int] | NDArray[np.int32], groups: Sequence[Hashable], k: int, seed: int
) -> NDArray[np.int8]:
    """Deal rows out to `k` folds of equal size, stratified by class, groups undivided. The fold of every row, 0…k-1."""

    def wanted(pictures: int, units: int) -> NDArray[np.float64]:
        return np.full(k, pictures / k)

    return _deal(np.asarray(labels, np.int32), groups, wanted, range(k), seed, None)


def _deal(
    labels: NDArray[np.int32],
    groups: Sequence[Hashable],
    wanted: Callable[[int, int], NDArray[np.float64]],
    preference: Sequence[int],
    seed: int,
    fixed: NDArray[np.int8] | None,
) -> NDArray[np.int8]:
    """Greedy: largest groups first, each where Σ (have − want)² / want grows least.

    `wanted(pictures, units)` gives what each part should get of a class, which comes in so many groups. Where as few
    groups of a class are left as parts that have none of it, these parts come first. Ties go to the part that is
    emptier as a whole, then by `preference`.
    """
    table = _Deal(labels, groups, wanted, preference, fixed)
    random = np.random.default_rng(seed)
    for index in sorted(random.permutation(len(table.free)), key=lambda index: -len(table.free[index])):
        table.put_group(table.free[index])
    singles = random.permutation(table.singles)
    for label in table.classes:
        table.put_singles(label, singles[labels[singles] == label])
    return table.parts


class _Deal:
    """Who has what while a deal goes on."""

    def __init__(
        self,
        labels: NDArray[np.int32],
        groups: Sequence[Hashable],
        wanted: Callable[[int, int], NDArray[np.float64]],
        preference: Sequence[int],
        fixed: NDArray[np.int8] | None,
    ) -> None:
        self._labels = labels
        self._preference = np.array(preference)
        self.parts = np.full(len(labels), LEFT_OUT, np.int8) if fixed is None else fixed.astype(np.int8)
        self.parts[labels < 0] = LEFT_OUT
        single_rows, grouped = _units(labels, groups)
        self.classes = np.unique(labels[labels >= 0]).tolist()
        top = max(self.classes, default=-1) + 1
        in_groups = Counter(label for rows in grouped for label in set(labels[rows].tolist()))
        alone = np.bincount(labels[single_rows], minlength=top)
        pictures = np.bincount(labels[labels >= 0], minlength=top)
        self._want = np.array(
            [wanted(int(pictures[label]), int(alone[label] + in_groups[label])) for label in range(top)]
        )
        self._want = self._want.reshape(top, len(preference))
        self._size = np.maximum(self._want.sum(0), 1e-9)
        self.free = []
        for rows in grouped:
            if (self.parts[rows] < 0).all():
                self.free.append(rows)
            elif (self.parts[rows] < 0).any():
                # Newcomers follow their group; one that is torn already (it became a group later), its larger half.
                settled = np.bincount(self.parts[rows][self.parts[rows] >= 0], minlength=len(preference))
                joined = max(preference, key=settled.__getitem__)
                self.parts[[row for row in rows if self.parts[row] < 0]] = joined
        self.singles = single_rows[self.parts[single_rows] < 0]
        self._have = np.zeros(self._want.shape)
        np.add.at(self._have, (labels[self.parts >= 0], self.parts[self.parts >= 0]), 1)
        self._left = np.bincount(labels[self.singles], minlength=top)  # groups to come, per class
        for rows in self.free:
            self._left[list(set(labels[rows].tolist()))] += 1

    def put_group(self, rows: list[int]) -> None:
        """Put a group where it fits best."""
        found, counts = np.unique(self._labels[rows], return_counts=True)
        want, have = self._want[found], self._have[found]
        candidates = np.all(want > 0, axis=0)
        if not candidates.any():
            candidates = np.any(want > 0, axis=0)
        for label in range(len(found)):
            empty = candidates & (have[label] == 0)
            if self._left[found[label]] <= np.count_nonzero(empty):
                candidates = empty
        self._left[found] -= 1
        cost = (counts[:, None] * (counts[:, None] + 2 * (have - want)) / np.maximum(want, 1e-9)).sum(0)
        fullness = self._have.sum(0) / self._size
        order = [part for part in self._preference if candidates[part]]
        part = min(order, key=lambda part: (round(cost[part], 9), round(fullness[part], 9)))
        self.parts[rows] = part
        self._have[found, part] += counts

    def put_singles(self, label: int, rows: NDArray[np.intp]) -> None:
        """Put all rows of a class that are in no group: one to each part that has none, the others where they fit."""
        want, have = self._want[label], self._have[label]
        candidates = self._preference[want[self._preference] > 0]
        share = np.zeros(len(want), np.intp)
        share[candidates[have[candidates] == 0][: len(rows)]] = 1
        rest = np.arange(len(rows) - share.sum())
        # What the k-th further picture costs each part. The greedy order takes the cheapest of them all.
        cost = (1 + 2 * (have + share - want)[candidates, None] + 2 * rest) / want[candidates, None]
        fullness = (self._have.sum(0)[candidates, None] + rest) / self._size[candidates, None]
        cheapest = np.lexsort((fullness.round(9).ravel(), cost.round(9).ravel()))[: len(rest)]
        share += np.bincount(candidates.repeat(len(rest))[cheapest], minlength=len(want))
        self.parts[rows] = np.arange(len(want)).repeat(share)
        self._have[label] += share


def _units(labels: NDArray[np.int32], groups: Sequence[Hashable]) -> tuple[NDArray[np.intp], list[list[int]]]:
    """The labelled rows: those that are alone, and the groups of several."""
    groups_of: defaultdict[Hashable, list[int]] = defaultdict(list)
    alone: list[int] = []
    for row, (label, group) in enumerate(zip(labels.tolist(), groups, strict=True)):
        if label >= 0:
            (alone if group == "" else groups_of[group]).append(row)
    alone += [rows[0] for rows in groups_of.values() if len(rows) == 1]
    return np.array(sorted(alone), np.intp), [rows for rows in groups_of.values() if len(rows) > 1]
