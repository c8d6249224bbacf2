"""Remarks about classes: each is made where it is due, and none about a plain set."""

from __future__ import annotations

import numpy as np

from desktop_app.project.remarks import GivesAway, TooFew, Uneven, about_numbers, about_properties

LABELS = np.repeat(np.arange(3, dtype=np.int32), 60)
CLASSES = ["cat", "dog", "fox"]


def test_a_plain_set_needs_no_remark() -> None:
    random = np.random.default_rng(0)
    assert about_numbers({"cat": 100, "dog": 120, "empty": 0}) == []
    formats = random.choice(["JPEG", "PNG"], 180)
    brightness = random.normal(0.5, 0.1, 180)
    sizes = random.integers(100, 200, 180)  # nearly each its own: by chance it knows every picture it has seen
    assert about_properties(LABELS, CLASSES, {"format": formats, "size": sizes, "brightness": brightness}) == []
    assert about_properties(LABELS[:0], CLASSES, {"format": formats[:0], "brightness": brightness[:0]}) == []


def test_numbers() -> None:
    assert about_numbers({"cat": 100, "dog": 10}) == [TooFew("dog", 10), Uneven("cat", "dog", 10.0)]
    assert about_numbers({"cat": 19}) == [TooFew("cat", 19)]
    assert about_numbers({}) == []


def test_a_class_of_another_format() -> None:
    formats = np.where(LABELS == 1, "PNG", "JPEG")
    formats[:3] = "PNG"
    assert about_properties(LABELS, CLASSES, {"format": formats}) == [GivesAway("format", "dog", 60, 60, 3, 120)]


def test_a_class_of_another_size_or_light() -> None:
    random = np.random.default_rng(0)
    sizes = np.where(LABELS == 2, 640, random.choice([320, 480], 180))
    (remark,) = about_properties(LABELS, CLASSES, {"size": sizes})
    assert isinstance(remark, GivesAway) and (remark.property, remark.name) == ("size", "fox")
    brightness = random.normal(0.5, 0.05, 180) - 0.35 * (LABELS == 0)
    (remark,) = about_properties(LABELS, CLASSES, {"brightness": brightness})
    assert isinstance(remark, GivesAway) and (remark.property, remark.name) == ("brightness", "cat")
    assert remark.found >= 57 and remark.mistaken <= 12


def test_light_that_overlaps_is_no_remark() -> None:
    brightness = np.random.default_rng(0).normal(0.5, 0.1, 180) - 0.15 * (LABELS == 0)
    assert about_properties(LABELS, CLASSES, {"brightness": brightness}) == []


def test_two_classes_are_one_remark() -> None:
    labels = LABELS[:120]
    assert len(about_properties(labels, CLASSES[:2], {"format": np.where(labels == 0, "PNG", "JPEG")})) == 1


def test_a_handful_shows_nothing() -> None:
    labels = np.array([0] * 9 + [1] * 50, np.int32)
    assert about_properties(labels, CLASSES[:2], {"format": np.where(labels == 0, "PNG", "JPEG")}) == []
