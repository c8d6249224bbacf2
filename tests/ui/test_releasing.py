"""Releasing on the Evaluate page, comparing with a release, and the Use page, with played jobs and real releases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from desktop_app.engine.jobs import CompareJob, ExportJob, GateJob, ReleaseJob
from desktop_app.engine.releasing import Wanted, release
from desktop_app.errors import DataError
from desktop_app.evaluation.evaluate import evaluate
from desktop_app.events import Compared, Exported, GateJudged, NewMiss, Progress, Released, Step
from desktop_app.ui import release_words
from desktop_app.ui.pages.evaluate import EvaluatePage
from desktop_app.ui.pages.use import UsePage
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from tests.packages import trained_project, trained_run
from tests.ui.demo import PlayedEngine, close_session, open_session, play_out, show_page

FIRST, SECOND = "Line 3, spring", "产线 3 号，夏"
MISSES = [
    NewMiss("dog/dog_001.png", "a" * 32, "dog", "dog", "cat", 0.97, "escape"),
    NewMiss("cat/cat_002.png", "b" * 32, "cat", "cat", "fox", 0.61),
]


def judged(*misses: NewMiss, **more: Any) -> GateJudged:
    return GateJudged("run-0002", SECOND, "golden", 24, 24, 24 - len(misses), list(misses), **more)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two releases of a first run; a second run that was measured."""
    project, run = trained_project(tmp_path_factory.mktemp("made") / "animals", each=20)
    with project:
        list(release(project, run, Wanted(FIRST, "Ada", "The first one.")))
        list(release(project, run, Wanted(SECOND, "Grace", "The second one.")))
        list(evaluate(project, trained_run(project)))
    return project.root


@pytest.fixture
def session(template: Path, tmp_path: Path, qtbot: Any, engine: PlayedEngine) -> Iterator[Session]:
    opened = open_session(qtbot, shutil.copytree(template, tmp_path / "animals"), engine)
    yield opened
    close_session(qtbot, opened)


@pytest.fixture
def page(session: Session, theme: Theme, qtbot: Any) -> EvaluatePage:
    made = EvaluatePage(session, theme)
    show_page(made, qtbot)
    qtbot.waitUntil(lambda: made._result is not None)
    return made


def open_card(page: EvaluatePage, engine: PlayedEngine, qtbot: Any, found: GateJudged) -> None:
    page.releasing.button.click()
    assert isinstance(engine.jobs[-1], GateJob)
    engine.play(found)
    engine.end()
    qtbot.waitUntil(lambda: not page.session.busy)
    play_out(page.session, qtbot)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


# ---- the gate


def test_the_gate_is_asked_when_the_card_opens(page: EvaluatePage, engine: PlayedEngine, qtbot: Any) -> None:
    assert page.releasing.button.isVisible() and not page.releasing.panel.isVisible()
    page.releasing.button.click()
    assert engine.jobs == [GateJob(str(page.session.project.root), "run-0002")]  # type: ignore[union-attr]
    gate = page.releasing.card.gate
    assert "Looking for pictures" in gate.text() and not page.releasing.card.release.isEnabled()
    engine.play(Progress(Step.ASK, 8, 24, 3.0))
    qtbot.waitUntil(lambda: "8 of 24" in gate.text())
    engine.play(judged())
    engine.end()
    qtbot.waitUntil(lambda: gate.passed)
    assert "Nothing would newly be called wrong." in gate.text() and not gate.grid.isVisible()
    assert f"Run 2 gets 24 right, “{SECOND}” 24." in gate.text()
    assert page.releasing.card.by.text() == "Grace", "who made the last one"


