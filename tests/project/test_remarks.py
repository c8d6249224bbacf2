"""Remarks about numbers of pictures."""

from __future__ import annotations

from desktop_app.project.remarks import TooFew, Uneven, about_numbers


def test_numbers() -> None:
    assert about_numbers({"cat": 100, "dog": 10}) == [TooFew("dog", 10), Uneven("cat", "dog", 10.0)]
    assert about_numbers({"cat": 19}) == [TooFew("cat", 19)]
    assert about_numbers({}) == []
    assert about_numbers({"cat": 100, "dog": 120, "empty": 0}) == []
