"""Judgements of labels are kept as long as they hold, and what a person said about them for good."""

from pathlib import Path

import pytest

from desktop_app import storage
from desktop_app.project.index import Index
from desktop_app.project.label_doubts import KeptLabels, doubted, is_judged, store_judgement

CLASSES = ("good", "scratched")
ONE, TWO, SUBJECT = "1" * 32, "2" * 32, "a" * 32


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path, tmp_path / "index.sqlite")


def test_a_judgement_is_kept_and_known(index: Index) -> None:
    assert not is_judged(index, CLASSES, SUBJECT)
    store_judgement(index, CLASSES, {ONE: (1, 0.9)}, [ONE, TWO], SUBJECT)
    assert is_judged(index, CLASSES, SUBJECT)
    assert doubted(index, CLASSES) == {ONE: (1, pytest.approx(0.9))}


def test_a_newer_one_replaces_it(index: Index) -> None:
    store_judgement(index, CLASSES, {ONE: (1, 0.9)}, [ONE, TWO], SUBJECT)
    store_judgement(index, CLASSES, {TWO: (0, 0.8)}, [ONE, TWO], "b" * 32)
    assert set(doubted(index, CLASSES)) == {TWO}


def test_other_classes_know_nothing_of_it(index: Index) -> None:
    store_judgement(index, CLASSES, {ONE: (1, 0.9)}, [ONE], SUBJECT)
    assert doubted(index, ("scratched", "good")) == {}
    assert doubted(index, ("good",)) == {}


def test_kept_labels_stay_kept(tmp_path: Path) -> None:
    kept = KeptLabels(tmp_path / "health.jsonl")
    kept.keep([(ONE, "Mu\u0308ll")])
    again = KeptLabels(tmp_path / "health.jsonl")
    assert (ONE, "Müll") in again, "however the accent is spelt"
    assert (ONE, "good") not in again
    assert (TWO, "Müll") not in again


def test_a_read_only_project_forgets(tmp_path: Path) -> None:
    kept = KeptLabels(tmp_path / "health.jsonl", writable=False)
    kept.keep([(ONE, "good")])
    assert (ONE, "good") in kept
    assert not (tmp_path / "health.jsonl").exists()


@pytest.mark.parametrize(
    "record",
    [
        {"format": 1, "kind": "label_kept"},
        {"format": 1, "kind": "label_kept", "labels": "all"},
        {"format": 1, "kind": "label_kept", "labels": [[ONE], [1, 2], None, [ONE, "good", "x"]]},
        {"format": "1", "kind": "label_kept", "labels": [[ONE, "good"]]},
        [ONE, "good"],
        None,
    ],
)
def test_hostile_records_are_passed_over(tmp_path: Path, record: object) -> None:
    storage.append_record(tmp_path / "health.jsonl", record)  # type: ignore[arg-type]
    assert (ONE, "good") not in KeptLabels(tmp_path / "health.jsonl")
