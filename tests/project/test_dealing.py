"""Dealing out: stratified, grouped, sticky, and decided by the seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_app.project.dealing import stratified_group_folds, stratified_group_split


def split(labels: Sequence[int], groups: Sequence[str] | None = None, **options: object) -> np.ndarray:
    options = {"seed": 0} | options
    return stratified_group_split(labels, groups or [""] * len(labels), **options)  # type: ignore[arg-type]


def shares(parts: np.ndarray) -> list[int]:
    """How many train, validation, test."""
    return [int(np.count_nonzero(parts == part)) for part in range(3)]


@pytest.mark.parametrize(
    ("pictures", "expected"),
    [
        (0, [0, 0, 0]),
        (1, [1, 0, 0]),
        (2, [1, 0, 1]),
        (3, [1, 1, 1]),
        (4, [2, 1, 1]),
        (5, [3, 1, 1]),
        (10, [6, 2, 2]),
        (40, [24, 8, 8]),
        (1000, [600, 200, 200]),
    ],
)
def test_one_class(pictures: int, expected: list[int]) -> None:
    parts = split([0] * pictures)
    assert shares(parts) == expected and parts.dtype == np.int8


def test_every_class_by_itself() -> None:
    labels = [0] * 10 + [1] * 100 + [2] * 2 + [3]
    parts = split(labels)
    expected = {0: [6, 2, 2], 1: [60, 20, 20], 2: [1, 0, 1], 3: [1, 0, 0]}
    assert {label: shares(parts[np.array(labels) == label]) for label in range(4)} == expected


def test_ninety_nine_to_one() -> None:
    labels = [0] * 990 + [1] * 10
    assert shares(split(labels)[990:]) == [6, 2, 2]


def test_a_thousand_classes_of_two() -> None:
    labels = [label for label in range(1000) for _ in range(2)]
    assert shares(split(labels)) == [1000, 0, 1000]


def test_the_seed_decides() -> None:
    labels = [0] * 50
    assert (split(labels, seed=1) == split(labels, seed=1)).all()
    assert (split(labels, seed=1) != split(labels, seed=2)).any()


def test_unlabelled_rows_take_no_part() -> None:
    parts = split([0, -1, 0, 0, -1])
    assert parts[[1, 4]].tolist() == [-1, -1] and shares(parts) == [1, 1, 1]


def test_groups_are_never_divided_and_still_stratified() -> None:
    random = np.random.default_rng(0)
    groups = [f"part {number}" for number in range(100) for _ in range(random.integers(1, 12))]
    label_of = {group: int(random.integers(3)) for group in groups}
    labels = np.array([label_of[group] for group in groups])
    parts = split(labels, groups)
    assert all(
        len({part for part, other in zip(parts, groups, strict=True) if other == group}) == 1 for group in groups
    )
    for label in range(3):
        found = np.array(shares(parts[labels == label])) / np.count_nonzero(labels == label)
        assert np.abs(found - [0.6, 0.2, 0.2]).max() < 0.05


def test_groups_with_several_classes() -> None:
    # Every student shows every sign.
    groups = [f"student {student}" for student in range(20) for _ in range(10)]
    labels = [sign for _ in range(20) for sign in range(10)]
    parts = split(labels, groups)
    assert shares(parts) == [120, 40, 40]
    assert all(shares(parts[np.array(labels) == sign]) == [12, 4, 4] for sign in range(10))


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([10], [10, 0, 0]),
        ([5, 5], [5, 0, 5]),
        ([10, 10, 10], [10, 10, 10]),
        ([8, 1, 1], [8, 1, 1]),
        ([60, 20, 20], [60, 20, 20]),
        ([30, 15, 10, 10, 10, 10, 5, 5, 5], [60, 20, 20]),
    ],
)
def test_few_groups(sizes: list[int], expected: list[int]) -> None:
    groups = [f"lot {number}" for number, size in enumerate(sizes) for _ in range(size)]
    assert shares(split([0] * len(groups), groups)) == expected


def test_one_huge_group_goes_to_train_and_leaves_something_for_the_others() -> None:
    groups = ["huge"] * 100 + ["a", "b", "c"]
    parts = split([0] * 103, groups)
    assert (parts[:100] == 0).all() and {1, 2} <= set(parts[100:].tolist())


def test_what_is_fixed_stays_and_newcomers_restore_the_balance() -> None:
    labels = [0] * 20
    fixed = np.array([0] * 10 + [-1] * 10, np.int8)
    parts = split(labels, fixed=fixed)
    assert (parts[:10] == 0).all() and shares(parts) == [12, 4, 4]


def test_newcomers_follow_their_group() -> None:
    groups = ["a", "a", "b", "b", "a", "b", "torn", "torn", "torn", "torn"]
    fixed = np.array([2, 2, 0, -1, -1, -1, 0, 2, 2, -1], np.int8)
    assert split([0] * 10, groups, fixed=fixed).tolist() == [2, 2, 0, 0, 2, 0, 0, 2, 2, 2]


def test_a_second_deal_changes_nothing() -> None:
    labels = [0] * 33 + [1] * 7
    first = split(labels)
    assert (split(labels, fixed=first, seed=99) == first).all()


def test_other_fractions() -> None:
    assert shares(split([0] * 10, fractions={"train": 0.8, "validation": 0.2, "test": 0})) == [8, 2, 0]
    assert shares(split([0] * 2, fractions={"train": 0.8, "validation": 0.2, "test": 0})) == [1, 1, 0]
    assert shares(split([0] * 10, fractions={"train": 1, "validation": 0, "test": 0})) == [10, 0, 0]


rows = st.lists(st.tuples(st.integers(-1, 3), st.sampled_from(["", "", "a", "b", "c", "d"])), max_size=40)


@given(rows, st.integers(0, 10))
def test_whatever_comes(rows: list[tuple[int, str]], seed: int) -> None:
    labels, groups = np.array([row[0] for row in rows], np.int32), [row[1] for row in rows]
    parts = stratified_group_split(labels, groups, seed=seed)
    assert ((parts >= 0) == (labels >= 0)).all() and (parts < 3).all()
    for group in set(groups) - {""}:
        assert len({int(part) for part, other in zip(parts, groups, strict=True) if other == group and part >= 0}) <= 1
    for label in range(4):
        # Groups that hold this class alone, and pictures without a group, can be placed freely.
        units = {groups[row] or row for row in np.flatnonzero(labels == label)}
        if len(units) == 1 and all(labels[row] == label for row in range(len(rows)) if groups[row] in units):
            assert set(parts[labels == label].tolist()) == {0}


@given(rows, st.integers(0, 10), st.randoms())
@settings(max_examples=50)
def test_sticky_whatever_comes_later(rows: list[tuple[int, str]], seed: int, random: object) -> None:
    labels, groups = np.array([row[0] for row in rows], np.int32), [row[1] for row in rows]
    early = random.randint(0, len(rows))  # type: ignore[attr-defined]
    first = stratified_group_split(labels[:early], groups[:early], seed=seed)
    fixed = np.append(first, np.full(len(rows) - early, -1, np.int8))
    later = stratified_group_split(labels, groups, seed=seed, fixed=fixed)
    assert (later[:early] == first).all()


def test_folds_are_balanced_and_keep_groups() -> None:
    labels = np.array([0] * 23 + [1] * 52)
    groups = [f"g{row // 3}" if row % 2 else "" for row in range(75)]
    folds = stratified_group_folds(labels, groups, 5, 0)
    assert set(folds.tolist()) == set(range(5))
    for label, expected in ((0, 23 / 5), (1, 52 / 5)):
        assert np.abs(np.bincount(folds[labels == label], minlength=5) - expected).max() <= 1.5
    assert np.ptp(np.bincount(folds)) <= 3


def test_the_rests_of_many_classes_go_to_different_folds() -> None:
    labels = np.repeat(np.arange(10), 11)
    folds = stratified_group_folds(labels, [""] * 110, 5, 0)
    assert np.bincount(folds).tolist() == [22] * 5


def test_fewer_pictures_than_folds() -> None:
    assert len(set(stratified_group_folds([0, 0, 0], [""] * 3, 5, 0).tolist())) == 3
