"""The choices of a training: a recipe, and folded away what an expert may want to change."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Literal, cast

from PySide6.QtCore import Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QButtonGroup, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.learning.backbones import BACKBONES, Backbone
from desktop_app.learning.recipe import RECIPES, Recipe
from desktop_app.ui import wording
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.fields import ComboBox, SpinBox
from desktop_app.ui.widgets.fold import Fold
from desktop_app.ui.widgets.labels import ElidedLabel, Label
from desktop_app.ui.widgets.recipe_card import RecipeCard
from desktop_app.ui.widgets.segments import Segments
from desktop_app.ui.widgets.surfaces import Line

Fit = Literal["pad", "squash", "crop"]
LARGEST_SEED = 2**31 - 1


class RecipeForm(QWidget):
    """Holds a `Recipe` and the split table to train with; `changed` follows every choice."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.split_csv: Path | None = None
        self._imported = ""
        self.cards = {card.key: card for card in self._make_cards()}
        group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.s)
        for card in self.cards.values():
            group.addButton(card)
            column.addWidget(card)
            card.toggled.connect(lambda on: self.changed.emit() if on else None)
        self.network_fold = Fold(self.tr("Network and size"), theme, self._make_network())
        self.advanced_fold = Fold(self.tr("Advanced"), theme, self._make_advanced())
        folds = QVBoxLayout()
        folds.setSpacing(0)
        folds.addSpacing(SPACE.s)
        for fold in (self.network_fold, self.advanced_fold):
            folds.addWidget(Line())
            folds.addWidget(fold)
        folds.addWidget(Line())
        column.addLayout(folds)
        column.addStretch()
        self.changed.connect(self._summarise)
        self.set_recipe(RECIPES["balanced"])

    # ---- the recipe

    def recipe(self) -> Recipe:
        preset = next(card.key for card in self.cards.values() if card.isChecked())
        return replace(
            RECIPES[preset],
            backbone=str(self.network.currentData()),
            seed=self.seed.value(),
            fit=cast(Fit, self.fit.current()),
        )

    def set_recipe(self, recipe: Recipe) -> None:
        self.cards[recipe.name].setChecked(True)
        self.network.setCurrentIndex(self.network.findData(recipe.backbone))
        self.seed.setValue(recipe.seed)
        self.fit.choose(recipe.fit)
        self._summarise()

    def set_split(self, path: Path | None) -> None:
        """The table to import before training, or none."""
        self.split_csv = path
        self._say_split()
        self.changed.emit()

    def set_imported(self, name: str) -> None:
        """The table that the project remembers the splits of; "" if there is none."""
        self._imported = name
        self._say_split()

    def _say_split(self) -> None:
        text = self.tr("none: pictures are divided automatically")
        if self.split_csv:
            text = self.split_csv.name
        elif self._imported:
            text = self.tr("“{file}”, taken over; new pictures are divided automatically").format(file=self._imported)
        self._split_name.setText(text)
        if self.split_csv:
            self._split_name.setToolTip(str(self.split_csv))
        self._split_forget.setVisible(self.split_csv is not None)

    def set_locked(self, locked: bool) -> None:
        """While a training runs its choices are shown, and can't be changed."""
        for card in self.cards.values():
            card.setEnabled(not locked)
        for fold in (self.network_fold, self.advanced_fold):
            fold.body.setEnabled(not locked)

    # ---- parts

    def _make_cards(self) -> tuple[RecipeCard, ...]:
        return (
            RecipeCard(
                "quick",
                wording.recipe("quick"),
                "lightning",
                self.tr("Learns from what a ready-made network already sees. Good for a first look."),
                self._theme,
                self,
            ),
            RecipeCard(
                "balanced",
                wording.recipe("balanced"),
                "gauge",
                self.tr("Quick first, then fine-tunes the network to your parts. Kept only if it is better."),
                self._theme,
                self,
            ),
        )

    def _make_network(self) -> QWidget:
        body = QWidget()
        column = _column(body)
        self.network = ComboBox(self._theme, name=self.tr("Network"))
        missing = []
        for backbone in (backbone for backbone in BACKBONES.values() if backbone.package):
            self.network.addItem(network_title(backbone), backbone.name)
            if not is_installed(backbone):
                missing.append(backbone.title)
                cast(QStandardItemModel, self.network.model()).item(self.network.count() - 1).setEnabled(False)
        self.network.currentIndexChanged.connect(lambda _index: self.changed.emit())
        column.addWidget(self.network)
        column.addWidget(
            Label(self.tr("A larger network sees finer details and takes longer."), "caption", "text_2", wrap=True)
        )
        if missing:
            text = self.tr("Not on this computer: {names}. Install Discern again to get them.")
            column.addWidget(Label(text.format(names=", ".join(missing)), "caption", "warn", wrap=True))
        return body

    def _make_advanced(self) -> QWidget:
        body = QWidget()
        column = _column(body)
        self.fit = Segments(
            (("pad", self.tr("Pad"), ""), ("squash", self.tr("Squash"), ""), ("crop", self.tr("Crop"), "")),
            self._theme,
            name=self.tr("How a picture is fitted into the network's square"),
        )
        self.fit.chosen.connect(lambda _key: self.changed.emit())
        self._fit_words = Label("", "caption", "text_2", wrap=True)
        self.seed = SpinBox(self._theme, name=self.tr("Seed"))
        self.seed.setRange(0, LARGEST_SEED)
        self.seed.setMaximumWidth(160)
        self.seed.valueChanged.connect(lambda _value: self.changed.emit())
        self._split_name = ElidedLabel("", "caption", "text_2")
        choose = Button(self.tr("Choose split file…"), self._theme)
        choose.clicked.connect(self._choose_split)
        self._split_forget = Button("", self._theme, kind="ghost", icon="x", name=self.tr("Don't use this split file"))
        self._split_forget.clicked.connect(lambda: self.set_split(None))
        self._say_split()
        buttons = QHBoxLayout()
        buttons.addWidget(choose)
        buttons.addWidget(self._split_forget)
        buttons.addStretch()

        column.addWidget(Label(self.tr("Pictures that are not square"), "medium"))
        column.addWidget(self.fit)
        column.addWidget(self._fit_words)
        column.addSpacing(SPACE.s)
        column.addWidget(Label(self.tr("Split file (file, class, group, split)"), "medium"))
        column.addWidget(self._split_name)
        column.addLayout(buttons)
        column.addSpacing(SPACE.s)
        column.addWidget(Label(self.tr("Seed: the same one gives the same model"), "medium"))
        column.addWidget(self.seed)
        return body

    def _choose_split(self) -> None:
        title = self.tr("Choose a split file")
        path, _ = QFileDialog.getOpenFileName(self, title, "", self.tr("Tables (*.csv *.tsv *.txt);;All files (*)"))
        if path:
            self.set_split(Path(path))

    # ---- words

    def _summarise(self) -> None:
        """What is inside a fold, for while it is closed."""
        backbone = BACKBONES[str(self.network.currentData())]
        # The family's name says nothing while there is but one, and the fold has little room.
        self.network_fold.set_summary(network_title(backbone).removeprefix("EfficientNet-"))
        fit_words = {
            "pad": self.tr("The whole picture, with a grey border where it is narrow."),
            "squash": self.tr("The whole picture, stretched to a square."),
            "crop": self.tr("The middle of the picture; its ends are cut off."),
        }
        self._fit_words.setText(fit_words[self.fit.current()])
        changed = []
        if self.fit.current() != "pad":
            changed.append(str(self.fit.button(self.fit.current()).text()))
        if self.split_csv:
            changed.append(self.split_csv.name)
        if self.seed.value():
            changed.append(self.tr("seed {seed}").format(seed=self.seed.value()))
        self.advanced_fold.set_summary(", ".join(changed) or self.tr("all defaults"))


def _column(body: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(body)
    column.setContentsMargins(SPACE.l - 2, 0, 0, SPACE.m)
    column.setSpacing(SPACE.s)
    return column


def network_title(backbone: Backbone) -> str:
    return wording.translate("networks", "{name}, {size} px").format(name=backbone.title, size=backbone.size)


def is_installed(backbone: Backbone) -> bool:
    """Whether the weights are on this computer; looks without importing anything."""
    return backbone.package is not None and importlib.util.find_spec(backbone.package) is not None
