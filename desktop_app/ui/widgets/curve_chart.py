"""One chart of curves: a quantity over the epochs of each phase, drawn by pyqtgraph."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QMargins, QPointF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPen
from PySide6.QtWidgets import QGraphicsLineItem, QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.events import EpochEnded, Phase
from desktop_app.ui import wording
from desktop_app.ui.models.axis import epoch_ticks, round_ticks
from desktop_app.ui.models.quantities import Quantity
from desktop_app.ui.models.training import Curves
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.widgets.curve_parts import Plot, band_item, blend, text_item, text_label
from desktop_app.ui.widgets.segments import Segments

#: A wide pen costs six times a narrow one on ten thousand points; on these few hundred it can't be measured.
WIDE_PEN_POINTS = 500
SAMPLE_WIDTH = 18
LABEL_GAP = 8
LABEL_MARGINS = 12  # that a text item has around its text
TICK_ROOM = 22  # pixels between two ticks, at least
NOTE_ROOM = 40

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


class Chart(QWidget):
    """One quantity for train and validation, with phase bands, the best epoch and labels at the curves' ends.

    The person chooses among `choices`; `name` says so to screen readers.

    Its parts are made once and then moved: making them anew takes six times as long as painting them.

    Signals:
        chosen(): another quantity is to be shown, whose labels may need another gutter.
    """

    chosen = Signal()

    def __init__(
        self, theme: Theme, choices: Mapping[str, Choice], *, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._choices = choices
        self._quantity = next(iter(choices.values())).quantity
        self._shown = Shown(Curves(("freeze",)))
        self._gutter = 0.0
        self._phase_names: dict[Phase, str] = {
            "freeze": self.tr("Freeze phase"),
            "fine_tune": self.tr("Fine-tune phase"),
        }
        self._heading = text_label("", "section", "text")
        self._hint = text_label("", "caption", "text_2")
        self.segments = Segments([(key, row.short, "") for key, row in choices.items()], theme, name=name)
        self._epochs = text_label("", "caption", "text_2")
        self._epochs.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._epochs.hide()
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._heading)
        head.addWidget(self._hint, 1)
        head.addWidget(self.segments)

        self.plot = Plot()
        self._box = self.plot.box
        self._bands = {phase: self._add(band_item()) for phase in self._phase_names}
        self._names = {phase: self._add(text_item()) for phase in self._phase_names}
        self._grid = self._add(pg.PlotCurveItem(connect="pairs"))
        self._border = self._add(QGraphicsLineItem())
        self._best_line = self._add(QGraphicsLineItem())
        self._broken_line = self._add(QGraphicsLineItem())
        self._others = [self._add_curve() for _ in OTHERS]
        self._train = self._add_curve()
        self._validation = self._add_curve()
        self._end = self._add(pg.ScatterPlotItem(size=7, pen=None, antialias=True))
        self._best_ring = self._add(pg.ScatterPlotItem(size=11, antialias=True))
        self._samples = [self._add(pg.PlotCurveItem()) for _ in range(2 + len(OTHERS))]
        self._labels = [self._add(text_item()) for _ in self._samples]
        self._note = self._add(text_item())
        self._broken_note = self._add(text_item())

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
        self._box.sigResized.connect(lambda _box: self.draw(self._shown, self._gutter))

    def _choose(self, key: str) -> None:
        self._quantity = self._choices[key].quantity
        self._name_it()
        self.chosen.emit()

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
        self._bands["fine_tune"].setBrush(blend(colour["soft"], colour["surface"], 0.6))
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

    def gutter(self, shown: Shown) -> float:
        """The room that the labels need to the right of the curves, in pixels."""
        labels = [self._front_label(shown), *(self._label_of(shown, name) for name, _ in shown.others)]
        value = f" {self._quantity.text(1.0)}"
        metrics = QFontMetricsF(font("caption_strong"))
        longest = max(metrics.horizontalAdvance(text.replace(" {value}", value)) for text in labels)
        return LABEL_GAP + SAMPLE_WIDTH + LABEL_MARGINS + longest

    def draw(self, shown: Shown, gutter: float) -> None:
        """Charts that are drawn with the same gutter have the same horizontal axis."""
        self._shown, self._gutter = shown, gutter
        curves, phases = shown.curves, shown.curves.phases
        low, high = self._quantity.limits(curves)
        metrics = QFontMetricsF(font("caption_strong"))
        width, height = max(self._box.width(), 80.0), max(self._box.height(), 40.0)
        self._pixel = QPointF(
            len(phases) / max(width - gutter, width / 2),
            (high - low) / max(height - metrics.height() - 6, height / 2),  # the phases' names stand above
        )
        self._low, self._high, self._right = low, high, float(len(phases))
        self._box.setRange(xRange=(0, width * self._pixel.x()), yRange=(low, low + height * self._pixel.y()), padding=0)
        self._draw_frame(curves)
        self._draw_curves(shown, metrics)
        self._draw_best(None if shown.name else curves, over=not (shown.running or shown.broken))
        self._draw_broken(curves, shown.broken)
        # Else its parts find their places while they are painted, which makes Qt paint all of them once more.
        self.plot.scene().prepareForPaint()
        self.plot.setAccessibleDescription(self._describe(shown))

    def _draw_frame(self, curves: Curves) -> None:
        for phase in self._phase_names:
            known = phase in curves.phases
            self._bands[phase].setVisible(known)
            self._names[phase].setVisible(known and self._quantity.marked)
            if known:
                start = curves.phases.index(phase)
                self._bands[phase].setRect(start, self._low, 1, self._high - self._low)
                self._names[phase].setText(self._phase_names[phase])
                self._names[phase].setAnchor((0, 1))
                self._names[phase].setPos(start + 4 * self._pixel.x(), self._high)
        self._border.setVisible(len(curves.phases) > 1)
        self._border.setLine(1, self._low, 1, self._high)
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
        self._best_line.setLine(x, self._low, x, self._high)
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
            self._broken_line.setLine(x, self._low, x, self._high)
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
