"""How the Evaluate page bears very many classes; prints each figure beside what is wanted, asserts nothing.

The result is made up: two pictures of each class, one in ten called something else. A page with ten classes is measured
in the same run, to tell what the classes cost from what the machine does.

Run: python -m tests.bench.bench_matrix [classes]; with a screen (xvfb-run) on that, else without one
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "xcb" if os.environ.get("DISPLAY") else "offscreen")

from PySide6.QtWidgets import QApplication, QScrollBar

from desktop_app.evaluation.evaluate import measure
from desktop_app.evaluation.predictions import Predictions
from desktop_app.evaluation.resampling import mean_intervals
from desktop_app.evaluation.trust import Trust
from desktop_app.ui.models.confusion import Shown
from desktop_app.ui.models.result import Result
from desktop_app.ui.theme import Theme
from desktop_app.ui.thumbnails import Thumbnails
from desktop_app.ui.widgets.result_view import ResultView
from desktop_app.ui.widgets.scroll import ScrollColumn

EACH = 2  # pictures of a class
STEPS = 60  # of scrolling
ROUNDS = 3


def show(what: str, milliseconds: list[float], wanted: str = "") -> None:
    ordered = sorted(milliseconds)
    middle, last = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    print(f"  {what:58} median {middle:8.1f} ms, p99 {last:8.1f} ms   {wanted}", flush=True)


def made_up(classes: int) -> Result:
    random = np.random.default_rng(0)
    actual = np.repeat(np.arange(classes, dtype=np.int32), EACH)
    called = np.where(random.random(len(actual)) < 0.1, random.integers(0, classes, len(actual)), actual)
    probabilities = np.full((len(actual), classes), 0.2 / (classes - 1), np.float32)
    probabilities[np.arange(len(actual)), called] = 0.8
    names = tuple(f"part {number:04}, seen from the {('left', 'right')[number % 2]}" for number in range(classes))
    files = tuple(f"{names[label]}/{place}.png" for place, label in enumerate(actual.tolist()))
    predictions = Predictions(
        files, tuple(f"{place:032x}" for place in range(len(files))), names, actual, probabilities
    )
    doubts = mean_intervals(actual, predictions.predicted, classes, [""] * len(actual))
    return Result(
        "run-0001", "test", measure(predictions, "run-0001", "test"), predictions, (), doubts, Trust(), None, ()
    )


def read(result: Result) -> float:
    """Milliseconds from the table on the disk to all figures."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "predictions.csv")
        path.write_bytes(result.predictions.to_csv())
        began = time.perf_counter()
        predictions = Predictions.read_csv(path)
        measure(predictions, "run-0001", "test")
        mean_intervals(predictions.actual, predictions.predicted, len(predictions.classes), [""] * len(predictions))
        return (time.perf_counter() - began) * 1000


class Page:
    """The result as the page shows it, in a window of its own."""

    def __init__(self, application: QApplication, theme: Theme) -> None:
        self._application = application
        self.view = ResultView(Thumbnails(), theme)
        self.page = ScrollColumn(self.view)
        self.page.resize(1344, 800)
        self.page.show()
        self.settle()

    def settle(self) -> None:
        for _ in range(3):  # what is laid out anew asks to be painted
            self._application.processEvents()

    def took(self, act: Callable[[], object]) -> float:
        began = time.perf_counter()
        act()
        self.settle()
        return (time.perf_counter() - began) * 1000

    def scroll(self, bar: QScrollBar, *, step: int) -> list[float]:
        """Milliseconds of each step, there and back."""
        places: Iterable[int] = [min(bar.maximum(), number * step) for number in range(STEPS)]
        return [self.took(lambda place=place: bar.setValue(place)) for place in (*places, *reversed([*places]))]


def run(application: QApplication, theme: Theme, classes: int) -> None:
    result = made_up(classes)
    print(f"{classes} classes, {len(result.predictions):,} pictures", flush=True)
    opened = []
    for _ in range(ROUNDS):
        page = Page(application, theme)
        opened.append(page.took(lambda page=page: page.view.show_result(result, ())))
    show("the result is shown", opened, "< 1,000 ms")
    show("its predictions are read and measured, in the background", [read(result) for _ in range(ROUNDS)])
    view = page.view
    show("the matrix scrolls down by a cell", page.scroll(view.matrix.verticalScrollBar(), step=34), "< 33 ms")
    show("the matrix scrolls sideways by a cell", page.scroll(view.matrix.horizontalScrollBar(), step=50), "< 33 ms")
    show("the page scrolls by 120 pixels", page.scroll(page.page.verticalScrollBar(), step=120), "< 33 ms")
    page.page.verticalScrollBar().setValue(0)
    if view.table.verticalScrollBar().maximum():
        show("the table of classes scrolls by a row", page.scroll(view.table.verticalScrollBar(), step=28), "< 33 ms")
    sort = view.matrix.matrix.sort_worst_first
    show("sorted by confusion, and back", [page.took(lambda on=on: sort(on)) for on in (True, False) * ROUNDS])
    shown = view.matrix.matrix.set_shown
    ways = (Shown.ROW_SHARES, Shown.COUNTS) * ROUNDS
    show("row % and counts", [page.took(lambda way=way: shown(way)) for way in ways])
    cells = view.matrix.matrix.confusions()[:20]
    show("going to a cell", [page.took(lambda cell=cell: view.matrix.choose(cell)) for cell in cells], "< 100 ms")
    names = [view.table.table.results[row].name for row in range(min(20, classes))]
    rows = [view.table.table.row_of(name) for name in names]
    show("going to a class", [page.took(lambda row=row: view.table.selectRow(row)) for row in rows], "< 100 ms")
    widths = (1300, 1200, 1100, 1250, 1344)
    show("another width", [page.took(lambda width=width: page.page.resize(width, 800)) for width in widths])


def main() -> None:
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    application.setStyle("Fusion")
    theme = Theme(application, "light")
    for classes in (10, int(sys.argv[1]) if len(sys.argv) > 1 else 1000):
        run(application, theme, classes)


if __name__ == "__main__":
    main()
