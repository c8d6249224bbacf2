"""What a long job says while it runs.

A job is a generator of these frozen values. The command line prints them, the window draws them, tests read them, and
the engine process sends them over its pipe: `to_dict` and `from_dict` round-trip every one. A job that ends well yields
its result as its last event; a problem of the world is raised as a `DiscernError`; closing the generator cancels the
job, and an `Interrupted` thrown into it ends it in a way that lets it go on later, if it can.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import asdict, dataclass, field, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, get_args, get_origin, get_type_hints


class Step(StrEnum):
    """The parts of a job, in the order in which they usually come."""

    SCAN = "scan"  # list the files and recognise their contents
    READ = "read"  # every picture through the frozen backbone, once
    FREEZE = "freeze"  # train the head
    VIEWS = "views"  # activations of augmented views through the frozen stages
    CHOOSE = "choose"  # try choices of fine-tuning by cross-validation
    FINE_TUNE = "fine_tune"  # train the last stages
    SAVE = "save"  # write the model
    MEASURE = "measure"  # predict a split
    EXPLAIN = "explain"  # look where the model looks
    REPEAT = "repeat"  # predict parts that were photographed several times
    SUGGEST = "suggest"  # predict the unlabelled pictures of a project
    COMPARE = "compare"  # predict the labelled ones, to see where the model disagrees
    ALIKE = "alike"  # look for pictures that look alike
    LABELS = "labels"  # judge each label by pictures of other groups
    PROBE = "probe"  # cross-validate a head on embeddings
    CURVE = "curve"  # learn from more and more of the pictures
    PREDICT = "predict"  # predict a folder of new pictures
    ASK = "ask"  # predict the pictures that two models are compared on
    EXPORT = "export"  # write and verify a package
    DRAW = "draw"  # draw the sample project
    IMPORT = "import"  # copy pictures into the project
    COPY = "copy"  # copy pictures out of it
    CHECK = "check"  # read the file of a pretrained network and check it
    DOWNLOAD = "download"  # fetch it
    COPY_NETWORK = "copy_network"  # copy it for another computer
    TIME = "time"  # measure how fast it is


Phase: TypeAlias = Literal["freeze", "fine_tune"]
Split: TypeAlias = Literal["train", "validation", "test"]


@dataclass(frozen=True, slots=True)
class StepStarted:
    step: Step


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` pictures (or epochs; of a network's file, bytes).

    `seconds_left` is None until it can be estimated.
    """

    step: Step
    done: int
    total: int
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the person should know; the job goes on."""

    severity: Literal["info", "warning"]
    what: str
    why: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class PictureSkipped:
    """One picture left out; the file is untouched."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run begins.

    `counts`: pictures per split, unlabelled ones under "unlabelled"; `device` in words; `resumed`: from a checkpoint.
    """

    run: str
    recipe: str
    backbone: str
    device: str
    classes: list[str]
    counts: dict[str, int]
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class Computing:
    """How a phase computes from now on: `pictures` of the `batch` of a step at a time, fewer once memory was short.

    `device` in words; `mixed`: in 16 bits where they are enough.
    """

    device: str
    pictures: int
    batch: int
    mixed: bool


@dataclass(frozen=True, slots=True)
class RegularisationChosen:
    """Cross-validated accuracy (0–1) for each strength λ tried, and the λ kept."""

    strengths: list[float]
    accuracies: list[float]
    chosen: float


@dataclass(frozen=True, slots=True)
class OptionChosen:
    """One of several options was chosen by trying them.

    `choice` is the name of the recipe's field, `measure` that of what was measured ("accuracy", "balanced_accuracy",
    "loss"); `scores` belong to `options`, NaN for one that broke down. `pictures` were held out for it, in `folds`
    parts; 0 where nobody wrote that down.
    """

    choice: str
    options: list[str]
    scores: list[float]
    measure: str
    chosen: str
    folds: int = 0
    pictures: int = 0


@dataclass(frozen=True, slots=True)
class LearningRateFound:
    """The range test: the smoothed loss at each learning rate, as far as it went, and the rate chosen."""

    rates: list[float]
    losses: list[float]
    chosen: float


@dataclass(frozen=True, slots=True)
class EpochEnded:
    """Losses are mean cross-entropies, the other measures lie in 0–1; without validation pictures theirs are NaN.

    `epoch` counts from 1; `best`: the best of its phase so far. Macro-F1s and
    balanced accuracy are NaN where nobody measured them; `learning_rate` is that at the epoch's end, None where the
    method has none.
    """

    phase: Phase
    epoch: int
    epochs: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    best: bool
    seconds_left: float | None = None
    train_macro_f1: float = math.nan
    validation_macro_f1: float = math.nan
    learning_rate: float | None = None
    validation_balanced_accuracy: float = math.nan


@dataclass(frozen=True, slots=True)
class PhaseEnded:
    """`kept`: the model of this phase is the run's model so far."""

    phase: Phase
    best_epoch: int
    validation_accuracy: float
    kept: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Trained:
    """A run is complete, or stopped with its best kept. `right` of `n` validation pictures (n = 0: there were none)."""

    run: str
    phase: Phase
    right: int
    n: int
    stopped: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class ClassResult:
    """One class on one split: `right` of `actual` were found, `right` of `called` were right when called.

    `recall`, `precision` and `f1` are None where their denominator is zero; intervals are 95 % (Wilson).
    """

    name: str
    actual: int
    called: int
    right: int
    recall: float | None
    recall_interval: tuple[float, float] | None
    precision: float | None
    precision_interval: tuple[float, float] | None
    f1: float | None


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The measured quality of a run. `confusion` has a row per actual and a column per predicted class."""

    run: str
    split: Split
    n: int
    right: int
    accuracy: float
    interval: tuple[float, float]
    balanced_accuracy: float
    macro_f1: float
    classes: list[str]
    confusion: list[list[int]]
    per_class: list[ClassResult] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LooksFound:
    """Where a run looks was found, class by class.

    `pictures` of the `split` were explained; `on_border`: the classes for which it looks at the border of the pictures.
    """

    run: str
    split: Split
    classes: int
    pictures: int
    on_border: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PartRepeated:
    """What was said of the pictures of one part.

    Attributes:
        called: how many of them were called each class, the part's usual one first.
        flips: the share of its pairs of pictures that were called differently, 0–1.
        spread: standard deviation of the probability of its usual class.
        lowest, highest: that probability, over its pictures.
        files: its pictures, the least sure of the usual class first.
        said: the class that each of these was called.
    """

    name: str
    pictures: int
    called: dict[str, int]
    flips: float
    spread: float
    lowest: float
    highest: float
    files: list[str]
    said: list[str]

    @property
    def changed(self) -> bool:
        """It was called more than one class."""
        return len(self.called) > 1


@dataclass(frozen=True, slots=True)
class Repeated:
    """Whether a run says the same of the same part; see `evaluation.repeatability` for the figures.

    Attributes:
        where: "test" or another split, or a folder.
        parts: those with several pictures: first those that changed most often, then those with the widest spread.
        changed: how many of them changed their class; `interval`: of their share.
        flips: the chance that two pictures of a part are called differently.
        spread: the pooled standard deviation of the probability of a part's usual class.
    """

    run: str
    where: str
    parts: list[PartRepeated]
    changed: int
    interval: tuple[float, float]
    flips: float
    flips_interval: tuple[float, float]
    spread: float
    spread_interval: tuple[float, float]

    @property
    def pictures(self) -> int:
        return sum(part.pictures for part in self.parts)

    @property
    def times(self) -> tuple[int, int]:
        """How often parts were photographed, at least and at most."""
        pictures = [part.pictures for part in self.parts]
        return min(pictures), max(pictures)


@dataclass(frozen=True, slots=True)
class Suggested:
    """A run's answers are in the index: of how many unlabelled and labelled pictures, alike ones counted once."""

    run: str
    unlabelled: int
    labelled: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Predicted:
    """One new picture; `probability` (0–1) is that of `label`. `file` is relative to the folder asked for.

    `unsure`: the model declines to answer; `label` is its best guess.
    """

    file: str
    label: str
    probability: float
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class FolderPredicted:
    """A folder is done: how many pictures each class got, how many none was sure of, or could not be read, where the
    table is."""

    csv: str
    counts: dict[str, int]
    unreadable: int
    copied: int
    seconds: float
    unsure: int = 0


