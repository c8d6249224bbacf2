"""The learning curves: what an epoch is worth over the epochs of each phase, for one run or several.

The only module that imports pyqtgraph (0.3 s); the Train page imports it when it is first shown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QMargins, QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QFontMetricsF, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.events import EpochEnded, Phase
from desktop_app.ui import wording
from desktop_app.ui.models.axis import epoch_ticks, round_ticks
from desktop_app.ui.models.quantities import ACCURACY, LEARNING_RATE, LOSS, MACRO_F1, Quantity
from desktop_app.ui.models.training import Curves
from desktop_app.ui.theme import Theme, Type, font
from desktop_app.ui.widgets.segments import Segments

REDRAW_MS = 100
#: A wide pen costs six times a narrow one on ten thousand points; on these few hundred it can't be measured.
WIDE_PEN_POINTS = 500
AXIS_WIDTH = 44
SAMPLE_WIDTH = 18
LABEL_GAP = 8
LABEL_MARGINS = 12  # that a text item has around its text
TICK_ROOM = 22  # pixels between two ticks, at least
NOTE_ROOM = 40
LOWEST = 80  # pixels
LOWEST_VIEW = 380  # of both charts; a lower page scrolls
LOWEST_COMPARED = 480


#: How the curves of other runs are drawn: colour and dash. They differ by their dash alone, too.
OTHERS = (
    ("text_2", Qt.PenStyle.DotLine),
    ("train_curve", Qt.PenStyle.DashLine),
    ("text", Qt.PenStyle.DashDotLine),
)


@dataclass(frozen=True)
class Choice:
    """A quantity that a chart can show, with its name as a heading and on a button, and what is good."""

    quantity: Quantity
    title: str
    short: str
    hint: str


@dataclass
class Shown:
    """What a chart is to draw.

    Attributes:
        curves: of the run that is shown.
        name: of it, where runs are compared: then only their validation curves are drawn.
        others: names and curves of other runs, at most as many as `OTHERS`.
        broken: training ended by itself, here.
    """

    curves: Curves
    name: str = ""
    others: Sequence[tuple[str, Curves]] = ()
    running: bool = False
    broken: bool = False


class CurvesView(QWidget):
    """Two charts over one another with a common horizontal axis; redrawn at most ten times a second.

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
        self.bottom.plot.box.setXLink(self.top.plot.box)
        self.bottom.set_epoch_label(self.tr("epoch (how often every picture has been used)"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(QMargins())
        layout.setSpacing(8)
        for chart, stretch in zip(self.charts, (3, 2), strict=True):
            panel = frame()
            inside = QVBoxLayout(panel)
            inside.setContentsMargins(16, 8, 16, 8)
            inside.addWidget(chart)
            layout.addWidget(panel, stretch)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REDRAW_MS)
        self._timer.timeout.connect(self.redraw)
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
        if not self._timer.isActive():
            self._timer.start()

    def redraw(self) -> None:
        for chart in self.charts:
            chart.draw(self._shown)

    def _dress(self) -> None:
        for chart in self.charts:
            chart.dress()
        self.redraw()


class Chart(QWidget):
    """One quantity for train and validation, with phase bands, the best epoch and labels at the curves' ends.

    The person chooses among `choices`; `name` says so to screen readers.

    Its parts are made once and then moved: making them anew takes six times as long as painting them.
    """

    def __init__(
        self, theme: Theme, choices: Mapping[str, Choice], *, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._choices = choices
        self._quantity = next(iter(choices.values())).quantity
        self._shown = Shown(Curves(("freeze",)))
        self._phase_names: dict[Phase, str] = {
            "freeze": self.tr("Freeze phase"),
            "fine_tune": self.tr("Fine-tune phase"),
        }
        self._heading = _label("", "section", "text")
        self._hint = _label("", "caption", "text_2")
        self.segments = Segments([(key, row.short, "") for key, row in choices.items()], theme, name=name)
        self._epochs = _label("", "caption", "text_2")
        self._epochs.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._epochs.hide()
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._heading)
        head.addWidget(self._hint, 1)
        head.addWidget(self.segments)

        self.plot = _Plot()
        self._box = self.plot.box
        self._bands = {phase: self._add(_band()) for phase in self._phase_names}
        self._names = {phase: self._add(_text()) for phase in self._phase_names}
        self._grid = self._add(pg.PlotCurveItem(connect="pairs"))
        self._border = self._add(pg.InfiniteLine(1, angle=90))
        self._best_line = self._add(pg.InfiniteLine(angle=90))
        self._broken_line = self._add(pg.InfiniteLine(angle=90))
        self._others = [self._add_curve() for _ in OTHERS]
        self._train = self._add_curve()
        self._validation = self._add_curve()
        self._end = self._add(pg.ScatterPlotItem(size=7, pen=None, antialias=True))
        self._best_ring = self._add(pg.ScatterPlotItem(size=11, antialias=True))
        self._samples = [self._add(pg.PlotCurveItem()) for _ in range(2 + len(OTHERS))]
        self._labels = [self._add(_text()) for _ in self._samples]
        self._note = self._add(_text())
        self._broken_note = self._add(_text())

        layout = QVBoxLayout(self)
        layout.setContentsMargins(QMargins())
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self._epochs)
        self.dress()
        self._name_it()
        self.segments.chosen.connect(self._choose)
        # Margins and labels are measured in pixels.
        self._box.sigResized.connect(lambda _box: self.draw(self._shown))

    def _choose(self, key: str) -> None:
        self._quantity = self._choices[key].quantity
        self._name_it()
        self.draw(self._shown)

    def _name_it(self) -> None:
        choice = self._choices[self.segments.current()]
        self._heading.setText(choice.title)
        self._hint.setText(choice.hint)
        self.plot.setAccessibleName(choice.title)

    def _add(self, item: Any) -> Any:
        self._box.addItem(item, ignoreBounds=True)
        return item

    def _add_curve(self) -> Any:
        item = self._add(pg.PlotDataItem(antialias=True))
        # Both ask the view, so they come once there is one.
        item.setDownsampling(auto=True, method="peak")
        item.setClipToView(True)
        return item

    def set_epoch_label(self, text: str) -> None:
        self._epochs.setText(text)
        self._epochs.show()

    # ---- colours

    def dress(self) -> None:
        """Give every part its colour; again after the theme changed."""
        colour = self._theme.tokens
        self.plot.setBackground(colour["surface"])
        self._bands["freeze"].setBrush(colour["band"])
        self._bands["fine_tune"].setBrush(_blend(colour["soft"], colour["surface"], 0.6))
        for name in self._names.values():
            name.setColor(colour["text_2"])
        self._grid.setPen(pg.mkPen(colour["border"], width=1))
        self._border.setPen(pg.mkPen(colour["outline"], width=1))
        self._best_line.setPen(pg.mkPen(colour["text_2"], width=1, style=Qt.PenStyle.DashLine))
        self._best_ring.setPen(pg.mkPen(colour["text"], width=2))
        self._best_ring.setBrush(colour["surface"])
        self._note.setColor(colour["text"])
        self._note.fill, self._note.border = pg.mkBrush(colour["surface"]), pg.mkPen(colour["outline"])
        self._broken_line.setPen(pg.mkPen(colour["error"], width=2))
        self._broken_note.setColor(colour["error"])
        self._broken_note.fill = pg.mkBrush(colour["surface"])
        self._end.setBrush(colour["accent"])
        for axis in (self.plot.left, self.plot.bottom):
            axis.setPen(pg.mkPen(None))
            axis.setTextPen(colour["text_2"])

    # ---- drawing

    def draw(self, shown: Shown) -> None:
        self._shown = shown
        curves, phases = shown.curves, shown.curves.phases
        low, high = self._quantity.limits(curves)
        metrics = QFontMetricsF(font("caption_strong"))
        width, height = max(self._box.width(), 80.0), max(self._box.height(), 40.0)
        labels = [self._front_label(shown), *(self._label_of(shown, name) for name, _ in shown.others)]
        value = f" {self._quantity.text(1.0)}"
        longest = max(metrics.horizontalAdvance(text.replace(" {value}", value)) for text in labels)
        gutter = LABEL_GAP + SAMPLE_WIDTH + LABEL_MARGINS + longest
        self._pixel = QPointF(
            len(phases) / max(width - gutter, width / 2),
            (high - low) / max(height - metrics.height() - 6, height / 2),  # the phases' names stand above
        )
        self._low, self._high, self._right = low, high, float(len(phases))
        self._box.setRange(xRange=(0, width * self._pixel.x()), yRange=(low, low + height * self._pixel.y()), padding=0)
        self._draw_frame(curves, span=(high - low) / (height * self._pixel.y()))
        self._draw_curves(shown, metrics)
        self._draw_best(None if shown.name else curves, over=not (shown.running or shown.broken))
        self._draw_broken(curves, shown.broken)
        self.plot.setAccessibleDescription(self._describe(shown))

    def _draw_frame(self, curves: Curves, span: float) -> None:
        for phase in self._phase_names:
            known = phase in curves.phases
            self._bands[phase].setVisible(known)
            self._names[phase].setVisible(known and self._quantity.marked)
            if known:
                start = curves.phases.index(phase)
                self._bands[phase].setSpan(0, span)
                self._bands[phase].setRegion((start, start + 1))
                self._names[phase].setText(self._phase_names[phase])
                self._names[phase].setAnchor((0, 1))
                self._names[phase].setPos(start + 4 * self._pixel.x(), self._high)
        self._border.setVisible(len(curves.phases) > 1)
        for line in (self._best_line, self._broken_line):
            line.setSpan(0, span)
        height = (self._high - self._low) / self._pixel.y()
        ticks = round_ticks(self._low, self._high, most=max(1, min(5, int(height / TICK_ROOM))))
        self._grid.setData(np.tile([0.0, self._right], len(ticks)), np.repeat(ticks, 2))
        self.plot.left.setTicks([[(value, self._quantity.tick(value)) for value in ticks]])
        self.plot.bottom.setTicks([[(x, wording.number(epoch)) for x, epoch in epoch_ticks(curves)]])

    def _draw_curves(self, shown: Shown, metrics: QFontMetricsF) -> None:
        colour, value = self._theme.tokens, self._quantity
        # Wide pens are dear, see above; while it grows a narrow one is drawn ten times a second.
        wide = 1 if shown.running or len(shown.curves.rows()) > WIDE_PEN_POINTS else 2
        train = pg.mkPen(colour["train_curve"], width=wide, style=Qt.PenStyle.DashLine)
        own = Curves(()) if shown.name else shown.curves
        pen = pg.mkPen(colour["accent"], width=wide)
        front = self._plot_curve(self._validation, shown.curves, value.validation, pen, self._front_label(shown))
        ends = [front, self._plot_curve(self._train, own, value.train, train, self.tr("train {value}"))]
        others = [*shown.others, *[("", Curves(()))] * len(OTHERS)]
        for item, (token, dash), (title, curves) in zip(self._others, OTHERS, others, strict=False):
            pen = pg.mkPen(colour[token], width=wide if shown.name else 1, style=dash)
            ends.append(self._plot_curve(item, curves, value.validation, pen, self._label_of(shown, title)))
        self._end.setData([front.x] if front else [], [front.y] if front else [])
        self._draw_labels([end for end in ends if end], metrics)

    def _front_label(self, shown: Shown) -> str:
        """The template of what stands at the end of the curve in front."""
        if shown.name:
            return self._label_of(shown, shown.name)
        return "{value}" if self._quantity.shared else self.tr("validation {value}")

    def _label_of(self, shown: Shown, name: str) -> str:
        """That of a named run: with its last value, where runs are compared."""
        return f"{name} {{value}}" if shown.name else name

    def _plot_curve(
        self, item: Any, curves: Curves, value: Callable[[EpochEnded], float], pen: QPen, label: str
    ) -> _End | None:
        rows = [row for row in curves.rows() if math.isfinite(value(row))]
        ys = np.clip([value(row) for row in rows], self._low, self._high)
        item.setPen(pen)
        item.setData(np.array([curves.x(row) for row in rows]), ys)
        if not rows:
            return None
        return _End(label.format(value=self._quantity.text(value(rows[-1]))), curves.x(rows[-1]), float(ys[-1]), pen)

    def _draw_labels(self, ends: list[_End], metrics: QFontMetricsF) -> None:
        """The curves' names and last values to the right, pushed apart where they would overlap."""
        height = (metrics.height() + 2) * self._pixel.y()
        ends = sorted(ends, key=lambda end: end.y)
        heights, floor = [], self._low + height / 2
        for end in ends:
            heights.append(max(end.y, floor))
            floor = heights[-1] + height
        overflow = max(0.0, heights[-1] - self._high) if heights else 0.0
        x = self._right + LABEL_GAP * self._pixel.x()
        for position, (sample, label) in enumerate(zip(self._samples, self._labels, strict=True)):
            used = position < len(ends)
            sample.setVisible(used)
            label.setVisible(used)
            if used:
                end, y = ends[position], heights[position] - overflow
                sample.setPen(end.pen)
                sample.setData([x, x + SAMPLE_WIDTH * self._pixel.x()], [y, y])
                label.setText(end.text)
                label.setColor(end.pen.color())
                label.setAnchor((0, 0.5))
                label.setPos(x + (SAMPLE_WIDTH + 2) * self._pixel.x(), y)

    def _draw_best(self, curves: Curves | None, *, over: bool) -> None:
        """A line at the epoch whose weights are kept, and its share in the upper chart."""
        best = curves.best() if curves else None
        value = self._quantity.validation(best) if best else math.nan
        noted = self._quantity.marked and math.isfinite(value)
        self._best_line.setVisible(best is not None)
        self._best_ring.setVisible(noted)
        self._note.setVisible(noted)
        if best is None or curves is None:
            return
        x = curves.x(best)
        self._best_line.setPos(x)
        if not noted:
            return
        y = min(max(value, self._low), self._high)
        self._best_ring.setData([x], [y])
        text = self.tr("Kept: {value}") if over else self.tr("Best so far: {value}")
        self._note.setText(text.format(value=self._quantity.text(value)))
        # Under the marker, where the curve is not; turned inwards where the edge is near; nowhere on a low chart.
        below = y - self._low > NOTE_ROOM * self._pixel.y()
        self._note.setVisible(below or self._high - y > NOTE_ROOM * self._pixel.y())
        width = self._note.boundingRect().width() * self._pixel.x()
        anchor = min(max(0.5, 1 - (self._right - x) / width), x / width) if width else 0.5
        self._note.setAnchor((anchor, 0 if below else 1))
        self._note.setPos(x, y + (-12 if below else 12) * self._pixel.y())

    def _draw_broken(self, curves: Curves, broken: bool) -> None:
        """A line where training ended by itself."""
        rows = curves.rows()
        visible = broken and bool(rows)
        self._broken_line.setVisible(visible)
        self._broken_note.setVisible(visible and self._quantity.marked)
        if visible:
            x = curves.x(rows[-1])
            self._broken_line.setPos(x)
            self._broken_note.setText(self.tr("stopped here"))
            near_edge = self._right - x < (self._broken_note.boundingRect().width() + 6) * self._pixel.x()
            self._broken_note.setAnchor((1 if near_edge else 0, 1))
            self._broken_note.setPos(x + (-6 if near_edge else 6) * self._pixel.x(), self._low)

    def _describe(self, shown: Shown) -> str:
        if shown.name:
            runs = [(shown.name, shown.curves), *shown.others]
            return "; ".join(f"{name}: {self._last(curves)}" for name, curves in runs)
        rows = shown.curves.rows()
        if not rows:
            return self.tr("No epochs yet.")
        last = rows[-1]
        text = (
            self.tr("{phase}, epoch {epoch} of {epochs}: {validation}.")
            if self._quantity.shared
            else self.tr("{phase}, epoch {epoch} of {epochs}: train {train}, validation {validation}.")
        )
        return text.format(
            phase=self._phase_names[last.phase],
            epoch=last.epoch,
            epochs=shown.curves.length(last.phase),
            train=self._say(self._quantity.train(last)),
            validation=self._say(self._quantity.validation(last)),
        )

    def _last(self, curves: Curves) -> str:
        rows = curves.rows()
        return self._say(self._quantity.validation(rows[-1])) if rows else self.tr("no epochs")

    def _say(self, value: float) -> str:
        return self._quantity.text(value) if math.isfinite(value) else "–"


