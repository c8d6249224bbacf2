"""Advice before a training, from embeddings alone: which backbone, and are there enough pictures?

It never looks at the test pictures. What was found is kept in the project's cache folder, so that asking again about
the same pictures costs nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from desktop_app import events as ev
from desktop_app import stopwatch, storage
from desktop_app.engine import embedded
from desktop_app.engine.embedded import Embedded
from desktop_app.errors import DiscernError, StorageError, WeightsError
from desktop_app.evaluation import cross_validation, learning_curve, metrics
from desktop_app.events import (
    BackboneProbed,
    BackbonesRanked,
    Curve,
    Event,
    Events,
    Notice,
    PicturesJudged,
    Split,
    Step,
    StepStarted,
)
from desktop_app.learning import library
from desktop_app.learning.backbones import BACKBONES, Backbone
from desktop_app.project.catalog import LEFT_OUT, Catalog, Snapshot
from desktop_app.project.health import Finding, check
from desktop_app.project.project import Project

if TYPE_CHECKING:
    from pathlib import Path

    from desktop_app.features.preprocessing import Fit
    from desktop_app.learning.probing import Trials

MOST = 3_000  # pictures: differences that more would show are smaller than those that matter
_TIMED = 24
_FORMAT = 1
_SPLITS: tuple[Split, ...] = ("train", "validation")

Advice: TypeAlias = BackbonesRanked | PicturesJudged


# ---- which backbone?


def rank_backbones(project: Project, fit: Fit = "pad") -> Events:
    """Judge every installed backbone on the project's pictures; the last event is `BackbonesRanked`.

    Each is judged by a nested cross-validation of a linear head on the same folds (`learning.probing`). The time for
    one new picture is measured on some pictures, all cores working. A Quick training reads every picture once and fits
    about as many heads as the cross-validation does.

    Raises:
        DataError: there are too few pictures.
        WeightsError: no backbone can be used.
    """
    catalog = project.scan()
    whole = yield from project.snapshot(catalog)
    snapshot = embedded.chosen(whole, _SPLITS, MOST)
    installed = [backbone for backbone in BACKBONES.values() if library.is_installed(backbone)]
    subject = embedded.subject(snapshot, *(backbone.embedding_key(fit) for backbone in installed))
    stored = stored_ranking(project)
    if stored and stored.subject == subject:
        yield from stored.rows
        yield stored
        return
    probed: dict[BackboneProbed, NDArray[np.bool_]] = {}
    refused: WeightsError | None = None
    groups: tuple[str, ...] = ()
    for backbone in installed:
        try:
            found, groups, result = yield from _probe(project, snapshot, backbone, fit, len(whole.files))
        except WeightsError as error:
            refused = error
            yield Notice("warning", error.what, error.why, error.hint)
        else:
            probed[result] = found
            yield result
    if not probed:
        raise refused or library.missing(next(iter(BACKBONES.values())))
    used = np.flatnonzero(snapshot.splits != LEFT_OUT)
    ranked = BackbonesRanked(
        _in_order(probed, groups),
        [backbone.name for backbone in BACKBONES.values() if backbone not in installed],
        max(result.n for result in probed),  # without those that can't be read
        len(whole.files),
        len(np.unique(snapshot.labels[used])),
        subject,
    )
    _keep(_ranking_json(project), ranked)
    yield ranked


def _probe(
    project: Project, snapshot: Snapshot, backbone: Backbone, fit: Fit, pictures: int
) -> Generator[Event, None, tuple[NDArray[np.bool_], tuple[str, ...], BackboneProbed]]:
    """Which pictures were called right, their groups, and the result."""
    from desktop_app.learning import probing

    data = yield from embedded.read(project, snapshot, backbone, fit)
    each = _seconds_a_picture(project, snapshot, backbone, fit)
    yield StepStarted(Step.PROBE)
    started = stopwatch.seconds()
    predicted = yield from probing.cross_validate(data.embeddings, data.labels, data.groups, len(data.classes))
    taken = (stopwatch.seconds() - started) * (pictures / len(data.labels))
    right = np.equal(predicted, data.labels)
    confusion = metrics.confusion_matrix(data.labels, predicted, len(data.classes))
    result = BackboneProbed(
        backbone=backbone.name,
        right=int(right.sum()),
        n=len(right),
        interval=cross_validation.share_interval(right, data.groups),
        balanced_accuracy=metrics.balanced_accuracy(confusion),
        balanced_interval=cross_validation.balanced_interval(data.labels, predicted, len(data.classes), data.groups),
        train_seconds=each * pictures + taken,
        predict_seconds=each,
    )
    return right, data.groups, result


def _seconds_a_picture(project: Project, snapshot: Snapshot, backbone: Backbone, fit: Fit) -> float:
    """From file to embedding, where many are read at once."""
    from desktop_app.features.runtime import map_pictures

    network = embedded.open_network(backbone, fit)()
    rows = np.flatnonzero(snapshot.splits != LEFT_OUT)
    rows = rows[np.linspace(0, len(rows) - 1, min(_TIMED, len(rows))).astype(np.intp)]
    paths = [project.path(snapshot.files[row]) for row in rows.tolist()]
    for _ in map_pictures(network, paths[:1]):
        pass  # the first one prepares the network
    started = stopwatch.seconds()
    for _ in map_pictures(network, paths):
        pass
    return (stopwatch.seconds() - started) / len(paths)


def _in_order(probed: dict[BackboneProbed, NDArray[np.bool_]], groups: tuple[str, ...]) -> list[BackboneProbed]:
    """The best first; of equals the faster. Each one's chance counts that all others were compared, too."""
    order = sorted(probed, key=lambda result: (-result.right / result.n, result.predict_seconds))
    best, others = order[0], len(order) - 1

    def compared(result: BackboneProbed) -> BackboneProbed:
        # A picture that could be read for one and not for the other leaves nothing to compare picture by picture.
        if result is best or result.n != best.n:
            return result
        chance = cross_validation.chance_of_difference(probed[best], probed[result], groups)
        return replace(result, chance=min(1.0, chance * others))  # Bonferroni's inequality

    return [compared(result) for result in order]


