"""Repeatability on the Evaluate page: groups of the measured pictures, or a folder of parts, and what came of them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from desktop_app.engine.jobs import Job, RepeatJob
from desktop_app.events import PartRepeated, Repeated
from desktop_app.ui.latest import Latest
from desktop_app.ui.models.result import Result
from desktop_app.ui.session import JobEnded, Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.message_bar import MessageBar
from desktop_app.ui.widgets.pictures_strip import EDGE
from desktop_app.ui.widgets.repeat_card import RepeatCard, Source

if TYPE_CHECKING:
    from desktop_app.project.runs import Run

_MOST = 24  # pictures of a part that are read


class Repeating(QObject):
    """
    Signals:
        found(): there is more to be read about the result that is shown.

    Args:
        message: where it says what went wrong.
    """

    found = Signal()

    def __init__(self, session: Session, theme: Theme, message: MessageBar, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._message = message
        self._run: Run | None = None
        self.card = RepeatCard(theme)
        self._pictures: Latest[list[tuple[bytes | None, str]]] = Latest(
            session, self, self.card.show_pictures, message.show_error
        )
        self.card.folder_requested.connect(self._choose_folder)
        self.card.part_chosen.connect(self._read_pictures)
        session.job_started.connect(self._job_started)
        session.job_ended.connect(self._job_ended)

    def show_result(self, run: Run, result: Result) -> None:
        """Another result is shown, or more is known of the same one."""
        self._run = run
        self._pictures.forget()
        both: dict[Source, Repeated | None] = {"groups": result.repeated, "folder": result.repeated_folder}
        self.card.show_found({source: found for source, found in both.items() if found is not None})
        self.card.button.setEnabled(not self._session.busy)

    def _read_pictures(self, part: PartRepeated) -> None:
        shown = self.card.shown()
        if shown is None or self._session.project is None:
            return
        root = Path(shown.where) if shown is self._folder() else self._session.project.root
        self._pictures.ask(partial(_read, root, part))

    def _folder(self) -> Repeated | None:
        return self.card.shown() if self.card.source.current() == "folder" else None

    # ---- measuring a folder

    def _choose_folder(self) -> None:
        project, run = self._session.project, self._run
        if project is None or run is None or self._session.busy:
            return
        title = self.tr("Folder of parts, each photographed several times")
        chosen = QFileDialog.getExistingDirectory(self.card.window(), title, str(Path.home()))
        if chosen:
            self._message.clear()
            pattern = project.config.grouping.pattern
            self._session.start_job(RepeatJob(str(project.root), chosen, run.id, pattern))

    def _job_started(self, _job: Job, _worker: object) -> None:
        self.card.button.setEnabled(False)

    def _job_ended(self, ending: JobEnded) -> None:
        self.card.button.setEnabled(True)
        if isinstance(ending.job, RepeatJob) and self._run is not None and ending.job.run == self._run.id:
            if ending.error:
                self._message.show_error(ending.error)
            elif ending.succeeded:
                self.card.source.choose("folder")
                self.found.emit()


def _read(root: Path, part: PartRepeated) -> list[tuple[bytes | None, str]]:
    """The part's pictures, small, the least sure first, and what each was called."""
    from desktop_app.errors import ImageError
    from desktop_app.project.thumbnails import make_thumbnail

    pictures: list[tuple[bytes | None, str]] = []
    for file, said in zip(part.files[:_MOST], part.said, strict=False):
        try:
            pictures.append((make_thumbnail(root / file, 2 * EDGE), said))
        except ImageError:
            pictures.append((None, said))
    return pictures
