"""Copies a project's pictures out of it, for other programs: into class folders, or into train, validation and test.

A table beside the copies says which picture is what. Only copies are made; the project stays as it is.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from desktop_app import storage
from desktop_app.errors import DataError, ImageError, StorageError
from desktop_app.evaluation.tables import BOM, encode_row
from desktop_app.events import DatasetExported, Event, Events, PictureSkipped, Progress, Step, StepStarted
from desktop_app.project import catalog as catalogs
from desktop_app.project import names
from desktop_app.project.catalog import SPLITS, Catalog, Snapshot
from desktop_app.project.import_check import TakenNames
from desktop_app.project.import_plan import Source
from desktop_app.project.import_sources import Sources
from desktop_app.project.marks import Mark
from desktop_app.project.project import Project
from desktop_app.stopwatch import REPORT_SECONDS, Beat

Layout: TypeAlias = Literal["classes", "splits"]
TABLE = "pictures.csv"
COLUMNS = ("file", "class", "group", "split")


@dataclass(frozen=True, slots=True)
class _Row:
    """A picture of the project; "" for no class, group or split."""

    file: str
    class_name: str
    group: str
    split: str


def export_dataset(project: Project, out: Path, layout: Layout = "classes") -> Events:
    """Copy all pictures into `out`, a new or empty folder; a job whose last event is `DatasetExported`.

    "classes" makes a folder for each class; "splits" makes train, validation and test folders with class folders in
    them, after dealing out the splits of pictures that have none yet. Unlabelled pictures go to `_unlabelled`. A
    picture that can't be read is left out and named. Stopping keeps what was copied; the table tells what is there.

    Raises:
        DataError: `out` is not empty, or lies in the project, or there are no pictures.
        StorageError: the disk is full or failing; says how much was copied.
    """
    yield StepStarted(Step.COPY)
    out = Path(os.path.realpath(out))
    _check_folder(project.root, out)
    catalog = project.scan()
    if not catalog.files:
        raise DataError("There are no pictures to export.", hint="Add pictures first.")
    _check_space(project, catalog, out)
    rows = yield from _rows(project, catalog, layout)
    export = _Export(project, out, layout, rows)
    yield from export.copy()
    yield DatasetExported(
        str(out), str(out / TABLE), dict(export.copied), export.skipped + len(catalog.files) - len(rows)
    )


class _Export:
    """One export under way."""

    def __init__(self, project: Project, out: Path, layout: Layout, rows: Sequence[_Row]) -> None:
        self.copied: Counter[str] = Counter()
        self.skipped = 0
        self._project = project
        self._out = out
        self._layout = layout
        self._rows = rows
        self._taken = TakenNames(out)
        self._table = [encode_row(COLUMNS)]

    def copy(self) -> Generator[Event, None, None]:
        """Copy picture by picture; the table is written at the end, however it comes."""
        done = 0
        reporting = Beat(REPORT_SECONDS)
        yield StepStarted(Step.COPY)
        try:
            with Sources() as sources:
                for done, row in enumerate(self._rows, start=1):
                    try:
                        self._add(sources, row)
                    except ImageError as error:
                        self.skipped += 1
                        yield PictureSkipped(names.for_display(row.file), error.what)
                    if reporting.due() or done == len(self._rows):
                        yield Progress(Step.COPY, done, len(self._rows))
            self._sync()
        except OSError as error:
            raise self._stopped_by(error) from error
        finally:
            if self.copied:
                storage.write_atomic(self._out / TABLE, BOM + b"".join(self._table))

    def _add(self, sources: Sources, row: _Row) -> None:
        """Raises: ImageError if the picture can't be read, OSError if the disk refuses."""
        *folders, name = map(names.clean_file_name, self._path(row).split("/"))
        folder = "/".join(folders)
        with sources.open(Source(self._project.path(row.file))) as stream:
            if not self._taken.knows(folder):
                storage.make_folders(self._out / folder)
            target = self._taken.free(folder, name)
            storage.write_stream_new(self._out / target, stream.read, stream.times_ns, sync=False)
        self.copied[row.class_name] += 1
        self._table.append(encode_row((target, row.class_name, row.group, row.split)))

    def _sync(self) -> None:
        """Make sure that the copies survive a power cut; OSError if the disk refuses."""
        for folder in self._taken.folders:
            storage.sync_folder(self._out / folder)

    def _path(self, row: _Row) -> str:
        """Where a picture goes, relative to the folder."""
        if not row.class_name:
            return f"{names.UNLABELLED}/{row.file.removeprefix(f'{names.UNLABELLED}/')}"
        below = f"{row.class_name}/{row.file.partition('/')[2]}"
        return f"{row.split}/{below}" if self._layout == "splits" else below

    def _stopped_by(self, error: OSError) -> StorageError:
        reason = storage.storage_error(error, self._out)
        return StorageError(
            "The export stopped: {n} of {total} pictures were copied.",
            why=reason.why.replace(" Nothing was lost.", "").replace(" Nothing was changed.", ""),
            hint="They are in “{folder}”. Delete it, and export again when there is room.",
            n=self.copied.total(),
            total=len(self._rows),
            folder=names.for_display(str(self._out)),
            detail=error.strerror or str(error),
        )


