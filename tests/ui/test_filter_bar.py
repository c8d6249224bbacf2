"""Chips, the small windows that edit them, and orders, with real keys and clicks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QDate, QPoint, QRect, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMenu

from desktop_app.project.catalog import Catalog
from desktop_app.project.columns import Columns
from desktop_app.project.config import ClassInfo
from desktop_app.project.health import Finding
from desktop_app.ui import filter_words
from desktop_app.ui.models.filter_choices import choices
from desktop_app.ui.models.image_list import ImageListModel
from desktop_app.ui.models.picture_filter import UNLABELLED, Filter, Kind, Sort, SortBy
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.filter_bar import FilterBar, FilterChip
from desktop_app.ui.widgets.filter_editor import FilterEditor

LONG = "Zunderreste des Temperiersystems, oberflächlich und beidseitig"
INFOS = (ClassInfo("good", 0, "1"), ClassInfo("氧化铁皮（温度系统）", 1, "2"), ClassInfo(LONG, 2, "3"))


def at(*day: int) -> int:
    return int(datetime(*day).timestamp()) * 10**9  # type: ignore[arg-type]


@pytest.fixture
def images(qapp: object) -> ImageListModel:
    files = tuple(f"{INFOS[n % 3].name}/picture {n}.png" for n in range(12))
    labels = np.arange(12, dtype=np.int32) % 3
    labels[-1] = UNLABELLED
    model = ImageListModel()
    model.set_catalog(Catalog(tuple(info.name for info in INFOS), files, labels), INFOS)
    return model


@pytest.fixture
def known(images: ImageListModel) -> ImageListModel:
    numbers = np.arange(12)
    columns = replace(
        Columns.unknown(images.columns.files),
        size=(1 << numbers).astype(np.int64) * 900,
        changed_ns=np.array([at(2024, 1 + n // 4, 3, 12) for n in range(12)], np.int64),
        width=np.where(numbers % 2, 640, 64).astype(np.int32),
        height=np.where(numbers % 2, 480, 64).astype(np.int32),
        split=(numbers % 4 - 1).astype(np.int8),
        predicted=np.where(numbers < 6, 1, -1).astype(np.int32),
        confidence=np.where(numbers < 6, numbers / 5, np.nan).astype(np.float32),
    )
    images.set_columns(columns)
    return images


@pytest.fixture
def bar(known: ImageListModel, theme: Theme, qtbot: Any) -> Iterator[FilterBar]:
    made = FilterBar(known, theme)
    qtbot.addWidget(made)
    made.filter_requested.connect(known.set_filter)
    made.sort_requested.connect(known.set_sort)
    known.modelReset.connect(made.refresh)
    made.resize(900, 48)
    made.show()
    qtbot.waitExposed(made)
    yield made
    if made.editor is not None:
        made.editor.close()


def chip(bar: FilterBar, kind: Kind) -> FilterChip:
    found = bar.chip(kind)
    assert found is not None
    return found


def editor(bar: FilterBar, kind: Kind) -> FilterEditor:
    bar.edit(kind)
    assert bar.editor is not None and bar.editor.isVisible()
    return bar.editor


def texts(of: FilterEditor) -> list[str]:
    assert of.list is not None
    model = of.list.model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def click(of: FilterEditor, text: str) -> None:
    assert of.list is not None
    index = of.list.model().index(texts(of).index(text), 0)
    QTest.mouseClick(of.list.viewport(), Qt.MouseButton.LeftButton, pos=of.list.visualRect(index).center())


def test_several_classes_in_one_chip(bar: FilterBar, known: ImageListModel) -> None:
    window = editor(bar, Kind.CLASS)
    click(window, "good")
    assert known.rowCount() == 4
    click(window, INFOS[1].name)
    assert known.filter == Filter(labels=frozenset({0, 1}))
    assert chip(bar, Kind.CLASS).text() == f"Class: good, {INFOS[1].name}"
    assert bar.count.text() == "8 of 12 pictures"
    click(window, "good")
    click(window, INFOS[1].name)
    assert known.filter == Filter() and bar.chip(Kind.CLASS) is None
    assert bar.count.text() == "12 pictures"


def test_criteria_are_combined_and_removed_one_by_one(bar: FilterBar, known: ImageListModel) -> None:
    click(editor(bar, Kind.CLASS), "good")
    assert bar.editor is not None
    bar.editor.close()
    click(editor(bar, Kind.SPLIT), "Test")
    assert known.filter == Filter(labels=frozenset({0}), splits=frozenset({2}))
    assert bar.editor is not None
    bar.editor.close()
    cross = chip(bar, Kind.CLASS)
    QTest.mouseClick(cross, Qt.MouseButton.LeftButton, pos=QPoint(cross.width() - 14, 12))
    assert known.filter == Filter(splits=frozenset({2}))
    chip(bar, Kind.SPLIT).setFocus()
    QTest.keyClick(chip(bar, Kind.SPLIT), Qt.Key.Key_Delete)
    assert known.filter == Filter()


def test_a_chip_is_changed_by_a_click_or_by_the_keyboard(bar: FilterBar, known: ImageListModel, qtbot: Any) -> None:
    known.set_filter(Filter(splits=frozenset({0})))
    qtbot.waitUntil(lambda: chip(bar, Kind.SPLIT).size() == chip(bar, Kind.SPLIT).sizeHint())
    QTest.mouseClick(chip(bar, Kind.SPLIT), Qt.MouseButton.LeftButton, pos=QPoint(20, 12))
    assert known.filter.splits and bar.editor is not None and bar.editor.kind == Kind.SPLIT
    assert bar.editor.list is not None
    QTest.keyClick(bar.editor.list, Qt.Key.Key_Down)
    QTest.keyClick(bar.editor.list, Qt.Key.Key_Space)
    assert known.filter == Filter(splits=frozenset({0, 1}))
    QTest.keyClick(bar.editor, Qt.Key.Key_Escape)
    assert known.filter == Filter(splits=frozenset({0, 1}))


def test_a_name_is_searched_while_it_is_typed(bar: FilterBar, known: ImageListModel, qtbot: Any) -> None:
    window = editor(bar, Kind.NAME)
    qtbot.waitUntil(window.field.hasFocus)
    QTest.keyClicks(window.field, "RE 1")
    qtbot.waitUntil(lambda: known.filter == Filter(name="RE 1"))
    assert known.rowCount() == 3
    assert chip(bar, Kind.NAME).text() == "Name: “RE 1”"
    QTest.keyClicks(window.field, "1")
    QTest.keyClick(window.field, Qt.Key.Key_Return)  # does not wait
    assert known.filter == Filter(name="RE 11")
    assert not window.isVisible()


def test_dates_are_offered_as_the_pictures_have_them(bar: FilterBar, known: ImageListModel) -> None:
    window = editor(bar, Kind.DATE)
    assert texts(window) == ["March 2024", "February 2024", "January 2024"]
    click(window, "February 2024")
    assert known.filter.dates == (at(2024, 2, 1), at(2024, 3, 1)) and known.rowCount() == 4
    assert chip(bar, Kind.DATE).text() == "Date: February 2024"
    window._from.setDate(QDate(2024, 2, 3))
    window._to.setDate(QDate(2024, 3, 3))
    assert known.filter.dates == (at(2024, 2, 3), at(2024, 3, 4)) and known.rowCount() == 8
    assert chip(bar, Kind.DATE).text() == "Date: 3 February 2024 – 3 March 2024"


def test_how_sure_by_range_and_by_slider(bar: FilterBar, known: ImageListModel) -> None:
    window = editor(bar, Kind.CONFIDENCE)
    assert [text.replace("\N{NO-BREAK SPACE}", " ") for text in texts(window)][1:] == ["50–80 %", "80–95 %", "95–100 %"]
    click(window, texts(window)[1])
    assert known.filter.confidence == (0.5, 0.8) and known.rowCount() == 2
    window._low.setValue(35)
    assert known.filter.confidence == (0.35, 1.0) and known.rowCount() == 4
    window._low.setValue(0)
    assert known.filter == Filter()


def test_sizes(bar: FilterBar, known: ImageListModel) -> None:
    window = editor(bar, Kind.SHAPE)
    assert texts(window) == ["64 × 64", "640 × 480"]
    click(window, "640 × 480")
    assert known.rowCount() == 6 and chip(bar, Kind.SHAPE).text() == "Size: 640 × 480"
    window.close()
    window = editor(bar, Kind.WEIGHT)
    offered = choices(Kind.WEIGHT, known)
    assert sum(choice.count for choice in offered) == 12 and len(offered) <= 8
    click(window, offered[0].text)
    assert known.filter.weights == offered[0].wanted.weights


def test_many_shapes_are_offered_as_ranges(known: ImageListModel) -> None:
    edges = np.arange(100, 1300, 100, dtype=np.int32)
    known.set_columns(replace(known.columns, width=edges, height=edges))
    assert [choice.text for choice in choices(Kind.SHAPE, known)][:1] == ["100 × 100"]  # twelve are not too many
    files = (*known.columns.files, "good/x.png")
    known.set_catalog(Catalog(tuple(info.name for info in INFOS), files, np.zeros(13, np.int32)), INFOS)
    edges = np.append(edges, np.int32(40))
    known.set_columns(replace(known.columns, width=edges, height=edges))
    assert {choice.text: choice.count for choice in choices(Kind.SHAPE, known)} == {
        "up to 64 pixels": 1,
        "65–128 pixels": 1,
        "129–256 pixels": 1,
        "257–512 pixels": 3,
        "513–1,024 pixels": 5,
        "1,025–2,048 pixels": 2,
    }


def test_problems_with_their_numbers(bar: FilterBar, known: ImageListModel) -> None:
    found = np.zeros(12, np.uint16)
    found[:3], found[2:4] = Finding.DARK, Finding.DARK | Finding.LEAK
    known.set_findings(known.columns.files, found)
    known.set_problem(known.columns.files[7], "empty file")
    counts = {choice.text: choice.count for choice in choices(Kind.PROBLEM, known)}
    assert (counts["Dark"], counts["Leak between train and test"], counts["Unreadable"]) == (4, 2, 1)
    window = editor(bar, Kind.PROBLEM)
    click(window, "Leak between train and test")
    click(window, "Unreadable")
    assert [known.file(row)[-6:] for row in range(known.rowCount())] == [" 2.png", " 3.png", " 7.png"]
    assert chip(bar, Kind.PROBLEM).text() == "Problem: Unreadable, Leak between train and test"


def test_what_is_not_known_is_said(images: ImageListModel, theme: Theme, qtbot: Any) -> None:
    bar = FilterBar(images, theme)
    qtbot.addWidget(bar)
    bar.show()
    for kind, word in ((Kind.PREDICTED, "model"), (Kind.SHAPE, "health check")):
        window = editor(bar, kind)
        assert window.list is None
        assert any(word in label.text() for label in window.findChildren(QLabel))
        window.close()


def actions(menu: QMenu) -> dict[str, QAction]:
    return {action.text(): action for action in menu.actions() if action.text()}


def test_the_menu_of_filters(bar: FilterBar, known: ImageListModel) -> None:
    offered = actions(bar.kinds_menu())
    assert list(offered)[:2] == ["Unlabelled", "Class…"] and len(offered) == 1 + len(Kind)
    offered["Unlabelled"].trigger()
    assert known.filter == Filter(labels=frozenset({UNLABELLED}))
    assert chip(bar, Kind.CLASS).text() == "Unlabelled"
    actions(bar.kinds_menu())["Remove all filters"].trigger()
    assert known.filter == Filter()


def test_the_menu_of_orders(bar: FilterBar, known: ImageListModel) -> None:
    actions(bar.orders_menu())["File size"].trigger()
    bar.refresh()
    assert bar.sort.text() == "File size"
    actions(bar.orders_menu())["Descending"].trigger()
    bar.refresh()
    assert known.sorted_by == Sort(SortBy.WEIGHT, descending=True)
    assert bar.sort.accessibleName() == "Sorted by File size, descending"
    assert known.file(0).endswith("picture 11.png")
    checked = [text for text, action in actions(bar.orders_menu()).items() if action.isChecked()]
    assert checked == ["File size", "Descending"]


def test_chips_wrap_and_long_names_give_way(bar: FilterBar, known: ImageListModel, qtbot: Any) -> None:
    known.set_filter(Filter(labels=frozenset({0, 1, 2}), splits=frozenset({0, 1, -1}), name="p", weights=(0, 10**9)))
    bar.setMaximumWidth(520)
    bar.resize(520, bar.heightForWidth(520))
    qtbot.waitUntil(lambda: chip(bar, Kind.WEIGHT).y() > chip(bar, Kind.CLASS).y())
    for kind in known.filter.kinds():
        assert bar.rect().contains(QRect(chip(bar, kind).mapTo(bar, QPoint(0, 0)), chip(bar, kind).size()))
        assert chip(bar, kind).toolTip() == chip(bar, kind).text()


def test_every_kind_and_order_has_words_and_an_icon(qapp: object, theme: Theme) -> None:
    for kind in Kind:
        assert filter_words.kind(kind) and filter_words.unknown(kind)
        assert not theme.icon(filter_words.kind_icon(kind)).isNull()
    assert len({filter_words.sort(by) for by in SortBy}) == len(SortBy)
