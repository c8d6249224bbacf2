"""Whether the model says the same of the same part: in a sentence, and the worst parts with their pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.events import Repeated
from desktop_app.ui import repeat_words, wording
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.interval_table import Cell, IntervalTable
from desktop_app.ui.widgets.labels import Label, Paragraph
from desktop_app.ui.widgets.pictures_strip import PicturesStrip
from desktop_app.ui.widgets.segments import Segments
from desktop_app.ui.widgets.surfaces import Card

WORST = 8  # parts that changed their class, and are listed
STEADY = 3  # are listed where none did

Source: TypeAlias = Literal["groups", "folder"]


class RepeatCard(Card):
    """
    Signals:
        folder_requested(): choose a folder of parts to measure.
        part_chosen(part: PartRepeated): show the pictures of that part.
    """

    folder_requested = Signal()
    part_chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._found: dict[Source, Repeated] = {}
        self.words = Paragraph("", "body")
        self.details = Paragraph("", "caption", line=16)
        self.button = Button(self.tr("Folder of parts…"), theme, icon="folder-open")
        self.source = Segments(
            (("groups", self.tr("Groups"), ""), ("folder", self.tr("Folder"), "")), theme, name=self.tr("Which parts")
        )
        self.table = IntervalTable(
            (self.tr("Part, worst first"), self.tr("Pictures"), self.tr("Called"), self.tr("How sure")),
            theme,
            name=self.tr("Parts, worst first"),
            giving_way=(1, 3),
            whole_names=False,
        )
        self.strip = PicturesStrip(theme, name=self.tr("Pictures of the part"))
        self._lay_out()
        self.button.clicked.connect(self.folder_requested)
        self.source.chosen.connect(lambda _key: self._show())
        self.table.chosen.connect(self._tell)

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Label(self.tr("The same part, photographed again"), "section", wrap=True))
        words.addWidget(self.words)
        words.addWidget(self.details)
        head = QHBoxLayout()
        head.setSpacing(SPACE.m)
        head.addLayout(words, 1)
        head.addWidget(self.source)
        head.addWidget(self.button)
        column = self.column()
        column.addLayout(head)
        column.addWidget(self.table)
        column.addWidget(self.strip)

    def show_found(self, found: Mapping[Source, Repeated]) -> None:
        """Show what was measured on the groups of the split, and on a folder of parts; both, one or none."""
        self._found = dict(found)
        self.source.setVisible(len(found) > 1)
        if len(found) == 1:
            self.source.choose(next(iter(found)))
        self._show()

    def shown(self) -> Repeated | None:
        return self._found.get(cast(Source, self.source.current()))

    def _show(self) -> None:
        found = self.shown()
        self.strip.show_pictures([])
        self.table.setVisible(found is not None)
        self.details.setVisible(found is not None)
        if found is None:
            self.words.set_text(
                self.tr(
                    "Photograph some parts several times, each put down anew, and choose the folder: a folder in it "
                    "for each part. You learn how often the model changes its mind about one and the same part."
                )
            )
            return
        self.words.set_text(repeat_words.changed(found))
        self.details.set_text(repeat_words.details(found, groups=self.source.current() == "groups"))
        self.table.show_rows(
            [
                (
                    Cell(part.name, strong=part.changed),
                    Cell(wording.number(part.pictures)),
                    Cell(repeat_words.called(part), tone="text" if part.changed else "text_2"),
                    Cell(repeat_words.how_sure(part), tone="text_2"),
                )
                for part in found.parts[: min(found.changed, WORST) or STEADY]
            ]
        )
        self.part_chosen.emit(found.parts[0])

    def _tell(self, row: int) -> None:
        if (found := self.shown()) is not None and row < len(found.parts):
            self.part_chosen.emit(found.parts[row])

    def show_pictures(self, pictures: Sequence[tuple[bytes | None, str]]) -> None:
        """Show the pictures of the chosen part, and what each was called."""
        self.strip.show_pictures(pictures)
