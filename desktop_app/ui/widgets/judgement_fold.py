"""One fold deeper: the ROC curve, precision over recall, and how far "how sure" can be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.ui import unsure_words, wording
from desktop_app.ui.models.judgement import Calibration, Place, Subject, thinned
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.fields import ComboBox
from desktop_app.ui.widgets.fold import Fold
from desktop_app.ui.widgets.labels import Paragraph
from desktop_app.ui.widgets.segments import Segments
from desktop_app.ui.widgets.share_chart import Drawing, Line, Mark, ShareChart

if TYPE_CHECKING:
    from desktop_app.evaluation.rules import Rule
    from desktop_app.ui.models.unsure import Doubt

_SMALLEST, _LARGEST = 2.5, 7.0  # dots of a reliability diagram, by their share of the pictures


class JudgementFold(QWidget):
    """Closed, it says the two figures that matter; open, it draws one of three charts, and follows the rule."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._doubt: Doubt | None = None
        self._rule: Rule | None = None
        self.view = Segments(
            (("roc", self.tr("ROC"), ""), ("precision", self.tr("Precision"), ""), ("sure", self.tr("How sure"), "")),
            theme,
            name=self.tr("What is drawn"),
        )
        self.subject = ComboBox(theme, name=self.tr("Class that is told from all others"))
        self.chart = ShareChart(theme, self.tr("How well the model judges"))
        self.words = Paragraph("", "caption")
        body = QWidget()
        head = QHBoxLayout()
        head.setSpacing(SPACE.s)
        head.addWidget(self.view)
        head.addWidget(self.subject, 1)
        head.addStretch()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, SPACE.s, 0, 0)
        column.setSpacing(SPACE.s)
        column.addLayout(head)
        column.addWidget(self.chart)
        column.addWidget(self.words)
        self.fold = Fold(self.tr("Curves and calibration"), theme, body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.fold)
        self.view.chosen.connect(lambda _key: self._draw())
        self.subject.currentIndexChanged.connect(lambda _row: self._draw())
        self.fold.toggled.connect(lambda _open: self._draw())

    def show_doubt(self, doubt: Doubt, rule: Rule | None) -> None:
        """Judge another result."""
        if self._doubt is None or doubt.test.classes != self._doubt.test.classes:
            self.subject.blockSignals(True)
            self.subject.clear()
            self.subject.addItems(list(doubt.test.classes))
            self.subject.blockSignals(False)
        self._doubt = doubt
        self.show_rule(rule)

    def show_rule(self, rule: Rule | None) -> None:
        """Mark where another rule puts the model."""
        assert self._doubt is not None
        self._rule = rule
        self._say_inside()
        self._draw()

    def _say_inside(self) -> None:
        assert self._doubt is not None
        error = self.tr("“how sure” is off by {points} points").format(
            points=unsure_words.points(self._doubt.calibration.error)
        )
        ranking = self._doubt.subject(0).ranking if self._doubt.good else None
        parts = [self.tr("area under ROC {area}").format(area=_decimal(ranking.area))] if ranking else []
        self.fold.set_summary(wording.DOT.join([*parts, error]))

    def _draw(self) -> None:
        """Draw what is chosen; nothing while it is closed."""
        doubt, view = self._doubt, self.view.current()
        if doubt is None or not self.fold.is_open():
            return
        self.subject.setVisible(view != "sure" and not doubt.good)
        if view == "sure":
            self.chart.show_drawing(self._reliability(doubt.calibration))
            self.words.set_text(unsure_words.calibrated(doubt.calibration))
            return
        number = max(0, self.subject.currentIndex())
        subject, places = doubt.subject(number), doubt.places(number, self._rule)
        what = self.tr("defects") if doubt.good else f"“{doubt.test.classes[number]}”"
        words = self._words(subject, places, roc=view == "roc")
        draw = self._roc if view == "roc" else self._precision
        self.chart.show_drawing(draw(subject, places, what, words))
        self.words.set_text(words)

    # ---- charts

    def _roc(self, subject: Subject, places: tuple[Place, Place], what: str, told: str) -> Drawing:
        ranking = subject.ranking
        return Drawing(
            across=self.tr("% of the others taken for {what}").format(what=what),
            up=self.tr("% of {what} found").format(what=what),
            lines=[Line(thinned(ranking.wrongly, ranking.found))] if ranking else [],
            marks=_marks([(place.wrongly, place.found) for place in places]) if ranking else [],
            diagonal=True,
            told=told,
        )

    def _precision(self, subject: Subject, places: tuple[Place, Place], what: str, told: str) -> Drawing:
        ranking = subject.ranking
        found = [(place.found, place.right) for place in places if place.right is not None]
        return Drawing(
            across=self.tr("% of {what} found").format(what=what),
            up=self.tr("% right when called {what}").format(what=what),
            lines=[Line(thinned(ranking.found, ranking.right))] if ranking else [],
            marks=_marks(found) if ranking else [],
            told=told,
        )

    def _reliability(self, found: Calibration) -> Drawing:
        curve = found.after
        most = max(curve.pictures.tolist())
        marks = [
            Mark(sure, right, whisker=interval, size=_SMALLEST + (_LARGEST - _SMALLEST) * (n / most) ** 0.5)
            for sure, right, interval, n in zip(
                curve.how_sure.tolist(), curve.right.tolist(), curve.intervals, curve.pictures.tolist(), strict=True
            )
        ]
        before = list(zip(found.before.how_sure.tolist(), found.before.right.tolist(), strict=True))
        return Drawing(
            across=self.tr("% that it is sure of its answer (dotted: before calibration)"),
            up=self.tr("% right"),
            lines=[Line(before, quiet=True)],
            marks=marks,
            diagonal=True,
            told=unsure_words.calibrated(found),
        )

    # ---- words

    def _words(self, subject: Subject, places: tuple[Place, Place], *, roc: bool) -> str:
        ranking = subject.ranking
        if ranking is None:
            return self.tr("The test pictures are all of one kind: there is nothing to tell apart.")
        area, interval = (
            (ranking.area, ranking.area_interval) if roc else (ranking.average_precision, ranking.precision_interval)
        )
        low, high = map(_decimal, interval)
        name = (
            self.tr("Area under the curve {area}, truly {low}–{high}.")
            if roc
            else self.tr("Average precision {area}, truly {low}–{high}.")
        )
        text = name.format(area=_decimal(area), low=low, high=high)
        return f"{text} {self._legend(places)}"

    def _legend(self, places: tuple[Place, Place]) -> str:
        if places[0] == places[1]:
            return self.tr("● where the model works now.")
        assert self._doubt is not None
        return (
            self.tr("● called a defect; ○ with those left to a person.")
            if self._doubt.good
            else self.tr("● answers that stand; ○ if it were never unsure.")
        )


def _marks(places: list[tuple[float, float]]) -> list[Mark]:
    """A dot at the first place, and a ring at the second if that is another."""
    dots = [Mark(*places[0])] if places else []
    return ([Mark(*places[1], ring=True)] if places[1:] and places[1] != places[0] else []) + dots


def _decimal(share: float) -> str:
    return wording.decimal(share, 3 if share > 0.99 else 2) if share < 1 else wording.decimal(1, 0)
