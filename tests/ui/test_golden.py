"""The golden set on the Images page: marked by a key, seen on tiles, filtered for, undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop_app.project.marks import Mark
from desktop_app.ui import filter_words
from desktop_app.ui.models.filter_choices import choices
from desktop_app.ui.models.picture_filter import Filter, Kind
from desktop_app.ui.pages.images import ImagesPage
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.workspace import Workspace
from tests.drawing import draw_classes, let_settle
from tests.ui.demo import play_out, select


@pytest.fixture
def page(session: Session, theme: Theme, qtbot: Any, tmp_path: Path) -> Iterator[ImagesPage]:
    root = let_settle(draw_classes(tmp_path / "parts", {"good": 4, "scratched": 3}))
    with qtbot.waitSignal(session.project_changed):
        session.open(root)
    workspace = Workspace(session, theme)
    qtbot.addWidget(workspace)
    workspace.resize(1440, 900)
    workspace.show()
    qtbot.waitExposed(workspace)
    play_out(session, qtbot)
    made = workspace.page("images")
    assert isinstance(made, ImagesPage)
    yield made
    play_out(session, qtbot)


def golden(page: ImagesPage) -> set[str]:
    return {page.images.file(row) for row in range(page.images.rowCount()) if page.images.tile(row).golden}


def settle(page: ImagesPage, qtbot: Any) -> None:
    play_out(page.session, qtbot)
    qtbot.waitUntil(lambda: page.facts.settled)


A, B, C = "good/good_001.png", "good/good_002.png", "scratched/scratched_001.png"


def test_a_key_marks_the_selection_and_undo_takes_it_back(page: ImagesPage, qtbot: Any) -> None:
    select(page, A, C)
    QTest.keyClick(page.grid, Qt.Key.Key_G)
    assert golden(page) == {A, C}  # at once
    settle(page, qtbot)
    assert golden(page) == {A, C}
    project = page.session.project
    assert project is not None and len(project.marked(Mark.GOLDEN)) == 2
    assert page.organising.step_bar.text().startswith("2 pictures are in the golden set.")
    assert str(page.session.organiser.undo_label) == "Put 2 pictures into the golden set"
    page.session.organiser.undo()
    settle(page, qtbot)
    assert golden(page) == set()
    page.session.organiser.redo()
    settle(page, qtbot)
    assert golden(page) == {A, C}


def test_pressed_again_it_takes_them_out(page: ImagesPage, qtbot: Any) -> None:
    select(page, A)
    QTest.keyClick(page.grid, Qt.Key.Key_G)
    settle(page, qtbot)
    select(page, A, B)  # one is in already: the other joins it
    assert page.organising.marking.words(Mark.GOLDEN) == "Put into the golden set"
    page.organising.selection_bar.golden_button.click()
    settle(page, qtbot)
    assert golden(page) == {A, B}
    assert page.organising.marking.words(Mark.GOLDEN) == "Take out of the golden set"
    page.organising.selection_bar.golden_button.click()
    settle(page, qtbot)
    assert golden(page) == set()


def test_it_stays_with_a_picture_that_is_moved(page: ImagesPage, qtbot: Any) -> None:
    select(page, A)
    QTest.keyClick(page.grid, Qt.Key.Key_G)
    page.session.organiser.put([A], "scratched")
    settle(page, qtbot)
    assert golden(page) == {"scratched/good_001.png"}


def test_it_can_be_filtered_for(page: ImagesPage, qtbot: Any) -> None:
    assert choices(Kind.GOLDEN, page.images) == []
    assert "press G" in filter_words.unknown(Kind.GOLDEN)
    select(page, A, B)
    QTest.keyClick(page.grid, Qt.Key.Key_G)
    settle(page, qtbot)
    (choice,) = choices(Kind.GOLDEN, page.images)
    assert choice.count == 2
    page.images.set_filter(choice.wanted)
    assert page.images.rowCount() == 2
    page.filter_bar.refresh()
    chip = page.filter_bar.chip(Kind.GOLDEN)
    assert chip is not None and "In the golden set" in chip.accessibleName()
    assert Filter(golden=True).kinds() == (Kind.GOLDEN,)


def test_full_view_says_it(page: ImagesPage, qtbot: Any) -> None:
    page.grid.opened.emit(page.images.row_of(B))
    chip = page.full_view._golden
    assert chip.isHidden()
    QTest.keyClick(page.full_view, Qt.Key.Key_G)
    assert not chip.isHidden()
    settle(page, qtbot)
    assert golden(page) == {B} and not chip.isHidden()
    assert "In the golden set" in str(
        page.images.data(page.images.index(page.images.row_of(B)), Qt.ItemDataRole.AccessibleTextRole)
    )


def test_a_class_with_the_key_wins(page: ImagesPage, qtbot: Any) -> None:
    from desktop_app.project import class_edits

    page.session.organiser.change_classes(class_edits.assign_key("scratched", "g"))
    settle(page, qtbot)
    select(page, A)
    QTest.keyClick(page.grid, Qt.Key.Key_G)
    settle(page, qtbot)
    assert golden(page) == set() and page.images.row_of("scratched/good_001.png") >= 0
