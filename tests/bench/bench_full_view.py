"""How long after a key the next picture stands in full view: `python -m tests.bench.bench_full_view`.

12-megapixel JPEGs, as phones and cameras make them, in a window without a screen. "Ahead": the person looks at each
picture until the next one has been made ready. "At once": the key follows as soon as the picture
before is there. Compared with decoding the whole picture, as it would be without decoding at the size of a screen.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_app.project.imaging import load_rgb
from desktop_app.settings import Settings
from desktop_app.ui.models.image_list import ImageListModel
from desktop_app.ui.pages.full_view import FullView
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from tests.ui.demo import PlayedEngine

PICTURES = 24


def draw(root: Path) -> None:
    random = np.random.default_rng(0)
    (root / "part").mkdir()
    for number in range(PICTURES):
        small = random.integers(0, 256, (375, 500, 3), np.uint8)
        Image.fromarray(small).resize((4000, 3000), Image.Resampling.BICUBIC).save(
            root / "part" / f"{number:02}.jpg", quality=90
        )


def wait(done: Callable[[], bool]) -> None:
    while not done():
        QApplication.processEvents()
        time.sleep(0.001)


def key_to_picture(full: FullView, model: ImageListModel) -> tuple[float, float]:
    """Milliseconds of work in the window's thread for the key, and until the picture in full is painted."""
    begun, worked = time.perf_counter(), time.thread_time()
    QTest.keyClick(full, Qt.Key.Key_Right)
    full.repaint()
    worked = time.thread_time() - worked
    file = model.file(full.row)
    if full._pictures.picture(file) is None:
        wait(lambda: full._pictures.picture(file) is not None)
        full.repaint()
    return 1000 * worked, 1000 * (time.perf_counter() - begun)


def report(name: str, times: list[float]) -> None:
    print(f"{name:34} median {statistics.median(times):6.1f} ms   slowest {max(times):6.1f} ms")


def main() -> None:
    app = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DISCERN_HOME"] = f"{folder}/home"
        root = Path(folder) / "project"
        root.mkdir()
        draw(root)
        session = Session(PlayedEngine(), Settings())
        session.open(root)
        wait(lambda: session.project is not None)
        assert session.catalog is not None
        model = ImageListModel()
        model.set_catalog(session.catalog, session.classes)
        full = FullView(session, model, Theme(app, "light"))
        full.resize(1344, 812)
        full.show_row(0)
        full.show()
        wait(lambda: not session.threads_running())
        ahead = []
        for _ in range(PICTURES // 2 - 1):
            wait(lambda: not session.threads_running())
            ahead.append(key_to_picture(full, model))
        at_once = [key_to_picture(full, model) for _ in range(PICTURES // 2)]
        report("key → picture, made ready ahead", [whole for _, whole in ahead])
        report("key → picture, at once", [whole for _, whole in at_once])
        report("work of the window for a key", [work for work, _ in ahead + at_once])
        decoding = []
        for path in sorted((root / "part").iterdir())[:8]:
            begun = time.perf_counter()
            load_rgb(path)
            decoding.append(1000 * (time.perf_counter() - begun))
        report("decoding the whole picture alone", decoding)
        session.begin_end()
        wait(lambda: not session.threads_running())
        session.end()


if __name__ == "__main__":
    main()
