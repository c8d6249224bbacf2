"""What the gate before a release has found: sentences, and the pictures that would newly be got wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from desktop_app.events import GateJudged
from desktop_app.ui import release_words, wording
from desktop_app.ui.models.misses import MissModel
from desktop_app.ui.theme import Theme
from desktop_app.ui.thumbnails import Thumbnails
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.fact_row import FactRow, Mark
from desktop_app.ui.widgets.flow_layout import FlowLayout
from desktop_app.ui.widgets.image_grid import ImageGrid
from desktop_app.ui.widgets.labels import Paragraph

if TYPE_CHECKING:
    from desktop_app.project.config import ClassInfo

_PICTURE = 96
_LINES = 2  # of tiles that are seen at once


class GateView(QWidget):
    """
    Signals:
        check_requested(): ask both models again.
        open_requested(row: int): show the misses in full view, beginning with that one.
        accepted(): other misses are accepted than before.
    """

    check_requested = Signal()
    open_requested = Signal(int)
    accepted = Signal()

    def __init__(self, thumbnails: Thumbnails, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.misses = MissModel(self)
        self._facts: list[FactRow] = []
        self._fact_column = QVBoxLayout()
        self._fact_column.setSpacing(0)
        self.grid = ImageGrid(self.misses, thumbnails, theme, name=self.tr("Pictures that would newly be called wrong"))
        self.grid.set_picture_size(_PICTURE)
        self.grid.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.words = Paragraph("", "caption", line=18)
        self.check = Button(self.tr("Look for new misses"), theme, icon="target")
        self.accept = Button("", theme, icon="check")
        self.look = Button(self.tr("Full view"), theme, icon="corners-out", hint=self.tr("Space"))
        actions = FlowLayout(spacing=SPACE.s)
        for button in (self.check, self.accept, self.look):
            actions.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.s)
        column.addLayout(self._fact_column)
        column.addWidget(self.grid)
        column.addWidget(self.words)
        column.addLayout(actions)
        self.check.clicked.connect(self.check_requested)
        self.accept.clicked.connect(self._accept)
        self.look.clicked.connect(lambda: self._open(max(0, self.grid.currentIndex().row())))
        self.grid.opened.connect(self._open)
        self.grid.selectionModel().selectionChanged.connect(self._refresh)
        self.show_fact("waiting", self.tr("Not looked yet."), can_check=True)

    def show_fact(self, mark: Mark, text: str, *, can_check: bool = False) -> None:
        """Say a single thing: nothing is known, or not yet."""
        self._show([(mark, text)])
        self.misses.show(None, ())
        self._refresh()
        self.check.setVisible(can_check)

    def show_judged(self, judged: GateJudged, known: Sequence[ClassInfo]) -> None:
        """Show what was found; `known`: the project's classes."""
        self._show(release_words.judgement(judged))
        self.misses.show(judged, known)
        self.check.hide()
        if judged.misses:
            self.grid.setCurrentIndex(self.misses.index(0))
        self._refresh()

    @property
    def passed(self) -> bool:
        """Whether nothing stands in the way of a release."""
        return self.misses.judged is not None and not self.misses.open

    def _show(self, facts: Sequence[tuple[Mark, str]]) -> None:
        while len(self._facts) < len(facts):
            row = FactRow(self._theme)
            self._facts.append(row)
            self._fact_column.addWidget(row)
        for position, row in enumerate(self._facts):
            row.setVisible(position < len(facts))
            if position < len(facts):
                row.show_fact(*facts[position])

    def _selected(self) -> list[int]:
        return [row for part in self.grid.selected_rows() for row in part]

    def _all_accepted(self) -> bool:
        return all(map(self.misses.is_accepted, self._selected()))

    def _refresh(self) -> None:
        count, rows = self.misses.rowCount(), self._selected()
        for widget in (self.grid, self.words, self.accept, self.look):
            widget.setVisible(count > 0)
        self._fit()
        self.accept.setEnabled(bool(rows))
        n = len(rows)
        if rows and self._all_accepted():
            self.accept.setText(self.tr("Take back") if n == 1 else self.tr("Take %Ln back", "", n))
        else:
            self.accept.setText(self.tr("Accept this miss") if n <= 1 else self.tr("Accept %Ln misses", "", n))
        current = self.grid.currentIndex().row()
        self.words.set_text(self.misses.words(current) if 0 <= current < count else "")
        if count:
            self.accept.setToolTip(self.tr("Accepted misses are written into the release, with your name."))

    def _fit(self) -> None:
        """As tall as its tiles, up to a few lines of them."""
        tiles = self.grid.geometry_of_tiles
        shown = replace(tiles, count=min(tiles.count, _LINES * tiles.columns))
        self.grid.setFixedHeight(shown.content_height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _accept(self) -> None:
        self.accept_rows(self._selected(), on=not self._all_accepted())

    def accept_rows(self, rows: Sequence[int], *, on: bool) -> None:
        """Accept misses, or take that back."""
        self.misses.accept(rows, on=on)
        self._refresh()
        self.accepted.emit()

    def _open(self, row: int) -> None:
        if 0 <= row < self.misses.rowCount():
            self.open_requested.emit(row)

    def text(self) -> str:
        return "\n".join(row.text() for row in self._facts if not row.isHidden())

    def left(self) -> str:
        """What is still to be accepted, in words; "" for nothing."""
        n = self.misses.open
        if not n:
            return ""
        return (
            self.tr("Look at the picture above, and accept it or train again.")
            if n == 1
            else self.tr("{n} pictures above are not accepted yet.").format(n=wording.number(n))
        )
