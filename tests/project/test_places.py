"""Pictures are found by name, through renames and removals."""

from __future__ import annotations

import random

from desktop_app.project.places import Places, scanned, standing


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


def test_a_name_is_found_again_when_another_picture_gets_it() -> None:
    places = Places(["a", "b", "c"])
    places.remove(["a", "a"])
    places.rename({"c": "a"})
    assert places.find_all(["a", "b", "c"]).tolist() == [1, 0, -1]
    places.rename({"a": "c"})
    assert places.find_all(["a", "b", "c"]).tolist() == [-1, 0, 1]


def test_a_single_question_needs_no_setting_up() -> None:
    files = [f"{number}.png" for number in range(50)]
    wanted = ["7.png", "nowhere.png", "3.png", "49.png", "7.png"]
    assert scanned(files, wanted).tolist() == Places(files).find_all(wanted).tolist() == [7, -1, 3, 49, 7]
    assert scanned(files, []).tolist() == scanned([], wanted[:0]).tolist() == []


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
