"""The window as a whole: what it shows when, keys, and closing at any moment."""

from __future__ import annotations

import os
import random
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QPushButton

from desktop_app.engine.jobs import EvaluateJob, TrainJob
from desktop_app.errors import DataError, EngineError
from desktop_app.events import EpochEnded, Progress, RunStarted, Step, StepStarted
from desktop_app.project.health import Finding
from desktop_app.settings import Settings
from desktop_app.ui.crash_net import CrashNet
from desktop_app.ui.dialogs.question import Question
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.pages.images import ImagesPage
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.buttons import Button
from tests.drawing import draw_classes
from tests.ui.demo import PlayedEngine, close_session, play_out


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return draw_classes(tmp_path / "parts", {"good": 4, "bad": 4})


def open_project(window: MainWindow, qtbot: Any, root: Path) -> None:
    with qtbot.waitSignal(window._session.project_changed):
        window._session.open(root)


def test_start_page_first_then_the_workspace(window: MainWindow, qtbot: Any, root: Path) -> None:
    assert window.start.isVisible()
    assert window.workspace is None
    open_project(window, qtbot, root)
    assert window.workspace is not None
    assert window.workspace.isVisible()
    assert window.workspace.current == "images"
    assert window.windowTitle() == "parts"
    window._session.close()
    qtbot.waitUntil(window.start.isVisible)  # when the journal has been read, which moving begins with
    qtbot.waitUntil(window.start.open_button.hasFocus)


def test_the_workspace_is_prepared_before_a_project_is_opened(window: MainWindow, qtbot: Any, root: Path) -> None:
    prepared = window.prepare()
    assert window.start.isVisible()
    assert list(prepared._pages) == ["images"]
    open_project(window, qtbot, root)
    assert window.workspace is prepared
    assert prepared.isVisible()


def test_pages_are_made_when_they_are_first_shown(window: MainWindow, qtbot: Any, root: Path) -> None:
    open_project(window, qtbot, root)
    assert window.workspace is not None
    assert list(window.workspace._pages) == ["images"]


def test_facts_in_the_rail(window: MainWindow, qtbot: Any, root: Path) -> None:
    open_project(window, qtbot, root)
    assert window.workspace is not None
    names = [button.accessibleName() for button in window.workspace.rail.pages.values()]
    assert names == ["Images, 8", "Train, Not run yet", "Evaluate, —", "Use, —"]


def test_a_failure_is_told_where_the_person_is(window: MainWindow, qtbot: Any, root: Path, tmp_path: Path) -> None:
    with qtbot.waitSignal(window._session.project_failed):
        window._session.open(tmp_path / "nothing")
    assert window.start.messages.isVisible()
    open_project(window, qtbot, root)
    assert window.start.messages.isHidden()
    with qtbot.waitSignal(window._session.project_failed):
        window._session.open(tmp_path / "nothing")
    assert window.workspace is not None
    assert window.workspace.messages.isVisible()


# ---- jobs in the job bar


def test_the_job_bar_follows_the_training(window: MainWindow, qtbot: Any, root: Path, engine: PlayedEngine) -> None:
    open_project(window, qtbot, root)
    assert window.workspace is not None
    bar, rail = window.workspace.job_bar, window.workspace.rail
    window._session.start_job(TrainJob(str(root)))
    engine.play(
        RunStarted("run-0007", "balanced", "efficientnet_lite0", "processor", ["a"], {}),
        StepStarted(Step.READ),
        Progress(Step.READ, 62, 100, 90.0),
    )
    qtbot.waitUntil(lambda: "left" in bar._detail.text())
    assert bar._title.text() == "Training run 7: reading every picture once"
    reading = bar._bar._fraction
    assert reading is not None
    assert "%" in rail.pages["train"].accessibleName()
    engine.play(StepStarted(Step.FREEZE), EpochEnded("freeze", 5, 10, 1, 0.5, 1, 0.5, True, 12.0))
    qtbot.waitUntil(lambda: "freeze phase" in bar._title.text() and (bar._bar._fraction or 0) > reading)
    stop = next(b for b in bar.findChildren(Button) if b.text() == "Stop, keep the best")
    stop.click()
    qtbot.waitUntil(lambda: not window._session.busy)
    assert bar._title.text() == "Training stopped; the best is kept"


