"""How the Images page bears a very large project; prints each figure beside what is wanted, asserts nothing.

The pictures are names and index rows; the folder holds a few real files that all thumbnails are made of, so that no
million files need to be written. Listing the folders, which needs them, is measured by bench_scan.py; here the list is
given, and what is measured is everything after it.

Run: python tests/bench/bench_grid.py [pictures]; with a screen (xvfb-run) on that, else without one
"""

from __future__ import annotations

import hashlib
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "xcb" if os.environ.get("DISPLAY") else "offscreen")

from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_app import storage
from desktop_app.project import catalog as catalogs
from desktop_app.project.catalog import Catalog
from desktop_app.project.project import Project
from desktop_app.settings import Settings
from desktop_app.ui import checkup
from desktop_app.ui.memory import return_freed_memory
from desktop_app.ui.models.picture_filter import UNLABELLED, Filter, Sort, SortBy
from desktop_app.ui.pages.images import ImagesPage
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from tests.drawing import picture
from tests.ui.demo import PlayedEngine

CLASSES = 10
DRAWN = 40  # different pictures
STEPS = 400  # of scrolling


def show(what: str, value: str, wanted: str = "") -> None:
    print(f"{what:64} {value:>30}   {wanted}", flush=True)


class Clock:
    """Milliseconds by the clock, and those in which this thread was at work: others may have kept it waiting."""

    def __init__(self) -> None:
        self.clock: list[float] = []
        self.work: list[float] = []

    def __enter__(self) -> None:
        self._began = time.perf_counter(), time.thread_time()

    def __exit__(self, *_: object) -> None:
        self.clock.append((time.perf_counter() - self._began[0]) * 1000)
        self.work.append((time.thread_time() - self._began[1]) * 1000)

    def at(self, share: float) -> str:
        return f"{percentile(self.clock, share):.1f} ms ({percentile(self.work, share):.1f} of work)"


def megabytes() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def show_memory() -> None:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    show("memory of the window's process, now / at most", f"{megabytes():.0f} / {most:.0f} MB", "< 600 MB")


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


# ---- the project


def names_of(pictures: int) -> Catalog:
    """A list of pictures that are not there."""
    files = tuple(
        f"class {label}/lot {number // 1000}/picture {number}.png"
        for label in range(CLASSES)
        for number in range(label, pictures, CLASSES)
    )
    labels = np.repeat(np.arange(CLASSES, dtype=np.int32), [len(range(n, pictures, CLASSES)) for n in range(CLASSES)])
    return Catalog(tuple(f"class {label}" for label in range(CLASSES)), files, labels)


