"""Steps that rename nothing, cut off or refused at every call to the disk: done or not done, and undoable.

How classes are shown, and what pictures are marked as.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from desktop_app.errors import DiscernError
from desktop_app.project.config import ClassInfo
from desktop_app.project.history import Action, Label
from desktop_app.project.marks import Mark
from desktop_app.project.moves import Moves
from desktop_app.project.project import Project
from tests.drawing import draw_classes
from tests.faults.fault_disk import Fault, FaultDisk, substituted
from tests.faults.move_faults import DeadError, dead_from

STEPS = ("change", "undo", "redo")
_ENOUGH = 60  # calls to the disk; no step has as many


@dataclass(frozen=True)
class Case:
    """A kind of change: how it is done, what can be seen of it, and that before and after."""

    change: Callable[[Moves], object]
    seen: Callable[[Project], Any]
    before: Any
    after: Any
    label: Label


CLASSES = Label(Action.RECOLOUR_CLASS, 0, "dog")
CASES = {
    "classes": Case(
        lambda moves: moves.change_classes(
            CLASSES, lambda config: config.with_class(ClassInfo("dog", 7, "1", "defect")).with_moved("dog", "cat")
        ),
        lambda project: project.classes,
        (ClassInfo("cat", 0, "1"), ClassInfo("dog", 1, "2")),
        (ClassInfo("dog", 7, "1", "defect"), ClassInfo("cat", 0)),
        CLASSES,
    ),
    "marks": Case(
        lambda moves: moves.mark(Mark.GOLDEN, {"cat/1.png": "a" * 32, "cat/2.png": "b" * 32}, on=True),
        lambda project: set(project.marked(Mark.GOLDEN)),
        set(),
        {"a" * 32, "b" * 32},
        Label(Action.MARK_GOLDEN, 2, "1.png"),
    ),
}


def begin(root: Path, case: Case, step: str) -> Project:
    """A project in which only `step` is left to be done."""
    project = Project.open(draw_classes(root, {"cat": 1, "dog": 1}, size=8))
    for earlier in STEPS[: STEPS.index(step)]:
        carry_out(project, case, earlier)
    return project


def carry_out(project: Project, case: Case, step: str) -> None:
    moves = Moves(project.root, project.state, project)
    {"change": lambda: case.change(moves), "undo": moves.undo, "redo": moves.redo}[step]()


def check(root: Path, case: Case, step: str) -> bool:
    """Open it again: what is seen is one of the two, what the history says fits it, and both ways are open."""
    with Project.open(root) as project:
        moves = Moves(project.root, project.state, project)
        seen = case.seen(project)
        assert seen in (case.before, case.after)
        if seen == case.after:
            assert moves.undo_label == case.label
            moves.undo()
            assert case.seen(project) == case.before
        elif moves.redo_label is not None:
            moves.redo()
            assert case.seen(project) == case.after
        else:
            assert step == "change" and moves.undo_label is None
    return bool(seen == case.after)


def until_it_succeeds(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    for number in range(1, _ENOUGH):
        yield number, tmp_path / str(number)
    raise AssertionError("no end of calls")


@pytest.mark.parametrize("torn", [False, True])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_killed_at_every_call(tmp_path: Path, case: Case, step: str, torn: bool) -> None:
    seen = set()
    for number, root in until_it_succeeds(tmp_path):
        project = begin(root, case, step)
        died = False
        with substituted(FaultDisk(project.root, fault=dead_from(number, torn=torn))):
            try:
                carry_out(project, case, step)
            except DeadError:
                died = True
        project.close()
        seen.add(check(project.root, case, step))
        if not died:
            break
    assert seen == {False, True}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_refused_at_every_call(tmp_path: Path, case: Case, step: str, code: int) -> None:
    target = case.before if step == "undo" else case.after
    for number, root in until_it_succeeds(tmp_path):
        project = begin(root, case, step)
        before = case.seen(project)
        failed = False
        with substituted(FaultDisk(project.root, fault=refused_at(number, code))) as disk:
            try:
                carry_out(project, case, step)
            except DiscernError:
                failed = True
        assert case.seen(project) == (before if failed else target)
        project.close()
        check(project.root, case, step)
        assert isinstance(disk, FaultDisk)
        if disk.calls < number:
            break


def refused_at(number: int, code: int) -> Fault:
    def fault(call: int, name: str, args: tuple) -> None:
        if call == number:
            raise OSError(code, "refused")

    return fault
