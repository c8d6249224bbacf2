"""Exporting a result from the Evaluate page: the button, where to, and what was written."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from desktop_app.project.names import clean_file_name
from desktop_app.ui import wording
from desktop_app.ui.models.result import Result
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.message_bar import MessageBar

if TYPE_CHECKING:
    from desktop_app.project.project import Project
    from desktop_app.project.runs import Run


class Reporting(QObject):
    """Writes the shown result as a page, a PDF, a table or figures, as the person chooses.

    Args:
        message: where it says what was written, and what went wrong.
    """

    def __init__(self, session: Session, theme: Theme, message: MessageBar, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._message = message
        self._run: Run | None = None
        self._result: Result | None = None
        self.button = Button(self.tr("Export report…"), theme, icon="file-text")
        self.button.clicked.connect(self._export)

    def show_result(self, run: Run | None, result: Result | None) -> None:
        """Another result is shown, or none."""
        self._run, self._result = run, result
        self.button.setVisible(result is not None)

    def _export(self) -> None:
        """Write the result in the background: a page or PDF holds pictures of the mistakes."""
        project, run, result = self._session.project, self._run, self._result
        if project is None or run is None or result is None:
            return
        name = self.tr("{project}, {run}").format(project=project.name, run=wording.run_number(run.number))
        start = Path.home() / f"{clean_file_name(name)}.html"
        kinds = {
            self.tr("Web page (*.html)"): ".html",
            self.tr("PDF (*.pdf)"): ".pdf",
            self.tr("Table of predictions (*.csv)"): ".csv",
            self.tr("Figures for other programs (*.json)"): ".json",
        }
        title, window = self.tr("Export the report"), self.button.window()
        chosen, kind = QFileDialog.getSaveFileName(window, title, str(start), ";;".join(kinds))
        if not chosen:
            return
        path = Path(chosen)
        if path.suffix.lower() not in (".htm", *kinds.values()):
            path = path.with_name(path.name + kinds.get(kind, ".html"))
        self._message.clear()
        write = partial(_write, project, run, result, path)
        self._session.read(write, self._say_written, self._message.show_error, owner=self)

    def _say_written(self, path: Path) -> None:
        def show() -> None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

        what = self.tr("Report saved as “{name}”.").format(name=path.name)
        self._message.show_message("ok", what, actions=[(self.tr("Open it"), show)])


def _write(project: Project, run: Run, result: Result, path: Path) -> Path:
    from desktop_app.ui import report

    writers = {".pdf": report.write_pdf, ".csv": report.write_csv, ".json": report.write_json}
    write = writers.get(path.suffix.lower(), report.write_html)
    write(report.gather(project, run, result), path)
    return path
