"""The report on paper: the page as PDF, A4."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QSizeF
from PySide6.QtGui import QFont, QPageLayout, QPageSize, QPdfWriter, QTextCursor, QTextDocument, QTextFormat

import desktop_app
from desktop_app import storage
from desktop_app.ui.report.document import page, title
from desktop_app.ui.report.facts import Facts
from desktop_app.ui.theme import font

_MARGIN_CM = 2.0  # which Qt leaves free when it prints
_BELOW_HEADING = 200  # pixels: a row of pictures, or a few lines


def write_pdf(facts: Facts, path: Path) -> None:
    """Write the report as PDF; StorageError if the disk refuses. May be called in any thread."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(title(facts))
    writer.setCreator(f"Discern {desktop_app.__version__}")
    writer.setResolution(96)  # so that a pixel of the page is one of the paper, and pictures keep their size
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4),
            QPageLayout.Orientation.Portrait,
            QMarginsF(),  # the document keeps 2 cm free by itself
        )
    )
    plain = font("body")
    plain.clearFeatures()  # tabular digits would be glyphs without a meaning: no reader could copy a number
    plain.setFeature(QFont.Tag("calt"), 0)  # nor the dash between two digits, or a colon behind one
    document = QTextDocument()
    document.setDefaultFont(plain)
    document.setHtml(page(facts))
    _keep_headings(document, writer)
    document.print_(writer)
    buffer.close()
    storage.write_atomic(path, bytes(data.data()))


def _keep_headings(document: QTextDocument, writer: QPdfWriter) -> None:
    """Begin a new page before each heading that would stand alone at the foot of one."""
    moved: set[int] = set()
    while (number := _left_alone(document, writer, moved)) is not None:
        moved.add(number)
        cursor = QTextCursor(document.findBlockByNumber(number))
        block = cursor.blockFormat()
        block.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
        cursor.setBlockFormat(block)


def _left_alone(document: QTextDocument, writer: QPdfWriter, moved: Collection[int]) -> int | None:
    """The number of the first heading with too little room below; those that were moved have room enough."""
    laid = document.clone()  # laid out as Qt does it when it prints
    layout = laid.documentLayout()
    layout.setPaintDevice(writer)
    margin = int(_MARGIN_CM / 2.54 * writer.logicalDpiY())
    frame = laid.rootFrame().frameFormat()
    frame.setMargin(margin)
    laid.rootFrame().setFrameFormat(frame)
    height = writer.height()
    laid.setPageSize(QSizeF(writer.width(), height))
    layout.documentSize()  # lays out everything
    block = laid.begin()
    while block.isValid():
        if block.blockFormat().headingLevel() > 1 and block.blockNumber() not in moved:
            place = layout.blockBoundingRect(block)
            foot = (place.top() // height + 1) * height - margin
            if place.bottom() + _BELOW_HEADING > foot:
                return block.blockNumber()
        block = block.next()
    return None
