"""Which classes are good parts: a chip each. As soon as one is and one is not, results speak of missed defects."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.project.config import ClassInfo
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.chip import Chip
from desktop_app.ui.widgets.flow_layout import FlowLayout
from desktop_app.ui.widgets.labels import Paragraph

MOST = 12  # classes; more are marked on the Images page


class SidesRow(QWidget):
    """
    Signals:
        marked(good: list[str], defects: list[str]): the person says so.
    """

    marked = Signal(list, list)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.chips: list[Chip] = []
        self._words = Paragraph("", "caption")
        self._row = FlowLayout(spacing=SPACE.xs)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.xs)
        column.addWidget(self._words)
        column.addLayout(self._row)

    def show_classes(self, names: Sequence[str], classes: Sequence[ClassInfo]) -> None:
        """Show the classes of a run, as the project marks them."""
        role_of = {info.name: info.role for info in classes}
        marked = {role_of.get(name, "") for name in names} == {"good", "defect"}
        self.setVisible(2 <= len(names) <= MOST)
        self._words.set_text(
            self.tr("Classes of good parts; the others are defects:")
            if marked
            else self.tr("Choose the classes of good parts, and missed defects and false alarms are told apart:")
        )
        while len(self.chips) > len(names):
            chip = self.chips.pop()
            self._row.removeWidget(chip)
            chip.deleteLater()
        while len(self.chips) < min(len(names), MOST):
            chip = Chip("", self._theme, checkable=True)
            chip.clicked.connect(self._tell)
            self.chips.append(chip)
            self._row.addWidget(chip)
        for chip, name in zip(self.chips, names, strict=False):  # more than MOST have no chip
            chip.setText(name)
            chip.setToolTip(name)
            chip.setChecked(role_of.get(name) == "good")

    def _tell(self) -> None:
        good = [chip.text() for chip in self.chips if chip.isChecked()]
        defects = [chip.text() for chip in self.chips if not chip.isChecked()]
        if good and defects:
            self.marked.emit(good, defects)
