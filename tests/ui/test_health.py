"""Data health on the Images page: counts as filters, leaks and their way out, near-duplicates told apart."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt

from desktop_app.engine.jobs import SplitJob
from desktop_app.events import SplitsDealt
from desktop_app.project.giveaways import GivesAway
from desktop_app.project.groups import Grouping
from desktop_app.project.health import Finding, Health
from desktop_app.project.marks import Mark, kept_label
from desktop_app.project.remarks import TooFew
from desktop_app.ui.dialogs.groups import preview
from desktop_app.ui.models.picture_filter import SortBy
from desktop_app.ui.pages.images import ImagesPage
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from tests.ui.demo import PlayedEngine, close_session, draw_project, open_session, play_out, show_page


@pytest.fixture
def session(qtbot: Any, tmp_path: Path) -> Iterator[Session]:
    root = draw_project(tmp_path / "parts", {"good": 12, "bad": 12}, unlabelled=0)
    for path in root.rglob("*.*"):
        os.utime(path, (time.time() - 100,) * 2)
    session = open_session(qtbot, root, PlayedEngine())
    yield session
    close_session(qtbot, session)


@pytest.fixture
def page(session: Session, theme: Theme, qtbot: Any) -> ImagesPage:
    page = ImagesPage(session, theme)
    show_page(page, qtbot)
    return page


def found(session: Session, planted: dict[int, Finding], groups: dict[int, int] | None = None) -> Health:
    assert session.catalog
    findings = np.zeros(len(session.catalog.files), np.uint16)
    numbers = np.full(len(findings), -1, np.int32)
    for row, finding in planted.items():
        findings[row] = finding
    for row, group in (groups or {}).items():
        numbers[row] = group
    remark = GivesAway("format", "bad", 12, 12, 0, 12, 0.8, "PNG", 12, 0)
    at = datetime(2026, 5, 4, 10, 31, tzinfo=UTC)
    return Health(session.catalog.files, findings, numbers, {}, (remark, TooFew("bad", 12)), len(findings), at)


def row_of(page: ImagesPage, finding: Finding) -> Any:
    return next(row for row in page.health.panel.rows if row.finding & finding)


def test_counts_and_remarks(page: ImagesPage, session: Session) -> None:
    rows = page.health.panel.rows
    assert all(not row.isEnabled() and "not checked yet" in row.accessibleName() for row in rows)
    session.show_health(found(session, {0: Finding.BLURRED, 1: Finding.DARK | Finding.ODD_SIZE, 2: Finding.LEAK}))
    assert row_of(page, Finding.DARK).accessibleName().endswith(", 2")
    assert row_of(page, Finding.ODD_SIZE).accessibleName().endswith(", 1")
    assert not row_of(page, Finding.UNREADABLE).isEnabled()
    assert row_of(page, Finding.UNREADABLE).accessibleName().endswith("none")
    assert "(12 of 12) are PNG" in page.health.panel._remarks.plain()
    session.show_health(None)
    assert not row_of(page, Finding.DARK).isEnabled() and page.health.panel._remarks.plain() == ""


def test_a_click_shows_the_pictures_and_another_all(page: ImagesPage, session: Session, qtbot: Any) -> None:
    session.show_health(found(session, {3: Finding.BLURRED, 5: Finding.DARK}))
    row = row_of(page, Finding.BLURRED)
    qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    assert page.images.rowCount() == 2 and row.isChecked()
    qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    assert page.images.rowCount() == 24 and not row.isChecked()


def test_near_duplicates_stand_next_to_each_other(page: ImagesPage, session: Session, qtbot: Any) -> None:
    rows = {0: 1, 20: 1, 3: 0, 9: 0}
    session.show_health(found(session, dict.fromkeys(rows, Finding.NEAR_DUPLICATE), rows))
    assert session.catalog
    qtbot.mouseClick(row_of(page, Finding.NEAR_DUPLICATE), Qt.MouseButton.LeftButton)
    shown = [page.images.file(row) for row in range(page.images.rowCount())]
    assert shown == [session.catalog.files[row] for row in (3, 9, 0, 20)]
    assert page.health.alike_bar.isVisible()
    qtbot.mouseClick(row_of(page, Finding.NEAR_DUPLICATE), Qt.MouseButton.LeftButton)
    assert page.images.sorted_by.by is SortBy.FOLDER and page.health.alike_bar.isHidden()


def test_not_duplicates_is_remembered(page: ImagesPage, session: Session, qtbot: Any) -> None:
    project = session.project
    assert project and session.catalog
    one, other = session.catalog.files[0], session.catalog.files[20]
    rows = {0: 0, 20: 0}
    session.show_health(found(session, dict.fromkeys(rows, Finding.NEAR_DUPLICATE), rows))
    qtbot.mouseClick(row_of(page, Finding.NEAR_DUPLICATE), Qt.MouseButton.LeftButton)
    page.grid.selectAll()
    page.health.tell_apart()
    index = project.index
    qtbot.waitUntil(lambda: project.different(index.content_hash(one), index.content_hash(other)), timeout=10_000)
    assert "different" in (project.state / "health.jsonl").read_text()


def test_a_leak_says_what_to_do(page: ImagesPage, session: Session) -> None:
    assert page.health.leak_bar.isHidden()
    health = found(session, {0: Finding.LEAK, 1: Finding.LEAK})
    session.show_health(health)
    assert page.health.leak_bar.isVisible()
    page.health.show_findings(int(Finding.LEAK))
    assert page.images.rowCount() == 2
    page.health.leak_bar.closed.emit()
    page.health.leak_bar.clear()
    session.show_health(health)
    assert page.health.leak_bar.isHidden(), "closed, it stays closed while nothing new leaks"
    session.show_health(found(session, {}))
    session.show_health(found(session, {2: Finding.LEAK}))
    assert page.health.leak_bar.isVisible()


def test_the_dialog_keeps_the_grouping_and_deals_anew(page: ImagesPage, session: Session, qtbot: Any) -> None:
    project, engine = session.project, session.engine
    assert project and isinstance(engine, PlayedEngine)
    page.health.ask_groups()
    dialog = page.health.dialog
    assert dialog is not None
    dialog.source.button("name").click()
    dialog.pattern.setText("lot(")
    dialog.pattern.textEdited.emit("lot(")
    assert dialog.problem.isVisible() and not dialog.deal.isEnabled()
    dialog.pattern.setText("*0")
    dialog.pattern.textEdited.emit("*0")
    dialog.alike.setChecked(False)
    qtbot.waitUntil(lambda: "train" in dialog.counts.plain(), timeout=10_000)
    with qtbot.waitSignal(session.job_started, timeout=10_000) as started:
        dialog.deal.click()
    assert isinstance(started.args[0], SplitJob)
    assert project.config.grouping == Grouping("*0", alike=False, threshold=project.config.grouping.threshold)
    with qtbot.waitSignal(session.job_ended, timeout=10_000):
        engine.play(SplitsDealt({"train": 14}, 2, 1))
        engine.end()
    assert "train and evaluate again" in page.health.leak_bar.accessibleName()


def test_the_preview_tells_groups_and_counts(session: Session) -> None:
    project, catalog = session.project, session.catalog
    assert project and catalog
    before = preview(project, catalog, Grouping(alike=False))
    assert before.unknown == 24 and before.groups == 0
    list(project.index.content_hashes(catalog.files))
    known = preview(project, catalog, Grouping("*0", alike=False))
    assert known.unknown == 0 and sum(sum(counts) for _, counts in known.counts) == 24
    assert known.groups == len(known.examples) or known.groups > len(known.examples)
    assert len(project.splits) == 0, "looking deals out nothing"


def test_groupings_that_nobody_meant_are_told(page: ImagesPage, session: Session, qtbot: Any) -> None:
    assert session.project and session.catalog
    list(session.project.index.content_hashes(session.catalog.files))
    page.health.ask_groups()
    dialog = page.health.dialog
    assert dialog is not None

    def warning(source: str, pattern: str = "") -> str:
        dialog.source.choose(source)
        dialog.alike.setChecked(False)
        dialog.pattern.setText(pattern)
        dialog._ask()
        play_out(session, qtbot)
        return dialog.warning.plain() if dialog.warning.isVisible() else ""

    assert warning("none") == ""
    assert "No file name fits" in warning("name", "lot {group}")
    assert "no folders within" in warning("folders")
    everything = warning("name", "(p)ng")
    assert "No picture is left to test" in everything and "No file name" not in everything
    dialog.reject()


def test_labels_that_look_wrong_can_be_kept(page: ImagesPage, session: Session, qtbot: Any) -> None:
    assert session.project and session.catalog
    file = session.catalog.files[0]
    session.show_health(found(session, {0: Finding.DOUBTFUL}))
    row_of(page, Finding.DOUBTFUL).click()
    assert page.images.rowCount() == 1
    assert "look like pictures of another class" in page.health.alike_bar.accessibleName()
    page.grid.selectAll()
    page.health.keep_labels()
    play_out(session, qtbot)
    ((_, content),) = session.project.index.content_hashes([file])
    assert kept_label(content, file.split("/")[0]) in session.project.marked(Mark.LABEL_KEPT)
