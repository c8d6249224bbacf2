"""The Train page in all its states, with played trainings.

Saves a picture of each, light and dark, large and small, in tests/screens/out. Look at them: they are the product.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from desktop_app.errors import NoMemoryError, StorageError
from desktop_app.events import (
    Computing,
    LearningRateFound,
    Notice,
    OptionChosen,
    Progress,
    RegularisationChosen,
    Step,
    StepStarted,
    Trained,
    to_dict,
)
from desktop_app.learning import checkpoints
from desktop_app.learning.recipe import RECIPES
from desktop_app.project.project import Project
from tests.screens.walk import Walk
from tests.ui import demo

pytestmark = pytest.mark.display

TRIED = RegularisationChosen(
    [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0], [0.93, 0.94, 0.955, 0.962, 0.957, 0.93, 0.88], 0.03
)


def add_run(project: Project, recipe: str, mistakes: dict[tuple[int, int], int] | None = None, **more: Any) -> Any:
    top = {"quick": 0.93, "balanced": 0.975, "thorough": 0.985}[recipe] - 0.01 * (project.runs.list() != [])
    curves = [*demo.epochs("freeze", 24, 100, 16, top - 0.03)]
    if recipe != "quick":
        curves += demo.epochs("fine_tune", 12, 15, 9, top)
    run = demo.add_run(project, recipe=recipe, curves=curves, tried=[to_dict(TRIED)], **more)
    run.document["recipe"] = RECIPES[recipe].to_dict() | {"seed": run.number}
    run.save()
    if mistakes is not None:
        demo.add_result(run, "test", mistakes)
    return run


@pytest.fixture
def walk(walk_with: Any, tmp_path: Path) -> tuple[Walk, demo.PlayedEngine]:
    """Strip line 3, with three runs from before."""
    root = demo.draw_project(tmp_path / "Strip line 3", demo.XSDD, unlabelled=0)
    with Project.open(root) as project:
        add_run(project, "quick", {(0, 1): 3, (4, 5): 4, (2, 3): 2})
        add_run(project, "balanced", {(0, 1): 1, (4, 5): 1}, name="before relabelling", note="Lamp 2 was off.")
        add_run(project, "quick", {(0, 1): 2, (4, 5): 3}, right=22)
    walk, engine = walk_with()
    walk.open(root)
    return walk, engine


def begin(walk: Walk, engine: demo.PlayedEngine, page: Any, qtbot: Any, *events: Any) -> None:
    walk.click(page.left.main)
    engine.play(demo.run_started(walk.session.project, run="run-0004"), *events)
    qtbot.waitUntil(lambda: page.training.state is not None and page.training.state.run is not None)
    walk.settle()


def test_a_training(walk: Any, qtbot: Any) -> None:
    walk, engine = walk
    page = walk.page("train")
    walk.shoot("03-train-earlier")
    page.view.tried.fold.set_open(True)
    walk.shoot("03-train-tried")
    page.view.tried.fold.set_open(False)

    project = walk.session.project
    run = add_run(project, "balanced", {(0, 1): 1})
    run.document["status"] = "running"
    run.save()
    begin(walk, engine, page, qtbot, *demo.reading(130, 132), *demo.freeze_phase(), TRIED, *demo.fine_tuning())
    engine.play(LearningRateFound([1e-4, 1e-3], [0.5, 0.4], 4e-4), Notice("info", "Steps are made of 16 pictures."))
    engine.play(Computing("Processor, 8 cores", 16, 16, mixed=False))
    file = next((project.root / "red iron").iterdir())
    file.rename(file.parents[1] / "slag inclusion" / "moved.png")
    walk.session.rescan()
    qtbot.waitUntil(lambda: page.side.changed.isVisible())
    walk.shoot("03-train-live")
    walk.click(page.left.pause)
    qtbot.waitUntil(lambda: walk.session.paused)
    walk.shoot("03-train-paused")
    walk.click(page.left.pause)
    qtbot.waitUntil(lambda: not walk.session.paused)

    run.document["status"] = "done"
    run.save()
    engine.play(Trained(run.id, "fine_tune", 25, 26, False, 143.0))
    engine.end()
    qtbot.waitUntil(lambda: len(engine.jobs) == 2)
    walk.session.stop_job()  # the measuring
    qtbot.waitUntil(lambda: page.view.result_button.isVisible())
    walk.shoot("03-train-ended")


def test_the_form(walk: Any, qtbot: Any) -> None:
    walk, _engine = walk
    page = walk.page("train")
    form = page.left.form
    form.appearance_fold.set_open(True)
    qtbot.waitUntil(lambda: len(form.preview.pictures.images) == 9)
    scroll = page.left.form_scroll.verticalScrollBar()
    scroll.setValue(form.appearance_fold.y() - 8)
    walk.shoot("03-train-appearance")
    scroll.setValue(scroll.maximum() - 300)
    walk.shoot("03-train-appearance-below")
    form.appearance_fold.set_open(False)
    form.cards["article"].click()
    form.network_fold.set_open(True)
    walk.settle()
    scroll.setValue(scroll.maximum())
    walk.shoot("03-train-missing-network")
    form.network_fold.set_open(False)
    form.cards["balanced"].click()
    form.advanced_fold.set_open(True)
    walk.settle()
    scroll.setValue(form.advanced_fold.y() - 8)
    walk.shoot("03-train-advanced")
    scroll.setValue(form.advanced_fold.y() + 900)
    walk.shoot("03-train-advanced-below")


def test_runs(walk: Any, qtbot: Any) -> None:
    walk, _engine = walk
    page = walk.page("train")
    panel = page.side.runs
    panel.list.runs.toggle("run-0001")
    panel.list.runs.toggle("run-0002")
    walk.click(panel.compare)
    qtbot.waitUntil(lambda: page.view.compared.isVisible())
    walk.shoot("03-train-compared")
    bar = page.view.verticalScrollBar()
    bar.setValue(bar.maximum())
    walk.shoot("03-train-compared-below")
    page.comparing.end()
    page.keeping.ask_words("run-0002")
    page.tabs.button("runs").click()
    walk.shoot("03-train-words")
    panel.editor.cancel.click()
    page.keeping.delete("run-0001")
    qtbot.waitUntil(lambda: panel.deleted.isVisible())
    panel.deleted.set_open(True)
    walk.shoot("03-train-deleted")
    page.keeping.ask_purge()
    walk.shoot("08-delete-runs", of=QApplication.activeModalWidget())
    QApplication.activeModalWidget().reject()  # type: ignore[attr-defined]


def test_pausing_and_stopping(walk: Any, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    walk, engine = walk
    page = walk.page("train")
    for what in ("pause", "cancel"):  # a step that takes long is under way
        monkeypatch.setattr(engine, what, lambda: None)
    smaller = Computing("Processor, 8 cores", 8, 32, mixed=False)
    begin(walk, engine, page, qtbot, *demo.reading(132, 132), *demo.freeze_phase(), smaller, *demo.fine_tuning())
    walk.click(page.left.pause)
    qtbot.waitUntil(lambda: page.training.pausing)
    walk.shoot("03-train-pausing")
    walk.click(page.left.stop)
    walk.shoot("03-train-stopping")
    add_run(walk.session.project, "balanced", status="stopped")
    engine.end()
    qtbot.waitUntil(lambda: len(engine.jobs) == 2)
    engine.end()  # the measuring
    qtbot.waitUntil(lambda: page.view.result_button.isVisible())
    walk.shoot("03-train-stopped-early")


def test_thorough(walk: Any, qtbot: Any) -> None:
    walk, engine = walk
    page = walk.page("train")
    page.left.form.cards["thorough"].click()
    depth = OptionChosen(
        "first_stage", ["stage5", "stage6", "stage7"], [0.978, 0.971, 0.952], "accuracy", "stage5", 3, 106
    )
    events = [*demo.reading(132, 132), *demo.freeze_phase(), TRIED, StepStarted(Step.VIEWS)]
    events += [Progress(Step.VIEWS, 700, 700), StepStarted(Step.CHOOSE), depth, Progress(Step.CHOOSE, 640, 1000, 320.0)]
    begin(walk, engine, page, qtbot, *events)
    page.view.tried.fold.set_open(True)
    walk.shoot("03-train-thorough")
    page.view.tried.fold.set_open(False)
    engine.end()


@pytest.mark.parametrize("way", ["memory", "disk", "killed", "early", "not-kept"])
def test_ended_by_itself(walk: Any, qtbot: Any, way: str) -> None:
    walk, _engine = walk
    page = walk.page("train")
    curves = [*demo.epochs("freeze", 24, 100, 16, 0.94), *demo.epochs("fine_tune", 9, 15, 7, 0.982)]
    problems = {
        "memory": NoMemoryError("Training stopped: the computer probably ran out of memory.").to_dict(),
        "disk": StorageError(
            "The results can’t be written.", why="The disk is full.", hint="Free some space on it."
        ).to_dict(),
    }
    document: dict[str, Any] = {"computing": to_dict(Computing("Processor, 8 cores", 16, 16, mixed=False))}
    if way in problems:
        document["problem"] = problems[way]
    if way == "not-kept":
        run = add_run(walk.session.project, "balanced", {(0, 1): 1})
        run.document |= {"phase": "freeze", "epoch": 16}
    else:
        curves = curves[:12] if way == "early" else curves
        spent = {"freeze": 4.0, "views": 21.0}
        run = demo.add_run(walk.session.project, status="interrupted", curves=curves, spent=spent, **document)
        run.checkpoint.unlink()
        if way != "early":
            run.model_onnx.write_bytes(b"a model")
            checkpoints.save(run, {"weight": np.zeros(3, np.float32)}, {"epoch": 7})
    run.save()
    walk.session.reload_runs()
    demo.play_out(walk.session, qtbot)
    page.training.choose("run-0004")
    walk.shoot(f"07-train-{way}")
    if way == "memory":
        walk.click(page.view.stopped.more)
        walk.shoot("07-train-memory-details")


def test_nothing_yet_and_long_names(walk_with: Any, tmp_path: Path, qtbot: Any) -> None:
    walk, _engine = walk_with()
    walk.open(demo.draw_project(tmp_path / "手势数字 2024", demo.LONG | dict.fromkeys("一二三四五", 12)))
    page = walk.page("train")
    walk.shoot("03-train-none")
    for number in range(50):
        add_run(walk.session.project, ("quick", "balanced", "thorough")[number % 3], {} if number < 3 else None)
    walk.session.reload_runs()
    demo.play_out(walk.session, qtbot)
    panel = page.side.runs
    for run in ("run-0001", "run-0002", "run-0003"):
        panel.list.runs.toggle(run)
    walk.click(panel.compare)
    qtbot.waitUntil(lambda: page.view.compared.isVisible())
    bar = page.view.verticalScrollBar()
    bar.setValue(bar.maximum())
    walk.shoot("03-train-fifty")


def test_runs_with_long_names(walk: Any, qtbot: Any) -> None:
    walk, _engine = walk
    runs = walk.session.project.runs
    runs.describe("run-0003", "氧化铁皮（温度系统）与表面划痕重新标注之后的模型二〇二四年六月", "灯二关闭。\n第二行")
    runs.describe("run-0002", "After relabelling with the new lamp, batch 14, by A. Müller", "")
    add_run(walk.session.project, "thorough", name="W" * 60)
    walk.session.reload_runs()
    demo.play_out(walk.session, qtbot)
    page = walk.page("train")
    page.training.choose("run-0003")
    page.tabs.button("runs").click()
    walk.shoot("03-train-long-names")
    page.keeping.ask_words("run-0003")
    walk.shoot("03-train-long-words")
    page.keeping.delete("run-0002")
    qtbot.waitUntil(lambda: page.side.runs.deleted.isVisible())
    page.side.runs.deleted.set_open(True)
    walk.shoot("03-train-long-deleted")
