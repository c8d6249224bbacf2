"""Parts of the Train page: what is being done, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.ui import training_words, wording
from desktop_app.ui.models.training import StepRow, StepState
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.fact_row import FactRow, Mark
from desktop_app.ui.widgets.labels import Label, Paragraph

_MARKS: dict[StepState, Mark] = {
    StepState.WAITING: "waiting",
    StepState.RUNNING: "running",
    StepState.DONE: "ok",
    StepState.LEFT_OUT: "left_out",
    StepState.FAILED: "error",
}


class TrainingHead(QWidget):
    """The page's sentence with what is behind it, and the time left at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = Label("", "title", wrap=True)
        self._detail = Paragraph()
        self._time = Label("", "title")
        self._since = Label("", "caption", "text_2")
        left = QVBoxLayout()
        left.setSpacing(0)
        left.addWidget(self._title)
        left.addWidget(self._detail)
        right = QVBoxLayout()
        right.setSpacing(0)
        for label in (self._time, self._since):
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
            right.addWidget(label)
        right.addStretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.m)
        row.addLayout(left, 1)
        row.addLayout(right)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_words(self, title: str, detail: str = "", *, seconds_left: float | None = None, since: str = "") -> None:
        self._title.setText(title)
        self._detail.set_text(detail)
        self._detail.setVisible(bool(detail))
        self._time.setText(wording.time_left(seconds_left, short=True) if seconds_left is not None else "")
        self._time.setVisible(seconds_left is not None)
        self._since.setText(since)
        self._since.setVisible(bool(since))

    def text(self) -> str:
        """All of it, for tests and screen readers."""
        parts = (self._title.text(), self._detail.plain(), self._time.text(), self._since.text())
        return " ".join(part for part in parts if part)


class StepsPanel(QWidget):
    """The steps of a training, each with its state and time."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = Label("", "section")
        self._rows: list[FactRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(SPACE.m, SPACE.m, SPACE.m, SPACE.m)
        self._column.setSpacing(SPACE.xs)
        self._column.addWidget(self._title)

    def show_steps(self, title: str, steps: Sequence[StepRow]) -> None:
        self._title.setText(title)
        while len(self._rows) < len(steps):
            row = FactRow(self._theme)
            self._rows.append(row)
            self._column.addWidget(row)
        for position, row in enumerate(self._rows):
            row.setVisible(position < len(steps))
            if position < len(steps):
                step = steps[position]
                row.show_fact(_MARKS[step.state], training_words.step(step), training_words.step_end(step))

    def texts(self) -> list[str]:
        return [row.accessibleName() for row in self._rows if not row.isHidden()]
