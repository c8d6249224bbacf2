"""When the model should say "unsure": a promise to choose, and what it costs."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout, QWidget

from desktop_app.evaluation.rules import Rule
from desktop_app.evaluation.unsure import NEVER, Expected
from desktop_app.ui import wording
from desktop_app.ui.models.unsure import PROMISES, Doubt
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.labels import Label, Paragraph
from desktop_app.ui.widgets.sides_row import SidesRow
from desktop_app.ui.widgets.surfaces import Card

_OFF = 0  # the slider's first place; the promises follow, from lenient to strict
_SAVE_MS = 400


class UnsureCard(Card):
    """The figures follow the slider at once; the rule is told when it has come to rest.

    Signals:
        changed(rule: Rule | None): the person has chosen another promise, or none.
        measure_requested(): the validation pictures must be measured first.
    """

    changed = Signal(object)
    measure_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._doubt: Doubt | None = None
        self._rule: Rule | None = None
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(_OFF, len(PROMISES))
        self.slider.setPageStep(1)
        self.slider.setAccessibleName(self.tr("Promise"))
        self._before, self._after = Label("", "body"), Label("", "body")
        self._promise = Label("", "strong")
        self.harm, self.false_alarms, self.unsure = _Figure(), _Figure(), _Figure()
        self.words = Paragraph("", "caption")
        self.sides = SidesRow(theme)
        self.measure = Button(self.tr("Measure the validation pictures"), theme, icon="target")
        self._save_soon = QTimer(self, singleShot=True, interval=_SAVE_MS)
        self._lay_out()
        self.slider.valueChanged.connect(self._on_slider)
        self._save_soon.timeout.connect(lambda: self.changed.emit(self._rule))
        self.measure.clicked.connect(self.measure_requested)

    def _lay_out(self) -> None:
        self._sentence = QWidget()
        row = QHBoxLayout(self._sentence)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.s)
        for widget, stretch in ((self._before, 0), (self.slider, 1), (self._promise, 0), (self._after, 0)):
            row.addWidget(widget, stretch)
        self._figures = QWidget()
        figures = QHBoxLayout(self._figures)
        figures.setContentsMargins(0, 0, 0, 0)
        figures.setSpacing(SPACE.s)
        for figure in (self.harm, self.false_alarms, self.unsure):
            figures.addWidget(figure, 1)
        column = self.column()
        column.addWidget(Label(self.tr("When should it say “unsure”?"), "section"))
        column.addWidget(self._sentence)
        column.addWidget(self._figures)
        column.addWidget(self.words)
        column.addWidget(self.sides)
        column.addWidget(self.measure, 0, Qt.AlignmentFlag.AlignLeft)

    # ---- what is shown

    def show_doubt(self, doubt: Doubt | None) -> None:
        """Show a run's promise; None: it was not measured on its validation pictures yet."""
        self._save_soon.stop()
        self._doubt = doubt
        self._sentence.setVisible(doubt is not None)
        self._figures.setVisible(doubt is not None)
        self.measure.setVisible(doubt is None)
        if doubt is None:
            self.words.set_text(
                self.tr("From which doubt on it should rather ask a person is found on the validation pictures.")
            )
            return
        self._before.setText(self.tr("Let at most"))
        self._after.setText(self.tr("of defects through") if doubt.good else self.tr("of answers be wrong"))
        self.false_alarms.setVisible(bool(doubt.good))
        self.slider.blockSignals(True)
        self.slider.setValue(_place(doubt.rule))
        self.slider.blockSignals(False)
        self._show(doubt.rule)

    def _on_slider(self, place: int) -> None:
        assert self._doubt is not None
        self._show(self._doubt.rule_for(PROMISES[place - 1]) if place > _OFF else None)
        self._save_soon.start()

    def _show(self, rule: Rule | None) -> None:
        doubt = self._doubt
        assert doubt is not None
        self._rule = rule
        promise = rule.promise if rule else None
        self._promise.setText(self.tr("any number") if promise is None else wording.percent_up(promise))
        found = doubt.expected(rule)
        self._show_harm(found, with_roles=bool(doubt.good))
        alarms = wording.part_of(found.false_alarms, found.good)
        self.false_alarms.show_text(self.tr("False alarms"), alarms, wording.truly(found.false_alarm_interval))
        self._show_unsure(found)
        self.words.set_text(self._sentence_about(doubt, rule))
        self.slider.setToolTip(self._promise.text())

    def _show_harm(self, found: Expected, *, with_roles: bool) -> None:
        title = self.tr("Missed defects") if with_roles else self.tr("Wrong answers")
        limit = self.tr("truly under {percent}").format(percent=wording.percent_up(found.harm_limit))
        at_once = self.tr("{n} if never unsure").format(n=wording.number(found.harm_at_once))
        self.harm.show_text(title, wording.part_of(found.harm, found.at_risk), f"{limit}\n{at_once}")

    def _show_unsure(self, found: Expected) -> None:
        doubt = wording.truly(found.unsure_interval)
        if found.unlike:
            strange = self.tr("{n} like nothing learnt").format(n=wording.number(found.unlike))
            doubt = f"{doubt}\n{strange}"
        self.unsure.show_text(self.tr("Unsure, for a person"), wording.part_of(found.unsure, found.n), doubt)

    def _sentence_about(self, doubt: Doubt, rule: Rule | None) -> str:
        if rule is None:
            return self.tr(
                "It always answers, even when in doubt. Move the slider to let it leave such pictures to a person."
            )
        if rule.threshold == NEVER and rule.promise is not None:
            return self._too_few(doubt, rule.promise)
        found_on = (
            self.tr(
                "Found on {n} groups for validation, a group being missed as soon as one of its pictures is; holds "
                "with 95 % confidence as long as new pictures are like these."
            )
            if doubt.grouped
            else self.tr(
                "Found on {n} pictures for validation; holds with 95 % confidence as long as new pictures are like "
                "these."
            )
        ).format(n=wording.number(doubt.at_risk))
        sentences = [found_on]
        if rule.furthest is not None:
            sentences.append(self.tr("Pictures like nothing that was learnt are left to a person, too."))
        points = wording.decimal(doubt.calibration_error * 100, 1, trim=True)
        sentences.append(
            self.tr("Seen on the test pictures: “how sure” is off by {points} points on average.").format(points=points)
        )
        sentences.append(self.tr("Exported models keep the promise."))
        return " ".join(sentences)

    def _too_few(self, doubt: Doubt, promise: float) -> str:
        text = (
            self.tr(
                "Too few pictures to promise that, so it never calls one good. With {n} defects for validation, "
                "{smallest} is the least; {more} more are needed."
            )
            if doubt.good
            else self.tr(
                "Too few pictures to promise that, so it is always unsure. With {n} pictures for validation, "
                "{smallest} is the least; {more} more are needed."
            )
        )
        return text.format(
            n=wording.number(doubt.at_risk),
            smallest=wording.percent_up(doubt.smallest_promise),
            more=wording.number(doubt.missing_for(promise)),
        )


class _Figure(Card):
    """A count of so many, with its doubt below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg", parent)
        self.title = Label("", "caption", "text_2", wrap=True)
        self.value = Label("", "section")
        self.doubt = Label("", "caption", "text_2", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, SPACE.s, 12, SPACE.s)
        column.setSpacing(2)
        for label in (self.title, self.value, self.doubt):
            column.addWidget(label)
        column.addStretch()

    def show_text(self, title: str, value: str, doubt: str) -> None:
        self.title.setText(title)
        self.value.setText(value)
        self.doubt.setText(doubt)
        self.setAccessibleName(f"{title}: {value}, {doubt}")


def _place(rule: Rule | None) -> int:
    """Where the slider stands for a rule: at its promise, or the next stricter one."""
    if rule is None or rule.promise is None:
        return _OFF
    promised = rule.promise
    return next((place for place, promise in enumerate(PROMISES, 1) if promise <= promised), len(PROMISES))
