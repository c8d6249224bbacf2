"""Labels that look wrong one after the other, a picture corrected from the matrix, and matrices of every size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from desktop_app.project.label_doubts import Doubt, store_judgement
from desktop_app.project.marks import Mark
from desktop_app.project.project import Project
from desktop_app.ui.models.confusion import Confusion
from tests.drawing import draw_classes, let_settle
from tests.screens.walk import Walk
from tests.ui import demo
from tests.ui.demo import PlayedEngine

pytestmark = pytest.mark.display

LONG = {
    "Zunderreste des Temperiersystems, oberflächlich": 20,
    "Walzenabdrücke der Fertigstraße (Prüfmittel 14)": 20,
    "氧化铁皮（温度系统）": 20,
}


def draw(root: Path) -> Path:
    """A project with a result and three labels that look wrong, each picture with its embedding."""
    let_settle(draw_classes(root, LONG, size=96))
    with Project.open(root) as project:
        demo.add_result(demo.add_run(project), "test", {(0, 1): 3, (1, 0): 1, (2, 0): 1})
        catalog = project.scan()
        content = {file: str(found) for file, found in project.index.content_hashes(catalog.files)}
        doubts = {content[catalog.files[place]]: Doubt(1, 0.9, 0.9 - place / 100) for place in (2, 5, 8)}
        store_judgement(project.index, catalog.classes, doubts, content.values(), "")
        labels = catalog.labels.tolist()
        vectors = {
            content[file]: np.array([label == 0, label == 1, label == 2, place / 30], np.float32)
            for place, (file, label) in enumerate(zip(catalog.files, labels, strict=True))
        }
        project.index.store_embeddings("lite0", vectors)
    return root


def test_review(walk_with: Callable[[], tuple[Walk, PlayedEngine]], tmp_path: Path) -> None:
    walk, _ = walk_with()
    walk.open(draw(tmp_path / "parts"))
    page = walk.page("evaluate")
    walk.session.judge_health()
    walk.settle()
    walk.shoot("12-evaluate-long-names")
    walk.click(page.labels.check)
    walk.settle()
    walk.shoot("12-review")
    page.reviewing.correcting.keep()
    walk.settle()
    page.reviewing.correcting.exclude()
    walk.settle()
    walk.shoot("12-review-third")
    page.reviewing.correcting.keep()
    walk.settle()
    walk.shoot("12-review-done")


def test_correct(walk_with: Callable[[], tuple[Walk, PlayedEngine]], tmp_path: Path) -> None:
    walk, _ = walk_with()
    walk.session.settings.auto_advance = False
    walk.open(draw(tmp_path / "parts"))
    page = walk.page("evaluate")
    page.view.matrix.choose(Confusion(0, 1, 3))
    page.view.behind.open_requested.emit(0)
    walk.settle()
    walk.shoot("13-full-view")
    page.behind.correcting.relabel(list(walk.session.classes)[1].name)
    walk.settle()
    page.full_view.show_row(1)
    page.behind.correcting.exclude()
    walk.settle()
    walk.shoot("13-full-view-excluded")
    page.full_view.closed.emit(0)
    walk.settle()
    walk.shoot("13-corrected")


@pytest.mark.parametrize("classes", [2, 40, 1000])
def test_matrix(walk_with: Callable[[], tuple[Walk, PlayedEngine]], tmp_path: Path, classes: int) -> None:
    walk, _ = walk_with()
    names = {f"part {number:04}, seen from the {('left', 'right')[number % 2]}": 3 for number in range(classes)}
    root = let_settle(draw_classes(tmp_path / "parts", names, size=8))
    with Project.open(root) as project:
        mistakes = {(number, (number * 7 + 1) % classes): 1 for number in range(0, classes, 9 if classes > 2 else 2)}
        demo.add_result(demo.add_run(project), "test", mistakes)
    walk.open(root)
    page = walk.page("evaluate")
    walk.shoot(f"14-matrix-{classes}")
    page.view.worst_button.click()
    walk.click(page.view.shown_box.button("row shares"))
    walk.shoot(f"14-matrix-{classes}-worst-first")


def test_excluded(walk_with: Callable[[], tuple[Walk, PlayedEngine]], tmp_path: Path) -> None:
    walk, _ = walk_with()
    walk.open(draw(tmp_path / "parts"))
    page = walk.page("images")
    files = [page.images.file(row) for row in (1, 2, 5)]
    walk.session.organiser.mark(Mark.EXCLUDED, files, on=True)
    walk.settle()
    walk.session.judge_health()
    walk.settle()
    model = page.grid.selectionModel()
    for row in (2, 3):
        model.select(page.images.index(row, 0), model.SelectionFlag.Select)
    walk.shoot("15-excluded")
