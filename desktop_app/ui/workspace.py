"""The window while a project is open: top bar, rail, pages and job bar. It assembles them; it does no work itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop_app.engine.jobs import Job
from desktop_app.events import Event
from desktop_app.ui import facts, job_words, wording
from desktop_app.ui.job_words import JobProgress
from desktop_app.ui.pages.page import Page, PageName
from desktop_app.ui.session import JobEnded, Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import COMPACT_WIDTH
from desktop_app.ui.widgets.job_bar import JobBar
from desktop_app.ui.widgets.message_bar import MessageBar, MessageStack
from desktop_app.ui.widgets.rail import Rail
from desktop_app.ui.widgets.top_bar import TopBar

PAGES: tuple[PageName, ...] = ("images", "train", "evaluate", "use")
_PAGE_OF_JOB: dict[str, PageName] = {
    "train": "train",
    "keep_best": "train",
    "evaluate": "evaluate",
    "export": "use",
    "gate": "evaluate",
    "release": "evaluate",
    "compare": "evaluate",
    "predict": "use",
    "import": "images",
    "export_dataset": "images",
    "add_networks": "networks",
    "download_network": "networks",
    "copy_networks": "networks",
}


def make_page(name: PageName, session: Session, theme: Theme) -> Page:
    """Pages load their libraries when they are first shown, not when the window opens."""
    match name:
        case "images":
            from desktop_app.ui.pages.images import ImagesPage

            return ImagesPage(session, theme)
        case "train":
            from desktop_app.ui.pages.train import TrainPage

            return TrainPage(session, theme)
        case "evaluate":
            from desktop_app.ui.pages.evaluate import EvaluatePage

            return EvaluatePage(session, theme)
        case "use":
            from desktop_app.ui.pages.use import UsePage

            return UsePage(session, theme)
        case "networks":
            from desktop_app.ui.pages.networks import NetworksPage

            return NetworksPage(session, theme)


class Workspace(QWidget):
    """
    Args:
        make: makes a page when it is first shown.
    """

    project_menu_requested = Signal(QPoint)
    settings_menu_requested = Signal(QPoint)
    keys_requested = Signal()
    open_requested = Signal()

    def __init__(
        self,
        session: Session,
        theme: Theme,
        *,
        make: Callable[[PageName, Session, Theme], Page] = make_page,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._make = make
        self._pages: dict[PageName, Page] = {}
        self._progress: JobProgress | None = None
        self._background: JobProgress | None = None
        self._compact = False
        self.top_bar = TopBar(theme)
        self.messages = MessageBar(theme)
        self.away_bar = MessageBar(theme)
        self.rail = Rail(theme)
        self.stack = QStackedWidget()
        self.job_bar = JobBar(theme)
        self._lay_out()
        self.top_bar.project_menu_requested.connect(self._ask_project_menu)
        self.top_bar.undo_requested.connect(session.organiser.undo)
        self.top_bar.redo_requested.connect(session.organiser.redo)
        session.organiser.changed.connect(self._refresh_steps)
        for keys, act in (
            (QKeySequence("Ctrl+Z"), self.undo),
            (QKeySequence("Ctrl+Shift+Z"), self.redo),
            (QKeySequence("Ctrl+Y"), self.redo),
        ):
            QShortcut(keys, self).activated.connect(act)
        self.rail.chosen.connect(self.show_page)
        self.rail.keys_requested.connect(self.keys_requested)
        self.rail.settings_requested.connect(self._ask_settings_menu)
        self.job_bar.stop_requested.connect(self._stop)
        self.job_bar.show_requested.connect(self._show_failed_job)
        session.project_changed.connect(self._on_project)
        session.catalog_changed.connect(self._refresh_facts)
        session.runs_changed.connect(self._refresh_facts)
        session.releases.changed.connect(self._refresh_facts)
        session.catalog_failed.connect(self.messages.show_error)
        session.reach_changed.connect(self._say_away)
        session.job_started.connect(self._on_job_started)
        session.job_event.connect(self._on_job_event)
        session.job_ended.connect(self._on_job_ended)
        self.job_bar.background_stop_requested.connect(session.background.stop)
        session.background.started.connect(self._on_background_started)
        session.background.happened.connect(self._on_background_event)
        session.background.ended.connect(self._on_background_ended)
        self._failed_page: PageName = "images"
        self._on_project(None)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top_bar)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.rail)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(MessageStack((self.away_bar, self.messages)))
        right.addWidget(self.stack, 1)
        middle.addLayout(right, 1)
        column.addLayout(middle, 1)
        column.addWidget(self.job_bar)

    # ---- pages

    @property
    def current(self) -> PageName | None:
        widget = self.stack.currentWidget()
        return next((name for name, page in self._pages.items() if page is widget), None)

    def page(self, name: PageName) -> Page:
        """The page, made now if it was never shown."""
        if name not in self._pages:
            page = self._make(name, self._session, self._theme)
            page.page_requested.connect(self.show_page)
            page.findings_requested.connect(self.show_findings)
            page.set_compact(self._compact)
            self._pages[name] = page
            self.stack.addWidget(page)
        return self._pages[name]

    def show_page(self, name: str) -> None:
        page = self.page(cast(PageName, name))
        self.stack.setCurrentWidget(page)
        self.rail.choose(name)
        if not self.rail.isAncestorOf(self.focusWidget() or self):
            self.focus_page()

    def show_findings(self, findings: int) -> None:
        """Show the pictures that have any of these findings of the health check."""
        self.show_page("images")
        self.page("images").show_findings(findings)

    def focus_page(self) -> None:
        """Give the keyboard to the shown page."""
        if (page := self.stack.currentWidget()) is not None:
            page.setFocus(Qt.FocusReason.OtherFocusReason)

    def panes(self) -> list[QWidget]:
        """In reading order, for F6."""
        return [self.top_bar, self.rail, self.stack, self.job_bar]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        compact = self.width() < COMPACT_WIDTH
        if compact != self._compact:
            self._compact = compact
            self.rail.set_narrow(compact)
            self.top_bar.set_compact(compact)
            for page in self._pages.values():
                page.set_compact(compact)

    # ---- what the session says

    def _on_project(self, _initiator: object) -> None:
        project = self._session.project
        if project is None:
            return
        self.top_bar.show_project(project.name, str(project.root), read_only=project.read_only)
        self.messages.clear()
        self.job_bar.show_idle(self.tr("Ready"))
        self.job_bar.show_background("")
        self._refresh_facts()
        self.show_page("images")

    def _say_away(self) -> None:
        if self._session.away is None:
            self.away_bar.clear()
            return
        self.away_bar.show_message(
            "warn",
            self.tr("The folder can’t be reached. Nothing was deleted."),
            self.tr("Everything is shown as it was. It comes back by itself when the folder does."),
            actions=(
                (self.tr("Try again"), lambda: self._session.rescan()),
                (self.tr("Find folder…"), self.open_requested.emit),
            ),
            closable=False,
        )

    def _refresh_facts(self, _initiator: object = None) -> None:
        session = self._session
        self.rail.pages["images"].set_fact(facts.images(session))
        if self._progress is None or not session.job or session.job.kind != "train":
            self.rail.pages["train"].set_fact(facts.train(session))
        self.rail.pages["evaluate"].set_fact(facts.evaluate(session))
        self.rail.pages["use"].set_fact(facts.use(session))

    def _on_job_started(self, job: Job) -> None:
        self._progress = JobProgress(job)
        self.job_bar.show_background("")  # it gives way
        self.job_bar.show_running(self._progress.title, job_words.words(job).icon, stop=job_words.stop(job))

    def _on_job_event(self, job: Job, event: Event) -> None:
        progress = self._progress
        if progress is None or self._session.stopping or not progress.follow(event):
            return
        self.job_bar.set_title(progress.title)
        self.job_bar.show_progress(progress.fraction, progress.seconds_left)
        if job.kind == "train" and progress.fraction is not None:
            self.rail.pages["train"].set_fact(wording.percent(progress.fraction))

    def _on_job_ended(self, ending: JobEnded) -> None:
        self._progress = None
        if ending.error is not None:
            self._failed_page = _PAGE_OF_JOB.get(ending.job.kind, "images")
            self.job_bar.show_failed(self.tr("{job} stopped by itself").format(job=job_words.words(ending.job).running))
        elif ending.cancelled:
            self.job_bar.show_done(job_words.words(ending.job).stopped)
        else:
            self.job_bar.show_done(job_words.words(ending.job).done)
        self._refresh_facts()

    def _on_background_started(self, job: Job) -> None:
        self._background = JobProgress(job)
        self.job_bar.show_background(f"{self._background.title} …")

    def _on_background_event(self, _job: Job, event: Event) -> None:
        progress = self._background
        if progress is not None and not self._session.busy and progress.follow(event):
            count = wording.part_of(*progress.count) if progress.count else ""
            self.job_bar.show_background(f"{progress.title} … {count}")

    def _on_background_ended(self, ending: JobEnded) -> None:
        self._background = None
        self.job_bar.show_background("")
        if ending.error is not None and not self._session.busy:
            self._failed_page = _PAGE_OF_JOB.get(ending.job.kind, "images")
            self.job_bar.show_failed(self.tr("{job} stopped by itself").format(job=job_words.words(ending.job).running))

    def _stop(self) -> None:
        if self._session.job is not None:
            self.job_bar.show_stopping(job_words.stopping(self._session.job))
            self._session.stop_job()

    def _show_failed_job(self) -> None:
        self.show_page(self._failed_page)

    # ---- undo and redo

    def undo(self) -> None:
        """Undo the newest step. Asked for while steps are under way, it waits for them."""
        if self._session.organiser.undo_label is not None or self._session.organiser.busy:
            self._session.organiser.undo()

    def redo(self) -> None:
        if self._session.organiser.redo_label is not None or self._session.organiser.busy:
            self._session.organiser.redo()

    def _refresh_steps(self) -> None:
        organiser = self._session.organiser
        self.top_bar.show_steps(organiser.undo_label, organiser.redo_label)

    # ---- menus

    def _ask_project_menu(self) -> None:
        button = self.top_bar.project
        self.project_menu_requested.emit(button.mapToGlobal(button.rect().bottomLeft()))

    def _ask_settings_menu(self) -> None:
        button = self.rail.settings
        self.settings_menu_requested.emit(button.mapToGlobal(button.rect().topRight()))
