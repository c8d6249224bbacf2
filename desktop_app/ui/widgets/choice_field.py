"""One choice of a recipe in the form: its label, a control for its kind, and what it does."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop_app.learning.choices import Choice
from desktop_app.learning.recipe import Recipe
from desktop_app.ui import recipe_words, wording
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import CONTROL, SPACE
from desktop_app.ui.widgets.fields import ComboBox, SpinBox
from desktop_app.ui.widgets.labels import Label
from desktop_app.ui.widgets.segments import Segments

_MOST_SEGMENTS, _SEGMENT_LETTERS = 3, 22  # what fits side by side
_NARROW = 140


class ChoiceField(QWidget):
    """`changed` follows what a person does, not `show_recipe`."""

    changed = Signal()

    def __init__(self, name: str, about: Choice, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.about = name, about
        question = recipe_words.text(about.label)
        self.control = _control(name, about, question, theme)
        self.control.chosen.connect(self.changed)
        self.control.refused.connect(self._say_limits)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.xs)
        column.addWidget(Label(question, "medium", wrap=True))
        column.addWidget(self.control)
        self._help = Label(recipe_words.text(about.help), "caption", "text_2", wrap=True)
        column.addWidget(self._help)

    def value(self) -> Any:
        return self.control.value()

    def show_recipe(self, recipe: Recipe) -> None:
        """Show its value; without effect it can't be changed."""
        self.control.show_value(getattr(recipe, self.name), recipe)
        self.setEnabled(all(getattr(recipe, other) in allowed for other, allowed in self.about.needs.items()))
        self._help.set_tone("text_2")
        self._help.setText(self._help_for(recipe))

    def _say_limits(self) -> None:
        """Instead of what it does, until something is chosen."""
        several = self.about.kind == "numbers"
        text = (
            wording.translate("recipe", "These are numbers from {low} to {high}, with “;” between them.")
            if several
            else wording.translate("recipe", "This is a number from {low} to {high}.")
        )
        low, high = (wording.decimal(bound, 9, trim=True) for bound in (self.about.low, self.about.high))
        self._help.set_tone("warn")
        self._help.setText(text.format(low=low, high=high) + " " + wording.translate("recipe", "It stays as it was."))

    def _help_for(self, recipe: Recipe) -> str:
        """What the choice does, and what the option that is chosen does."""
        chosen = getattr(recipe, self.name)
        option = next((option.help for option in self.about.options if option.value == chosen), "")
        parts = [self.about.help] if self.about.kind != "one of" or not option else []
        return " ".join(recipe_words.text(part) for part in (*parts, option) if part)


class _Control(QWidget):
    chosen = Signal()
    refused = Signal()  # what was written can't be taken

    def value(self) -> Any:
        raise NotImplementedError

    def show_value(self, value: Any, recipe: Recipe) -> None:
        raise NotImplementedError

    def _hold(self, *widgets: QWidget) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.s)
        for widget in widgets:
            row.addWidget(widget)
        row.addStretch()


def _control(name: str, about: Choice, question: str, theme: Theme) -> _Control:
    if about.kind == "yes or no":
        yes_no = (("no", wording.translate("recipe", "No"), ""), ("yes", wording.translate("recipe", "Yes"), ""))
        return _Few(yes_no, question, theme, {"yes": True, "no": False})
    if about.kind == "one of":
        options = recipe_words.options(name, Recipe().backbone)
        if len(options) <= _MOST_SEGMENTS and sum(map(len, options.values())) <= _SEGMENT_LETTERS:
            rows = tuple((key, text, "") for key, text in options.items())
            return _Few(rows, question, theme, {key: key for key in options})
        return _Many(name, question, theme)
    if about.kind == "whole number" or recipe_words.is_share(about):
        return _Number(about, question, theme)
    return _Written(about, question)


class _Few(_Control):
    """Side by side."""

    def __init__(
        self, rows: tuple[tuple[str, str, str], ...], question: str, theme: Theme, values: dict[str, Any]
    ) -> None:
        super().__init__()
        self.segments = Segments(rows, theme, name=question)
        self._values = values
        self._hold(self.segments)
        self.segments.chosen.connect(lambda _key: self.chosen.emit())

    def value(self) -> Any:
        return self._values[self.segments.current()]

    def show_value(self, value: Any, recipe: Recipe) -> None:
        self.segments.choose(next(key for key, own in self._values.items() if own == value))