def test_new_misses_are_shown_and_accepted_one_by_one(page: EvaluatePage, engine: PlayedEngine, qtbot: Any) -> None:
    open_card(page, engine, qtbot, judged(*MISSES, repaired=1, learnt=5))
    card, gate = page.releasing.card, page.releasing.card.gate
    assert gate.text().splitlines()[:2] == [
        "1 defect would newly be missed.",
        "1 picture would newly be called wrong.",
    ]
    assert "1 that was wrong is right now." in gate.text() and "5 of 24" in gate.text()
    assert gate.grid.isVisible() and gate.misses.rowCount() == 2
    words = f"dog_001.png is dog; “{SECOND}” calls it dog, Run 2 would call it cat (97 % sure)."
    assert plain(gate.words.plain()) == words
    assert [gate.misses.tile(row).caption for row in range(2)] == ["missed defect", "wrong class"]
    card.name.setText("Line 4")
    card.why.setPlainText("Because")
    assert not card.release.isEnabled() and "2 pictures above" in card.problem.text()
    gate.accept.click()
    assert gate.misses.tile(0).caption == "accepted" and not card.release.isEnabled()
    assert gate.accept.text() == "Take back"
    gate.grid.selectionModel().setCurrentIndex(gate.misses.index(1), QItemSelectionModel.SelectionFlag.ClearAndSelect)
    gate.accept.click()
    assert card.release.isEnabled() and card.problem.text() == ""
    gate.accept.click()  # thought better of it
    assert not card.release.isEnabled()
    gate.grid.selectAll()
    assert gate.accept.text() == "Accept 2 misses"
    gate.accept.click()
    card.release.click()
    project = page.session.project
    assert project is not None
    assert engine.jobs[-1] == ReleaseJob(
        str(project.root), "run-0002", "Line 4", "Grace", "Because", ["a" * 32, "b" * 32]
    )
    engine.play(Released("Line 4", "run-0002", "x/model.discern", 1000, "0f" * 32, 2))
    engine.end()
    qtbot.waitUntil(lambda: page.message.isVisible())
    play_out(page.session, qtbot)
    assert page.message.text() == "“Line 4” is released. It is in use now, and never changes again."
    assert card.name.text() == card.why.toPlainText() == ""


def test_a_miss_is_looked_at_in_full(page: EvaluatePage, engine: PlayedEngine, qtbot: Any) -> None:
    open_card(page, engine, qtbot, judged(*MISSES))
    page.releasing.card.gate.look.click()
    missing = page.releasing.missing
    full = missing.view
    assert full.isVisible() and full.panel.verdict.text() == "wrong"
    assert missing.bar.words.plain().startswith("dog_001.png is dog;") and not missing.bar.chip.isVisible()
    QTest.keyClick(full, Qt.Key.Key_Return)  # accepted, and on to the next
    assert page.releasing.card.gate.misses.accepted == ["a" * 32] and full.row == 1
    assert missing.bar.words.plain().startswith("cat_002.png is cat;")
    QTest.keyClick(full, Qt.Key.Key_Left)
    assert missing.bar.chip.isVisible() and missing.bar.accept.text() == "Take back"
    missing.bar.accept.click()
    assert page.releasing.card.gate.misses.accepted == [] and not missing.bar.chip.isVisible()
    QTest.keyClick(full, Qt.Key.Key_Right)
    play_out(page.session, qtbot)
    QTest.keyClick(full, Qt.Key.Key_Escape)
    assert not full.isVisible() and page.releasing.card.gate.grid.currentIndex().row() == 1
    play_out(page.session, qtbot)


def test_who_why_and_a_name_are_needed(page: EvaluatePage, engine: PlayedEngine, qtbot: Any) -> None:
    open_card(page, engine, qtbot, judged())
    card = page.releasing.card
    card.name.setText("Line 4")
    assert not card.release.isEnabled()
    card.why.setPlainText(" \n")
    assert not card.release.isEnabled()
    card.why.setPlainText("Because")
    assert card.release.isEnabled()
    card.by.setText(" ")
    assert not card.release.isEnabled()
    assert card.name.maxLength() == 80


def test_a_refusal_is_told_and_nothing_typed_is_lost(page: EvaluatePage, engine: PlayedEngine, qtbot: Any) -> None:
    open_card(page, engine, qtbot, judged())
    card = page.releasing.card
    card.name.setText(FIRST)
    card.why.setPlainText("Because")
    card.release.click()
    engine.end(DataError("There is a release “{name}” already.", hint="Choose another name.", name=FIRST))
    qtbot.waitUntil(lambda: page.message.isVisible())
    play_out(page.session, qtbot)
    assert FIRST in page.message.text() and card.name.text() == FIRST
    assert card.release.isEnabled()


