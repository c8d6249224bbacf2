"""The report on paper: the page as PDF, A4."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF
from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter, QTextDocument

import desktop_app
from desktop_app import storage
from desktop_app.ui.report.document import page, title
from desktop_app.ui.report.facts import Facts
from desktop_app.ui.theme import font


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
    document = QTextDocument()
    document.setDefaultFont(plain)
    document.setHtml(page(facts))
    document.print_(writer)
    buffer.close()
    storage.write_atomic(path, bytes(data.data()))