# ---- enough pictures?


def judge_pictures(project: Project, backbone: Backbone, fit: Fit = "pad") -> Events:
    """Judge whether more pictures would help, overall and class by class; the last event is `PicturesJudged`.

    Raises:
        DataError: there are too few pictures.
        WeightsError: the backbone is missing or damaged.
    """
    from desktop_app.learning import probing

    catalog = project.scan()
    whole = yield from project.snapshot(catalog)
    snapshot = embedded.chosen(whole, _SPLITS, MOST)
    subject = embedded.subject(snapshot, backbone.embedding_key(fit))
    doubtful = _doubtful(project, catalog)
    stored = stored_judgement(project)
    if stored and stored.subject == subject:
        yield _with_doubts(stored, doubtful)
        return
    data = yield from embedded.read(project, snapshot, backbone, fit)
    yield StepStarted(Step.CURVE)
    trials = yield from probing.learn_from_parts(data.embeddings, data.labels, data.groups, len(data.classes))
    judged = PicturesJudged(
        backbone.name,
        _curve("", trials.learnt.sum(axis=1), trials.right, data.groups),
        [_class_curve(label, data, trials) for label in range(len(data.classes))],
        subject,
    )
    _keep(_judgement_json(project), judged)
    yield _with_doubts(judged, doubtful)


def _class_curve(label: int, data: Embedded, trials: Trials) -> Curve:
    rows = np.flatnonzero(data.labels == label)
    groups = tuple(data.groups[row] for row in rows.tolist())
    return _curve(data.classes[label], trials.learnt[:, label], trials.right[:, rows], groups)


def _curve(name: str, learnt: NDArray[np.float64], right: NDArray[np.float64], groups: tuple[str, ...]) -> Curve:
    found = learning_curve.prospect(learnt, right, groups)
    points = learning_curve.points(learnt, right, groups)
    return Curve(name, len(groups), points, found.outlook, found.more, found.expected)


def _doubtful(project: Project, catalog: Catalog) -> dict[str, int] | None:
    """How many labels of each class look wrong; None where the pictures' health was not looked at."""
    health = check(project, catalog)
    if not health.checked:
        return None
    rows = (health.findings & np.uint16(Finding.DOUBTFUL)) > 0
    numbers = np.bincount(catalog.labels[rows & (catalog.labels >= 0)], minlength=len(catalog.classes))
    return dict(zip(catalog.classes, numbers.tolist(), strict=True))


def _with_doubts(judged: PicturesJudged, doubtful: dict[str, int] | None) -> PicturesJudged:
    if doubtful is None:
        return judged
    return replace(judged, classes=[replace(curve, doubtful=doubtful.get(curve.name, 0)) for curve in judged.classes])


# ---- what is kept


def stored_ranking(project: Project) -> BackbonesRanked | None:
    """The newest ranking; it may be of pictures that have changed since."""
    found = _stored(_ranking_json(project))
    return found if isinstance(found, BackbonesRanked) else None


def stored_judgement(project: Project) -> PicturesJudged | None:
    """The newest judgement of the pictures; they may have changed since."""
    found = _stored(_judgement_json(project))
    return found if isinstance(found, PicturesJudged) else None


def _ranking_json(project: Project) -> Path:
    return project.index.path.with_name("backbones.json")


def _judgement_json(project: Project) -> Path:
    return project.index.path.with_name("pictures.json")


def _keep(path: Path, advice: Advice) -> None:
    with contextlib.suppress(StorageError):  # it is shown all the same, and found again when it is asked for
        storage.write_json(path, {"format": _FORMAT, "advice": ev.to_dict(advice)})


def _stored(path: Path) -> Event | None:
    try:
        document = storage.read_json(path)
        return ev.from_dict(document["advice"]) if document.get("format") == _FORMAT else None
    except (OSError, DiscernError, KeyError, TypeError, ValueError):
        return None
