"""Names: compared by key, shown without tricks, refused where an operating system would refuse them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.project import names

PATHS = ("..", ".", "../x", "a/b", "a\\b")
OURS = (".hidden", "__MACOSX", "_unlabelled", "@eaDir", "$RECYCLE.BIN")
COMPOSED, DECOMPOSED = "Kratzer ü", unicodedata.normalize("NFD", "Kratzer ü")


def test_spellings_and_capitals() -> None:
    assert COMPOSED != DECOMPOSED
    assert names.same_text(COMPOSED) == names.same_text(DECOMPOSED)
    assert names.same_text("Good") != names.same_text("good")
    assert names.same_file("Good") == names.same_file("good")
    assert names.same_file(COMPOSED.upper()) == names.same_file(DECOMPOSED)


def test_natural_order() -> None:
    shown = ["a", "B 2", "b 10", "part 9.jpg", "part 10.jpg", "part 010.jpg"]
    assert sorted(set(shown), key=names.natural_key)[:4] == shown[:4]
    assert sorted(["x10", "x9", "x1"], key=names.natural_key) == ["x1", "x9", "x10"]


@given(st.lists(st.text(), max_size=6), st.randoms())
def test_natural_order_is_total(texts: list[str], random: object) -> None:
    once = sorted(texts, key=names.natural_key)
    random.shuffle(texts)  # type: ignore[attr-defined]
    assert sorted(texts, key=names.natural_key) == once


@pytest.mark.parametrize("name", ["good", "Kratzer ü", "刮痕", "🙂", "خدش", "a.b", "100 %", "con artist", "x" * 120])
def test_ordinary_names(name: str) -> None:
    assert names.new_name_problem(name) == "" and names.for_display(name) == name and names.is_text(name)
    assert names.clean_file_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "a\nb",
        "a\tb",
        "\x00",
        "a\x1b[31m",
        "\u202egnp.exe",
        "a\u2066b",
        "a\u2028b",
        "\udcff",
        "x" * 121,
        *PATHS,
    ],
)
def test_names_that_no_class_can_have(name: str) -> None:
    assert names.class_name_problem(name) and names.new_name_problem(name)
    shown = names.for_display(name)
    assert not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in shown) and "\u202e" not in shown


@pytest.mark.parametrize(
    "name",
    ["con", "CON", "nul.txt", "com1", "LPT9", "com¹", "a.", "a ", " a", "a:b", "a?", "a*", 'a"b', "a<b>", "a|b", *OURS],
)
def test_names_that_some_system_refuses_or_discern_uses(name: str) -> None:
    assert names.new_name_problem(name)


@given(st.text(min_size=1))
def test_cleaned_file_names_are_accepted_everywhere(name: str) -> None:
    cleaned = names.clean_file_name(name)
    assert cleaned and not cleaned.startswith(".") and names.is_text(cleaned)
    assert not set(cleaned) & set('<>:"/\\|?*\n\x00')
    assert names.clean_file_name(cleaned) == cleaned


def test_cleaning_keeps_the_suffix() -> None:
    assert names.clean_file_name("a:b\udcff.JPG") == "a_b_.JPG"
    assert names.clean_file_name("con.jpg").endswith(".jpg")
