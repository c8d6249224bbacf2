"""Excluded pictures stay where they are and take part in nothing; a kept label is kept in its class only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desktop_app import storage
from desktop_app.evaluation.suggestions import _contents
from desktop_app.export.dataset import export_dataset
from desktop_app.following import returned
from desktop_app.project.health import Finding, check
from desktop_app.project.marks import FILE, Mark, MarkChange, Marks, kept_label
from desktop_app.project.moves import Moves
from desktop_app.project.outcome import Outcome
from desktop_app.project.project import Project
from tests.drawing import draw_classes, let_settle

ONE, TWO = "1" * 32, "2" * 32


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return draw_classes(tmp_path / "parts", {"cat": 4, "dog": 3})


@pytest.fixture
def project(root: Path) -> Iterator[Project]:
    with Project.open(root) as opened:
        yield opened


# ---- what is said


def test_kept_labels_stay_kept(tmp_path: Path) -> None:
    Marks(tmp_path / FILE).change(MarkChange(Mark.LABEL_KEPT, (kept_label(ONE, "Mu\u0308ll"),)))
    kept = Marks(tmp_path / FILE)[Mark.LABEL_KEPT]
    assert kept_label(ONE, "Müll") in kept, "however the accent is spelt"
    assert kept_label(ONE, "good") not in kept, "its label is another by now"
    assert kept_label(TWO, "Müll") not in kept


def test_a_mark_has_its_own_form(tmp_path: Path) -> None:
    record = {"format": 1, "off": []}
    for mark, subject in (("label_kept", ONE), ("excluded", kept_label(ONE, "good")), ("label_kept", f"{ONE} ")):
        storage.append_record(tmp_path / FILE, {**record, "mark": mark, "on": [subject]})
    assert not any(Marks(tmp_path / FILE)[mark] for mark in Mark)


def test_only_a_class_has_a_label_to_be_right(project: Project, root: Path) -> None:
    (root / "cat" / "cat_001.png").rename(root / "loose.png")
    files = ["loose.png", "cat/cat_002.png", "cat/gone.png"]
    subjects, unreadable = project.subjects(Mark.LABEL_KEPT, files)
    assert set(subjects) == {"cat/cat_002.png"} and set(unreadable) == {"cat/gone.png"}
    assert set(project.subjects(Mark.EXCLUDED, files)[0]) == {"loose.png", "cat/cat_002.png"}


@pytest.mark.parametrize(
    ("mark", "on", "words"),
    [
        (Mark.EXCLUDED, True, "Exclude “cat_001.png”"),
        (Mark.EXCLUDED, False, "Include “cat_001.png” again"),
        (Mark.LABEL_KEPT, True, "Keep the label of “cat_001.png”"),
        (Mark.LABEL_KEPT, False, "Doubt the label of “cat_001.png” again"),
    ],
)
def test_steps_are_named(project: Project, mark: Mark, on: bool, words: str) -> None:
    moves = Moves(project.root, project.state, project)
    subjects, _ = project.subjects(mark, ["cat/cat_001.png"])
    moves.mark(mark, subjects, on=not on)
    assert str(moves.mark(mark, subjects, on=on).label) == words


# ---- takes part in nothing


def excluded(project: Project, *files: str, on: bool = True) -> Outcome:
    moves = Moves(project.root, project.state, project)
    return moves.mark(Mark.EXCLUDED, project.subjects(Mark.EXCLUDED, files)[0], on=on)


def test_no_training_and_no_result_has_it(project: Project) -> None:
    then = returned(project.snapshot(project.scan()))
    excluded(project, "cat/cat_001.png")
    now = returned(project.snapshot(project.scan()))
    assert set(then.files) - set(now.files) == {"cat/cat_001.png"}
    assert project.changes_since(then, project.scan()).excluded == ("cat/cat_001.png",)
    assert project.changes_since(then, project.scan()).total == 1
    assert project.changes_since(now, project.scan()).excluded == ()
    excluded(project, "cat/cat_001.png", on=False)
    assert returned(project.snapshot(project.scan())).splits.tolist() == then.splits.tolist(), "its split is kept"
    assert project.changes_since(then, project.scan()).total == 0


def test_a_class_of_excluded_pictures_is_empty(project: Project) -> None:
    excluded(project, *(file for file in project.scan().files if file.startswith("dog/")))
    assert returned(project.snapshot(project.scan())).classes == ("cat",)


def test_nothing_else_is_found_about_it(project: Project, root: Path) -> None:
    (root / "dog" / "twin.png").write_bytes((root / "cat" / "cat_001.png").read_bytes())
    (root / "cat" / "copy.png").write_bytes((root / "cat" / "cat_002.png").read_bytes())
    let_settle(root)
    list(project.hashes(project.scan().files))
    excluded(project, "cat/cat_002.png")
    health = check(project, project.scan())
    found = dict(zip(health.files, health.findings.tolist(), strict=True))
    assert found["cat/cat_002.png"] == found["cat/copy.png"] == Finding.EXCLUDED, "it goes by the content"
    assert found["dog/twin.png"] & Finding.TWO_CLASSES
    assert health.count(Finding.EXCLUDED) == 2
    excluded(project, "dog/twin.png")
    found = check(project, project.scan()).findings
    assert np.count_nonzero(found & np.uint16(Finding.TWO_CLASSES | Finding.DUPLICATE)) == 0


def test_no_class_is_suggested_for_it(project: Project) -> None:
    excluded(project, "cat/cat_001.png")
    wanted, skipped = returned(_contents(project, ["cat/cat_001.png", "cat/cat_002.png"]))
    assert list(wanted.values()) == ["cat/cat_002.png"] and not skipped


@pytest.mark.parametrize("layout", ["classes", "splits"])
def test_it_is_not_exported(project: Project, tmp_path: Path, layout: Any) -> None:
    excluded(project, "cat/cat_001.png")
    *_, exported = export_dataset(project, tmp_path / "out", layout)
    assert exported.skipped == 1
    assert not list((tmp_path / "out").rglob("cat_001.png")) and list((tmp_path / "out").rglob("cat_002.png"))
