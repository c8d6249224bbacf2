"""What gives a class away: told where it does for sure, with its evidence, and never by chance."""

from __future__ import annotations

import numpy as np
import pytest

from desktop_app.project.giveaways import GivesAway, _folds, at_least, given_away

LABELS = np.repeat(np.arange(3, dtype=np.int32), 60)
CLASSES = ["cat", "dog", "fox"]


def only(found: list[GivesAway]) -> GivesAway:
    (remark,) = found
    return remark


def test_a_plain_set_gives_nothing_away() -> None:
    random = np.random.default_rng(0)
    formats = random.choice(["JPEG", "PNG"], 180)
    brightness = random.normal(0.5, 0.1, 180)
    sizes = random.integers(100, 200, 180)  # nearly each its own: by chance it knows every picture it has seen
    assert given_away(LABELS, CLASSES, {"format": formats, "size": sizes, "brightness": brightness}) == []
    assert given_away(LABELS[:0], CLASSES, {"format": formats[:0], "brightness": brightness[:0]}) == []


def test_a_class_of_another_format() -> None:
    formats = np.where(LABELS == 1, "PNG", "JPEG")
    formats[:3] = "PNG"
    remark = only(given_away(LABELS, CLASSES, {"format": formats}))
    assert (remark.property, remark.name, remark.value) == ("format", "dog", "PNG")
    assert (remark.found, remark.pictures, remark.mistaken, remark.others) == (60, 60, 3, 120)
    assert (remark.having, remark.others_having) == (60, 3)
    assert 0.75 < remark.at_least < 1


def test_a_class_from_another_camera() -> None:
    cameras = np.where(LABELS == 2, "Basler acA1300", "Canon EOS 80D").astype("U60")
    cameras[-6:] = ""
    remark = only(given_away(LABELS, CLASSES, {"camera": cameras}))
    assert (remark.name, remark.value, remark.having, remark.others_having) == ("fox", "Basler acA1300", 54, 0)


def test_a_class_from_several_cameras() -> None:
    cameras = np.where(LABELS == 1, "C", "A").astype("U60")
    cameras[60:85] = "B"
    remark = only(given_away(LABELS, CLASSES, {"camera": cameras}))
    assert (remark.name, remark.value, remark.having, remark.others_having) == ("dog", "C, B", 60, 0)


def test_a_class_without_a_camera() -> None:
    cameras = np.where(LABELS == 0, "", "Canon EOS 80D")
    remark = only(given_away(LABELS, CLASSES, {"camera": cameras}))
    assert (remark.name, remark.value, remark.having) == ("cat", "", 60)


def test_a_class_from_another_day() -> None:
    random = np.random.default_rng(0)
    start = np.datetime64("2024-05-03T08:00:00")
    taken = (
        start + (random.uniform(0, 8 * 3600, 180)).astype("timedelta64[s]") + np.timedelta64(10, "D") * (LABELS == 1)
    )
    remark = only(given_away(LABELS, CLASSES, {"date": taken}))
    assert (remark.name, remark.value) == ("dog", "2024-05-13")
    assert remark.having >= 54
    assert remark.others_having == 0
    taken[LABELS != 1] = np.datetime64("NaT")
    assert only(given_away(LABELS, CLASSES, {"date": taken})).name == "dog"
    taken[:] = np.datetime64("NaT")
    assert given_away(LABELS, CLASSES, {"date": taken}) == []


def test_a_class_of_another_size_or_light() -> None:
    random = np.random.default_rng(0)
    sizes = np.where(LABELS == 2, 640 << 32 | 480, random.choice([320 << 32 | 200, 480 << 32 | 300], 180))
    shapes = np.where(LABELS == 2, 640 / 480, 1.6)
    remark = only(given_away(LABELS, CLASSES, {"size": sizes, "shape": shapes}))
    assert (remark.property, remark.name, remark.value) == ("size", "fox", "640 × 480")
    brightness = random.normal(0.5, 0.05, 180) - 0.45 * (LABELS == 0)
    remark = only(given_away(LABELS, CLASSES, {"brightness": brightness}))
    assert (remark.property, remark.name, remark.value) == ("brightness", "cat", "less")
    assert remark.found >= 57
    assert remark.mistaken <= 12


def test_light_that_overlaps_is_no_remark() -> None:
    brightness = np.random.default_rng(0).normal(0.5, 0.1, 180) - 0.15 * (LABELS == 0)
    assert given_away(LABELS, CLASSES, {"brightness": brightness}) == []


def test_two_classes_are_one_remark() -> None:
    labels = LABELS[:120]
    assert len(given_away(labels, CLASSES[:2], {"format": np.where(labels == 0, "PNG", "JPEG")})) == 1


def test_a_handful_shows_nothing() -> None:
    labels = np.array([0] * 9 + [1] * 50, np.int32)
    assert given_away(labels, CLASSES[:2], {"format": np.where(labels == 0, "PNG", "JPEG")}) == []


def test_pictures_of_few_parts_show_nothing() -> None:
    """Each part has a camera of its own; that one class's three parts share one may be chance."""
    parts = np.repeat(np.arange(9), 20)
    cameras = np.array(["a", "a", "a", "b", "c", "d", "e", "f", "g"])[parts]
    assert only(given_away(LABELS, CLASSES, {"camera": cameras})).name == "cat"
    assert given_away(LABELS, CLASSES, {"camera": cameras}, parts) == []


def test_parts_stay_together_and_every_fold_has_each_class() -> None:
    units = np.repeat(np.arange(60), 3)
    fold = _folds(LABELS, units)
    assert (fold.reshape(60, 3) == fold[::3, None]).all()
    shares = np.array([np.bincount(fold[label == LABELS], minlength=5) for label in range(3)])
    assert (shares == 12).all()


def test_the_interval_is_agrestis_and_caffos() -> None:
    """Their example: 7 of 10 and 1 of 10 differ by 0.18 to 0.82 (The American Statistician 54, 2000, p. 281)."""
    difference = 2 * at_least(7, 10, 1, 10) - 1
    share, wrong = 8 / 12, 2 / 12
    half = 1.959964 * np.sqrt(share * (1 - share) / 12 + wrong * (1 - wrong) / 12)
    assert difference == pytest.approx(share - wrong - half, abs=1e-6)
    assert at_least(7, 10, 1, 10, looks=20) < at_least(7, 10, 1, 10)


def test_chance_is_hardly_ever_told() -> None:
    """A hundred sets in which nothing gives anything away: the many looks are paid for."""
    told = 0
    for seed in range(100):
        random = np.random.default_rng(seed)
        properties = {
            "camera": random.choice(["a", "b", "c"], 90),
            "size": random.integers(0, 5, 90) << 32,
            "brightness": random.normal(0, 1, 90),
        }
        told += len(given_away(LABELS[::2], CLASSES, properties))
    assert told == 0
