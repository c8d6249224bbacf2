"""Advice on the Train page, with played events."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QSize, Qt

from desktop_app.engine.jobs import JudgePicturesJob, RankBackbonesJob
from desktop_app.errors import DataError
from desktop_app.events import (
    BackboneProbed,
    BackbonesRanked,
    Curve,
    CurvePoint,
    Notice,
    PicturesJudged,
    PictureSkipped,
    Progress,
    Step,
)
from desktop_app.learning import library
from desktop_app.ui import advice_words
from desktop_app.ui.pages.train import TrainPage
from tests.ui import demo

CLASSES = {"good": 12, "scratched": 12, "chipped": 12}
LITE0 = BackboneProbed("efficientnet_lite0", 27, 29, (0.72, 0.98), 0.93, (0.7, 0.99), 4.2, 0.004, 0.4)
LITE1 = BackboneProbed("efficientnet_lite1", 28, 29, (0.75, 0.99), 0.96, (0.74, 0.99), 6.1, 0.006)
LITE2 = BackboneProbed("efficientnet_lite2", 20, 29, (0.5, 0.83), 0.7, (0.5, 0.85), 9.7, 0.01, 0.002)
RANKED = BackbonesRanked([LITE1, LITE0, LITE2], ["resnet50", "vgg16"], 29, 36, 3, "s")


def curve(name: str, outlook: Any, top: float, **more: Any) -> Curve:
    points = [
        CurvePoint(2.4 * part, top - 0.1 * (4 - part), (top - 0.1 * (4 - part) - 0.15, min(1.0, top + 0.04)))
        for part in range(1, 5)
    ]
    return Curve(name, 12, points, outlook, **more)


JUDGED = PicturesJudged(
    "efficientnet_lite0",
    curve("", "slow", 0.93),
    [
        curve("good", "good", 0.99),
        curve("scratched", "rising", 0.85, more=40, expected=(0.87, 0.93), doubtful=0),
        curve("chipped", "flat", 0.8, doubtful=2),
    ],
    "s",
)


@pytest.fixture
def session(qtbot, tmp_path, engine):
    session = demo.open_session(qtbot, demo.draw_project(tmp_path / "parts", CLASSES), engine)
    yield session
    demo.close_session(qtbot, session)


@pytest.fixture
def page(qtbot, session, theme):
    page = TrainPage(session, theme)
    demo.show_page(page, qtbot)
    return page


def ask(qtbot, advice, engine, *events):
    advice.fold.set_open(True)
    qtbot.mouseClick(advice.button, Qt.MouseButton.LeftButton)
    engine.play(*events)


def texts(table, column):
    return [row[column].text for row in table.cells.rows]


def test_nothing_is_known_before_it_is_asked_for(page):
    for advice in (page.advice.networks, page.advice.pictures):
        assert advice.table.isHidden() and advice.button.isEnabled()
        assert not advice.fold.is_open()


def test_the_table_fills_while_networks_are_compared(qtbot, page, engine):
    networks = page.advice.networks
    ask(qtbot, networks, engine, Progress(Step.READ, 3, 29), LITE0, Progress(Step.PROBE, 1, 20))
    qtbot.waitUntil(lambda: "2: cross-validating" in networks.status.text())
    assert texts(networks.table, 0) == ["EfficientNet-Lite0"]
    assert not networks.button.isEnabled()
    engine.play(LITE1, LITE2, RANKED)
    engine.end()
    qtbot.waitUntil(lambda: not page.session.busy)
    assert engine.jobs == [RankBackbonesJob(str(page.session.project.root), "pad")]
    assert texts(networks.table, 0) == ["EfficientNet-Lite1", "EfficientNet-Lite0", "EfficientNet-Lite2"]
    assert texts(networks.table, 6) == ["best", "too close to call", "behind the best"]
    assert "too close to call, and 1.5 × as fast" in networks.words.plain()
    assert "2 other networks" in networks.status.text()


def test_a_row_chooses_the_recipes_network(qtbot, page, engine):
    networks = page.advice.networks
    ask(qtbot, networks, engine, RANKED)
    engine.end()
    qtbot.waitUntil(lambda: not page.session.busy)
    assert networks.table.currentIndex().row() == 1  # the recipe's own
    networks.table.selectRow(2)
    assert page.left.form.recipe().backbone == "efficientnet_lite2"
    form = page.left.form
    form.set_recipe(replace(form.recipe(), backbone="efficientnet_lite1"))
    assert networks.table.currentIndex().row() == 0


def test_stopped_or_failed_the_last_result_is_shown(qtbot, page, engine):
    networks = page.advice.networks
    ask(qtbot, networks, engine, LITE0)
    qtbot.waitUntil(lambda: texts(networks.table, 0) != [])
    page.session.stop_job()
    qtbot.waitUntil(lambda: not page.session.busy)
    demo.play_out(page.session, qtbot)
    assert networks.table.isHidden() and networks.button.isEnabled() and not networks.status.text()
    ask(qtbot, networks, engine)
    engine.end(DataError("There are too few pictures."))
    qtbot.waitUntil(lambda: not page.session.busy)
    demo.play_out(page.session, qtbot)  # what was found before is read again
    assert networks.message.isVisible() and "too few" in networks.message.text()


def test_what_the_answer_leaves_out_is_told(qtbot, page, engine):
    networks = page.advice.networks
    damaged = Notice("warning", "The file of “ResNet-18” is damaged.", "", "Add it again.")
    ask(qtbot, networks, engine, PictureSkipped("good/a.png", "cut off"), damaged, RANKED)
    engine.end()
    qtbot.waitUntil(lambda: not page.session.busy)
    assert networks.message.isVisible()
    assert networks.message.text().startswith("1 picture can’t be read. It is left out; the file is untouched.")
    assert "ResNet-18" in networks.message.text() and not page.advice.pictures.message.isVisible()


def only_installed(monkeypatch, *installed):
    monkeypatch.setattr(library, "shelf", lambda row: library.Shelf(row, row.name in installed, bundled=False))
    monkeypatch.setattr(library, "is_installed", lambda row: row.name in installed)


def test_without_a_network_nothing_can_be_asked(qtbot, session, theme, engine, monkeypatch):
    only_installed(monkeypatch)
    page = TrainPage(session, theme)
    demo.show_page(page, qtbot)
    networks, pictures = page.advice.networks, page.advice.pictures
    for advice in (networks, pictures):
        advice.fold.set_open(True)
        assert not advice.button.isEnabled() and advice.status.isVisible()
    assert networks.status.text().startswith("No network is on this computer.")
    assert "EfficientNet-Lite0" in pictures.status.text()
    only_installed(monkeypatch, "efficientnet_lite0", "resnet18")  # added on the page of networks
    page.hide()
    page.show()
    assert networks.button.isEnabled() and not networks.status.text()
    assert networks.button.text() == "Compare the networks"
    assert pictures.button.isEnabled() and not pictures.status.text()


def test_one_network_is_tried_not_compared(qtbot, session, theme, engine, monkeypatch):
    only_installed(monkeypatch, "efficientnet_lite0")
    page = TrainPage(session, theme)
    demo.show_page(page, qtbot)
    networks = page.advice.networks
    assert networks.button.text() == "Try the network" and "how well it tells" in networks.words.plain()
    ask(qtbot, networks, engine, LITE0, replace(RANKED, rows=[LITE0]))
    engine.end()
    qtbot.waitUntil(lambda: not page.session.busy)
    assert "only one network" in networks.words.plain() and networks.button.text() == "Try again"
    assert texts(networks.table, 6) == [""]
    form = page.left.form
    form.set_recipe(replace(form.recipe(), backbone="resnet18"))
    assert networks.button.isEnabled() and not page.advice.pictures.button.isEnabled()


def test_one_class_is_nothing_to_ask_about(qtbot, tmp_path, engine, theme):
    session = demo.open_session(qtbot, demo.draw_project(tmp_path / "one", {"good": 5}), engine)
    page = TrainPage(session, theme)
    demo.show_page(page, qtbot)
    for advice in (page.advice.networks, page.advice.pictures):
        assert not advice.button.isEnabled() and "at least two classes" in advice.status.text()
    demo.close_session(qtbot, session)


def test_every_class_has_its_sentence_and_curve(qtbot, page, engine):
    pictures = page.advice.pictures
    ask(qtbot, pictures, engine, JUDGED)
    engine.end()
    qtbot.waitUntil(lambda: not page.session.busy)
    assert engine.jobs == [JudgePicturesJob(str(page.session.project.root), "efficientnet_lite0", "pad")]
    assert texts(pictures.table, 0) == ["All classes", "chipped", "scratched", "good"]
    assert "rising slowly" in pictures.words.plain() and pictures.sentence.isHidden()
    pictures.table.selectRow(1)
    assert (
        "“chipped” is flat" in pictures.sentence.plain() and "2 of its labels look wrong" in pictures.sentence.plain()
    )
    pictures.table.selectRow(2)
    said = pictures.sentence.plain()
    assert "“scratched” is still rising: 40 more should help." in said and "87–93" in said
    assert "85" in pictures.chart.accessibleDescription()


@pytest.mark.parametrize("outlook", ["few", "rising", "slow", "flat", "good", "unclear"])
def test_every_outlook_has_words(outlook):
    found = curve("a {b}", outlook, 0.9, more=10)
    assert advice_words.short_outlook(found)
    assert "“a {b}”" in advice_words.outlook(found)


def test_little_room_leaves_columns_out_and_cuts_nothing(qtbot, page, engine):
    networks = page.advice.networks
    ask(qtbot, networks, engine, RANKED)
    engine.end()
    qtbot.waitUntil(lambda: not page.session.busy)
    page.resize(QSize(900, 500))
    page.set_compact(True)
    qtbot.wait(50)
    table = networks.table
    shown = [column for column in range(7) if not table.isColumnHidden(column)]
    assert {0, 1, 2, 6} <= set(shown)
    assert sum(table.columnWidth(column) for column in shown) <= table.viewport().width() + 1