def test_pictures_that_change_meanwhile_are_looked_at_again(
    page: EvaluatePage, engine: PlayedEngine, qtbot: Any
) -> None:
    open_card(page, engine, qtbot, judged())
    page.session.organiser.put(["dog/dog_001.png"], "cat")
    gate = page.releasing.card.gate
    qtbot.waitUntil(lambda: "look again" in gate.text())
    assert gate.check.isVisible() and not gate.passed
    play_out(page.session, qtbot)
    gate.check.click()
    assert isinstance(engine.jobs[-1], GateJob)
    page.session.stop_job()
    qtbot.waitUntil(lambda: not page.session.busy)
    assert gate.text() == "Not looked for new misses yet." and gate.check.isVisible()
    play_out(page.session, qtbot)


def test_escape_and_another_project_close_the_card(page: EvaluatePage, engine: PlayedEngine, qtbot: Any) -> None:
    open_card(page, engine, qtbot, judged())
    QTest.keyClick(page.releasing.card.name, Qt.Key.Key_Escape)
    assert not page.releasing.panel.isVisible() and not page.releasing.button.isChecked()


def test_what_the_gate_says_without_a_golden_set() -> None:
    nothing = GateJudged("run-0001", "", "", 0, 0, 0, [])
    assert release_words.judgement(nothing)[0][0] == "info"
    first = GateJudged("run-0001", "", "golden", 3, 0, 2, [NewMiss("a/b.png", "0" * 32, "a", "", "c", 0.5)])
    assert plain(release_words.miss(first.misses[0], first)) == "b.png is a; Run 1 would call it c (50 % sure)."
    assert "Asked about the golden set (3 pictures): Run 1 gets 2 right." in said(first)
    alarm = NewMiss("a/b.png", "0" * 32, "a", "a", "c", 0.5, "false_alarm")
    by_test = GateJudged("run-0002", FIRST, "test", 9, 9, 9, [alarm], still_wrong=2, unsure=1, missing=1)
    assert f"the test pictures of “{FIRST}” (9 pictures)" in said(by_test)
    for text in (
        "1 good part would newly be called a defect.",
        "2 are wrong as before.",
        "1 more is left to a person.",
    ):
        assert text in said(by_test)
    assert "1 picture could not be asked about" in said(by_test)


def said(found: GateJudged) -> str:
    return " ".join(text for _, text in release_words.judgement(found))


# ---- the releases


def test_the_list_says_who_why_and_which_is_in_use(page: EvaluatePage, engine: PlayedEngine, qtbot: Any) -> None:
    open_card(page, engine, qtbot, judged())
    rows = page.releasing.list.rows
    qtbot.waitUntil(lambda: rows[0].isVisible())
    assert [row.name for row in rows] == [SECOND, FIRST]
    assert rows[0].chip.isVisible() and not rows[0].use.isVisible()
    assert not rows[1].chip.isVisible() and rows[1].use.isVisible()
    assert "Grace · Run 1 · 12 of 12 right (100 %; truly " in plain(rows[0].facts.plain())
    assert rows[1].why.plain() == "The first one."
    rows[1].use.click()
    qtbot.waitUntil(lambda: page.session.releases.known.in_use == FIRST)
    play_out(page.session, qtbot)
    qtbot.waitUntil(lambda: page.releasing.list.rows[1].chip.isVisible())


def test_a_release_that_was_changed_is_not_taken_into_use(page: EvaluatePage, engine: PlayedEngine, qtbot: Any) -> None:
    open_card(page, engine, qtbot, judged())
    project = page.session.project
    assert project is not None
    package = project.releases.get(FIRST).package
    package.chmod(0o644)
    package.write_bytes(b"another")
    page.releasing.list.rows[1].use.click()
    qtbot.waitUntil(lambda: page.message.isVisible())
    play_out(page.session, qtbot)
    assert "was changed after it was made" in page.message.text()
    assert page.session.releases.known.in_use == SECOND
    shutil.rmtree(package.parent)
    page.session.releases.refresh()
    play_out(page.session, qtbot)
    assert list(page.session.releases.known.broken) == [FIRST]


def test_a_release_is_exported(
    page: EvaluatePage, engine: PlayedEngine, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_card(page, engine, qtbot, judged())
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "to the line"), ""))
    page.releasing.list.rows[0].export.click()
    project = page.session.project
    assert project is not None
    assert engine.jobs[-1] == ExportJob(str(project.root), str(tmp_path / "to the line.discern"), release=SECOND)
    engine.play(Exported(str(tmp_path / "to the line.discern"), 13_400_000, 20, 0.0))
    engine.end()
    qtbot.waitUntil(lambda: page.message.isVisible())
    play_out(page.session, qtbot)
    assert f"“{SECOND}” is exported." in page.message.text()


