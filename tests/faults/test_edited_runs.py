"""A run folder that somebody edited, or that a newer Discern wrote: a message or a result, never a crash."""

from __future__ import annotations

import json
import shutil
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desktop_app.engine import jobs
from desktop_app.errors import DiscernError
from desktop_app.events import Event, Trained
from desktop_app.learning import tensors
from desktop_app.project.project import Access, Project
from tests import tiny
from tests.faults.move_faults import DeadError
from tests.faults.totals import Totals
from tests.faults.training_faults import Scene, at_epoch, checkpoint_often, die

Document = dict[str, Any]
Edit = Callable[[Document], object]


@pytest.fixture
def scene(tiny, memory: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A run that was killed when it had two checkpoints, and had planned how to fine-tune."""
    checkpoint_often(monkeypatch)
    return _cut_off(memory)


def _cut_off(folder: Path) -> Scene:
    scene = Scene(folder, tiny.recipe(head_epochs=4, first_stage="automatic"))
    assert isinstance(scene.train(at_epoch(2, die)).error, DeadError)
    run = scene.run()
    assert run.checkpoint.exists()
    assert run.document["plan"]
    shutil.rmtree(scene.template)
    scene.root.rename(scene.template)
    return scene


DOCUMENTS: dict[str, Edit] = {
    "recipe of tomorrow": lambda d: d["recipe"].update(format=99),
    "recipe of the wrong type": lambda d: d["recipe"].update(epochs="many"),
    "recipe with a choice of tomorrow": lambda d: d["recipe"].update(nonsense=1),
    "recipe without anything": lambda d: d["recipe"].clear(),
    "recipe is a list": lambda d: d.update(recipe=[]),
    "format of tomorrow": lambda d: d.update(format=99),
    "format of text": lambda d: d.update(format="1"),
    "plan with an unknown stage": lambda d: d.update(plan={"first_stage": "moon"}),
    "plan is a number": lambda d: d.update(plan=7),
    "plan out of bounds": lambda d: d.update(plan={"learning_rate": 1e9}),
    "plan with another seed": lambda d: d.update(plan={"seed": 5, "backbone": "efficientnet_lite0"}),
    "plan with something else": lambda d: d.update(plan={"foo": 1}),
    "plan is empty": lambda d: d.update(plan={}),
    "parts is text": lambda d: d.update(parts="x"),
    "parts is negative": lambda d: d.update(parts=-3),
    "spent is a number": lambda d: d.update(spent=5),
    "spent is text inside": lambda d: d.update(spent={"views": "long"}),
    "tried is a table": lambda d: d.update(tried={"a": 1}),
    "tried holds nothing": lambda d: d.update(tried=[1, None, {}]),
    "other classes": lambda d: d.update(classes=["x", "y"]),
    "fewer classes": lambda d: d.update(classes=d["classes"][:2]),
    "classes in another order": lambda d: d.update(classes=d["classes"][::-1]),
    "fingerprint is a number": lambda d: d.update(fingerprint=3),
    "no fingerprint": lambda d: d.pop("fingerprint"),
    "no device": lambda d: d.pop("device"),
    "device is a number": lambda d: d.update(device=3),
    "counts is text": lambda d: d.update(counts="many"),
    "no counts": lambda d: d.pop("counts"),
    "problem of tomorrow": lambda d: d.update(problem={"error": "X"}),
    "problem is text": lambda d: d.update(problem="X"),
    "problem without texts": lambda d: d.update(problem={"error": "NoMemoryError"}),
    "problem with bad templates": lambda d: d.update(
        problem={"error": "NoMemoryError", "what": "{a.b}", "why": "{", "hint": "", "values": {}}
    ),
    "problem with bad values": lambda d: d.update(
        problem={"error": "NoMemoryError", "what": "a", "why": "", "hint": "", "values": {"what": 1}}
    ),
    "problem of numbers": lambda d: d.update(
        problem={"error": "DataError", "what": 1, "why": None, "hint": [], "values": []}
    ),
    "validation is a number": lambda d: d.update(validation=5),
    "validation is empty": lambda d: d.update(validation={}),
    "validation is text inside": lambda d: d.update(validation={"right": "a", "n": None}),
    "no validation": lambda d: d.pop("validation"),
    "phase is a number": lambda d: d.update(phase=3),
    "no phase": lambda d: d.pop("phase"),
    "epoch is text": lambda d: d.update(epoch="x"),
    "strength is text": lambda d: d.update(strength="x"),
    "seconds is text": lambda d: d.update(seconds="x"),
    "preprocessing is a number": lambda d: d.update(preprocessing=1),
    "no preprocessing": lambda d: d.pop("preprocessing"),
    "embedding key is a number": lambda d: d.update(embedding_key=1),
    "another backbone": lambda d: d.update(backbone="efficientnet_lite0"),
    "an unknown backbone": lambda d: d.update(backbone="of tomorrow"),
    "status of tomorrow": lambda d: d.update(status="sleeping"),
    "ended already": lambda d: d.update(status="done"),
    "running": lambda d: d.update(status="running"),
    "created in the future": lambda d: d.update(created="2999-01-01T00:00:00+00:00"),
    "created without a zone": lambda d: d.update(created="2020-01-01T00:00:00"),
    "computing is a number": lambda d: d.update(computing=3),
    "unsure is a number": lambda d: d.update(unsure=3),
    "name is a number": lambda d: d.update(name=3, note=4),
}

Checkpoint = Callable[[Document, Document], object]


def _nan(t: Document, d: Document) -> None:
    t.update({name: value * np.float32("nan") for name, value in t.items()})


CHECKPOINTS: dict[str, Checkpoint] = {
    "epoch after the last": lambda t, d: d.update(epoch=99),
    "epoch before the first": lambda t, d: d.update(epoch=-1),
    "epoch is text": lambda t, d: d.update(epoch="x"),
    "epoch is a fraction": lambda t, d: d.update(epoch=1.5),
    "epoch is nothing": lambda t, d: d.update(epoch=None),
    "steps are negative": lambda t, d: d.update(steps=-1),
    "steps are text": lambda t, d: d.update(steps="x"),
    "history is empty": lambda t, d: d.update(history=[]),
    "history is of tomorrow": lambda t, d: d.update(history=[{"a": 1}]),
    "history is nothing": lambda t, d: d.update(history=None),
    "history of other types": lambda t, d: d["history"][0].update(epoch="x", train_loss=[]),
    "history is long": lambda t, d: d.update(history=d["history"] * 50),
    "best is empty": lambda t, d: d.update(best={}),
    "best epoch is text": lambda t, d: d["best"].update(epoch="x"),
    "best score is text": lambda t, d: d["best"]["score"].update(right="a"),
    "best score lacks something": lambda t, d: d["best"]["score"].popitem(),
    "kept is text": lambda t, d: d.update(kept="x"),
    "document is empty": lambda t, d: d.clear(),
    "all is no number": _nan,
    "tensors of 64 bits": lambda t, d: t.update({name: value.astype(np.float64) for name, value in t.items()}),
    "tensors of bits": lambda t, d: t.update({name: value > 0 for name, value in t.items()}),
    "no tensors": lambda t, d: t.clear(),
    "no best head": lambda t, d: [t.pop(name) for name in list(t) if name.startswith("best.head")],
    "best of other shapes": lambda t, d: t.update({n: v[:1] for n, v in t.items() if n.startswith("best.")}),
    "best head of other shapes": lambda t, d: t.update(
        {"best.head.weight": np.zeros((3, 3), np.float32), "best.head.bias": np.zeros(3, np.float32)}
    ),
    "best of other layers": lambda t, d: t.update({"best.other.weight": np.zeros((3, 3), np.float32)}),
}

JOBS: dict[str, Callable[[str], jobs.Job]] = {
    "resume": lambda root: jobs.TrainJob(root, recipe=tiny.recipe().to_dict(), resume="run-0001"),
    "keep the best": lambda root: jobs.KeepBestJob(root, run="run-0001"),
    "evaluate": lambda root: jobs.EvaluateJob(root, run="run-0001", calibrate=True),
    "explain": lambda root: jobs.ExplainJob(root, run="run-0001", split="validation"),
    "suggest": lambda root: jobs.SuggestJob(root, run="run-0001"),
    "export": lambda root: jobs.ExportJob(root, out=f"{root}/../out.discern", run="run-0001"),
}


def done(job: jobs.Job) -> tuple[list[Event], DiscernError | None]:
    """Its events, and its message if it did not come to its end."""
    told: list[Event] = []
    try:
        told.extend(job.events(Access.OWN))
    except DiscernError as error:
        assert error.what
        return told, error
    return told, None


def check_what_is_left(scene: Scene) -> None:
    """It can be looked at, and what is called a model is one of its classes."""
    with Project.open(scene.root, Access.READ) as project:
        for run in project.runs.list():
            assert run.problem is None or str(run.problem)
            run.read_curves()
            if run.usable:
                weights, document = tensors.unpack(run.model_weights.read_bytes())
                assert all(np.isfinite(value).all() for value in weights.values())
                assert len(document["classes"]) == len(weights["head.bias"])
                assert document["backbone"] == run.document["backbone"]


ENDING = ("resume", "keep the best")  # those that give a run its model
SLOW = [pytest.param(what, marks=pytest.mark.slow) for what in JOBS if what != "keep the best"]


@pytest.mark.parametrize("what", ["keep the best", *SLOW])
def test_a_document_that_was_edited(scene: Scene, totals: Totals, what: str) -> None:
    problems = {}
    for name, edit in DOCUMENTS.items():
        scene.set_up()
        path = scene.root / ".discern/runs/run-0001/run.json"
        document = json.loads(path.read_text())
        edit(document)
        path.write_text(json.dumps(document))
        try:
            _, error = done(JOBS[what](str(scene.root)))
            if error is None and what in ENDING:
                check_what_is_left(scene)
        except Exception:  # a bug, whatever it is
            problems[name] = traceback.format_exc()
        totals.faults[f"a run.json that was edited: {what}"] += 1
    assert not problems, "\n".join(f"{name}: {problem}" for name, problem in problems.items())


@pytest.mark.parametrize("what", ["keep the best", pytest.param("resume", marks=pytest.mark.slow)])
def test_a_checkpoint_that_was_edited(scene: Scene, totals: Totals, what: str) -> None:
    problems = {}
    for name, edit in CHECKPOINTS.items():
        scene.set_up()
        path = scene.root / ".discern/runs/run-0001/checkpoint.safetensors"
        values, document = tensors.unpack(path.read_bytes())
        edit(values, document)
        path.write_bytes(tensors.pack(values, document))
        try:
            told, error = done(JOBS[what](str(scene.root)))
            assert error is None, error
            assert isinstance(told[-1], Trained)
            check_what_is_left(scene)
            told, error = done(jobs.EvaluateJob(str(scene.root)))
            assert error is None, error
        except Exception:  # a bug, whatever it is
            problems[name] = traceback.format_exc()
        totals.faults[f"a checkpoint that was edited: {what}"] += 1
    assert not problems, "\n".join(f"{name}: {problem}" for name, problem in problems.items())
