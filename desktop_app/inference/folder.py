"""A folder of new pictures: predicted one by one into a table, and on request copied into a folder for each class."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from desktop_app import stopwatch, storage
from desktop_app.errors import DataError, ImageError, StorageError
from desktop_app.evaluation import tables
from desktop_app.events import Event, Events, FolderPredicted, PictureSkipped, Predicted, Step, StepStarted
from desktop_app.features.runtime import map_pictures
from desktop_app.inference.package import Package
from desktop_app.inference.predictor import Prediction, Predictor
from desktop_app.inference.sorting import Sorter, check_apart
from desktop_app.project import names
from desktop_app.project.catalog import Catalog, list_pictures, unsupported_notice
from desktop_app.stopwatch import Pace

UNSURE = "unsure"  # the folder of copies that no class was found for
UNLIKE = "like nothing that was learnt"


def predict_folder(package: Path, folder: Path, csv: Path, sort_into: Path | None = None) -> Events:
    """Predict every picture in a folder and the folders in it, in their order; the last event is `FolderPredicted`.

    Links are not followed. Each picture is a row of the table `csv`, written as soon as it is known: whatever happens,
    the table holds what was done so far. A picture that can't be read has a row without a class that says why, and the
    job goes on. An earlier table of Discern's under that name is replaced; any other file there is left alone.

    Args:
        sort_into: copy each picture into a folder for its class there, see `Sorter`; pictures are never moved.

    Raises:
        PackageError: the package can't be used.
        ProjectError: the folder is missing or can't be listed.
        DataError: there is nothing to predict, `csv` is a file of someone else's, or the folders lie in each other.
        StorageError: the disk refused; says what was done.
    """
    started = stopwatch.seconds()
    if sort_into is not None:
        check_apart(folder, sort_into)
    yield StepStarted(Step.SCAN)
    pictures = list_pictures(folder)
    predictor = Predictor(Package.open(package))
    manifest = predictor.package.manifest
    yield from _left_out(pictures, folder)
    sorter = Sorter(sort_into, [*manifest.classes, UNSURE]) if sort_into is not None else None
    yield StepStarted(Step.PREDICT)
    paths = [folder / file for file in pictures.files]
    with (
        ResultTable(csv, predictor.package) as table,
        contextlib.closing(map_pictures(predictor, paths)) as results,
    ):
        outcome = _Outcome(table, sorter, Counter(dict.fromkeys(manifest.classes, 0)))
        for skipped in pictures.skipped:
            outcome.add_unreadable(skipped.file, skipped.reason)
        pace = Pace(Step.PREDICT, len(paths))
        for position, result in results:
            file = pictures.files[position]
            if isinstance(result, ImageError):
                outcome.add_unreadable(file, result.what)
                yield PictureSkipped(file, result.what)
            else:
                yield from outcome.add(file, paths[position], result)
            yield from pace.after(position + 1)
    yield FolderPredicted(
        csv=str(csv),
        counts=dict(outcome.counts),
        unreadable=outcome.unreadable,
        copied=sorter.copied if sorter else 0,
        seconds=stopwatch.seconds() - started,
        unsure=outcome.unsure,
    )


def _left_out(pictures: Catalog, folder: Path) -> Generator[Event, None, None]:
    """Say what is not predicted, and refuse a folder in which nothing can be."""
    yield from unsupported_notice(pictures.unsupported)
    yield from pictures.skipped
    if not pictures.files and not pictures.skipped:
        raise DataError(
            "There are no pictures in “{folder}”.",
            hint="Choose the folder that holds the new pictures.",
            folder=names.for_display(str(folder)),
        )


@dataclass
class _Outcome:
    """Where each result goes: a row of the table, a copy on request, a count. StorageError if the disk refuses."""

    table: ResultTable
    sorter: Sorter | None
    counts: Counter[str]
    unsure: int = 0
    unreadable: int = 0

    def add(self, file: str, source: Path, prediction: Prediction) -> Iterator[Event]:
        with self._telling_what_was_done():
            self.table.add(file, prediction)
            problem = self._copy(source, UNSURE if prediction.unsure else prediction.label)
        if prediction.unsure:
            self.unsure += 1
        else:
            self.counts[prediction.label] += 1
        if problem:
            yield PictureSkipped(file, problem)
        yield Predicted(file, prediction.label, prediction.probability, prediction.unsure)

    def add_unreadable(self, file: str, reason: str) -> None:
        with self._telling_what_was_done():
            self.table.add_unreadable(file, reason)
        self.unreadable += 1

    def _copy(self, source: Path, folder: str) -> str:
        """Copy one picture, if that is wanted; why it could not be read again, or empty. OSError from the disk."""
        if self.sorter is None:
            return ""
        try:
            self.sorter.copy(source, folder)
        except OSError:
            if storage.is_regular_file(source):
                raise
            return "no longer there, so it was not copied"
        return ""

    @contextlib.contextmanager
    def _telling_what_was_done(self) -> Generator[None, None, None]:
        """Turn the disk's refusal in the middle of a job into a message that says how far it got."""
        try:
            yield
        except OSError as error:
            refused = storage.storage_error(error, Path(error.filename2 or error.filename or self.table.path))
            what, why, hint = refused.templates
            copied = self.sorter.copied if self.sorter else 0
            done = {"rows": self.table.rows, "table": str(self.table.path), "copied": copied}
            raise StorageError(
                what,
                why=why + " Done so far: {rows} in “{table}”, {copied} copied.",
                hint=hint,
                **refused.values | done,
            ) from error


