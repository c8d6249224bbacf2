"""A training, and what may befall it: the pictures, the person, the computer, the disk."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from desktop_app import storage
from desktop_app.errors import DiscernError
from desktop_app.events import EpochEnded, Event, Events, Interrupted, Notice, PictureSkipped, Trained
from desktop_app.learning import tensors, training
from desktop_app.learning.model import Model
from desktop_app.learning.recipe import Recipe
from desktop_app.learning.training import train
from desktop_app.project.project import Project
from desktop_app.project.runs import Run
from tests import tiny
from tests.drawing import draw_classes
from tests.faults.fault_disk import Fault, FaultDisk, substituted
from tests.faults.move_faults import DeadError

During = Callable[[Project, Event], None]


def checkpoint_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint after every epoch of fine-tuning, which always helps."""
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0.0)
    beats = Model.beats
    monkeypatch.setattr(
        Model, "beats", lambda model, other, *how: model.phase != other.phase or beats(model, other, *how)
    )


def nothing(project: Project, event: Event) -> None:
    """The training is left alone."""


@dataclass
class Told:
    """What a training said, and how it ended."""

    events: list[Event] = field(default_factory=list)
    error: BaseException | None = None

    @property
    def done(self) -> bool:
        return bool(self.events) and isinstance(self.events[-1], Trained) and self.error is None

    @property
    def messages(self) -> list[str]:
        """What a person reads, as "what|why|hint"."""
        said = [event for event in self.events if isinstance(event, Notice)]
        problems = [self.error] if isinstance(self.error, DiscernError) else []
        return ["|".join((message.what, message.why, message.hint)) for message in (*said, *problems)]

    @property
    def skipped(self) -> list[str]:
        return [event.file for event in self.events if isinstance(event, PictureSkipped)]


@dataclass(frozen=True)
class Result:
    """What a training leaves: the same for two that saw the same."""

    document: dict[str, object]
    weights: tensors.Tensors
    epochs: tuple[tuple[object, ...], ...]

    @classmethod
    def of(cls, run: Run) -> Result:
        document = {name: run.document.get(name) for name in ("status", "classes", "phase", "epoch", "validation")}
        weights, _ = tensors.unpack(run.model_weights.read_bytes())
        points = run.read_curves()
        return cls(document, weights, tuple((p["phase"], p["epoch"], p["train_loss"]) for p in points))

    def difference(self, other: Result) -> str:
        """Where they differ, in words; empty if they are the same to the last bit."""
        if self.document != other.document:
            return f"{self.document} is not {other.document}"
        if self.epochs != other.epochs:
            return f"other epochs: {self.epochs} and {other.epochs}"
        unequal = [name for name, value in self.weights.items() if not np.array_equal(value, other.weights[name])]
        return f"other weights: {unequal}" if unequal else ""


class Scene:
    """A project in `folder`, made anew for every fault, whose pictures were read before."""

    def __init__(self, folder: Path, recipe: Recipe | None = None) -> None:
        self.root = folder / "project"
        self.template = folder / "template"
        self.recipe = recipe or tiny.recipe(head_epochs=4)
        draw_classes(self.template, each=10, size=32)
        self.set_up()

    def set_up(self) -> None:
        for path in self.root.parent.glob("project*"):
            shutil.rmtree(path)
        shutil.copytree(self.template, self.root)

    def train(
        self,
        during: During = nothing,
        *,
        resume: bool = False,
        fault: Fault | None = None,
    ) -> Told:
        """Train as another start of the program does: open the project, train, close it."""
        told = Told()
        with substituted(FaultDisk(self.root, fault=fault)) if fault else contextlib.nullcontext():
            try:
                with Project.open(self.root) as project:
                    resumed = project.runs.list()[0] if resume else None
                    job = train(project, self.recipe, resume=resumed)
                    try:
                        for event in job:
                            told.events.append(event)
                            during(project, event)
                    except DeadError:  # of `during`
                        _abandon(job)
                        raise
            except (DiscernError, DeadError, Interrupted, MemoryError) as error:
                told.error = error
        return told

    def calls(self, during: During = nothing) -> int:
        """How many calls that change the disk an undisturbed training makes."""
        numbers: list[int] = []
        assert self.train(during, fault=lambda call, *_: numbers.append(call)).done
        return numbers[-1]

    def run(self) -> Run:
        """The newest run, as the next start finds it."""
        with Project.open(self.root) as project:
            return project.runs.list()[0]

    def result(self) -> Result:
        return Result.of(self.run())


@contextlib.contextmanager
def dead_disk() -> Iterator[None]:
    """The process is dead from here on: whatever it still tries does not reach the disk."""

    def refuse(*_: object) -> None:
        raise DeadError

    with substituted(FaultDisk(Path("/"), fault=refuse)):
        yield


class Ender:
    """Ends a training at its event `at`, which counts from 0: "kill", "interrupt" as a closing window does, "close"."""

    def __init__(self, scene: Scene, how: str, at: int) -> None:
        self.reached = False
        with contextlib.suppress(DeadError, Interrupted), Project.open(scene.root) as project:
            job = train(project, scene.recipe)
            for number, _ in enumerate(job):
                if number == at:
                    self.reached = True
                    break
            if how == "interrupt":
                job.throw(Interrupted())
            elif how == "close":
                job.close()
            else:
                _abandon(job)


def _abandon(job: Events) -> None:
    with dead_disk(), contextlib.suppress(DeadError):
        job.close()


def refusing(code: int, number: int, *, sticky: bool) -> Fault:
    """A disk that answers call `number`, and with `sticky` all that follow, with an error."""

    def fault(call: int, *_: object) -> None:
        if call == number or (sticky and call > number):
            raise OSError(code, os.strerror(code))

    return fault


def die(project: Project) -> None:
    raise DeadError


def at_epoch(number: int, act: Callable[[Project], None]) -> During:
    """Do something when that epoch of fine-tuning has ended."""

    def during(project: Project, event: Event) -> None:
        if isinstance(event, EpochEnded) and (event.phase, event.epoch) == ("fine_tune", number):
            act(project)

    return during


def when(kind: type, act: Callable[[Project], object], **facts: object) -> During:
    """Do something after the first event of a kind."""

    def during(project: Project, event: Event) -> None:
        if isinstance(event, kind) and all(getattr(event, name) == value for name, value in facts.items()):
            act(project)

    return during


def tear(path: Path, sixteenth: int) -> None:
    """Leave only the beginning of a file."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * sixteenth // 16])


def temps(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.name.startswith(storage.TEMP_PREFIX)]
