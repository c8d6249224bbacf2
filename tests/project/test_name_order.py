"""Names in natural order, and found by a part of them."""

from __future__ import annotations

import random

import numpy as np
import pytest

from desktop_app.project import names
from desktop_app.project.name_order import NameOrder

FILES = ("b/part 10.png", "a/part 9.png", "c/PART 2.png", "氧化/缺陷 3.png", "a/Schweißnaht.png", "b/part 9.png")


def ordered(files: tuple[str, ...]) -> list[str]:
    rank = NameOrder.of(files).rank
    return [file for _, file in sorted(zip(rank.tolist(), files, strict=True))]


def test_numbers_count_and_folders_do_not() -> None:
    assert ordered(FILES) == [
        "c/PART 2.png", "a/part 9.png", "b/part 9.png", "b/part 10.png", "a/Schweißnaht.png", "氧化/缺陷 3.png",
    ]  # fmt: skip


def test_the_same_order_as_the_plain_way_also_for_long_names() -> None:
    dice = random.Random(7)
    pieces = ["part ", "10", "9", "Kamera links oben, Nachtschicht, Prüfmittel ", "é", "缺", "0" * 9, " "]
    files = tuple(f"a/{''.join(dice.choices(pieces, k=dice.randrange(1, 9)))}.png" for _ in range(500))
    rank = NameOrder.of(files).rank
    plain = sorted(range(500), key=lambda row: (names.natural_key(files[row][2:])[0], row))
    assert [row for _, row in sorted((rank[row], row) for row in range(500))] == plain


@pytest.mark.parametrize(
    ("part", "found"),
    [("part", [0, 1, 2, 5]), ("9.p", [1, 5]), ("schweissnaht", [4]), ("陷 3", [3]), ("", [0, 1, 2, 3, 4, 5]),
     ("b/", []), ("g\nq", []), ("zz", []), ("png" * 50, [])],
)  # fmt: skip
def test_found_by_a_part_of_the_name(part: str, found: list[int]) -> None:
    assert NameOrder.of(FILES).containing(part).nonzero()[0].tolist() == found


def test_names_follow_their_pictures() -> None:
    taken = NameOrder.of(FILES).taken(np.array([5, -1, 0]))
    assert np.argsort(taken.rank).tolist() == [0, 2, 1]
    assert taken.containing("part").tolist() == [True, False, True]
    assert taken.containing("10").tolist() == [False, False, True]
    assert taken.containing("").all()


def test_no_names() -> None:
    assert len(NameOrder.of(()).rank) == 0
    assert len(NameOrder.of(()).containing("a")) == 0
