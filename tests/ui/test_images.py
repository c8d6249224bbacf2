"""The Images page on real folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_app.engine.jobs import ImportJob
from desktop_app.errors import StorageError
from desktop_app.events import Imported
from desktop_app.project.import_plan import Form, Reading
from desktop_app.ui.models.picture_filter import UNLABELLED, UNREADABLE, Filter, Kind, Sort, SortBy
from desktop_app.ui.pages.images import ImagesPage
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.buttons import Button
from tests.drawing import draw_classes, draw_picture, let_settle
from tests.ui.demo import PlayedEngine, add_run, play_out


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return draw_classes(tmp_path / "parts", {"good": 25, "scratched": 6, "_unlabelled": 2})


@pytest.fixture
def open_page(session: Session, theme: Theme, qtbot: Any) -> Iterator[Any]:
    def make(root: Path) -> ImagesPage:
        with qtbot.waitSignal(session.project_changed):
            session.open(root)
        page = ImagesPage(session, theme)
        qtbot.addWidget(page)
        page.resize(1200, 800)
        page.show()
        qtbot.waitExposed(page)
        page.activateWindow()
        page.setFocus()
        return page

    yield make
    play_out(session, qtbot)


@pytest.fixture
def page(open_page: Any, root: Path) -> ImagesPage:
    made: ImagesPage = open_page(root)
    return made


def drop(page: ImagesPage, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    actions = Qt.DropAction.MoveAction | Qt.DropAction.CopyAction
    enter = QDragEnterEvent(QPoint(500, 500), actions, data, left, none)
    QApplication.sendEvent(page, enter)
    assert enter.isAccepted()
    event = QDropEvent(QPointF(500, 500), actions, data, left, none)
    QApplication.sendEvent(page, event)
    assert event.dropAction() == Qt.DropAction.CopyAction  # a move would make the sender delete its files


def test_all_pictures_are_there_with_thumbnails(page: ImagesPage, qtbot: Any) -> None:
    assert page.images.rowCount() == 33
    thumbnails = page.session.thumbnails
    qtbot.waitUntil(lambda: all(thumbnails.picture(page.images.file(row)) for row in page.grid.visible_rows()))
    assert page.filter_bar.count.text() == "33 pictures"


def test_the_classes_filter(page: ImagesPage, qtbot: Any) -> None:
    page.class_list.setCurrentIndex(page.classes.index(3))
    assert page.images.filter == Filter(labels=frozenset({1}))
    assert page.images.rowCount() == 6
    chip = page.filter_bar.chip(Kind.CLASS)
    assert chip is not None and chip.isVisible()
    assert chip.text() == "Class: scratched"
    assert page.filter_bar.count.text() == "6 of 33 pictures"
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(chip.width() - 12, 12))
    assert page.images.rowCount() == 33
    assert page.filter_bar.chip(Kind.CLASS) is None
    assert page.class_list.currentIndex().row() == 0
    page.class_list.setCurrentIndex(page.classes.index(1))
    assert page.images.filter == Filter(labels=frozenset({UNLABELLED}))


def test_the_list_of_classes_agrees_with_the_filter(page: ImagesPage) -> None:
    page.class_list.setCurrentIndex(page.classes.index(3))
    page._set_filter(Filter(labels=frozenset({0, 1})))
    assert not page.class_list.currentIndex().isValid()
    page._set_filter(Filter(labels=frozenset({0})))
    assert page.classes.row(page.class_list.currentIndex().row()).label == 0
    page._set_filter(Filter(name="00"))
    assert not page.class_list.currentIndex().isValid()  # these are not all pictures
    page.class_list.setCurrentIndex(page.classes.index(3))
    assert page.images.filter == Filter(name="00", labels=frozenset({1}))
    page.class_list.setCurrentIndex(page.classes.index(0))
    assert page.images.filter == Filter()


def test_filters_that_no_picture_fits_say_so(page: ImagesPage) -> None:
    page._set_filter(Filter(name="nowhere"))
    assert page.nothing.isVisible() and not page.grid.isVisible()
    page.nothing.findChildren(Button)[0].click()
    assert page.grid.isVisible() and page.images.rowCount() == 33


def test_the_order_is_kept_for_each_project(
    page: ImagesPage, session: Session, tmp_path: Path, root: Path, qtbot: Any
) -> None:
    page._set_sort(Sort(SortBy.NAME, descending=True))
    other = draw_classes(tmp_path / "other", {"good": 3})
    for folder, sort in ((other, Sort()), (root, Sort(SortBy.NAME, descending=True))):
        with qtbot.waitSignal(session.project_changed):
            session.open(folder)
        assert page.images.sorted_by == sort


def test_sizes_and_dates_are_known_without_a_health_check(page: ImagesPage, qtbot: Any) -> None:
    qtbot.waitUntil(lambda: bool((page.images.columns.size > 0).all()))
    assert (page.images.columns.changed_ns > 0).all()


def test_space_shows_the_picture_and_comes_back(page: ImagesPage, qtbot: Any) -> None:
    page.grid.setCurrentIndex(page.images.index(4))
    QTest.keyClick(page.grid, Qt.Key.Key_Space)
    full = page.full_view
    assert full.isVisible()
    assert full.row == 4
    qtbot.waitUntil(lambda: "48 × 48 pixels" in full.panel.file.plain())
    assert full.picture.image is not None
    QTest.keyClick(full, Qt.Key.Key_Right)
    QTest.keyClick(full, Qt.Key.Key_Right)
    assert full.row == 6
    assert full._place.text() == "7 of 33"
    QTest.keyClick(full, Qt.Key.Key_Space)
    assert not full.isVisible()
    assert page.grid.currentIndex().row() == 6
    qtbot.waitUntil(page.grid.hasFocus)


def test_the_ends_of_the_list(page: ImagesPage) -> None:
    page.show_full(32)
    QTest.keyClick(page.full_view, Qt.Key.Key_Right)
    assert page.full_view.row == 32
    assert not page.full_view._next.isEnabled()
    assert page.full_view.panel.label.plain() == "Unlabelled"


def test_zoom(page: ImagesPage, qtbot: Any) -> None:
    page.show_full(0)
    qtbot.waitUntil(lambda: page.full_view.panel.file.plain() != "")
    view = page.full_view.picture
    fitted = view.scale
    QTest.keyClick(page.full_view, Qt.Key.Key_Plus)
    assert view.scale == pytest.approx(min(16.0, fitted * 1.25))
    QTest.keyClick(page.full_view, Qt.Key.Key_F)
    assert view.scale == pytest.approx(fitted)
    view.one_to_one()
    assert page.full_view._zoom.text() == "100 %"


def test_unreadable_pictures_are_shown_counted_and_filtered(open_page: Any, root: Path, qtbot: Any) -> None:
    (root / "good" / "a_text.jpg").write_text("hello")
    (root / "good" / "a_nothing.png").write_bytes(b"")
    page = open_page(root)
    qtbot.waitUntil(lambda: len(page.images.problems) == 2)
    assert set(page.images.problems.values()) == {"text, not a picture", "empty file"}
    qtbot.waitUntil(lambda: page.unreadable_bar.text().startswith("2 pictures can’t be read."))
    next(b for b in page.unreadable_bar.findChildren(Button) if b.text() == "Show them").click()
    assert page.images.rowCount() == 2
    assert page.images.filter == Filter(problems=UNREADABLE)
    assert not [
        button
        for button in page.unreadable_bar.findChildren(Button)
        if button.text() == "Show them" and button.isVisible()
    ]
    page.show_full(0)
    qtbot.waitUntil(lambda: bool(page.full_view.picture.problem))
    page.show_grid(0)
    # Replaced outside the program, it comes back by itself.
    draw_picture(root / "good" / "a_nothing.png")
    draw_picture(root / "good" / "one_more.png")
    with qtbot.waitSignal(page.session.catalog_changed):
        page.session.rescan()
    page.show_all()
    qtbot.waitUntil(lambda: len(page.images.problems) == 1)


def test_formats_that_cannot_be_read_are_named_and_counted(open_page: Any, root: Path) -> None:
    for name in ("1.heic", "2.heic", "x.svg"):
        (root / "good" / name).write_bytes(b"x")
    page = open_page(root)
    assert page.formats_bar.text().startswith("3 files are in formats that Discern can’t read: 2 HEIC, 1 SVG.")


def test_a_closed_message_stays_closed_until_there_is_news(open_page: Any, root: Path, qtbot: Any) -> None:
    (root / "good" / "1.heic").write_bytes(b"x")
    page = open_page(root)
    next(b for b in page.formats_bar.findChildren(Button) if not b.text()).click()
    draw_picture(root / "good" / "new.png")
    with qtbot.waitSignal(page.session.catalog_changed):
        page.session.rescan()
    assert page.formats_bar.isHidden()
    (root / "good" / "2.heic").write_bytes(b"x")
    draw_picture(root / "good" / "new2.png")
    with qtbot.waitSignal(page.session.catalog_changed):
        page.session.rescan()
    assert page.formats_bar.text().startswith("2 files")


def test_a_read_only_project_says_so(
    open_page: Any, root: Path, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop_app.project.project import Project

    monkeypatch.setattr(Project, "why_read_only", "The folder can’t be written to.", raising=False)
    monkeypatch.setattr(Project, "read_only", True)
    page = open_page(root)
    assert page.read_only_bar.text().startswith("This project is read-only.")
    assert not page._add.isEnabled()
    drop(page, root)
    assert "can’t be added" in page.importing.bar.text()


def test_new_pictures_keep_the_place(page: ImagesPage, root: Path, qtbot: Any) -> None:
    page.grid.setCurrentIndex(page.images.index(27))
    file = page.images.file(27)
    draw_picture(root / "good" / "aaa.png")
    with qtbot.waitSignal(page.session.catalog_changed):
        page.session.rescan()
    assert page.images.file(page.grid.currentIndex().row()) == file
    assert page.images.rowCount() == 34


def test_locks_come_with_the_first_run_and_follow_their_pictures(page: ImagesPage, qtbot: Any) -> None:
    assert page.session.project is not None
    let_settle(page.session.project.root)
    add_run(page.session.project)
    page.session.reload_runs()
    qtbot.waitUntil(lambda: any(page.images.split_of(row) == "test" for row in range(33)))
    row = next(row for row in range(33) if page.images.split_of(row) == "test")
    page.show_full(row)
    assert page.full_view._test.isVisible()
    page.show_grid()
    file = page.images.file(row)
    before = page.images.columns.split.tolist()
    page.session.organiser.put([file], "scratched" if file.startswith("good") else "good")
    qtbot.waitUntil(lambda: page.images.row_of(file) < 0)
    assert page.images.columns.split.tolist() == before
    play_out(page.session, qtbot)
    page.facts.refresh()
    qtbot.waitUntil(lambda: not page.facts._soon.isActive() and not page.facts._reading)
    assert page.images.columns.split.tolist() == before


def test_the_size_is_remembered(page: ImagesPage) -> None:
    page._slider.setValue(200)
    assert page.grid.picture_size == 200
    page._slider.sliderReleased.emit()
    assert page.session.settings.tile_size == 200


# ---- empty, and import


@pytest.fixture
def empty(session: Session, theme: Theme, qtbot: Any, tmp_path: Path) -> Iterator[ImagesPage]:
    with qtbot.waitSignal(session.project_changed):
        session.create(tmp_path / "new", ("good",))
    page = ImagesPage(session, theme)
    qtbot.addWidget(page)
    page.resize(1200, 800)
    page.show()
    qtbot.waitExposed(page)
    yield page
    play_out(session, qtbot)


def test_an_empty_project_says_what_to_do(empty: ImagesPage) -> None:
    assert empty.empty.isVisible()
    assert not empty.grid.isVisible()
    assert [button.text() for button in empty.empty.findChildren(Button)] == ["Choose folders…", "Choose pictures…"]


def test_dropped_folders_are_copied(empty: ImagesPage, engine: PlayedEngine, root: Path, qtbot: Any) -> None:
    drop(empty, root / "good", root / "scratched")
    project = empty.session.project
    assert project is not None
    sources = (str(root / "good"), str(root / "scratched"))
    qtbot.waitUntil(lambda: bool(engine.jobs))
    assert engine.jobs == [ImportJob(str(project.root), Reading(Form.FOLDERS, sources).to_dict())]
    assert not any(button.isEnabled() for button in empty.empty.findChildren(Button))
    draw_classes(project.root, {"good": 2})
    engine.play(Imported({"good": 2}, 3, 1))
    with qtbot.waitSignal(empty.session.catalog_changed):
        engine.end()
    assert empty.grid.isVisible()
    assert empty.importing.bar.text().startswith("2 pictures copied. Your originals are as they were.")
    assert "has them already: 3" in empty.importing.bar.text()


def test_an_import_that_fails(empty: ImagesPage, engine: PlayedEngine, root: Path, qtbot: Any) -> None:
    drop(empty, root)
    qtbot.waitUntil(lambda: bool(engine.jobs))
    with qtbot.waitSignal(empty.session.job_ended):
        engine.end(StorageError("The disk is full."))
    assert empty.importing.bar.text() == "The disk is full."


def test_one_job_at_a_time(empty: ImagesPage, engine: PlayedEngine, root: Path, qtbot: Any) -> None:
    drop(empty, root)
    qtbot.waitUntil(lambda: bool(engine.jobs))
    drop(empty, root)
    assert len(engine.jobs) == 1
    assert "Another job is running" in empty.importing.bar.text()
    engine.end()
