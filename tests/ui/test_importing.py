"""Adding pictures: at once where nothing is open, after a dialog where something is; told, and undone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QWidget

from desktop_app.engine.jobs import ImportJob
from desktop_app.errors import StorageError
from desktop_app.events import Imported, Notice, Progress
from desktop_app.project import importing as project_importing
from desktop_app.project.import_plan import Form, Reading
from desktop_app.ui.dialogs.import_pictures import ImportDialog
from desktop_app.ui.models.import_preview import ImportPreviewModel
from desktop_app.ui.pages.importing import Importing
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.buttons import Button
from tests.drawing import draw_classes, draw_picture
from tests.running import finish
from tests.ui.demo import PlayedEngine, play_out


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    return tmp_path / "stick"


@pytest.fixture
def importing(session: Session, theme: Theme, qtbot: Any, tmp_path: Path) -> Iterator[Importing]:
    root = draw_classes(tmp_path / "parts", {"good": 3, "bad": 3})
    with qtbot.waitSignal(session.project_changed):
        session.open(root)
    page = QWidget()
    qtbot.addWidget(page)
    made = Importing(session, theme, page)
    made.bar.setParent(page)
    page.resize(900, 600)
    page.show()
    yield made
    play_out(session, qtbot)


def job_of(importing: Importing, reading: Reading, twins: str = "skip") -> ImportJob:
    project = importing._session.project
    assert project is not None
    return ImportJob(str(project.root), reading.to_dict(), twins)  # type: ignore[arg-type]


def ask(importing: Importing, qtbot: Any, *sources: Path, by_name: bool = False) -> ImportDialog:
    importing.add(sources, ask=by_name)
    qtbot.waitUntil(lambda: importing.dialog is not None and importing.dialog.isVisible())
    assert importing.dialog is not None
    return importing.dialog


def flat(stick: Path, names: Sequence[str] = ("cat", "dog"), each: int = 4) -> Path:
    for kind, name in enumerate(names):
        for number in range(each):
            draw_picture(stick / f"{name}_{number:02}.png", 10 + kind, number)
    return stick


def texts(dialog: ImportDialog, row: int) -> list[str]:
    model = dialog.table.rows
    columns = [column for column in range(model.columnCount()) if not dialog.table.isColumnHidden(column)]
    return [model.index(row, column).data() for column in columns]


# ---- at once


def test_what_can_mean_only_one_thing_is_copied_at_once(
    importing: Importing, engine: PlayedEngine, stick: Path, qtbot: Any
) -> None:
    draw_classes(stick, {"good": 2, "new": 2}, seed=5)
    importing.add([stick])
    assert importing.bar.text() == "Looking through “stick”…"
    qtbot.waitUntil(lambda: bool(engine.jobs))
    assert engine.jobs == [job_of(importing, Reading(Form.FOLDERS, (str(stick),)))]
    assert importing.dialog is None and importing.bar.isHidden()
    engine.end()


def test_a_source_that_cannot_be_used(importing: Importing, engine: PlayedEngine, stick: Path, qtbot: Any) -> None:
    importing.add([stick / "gone.zip"])
    qtbot.waitUntil(lambda: "not there" in importing.bar.text())
    stick.mkdir()
    (stick / "a.csv").write_text("x\n1\n")
    importing.add([stick / "a.csv"])
    qtbot.waitUntil(lambda: "Its columns are: x" in importing.bar.text())
    project = importing._session.project
    assert project is not None
    importing.add([project.root / "good"])
    qtbot.waitUntil(lambda: "part of this project" in importing.bar.text())
    assert engine.jobs == []


def test_a_project_that_is_closed_meanwhile(
    importing: Importing, engine: PlayedEngine, stick: Path, qtbot: Any
) -> None:
    draw_classes(stick, {"good": 2}, seed=5)
    play_out(importing._session, qtbot)  # it is closed at once only when it has been opened
    importing.add([stick])
    with qtbot.waitSignal(importing._session.project_changed):
        importing._session.close()
    play_out(importing._session, qtbot)
    assert engine.jobs == [] and importing.bar.isHidden()
    importing.add([stick])
    assert engine.jobs == []


# ---- questions


def test_splits_as_folders_are_shown_with_their_counts(
    importing: Importing, engine: PlayedEngine, stick: Path, qtbot: Any
) -> None:
    draw_classes(stick / "train", {"good": 4, "new": 3}, seed=5)
    draw_classes(stick / "test", {"good": 2}, seed=6)
    shutil.copy(stick / "train" / "new" / "new_001.png", stick / "test" / "good" / "twin.png")
    dialog = ask(importing, qtbot, stick)
    assert dialog.form.currentText() == "Train, validation and test folders; the split is kept"
    assert texts(dialog, 0) == ["good", "7", "4", "·", "3"]
    assert texts(dialog, 1) == ["new (new)", "3", "3", "·", "·"]
    assert dialog.headline.text() == "10 pictures in 2 classes"
    assert dialog.twins_text.text() == "1 picture is there already."
    assert dialog.copy_button.text() == "Copy 9 pictures"
    dialog.twins.button("copy").click()
    assert dialog.copy_button.text() == "Copy 10 pictures"
    dialog.copy_button.click()
    assert engine.jobs == [job_of(importing, Reading(Form.SPLIT_FOLDERS, (str(stick),)), "copy")]
    assert importing.dialog is None
    engine.end()


def test_pictures_that_are_there_already(importing: Importing, stick: Path, qtbot: Any) -> None:
    project = importing._session.project
    assert project is not None
    shutil.copytree(project.root / "good", stick / "bad")
    draw_picture(stick / "bad" / "bad_001.png", 30)
    (stick / "bad" / "empty.png").touch()
    dialog = ask(importing, qtbot, stick)
    assert dialog.twins_text.text() == "3 pictures are there already."
    assert "good_002.png is good/good_002.png" in dialog.twins_list.plain()
    assert dialog.copy_button.text() == "Copy 1 picture"
    assert dialog.left_fold.header.accessibleName().endswith("empty file: 1")
    assert "another name" in dialog.notes.plain()


def test_the_class_in_the_file_name(importing: Importing, engine: PlayedEngine, stick: Path, qtbot: Any) -> None:
    dialog = ask(importing, qtbot, flat(stick))
    assert dialog.form.currentText() == "The class is in the file name"
    assert [dialog.form.itemText(row) for row in range(dialog.form.count())] == [
        "The class is in the file name",
        "The folder is a class",
        "All without a class",
    ]
    assert dialog.pattern.text() == "{class}_{number}"
    assert dialog.examples.plain().splitlines() == ["cat_00.png → cat", "dog_00.png → dog"]
    dialog.pattern.setText("")
    dialog.pattern.textEdited.emit("")
    qtbot.waitUntil(lambda: "can't be used to find classes" in dialog.messages.text())
    assert not dialog.copy_button.isEnabled()
    assert dialog.table.isHidden() and not dialog.examples.plain()
    dialog.pattern.setText("cat_{class}")
    dialog.pattern.textEdited.emit("cat_{class}")
    qtbot.waitUntil(lambda: "dog_00.png → no class; 4 pictures like this" in dialog.examples.plain())
    assert dialog.messages.isHidden()
    assert texts(dialog, 4) == ["Unlabelled", "4"]
    dialog.copy_button.click()
    assert engine.jobs == [job_of(importing, Reading(Form.NAMES, (str(stick),), pattern="cat_{class}"))]
    engine.end()


def test_another_reading(importing: Importing, stick: Path, qtbot: Any) -> None:
    dialog = ask(importing, qtbot, flat(stick))
    assert dialog.pattern.isVisible()
    dialog.form.setCurrentIndex(1)
    assert not dialog.pattern.isVisible()
    qtbot.waitUntil(lambda: texts(dialog, 0) == ["stick (new)", "8"])
    dialog.form.setCurrentIndex(2)
    qtbot.waitUntil(lambda: texts(dialog, 0) == ["Unlabelled", "8"])
    assert dialog.headline.text() == "8 pictures"


def test_names_can_always_be_asked_for(importing: Importing, stick: Path, qtbot: Any) -> None:
    draw_classes(stick, {"lot 1": 2, "lot 2": 2}, seed=5)
    dialog = ask(importing, qtbot, stick, by_name=True)
    assert dialog.form.currentText() == "The class is in the file name"
    qtbot.waitUntil(lambda: "lot 1_001.png → lot 1" in dialog.examples.plain())


def test_labels_of_open_images(importing: Importing, engine: PlayedEngine, stick: Path, qtbot: Any) -> None:
    for number in range(4):
        draw_picture(stick / f"{number:016x}.png", 20, number)
    labels = [(0, "Cat"), (1, "Dog"), (2, "Cat"), (2, "Dog"), (3, "Box")]
    rows = "".join(f"{number:016x},human,{label},1\n" for number, label in labels)
    (stick / "labels.csv").write_text(f"ImageID,Source,LabelName,Confidence\n{rows}")
    dialog = ask(importing, qtbot, stick)
    assert dialog.form.currentText() == "Open Images labels in “labels.csv”"
    shown = [dialog.labels.item(row).text() for row in range(dialog.labels.count())]
    assert shown == ["Cat: 2 pictures", "Dog: 2 pictures", "Box: 1 picture"]
    assert not dialog.copy_button.isEnabled()
    for row in range(2):
        place = dialog.labels.visualItemRect(dialog.labels.item(row)).center()
        qtbot.mouseClick(dialog.labels.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert dialog.labels.chosen() == ("Cat", "Dog")
    qtbot.keyClick(dialog.labels, Qt.Key.Key_Space)
    assert dialog.labels.chosen() == ("Cat",)
    qtbot.keyClick(dialog.labels, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: dialog.copy_button.text() == "Copy 2 pictures" and dialog.copy_button.isEnabled())
    assert dialog.several_text.text() == "Pictures with several of these labels: 1"
    dialog.several.button("unlabelled").click()
    qtbot.waitUntil(lambda: dialog.copy_button.text() == "Copy 3 pictures" and dialog.copy_button.isEnabled())
    dialog.find_label.setText("bo")
    assert [dialog.labels.item(row).isHidden() for row in range(3)] == [True, True, False]
    dialog.copy_button.click()
    assert engine.jobs[0].to_dict()["reading"]["classes"] == ("Cat", "Dog")
    engine.end()


def test_cancelling_copies_nothing(importing: Importing, engine: PlayedEngine, stick: Path, qtbot: Any) -> None:
    dialog = ask(importing, qtbot, flat(stick))
    dialog.reject()
    assert importing.dialog is None and engine.jobs == []


def test_a_dialog_goes_with_its_project(importing: Importing, stick: Path, qtbot: Any) -> None:
    ask(importing, qtbot, flat(stick))
    with qtbot.waitSignal(importing._session.project_changed):
        importing._session.close()
    assert importing.dialog is None


def test_a_job_that_began_while_the_dialog_was_open(
    importing: Importing, engine: PlayedEngine, stick: Path, qtbot: Any
) -> None:
    dialog = ask(importing, qtbot, flat(stick))
    importing._session.start_job(job_of(importing, Reading(Form.FOLDERS, ())))
    dialog.copy_button.click()
    assert len(engine.jobs) == 1 and "Another job is running" in importing.bar.text()
    engine.end()


def test_the_preview_is_an_honest_model(qtmodeltester: Any, importing: Importing, stick: Path, qtbot: Any) -> None:
    dialog = ask(importing, qtbot, flat(stick))
    assert isinstance(dialog.table.rows, ImportPreviewModel)
    qtmodeltester.check(dialog.table.rows)


# ---- what came of it


def test_an_import_is_told_and_undone(importing: Importing, engine: PlayedEngine, stick: Path, qtbot: Any) -> None:
    session = importing._session
    project = session.project
    assert project is not None
    draw_classes(stick, {"new": 2}, seed=5)
    importing.add([stick])
    qtbot.waitUntil(lambda: bool(engine.jobs))
    events, _ = finish(
        project_importing.import_pictures(project, Reading.from_dict(engine.jobs[0].to_dict()["reading"]))
    )
    engine.play(*events)
    with qtbot.waitSignal(session.organiser.step_ended):
        engine.end()
    assert importing.bar.text() == "2 pictures copied. Your originals are as they were."
    assert str(session.organiser.undo_label) == "Import 2 pictures"
    (undo,) = [button for button in importing.bar.findChildren(Button) if button.text() == "Undo"]
    with qtbot.waitSignal(session.organiser.step_ended):
        undo.click()
    assert importing.bar.isHidden()
    assert not (project.root / "new").exists()
    assert session.organiser.redo_label is not None


def test_everything_that_happened_is_counted(
    importing: Importing, engine: PlayedEngine, stick: Path, qtbot: Any
) -> None:
    draw_classes(stick, {"new": 2}, seed=5)
    importing.add([stick])
    qtbot.waitUntil(lambda: bool(engine.jobs))
    engine.play(Imported({"new": 1200}, 3, 4, 5, 6))
    with qtbot.waitSignal(importing._session.job_ended):
        engine.end()
    text = importing.bar.text()
    assert text.startswith("1,200 pictures copied.")
    assert text.index(": 6.") < text.index(": 3.") < text.index(": 5.") < text.index(": 4.")
    importing.add([stick])
    qtbot.waitUntil(lambda: len(engine.jobs) == 2)
    with qtbot.waitSignal(importing._session.job_ended):
        engine.end(StorageError("The disk is full."))
    assert importing.bar.text() == "The disk is full."


def test_a_stopped_import_is_told_and_undone(
    importing: Importing, engine: PlayedEngine, stick: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = importing._session
    project = session.project
    assert project is not None
    draw_classes(stick, {"new": 5}, seed=5)
    importing.add([stick])
    qtbot.waitUntil(lambda: bool(engine.jobs))
    monkeypatch.setattr(project_importing, "REPORT_SECONDS", 0)
    job = project_importing.import_pictures(project, Reading.from_dict(engine.jobs[0].to_dict()["reading"]))
    for event in job:
        if isinstance(event, Progress) and event.done == 2:
            break
    job.close()
    with qtbot.waitSignal(session.organiser.step_ended):
        session.stop_job()
    assert importing.bar.text().startswith("Stopped: 2 pictures copied.")
    (undo,) = [button for button in importing.bar.findChildren(Button) if button.text() == "Undo"]
    with qtbot.waitSignal(session.organiser.step_ended):
        undo.click()
    assert importing.bar.isHidden() and not (project.root / "new").exists()


def test_what_an_import_notices_is_told(importing: Importing, engine: PlayedEngine, stick: Path, qtbot: Any) -> None:
    draw_classes(stick, {"new": 2}, seed=5)
    importing.add([stick])
    qtbot.waitUntil(lambda: bool(engine.jobs))
    engine.play(Notice("warning", "The test split changed.", "Why.", "Train again."), Imported({"new": 2}, 0, 0))
    with qtbot.waitSignal(importing._session.job_ended):
        engine.end()
    assert importing.bar.text().endswith("as they were. The test split changed. Train again.")
    importing.add([stick])
    qtbot.waitUntil(lambda: len(engine.jobs) == 2)
    engine.play(Imported({"new": 2}, 0, 0))
    with qtbot.waitSignal(importing._session.job_ended):
        engine.end()
    assert importing.bar.text().endswith("as they were.")


# ---- choosing


def test_the_menu(importing: Importing, engine: PlayedEngine, stick: Path, qtbot: Any, monkeypatch: Any) -> None:
    asked: list[str] = []
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *values: asked.append(values[1]))
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *values: (asked.append(values[1]), ([], ""))[1])
    importing.show_menu(QPoint(10, 10))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    actions = [action for action in menu.actions() if not action.isSeparator()]
    assert len(actions) == 5 and all(not action.icon().isNull() for action in actions)
    menu.close()
    for action in actions:
        action.trigger()
    assert len(set(asked)) == 5
    assert engine.jobs == []