def test_a_job_that_ended_asks_for_attention(
    window: MainWindow, qtbot: Any, root: Path, engine: PlayedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_project(window, qtbot, root)
    asked: list[object] = []
    monkeypatch.setattr("desktop_app.ui.main_window.QApplication.alert", asked.append)
    for stop, expected in ((False, [window]), (True, [window])):  # who stops it is there already
        window._session.start_job(TrainJob(str(root)))
        with qtbot.waitSignal(window._session.job_ended):
            window._session.stop_job() if stop else engine.end()
        assert asked == expected
        qtbot.waitUntil(lambda: not window._session.busy)


def test_a_failed_job_leads_to_its_page(
    window: MainWindow, qtbot: Any, root: Path, engine: PlayedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_project(window, qtbot, root)
    assert window.workspace is not None
    shown: list[str] = []
    monkeypatch.setattr(window.workspace, "show_page", shown.append)
    window._session.start_job(TrainJob(str(root)))
    with qtbot.waitSignal(window._session.job_ended):
        engine.end(DataError("One class is not enough."))
    bar = window.workspace.job_bar
    assert bar._title.text() == "Training stopped by itself"
    next(b for b in bar.findChildren(Button) if b.isVisible()).click()
    assert shown == ["train"]


def test_the_job_bar_says_what_runs_in_the_background(
    window: MainWindow, qtbot: Any, root: Path, engine: PlayedEngine
) -> None:
    open_project(window, qtbot, root)
    assert window.workspace is not None
    session, bar = window._session, window.workspace.job_bar
    session.start_background(EvaluateJob(str(root)))
    engine.play(StepStarted(Step.MEASURE), Progress(Step.MEASURE, 1003, 1408))
    qtbot.waitUntil(lambda: bar._background.text() == "Measuring on the test pictures: measuring … 1,003 of 1,408")
    assert bar._title.text() == "Ready"
    session.start_job(TrainJob(str(root)))
    assert bar._background.isHidden()
    qtbot.waitUntil(lambda: isinstance(engine.running, TrainJob))
    engine.end()
    qtbot.waitUntil(lambda: isinstance(engine.running, EvaluateJob))
    assert bar._title.text() == "Trained"
    assert bar._background.isVisible()
    bar._background_stop.click()
    qtbot.waitUntil(bar._background.isHidden)
    assert bar._title.text() == "Trained"


def test_a_background_job_that_fails_is_told(window: MainWindow, qtbot: Any, root: Path, engine: PlayedEngine) -> None:
    open_project(window, qtbot, root)
    assert window.workspace is not None
    window._session.start_background(EvaluateJob(str(root)))
    engine.end(EngineError("The worker died."))
    bar = window.workspace.job_bar
    qtbot.waitUntil(lambda: bar._title.text() == "Measuring on the test pictures stopped by itself")
    assert bar._background.isHidden()


# ---- keys and menus


def test_keys_of_the_window(window: MainWindow, qtbot: Any, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(root))
    control = Qt.KeyboardModifier.ControlModifier
    with qtbot.waitSignal(window._session.project_changed):
        QTest.keyClick(window, Qt.Key.Key_O, control)
    assert window.workspace is not None
    shown: list[str] = []
    monkeypatch.setattr(window.workspace, "show_page", shown.append)
    for key in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4):
        QTest.keyClick(window, key, control)
    assert shown == ["images", "train", "evaluate", "use"]


def test_dialogs_open_by_key_and_close_by_escape(window: MainWindow, qtbot: Any) -> None:
    for key, modifier in (
        (Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier),
        (Qt.Key.Key_Question, Qt.KeyboardModifier.NoModifier),
    ):
        QTest.keyClick(window, key, modifier)
        qtbot.waitUntil(lambda: QApplication.activeModalWidget() is not None)
        dialog = QApplication.activeModalWidget()
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)


