"""Releasing the shown run on the Evaluate page: the button, the gate, the card, and the releases there are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QBoxLayout, QFileDialog, QWidget

from desktop_app.engine.jobs import ExportJob, GateJob, Job, ReleaseJob
from desktop_app.events import Event, Exported, GateJudged, Progress, Released
from desktop_app.project.names import clean_file_name
from desktop_app.ui import wording
from desktop_app.ui.models.model_in_use import PACKAGE_SUFFIX
from desktop_app.ui.pages.missing import Missing
from desktop_app.ui.session import JobEnded, Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.thumbnails import Thumbnails, project_loader
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.message_bar import MessageBar
from desktop_app.ui.widgets.release_card import ReleaseCard
from desktop_app.ui.widgets.releases_card import ReleasesCard

if TYPE_CHECKING:
    from desktop_app.project.runs import Run

_SHARES = (11, 9)  # as the columns below


class Releasing(QObject):
    """
    Signals:
        compare_requested(name: str): the shown run with this release.
        opened(): `panel` is shown, and wants to be seen.
    """

    compare_requested = Signal(str)
    opened = Signal()

    def __init__(self, session: Session, theme: Theme, message: MessageBar, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._message = message
        self._run: Run | None = None
        self._judging = ""  # the run that the gate is asked about, or was
        # Of the misses; the session's are those behind the matrix. Its threads end with the project, come what may.
        self._thumbnails = Thumbnails(session)
        session.project_closing.connect(self._thumbnails.stop)
        self.button = Button(self.tr("Release…"), theme, kind="ghost", icon="flag", name=self.tr("Release this run"))
        self.button.setCheckable(True)
        self.card = ReleaseCard(self._thumbnails, theme)
        self.list = ReleasesCard(theme)
        self.panel = QWidget()
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight, self.panel)
        self._sides.setContentsMargins(0, 0, 0, 0)
        self._sides.setSpacing(SPACE.s)
        self._sides.addWidget(self.card, _SHARES[0])
        self._sides.addWidget(self.list, _SHARES[1])
        self.panel.hide()
        self.missing = Missing(session, theme, self.card.gate, self._thumbnails, lambda: self._run, self)
        self._connect()

    def _connect(self) -> None:
        session, gate = self._session, self.card.gate
        self.button.toggled.connect(self._toggle)
        self.card.closed.connect(lambda: self.button.setChecked(False))
        self.card.release_requested.connect(self._release)
        gate.check_requested.connect(self._check)
        self.list.use_requested.connect(self._use)
        self.list.compare_requested.connect(self._compare)
        self.list.export_requested.connect(self._export)
        session.releases.changed.connect(self._show_releases)
        session.releases.failed.connect(self._message.show_error)
        session.organiser.step_ended.connect(self._on_step)
        session.project_closing.connect(self._forget)
        session.job_started.connect(lambda *_job: self._set_busy())
        session.job_event.connect(self._job_event)
        session.job_ended.connect(self._job_ended)
        self._show_releases()

    def set_compact(self, compact: bool) -> None:
        down = QBoxLayout.Direction.TopToBottom
        self.button.setText("" if compact else self.tr("Release…"))
        self.button.setToolTip(self.tr("Release…") if compact else "")
        self.button.updateGeometry()
        self._sides.setDirection(down if compact else QBoxLayout.Direction.LeftToRight)
        for place, share in enumerate((0, 0) if compact else _SHARES):
            self._sides.setStretch(place, share)
        self.missing.view.set_compact(compact)

    def show_run(self, run: Run | None) -> None:
        """Another run is shown with its result, or none."""
        self.button.setVisible(run is not None)
        if run is None:
            self.button.setChecked(False)
        elif self._run is None or run.id != self._run.id:
            self._run = run
            if self.button.isChecked():
                self._begin()
        self._run = run

    def _toggle(self, on: bool) -> None:
        self.panel.setVisible(on)
        if on:
            self._begin()
            self.opened.emit()
        else:
            self._thumbnails.stop()
            self.missing.ended.emit()

    def _begin(self) -> None:
        assert self._run is not None and self._session.project is not None
        self._thumbnails.start(project_loader(self._session.project))
        self.card.begin(wording.run_number(self._run.number), self._session.releases.known.author)
        self.list.set_busy(self._session.busy)
        self._check()

    # ---- the gate

    def _check(self) -> None:
        """Ask both models, as long as nothing else runs."""
        gate, run, project = self.card.gate, self._run, self._session.project
        if run is None or project is None:
            return
        if self._session.busy:
            gate.show_fact("waiting", self.tr("Not looked for new misses yet: another job is running."), can_check=True)
        else:
            self._judging = run.id
            gate.show_fact("running", self.tr("Looking for pictures that would newly be called wrong …"))
            self._session.start_job(GateJob(str(project.root), run.id))
        self.card.refresh()

    def _judged(self, judged: GateJudged) -> None:
        if self._run is not None and judged.run == self._run.id:
            self.card.gate.show_judged(judged, self._session.classes)
            self.card.refresh()

    def _on_step(self, outcome: object) -> None:
        """Pictures were moved or marked: what the gate has found may no longer hold."""
        if not self.panel.isHidden() and not self._session.busy and self._judging:
            text = self.tr("Pictures were changed since: look again.")
            self.card.gate.show_fact("waiting", text, can_check=True)
            self.card.refresh()

    # ---- a job

    def _release(self, name: str, by: str, why: str) -> None:
        if self._run is None or self._session.project is None or self._session.busy:
            return
        self._message.clear()
        accepted = self.card.gate.misses.accepted
        self._session.start_job(ReleaseJob(str(self._session.project.root), self._run.id, name, by, why, accepted))

    def _export(self, name: str) -> None:
        project = self._session.project
        if project is None or self._session.busy:
            return
        start = Path.home() / f"{clean_file_name(name)}{PACKAGE_SUFFIX}"
        kinds = self.tr("Model packages (*.discern)")
        chosen, _ = QFileDialog.getSaveFileName(self.panel, self.tr("Export the release"), str(start), kinds)
        if chosen:
            path = chosen if Path(chosen).suffix else chosen + PACKAGE_SUFFIX
            self._message.clear()
            self._session.start_job(ExportJob(str(project.root), path, release=name))

    def _compare(self, name: str) -> None:
        self.button.setChecked(False)  # what comes is shown with the result
        self.compare_requested.emit(name)

    def _use(self, name: str) -> None:
        self._message.clear()
        self._session.releases.use(name, self.card.by.text().strip() or self._session.releases.known.author)

    def _job_event(self, job: Job, event: Event) -> None:
        match event:
            case Progress() if isinstance(job, GateJob) and job.run == self._judging:
                text = self.tr("Looking for pictures that would newly be called wrong: {part}")
                part = wording.part_of(event.done, event.total)
                self.card.gate.show_fact("running", text.format(part=part))
            case GateJudged():
                self._judged(event)
            case Released():
                self.card.done()
                what = self.tr("“{name}” is released.").format(name=event.name)
                self._message.show_message("ok", what, self.tr("It is in use now, and never changes again."))
            case Exported() if isinstance(job, ExportJob) and job.release is not None:
                what = self.tr("“{release}” is exported.").format(release=job.release)
                why = self.tr("{file}, {size}: what another computer needs, checked there each time it is opened.")
                size = wording.file_size(event.bytes)
                self._message.show_message("ok", what, why.format(file=Path(event.path).name, size=size))

    def _job_ended(self, ending: JobEnded) -> None:
        self._set_busy()
        job = ending.job
        mine = isinstance(job, GateJob | ReleaseJob) or (isinstance(job, ExportJob) and job.release is not None)
        if not mine:
            return
        if ending.error is not None:
            self._message.show_error(ending.error)
        if isinstance(job, GateJob) and not ending.succeeded:
            self.card.gate.show_fact("waiting", self.tr("Not looked for new misses yet."), can_check=True)
            self.card.refresh()
        elif isinstance(job, ReleaseJob) and ending.succeeded:
            text = self.tr("Released. Look again before you release it under another name.")
            self.card.gate.show_fact("ok", text, can_check=True)
            self.card.refresh()

    def _set_busy(self) -> None:
        self.card.set_busy(self._session.busy)
        self.list.set_busy(self._session.busy)

    # ---- the releases

    def _show_releases(self) -> None:
        self.list.show_releases(self._session.releases.known)
        self.list.set_busy(self._session.busy)

    def _forget(self) -> None:
        self.button.setChecked(False)
        self._run, self._judging = None, ""
        self.card.by.clear()
        self.card.done()
