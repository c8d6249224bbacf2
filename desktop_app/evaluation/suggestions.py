"""Suggest classes: what a run says about every picture of its project, kept in the index by content.

For unlabelled pictures that is a suggestion; for labelled ones it tells whether the model agrees with their label.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from desktop_app.errors import ImageError
from desktop_app.evaluation.predicting import from_embeddings, from_pictures
from desktop_app.events import Event, Events, PictureSkipped, Step, StepStarted, Suggested
from desktop_app.project import names
from desktop_app.project.index import STORE_SECONDS
from desktop_app.project.marks import Mark
from desktop_app.project.project import Project
from desktop_app.project.runs import Run
from desktop_app.stopwatch import Beat, Pace

_AT_ONCE = 4096  # embeddings in memory

_Files: TypeAlias = dict[str, str]  # a picture of each content, by hash


def suggest(project: Project, run: Run) -> Events:
    """Predict every picture of a project, unlabelled ones first; the last event is `Suggested`.

    The answers go into the index as they come, so that a job that was stopped goes on where it was. Where the backbone
    stayed frozen, cached embeddings are used; see `evaluate`. Pictures that can't be read are skipped.

    Raises:
        DataError: the run has no model.
        StorageError: the cache's disk refused.
    """
    run.require_model("“{run}” can't suggest classes.")
    yield StepStarted(Step.SCAN)
    catalog = project.scan()
    unlabelled = [catalog.files[row] for row in np.flatnonzero(catalog.labels < 0)]
    labelled = [catalog.files[row] for row in np.flatnonzero(catalog.labels >= 0)]
    answered = set(project.index.predictions(run.key))
    counts: dict[Step, int] = {}
    skipped = 0
    for step, files in ((Step.SUGGEST, unlabelled), (Step.COMPARE, labelled)):
        yield StepStarted(step)
        wanted, unreadable = yield from _contents(project, files)
        missing = {content: file for content, file in wanted.items() if content not in answered}
        refused = yield from _predict(project, run, missing, step)
        answered |= missing.keys()
        counts[step] = len(wanted) - refused
        skipped += unreadable + refused
    yield Suggested(run.id, counts[Step.SUGGEST], counts[Step.COMPARE], skipped)


def _contents(project: Project, files: Sequence[str]) -> Generator[Event, None, tuple[_Files, int]]:
    """Recognise files by their content; returns them, without excluded ones, and how many could not be read."""
    found: _Files = {}
    excluded = project.marked(Mark.EXCLUDED)
    skipped = 0
    for file, result in project.index.content_hashes(files):
        if isinstance(result, ImageError):
            skipped += 1
            yield PictureSkipped(names.for_display(file), result.what)
        elif result not in excluded:
            found.setdefault(result, file)
    return found, skipped


def _predict(project: Project, run: Run, files: _Files, step: Step) -> Generator[Event, None, int]:
    """Answer for each content and store it; returns how many pictures could not be read."""
    contents = list(files)
    unknown: list[str] = []
    for start in range(0, len(contents), _AT_ONCE):
        part = contents[start : start + _AT_ONCE]
        known = dict(zip(part, from_embeddings(project, run, part), strict=True))
        answers = {content: _best(found.probabilities) for content, found in known.items() if found is not None}
        project.index.store_predictions(run.key, answers)
        unknown += [content for content in part if content not in answers]
    if not unknown:
        return 0
    refused = 0
    unsaved: dict[str, tuple[int, float]] = {}
    pace, saving = Pace(step, len(unknown)), Beat(STORE_SECONDS)
    with contextlib.closing(from_pictures(run, [project.path(files[content]) for content in unknown])) as results:
        try:
            for done, (content, found) in enumerate(zip(unknown, results, strict=True), 1):
                result = project.index.still(project.path(files[content]), content, found)
                if isinstance(result, ImageError):
                    refused += 1
                    yield PictureSkipped(names.for_display(files[content]), result.what)
                else:
                    unsaved[content] = _best(result.probabilities)
                yield from pace.after(done)
                if saving.due():
                    project.index.store_predictions(run.key, unsaved)
                    unsaved = {}
        finally:
            project.index.store_predictions(run.key, unsaved)
    return refused


def _best(probabilities: NDArray[np.float32]) -> tuple[int, float]:
    """The most probable class, as an index into the run's classes, and its probability."""
    best = int(probabilities.argmax())
    return best, float(probabilities[best])
