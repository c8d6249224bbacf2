"""One question about the pictures before a training: what asks it, in the background, and shows the answer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.engine.jobs import Job
from desktop_app.events import Event, Notice, PictureSkipped
from desktop_app.learning.recipe import Recipe
from desktop_app.ui import training_words
from desktop_app.ui.session import JobEnded, Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.fold import Fold
from desktop_app.ui.widgets.labels import Label, Paragraph
from desktop_app.ui.widgets.message_bar import MessageBar


class Advice(QWidget):
    """The body of a fold: words, a result, and the button that asks for it."""

    title = ""
    job: type[Job]

    def __init__(self, session: Session, theme: Theme, recipe: Callable[[], Recipe]) -> None:
        super().__init__()
        self.session, self.theme, self.recipe = session, theme, recipe
        self._skipped: list[PictureSkipped] = []
        self._notices: list[Notice] = []
        self.words = Paragraph()
        self.message = MessageBar(theme)
        self.button = Button("", theme)
        self.status = Label("", "caption", "text_2", wrap=True)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, SPACE.m)
        self.column.setSpacing(SPACE.s)
        self.column.addWidget(self.words)
        self.column.addWidget(self.message)
        self.build()
        row = QHBoxLayout()
        row.setSpacing(SPACE.m)
        row.addWidget(self.button)
        row.addWidget(self.status, 1)
        self.column.addLayout(row)
        self.fold = Fold(self.heading(), theme, self)
        self.button.clicked.connect(self._ask)
        session.job_started.connect(self._started)
        session.job_event.connect(self._happened)
        session.job_ended.connect(self._ended)
        session.catalog_changed.connect(self.refresh)

    # ---- what differs

    def heading(self) -> str:
        raise NotImplementedError

    def build(self) -> None:
        raise NotImplementedError

    def read(self) -> Callable[[], Event | None]:
        """What reads the newest result of the open project."""
        raise NotImplementedError

    def ask(self, root: str) -> Job:
        raise NotImplementedError

    def show_advice(self, event: Event | None) -> None:
        """Show a result, or that there is none."""
        raise NotImplementedError

    def progress(self, event: Event) -> str:
        """What is happening, in words; "" for what changes nothing."""
        raise NotImplementedError

    # ---- asking

    def look(self) -> None:
        self.message.clear()
        self.show_advice(None)
        self.refresh()
        project = self.session.project
        if project is None:
            return

        def show(event: Event | None) -> None:
            if self.session.project is project and not self.running():
                self.show_advice(event)
                self.refresh()

        self.session.read(self.read(), show, owner=self)

    def _ask(self) -> None:
        project = self.session.project
        if project is not None and not self.session.busy:
            self.message.clear()
            self.session.start_job(self.ask(str(project.root)))

    def running(self) -> bool:
        return isinstance(self.session.job, self.job)

    def _started(self, job: Job, _worker: object) -> None:
        if isinstance(job, self.job):
            self._skipped, self._notices = [], []
        self.refresh()

    def _happened(self, job: Job, event: Event) -> None:
        if not isinstance(job, self.job):
            return
        if isinstance(event, PictureSkipped):
            self._skipped.append(event)
        elif isinstance(event, Notice):
            self._notices.append(event)
        elif text := self.progress(event):
            self.status.setText(text)

    def _ended(self, ending: JobEnded) -> None:
        if isinstance(ending.job, self.job):
            if ending.succeeded:
                self.show_advice(ending.result)
                self._show_notes()
            else:
                self.look()
            if ending.error:
                self.message.show_error(ending.error)
        self.refresh()

    def _show_notes(self) -> None:
        """What is not in the result: pictures that can't be read, networks that are damaged."""
        what, why = training_words.notes(self._skipped, self._notices)
        if what:
            self.message.show_message("warn", what, why)

    def refresh(self, _initiator: object = None) -> None:
        """Whether it can be asked for now, and if not, why."""
        obstacle = training_words.blocker(self.session.catalog) or self.obstacle()
        self.button.setEnabled(not obstacle and not self.session.busy)
        if not self.running():
            self.status.set_tone("warn" if obstacle else "text_2")
            self.status.setText(obstacle or self.note())

    def obstacle(self) -> str:
        """What is missing for an answer, beside pictures; empty if nothing is."""
        raise NotImplementedError

    def note(self) -> str:
        """What is to be known of the result that is shown."""
        raise NotImplementedError

    def changed_since(self, pictures: int) -> bool:
        catalog = self.session.catalog
        return catalog is not None and len(catalog.files) - catalog.unlabelled != pictures
