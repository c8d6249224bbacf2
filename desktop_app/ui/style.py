"""The focus ring: 2 px wide, 2 px away from the control that has the keyboard.

Qt's QFocusFrame lies over a control's surroundings, so that a ring stands outside it without every control keeping
room. Only that frame gets a style written in Python: one for the whole application would be called for every metric of
every control. Buttons take the focus from the keyboard only, so a mouse never leaves rings behind.
"""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QObject, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QFocusFrame,
    QProxyStyle,
    QSlider,
    QStyle,
    QStyleHintReturn,
    QStyleOption,
    QWidget,
)

from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import FOCUS_GAP, FOCUS_WIDTH, RADIUS


class FocusStyle(QProxyStyle):
    """How the focus frame looks."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("Fusion")
        self._theme = theme

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        if metric in (QStyle.PixelMetric.PM_FocusFrameHMargin, QStyle.PixelMetric.PM_FocusFrameVMargin):
            return FOCUS_GAP + FOCUS_WIDTH
        return super().pixelMetric(metric, option, widget)

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returnData: QStyleHintReturn | None = None,  # noqa: N803  Qt's name
    ) -> int:
        if hint == QStyle.StyleHint.SH_FocusFrame_Mask:
            return 0  # the middle is left unpainted, so no mask is needed; a mask would cut smooth corners
        return super().styleHint(hint, option, widget, returnData)

    def drawControl(
        self,
        element: QStyle.ControlElement,
        option: QStyleOption,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        if element != QStyle.ControlElement.CE_FocusFrame:
            super().drawControl(element, option, painter, widget)
            return
        half, radius = FOCUS_WIDTH / 2, RADIUS.control + FOCUS_GAP
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.colour("accent"), FOCUS_WIDTH))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(option.rect).adjusted(half, half, -half, -half), radius, radius)


class FocusRing(QObject):
    """One focus frame, moved to whatever control has the keyboard, in whichever window.

    Lists mark their current item themselves. Any other widget is ringed if its property "focusRing" is true.
    """

    def __init__(self, app: QApplication, theme: Theme) -> None:
        super().__init__(app)
        self._style = FocusStyle(theme)
        self._style.setParent(self)
        self._frame: QFocusFrame | None = None
        app.focusChanged.connect(self._follow)

    def _follow(self, _old: QWidget | None, new: QWidget | None) -> None:
        if self._frame is not None and not shiboken6.isValid(self._frame):
            self._frame = None  # it lives in the window of its control, and died with it
        if new is not None and not new.isWindow() and _wants_ring(new):
            if self._frame is None:
                self._frame = QFocusFrame()
                self._frame.setStyle(self._style)
            self._frame.setWidget(new)
        elif self._frame is not None:
            self._frame.setWidget(None)  # type: ignore[arg-type]  # None hides it, which the stubs forget


def _wants_ring(widget: QWidget) -> bool:
    return isinstance(widget, QAbstractButton | QComboBox | QSlider) or bool(widget.property("focusRing"))
