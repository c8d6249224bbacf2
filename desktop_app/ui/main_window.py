"""The window: the start page or the workspace, the commands that work everywhere, and a safe way to close."""

from __future__ import annotations

import base64
import logging
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QByteArray, QEvent, QPoint, QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QDesktopServices, QKeySequence, QPaintEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMainWindow, QMenu, QStackedWidget, QWidget

from desktop_app.engine.jobs import ExportDatasetJob
from desktop_app.errors import DiscernError
from desktop_app.events import DatasetExported
from desktop_app.ui import job_words, wording
from desktop_app.ui.dialogs.question import Question
from desktop_app.ui.pages.start import StartPage
from desktop_app.ui.session import JobEnded, Session
from desktop_app.ui.theme import Mode, Theme
from desktop_app.ui.widgets.message_bar import MessageBar
from desktop_app.ui.workspace import PAGES, Workspace

if TYPE_CHECKING:
    from desktop_app.ui.pages.networks import NetworksPage

_SIZE = QSize(1440, 900)
_SMALLEST = QSize(800, 500)
_FRAME = QSize(16, 40)  # what title bar and borders take of the screen; known only once the window is shown
_RECENT_IN_MENU = 8
_PATIENCE_MS = 60_000  # longer than the engine gives a job to keep its best

_log = logging.getLogger(__name__)


