"""What the session reads of a project when it is opened, and later of its runs; in background threads."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from desktop_app.errors import DiscernError, StorageError
from desktop_app.events import Events

if TYPE_CHECKING:
    from desktop_app.evaluation.headline import Headline
    from desktop_app.project.catalog import Catalog
    from desktop_app.project.project import Project
    from desktop_app.project.runs import Run

FIRST_SECONDS = 0.1  # after which what was found in a large project is shown, before the rest is listed

#: The runs, newest first; the newest one that was measured, and its result.
Results: TypeAlias = "tuple[tuple[Run, ...], str, Headline | None]"
Opened: TypeAlias = "tuple[Project, Catalog, Results]"

_log = logging.getLogger(__name__)


def opened(root: Path) -> Opened:
    """Raises as `Project.open`."""
    from desktop_app.project.project import Project, locate_root

    return _scanned(Project.open(locate_root(root)))


def created(root: Path, classes: Sequence[str]) -> Opened:
    """Raises as `Project.create`."""
    from desktop_app.project.project import Project

    return _scanned(Project.create(root, classes))


def _scanned(project: Project) -> Opened:
    try:
        project.recall_folders()
        return project, project.scan(seconds=FIRST_SECONDS), read_runs(project)
    except BaseException:
        project.close()
        raise


def read_runs(project: Project) -> Results:
    from desktop_app.evaluation.headline import stored_headline

    runs = tuple(project.runs.list())
    for run in runs:
        if run.usable and (measured := stored_headline(run)):
            return runs, run.id, measured
    return runs, "", None


def settled(events: Events, project: Project) -> Events:
    """The same events; then what a worker process that died has left behind is put right, before anybody asks."""
    problem: DiscernError | None = None
    try:
        yield from events
    except DiscernError as error:
        problem = error
        raise
    finally:
        try:
            project.settle_runs(problem)
        except StorageError:
            _log.exception("The runs could not be settled")  # opening the project settles them, too
