"""The learning curves: what an epoch is worth over the epochs of each phase, for one run or several.

With what it draws by, `curve_chart` and `curve_parts`, the only modules that import pyqtgraph (0.3 s); the Train page
imports it when it is first shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QMargins, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.ui.models.quantities import ACCURACY, LEARNING_RATE, LOSS, MACRO_F1
from desktop_app.ui.models.training import Curves
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.curve_chart import Chart, Choice, Shown

REDRAW_MS = 100  # between one chart and the other: drawing both at once would take twice as long at a stretch
LOWEST_VIEW = 420  # pixels of both charts; a lower page scrolls
LOWEST_COMPARED = 480


class CurvesView(QWidget):
    """Two charts over one another with a common horizontal axis, redrawn in turns.

    pyqtgraph's links between axes would have each of them painted twice.

    Args:
        theme: the colours.
        frame: makes the panel that a chart lies on.
    """

    def __init__(self, theme: Theme, frame: Callable[[], QWidget], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = Shown(Curves(("freeze",)))
        self._reference: tuple[tuple[str, Curves], ...] = ()
        self._unchanged: Shown | None = None  # what `show_curves` was given last, as it was then
        more, less = self.tr("more is better"), self.tr("less is better")
        self.top = Chart(
            theme,
            {
                "accuracy": Choice(ACCURACY, self.tr("Pictures right (%)"), self.tr("Right"), more),
                "macro_f1": Choice(
                    MACRO_F1,
                    self.tr("Macro-F1 (%)"),
                    self.tr("F1"),
                    self.tr("every class counts alike; more is better"),
                ),
            },
            name=self.tr("Upper curves"),
        )
        self.bottom = Chart(
            theme,
            {
                "loss": Choice(LOSS, self.tr("Loss"), self.tr("Loss"), less),
                "rate": Choice(
                    LEARNING_RATE, self.tr("Learning rate"), self.tr("Rate"), self.tr("how large the steps are")
                ),
            },
            name=self.tr("Lower curves"),
        )
        self.charts = (self.top, self.bottom)
        self._waiting: list[Chart] = []  # to be drawn
        self.bottom.set_epoch_label(self.tr("epoch (how often every picture has been used)"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(QMargins())
        layout.setSpacing(8)
        for chart, stretch in zip(self.charts, (3, 2), strict=True):
            chart.chosen.connect(self.redraw)
            panel = frame()
            inside = QVBoxLayout(panel)
            inside.setContentsMargins(16, 8, 16, 8)
            inside.addWidget(chart)
            layout.addWidget(panel, stretch)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REDRAW_MS)
        self._timer.timeout.connect(self._draw_next)
        theme.changed.connect(self._dress)

    def show_curves(self, curves: Curves, *, running: bool = False, broken: bool = False) -> None:
        """Show these from now on; call it again after they grew. `broken`: training ended by itself, here.

        Called without any news, as for each sign of progress between two epochs, it costs next to nothing.
        """
        shown = Shown(curves, "", self._reference, running, broken)
        if shown == self._unchanged:
            return
        self._shown = shown
        self._unchanged = replace(shown, curves=curves.copy())
        self.setMinimumHeight(LOWEST_VIEW)
        self._draw_soon()

    def set_reference(self, name: str, curves: Curves | None) -> None:
        """Draw the validation curve of another run behind those that are shown."""
        self._reference = ((name, curves),) if curves else ()
        self._shown.others = self._reference
        self._unchanged = None
        self._draw_soon()

    def compare(self, runs: Sequence[tuple[str, Curves]]) -> None:
        """Show the validation curves of several runs over one another, the first in front."""
        phases = tuple(dict.fromkeys(phase for _, curves in runs for phase in curves.phases))
        name, curves = runs[0]
        self._shown = Shown(replace(curves, phases=phases), name, runs[1:])
        self._unchanged = None
        self.setMinimumHeight(LOWEST_COMPARED)  # what is below them scrolls
        self._draw_soon()

    def _draw_soon(self) -> None:
        self._waiting += [chart for chart in self.charts if chart not in self._waiting]
        if not self._timer.isActive():
            self._timer.start()

    def _draw_next(self) -> None:
        self._waiting.pop(0).draw(self._shown, self._gutter())
        if self._waiting:
            self._timer.start()

    def redraw(self) -> None:
        self._timer.stop()
        self._waiting.clear()
        gutter = self._gutter()
        for chart in self.charts:
            chart.draw(self._shown, gutter)

    def _gutter(self) -> float:
        return max(chart.gutter(self._shown) for chart in self.charts)

    def _dress(self) -> None:
        for chart in self.charts:
            chart.dress()
        self.redraw()
