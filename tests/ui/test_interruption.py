"""Where a run was cut off, in words, from what its folder holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desktop_app.errors import EngineError, NoMemoryError, StorageError
from desktop_app.events import Computing, to_dict
from desktop_app.learning import checkpoints
from desktop_app.project.project import Project
from desktop_app.ui import interruption_words, wording
from desktop_app.ui.models import run_files
from desktop_app.ui.models.interruption import Interruption, interruption_of
from tests.ui import demo

MEMORY = NoMemoryError("Training stopped: the computer probably ran out of memory.").to_dict()
COMPUTING = to_dict(Computing("Processor, 8 cores", 16, 16, mixed=False))


@pytest.fixture
def project(tmp_path: Path, qapp: object) -> Any:
    root = demo.draw_project(tmp_path / "parts", {"good": 20, "scratched": 20, "chipped": 20})
    with Project.open(root) as project:
        yield project


def interrupted(project: Project, *, fine_tuned: int = 9, checkpoint: int = 7, **document: Any) -> Interruption:
    curves = [*demo.epochs("freeze", 24, 100, 16, 0.9)]
    curves += demo.epochs("fine_tune", fine_tuned, 15, 7, 0.98) if fine_tuned else []
    run = demo.add_run(project, status="interrupted", curves=curves, **document)
    run.checkpoint.unlink()
    if checkpoint:
        checkpoints.save(run, {"weight": np.zeros(3, np.float32)}, {"epoch": checkpoint})
    return interruption_of(run, run_files.curves_of(run))


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_out_of_memory_it_goes_on_with_half_as_many_pictures(project: Project) -> None:
    found = interrupted(project, problem=MEMORY, computing=COMPUTING)
    assert interruption_words.what(found) == "Training stopped at epoch 9: this computer ran out of memory."
    assert interruption_words.why(found) == (
        "Nothing is lost: the best result so far (fine-tune phase, epoch 7: 12 of 12 right on validation) is kept. "
        "Resume goes on from epoch 8 with 8 pictures at a time instead of 16."
    )
    assert interruption_words.state(found) == "error"


def test_pictures_at_a_time_are_not_halved_for_ever(project: Project) -> None:
    least = to_dict(Computing("Processor, 8 cores", 2, 16, mixed=False))
    found = interrupted(project, problem=MEMORY, computing=least)
    assert interruption_words.why(found).endswith("Resume goes on from epoch 8.")


def test_the_time_is_that_of_the_epochs_left_and_of_what_is_done_again(project: Project) -> None:
    # 90 s were left for six epochs, of which two are lost; 20 s of views and head come first.
    found = interrupted(project, spent={"freeze": 4.0, "views": 16.0})
    assert found.seconds == 20 + 8 * 15
    assert plain(interruption_words.resume(found)) == f"Resume, {plain(wording.about(140))}"


def test_a_time_that_nobody_can_know_is_not_told(project: Project) -> None:
    assert interruption_words.resume(interrupted(project, fine_tuned=0, checkpoint=0)) == "Resume"
    assert interruption_words.resume(interrupted(project, fine_tuned=15)) == "Resume"


@pytest.mark.parametrize("junk", [3, [], {"freeze": "long", "views": -1}, None])
def test_what_comes_from_elsewhere_is_not_trusted(project: Project, junk: object) -> None:
    found = interrupted(project, spent=junk, computing=junk, problem=junk)
    assert found.seconds == 8 * 15
    assert (found.problem, found.pictures) == (None, 0)
    assert interruption_words.what(found) == "Training was interrupted at epoch 9."


def test_without_a_checkpoint_the_phase_begins_anew(project: Project) -> None:
    assert interruption_words.why(interrupted(project, checkpoint=0)) == (
        "There is no result yet; your pictures are not affected. "
        "Resume begins fine-tuning anew; the freeze phase takes seconds."
    )
    words = interruption_words.why(interrupted(project, fine_tuned=0, checkpoint=0))
    assert words.endswith("Resume begins anew; what was read of the pictures is used again.")


def test_another_problem_is_told_in_its_own_words(project: Project) -> None:
    full = StorageError("The disk is full.", why="Nothing more fits.", hint="Free some space.")
    found = interrupted(project, problem=full.to_dict())
    assert interruption_words.what(found) == "The disk is full."
    assert interruption_words.why(found).startswith("Nothing more fits. Free some space. Nothing is lost")
    died = EngineError("Training stopped.", why="It ended with code 3.", hint="Nothing that was saved is lost.")
    words = interruption_words.why(interrupted(project, problem=died.to_dict()))
    assert words.startswith("It ended with code 3. Nothing is lost: the best")


def test_the_details_name_what_helps_to_find_out(project: Project) -> None:
    found = interrupted(project, problem=MEMORY)
    (run,) = project.runs.list()
    lines = interruption_words.details(run, found, Path("/logs")).splitlines()
    assert lines == [
        "Run 1 · Balanced · efficientnet_lite0",
        "Last epoch: 9 of 15, fine-tune phase.",
        "Newest checkpoint: after epoch 7 of fine-tuning.",
        "Training stopped: the computer probably ran out of memory.",
        f"The run’s folder: {run.folder}",
        "The log: /logs",
    ]
