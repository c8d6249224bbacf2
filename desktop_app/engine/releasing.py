"""Release a run: through the gate, and into a folder that never changes again."""

from __future__ import annotations

import platform
from collections.abc import Collection
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NamedTuple

import desktop_app
from desktop_app import storage
from desktop_app.engine.gate import judge_run
from desktop_app.errors import DataError
from desktop_app.events import Event, Events, Exported, GateJudged, Released
from desktop_app.project import names
from desktop_app.project.catalog import Snapshot
from desktop_app.project.project import Project
from desktop_app.project.release import PACKAGE, TEST
from desktop_app.project.runs import Run

_LIBRARIES = ("numpy", "onnxruntime", "torch")
_NAMED = 5  # pictures in a message


class Wanted(NamedTuple):
    """What a person says of a release; `accepted`: contents of new misses that they accept, or the files."""

    name: str
    by: str
    why: str
    accepted: Collection[str] = ()


def release(project: Project, run: Run, wanted: Wanted) -> Events:
    """Make a release of a run; the last event is `Released`.

    The gate is asked anew: nothing is taken on trust from before. Test pictures that were not measured yet are.

    Raises:
        DataError: the name can't be used or is taken, who or why is missing, the run has no model, or there are new
            misses that were not accepted.
        ProjectError, PackageError: as `judge_run`.
        StorageError: the disk refused; there is no such release.
    """
    from desktop_app.evaluation.evaluate import evaluate, has_pictures, predictions_csv
    from desktop_app.evaluation.rules import Rule
    from desktop_app.export.package import export_package

    run.require_model("“{run}” can't be released.")
    name = project.releases.check_new(wanted.name, wanted.by, wanted.why)
    judged = yield from judge_run(project, run)
    _refuse_new_misses(judged, wanted)
    measured = has_pictures(run, "test")
    if measured:
        yield from evaluate(project, run)
    note = f"Released as “{name}” by {names.for_display(wanted.by.strip())}: {' '.join(wanted.why.split())}"
    with project.releases.making() as folder:
        exported: Event | None = None
        for exported in export_package(project, run, folder / PACKAGE, note=note):
            if not isinstance(exported, Exported):  # of a file that will have another name
                yield exported
        assert isinstance(exported, Exported)
        if measured:
            storage.write_new(folder / TEST, predictions_csv(run, "test").read_bytes())
        rule = Rule.of(run)
        document = {
            "run": run.id,
            "run_name": run.name,
            "trained": run.document["created"],
            "recipe": run.document["recipe"],
            "backbone": run.document["backbone"],
            "classes": list(run.classes),
            "data": _data(run),
            "figures": _figures(run) if measured else None,
            "unsure": asdict(rule) if rule else None,
            "gate": asdict(judged) | {"accepted_by": " ".join(wanted.by.split()) if judged.misses else ""},
            "versions": _versions(),
        }
        made = project.releases.publish(folder, name, wanted.by, wanted.why, document)
    yield Released(made.name, run.id, str(made.package), exported.bytes, made.sha256, made.accepted)


def _refuse_new_misses(judged: GateJudged, wanted: Wanted) -> None:
    """Raises: DataError if not every new miss was accepted."""
    accepted = set(wanted.accepted)
    left = [miss for miss in judged.misses if not {miss.content, miss.file} & accepted]
    if not left:
        return
    escapes = sum(miss.kind == "escape" for miss in left)
    shown = ", ".join(names.for_display(miss.file) for miss in left[:_NAMED])
    raise DataError(
        "“{run}” is not released: {n} pictures that must not be got wrong would be, {escapes} of them missed defects.",
        why="“{against}” does not get them wrong: {files}{more}." if judged.against else "They are: {files}{more}.",
        hint="Look at each of them, and accept it or train again.",
        run=judged.run,
        n=len(left),
        escapes=escapes,
        against=judged.against,
        files=shown,
        more=", …" if len(left) > _NAMED else "",
    )


def _data(run: Run) -> dict[str, Any]:
    snapshot = Snapshot.read_csv(run.snapshot_csv)
    return {"sha256": snapshot.fingerprint, **snapshot.counts()}


def _figures(run: Run) -> dict[str, Any]:
    """The figure that stands for the run, and every measure on its test pictures; with 95 % intervals."""
    from desktop_app.evaluation.evaluate import groups_of, predictions_csv, stored_result
    from desktop_app.evaluation.headline import stored_headline
    from desktop_app.evaluation.predictions import Predictions
    from desktop_app.evaluation.resampling import mean_intervals

    result, headline = stored_result(run), stored_headline(run)
    assert result is not None and headline is not None  # measured a moment ago
    table = Predictions.read_csv(predictions_csv(run, "test"))
    groups = groups_of(table, Snapshot.read_csv(run.snapshot_csv))
    means = mean_intervals(table.actual, table.predicted, len(table.classes), groups)
    test = {
        "n": result.n,
        "right": result.right,
        "interval": list(result.interval),
        "balanced_accuracy": result.balanced_accuracy,
        "balanced_accuracy_interval": list(means.balanced_accuracy),
        "macro_f1": result.macro_f1,
        "macro_f1_interval": list(means.macro_f1),
        "classes": [asdict(row) for row in result.per_class],
        "confusion": result.confusion,
    }
    return {"headline": {**asdict(headline), "interval": list(headline.interval)}, "test": test}


def _versions() -> dict[str, str]:
    found = {"discern": desktop_app.__version__, "python": platform.python_version(), "system": platform.platform()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue  # a program built as a whole may carry no metadata
    return found
