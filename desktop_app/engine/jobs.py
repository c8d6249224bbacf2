"""The jobs, as data that travels to the worker process.

A job names what to do in plain JSON-ready values; its `events` does it. Paths are absolute, since the worker process
has its own working directory.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from desktop_app.errors import NoMemoryError, WeightsError
from desktop_app.events import Events, NetworksCopied, Notice, Split, Step, StepStarted

if TYPE_CHECKING:
    from desktop_app.project.project import Access, Project


@dataclass(frozen=True)
class Job(ABC):
    """One long piece of work."""

    kind: ClassVar[str]
    title: ClassVar[str]  # begins the sentence "… stopped: …"

    @abstractmethod
    def events(self, access: Access) -> Events:
        """Do it. `access`: OWN takes the project's lock, DELEGATED works for the process that holds it."""

    def to_dict(self) -> dict[str, Any]:
        return {"job": self.kind, **asdict(self)}


@dataclass(frozen=True)
class ProjectJob(Job):
    """A job in a project, which is open meanwhile."""

    project: str

    def events(self, access: Access) -> Events:
        from desktop_app.project.project import Project

        with Project.open(Path(self.project), access) as project:
            yield from self._events(project)

    @abstractmethod
    def _events(self, project: Project) -> Events:
        """Do it."""


@dataclass(frozen=True)
class TrainJob(Job):
    """Train a project; `recipe` is a `Recipe.to_dict()`. `resume` is the id of a run that did not end."""

    kind = "train"
    title = "Training"

    project: str
    recipe: dict[str, Any] = field(default_factory=dict)
    split_csv: str | None = None
    resume: str | None = None

    def events(self, access: Access) -> Events:
        from desktop_app.learning import library
        from desktop_app.learning.recipe import Recipe
        from desktop_app.project.project import Project

        recipe = Recipe.from_dict(self.recipe)
        library.require(recipe.backbone)
        with Project.open(Path(self.project), access) as project:
            # Only now, since it may take seconds: what is wrong with the project should be said at once.
            from desktop_app.learning.training import train

            if self.split_csv:
                yield from project.import_splits(Path(self.split_csv), project.scan())
            resumed = project.runs.get(self.resume) if self.resume else None
            yield from train(project, recipe, resume=resumed)


@dataclass(frozen=True)
class KeepBestJob(ProjectJob):
    """Take the best so far of a run that was cut off as its result."""

    kind = "keep_best"
    title = "Keeping the best"

    run: str

    def _events(self, project: Project) -> Events:
        from desktop_app.learning.keeping import keep_best

        yield from keep_best(project.runs.get(self.run))


@dataclass(frozen=True)
class EvaluateJob(ProjectJob):
    """Measure a run (the newest usable one if None) on a split.

    `calibrate`: learn first what it has seen, and measure its validation pictures, if it has any: thresholds are found
    on these. A small test split is helped out by a cross-validation.
    """

    kind = "evaluate"
    title = "Evaluation"

    run: str | None = None
    split: Split = "test"
    calibrate: bool = False

    def _events(self, project: Project) -> Events:
        from desktop_app.engine.small_sets import cross_validate
        from desktop_app.evaluation.evaluate import evaluate, has_pictures
        from desktop_app.evaluation.familiar import learn_familiar

        run = project.runs.choose(self.run)
        if self.calibrate and has_pictures(run, "validation"):
            yield from learn_familiar(project, run)
            yield from evaluate(project, run, "validation")
        if self.split == "test":
            yield from cross_validate(project, run)
        yield from evaluate(project, run, self.split)


@dataclass(frozen=True)
class ExplainJob(ProjectJob):
    """Find where a run (the newest usable one if None) looks, class by class, on pictures that it was measured on."""

    kind = "explain"
    title = "Looking where the model looks"

    run: str | None = None
    split: Split = "test"

    def _events(self, project: Project) -> Events:
        from desktop_app.evaluation.looks import find_looks

        yield from find_looks(project, project.runs.choose(self.run), self.split)


@dataclass(frozen=True)
class RepeatJob(ProjectJob):
    """Predict parts that were photographed several times by a run (the newest usable one if None).

    `pattern`: what tells the part in the names of pictures that lie in `folder` itself; see `groups.GroupPattern`.
    """

    kind = "repeat"
    title = "Measuring repeatability"

    folder: str
    run: str | None = None
    pattern: str = ""

    def _events(self, project: Project) -> Events:
        from desktop_app.evaluation.repeatability import repeat_folder

        yield from repeat_folder(project.runs.choose(self.run), Path(self.folder), self.pattern)


