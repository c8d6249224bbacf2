"""What the health check found in pictures that were spoilt on purpose, and the way out."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFilter

from desktop_app.engine.health_check import check_pictures
from desktop_app.project.health import Finding
from desktop_app.project.project import Project
from tests.drawing import draw_picture, let_settle

pytestmark = pytest.mark.display

LOTS = ("A17", "A18", "B02", "B03", "C11")


def draw(root: Path) -> Path:
    """Two classes from five lots, with copies, near-copies, blurred and dark pictures among them."""
    for kind, name in enumerate(("good", "Kratzer, quer zur Walzrichtung (tief)")):
        for number in range(25):
            lot = LOTS[number // 5]
            draw_picture(root / name / f"lot {lot} part {number % 5 + 1}.png", kind, number // 2 + 50 * kind, 64)
    good = root / "good"
    shutil.copy(good / "lot A17 part 1.png", good / "copy of A17 1.png")
    shutil.copy(good / "lot A18 part 2.png", root / "Kratzer, quer zur Walzrichtung (tief)" / "A18 part 2.png")
    with Image.open(good / "lot B02 part 3.png") as image:
        image.filter(ImageFilter.GaussianBlur(9)).save(good / "blurred.png")
        image.point(lambda value: value // 16).save(good / "dark.png")
        image.resize((192, 256)).save(good / "large.png")
    return let_settle(root)


def test_data_health(walk_with: Any, tmp_path: Path) -> None:
    root = draw(tmp_path / "Walzwerk 2")
    with Project.open(root) as project:
        for _ in project.snapshot(project.scan()):
            pass
        for _ in check_pictures(project):
            pass
    walk, _engine = walk_with()
    walk.open(root)
    walk.session.judge_health()
    page = walk.page("images")
    walk.qtbot.waitUntil(lambda: walk.session.health is not None, timeout=20_000)
    walk.shoot("11-health")
    page.health.show_findings(int(Finding.NEAR_DUPLICATE))
    walk.shoot("11-health-near-duplicates")
    page.health.show_findings(int(Finding.LEAK))
    walk.shoot("11-health-leak")
    page.health.show_findings(0)
    page.health.ask_groups()
    dialog = page.health.dialog
    dialog.source.button("name").click()
    dialog.pattern.setText("lot {group} part")
    dialog.pattern.textEdited.emit("")
    walk.settle()
    walk.shoot("11-groups-problem", of=dialog)
    dialog.pattern.setText("lot * part")
    dialog.pattern.textEdited.emit("")
    walk.settle()
    walk.shoot("11-groups", of=dialog)
    dialog.reject()
