"""The Use page: let a model sort a folder of new pictures, and hand it to other computers."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop_app import settings, storage
from desktop_app.engine.jobs import ExportJob, Job, PredictJob
from desktop_app.errors import DiscernError, StorageError
from desktop_app.events import Event, Exported, FolderPredicted, Notice, PictureSkipped, Predicted, Progress
from desktop_app.project.names import clean_file_name
from desktop_app.ui.folder_pictures import folder_loader
from desktop_app.ui.models.class_marks import class_marks
from desktop_app.ui.models.model_in_use import PACKAGE_SUFFIX, ModelInUse, SelfTestPassed, needs_export
from desktop_app.ui.models.predictions import PredictedPictures
from desktop_app.ui.pages.choosing_model import ModelChoice
from desktop_app.ui.pages.full_view import FullView
from desktop_app.ui.pages.page import Page
from desktop_app.ui.session import JobEnded, Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.thumbnails import Thumbnails
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.empty_state import EmptyState
from desktop_app.ui.widgets.folder_result import FolderResult
from desktop_app.ui.widgets.message_bar import MessageBar
from desktop_app.ui.widgets.model_cards import ExportCard, ModelCard
from desktop_app.ui.widgets.scroll import ScrollColumn
from desktop_app.ui.widgets.segments import Segments

if TYPE_CHECKING:
    pass

SIDE = 376


class UsePage(Page):
    """The release in use, or else the newest run, predicts until another model is chosen.

    A folder dropped anywhere on the page is predicted.
    """

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(session, theme, parent)
        self.choice = ModelChoice(session, theme, self)
        self.folder: Path | None = None
        self._after_export: PredictJob | None = None
        self._copying = False
        self.thumbnails = Thumbnails(session)  # whose threads end with the project, whatever becomes of the page
        self._build()
        self.setAcceptDrops(True)
        self.choose_button.clicked.connect(self.choose_folder)
        self.train_button.clicked.connect(lambda: self.page_requested.emit("train"))
        self.package_button.clicked.connect(self.choice.ask_for_package)
        self.choice.chosen.connect(self.message.clear)
        self.choice.reading.connect(lambda: self.model_card.show_none(self.tr("checking…")))
        self.choice.changed.connect(self._model_changed)
        self.choice.failed.connect(self._model_failed)
        self.model_card.change.clicked.connect(self._show_models)
        self.model_card.use.clicked.connect(self._use_this_release)
        self.export_card.button.clicked.connect(self._export)
        self.result.another.clicked.connect(self.choose_folder)
        self.result.stop.clicked.connect(session.stop_job)
        self.result.save.clicked.connect(self._save_csv)
        self.result.copy.clicked.connect(self._copy_into_folders)
        self.result.table.opened.connect(self._open_picture)
        self.full_view.closed.connect(self._close_picture)
        self.tabs.chosen.connect(lambda _tab: self._arrange())
        session.project_changed.connect(self._open_project)
        session.project_closing.connect(self.thumbnails.stop)
        session.runs_changed.connect(self._runs_changed)
        session.releases.changed.connect(self._releases_changed)
        session.releases.failed.connect(self.message.show_error)
        session.job_started.connect(self._refresh)
        session.job_event.connect(self._job_event)
        session.job_ended.connect(self._job_ended)
        self._open_project()

    # ---- parts

    def _build(self) -> None:
        self.message = MessageBar(self.theme)
        self.result = FolderResult(self.thumbnails, self.theme)
        self.full_view = FullView(
            self.session,
            PredictedPictures(self.result.model),
            self.theme,
            thumbnails=self.thumbnails,
            locate=self._locate,
            preparation=lambda: self.model.prepares if self.model else None,
        )
        self.stack = QStackedWidget()
        self.stack.addWidget(self._build_empty())
        self.stack.addWidget(self.result)
        left = QVBoxLayout()
        left.setSpacing(SPACE.s)
        left.addWidget(self.message)
        left.addWidget(self.stack, 1)
        self.left = QWidget()
        self.left.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        self.side = self._build_side()
        self.tabs = Segments(
            (("pictures", self.tr("Pictures"), ""), ("model", self.tr("Model"), "")),
            self.theme,
            name=self.tr("What to show"),
        )
        self._tab_row = QWidget()
        tabs = QHBoxLayout(self._tab_row)
        tabs.setContentsMargins(0, 0, 0, 0)
        tabs.addWidget(self.tabs)
        tabs.addStretch()
        columns = QHBoxLayout()
        columns.setSpacing(SPACE.s)
        columns.addWidget(self.left, 1)
        columns.addWidget(self.side)
        browser = QWidget()
        outer = QVBoxLayout(browser)
        outer.setContentsMargins(SPACE.l, SPACE.m, SPACE.l, SPACE.m)
        outer.setSpacing(SPACE.s)
        outer.addWidget(self._tab_row)
        outer.addLayout(columns, 1)
        self._views = QStackedWidget()
        self._views.addWidget(browser)
        self._views.addWidget(self.full_view)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(self._views)
        self._arrange()

    def _build_empty(self) -> QWidget:
        self.choose_button = Button(self.tr("Choose a folder…"), self.theme, kind="primary", icon="folder-open")
        self.train_button = Button(self.tr("Go to Train"), self.theme, kind="primary", icon="graduation-cap")
        self.package_button = Button(self.tr("Open a model package…"), self.theme, icon="package")
        self.empty = EmptyState(
            "tray", "", "", self.theme, buttons=(self.choose_button, self.train_button, self.package_button)
        )
        return self.empty

    def _build_side(self) -> QWidget:
        content = QWidget()
        self.model_card = ModelCard(self.theme)
        self.export_card = ExportCard(self.theme)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.s)
        column.addWidget(self.model_card)
        column.addWidget(self.export_card)
        column.addStretch()
        return ScrollColumn(content)

    def set_compact(self, compact: bool) -> None:
        super().set_compact(compact)
        self.full_view.set_compact(compact)
        self._arrange()

    def _arrange(self) -> None:
        """The side column stands beside the pictures or, in a small window, behind a tab."""
        self._tab_row.setVisible(self.compact)
        side = not self.compact or self.tabs.current() == "model"
        self.side.setVisible(side)
        self.left.setVisible(not self.compact or not side)
        self.side.setMinimumWidth(0 if self.compact else SIDE)
        self.side.setMaximumWidth(16_777_215 if self.compact else SIDE)

    # ---- which model

    def _open_project(self, _initiator: object = None) -> None:
        self.folder = None
        self.message.clear()
        self.export_card.clear()
        self._views.setCurrentIndex(0)
        self.choice.start_over()

    def _runs_changed(self, _initiator: object = None) -> None:
        """A new run comes into use by itself, unless a result is being looked at."""
        if self.folder is None:
            self.choice.follow()

    def _releases_changed(self) -> None:
        """Another release is in use: it predicts from now on, unless a result is being looked at."""
        if self.folder is None and self.choice.is_behind:
            self.choice.follow()
        else:
            self._refresh()

    @property
    def model(self) -> ModelInUse | None:
        return self.choice.model

    def _model_changed(self) -> None:
        self.export_card.clear()
        self._refresh()

    def _model_failed(self, error: DiscernError) -> None:
        self.message.show_error(error)
        self._refresh()

    def _show_models(self) -> None:
        menu = self.choice.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        button = self.model_card.change
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def _use_this_release(self) -> None:
        """Let the release that is shown judge real parts from now on."""
        if self.model is not None and self.model.release:
            self.message.clear()
            self.session.releases.use(self.model.release, self.session.releases.known.author)

    # ---- predicting a folder

    def choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Choose a folder of new pictures"))
        if folder:
            self.predict(Path(folder))

    def predict(self, folder: Path) -> None:
        """Let the model in use say what the pictures of a folder are; a run is made a package first."""
        if self.model is None or self.session.busy:
            return
        self.message.clear()
        self.folder = folder
        self._copying = False
        known = self.session.project.config.classes if self.session.project else ()
        self.thumbnails.start(folder_loader(folder))
        self.result.begin(folder, class_marks(self.model.classes, known))
        self.stack.setCurrentWidget(self.result)
        self.tabs.choose("pictures")
        self._arrange()
        self._start(PredictJob(str(self.model.package), str(folder), str(self._csv())))

    def _start(self, job: PredictJob) -> None:
        """Start a job, after the export that it may need."""
        assert self.model is not None and self.session.project is not None
        run = next((run for run in self.session.runs if run.id == self.model.run), None)
        if run is not None and needs_export(self.model, run):
            self._after_export = job
            self.result.show_running(self.tr("preparing the model"))
            self.session.start_job(ExportJob(str(self.session.project.root), job.package, run.id))
        else:
            self._start_now(job)

    def _start_now(self, job: PredictJob) -> None:
        self.result.show_running(self.tr("copying") if self._copying else self.tr("sorting"))
        self.session.start_job(job)

    def _csv(self) -> Path:
        """Where the table grows while a folder is predicted; a folder has one, which is replaced the next time."""
        assert self.folder is not None
        name = hashlib.sha256(str(self.folder).encode("utf-8", "surrogateescape")).hexdigest()[:16]
        return settings.cache_folder() / "predictions" / f"{name}.csv"

    def _locate(self, file: str) -> Path:
        assert self.folder is not None
        return self.folder / file

    # ---- what the session tells

    def _job_event(self, job: Job, event: Event) -> None:
        if isinstance(job, PredictJob):
            self._predicting(event)
        elif isinstance(job, ExportJob) and isinstance(event, Exported):
            self._exported(job, event)

    def _predicting(self, event: Event) -> None:
        match event:
            case Predicted() | PictureSkipped():
                if not self._copying:  # the second time the rows are there already
                    self.result.add(event)
            case Progress():
                self.result.show_progress(event.done, event.total, event.seconds_left)
            case Notice():
                self.message.show_message("warn", event.what, " ".join(filter(None, (event.why, event.hint))))
            case FolderPredicted():
                self.result.show_done(event)
                if self._copying:
                    self._tell_copied(event.copied)

    def _exported(self, job: ExportJob, event: Exported) -> None:
        """A package was written and passed its test: the one that this page uses, or one for others."""
        if self.model is None or (job.run or "", job.release or "") != (self.model.run, self.model.release):
            return
        tested = SelfTestPassed(event.golden, event.largest_difference)
        self.choice.model = model = replace(self.model, tested=tested)
        self._show_model(model)
        if event.path != str(model.package):
            self.export_card.show_exported(Path(event.path).name, event)

    def _job_ended(self, ending: JobEnded) -> None:
        job, waiting = ending.job, self._after_export
        if isinstance(job, ExportJob) and waiting is not None:
            self._after_export = None
            if ending.succeeded:
                self._start_now(waiting)
            else:
                self.result.show_ended(failed=ending.error is not None)
        elif isinstance(job, PredictJob) and not ending.succeeded:
            self.result.show_ended(failed=ending.error is not None)
        if ending.error and isinstance(job, ExportJob | PredictJob):
            self.message.show_error(ending.error)
        self._refresh()

    # ---- what can be done with the result

    def _save_csv(self) -> None:
        assert self.folder is not None
        start = self.folder.with_name(self.tr("{folder}, predictions.csv").format(folder=self.folder.name))
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Save as CSV"), str(start), self.tr("Tables (*.csv)"))
        if not path:
            return
        target = Path(path) if Path(path).suffix else Path(path + ".csv")
        try:
            storage.write_atomic(target, self._csv().read_bytes())
        except StorageError as error:
            self.message.show_error(error)
        except OSError as error:
            self.message.show_error(storage.storage_error(error, target))
        else:
            self._tell_saved(self.tr("Table saved as “{name}”.").format(name=target.name), target.parent)

    def _copy_into_folders(self) -> None:
        """Copy each picture into the folder of its class; the originals stay."""
        target = QFileDialog.getExistingDirectory(self, self.tr("Copy into class folders in"))
        if target and self.model is not None and self.folder is not None and not self.session.busy:
            self.message.clear()
            self._copying = True
            self._target = Path(target)
            self._start(PredictJob(str(self.model.package), str(self.folder), str(self._csv()), target))

    def _tell_copied(self, copied: int) -> None:
        what = (
            self.tr("1 picture copied into its class folder.")
            if copied == 1
            else self.tr("%Ln pictures copied into class folders.", "", copied)
        )
        self._tell_saved(what, self._target, self.tr("The originals are untouched."))

    def _tell_saved(self, what: str, folder: Path, why: str = "") -> None:
        show = (self.tr("Show the folder"), partial(QDesktopServices.openUrl, QUrl.fromLocalFile(str(folder))))
        self.message.show_message("ok", what, why, actions=(show,))

    def _export(self) -> None:
        model, project = self.model, self.session.project
        if model is None or project is None or not (model.run or model.release) or self.session.busy:
            return
        run = model.run.rpartition("-")[2]
        name = clean_file_name(model.release) if model.release else f"{project.name}_run{int(run)}"
        start = Path.home() / f"{name}{PACKAGE_SUFFIX}"
        title, kinds = self.tr("Export the model"), self.tr("Model packages (*.discern)")
        path, _ = QFileDialog.getSaveFileName(self, title, str(start), kinds)
        if path:
            target = path if path.endswith(PACKAGE_SUFFIX) else path + PACKAGE_SUFFIX
            self.message.clear()
            self.session.start_job(ExportJob(str(project.root), target, model.run or None, model.release or None))

    # ---- one picture in full

    def _open_picture(self, row: int) -> None:
        self.full_view.show_row(row)
        self._views.setCurrentWidget(self.full_view)
        self.full_view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _close_picture(self, row: int) -> None:
        self._views.setCurrentIndex(0)
        self.result.table.selectRow(row)
        self.result.table.setFocus(Qt.FocusReason.OtherFocusReason)

    # ---- what is shown

    def _refresh(self, *_what: object) -> None:
        model, busy = self.model, self.session.busy
        if model is None:
            self.model_card.show_none(self.tr("none yet"))
        else:
            self._show_model(model)
        for button in (self.choose_button, self.result.another, self.result.copy, self.model_card.change):
            button.setEnabled(not busy)
        self.result.copy.setEnabled(not busy and bool(self.result.model.counts))
        self.export_card.button.setEnabled(model is not None and bool(model.run or model.release) and not busy)
        self.choose_button.setVisible(model is not None)
        self.train_button.setVisible(model is None)
        self.package_button.setVisible(model is None)
        if self.folder is None:
            self._show_empty()

    def _show_model(self, model: ModelInUse) -> None:
        self.model_card.show_model(model, self.session.releases.known.in_use)

    def _show_empty(self) -> None:
        self.stack.setCurrentIndex(0)
        if self.model is None:
            self.empty.set_text(
                self.tr("No model to use yet"),
                self.tr("Train one first, or open a model package that another computer has made."),
            )
        else:
            self.empty.set_text(
                self.tr("Drop a folder of new pictures here"),
                self.tr("The model says what each of them is. They are only looked at: nothing is moved or changed."),
            )

    # ---- drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._dropped(event) is not None and not self.session.busy:
            self.empty.set_hot(True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.empty.set_hot(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.empty.set_hot(False)
        path = self._dropped(event)
        if path is None or self.session.busy:
            return
        event.acceptProposedAction()
        if path.is_dir():
            self.predict(path)
        else:
            self.choice.choose_package(path)

    def _dropped(self, event: QDropEvent) -> Path | None:
        """The one folder, or the one package, that hangs over the page."""
        urls = event.mimeData().urls()
        if len(urls) != 1 or not urls[0].isLocalFile():
            return None
        path = Path(urls[0].toLocalFile())
        if path.is_dir():
            return path if self.model is not None else None
        return path if path.suffix.lower() == PACKAGE_SUFFIX else None
