"""The pictures behind a cell of the confusion matrix."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLayout, QSizePolicy, QWidget

from desktop_app.ui import wording
from desktop_app.ui.models.behind import BehindModel
from desktop_app.ui.models.class_marks import ClassMark
from desktop_app.ui.models.confusion import Confusion
from desktop_app.ui.models.result import Result
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.thumbnails import Thumbnails
from desktop_app.ui.tokens import CHIP, RADIUS
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.grid_geometry import MARGIN
from desktop_app.ui.widgets.image_grid import ImageGrid
from desktop_app.ui.widgets.labels import Label, Paragraph
from desktop_app.ui.widgets.message_bar import MessageBar
from desktop_app.ui.widgets.surfaces import Card
from desktop_app.ui.widgets.swatch import paint_swatch
from desktop_app.ui.widgets.tile_painter import tile_size

PICTURE = 96
TALLEST = 560


class BehindPanel(Card):
    """Says which cell, shows its pictures, the surest first.

    Signals:
        open_requested(row: int): show the pictures of `model` in full view, beginning with that one.
    """

    open_requested = Signal(int)

    def __init__(self, thumbnails: Thumbnails, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.model = BehindModel(self)
        self.grid = ImageGrid(self.model, thumbnails, theme, name=self.tr("Pictures behind the cell"))
        self.grid.set_picture_size(PICTURE)
        self.grid.setMinimumHeight(tile_size(PICTURE)[1] + 2 * MARGIN)
        self.grid.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.grid.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self._title = Label("", "section")
        self._chip = _CellChip(theme)
        self._words = Paragraph("", "caption")
        self._open = Button(self.tr("Full view"), theme, icon="corners-out", hint=self.tr("Space"))
        self._both_ways = MessageBar(theme)
        self.setMaximumHeight(TALLEST)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._chip)
        actions = QHBoxLayout()
        actions.addWidget(self._open)
        actions.addStretch()
        column = self.column()
        # Else the page would take the height of the wrapped text for that of the whole, and press the tiles together.
        column.setSizeConstraint(QLayout.SizeConstraint.SetMinimumSize)
        column.addLayout(head)
        column.addWidget(self._words)
        column.addWidget(self.grid, 1)
        column.addLayout(actions)
        column.addWidget(self._both_ways)
        self.grid.opened.connect(self._open_row)
        self._open.clicked.connect(lambda: self._open_row(max(0, self.grid.currentIndex().row())))
        thumbnails.failed.connect(self.model.set_problem)

    def _say(self, words: str) -> None:
        self._words.set_text(words)
        self._fit_words()

    def _fit_words(self) -> None:
        """Keep the height that the words need here; a layout would press lines that wrap upon the tiles."""
        layout = self.layout()
        assert layout is not None
        margins = layout.contentsMargins()
        room = self.width() - margins.left() - margins.right()
        self._words.setMinimumHeight(0)  # a label counts the one that it has
        self._words.setMinimumHeight(self._words.heightForWidth(room))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_words()

    def _open_row(self, row: int) -> None:
        if self.model.rowCount():
            self.open_requested.emit(row)

    def show_cell(self, result: Result, marks: list[ClassMark], cell: Confusion, back: int) -> None:
        """Show a cell; `back`: how many of the called class were called the actual one."""
        actual, called = marks[cell.actual], marks[cell.called]
        self.model.show_cell(result, marks, cell)
        self._title.setText(
            self.tr("1 picture behind the cell")
            if cell.count == 1
            else self.tr("%Ln pictures behind the cell", "", cell.count)
        )
        if cell.actual == cell.called:
            text = self.tr("{actual}, called right. Surest first.")
        elif cell.count:
            text = self.tr("{actual}, called {called}. Surest mistake first.")
        else:
            text = self.tr("{actual} was never called {called}.")
        self._say(text.format(actual=actual.name, called=called.name))
        self._chip.show_cell(actual, called)
        self._open.setVisible(cell.count > 0)
        self._show_overlap(cell, back)
        if self.model.rowCount():
            self.grid.setCurrentIndex(self.model.index(0))
        self.grid.setCurrentIndex(QModelIndex())

    def show_rows(self, result: Result, marks: list[ClassMark], rows: list[int], title: str) -> None:
        """Show pictures by their rows in the predictions, under a title of their own."""
        self.model.show_rows(result, marks, rows)
        self._title.setText(title)
        self._say(self.tr("{pictures}. Surest first.").format(pictures=wording.pictures(len(rows))))
        self._chip.hide()
        self._open.setVisible(bool(rows))
        self._both_ways.clear()
        self.grid.setCurrentIndex(QModelIndex())

    def show_flawless(self) -> None:
        """There are no mistakes."""
        self.model.show_cell(None, [], None)
        self._title.setText(self.tr("No mistakes"))
        self._say(self.tr("Every picture was called right. Click a cell to see its pictures."))
        self._chip.hide()
        self._open.hide()
        self._both_ways.clear()

    def _show_overlap(self, cell: Confusion, back: int) -> None:
        """Two classes that are confused both ways may be the same thing under two names."""
        if cell.actual == cell.called or cell.count < 2 or back < 2:
            self._both_ways.clear()
            return
        self._both_ways.show_message(
            "info",
            self.tr("Confused both ways, {there} and {back} times:").format(
                there=wording.number(cell.count), back=wording.number(back)
            ),
            self.tr("these two classes may overlap. Compare their labels first."),
            closable=False,
        )


class _CellChip(QWidget):
    """The cell in two marks: "7 called 6"."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._marks: tuple[ClassMark, ClassMark] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_cell(self, actual: ClassMark, called: ClassMark) -> None:
        self._marks = (actual, called)
        self.setToolTip(self.tr("{actual}, called {called}").format(actual=actual.name, called=called.name))
        self.setAccessibleName(self.toolTip())
        self.show()
        self.updateGeometry()
        self.update()

    def _word(self) -> str:
        return self.tr("called")

    def sizeHint(self) -> QSize:
        word = QFontMetricsF(font("caption")).horizontalAdvance(self._word())
        return QSize(int(word + 2 * 16 + 2 * 6 + 2 * 10), CHIP)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._marks is None:
            return
        actual, called = self._marks
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._theme.colour("accent"))
        painter.setBrush(self._theme.colour("soft"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS.chip, RADIUS.chip)
        top = (self.height() - 16) / 2
        paint_swatch(painter, QRectF(10, top, 16, 16), self._theme, actual.colour, actual.key)
        paint_swatch(painter, QRectF(self.width() - 26, top, 16, 16), self._theme, called.colour, called.key)
        painter.setPen(self._theme.colour("text"))
        painter.setFont(font("caption"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._word())
