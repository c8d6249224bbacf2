"""What several runs did differently: results, choices of their recipes, and each class."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from desktop_app.ui import wording
from desktop_app.ui.models.run_comparison import Row, RunsCompared
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.labels import ElidedLabel, Label, Paragraph
from desktop_app.ui.widgets.surfaces import Card, Line


class RunsComparedCard(Card):
    """`closed`: the comparison is no longer wanted."""

    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.title = Label("", "section", wrap=True)
        self.verdict = Paragraph("", "body", "text")
        self._close = Button("", theme, kind="ghost", icon="x", name=self.tr("Close comparison"))
        self._close.clicked.connect(self.closed)
        self._table = QWidget()
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self._close)
        self._column = self.column()
        self._column.addLayout(head)
        self._column.addWidget(self.verdict)
        self._column.addWidget(self._table)
        self._rows: list[str] = []
        self.hide()

    def show_comparison(self, compared: RunsCompared) -> None:
        self.title.setText(self.tr("What differs"))
        self.verdict.set_text(compared.verdict)
        self.verdict.setVisible(bool(compared.verdict))
        self._table.hide()
        self._table.deleteLater()
        self._table = QWidget()
        self._column.addWidget(self._table)
        self._rows = []
        grid = QGridLayout(self._table)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE.m)
        grid.setVerticalSpacing(SPACE.xs)
        runs = len(compared.titles)
        grid.setColumnStretch(0, 2 if runs > 2 else 1)  # narrow columns cut the names of choices first
        for column in range(1, 1 + runs):
            grid.setColumnStretch(column, 1)
        for column, title in enumerate(compared.titles, start=1):
            grid.addWidget(Label(title, "strong"), 0, column)
        self._add(grid, "", compared.results)
        same = self.tr("The recipes chose the same.")
        self._add(grid, self.tr("The recipes differ in") if compared.choices else same, compared.choices)
        if compared.classes:
            self._add(grid, self.tr("Test pictures found, the largest difference first"), compared.classes)
        if compared.classes_left_out:
            text = self.tr("and {classes} that differ less").format(classes=wording.classes(compared.classes_left_out))
            grid.addWidget(Label(text, "caption", "text_2", wrap=True), grid.rowCount(), 0, 1, -1)
        self.show()

    def texts(self) -> list[str]:
        """Each line of the table, as a screen reader says it."""
        return self._rows

    def _add(self, grid: QGridLayout, heading: str, rows: Sequence[Row]) -> None:
        if heading:
            grid.addWidget(Line(), grid.rowCount(), 0, 1, -1)
            grid.addWidget(Label(heading, "caption", "text_2", wrap=True), grid.rowCount(), 0, 1, -1)
        for row in rows:
            line = grid.rowCount()
            label = ElidedLabel(row.label)
            spoken = f"{row.label}: {', '.join(row.values)}"
            label.setAccessibleName(spoken)
            self._rows.append(spoken)
            grid.addWidget(label, line, 0, Qt.AlignmentFlag.AlignTop)
            for column, value in enumerate(row.values, start=1):
                cell = Label(value, "strong" if row.differs else "body", "text" if row.differs else "text_2", wrap=True)
                grid.addWidget(cell, line, column, Qt.AlignmentFlag.AlignTop)
