"""The runs on the Train page: compared, named, annotated, deleted and brought back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible

from desktop_app.events import OptionChosen, RegularisationChosen, to_dict
from desktop_app.project.project import Project
from desktop_app.ui.dialogs.question import Question
from desktop_app.ui.models.run_comparison import MOST_CLASSES, compare_runs
from desktop_app.ui.models.runs import RunListModel, run_rows
from desktop_app.ui.pages.train import TrainPage
from tests.ui import demo

CLASSES = {"good": 20, "scratched": 20, "chipped": 20}


@pytest.fixture
def classes():
    return CLASSES


@pytest.fixture
def runs():
    """Arguments of `demo.add_run`, the oldest first, and the mistakes of each on the test pictures."""
    return [
        ({"recipe": "quick"}, {(0, 1): 3, (1, 2): 1}),
        ({"recipe": "balanced"}, {(0, 1): 1}),
        ({"recipe": "balanced", "status": "failed"}, None),
    ]


@pytest.fixture
def opened(qtbot, tmp_path, engine, runs, classes):
    root = demo.draw_project(tmp_path / "parts", classes)
    with Project.open(root) as project:
        for arguments, mistakes in runs:
            run = demo.add_run(project, **arguments)
            if mistakes is not None:
                run.document["recipe"] |= {"seed": run.number, "rotate": "any" if run.number > 1 else "none"}
                run.save()
                demo.add_result(run, "test", mistakes)
    session = demo.open_session(qtbot, root, engine)
    yield session
    demo.close_session(qtbot, session)


@pytest.fixture
def page(qtbot, opened, theme):
    page = TrainPage(opened, theme)
    demo.show_page(page, qtbot)
    return page


@pytest.fixture
def panel(page):
    return page.side.runs


def press(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def settle(page, qtbot):
    demo.play_out(page.session, qtbot)


def key(qtbot, panel, what, row=0):
    panel.list.setFocus()
    panel.list.setCurrentIndex(panel.list.runs.index(row))
    qtbot.keyClick(panel.list, what)


def ids(panel):
    return [row.id for row in panel.list.runs.rows]


# ---- compared


def tick(qtbot, panel, *rows):
    for row in rows:
        key(qtbot, panel, Qt.Key.Key_Space, row)


def test_ticked_runs_are_compared(qtbot, page, panel):
    assert not panel.compare.isEnabled()
    tick(qtbot, panel, 1, 2)
    assert panel.compare.text() == "Compare 2"
    press(qtbot, panel.compare)
    settle(page, qtbot)
    assert page.view.head.text().startswith("Compared: Run 2, Run 1")
    texts = page.view.compared.texts()
    assert "Recipe: Balanced, Quick" in texts
    assert "Seed: 2, 1" in texts
    assert "May parts appear rotated: Any way, No" in texts
    assert "good: 3 of 4, 3 of 4" not in texts
    assert page.view.compared.verdict.plain().startswith("On the 12 pictures that both were measured on: 11 to 8 right")
    page.view.curves.redraw()
    assert page.view.curves.top.plot.accessibleDescription().startswith("Run 2: ")
    press(qtbot, panel.compare)
    settle(page, qtbot)
    assert not page.view.compared.isVisible()
    assert "Compared" not in page.view.head.text()


def test_a_click_on_the_box_ticks_and_elsewhere_shows(qtbot, page, panel):
    rect = panel.list.visualRect(panel.list.runs.index(2))
    for x, ticked in ((20, ["run-0001"]), (160, ["run-0001"]), (20, [])):
        place = rect.topLeft() + type(rect.topLeft())(x, 20)
        qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert panel.list.runs.chosen() == ticked
    assert page.view.head.text().startswith("Run 1:")


def test_going_to_a_run_ends_the_comparison(qtbot, page, panel):
    tick(qtbot, panel, 1, 2)
    press(qtbot, panel.compare)
    settle(page, qtbot)
    assert page.view.compared.isVisible()
    panel.list.setCurrentIndex(panel.list.runs.index(0))
    settle(page, qtbot)
    assert not page.view.compared.isVisible()
    assert not panel.compare.isChecked()


def test_a_run_without_a_result_is_compared_by_what_there_is(opened, qtbot):
    compared = compare_runs(opened.runs[:2])
    results = {row.label: row.values for row in compared.results}
    assert results["Test pictures right"][0] == "–"
    assert results["Test pictures right"][1].startswith("11 of 12")
    assert compared.classes == ()
    assert compared.verdict == ""


class TestManyClasses:
    @pytest.fixture
    def classes(self):
        return {f"类别 {number:02}": 5 for number in range(20)}

    def test_those_that_differ_most_are_shown(self, opened):
        compared = compare_runs(opened.runs[1:])
        assert len(compared.classes) == MOST_CLASSES
        assert compared.classes_left_out == 20 - MOST_CLASSES
        assert compared.classes[0].differs
        assert not compared.classes[-1].differs


def test_rows_speak_and_tell_which_model_is_in_use(opened, qapp, qtmodeltester):
    model = RunListModel()
    model.set_rows(run_rows(opened.runs))
    qtmodeltester.check(model)
    assert [row.in_use for row in model.rows] == [False, True, False]
    assert [row.in_use for row in run_rows(opened.runs, released="run-0001")] == [False, False, True]
    assert "failed" in model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    model.toggle("run-0002")
    assert model.index(1).data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
    model.set_rows(run_rows(opened.runs[:1]))
    assert model.chosen() == []


# ---- named and annotated


def test_a_run_gets_a_name_and_a_note(qtbot, page, panel, opened):
    key(qtbot, panel, Qt.Key.Key_F2, 1)
    assert panel.editor.isVisible()
    qtbot.keyClicks(panel.editor.name, "before relabelling")
    panel.editor.note.setPlainText("Lamp 2 was off.\n第二行")
    press(qtbot, panel.editor.save)
    settle(page, qtbot)
    run = opened.project.runs.get("2")
    assert (run.name, run.note) == ("before relabelling", "Lamp 2 was off.\n第二行")
    assert "“before relabelling”" in panel.list.runs.rows[1].detail
    assert "Lamp 2 was off." in page.view.head.text()


def test_escape_leaves_the_words_as_they_are(qtbot, page, panel, opened):
    key(qtbot, panel, Qt.Key.Key_F2, 1)
    qtbot.keyClicks(panel.editor.name, "oops")
    panel.editor.cancel.click()
    settle(page, qtbot)
    assert not panel.editor.isVisible()
    assert opened.project.runs.get("2").name == ""


# ---- deleted


def test_a_deleted_run_is_brought_back_by_undo(qtbot, page, panel):
    key(qtbot, panel, Qt.Key.Key_Delete, 1)
    settle(page, qtbot)
    assert ids(panel) == ["run-0003", "run-0001"]
    assert panel.message.text() == "Run 2 is in the trash."
    assert panel.deleted.isVisible()
    undo = next(button for button in panel.message.findChildren(type(panel.more)) if button.text() == "Undo")
    undo.click()
    settle(page, qtbot)
    assert ids(panel) == ["run-0003", "run-0002", "run-0001"]
    assert not panel.message.isVisible()
    assert not panel.deleted.isVisible()


def test_deleted_runs_can_be_restored_later(qtbot, page, panel, opened):
    opened.project.runs.describe("run-0001", "the first", "")
    page.keeping.delete("run-0001")
    settle(page, qtbot)
    assert [run.title for run in panel.deleted.runs] == ["Run 1 · “the first”"]
    page.keeping.restore("run-0001")
    settle(page, qtbot)
    assert ids(panel)[-1] == "run-0001"


def test_deleting_a_run_is_a_step_of_the_one_history(qtbot, page, panel, opened):
    page.keeping.delete("run-0002")
    settle(page, qtbot)
    assert str(opened.organiser.undo_label) == "Delete run 2"
    opened.organiser.undo()  # Ctrl+Z
    settle(page, qtbot)
    assert ids(panel) == ["run-0003", "run-0002", "run-0001"]
    assert not panel.message.isVisible()
    opened.organiser.redo()
    settle(page, qtbot)
    assert ids(panel) == ["run-0003", "run-0001"]
    assert panel.message.text() == "Run 2 is in the trash."
    picture = next(file for file in opened.catalog.files if file.startswith("good/"))
    opened.organiser.trash([picture])
    settle(page, qtbot)
    undo = next(button for button in panel.message.findChildren(type(panel.more)) if button.text() == "Undo")
    undo.click()  # that of this run, though another step came after it
    settle(page, qtbot)
    assert ids(panel) == ["run-0003", "run-0002", "run-0001"]
    assert str(opened.organiser.undo_label) == "Restore run 2"


def test_only_a_question_deletes_for_good(qtbot, page, panel, opened):
    for run in ("run-0001", "run-0002"):
        page.keeping.delete(run)
        settle(page, qtbot)
    page.keeping.ask_purge()
    question = page.window().findChildren(Question)[-1]
    question.reject()
    settle(page, qtbot)
    assert len(panel.deleted.runs) == 2
    page.keeping.ask_purge()
    question = page.window().findChildren(Question)[-1]
    assert not question.yes.isDefault()
    question.accept()
    settle(page, qtbot)
    assert opened.project.runs.trash.list() == []
    assert ids(panel) == ["run-0003"]


def test_nothing_is_changed_while_a_job_runs(qtbot, page, panel, engine, opened):
    press(qtbot, page.left.main)
    qtbot.waitUntil(lambda: engine.running is not None)
    assert all(not action.isEnabled() for action in page.keeping.menu("run-0001").actions())
    page.keeping.delete("run-0001")
    page.keeping.ask_words("run-0001")
    assert not panel.editor.isVisible()
    engine.end()
    settle(page, qtbot)
    assert len(ids(panel)) == 3


def test_a_refused_change_is_told_at_the_runs(qtbot, page, panel, opened):
    (opened.project.runs.trash.folder / "run-0001").mkdir(parents=True)
    page.keeping.delete("run-0001")
    settle(page, qtbot)
    assert panel.message.isVisible()
    assert len(ids(panel)) == 3


# ---- how many there are


class TestNone:
    @pytest.fixture
    def runs(self):
        return []

    def test_says_what_a_run_is(self, panel):
        assert not panel.list.isVisible()
        assert not panel.compare.isVisible()
        assert panel._empty.isVisible()


class TestFifty:
    @pytest.fixture
    def runs(self):
        return [({"recipe": "quick", "curves": []}, None)] * 50

    def test_the_list_scrolls(self, page, panel, qtbot):
        assert len(ids(panel)) == 50
        assert panel.list.verticalScrollBar().maximum() > 0
        interface = QAccessible.queryAccessibleInterface(panel.list)
        assert interface.childCount() >= 50


# ---- what a run chose by trying


class TestTried:
    @pytest.fixture
    def runs(self):
        tried = RegularisationChosen([0.01, 0.1, 1.0], [0.8, 0.95, 0.9], 0.1)
        option = OptionChosen("imbalance", ["none", "weights"], [0.8, 0.9], "balanced_accuracy", "weights")
        return [({"tried": [to_dict(tried), to_dict(option)]}, None)]

    def test_is_folded_and_drawn(self, page):
        card = page.view.tried
        name = card.fold.header.accessibleName()
        assert name == "Chosen by trying, closed, λ 0.1, Rare classes: Weights"
        card.fold.set_open(True)
        assert card.chart.isVisible()
        assert not card.chart.grab().toImage().isNull()
        spoken = card.chart.accessibleDescription().replace("\N{NO-BREAK SPACE}", " ")
        assert spoken == "λ 0.01: 80 %; λ 0.1: 95 %; λ 1: 90 %"
        assert "Rare classes: Weights, the best of Nothing (80 %), Weights (90 %)." in card.words.text().replace(
            "\N{NO-BREAK SPACE}", " "
        )
        assert "that was tried" not in card.words.text()

    @pytest.mark.parametrize(("chosen", "end"), [(0.01, "smallest"), (1.0, "largest")])
    def test_the_end_of_what_was_tried_is_named(self, page, chosen, end):
        page.view.tried.show_tried([RegularisationChosen([0.01, 0.1, 1.0], [0.8, 0.95, 0.9], chosen)])
        assert f"It is the {end} that was tried." in page.view.tried.words.text()