# ---- the table


class ResultTable:
    """The table of results on disk: complete rows only, whenever one looks.

    Raises, on entering:
        DataError: there is a file of that name that is no table of Discern's.
        StorageError: the disk refused.
    """

    def __init__(self, path: Path, package: Package) -> None:
        self.path = path
        self.rows = 0
        self._model = [package.manifest.name, package.hash[:12]]
        self._blank = [""] * len(package.manifest.classes)
        probabilities = [f"probability: {name}" for name in package.manifest.classes]
        self._header = tables.encode_row([*_FIRST, *probabilities, *_LAST])
        self._fd = -1

    def __enter__(self) -> Self:
        try:
            if not _is_ours(self.path):
                raise DataError(
                    "“{file}” is there already, and is no table of Discern's.",
                    why="It would be overwritten.",
                    hint="Choose another name for the table.",
                    file=names.for_display(str(self.path)),
                )
            storage.write_atomic(self.path, tables.BOM + self._header)
            self._fd = storage.disk.open(self.path, os.O_WRONLY | os.O_APPEND)
        except OSError as error:
            raise storage.storage_error(error, self.path) from error
        self._size = len(tables.BOM) + len(self._header)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            storage.disk.fsync(self._fd)
        except OSError as refused:
            if error is None:  # else that one is the news
                raise storage.storage_error(refused, self.path) from refused
        finally:
            os.close(self._fd)

    def add(self, file: str, prediction: Prediction) -> None:
        """Append a picture's result; OSError if the disk refuses, and the rows before are intact."""
        probabilities = [f"{value:.6f}" for value in prediction.probabilities]
        unsure = "yes" if prediction.unsure else "no"
        note = UNLIKE if prediction.unlike else ""
        self._append([file, prediction.label, f"{prediction.probability:.4f}", unsure, *probabilities, note])

    def add_unreadable(self, file: str, reason: str) -> None:
        """Append a picture that has no result, and why; OSError as in `add`."""
        self._append([file, "", "", "", *self._blank, reason])

    def _append(self, cells: Sequence[str]) -> None:
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        row = tables.encode_row([*cells, *self._model, now])
        rest = memoryview(row)
        try:
            while rest:
                rest = rest[storage.disk.write(self._fd, rest) :]
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, self._size)  # half a row is of no use
            raise
        self._size += len(row)
        self.rows += 1


_FIRST = ("file", "class", "how sure", "unsure")
_RECOGNISED = _FIRST[:3]  # what the first tables began with
_LAST = ("note", "model", "model id", "time")


def _is_ours(path: Path) -> bool:
    """True if there is nothing at `path`, an empty file, or an earlier table."""
    start = tables.BOM + ",".join(_RECOGNISED).encode()
    try:
        if not storage.is_regular_file(path):
            return not os.path.lexists(path)
        with open(path, "rb") as file:
            return file.read(len(start)) in (b"", start)
    except FileNotFoundError:
        return True
