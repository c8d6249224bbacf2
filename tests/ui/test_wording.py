"""Numbers in words: never more promised than was measured."""

from __future__ import annotations

from datetime import datetime

import pytest
from PySide6.QtCore import QLocale

from desktop_app.evaluation.intervals import wilson
from desktop_app.ui import wording


@pytest.fixture(autouse=True)
def english() -> None:
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))


def plain(text: str) -> str:
    return text.replace(wording.SPACE, " ")


def test_a_result_with_its_doubt():
    assert plain(wording.right_with_doubt(38, 40, wilson(38, 40))) == "38 of 40 right (95 %; truly 83–99 %)"
    assert plain(wording.share_with_doubt(416, 432, wilson(416, 432))) == "96 %; truly 94–98 %"
    assert plain(wording.truly(wilson(24, 24))) == "truly 86–100 %"


@pytest.mark.parametrize(
    ("share", "text"),
    [(1.0, "100 %"), (431 / 432, "99 %"), (0.995, "99 %"), (0.5, "50 %"), (0.004, "under 1 %"), (0.0, "0 %")],
)
def test_only_all_is_100_percent_and_only_none_is_0(share, text):
    assert plain(wording.percent(share)) == text


def test_a_number_and_its_unit_stay_on_one_line():
    for text in (wording.percent(0.96), wording.duration(148), wording.percent_range((0.9, 0.95))):
        assert " " not in text


def test_nothing_to_count_is_a_dash():
    assert wording.share_of(0, 0) == "–"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.02, "0.1 s"), (0.44, "0.4 s"), (12.4, "12 s"), (148, "2 min 28 s"), (3900, "1 h 5 min")],
)
def test_a_measured_time(seconds, text):
    assert plain(wording.duration(seconds)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (2, "a few seconds left"),
        (22, "about 20 s left"),
        (58, "about 1 min left"),
        (93, "about 1 min 30 s left"),
        (700, "about 12 min left"),
        (5000, "about 1 h 20 min left"),
    ],
)
def test_a_guessed_time_is_rounded(seconds, text):
    assert plain(wording.time_left(seconds)) == text


def test_a_short_guess():
    assert plain(wording.time_left(93, short=True)) == "1 min 30 s left"


def test_days_in_words():
    now = datetime(2026, 6, 14, 12, 0)
    assert plain(wording.moment("2026-06-14T10:42:00", now)).startswith("today 10:42")
    assert wording.moment("2026-06-13T10:42:00", now).startswith("yesterday")
    assert wording.moment("2026-05-28T10:42:00", now) == "28 May"
    assert wording.moment("2024-05-28T10:42:00", now) == "28 May 2024"
    assert wording.moment("once upon a time", now) == ""


def test_one_is_not_many():
    assert wording.pictures(1) == "1 picture"
    assert wording.pictures(1408) == "1,408 pictures"
    assert wording.quoted(["a", "b"]) == "“a”, “b”"
    assert wording.quoted(list("abcde")) == "“a”, “b”, “c” and 2 more"


def test_numbers_follow_the_language():
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    try:
        assert wording.pictures(1408) == "1.408 pictures"
        assert wording.decimal(0.25, 2) == "0,25"
        assert plain(wording.duration(0.44)) == "0,4 s"
    finally:
        QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))


def test_tiny_differences_by_their_first_digit():
    assert wording.difference(2.14e-5) == "0.00002"
    assert wording.difference(3e-9) == "under 0.000001"
    assert wording.difference(0) == "0"


def test_a_cell_is_read_out():
    assert wording.cell("scratch", "inclusion", 5) == "actual scratch, called inclusion, 5 pictures"
    assert wording.cell("scratch", "scratch", 1) == "scratch, called right, 1 picture"
