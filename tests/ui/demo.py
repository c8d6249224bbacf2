"""Projects, runs and an engine for the window's tests: real files, played events, no torch."""

from __future__ import annotations

import hashlib
import math
import queue
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QItemSelectionModel

from desktop_app import storage
from desktop_app.engine.jobs import HealthJob, Job
from desktop_app.evaluation.evaluate import predictions_csv
from desktop_app.evaluation.predictions import Predictions
from desktop_app.events import (
    EpochEnded,
    Event,
    Events,
    Paused,
    Phase,
    PhaseEnded,
    Progress,
    RunStarted,
    Step,
    StepStarted,
    WentOn,
)
from desktop_app.following import returned
from desktop_app.project.catalog import Snapshot
from desktop_app.project.project import Project
from desktop_app.project.runs import Run
from desktop_app.settings import Settings
from desktop_app.ui.pages.images import ImagesPage
from desktop_app.ui.pages.page import Page
from desktop_app.ui.session import Session
from tests.drawing import draw_classes, let_settle

XSDD = {
    "finishing roll printing": 20,
    "iron sheet ash": 14,
    "oxide scale of plate system": 8,
    "oxide scale of temperature system": 20,
    "red iron": 30,
    "slag inclusion": 24,
    "surface scratch": 16,
}
LONG = {
    "Zunderreste des Temperiersystems, oberflächlich": 16,
    "Walzenabdrücke der Fertigstraße (Prüfmittel 14)": 14,
    "氧化铁皮（温度系统）": 16,
}


