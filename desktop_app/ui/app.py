"""The program with a window: makes the application, the session and the window, and connects them to the world."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_app.ui.main_window import MainWindow
    from desktop_app.ui.session import Session


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window and return the exit code when it closes. `arguments`: at most a project folder to open."""
    # First of all: in a frozen program every child process starts here.
    if getattr(sys, "frozen", False):
        import multiprocessing

        multiprocessing.freeze_support()
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if arguments[:1] == ["--engine"]:
        from desktop_app.engine.child import main as serve

        serve()
        return 0
    return _run(arguments)


def _run(arguments: list[str]) -> int:
    from PySide6.QtCore import QLocale
    from PySide6.QtWidgets import QApplication

    from desktop_app import __version__, logs
    from desktop_app.engine.process import Engine
    from desktop_app.settings import Settings
    from desktop_app.ui import brand, translations
    from desktop_app.ui.crash_net import CrashNet
    from desktop_app.ui.main_window import MainWindow
    from desktop_app.ui.memory import return_freed_memory
    from desktop_app.ui.session import Session
    from desktop_app.ui.style import FocusRing
    from desktop_app.ui.theme import Theme

    logs.start("window")
    return_freed_memory()
    QApplication.setApplicationName("Discern")
    QApplication.setApplicationVersion(__version__)
    QApplication.setDesktopFileName("discern")
    app = QApplication(["discern"])
    net = CrashNet(app)
    net.install()
    app.setStyle("Fusion")
    app.setWindowIcon(brand.app_icon())
    translations.install(app, QLocale.system())
    settings = Settings.load()
    theme = Theme(app, settings.theme)
    FocusRing(app, theme)
    session = Session(Engine(), settings)
    window = MainWindow(session, theme)
    net.crashed.connect(window.show_crash)
    window.painted.connect(lambda: _after_first_paint(window, session, arguments))
    # In a terminal, Ctrl-C ends the window at once; the engine keeps the best of a training by itself.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    window.show()
    code = app.exec()
    session.begin_end()  # if it was not the window that ended the program
    session.end()
    return code


def _after_first_paint(window: MainWindow, session: Session, arguments: list[str]) -> None:
    """What would keep a person waiting for the window, were it done earlier."""
    if os.environ.get("DISCERN_EXIT_AFTER_FIRST_PAINT") == "1":
        window.close()
        return
    session.engine.start()
    if arguments:
        session.open(Path(arguments[0]).absolute())

    def prepare(_nothing: object) -> None:
        window.prepare()

    session.read(load_pages, prepare, owner=window)


def load_pages() -> None:
    """Import what opening a project needs, in a thread: importing waits for the disk, and so would the window."""
    import desktop_app.project.project
    import desktop_app.project.thumbnails
    import desktop_app.ui.pages.images  # noqa: F401
