"""Two models on the same pictures: which is better, and the pictures that changed sides."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop_app.evaluation.comparison import Comparison
from desktop_app.events import Split
from desktop_app.ui import wording
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.flow_layout import FlowLayout
from desktop_app.ui.widgets.labels import Label, Paragraph
from desktop_app.ui.widgets.surfaces import Card


class ComparisonCard(Card):
    """
    Signals:
        became_wrong_requested(), became_right_requested(): show these pictures.
        closed(): the comparison is no longer wanted.
    """

    became_wrong_requested = Signal()
    became_right_requested = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.title = Label("", "section", wrap=True)
        self.words = Paragraph("", "body")
        self.became_wrong = Button("", theme, icon="x-circle")
        self.became_right = Button("", theme, icon="check-circle")
        self._close = Button(self.tr("Close comparison"), theme, kind="ghost", icon="x")
        actions = FlowLayout(spacing=SPACE.s)
        for button in (self.became_wrong, self.became_right, self._close):
            actions.addWidget(button)
        column = self.column()
        column.addWidget(self.title)
        column.addWidget(self.words)
        column.addLayout(actions)
        self.became_wrong.clicked.connect(self.became_wrong_requested)
        self.became_right.clicked.connect(self.became_right_requested)
        self._close.clicked.connect(self.closed)

    def show_comparison(self, found: Comparison, name: str, other: str) -> None:
        """Show what the run `name` does differently from `other`, a run or a release."""
        self.title.setText(self.tr("{name} against {other}").format(name=name, other=other))
        self.words.set_text(comparison_in_words(found, name, other))
        wrong, right = len(found.became_wrong), len(found.became_right)
        self.became_wrong.setText(self.tr("%Ln became wrong", "", wrong))
        self.became_wrong.setEnabled(wrong > 0)
        self.became_right.setText(self.tr("%Ln became right", "", right))
        self.became_right.setEnabled(right > 0)
        self._offer(pictures=True)

    def show_asking(self, release: str, done: str = "") -> None:
        """A release is being asked about the pictures; `done` says how far."""
        self.title.setText(self.tr("Comparing with “{release}” …").format(release=release))
        text = self.tr("The release is asked about the same pictures: {done}.") if done else ""
        self.words.set_text(text.format(done=done))
        self._offer(pictures=False)

    def show_unmeasured(self, other: str, split: Split) -> None:
        """The other run has no result on this split."""
        self.title.setText(self.tr("{other} was not measured").format(other=other))
        self.words.set_text(
            self.tr("Choose it above, measure it on the same split ({split}), then compare again.").format(
                split=wording.split(split)
            )
        )
        self._offer(pictures=False)

    def _offer(self, *, pictures: bool) -> None:
        self.became_wrong.setVisible(pictures)
        self.became_right.setVisible(pictures)
        self.updateGeometry()


def comparison_in_words(found: Comparison, name: str, other: str) -> str:
    """What the run `name` is worth against `other`, with the doubt of it."""
    if not found.n:
        return wording.translate(
            "comparison", "The two models were measured on no picture in common, so they can't be compared."
        )
    result = wording.translate("comparison", "On the {pictures} that both were measured on: {second} to {first} right.")
    score = result.format(
        pictures=wording.pictures(found.n),
        second=wording.number(found.second_right),
        first=wording.number(found.first_right),
    )
    if not found.differs:
        return f"{score} {wording.translate('comparison', 'Too close to call: chance alone does that easily.')}"
    better, worse = (name, other) if found.second_right > found.first_right else (other, name)
    verdict = wording.translate("comparison", "{better} is better than {worse}: {chance}.").format(
        better=better, worse=worse, chance=_chance(found.chance)
    )
    return f"{score} {verdict}"


def _chance(share: float) -> str:
    if share < 0.01:
        return wording.translate("comparison", "chance alone does that less than once in 100 times")
    return wording.translate("comparison", "chance alone does that about %Ln times in 100", "", math.ceil(share * 100))
