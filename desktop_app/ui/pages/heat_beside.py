"""The second stage of the full view when it shows where the model looks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize

from desktop_app.errors import DiscernError
from desktop_app.ui import heat_words
from desktop_app.ui.latest import Latest
from desktop_app.ui.models.heat import HeatSeen, read_heat
from desktop_app.ui.session import Session
from desktop_app.ui.tokens import HEAT
from desktop_app.ui.widgets.network_card import image_of
from desktop_app.ui.widgets.stages import Stage

if TYPE_CHECKING:
    from desktop_app.project.runs import Run


class HeatBeside(QObject):
    """`explained`: the run whose look is shown; None where there is none."""

    def __init__(
        self, session: Session, stage: Stage, explained: Callable[[], Run | None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._stage = stage
        self._explained = explained
        self._size = QSize()
        self._heats: Latest[HeatSeen] = Latest(session, self, self._show, self._fail)

    def ask(self, path: Path, size: QSize) -> None:
        """Show the heat of a picture of that size, as soon as it is known; until then nothing."""
        self._stage.title.setText(self.tr("Where it looks"))
        self._stage.view.clear()
        if (run := self._explained()) is not None:
            self._size = size
            self._heats.ask(partial(read_heat, path, run, HEAT))

    def forget(self) -> None:
        """The stage is somebody else's."""
        self._heats.forget()

    def _show(self, seen: HeatSeen) -> None:
        self._stage.title.setText(heat_words.about(seen))
        self._stage.title.setToolTip(f"{heat_words.about(seen)}\n{heat_words.method(seen.method)}")
        self._stage.view.show_picture((image_of(seen.pixels),), self._size)

    def _fail(self, error: DiscernError) -> None:
        self._stage.view.show_problem(error.what)
