"""When a model says "unsure", in the real window: a promise, costs, and the curves one fold deeper; long names, too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QScrollArea, QWidget

from desktop_app.project import class_edits
from desktop_app.project.project import Project
from tests.screens.walk import Walk
from tests.ui import demo
from tests.ui.demo import PlayedEngine

pytestmark = pytest.mark.display
CLASSES = {"good": 200, "scratched": 120, "chipped": 120}
MISTAKES = {(2, 0): 2, (0, 2): 1, (1, 2): 1}


def opened(walk: Walk, root: Path, classes: dict[str, int], mistakes: dict[tuple[int, int], int]) -> Any:
    demo.draw_project(root, classes)
    with Project.open(root) as project:
        run = demo.add_run(project, "quick")
        for split in ("validation", "test"):
            demo.add_result(run, split, mistakes)
        first, *others = project.config.with_classes(list(run.classes)).classes
        good = "good" if "good" in classes else first.name
        defects = [info.name for info in (first, *others) if info.name != good]
        project.show_classes(class_edits.mark_sides([good], defects).apply(project.config).classes)
    walk.open(root)
    return walk.page("evaluate")


def show(walk: Walk, page: Any, part: QWidget) -> None:
    """Scroll so that the end of a part is seen."""
    walk.settle()
    area: QScrollArea = page._scroll
    area.ensureWidgetVisible(part, 0, 0)


def test_unsure(walk_with: Callable[[], tuple[Walk, PlayedEngine]], tmp_path: Path) -> None:
    walk, _ = walk_with()
    page = opened(walk, tmp_path / "parts", CLASSES, MISTAKES)
    card = page.promising.card
    card.slider.setValue(3)
    show(walk, page, card)
    walk.shoot("14-unsure-promise")
    walk.click(card.aim.button("costs"))
    card.judgement.fold.set_open(True)
    for view in ("roc", "precision", "sure"):
        walk.click(card.judgement.view.button(view))
        show(walk, page, card)
        walk.shoot(f"14-unsure-{view}")


def test_unsure_with_long_names(walk_with: Callable[[], tuple[Walk, PlayedEngine]], tmp_path: Path) -> None:
    walk, _ = walk_with()
    page = opened(walk, tmp_path / "teile", {name: 4 * n for name, n in demo.LONG.items()}, {(0, 1): 2, (2, 0): 1})
    card = page.promising.card
    walk.click(card.aim.button("costs"))
    card.judgement.fold.set_open(True)
    show(walk, page, card)
    walk.shoot("14-unsure-long")
