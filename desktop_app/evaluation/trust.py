"""Can a result be trusted? What the pictures of a run, and its neighbours among the runs, say about that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from desktop_app import storage
from desktop_app.errors import DataError, StorageError
from desktop_app.evaluation.clusters import units_of
from desktop_app.evaluation.evaluate import result_json
from desktop_app.evaluation.predictions import Predictions
from desktop_app.events import Split
from desktop_app.project import giveaways
from desktop_app.project.alike import alike_groups
from desktop_app.project.catalog import Snapshot
from desktop_app.project.columns import Contents
from desktop_app.project.giveaways import GivesAway
from desktop_app.project.project import Project
from desktop_app.project.properties import read_properties
from desktop_app.project.runs import Run
from desktop_app.project.split_records import came_into_test

_MOSTLY = 0.9  # of the pictures must be measured, or what is said of them would be about others
_SAME_TEST = 0.5  # of the test pictures; two runs that share as many were measured on the same


@dataclass(frozen=True)
class Trust:
    """What makes a result too good, or certain only in appearance. Counts are of the split's pictures.

    Attributes:
        left_out: pictures that could not be read.
        copies: training used the same content.
        alike: training used a picture that looks nearly the same, as far as the last health check found.
        checked: whether the health check ever looked for such pictures.
        grouped: whether any groups are named.
        shared: the groups that training used, too.
        looks: the models that were measured on these test pictures, this one among them: whoever chooses the best of
            them by that chooses its luck, too.
        given_away: what tells classes without a look at what the pictures show; of all that the run used.
        moved: earlier models may have learnt from them, before the test split was unlocked.
    """

    left_out: int = 0
    copies: int = 0
    alike: int = 0
    checked: bool = False
    grouped: bool = False
    shared: tuple[str, ...] = ()
    looks: int = 1
    moved: int = 0
    given_away: tuple[GivesAway, ...] = ()


def examine(project: Project, run: Run, snapshot: Snapshot, split: Split, predictions: Predictions) -> Trust:
    """Look at everything that bears on a result of `run`. Reads the disk; the index and the other runs among it.

    Raises:
        ProjectError: a file of the project was written by a newer Discern.
    """
    used = [row for other in ("train", "validation") if other != split for row in snapshot.rows(other).tolist()]
    learnt = {snapshot.hashes[row] for row in used}
    copies = sum(content in learnt for content in predictions.hashes)
    own_groups = {snapshot.groups[row] for row in snapshot.rows(split).tolist()} - {""}
    found = Trust(
        left_out=len(snapshot.rows(split)) - len(predictions),
        copies=copies,
        alike=_alike(project, predictions.hashes, learnt),
        checked=bool(project.index.last_check()[0]),
        grouped=any(snapshot.groups),
        shared=tuple(sorted(own_groups & {snapshot.groups[row] for row in used})),
        given_away=_given_away(project, snapshot),
    )
    if split != "test":
        return found
    moved = came_into_test(project.splits.path)
    return replace(
        found,
        looks=1 + sum(_measured_on(other, set(predictions.hashes), snapshot) for other in _others(project, run)),
        moved=sum(content in moved for content in predictions.hashes),
    )


def _alike(project: Project, contents: Iterable[str], learnt: set[str]) -> int:
    """How many contents look like one that was learnt from, directly or through others, but are none of them."""
    asked = dict.fromkeys(content for content in contents if content not in learnt)
    place = {content: number for number, content in enumerate([*asked, *sorted(learnt)])}
    threshold = project.config.grouping.threshold
    groups = alike_groups(project.index.alike(), place, threshold, project.different)
    of_learnt = set(groups[len(asked) :].tolist()) - {-1}
    return sum(group in of_learnt for group in groups[: len(asked)].tolist())


def _given_away(project: Project, snapshot: Snapshot) -> tuple[GivesAway, ...]:
    """Of the pictures that the health check has measured; none where there are few of them."""
    contents = Contents(np.array(snapshot.hashes, "S32"))
    known = read_properties(project.index, contents)
    rows = contents.rows[known.measured[contents.numbers]]
    if len(rows) < _MOSTLY * len(snapshot.files):
        return ()
    content_of = np.full(len(snapshot.files), -1, np.intp)
    content_of[contents.rows] = contents.numbers
    units = units_of(snapshot.groups)
    return tuple(
        giveaways.by_properties(
            snapshot.labels[rows],
            snapshot.classes,
            known,
            content_of[rows],
            content_of[rows] if units is None else units[rows],
        )
    )


def _others(project: Project, run: Run) -> list[Run]:
    return [other for other in project.runs.list() if other.usable and other.id != run.id]


def _measured_on(run: Run, contents: set[str], snapshot: Snapshot) -> bool:
    """Whether `run` was measured on about the same test pictures as those of `snapshot`."""
    try:
        pictures = storage.read_json(result_json(run, "test")).get("pictures")
        if pictures == snapshot.fingerprint:
            return True
        theirs = Snapshot.read_csv(run.snapshot_csv)
    except (FileNotFoundError, StorageError, DataError):
        return False
    shared = contents.intersection(theirs.hashes[row] for row in theirs.rows("test").tolist())
    return len(shared) >= _SAME_TEST * len(contents)
