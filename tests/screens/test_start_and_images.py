"""Start and Images in all their states, on drawn pictures and with an engine that is played."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QMenu

from desktop_app.engine.jobs import ImportJob, SampleJob, TrainJob
from desktop_app.errors import ProjectError
from desktop_app.evaluation.headline import Headline
from desktop_app.evaluation.intervals import wilson
from desktop_app.events import Imported, Progress, Step
from desktop_app.project.history import Action, Kind, Label
from desktop_app.project.outcome import Failure, Outcome
from desktop_app.project.project import Project
from desktop_app.project.reasons import Reason
from desktop_app.ui import recents, step_words
from desktop_app.ui.dialogs.question import Question
from tests.drawing import draw_classes, draw_picture, picture
from tests.screens.walk import OUT
from tests.ui.demo import LONG, add_result, add_run, draw_project

pytestmark = pytest.mark.display


def colours(name: str) -> int:
    """How many different colours a saved screen has, in a coarse grid: a blank one has one or two."""
    image = QImage(str(OUT / f"{name}.png"))
    assert not image.isNull(), name
    return len({image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)})


def remember(root: Path, right: int = 0, n: int = 0) -> str:
    result = Headline(right, n, wilson(right, n), 1.0, "test") if n else None
    with Project.open(root) as project:
        recents.summarise(project, project.scan(), result)
    return str(root)


def test_start(walk_with: Any, tmp_path: Path) -> None:
    walk, _engine = walk_with()
    walk.shoot("01-start-first")
    strip = draw_project(tmp_path / "Strip line 3")
    hive = draw_classes(tmp_path / "Pollen count, hive 4", {"no pollen": 12, "pollen": 12}, size=90)
    numbers = draw_classes(tmp_path / "手势数字 2024", dict.fromkeys("一二三四五", 4))
    weld = draw_classes(tmp_path / "Schweißnahtprüfung Halle 2 (Prüfmittel 14, Nachtschicht, Kamera links oben)", LONG)
    walk.session.settings.recent = [
        remember(strip, 416, 432),
        remember(hive, 217, 228),
        remember(numbers),
        remember(weld, 24, 24),
        str(tmp_path / "Naht 14"),
    ]
    _mark_read_only(numbers)
    walk.window.start.reload()
    walk.shoot("01-start")
    walk.session.project_failed.emit(
        tmp_path,
        ProjectError(
            "There are no pictures in “{folder}”.",
            hint="Open a folder that holds one folder of pictures for each class, or make a new project.",
            folder=str(tmp_path / "Documents"),
        ),
    )
    walk.shoot("01-start-error")
    assert colours("01-start-light") > 40 or colours("01-start@2x-light") > 40


def _mark_read_only(root: Path) -> None:
    file = recents._file(root)
    document = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**document, "read_only": True}), encoding="utf-8")


def test_the_sample_is_being_drawn(walk_with: Any, qtbot: Any) -> None:
    walk, engine = walk_with()
    walk.session.start_job(SampleJob("/nowhere"))
    walk.window.start._sample_progress.show()
    walk.window.start._washers.hide()
    engine.play(Progress(Step.DRAW, 74, 120))
    walk.shoot("01-start-sample")


def test_dialogs(walk_with: Any, qtbot: Any, tmp_path: Path) -> None:
    walk, _engine = walk_with()
    walk.window.ask_new()
    dialog = QApplication.activeModalWidget()
    dialog.name.setText("Strip line 3")  # type: ignore[attr-defined]
    walk.shoot("01-new-project", of=dialog)
    dialog.reject()  # type: ignore[attr-defined]
    walk.window.show_keys()
    dialog = QApplication.activeModalWidget()
    walk.shoot("09-keys", of=dialog)
    dialog.reject()  # type: ignore[attr-defined]


def test_images(walk_with: Any, tmp_path: Path, qtbot: Any) -> None:
    root = draw_project(tmp_path / "Strip line 3")
    for name in ("1.heic", "2.heic", "plan.svg"):
        (root / "red iron" / name).write_bytes(b"x")
    walk, engine = walk_with()
    walk.open(root)
    assert walk.session.project is not None
    add_result(add_run(walk.session.project), mistakes={(0, 1): 1})
    walk.session.reload_runs()
    page = walk.page("images")
    page.formats_bar.clear()
    page.grid.setFocus()
    page.grid.setCurrentIndex(page.images.index(4))
    selection = QItemSelection(page.images.index(2), page.images.index(6))
    page.grid.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
    walk.shoot("02-images")
    page.class_list.setCurrentIndex(page.classes.index(5))
    page._say_formats()
    walk.shoot("02-images-class")
    page.show_all()
    page.grid.set_picture_size(320)
    walk.shoot("02-images-large")
    page.grid.set_picture_size(72)
    walk.shoot("02-images-tiny")
    page.show_full(12)
    walk.shoot("06-full-view-images")
    page.full_view.set_mode("beside")
    page.full_view.show_row(14)
    page.full_view.picture.zoom(2)
    walk.shoot("06-full-view-beside")
    page.show_grid()
    page.grid.set_picture_size(128)
    walk.session.start_job(ImportJob(str(root), {}))
    engine.play(Progress(Step.READ, 62, 100, 91.0))
    walk.shoot("02-images-job")
    engine.play(Imported({"good": 120}, 3, 1))
    engine.end()
    qtbot.waitUntil(lambda: not walk.session.busy)
    walk.shoot("02-images-imported")


def test_images_with_long_and_chinese_names_and_broken_pictures(walk_with: Any, tmp_path: Path, qtbot: Any) -> None:
    root = draw_classes(tmp_path / "Schweißnahtprüfung Halle 2 (Prüfmittel 14, Nachtschicht, Kamera links oben)", LONG)
    folder = root / "氧化铁皮（温度系统）"
    (folder / "0_notes.jpg").write_text("This is a list of parts.")
    (folder / "0_nothing.png").write_bytes(b"")
    whole = draw_picture(folder / "0_torn.png", 3, 3, 200)
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    draw_picture(root / "ein sehr langer Dateiname, wie ihn Kameras nicht vergeben, Menschen aber schon.png", 4, 1)
    walk, _engine = walk_with()
    walk.open(root)
    page = walk.page("images")
    page.class_list.setCurrentIndex(page.classes.index(4))
    walk.shoot("02-images-long")
    page.show_unreadable()
    walk.shoot("07-unreadable")
    page.show_full(0)
    walk.shoot("07-unreadable-full")
    page.show_all()
    wide = Image.fromarray(picture(2, 5, 400)[:200])
    wide.save(root / "ein breites Bild.jpg", exif=_camera())
    with qtbot.waitSignal(walk.session.catalog_changed, timeout=20_000):
        walk.session.rescan()
    page.show_full(page.images.row_of("ein breites Bild.jpg"))
    page.full_view.set_mode("input")
    walk.shoot("06-full-view-input")


def _camera() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Canon", "Canon EOS 80D"
    exif.get_ifd(0x8769).update({0x829A: 0.004, 0x829D: 5.6, 0x8827: 200, 0x9003: "2021:03:04 10:42:00"})
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 12.0)})
    return exif


def test_empty_and_read_only(walk_with: Any, tmp_path: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    walk, _engine = walk_with()
    with qtbot.waitSignal(walk.session.project_changed):
        walk.session.create(tmp_path / "New parts", ("good", "scratched"))
    page = walk.page("images")
    walk.shoot("07-empty")
    page.empty.set_hot(True)
    walk.shoot("07-empty-drop")
    monkeypatch.setattr(Project, "read_only", True)
    root = draw_project(tmp_path / "手势数字 2024", dict.fromkeys("一二三四五", 12))
    walk.open(root)
    assert walk.session.project is not None
    walk.session.project.why_read_only = f"The folder {root} can’t be written to."
    page._on_project()
    walk.shoot("07-read-only")


def test_putting_into_classes(walk_with: Any, tmp_path: Path, qtbot: Any) -> None:
    walk, _engine = walk_with()
    walk.open(draw_project(tmp_path / "Strip line 3"))
    page = walk.page("images")
    page.grid.setFocus()
    page.grid.setCurrentIndex(page.images.index(4))
    selection = QItemSelection(page.images.index(2), page.images.index(7))
    page.grid.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
    qtbot.keyClick(page.grid, Qt.Key.Key_6)
    walk.settle()
    page.class_list._delegate.target, page.class_list._delegate.hanging = 6, 6
    walk.shoot("02-images-put")
    assert page.organising._drag_picture(page.images.file(2), 6).save(str(OUT / "02-drag.png"))
    page.class_list._delegate.target = -1
    label = Label(Action.MOVE, 500, "a.png", "slag inclusion")
    moved = tuple((f"red iron/{n}.png", f"slag inclusion/{n}.png") for n in range(488))
    failed = tuple(Failure(f"red iron/{n}.png", Reason.IN_USE) for n in range(488, 500))
    page.organising.step_bar.say(
        step_words.outcome(Outcome(Kind.DO, label, moved, failed=failed)), can_undo=True, can_finish=True
    )
    page.organising.step_bar.why.click()
    page.organising.selection_bar.ask_name()
    qtbot.keyClicks(page.organising.selection_bar.field, "sla")
    walk.shoot("02-images-partial")
    page.organising.selection_bar.hide_field()
    page.class_changes.name_editor.ask("red iron")
    page.organising._grid.setFocus()
    page.session.organiser.interrupted = (Outcome(Kind.DO, label, moved[:200], failed=failed, interrupted=True),)
    page.session.organiser.changed.emit()
    walk.shoot("02-images-interrupted")
    page.class_changes.name_editor.hide()
    page.class_changes.ask_delete(page.classes.row(6))
    walk.shoot("08-delete-class", of=QApplication.activeModalWidget())
    QApplication.activeModalWidget().reject()  # type: ignore[attr-defined]


def test_closing_while_training(walk_with: Any, tmp_path: Path, qtbot: Any) -> None:
    walk, engine = walk_with()
    walk.open(draw_project(tmp_path / "Strip line 3"))
    walk.session.start_job(TrainJob(str(tmp_path)))
    engine.play(Progress(Step.READ, 40, 100, 30.0))
    walk.window.close()
    qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), Question))
    walk.shoot("08-closing", of=QApplication.activeModalWidget())
    QApplication.activeModalWidget().reject()  # type: ignore[attr-defined]


def test_menus_on_the_screen_itself(walk_with: Any, tmp_path: Path, qtbot: Any) -> None:
    walk, _engine = walk_with()
    walk.session.settings.recent = [str(tmp_path / "Pollen count, hive 4"), str(tmp_path / "手势数字 2024")]
    walk.open(draw_project(tmp_path / "Strip line 3"))
    walk.page("images")
    for name, button in (
        ("project", walk.window.workspace.top_bar.project),  # type: ignore[union-attr]
        ("settings", walk.window.workspace.rail.settings),  # type: ignore[union-attr]
    ):
        for mode in ("light", "dark"):
            walk.theme.set_mode(mode)  # type: ignore[arg-type]
            walk.click(button)
            walk.shoot_screen(f"08-menu-{name}-{mode}")
            menu = next(menu for menu in walk.window.findChildren(QMenu) if menu.isVisible())
            qtbot.keyClick(menu, Qt.Key.Key_Escape)
    walk.theme.set_mode("light")