def content(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()[:32]


def build(root: Path, catalog: Catalog) -> None:
    """The project's folder, its index and its splits, as they are after a health check and a training."""
    for name in catalog.classes:
        (root / name).mkdir(parents=True)
    random = np.random.default_rng(0)
    sizes, times = random.integers(10_000, 5_000_000, len(catalog.files)), random.integers(0, 10**8, len(catalog.files))
    with Project.open(root) if catalogs.has_pictures(root) else Project.create(root, catalog.classes) as project:
        rows = [
            (file, size, 1_600_000_000 * 10**9 + time * 10**9, number, content(number), 0)
            for number, (file, size, time) in enumerate(
                zip(catalog.files, sizes.tolist(), times.tolist(), strict=True), start=1
            )
        ]
        project.index._insert("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?)", rows)
        shapes = [
            (row[4], 128 << number % 4, 128, "PNG", "RGB", 0.5, 0.2, 0.5, 0.0, 0.0, 0, "", 0)
            for number, row in enumerate(rows)
        ]
        project.index._insert("INSERT INTO measures VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", shapes)
        dealt = [[row[4], ("train", "validation", "test")[number % 3], ""] for number, row in enumerate(rows)]
        storage.append_record(
            project.splits.path, {"format": 1, "kind": "assigned", "source": "automatic", "at": "", "rows": dealt}
        )


def jpeg() -> list[bytes]:
    import io

    from PIL import Image

    found = []
    for number in range(DRAWN):
        file = io.BytesIO()
        Image.fromarray(picture(number % 7, number, 128)).save(file, "JPEG")
        found.append(file.getvalue())
    return found


# ---- the window


class Gaps(QObject):
    """How long the window did not answer: gaps between the ticks of a timer, in milliseconds."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer(self, interval=5, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.values.append((now - self._last) * 1000)
        self._last = now

    def take(self) -> str:
        values, self.values = self.values, []
        return f"{percentile(values, 0.99):.0f} / {max(values):.0f} ms" if values else "–"


class Painted(QObject):
    """Hears the first painting of the grid that shows a picture."""

    def __init__(self, page: ImagesPage, done: Callable[[], None]) -> None:
        super().__init__(page)
        self._page, self._done = page, done
        page.grid.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self._page.images.rowCount():
            shown = [self._page.images.file(row) for row in self._page.grid.visible_rows()]
            if shown and all(self._page.session.thumbnails.picture(file) for file in shown):
                QTimer.singleShot(0, self._done)
        return False


def wait_until(ready: Callable[[], bool], limit: float = 60.0) -> None:
    deadline = time.perf_counter() + limit
    while not ready() and time.perf_counter() < deadline:
        loop = QEventLoop()
        QTimer.singleShot(5, loop.quit)
        loop.exec()


def main(pictures: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DISCERN_HOME"] = folder
        root = Path(folder) / "parts"
        child = os.fork()
        if child == 0:  # what building needs must not count as the window's
            build(root, names_of(pictures))
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        print(f"{pictures:,} pictures, {os.environ['QT_QPA_PLATFORM']}")
        measure(root, pictures)


def measure(root: Path, pictures: int) -> None:
    return_freed_memory()  # as the program does
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    app.setStyle("Fusion")
    theme = Theme(app, "light")
    base = megabytes()
    show("baseline: an empty window's process", f"{base:.0f} MB")
    catalog = names_of(pictures)
    Project.scan = lambda self, *_args, **_more: catalog  # type: ignore[method-assign]
    drawn = jpeg()
    session = Session(PlayedEngine(), Settings())
    checkup._SOON_MS = 3_600_000  # so that judging is measured by itself
    page = ImagesPage(session, theme)
    page.resize(1344, 812)
    page.show()
    pictures_loader(session, drawn)
    gaps = Gaps()
    opened: list[float] = []
    painted = Painted(page, lambda: opened.append(time.perf_counter()))
    started = time.perf_counter()
    session.open(root)
    wait_until(lambda: bool(opened))
    show("open, until all thumbnails in sight are painted", f"{opened[0] - started:.2f} s", "< 2 s, without listing")
    painted.deleteLater()
    show("window's gaps meanwhile, p99 / longest", gaps.take())
    facts = page.facts
    wait_until(lambda: not session.threads_running() and page.images.columns.split.max() > 0)
    wait_until(lambda: not session.threads_running() and facts.settled)
    show("everything known: split, date, sizes, order of names", f"{time.perf_counter() - started:.2f} s")
    show("window's gaps meanwhile, p99 / longest", gaps.take())
    show_memory()
    session.judge_health()
    wait_until(lambda: session.health is not None and not session.threads_running())
    show("window's gaps while the pictures' health is judged, p99 / longest", gaps.take())
    show_memory()
    scrolling(page)
    orders(page)
    selection(page)
    keys(page)
    session.begin_end()
    wait_until(lambda: not session.threads_running())
    session.end()


def pictures_loader(session: Session, drawn: list[bytes]) -> None:
    start = session.thumbnails.start

    def load(file: str, _edge: int) -> bytes:
        return drawn[hash(file) % len(drawn)]

    session.thumbnails.start = lambda _load, *more: start(load, *more)  # type: ignore[method-assign]


def scrolling(page: ImagesPage) -> None:
    grid, bar = page.grid, page.grid.verticalScrollBar()
    tile = grid.geometry_of_tiles.stride[1]

    def run(step: int, start: int) -> Clock:
        bar.setValue(start)
        QTest.qWait(300)
        taken = Clock()
        for number in range(STEPS):
            with taken:
                bar.setValue(start + (number + 1) * step)
                QApplication.processEvents()
        return taken

    middle = bar.maximum() // 2
    run(tile // 3, middle)  # the thumbnails come meanwhile
    QTest.qWait(500)
    whole = Clock()
    for _ in range(20):
        with whole:
            grid.viewport().repaint()
    show("baseline: paint all that is in sight, median", whole.at(0.5))
    show("scroll step, thumbnails there: p99", run(tile // 3, middle).at(0.99), "< 16 ms")
    page_step = run(grid.viewport().height(), bar.maximum() // 3)
    show("step of a whole page, thumbnails not there: p99", page_step.at(0.99), "< 33 ms")


def orders(page: ImagesPage) -> None:
    """With what the page does about it: chips, list of classes, new thumbnails."""

    baseline = Clock()
    numbers = np.random.default_rng(0).integers(0, 10, len(page.images.labels))
    for _ in range(5):
        with baseline:
            np.flatnonzero(numbers == 3)
    show("baseline: numpy finds a tenth of as many numbers", baseline.at(0.5))

    def timed(what: str, act: Callable[[], object], undo: Callable[[], object]) -> None:
        taken = Clock()
        for _ in range(5):
            with taken:
                act()
                QApplication.processEvents()
            undo()
        show(what, f"{taken.at(0.5)}", "< 300 ms")

    def filtered(what: str, wanted: Filter) -> None:
        timed(f"filter by {what}", lambda: page._set_filter(wanted), lambda: page._set_filter(Filter()))

    filtered("one class", Filter(labels=frozenset({3})))
    filtered("three classes and a split", Filter(labels=frozenset({1, 3, UNLABELLED}), splits=frozenset({2})))
    filtered("split", Filter(splits=frozenset({2})))
    filtered("name, “7 7”", Filter(name="77"))
    filtered("name, “p” (in all of them)", Filter(name="p"))
    filtered("size in pixels", Filter(shapes=frozenset({(128, 128)})))
    for by in (SortBy.NAME, SortBy.DATE, SortBy.WEIGHT):
        timed(f"sort by {by}", lambda by=by: page._set_sort(Sort(by)), lambda: page._set_sort(Sort()))  # type: ignore[misc]


def selection(page: ImagesPage) -> None:
    grid = page.grid
    grid.setFocus()
    taken = Clock()
    for _ in range(5):
        with taken:
            QTest.keyClick(grid, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        grid.clearSelection()
    show("select all", taken.at(0.5))


def keys(page: ImagesPage) -> None:
    """From the key until the tiles were painted with their new class; the moves themselves are stopped."""
    grid = page.grid
    page.organising._organiser.put = lambda *_: None  # type: ignore[method-assign]
    page.session.settings.auto_advance = False
    count = page.images.rowCount()
    for selected in (1, 1_000, 100_000):
        if selected > count:
            continue
        taken = Clock()
        for turn in range(8):
            grid.scrollToTop()
            grid.setCurrentIndex(page.images.index(0))
            select(grid, selected)
            QTest.qWait(50)
            with taken:
                QTest.keyClick(grid, Qt.Key.Key_2 if turn % 2 else Qt.Key.Key_3)
                grid.viewport().repaint()
        expected = page.images.class_of(0)
        assert expected is not None and expected.key == "2"
        show(f"key “2” on {selected:,} selected, until painted: median", taken.at(0.5), "< 50 ms")


def select(grid: Any, count: int) -> None:
    from PySide6.QtCore import QItemSelection

    model = grid.model()
    everything = QItemSelection(model.index(0, 0), model.index(count - 1, 0))
    grid.selectionModel().select(everything, grid.selectionModel().SelectionFlag.ClearAndSelect)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
