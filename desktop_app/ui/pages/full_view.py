"""One picture in full: large, with what is known about it, and the next one a key away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop_app.errors import DiscernError, ImageError
from desktop_app.ui import wording
from desktop_app.ui.models.tiles import Called, PictureModel
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.thumbnails import Thumbnails
from desktop_app.ui.tokens import JOB_BAR, SPACE, TOP_BAR
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.chip import StateChip
from desktop_app.ui.widgets.key_cap import KeyCap
from desktop_app.ui.widgets.labels import ElidedLabel, Label, Paragraph
from desktop_app.ui.widgets.picture_view import PictureView
from desktop_app.ui.widgets.surfaces import Bar, Line, Panel
from desktop_app.ui.widgets.swatch import KeySwatch

if TYPE_CHECKING:
    from desktop_app.project.imaging import ImageFacts

_SIDE, _SIDE_COMPACT = 320, 240
_LARGEST_SIDE = 4096  # pixels shown; a larger picture is shrunk, or it would fill the memory of the screen


@dataclass(frozen=True)
class _Shown:
    """A picture made ready in the background. `shrunk`: its real width divided by the image's."""

    image: QImage
    shrunk: float
    facts: ImageFacts
    size: int
    changed: datetime


class FullView(QWidget):
    """`closed` carries the row that was last shown.

    Args:
        model: the pictures to go through.
        thumbnails: shown until a picture itself is decoded; those of the project, usually.
        locate: the path of one of the model's files; in the project, usually.
    """

    closed = Signal(int)

    def __init__(
        self,
        session: Session,
        model: PictureModel,
        theme: Theme,
        *,
        thumbnails: Thumbnails | None = None,
        locate: Callable[[str], Path] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._model = model
        self._thumbnails = thumbnails or session.thumbnails
        self._locate = locate or self._in_project
        self._theme = theme
        self._row = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.picture = PictureView(theme)
        self._back = Button(self.tr("Back"), theme, kind="ghost", icon="arrow-left", hint=self.tr("Esc"))
        self._name = ElidedLabel("", "strong")
        self._place = Label("", "body", "text_2")
        self._test = StateChip(self.tr("test picture"), theme, "info", icon="lock-simple-fill")
        self._validation = StateChip(self.tr("validation picture"), theme, "info", icon="check-circle")
        self._previous = Button("", theme, kind="ghost", icon="caret-left", name=self.tr("Previous picture"))
        self._next = Button("", theme, kind="ghost", icon="caret-right", name=self.tr("Next picture"))
        self._smaller = Button("", theme, kind="ghost", icon="magnifying-glass-minus", name=self.tr("Smaller"))
        self._larger = Button("", theme, kind="ghost", icon="magnifying-glass-plus", name=self.tr("Larger"))
        self._fit = Button(self.tr("Fit"), theme, name=self.tr("Fit into the window"))
        self._exact = Button("1:1", theme, name=self.tr("One pixel of the picture on one of the screen"))
        self._zoom = Label("", "body", "text_2")
        self._swatch = KeySwatch(theme)
        self._class = Paragraph("", "section", "text", line=24)
        self._called_swatch = KeySwatch(theme)
        self._called_class = Paragraph("", "section", "text", line=24)
        self._verdict = StateChip("", theme, "ok")
        self._how_sure = Label("", "body", "text_2")
        self._facts = Paragraph("", "caption", line=18)
        self._notes = Paragraph("", "caption", line=18)
        self._lay_out()
        self._back.clicked.connect(self._close)
        self._previous.clicked.connect(lambda: self._move(-1))
        self._next.clicked.connect(lambda: self._move(1))
        self._smaller.clicked.connect(lambda: self.picture.zoom(-1))
        self._larger.clicked.connect(lambda: self.picture.zoom(1))
        self._fit.clicked.connect(self.picture.fit)
        self._exact.clicked.connect(self.picture.one_to_one)
        self.picture.zoomed.connect(self._show_zoom)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._make_head())
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.picture, 1)
        self._side = self._make_side()
        middle.addWidget(self._side)
        column.addLayout(middle, 1)
        column.addWidget(self._make_keys())

    def _make_head(self) -> Bar:
        head = Bar("top", TOP_BAR)
        row = QHBoxLayout(head)
        row.setContentsMargins(SPACE.s, 0, SPACE.m, 0)
        row.setSpacing(SPACE.s)
        row.addWidget(self._back)
        row.addWidget(Line(Qt.Orientation.Vertical))
        row.addWidget(self._previous)
        row.addWidget(self._next)
        row.addWidget(self._name)
        row.addWidget(self._place)
        row.addWidget(self._test)
        row.addWidget(self._validation)
        row.addStretch(1)
        self._zoom.setMinimumWidth(56)
        self._zoom.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for widget in (self._smaller, self._zoom, self._larger, self._fit, self._exact):
            row.addWidget(widget)
        return head

    def _make_side(self) -> Panel:
        side = Panel("right", _SIDE)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(SPACE.l, SPACE.m, SPACE.l, SPACE.m)
        column.setSpacing(SPACE.s)
        self._label_part = _ClassPart(self.tr("Label"), self._swatch, self._class)
        self._called_part = _ClassPart(self.tr("Called"), self._called_swatch, self._called_class)
        column.addWidget(self._label_part)
        column.addWidget(self._called_part)
        verdict = QHBoxLayout()
        verdict.setSpacing(SPACE.s)
        verdict.addWidget(self._verdict)
        verdict.addWidget(self._how_sure)
        verdict.addStretch()
        column.addLayout(verdict)
        column.addSpacing(SPACE.s)
        column.addWidget(Line())
        column.addSpacing(SPACE.s)
        column.addWidget(Label(self.tr("File"), "caption", "text_2"))
        column.addWidget(self._facts)
        column.addWidget(self._notes)
        column.addStretch()
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside.setAutoFillBackground(False)
        area.viewport().setAutoFillBackground(False)
        outer = QVBoxLayout(side)
        outer.setContentsMargins(1, 0, 0, 0)
        outer.addWidget(area)
        return side

    def _make_keys(self) -> Bar:
        bar = Bar("bottom", JOB_BAR)
        row = QHBoxLayout(bar)
        row.setContentsMargins(SPACE.m, 0, SPACE.m, 0)
        row.setSpacing(SPACE.xs)
        for keys, what in (
            ("← →", self.tr("previous, next")),
            ("+ −", self.tr("zoom")),
            ("F", self.tr("fit")),
            (self.tr("Space"), self.tr("close")),
        ):
            row.addWidget(KeyCap(keys, self._theme))
            row.addWidget(Label(what, "caption", "text_2"))
            row.addSpacing(SPACE.m)
        row.addStretch()
        return bar

    def set_compact(self, compact: bool) -> None:
        self._side.setFixedWidth(_SIDE_COMPACT if compact else _SIDE)

    # ---- what is shown

    @property
    def row(self) -> int:
        return self._row

    def show_row(self, row: int) -> None:
        """Show a picture of the model; the large version follows when it is decoded."""
        self._row = row
        file = self._model.file(row)
        count = self._model.rowCount()
        self._name.setText(file)
        self._place.setText(
            self.tr("{number} of {count}").format(number=wording.number(row + 1), count=wording.number(count))
        )
        split = self._model.split_of(row)
        self._test.setVisible(split == "test")
        self._validation.setVisible(split == "validation")
        info = self._model.class_of(row)
        self._swatch.setVisible(info is not None)
        if info is not None:
            self._swatch.set_class(info.colour, info.key, info.name)
        self._class.set_text(info.name if info else self.tr("Unlabelled"))
        self._label_part.setVisible(self._model.labelled)
        self._show_called(self._model.called(row))
        self._previous.setEnabled(row > 0)
        self._next.setEnabled(row < count - 1)
        self._facts.set_text("")
        self._notes.set_text("")
        self._load(file)

    def _show_called(self, called: Called | None) -> None:
        self._called_part.setVisible(called is not None)
        self._verdict.setVisible(called is not None and called.right is not None)
        self._how_sure.setVisible(called is not None)
        if called is None:
            return
        self._called_swatch.set_class(called.mark.colour, called.mark.key, called.mark.name)
        self._called_class.set_text(called.mark.name)
        self._how_sure.setText(self.tr("{percent} sure").format(percent=wording.percent(called.how_sure)))
        if called.right:
            self._verdict.set_state(self.tr("right"), "ok")
        elif called.right is not None:
            self._verdict.set_state(self.tr("wrong"), "error")

    def _in_project(self, file: str) -> Path:
        assert self._session.project is not None
        return self._session.project.path(file)

    def _load(self, file: str) -> None:
        if self._session.project is None:
            return
        if (thumbnail := self._thumbnails.picture(file)) is not None:
            self.picture.show_picture(thumbnail.toImage())  # until the picture itself is there
        else:
            self.picture.clear()
        path = self._locate(file)

        def show(shown: _Shown) -> None:
            if self._is_shown(file):
                self.picture.show_picture(shown.image, shown.shrunk)
                self._show_facts(shown)

        def explain(error: DiscernError) -> None:
            if self._is_shown(file):
                self.picture.show_problem(self.tr("This picture can’t be read: {why}.").format(why=error.what))
                hint = error.hint or self.tr("Replace the file outside the program and it comes back by itself.")
                self._facts.set_text(" ".join(text for text in (error.why, hint) if text))

        self._session.read(lambda: _prepare(path), show, explain, owner=self)

    def _is_shown(self, file: str) -> bool:
        """An answer may come after the person has moved on."""
        return 0 <= self._row < self._model.rowCount() and self._model.file(self._row) == file

    def _show_facts(self, shown: _Shown) -> None:
        facts = shown.facts
        kind = self.tr("{format}, {bits} bit").format(format=facts.format, bits=wording.number(facts.bits))
        lines = [
            self.tr("{width} × {height} pixels").format(
                width=wording.number(facts.width), height=wording.number(facts.height)
            ),
            kind,
            QLocale().formattedDataSize(shown.size, 0, QLocale.DataSizeFormat.DataSizeSIFormat),
            wording.moment(shown.changed.isoformat()),
        ]
        if facts.frames > 1:
            lines.append(self.tr("the first of {n} pictures in this file").format(n=wording.number(facts.frames)))
        self._facts.set_text("\n".join(line for line in lines if line))
        self._notes.set_text("\n".join(facts.notes))

    def _show_zoom(self, scale: float) -> None:
        self._zoom.setText(self.tr("{percent} %").format(percent=wording.number(round(scale * 100))))

    # ---- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Up | Qt.Key.Key_PageUp:
                self._move(-1)
            case Qt.Key.Key_Right | Qt.Key.Key_Down | Qt.Key.Key_PageDown:
                self._move(1)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.picture.zoom(1)
            case Qt.Key.Key_Minus:
                self.picture.zoom(-1)
            case Qt.Key.Key_F:
                self.picture.fit()
            case Qt.Key.Key_Space | Qt.Key.Key_Escape:
                self._close()
            case _:
                super().keyPressEvent(event)

    def _move(self, step: int) -> None:
        if 0 <= self._row + step < self._model.rowCount():
            self.show_row(self._row + step)

    def _close(self) -> None:
        self.closed.emit(self._row)


class _ClassPart(QWidget):
    """A caption over a class."""

    def __init__(self, caption: str, swatch: KeySwatch, name: Paragraph) -> None:
        super().__init__()
        row = QHBoxLayout()
        row.setSpacing(SPACE.s)
        row.addWidget(swatch, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(name, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, SPACE.s)
        column.setSpacing(SPACE.s)
        column.addWidget(Label(caption, "caption", "text_2"))
        column.addLayout(row)


def _prepare(path: Path) -> _Shown:
    """Decode a picture and read its facts; in a thread.

    Raises:
        ImageError: it can't be read.
    """
    from desktop_app.project.imaging import describe, load_rgb

    facts = describe(path)
    pixels = load_rgb(path, target=_LARGEST_SIDE // 2)
    height, width, _ = pixels.shape
    image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    if max(width, height) > _LARGEST_SIDE:
        image = image.scaled(
            _LARGEST_SIDE,
            _LARGEST_SIDE,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    else:
        image = image.copy()  # of its own memory
    try:
        status = path.stat()
    except OSError as error:
        raise ImageError("no longer there") from error
    changed = datetime.fromtimestamp(status.st_mtime).astimezone()
    return _Shown(image, facts.width / image.width(), facts, status.st_size, changed)
