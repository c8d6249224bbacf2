"""Write a run as a model package, and open it as a stranger would before handing it over."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import safetensors
import safetensors.numpy

import desktop_app
from desktop_app import storage
from desktop_app.errors import DataError
from desktop_app.evaluation.evaluate import unlike_file
from desktop_app.evaluation.headline import Headline, stored_headline
from desktop_app.evaluation.rules import Rule
from desktop_app.events import Events, Exported, Progress, Step, StepStarted
from desktop_app.export import golden
from desktop_app.export.card import write_card
from desktop_app.features import graph_check, graphs
from desktop_app.features.preprocessing import Preprocessing
from desktop_app.features.runtime import Network
from desktop_app.features.unlike import Unlike
from desktop_app.inference.container import (
    CARD,
    GOLDEN,
    LIMITS,
    MANIFEST,
    MEMBERS,
    MODEL,
    WEIGHTS,
    Member,
    directory,
    local_header,
    looks_like_package,
)
from desktop_app.inference.manifest import Manifest, MemberFacts, golden_name
from desktop_app.inference.package import Package, SelfTest
from desktop_app.inference.tensors import TensorSpec
from desktop_app.project import names
from desktop_app.project.catalog import Snapshot
from desktop_app.project.project import Project
from desktop_app.project.release import Release
from desktop_app.project.runs import Run

PARTS = 4  # golden pictures, weights, writing, opening


def export_package(project: Project, run: Run, out: Path, *, note: str = "") -> Events:
    """Write a run as a model package; the last event is `Exported`.

    The package is written beside `out`, opened and tested there as an untrusted one, and only then takes its name. A
    package that was there is replaced as a whole; any other file is left alone. `note`: a line more on its card.

    Raises:
        DataError: the run has no model, or `out` is a file that is no package.
        PackageError: the model does not pass the test of its own package.
        StorageError: the disk refused; what was at `out` is as before.
    """
    run.require_model("“{run}” can't be exported.")
    _check_replaceable(out)
    yield StepStarted(Step.EXPORT)
    yield Progress(Step.EXPORT, 0, PARTS)
    snapshot = Snapshot.read_csv(run.snapshot_csv)
    preprocessing = Preprocessing.from_dict(run.document.get("preprocessing"))
    graph = graph_check.check(_read(run.model_onnx, MODEL), preprocessing, len(run.classes))
    rule = _rule(run)
    if rule and rule.furthest is not None:
        unlike = Unlike.load(unlike_file(run), storage.sha256(run.model_onnx))
        if unlike:
            graph = graphs.with_unlike(graph, unlike)
        else:
            rule = replace(rule, furthest=None)
    model = graph.SerializeToString()
    examples = golden.choose(project, snapshot, Network(model, preprocessing))
    yield Progress(Step.EXPORT, 1, PARTS)
    result = stored_headline(run)
    contents = {
        CARD: write_card(project, run, preprocessing, result, len(examples.pictures), note).encode(),
        MODEL: model,
        WEIGHTS: _weights(run),
        GOLDEN: _golden_tensors(examples),
    }
    yield Progress(Step.EXPORT, 2, PARTS)
    contents[MANIFEST] = _manifest(project, run, preprocessing, result, rule, examples, contents).to_bytes()
    with _replacing(out) as temp:
        _write(temp, contents)
        yield Progress(Step.EXPORT, 3, PARTS)
        tested = _test_and_publish(temp, out)
    yield Progress(Step.EXPORT, PARTS, PARTS, 0.0)
    yield _exported(out, tested)


def export_release(release: Release, out: Path) -> Events:
    """Copy the package of a release for another computer; the last event is `Exported`.

    Raises:
        ProjectError: the release was changed after it was made.
        DataError: `out` is a file that is no package.
        PackageError: the package does not pass its own test on this computer.
        StorageError: the disk refused; what was at `out` is as before.
    """
    _check_replaceable(out)
    yield StepStarted(Step.EXPORT)
    release.verify()
    with _replacing(out) as temp:
        storage.make_folders(out.parent)
        storage.copy_verified(release.package, temp)
        tested = _test_and_publish(temp, out)
    yield _exported(out, tested)


@contextlib.contextmanager
def _replacing(out: Path) -> Iterator[Path]:
    """A place beside `out` for a package that is to become `out`; what is left there at the end is deleted."""
    temp = out.with_name(storage.temp_name())
    try:
        yield temp
    except OSError as error:
        raise storage.storage_error(error, out) from error
    finally:
        with contextlib.suppress(OSError):
            storage.disk.unlink(temp)


def _test_and_publish(temp: Path, out: Path) -> SelfTest:
    """Open a finished package as an untrusted one; if it passes its own test, it gets its name."""
    tested = Package.open(temp).self_test
    _publish(temp, out)
    return tested


def _exported(out: Path, tested: SelfTest) -> Exported:
    return Exported(str(out), out.stat().st_size, tested.pictures, tested.largest_difference)


def _check_replaceable(out: Path) -> None:
    if os.path.lexists(out) and not looks_like_package(out):
        raise DataError(
            "“{file}” is there already, and is no model package.",
            why="It would be overwritten.",
            hint="Choose another name for the package.",
            file=names.for_display(str(out)),
        )


def _manifest(
    project: Project,
    run: Run,
    preprocessing: Preprocessing,
    result: Headline | None,
    rule: Rule | None,
    examples: golden.Golden,
    contents: Mapping[str, bytes],
) -> Manifest:
    return Manifest(
        name=names.for_display(project.name)[:200],
        classes=tuple(map(names.same_text, run.classes)),
        preprocessing=preprocessing,
        backbone=run.document["backbone"],
        recipe=run.document["recipe"].get("name", "balanced"),
        run=run.id,
        created=run.created.isoformat(timespec="seconds"),
        written_by=desktop_app.__version__,
        result=result,
        unsure=rule,
        golden=tuple((picture.shape[0], picture.shape[1]) for picture in examples.pictures),
        weights=_specs(contents[WEIGHTS]),
        members={name: MemberFacts(len(data), hashlib.sha256(data).hexdigest()) for name, data in contents.items()},
    )


def _rule(run: Run) -> Rule | None:
    rule = Rule.of(run)
    return replace(rule, good=tuple(map(names.same_text, rule.good))) if rule else None


# ---- the members


def _read(path: Path, member: str) -> bytes:
    """A file of the run.

    Raises:
        DataError: it is missing, unreadable or too large.
    """
    try:
        if path.stat().st_size > LIMITS[member]:
            raise DataError("“{file}” is larger than a model package may hold.", file=path.name)
        return path.read_bytes()
    except OSError as error:
        raise DataError(
            "“{file}” of this run can't be read.",
            why="The computer says: {detail}.",
            hint="Train again.",
            file=path.name,
            detail=error.strerror or error,
        ) from error


def _weights(run: Run) -> bytes:
    """The run's tensors without whatever else the file says, which is nobody's business elsewhere."""
    try:
        tensors = safetensors.numpy.load(_read(run.model_weights, WEIGHTS))
    except safetensors.SafetensorError as error:
        raise DataError(
            "“{file}” of this run is damaged.", hint="Train again, or export another run.", file=run.model_weights.name
        ) from error
    packed: bytes = safetensors.numpy.save(tensors)
    return packed


def _specs(weights: bytes) -> dict[str, TensorSpec]:
    """Types and shapes, as the library wrote them a moment ago."""
    length = int.from_bytes(weights[:8], "little")
    header = json.loads(weights[8 : 8 + length])
    return {name: TensorSpec(entry["dtype"], tuple(entry["shape"])) for name, entry in header.items()}


def _golden_tensors(examples: golden.Golden) -> bytes:
    # The library would write arrays that aren't contiguous in the wrong order; these are.
    tensors = {golden_name(number): picture for number, picture in enumerate(examples.pictures)}
    packed: bytes = safetensors.numpy.save({**tensors, "probability": examples.probabilities})
    return packed


# ---- the file


def _write(path: Path, contents: Mapping[str, bytes]) -> None:
    """Write a container durably under a new name; OSError if the disk refuses."""
    storage.make_folders(path.parent)
    members = [Member(name, len(contents[name]), zlib.crc32(contents[name])) for name in MEMBERS]
    fd = storage.disk.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        for member in members:
            _write_all(fd, local_header(member))
            _write_all(fd, contents[member.name])
        _write_all(fd, directory(members))
        storage.disk.fsync(fd)
    finally:
        os.close(fd)


def _write_all(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[storage.disk.write(fd, rest) :]


def _publish(temp: Path, out: Path) -> None:
    """Give the finished package its name."""
    _check_replaceable(out)  # something may have come there meanwhile
    if os.path.lexists(out):
        storage.disk.replace(temp, out)
    else:
        storage.disk.rename_new(temp, out)
    storage.sync_folder(out.parent)