@dataclass(frozen=True, slots=True)
class Exported:
    """A package was written and passed its own self-test on its golden images."""

    path: str
    bytes: int
    golden: int
    largest_difference: float


Mistake: TypeAlias = Literal["escape", "false_alarm", "other"]


@dataclass(frozen=True, slots=True)
class NewMiss:
    """A picture that a run gets wrong, and the release in use does not.

    `actual`, `before`, `now`: names of classes, `before` "" where no release is in use. `how_sure` (0–1) the run is.
    `kind`: an escape is a defect called good, a false alarm a good part called a defect; else the wrong class.
    """

    file: str
    content: str
    actual: str
    before: str
    now: str
    how_sure: float
    kind: Mistake = "other"


@dataclass(frozen=True, slots=True)
class GateJudged:
    """What a run does with the pictures that must not be got wrong, against the release in use.

    Attributes:
        against: the release in use; "" if there is none.
        source: the golden set; if none was marked, the test pictures of that release; or nothing.
        n: pictures that were asked about, `right_before` and `right_now` of which each model got right.
        misses: what the run gets wrong, and the release did not.
        repaired: what the release got wrong, and the run gets right.
        still_wrong: what both get wrong.
        unsure: what the run leaves to a person, and the release did not.
        missing: pictures that are in no class any more, in two, or can't be read.
        learnt: of those asked about, how many the run has learnt from: it is no wonder if these are right.
    """

    run: str
    against: str
    source: Literal["golden", "test", ""]
    n: int
    right_before: int
    right_now: int
    misses: list[NewMiss]
    repaired: int = 0
    still_wrong: int = 0
    unsure: int = 0
    missing: int = 0
    learnt: int = 0


