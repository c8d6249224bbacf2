"""What a model suggests: which of it may be accepted, and how."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from desktop_app.project.catalog import LEFT_OUT, SPLITS
from desktop_app.project.columns import Columns
from desktop_app.ui import wording
from desktop_app.ui.models.suggestions import Suggestions

UNLABELLED, GONE = -1, -2
TEST, TRAIN = SPLITS.index("test"), SPLITS.index("train")


def columns(predicted: list[int], confidence: list[float], split: list[int] | None = None) -> Columns:
    return replace(
        Columns.unknown(tuple(f"{row}.png" for row in range(len(predicted)))),
        predicted=np.array(predicted, np.int32),
        confidence=np.array(confidence, np.float32),
        split=np.array(split or [LEFT_OUT] * len(predicted), np.int8),
    )


def everything(labels: list[int], known: Columns) -> Suggestions:
    return Suggestions.for_unlabelled(np.arange(len(labels)), np.array(labels, np.int32), known)


def test_only_unlabelled_pictures_with_an_answer_are_suggested_for() -> None:
    nan = float("nan")
    labels = [UNLABELLED, 0, GONE, UNLABELLED, UNLABELLED]
    found = everything(labels, columns([1, 1, 1, -1, 0], [0.97, 0.99, 0.99, nan, 0.6]))
    assert found.places.tolist() == [0, 4]
    assert found.labels.tolist() == [1, 0]
    assert found.percent.tolist() == [97, 60]
    assert found.counts() == {0: 1, 1: 1}


def test_only_places_that_are_asked_for_count() -> None:
    found = Suggestions.for_unlabelled(
        np.array([2, 0]), np.full(3, UNLABELLED, np.int32), columns([0, 1, 2], [0.5, 0.6, 0.7])
    )
    assert found.places.tolist() == [2, 0]
    assert found.labels.tolist() == [2, 0]


def test_test_pictures_are_never_accepted_together() -> None:
    found = everything([UNLABELLED] * 3, columns([0, 0, 0], [0.99, 0.99, 0.94], [TEST, TRAIN, TRAIN]))
    assert len(found) == 3
    assert found.at_least(95).places.tolist() == [1]
    assert found.at_least(50).places.tolist() == [1, 2]


@pytest.mark.parametrize("share", [0.4951, 0.5049, 0.945, 0.955, 0.9449999, 0.9949, 0.995, 0.99999, 1.0])
def test_a_level_means_what_the_tiles_show(share: float) -> None:
    found = everything([UNLABELLED], columns([0], [share]))
    shown = int(wording.percent(float(np.float32(share))).partition(wording.SPACE)[0])
    assert found.percent.tolist() == [shown]
    assert len(found.at_least(shown)) == 1
    assert len(found.at_least(shown + 1)) == 0


def selected(places: list[int], labels: list[int], known: Columns) -> list[int]:
    found = Suggestions.for_selected(np.array(places, np.intp), np.array(labels, np.int32), known)
    return found.places.tolist()


def test_a_key_accepts_many_as_carefully_as_the_button_and_one_as_it_was_looked_at() -> None:
    known = columns([1, 1, 1, 0], [0.6, 0.9, 0.9, 0.9], [LEFT_OUT, TEST, TRAIN, TRAIN])
    labels = [UNLABELLED, UNLABELLED, 0, 0]
    assert selected([0, 1, 2, 3], labels, known) == [0]
    assert selected([1], labels, known) == [1]  # a test picture
    assert selected([2], labels, known) == [2]  # a label that changes
    assert selected([3], labels, known) == []  # the model agrees
    assert selected([], labels, known) == []
