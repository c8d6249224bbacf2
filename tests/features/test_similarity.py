"""The search for pictures that look alike: it finds what is alike, at any number of pictures, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from desktop_app.events import Progress
from desktop_app.features import similarity
from desktop_app.features.similarity import Pair, _Directions, alike_pairs
from desktop_app.project.alike import LOWEST
from tests.running import finish

Vectors = dict[str, np.ndarray]


def strangers(count: int, seed: int = 0) -> Vectors:
    """Embeddings of pictures of one kind that are not alike: much in common, and each its own way."""
    random = np.random.default_rng(seed)
    common = 5 * random.standard_normal(160)
    return {f"{n:032x}": (common + random.standard_normal(160)).astype(np.float32) for n in range(count)}


def near(vector: np.ndarray, seed: int, distance: float = 0.2) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal(vector.shape)
    return (vector + distance * noise).astype(np.float32)


def search(vectors: Vectors, hashes: Mapping[str, int] | None = None, **options: Callable[..., bool]) -> list[Pair]:
    def read(contents: Sequence[str]) -> Vectors:
        return {content: vectors[content] for content in contents}

    events, pairs = finish(alike_pairs(read, hashes or dict.fromkeys(vectors, 0), **options))
    last = events[-1]
    assert isinstance(last, Progress) and last.done == last.total == len(vectors)
    return pairs


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few hundred pictures fill many blocks."""
    monkeypatch.setattr(similarity, "_ROWS", 16)
    monkeypatch.setattr(similarity, "_COLUMNS", 48)
    monkeypatch.setattr(similarity, "_MOST_LINKS", 40)


@pytest.mark.parametrize("count", [0, 1, 3, 10, 300])
def test_strangers_are_not_alike_however_much_they_have_in_common(count: int) -> None:
    assert search(strangers(count)) == []


@pytest.mark.usefixtures("small_blocks")
def test_copies_are_found_wherever_they_stand() -> None:
    vectors = strangers(200)
    names = list(vectors)
    planted = {(names[0], names[199]), (names[20], names[21]), (names[15], names[16]), (names[70], names[140])}
    for number, (one, other) in enumerate(planted):
        vectors[other] = near(vectors[one], number)
    found = search(vectors)
    assert {(one, other) for one, other, _ in found} == planted
    assert all(alike > 0.85 for _, _, alike in found)


def test_two_pictures_alone() -> None:
    vectors = strangers(1)
    (only,) = vectors
    vectors["f" * 32] = near(vectors[only], 1)
    ((one, other, alike),) = search(vectors)
    assert (one, other) == (only, "f" * 32) and 0.99 < alike <= 1


def test_the_hash_has_a_say() -> None:
    vectors = strangers(100)
    one, other = list(vectors)[:2]
    vectors[other] = near(vectors[one], 0)
    hashes = dict.fromkeys(vectors, 0)
    assert len(search(vectors, hashes | {other: -1 ^ (-1 << similarity.HASH_BITS)})) == 1
    assert search(vectors, hashes | {other: -1 ^ (-1 << similarity.HASH_BITS + 1)}) == []
    assert search(vectors, hashes | {other: -1}) == []


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("distance", [0.02, 0.2])
def test_a_crowd_is_one_group_with_few_pairs(distance: float) -> None:
    vectors = strangers(260)
    names = list(vectors)
    for number, name in enumerate(names[180:]):
        vectors[name] = near(vectors[names[180]], number, distance)
    found = search(vectors)
    assert len(found) == 79
    assert {name for pair in found for name in pair[:2]} == set(names[180:])


def test_what_most_pictures_share_does_not_count() -> None:
    """Parts in a fixture: nearly the same picture each time, and yet each another part."""
    vectors = strangers(260)
    names = list(vectors)
    for number, name in enumerate(names[20:]):
        vectors[name] = near(vectors[names[20]], number, 0.25)
    assert search(vectors) == []


@pytest.mark.usefixtures("small_blocks")
def test_every_threshold_connects_what_it_would_with_all_pairs() -> None:
    vectors = strangers(60)
    names = list(vectors)
    for number in range(1, 20):  # a chain, each a little off the one before
        vectors[names[number]] = near(vectors[names[number - 1]], number, 0.3)
    found = search(vectors)
    assert all(alike >= LOWEST for *_, alike in found)
    points = _Directions.of(lambda part: {name: vectors[name] for name in part}, sorted(names)).points(
        lambda part: {name: vectors[name] for name in part}, names
    )
    everything = points @ points.T
    for threshold in (0.75, 0.85, 0.93):
        pairs = [(names.index(one), names.index(other)) for one, other, alike in found if alike >= threshold]
        assert _components(60, pairs) == _components(60, np.argwhere(everything >= threshold).tolist())


def _components(count: int, pairs: Sequence[Sequence[int]]) -> list[int]:
    groups = list(range(count))
    for one, other in pairs:
        old, new = groups[one], groups[other]
        groups = [new if group == old else group for group in groups]
    firsts = {group: groups.index(group) for group in groups}
    return [firsts[group] for group in groups]


def test_pairs_that_a_person_told_apart_stay_apart() -> None:
    vectors = strangers(50)
    one, other, third = list(vectors)[:3]
    vectors[other], vectors[third] = near(vectors[one], 1), near(vectors[one], 2)
    found = search(vectors, are_different=lambda *pair: set(pair) == {one, other})
    assert {pair[:2] for pair in found} == {(one, third), (other, third)}
    assert search(vectors, are_different=lambda *pair: one in pair or other in pair) == []
