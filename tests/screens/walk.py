"""The real window with a camera: walks the pages and saves what a person would see in tests/screens/out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from desktop_app.settings import Settings
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.session import Runner, Session
from desktop_app.ui.theme import Theme

OUT = Path(__file__).parent / "out"
SIZES = {"": QSize(1440, 900), "-small": QSize(960, 540)}


class Walk:
    def __init__(self, qtbot: Any, theme: Theme, engine: Runner) -> None:
        self.qtbot = qtbot
        self.theme = theme
        self.session = Session(engine, Settings.load())
        self.window = MainWindow(self.session, theme)
        qtbot.addWidget(self.window)
        self.window.show()
        qtbot.waitExposed(self.window)
        self.window.activateWindow()
        self.session.engine.start()

    def open(self, root: Path) -> None:
        with self.qtbot.waitSignal(self.session.project_changed, timeout=20_000):
            self.session.open(root)

    def page(self, name: str) -> Any:
        assert self.window.workspace is not None
        self.window.workspace.show_page(name)
        self.settle()
        return self.window.workspace.page(name)  # type: ignore[arg-type]

    def settle(self, milliseconds: int = 400) -> None:
        """Let what is under way arrive on the screen: thumbnails, layouts, curves."""
        if not self.session.busy:
            self.qtbot.waitUntil(lambda: not self.session.threads_running(), timeout=20_000)
        self.qtbot.wait(milliseconds)

    def shoot(self, name: str, *, of: QWidget | None = None) -> None:
        """A picture in each theme and size; with `of`, of that dialog alone.

        On a screen with two pixels for one, only the small window: it is as large there as the large one here.
        """
        OUT.mkdir(exist_ok=True)
        dense = self.window.devicePixelRatioF() > 1
        for suffix, size in SIZES.items():
            if dense and not suffix:
                continue
            self.window.resize(size)
            for mode in ("light", "dark"):
                self.theme.set_mode(mode)  # type: ignore[arg-type]
                self.settle()
                file = OUT / f"{name}{'@2x' if dense else suffix}-{mode}.png"
                assert (of or self.window).grab().save(str(file))
            if of is not None:
                break
        self.theme.set_mode("light")
        self.window.resize(SIZES["-small" if dense else ""])
        self.settle()

    def shoot_screen(self, name: str) -> None:
        """What the screen itself shows, menus and the window manager's frame with it."""
        OUT.mkdir(exist_ok=True)
        self.settle()
        assert QGuiApplication.primaryScreen().grabWindow(0).save(str(OUT / f"{name}.png"))

    def click(self, button: Any) -> None:
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def close(self) -> None:
        self.session.stop_job()
        self.session.begin_end()
        self.qtbot.waitUntil(lambda: not self.session.threads_running(), timeout=30_000)
        self.session.end()
