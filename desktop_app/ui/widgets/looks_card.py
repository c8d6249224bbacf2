"""Where the model looks, class by class: the average heat over a typical picture of each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.ui import heat_words, icons, wording
from desktop_app.ui.models.class_marks import ClassMark
from desktop_app.ui.models.looks import EDGE, LooksSeen
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import RADIUS, SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.flow_layout import FlowLayout
from desktop_app.ui.widgets.labels import Label, Paragraph
from desktop_app.ui.widgets.lines import draw_line
from desktop_app.ui.widgets.network_card import image_of
from desktop_app.ui.widgets.surfaces import Card
from desktop_app.ui.widgets.swatch import paint_swatch

SHOWN = 24  # classes; of more, those for which it looks at the border come first
_MARK = 20
_LINE = 20
_TILE = QSize(EDGE + 2 * SPACE.s, EDGE + 2 * SPACE.s + 2 * _LINE)


class LooksCard(Card):
    """
    Signals:
        find_requested(): find out where it looks.
        chosen(seen: LooksSeen): show the pictures of the class that show it most.
    """

    find_requested = Signal()
    chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._theme = theme
        self.words = Paragraph("", "caption", line=16)
        self.ask = Button(self.tr("Find out"), theme, icon="eye")
        self.ask.clicked.connect(self.find_requested)
        self.tiles: list[LooksTile] = []
        self._flow = FlowLayout(spacing=SPACE.s)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Label(self.tr("Where it looks, class by class"), "section", wrap=True))
        words.addWidget(self.words)
        head = QHBoxLayout()
        head.setSpacing(SPACE.m)
        head.addLayout(words, 1)
        head.addWidget(self.ask)
        column = self.column()
        column.addLayout(head)
        column.addLayout(self._flow)

    def show_unknown(self) -> None:
        """Nobody has looked yet."""
        self._show_tiles([], {})
        self.ask.show()
        self.words.set_text(
            self.tr(
                "The average heatmap of each class tells whether the model looks at the parts, or at what surrounds "
                "them. It takes a moment: some pictures of each class are explained one by one."
            )
        )

    def show_looks(self, seen: Sequence[LooksSeen], marks: Sequence[ClassMark]) -> None:
        self._show_tiles(seen[:SHOWN], {mark.name: mark for mark in marks})
        self.ask.hide()
        text = self.tr(
            "The average heat over a typical picture of each, bright where it speaks for the class. A click shows the "
            "pictures that rest most on their border."
        )
        if len(seen) > SHOWN:
            shown = self.tr("{shown} of {classes}, those that look at the border first.").format(
                shown=wording.number(SHOWN), classes=wording.classes(len(seen))
            )
            text = f"{text} {shown}"
        self.words.set_text(text)

    def _show_tiles(self, seen: Sequence[LooksSeen], marks: dict[str, ClassMark]) -> None:
        while len(self.tiles) < len(seen):
            tile = LooksTile(self._theme)
            tile.clicked.connect(lambda _checked=False, tile=tile: self.chosen.emit(tile.seen))
            self.tiles.append(tile)
            self._flow.addWidget(tile)
        for place, tile in enumerate(self.tiles):
            tile.setVisible(place < len(seen))
            if place < len(seen):
                one = seen[place]
                tile.show_looks(one, marks.get(one.name, ClassMark(one.name, 0, "")))
        self.updateGeometry()


class LooksTile(QAbstractButton):
    """One class: its picture under its heat, its name, and what is to be said about it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._mark = ClassMark("", 0, "")
        self._image = QImage()
        self.seen: LooksSeen | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def show_looks(self, seen: LooksSeen, mark: ClassMark) -> None:
        self.seen, self._mark = seen, mark
        self._image = image_of(seen.pixels)
        text = heat_words.about_class(seen)
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.update()

    def sizeHint(self) -> QSize:
        return _TILE

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.seen is None:
            return
        colour = self._theme.colour
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(colour("warn" if self.seen.on_border else "border"), 1))
        painter.setBrush(colour("band" if self.underMouse() else "surface"))
        painter.drawRoundedRect(frame, RADIUS.control, RADIUS.control)
        room = QRectF(SPACE.s, SPACE.s, EDGE, EDGE)
        shown = self._image.size().scaled(room.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
        picture = QRectF(0, 0, shown.width(), shown.height())
        picture.moveCenter(room.center())
        painter.drawImage(picture, self._image)
        line = QRectF(SPACE.s, room.bottom() + SPACE.xs, EDGE, _LINE)
        paint_swatch(
            painter,
            QRectF(line.left(), line.center().y() - _MARK / 2, _MARK, _MARK),
            self._theme,
            self._mark.colour,
            self._mark.key,
        )
        name = line.adjusted(_MARK + SPACE.s, 0, 0, 0)
        draw_line(painter, name, self.seen.name, font(), colour("text"), Qt.TextElideMode.ElideMiddle)
        line.translate(0, _LINE)
        tone = "warn" if self.seen.on_border else "text_2"
        if self.seen.on_border:
            icons.paint(painter, QRectF(line.left() + 2, line.center().y() - 8, 16, 16), "warning-fill", colour(tone))
            line.setLeft(line.left() + _MARK)
        text = heat_words.shortly(self.seen)
        draw_line(painter, line, text, font("caption"), colour(tone), Qt.TextElideMode.ElideRight)