@dataclass(frozen=True)
class RankBackbonesJob(ProjectJob):
    """Judge every installed backbone on a project's own pictures; `fit` as of the recipe."""

    kind = "rank_backbones"
    title = "Comparing the networks"

    fit: Literal["pad", "squash", "crop"] = "pad"

    def _events(self, project: Project) -> Events:
        from desktop_app.engine.advice import rank_backbones

        yield from rank_backbones(project, self.fit)


@dataclass(frozen=True)
class JudgePicturesJob(Job):
    """Judge whether a project has enough pictures, by the embeddings of a backbone; `fit` as of the recipe."""

    kind = "judge_pictures"
    title = "Looking whether there are enough pictures"

    project: str
    backbone: str
    fit: Literal["pad", "squash", "crop"] = "pad"

    def events(self, access: Access) -> Events:
        from desktop_app.engine.advice import judge_pictures
        from desktop_app.learning import library
        from desktop_app.project.project import Project

        backbone = library.require(self.backbone)
        with Project.open(Path(self.project), access) as project:
            yield from judge_pictures(project, backbone, self.fit)


@dataclass(frozen=True)
class SuggestJob(ProjectJob):
    """Predict every picture of a project by a run (the newest usable one if None)."""

    kind = "suggest"
    title = "Suggesting classes"

    run: str | None = None

    def _events(self, project: Project) -> Events:
        from desktop_app.evaluation.suggestions import suggest

        yield from suggest(project, project.runs.choose(self.run))


@dataclass(frozen=True)
class GateJob(ProjectJob):
    """Ask what a run (the newest usable one if None) would get wrong that the release in use does not."""

    kind = "gate"
    title = "Looking for new misses"

    run: str | None = None

    def _events(self, project: Project) -> Events:
        from desktop_app.engine.gate import judge_run

        yield from judge_run(project, project.runs.choose(self.run))


@dataclass(frozen=True)
class ReleaseJob(ProjectJob):
    """Release a run, if the gate lets it through. `accepted`: new misses that are accepted, by content or file."""

    kind = "release"
    title = "Release"

    run: str
    name: str
    by: str
    why: str
    accepted: list[str] = field(default_factory=list)

    def _events(self, project: Project) -> Events:
        from desktop_app.engine.releasing import Wanted, release

        wanted = Wanted(self.name, self.by, self.why, self.accepted)
        yield from release(project, project.runs.get(self.run), wanted)


@dataclass(frozen=True)
class CompareJob(ProjectJob):
    """Compare a run (the newest usable one if None) with a release or another run, on the pictures of a split."""

    kind = "compare"
    title = "Comparison"

    other: str
    run: str | None = None
    split: Split = "test"
    against: Literal["release", "run"] = "release"

    def _events(self, project: Project) -> Events:
        from desktop_app.engine.comparing import compare_with_release, compare_with_run

        run = project.runs.choose(self.run)
        if self.against == "release":
            yield from compare_with_release(project, run, project.releases.get(self.other), self.split)
        else:
            yield from compare_with_run(project, run, project.runs.get(self.other), self.split)


@dataclass(frozen=True)
class ExportJob(ProjectJob):
    """Write a run (the newest usable one if None) as a model package; or a copy of that of a release."""

    kind = "export"
    title = "Export"

    out: str
    run: str | None = None
    release: str | None = None

    def _events(self, project: Project) -> Events:
        from desktop_app.export.package import export_package, export_release

        if self.release is not None:
            yield from export_release(project.releases.get(self.release), Path(self.out))
        else:
            yield from export_package(project, project.runs.choose(self.run), Path(self.out))


@dataclass(frozen=True)
class PredictJob(Job):
    """Predict every picture of a folder with a model package, into a table and, on request, copies in folders."""

    kind = "predict"
    title = "Sorting"

    package: str
    folder: str
    csv: str
    sort_into: str | None = None

    def events(self, access: Access) -> Events:
        from desktop_app.inference.folder import predict_folder

        sort_into = Path(self.sort_into) if self.sort_into else None
        yield from predict_folder(Path(self.package), Path(self.folder), Path(self.csv), sort_into)


@dataclass(frozen=True)
class SampleJob(Job):
    """Draw the sample project."""

    kind = "sample"
    title = "Drawing the sample"

    path: str

    def events(self, access: Access) -> Events:
        from desktop_app.project.sample import draw_sample

        yield from draw_sample(Path(self.path))


