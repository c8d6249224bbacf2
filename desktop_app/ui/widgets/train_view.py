"""The middle of the Train page: what happens in words, the curves, and what there is to know about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.empty_state import EmptyState
from desktop_app.ui.widgets.labels import Label
from desktop_app.ui.widgets.message_bar import MessageBar
from desktop_app.ui.widgets.runs_compared_card import RunsComparedCard
from desktop_app.ui.widgets.scroll import ScrollColumn
from desktop_app.ui.widgets.stopped_row import StoppedRow
from desktop_app.ui.widgets.training_panels import TrainingHead
from desktop_app.ui.widgets.tried_card import TriedCard

if TYPE_CHECKING:
    from desktop_app.ui.widgets.curves import CurvesView


class TrainView(ScrollColumn):
    """`message` tells of problems, `offer` offers a split file, `notes` tells what the training noticed.

    `stopped` is shown for a run that was cut off. `curves` is given, since only the page may load what draws it.
    `details` is a column below the curves, for folds that tell more about the training that is shown.
    """

    def __init__(self, theme: Theme, curves: CurvesView) -> None:
        self.message, self.offer, self.notes = (MessageBar(theme) for _ in range(3))
        self.stopped = StoppedRow(theme)
        self.head = TrainingHead()
        self.curves = curves
        content = QWidget()
        super().__init__(content)
        self.result_button = Button(self.tr("See how good it is"), theme, icon="target")
        self.images_button = Button(self.tr("Show the pictures"), theme, icon="squares-four")
        self.networks_button = Button(self.tr("Get a network…"), theme, icon="stack")
        buttons = (self.images_button, self.networks_button)
        self.empty = EmptyState("graduation-cap", "", "", theme, buttons=buttons, framed=False)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.curves)
        self.device = Label("", "caption", "text_2", wrap=True)
        self.compared = RunsComparedCard(theme)
        self.tried = TriedCard(theme)
        self.details = QVBoxLayout()
        self.details.setSpacing(0)
        self._lay_out(content)

    def _lay_out(self, content: QWidget) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE.m)
        head.addWidget(self.head, 1)
        head.addWidget(self.result_button)
        column = QVBoxLayout(content)
        column.setContentsMargins(SPACE.l, SPACE.m, SPACE.l, SPACE.s)
        column.setSpacing(SPACE.m)
        for bar in (self.message, self.stopped, self.offer, self.notes):
            column.addWidget(bar)
        column.addLayout(head)
        column.addWidget(self.stack, 1)
        column.addWidget(self.compared)
        column.addWidget(self.tried)
        column.addLayout(self.details)
        column.addWidget(self.device)

    def show_empty(self, title: str, text: str, *, images: bool = False, networks: bool = False) -> None:
        """There is no run: say what to do; offers the way to the pictures, or to the networks."""
        self.empty.set_text(title, text)
        self.images_button.setVisible(images)
        self.networks_button.setVisible(networks)
        self.stack.setCurrentWidget(self.empty)
        for widget in (self.head, self.result_button, self.tried, self.device):
            widget.hide()

    def show_result_button(self, visible: bool, *, primary: bool = False) -> None:
        self.result_button.setVisible(visible)
        self.result_button.set_kind("primary" if primary else "outlined")

    def show_device(self, text: str) -> None:
        self.device.setVisible(bool(text))
        self.device.setText(text)
