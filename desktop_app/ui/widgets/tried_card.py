"""What a training chose by trying: λ with its curve, the learning rate, and other options of the recipe."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import zip_longest

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.events import LearningRateFound, OptionChosen, RegularisationChosen
from desktop_app.ui import recipe_words, wording
from desktop_app.ui.models.training import Tried
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.fold import Fold
from desktop_app.ui.widgets.labels import Label
from desktop_app.ui.widgets.strength_chart import StrengthChart, strength_text
from desktop_app.ui.widgets.surfaces import Card


class TriedCard(Card):
    """A fold with what was tried; hidden while nothing was."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self.chart = StrengthChart(theme)
        self.words = Label("", "body", "text_2", wrap=True)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(SPACE.l - 2, 0, 0, SPACE.s)
        column.setSpacing(SPACE.s)
        column.addWidget(self.words)
        column.addWidget(self.chart)
        super().__init__(parent=parent)
        self.fold = Fold(self.tr("Chosen by trying"), theme, body)
        around = QVBoxLayout(self)
        around.setContentsMargins(SPACE.m, SPACE.xs, SPACE.m, SPACE.xs)
        around.addWidget(self.fold)
        self._shown: Sequence[Tried] = ()
        self.hide()

    def show_tried(self, tried: Sequence[Tried]) -> None:
        if list(tried) == list(self._shown):
            return
        self._shown = list(tried)
        strengths = next((event for event in tried if isinstance(event, RegularisationChosen)), None)
        self.chart.show_tried(strengths)
        self.chart.setVisible(strengths is not None and len(strengths.strengths) > 1)
        pairs = [pair for event in tried if (pair := self._told(event))[0]]
        self.words.setText("\n".join(sentence for _, sentence in pairs))
        self.fold.set_summary(", ".join(short for short, _ in pairs))
        self.setVisible(bool(pairs))

    def _told(self, event: Tried) -> tuple[str, str]:
        """A choice in a few words, and in a sentence."""
        match event:
            case RegularisationChosen(strengths, accuracies, chosen):
                best = dict(zip(strengths, accuracies, strict=False)).get(chosen)
                if best is None:
                    return "", ""
                sentence = self.tr(
                    "λ = {chosen}: in cross-validation on the training pictures {share} were right with it. A larger λ "
                    "holds the classifier back more."
                ).format(chosen=strength_text(chosen), share=wording.percent(best))
                if len(strengths) > 1 and chosen == max(strengths):
                    sentence += " " + self.tr("It is the largest that was tried.")
                elif len(strengths) > 1 and chosen == min(strengths):
                    sentence += " " + self.tr("It is the smallest that was tried.")
                return f"λ {strength_text(chosen)}", sentence
            case LearningRateFound(chosen=chosen):
                rate = wording.difference(chosen)
                return (
                    self.tr("learning rate {rate}").format(rate=rate),
                    self.tr("Learning rate {rate}: found by raising it until learning got worse.").format(rate=rate),
                )
            case OptionChosen():
                return self._told_option(event)

    def _told_option(self, event: OptionChosen) -> tuple[str, str]:
        label, value = recipe_words.label(event.choice), recipe_words.value(event.choice, event.chosen)
        options = ", ".join(
            self._option(event.choice, option, score)
            for option, score in zip_longest(event.options, event.scores, fillvalue=math.nan)
            if isinstance(option, str)
        )
        if not event.pictures:
            sentence = self.tr("{label}: {value}, the best of {options}.")
        else:
            sentence = self.tr(
                "{label}: {value}. In cross-validation, with {pictures} held out in {parts} parts, so many were right: "
                "{options}."
            )
        values = {"pictures": wording.pictures(event.pictures), "parts": wording.number(event.folds)}
        return f"{label}: {value}", sentence.format(label=label, value=value, options=options, **values)

    def _option(self, choice: str, option: str, score: float) -> str:
        """An option, and how many it got right, if that is what was counted."""
        name = recipe_words.value(choice, option)
        return f"{name} ({wording.percent(score)})" if 0 <= score <= 1 else name
