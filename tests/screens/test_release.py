"""Releasing in the real window, with the real engine: the gate with its pictures, the card, the list, the Use page.

Saves a picture of each, light and dark, large and small, in tests/screens/out. Look at them: they are the product.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from desktop_app.engine.releasing import Wanted, release
from desktop_app.evaluation.evaluate import evaluate
from desktop_app.project.class_edits import mark_sides
from desktop_app.project.marks import Mark
from desktop_app.project.moves import Moves
from desktop_app.project.project import Project
from tests.drawing import draw_classes, let_settle
from tests.packages import trained_run
from tests.screens.walk import OUT, Walk

pytestmark = pytest.mark.display

CLASSES = {"gut": 24, "Zunderreste des Temperiersystems, oberflächlich": 24, "氧化铁皮（温度系统）": 24}
LONG = "Linie 3, Frühjahr, nach dem Umbau der Beleuchtung und mit neuem Objektiv 温度系统"
WHY = "Fewer scratches missed since the lamp was changed; agreed with the night shift.\n与夜班商定。"
WAIT = 120_000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Good parts and two kinds of defect; two releases, and a run that calls some defects good."""
    root = let_settle(draw_classes(tmp_path / "parts", CLASSES))
    with Project.open(root) as project:
        good, *defects = CLASSES
        moves = Moves(project.root, project.state, project)
        edit = mark_sides([good], defects)
        moves.change_classes(edit.label, edit.apply)
        run = trained_run(project)
        list(release(project, run, Wanted("产线 3 号，春", "王小明", "第一个版本。")))
        list(release(project, run, Wanted(LONG, "Ada Lovelace", WHY)))
        later = trained_run(project, mistaken=(0, 1))
        list(evaluate(project, later))
        files = [f"{good}/{good}_{n:03}.png" for n in range(1, 9)]
        files += [f"{defects[0]}/{defects[0]}_{n:03}.png" for n in range(1, 7)]
        contents = {file: str(content) for file, content in project.index.content_hashes(files)}
        moves.mark(Mark.GOLDEN, contents, on=True)
    return root


def test_releasing(walk: Walk, root: Path, qtbot: Any) -> None:
    walk.open(root)
    images = walk.page("images")
    images.grid.setCurrentIndex(images.images.index(2))
    walk.shoot("12-golden")
    images.grid.opened.emit(2)
    walk.settle()
    walk.shoot("12-golden-full")
    images.full_view.closed.emit(2)

    evaluate = walk.page("evaluate")
    qtbot.waitUntil(lambda: evaluate.releasing.button.isVisible(), timeout=WAIT)
    walk.click(evaluate.releasing.button)
    gate = evaluate.releasing.card.gate
    qtbot.waitUntil(lambda: gate.misses.rowCount() > 0 and not walk.session.busy, timeout=WAIT)
    gate.grid.setCurrentIndex(gate.misses.index(0))
    walk.settle()
    walk.shoot("13-release-misses")
    walk.window.resize(1024, 768)
    walk.settle()
    assert walk.window.grab().save(str(OUT / "13-release-misses-1024.png"))
    gate.grid.opened.emit(0)
    walk.settle()
    walk.shoot("13-release-miss-full")
    evaluate.releasing.missing.view.closed.emit(0)

    card = evaluate.releasing.card
    gate.grid.selectAll()
    walk.click(gate.accept)
    card.name.setText("Linie 3, Sommer")
    card.why.setPlainText("To see whether anybody reads this.")
    assert card.release.isEnabled()
    walk.settle()
    walk.shoot("13-release-accepted")
    walk.click(card.release)
    qtbot.waitUntil(lambda: walk.session.releases.known.in_use == "Linie 3, Sommer", timeout=WAIT)
    walk.settle()
    walk.shoot("13-released")

    evaluate.releasing.compare_requested.emit(LONG)
    qtbot.waitUntil(lambda: evaluate.comparing.card.became_wrong.isVisible(), timeout=WAIT)
    evaluate.releasing.button.setChecked(False)
    walk.settle()
    walk.shoot("13-compared")

    use = walk.page("use")
    qtbot.waitUntil(lambda: use.model is not None and use.model.release != "", timeout=WAIT)
    walk.shoot("14-use-release")
    use.choice.choose_release(walk.session.releases.known.releases[1])
    qtbot.waitUntil(lambda: use.model.release == LONG, timeout=WAIT)
    assert use.model_card.use.isVisible()
    walk.shoot("14-use-another")