def test_f6_goes_round_the_window(window: MainWindow, qtbot: Any, root: Path) -> None:
    open_project(window, qtbot, root)
    assert window.workspace is not None
    qtbot.waitUntil(lambda: window.workspace.stack.isAncestorOf(window.focusWidget()))  # type: ignore[union-attr]
    seen = []
    for _ in range(4):
        QTest.keyClick(window, Qt.Key.Key_F6)
        focused = window.focusWidget()
        seen.append(next(i for i, pane in enumerate(window.workspace.panes()) if pane.isAncestorOf(focused)))
    assert seen[:3] == [0, 1, 2]  # the job bar has no control while nothing runs


def test_menus(window: MainWindow, qtbot: Any, root: Path, tmp_path: Path) -> None:
    window._session.settings.recent = [str(tmp_path / "older")]
    open_project(window, qtbot, root)
    assert window.workspace is not None
    window.workspace.top_bar.project.click()
    menu = next(menu for menu in window.findChildren(QMenu) if menu.isVisible())
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts == ["Open a folder of pictures…", "New project…", "older", "Export the pictures…", "Close the project"]
    menu.close()
    window.workspace.rail.settings.click()
    menu = next(menu for menu in window.findChildren(QMenu) if menu.isVisible())
    dark = next(action for action in menu.actions() if action.text() == "Dark")
    dark.trigger()
    menu.close()
    assert window._theme.dark
    assert Settings.load().theme == "dark"


def test_new_pictures_are_looked_for_when_the_window_comes_back(
    window: MainWindow, qtbot: Any, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_project(window, qtbot, root)
    play_out(window._session, qtbot)
    calls: list[int] = []
    monkeypatch.setattr(window._session, "rescan", lambda *args: calls.append(1))
    other = QPushButton()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(lambda: not window.isActiveWindow())
    window.activateWindow()
    qtbot.waitUntil(lambda: bool(calls))


# ---- small windows


def test_a_small_window_folds_its_rail(window: MainWindow, qtbot: Any, root: Path) -> None:
    open_project(window, qtbot, root)
    assert window.workspace is not None
    window.resize(960, 540)
    qtbot.waitUntil(lambda: window.workspace.rail.width() == 64)  # type: ignore[union-attr]
    assert window.workspace.page("images").compact
    window.resize(1440, 900)
    qtbot.waitUntil(lambda: window.workspace.rail.width() == 96)  # type: ignore[union-attr]


# ---- crash net


def test_an_uncaught_exception_is_logged_and_told(
    window: MainWindow, qtbot: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    net = CrashNet(window)
    net.crashed.connect(window.show_crash)
    net.crashed.connect(told.append)
    monkeypatch.setattr(sys, "__excepthook__", lambda *args: None)
    for _ in range(3):
        error = ZeroDivisionError("planted")
        thread = threading.Thread(target=net._hook, args=(type(error), error, None))
        thread.start()
        thread.join()
    qtbot.waitUntil(lambda: bool(told))
    qtbot.wait(20)
    assert told == ["ZeroDivisionError: planted"]  # once, not at every paint
    assert "planted" in caplog.text
    assert "planted" in window.start.messages.text()


# ---- closing


def closing_window(qtbot: Any, theme: Theme, root: Path) -> tuple[MainWindow, PlayedEngine]:
    engine = PlayedEngine()
    window = MainWindow(Session(engine, Settings.load()), theme)
    qtbot.addWidget(window, before_close_func=lambda _: None)
    window.show()
    qtbot.waitExposed(window)
    with qtbot.waitSignal(window._session.project_changed):
        window._session.open(root)
    return window, engine


def closed(window: MainWindow) -> Callable[[], bool]:
    return lambda: not window.isVisible()


def test_closing_while_nothing_runs(qtbot: Any, theme: Theme, root: Path) -> None:
    window, _engine = closing_window(qtbot, theme, root)
    window.resize(800, 640)
    window.close()
    qtbot.waitUntil(closed(window))
    assert not window._session.threads_running()
    assert window._session.project is None
    again = MainWindow(Session(PlayedEngine(), Settings.load()), theme)
    qtbot.addWidget(again)
    assert (again.width(), again.height()) == (800, 640)  # the test screen has no more
    close_session(qtbot, again._session)


def answer(qtbot: Any, text: str) -> None:
    def click() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, Question)
        next(button for button in (box.yes, box.no) if button.text() == text).click()

    qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), Question))
    QTimer.singleShot(0, click)
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)


