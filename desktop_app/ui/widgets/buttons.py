"""Push buttons: one primary on a page, the others outlined or ghost, destructive ones in the error colour."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from desktop_app.ui import icons
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import CONTROL, MAIN_BUTTON, RADIUS, SPACE

Kind = Literal["primary", "outlined", "ghost", "destructive"]
_ICON = 16
_MAIN_ICON = 20
_CARET = 12


class Button(QPushButton):
    """A button that paints itself; its icon and colours follow the theme.

    Args:
        text: a verb; ends with "…" if a question follows. May be empty if `icon` is given: then set `name`.
        kind: its weight on the page.
        icon: name of a Phosphor icon.
        hint: its key, drawn at the right ("Ctrl+O").
        main: the page's large button, 56 px high.
        caret: shows that a menu opens.
        name: what a screen reader and the tooltip say, where `text` is not enough.
    """

    def __init__(
        self,
        text: str,
        theme: Theme,
        *,
        kind: Kind = "outlined",
        icon: str = "",
        hint: str = "",
        main: bool = False,
        caret: bool = False,
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._theme = theme
        self._kind: Kind = kind
        self._icon_name = icon
        self._hint = hint
        self._main = main
        self._caret = caret
        # From the keyboard only: a click must not take the focus, and the keys, from the pictures.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFont(font("section" if main else "medium"))
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(MAIN_BUTTON if main else CONTROL)
        self.setAutoDefault(False)
        if name:
            self.setAccessibleName(name)
            if not text:
                self.setToolTip(name)

    def set_icon(self, name: str) -> None:
        if name != self._icon_name:
            self._icon_name = name
            self.updateGeometry()
            self.update()

    def set_kind(self, kind: Kind) -> None:
        if kind != self._kind:
            self._kind = kind
            self.update()

    # ---- size

    @property
    def _edge(self) -> int:
        return _MAIN_ICON if self._main else _ICON

    @property
    def _padding(self) -> int:
        return 20 if self._main else 12

    def sizeHint(self) -> QSize:
        if not self.text():
            return QSize(self.height(), self.height())
        width = 2 * self._padding + QFontMetricsF(self.font()).horizontalAdvance(self._shown())
        if self._icon_name:
            width += self._edge + SPACE.s
        if self._hint:
            width += SPACE.m + QFontMetricsF(font("caption")).horizontalAdvance(self._hint)
        if self._caret:
            width += SPACE.s + _CARET
        return QSize(int(width + 1), self.height())

    def minimumSizeHint(self) -> QSize:
        size = self.sizeHint()
        if self._hint:
            size.setWidth(size.width() - SPACE.m - int(QFontMetricsF(font("caption")).horizontalAdvance(self._hint)))
        return size

    def _shown(self) -> str:
        return self.text().replace("&&", "\0").replace("&", "").replace("\0", "&")

    # ---- painting

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill, border, ink = self._colours()
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(border) if border else Qt.PenStyle.NoPen)
        painter.setBrush(fill or Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect, RADIUS.control, RADIUS.control)
        if self.text():
            self._paint_content(painter, ink)
        else:
            icons.paint(painter, self._square(), self._icon_name, ink)

    def _square(self) -> QRectF:
        square = QRectF(0, 0, self._edge, self._edge)
        square.moveCenter(QRectF(self.rect()).center())
        return square

    def _paint_content(self, painter: QPainter, ink: QColor) -> None:
        metrics = QFontMetricsF(self.font())
        text = self._shown()
        spread = bool(self._hint) or (self._main and self.width() > self.sizeHint().width() + SPACE.xxl)
        content = metrics.horizontalAdvance(text)
        content += (self._edge + SPACE.s) if self._icon_name else 0
        content += (SPACE.s + _CARET) if self._caret else 0
        left = float(self._padding) if spread and self._hint else max(self._padding / 2, (self.width() - content) / 2)
        middle = self.height() / 2
        if self._icon_name:
            icons.paint(painter, QRectF(left, middle - self._edge / 2, self._edge, self._edge), self._icon_name, ink)
            left += self._edge + SPACE.s
        painter.setPen(ink)
        painter.setFont(self.font())
        room = self.width() - left - self._padding / 2 - ((SPACE.s + _CARET) if self._caret else 0)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room + 1)
        baseline = middle + (metrics.ascent() - metrics.descent()) / 2
        painter.drawText(QPointF(left, baseline), shown)
        if self._caret:
            left += metrics.horizontalAdvance(shown) + SPACE.s
            icons.paint(painter, QRectF(left, middle - _CARET / 2, _CARET, _CARET), "caret-down", ink)
        if self._hint and self.width() >= self.sizeHint().width():  # a key is worth less than the words
            painter.setFont(font("caption"))
            right = QRectF(self.rect()).adjusted(0, 0, -self._padding, 0)
            painter.drawText(right, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._hint)

    def _colours(self) -> tuple[QColor | None, QColor | None, QColor]:
        """Fill, border and ink."""
        colour = self._theme.colour
        over = self.isEnabled() and (self.underMouse() or self.isDown())
        if not self.isEnabled():
            fill = colour("surface") if self._kind != "ghost" else None
            return fill, colour("border") if self._kind != "ghost" else None, colour("outline")
        if self._kind == "primary":
            fill = colour("accent_hover" if over else "accent")
            return fill, fill, colour("on_accent")
        if self._kind == "ghost":
            return colour("sunken") if over or self.isChecked() else None, None, colour("text")
        if self._kind == "destructive":
            return colour("error_bg" if over else "surface"), colour("error"), colour("error")
        return colour("band" if over else "surface"), colour("outline"), colour("text")


class ProgressButton(Button):
    """A page's main button that turns into its own progress: "Training … 62 %"."""

    def __init__(self, text: str, theme: Theme, *, icon: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, theme, kind="primary", icon=icon, main=True, parent=parent)
        self._fraction: float | None = None
        self._rest = text

    @property
    def fraction(self) -> float | None:
        return self._fraction

    def set_rest_text(self, text: str) -> None:
        """What it says while nothing runs."""
        self._rest = text
        if self._fraction is None:
            self.setText(text)

    def set_progress(self, fraction: float | None, text: str = "") -> None:
        """Show progress (0–1) and what runs; None: be a button again."""
        self._fraction = None if fraction is None else min(1.0, max(0.0, fraction))
        self.setText(text if fraction is not None else self._rest)
        self.setEnabled(fraction is None)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._fraction is None:
            super().paintEvent(event)
            return
        colour = self._theme.colour
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("surface"))
        painter.drawRoundedRect(rect, RADIUS.control, RADIUS.control)
        painter.save()
        painter.setClipRect(QRectF(0, 0, self.width() * self._fraction, self.height()))
        painter.setBrush(colour("soft"))
        painter.drawRoundedRect(rect, RADIUS.control, RADIUS.control)
        painter.setClipRect(QRectF(0, self.height() - 4, self.width() * self._fraction, 4))
        painter.setBrush(colour("accent"))
        painter.drawRoundedRect(rect, RADIUS.control, RADIUS.control)
        painter.restore()
        painter.setPen(colour("accent"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect, RADIUS.control, RADIUS.control)
        painter.setPen(colour("text"))
        painter.setFont(self.font())
        inner = QRectF(self.rect()).adjusted(SPACE.m, 0, -SPACE.m, 0)
        percent = self.locale().toString(round(self._fraction * 100)) + " %"
        painter.drawText(inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, percent)
        room = inner.width() - QFontMetricsF(self.font()).horizontalAdvance(percent) - SPACE.s
        text = QFontMetricsF(self.font()).elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
