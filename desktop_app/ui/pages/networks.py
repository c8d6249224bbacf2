"""The Networks page: which pretrained networks are on this computer, and the ways to get more."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop_app.engine.jobs import AddNetworksJob, CopyNetworksJob, DownloadNetworkJob, Job, TimeNetworksJob
from desktop_app.errors import DiscernError
from desktop_app.events import Event, NetworkAdded, NetworksCopied, Notice, Progress, Step
from desktop_app.learning import library
from desktop_app.learning.backbones import BACKBONES
from desktop_app.learning.library import Shelf
from desktop_app.ui import job_words, wording
from desktop_app.ui.dialogs.question import Question
from desktop_app.ui.models.networks import Library, NetworksModel, read_library
from desktop_app.ui.pages.page import Page
from desktop_app.ui.session import JobEnded, Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.bars import ProgressLine
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.empty_state import DropFrame
from desktop_app.ui.widgets.labels import ElidedLabel, Label
from desktop_app.ui.widgets.message_bar import MessageBar
from desktop_app.ui.widgets.networks_table import NetworksTable
from desktop_app.ui.widgets.surfaces import Bar, Card

_JOBS = (AddNetworksJob, DownloadNetworkJob, CopyNetworksJob)
_BAR = 56


class NetworksPage(Page):
    """Files dropped anywhere on it are added. Nothing is downloaded unless a person asks for it.

    Signals:
        left(): the person wants to go back to where they came from; only asked for where the page stands alone.
    """

    left = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(session, theme, parent)
        self._reading = 0  # numbers the looks at the disk: a late answer is dropped
        self._failures: list[Notice] = []
        self._added: list[str] = []
        self.networks = NetworksModel(self)
        self._build()
        self._connect()
        self.setAcceptDrops(True)
        self.setFocusProxy(self.table)
        self._refresh()

    # ---- parts

    def _build(self) -> None:
        self.back = Button("", self.theme, kind="ghost", icon="arrow-left", name=self.tr("Back"))
        self.back.hide()
        self.count = Label("", "caption", "text_2")
        self.add = Button(self.tr("Add from file…"), self.theme, kind="primary", icon="plus")
        head = QHBoxLayout()
        head.setSpacing(SPACE.m)
        head.addWidget(self.back)
        head.addWidget(Label(self.tr("Networks"), "title"))
        head.addWidget(self.count, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addStretch()
        head.addWidget(self.add)
        self.message = MessageBar(self.theme)
        self.table = NetworksTable(self.networks, self.theme)
        card = Card()
        inside = QVBoxLayout(card)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.addWidget(self.table)
        self.drop = DropFrame(self.theme)
        drop_text = Label(self.tr("Let go to add these files"), "title")
        QVBoxLayout(self.drop).addWidget(drop_text, 0, Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._stack.addWidget(card)
        self._stack.addWidget(self.drop)
        self.note = Label(
            self.tr(
                "“On ImageNet” is the published share of everyday pictures called right. Which network suits your "
                "pictures best, only your pictures can tell."
            ),
            "caption",
            "text_2",
            wrap=True,
        )
        middle = QVBoxLayout()
        middle.setContentsMargins(SPACE.l, SPACE.m, SPACE.l, SPACE.m)
        middle.setSpacing(SPACE.m)
        middle.addLayout(head)
        middle.addWidget(self.message)
        middle.addWidget(self._stack, 1)
        middle.addWidget(self.note)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(middle, 1)
        column.addWidget(self._build_bar())

    def _build_bar(self) -> QWidget:
        """What can be done with the chosen networks, or what is being done."""
        bar = Bar("bottom", _BAR)
        self.what = ElidedLabel("", "body", "text_2", elide=Qt.TextElideMode.ElideRight)
        self.progress = ProgressLine(self.theme)
        self.progress.setFixedWidth(160)
        self.stop = Button(self.tr("Pause"), self.theme, icon="pause-fill")
        self.download = Button(self.tr("Download"), self.theme, icon="download-simple")
        self.discard = Button(self.tr("Discard the part"), self.theme, kind="ghost")
        self.copy = Button(self.tr("Copy for another computer…"), self.theme, kind="ghost", icon="copy")
        self.remove = Button(self.tr("Remove…"), self.theme, kind="ghost", icon="trash")
        row = QHBoxLayout(bar)
        row.setContentsMargins(SPACE.l, 0, SPACE.l, 0)
        row.setSpacing(SPACE.s)
        row.addWidget(self.what, 1)
        row.addWidget(self.progress)
        for button in (self.stop, self.discard, self.remove, self.copy, self.download):
            row.addWidget(button)
        return bar

    def _connect(self) -> None:
        self.back.clicked.connect(self.left)
        self.add.clicked.connect(self.ask_add)
        self.download.clicked.connect(self._download)
        self.discard.clicked.connect(self._discard)
        self.stop.clicked.connect(self.session.stop_job)
        self.copy.clicked.connect(self.ask_copy)
        self.remove.clicked.connect(self.ask_remove)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._refresh())
        self.networks.modelReset.connect(self._refresh)
        self.networks.dataChanged.connect(lambda *_: self._refresh())
        self.session.job_started.connect(self._job_started)
        self.session.job_event.connect(self._job_event)
        self.session.job_ended.connect(self._job_ended)
        self.session.background.ended.connect(self._background_ended)

    def set_alone(self, alone: bool) -> None:
        """Whether it stands without a project around it, and so needs a way back."""
        self.back.setVisible(alone)

    def set_compact(self, compact: bool) -> None:
        super().set_compact(compact)
        self.note.setVisible(not compact)
        self.copy.setText(self.tr("Copy…") if compact else self.tr("Copy for another computer…"))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.look()

    def look(self) -> None:
        """Read again what is on the disk; somebody may have added a network without the window."""
        self._reading += 1
        number = self._reading

        def show(found: Library) -> None:
            if number == self._reading:
                self.networks.set_library(found)
                if found.untimed:
                    self.session.start_background(TimeNetworksJob(list(found.untimed)))

        self.session.read(read_library, show, self.message.show_error, owner=self)

    # ---- what is shown

    def _running(self) -> Job | None:
        """The job of this page that runs."""
        return self.session.job if isinstance(self.session.job, _JOBS) else None

    def _refresh(self) -> None:
        here, total = self.networks.counts()
        self.count.setText(
            self.tr("{here} of {total} on this computer").format(here=wording.number(here), total=wording.number(total))
            if total
            else ""
        )
        running, chosen, free = self._running(), self.table.chosen(), not self.session.busy
        one = chosen[0] if len(chosen) == 1 else None
        self.add.setEnabled(free)
        self.progress.setVisible(running is not None)
        self.stop.setVisible(running is not None)
        self.stop.setEnabled(not self.session.stopping)
        self.stop.setText(self.tr("Pause") if isinstance(running, DownloadNetworkJob) else self.tr("Stop"))
        self.stop.set_icon("pause-fill" if isinstance(running, DownloadNetworkJob) else "stop-fill")
        missing = one is not None and not one.installed and one.backbone.url is not None
        begun = missing and one is not None and one.begun > 0
        self.download.setVisible(running is None and missing)
        self.download.setText(self.tr("Go on downloading") if begun else self.tr("Download"))
        self.discard.setVisible(running is None and begun)
        self.copy.setVisible(running is None and bool(chosen) and all(shelf.installed for shelf in chosen))
        self.remove.setVisible(running is None and one is not None and one.installed and not one.bundled)
        for button in (self.download, self.discard, self.copy, self.remove):
            button.setEnabled(free)
        if running is None:
            self.what.setText(self._words(chosen))

    def _words(self, chosen: Sequence[Shelf]) -> str:
        """What is to be said of the chosen networks."""
        if self.session.busy and self.session.job is not None:
            job = job_words.words(self.session.job).running
            return self.tr("{job}: networks can be changed afterwards.").format(job=job)
        if not chosen:
            return self.tr("Choose a network to see what can be done with it.")
        if len(chosen) > 1:
            size = sum(shelf.backbone.file_size for shelf in chosen)
            n = wording.number(len(chosen))
            return self.tr("{n} networks, {size}").format(n=n, size=wording.file_size(size))
        (shelf,) = chosen
        backbone = shelf.backbone
        if shelf.bundled:
            return self.tr("{network} is a part of Discern.").format(network=backbone.title)
        if shelf.installed:
            return self.tr("{network} is ready to be used.").format(network=backbone.title)
        if backbone.url is None:
            return self.tr("{network} needs the file {file}.").format(network=backbone.title, file=backbone.weights)
        return self.tr("{network}: add its file {file}, or download it ({size}) from {site}.").format(
            network=backbone.title,
            file=backbone.weights,
            size=wording.file_size(backbone.file_size),
            site=QUrl(backbone.url).host(),
        )

    # ---- what the session tells

    def _job_started(self, job: Job, _worker: object) -> None:
        if isinstance(job, _JOBS):
            self._failures, self._added = [], []
            self.message.clear()
            self.progress.set_fraction(None)
            self.what.setText(self._title(job))
            if isinstance(job, DownloadNetworkJob):
                self.networks.set_running(job.name, None)
        self._refresh()

    def _title(self, job: Job) -> str:
        words = job_words.words(job).running
        if isinstance(job, DownloadNetworkJob):
            return f"{words}: {BACKBONES[job.name].title}"
        return words

    def _job_event(self, job: Job, event: Event) -> None:
        if not isinstance(job, _JOBS):
            return
        match event:
            case Notice():
                self._failures.append(event)
            case NetworkAdded():
                self._added.append(event.backbone)
            case Progress():
                self._show_progress(job, event)

    def _show_progress(self, job: Job, event: Progress) -> None:
        fraction = event.done / event.total if event.total else None
        self.progress.set_fraction(fraction)
        parts = [self._title(job)]
        if event.step is not Step.DOWNLOAD:
            parts.append(job_words.step(event.step))
        elif isinstance(job, DownloadNetworkJob):
            self.networks.set_running(job.name, fraction)
            done, total = wording.file_size(event.done), wording.file_size(event.total)
            parts.append(self.tr("{done} of {total}").format(done=done, total=total))
        if event.seconds_left is not None:
            parts.append(wording.time_left(event.seconds_left))
        self.what.setText(wording.DOT.join(parts))

    def _job_ended(self, ending: JobEnded) -> None:
        if isinstance(ending.job, _JOBS):
            self.networks.set_running("", None)
            self._say(ending)
            self.look()
        self._refresh()

    def _say(self, ending: JobEnded) -> None:
        if ending.error is not None:
            self.message.show_error(ending.error)
        elif isinstance(ending.result, NetworksCopied):
            done = ending.result
            folder = Path(done.path)
            self.message.show_message(
                "ok",
                self.tr("Copied to “{folder}” and read back.").format(folder=wording.short_path(folder)),
                self.tr("On the other computer, add these files: {files}.").format(files=", ".join(done.files)),
                actions=[
                    (
                        self.tr("Show the folder"),
                        partial(QDesktopServices.openUrl, QUrl.fromLocalFile(done.path)),
                    )
                ],
            )
        elif self._failures:
            first, *others = self._failures
            more = self.tr("{n} more could not be added either.").format(n=wording.number(len(others)))
            added = self.tr("Added: {names}.").format(names=self._titles()) if self._added else ""
            why = " ".join(text for text in (first.why, first.hint, more if others else "", added) if text)
            self.message.show_message("warn", first.what, why)
        elif self._added:
            self.message.show_message(
                "ok",
                self.tr("{names} can be used now.").format(names=self._titles()),
                self.tr("Choose it on the Train page."),
            )
            self.table.choose(self._added[-1])

    def _titles(self) -> str:
        return ", ".join(BACKBONES[name].title for name in self._added)

    def _background_ended(self, ending: JobEnded) -> None:
        if isinstance(ending.job, TimeNetworksJob) and ending.succeeded:
            self.look()

    # ---- what the person does

    def ask_add(self) -> None:
        """Choose files, and add them."""
        kinds = self.tr("Networks (*.pth *.pt *.bin *.safetensors);;All files (*)")
        files, _ = QFileDialog.getOpenFileNames(self, self.tr("Add networks from files"), "", kinds)
        self.add_files([Path(file) for file in files])

    def add_files(self, files: Sequence[Path]) -> None:
        """Add the networks in these files, unless a job runs."""
        if files and not self.session.busy:
            self.session.start_job(AddNetworksJob([str(file.absolute()) for file in files]))

    def _download(self) -> None:
        (shelf,) = self.table.chosen()
        if not self.session.busy:
            self.session.start_job(DownloadNetworkJob(shelf.backbone.name))

    def _discard(self) -> None:
        (shelf,) = self.table.chosen()
        self._change(lambda: library.forget_download(shelf.backbone))

    def ask_copy(self) -> None:
        """Choose a folder, and copy the chosen networks into it."""
        names = [shelf.backbone.name for shelf in self.table.chosen()]
        folder = QFileDialog.getExistingDirectory(self, self.tr("Copy to a folder or a stick"), str(Path.home()))
        if folder and names and not self.session.busy:
            self.session.start_job(CopyNetworksJob(names, str(Path(folder).absolute())))

    def ask_remove(self) -> None:
        """Ask whether the chosen network shall be deleted from this computer."""
        (shelf,) = self.table.chosen()
        title, size = shelf.backbone.title, wording.file_size(shelf.backbone.file_size)
        question = Question(
            self.tr("Remove {network}?").format(network=title),
            self.tr(
                "About {size} are free again. What was trained with it stays and can be used; to train with it again, "
                "add its file or download it."
            ).format(size=size),
            self.tr("Remove {network}").format(network=title),
            self.tr("Keep it"),
            self.theme,
            icon="trash",
            parent=self.window(),
        )
        question.prefer_no()
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.accepted.connect(lambda: self._change(lambda: library.remove(shelf.backbone)))
        question.open()

    def _change(self, act: object) -> None:
        """Change something on the disk in the background, then look again."""

        def fail(error: DiscernError) -> None:
            self.message.show_error(error)
            self.look()

        if not self.session.busy:
            self.message.clear()
            self.session.read(act, lambda _: self.look(), fail, owner=self)  # type: ignore[arg-type]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and self.remove.isVisible() and self.remove.isEnabled():
            self.ask_remove()
            return
        if event.key() == Qt.Key.Key_Escape and self.back.isVisible():
            self.left.emit()
            return
        super().keyPressEvent(event)

    # ---- drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _files(event) and not self.session.busy:
            self._stack.setCurrentWidget(self.drop)
            self.drop.set_hot(True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._end_drag()

    def dropEvent(self, event: QDropEvent) -> None:
        files = _files(event)
        self._end_drag()
        if files and not self.session.busy:
            event.acceptProposedAction()
            self.add_files(files)

    def _end_drag(self) -> None:
        self.drop.set_hot(False)
        self._stack.setCurrentIndex(0)


def _files(event: QDropEvent) -> list[Path]:
    """What hangs over the page, if all of it is on this computer."""
    urls = event.mimeData().urls()
    return [Path(url.toLocalFile()) for url in urls] if all(url.isLocalFile() for url in urls) else []
