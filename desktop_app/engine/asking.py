"""What models say about the same pictures: a run of the project, and a release by its package.

What a network gives for a picture never changes, so answers that took a picture through it are kept in the index.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from desktop_app.errors import ImageError
from desktop_app.events import Event, PictureSkipped, Step, StepStarted
from desktop_app.project import names
from desktop_app.project.project import Project
from desktop_app.project.release import Release
from desktop_app.project.runs import Run
from desktop_app.stopwatch import Pace

if TYPE_CHECKING:
    from desktop_app.evaluation.predicting import Answer
    from desktop_app.evaluation.predictions import Predictions
    from desktop_app.evaluation.rules import Rule

_STORE_EVERY = 64  # answers; how much work a kill may cost


@dataclass(frozen=True, slots=True)
class Asked:
    """A picture whose class is known."""

    file: str
    content: str
    actual: str


@dataclass(frozen=True)
class Model:
    """Who is asked: `read` takes pictures through the network, `name` tells its answers from those of others."""

    classes: tuple[str, ...]
    rule: Rule | None
    name: str
    known: Callable[[list[str]], Sequence[Answer | None]]  # those that are to be had without reading a picture
    read: Callable[[list[Path]], Generator[Answer | ImageError, None, None]]


Answers: TypeAlias = "dict[str, Answer]"


def run_model(project: Project, run: Run) -> Model:
    """A run as it would be released.

    Raises:
        PackageError: its graph can't be trusted.
        DataError: it has no model.
    """
    from desktop_app import storage
    from desktop_app.evaluation.evaluate import unlike_file
    from desktop_app.evaluation.predicting import from_embeddings, from_pictures
    from desktop_app.evaluation.rules import Rule
    from desktop_app.features.unlike import Unlike

    run.require_model("“{run}” can't be asked.")
    digest = storage.sha256(run.model_onnx)
    unlike = Unlike.load(unlike_file(run), digest)
    rule = Rule.of(run)
    if rule and unlike is None:
        rule = replace(rule, furthest=None)  # as in its package
    seen = storage.sha256(unlike_file(run)) if unlike else ""
    return Model(
        run.classes,
        rule,
        f"{digest}{seen}",
        lambda contents: from_embeddings(project, run, contents, unlike),
        lambda paths: from_pictures(run, paths, unlike),
    )


def release_model(release: Release) -> Model:
    """A release, whose files are compared with their checksums first.

    Raises:
        ProjectError: it was changed after it was made.
        PackageError: its package can't be used on this computer.
    """
    from desktop_app.evaluation.predicting import Answer
    from desktop_app.features.runtime import map_pictures
    from desktop_app.inference.package import Package

    release.verify()
    package = Package.open(release.package)

    class Reader:
        def read(self, source: Path, /) -> Answer:
            probabilities, *distance = package.network.read_outputs(source)
            return Answer(probabilities, float(distance[0][0]) if distance else None)

    def read(paths: list[Path]) -> Generator[Answer | ImageError, None, None]:
        with contextlib.closing(map_pictures(Reader(), paths)) as results:
            for _, result in results:
                yield result

    return Model(
        package.manifest.classes,
        package.manifest.unsure,
        release.sha256,
        lambda contents: [None] * len(contents),
        read,
    )


def ask(project: Project, model: Model, pictures: Sequence[Asked]) -> Generator[Event, None, Answers]:
    """The answers by content; pictures that can't be read are skipped."""
    file_of = {picture.content: picture.file for picture in pictures}
    found = {
        content: answer
        for content, answer in zip(file_of, model.known(list(file_of)), strict=True)
        if answer is not None
    }
    key = f"answers {hashlib.sha256(model.name.encode()).hexdigest()[:32]}"
    found |= _stored(project, key, [content for content in file_of if content not in found], len(model.classes))
    unknown = [content for content in file_of if content not in found]
    if not unknown:
        return found
    yield StepStarted(Step.ASK)
    fresh: Answers = {}
    pace = Pace(Step.ASK, len(unknown))
    with contextlib.closing(model.read([project.path(file_of[content]) for content in unknown])) as results:
        try:
            for done, (content, answer) in enumerate(zip(unknown, results, strict=True), 1):
                result = project.index.still(project.path(file_of[content]), content, answer)
                if isinstance(result, ImageError):
                    yield PictureSkipped(names.for_display(file_of[content]), result.what)
                else:
                    fresh[content] = found[content] = result
                if len(fresh) >= _STORE_EVERY:
                    _store(project, key, fresh)
                    fresh = {}
                yield from pace.after(done)
        finally:
            _store(project, key, fresh)
    return found


def tabulate(model: Model, pictures: Sequence[Asked], answers: Answers) -> Predictions:
    """The answers to pictures, all of which have one, as a table."""
    from desktop_app.evaluation.predicting import tabulated

    return tabulated(
        model.classes,
        [picture.file for picture in pictures],
        [picture.content for picture in pictures],
        [picture.actual for picture in pictures],
        [answers[picture.content] for picture in pictures],
    )


def _store(project: Project, key: str, answers: Answers) -> None:
    rows = {
        content: np.append(answer.probabilities, () if answer.unlike is None else (answer.unlike,)).astype(np.float32)
        for content, answer in answers.items()
    }
    project.index.store_embeddings(key, rows)


def _stored(project: Project, key: str, contents: list[str], classes: int) -> Answers:
    from desktop_app.evaluation.predicting import Answer

    return {
        content: Answer(row[:classes], float(row[classes]) if len(row) > classes else None)
        for content, row in project.index.embeddings(key, contents).items()
        if len(row) in (classes, classes + 1) and np.isfinite(row).all()
    }
