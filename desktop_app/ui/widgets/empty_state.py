"""An empty page: what to do, why it is safe, and one button. The whole page takes drops."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.ui import icons
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import RADIUS, SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.labels import Label, Paragraph

_WIDTH = 380


class IconView(QWidget):
    """An icon that is no control; decoration, so screen readers pass over it."""

    def __init__(
        self, icon: str, theme: Theme, *, edge: int = 16, token: str = "text_2", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon_name = icon
        self._token = token
        self.setFixedSize(QSize(edge, edge))

    def set_icon(self, icon: str, token: str = "text_2") -> None:
        self._icon_name, self._token = icon, token
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        icons.paint(QPainter(self), self.rect(), self._icon_name, self._theme.colour(self._token))


class DropFrame(QWidget):
    """A dashed frame that says "drop here"; brighter while something hangs over it. It accepts nothing by itself."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._hot = False

    def set_hot(self, hot: bool) -> None:
        if hot != self._hot:
            self._hot = hot
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.colour("accent" if self._hot else "outline"), 2, Qt.PenStyle.DashLine))
        painter.setBrush(self._theme.colour("soft") if self._hot else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS.panel, RADIUS.panel)


class EmptyState(DropFrame):
    """Icon, title, why, buttons and a last line, centred.

    Args:
        buttons: at most one of them primary.
        framed: with the dashed frame of a place that takes drops.
    """

    def __init__(
        self,
        icon: str,
        title: str,
        why: str,
        theme: Theme,
        *,
        buttons: tuple[Button, ...] = (),
        note: str = "",
        framed: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self._framed = framed
        centre = Qt.AlignmentFlag.AlignHCenter
        self._icon = IconView(icon, theme, edge=40)
        self._title = Label(title, "title", wrap=True)
        self._why = Paragraph("", "body", "text_2")
        self._why.setAlignment(centre)
        self._note = Label(note, "caption", "text_2", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.l, SPACE.l, SPACE.l, SPACE.l)
        column.setSpacing(SPACE.s)
        column.addStretch()
        column.addWidget(self._icon, 0, centre)
        for label in (self._title, self._why, self._note):
            label.setAlignment(centre)
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            label.setSizePolicy(policy)
        self._why.setFixedWidth(_WIDTH)
        column.addWidget(self._title)
        column.addWidget(self._why, 0, centre)
        if buttons:
            row = QHBoxLayout()
            row.setSpacing(SPACE.s)
            row.setContentsMargins(0, SPACE.s, 0, SPACE.s)
            row.addStretch()
            for button in buttons:
                row.addWidget(button)
            row.addStretch()
            column.addLayout(row)
        column.addWidget(self._note)
        self._note.setVisible(bool(note))
        column.addStretch()
        self._show_why(why)

    def _show_why(self, why: str) -> None:
        self._why.set_text(why)
        # A layout that centres a label asks for its favourite height, which is that of another width.
        self._why.setFixedHeight(self._why.heightForWidth(_WIDTH))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._framed:
            super().paintEvent(event)

    def set_text(self, title: str, why: str, note: str = "") -> None:
        self._title.setText(title)
        self._show_why(why)
        self._note.setText(note)
        self._note.setVisible(bool(note))