@dataclass(frozen=True)
class ImportJob(ProjectJob):
    """Copy pictures into a project; `reading` is a `Reading.to_dict()`, `twins` what becomes of known contents."""

    kind = "import"
    title = "Import"

    reading: dict[str, Any]
    twins: Literal["skip", "copy"] = "skip"

    def _events(self, project: Project) -> Events:
        from desktop_app.project.import_plan import Reading
        from desktop_app.project.importing import import_pictures

        yield from import_pictures(project, Reading.from_dict(self.reading), self.twins)


@dataclass(frozen=True)
class HealthJob(ProjectJob):
    """Look at every picture of a project that was not looked at before, and for pictures that look alike."""

    kind = "health"
    title = "The health check"

    def _events(self, project: Project) -> Events:
        from desktop_app.engine.health_check import check_pictures

        yield from check_pictures(project)


@dataclass(frozen=True)
class SplitJob(ProjectJob):
    """Unlock the test split, and deal all splits out anew."""

    kind = "split"
    title = "Dealing out the splits"

    def _events(self, project: Project) -> Events:

        yield from project.deal_anew(project.scan())


@dataclass(frozen=True)
class ExportDatasetJob(ProjectJob):
    """Copy a project's pictures into a new folder."""

    kind = "export_dataset"
    title = "Export of the pictures"

    out: str
    layout: Literal["classes", "splits"] = "classes"

    def _events(self, project: Project) -> Events:
        from desktop_app.export.dataset import export_dataset

        yield from export_dataset(project, Path(self.out), self.layout)


@dataclass(frozen=True)
class AddNetworksJob(Job):
    """Take over pretrained networks from files; of several, those that can't be are told and passed over."""

    kind = "add_networks"
    title = "Adding a network"

    files: list[str]

    def events(self, access: Access) -> Events:
        from desktop_app.learning import weights

        if len(self.files) == 1:
            yield from weights.add(Path(self.files[0]))
            return
        for file in self.files:
            try:
                yield from weights.add(Path(file))
            except WeightsError as error:
                yield Notice("warning", error.what, error.why, error.hint)


@dataclass(frozen=True)
class DownloadNetworkJob(Job):
    """Fetch a pretrained network because a person asked for it; stopped, it goes on another time."""

    kind = "download_network"
    title = "Download"

    name: str

    def events(self, access: Access) -> Events:
        from desktop_app.learning import library

        backbone = library.named(self.name)
        if library.is_installed(backbone):
            raise WeightsError(
                "“{title}” is on this computer already.", hint="There is nothing to download.", title=backbone.title
            )
        from desktop_app.learning import weights

        yield from weights.download(backbone)


@dataclass(frozen=True)
class CopyNetworksJob(Job):
    """Copy pretrained networks into a folder, for another computer."""

    kind = "copy_networks"
    title = "Copying the networks"

    names: list[str]
    folder: str

    def events(self, access: Access) -> Events:
        from desktop_app.learning import library

        yield StepStarted(Step.COPY_NETWORK)
        copies = yield from library.copy_for_another(self.names, Path(self.folder))
        size = sum(copy.stat().st_size for copy in copies)
        yield NetworksCopied(self.folder, [copy.name for copy in copies], size)


@dataclass(frozen=True)
class TimeNetworksJob(Job):
    """Measure how fast installed networks are on this computer."""

    kind = "time_networks"
    title = "Measuring the speed"

    names: list[str]

    def events(self, access: Access) -> Events:
        from desktop_app.learning import speeds

        yield from speeds.measure(self.names)


KINDS: dict[str, type[Job]] = {
    job.kind: job
    for job in (
        TrainJob,
        KeepBestJob,
        EvaluateJob,
        ExplainJob,
        RepeatJob,
        RankBackbonesJob,
        JudgePicturesJob,
        SuggestJob,
        GateJob,
        ReleaseJob,
        CompareJob,
        ExportJob,
        PredictJob,
        SampleJob,
        ImportJob,
        ExportDatasetJob,
        HealthJob,
        SplitJob,
        AddNetworksJob,
        DownloadNetworkJob,
        CopyNetworksJob,
        TimeNetworksJob,
    )
}


def out_of_memory(kind: type[Job]) -> NoMemoryError:
    """What a person is told when a job met a `MemoryError`."""
    return NoMemoryError(
        "{job} stopped: the computer ran out of memory.",
        hint="Nothing that was saved is lost. Close other programs, then try again.",
        job=kind.title,
    )


def from_dict(document: dict[str, Any]) -> Job:
    """The inverse of `Job.to_dict`.

    Raises:
        KeyError: the kind is unknown.
    """
    values = dict(document)
    return KINDS[values.pop("job")](**values)