@dataclass(frozen=True, slots=True)
class Released:
    """A run was released, for good; `accepted` new misses were accepted. `sha256`: of the package."""

    name: str
    run: str
    path: str
    bytes: int
    sha256: str
    accepted: int


@dataclass(frozen=True, slots=True)
class Compared:
    """A run against another run or a release, on the same `n` pictures of a split.

    `right` and `other_right` of them; `became_wrong` and `became_right`: files, the surest of the run first. `chance`:
    how often chance alone would make the two at least as different, 0–1.
    """

    run: str
    other: str
    split: Split
    n: int
    right: int
    other_right: int
    became_wrong: list[str]
    became_right: list[str]
    chance: float


@dataclass(frozen=True, slots=True)
class Imported:
    """Pictures were copied: how many into each class folder (`_unlabelled` among them).

    `identical`: left out, since the project has the same content already; `renamed`: copied under another name, since
    theirs was taken; `skipped`: could not be read, or not be understood; `split`: came with a split, which was kept.
    """

    copied: dict[str, int]
    identical: int
    renamed: int
    skipped: int = 0
    split: int = 0


@dataclass(frozen=True, slots=True)
class DatasetExported:
    """Copies of a project's pictures are in the folder `path`, with the table `csv` beside them.

    `copied`: pictures by class, unlabelled ones under ""; `skipped` could not be read.
    """

    path: str
    csv: str
    copied: dict[str, int]
    skipped: int


@dataclass(frozen=True, slots=True)
class HealthChecked:
    """All pictures of a project were looked at: how many pictures have each finding, by its name in small letters."""

    pictures: int
    findings: dict[str, int]
    seconds: float


@dataclass(frozen=True, slots=True)
class SplitsDealt:
    """All splits were dealt out anew: pictures per split, and how many came into the test split and left it."""

    counts: dict[str, int]
    into_test: int
    out_of_test: int


@dataclass(frozen=True, slots=True)
class NetworkAdded:
    """A pretrained network's weights were checked and are ready to be used; `bytes` is what they take here."""

    backbone: str
    bytes: int


@dataclass(frozen=True, slots=True)
class NetworksCopied:
    """Pretrained networks were copied for another computer, and read back; `files` in the folder `path`."""

    path: str
    files: list[str]
    bytes: int


@dataclass(frozen=True, slots=True)
class SpeedMeasured:
    """How many pictures a second a frozen network reads on this computer."""

    backbone: str
    pictures_per_second: float


@dataclass(frozen=True, slots=True)
class BackboneProbed:
    """One backbone on the project's own pictures, by a linear head and cross-validation.

    `right` of `n` pictures (accuracy 0–1); `train_seconds` is a Quick training from untouched pictures,
    `predict_seconds` one new picture, both on this computer. `chance`: how often chance alone would make it differ as
    much from the best one, 0–1; 1 for the best itself.
    """

    backbone: str
    right: int
    n: int
    interval: tuple[float, float]
    balanced_accuracy: float
    balanced_interval: tuple[float, float]
    train_seconds: float
    predict_seconds: float
    chance: float = 1.0


