"""The runs on the Train page, under their head: compared, named, deleted and brought back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.ui.models.runs import RunRow
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.deleted_runs import DeletedRuns
from desktop_app.ui.widgets.labels import Label, Paragraph
from desktop_app.ui.widgets.message_bar import MessageBar
from desktop_app.ui.widgets.run_editor import RunEditor
from desktop_app.ui.widgets.run_list import HEIGHT, RunList

MOST_COMPARED = 4
_FEW = 4  # runs that are in sight without scrolling the list


class RunsPanel(QWidget):
    """`compare` is down while runs are compared; `more` opens the menu of the run that is shown."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = RunList(theme)
        self.compare = Button("", theme, kind="ghost", icon="git-diff")
        self.compare.setCheckable(True)
        self.more = Button("", theme, kind="ghost", icon="dots-three", name=self.tr("What to do with this run"))
        self.editor = RunEditor(theme)
        self.message = MessageBar(theme)
        self.deleted = DeletedRuns(theme)
        self._empty = Paragraph(self.tr("Each training is kept as a run, with its model and its curves."), "caption")
        self._caption = Label(self.tr("validation right"), "caption", "text_2")
        self._hint = Label(
            self.tr("Tick two to four runs to compare them: curves, recipe, pictures, each class."),
            "caption",
            "text_2",
            wrap=True,
        )
        self._lay_out()
        self.list.runs.chosen_changed.connect(self._count)
        self._count()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(SPACE.m, SPACE.s, SPACE.s, 0)
        head.setSpacing(0)
        head.addWidget(Label(self.tr("Runs"), "section"))
        head.addStretch()
        head.addWidget(self.compare)
        head.addWidget(self.more)
        caption = QHBoxLayout()
        caption.setContentsMargins(SPACE.m, 0, SPACE.m, SPACE.xs)
        caption.addStretch()
        caption.addWidget(self._caption)
        quiet = QVBoxLayout()
        quiet.setContentsMargins(SPACE.m, SPACE.s, SPACE.m, 0)
        quiet.setSpacing(SPACE.s)
        for widget in (self._empty, self.message, self._hint, self.deleted):
            quiet.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, SPACE.s)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(caption)
        column.addWidget(self.editor)
        column.addWidget(self.list, 1)
        column.addLayout(quiet)
        column.addStretch()  # where there is no list yet, its heading stays at the top

    def show_runs(self, rows: Sequence[RunRow]) -> None:
        self.list.runs.set_rows(rows)
        self.list.setMinimumHeight(HEIGHT * min(_FEW, max(1, len(rows))))
        for widget in (self.list, self._caption, self.more):
            widget.setVisible(bool(rows))
        several = len(rows) > 1
        self.compare.setVisible(several)
        self._hint.setVisible(several)
        self._empty.setVisible(not rows)

    def _count(self) -> None:
        count = len(self.list.runs.chosen())
        self.compare.setText(self.tr("Compare %Ln", "", count) if count else self.tr("Compare"))
        self.compare.setEnabled(2 <= count <= MOST_COMPARED or self.compare.isChecked())
        self.compare.updateGeometry()
