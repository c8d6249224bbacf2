"""The Evaluate page on stored results."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible

from desktop_app.engine.jobs import EvaluateJob
from desktop_app.errors import DataError
from desktop_app.evaluation.comparison import Comparison
from desktop_app.evaluation.costs import Costs
from desktop_app.evaluation.rules import Rule
from desktop_app.events import Progress, Step
from desktop_app.project.health import Finding, Health
from desktop_app.project.project import Access, Project
from desktop_app.ui.models.confusion import Confusion, Role
from desktop_app.ui.models.unsure import PROMISES
from desktop_app.ui.pages.evaluate import EvaluatePage
from desktop_app.ui.widgets.comparison_card import comparison_in_words
from desktop_app.ui.widgets.share_chart import Mark
from tests.ui import demo

CLASSES = {"good": 40, "scratched": 40, "chipped": 40}
CHIPPED, GOOD, SCRATCHED = range(3)  # in the project's order
MISTAKES = {(SCRATCHED, CHIPPED): 4, (CHIPPED, SCRATCHED): 2, (GOOD, SCRATCHED): 1}


@pytest.fixture
def classes():
    return CLASSES


@pytest.fixture
def results():
    """Per run: the results to store, split → mistakes."""
    return [{"test": MISTAKES}]


@pytest.fixture
def opened(qtbot, tmp_path, engine, classes, results):
    root = demo.draw_project(tmp_path / "parts", classes)
    with Project.open(root) as project:
        for stored in results:
            run = demo.add_run(project)
            for split, mistakes in stored.items():
                demo.add_result(run, split, mistakes)
    session = demo.open_session(qtbot, root, engine)
    yield session
    demo.close_session(qtbot, session)


@pytest.fixture
def page(qtbot, opened, theme):
    page = EvaluatePage(opened, theme)
    demo.show_page(page, qtbot)
    return page


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def shown(page):
    return page._result is not None


def choose_split(qtbot, page, split):
    qtbot.mouseClick(page.head.split_box.button(split), Qt.MouseButton.LeftButton)
    demo.play_out(page.session, qtbot)


# ---- the result


def test_the_headline_has_its_doubt(page):
    assert page.view.headline.number.text() == "17 of 24 right"
    assert plain(page.view.headline.doubt.text()) == "71 %; truly 50–85 %"
    checks = page.view.headline.checks()
    assert checks[0].startswith("The test pictures were locked")
    assert any("more would halve its error bar" in check for check in checks)


def test_the_most_frequent_mistake_is_shown_first(page):
    assert page.view.matrix.matrix.cell(page.view.matrix.currentIndex()) == Confusion(SCRATCHED, CHIPPED, 4)
    assert page.view.behind._title.text() == "4 pictures behind the cell"
    assert page.view.behind.model.rowCount() == 4
    assert page.view.behind._both_ways.isVisible(), "confused both ways"


def test_a_click_on_a_cell_shows_its_pictures(qtbot, page):
    index = page.view.matrix.matrix.index_of(Confusion(GOOD, SCRATCHED, 1))
    place = page.view.matrix.visualRect(index).center()
    qtbot.mouseClick(page.view.matrix.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert page.view.behind._title.text() == "1 picture behind the cell"
    assert page.view.behind._words.plain() == "good, called scratched. Surest mistake first."
    assert not page.view.behind._both_ways.isVisible()
    file = page.view.behind.model.file(0)
    assert file.startswith("good/")


def test_arrow_keys_walk_the_matrix(qtbot, page):
    page.view.matrix.setFocus()
    qtbot.keyClick(page.view.matrix, Qt.Key.Key_Right)
    assert page.view.matrix.matrix.cell(page.view.matrix.currentIndex()) == Confusion(SCRATCHED, GOOD, 0)
    for _ in range(5):
        qtbot.keyClick(page.view.matrix, Qt.Key.Key_Right)
    cell = page.view.matrix.matrix.cell(page.view.matrix.currentIndex())
    assert cell == Confusion(SCRATCHED, SCRATCHED, 4), "the column of sums can't be reached"
    assert page.view.behind._words.plain() == "scratched, called right. Surest first."


def test_an_empty_cell_says_so(page):
    page.view.matrix.choose(Confusion(CHIPPED, GOOD, 0))
    assert page.view.behind._words.plain() == "chipped was never called good."
    assert page.view.behind.model.rowCount() == 0


def test_cells_are_read_out(page):
    table = QAccessible.queryAccessibleInterface(page.view.matrix)
    spoken = {table.child(place).text(QAccessible.Text.Name) for place in range(table.childCount())}
    assert "actual scratched, called chipped, 4 pictures" in spoken
    assert {"called chipped", "actual scratched"} <= spoken, "its heads, too"


def test_a_picture_opens_in_full_and_closes(qtbot, page):
    page.view.behind.grid.setFocus()
    page.view.behind.grid.setCurrentIndex(page.view.behind.model.index(1))
    qtbot.keyClick(page.view.behind.grid, Qt.Key.Key_Space)
    assert page.full_view.isVisible()
    assert page.full_view.panel.called.plain() == "chipped"
    assert page.full_view.panel.verdict.text() == "wrong"
    demo.play_out(page.session, qtbot)
    qtbot.keyClick(page.full_view, Qt.Key.Key_Escape)
    assert not page.full_view.isVisible()
    assert page.view.behind.grid.currentIndex().row() == 1


def test_thumbnails_are_loaded(qtbot, page):
    file = page.view.behind.model.file(0)
    qtbot.waitUntil(lambda: page.session.thumbnails.picture(file) is not None)


def test_class_table_and_matrix_go_together(page):
    table = page.view.table
    assert [result.name for result in table.table.results] == ["scratched", "chipped", "good"]
    assert table.currentIndex().row() == 0, "the class of the chosen cell"
    table.selectRow(2)
    assert page.view.matrix.matrix.cell(page.view.matrix.currentIndex()) == Confusion(GOOD, SCRATCHED, 1)
    assert page.view.behind.model.rowCount() == 1
    table.selectRow(1)
    assert page.view.behind.model.rowCount() == 6, "chipped: 2 missed, 4 called so wrongly"
    sure = [page.view.behind.model.called(row).how_sure for row in range(6)]
    assert sure == sorted(sure, reverse=True)


def test_the_list_of_mistakes_leads_to_their_cells(qtbot, page):
    rows = [row for row in page.view.confusions._rows if row.isVisible()]
    assert [row.confusion.count for row in rows] == [4, 2, 1]
    assert rows[1].accessibleName() == "actual chipped, called scratched, 2 pictures"
    qtbot.mouseClick(rows[1], Qt.MouseButton.LeftButton)
    assert page.view.matrix.matrix.cell(page.view.matrix.currentIndex()) == Confusion(CHIPPED, SCRATCHED, 2)


def test_shares_and_order_can_be_changed(qtbot, page):
    qtbot.mouseClick(page.view.shown_box.button("row shares"), Qt.MouseButton.LeftButton)
    index = page.view.matrix.matrix.index_of(Confusion(SCRATCHED, CHIPPED, 4))
    assert plain(index.data()) == "50 %"
    qtbot.mouseClick(page.view.worst_button, Qt.MouseButton.LeftButton)
    assert page.view.matrix.matrix.index(0, 0).data(Role.COUNT) == 4
    assert page.view.matrix.matrix.cell(page.view.matrix.currentIndex()) == Confusion(SCRATCHED, CHIPPED, 4)


def test_what_is_looked_at_survives_news_about_runs(qtbot, page):
    page.view.matrix.choose(Confusion(GOOD, SCRATCHED, 1))
    page.session.reload_runs()
    demo.play_out(page.session, qtbot)
    assert page.view.matrix.matrix.cell(page.view.matrix.currentIndex()) == Confusion(GOOD, SCRATCHED, 1)


def test_it_follows_the_theme(page, theme):
    assert "darker" in page.view.legend.text()
    theme.set_mode("dark")
    assert "brighter" in page.view.legend.text()


def test_a_small_window_stacks_the_columns(qtbot, page):
    page.set_compact(True)
    page.resize(896, 452)
    qtbot.wait(50)
    assert (
        page.view.behind.mapTo(page, page.view.behind.rect().topLeft()).y()
        > page.view.matrix.mapTo(page, page.view.matrix.rect().topLeft()).y()
    )
    assert page.minimumSizeHint().width() <= 896


# ---- splits


def test_other_splits_are_measured_on_demand(qtbot, page, engine):
    choose_split(qtbot, page, "train")
    assert not shown(page)
    assert page.measuring.measure.isVisible()
    qtbot.mouseClick(page.measuring.measure, Qt.MouseButton.LeftButton)
    root = str(page.session.project.root)
    assert engine.jobs == [EvaluateJob(root, "run-0001", "train")]
    engine.play(Progress(Step.MEASURE, 30, 72, 3.0))
    qtbot.waitUntil(lambda: "30 of 72" in page.measuring.view._why.plain())
    demo.add_result(page.session.runs[0], "train", {})
    engine.end()
    qtbot.waitUntil(lambda: shown(page))
    assert page.view.headline.number.text() == "72 of 72 right"
    assert "has learnt from these pictures" in page.view.headline.checks()[0]


def test_a_failed_measurement_is_told(qtbot, page, engine):
    choose_split(qtbot, page, "validation")
    qtbot.mouseClick(page.measuring.measure, Qt.MouseButton.LeftButton)
    engine.end(DataError("None of the pictures could be read.", hint="Put them back."))
    qtbot.waitUntil(lambda: page.message.isVisible())
    assert page.message.text() == "None of the pictures could be read. Put them back."
    assert page.measuring.measure.isEnabled()


def test_splits_say_how_many_pictures_they_have(page):
    assert [page.head.split_box.button(key).text() for key in ("test", "validation", "train")] == [
        "Test 24",
        "Validation 24",
        "Train 72",
    ]


def test_a_damaged_table_is_measured_anew(qtbot, page, opened):
    (opened.runs[0].folder / "predictions-test.csv").write_text("nonsense")
    page._result = None
    page._load()
    demo.play_out(opened, qtbot)
    assert page.measuring.measure.isVisible()


# ---- nothing to show


class TestUntrained:
    @pytest.fixture
    def results(self):
        return []

    def test_it_leads_to_train(self, qtbot, page):
        assert page.measuring.view._title.text() == "Nothing to evaluate yet"
        assert not page.head.run_box.isVisible()
        with qtbot.waitSignal(page.page_requested) as asked:
            qtbot.mouseClick(page.measuring.train, Qt.MouseButton.LeftButton)
        assert asked.args == ["train"]


class TestUnmeasured:
    @pytest.fixture
    def results(self):
        return [{}]

    def test_it_can_be_measured(self, page):
        assert page.measuring.view._title.text() == "Not measured yet"
        assert page.measuring.measure.isVisible()


class TestFlawless:
    @pytest.fixture
    def results(self):
        return [{"test": {}}]

    def test_no_mistakes_are_said(self, page):
        assert page.view.headline.number.text() == "24 of 24 right"
        assert page.view.behind._title.text() == "No mistakes"
        assert not page.view.confusions_card.isVisible()


class TestNoTestPictures:
    @pytest.fixture
    def classes(self):
        return {"good": 1, "bad": 1}

    @pytest.fixture
    def results(self):
        return [{}]

    def test_it_says_what_to_do(self, page):
        assert page.measuring.view._title.text() == "There are no test pictures"
        assert not page.measuring.measure.isVisible()


class TestSeveralRuns:
    @pytest.fixture
    def results(self):
        return [{"test": {}}, {"test": MISTAKES}]

    def test_the_newest_is_shown_and_others_can_be_chosen(self, qtbot, page):
        assert page.view.headline.number.text() == "17 of 24 right"
        page.head.run_box.setCurrentIndex(1)
        demo.play_out(page.session, qtbot)
        assert page.view.headline.number.text() == "24 of 24 right"


class TestManyClasses:
    @pytest.fixture
    def classes(self):
        return {f"a class with a rather long name, number {number:02}": 5 for number in range(40)}

    @pytest.fixture
    def results(self):
        return [{"test": {(2, 15): 1, (30, 4): 1}}]

    def test_the_matrix_scrolls_under_its_heads(self, page):
        matrix = page.view.matrix
        assert matrix.height() <= 15 * 34 + 34 + 20
        assert matrix.verticalScrollBar().maximum() > 0
        assert matrix.horizontalScrollBar().maximum() > 0
        assert matrix.columnWidth(0) >= 48
        page.view.matrix.choose(Confusion(30, 4, 1))
        assert matrix.viewport().rect().contains(matrix.visualRect(matrix.currentIndex()))


# ---- unsure


def rule_of(page):
    return Rule.of(page.run)


def move_slider(qtbot, page, place):
    page.promising.card.slider.setValue(place)
    qtbot.wait(500)
    demo.play_out(page.session, qtbot)


def test_without_validation_results_it_offers_to_measure(qtbot, page, engine):
    card = page.promising.card
    assert card.measure.isVisible()
    assert not card.slider.isVisible()
    qtbot.mouseClick(card.measure, Qt.MouseButton.LeftButton)
    job = engine.jobs[-1]
    assert (job.run, job.split, job.calibrate) == ("run-0001", "test", True)
    with Project.open(page.session.project.root, Access.READ) as project:
        demo.add_result(project.runs.get("run-0001"), "validation", MISTAKES)
    engine.end()
    qtbot.waitUntil(card.slider.isVisible, timeout=10_000)


@pytest.mark.parametrize("results", [[{"test": MISTAKES, "validation": MISTAKES}]])
class TestPromise:
    def test_it_always_answers_at_first(self, page):
        assert page.promising.card.slider.value() == 0
        assert page.promising.card.figures.harm.value.text() == "7 of 24"
        assert page.promising.card.figures.unsure.value.text() == "0 of 24"
        assert not page.promising.card.figures.false_alarms.isVisible()
        assert rule_of(page) is None

    def test_a_stricter_promise_leaves_more_to_a_person(self, qtbot, page):
        asked, harmed = [], []
        for place in range(len(PROMISES) + 1):
            page.promising.card.slider.setValue(place)
            asked.append(int(page.promising.card.figures.unsure.value.text().split(" ")[0]))
            harmed.append(int(page.promising.card.figures.harm.value.text().split(" ")[0]))
        assert asked == sorted(asked)
        assert harmed == sorted(harmed, reverse=True)
        assert (asked[-1], harmed[-1]) == (24, 0)
        assert "Too few pictures to promise that" in page.promising.card.words.text()

    def test_the_promise_is_kept_with_the_run(self, qtbot, page, opened, theme):
        move_slider(qtbot, page, 1)
        assert rule_of(page).promise == PROMISES[0]
        again = EvaluatePage(opened, theme)
        demo.show_page(again, qtbot)
        assert again.promising.card.slider.value() == 1
        move_slider(qtbot, again, 0)
        assert rule_of(again) is None

    def test_roles_turn_mistakes_into_missed_defects(self, qtbot, page, opened):
        move_slider(qtbot, page, 1)
        shown = [replace(info, role="good" if info.name == "good" else "defect") for info in opened.classes]
        opened.project.show_classes(shown)
        opened.rescan()
        qtbot.waitUntil(page.promising.card.figures.false_alarms.isVisible, timeout=10_000)
        assert page.promising.card.figures.harm.title.text() == "Missed defects"
        assert page.promising.card.figures.false_alarms.value.text().endswith("of 8"), "of the good ones"
        assert page.promising.card.figures.harm.value.text().endswith("of 16"), "of the defects"
        assert rule_of(page).good == ("good",)

    def test_good_classes_are_chosen_here_in_one_step(self, qtbot, page, opened):
        assert page.view.headline.sides.isHidden()
        (good,) = [chip for chip in page.promising.card.sides.chips if chip.text() == "good"]
        qtbot.mouseClick(good, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(page.view.headline.sides.isVisible, timeout=10_000)
        assert {info.name: info.role for info in opened.classes} == {
            "good": "good",
            "scratched": "defect",
            "chipped": "defect",
        }
        words = plain(page.view.headline.sides.text())
        assert words.startswith("Missed defects: 0 of 16, truly 0–19 %\nFalse alarms: 1 of 8, truly ")
        assert any("0 of 16 defects missed still allows 1 in 5" in text for text in page.view.headline.checks())
        opened.organiser.undo()
        qtbot.waitUntil(page.view.headline.sides.isHidden, timeout=10_000)
        assert {info.role for info in opened.classes} == {""}

    def test_costs_decide_in_place_of_a_promise(self, qtbot, page, opened, theme):
        card = page.promising.card
        qtbot.mouseClick(card.aim.button("costs"), Qt.MouseButton.LeftButton)
        assert card.costs.isVisible() and not card.slider.isVisible()
        assert not card.costs.false_alarm.isVisible(), "no roles"
        assert card.figures.cost.title.text() == "Cost of 1,000 pictures"
        assert "if never unsure" in card.figures.cost.doubt.text()
        card.costs.harm.setValue(1000)
        dear = int(card.figures.unsure.value.text().split(" ")[0])
        card.costs.harm.setValue(2)
        assert int(card.figures.unsure.value.text().split(" ")[0]) < dear
        qtbot.wait(500)
        demo.play_out(page.session, qtbot)
        assert rule_of(page).costs == Costs(2.0, 0.0, 1.0) and rule_of(page).promise is None
        again = EvaluatePage(opened, theme)
        demo.show_page(again, qtbot)
        assert again.promising.card.aim.current() == "costs" and again.promising.card.costs.harm.value() == 2
        qtbot.mouseClick(again.promising.card.aim.button("promise"), Qt.MouseButton.LeftButton)
        assert not again.promising.card.figures.cost.isVisible()

    def test_with_roles_false_alarms_and_rare_defects_have_their_cost(self, qtbot, page, opened):
        (good,) = [chip for chip in page.promising.card.sides.chips if chip.text() == "good"]
        qtbot.mouseClick(good, Qt.MouseButton.LeftButton)
        card = page.promising.card
        qtbot.waitUntil(card.figures.false_alarms.isVisible, timeout=10_000)
        qtbot.mouseClick(card.aim.button("costs"), Qt.MouseButton.LeftButton)
        assert card.costs.false_alarm.isVisible() and card.costs.defects.isVisible()
        assert plain(card.costs.defects.currentText()) == "as here, 67 %"
        as_here = card.figures.cost.value.text()
        card.costs.defects.setCurrentIndex(card.costs.defects.findData(0.01))
        assert card.costs.costs() == Costs(50.0, 5.0, 1.0, 0.01)
        assert card.figures.cost.value.text() != as_here
        assert "defect" in card.words.text()

    def test_a_wrong_answer_costs_the_same_once_roles_are_set(self, qtbot, page):
        card = page.promising.card
        qtbot.mouseClick(card.aim.button("costs"), Qt.MouseButton.LeftButton)
        qtbot.wait(500)
        demo.play_out(page.session, qtbot)
        (good,) = [chip for chip in card.sides.chips if chip.text() == "good"]
        qtbot.mouseClick(good, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(card.figures.false_alarms.isVisible, timeout=10_000)
        assert card.costs.costs() == rule_of(page).costs == Costs(20.0, 20.0, 1.0)

    def test_the_fold_draws_how_well_it_judges(self, qtbot, page):
        deeper = page.promising.card.judgement
        assert "is off by" in deeper.fold.header.accessibleName()
        deeper.fold.set_open(True)
        chart = deeper.chart
        assert deeper.subject.isVisible() and chart.drawing.diagonal
        assert "Area under the curve" in deeper.words.text() and "works now" in deeper.words.text()
        assert len(chart.drawing.marks) == 1
        page.promising.card.slider.setValue(len(PROMISES))
        assert len(chart.drawing.marks) == 2, "what stands, and what would if it were never unsure"
        assert chart.drawing.marks[1] == Mark(0.0, 0.0), "nothing stands"
        deeper.subject.setCurrentIndex(GOOD)
        assert "good" in chart.drawing.up
        qtbot.mouseClick(deeper.view.button("precision"), Qt.MouseButton.LeftButton)
        assert "Average precision" in deeper.words.text() and not chart.drawing.diagonal
        qtbot.mouseClick(deeper.view.button("sure"), Qt.MouseButton.LeftButton)
        assert not deeper.subject.isVisible()
        assert all(mark.whisker for mark in chart.drawing.marks) and chart.drawing.lines[0].quiet
        assert chart.accessibleDescription().startswith("On the test pictures “how sure” is off by")

    def test_only_the_test_pictures_show_it(self, qtbot, page):
        choose_split(qtbot, page, "validation")
        assert not page.promising.card.isVisible()


def test_the_headline_doubts_its_means_too(page):
    words = plain(page.view.headline.means.text())
    assert words.startswith("Each class counting the same: 71 %, truly ")
    assert "Macro-F1: 7" in plain(page.view.headline.means.toolTip())


# ---- comparing runs


class TestCompare:
    @pytest.fixture
    def results(self):
        """The first run is better on scratched ones; the second was made later and is shown."""
        return [{"test": {(SCRATCHED, CHIPPED): 1}}, {"test": {(SCRATCHED, CHIPPED): 4, (GOOD, SCRATCHED): 1}}, {}]

    @pytest.fixture
    def page(self, qtbot, page):
        page.head.run_box.setCurrentIndex(page.head.run_box.findData("run-0002"))
        demo.play_out(page.session, qtbot)
        return page

    def compare(self, qtbot, page, run):
        action = next(action for action in page.comparing.menu().actions() if action.text().startswith(run))
        action.trigger()
        demo.play_out(page.session, qtbot)

    def test_another_run_on_the_same_pictures(self, qtbot, page):
        self.compare(qtbot, page, "Run 1")
        card = page.comparing.card
        assert card.isVisible()
        assert card.title.text() == "Run 2 against Run 1"
        assert "24 pictures that both were measured on: 19 to 23 right. Too close to call" in card.words.text()
        assert not card.became_right.isEnabled()
        qtbot.mouseClick(card.became_wrong, Qt.MouseButton.LeftButton)
        assert page.view.behind.model.rowCount() == 4
        assert page.view.behind._title.text() == "Became wrong"
        qtbot.mouseClick(card._close, Qt.MouseButton.LeftButton)
        assert not card.isVisible()

    def test_a_run_that_was_not_measured(self, qtbot, page):
        self.compare(qtbot, page, "Run 3")
        assert page.comparing.card.title.text() == "Run 3 was not measured"
        assert not page.comparing.card.became_wrong.isVisible()

    def test_another_result_ends_it(self, qtbot, page):
        self.compare(qtbot, page, "Run 1")
        page.head.run_box.setCurrentIndex(page.head.run_box.findData("run-0001"))
        demo.play_out(page.session, qtbot)
        assert not page.comparing.card.isVisible()


def test_one_run_alone_is_not_compared(page):
    assert not page.comparing.button.isVisible()


def test_what_is_more_than_chance_is_said():
    found = Comparison(400, 300, 350, np.arange(70), np.arange(20), 2e-7)
    assert "Run 2 is better than Run 1: chance alone does that less than once in 100 times." in in_words(found)
    worse = Comparison(400, 350, 338, np.arange(3), np.arange(15), 0.0075)
    assert "Run 1 is better than Run 2" in in_words(worse)
    assert "about 4 times in 100" in in_words(Comparison(400, 350, 338, np.arange(6), np.arange(18), 0.031))
    assert "no picture in common" in in_words(Comparison(0, 0, 0, np.arange(0), np.arange(0), 1.0))


def in_words(found):
    return comparison_in_words(found, "Run 2", "Run 1")


def test_labels_that_look_wrong_are_a_click_away(qtbot, page, opened):
    assert not page.labels.isVisible()
    findings = np.zeros(len(opened.catalog.files), np.uint16)
    findings[:3] = Finding.DOUBTFUL
    opened.show_health(Health(opened.catalog.files, findings, np.full(len(findings), -1, np.int32)))
    assert page.labels.what.text() == "3 labels look wrong."
    qtbot.mouseClick(page.labels.check, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.message.isVisible)
    assert page.message.text() == "No label looks wrong any more.", "there is no judgement in the index"
