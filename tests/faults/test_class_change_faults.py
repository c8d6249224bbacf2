"""Changing how classes are shown, cut off or refused at every call to the disk: done or not done, and undoable."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_app.errors import DiscernError
from desktop_app.project.config import ClassInfo
from desktop_app.project.history import Action, Label
from desktop_app.project.moves import Moves
from desktop_app.project.project import Project
from tests.drawing import draw_classes
from tests.faults.fault_disk import Fault, FaultDisk, substituted
from tests.faults.move_faults import DeadError, dead_from

BEFORE = (ClassInfo("cat", 0, "1"), ClassInfo("dog", 1, "2"))
AFTER = (ClassInfo("dog", 7, "1", "defect"), ClassInfo("cat", 0))
LABEL = Label(Action.RECOLOUR_CLASS, 0, "dog")
STEPS = ("change", "undo", "redo")
_ENOUGH = 60  # calls to the disk; no step has as many


def begin(root: Path, step: str) -> Project:
    """A project in which only `step` is left to be done."""
    project = Project.open(draw_classes(root, {"cat": 1, "dog": 1}, size=8))
    for earlier in STEPS[: STEPS.index(step)]:
        carry_out(project, earlier)
    return project


def carry_out(project: Project, step: str) -> None:
    moves = Moves(project.root, project.state, project)
    if step == "change":
        moves.change_classes(LABEL, lambda config: config.with_class(AFTER[0]).with_moved("dog", "cat"))
    elif step == "undo":
        moves.undo()
    else:
        moves.redo()


def check(root: Path, step: str) -> tuple[ClassInfo, ...]:
    """Open it again: what is shown is one of the two, what the history says fits it, and both ways are open."""
    with Project.open(root) as project:
        moves = Moves(project.root, project.state, project)
        shown = project.classes
        assert shown in (BEFORE, AFTER)
        if shown == AFTER:
            assert moves.undo_label == LABEL
            moves.undo()
            assert project.classes == BEFORE
        elif moves.redo_label is not None:
            moves.redo()
            assert project.classes == AFTER
        else:
            assert step == "change" and moves.undo_label is None
    return shown


def until_it_succeeds(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    for number in range(1, _ENOUGH):
        yield number, tmp_path / str(number)
    raise AssertionError("no end of calls")


@pytest.mark.parametrize("torn", [False, True])
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_every_call(tmp_path: Path, step: str, torn: bool) -> None:
    seen = set()
    for number, root in until_it_succeeds(tmp_path):
        project = begin(root, step)
        died = False
        with substituted(FaultDisk(project.root, fault=dead_from(number, torn=torn))):
            try:
                carry_out(project, step)
            except DeadError:
                died = True
        project.close()
        seen.add(check(project.root, step))
        if not died:
            break
    assert seen == {BEFORE, AFTER}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
@pytest.mark.parametrize("step", STEPS)
def test_refused_at_every_call(tmp_path: Path, step: str, code: int) -> None:
    target = BEFORE if step == "undo" else AFTER
    for number, root in until_it_succeeds(tmp_path):
        project = begin(root, step)
        before = project.classes
        failed = False
        with substituted(FaultDisk(project.root, fault=refused_at(number, code))) as disk:
            try:
                carry_out(project, step)
            except DiscernError:
                failed = True
        assert project.classes == (before if failed else target)
        project.close()
        check(project.root, step)
        assert isinstance(disk, FaultDisk)
        if disk.calls < number:
            break


def refused_at(number: int, code: int) -> Fault:
    def fault(call: int, name: str, args: tuple) -> None:
        if call == number:
            raise OSError(code, "refused")

    return fault
