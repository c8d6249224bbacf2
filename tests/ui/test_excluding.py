"""Excluding pictures on the Images page: a key, a faint tile, a filter, a line in data health; undone."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop_app.project.health import Finding
from desktop_app.project.marks import Mark
from desktop_app.ui.models.filter_choices import choices
from desktop_app.ui.models.picture_filter import EXCLUDED, Kind
from desktop_app.ui.pages.images import ImagesPage
from tests.ui.demo import select
from tests.ui.test_golden import A, B, C, page, settle

__all__ = ["page"]  # a fixture


def excluded(page: ImagesPage) -> set[str]:
    return {page.images.file(row) for row in range(page.images.rowCount()) if page.images.tile(row).excluded}


def test_the_bit_is_that_of_the_health_check() -> None:
    assert EXCLUDED == Finding.EXCLUDED


def test_a_key_excludes_the_selection_and_undo_includes_it_again(page: ImagesPage, qtbot: Any) -> None:
    select(page, A, C)
    QTest.keyClick(page.grid, Qt.Key.Key_X)
    assert excluded(page) == {A, C}, "at once"
    settle(page, qtbot)
    assert excluded(page) == {A, C}
    assert page.images.tile(page.images.row_of(A)).finding == "eye-slash"
    assert "Excluded" in str(page.images.data(page.images.index(page.images.row_of(A)), Qt.ItemDataRole.ToolTipRole))
    assert page.organising.step_bar.text().startswith("2 pictures are excluded.")
    page.organising.step_bar.undo.click()
    settle(page, qtbot)
    assert excluded(page) == set()


def test_pressed_again_it_includes_them(page: ImagesPage, qtbot: Any) -> None:
    select(page, A)
    page.organising.selection_bar.exclude_button.click()
    settle(page, qtbot)
    select(page, A, B)
    assert page.organising.marking.words(Mark.EXCLUDED) == "Exclude"
    QTest.keyClick(page.grid, Qt.Key.Key_X)
    settle(page, qtbot)
    assert page.organising.marking.words(Mark.EXCLUDED) == "Include again"
    QTest.keyClick(page.grid, Qt.Key.Key_X)
    settle(page, qtbot)
    assert excluded(page) == set()


def test_it_is_counted_and_filtered_for(page: ImagesPage, qtbot: Any) -> None:
    line = next(row for row in page.health.panel.rows if row.finding == Finding.EXCLUDED)
    assert line.isHidden(), "nobody is told of what was never done"
    select(page, A, B)
    QTest.keyClick(page.grid, Qt.Key.Key_X)
    settle(page, qtbot)
    assert not line.isHidden() and line.accessibleName() == "Excluded by you, 2"
    (choice,) = [choice for choice in choices(Kind.PROBLEM, page.images) if choice.wanted.problems == EXCLUDED]
    assert choice.count == 2 and choice.text == "Excluded"
    line.click()
    assert page.images.rowCount() == 2


def test_full_view_says_it(page: ImagesPage, qtbot: Any) -> None:
    page.grid.opened.emit(page.images.row_of(B))
    chip = page.full_view._excluded
    assert chip.isHidden()
    QTest.keyClick(page.full_view, Qt.Key.Key_X)
    assert not chip.isHidden()
    settle(page, qtbot)
    assert excluded(page) == {B} and not chip.isHidden()
