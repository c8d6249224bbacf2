"""The Use page with played events and real files."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog

from desktop_app.engine.jobs import ExportJob, PredictJob
from desktop_app.errors import PackageError
from desktop_app.evaluation import headline
from desktop_app.evaluation.rules import Rule
from desktop_app.events import Exported, FolderPredicted, Notice, PictureSkipped, Predicted, Progress, Step
from desktop_app.project.project import Project
from desktop_app.ui.models import model_in_use
from desktop_app.ui.models.model_in_use import ModelInUse, SelfTestPassed
from desktop_app.ui.models.predictions import Column
from desktop_app.ui.pages.use import UsePage
from tests.drawing import draw_picture
from tests.ui import demo

CLASSES = {"good": 20, "scratched": 20}


@pytest.fixture
def trained():
    return True


@pytest.fixture
def opened(qtbot, tmp_path, engine, trained):
    root = demo.draw_project(tmp_path / "parts", CLASSES)
    with Project.open(root) as project:
        if trained:
            demo.add_result(demo.add_run(project), "test", {(0, 1): 1})
    session = demo.open_session(qtbot, root, engine)
    yield session
    demo.close_session(qtbot, session)


@pytest.fixture
def page(qtbot, opened, theme):
    page = UsePage(opened, theme)
    demo.show_page(page, qtbot)
    return page


@pytest.fixture
def folder(tmp_path) -> Path:
    """Five new pictures, the last of which is none."""
    for number in range(4):
        draw_picture(tmp_path / "new" / f"{number}.png", number % 2, number)
    (tmp_path / "new" / "4.png").write_bytes(b"")
    return tmp_path / "new"


def events(count=4):
    rows = [Predicted(f"{number}.png", ("good", "scratched")[number % 2], 0.9 - number / 10) for number in range(count)]
    return [*rows, PictureSkipped("4.png", "empty file"), Progress(Step.PREDICT, 5, 5, 0.0)]


def export(qtbot, page, engine, difference=2.1e-5):
    """The run becomes a package, which the page asks for first."""
    page.model.package.write_bytes(b"a package")
    engine.play(Exported(str(page.model.package), 13_400_000, 20, difference))
    engine.end()
    qtbot.waitUntil(lambda: isinstance(engine.jobs[-1], PredictJob) and page.session.busy)


def predict(qtbot, page, engine, folder, csv="table"):
    page.predict(folder)
    export(qtbot, page, engine)
    Path(engine.jobs[-1].csv).parent.mkdir(parents=True, exist_ok=True)
    Path(engine.jobs[-1].csv).write_text(csv)
    engine.play(*events(), FolderPredicted(engine.jobs[-1].csv, {"good": 2, "scratched": 2}, 1, 0, 41.0))
    engine.end()
    demo.play_out(page.session, qtbot)


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


# ---- the model


def test_the_newest_run_is_in_use(page):
    assert plain(page.model_card.text()).startswith("Run 1 · Balanced\n7 of 8 right on its test pictures; truly ")
    assert not page.model_card.chip.isVisible(), "its package was not tested yet"


def test_a_worse_run_says_which_one_was_better(opened):
    """8 test pictures: 3 right is truly 14–69 %, so that 7 (88 %) is no chance."""
    demo.add_result(demo.add_run(opened.project), "test", {(0, 1): 2, (1, 0): 3})
    newest, first = opened.project.runs.list()
    assert plain(model_in_use.model_of_run(newest, (newest, first)).better) == "Run 1 · 7 of 8 right"
    assert model_in_use.model_of_run(first, (newest, first)).better == ""
    demo.add_result(newest, "test", {(0, 1): 2})
    assert model_in_use.model_of_run(newest, (newest, first)).better == "", "6 of 8 may truly be as good"


def test_runs_that_claim_no_more_are_not_looked_at(opened, monkeypatch):
    """To check a result, its model is read and everything is measured again."""
    demo.add_result(demo.add_run(opened.project), "test", {(0, 1): 2})
    newest, first = opened.project.runs.list()
    looked = []
    real = headline.stored_headline
    monkeypatch.setattr(headline, "stored_headline", lambda run: looked.append(run.id) or real(run))
    model_in_use.model_of_run(newest, (newest, first))
    assert looked == [newest.id]


@pytest.mark.parametrize("text", ["", "[]", '{"result": 5}', '{"result": {"right": 1, "n": 0}}', '{"result": {}}'])
def test_files_that_claim_nothing(opened, text):
    (run,) = opened.project.runs.list()
    (run.folder / "evaluation-test.json").write_text(text)
    assert headline.claimed_share(run) == 0


def test_the_page_says_that_another_run_was_better(qtbot, page, opened):
    demo.add_result(demo.add_run(opened.project), "test", {(0, 1): 2, (1, 0): 3})
    opened.reload_runs()
    qtbot.waitUntil(lambda: "Run 2" in page.model_card.text())
    assert plain(page.model_card.text()).endswith("Another one was better: Run 1 · 7 of 8 right")


class TestUntrained:
    @pytest.fixture
    def trained(self):
        return False

    def test_it_leads_to_train(self, qtbot, page):
        assert page.empty._title.text() == "No model to use yet"
        assert not page.choose_button.isVisible()
        assert not page.export_card.button.isEnabled()
        with qtbot.waitSignal(page.page_requested) as asked:
            qtbot.mouseClick(page.train_button, Qt.MouseButton.LeftButton)
        assert asked.args == ["train"]

    def test_a_new_run_comes_into_use_by_itself(self, qtbot, page, opened):
        demo.add_run(opened.project)
        opened.reload_runs()
        qtbot.waitUntil(lambda: page.model is not None)
        demo.play_out(opened, qtbot)
        assert page.choose_button.isVisible()


def test_a_package_from_elsewhere_is_tested_first(qtbot, page, monkeypatch, tmp_path):
    made = ModelInUse("theirs.discern", tmp_path / "theirs.discern", ("a", "b"), tested=SelfTestPassed(20, 3e-6))
    monkeypatch.setattr("desktop_app.ui.pages.choosing_model.model_of_package", lambda path: made)
    page.choice.choose_package(made.package)
    qtbot.waitUntil(lambda: page.model is made)
    assert page.model_card.chip.isVisible()
    assert "20 of 20 self-test pictures agree; largest difference 0.000003" in page.model_card.text()
    assert not page.export_card.button.isEnabled(), "it is a package already"


def test_a_hostile_package_is_refused_and_the_model_stays(qtbot, page, tmp_path):
    (tmp_path / "bad.discern").write_bytes(b"PK\x03\x04 nonsense")
    before = page.model
    page.choice.choose_package(tmp_path / "bad.discern")
    qtbot.waitUntil(lambda: page.message.isVisible(), timeout=20_000)
    demo.play_out(page.session, qtbot)
    assert page.model is before
    assert page.model_card.text().startswith("Run 1")


def test_models_can_be_changed(qtbot, page, opened):
    demo.add_run(opened.project, "quick")
    opened.reload_runs()
    qtbot.waitUntil(lambda: page.model.run == "run-0002")
    page.choice.choose_run(opened.runs[1])
    qtbot.waitUntil(lambda: page.model.run == "run-0001")
    opened.reload_runs()
    demo.play_out(opened, qtbot)
    assert page.model.run == "run-0001", "what was chosen stays"


# ---- a folder


def test_a_run_is_made_a_package_before_it_predicts(qtbot, page, engine, folder, opened):
    page.predict(folder)
    run = opened.runs[0]
    assert engine.jobs == [ExportJob(str(opened.project.root), str(run.folder / "model.discern"), run.id)]
    assert page.result.state.text() == "preparing the model"
    export(qtbot, page, engine)
    assert page.model_card.chip.isVisible()
    job = engine.jobs[1]
    assert (job.package, job.folder, job.sort_into) == (str(run.folder / "model.discern"), str(folder), None)
    assert page.result.state.text() == "sorting"


def test_a_fresh_package_is_used_again_a_stale_one_is_not(page, opened, folder, engine, qtbot):
    predict(qtbot, page, engine, folder)
    page.predict(folder)
    assert isinstance(engine.jobs[-1], PredictJob)
    engine.end()
    demo.play_out(opened, qtbot)
    os.utime(opened.runs[0].model_onnx, (4e9, 4e9))
    assert model_in_use.needs_export(page.model, opened.runs[0])


def test_predictions_arrive_live(qtbot, page, engine, folder):
    page.predict(folder)
    export(qtbot, page, engine)
    engine.play(*events(2)[:2], Progress(Step.PREDICT, 2, 5, 12.0))
    qtbot.waitUntil(lambda: page.result.model.total == 2)
    assert page.result.stop.isVisible()
    assert not page.result.save.isVisible()
    assert page.result.strip.accessibleName() == "good: 1, scratched: 1"
    assert "2 of 5" in page.result._summary.text()
    file = page.result.model.row(0).file
    qtbot.waitUntil(lambda: page.thumbnails.picture(file) is not None)


def test_the_finished_folder(qtbot, page, engine, folder):
    predict(qtbot, page, engine, folder)
    assert page.result.state.text() == "done"
    assert plain(page.result._summary.text()) == "5 pictures in 41 s · 1 could not be read"
    assert page.result._all.text() == "All 5"
    qtbot.mouseClick(page.result._unreadable, Qt.MouseButton.LeftButton)
    assert page.result.model.rowCount() == 1
    assert page.result.model.index(0, Column.CLASS).data() == "empty file"
    qtbot.mouseClick(page.result._all, Qt.MouseButton.LeftButton)
    assert page.result.model.rowCount() == 5


def test_what_the_model_is_unsure_of_is_left_to_a_person(qtbot, page, engine, folder):
    page.predict(folder)
    export(qtbot, page, engine)
    doubtful = replace(events()[2], unsure=True)
    engine.play(*events()[:2], doubtful, *events()[3:])
    engine.play(FolderPredicted(engine.jobs[-1].csv, {"good": 1, "scratched": 2}, 1, 0, 41.0, unsure=1))
    engine.end()
    demo.play_out(page.session, qtbot)
    assert "1 for a person to decide" in page.result._summary.text()
    assert page.result.strip.accessibleName() == "good: 1, scratched: 2, unsure: 1, could not be read: 1"
    qtbot.mouseClick(page.result._unsure, Qt.MouseButton.LeftButton)
    assert page.result.model.rowCount() == 1
    assert page.result.model.index(0, Column.CLASS).data() == "unsure; perhaps good"
    qtbot.mouseClick(page.result._all, Qt.MouseButton.LeftButton)
    assert page.result.model.rowCount() == 5


def test_another_promise_makes_another_package(page, opened):
    page.model.package.write_bytes(b"a package")
    assert not model_in_use.needs_export(page.model, opened.runs[0])
    Rule(0.02, 1.0, 0.9).save(opened.runs[0])
    os.utime(opened.runs[0].folder / "unsure.json", (4e9, 4e9))
    assert model_in_use.needs_export(page.model, opened.runs[0])
    assert "at most 2" in model_in_use.model_of_run(opened.runs[0]).facts


def test_a_class_of_the_strip_filters(qtbot, page, engine, folder):
    predict(qtbot, page, engine, folder)
    strip = page.result.strip
    strip.setFocus()
    qtbot.keyClick(strip, Qt.Key.Key_Right)
    qtbot.keyClick(strip, Qt.Key.Key_Space)
    assert {page.result.model.row(row).label for row in range(page.result.model.rowCount())} == {"scratched"}
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(strip.width() // 2, 4))
    assert page.result.model.rowCount() == 5, "the same class again shows all"


def test_a_picture_opens_in_full(qtbot, page, engine, folder):
    predict(qtbot, page, engine, folder)
    page.result.table.selectRow(1)
    page.result.table.setFocus()
    qtbot.keyClick(page.result.table, Qt.Key.Key_Space)
    assert page.full_view.isVisible()
    assert page.full_view.panel.called.plain() == "scratched"
    assert not page.full_view.panel.verdict.isVisible(), "nobody knows what it is"
    assert not page.full_view.panel.label.isVisible()
    demo.play_out(page.session, qtbot)
    qtbot.keyClick(page.full_view, Qt.Key.Key_Escape)
    assert page.result.table.currentIndex().row() == 1


def test_stop_keeps_what_came(qtbot, page, engine, folder):
    page.predict(folder)
    export(qtbot, page, engine)
    engine.play(*events(3)[:3])
    qtbot.waitUntil(lambda: page.result.model.total == 3)
    qtbot.mouseClick(page.result.stop, Qt.MouseButton.LeftButton)
    demo.play_out(page.session, qtbot)
    assert page.result.state.text() == "stopped"
    assert page.result.model.total == 3
    assert page.result.save.isEnabled()


def test_a_problem_is_told_at_the_page(qtbot, page, engine, folder):
    page.predict(folder)
    engine.end(PackageError("The model does not pass its own test.", hint="Train again."))
    qtbot.waitUntil(lambda: page.message.isVisible())
    demo.play_out(page.session, qtbot)
    assert page.message.text() == "The model does not pass its own test. Train again."
    assert page.result.state.text() == "stopped by itself"
    assert len(engine.jobs) == 1, "nothing is predicted without its package"


def test_what_is_not_predicted_is_told(qtbot, page, engine, folder):
    page.predict(folder)
    export(qtbot, page, engine)
    engine.play(Notice("warning", "Pictures in formats that can't be read: 2 HEIC.", hint="Save them as PNG."))
    qtbot.waitUntil(lambda: page.message.isVisible())
    assert "2 HEIC" in page.message.text()


# ---- what can be done with it


def test_the_table_is_saved(qtbot, page, engine, folder, tmp_path, monkeypatch):
    predict(qtbot, page, engine, folder, csv="file,class\n0.png,good\n")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), ""))
    qtbot.mouseClick(page.result.save, Qt.MouseButton.LeftButton)
    assert (tmp_path / "mine.csv").read_text() == "file,class\n0.png,good\n"
    assert "“mine.csv”" in page.message.text()


def test_a_full_disk_is_told(qtbot, page, engine, folder, tmp_path, monkeypatch):
    predict(qtbot, page, engine, folder)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "no" / "such" / "x.csv"), ""))
    (tmp_path / "no").write_text("a file where a folder should be")
    qtbot.mouseClick(page.result.save, Qt.MouseButton.LeftButton)
    assert "could not be written" in page.message.text()


def test_copies_go_into_class_folders(qtbot, page, engine, folder, tmp_path, monkeypatch):
    predict(qtbot, page, engine, folder)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "sorted"))
    qtbot.mouseClick(page.result.copy, Qt.MouseButton.LeftButton)
    assert engine.jobs[-1].sort_into == str(tmp_path / "sorted")
    assert page.result.state.text() == "copying"
    engine.play(*events(), FolderPredicted("x", {"good": 2, "scratched": 2}, 1, 4, 2.0))
    engine.end()
    demo.play_out(page.session, qtbot)
    assert page.message.text() == "4 pictures copied into class folders. The originals are untouched."
    assert page.result.model.total == 5, "the rows were there already"


def test_export_shows_its_self_test(qtbot, page, engine, tmp_path, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "line 3"), ""))
    qtbot.mouseClick(page.export_card.button, Qt.MouseButton.LeftButton)
    target = str(tmp_path / "line 3.discern")
    assert engine.jobs == [ExportJob(str(page.session.project.root), target, "run-0001")]
    assert not page.export_card.button.isEnabled()
    engine.play(Exported(target, 13_400_000, 20, 2.1e-5))
    engine.end()
    demo.play_out(page.session, qtbot)
    assert "line 3.discern: 20 of 20 self-test pictures give the same answers" in page.export_card.text()
    assert "13.4 MB" in page.export_card.text()
    assert page.model_card.chip.isVisible()


# ---- drops


def drop(page, path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    where, button, none = QPointF(300, 300), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where.toPoint(), Qt.DropAction.CopyAction, data, button, none)
    page.dragEnterEvent(enter)
    if enter.isAccepted():
        page.dropEvent(QDropEvent(where, Qt.DropAction.CopyAction, data, button, none))
    return enter.isAccepted()


def test_a_folder_may_be_dropped_anywhere(page, engine, folder):
    assert drop(page, folder)
    assert page.folder == folder
    assert isinstance(engine.jobs[0], ExportJob)


def test_a_package_may_be_dropped_a_picture_may_not(qtbot, page, folder, monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(page.choice, "choose_package", asked.append)
    (tmp_path / "theirs.discern").write_bytes(b"")
    assert drop(page, tmp_path / "theirs.discern")
    assert asked == [tmp_path / "theirs.discern"]
    assert not drop(page, folder / "0.png")


def test_a_small_window_has_tabs(qtbot, page):
    page.set_compact(True)
    page.resize(896, 452)
    assert not page.side.isVisible()
    qtbot.mouseClick(page.tabs.button("model"), Qt.MouseButton.LeftButton)
    assert page.side.isVisible()
    assert not page.left.isVisible()
    assert page.minimumSizeHint().width() <= 896
