"""What a job is called while it runs, and what its steps are doing, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from desktop_app.events import EpochEnded, Event, Progress, RunStarted, Step, StepStarted
from desktop_app.ui import wording
from desktop_app.ui.models.training import TrainingState

if TYPE_CHECKING:
    from desktop_app.engine.jobs import Job

translate = QCoreApplication.translate

_ICONS = {
    "train": "graduation-cap",
    "evaluate": "target",
    "suggest": "magic-wand",
    "export": "package",
    "predict": "play-circle",
    "sample": "magic-wand",
    "import": "tray",
}


def icon(job: Job) -> str:
    return _ICONS.get(job.kind, "gear-six")


def title(job: Job) -> str:
    """Names the job while it runs."""
    return {
        "train": translate("Jobs", "Training"),
        "evaluate": translate("Jobs", "Measuring on the test pictures"),
        "suggest": translate("Jobs", "Suggesting classes"),
        "export": translate("Jobs", "Writing the model package"),
        "predict": translate("Jobs", "Sorting pictures"),
        "sample": translate("Jobs", "Drawing the sample project"),
        "import": translate("Jobs", "Copying pictures"),
    }.get(job.kind, job.title)


def stop(job: Job) -> str:
    """What its Stop button says."""
    return translate("Jobs", "Stop, keep the best") if job.kind == "train" else translate("Jobs", "Stop")


def stopping(job: Job) -> str:
    return translate("Jobs", "stopping; the best is kept") if job.kind == "train" else translate("Jobs", "stopping")


def done(job: Job) -> str:
    return {
        "train": translate("Jobs", "Trained"),
        "evaluate": translate("Jobs", "Measured on the test pictures"),
        "suggest": translate("Jobs", "Suggestions are up to date"),
        "export": translate("Jobs", "Model package written and checked"),
        "predict": translate("Jobs", "Pictures sorted"),
        "sample": translate("Jobs", "Sample project drawn"),
        "import": translate("Jobs", "Pictures copied"),
    }.get(job.kind, job.title)


def stopped(job: Job) -> str:
    return {
        "train": translate("Jobs", "Training stopped; the best is kept"),
        "evaluate": translate("Jobs", "Measuring stopped"),
        "suggest": translate("Jobs", "Suggesting stopped; what was done is kept"),
        "export": translate("Jobs", "Export stopped; nothing was written"),
        "predict": translate("Jobs", "Sorting stopped; what was done is kept"),
        "sample": translate("Jobs", "Drawing stopped"),
        "import": translate("Jobs", "Copying stopped; what was copied stays"),
    }.get(job.kind, job.title)


def step(name: Step) -> str:
    """What a step does, as the end of a sentence."""
    known = {
        Step.SCAN: translate("Jobs", "looking through the pictures"),
        Step.READ: translate("Jobs", "reading every picture once"),
        Step.FREEZE: translate("Jobs", "freeze phase"),
        Step.VIEWS: translate("Jobs", "preparing varied views"),
        Step.FINE_TUNE: translate("Jobs", "fine-tune phase"),
        Step.SAVE: translate("Jobs", "saving"),
        Step.MEASURE: translate("Jobs", "measuring"),
        Step.SUGGEST: translate("Jobs", "looking at the unlabelled pictures"),
        Step.COMPARE: translate("Jobs", "comparing with the labels"),
        Step.PREDICT: translate("Jobs", "sorting"),
        Step.EXPORT: translate("Jobs", "writing and checking"),
        Step.DRAW: translate("Jobs", "drawing"),
    }
    return known.get(name, name.value)


class JobProgress:
    """Follows a job's events and knows what its bar should show.

    A training tells its progress as a whole, the same number that the Train page shows; other jobs that of their step.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._run = ""
        self._step: Step | None = None
        self.fraction: float | None = None
        self.count: tuple[int, int] | None = None  # pictures done, of all
        self.seconds_left: float | None = None
        recipe = job.to_dict().get("recipe", {})
        self._training = TrainingState(str(recipe.get("name", ""))) if job.kind == "train" else None

    @property
    def title(self) -> str:
        name = title(self._job)
        if self._run:
            name = translate("Jobs", "Training run {number}").format(number=self._run)
        if self._step is None or self._job.kind not in ("train", "evaluate", "suggest"):
            return name
        return translate("Jobs", "{job}: {step}").format(job=name, step=step(self._step))

    def follow(self, event: Event) -> bool:
        """Take an event in; False if it changes nothing that is shown."""
        match event:
            case StepStarted():
                self._step, self.fraction, self.seconds_left, self.count = event.step, None, None, None
            case Progress():
                self._step = event.step
                self.fraction = event.done / event.total if event.total else None
                self.count = (event.done, event.total) if event.total else None
                self.seconds_left = event.seconds_left
            case EpochEnded():
                self.fraction = event.epoch / event.epochs
                self.seconds_left = event.seconds_left
            case RunStarted():
                self._run = wording.number(int(event.run.rpartition("-")[2]))
            case _:
                return False
        if self._training:
            self._training.apply(event)
            self.fraction = self._training.fraction
        return True
