"""One result as a document to keep and to send: a self-contained HTML page, the same as PDF, or its figures as data.

The page needs no network and no other file. Its markup is simple enough for Qt's own text engine, which prints it.
"""

from desktop_app.ui.report.data import write_csv, write_json
from desktop_app.ui.report.document import page, write_html
from desktop_app.ui.report.facts import Facts, gather
from desktop_app.ui.report.paper import write_pdf

__all__ = ["Facts", "gather", "page", "write_csv", "write_html", "write_json", "write_pdf"]
