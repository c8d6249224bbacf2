"""Which pictures look alike: a search over all pairs that fits into little memory.

Two pictures are alike if their embeddings point the same way *and* their perceptual hashes hardly differ. The
embeddings decide: pictures of parts in a fixture all have nearly the same hash. They are compared relative to the
mean of the set, and its strongest directions count less, so that what all its pictures share, the fixture and the
light, does not make them alike.

How the limits were found: on 4,136 photographs of steel strip, bees and hands, of which 180 were saved again as JPEG
at quality 60, brightened, cropped by 3 % and turned by 1.5°. The copies kept their hash within 10 of 64 bits, nine
times in ten. Of 4.8 million pairs of different photographs, those within 10 bits came up to a similarity of 0.84,
but for one: two hands that show nearly the same sign (0.90). At `alike.THRESHOLD`, nine in ten copies of the bees were
found and half of those of the strip, of 128 px and so fine a grain that each JPEG makes another; of the hands, it was
those that were brightened.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from desktop_app.events import Event, Progress, Step
from desktop_app.project.alike import LOWEST

Vectors: TypeAlias = NDArray[np.float32]
_Links: TypeAlias = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.floating[Any]]]
Pair: TypeAlias = tuple[str, str, float]

HASH_BITS = 10  # of 64 that may differ
DIMENSIONS = 128  # strongest directions of the set that are compared; they hold about 90 % of the variance
_EVENING = 0.25  # 0: directions count as they are; 0.5: all the same
_LEAST_EVENED, _FEW = 0.1, 200  # below a few hundred pictures, directions count rather as they are
_SAMPLE = 10_000  # embeddings from which these directions are found
_ROWS, _COLUMNS = 1024, 4096  # of a block of pairs
_MOST_NEIGHBOURS = 16  # of a picture that are kept in a block; enough to find its group
_MOST_LINKS = 1_000_000  # that wait to be thinned out


def alike_pairs(
    read: Callable[[Sequence[str]], Mapping[str, Vectors]],
    hashes: Mapping[str, int],
    are_different: Callable[[str, str], bool] = lambda first, second: False,
) -> Generator[Event, None, list[Pair]]:
    """Find the pictures that look alike.

    Args:
        read: returns the embeddings of the contents asked for; all have one.
        hashes: the perceptual hash of every content, as in `Measures`.
        are_different: pairs that a person has told apart.

    Returns:
        Pairs with their similarity, `LOWEST` to 1: as many as are needed to tell which pictures are connected at any
        threshold (a maximum spanning forest), so at most one per picture.
    """
    contents = sorted(hashes)
    bits = np.array([hashes[content] for content in contents], np.int64).view(np.uint64)
    points = _Directions.of(read, contents).points(read, contents)
    forest = _Forest(len(contents))
    for start in range(0, len(contents), _ROWS):
        yield Progress(Step.ALIKE, start, len(contents))
        for column in range(start, len(contents), _COLUMNS):
            first, second, similarity = _links(points, bits, start, column)
            kept = [
                not are_different(contents[one], contents[other])
                for one, other in zip(first.tolist(), second.tolist(), strict=True)
            ]
            forest.add(first[kept], second[kept], similarity[kept])
    yield Progress(Step.ALIKE, len(contents), len(contents), 0.0)
    return [(contents[one], contents[other], min(1.0, similarity)) for one, other, similarity in forest.links()]


@dataclass(frozen=True, eq=False)
class _Directions:
    """The mean of a set of embeddings and its strongest directions, (D, k), each scaled by its weight."""

    mean: Vectors
    basis: Vectors

    @classmethod
    def of(cls, read: Callable[[Sequence[str]], Mapping[str, Vectors]], contents: Sequence[str]) -> _Directions:
        step = max(1, len(contents) // _SAMPLE)
        sample = list(read(contents[::step][:_SAMPLE]).values())
        vectors = np.stack(sample) if sample else np.zeros((1, 1), np.float32)
        # The mean of two lies between them, and they would seem to be opposites.
        mean = vectors.mean(0) if len(vectors) > 2 else np.zeros_like(vectors[0])
        centred = vectors - mean
        strengths, directions = np.linalg.eigh(centred.T @ centred)  # weakest first
        strengths = np.maximum(strengths[-DIMENSIONS:], 0)
        # A few pictures do not tell which of their directions are common and which are each one's own.
        evened = strengths + (_LEAST_EVENED + _FEW / len(vectors)) * strengths.mean() + 1e-12
        return cls(mean, directions[:, -DIMENSIONS:] * (evened**-_EVENING).astype(np.float32))

    def points(self, read: Callable[[Sequence[str]], Mapping[str, Vectors]], contents: Sequence[str]) -> Vectors:
        """Where the contents lie: unit vectors, (n, k)."""
        points = np.zeros((len(contents), self.basis.shape[1]), np.float32)
        for start in range(0, len(contents), _ROWS):
            part = contents[start : start + _ROWS]
            vectors = read(part)
            points[start : start + _ROWS] = (np.stack([vectors[content] for content in part]) - self.mean) @ self.basis
        points /= np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-12)
        return points


def _links(points: Vectors, bits: NDArray[np.uint64], start: int, column: int) -> _Links:
    """The pairs of one block that are alike, the smaller position first."""
    block = points[start : start + _ROWS] @ points[column : column + _COLUMNS].T
    if column == start:
        block[np.tri(*block.shape, dtype=np.bool_)] = 0  # each pair once, and none with itself
    alike = block >= LOWEST
    if np.count_nonzero(alike) > _MOST_NEIGHBOURS * len(block):
        apart = np.bitwise_count(bits[start : start + _ROWS, None] ^ bits[column : column + _COLUMNS])
        block[apart > HASH_BITS] = 0
        nearest = np.argpartition(block, -min(_MOST_NEIGHBOURS, block.shape[1]), axis=1)[:, -_MOST_NEIGHBOURS:]
        alike[:] = False
        np.put_along_axis(alike, nearest, np.take_along_axis(block, nearest, axis=1) >= LOWEST, axis=1)
    rows, columns = np.nonzero(alike)
    close = np.bitwise_count(bits[start + rows] ^ bits[column + columns]) <= HASH_BITS
    rows, columns = rows[close], columns[close]
    return start + rows, column + columns, block[rows, columns]


class _Forest:
    """Links between pictures, of which those are kept that connect most strongly (a maximum spanning forest)."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._parts: list[_Links] = []
        self._count = 0

    def add(self, first: NDArray[np.intp], second: NDArray[np.intp], similarity: NDArray[np.floating[Any]]) -> None:
        self._parts.append((first, second, similarity))
        self._count += len(first)
        if self._count > _MOST_LINKS:
            self._thin_out()

    def links(self) -> Iterator[tuple[int, int, float]]:
        self._thin_out()
        for part in self._parts:
            yield from zip(*(column.tolist() for column in part), strict=True)

    def _thin_out(self) -> None:
        if not self._count:
            return
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import minimum_spanning_tree

        first, second, similarity = (np.concatenate(column) for column in zip(*self._parts, strict=True))
        # Short is alike; a length of 0 would mean that there is no link.
        graph = coo_array((2.0 - similarity, (first, second)), shape=(self._size, self._size))
        tree = minimum_spanning_tree(graph.tocsr()).tocoo()
        order = np.lexsort((tree.col, tree.row))
        kept = (tree.row[order].astype(np.intp), tree.col[order].astype(np.intp), (2.0 - tree.data[order]))
        self._parts, self._count = [kept], len(order)
