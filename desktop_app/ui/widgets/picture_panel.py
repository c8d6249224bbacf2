"""What is known about the picture in full view: its label, what a model called it, the network's input, its file."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop_app.ui import picture_words, wording
from desktop_app.ui.full_pictures import FullPicture
from desktop_app.ui.models.tiles import Called, PictureModel
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.chip import StateChip
from desktop_app.ui.widgets.labels import Label, Paragraph
from desktop_app.ui.widgets.network_card import NetworkCard
from desktop_app.ui.widgets.probability_list import ProbabilityList
from desktop_app.ui.widgets.surfaces import Line, Panel
from desktop_app.ui.widgets.swatch import KeySwatch

_WIDTH, _WIDTH_COMPACT = 360, 240


class PicturePanel(Panel):
    """`about`: what else is to be shown of a picture, below what a model called it."""

    def __init__(self, theme: Theme, about: Sequence[QWidget] = (), parent: QWidget | None = None) -> None:
        super().__init__("right", _WIDTH, parent)
        self.label = _ClassPart(self.tr("Label"), theme)
        self.measured_as = Paragraph("", "caption", line=16)
        self.called = _ClassPart(self.tr("Called"), theme)
        self.verdict = StateChip("", theme, "ok")
        self._how_sure = Label("", "body", "text_2")
        self.probabilities = ProbabilityList(theme)
        self._about = about
        self.network = NetworkCard(theme)
        self.file = Paragraph("", "caption", line=18)
        self.camera = Paragraph("", "caption", line=18)
        self.notes = Paragraph("", "caption", line=18)
        self._lay_out()

    def _lay_out(self) -> None:
        inside = QWidget()
        inside.setAutoFillBackground(False)
        column = QVBoxLayout(inside)
        column.setContentsMargins(SPACE.l, SPACE.m, SPACE.l, SPACE.m)
        column.setSpacing(SPACE.s)
        column.addWidget(self.label)
        column.addWidget(self.measured_as)
        column.addWidget(self.called)
        verdict = QHBoxLayout()
        verdict.setSpacing(SPACE.s)
        verdict.addWidget(self.verdict)
        verdict.addWidget(self._how_sure)
        verdict.addStretch()
        column.addLayout(verdict)
        for widget in (self.probabilities, *self._about):
            column.addWidget(widget)
        column.addSpacing(SPACE.s)
        column.addWidget(Line())
        column.addSpacing(SPACE.s)
        column.addWidget(self.network)
        column.addSpacing(SPACE.s)
        column.addWidget(Line())
        column.addSpacing(SPACE.s)
        column.addWidget(Label(self.tr("File"), "section"))
        for words in (self.file, self.camera, self.notes):
            column.addWidget(words)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.viewport().setAutoFillBackground(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 0, 0, 0)
        outer.addWidget(area)

    def set_compact(self, compact: bool) -> None:
        self.setFixedWidth(_WIDTH_COMPACT if compact else _WIDTH)
        self.network.set_compact(compact)

    # ---- what is shown

    def show_row(self, model: PictureModel, row: int) -> None:
        info = model.class_of(row)
        self.label.setVisible(model.labelled)
        if info is None:
            self.label.show_none(self.tr("Unlabelled"))
        else:
            self.label.show_class(info.colour, info.key, info.name)
        before = model.relabelled_from(row)
        self.measured_as.setVisible(bool(before))
        self.measured_as.set_text(self.tr("It was measured as “{class_name}”.").format(class_name=before))
        self._show_called(model.called(row))
        self.probabilities.show_probabilities(model.probabilities(row))

    def _show_called(self, called: Called | None) -> None:
        self.called.setVisible(called is not None)
        self.verdict.setVisible(called is not None and called.right is not None)
        self._how_sure.setVisible(called is not None)
        if called is None:
            return
        self.called.show_class(called.mark.colour, called.mark.key, called.mark.name)
        self._how_sure.setText(self.tr("{percent} sure").format(percent=wording.percent(called.how_sure)))
        if called.right:
            self.verdict.set_state(self.tr("right"), "ok")
        elif called.right is not None:
            self.verdict.set_state(self.tr("wrong"), "error")

    def show_facts(self, picture: FullPicture) -> None:
        notes = list(picture.facts.notes)
        if picture.shrunk:
            notes.append(self.tr("Shown with fewer pixels until you zoom in."))
        self._show_file(picture_words.file_facts(picture), picture_words.camera_facts(picture.facts.shot), notes)

    def show_problem(self, words: str) -> None:
        self._show_file(words, "", [])

    def show_nothing_yet(self) -> None:
        self._show_file("", "", [])

    def _show_file(self, file: str, camera: str, notes: list[str]) -> None:
        for paragraph, text in ((self.file, file), (self.camera, camera), (self.notes, "\n".join(notes))):
            paragraph.set_text(text)
            paragraph.setVisible(bool(text))


class _ClassPart(QWidget):
    """A caption over a class."""

    def __init__(self, caption: str, theme: Theme) -> None:
        super().__init__()
        self._swatch = KeySwatch(theme)
        self._name = Paragraph("", "section", "text", line=24)
        row = QHBoxLayout()
        row.setSpacing(SPACE.s)
        row.addWidget(self._swatch, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._name, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, SPACE.s)
        column.setSpacing(SPACE.s)
        self._caption = Label(caption, "caption", "text_2")
        column.addWidget(self._caption)
        column.addLayout(row)

    def set_caption(self, caption: str) -> None:
        self._caption.setText(caption)

    def show_class(self, colour: int, key: str, name: str) -> None:
        self._swatch.show()
        self._swatch.set_class(colour, key, name)
        self._name.set_text(name)

    def show_none(self, words: str) -> None:
        self._swatch.hide()
        self._name.set_text(words)

    def plain(self) -> str:
        return self._name.plain()
