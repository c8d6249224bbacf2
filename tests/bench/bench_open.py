"""How soon a large folder that was never opened is on the screen, and whether the window stays awake meanwhile.

    python -m tests.bench.bench_open [--pictures 100000] [--classes 50] [--burst 20000] [--seconds 10]

Opens the real window, first as it is (for the gaps of an idle window), then on a drawn folder of small JPEGs; then
creates `--burst` pictures there from outside. Printed are, after `open`: the first picture painted (wanted: under
0.5 s), the catalog complete (wanted: under 3 s), and the gaps between the ticks of a 10 ms timer in the window's
thread for as long as the idle window was measured, while hashes and thumbnails follow (99th percentile, wanted: at most
2.5 times that of the idle window); the same for the burst.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

# Before Qt is loaded; a bench on a screen sets another platform.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from desktop_app.engine.process import Engine
from desktop_app.settings import Settings
from desktop_app.ui.app import load_pages
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from tests.bench.bench_gui_gap import Ticks, in_words, percentile, wait
from tests.drawing import draw_picture

_ORIGINALS = 400  # drawn; the others are links to them, which a file system allows some ten thousand times


def link_pictures(root: Path, originals: list[Path], numbers: range, classes: int) -> None:
    """Pictures number so-and-so, dealt out to class folders."""
    for label in range(classes):
        (root / f"class {label:02}").mkdir(parents=True, exist_ok=True)
    for number in numbers:
        name = root / f"class {number % classes:02}" / f"picture {number:06}.jpg"
        os.link(originals[number % len(originals)], name)


def until(condition, seconds: float) -> None:
    """Run the event loop until `condition()`, looked at each 5 ms."""
    loop = QEventLoop()
    timer = QTimer(interval=5)
    timer.timeout.connect(lambda: condition() and loop.quit())
    timer.start()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    if not condition():
        loop.exec()


class Bench:
    def __init__(self) -> None:
        self.app = QApplication(["discern"])
        self.app.setStyle("Fusion")
        self.session = Session(Engine(), Settings())
        self.window = MainWindow(self.session, Theme(self.app, "light"))
        self.window.show()
        self.session.engine.start()
        self.session.read(load_pages, lambda _nothing: self.window.prepare())
        self.first_picture = 0.0
        self.session.thumbnails.loaded.connect(self._on_loaded)

    def _on_loaded(self, _file: str) -> None:
        if not self.first_picture:
            self.window.workspace.page("images").grid.viewport().repaint()
            self.first_picture = time.perf_counter()

    def shown(self) -> int:
        return len(self.session.catalog.files) if self.session.catalog else 0

    def idle(self, seconds: float) -> list[float]:
        ticks = Ticks()
        wait(None, seconds)
        return ticks.take()

    def open(self, root: Path, pictures: int, seconds: float) -> list[float]:
        ticks = Ticks()
        start = time.perf_counter()
        self.session.open(root)
        until(lambda: self.shown() == pictures, 120)
        complete = time.perf_counter()
        until(lambda: self.first_picture, 60)
        wait(None, max(1, start + seconds - time.perf_counter()))
        print(f"first picture {self.first_picture - start:.2f} s, all {self.shown():,} listed {complete - start:.2f} s")
        return ticks.take()

    def burst(self, make: tuple, pictures: int, seconds: float) -> list[float]:
        """Create pictures by `link_pictures(*make)` in another process, as other programs do."""
        child = get_context("spawn").Process(target=link_pictures, args=make)
        child.start()
        ticks = Ticks()
        start = time.perf_counter()
        until(lambda: self.shown() == pictures, 120)
        print(f"all {self.shown():,} shown {time.perf_counter() - start:.2f} s after the burst began")
        wait(None, max(1, start + seconds - time.perf_counter()))
        child.join()
        return ticks.take()

    def end(self) -> None:
        self.window.close()
        until(lambda: not self.session.threads_running(), 30)
        self.session.end()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--classes", type=int, default=50)
    parser.add_argument("--burst", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DISCERN_HOME"] = f"{folder}/home"
        root = Path(folder) / "parts"
        originals = [
            draw_picture(Path(folder) / "drawn" / f"{number}.jpg", number % 7, number, 64)
            for number in range(_ORIGINALS)
        ]
        made = range(arguments.pictures)
        more = range(arguments.pictures, arguments.pictures + arguments.burst)
        link_pictures(root, originals, made, arguments.classes)
        bench = Bench()
        wait(None, 12)  # until the engine has imported what it needs
        idle = bench.idle(arguments.seconds)
        busy = {"opening": bench.open(root, made.stop, arguments.seconds)}
        wait(None, 3)
        if arguments.burst:
            make = (root, originals, more, arguments.classes)
            busy["burst"] = bench.burst(make, more.stop, arguments.seconds)
        bench.end()
        print(f"idle: {in_words(idle)}")
        for name, gaps in busy.items():
            ratio = percentile(gaps, 0.99) / percentile(idle, 0.99)
            print(f"{name} ({len(gaps)} ticks): {in_words(gaps)}; p99 × {ratio:.2f} of idle (wanted: at most 2.5)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