def test_closing_while_training_asks_and_keeps_the_best(qtbot: Any, theme: Theme, root: Path) -> None:
    window, _engine = closing_window(qtbot, theme, root)
    ended: list[Any] = []
    window._session.job_ended.connect(ended.append)
    window._session.start_job(TrainJob(str(root)))
    window.close()
    assert window.isVisible()
    answer(qtbot, "Go on working")
    assert window._session.busy
    window.close()
    answer(qtbot, "Stop, keep the best, close")
    qtbot.waitUntil(closed(window))
    assert ended[0].cancelled


def test_a_job_that_takes_long_to_stop_keeps_the_window(
    qtbot: Any, theme: Theme, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, engine = closing_window(qtbot, theme, root)
    monkeypatch.setattr(engine, "cancel", lambda: None)  # it does not hear us yet
    with qtbot.waitSignal(window._session.job_event):
        window._session.start_job(TrainJob(str(root)))
        engine.play(StepStarted(Step.SCAN))
    window.close()
    answer(qtbot, "Stop, keep the best, close")
    qtbot.wait(100)
    assert window.isVisible()
    window.close()
    assert window.isVisible()
    engine.end()
    qtbot.waitUntil(closed(window))


def test_a_thread_that_hangs_does_not_keep_the_program(
    qtbot: Any, theme: Theme, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exits: list[int] = []
    monkeypatch.setattr(os, "_exit", exits.append)
    window, _engine = closing_window(qtbot, theme, root)
    play_out(window._session, qtbot)
    gate = threading.Event()
    started = threading.Event()
    window._session.read(lambda: (started.set(), gate.wait(20)), lambda _: None)  # a share that is gone
    started.wait(5)
    window._patience.setInterval(50)
    window.close()
    qtbot.waitUntil(lambda: exits == [0])
    assert window._session.project is None  # its lock is given back
    gate.set()
    qtbot.waitUntil(closed(window))


def test_the_job_ends_while_we_ask(qtbot: Any, theme: Theme, root: Path) -> None:
    window, engine = closing_window(qtbot, theme, root)
    window._session.start_job(TrainJob(str(root)))
    window.close()
    engine.end()
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)
    assert window.isVisible()
    window.close()
    qtbot.waitUntil(closed(window))


def test_fifty_closes_at_random_moments(qtbot: Any, theme: Theme, root: Path) -> None:
    chance = random.Random(3)
    for _ in range(50):
        session = Session(PlayedEngine(), Settings())
        window = MainWindow(session, theme)
        window.show()
        session.open(root)
        qtbot.wait(chance.randrange(0, 60))
        if session.project is not None and chance.random() < 0.5:
            session.rescan()
        window.close()
        qtbot.waitUntil(closed(window), timeout=10_000)
        assert not session.threads_running()
        window.deleteLater()
        session.deleteLater()
        QApplication.processEvents()


def test_a_page_may_ask_for_pictures_with_findings(window: MainWindow, qtbot: Any, root: Path) -> None:
    open_project(window, qtbot, root)
    assert window.workspace is not None
    window.workspace.show_page("evaluate")
    window.workspace.page("evaluate").findings_requested.emit(int(Finding.DOUBTFUL))
    assert window.workspace.current == "images"
    assert cast(ImagesPage, window.workspace.page("images")).images.filter.problems == Finding.DOUBTFUL
