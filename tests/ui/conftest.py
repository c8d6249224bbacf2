"""A theme, an empty session, and the window itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication

from desktop_app.settings import Settings
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.session import Session
from desktop_app.ui.style import FocusRing
from desktop_app.ui.theme import Theme
from tests.ui.demo import PlayedEngine, close_session, play_out


@pytest.fixture(scope="session")
def session_theme(qapp: QApplication) -> Theme:
    """One for all tests, as the program has one."""
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    qapp.setStyle("Fusion")
    theme = Theme(qapp, "light")
    FocusRing(qapp, theme)
    return theme


@pytest.fixture
def theme(session_theme: Theme) -> Iterator[Theme]:
    session_theme.set_mode("light")
    yield session_theme
    session_theme.set_mode("light")


@pytest.fixture
def engine() -> PlayedEngine:
    return PlayedEngine()


@pytest.fixture
def session(qtbot: Any, engine: PlayedEngine) -> Iterator[Session]:
    """A session without a project."""
    made = Session(engine, Settings())
    yield made
    close_session(qtbot, made)


@pytest.fixture
def window(qtbot: Any, session: Session, theme: Theme) -> Iterator[MainWindow]:
    """The window, in front, without a project."""
    made = MainWindow(session, theme)
    qtbot.addWidget(made, before_close_func=lambda _: play_out(session, qtbot))
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    yield made
    session.stop_job()
    play_out(session, qtbot)
