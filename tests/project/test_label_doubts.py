"""Judgements of labels are kept as long as they hold."""

from pathlib import Path

import pytest

from desktop_app.project.index import Index
from desktop_app.project.label_doubts import Doubt, doubted, is_judged, store_judgement

CLASSES = ("good", "scratched")
ONE, TWO, SUBJECT = "1" * 32, "2" * 32, "a" * 32


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path, tmp_path / "index.sqlite")


def test_a_judgement_is_kept_and_known(index: Index) -> None:
    assert not is_judged(index, CLASSES, SUBJECT)
    store_judgement(index, CLASSES, {ONE: Doubt(1, 0.9, 0.75)}, [ONE, TWO], SUBJECT)
    assert is_judged(index, CLASSES, SUBJECT)
    assert doubted(index, CLASSES) == {ONE: (1, pytest.approx(0.9), pytest.approx(0.75))}


def test_a_newer_one_replaces_it(index: Index) -> None:
    store_judgement(index, CLASSES, {ONE: Doubt(1, 0.9, 0.75)}, [ONE, TWO], SUBJECT)
    store_judgement(index, CLASSES, {TWO: Doubt(0, 0.8, 0.6)}, [ONE, TWO], "b" * 32)
    assert set(doubted(index, CLASSES)) == {TWO}


def test_other_classes_know_nothing_of_it(index: Index) -> None:
    store_judgement(index, CLASSES, {ONE: Doubt(1, 0.9, 0.75)}, [ONE], SUBJECT)
    assert doubted(index, ("scratched", "good")) == {}
    assert doubted(index, ("good",)) == {}
