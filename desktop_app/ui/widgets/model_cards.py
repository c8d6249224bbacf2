"""Cards of the Use page: the model in use, and its export."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_app.events import Exported
from desktop_app.ui import headline_words, wording
from desktop_app.ui.models.model_in_use import ModelInUse
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.chip import StateChip
from desktop_app.ui.widgets.fact_row import FactRow
from desktop_app.ui.widgets.flow_layout import FlowLayout
from desktop_app.ui.widgets.labels import ElidedLabel, Label, Paragraph
from desktop_app.ui.widgets.surfaces import Card


class ModelCard(Card):
    """Which model predicts, how good it was on its test, and whether it passed its self-test."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.chip = StateChip(self.tr("Self-test passed"), theme, "ok", icon="circle-wavy-check-fill")
        self._name = ElidedLabel("", "strong")
        self._better = FactRow(theme)
        self._facts = Paragraph("", "caption", line=18)
        self.change = Button(self.tr("Change"), theme, icon="package", caret=True)
        self.use = Button(self.tr("Use this release"), theme, icon="star")
        self.released = StateChip(self.tr("release in use"), theme, "info", icon="star-fill")
        head = FlowLayout(spacing=SPACE.s)
        head.addWidget(Label(self.tr("Model"), "section"))
        head.addWidget(self.released)
        head.addWidget(self.chip)
        row = FlowLayout(spacing=SPACE.s)
        row.addWidget(self.change)
        row.addWidget(self.use)
        column = self.column(SPACE.xs)
        column.addLayout(head)
        column.addSpacing(SPACE.xs)
        column.addWidget(self._name)
        column.addWidget(self._facts)
        column.addWidget(self._better)
        column.addSpacing(SPACE.s)
        column.addLayout(row)
        self.show_none(self.tr("none"))

    def show_none(self, words: str) -> None:
        self._name.setText(words)
        self._facts.set_text("")
        for widget in (self.chip, self.use, self.released, self._better):
            widget.hide()

    def show_model(self, model: ModelInUse, in_use: str = "") -> None:
        """`in_use`: the name of the release that judges real parts."""
        self.released.setVisible(bool(model.release) and model.release == in_use)
        self.use.setVisible(bool(model.release) and model.release != in_use)
        self._name.setText(model.title)
        lines = []
        if (measured := model.measured) is not None:
            lines.append(
                self.tr("{right} {basis}; {truly}").format(
                    right=wording.right_of(measured.right, measured.n),
                    basis=headline_words.basis(measured.basis),
                    truly=wording.truly(measured.interval),
                )
            )
        else:
            lines.append(self.tr("not measured on test pictures"))
        lines.append(model.facts)
        if model.tested:
            agree = self.tr("{part} self-test pictures agree; largest difference {difference}")
            lines.append(
                agree.format(
                    part=wording.part_of(model.tested.pictures, model.tested.pictures),
                    difference=wording.difference(model.tested.largest_difference),
                )
            )
        self._facts.set_text("\n".join(lines))
        self._better.setVisible(bool(model.better))
        self._better.show_fact("warn", self.tr("Another one was better: {run}").format(run=model.better))
        self.chip.setVisible(model.tested is not None)

    def text(self) -> str:
        better = "" if self._better.isHidden() else f"\n{self._better.accessibleName()}"
        return f"{self._name.text()}\n{self._facts.plain()}{better}"


class ExportCard(Card):
    """Export for other computers, and what came of it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.button = Button(self.tr("Export…"), theme, icon="package")
        self._why = Paragraph(
            self.tr(
                "One file with all that another computer needs. It is run on its self-test pictures "
                "before it is handed over."
            ),
            "caption",
            line=18,
        )
        self._result = FactRow(theme)
        self._result.hide()
        head = QHBoxLayout()
        head.addWidget(Label(self.tr("Export for other machines"), "section", wrap=True), 1)
        head.addWidget(self.button)
        column = self.column()
        column.addLayout(head)
        column.addWidget(self._why)
        column.addWidget(self._result)

    def show_exported(self, name: str, exported: Exported) -> None:
        text = self.tr("{name}: {golden} self-test pictures give the same answers; largest difference {difference}.")
        self._result.show_fact(
            "ok",
            text.format(
                name=name,
                golden=wording.part_of(exported.golden, exported.golden),
                difference=wording.difference(exported.largest_difference),
            ),
            wording.file_size(exported.bytes),
        )
        self._result.show()

    def clear(self) -> None:
        self._result.hide()

    def text(self) -> str:
        return "" if self._result.isHidden() else self._result.accessibleName()
