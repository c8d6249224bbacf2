"""The Train page with played events."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from desktop_app.engine.jobs import EvaluateJob, KeepBestJob, TrainJob
from desktop_app.errors import EngineError, NoMemoryError, StorageError
from desktop_app.events import Computing, Evaluated, Notice, Paused, PictureSkipped, StepStarted, Trained
from desktop_app.events import Step as JobStep
from desktop_app.learning import library
from desktop_app.learning.recipe import CHOICES, RECIPES, Recipe
from desktop_app.project.project import Project
from desktop_app.ui import facts, training_words
from desktop_app.ui.pages.previewing import spread
from desktop_app.ui.pages.train import TrainPage
from tests.ui import demo

TORCH_WAS_THERE = "torch" in sys.modules  # another test brought it along
CLASSES = {"good": 20, "scratched": 20, "chipped": 20}


@pytest.fixture
def root(tmp_path):
    return demo.draw_project(tmp_path / "parts", CLASSES)


@pytest.fixture
def runs():
    """What was trained before: arguments of `demo.add_run`."""
    return []


@pytest.fixture
def opened(qtbot, root, engine, runs):
    with Project.open(root) as project:
        for run in runs:
            demo.add_run(project, **run)
    session = demo.open_session(qtbot, root, engine)
    yield session
    demo.close_session(qtbot, session)


@pytest.fixture
def page(qtbot, opened, theme):
    page = TrainPage(opened, theme)
    demo.show_page(page, qtbot)
    return page


def press(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def begin(qtbot, page, engine, *events):
    press(qtbot, page.left.main)
    engine.play(demo.run_started(page.session.project), *events)
    qtbot.waitUntil(lambda: page.training.state is not None and page.training.state.run is not None)


def result(run="run-0001"):
    return Evaluated(run, "test", 12, 11, 11 / 12, (0.65, 0.99), 0.9, 0.9, list(CLASSES), [])


# ---- before


def test_one_button_trains_with_defaults(qtbot, page, engine):
    assert page.left.main.text() == "Train"
    begin(qtbot, page, engine)
    (job,) = engine.jobs
    assert isinstance(job, TrainJob)
    assert Recipe.from_dict(job.recipe) == Recipe()
    assert job.split_csv is None
    assert job.resume is None


def test_what_will_be_learnt_from(page):
    assert page.left.counts.text() == (
        "Learns from about 36 pictures, checks on about 12. "
        "About 12 pictures are locked away for the test; 3 unlabelled ones are left out."
    )


def test_no_time_is_promised_that_nobody_can_know(page):
    assert "about" not in page.left.form.cards["quick"].accessibleName()


def test_arrow_keys_move_between_recipes(qtbot, page):
    page.left.form.cards["balanced"].setFocus()
    qtbot.keyClick(page.left.form.cards["balanced"], Qt.Key.Key_Up)
    assert page.left.form.recipe().name == "quick"
    assert len(page.side.steps.texts()) == 4, "the steps of the quick recipe"


def test_closed_folds_say_what_is_inside(page):
    assert page.left.form.network_fold.header.accessibleName() == "Network, closed, EfficientNet-Lite0, 224 px"
    appearance = page.left.form.appearance_fold.header.accessibleName()
    assert appearance == "How may parts appear?, closed, mirrored, brighter"
    assert page.left.form.advanced_fold.header.accessibleName() == "Advanced, closed, all defaults"


def choose(box, value):
    """As a person does with a choice box."""
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def test_expert_choices_reach_the_job(qtbot, page, engine):
    form = page.left.form
    choose(form.network.box, "efficientnet_lite2")
    form.fields["seed"].control.spin.setValue(7)
    press(qtbot, form.appearance_fold.header)
    press(qtbot, form.fields["fit"].control.segments.button("crop"))
    assert form.advanced_fold.header.accessibleName() == "Advanced, closed, Seed: 7"
    begin(qtbot, page, engine)
    recipe = Recipe.from_dict(engine.jobs[0].recipe)
    assert (recipe.backbone, recipe.seed, recipe.fit) == ("efficientnet_lite2", 7, "crop")


def test_what_a_person_changed_stays_when_another_recipe_is_chosen(page):
    form = page.left.form
    form.fields["seed"].control.spin.setValue(7)
    form.cards["thorough"].click()
    assert form.recipe() == replace(RECIPES["thorough"], seed=7)
    form.cards["article"].click()
    assert form.recipe() == RECIPES["article"], "it is to be compared with"
    form.cards["quick"].click()
    assert form.recipe() == replace(RECIPES["quick"], seed=7)
    form.reset.click()
    assert form.recipe() == RECIPES["quick"]


def test_every_choice_of_a_recipe_is_in_the_form(page):
    form = page.left.form
    assert {"name", "backbone", *form.fields} == set(CHOICES)
    recipe = replace(
        RECIPES["thorough"],
        rotate="any",
        blur=True,
        jitter=0.125,
        imbalance="logits",
        strengths=(0.1, 0.5),
        learning_rate=2e-4,
        minutes=2.5,
        batch=16,
        first_stage="stage5",
    )
    form.set_recipe(recipe)
    assert form.recipe() == recipe
    assert {name: field.value() for name, field in form.fields.items()} == {
        name: getattr(recipe, name) for name in form.fields
    }


def test_numbers_are_written_by_hand_and_nonsense_is_put_back(page):
    rate = page.left.form.fields["learning_rate"].control.edit
    said = page.left.form.fields["learning_rate"]._help
    for text, kept in (("0.001", 1e-3), ("much", 1e-3), ("7", 1e-3), ("0.002", 2e-3)):
        rate.setText(text)
        rate.editingFinished.emit()
        assert page.left.form.recipe().learning_rate == kept
        assert rate.text() == f"{kept:g}"
        refused = "from 0.0000001 to 1. It stays as it was." in said.text()
        assert refused == (text in ("much", "7"))
    field = page.left.form.fields["strengths"]
    for text, kept in (("0.1; 1", (0.1, 1.0)), ("0.1; x; 2", (0.1, 1.0)), ("", (0.1, 1.0)), ("3;", (3.0,))):
        field.control.edit.setText(text)
        field.control.edit.editingFinished.emit()
        assert page.left.form.recipe().strengths == kept
        assert ("with “;” between them" in field._help.text()) == (text in ("0.1; x; 2", ""))


def test_a_choice_without_effect_can_not_be_made(page):
    page.left.form.cards["quick"].click()
    assert not page.left.form.fields["rotate"].isEnabled()
    assert "not varied" in page.left.form.appearance_fold.header.accessibleName()


def test_a_missing_network_is_told_with_the_way_to_get_it(qtbot, page):
    form = page.left.form
    choose(form.network.box, "resnet50")
    assert "resnet50-" in form.network.missing.text()
    assert "Networks" in form.network.missing.text()
    assert not page.left.main.isEnabled()
    assert page.left.counts.text() == "The pretrained network “ResNet-50” is not on this computer."
    choose(form.network.box, "efficientnet_lite1")
    assert page.left.main.isEnabled()


def test_without_its_network_the_page_leads_to_the_networks(qtbot, page):
    assert not page.view.networks_button.isVisible()
    choose(page.left.form.network.box, "resnet50")
    assert page.view.networks_button.isVisible()
    with qtbot.waitSignal(page.page_requested) as asked:
        press(qtbot, page.view.networks_button)
    assert asked.args == ["networks"]
    choose(page.left.form.network.box, "efficientnet_lite1")
    assert not page.view.networks_button.isVisible()


def test_a_network_that_was_added_meanwhile_can_be_trained_with(page, monkeypatch):
    choose(page.left.form.network.box, "resnet50")
    page.hide()
    monkeypatch.setattr(library, "shelf", lambda backbone: library.Shelf(backbone, installed=True, bundled=False))
    page.show()
    assert page.left.form.recipe().backbone == "resnet50"
    assert page.left.form.network.missing.text() == ""
    assert page.left.main.isEnabled()


def test_the_way_to_more_networks(qtbot, page):
    with qtbot.waitSignal(page.page_requested) as asked:
        page.left.form.network.more.click()
    assert asked.args == ["networks"]


def test_nine_own_pictures_show_what_varies(qtbot, page, engine):
    form = page.left.form
    seen = form.preview.pictures
    press(qtbot, form.appearance_fold.header)
    qtbot.waitUntil(lambda: len(seen.images) == 9)
    mirrored = list(seen.images)
    choose(form.fields["flip"].control.box, "none")
    qtbot.waitUntil(lambda: seen.images != mirrored)
    plain = list(seen.images)
    press(qtbot, form.preview.again)
    qtbot.waitUntil(lambda: seen.images != plain)
    form.cards["quick"].click()
    qtbot.waitUntil(lambda: not form.preview.again.isVisible() and seen.images != plain)
    assert "torch" not in sys.modules or TORCH_WAS_THERE


def test_every_control_has_a_name(page):
    for widget in page.findChildren(type(page.left.main).__mro__[1]):
        assert widget.text() or widget.accessibleName(), widget
    for widget in (page.left.form.network.box, page.side.runs.list):
        assert widget.accessibleName()


@pytest.mark.parametrize("classes", [1, 4, 9, 1000])
def test_the_pictures_shown_are_of_as_many_classes_as_possible(classes):
    labels = np.repeat(np.arange(-1, classes, dtype=np.int32), 12)
    rows = spread(SimpleNamespace(labels=labels))
    assert len(rows) == len(set(rows)) == 9
    assert -1 not in labels[rows]
    assert len(set(labels[rows])) == min(9, classes)
    assert spread(SimpleNamespace(labels=labels[:12])) == []


# ---- one class


class TestOneClass:
    @pytest.fixture
    def root(self, tmp_path):
        return demo.draw_project(tmp_path / "parts", {"good": 4})

    def test_says_what_is_missing(self, page, qtbot):
        assert page.left.counts.text() == "Training needs pictures in at least two classes."
        assert not page.left.main.isEnabled()
        assert page.view.images_button.isVisible()
        with qtbot.waitSignal(page.page_requested) as asked:
            press(qtbot, page.view.images_button)
        assert asked.args == ["images"]


# ---- split files


class TestSplitFile:
    @pytest.fixture
    def root(self, tmp_path):
        root = demo.draw_project(tmp_path / "parts", CLASSES)
        (tmp_path / "split.csv").write_text("file,class,group,split\ngood/good_001.png,good,,train\n")
        return root

    def test_one_beside_the_pictures_is_offered_not_taken(self, qtbot, page, engine):
        assert page.view.offer.isVisible()
        assert page.left.form.split_csv is None
        page.splits.use(page.session.project.root.parent / "split.csv")
        assert "split.csv" in page.left.counts.text()
        assert not page.view.offer.isVisible()
        begin(qtbot, page, engine)
        assert engine.jobs[0].split_csv == str(page.session.project.root.parent / "split.csv")

    def test_it_can_be_declined(self, qtbot, page, engine):
        page.view.offer.clear()
        begin(qtbot, page, engine)
        assert engine.jobs[0].split_csv is None


def test_one_that_was_taken_over_is_named(qtbot, page, engine, opened, tmp_path):
    assert page.left.form.split.words.text().startswith("none")
    table = tmp_path / "by line.csv"
    table.write_text("file,class,group,split\ngood/good_001.png,good,,train\n")
    page.left.form.split.set_path(table)
    begin(qtbot, page, engine)
    list(opened.project.import_splits(table, opened.project.scan()))
    engine.end()
    demo.play_out(opened, qtbot)
    assert page.left.form.split_csv is None
    assert page.left.form.split.words.text() == "“by line.csv”, taken over; new pictures are divided automatically"
    opened.project.splits.start_over()
    page.splits.read()
    demo.play_out(opened, qtbot)
    assert page.left.form.split.words.text().startswith("none")


def test_a_split_file_can_be_chosen_and_forgotten(qtbot, page, tmp_path, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "mine.csv"), ""))
    page.left.form.split.ask()
    assert "mine.csv" in page.left.form.advanced_fold.header.accessibleName()
    page.left.form.split.forget.click()
    assert page.left.form.split_csv is None


# ---- while it runs


def test_training_is_followed(qtbot, page, engine):
    begin(qtbot, page, engine, *demo.reading(20, 60), *demo.freeze_phase(), *demo.fine_tuning())
    qtbot.waitUntil(lambda: "epoch 9" in page.view.head.text())
    assert page.view.head.text().startswith("Fine-tuning the last stages: epoch 9 of 15")
    # The phase's 90 s, and what saving and measuring usually take beside it.
    assert "1 min 40 s left" in page.view.head.text().replace("\N{NO-BREAK SPACE}", " ")
    assert page.left.counts.text().startswith("Learns from 36 pictures, checks on 12.")
    assert page.left.main.fraction == pytest.approx(page.training.state.fraction)
    assert page.left.stop.isVisible()
    assert not page.left.form.cards["quick"].isEnabled()
    assert page.view.device.text().startswith("This computer’s processor, 8 cores")
    assert [row.title for row in page.side.runs.list.runs.rows] == ["Run 1"]
    assert page.side.runs.list.runs.rows[0].detail == "training now"


def test_it_can_be_paused_and_goes_on(qtbot, page, engine):
    begin(qtbot, page, engine, *demo.reading(60, 60), *demo.freeze_phase())
    press(qtbot, page.left.pause)
    qtbot.waitUntil(lambda: page.left.pause.text() == "Go on")
    assert page.view.head.text().startswith("Paused")
    assert page.left.main.text() == "Paused"
    assert page.left.stop.isEnabled()
    press(qtbot, page.left.pause)
    qtbot.waitUntil(lambda: page.left.pause.text() == "Pause")
    assert page.left.main.text() == "Training"


def test_stop_keeps_the_best_and_measures_it(qtbot, page, engine, opened):
    begin(qtbot, page, engine, *demo.reading(60, 60), *demo.freeze_phase())
    run = demo.add_run(opened.project, recipe="balanced", status="stopped")
    press(qtbot, page.left.stop)
    assert not page.left.stop.isEnabled()
    qtbot.waitUntil(lambda: len(engine.jobs) == 2)
    assert engine.jobs[1] == EvaluateJob(str(opened.project.root), run.id, calibrate=True)


def test_after_training_the_test_is_measured_and_shown_the_way_to(qtbot, page, engine, opened):
    begin(qtbot, page, engine, *demo.reading(60, 60), *demo.freeze_phase(), *demo.fine_tuning())
    run = demo.add_run(opened.project)
    engine.play(Trained(run.id, "fine_tune", 11, 12, False, 83.0))
    engine.end()
    qtbot.waitUntil(lambda: len(engine.jobs) == 2)
    assert isinstance(engine.jobs[1], EvaluateJob)
    assert "Measuring" in page.left.main.text()
    engine.play(StepStarted(JobStep.MEASURE), result())
    engine.end()
    demo.play_out(opened, qtbot)
    assert page.view.result_button.isVisible()
    assert page.left.main.text() == "Train again"
    assert page.view.head.text().startswith("Run 1: 12 of 12 validation pictures right")
    assert "Fine-tuning made it better" in page.view.head.text()
    with qtbot.waitSignal(page.page_requested) as asked:
        press(qtbot, page.view.result_button)
    assert asked.args == ["evaluate"]
    assert len(engine.jobs) == 2, "it is measured once"


def test_measuring_that_was_stopped_is_not_begun_again(qtbot, page, engine, opened):
    begin(qtbot, page, engine, *demo.reading(60, 60), *demo.freeze_phase())
    demo.add_run(opened.project)
    engine.end()
    qtbot.waitUntil(lambda: len(engine.jobs) == 2)
    opened.stop_job()
    demo.play_out(opened, qtbot)
    assert len(engine.jobs) == 2
    assert page.left.main.text() == "Train again"


def test_an_error_is_told_at_the_page(qtbot, page, engine, opened):
    begin(qtbot, page, engine, *demo.reading(20, 60))
    engine.end(EngineError("Training stopped: out of memory.", why="Nothing is lost.", hint="Resume."))
    qtbot.waitUntil(lambda: page.view.message.isVisible())
    demo.play_out(opened, qtbot)
    assert page.view.message.text() == "Training stopped: out of memory. Nothing is lost. Resume."
    assert page.left.main.isEnabled()
    assert len(engine.jobs) == 1, "a failed training is not measured"


def test_what_training_has_to_tell_is_told_and_can_be_closed(qtbot, page, engine):
    skipped = [PictureSkipped("good/torn.png", "cut off after 61 %"), PictureSkipped("good/0.png", "empty file")]
    twice = Notice("warning", "The same picture is in two classes.", "good/1.png and chipped/2.png.", "It is left out.")
    begin(qtbot, page, engine, *skipped, twice, *demo.reading(20, 60))
    qtbot.waitUntil(lambda: page.view.notes.isVisible())
    assert page.view.notes.text() == (
        "2 pictures can’t be read. They are left out; the files are untouched. "
        "For example good/torn.png: cut off after 61 %.\n"
        "The same picture is in two classes. good/1.png and chipped/2.png. It is left out."
    )
    page.view.notes.clear()
    engine.play(*demo.reading(40, 60))
    qtbot.wait(250)
    assert not page.view.notes.isVisible()
    engine.play(Notice("info", "Fine-tuning is left out."), *demo.reading(50, 60))
    qtbot.waitUntil(lambda: page.view.notes.isVisible())


def test_a_worker_that_died_leaves_a_run_to_resume(qtbot, page, engine, opened):
    begin(qtbot, page, engine, *demo.reading(60, 60), *demo.freeze_phase(), *demo.fine_tuning())
    run = demo.add_run(opened.project, status="interrupted")
    run.document["status"] = "running"  # it could not write that it died
    run.save()
    engine.end(NoMemoryError("Training stopped: the computer probably ran out of memory."))
    qtbot.waitUntil(lambda: page.view.stopped.isVisible())
    assert "this computer ran out of memory" in page.view.message.text()
    assert page.left.main.text() == "Train anew"
    press(qtbot, page.view.stopped.resume)
    assert engine.jobs[-1].resume == run.id
    assert not page.view.stopped.isVisible()


def test_after_a_restart_it_is_known_why_it_ended(qtbot, page, engine, opened):
    run = demo.add_run(opened.project, status="running")
    opened.project.settle_runs(NoMemoryError("Training stopped: the computer probably ran out of memory."))
    opened.reload_runs()
    qtbot.waitUntil(lambda: page.view.stopped.isVisible())
    assert "ran out of memory" in page.view.message.text()
    assert not page.view.stopped.details.isVisible()
    press(qtbot, page.view.stopped.more)
    assert page.view.stopped.details.isVisible()
    assert str(run.folder) in page.view.stopped.details.text()


def test_pausing_is_told_until_it_stands_still(qtbot, page, engine, monkeypatch):
    begin(qtbot, page, engine, *demo.reading(60, 60), *demo.freeze_phase())
    monkeypatch.setattr(engine, "pause", lambda: None)  # a step that takes long is under way
    press(qtbot, page.left.pause)
    qtbot.waitUntil(lambda: page.view.head.text().startswith("Pausing"))
    assert not page.left.pause.isEnabled()
    assert page.left.stop.isEnabled()
    engine.play(Paused())
    qtbot.waitUntil(lambda: page.left.pause.text() == "Go on")
    assert page.left.pause.isEnabled()


def test_how_it_computes_is_said(qtbot, page, engine):
    begin(qtbot, page, engine, *demo.reading(60, 60), *demo.freeze_phase(), Computing("NVIDIA A", 8, 16, mixed=True))
    engine.play(*demo.fine_tuning())
    qtbot.waitUntil(lambda: "pictures at a time" in page.view.device.text())
    words = "NVIDIA A · 8 pictures at a time, since memory was short · mixed precision · the program stays usable"
    assert page.view.device.text().replace("\N{NO-BREAK SPACE}", " ").startswith(words)


def test_pictures_that_change_meanwhile_are_told(qtbot, page, engine, opened):
    root = opened.project.root
    demo.add_run(opened.project)
    opened.reload_runs()
    demo.play_out(opened, qtbot)
    (root / "good" / "good_001.png").rename(root / "chipped" / "moved.png")
    opened.rescan()
    qtbot.waitUntil(lambda: page.side.changed.isVisible())
    assert page.side.changed.text().startswith("1 picture changed class since Run 1 began.")


# ---- runs from before


class TestEarlierRuns:
    @pytest.fixture
    def runs(self):
        return [{"recipe": "quick"}, {"recipe": "balanced"}]

    def test_the_newest_is_shown_and_others_can_be(self, qtbot, page):
        assert page.view.head.text().startswith("Run 2: 12 of 12 validation pictures right")
        page.side.runs.list.setFocus()
        qtbot.keyClick(page.side.runs.list, Qt.Key.Key_Down)
        assert page.view.head.text().startswith("Run 1:")
        assert page.view.curves._shown.curves.phases == ("freeze",)

    def test_times_are_those_of_last_time(self, page):
        spoken = [
            page.left.form.cards[key].accessibleName().replace("\N{NO-BREAK SPACE}", " ")
            for key in ("quick", "balanced")
        ]
        assert spoken == ["Quick, about 20 s", "Balanced, about 1 min 20 s"]

    def test_no_split_file_is_offered_any_more(self, page):
        assert not page.view.offer.isVisible()
        assert page.left.counts.text().startswith("Learns from 36 pictures")


class TestInterrupted:
    @pytest.fixture
    def runs(self):
        return [{"recipe": "quick"}, {"status": "interrupted"}]

    def test_resume_is_the_main_button(self, qtbot, page, engine):
        assert "interrupted at epoch 12" in page.view.message.text()
        assert page.view.stopped.resume.text().startswith("Resume")
        press(qtbot, page.view.stopped.resume)
        assert engine.jobs[0].resume == "run-0002"
        assert engine.jobs[0].recipe["name"] == "balanced"
        assert [name for name, _curves in page.view.curves._reference] == ["run 1, Quick"]  # not itself

    def test_the_rail_says_so_though_there_is_a_model(self, opened):
        run = opened.runs[0]
        run.model_onnx.write_bytes(b"a model")
        for status, fact in (("interrupted", "Interrupted"), ("failed", "Interrupted"), ("stopped", "Run 2 ready")):
            run.document["status"] = status
            assert facts.train(opened).replace("\N{NO-BREAK SPACE}", " ") == fact
        run.model_onnx.unlink()
        assert facts.train(opened) == "Stopped"

    def test_what_predicts_meanwhile_is_told(self, page, opened):
        """It is not the best so far, which the message tells."""
        run, said = opened.runs[0], "model of the freeze phase, which predicts meanwhile"
        for phase, has_model in (("freeze", False), ("fine_tune", True), ("freeze", True)):
            run.document["phase"] = phase
            if has_model:
                run.model_onnx.write_bytes(b"a model")
            assert (said in training_words.summary(run)[1]) == (phase == "freeze" and has_model)

    def test_or_train_anew(self, qtbot, page, engine):
        assert page.left.main.text() == "Train anew"
        press(qtbot, page.left.main)
        assert engine.jobs[0].resume is None

    def test_another_run_has_nothing_to_resume(self, qtbot, page):
        page.side.runs.list.setFocus()
        qtbot.keyClick(page.side.runs.list, Qt.Key.Key_Down)
        assert page.view.head.text().startswith("Run 1:")
        assert not page.view.stopped.isVisible()
        assert not page.view.message.isVisible()
        assert page.left.main.text() == "Train again"

    def test_or_use_the_best_so_far_which_is_measured_then(self, qtbot, page, engine, opened):
        assert not page.view.stopped.keep.isVisible(), "there is nothing to keep yet"
        run = opened.runs[0]
        run.model_onnx.write_bytes(b"a model")
        opened.reload_runs()
        qtbot.waitUntil(lambda: page.view.stopped.keep.isVisible())
        press(qtbot, page.view.stopped.keep)
        assert engine.jobs == [KeepBestJob(str(opened.project.root), run.id)]
        assert not page.view.stopped.resume.isEnabled()
        run.document["status"] = "stopped"
        run.save()
        engine.play(Trained(run.id, "freeze", 11, 12, True, 83.0))
        engine.end()
        qtbot.waitUntil(lambda: len(engine.jobs) == 2)
        assert engine.jobs[1] == EvaluateJob(str(opened.project.root), run.id, calibrate=True)
        assert not page.view.stopped.isVisible()

    def test_a_best_that_can_not_be_kept_is_told(self, qtbot, page, engine, opened):
        opened.runs[0].model_onnx.write_bytes(b"a model")
        opened.reload_runs()
        qtbot.waitUntil(lambda: page.view.stopped.keep.isVisible())
        press(qtbot, page.view.stopped.keep)
        engine.end(StorageError("The disk is full."))
        qtbot.waitUntil(lambda: page.view.notes.isVisible())
        demo.play_out(opened, qtbot)
        assert page.view.notes.text() == "The disk is full."
        assert page.view.stopped.resume.isEnabled()


class TestInterruptedBeforeACheckpoint:
    @pytest.fixture
    def runs(self):
        return [{"status": "interrupted"}]

    def test_it_can_go_on_all_the_same(self, qtbot, root, theme, opened):
        opened.runs[0].checkpoint.unlink()
        page = TrainPage(opened, theme)
        qtbot.addWidget(page)
        demo.play_out(opened, qtbot)
        assert page.view.stopped.isVisibleTo(page)
        assert "Resume begins fine-tuning anew" in page.view.message.text()


def test_a_small_window_has_tabs(qtbot, page):
    page.set_compact(True)
    page.resize(896, 452)
    assert not page.side.isVisible()
    press(qtbot, page.tabs.button("runs"))
    assert page.side.isVisible()
    assert not page.view.isVisible()
    page.set_compact(False)
    assert page.side.isVisible()
    assert page.view.isVisible()
