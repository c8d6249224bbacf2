"""Labels that look wrong, one picture after the other: keys, what becomes of each, undo, neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop_app.project.health import Finding
from desktop_app.project.label_doubts import Doubt, store_judgement
from desktop_app.project.marks import Mark
from desktop_app.project.project import Project
from desktop_app.ui.models.suspects import Verdict
from desktop_app.ui.pages.evaluate import EvaluatePage
from desktop_app.ui.theme import Theme
from tests.drawing import draw_classes, let_settle
from tests.ui import demo

CHIPPED, GOOD, SCRATCHED = range(3)  # in the project's order
FIRST, SECOND, THIRD = "good/good_003.png", "scratched/scratched_001.png", "chipped/chipped_002.png"
DOUBTS = {FIRST: Doubt(SCRATCHED, 0.97, 0.99), SECOND: Doubt(GOOD, 0.9, 0.9), THIRD: Doubt(GOOD, 0.6, 0.6)}


@pytest.fixture
def page(qtbot: Any, tmp_path: Path, engine: Any, theme: Theme) -> Iterator[EvaluatePage]:
    root = let_settle(draw_classes(tmp_path / "parts", {"good": 8, "scratched": 8, "chipped": 8}, size=16))
    with Project.open(root) as project:
        demo.add_result(demo.add_run(project), "test", {(SCRATCHED, CHIPPED): 1})
        catalog = project.scan()
        content = {file: str(found) for file, found in project.index.content_hashes(catalog.files)}
        store_judgement(
            project.index,
            catalog.classes,
            {content[file]: doubt for file, doubt in DOUBTS.items()},
            content.values(),
            "",
        )
        # The nearer the numbers of two pictures of a class, the more alike they are.
        vectors = {
            content[file]: np.array([label == 0, label == 1, label == 2, place / 100], np.float32)
            for place, (file, label) in enumerate(zip(catalog.files, catalog.labels.tolist(), strict=True))
        }
        project.index.store_embeddings("lite0", vectors)
    session = demo.open_session(qtbot, root, engine)
    made = EvaluatePage(session, theme)
    demo.show_page(made, qtbot)
    session.judge_health()
    demo.play_out(session, qtbot)
    yield made
    demo.close_session(qtbot, session)


@pytest.fixture
def review(page: EvaluatePage, qtbot: Any) -> EvaluatePage:
    page.labels.check.click()
    qtbot.waitUntil(page.reviewing.view.isVisible)
    return page


def press(page: EvaluatePage, qtbot: Any, key: Any) -> None:
    QTest.keyClick(page.reviewing.view, key)
    demo.play_out(page.session, qtbot)


def verdicts(page: EvaluatePage) -> list[Verdict]:
    return [page.reviewing.model.verdict(row) for row in range(page.reviewing.model.rowCount())]


def test_the_largest_doubt_comes_first(review: EvaluatePage) -> None:
    model, bar = review.reviewing.model, review.reviewing.bar
    assert [model.file(row) for row in range(3)] == [FIRST, SECOND, THIRD]
    assert bar.question.text() == "Is this really “good”?"
    assert bar.relabel.text() == "It is “scratched”"
    assert bar._left.text() == "0 of 3 decided"
    panel = review.reviewing.view.panel
    assert (panel.label.plain(), panel.called.plain()) == ("good", "scratched")
    assert panel._how_sure.text().replace("\N{NO-BREAK SPACE}", " ") == "97 % sure"


def test_its_neighbours_are_shown(review: EvaluatePage, qtbot: Any) -> None:
    alike = review.reviewing.alike
    qtbot.waitUntil(lambda: alike.rowCount() == 6)
    files = [alike.file(row) for row in range(6)]
    assert FIRST not in files and all(file.startswith("good/") for file in files)
    review.reviewing.neighbours.chosen.emit(0)
    assert review.reviewing.view.mode == "beside" and review.reviewing.view.beside.reference == files[0]


def test_each_verdict_goes_on_to_the_next(review: EvaluatePage, qtbot: Any) -> None:
    view, project = review.reviewing.view, review.session.project
    assert project is not None
    press(review, qtbot, Qt.Key.Key_K)
    assert view.row == 1 and verdicts(review)[0] is Verdict.KEPT
    press(review, qtbot, Qt.Key.Key_Return)
    assert view.row == 2 and verdicts(review)[1] is Verdict.RELABELLED
    assert review.reviewing.model.file(1) == "good/scratched_001.png"
    press(review, qtbot, Qt.Key.Key_X)
    assert verdicts(review)[2] is Verdict.EXCLUDED and len(project.marked(Mark.EXCLUDED)) == 1
    assert review.reviewing.bar.question.text().startswith("All decided: 1 kept, 1 changed, 1 excluded.")
    review.session.judge_health()
    demo.play_out(review.session, qtbot)
    health = review.session.health
    assert health is not None and health.count(Finding.DOUBTFUL) == 0, "nothing is asked again"
    press(review, qtbot, Qt.Key.Key_Escape)
    assert not view.isVisible() and not review.labels.isVisible()


def test_undo_goes_back_to_the_picture(review: EvaluatePage, qtbot: Any) -> None:
    for key in (Qt.Key.Key_K, Qt.Key.Key_3):
        press(review, qtbot, key)
    assert verdicts(review) == [Verdict.KEPT, Verdict.KEPT, Verdict.OPEN], "its own class's key says it is right"
    assert review.stepping.bar.isVisible()
    review.stepping.bar.undo.click()
    demo.play_out(review.session, qtbot)
    assert verdicts(review) == [Verdict.KEPT, Verdict.OPEN, Verdict.OPEN] and review.reviewing.view.row == 1
    review.session.organiser.undo()
    demo.play_out(review.session, qtbot)
    assert set(verdicts(review)) == {Verdict.OPEN} and review.reviewing.view.row == 0


def test_quick_keys_do_not_come_back_to_a_picture(review: EvaluatePage, qtbot: Any) -> None:
    for _ in range(3):
        QTest.keyClick(review.reviewing.view, Qt.Key.Key_K)
    demo.play_out(review.session, qtbot)
    assert verdicts(review) == [Verdict.KEPT] * 3


def test_an_excluded_picture_takes_part_again_when_it_is_said_what_it_is(review: EvaluatePage, qtbot: Any) -> None:
    press(review, qtbot, Qt.Key.Key_X)
    press(review, qtbot, Qt.Key.Key_Left)
    assert review.reviewing.bar.exclude.text() == "Include again"
    assert review.reviewing.bar.question.text() == "You excluded it."
    press(review, qtbot, Qt.Key.Key_Return)
    assert verdicts(review)[0] is Verdict.RELABELLED
