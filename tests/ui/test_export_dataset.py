"""Exporting the pictures: what is asked, and what is told afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu

from desktop_app.engine.jobs import ExportDatasetJob
from desktop_app.errors import DataError
from desktop_app.events import DatasetExported
from desktop_app.ui import wording
from desktop_app.ui.dialogs.export_dataset import ExportDatasetDialog
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.session import Session
from desktop_app.ui.widgets.buttons import Button
from tests.drawing import draw_classes
from tests.ui.demo import PlayedEngine


@pytest.fixture
def window(window: MainWindow, qtbot: Any, session: Session, tmp_path: Path) -> MainWindow:
    """The window with a project."""
    with qtbot.waitSignal(session.project_changed):
        session.open(draw_classes(tmp_path / "parts", {"good": 4, "bad": 4}))
    return window


def ask(window: MainWindow) -> ExportDatasetDialog:
    """Choose it in the project's menu."""
    window._show_project_menu(QPoint(10, 10))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    (action,) = [action for action in menu.actions() if action.text() == "Export the pictures…"]
    assert action.isEnabled()
    action.trigger()
    menu.close()
    (dialog,) = window.findChildren(ExportDatasetDialog)
    return dialog


def test_the_pictures_are_copied_where_the_person_says(
    window: MainWindow, engine: PlayedEngine, tmp_path: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = ask(window)
    assert dialog.copy_button.text() == "Copy 8 pictures"
    assert Path(dialog.folder.text()).name == "parts pictures"
    dialog.folder.setText("  ")
    assert not dialog.copy_button.isEnabled()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "out"))
    next(button for button in dialog.findChildren(Button) if button.text() == "Choose…").click()
    assert "_unlabelled" in dialog._what.plain()
    dialog.layout_choice.button("splits").click()
    assert "for good" in dialog._what.plain()
    dialog.copy_button.click()
    assert engine.jobs[-1] == ExportDatasetJob(str(tmp_path / "parts"), str(tmp_path / "out"), "splits")
    out = tmp_path / "out"
    engine.play(DatasetExported(str(out), str(out / "pictures.csv"), {"good": 4, "bad": 3}, 1))
    with qtbot.waitSignal(window._session.job_ended):
        engine.end()
    text = window.messages.text()
    assert text.startswith(f"7 pictures copied to “{wording.short_path(out)}”. The table pictures.csv")
    assert text.endswith("can’t be used: 1.")


def test_an_export_that_fails_says_why(window: MainWindow, engine: PlayedEngine, tmp_path: Path, qtbot: Any) -> None:
    dialog = ask(window)
    dialog.folder.setText(str(tmp_path))
    dialog.copy_button.click()
    assert engine.jobs[-1] == ExportDatasetJob(str(tmp_path / "parts"), str(tmp_path), "classes")
    with qtbot.waitSignal(window._session.job_ended):
        engine.end(DataError("“{folder}” is not empty.", folder="x"))
    assert window.messages.text() == "“x” is not empty."