@dataclass(frozen=True)
class _End:
    """Where a curve ends, and what its label says."""

    text: str
    x: float
    y: float
    pen: QPen


# ---- parts


def _label(text: str, style: Type, tone: str) -> QLabel:
    label = QLabel(text)
    label.setFont(font(style))
    label.setProperty("tone", tone)
    return label


class _Plot(pg.GraphicsLayoutWidget):  # type: ignore[misc]
    """Axes around a view, without a mouse, a menu or a mind of their own.

    pyqtgraph's own PlotItem brings a dozen menus along that nobody opens and nothing deletes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.box = pg.ViewBox(enableMenu=False, enableMouse=False, defaultPadding=0)
        self.left, self.bottom = pg.AxisItem("left"), pg.AxisItem("bottom")
        self.left.setWidth(AXIS_WIDTH)
        self.bottom.setHeight(20)
        for axis in (self.left, self.bottom):
            axis.linkToView(self.box)
            axis.setStyle(tickLength=0, tickFont=font("tile"), tickTextOffset=6, hideOverlappingLabels=False)
            axis.enableAutoSIPrefix(False)
        self.ci.setContentsMargins(0, 0, 0, 0)
        self.ci.setSpacing(0)
        self.addItem(self.left, 0, 0)
        self.addItem(self.box, 0, 1)
        self.addItem(self.bottom, 1, 1)
        self.box.disableAutoRange()
        self.setMinimumHeight(LOWEST)
        # Its own wish (640 × 480) would make every page scroll.
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        for part in (self, self.viewport()):
            part.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


def _band() -> Any:
    band = pg.LinearRegionItem(movable=False)
    for line in band.lines:
        line.setPen(pg.mkPen(None))
    band.setZValue(-20)
    return band


def _text() -> Any:
    item = pg.TextItem()
    item.setFont(font("caption_strong"))
    item.setZValue(20)
    return item


def _blend(one: QColor, other: QColor, share: float) -> QColor:
    """`share` of the first colour over the second."""
    rest = 1 - share
    return QColor.fromRgbF(
        one.redF() * share + other.redF() * rest,
        one.greenF() * share + other.greenF() * rest,
        one.blueF() * share + other.blueF() * rest,
    )
