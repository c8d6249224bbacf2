"""When the model should say "unsure": a promise or costs to choose, and what comes of them."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from desktop_app.evaluation.costs import Costs
from desktop_app.evaluation.rules import Rule
from desktop_app.ui import unsure_words, wording
from desktop_app.ui.models.unsure import PROMISES, Doubt
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.costs_form import CostsForm
from desktop_app.ui.widgets.expected_figures import ExpectedFigures
from desktop_app.ui.widgets.judgement_fold import JudgementFold
from desktop_app.ui.widgets.labels import Label, Paragraph
from desktop_app.ui.widgets.segments import Segments
from desktop_app.ui.widgets.sides_row import SidesRow
from desktop_app.ui.widgets.surfaces import Card

_OFF = 0  # the slider's first place; the promises follow, from lenient to strict
_SAVE_MS = 400
PROMISE, COSTS = "promise", "costs"


class UnsureCard(Card):
    """The figures follow the slider and the costs at once; the rule is told when they have come to rest.

    Signals:
        changed(rule: Rule | None): the person has chosen another promise or other costs, or none.
        measure_requested(): the validation pictures must be measured first.
    """

    changed = Signal(object)
    measure_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._doubt: Doubt | None = None
        self._rule: Rule | None = None
        self.aim = Segments(
            ((PROMISE, self.tr("Promise"), ""), (COSTS, self.tr("Costs"), "")), theme, name=self.tr("What decides")
        )
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(_OFF, len(PROMISES))
        self.slider.setPageStep(1)
        self.slider.setAccessibleName(self.tr("Promise"))
        self._before, self._after = Label("", "body"), Label("", "body")
        self._promise = Label("", "strong")
        self.costs = CostsForm(theme)
        self.figures = ExpectedFigures()
        self.words = Paragraph("", "caption")
        self.judgement = JudgementFold(theme)
        self.sides = SidesRow(theme)
        self.measure = Button(self.tr("Measure the validation pictures"), theme, icon="target")
        self._save_soon = QTimer(self, singleShot=True, interval=_SAVE_MS)
        self._lay_out()
        self.aim.chosen.connect(lambda _key: self._on_change())
        self.slider.valueChanged.connect(lambda _place: self._on_change())
        self.costs.changed.connect(self._on_change)
        self._save_soon.timeout.connect(lambda: self.changed.emit(self._rule))
        self.measure.clicked.connect(self.measure_requested)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE.s)
        head.addWidget(Label(self.tr("When should it say “unsure”?"), "section", wrap=True), 1)
        head.addWidget(self.aim)
        self._sentence = QWidget()
        row = QHBoxLayout(self._sentence)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.s)
        for widget, stretch in ((self._before, 0), (self.slider, 1), (self._promise, 0), (self._after, 0)):
            row.addWidget(widget, stretch)
        column = self.column()
        column.addLayout(head)
        for part in (self._sentence, self.costs, self.figures, self.words, self.sides, self.judgement):
            column.addWidget(part)
        column.addWidget(self.measure, 0, Qt.AlignmentFlag.AlignLeft)

    # ---- what is shown

    def show_doubt(self, doubt: Doubt | None) -> None:
        """Show a run's rule; None: it was not measured on its validation pictures yet."""
        self._save_soon.stop()
        self._doubt = doubt
        for part in (self.aim, self.figures, self.judgement):
            part.setVisible(doubt is not None)
        self.measure.setVisible(doubt is None)
        if doubt is None:
            self._sentence.hide()
            self.costs.hide()
            self.words.set_text(
                self.tr("From which doubt on it should rather ask a person is found on the validation pictures.")
            )
            return
        self._before.setText(self.tr("Let at most"))
        self._after.setText(self.tr("of defects through") if doubt.good else self.tr("of answers be wrong"))
        rule = doubt.rule
        by_costs = rule is not None and rule.costs is not None
        self.aim.choose(COSTS if by_costs else PROMISE)
        self.slider.blockSignals(True)
        self.slider.setValue(_place(rule))
        self.slider.blockSignals(False)
        self.costs.show_costs(rule.costs if rule else None, with_roles=bool(doubt.good), here=doubt.defects_here)
        self.judgement.show_doubt(doubt, rule)
        self._show(rule)

    def _on_change(self) -> None:
        if self._doubt is None:
            return
        aim = self._chosen()
        rule = None if aim is None else self._doubt.rule_for(aim)
        self._show(rule)
        self.judgement.show_rule(rule)
        self._save_soon.start()

    def _chosen(self) -> float | Costs | None:
        if self.aim.current() == COSTS:
            return self.costs.costs()
        place = self.slider.value()
        return PROMISES[place - 1] if place > _OFF else None

    def _show(self, rule: Rule | None) -> None:
        doubt = self._doubt
        assert doubt is not None
        self._rule = rule
        by_costs = rule is not None and rule.costs is not None
        self._sentence.setVisible(not by_costs)
        self.costs.setVisible(by_costs)
        promise = rule.promise if rule else None
        self._promise.setText(self.tr("any number") if promise is None else wording.percent_up(promise))
        self.slider.setToolTip(self._promise.text())
        at_once = doubt.at_once(rule.costs if rule else None)
        self.figures.show_expected(doubt.expected(rule), at_once, with_roles=bool(doubt.good))
        self.words.set_text(unsure_words.about(doubt, rule))


def _place(rule: Rule | None) -> int:
    """Where the slider stands for a rule: at its promise, or the next stricter one."""
    if rule is None or rule.promise is None:
        return _OFF
    promised = rule.promise
    return next((place for place, promise in enumerate(PROMISES, 1) if promise <= promised), len(PROMISES))
