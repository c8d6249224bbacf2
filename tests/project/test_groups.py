"""Groups found in names, and patterns that could keep the matcher busy for ever."""

from __future__ import annotations

import time

import pytest

from desktop_app.errors import DataError
from desktop_app.project.groups import GroupPattern, joined_groups


@pytest.mark.parametrize(
    ("pattern", "file", "group"),
    [
        ("part_*", "cat/part_17_a.jpg", "part_17"),
        ("part_*", "cat/PART_17.jpg", ""),
        ("part_*", "cat/other.jpg", ""),
        ("lot ??", "lot 7a/x.jpg", "lot 7a"),
        ("*-*", "cat/2024-07.jpg", "2024-07"),
        ("teil_*", "a/teil_größe3.png", "teil_größe3"),
        (r"lot(\d+)_", "cat/lot12_3.jpg", "12"),
        (r"^([^/]+)/", "cat/lot12_3.jpg", "cat"),
        (r"(?:IMG|DSC)_(\d{4})", "DSC_1234_2.jpg", "1234"),
        (r"_([a-c+*]+?)\.", "x_ab+.jpg", "ab+"),
        (r"lot(\d)\d*_[a-z]+", "lot12_ab.jpg", "1"),
        (r"part(\d+)?", "part.jpg", None),
        ("", "cat/part_17.jpg", ""),
    ],
)
def test_patterns(pattern: str, file: str, group: str | None) -> None:
    if group is None:
        with pytest.raises(DataError):
            GroupPattern(pattern)
    else:
        assert GroupPattern(pattern).group(file) == group


@pytest.mark.parametrize(
    "pattern",
    [
        *[
            "(",
            "(a",
            "()()",
            "(a)(b)",
            r"\d+(",
            "(a)+",
            "(a*)*b",
            "(?:a+)+(b)",
            r"(a)\1",
            "(?=a)(b)",
            "(?P<x>a)",
            "(?i)(a)",
        ],
        *[
            "a*b*c*d*",
            "(.*.*.*.*x)",
            "(" + "a?" * 40 + "a" * 40 + ")",
            "x" * 201,
            "(a{9999999999999})",
            "(a{1}{2}{3}{4})",
        ],
        *["[(]", "((a))"],
    ],
)
def test_patterns_that_are_refused(pattern: str) -> None:
    with pytest.raises(DataError) as caught:
        GroupPattern(pattern)
    assert caught.value.why and caught.value.hint


@pytest.mark.timeout(60)
@pytest.mark.parametrize("pattern", ["(.*.*.*x)", "(.+).+.+y", "***!", r"([a-z]*[a-z]*[a-z]*)\d"])
def test_the_worst_accepted_pattern_ends(pattern: str) -> None:
    started = time.monotonic()
    GroupPattern(pattern).group("a" * 4000)
    assert time.monotonic() - started < 30  # half a second on a quiet machine; years without the limits


def test_joined_groups() -> None:
    assert joined_groups([["a"], ["b"], [""], []]) == ["a", "b", "", ""]
    one, two, three, four = joined_groups([["a", "b"], ["b", "c"], ["c", ""], ["d"]])
    assert one == two == three != four