class _Many(_Control):
    """In a list that opens."""

    def __init__(self, name: str, question: str, theme: Theme) -> None:
        super().__init__()
        self._name = name
        self.box = ComboBox(theme, name=question)
        self._fill(recipe_words.options(name, Recipe().backbone))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.box)
        self.box.activated.connect(lambda _row: self.chosen.emit())

    def _fill(self, options: dict[str, str]) -> None:
        self.box.clear()
        for key, text in options.items():
            self.box.addItem(text, key)

    def value(self) -> Any:
        return self.box.currentData()

    def show_value(self, value: Any, recipe: Recipe) -> None:
        options = recipe_words.options(self._name, recipe.backbone)
        if [self.box.itemData(row) for row in range(self.box.count())] != list(options):
            self._fill(options)
        self.box.setCurrentIndex(self.box.findData(value))


class _Number(_Control):
    """A whole number, or a share in per cent."""

    def __init__(self, about: Choice, question: str, theme: Theme) -> None:
        super().__init__()
        self._scale = 100 if recipe_words.is_share(about) else 1
        self._exact: Any = 0
        self.spin = SpinBox(theme, name=question)
        self.spin.setRange(round(about.low * self._scale), round(about.high * self._scale))
        self.spin.setSingleStep(5 if self._scale > 1 else 1)
        unit = "%" if self._scale > 1 else recipe_words.text(about.unit)
        self.spin.setSuffix(f"{wording.SPACE}{unit}" if unit else "")
        self.spin.setMinimumWidth(_NARROW)
        self._hold(self.spin)
        self.spin.valueChanged.connect(lambda _value: self.chosen.emit())

    def value(self) -> Any:
        if round(self._exact * self._scale) == self.spin.value():
            return self._exact  # 12.5 % is shown as 12 %
        return self.spin.value() if self._scale == 1 else self.spin.value() / self._scale

    def show_value(self, value: Any, recipe: Recipe) -> None:
        self._exact = value
        self.spin.blockSignals(True)
        self.spin.setValue(round(value * self._scale))
        self.spin.blockSignals(False)


class _Written(_Control):
    """Numbers of any size, written by hand; what can't be read is put back as it was."""

    def __init__(self, about: Choice, question: str) -> None:
        super().__init__()
        self._about = about
        self._value: Any = 0.0
        self.edit = QLineEdit()
        self.edit.setAccessibleName(question)
        self.edit.setFixedHeight(CONTROL)
        unit = Label(recipe_words.text(about.unit), "body", "text_2")
        unit.setVisible(bool(about.unit))
        if about.kind == "numbers":
            row = QHBoxLayout(self)
            row.setContentsMargins(0, 0, 0, 0)
            row.addWidget(self.edit)
        else:
            self.edit.setMaximumWidth(_NARROW)
            self._hold(self.edit, unit)
        self.edit.editingFinished.connect(self._take)

    def value(self) -> Any:
        return self._value

    def show_value(self, value: Any, recipe: Recipe) -> None:
        self._value = value
        numbers = value if isinstance(value, tuple) else (value,)
        text = "; ".join(wording.decimal(number, 8, trim=True) for number in numbers)
        if text != self.edit.text():
            self.edit.setText(text)

    def _take(self) -> None:
        several, locale = self._about.kind == "numbers", QLocale()
        parts = [part for part in self.edit.text().split(";") if part.strip()]
        read = [locale.toDouble(part.strip()) for part in parts]
        numbers = tuple(number for number, valid in read if valid and self._about.low <= number <= self._about.high)
        taken = len(numbers) == len(parts) and (bool(numbers) if several else len(numbers) == 1)
        value = (numbers if several else numbers[0]) if taken else self._value
        changed, self._value = value != self._value, value
        if changed:
            self.chosen.emit()
            return
        self.show_value(value, Recipe())
        if not taken:
            self.refused.emit()
