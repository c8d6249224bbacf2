"""Text in the type and the tones of the look."""

from __future__ import annotations

import html
from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from desktop_app.ui.theme import Type, font

Tone = Literal["text", "text_2", "accent", "ok", "warn", "error"]


class Label(QLabel):
    """Plain text, never mistaken for markup: a class may be called "<b>"."""

    def __init__(
        self,
        text: str = "",
        style: Type = "body",
        tone: Tone = "text",
        *,
        wrap: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(font(style))
        self.setWordWrap(wrap)
        self.setProperty("tone", tone)
        self.setText(text)

    def set_tone(self, tone: Tone) -> None:
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            self.style().unpolish(self)
            self.style().polish(self)


class Paragraph(QLabel):
    """Wrapped text with the line height of the look (20 px for body text), which plain labels can't have."""

    def __init__(
        self,
        text: str = "",
        style: Type = "body",
        tone: Tone = "text_2",
        *,
        line: int = 20,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._line = line
        self._plain = ""
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setFont(font(style))
        self.setWordWrap(True)
        self.setProperty("tone", tone)
        self.set_text(text)

    def set_text(self, text: str, *, bold: str = "") -> None:
        """Show `text`, after `bold` in semibold; both plain."""
        self._plain = f"{bold} {text}".strip()
        strong = f'<span style="font-weight:600">{html.escape(bold)}</span> ' if bold else ""
        body = html.escape(text).replace("\n", "<br>")
        align = {Qt.AlignmentFlag.AlignHCenter: "center"}.get(self.alignment() & Qt.AlignmentFlag.AlignHCenter, "left")
        self.setText(f'<p align="{align}" style="margin:0; line-height:{self._line}px">{strong}{body}</p>')
        self.setAccessibleName(self._plain)

    def plain(self) -> str:
        return self._plain


class ElidedLabel(QLabel):
    """One line that gives way in its middle, where names differ least; the whole text is its tooltip when cut."""

    def __init__(
        self,
        text: str = "",
        style: Type = "body",
        tone: Tone = "text",
        *,
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._elide = elide
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(font(style))
        self.setProperty("tone", tone)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(text)
        self._update_tooltip()

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance("nn…nn"), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._update_tooltip()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rect = self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), self._elide, rect.width())
        self.style().drawItemText(
            painter,
            rect,
            int(self.alignment() | Qt.TextFlag.TextSingleLine),
            self.palette(),
            self.isEnabled(),
            shown,
            self.foregroundRole(),
        )

    def _update_tooltip(self) -> None:
        cut = self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()
        self.setToolTip(self.text() if cut else "")