class MainWindow(QMainWindow):
    """`painted` is emitted once, when everything has been on the screen for the first time."""

    painted = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._was_painted = False
        self._closing = False
        self._question: Question | None = None
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._patience.timeout.connect(self._lose_patience)
        self.workspace: Workspace | None = None  # made with the first project
        self.networks: NetworksPage | None = None  # made when it is first asked for while no project is open
        self.start = StartPage(session, theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.start)
        self.setCentralWidget(self._stack)
        self.setMinimumSize(_SMALLEST)
        room = self.screen().availableSize() - _FRAME
        self.resize(_SIZE.boundedTo(room))
        self._restore_geometry()
        self.start.open_requested.connect(self.ask_open)
        self.start.new_requested.connect(self.ask_new)
        self.start.settings_requested.connect(self._show_settings_menu)
        session.project_changed.connect(self._on_project)
        session.project_failed.connect(self._on_project_failed)
        session.job_ended.connect(self._on_job_ended)
        session.threads_ended.connect(self._go_on_closing)
        self._add_shortcuts()
        self._on_project(None)

    # ---- what is shown

    def _on_project(self, _initiator: object) -> None:
        project = self._session.project
        self.setWindowTitle(project.name if project else "Discern")
        if project is None:
            self._stack.setCurrentWidget(self.start)
            self.start.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        workspace = self.prepare()
        self._stack.setCurrentWidget(workspace)
        workspace.focus_page()

    def prepare(self) -> Workspace:
        """Make what a project is shown in; before one is opened, so that a person does not wait for it then."""
        if self.workspace is None:
            self.workspace = Workspace(self._session, self._theme)
            self.workspace.page("images")
            self.workspace.project_menu_requested.connect(self._show_project_menu)
            self.workspace.settings_menu_requested.connect(self._show_settings_menu)
            self.workspace.keys_requested.connect(self.show_keys)
            self.workspace.open_requested.connect(self.ask_open)
            self._stack.addWidget(self.workspace)
        return self.workspace

    @property
    def messages(self) -> MessageBar:
        """Where the visible page says what concerns the whole window."""
        return self.workspace.messages if self.workspace and self._session.project else self.start.messages

    def _on_project_failed(self, _root: Path, error: DiscernError) -> None:
        self.messages.show_error(error)

    def show_crash(self, text: str) -> None:
        """A bug of ours was caught; the program goes on."""
        self.messages.show_message(
            "error",
            self.tr("Something went wrong inside Discern."),
            self.tr("{text}. Your pictures are untouched. The log tells more.").format(text=text),
        )

    # ---- commands

    def _add_shortcuts(self) -> None:
        for keys, command in (
            (QKeySequence("Ctrl+O"), self.ask_open),
            (QKeySequence("Ctrl+N"), self.ask_new),
            (QKeySequence("?"), self.show_keys),
            (QKeySequence("F6"), self._next_pane),
        ):
            self._add_shortcut(keys, command)
        for number, name in enumerate(PAGES, start=1):
            self._add_shortcut(QKeySequence(f"Ctrl+{number}"), partial(self._show_page, name))

    def _add_shortcut(self, keys: QKeySequence, command: Callable[[], object]) -> None:
        action = QAction(self)
        action.setShortcut(keys)
        action.triggered.connect(lambda _checked: command())
        self.addAction(action)

    def show_networks(self) -> None:
        """Show the pretrained networks: as a page of the workspace, or alone while no project is open."""
        if self._session.project is not None:
            self.prepare().show_page("networks")
            return
        if self.networks is None:
            from desktop_app.ui.pages.networks import NetworksPage

            self.networks = NetworksPage(self._session, self._theme)
            self.networks.set_alone(True)
            self.networks.left.connect(lambda: self._on_project(None))
            self._stack.addWidget(self.networks)
        self._stack.setCurrentWidget(self.networks)
        self.networks.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_page(self, name: str) -> None:
        if self.workspace and self._session.project:
            self.workspace.show_page(name)

    def ask_open(self) -> None:
        """Choose a folder of pictures and open it."""
        recent = self._session.settings.recent
        place = str(Path(recent[0]).parent) if recent else str(Path.home())
        folder = QFileDialog.getExistingDirectory(self, self.tr("Open a folder of pictures"), place)
        if folder:
            self._session.open(Path(folder))

    def ask_new(self) -> None:
        """Ask for a name, a place and classes, and make a project."""
        from desktop_app.ui.dialogs.new_project import NewProjectDialog

        dialog = NewProjectDialog(self._theme, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(lambda root, classes: self._session.create(root, classes))
        dialog.open()

    def ask_export(self) -> None:
        """Ask for a folder, and copy the project's pictures into it."""
        from desktop_app.ui.dialogs.export_dataset import ExportDatasetDialog

        project, catalog = self._session.project, self._session.catalog
        if project is None or catalog is None:
            return

        def export(folder: Path, layout: Literal["classes", "splits"]) -> None:
            if self._session.project is project and not self._session.busy:
                self.messages.clear()
                self._session.start_job(ExportDatasetJob(str(project.root), str(folder.absolute()), layout))

        dialog = ExportDatasetDialog(project.name, catalog, self._theme, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(export)
        dialog.open()

    def _say_exported(self, ending: JobEnded) -> None:
        if ending.error is not None:
            self.messages.show_error(ending.error)
        elif isinstance(ending.result, DatasetExported):
            done = ending.result
            what = self.tr("{pictures} copied to “{folder}”.").format(
                pictures=wording.pictures(sum(done.copied.values())), folder=wording.short_path(Path(done.path))
            )
            why = self.tr("The table {table} beside them says what they are.").format(table=Path(done.csv).name)
            if done.skipped:
                why += " " + self.tr("Left out, because they can’t be used: {n}.").format(
                    n=wording.number(done.skipped)
                )
            show = (self.tr("Show the folder"), partial(QDesktopServices.openUrl, QUrl.fromLocalFile(done.path)))
            self.messages.show_message("ok", what, why, actions=[show])

    def show_keys(self) -> None:
        from desktop_app.ui.dialogs.keys import KeysDialog

        dialog = KeysDialog(self._theme, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _next_pane(self) -> None:
        if not self.workspace or not self._session.project:
            return
        panes = self.workspace.panes()
        focused = self.focusWidget()
        here = next((i for i, pane in enumerate(panes) if focused and pane.isAncestorOf(focused)), -1)
        for step in range(1, len(panes) + 1):
            if _focus_into(panes[(here + step) % len(panes)]):
                return

    def _show_project_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.addAction(self._theme.icon("folder-open"), self.tr("Open a folder of pictures…"), self.ask_open)
        menu.addAction(self._theme.icon("folder-plus"), self.tr("New project…"), self.ask_new)
        current = self._session.project
        others = [root for root in self._session.settings.recent if not current or root != str(current.root)]
        if others:
            menu.addSeparator()
            for root in others[:_RECENT_IN_MENU]:
                text = Path(root).name.replace("&", "&&")
                action = menu.addAction(text)
                action.setToolTip(root)
                action.triggered.connect(lambda _checked, root=root: self._session.open(Path(root)))
        menu.addSeparator()
        menu.addAction(self._theme.icon("export"), self.tr("Export the pictures…"), self.ask_export)
        menu.addAction(self.tr("Close the project"), lambda: self._session.close())
        for action in menu.actions():
            action.setEnabled(not self._session.busy)
        if self._session.busy:
            menu.addAction(self.tr("Stop the running job first")).setEnabled(False)
        self._open_menu(menu, place)

    def _show_settings_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.addAction(self.tr("Appearance")).setEnabled(False)
        group = QActionGroup(menu)
        modes: dict[Mode, str] = {
            "system": self.tr("As the computer is set"),
            "light": self.tr("Light"),
            "dark": self.tr("Dark"),
        }
        for mode, text in modes.items():
            action = menu.addAction(text)
            action.triggered.connect(lambda _checked, mode=mode: self._set_mode(mode))
            action.setCheckable(True)
            action.setChecked(mode == self._theme.mode)
            group.addAction(action)
        menu.addSeparator()
        menu.addAction(self._theme.icon("stack"), self.tr("Networks…"), self.show_networks)
        check = menu.addAction(self.tr("Check new pictures by itself"))
        check.setCheckable(True)
        check.setChecked(self._session.settings.health_check)
        check.triggered.connect(self._set_health_check)
        self._open_menu(menu, place)

    def _open_menu(self, menu: QMenu, place: QPoint) -> None:
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def _set_mode(self, mode: Mode) -> None:
        self._theme.set_mode(mode)
        self._session.settings.theme = mode
        self._session.save_settings()

    def _set_health_check(self, on: bool) -> None:
        self._session.settings.health_check = on
        self._session.save_settings()
        if on:
            self._session.check_health_now()

    # ---- life

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self, self.painted.emit)  # after the children, which are painted after us

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow() and not self._session.busy:
            self._session.rescan()  # somebody may have worked in the folder meanwhile

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close at once if nothing runs; else ask, let the job keep its best, and close when it has ended."""
        if self._closing and not self._session.threads_running():
            self._leave()
            event.accept()
            return
        event.ignore()
        if self._closing:
            return
        if self._session.busy:
            self._ask_to_stop()
        else:
            self._begin_closing()

    def _ask_to_stop(self) -> None:
        assert self._session.job is not None
        if self._question is not None:
            return
        job = self._session.job
        keeps = job.kind == "train"
        running = self.tr("{job} is still running.").format(job=job_words.words(job).running)
        kept = (
            self.tr("The best result so far is kept, and you can go on from it.")
            if keeps
            else self.tr("What is done so far is kept.")
        )
        question = Question(
            self.tr("Close Discern?"),
            f"{running} {kept}",
            self.tr("Stop, keep the best, close") if keeps else self.tr("Stop and close"),
            self.tr("Go on working"),
            self._theme,
            icon="stop-fill",
            parent=self,
        )
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.accepted.connect(self._begin_closing)
        question.finished.connect(self._forget_question)
        self._question = question
        question.open()

    def _forget_question(self) -> None:
        self._question = None

    def _begin_closing(self) -> None:
        self._closing = True
        self._session.begin_end()
        if self._session.threads_running():
            self._patience.start()
            self.setEnabled(False)
            self.setWindowTitle(self.tr("Discern: finishing…"))
        else:
            self._go_on_closing()

    def _lose_patience(self) -> None:
        """The engine has ended its job by now; what is left hangs in a read, on a share that is gone, say.

        Nothing is lost: every change is on the disk when it has been made. A thread can't be ended, only the process.
        """
        _log.warning("Threads that do not end are left behind")
        self._leave()
        logging.shutdown()
        os._exit(0)

    def _go_on_closing(self) -> None:
        if self._closing:
            QTimer.singleShot(0, self, self.close)

    def _on_job_ended(self, ending: JobEnded) -> None:
        if not ending.cancelled:
            QApplication.alert(self)  # a person who does something else meanwhile sees it on the task bar
        if ending.job.kind == "export_dataset":
            self._say_exported(ending)
        if self._question is not None and not self._closing:
            self._question.reject()  # the job ended while we asked; closing takes another click, nothing is lost

    def _leave(self) -> None:
        self._patience.stop()
        self._session.settings.window = base64.b64encode(self.saveGeometry().data()).decode()
        self._session.save_settings()
        self._session.end()

    def _restore_geometry(self) -> None:
        if text := self._session.settings.window:
            self.restoreGeometry(QByteArray.fromBase64(QByteArray(text.encode("ascii", "replace"))))


def _focus_into(pane: QWidget) -> bool:
    """Give the focus to the first control of a pane that takes it from the keyboard."""
    start = pane
    widget = pane.nextInFocusChain()
    while widget is not None and widget is not start:
        takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if pane.isAncestorOf(widget) and takes and widget.isVisible() and widget.isEnabled():
            widget.setFocus(Qt.FocusReason.TabFocusReason)
            return True
        widget = widget.nextInFocusChain()
    return False
