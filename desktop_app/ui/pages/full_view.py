"""One picture in full: large, with what is known about it, beside another one, and the next one a key away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.errors import DiscernError
from desktop_app.features.preprocessing import Fit
from desktop_app.ui import picture_words, wording
from desktop_app.ui.full_pictures import FullPicture, FullPictures
from desktop_app.ui.latest import Latest
from desktop_app.ui.models.preparation import NetworkInput, Preparation, newest_preparation, read_input
from desktop_app.ui.models.tiles import PictureModel
from desktop_app.ui.pages.beside import Beside
from desktop_app.ui.pages.heat_beside import HeatBeside
from desktop_app.ui.part_reader import PartReader
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.thumbnails import Thumbnails
from desktop_app.ui.tokens import SPACE, TOP_BAR
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.chip import Chip, StateChip
from desktop_app.ui.widgets.film_strip import FilmStrip
from desktop_app.ui.widgets.keys_bar import KeysBar
from desktop_app.ui.widgets.labels import ElidedLabel, Label
from desktop_app.ui.widgets.network_card import image_of
from desktop_app.ui.widgets.picture_panel import PicturePanel
from desktop_app.ui.widgets.segments import Segments
from desktop_app.ui.widgets.stages import Stages
from desktop_app.ui.widgets.surfaces import Bar, Line

if TYPE_CHECKING:
    from desktop_app.project.runs import Run

Mode = Literal["picture", "input", "heat", "beside"]


class FullView(QWidget):
    """
    Signals:
        closed(row: int): the row that was last shown.
        shown(row: int): another picture is, or more is known of it.

    Args:
        model: the pictures to go through.
        thumbnails: shown until a picture itself is decoded; those of the project, usually.
        locate: the path of one of the model's files; in the project, usually.
        preparation: how the network gets its pictures; where there is none, or it gives None, as the newest run did it.
        explained: the run whose look at the picture can be shown; None where that is of no interest.
        keys: what else is to be said in the line of keys, the most useful first.
        about: what else is to be shown of the picture, at its right.
        below: a bar above the line of keys.
    """

    closed = Signal(int)
    shown = Signal(int)

    def __init__(
        self,
        session: Session,
        model: PictureModel,
        theme: Theme,
        *,
        thumbnails: Thumbnails | None = None,
        locate: Callable[[str], Path] | None = None,
        preparation: Callable[[], Preparation | None] | None = None,
        explained: Callable[[], Run | None] | None = None,
        keys: Sequence[tuple[str, str]] = (),
        about: Sequence[QWidget] = (),
        below: QWidget | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._model = model
        self._thumbnails = thumbnails or session.thumbnails
        self._locate = locate or self._in_project
        self._preparation = preparation or (lambda: None)
        self._own_keys = keys
        self._below = below
        self._theme = theme
        self._row = -1
        self._file = ""
        self._step = 1  # in which direction the person goes
        self._fit_shown: Fit | None = None  # a way of fitting that is only looked at
        self._pictures = FullPictures(session, self._locate, self)
        self._inputs: Latest[NetworkInput] = Latest(session, self, self._show_input, self._show_no_input)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.stages = Stages(theme)
        self.picture = self.stages.first.view
        self.beside = Beside(self.stages.second, model, theme)
        self.heat = HeatBeside(session, self.stages.second, explained, self) if explained else None
        self._readers = (
            PartReader(session, self.picture, lambda: self._shown(self._file)),
            PartReader(session, self.stages.second.view, lambda: self._shown(self.beside.file)),
        )
        self.panel = PicturePanel(theme, about)
        self.strip = FilmStrip(model, self._thumbnails, theme)
        self.setMinimumWidth(1)  # or, while hidden, it would keep a window wide that has become a small one
        self._make_controls()
        self._lay_out()
        self._connect()
        self.set_compact(False)

    def _make_controls(self) -> None:
        theme = self._theme
        self._back = Button(self.tr("Back"), theme, kind="ghost", icon="arrow-left", hint=self.tr("Esc"))
        self._name = ElidedLabel("", "strong")
        self._place = Label("", "body", "text_2")
        self._test = StateChip(self.tr("test picture"), theme, "info", icon="lock-simple-fill")
        self._validation = StateChip(self.tr("validation picture"), theme, "info", icon="check-circle")
        self._golden = StateChip(self.tr("golden picture"), theme, "info", icon="shield-check-fill")
        self._excluded = StateChip(self.tr("excluded"), theme, "warn", icon="eye-slash")
        self._previous = Button("", theme, kind="ghost", icon="caret-left", name=self.tr("Previous picture"))
        self._next = Button("", theme, kind="ghost", icon="caret-right", name=self.tr("Next picture"))
        self.modes = Segments(
            (
                ("picture", self.tr("Picture"), ""),
                ("input", self.tr("Picture + network input"), ""),
                *([("heat", self.tr("Picture + heatmap"), "")] if self.heat else []),
                ("beside", self.tr("Beside a reference"), ""),
            ),
            theme,
            name=self.tr("What to show"),
        )
        self._smaller = Button("", theme, kind="ghost", icon="magnifying-glass-minus", name=self.tr("Smaller"))
        self._larger = Button("", theme, kind="ghost", icon="magnifying-glass-plus", name=self.tr("Larger"))
        self._fit = Button(self.tr("Fit"), theme, name=self.tr("Fit into the window"))
        self._exact = Button("1:1", theme, name=self.tr("One pixel of the picture on one of the screen"))
        self._zoom = Label("", "body", "text_2")
        self._contrast = Chip(self.tr("Stretch contrast"), theme, checkable=True, icon="sun")

    def _lay_out(self) -> None:
        self.stages.first.title.setText(self.tr("Picture"))
        self.stages.first.head.addWidget(self._contrast)
        left = QVBoxLayout()
        left.setSpacing(0)
        left.addWidget(self.stages, 1)
        left.addWidget(self.strip)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addLayout(left, 1)
        middle.addWidget(self.panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._make_head())
        column.addLayout(middle, 1)
        if self._below is not None:
            column.addWidget(self._below)
        column.addWidget(KeysBar(self._keys(), self._theme))

    def _make_head(self) -> Bar:
        head = Bar("top", TOP_BAR)
        row = QHBoxLayout(head)
        row.setContentsMargins(SPACE.s, 0, SPACE.m, 0)
        row.setSpacing(SPACE.s)
        row.addWidget(self._back)
        row.addWidget(Line(Qt.Orientation.Vertical))
        left: list[QWidget] = [self._previous, self._next, self._name, self._place]
        for widget in (*left, self._test, self._validation, self._golden, self._excluded):
            row.addWidget(widget)
        row.addStretch(1)
        self._zoom.setMinimumWidth(56)
        self._zoom.setAlignment(Qt.AlignmentFlag.AlignCenter)
        right: list[QWidget] = [self.modes, self._smaller, self._zoom, self._larger, self._fit, self._exact]
        for widget in right:
            row.addWidget(widget)
        return head

    def _keys(self) -> list[tuple[str, str]]:
        """The most useful first: where there is little room, the last ones are left out."""
        return [
            ("← →", self.tr("previous, next")),
            (self.tr("Space"), self.tr("close")),
            *self._own_keys,
            ("+ − F", self.tr("zoom, fit")),
            ("Z", "1:1"),
            ("R", self.tr("reference")),
            ("I", self.tr("network input")),
            *([("H", self.tr("heatmap"))] if self.heat else []),
            ("C", self.tr("contrast")),
        ]

    def _connect(self) -> None:
        self._back.clicked.connect(self._close)
        self._previous.clicked.connect(lambda: self._move(-1))
        self._next.clicked.connect(lambda: self._move(1))
        self._smaller.clicked.connect(lambda: self.picture.zoom(-1))
        self._larger.clicked.connect(lambda: self.picture.zoom(1))
        self._fit.clicked.connect(self.stages.fit)
        self._exact.clicked.connect(lambda: self.picture.one_to_one())
        self._contrast.toggled.connect(self._set_contrast)
        self.modes.chosen.connect(lambda mode: self.set_mode(cast(Mode, mode)))
        self.beside.changed.connect(self._on_beside)
        self.strip.chosen.connect(self.show_row)
        self.panel.network.fit_chosen.connect(self._choose_fit)
        self.picture.zoomed.connect(self._show_zoom)
        self._pictures.ready.connect(self._on_ready)
        self._pictures.failed.connect(self._on_failed)
        self._session.project_closing.connect(self._forget_project)
        self._session.catalog_changed.connect(self._look_again)
        self._session.runs_changed.connect(self._ask_input)
        self._session.organiser.pictures_moved.connect(self._on_moved)

    def set_compact(self, compact: bool) -> None:
        self.panel.set_compact(compact)
        self.stages.set_compact(compact)
        for widget in (self._smaller, self._zoom, self._larger, self._place):
            widget.setVisible(not compact)
        self.modes.set_text("input", self.tr("+ input") if compact else self.tr("Picture + network input"))
        if self.heat:
            self.modes.set_text("heat", self.tr("+ heat") if compact else self.tr("Picture + heatmap"))
        self.modes.set_text("beside", self.tr("Beside") if compact else self.tr("Beside a reference"))

    # ---- what is shown

    @property
    def row(self) -> int:
        return self._row

    @property
    def mode(self) -> Mode:
        return cast(Mode, self.modes.current())

    def show_row(self, row: int) -> None:
        """Show a picture of the model; the large version follows when it is decoded."""
        if row != self._row:
            self._step = 1 if row > self._row else -1
        self._row = row
        file, count = self._model.file(row), self._model.rowCount()
        self._name.setText(self._model.title(row))
        self._place.setText(
            self.tr("{number} of {count}").format(number=wording.number(row + 1), count=wording.number(count))
        )
        split = self._model.split_of(row)
        self._test.setVisible(split == "test")
        self._validation.setVisible(split == "validation")
        self._golden.setVisible(self._model.is_golden(row))
        self._excluded.setVisible(self._model.is_excluded(row))
        self._previous.setEnabled(row > 0)
        self._next.setEnabled(row < count - 1)
        self.panel.show_row(self._model, row)
        self.strip.show_row(row)
        self.beside.show_row(row)
        self.shown.emit(row)
        if self._session.project is None:
            return
        if file != self._file:
            self._file = file
            self._show_first()
        self._show_second()
        self._want()

    def _shown(self, file: str) -> tuple[Path, FullPicture] | None:
        picture = self._pictures.picture(file)
        return None if picture is None else (self._locate(file), picture)

    def _in_project(self, file: str) -> Path:
        assert self._session.project is not None
        return self._session.project.path(file)

    def _want(self) -> None:
        """This picture, the one beside it, and those that may come next: the sooner, the likelier."""
        rows = (self._row + self._step, self._row - self._step)
        neighbours = [self._model.file(row) for row in rows if 0 <= row < self._model.rowCount()]
        second = [self.beside.file] if self.mode == "beside" and self.beside.file else []
        self._pictures.want([self._file, *second, *neighbours])

    def _show_first(self) -> None:
        """The picture if it is there already; a small one until it is."""
        picture = self._pictures.picture(self._file)
        if picture is not None:
            self.picture.show_picture(picture.levels, picture.pixels)
            self.panel.show_facts(picture)
            self._ask_input()
            self._ask_heat()
            return
        self.panel.show_nothing_yet()
        self._inputs.forget()
        self._ask_heat()
        if self.mode in ("input", "heat"):
            self.stages.second.view.clear()  # what stands there is another picture's
        if (thumbnail := self._thumbnails.picture(self._file)) is not None:
            self.picture.show_stand_in(thumbnail.toImage())
        else:
            self.picture.clear()

    def _on_ready(self, file: str) -> None:
        if file == self._file:
            self._show_first()
        if file == self.beside.file:
            self._show_second()

    def _on_failed(self, file: str, error: DiscernError) -> None:
        if file == self._file:
            self.picture.show_problem(self.tr("This picture can’t be read: {why}.").format(why=error.what))
            hint = error.hint or self.tr("Replace the file outside the program and it comes back by itself.")
            self.panel.show_problem(" ".join(text for text in (error.why, hint) if text))
            self._show_no_input()
        if file == self.beside.file and self.mode == "beside":
            self.stages.second.view.show_problem(self.tr("This picture can’t be read: {why}.").format(why=error.what))

    def _show_zoom(self, scale: float) -> None:
        percent = self.tr("{percent} %").format(percent=wording.number(round(scale * 100)))
        self._zoom.setText(percent if scale else "")

    def _set_contrast(self, on: bool) -> None:
        self._contrast.setText(self.tr("Contrast stretched, for viewing only") if on else self.tr("Stretch contrast"))
        self._pictures.set_stretched(on)

    # ---- the second stage

    def set_mode(self, mode: Mode) -> None:
        """Show the picture alone, with the network's input, or beside another picture."""
        self.modes.choose(mode)
        if mode == "beside" and not self.beside.reference:
            self.beside.set_reference(self._file)
        self.beside.set_choosing(mode == "beside")
        self.stages.set_second(mode != "picture", linked=mode in ("beside", "heat"))
        self._on_beside()
        self._ask_input()
        self._ask_heat()

    def _show_second(self) -> None:
        if self.mode == "beside":
            picture = self._pictures.picture(self.beside.file)
            if not self.beside.file:
                self.stages.second.view.show_note(self.tr("There is none: this is the end of the list."))
            elif picture is not None:
                self.stages.second.view.show_picture(picture.levels, picture.pixels)
            elif (thumbnail := self._thumbnails.picture(self.beside.file)) is not None:
                self.stages.second.view.show_stand_in(thumbnail.toImage())
            else:
                self.stages.second.view.clear()

    def _on_beside(self) -> None:
        """Another picture stands beside this one."""
        self._show_second()
        if self._file:
            self._want()

    def _ask_input(self, *_what: object) -> None:
        """What the network gets of this picture, small in the panel and large beside the picture."""
        if not self._file or self._pictures.picture(self._file) is None:
            return
        path, fit = self._locate(self._file), self._fit_shown
        preparation, runs = self._preparation(), self._session.runs
        self._inputs.ask(lambda: read_input(path, preparation or newest_preparation(runs), fit))

    def _show_input(self, seen: NetworkInput) -> None:
        image = image_of(seen.pixels)
        self.panel.network.show_input(seen, image)
        if self.mode == "input":
            size = picture_words.input_size(seen.placement)
            self.stages.second.title.setText(self.tr("What the network sees: {size}").format(size=size))
            self.stages.second.view.show_picture((image,))

    def _ask_heat(self) -> None:
        """Where the model looks in this picture, beside it."""
        if self.heat is None:
            return
        picture = self._pictures.picture(self._file) if self._file else None
        if self.mode == "heat" and picture is not None:
            self.heat.ask(self._locate(self._file), picture.pixels)
        else:
            self.heat.forget()

    def _show_no_input(self, _error: DiscernError | None = None) -> None:
        self._inputs.forget()
        self.panel.network.show_none()
        if self.mode == "input":
            self.stages.second.view.clear()

    def _choose_fit(self, fit: str) -> None:
        self._fit_shown = cast(Fit, fit)
        self._ask_input()

    def _use_reference(self, *, anew: bool) -> None:
        """Show this picture beside the reference, or no longer; `anew`: it becomes the reference itself."""
        if anew:
            self.beside.set_reference(self._file)
            self.set_mode("beside")
        else:
            self.set_mode("picture" if self.mode == "beside" else "beside")

    # ---- what changes meanwhile

    def _on_moved(self, files: dict[str, str], _classes: dict[str, str]) -> None:
        self._pictures.rename(files)
        self.beside.rename(files)
        self._file = files.get(self._file, self._file)

    def _look_again(self, _initiator: object = None) -> None:
        """Files may have been replaced outside the program."""
        if self.isVisible() and 0 <= self._row < self._model.rowCount():
            self._want()

    def _forget_project(self) -> None:
        self._row, self._file = -1, ""
        self._fit_shown = None
        self._pictures.clear()
        self._inputs.forget()
        self.picture.clear()
        self.beside.set_reference("")
        self.set_mode("picture")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._file and 0 <= self._row < self._model.rowCount():
            self.show_row(self._row)

    def hideEvent(self, event: QHideEvent) -> None:
        """Pictures in full are large: none is kept that nobody looks at."""
        super().hideEvent(event)
        if not event.spontaneous():  # the window was not just minimised
            self._pictures.clear()
            self._inputs.forget()
            self._file = ""

    # ---- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Up | Qt.Key.Key_PageUp:
                self._move(-1)
            case Qt.Key.Key_Right | Qt.Key.Key_Down | Qt.Key.Key_PageDown:
                self._move(1)
            case Qt.Key.Key_Home:
                self._move(-self._row)
            case Qt.Key.Key_End:
                self._move(self._model.rowCount() - 1 - self._row)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.picture.zoom(1)
            case Qt.Key.Key_Minus:
                self.picture.zoom(-1)
            case Qt.Key.Key_F:
                self.stages.fit()
            case Qt.Key.Key_Z:
                self.picture.one_to_one()
            case Qt.Key.Key_R:
                self._use_reference(anew=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
            case Qt.Key.Key_I:
                self.set_mode("picture" if self.mode == "input" else "input")
            case Qt.Key.Key_H if self.heat:
                self.set_mode("picture" if self.mode == "heat" else "heat")
            case Qt.Key.Key_C:
                self._contrast.toggle()
            case Qt.Key.Key_Space | Qt.Key.Key_Escape:
                self._close()
            case _:
                super().keyPressEvent(event)

    def _move(self, step: int) -> None:
        if step and 0 <= self._row + step < self._model.rowCount():
            self.show_row(self._row + step)

    def _close(self) -> None:
        self.closed.emit(self._row)
