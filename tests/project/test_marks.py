"""Golden pictures: marked as a step of the one history, by content, whatever becomes of the files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_app import storage
from desktop_app.errors import ProjectError
from desktop_app.project.marks import FILE, Mark, MarkChange, Marks
from desktop_app.project.moves import Moves
from desktop_app.project.project import Access, Project
from tests.drawing import draw_classes

A, B, C = (letter * 32 for letter in "abc")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.open(draw_classes(tmp_path / "parts", {"cat": 3, "dog": 2})) as opened:
        yield opened


@pytest.fixture
def moves(project: Project) -> Moves:
    return Moves(project.root, project.state, project)


def golden(project: Project) -> set[str]:
    """As another process reads it."""
    with Project.open(project.root, Access.READ) as reader:
        return set(reader.marked(Mark.GOLDEN))


def test_marking_is_a_step_between_others(project: Project, moves: Moves) -> None:
    contents = dict(project.index.content_hashes(["cat/cat_001.png", "cat/cat_002.png"]))
    moves.mark(Mark.GOLDEN, {file: str(content) for file, content in contents.items()}, on=True)
    moves.put(["cat/cat_001.png"], "dog")
    moves.rename_class("dog", "fox")
    assert golden(project) == set(contents.values())
    assert dict(project.index.content_hashes(["fox/cat_001.png"]))["fox/cat_001.png"] in project.marked(Mark.GOLDEN)
    for _ in range(2):
        moves.undo()
    assert str(moves.undo_label) == "Put 2 pictures into the golden set"
    outcome = moves.undo()
    assert outcome is not None and outcome.marked == MarkChange(Mark.GOLDEN, (), tuple(contents.values()))
    assert golden(project) == set() == set(project.marked(Mark.GOLDEN))
    again = Moves(project.root, project.state, project)
    again.redo()
    assert golden(project) == set(contents.values())


def test_only_what_is_not_as_wanted_is_marked_and_undone(project: Project, moves: Moves) -> None:
    moves.mark(Mark.GOLDEN, {"1.png": A}, on=True)
    outcome = moves.mark(Mark.GOLDEN, {"1.png": A, "2.png": B, "copy of 2.png": B}, on=True)
    assert outcome.marked == MarkChange(Mark.GOLDEN, (B,)) and outcome.unchanged == ("1.png",)
    moves.undo()
    assert golden(project) == {A}
    outcome = moves.mark(Mark.GOLDEN, {"1.png": A, "3.png": C}, on=False)
    assert str(outcome.label) == "Take “1.png” out of the golden set" and golden(project) == set()


def test_marking_again_is_no_step(project: Project, moves: Moves) -> None:
    moves.mark(Mark.GOLDEN, {"1.png": A}, on=True)
    assert moves.mark(Mark.GOLDEN, {"1.png": A}, on=True).marked is None
    assert moves.mark(Mark.GOLDEN, {}, on=True).marked is None
    moves.undo()
    assert moves.undo_label is None


def test_what_is_no_mark_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / FILE
    good = {"format": 1, "mark": "golden", "on": [A], "off": []}
    for record in (good, {**good, "on": ["../../x"]}, {**good, "mark": "x"}, {**good, "on": 7}, {"format": True}, 7):
        storage.append_record(path, record)  # type: ignore[arg-type]
    assert set(Marks(path)[Mark.GOLDEN]) == {A}


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    storage.append_record(tmp_path / FILE, {"format": 2, "mark": "golden", "on": [A], "off": []})
    with pytest.raises(ProjectError, match=r"newer Discern.*format 2"):
        Marks(tmp_path / FILE)


def test_who_only_looks_writes_nothing(tmp_path: Path) -> None:
    marks = Marks(tmp_path / FILE, writable=False)
    marks.change(MarkChange(Mark.GOLDEN, (A,)))
    assert set(marks[Mark.GOLDEN]) == {A} and not (tmp_path / FILE).exists()
