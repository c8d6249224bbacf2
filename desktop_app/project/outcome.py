"""What came of a step: what was moved, what was not and why, and what it takes to try that again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from desktop_app.project.history import Kind, Label, Operation
from desktop_app.project.inside import RUNS_TRASH, TRASH, is_picture_path, is_run
from desktop_app.project.marks import MarkChange

if TYPE_CHECKING:
    from desktop_app.project.move_plan import Plan

# Plans what is to become of pictures.
Add: TypeAlias = Callable[["Plan", Sequence[str]], None]


@dataclass(frozen=True, slots=True)
class Failure:
    """A picture or folder that stayed where it is, and why; `reason` is a `Reason` or what the disk says."""

    file: str
    reason: str
    is_folder: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of a step.

    `moved` and `folders` are (old path, new path) of pictures and of whole folders, as it happened; `unchanged`
    pictures were where they should be already. `shown`: the classes are shown otherwise, in colour, key, role or order.
    `marked`: pictures have other marks. `interrupted`: Discern was ended meanwhile; settled at the next start.
    """

    kind: Kind
    label: Label
    moved: tuple[tuple[str, str], ...] = ()
    folders: tuple[tuple[str, str], ...] = ()
    failed: tuple[Failure, ...] = ()
    unchanged: tuple[str, ...] = ()
    interrupted: bool = False
    # What `Moves.finish` needs: the operation, which of its items were not done, and how to plan those it refused.
    operation: Operation | None = field(default=None, repr=False, compare=False)
    missed: tuple[int, ...] = field(default=(), repr=False, compare=False)
    refused: tuple[str, ...] = field(default=(), repr=False, compare=False)
    add: Add | None = field(default=None, repr=False, compare=False)
    shown: bool = False
    marked: MarkChange | None = None

    @property
    def total(self) -> int:
        """Pictures that were to be moved: the 500 of "488 of 500 moved"."""
        return len(self.moved) + sum(not failure.is_folder for failure in self.failed)

    @property
    def complete(self) -> bool:
        return not self.failed

    @property
    def touches_trash(self) -> bool:
        below = f"{TRASH}/"
        return any(path.startswith(below) for pair in (*self.moved, *self.folders) for path in pair)

    @property
    def touches_runs(self) -> bool:
        return any(is_run(old) for old, _ in self.folders)

    @property
    def deleted_run(self) -> str:
        """The run that went into the trash, "run-0003"; "" if none did."""
        return next((new.rpartition("/")[2] for _, new in self.folders if new.startswith(f"{RUNS_TRASH}/")), "")

    @property
    def renamed_classes(self) -> dict[str, str]:
        """New name by old name of classes that have another name now."""
        return {old: new for old, new in self.folders if is_picture_path(old) and is_picture_path(new)}
