"""What a chart of curves is put together from: axes around a view, bands, texts."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsRectItem, QLabel, QSizePolicy

from desktop_app.ui.theme import Type, font

AXIS_WIDTH = 44
LOWEST = 80  # pixels


def text_label(text: str, style: Type, tone: str) -> QLabel:
    made = QLabel(text)
    made.setFont(font(style))
    made.setProperty("tone", tone)
    return made


class Plot(pg.GraphicsLayoutWidget):  # type: ignore[misc]
    """Axes around a view, without a mouse, a menu or a mind of their own.

    pyqtgraph's own PlotItem brings a dozen menus along that nobody opens and nothing deletes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.box = pg.ViewBox(enableMenu=False, enableMouse=False, defaultPadding=0)
        self.left, self.bottom = pg.AxisItem("left"), pg.AxisItem("bottom")
        self.left.setWidth(AXIS_WIDTH)
        self.bottom.setHeight(20)
        for axis in (self.left, self.bottom):
            axis.linkToView(self.box)
            axis.setStyle(tickLength=0, tickFont=font("tile"), tickTextOffset=6, hideOverlappingLabels=False)
            axis.enableAutoSIPrefix(False)
        self.ci.setContentsMargins(0, 0, 0, 0)
        self.ci.setSpacing(0)
        self.addItem(self.left, 0, 0)
        self.addItem(self.box, 0, 1)
        self.addItem(self.bottom, 1, 1)
        self.box.disableAutoRange()
        self.setMinimumHeight(LOWEST)
        # Its own wish (640 × 480) would make every page scroll.
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        for part in (self, self.viewport()):
            part.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


def band_item() -> QGraphicsRectItem:
    """Qt's own; pyqtgraph's region and lines find their places while they are painted, and all is painted twice."""
    band = QGraphicsRectItem()
    band.setPen(pg.mkPen(None))
    band.setZValue(-20)
    return band


def text_item() -> Any:
    item = pg.TextItem()
    item.setFont(font("caption_strong"))
    item.setZValue(20)
    return item


def blend(one: QColor, other: QColor, share: float) -> QColor:
    """`share` of the first colour over the second."""
    rest = 1 - share
    return QColor.fromRgbF(
        one.redF() * share + other.redF() * rest,
        one.greenF() * share + other.greenF() * rest,
        one.blueF() * share + other.blueF() * rest,
    )
