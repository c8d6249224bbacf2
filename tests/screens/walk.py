"""The real window with a camera: walks the pages and saves what a person would see in tests/screens/out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from desktop_app.settings import Settings
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.session import Runner, Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.thumbnails import Thumbnails

OUT = Path(__file__).parent / "out"
SIZES = {"": QSize(1440, 900), "-small": QSize(960, 540)}
FAST_PNG = 80  # Qt's "quality" of a PNG says how hard zlib tries

_LOOKS_AT_REST = 3  # in a row
_LOOK_MS = 25
_PATIENCE_SECONDS = 60
_SOON_MS = 1000  # timers of things that happen soon, as after the last key
_JOB_MS = 400  # while a job runs there may be no rest


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

    def settle(self) -> None:
        """Let what is under way arrive on the screen: thumbnails, layouts, curves, what follows the last key."""
        if self.session.busy:
            self.qtbot.wait(_JOB_MS)
            return
        deadline, looks = time.monotonic() + _PATIENCE_SECONDS, 0
        while looks < _LOOKS_AT_REST:
            assert time.monotonic() < deadline, "the window does not come to rest"
            self.qtbot.wait(_LOOK_MS)
            looks = looks + 1 if self._at_rest() else 0

    def _at_rest(self) -> bool:
        roots: list[QObject] = [self.session, *QApplication.topLevelWidgets()]
        timers = (timer for root in roots for timer in root.findChildren(QTimer))
        thumbnails = (found for root in roots for found in root.findChildren(Thumbnails))
        return not (
            self.session.threads_running()
            or any(timer.isActive() and timer.isSingleShot() and timer.interval() < _SOON_MS for timer in timers)
            or any(found._busy or (found._wanted and not found._paused) for found in thumbnails)
        )

    def shoot(self, name: str, *, of: QWidget | None = None) -> None:
        """A picture in each theme and size; with `of`, of that dialog alone.

        On a screen with two pixels for one, only the small window: it is as large there as the large one here.
        """
        OUT.mkdir(exist_ok=True)
        dense = self.window.devicePixelRatioF() > 1
        suffixes = ["-small"] if dense else [""] if of else ["", "-small"]
        # To style all widgets anew takes longest.
        for mode, order in (("light", suffixes), ("dark", suffixes[::-1])):
            self.theme.set_mode(mode)  # type: ignore[arg-type]
            for suffix in order:
                self.window.resize(SIZES[suffix])
                self.settle()
                file = OUT / f"{name}{'@2x' if dense else suffix}-{mode}.png"
                assert (of or self.window).grab().save(str(file), quality=FAST_PNG)
        self.theme.set_mode("light")
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
