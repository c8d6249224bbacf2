"""Pictures are found by name, through renames and removals."""

from __future__ import annotations

import random

from desktop_app.project.places import Places, standing


def test_renamed_and_removed_pictures_against_a_plain_list() -> None:
    dice = random.Random(4)
    files = [f"a/{number}.png" for number in range(200)]
    places = Places(files)
    for turn in range(60):
        chosen = dice.sample(files, dice.randrange(4))
        if turn % 2:
            new_names = {file: f"b/{turn} {number}.png" for number, file in enumerate(chosen)}
            places.rename({**new_names, "nowhere.png": "b/x.png"})
            files = [new_names.get(file, file) for file in files]
        else:
            places.remove([*chosen, "nowhere.png"])
            files = [file for file in files if file not in chosen]
        assert places.find_all([*files, "nowhere.png", "b/x.png"]).tolist() == [*range(len(files)), -1, -1]
        assert [places.find(file) for file in files[:3]] == [0, 1, 2]


def test_two_pictures_that_swap_their_names() -> None:
    places = Places(["a", "b"])
    places.rename({"a": "b", "b": "a"})
    assert (places.find("a"), places.find("b")) == (1, 0)


def test_where_pictures_stood_before() -> None:
    dice = random.Random(5)
    before = tuple(f"{number}.png" for number in range(3_000))
    after = list(before)
    assert standing(before, before).tolist() == list(range(3_000))
    for turn in range(20):
        after.pop(dice.randrange(1_500, 1_600))
        after.insert(dice.randrange(1_500, 1_600), f"new {turn}.png")
        expected = [before.index(file) if file in before else -1 for file in after]
        assert standing(before, tuple(after)).tolist() == expected
    assert standing((), ("a",)).tolist() == [-1]
    assert standing(("a",), ()).tolist() == []
    assert standing(("a", "a2"), ("a", "a", "a2")).tolist() == [0, -1, 1]
