"""The work itself in the real window, with the real engine: train, evaluate and use the sample project.

Saves a picture of each page, light and dark, large and small, in tests/screens/out. Look at them: they are the product.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from desktop_app.project.sample import draw_sample
from desktop_app.ui.models.confusion import Confusion
from tests.screens.walk import Walk

pytestmark = pytest.mark.display

TRAINING_MS = 240_000


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    for _event in draw_sample(tmp_path / "Sample: washers"):
        pass
    return tmp_path / "Sample: washers"


def test_train_evaluate_use(walk: Walk, sample: Path, qtbot: Any, tmp_path: Path) -> None:
    walk.open(sample)
    train = walk.page("train")
    walk.shoot("03-train-before")

    # Balanced, so that both phases are on the curves.
    walk.click(train.left.main)
    training = train.training
    qtbot.waitUntil(lambda: training.state is not None and len(training.state.curves.rows()) > 20, timeout=TRAINING_MS)
    walk.shoot("03-train-running")
    qtbot.waitUntil(lambda: not walk.session.busy and train.view.result_button.isVisible(), timeout=TRAINING_MS)
    walk.settle()
    walk.shoot("03-train-done")
    assert walk.session.measured is not None
    assert "%" in walk.window.workspace.rail.pages["evaluate"].accessibleName()

    walk.click(train.view.result_button)
    evaluate = walk.page("evaluate")
    shown = walk.session.measured
    assert evaluate.view.headline.number.text() == f"{shown.right} of {shown.n} right"
    evaluate.view.matrix.choose(Confusion(0, 0, evaluate._result.evaluated.confusion[0][0]))
    walk.settle()
    walk.shoot("04-evaluate")
    walk.click(evaluate.explaining.card.ask)
    qtbot.waitUntil(lambda: not walk.session.busy and bool(evaluate.explaining.card.tiles), timeout=120_000)
    walk.settle()
    evaluate.stack.currentWidget().ensureWidgetVisible(evaluate.explaining.card)
    walk.shoot("04-evaluate-why")
    evaluate.view.behind.grid.opened.emit(0)
    walk.settle()
    walk.shoot("06-full-view")

    use = walk.page("use")
    walk.shoot("05-use-before")
    new = tmp_path / "2024-06-14"
    new.mkdir()
    pictures = sorted(path for name in ("chipped", "good", "scratched") for path in (sample / name).iterdir())
    for number, picture in enumerate(pictures[::4]):
        shutil.copy(picture, new / f"{number:04}{picture.suffix}")
    (new / f"torn{pictures[0].suffix}").write_bytes(pictures[0].read_bytes()[:400])
    use.predict(new)
    qtbot.waitUntil(lambda: use.result.state.text() == "done", timeout=120_000)
    assert use.result.model.total == len(list(new.iterdir()))
    assert use.result.model.unreadable == 1
    assert use.model_card.chip.isVisible()
    walk.settle()
    walk.shoot("05-use")
