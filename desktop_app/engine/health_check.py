"""The health check's pass over the pictures: recognise, measure and embed what is new, then look for what is alike.

All it computes stays in the project's index, so that it may be stopped at any time and goes on where it was; the
embeddings are those that a quick training needs. What it found is judged by `project.health.check`.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from desktop_app import stopwatch
from desktop_app.engine.label_check import check_labels
from desktop_app.errors import ImageError, WeightsError
from desktop_app.events import Event, Events, HealthChecked, Notice, PictureSkipped, Progress, Step, StepStarted
from desktop_app.following import Followed
from desktop_app.project import names
from desktop_app.project.health import Finding, check
from desktop_app.project.imaging import describe, load_rgb
from desktop_app.project.index import STORE_SECONDS
from desktop_app.project.measures import EDGE, Measures, measure
from desktop_app.project.project import Project
from desktop_app.stopwatch import Beat, Pace

if TYPE_CHECKING:
    from desktop_app.features.runtime import Network

_Seen: TypeAlias = tuple[Measures | None, NDArray[np.float32] | None]  # None: not needed, or not to be had now

_PART = 20_000  # contents that are looked up at a time


def check_pictures(project: Project) -> Events:
    """Look at every picture of the project, as far as that was not done before; the last event is `HealthChecked`.

    Without the weights of the backbone everything is looked for but near-duplicates and doubtful labels.

    Raises:
        ProjectError: the folder went away meanwhile.
        StorageError: the cache folder's disk is full or fails.
    """
    started = stopwatch.seconds()
    catalog = project.scan()
    file_of = yield from _recognise(project, catalog.files)
    yield StepStarted(Step.READ)
    network, key = yield from _network()
    yield from _look(project, file_of, network, key)
    if network:
        yield StepStarted(Step.ALIKE)
        yield from _look_for_alike(project, list(file_of), key)
        yield StepStarted(Step.LABELS)
        yield from check_labels(project, catalog, _contents(project, catalog.files), key)
    health = check(project, catalog)
    counts = {(finding.name or "").lower(): health.count(finding) for finding in Finding}
    yield HealthChecked(len(catalog.files), counts, round(stopwatch.seconds() - started, 1))


def _recognise(project: Project, files: Sequence[str]) -> Generator[Event, None, dict[str, str]]:
    """One file of each content, by content; why others can't be read is kept in the index."""
    reasons: dict[str, str] = {}
    hashing = Followed(project.hashes(files))
    for event in hashing:
        if isinstance(event, PictureSkipped):
            reasons[event.file] = event.reason  # a finding like others, to be shown with its picture
        else:
            yield event
    hashes = hashing.result
    shown = ((file, names.for_display(file)) for file in files if file not in hashes)
    project.index.store_refused({file: reasons[name] for file, name in shown if name in reasons})
    return {content: file for file, content in hashes.items()}


def _contents(project: Project, files: Sequence[str]) -> dict[str, str]:
    """The content of every file that can be read; all of them have just been recognised."""
    return {file: content for file, content in project.index.content_hashes(files) if isinstance(content, str)}


def _network() -> Generator[Event, None, tuple[Network | None, str]]:
    """The network that a quick training begins with, and the name of its embeddings."""
    from desktop_app.features import graphs
    from desktop_app.features.runtime import Network
    from desktop_app.learning import backbone_graphs
    from desktop_app.learning.backbones import BACKBONES
    from desktop_app.learning.recipe import preset_named

    recipe = preset_named("quick")
    backbone = BACKBONES[recipe.backbone]
    preprocessing = backbone.preprocessing(recipe.fit)
    try:
        graph = graphs.up_to(backbone_graphs.load(backbone), graphs.EMBEDDING)
    except WeightsError as error:
        yield Notice("warning", "Near-duplicates can't be looked for.", error.what, error.hint)
        return None, ""
    model = graphs.with_preprocessing(graph, preprocessing).SerializeToString()
    return Network(model, preprocessing), backbone.embedding_key(recipe.fit)


# ---- each picture


def _look(project: Project, file_of: Mapping[str, str], network: Network | None, key: str) -> Events:
    """Measure and embed the contents that the index does not know yet."""
    from desktop_app.features.runtime import map_ahead

    missing = list(_missing(project, list(file_of), key if network else None))
    yield Progress(Step.READ, 0, len(missing))
    tasks = [
        partial(_see, project.path(file_of[content]), network if embed else None, measured=not measures)
        for content, measures, embed in missing
    ]
    unsaved: dict[str, _Seen] = {}
    pace, saving = Pace(Step.READ, len(missing)), Beat(STORE_SECONDS)
    with contextlib.closing(map_ahead(lambda task: task(), tasks)) as results:
        try:
            for done, ((content, _, _), seen) in enumerate(zip(missing, results, strict=True), start=1):
                if not project.index.is_other(project.path(file_of[content]), content):
                    unsaved[content] = seen
                yield from pace.after(done)
                if saving.due():
                    _store(project, key, unsaved)
                    unsaved = {}
        finally:
            _store(project, key, unsaved)


def _missing(project: Project, contents: Sequence[str], key: str | None) -> Iterator[tuple[str, bool, bool]]:
    """The contents to look at: (content, whether it is measured already, whether its embedding is wanted)."""
    for start in range(0, len(contents), _PART):
        part = contents[start : start + _PART]
        measures = project.index.measures(part)
        embedded = project.index.embedded(key, part) if key else set(part)
        for content in part:
            known = measures.get(content)
            embed = content not in embedded and not (known and known.problem)
            if known is None or embed:
                yield content, known is not None, embed


def _see(path: Path, network: Network | None, *, measured: bool) -> _Seen:
    """Decode a picture once, for its measures and its embedding."""
    try:
        pixels = load_rgb(path, target=network.preprocessing.size if network else EDGE)
        return measure(pixels, describe(path)) if measured else None, network(pixels) if network else None
    except ImageError as error:
        # Held by another program or gone by now, it says nothing about its content.
        if isinstance(error.__cause__, OSError):
            return None, None
        return Measures.of_unreadable(error.what), None


def _store(project: Project, key: str, seen: Mapping[str, _Seen]) -> None:
    project.index.store_measures({content: one for content, (one, _) in seen.items() if one is not None})
    project.index.store_embeddings(
        key, {content: vector for content, (_, vector) in seen.items() if vector is not None}
    )


# ---- all pairs


def _look_for_alike(project: Project, contents: Sequence[str], key: str) -> Events:
    from desktop_app.features.similarity import alike_pairs

    hashes: dict[str, int] = {}
    for start in range(0, len(contents), _PART):
        part = contents[start : start + _PART]
        embedded = project.index.embedded(key, part)
        hashes |= {
            content: one.phash
            for content, one in project.index.measures(part).items()
            if content in embedded and not one.problem
        }
    subject = _subject(key, hashes, project)
    if project.index.last_check()[1] == subject:
        project.index.confirm_check(time.time_ns())
        return
    pairs = yield from alike_pairs(partial(project.index.embeddings, key), hashes, project.different)
    project.index.store_alike(pairs, time.time_ns(), subject)


def _subject(key: str, hashes: Mapping[str, int], project: Project) -> str:
    """A name for all that the pairs depend on; with the same, there are the same pairs."""
    digest = hashlib.sha256(f"{key} {project.different.version}".encode())
    for content in sorted(hashes):
        digest.update(content.encode())
    return digest.hexdigest()