class PlayedEngine:
    """Runs jobs whose events the test gives, one by one."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.checks: list[Job] = []  # of the pictures' health, which start by themselves and find nothing
        self.running: Job | None = None
        self._newest: Job | None = None
        self._checking = False
        self._queue: queue.SimpleQueue[Event | BaseException | None] = queue.SimpleQueue()

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def leave(self) -> None: ...

    def pause(self) -> None:
        self._queue.put(Paused())

    def go_on(self) -> None:
        self._queue.put(WentOn(60.0))

    def run(self, job: Job) -> Events:
        self._newest = job
        if isinstance(job, HealthJob):
            self.checks.append(job)
            self._checking = True
            return self._check()
        self.jobs.append(job)
        return self._play(job)

    def _check(self) -> Events:
        yield StepStarted(Step.SCAN)
        self._checking = False

    def _play(self, job: Job) -> Events:
        self.running = job
        try:
            while (item := self._queue.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            self.running = None
            self._queue = queue.SimpleQueue()  # what was meant for this job is not for the next

    def cancel(self) -> None:
        if self._checking:
            self._checking = False  # a check gives way to the job that comes, which is not meant
        elif self.running is not None or not isinstance(self._newest, HealthJob):  # a check ends by itself
            self._queue.put(None)

    def play(self, *events: Event) -> None:
        for event in events:
            self._queue.put(event)

    def end(self, error: BaseException | None = None) -> None:
        """The running job ends, well or with an error."""
        self._queue.put(error)


def draw_project(root: Path, classes: Mapping[str, int] = XSDD, unlabelled: int = 3) -> Path:
    draw_classes(root, classes, size=40)
    draw_classes(root, {"_unlabelled": unlabelled}, size=40)
    return let_settle(root)


def open_session(qtbot: Any, root: Path, engine: PlayedEngine | None = None) -> Session:
    """A session with the project open."""
    session = Session(engine or PlayedEngine(), Settings())
    with qtbot.waitSignal(session.project_changed, timeout=20_000):
        session.open(root)
    return session


def close_session(qtbot: Any, session: Session) -> None:
    session.stop_job()
    session.begin_end()
    qtbot.waitUntil(lambda: not session.threads_running(), timeout=20_000)
    session.end()


def play_out(session: Session, qtbot: Any) -> None:
    """Wait for everything that runs in the background."""
    qtbot.waitUntil(lambda: not session.threads_running(), timeout=20_000)


def show_page(page: Page, qtbot: Any) -> None:
    """Show a page at the size it has in the usual window, and wait until it has read all it shows."""
    qtbot.addWidget(page)
    page.resize(1344, 812)
    page.show()
    play_out(page.session, qtbot)


# ---- events


def select(page: ImagesPage, *files: str) -> None:
    """Select the tiles of these files, and no others."""
    page.grid.setFocus()
    page.grid.clearSelection()
    for file in files:
        index = page.images.index(page.images.row_of(file), 0)
        page.grid.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.Select)


def epochs(phase: Phase, count: int, of: int, best: int, top: float = 0.98) -> Iterator[EpochEnded]:
    """`count` epochs that rise to `top` at epoch `best` and then fall a little."""
    highest = 0.0
    start = 0.55 if phase == "freeze" else top - 0.04
    for epoch in range(1, count + 1):
        validation = top - (top - start) * math.exp(-3 * epoch / best) - 0.002 * max(0, epoch - best)
        new = validation > highest
        highest = max(highest, validation)
        loss = 0.9 * (1 - validation) + 0.05
        yield EpochEnded(phase, epoch, of, loss * 0.7, min(1.0, validation + 0.012), loss, validation, new, 90.0)


def run_started(project: Project, recipe: str = "balanced", run: str = "run-0001") -> RunStarted:
    snapshot = snapshot_of(project)
    counts = {**snapshot.counts(), "unlabelled": project.scan().unlabelled}
    device = "This computer's processor, 8 cores"
    return RunStarted(run, recipe, "efficientnet_lite0", device, list(snapshot.classes), counts)


def reading(done: int, total: int) -> list[Event]:
    return [StepStarted(Step.READ), Progress(Step.READ, done, total, 12.0)]


def freeze_phase(count: int = 24) -> list[Event]:
    return [
        StepStarted(Step.FREEZE),
        *epochs("freeze", count, 100, count - 8, 0.94),
        PhaseEnded("freeze", count - 8, 0.94, True, 4.0),
    ]


def fine_tuning(count: int = 9) -> list[Event]:
    return [
        StepStarted(Step.VIEWS),
        Progress(Step.VIEWS, 700, 700),
        StepStarted(Step.FINE_TUNE),
        *epochs("fine_tune", count, 15, 7, 0.982),
    ]


# ---- runs


def snapshot_of(project: Project) -> Snapshot:
    return returned(project.snapshot(project.scan()))


def add_run(
    project: Project,
    recipe: str = "balanced",
    status: str = "done",
    *,
    right: int | None = None,
    curves: Sequence[EpochEnded] | None = None,
    **document: Any,
) -> Run:
    """A run with a snapshot, curves and a model file (whose content nobody reads)."""
    snapshot = snapshot_of(project)
    n = snapshot.counts()["validation"]
    run = project.runs.create(
        recipe={"name": recipe},
        backbone="efficientnet_lite0",
        classes=snapshot.classes,
        phase="fine_tune" if recipe == "balanced" else "freeze",
        epoch=9 if recipe == "balanced" else 16,
        validation={"right": round(0.96 * n) if right is None else right, "n": n},
        counts={**snapshot.counts(), "unlabelled": 3},
        seconds=83.0 if recipe == "balanced" else 19.0,
        device="This computer's processor, 8 cores",
        **document,
    )
    snapshot.write_csv(run.snapshot_csv)
    if curves is None:
        curves = [*epochs("freeze", 24, 100, 16, 0.94)]
        if recipe == "balanced":
            curves += epochs("fine_tune", 12, 15, 9, 0.982)
    for epoch in curves:
        run.append_curve({name: getattr(epoch, name) for name in epoch.__slots__})
    run.document["status"] = status
    if status in ("done", "stopped"):
        run.model_onnx.write_bytes(b"a model")
    else:
        run.checkpoint.write_bytes(b"a checkpoint")
    run.save()
    return run


def add_result(run: Run, split: str = "test", mistakes: Mapping[tuple[int, int], int] | None = None) -> Predictions:
    """Predictions of a split, with `mistakes` (actual, called) → count, as `evaluate` stores them."""
    snapshot = Snapshot.read_csv(run.snapshot_csv)
    rows = snapshot.rows(split)  # type: ignore[arg-type]
    left = dict(mistakes or {})
    random = np.random.default_rng(0)
    probabilities = np.zeros((len(rows), len(snapshot.classes)), np.float32)
    for position, row in enumerate(rows):
        actual = int(snapshot.labels[row])
        called = next((c for (a, c), count in left.items() if a == actual and count), actual)
        if called != actual:
            left[actual, called] -= 1
        sure = 0.97 - 0.5 * random.random() ** 2
        probabilities[position] = (1 - sure) / (len(snapshot.classes) - 1)
        probabilities[position, called] = sure
    predictions = Predictions(
        files=tuple(snapshot.files[row] for row in rows),
        hashes=tuple(snapshot.hashes[row] for row in rows),
        classes=snapshot.classes,
        actual=snapshot.labels[rows],
        probabilities=probabilities,
    )
    data = predictions.to_csv()
    predictions_csv(run, split).write_bytes(data)  # type: ignore[arg-type]
    document = {
        "format": 1,
        "model": hashlib.sha256(run.model_onnx.read_bytes()).hexdigest(),
        "pictures": snapshot.fingerprint,
        "skipped": 0,
        "table": hashlib.sha256(data).hexdigest(),
        "result": {"right": int((probabilities.argmax(1) == predictions.actual).sum()), "n": len(rows)},
    }
    storage.write_json(run.folder / f"evaluation-{split}.json", document)
    return predictions
