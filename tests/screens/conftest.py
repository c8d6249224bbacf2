"""A window to walk through, on drawn pictures and with an engine that is played, or the real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from desktop_app.engine.process import Engine
from desktop_app.ui.style import FocusRing
from desktop_app.ui.theme import Theme
from tests.screens.walk import Walk
from tests.ui.demo import PlayedEngine


@pytest.fixture(scope="module")
def theme(qapp: QApplication) -> Theme:
    qapp.setStyle("Fusion")
    made = Theme(qapp, "light")
    FocusRing(qapp, made)
    return made


@pytest.fixture
def walk(qtbot: Any, theme: Theme) -> Iterator[Walk]:
    """One with the real engine; most tests that play theirs have a `walk` of their own."""
    walk = Walk(qtbot, theme, Engine())
    yield walk
    walk.close()


@pytest.fixture
def walk_with(qtbot: Any, theme: Theme) -> Iterator[Callable[[], tuple[Walk, PlayedEngine]]]:
    """Begins the walk when called, so that a test can prepare the settings first."""
    walks: list[Walk] = []

    def begin() -> tuple[Walk, PlayedEngine]:
        engine = PlayedEngine()
        walks.append(Walk(qtbot, theme, engine))
        return walks[0], engine

    yield begin
    for walk in walks:
        walk.close()
