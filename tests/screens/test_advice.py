"""The advice on the Train page in the real window: empty, running, done, too few pictures, many classes, long names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from desktop_app.evaluation.headline import keep_cross_validation
from desktop_app.events import (
    BackboneProbed,
    BackbonesRanked,
    Curve,
    CurvePoint,
    Outlook,
    PicturesJudged,
    Progress,
    Step,
)
from desktop_app.learning.backbones import BACKBONES
from desktop_app.project.catalog import Snapshot
from desktop_app.project.project import Project
from tests.screens.walk import Walk
from tests.ui import demo
from tests.ui.demo import PlayedEngine
from tests.ui.test_small_sets import WHOLE

pytestmark = pytest.mark.display
OUTLOOKS: tuple[Outlook, ...] = ("flat", "rising", "slow", "unclear", "good")


def probed(backbone: str, right: int, seconds: float, chance: float = 1.0) -> BackboneProbed:
    share = right / 928
    return BackboneProbed(
        backbone,
        right,
        928,
        (share - 0.02, min(1.0, share + 0.01)),
        share,
        (share - 0.02, 1.0),
        seconds * 1400,
        seconds,
        chance,
    )


def ranked(count: int) -> BackbonesRanked:
    names = list(BACKBONES)[:count]
    rows = [
        probed(name, 915 - 6 * place, 0.004 + 0.003 * (place % 5), 0.6 if place < 3 else 0.001)
        for place, name in enumerate(names)
    ]
    return BackbonesRanked([replace(rows[0], chance=1.0), *rows[1:]], list(BACKBONES)[count:], 928, 1360, 7, "s")


def curve(name: str, pictures: int, outlook: Outlook, top: float, doubtful: int = 0) -> Curve:
    points = [
        CurvePoint(
            pictures * part / 5, top - 0.03 * (4 - part), (top - 0.03 * (4 - part) - 0.06, min(1.0, top + 0.015))
        )
        for part in range(1, 5)
    ]
    rising = outlook == "rising"
    return Curve(name, pictures, points, outlook, 40 if rising else None, (0.87, 0.93) if rising else None, doubtful)


def judged(classes: dict[str, int], few: bool = False) -> PicturesJudged:
    rows = [
        curve(name, 4 * count, "few" if few else OUTLOOKS[place % 5], 0.99 - 0.02 * (place % 7), 3 * (place % 5 == 0))
        for place, (name, count) in enumerate(classes.items())
    ]
    return PicturesJudged("efficientnet_lite0", curve("", 928, "few" if few else "slow", 0.96), rows, "s")


def open_folds(walk: Walk, page: Any, *which: Any) -> None:
    for advice in (page.advice.networks, page.advice.pictures):
        advice.fold.set_open(advice in which)
    walk.settle()
    bar = page.view.verticalScrollBar()
    bar.setValue(bar.maximum())


def play(walk: Walk, engine: PlayedEngine, advice: Any, *events: Any) -> None:
    walk.click(advice.button)
    engine.play(*events)
    engine.end()
    walk.qtbot.waitUntil(lambda: not walk.session.busy)


def test_advice(walk_with: Callable[[], tuple[Walk, PlayedEngine]], tmp_path: Path) -> None:
    walk, engine = walk_with()
    walk.open(demo.draw_project(tmp_path / "steel", demo.XSDD))
    page = walk.page("train")
    walk.shoot("09-advice-closed")
    networks, pictures = page.advice.networks, page.advice.pictures
    open_folds(walk, page, networks, pictures)
    walk.shoot("09-advice-empty")
    open_folds(walk, page, networks)
    walk.click(networks.button)
    engine.play(probed("efficientnet_lite0", 915, 0.004), Progress(Step.READ, 230, 928))
    walk.qtbot.waitUntil(lambda: "230" in networks.status.text())
    open_folds(walk, page, networks)
    walk.shoot("09-networks-running")
    engine.play(ranked(3))
    engine.end()
    walk.qtbot.waitUntil(lambda: not walk.session.busy)
    open_folds(walk, page, networks)
    walk.shoot("09-networks-done")
    play(walk, engine, networks, ranked(20))
    open_folds(walk, page, networks)
    walk.shoot("09-networks-many")
    play(walk, engine, pictures, judged(demo.XSDD))
    pictures.table.selectRow(1)
    open_folds(walk, page, pictures)
    walk.shoot("10-pictures-done")
    play(walk, engine, pictures, judged(demo.XSDD, few=True))
    open_folds(walk, page, pictures)
    walk.shoot("10-pictures-few")
    play(walk, engine, pictures, judged({f"class {number}": 20 for number in range(40)}))
    open_folds(walk, page, pictures)
    walk.shoot("10-pictures-many")
    play(walk, engine, pictures, judged(demo.LONG))
    pictures.table.selectRow(2)
    open_folds(walk, page, pictures)
    walk.shoot("10-pictures-long")


def test_small_test_split(walk_with: Callable[[], tuple[Walk, PlayedEngine]], tmp_path: Path) -> None:
    walk, _ = walk_with()
    root = demo.draw_project(tmp_path / "parts", {"good": 20, "scratched": 20, "chipped": 20})
    with Project.open(root) as project:
        for recipe, what in (("quick", "as_trained"), ("balanced", "before_fine_tuning")):
            run = demo.add_run(project, recipe)
            demo.add_result(run, "test", {(0, 1): 1})
            whole = replace(WHOLE, run=run.id, what=what)  # type: ignore[arg-type]
            keep_cross_validation(run, Snapshot.read_csv(run.snapshot_csv), whole)
    walk.open(root)
    page = walk.page("evaluate")
    walk.shoot("11-small-fine-tuned")
    page.head.run_box.setCurrentIndex(1)
    walk.shoot("11-small")