def _rows(project: Project, catalog: Catalog, layout: Layout) -> Generator[Event, None, list[_Row]]:
    """The pictures that are copied, without excluded ones.

    For the layout "splits", one that lies in two classes is left out: it has none.
    """
    listed = list(zip(catalog.files, catalog.labels.tolist(), strict=True))
    dealt: list[_Row] = []
    if layout == "splits":
        snapshot = yield from project.snapshot(catalog)
        dealt = yield from _dealt(snapshot)
        listed = [(file, label) for file, label in listed if label < 0]
    hashes = yield from project.hashes([file for file, _ in listed])
    excluded = project.marked(Mark.EXCLUDED)
    for file, content in hashes.items():
        if content in excluded:
            yield PictureSkipped(names.for_display(file), "excluded")
    there = [(file, label) for file, label in listed if file in hashes and hashes[file] not in excluded]
    contents = [hashes[file] for file, _ in there]
    groups = project.splits.groups([file for file, _ in there], contents, project.config.grouping)
    return dealt + [
        _Row(file, catalog.classes[label] if label >= 0 else "", group, project.splits.split_of(content) or "")
        for (file, label), content, group in zip(there, contents, groups, strict=True)
    ]


def _dealt(snapshot: Snapshot) -> Generator[Event, None, list[_Row]]:
    rows = []
    columns = (snapshot.files, snapshot.labels.tolist(), snapshot.groups, snapshot.splits.tolist())
    for file, label, group, split in zip(*columns, strict=True):
        if split < 0:
            yield PictureSkipped(names.for_display(file), "in more than one class")
        else:
            rows.append(_Row(file, snapshot.classes[label], group, SPLITS[split]))
    return rows


def _check_folder(root: Path, out: Path) -> None:
    """Raises: DataError, ProjectError, StorageError for a folder that can't be used; makes it."""
    shown = names.for_display(str(out))
    if out == root or root in out.parents:
        raise DataError(
            "“{folder}” lies in the project.",
            why="Copies there would become pictures of the project.",
            hint="Choose a folder outside it.",
            folder=shown,
        )
    try:
        storage.make_folders(out)
    except OSError as error:
        raise storage.storage_error(error, out) from error
    try:
        with os.scandir(out) as entries:
            empty = next(entries, None) is None
    except OSError as error:
        raise catalogs.folder_error(error, out) from error
    if not empty:
        raise DataError(
            "“{folder}” is not empty.",
            why="What is in it must not be mixed with the copies.",
            hint="Choose a new folder.",
            folder=shown,
        )


def _check_space(project: Project, catalog: Catalog, out: Path) -> None:
    """Refuse before anything is copied if it can't all fit; StorageError."""
    needed = 0
    with Sources() as sources:
        for file in catalog.files:
            try:
                needed += sources.size(Source(project.path(file)))
            except ImageError:
                continue  # reported when its turn comes
    if needed > shutil.disk_usage(out).free:
        raise storage.storage_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), out)