# ---- comparing


def test_a_run_is_compared_with_a_release(page: EvaluatePage, engine: PlayedEngine, qtbot: Any) -> None:
    texts = [action.text() for action in page.comparing.menu().actions()]
    assert texts[0].startswith(f"“{SECOND}”") and texts[1].startswith(f"“{FIRST}”") and texts[3].startswith("Run 1")
    page.comparing.menu().actions()[1].trigger()
    project = page.session.project
    assert project is not None and page._result is not None
    assert engine.jobs[-1] == CompareJob(str(project.root), FIRST, "run-0002", "test")
    card = page.comparing.card
    assert "Comparing with" in card.title.text()
    files = page._result.predictions.files
    engine.play(Progress(Step.ASK, 3, 12), Compared("run-0002", FIRST, "test", 12, 10, 12, list(files[:2]), [], 0.5))
    engine.end()
    qtbot.waitUntil(lambda: card.became_wrong.isVisible())
    play_out(page.session, qtbot)
    assert card.title.text() == f"Run 2 against “{FIRST}”"
    assert "10 to 12 right. Too close to call" in card.words.plain()
    card.became_wrong.click()
    assert [page.view.behind.model.file(row) for row in range(2)] == list(files[:2])
    play_out(page.session, qtbot)


def test_a_comparison_that_fails_is_told(page: EvaluatePage, engine: PlayedEngine, qtbot: Any) -> None:
    page.comparing.compare_with_release(FIRST)
    engine.end(DataError("That does not work."))
    qtbot.waitUntil(lambda: page.message.isVisible())
    assert not page.comparing.card.isVisible()
    play_out(page.session, qtbot)


# ---- the Use page


@pytest.fixture
def use(session: Session, theme: Theme, qtbot: Any) -> UsePage:
    made = UsePage(session, theme)
    show_page(made, qtbot)
    qtbot.waitUntil(lambda: made.model is not None and made.model.release != "")
    return made


def test_the_release_in_use_predicts(use: UsePage, qtbot: Any) -> None:
    assert use.model is not None and use.model.title == SECOND
    assert use.model_card.released.isVisible() and not use.model_card.use.isVisible()
    assert "by Grace, from Run 1" in use.model_card.text() and use.model_card.chip.isVisible()
    project = use.session.project
    assert project is not None and use.model.package == project.releases.get(SECOND).package
    play_out(use.session, qtbot)


def test_another_release_can_be_tried_and_taken_into_use(use: UsePage, qtbot: Any) -> None:
    texts = [action.text() for action in use.choice.menu().actions()]
    assert texts[0].startswith(f"“{SECOND}”") and texts[0].endswith("in use") and texts[1].startswith(f"“{FIRST}”")
    use.choice.menu().actions()[1].trigger()
    qtbot.waitUntil(lambda: use.model is not None and use.model.release == FIRST)
    assert use.model_card.use.isVisible() and not use.model_card.released.isVisible()
    use.model_card.use.click()
    qtbot.waitUntil(lambda: use.session.releases.known.in_use == FIRST)
    play_out(use.session, qtbot)
    assert use.model_card.released.isVisible()


def test_the_release_that_is_shown_is_exported(
    use: UsePage, engine: PlayedEngine, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "x.discern"), ""))
    use.export_card.button.click()
    project = use.session.project
    assert project is not None
    assert engine.jobs[-1] == ExportJob(str(project.root), str(tmp_path / "x.discern"), None, SECOND)
    engine.play(Exported(str(tmp_path / "x.discern"), 13_400_000, 20, 0.0))
    engine.end()
    play_out(use.session, qtbot)
    assert "x.discern: 20 of 20" in plain(use.export_card.text())


def test_a_release_that_was_changed_is_refused(use: UsePage, qtbot: Any) -> None:
    project = use.session.project
    assert project is not None
    test = project.releases.get(FIRST).test_csv
    test.chmod(0o644)
    test.write_bytes(b"other")
    use.choice.menu().actions()[1].trigger()
    qtbot.waitUntil(lambda: use.message.isVisible())
    play_out(use.session, qtbot)
    assert "was changed after it was made" in use.message.text()
    assert use.model is not None and use.model.release == SECOND
