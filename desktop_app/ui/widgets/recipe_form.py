"""The choices of a training: a recipe, and folded away what an expert may want to change.

The form is made from what the recipe tells about its own choices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QButtonGroup, QVBoxLayout, QWidget

from desktop_app.learning.choices import Section
from desktop_app.learning.recipe import CHOICES, RECIPES, Recipe, stage_options
from desktop_app.ui import recipe_words
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.choice_field import ChoiceField
from desktop_app.ui.widgets.fold import Fold
from desktop_app.ui.widgets.labels import Label
from desktop_app.ui.widgets.network_chooser import NetworkChooser, network_title
from desktop_app.ui.widgets.recipe_card import RecipeCard
from desktop_app.ui.widgets.split_choice import SplitChoice
from desktop_app.ui.widgets.surfaces import Line
from desktop_app.ui.widgets.views_preview import ViewsPreview

_ICONS = {"quick": "lightning", "balanced": "gauge", "thorough": "magnifying-glass-plus", "article": "article"}
_APPEARANCE = ("rotate", "flip", "jitter", "blur", "fit", "smallest_crop", "views")  # what the preview shows
_ELSEWHERE = ("name", "backbone", *_APPEARANCE)


class RecipeForm(QWidget):
    """Holds a `Recipe` and the split table to train with; `changed` follows every choice.

    What a person has changed stays when another card is chosen, but for the article's recipe, which is to be compared
    with: it has changes of its own.
    """

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._changes: dict[bool, dict[str, Any]] = {False: {}, True: {}}  # of the article's recipe: True
        self.cards = {option.value: self._make_card(option.value) for option in CHOICES["name"].options}
        self.fields: dict[str, ChoiceField] = {}
        self.network = NetworkChooser(theme)
        self.preview = ViewsPreview(theme)
        self.split = SplitChoice(theme)
        self.reset = Button(self.tr("Back to the recipe’s own choices"), theme, kind="ghost")
        self.appearance_fold = Fold(self.tr("How may parts appear?"), theme, self._make_appearance())
        self.network_fold = Fold(self.tr("Network"), theme, _in_column(self.network))
        self.advanced_fold = Fold(self.tr("Advanced"), theme, self._make_advanced())
        self.folds = (self.appearance_fold, self.network_fold, self.advanced_fold)
        self._lay_out()
        self.cards["balanced"].setChecked(True)
        self._connect()
        self._show()

    def _lay_out(self) -> None:
        group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.s)
        for card in self.cards.values():
            group.addButton(card)
            column.addWidget(card)
        folds = QVBoxLayout()
        folds.setSpacing(0)
        folds.addSpacing(SPACE.s)
        for fold in self.folds:
            folds.addWidget(Line())
            folds.addWidget(fold)
        folds.addWidget(Line())
        column.addLayout(folds)
        column.addStretch()

    def _connect(self) -> None:
        for card in self.cards.values():
            card.toggled.connect(lambda on: self._tell() if on else None)
        for field in self.fields.values():
            field.changed.connect(lambda field=field: self._change(field.name, field.value()))
        self.network.chosen.connect(lambda: self._change("backbone", self.network.network().name))
        self.split.changed.connect(self._tell)
        self.reset.clicked.connect(self._forget_changes)
        self.appearance_fold.toggled.connect(lambda _open: self.preview.show_recipe(self.recipe()))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.network.refresh()  # one may have been added meanwhile
        self._tell()

    # ---- the recipe

    def recipe(self) -> Recipe:
        return self.recipe_of(self._preset())

    def recipe_of(self, preset: str) -> Recipe:
        """What would be trained if that card were chosen."""
        return replace(RECIPES[preset], **self._changes[preset == "article"])

    def set_recipe(self, recipe: Recipe) -> None:
        """Show a recipe from elsewhere, with all that it changes of its preset."""
        preset = RECIPES[recipe.name]
        changes = {name: getattr(recipe, name) for name in CHOICES if getattr(recipe, name) != getattr(preset, name)}
        self._changes[recipe.name == "article"] = changes
        self.cards[recipe.name].setChecked(True)
        self._tell()

    @property
    def split_csv(self) -> Path | None:
        return self.split.path

    def set_locked(self, locked: bool) -> None:
        """While a training runs its choices are shown, and can't be changed."""
        for card in self.cards.values():
            card.setEnabled(not locked)
        for fold in self.folds:
            fold.body.setEnabled(not locked)

    def _preset(self) -> str:
        return next(key for key, card in self.cards.items() if card.isChecked())

    def _own_changes(self) -> dict[str, Any]:
        return self._changes[self._preset() == "article"]

    def _change(self, name: str, value: Any) -> None:
        changes = self._own_changes()
        changes[name] = value
        backbone = changes.get("backbone", RECIPES[self._preset()].backbone)
        if changes.get("first_stage") not in {None, *(option.value for option in stage_options(backbone))}:
            del changes["first_stage"]  # another network has other stages
        if changes.get(name) == getattr(RECIPES[self._preset()], name):
            changes.pop(name, None)
        self._tell()

    def _forget_changes(self) -> None:
        self._own_changes().clear()
        self._tell()

    def _tell(self) -> None:
        self._show()
        self.changed.emit()

    # ---- parts

    def _make_card(self, name: str) -> RecipeCard:
        option = next(option for option in CHOICES["name"].options if option.value == name)
        title, why = recipe_words.text(option.label), recipe_words.text(option.help)
        return RecipeCard(name, title, _ICONS[name], why, self._theme, self)

    def _add_fields(self, column: QVBoxLayout, names: Iterator[str] | tuple[str, ...]) -> None:
        for name in names:
            self.fields[name] = ChoiceField(name, CHOICES[name], self._theme)
            column.addWidget(self.fields[name])

    def _make_appearance(self) -> QWidget:
        body = QWidget()
        column = _column(body)
        column.addWidget(self.preview)
        self._add_fields(column, _APPEARANCE)
        return body

    def _make_advanced(self) -> QWidget:
        body = QWidget()
        column = _column(body)
        column.addWidget(self.split)
        for section in Section:
            names = [name for name, about in CHOICES.items() if about.section is section and name not in _ELSEWHERE]
            if names:
                column.addSpacing(SPACE.s)
                column.addWidget(Label(recipe_words.heading(section), "section", wrap=True))
                self._add_fields(column, tuple(names))
        column.addWidget(self.reset)
        return body

    # ---- what is shown

    def _show(self) -> None:
        recipe, changes = self.recipe(), self._own_changes()
        self.network.show_network(recipe.backbone)
        for field in self.fields.values():
            field.show_recipe(recipe)
        if self.appearance_fold.is_open():
            self.preview.show_recipe(recipe)
        self.appearance_fold.set_summary(recipe_words.variation(recipe))
        self.network_fold.set_summary(network_title(self.network.network()))
        told = [f"{recipe_words.label(name)}: {recipe_words.value(name, changes[name])}" for name in changes]
        told = [text for name, text in zip(changes, told, strict=True) if name not in _ELSEWHERE]
        told += [self.split.path.name] if self.split.path else []
        self.advanced_fold.set_summary(", ".join(told) or self.tr("all defaults"))
        self.reset.setVisible(bool(changes))


def _column(body: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(body)
    column.setContentsMargins(SPACE.l - 2, 0, 0, SPACE.m)
    column.setSpacing(12)
    return column


def _in_column(widget: QWidget) -> QWidget:
    body = QWidget()
    _column(body).addWidget(widget)
    return body
