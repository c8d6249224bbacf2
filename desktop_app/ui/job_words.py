"""What a job is called while it runs, and what its steps are doing, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication

from desktop_app.events import EpochEnded, Event, Progress, RunStarted, Step, StepStarted
from desktop_app.ui import wording
from desktop_app.ui.models.training import TrainingState, kind_of

if TYPE_CHECKING:
    from desktop_app.engine.jobs import Job

translate = QCoreApplication.translate


class JobWords(NamedTuple):
    """What is said of a job of one kind, and the icon beside it."""

    icon: str
    running: str
    done: str
    stopped: str


def words(job: Job) -> JobWords:
    match job.kind:
        case "train":
            return JobWords(
                "graduation-cap",
                translate("Jobs", "Training"),
                translate("Jobs", "Trained"),
                translate("Jobs", "Training stopped; the best is kept"),
            )
        case "keep_best":
            return JobWords(
                "graduation-cap",
                translate("Jobs", "Keeping the best so far"),
                translate("Jobs", "The best so far is kept"),
                translate("Jobs", "Stopped; the run can still go on"),
            )
        case "evaluate":
            return JobWords(
                "target",
                translate("Jobs", "Measuring on the test pictures"),
                translate("Jobs", "Measured on the test pictures"),
                translate("Jobs", "Measuring stopped"),
            )
        case "explain":
            return JobWords(
                "eye",
                translate("Jobs", "Looking where the model looks"),
                translate("Jobs", "Found where the model looks"),
                translate("Jobs", "Stopped; nothing was changed"),
            )
        case "repeat":
            return JobWords(
                "copy",
                translate("Jobs", "Predicting the parts"),
                translate("Jobs", "Repeatability measured"),
                translate("Jobs", "Stopped; nothing was changed"),
            )
        case "rank_backbones":
            return JobWords(
                "scales",
                translate("Jobs", "Comparing the networks"),
                translate("Jobs", "Networks compared"),
                translate("Jobs", "Comparing stopped; what was read is kept"),
            )
        case "judge_pictures":
            return JobWords(
                "chart-line-up",
                translate("Jobs", "Looking whether there are enough pictures"),
                translate("Jobs", "Looked whether there are enough pictures"),
                translate("Jobs", "Stopped; what was read is kept"),
            )
        case "suggest":
            return JobWords(
                "magic-wand",
                translate("Jobs", "Suggesting classes"),
                translate("Jobs", "Suggestions are up to date"),
                translate("Jobs", "Suggesting stopped; what was done is kept"),
            )
        case "gate":
            return JobWords(
                "flag",
                translate("Jobs", "Looking for new misses"),
                translate("Jobs", "Looked for new misses"),
                translate("Jobs", "Stopped; nothing was released"),
            )
        case "release":
            return JobWords(
                "flag",
                translate("Jobs", "Making the release"),
                translate("Jobs", "Released"),
                translate("Jobs", "Stopped; nothing was released"),
            )
        case "compare":
            return JobWords(
                "git-diff",
                translate("Jobs", "Comparing the models"),
                translate("Jobs", "Models compared"),
                translate("Jobs", "Comparing stopped; what was read is kept"),
            )
        case "export":
            return JobWords(
                "package",
                translate("Jobs", "Writing the model package"),
                translate("Jobs", "Model package written and checked"),
                translate("Jobs", "Export stopped; nothing was written"),
            )
        case "predict":
            return JobWords(
                "play-circle",
                translate("Jobs", "Sorting pictures"),
                translate("Jobs", "Pictures sorted"),
                translate("Jobs", "Sorting stopped; what was done is kept"),
            )
        case "sample":
            return JobWords(
                "magic-wand",
                translate("Jobs", "Drawing the sample project"),
                translate("Jobs", "Sample project drawn"),
                translate("Jobs", "Drawing stopped"),
            )
        case "import":
            return JobWords(
                "tray",
                translate("Jobs", "Copying pictures"),
                translate("Jobs", "Pictures copied"),
                translate("Jobs", "Copying stopped; what was copied stays"),
            )
        case "export_dataset":
            return JobWords(
                "copy",
                translate("Jobs", "Exporting the pictures"),
                translate("Jobs", "Pictures exported"),
                translate("Jobs", "Export stopped; what was copied stays"),
            )
        case "health":
            return JobWords(
                "copy",
                translate("Jobs", "Checking the pictures"),
                translate("Jobs", "Pictures checked"),
                translate("Jobs", "Check stopped; what was found is kept"),
            )
        case "split":
            return JobWords(
                "git-diff",
                translate("Jobs", "Dealing out the splits"),
                translate("Jobs", "Splits dealt out anew"),
                translate("Jobs", "Dealing stopped; it goes on with the next training"),
            )
        case "add_networks":
            return JobWords(
                "plus",
                translate("Jobs", "Adding networks"),
                translate("Jobs", "Networks added"),
                translate("Jobs", "Adding stopped; nothing was changed"),
            )
        case "download_network":
            return JobWords(
                "download-simple",
                translate("Jobs", "Downloading"),
                translate("Jobs", "Downloaded and checked"),
                translate("Jobs", "Download paused; what has come is kept"),
            )
        case "copy_networks":
            return JobWords(
                "copy",
                translate("Jobs", "Copying networks"),
                translate("Jobs", "Networks copied and read back"),
                translate("Jobs", "Copying stopped; no half copy is left"),
            )
        case "time_networks":
            return JobWords(
                "gauge",
                translate("Jobs", "Measuring the speed of networks"),
                translate("Jobs", "Speed measured"),
                translate("Jobs", "Measuring stopped"),
            )
        case _:
            return JobWords("gear-six", job.title, job.title, job.title)


def stop(job: Job) -> str:
    """What its Stop button says."""
    return translate("Jobs", "Stop, keep the best") if job.kind == "train" else translate("Jobs", "Stop")


def stopping(job: Job) -> str:
    return translate("Jobs", "stopping; the best is kept") if job.kind == "train" else translate("Jobs", "stopping")


def step(name: Step) -> str:
    """What a step does, as the end of a sentence."""
    known = {
        Step.SCAN: translate("Jobs", "looking through the pictures"),
        Step.READ: translate("Jobs", "reading every picture once"),
        Step.FREEZE: translate("Jobs", "freeze phase"),
        Step.VIEWS: translate("Jobs", "preparing varied views"),
        Step.CHOOSE: translate("Jobs", "trying how to fine-tune"),
        Step.FINE_TUNE: translate("Jobs", "fine-tune phase"),
        Step.SAVE: translate("Jobs", "saving"),
        Step.MEASURE: translate("Jobs", "measuring"),
        Step.EXPLAIN: translate("Jobs", "explaining pictures"),
        Step.REPEAT: translate("Jobs", "predicting the parts"),
        Step.SUGGEST: translate("Jobs", "looking at the unlabelled pictures"),
        Step.ALIKE: translate("Jobs", "looking for near-duplicates"),
        Step.LABELS: translate("Jobs", "judging the labels"),
        Step.PROBE: translate("Jobs", "cross-validating"),
        Step.CURVE: translate("Jobs", "learning from more and more pictures"),
        Step.COMPARE: translate("Jobs", "comparing with the labels"),
        Step.PREDICT: translate("Jobs", "sorting"),
        Step.ASK: translate("Jobs", "asking both models"),
        Step.EXPORT: translate("Jobs", "writing and checking"),
        Step.DRAW: translate("Jobs", "drawing"),
        Step.IMPORT: translate("Jobs", "copying"),
        Step.COPY: translate("Jobs", "copying"),
        Step.CHECK: translate("Jobs", "checking the file"),
        Step.DOWNLOAD: translate("Jobs", "downloading"),
        Step.COPY_NETWORK: translate("Jobs", "copying"),
        Step.TIME: translate("Jobs", "measuring the speed"),
    }
    return known.get(name, name.value)


_TOLD_BY_STEP = ("train", "evaluate", "suggest", "rank_backbones", "judge_pictures", "release")


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
        self._training = TrainingState(kind_of(job.to_dict()["recipe"])) if job.kind == "train" else None

    @property
    def title(self) -> str:
        name = words(self._job).running
        if self._run:
            name = translate("Jobs", "Training run {number}").format(number=self._run)
        if self._step is None or self._job.kind not in _TOLD_BY_STEP:
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
            self.fraction, self.seconds_left = self._training.fraction, self._training.time_left
        return True
