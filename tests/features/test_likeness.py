"""Distances come from stored embeddings alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from desktop_app.features import likeness
from desktop_app.features.likeness import distances
from desktop_app.project.index import Index

HASHES = np.array([f"{number:032x}".encode() for number in range(1, 6)] + [b""], "S32")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index(tmp_path, tmp_path / "index.sqlite") as made:
        yield made


def store(index: Index, key: str, **vectors: list[float]) -> None:
    index.store_embeddings(
        key, {HASHES[int(place[1:])].decode(): np.array(values, np.float32) for place, values in vectors.items()}
    )


@pytest.mark.parametrize("part", [1, 2, 1000])
def test_angles_count_and_lengths_do_not(index: Index, monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    monkeypatch.setattr(likeness, "_PART", part)
    store(index, "a", _0=[2, 0], _1=[5, 0], _2=[0, 3], _3=[-1, 0])
    found = distances(index, HASHES, 0)
    assert found is not None
    np.testing.assert_allclose(found, [0, 0, 1, 2, np.nan, np.nan], atol=1e-6)


def test_copies_are_equally_far(index: Index) -> None:
    store(index, "a", _0=[1, 0], _1=[1, 1])
    found = distances(index, HASHES[[1, 0, 1]], 1)
    assert found is not None and found[0] == found[2] == pytest.approx(1 - 0.5**0.5)


def test_the_embeddings_that_know_the_picture_are_taken(index: Index) -> None:
    store(index, "a", _1=[1, 0])
    store(index, "b", _0=[1, 0, 0], _1=[0, 1, 0], _2=[1, 0])  # the last is damaged, or of another network
    assert index.embedding_keys() == ["a", "b"]
    found = distances(index, HASHES, 0)
    assert found is not None
    np.testing.assert_allclose(found[:3], [0, 1, np.nan])


def test_a_picture_that_nobody_has_looked_at(index: Index) -> None:
    assert distances(index, HASHES, 0) is None
    store(index, "a", _0=[1, 0])
    assert distances(index, HASHES, 5) is None
