"""The golden pictures of a package: some real ones, small, and some drawn ones, with the answers of the model.

Whoever opens the package predicts them again and compares, so they should meet everything that could differ between
two computers: every class, shrinking, enlarging, and pictures that are much longer than wide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.errors import ImageError, ProjectError
from desktop_app.features.runtime import Network
from desktop_app.inference.manifest import MOST_GOLDEN
from desktop_app.project.catalog import Snapshot
from desktop_app.project.imaging import load_rgb
from desktop_app.project.project import Project

DRAWN = 4  # at least
REAL = MOST_GOLDEN - DRAWN
LEAST = 16
CLEAR = 0.01  # the best class leads by at least this much: no rounding can change the answer

LONGEST = 1024  # pixels of an edge

Picture = NDArray[np.uint8]
_SHAPES = ((1, 1), (480, 640), (7, 300), (300, 7), (64, 48), (1000, 1500), (224, 224), (33, 97))  # height, width


@dataclass(frozen=True, eq=False)
class Golden:
    """Pictures (height, width, 3), and (n, classes) the probabilities that the model gives them."""

    pictures: list[Picture]
    probabilities: NDArray[np.float32]


def choose(project: Project, snapshot: Snapshot, network: Network) -> Golden:
    """Pick golden pictures. Pictures that can't be read any more are passed over; drawn ones take their place."""
    chosen: list[tuple[Picture, NDArray[np.float32]]] = []
    unclear: list[tuple[Picture, NDArray[np.float32]]] = []
    for picture in _real(project, snapshot, network.preprocessing.size):
        if len(chosen) == REAL or len(chosen) + len(unclear) == 2 * REAL:
            break
        answer = network(picture)
        second, first = np.sort(answer)[-2:]
        (chosen if first - second >= CLEAR else unclear).append((picture, answer))
    missing = max(DRAWN, LEAST - len(chosen))
    chosen += [(picture, network(picture)) for picture in _drawn(missing)]
    return Golden([picture for picture, _ in chosen], np.stack([answer for _, answer in chosen]))


def _real(project: Project, snapshot: Snapshot, size: int) -> Iterator[Picture]:
    """Pictures of the project, the classes in turn; the same ones for the same snapshot."""
    order = sorted(range(len(snapshot.files)), key=lambda row: snapshot.hashes[row])
    queues = [iter([row for row in order if snapshot.labels[row] == label]) for label in range(len(snapshot.classes))]
    while queues:
        for queue in list(queues):
            row = next(queue, None)
            if row is None:
                queues.remove(queue)
                continue
            try:
                path = project.path(snapshot.files[row])
                # A snapshot that came with the project must not fetch private pictures through a link.
                if path.resolve().is_relative_to(project.root):
                    yield reduced(load_rgb(path, target=size), size)
            except (ImageError, ProjectError):
                continue


def reduced(picture: Picture, size: int) -> Picture:
    """Small enough to travel, large enough that the network, of that `size`, still has to shrink it."""
    step = max(1, min(picture.shape[:2]) // (2 * size))
    picture = picture[::step, ::step]
    longest = min(4 * size, LONGEST)
    top, left = (max(0, edge - longest) // 2 for edge in picture.shape[:2])
    return np.ascontiguousarray(picture[top : top + longest, left : left + longest])


def _drawn(count: int) -> Iterator[Picture]:
    """Waves of many lengths with some noise; the same ones every time."""
    for number in range(count):
        height, width = _SHAPES[number % len(_SHAPES)]
        rng = np.random.default_rng(number)
        y, x = np.mgrid[:height, :width].astype(np.float32)
        waves = [np.sin(a * x + b * y + c) for a, b, c in rng.uniform(0.01, 0.6, (3, 3))]
        noise = rng.normal(0, 0.1, (height, width, 3))
        yield (128 + 90 * (np.stack(waves, axis=-1) + noise)).clip(0, 255).astype(np.uint8)
