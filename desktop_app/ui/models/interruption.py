"""Where a run was cut off, and how it could go on: read from its folder, so that it is known after a restart, too."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop_app.errors import DiscernError, NoMemoryError
from desktop_app.events import EpochEnded, Phase
from desktop_app.ui.models import run_files
from desktop_app.ui.models.training import Curves

if TYPE_CHECKING:
    from desktop_app.project.runs import Run


@dataclass(frozen=True)
class Interruption:
    """
    Attributes:
        problem: what ended it; None if nobody could tell, or a person closed the program.
        last: the epoch that ended last; None if there was none.
        best: the epoch whose weights are kept.
        validation_pictures: that `best` was measured on.
        checkpoint: the epoch of fine-tuning after which it goes on; 0 if that phase begins anew.
        pictures: how many of a step would be computed at a time, and `before`, how many were; 0 if nobody knows.
        seconds: that it would still take; None if nobody can know.
        has_result: there is something to keep.
    """

    problem: DiscernError | None
    last: EpochEnded | None
    best: EpochEnded | None
    validation_pictures: int
    checkpoint: int
    pictures: int
    before: int
    seconds: float | None
    has_result: bool

    @property
    def no_memory(self) -> bool:
        return isinstance(self.problem, NoMemoryError)

    @property
    def phase(self) -> Phase | None:
        return self.last.phase if self.last else None


def interruption_of(run: Run, curves: Curves) -> Interruption:
    """Of a run that is `resumable`; the files are looked at."""
    from desktop_app.learning import checkpoints, machine

    rows = curves.rows()
    last = rows[-1] if rows else None
    checkpoint = checkpoints.epoch(run)
    counts = run_files.split_counts(run)
    computing = run_files.computing(run)
    pictures = before = computing.pictures if computing else 0
    problem = run.problem
    if computing and isinstance(problem, NoMemoryError):
        pictures = max(-(-before // 2), -(-computing.batch // machine.MOST_PARTS))
    return Interruption(
        problem=problem,
        last=last,
        best=curves.best(),
        validation_pictures=counts[1] if counts else 0,
        checkpoint=checkpoint,
        pictures=pictures,
        before=before,
        seconds=_seconds(run, last, checkpoint),
        has_result=checkpoint > 0 or run.model_onnx.is_file(),
    )


def _seconds(run: Run, last: EpochEnded | None, checkpoint: int) -> float | None:
    """What is done again, as long as it took, and the epochs that are left, at their pace."""
    if last is None or last.phase != "fine_tune" or last.seconds_left is None or not math.isfinite(last.seconds_left):
        return None
    if last.epoch >= last.epochs:
        return None  # its pace was not told
    pace = last.seconds_left / (last.epochs - last.epoch)
    return sum(run_files.spent(run).values()) + pace * (last.epochs - checkpoint)