@dataclass(frozen=True, slots=True)
class BackbonesRanked:
    """Every installed backbone, the best first; `missing` ones have no weights on this computer.

    `subject` names the pictures, labels and groups that were looked at: `pictures` of `of` that are not for the test.
    """

    rows: list[BackboneProbed]
    missing: list[str]
    pictures: int
    of: int
    classes: int
    subject: str


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The share of held-out pictures called right (0–1) by heads that have learnt from so many pictures."""

    learnt: float
    share: float
    interval: tuple[float, float]


Outlook: TypeAlias = Literal["few", "rising", "slow", "flat", "good", "unclear"]


@dataclass(frozen=True, slots=True)
class Curve:
    """What more pictures of a class (or of all, `name` "") should bring.

    `more`: where the curve is rising, how many should help, and `expected`, where the share may be then. `doubtful`: of
    the `pictures`, those whose label looks wrong; None where nobody has looked.
    """

    name: str
    pictures: int
    points: list[CurvePoint]
    outlook: Outlook
    more: int | None = None
    expected: tuple[float, float] | None = None
    doubtful: int | None = None


@dataclass(frozen=True, slots=True)
class PicturesJudged:
    """Whether there are enough pictures: the learning curve of all classes together, and of each."""

    backbone: str
    overall: Curve
    classes: list[Curve]
    subject: str


Validated: TypeAlias = Literal["as_trained", "before_fine_tuning", "other_head"]


@dataclass(frozen=True, slots=True)
class CrossValidated:
    """A run's pictures of all splits, each predicted once by a head that has not learnt from its group.

    `what`: a linear head on the frozen backbone is cross-validated. It is how the run was made, or what came before its
    fine-tuning, or in place of its head of another kind.
    `groups`: units that were held out together; `smallest`: test pictures of the class that has fewest.
    """

    run: str
    folds: int
    n: int
    right: int
    interval: tuple[float, float]
    balanced_accuracy: float
    balanced_interval: tuple[float, float]
    classes: list[str]
    confusion: list[list[int]]
    groups: int
    what: Validated
    smallest: int


@dataclass(frozen=True, slots=True)
class SampleDrawn:
    path: str
    pictures: int


@dataclass(frozen=True, slots=True)
class Paused:
    """The job stands still until it is told to go on, to stop, or its process ends."""


@dataclass(frozen=True, slots=True)
class WentOn:
    """The job works again, after a pause of so many seconds."""

    seconds: float


Event: TypeAlias = (
    StepStarted
    | Progress
    | Notice
    | PictureSkipped
    | RunStarted
    | Computing
    | RegularisationChosen
    | OptionChosen
    | LearningRateFound
    | EpochEnded
    | PhaseEnded
    | Trained
    | Evaluated
    | LooksFound
    | Repeated
    | Suggested
    | Predicted
    | FolderPredicted
    | Exported
    | GateJudged
    | Released
    | Compared
    | Imported
    | DatasetExported
    | HealthChecked
    | SplitsDealt
    | NetworkAdded
    | NetworksCopied
    | SpeedMeasured
    | BackboneProbed
    | BackbonesRanked
    | PicturesJudged
    | CrossValidated
    | SampleDrawn
    | Paused
    | WentOn
)

Events: TypeAlias = Generator[Event, None, None]


class Interrupted(BaseException):
    """Thrown into a job when the program ends: keep what is there, and what it takes to go on another day."""


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


_KINDS: dict[str, type[Any]] = {_snake(kind.__name__): kind for kind in Event.__args__}


def to_dict(event: Event) -> dict[str, Any]:
    """A JSON-ready dict; its first key, "event", names the kind in snake_case."""
    return {"event": _snake(type(event).__name__), **asdict(event)}


def from_dict(data: dict[str, Any]) -> Event:
    """The inverse of `to_dict`.

    Raises:
        KeyError: the kind is unknown.
    """
    fields = dict(data)
    event: Event = _typed(_KINDS[fields.pop("event")], fields)
    return event


def _typed(hint: Any, value: Any) -> Any:
    """A value as JSON gives it, in the type that a field asks for."""
    if value is None:
        return None
    if isinstance(hint, type) and is_dataclass(hint):
        hints = _hints(hint)
        return hint(**{name: _typed(hints.get(name), item) for name, item in value.items()})
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is UnionType:
        return _typed(next(argument for argument in arguments if argument is not NoneType), value)
    if origin is tuple:
        return tuple(value)
    if origin is list:
        return [_typed(arguments[0], item) for item in value]
    return Step(value) if hint is Step else value


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
