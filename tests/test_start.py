"""The start page is there before anything that trains or predicts is imported."""

from __future__ import annotations

import sys

import pytest

from tests.bench.bench_start import DISCERN, HEAVY, start


def test_the_window_opens_without_heavy_libraries():
    _, modules = start(DISCERN)
    assert "PySide6.QtWidgets" in modules
    assert modules & HEAVY == set()


@pytest.mark.display
def test_the_window_opens_on_a_real_screen(monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    code = DISCERN.replace("code = main([])", "import desktop_app.cli\ncode = desktop_app.cli.main(['gui'])")
    _, modules = start(code)
    assert "desktop_app.ui.main_window" in modules
    assert sys.platform == "linux"
