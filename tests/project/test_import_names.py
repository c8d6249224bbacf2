"""The class in a file's name."""

from __future__ import annotations

import time

import pytest

from desktop_app.errors import DataError
from desktop_app.project.import_names import ClassPattern, suggested_pattern


@pytest.mark.parametrize(
    ("pattern", "file", "name"),
    [
        ("{class}_{number}", "cat_001.jpg", "cat"),
        ("{class}_{number}", "lot 1/slag_inclusion_12.jpg", "slag_inclusion"),
        ("{class}_{number}", "cat.jpg", ""),
        ("{class}_{number}", "cat_001_b.jpg", ""),
        ("{class}{number}", "cat7.png", "cat"),
        ("{class}{number}", "cat_7.png", "cat"),
        ("{class} ({number})", "Größe (12).jpg", "Größe"),
        ("{number}_{class}", "0012_针孔.jpg", "针孔"),
        ("{class}_*", "cat_a_1.jpg", "cat"),
        ("*_{class}", "2024_b_cat.jpg", "cat"),
        ("*_???", "cat_001.jpg", "cat"),
        ("*", "cat.jpg", "cat"),
        ("{class}.{number}", "dog.12.jpg", "dog"),
        ("{class}.{number}", "dogx12.jpg", ""),
        ("{class}_{number}", "gro\u0308ße_1.jpg", "größe"),
        (r"^([^/]+)/", "fox/IMG_1.jpg", "fox"),
        (r"_([a-z]+)\.jpg$", "12_owl.jpg", "owl"),
    ],
)
def test_patterns(pattern: str, file: str, name: str) -> None:
    assert ClassPattern(pattern).class_of(file) == name


@pytest.mark.parametrize("pattern", ["", "cat", "(", "(a)(b)", "(a*)*b", "{class}_{class}", "****{class}", "a" * 300])
def test_what_is_no_pattern(pattern: str) -> None:
    with pytest.raises(DataError, match="can't be used to find classes"):
        ClassPattern(pattern)


@pytest.mark.parametrize("pattern", ["*{class}*", r"(.*).*.*x"])
def test_no_pattern_takes_forever(pattern: str) -> None:
    began = time.process_time()
    ClassPattern(pattern).class_of("a" * 5000 + ".jpg")
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    ("files", "pattern"),
    [
        ([f"{name}_{n:03}.jpg" for name in ("cat", "dog") for n in range(5)], "{class}_{number}"),
        ([f"{name}.{n}.jpg" for name in ("cat", "dog") for n in range(5)], "{class}.{number}"),
        ([f"{n}-{name}.jpg" for name in ("cat", "dog") for n in range(5)], "{number}-{class}"),
        ([f"{name}_{n}_left.jpg" for name in ("cat", "dog") for n in range(5)], "{class}_*"),
        ([f"IMG_{n:04}.jpg" for n in range(50)], ""),
        ([f"{chr(97 + n)}_1.jpg" for n in range(20)], ""),
        (["cat_1.jpg", "dog_1.jpg"], ""),
        ([f"2024-01-{n:02}_{m}.jpg" for n in range(9) for m in range(9)], ""),
        ([], ""),
    ],
)
def test_the_pattern_that_names_suggest(files: list[str], pattern: str) -> None:
    assert suggested_pattern(files) == pattern
