"""Copies pictures into a project. Sources are only read; nothing in the project is ever overwritten."""

from __future__ import annotations

import errno
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from desktop_app import storage
from desktop_app.errors import ImageError, ProjectError
from desktop_app.events import Event, Events, Imported, Notice, PictureSkipped, Progress, Step, StepStarted
from desktop_app.project import catalog as catalogs
from desktop_app.project import import_forms, names
from desktop_app.project.catalog import Catalog
from desktop_app.project.import_check import ClassFolders, Contents, TakenNames, target_of
from desktop_app.project.import_list import ImportList
from desktop_app.project.import_plan import Item, Plan, Reading
from desktop_app.project.import_sources import Sources
from desktop_app.project.project import Project
from desktop_app.stopwatch import REPORT_SECONDS, Beat

Twins: TypeAlias = Literal["skip", "copy"]
"""What becomes of a picture whose content the project has already, in whatever class."""

# With these, the next picture would fail as well.
_DISK_IS_DONE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE, errno.ETIMEDOUT)


def import_pictures(project: Project, reading: Reading, twins: Twins = "skip") -> Events:
    """Copy pictures into a project, as `reading` understands their sources; a job whose last event is `Imported`.

    A class that exists already, in whatever spelling, gets the pictures added; a picture whose name is taken becomes
    "name (2).jpg". Splits and groups that come with the pictures are remembered as theirs. Stopping keeps what was
    copied, and its splits.

    Raises:
        ProjectError: the project is read-only, or a source is missing, part of the project, or gone meanwhile.
        DataError: the reading does not fit its sources.
        StorageError: the disk is full or failing; what was copied stays.
    """
    project.require_writable()
    yield StepStarted(Step.IMPORT)
    check_sources(project.root, [Path(source) for source in reading.sources])
    plan = import_forms.read(reading)
    yield from _notices(plan)
    with Sources() as sources:
        _check_space(project.root, plan, sources)
        job = _Import(project, plan, sources, twins)
        try:
            yield from job.copy()
        finally:
            notices = job.settle()
        yield from notices
    yield Imported(dict(job.copied), job.identical, job.renamed, len(plan.skipped) + job.skipped, len(job.splits))


class _Import:
    """One import under way, and what came of it so far."""

    def __init__(self, project: Project, plan: Plan, sources: Sources, twins: Twins) -> None:
        catalog = project.scan()
        self.copied: Counter[str] = Counter()
        self.identical = self.renamed = self.skipped = 0
        self.splits: dict[str, tuple[int | None, str]] = {}  # split and group by content
        self._project = project
        self._plan = plan
        self._sources = sources
        self._twins = twins
        self._folders = ClassFolders(catalog)
        self._taken = TakenNames(project.root)
        self._contents = Contents(project, catalog, sources)
        self._list = ImportList(project.root, project.state)
        self._files: dict[str, str] = {}  # content by file, of those with a split

    def copy(self) -> Iterator[Event]:
        """Copy picture by picture."""
        total = len(self._plan.items)
        reporting = Beat(REPORT_SECONDS)
        for done, item in enumerate(self._plan.items, start=1):
            try:
                self._add(item)
            except (ImageError, OSError) as error:
                self._check_still_there()
                self.skipped += 1
                yield PictureSkipped(names.for_display(str(item.source)), self._reason(error))
            if reporting.due() or done == total:
                yield Progress(Step.IMPORT, done, total)

    def _add(self, item: Item) -> None:
        """Raises: ImageError, OSError."""
        folder = self._folders.folder(item.class_name)
        twin = self._contents.find(item.source)
        if twin and self._twins == "skip":
            self.identical += 1
            self._remember(item, twin, known=True)
            return
        target = self._copied(item, *target_of(folder, item))
        self.copied[folder] += 1
        self.renamed += Path(target).name != Path(item.name).name
        self._contents.add(item.source, target)
        self._remember(item, target)

    def _copied(self, item: Item, folder: str, name: str) -> str:
        """Copy under the first free name; where it lies in the project."""
        if not self._taken.knows(folder):
            self._list.enter(folder)
        while True:
            target = self._taken.free(folder, name)
            try:
                with self._sources.open(item.source) as stream:
                    self._list.copy(stream, target)
            except FileExistsError:  # made by somebody else meanwhile
                continue
            return target

    def _reason(self, error: ImageError | OSError) -> str:
        if isinstance(error, ImageError):
            return f"{error.what}. {error.why}" if error.why else error.what
        if error.errno in _DISK_IS_DONE:
            raise storage.storage_error(error, self._project.root) from error
        return error.strerror or str(error)

    def _check_still_there(self) -> None:
        """Raises: ProjectError if a source has gone as a whole: a stick was pulled, a share is offline."""
        for source in self._plan.reading.sources:
            if not os.path.lexists(source):
                raise catalogs.folder_error(FileNotFoundError(), Path(source))

    # ---- splits

    def _remember(self, item: Item, file: str, *, known: bool = False) -> None:
        """Keep the split and group that came with a picture; a picture that was there before keeps its own."""
        if item.split is None and not item.group:
            return
        content = self._contents.content(item.source)
        if known and content not in self.splits and self._project.splits.split_of(content) is not None:
            return
        split, group = self.splits.get(content, (None, ""))
        # A copy of a test picture must not be learnt from: the later split wins.
        codes = [code for code in (split, item.split) if code is not None]
        self.splits[content] = max(codes, default=None), group or item.group
        self._files[file] = content

    def settle(self) -> list[Notice]:
        """Make sure of what was copied, and write down its splits and groups; also when the import is stopped."""
        try:
            self._list.sync()
        except OSError as error:
            raise storage.storage_error(error, self._project.root) from error
        catalog: Catalog = self._project.scan()
        if not self.splits:
            return []
        name = names.for_display(Path(self._plan.reading.table or self._plan.reading.sources[0]).name)
        seed = self._project.config.seed
        return self._project.splits.take_over(self.splits, name, catalog, self._files, seed=seed)


def check_sources(root: Path, sources: Sequence[Path]) -> None:
    """Raises: ProjectError if a source is not there, or part of the project at `root`."""
    for source in sources:
        try:
            resolved = Path(os.path.realpath(source, strict=True))
        except OSError as error:
            raise catalogs.folder_error(error, source) from error
        if resolved == root or root in resolved.parents or resolved in root.parents:
            raise ProjectError(
                "“{source}” can't be imported.",
                why="It is part of this project, or the project is part of it.",
                hint="Pictures in the project folder show up by themselves.",
                source=names.for_display(str(source)),
            )


def _notices(plan: Plan) -> Iterator[Event]:
    yield from plan.skipped
    yield from catalogs.unsupported_notice(plan.unsupported)
    if plan.empty:
        yield Notice("warning", f"There are no pictures in {names.listed(plan.empty)}.")


def _check_space(root: Path, plan: Plan, sources: Sources) -> None:
    """Refuse before anything is copied if it can't all fit; StorageError."""
    needed = 0
    for item in plan.items:
        try:
            needed += sources.size(item.source)
        except ImageError:
            continue  # reported when its turn comes
    if needed > shutil.disk_usage(root).free:
        raise storage.storage_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), root)
