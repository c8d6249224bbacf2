"""The Train page: choose a recipe, press one button, watch the curves; and what was trained before."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop_app.engine.jobs import EvaluateJob, Job, TrainJob
from desktop_app.errors import DiscernError
from desktop_app.events import Event, RunStarted
from desktop_app.ui import training_words, wording
from desktop_app.ui.models import run_files
from desktop_app.ui.models.runs import RunRow, run_row
from desktop_app.ui.models.training import Curves, TrainingState
from desktop_app.ui.pages.page import Page
from desktop_app.ui.session import JobEnded, Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button, ProgressButton
from desktop_app.ui.widgets.curves import CurvesView
from desktop_app.ui.widgets.empty_state import EmptyState
from desktop_app.ui.widgets.labels import Label
from desktop_app.ui.widgets.message_bar import MessageBar
from desktop_app.ui.widgets.recipe_form import RecipeForm
from desktop_app.ui.widgets.scroll import ScrollColumn
from desktop_app.ui.widgets.segments import Segments
from desktop_app.ui.widgets.surfaces import Card, Line, Panel
from desktop_app.ui.widgets.training_panels import RunsPanel, StepsPanel, TrainingHead

if TYPE_CHECKING:
    from desktop_app.project.runs import Run

FORM = (344, 296)  # widths of the left column, normal and compact
SIDE = 312
TICK_MS = 1000
PROGRESS_MS = 100  # a hundred epochs of the head take a second


class TrainPage(Page):
    """Shows one run at a time: the one that is training, or else the one chosen in the list."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(session, theme, parent)
        self.state: TrainingState | None = None  # while a training runs, and after it until another run is chosen
        self._started = ""
        self._shown: Run | None = None
        self._failed = False
        self._noted = ("", "")
        self._offered: set[Path] = set()
        self._build()
        self._clock = QTimer(self, interval=TICK_MS)
        self._clock.timeout.connect(self._show_head)
        self._progress_soon = QTimer(self, interval=PROGRESS_MS, singleShot=True)
        self._progress_soon.timeout.connect(self._show_progress)
        self.form.changed.connect(self._refresh_form)
        self.main_button.clicked.connect(self._press)
        self.stop_button.clicked.connect(self._stop)
        self.anew_button.clicked.connect(self._train)
        self.result_button.clicked.connect(lambda: self.page_requested.emit("evaluate"))
        self.images_button.clicked.connect(lambda: self.page_requested.emit("images"))
        self.runs.list.chosen.connect(self._choose_run)
        self.tabs.chosen.connect(lambda _tab: self._arrange())
        session.project_changed.connect(self._open_project)
        session.catalog_changed.connect(self._catalog_changed)
        session.runs_changed.connect(self._runs_changed)
        session.job_started.connect(self._job_started)
        session.job_event.connect(self._job_event)
        session.job_ended.connect(self._job_ended)
        self._open_project()

    # ---- parts

    def _build(self) -> None:
        self.form_panel = self._build_form()
        self.middle = self._build_middle()
        self.side_panel = self._build_side()
        self.tabs = Segments(
            (("curves", self.tr("Curves"), ""), ("runs", self.tr("Steps and runs"), "")),
            self.theme,
            name=self.tr("What to show"),
        )
        self._tab_row = QWidget()
        tab_row = QHBoxLayout(self._tab_row)
        tab_row.setContentsMargins(SPACE.l, SPACE.s, SPACE.l, 0)
        tab_row.addWidget(self.tabs)
        tab_row.addStretch()
        views = QHBoxLayout()
        views.setSpacing(0)
        views.addWidget(self.middle, 1)
        views.addWidget(self.side_panel)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self._tab_row)
        right.addLayout(views, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.form_panel)
        row.addLayout(right, 1)
        self._arrange()

    def _build_form(self) -> QWidget:
        panel = Panel("left")
        self.form = RecipeForm(self.theme)
        self._locked = Label(self.tr("locked while training"), "caption", "text_2")
        self._locked.hide()
        head = QHBoxLayout()
        head.setContentsMargins(SPACE.l, SPACE.m, SPACE.l, SPACE.s)
        head.addWidget(Label(self.tr("Train"), "title"))
        head.addStretch()
        head.addWidget(self._locked)
        self.counts = Label("", "caption", "text_2", wrap=True)
        self.main_button = ProgressButton(self.tr("Train"), self.theme, icon="play-fill")
        self.stop_button = Button(self.tr("Stop, keep the best"), self.theme, icon="stop-fill")
        self.anew_button = Button(self.tr("Train anew"), self.theme)
        foot = QVBoxLayout()
        foot.setContentsMargins(SPACE.l, SPACE.s, SPACE.l, SPACE.m)
        foot.setSpacing(SPACE.s)
        foot.addWidget(self.counts)
        foot.addWidget(self.main_button)
        foot.addWidget(self.stop_button)
        foot.addWidget(self.anew_button)
        column = QVBoxLayout(panel)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(ScrollColumn(self.form, margins=(SPACE.l, SPACE.xs, SPACE.l, SPACE.s)), 1)
        column.addLayout(foot)
        return panel

    def _build_middle(self) -> QWidget:
        middle = QWidget()
        self.message = MessageBar(self.theme)
        self.offer = MessageBar(self.theme)
        self.notes = MessageBar(self.theme)
        self.head = TrainingHead()
        self.result_button = Button(self.tr("See how good it is"), self.theme, icon="target")
        self.curves = CurvesView(self.theme, Card)
        self.images_button = Button(self.tr("Show the pictures"), self.theme, icon="squares-four")
        self.empty = EmptyState("graduation-cap", "", "", self.theme, buttons=(self.images_button,), framed=False)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.curves)
        self.device = Label("", "caption", "text_2", wrap=True)
        head = QHBoxLayout()
        head.setSpacing(SPACE.m)
        head.addWidget(self.head, 1)
        head.addWidget(self.result_button)
        column = QVBoxLayout(middle)
        column.setContentsMargins(SPACE.l, SPACE.m, SPACE.l, SPACE.s)
        column.setSpacing(SPACE.m)
        column.addWidget(self.message)
        column.addWidget(self.offer)
        column.addWidget(self.notes)
        column.addLayout(head)
        column.addWidget(self.stack, 1)
        column.addWidget(self.device)
        return ScrollColumn(middle)

    def _build_side(self) -> QWidget:
        panel, content = Panel("right"), QWidget()
        self.steps = StepsPanel(self.theme)
        self.changed = MessageBar(self.theme)
        self.runs = RunsPanel(self.theme)
        quiet = QHBoxLayout()
        quiet.setContentsMargins(SPACE.m, 0, SPACE.m, SPACE.m)
        quiet.addWidget(self.changed)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.steps)
        column.addLayout(quiet)
        column.addWidget(Line())
        column.addWidget(self.runs, 1)
        frame = QVBoxLayout(panel)
        frame.setContentsMargins(0, 0, 0, 0)
        frame.addWidget(ScrollColumn(content))
        return panel

    def set_compact(self, compact: bool) -> None:
        super().set_compact(compact)
        self._arrange()

    def _arrange(self) -> None:
        """The side column stands beside the curves or, in a small window, behind a tab."""
        self.form_panel.setFixedWidth(FORM[self.compact])
        self._tab_row.setVisible(self.compact)
        show_side = not self.compact or self.tabs.current() == "runs"
        self.side_panel.setVisible(show_side)
        self.middle.setVisible(not self.compact or not show_side)
        if self.compact:
            self.side_panel.setMinimumWidth(0)
            self.side_panel.setMaximumWidth(16_777_215)
        else:
            self.side_panel.setFixedWidth(SIDE)

    # ---- what the session tells

    def _open_project(self, _initiator: object = None) -> None:
        self.state = None
        self._failed = False
        self._shown = self.session.runs[0] if self.session.runs else None
        for bar in (self.message, self.offer, self.notes):
            bar.clear()
        self.form.set_split(None)
        self.form.set_imported("")
        self._read_split()
        self._offer_split()
        self._refresh()

    def _catalog_changed(self, _initiator: object = None) -> None:
        self._refresh()

    def _runs_changed(self, _initiator: object = None) -> None:
        runs = {run.id: run for run in self.session.runs}
        if self.state and self.state.run and self.state.run.run in runs:
            self._shown = runs[self.state.run.run]
            if not self._training():
                self._measure(self._shown)
        elif self._shown is None or self._shown.id not in runs:
            self._shown = self.session.runs[0] if self.session.runs else None
        else:
            self._shown = runs[self._shown.id]
        self._refresh()

    def _job_started(self, job: Job, _worker: object) -> None:
        if isinstance(job, TrainJob):
            self.state = TrainingState(str(job.recipe.get("name", "")))
            self._started = datetime.now().astimezone().isoformat()
            self._compare_with_last()
            self._failed = False
            self._noted = ("", "")
            for bar in (self.message, self.offer, self.notes):
                bar.clear()
            self._clock.start()
        self._refresh()

    def _job_event(self, job: Job, event: Event) -> None:
        if self.state is None or not self._follows(job):
            return
        self.state.apply(event)
        if isinstance(event, RunStarted):
            self._refresh_form()  # now the counts are known
        if not self._progress_soon.isActive():
            self._progress_soon.start()

    def _job_ended(self, ending: JobEnded) -> None:
        job = ending.job
        if isinstance(job, TrainJob):
            self._clock.stop()
            self._failed = ending.error is not None
            if ending.error:
                self._take_failure(ending.error)
            else:
                self.form.set_split(None)  # imported: the project remembers it
            self._read_split()
        elif self._follows(job) and ending.error:
            self.message.show_error(ending.error)
        self._refresh()

    def _take_failure(self, error: DiscernError) -> None:
        self.message.show_error(error)
        if self.state is not None:
            self.state.fail()

    def _follows(self, job: Job | None) -> bool:
        """Whether a job belongs to the training that is shown: itself, or the measuring after it."""
        if isinstance(job, TrainJob):
            return True
        run = self.state.run.run if self.state and self.state.run else None
        return isinstance(job, EvaluateJob) and run is not None and job.run == run

    def _training(self) -> bool:
        return isinstance(self.session.job, TrainJob)

    def _working(self) -> bool:
        """Training, or measuring what was just trained."""
        return self.state is not None and self._follows(self.session.job)

    # ---- what the person does

    def _press(self) -> None:
        run = self._interrupted()
        if run is None:
            self._train()
        else:
            self._start(TrainJob(self._root(), dict(run.document["recipe"]), resume=run.id))

    def _train(self) -> None:
        split = self.form.split_csv
        self._start(TrainJob(self._root(), self.form.recipe().to_dict(), split_csv=str(split) if split else None))

    def _start(self, job: Job) -> None:
        if not self.session.busy:
            self.session.start_job(job)

    def _stop(self) -> None:
        self.session.stop_job()
        self._refresh_form()

    def _measure(self, run: Run) -> None:
        """Measure a new model on the locked test pictures without being asked: that number is what counts."""
        done = self.state is not None and self.state.evaluated is not None
        if run.usable and not done and not self._failed and not self.session.busy:
            self.session.start_job(EvaluateJob(self._root(), run.id, calibrate=True))

    def _choose_run(self, run_id: str) -> None:
        if self._working():
            return
        self.state = None
        self._failed = False
        self.message.clear()
        self.notes.clear()
        self._shown = next((run for run in self.session.runs if run.id == run_id), None)
        self._refresh()

    def _root(self) -> str:
        assert self.session.project is not None
        return str(self.session.project.root)

    # ---- the left column

    def _refresh_form(self) -> None:
        working, interrupted = self._working(), self._interrupted()
        problem = self._blocker()
        self.form.set_locked(self.session.busy)
        self._locked.setVisible(self._training())
        self._show_counts(problem)
        self._show_times()
        if not working:
            self.main_button.set_progress(None)
            self.main_button.set_rest_text(self._main_text(interrupted))
            self.main_button.set_icon("play-fill")
            fresh = self.state is not None and self.state.evaluated is not None
            self.main_button.set_kind("outlined" if fresh else "primary")
            self.main_button.setEnabled(not problem and not self.session.busy)
        self.stop_button.setVisible(self._training())
        self.stop_button.setEnabled(not self.session.stopping)
        self.anew_button.setVisible(interrupted is not None and not working)
        self.anew_button.setEnabled(not problem and not self.session.busy)
        if not working:
            preview = TrainingState(self.form.recipe().name)
            if self.state is None:
                self.steps.show_steps(self.tr("What will happen"), preview.steps)

    def _main_text(self, interrupted: Run | None) -> str:
        if interrupted is not None:
            return self.tr("Resume")
        return self.tr("Train again") if self._shown is not None else self.tr("Train")

    def _blocker(self) -> str:
        """Why there can be no training; empty if there can."""
        catalog = self.session.catalog
        if catalog is None:
            return self.tr("No project is open.")
        filled = [name for name, count in catalog.counts().items() if count]
        if len(filled) < 2:
            return self.tr("Training needs pictures in at least two classes.")
        return ""

    def _show_counts(self, problem: str) -> None:
        self.counts.set_tone("warn" if problem else "text_2")
        catalog = self.session.catalog
        if problem or catalog is None:
            self.counts.setText(problem)
            return
        run = self.state.run if self.state and self._working() else None
        if run:
            named = [run.counts.get(name, 0) for name in ("train", "validation", "test", "unlabelled")]
            self.counts.setText(training_words.counts(*named))
            return
        labelled = len(catalog.files) - catalog.unlabelled
        if self.form.split_csv:
            text = self.tr("{pictures} are divided by “{file}”; its test pictures stay locked.")
            self.counts.setText(text.format(pictures=wording.pictures(labelled), file=self.form.split_csv.name))
            return
        assert self.session.project is not None
        split = run_files.expected_split(self.session.runs, self.session.project.config.fractions, labelled)
        self.counts.setText(
            training_words.counts(split.train, split.validation, split.test, catalog.unlabelled, exact=split.exact)
        )

    def _show_times(self) -> None:
        """How long each recipe took here last time; without a last time nobody can know."""
        backbone = self.form.recipe().backbone
        for key, card in self.form.cards.items():
            card.set_time(next((time for run in self.session.runs if (time := _time_of(run, key, backbone))), ""))

    def _read_split(self) -> None:
        """Say which table the project's splits were taken from, if they were."""
        project = self.session.project
        if project is None:
            return
        from desktop_app.project.splits import imported_from

        def show(name: str) -> None:
            if self.session.project is project:
                self.form.set_imported(name)

        path = project.splits.path
        self.session.read(lambda: imported_from(path), show, owner=self)

    def _offer_split(self) -> None:
        """A split.csv beside the pictures is offered, never taken: it decides what the test is."""
        project = self.session.project
        if project is None or self.session.runs:
            return
        for path in (project.root / "split.csv", project.root.parent / "split.csv"):
            if path not in self._offered and run_files.is_split_table(path):
                self._offered.add(path)
                self.offer.show_message(
                    "info",
                    self.tr("A split file lies beside these pictures."),
                    self.tr("“{path}” says which pictures are learnt from and which are kept for the test.").format(
                        path=wording.short_path(path)
                    ),
                    actions=((self.tr("Use it"), partial(self._use_split, path)),),
                )
                return

    def _use_split(self, path: Path) -> None:
        self.form.set_split(path)
        self.form.advanced_fold.set_open(True)
        self.offer.clear()

    # ---- the run that is shown

    def _refresh(self) -> None:
        self._refresh_form()
        self._show_runs()
        self._look_for_changes()
        if self.state is not None:
            self._show_progress()
        elif self._shown is not None:
            self._show_run(self._shown)
        else:
            self._show_nothing()

    def _show_nothing(self) -> None:
        if self._blocker():
            self.empty.set_text(
                self.tr("Training needs two classes"),
                self.tr(
                    "Put pictures into the folders of at least two classes: then there is something to tell apart."
                ),
            )
        else:
            self.empty.set_text(
                self.tr("Nothing has been trained yet"),
                self.tr(
                    "Choose a recipe and press Train. Your pictures stay where they are, and you can go on working "
                    "meanwhile."
                ),
            )
        self.images_button.setVisible(bool(self._blocker()))
        self.stack.setCurrentWidget(self.empty)
        self.head.hide()
        self.result_button.hide()
        self.device.hide()

    def _show_progress(self) -> None:
        """The training that runs, or has just ended."""
        state = self.state
        if state is None:  # another run was chosen meanwhile
            return
        working = self._working()
        self.stack.setCurrentWidget(self.curves)
        self.curves.show_curves(state.curves, running=working, broken=self._failed)
        self._show_head()
        self._show_device(state.run.device if state.run else "", over=not working)
        self.steps.show_steps(self.tr("What is happening") if working else self.tr("What was done"), state.steps)
        if working:
            name = self.tr("Stopping") if self.session.stopping else self.tr("Training")
            self.main_button.set_progress(state.fraction, name if self._training() else self.tr("Measuring"))
            self.stop_button.setEnabled(not self.session.stopping)
        self._show_runs()
        self._show_notes()

    def _show_notes(self) -> None:
        """What the training had to tell; a note that was closed stays closed until there is another one."""
        if self.state is None:
            self.notes.clear()
            return
        what, why = training_words.notes(self.state)
        if what and (what, why) != self._noted:
            self._noted = (what, why)
            warning = self.state.skipped or any(notice.severity == "warning" for notice in self.state.notices)
            self.notes.show_message("warn" if warning else "info", what, why)

    def _show_head(self) -> None:
        state = self.state
        if state is None:
            return
        self.head.show()
        if self._working():
            title = self.tr("Stopping; the best is kept") if self.session.stopping else training_words.headline(state)
            self.head.show_words(
                title,
                training_words.best_so_far(state),
                seconds_left=None if self.session.stopping else state.seconds_left,
                since=training_words.so_far(self._started, state.seconds),
            )
            self.result_button.hide()
        elif self._shown is not None and state.run and self._shown.id == state.run.run:
            self._show_summary(self._shown)
        else:
            title = self.tr("Training stopped") if self._failed else self.tr("Training ended")
            self.head.show_words(title, training_words.best_so_far(state))
            self.result_button.hide()

    def _show_run(self, run: Run) -> None:
        """A run that is over."""
        curves = run_files.curves_of(run)
        self.stack.setCurrentWidget(self.curves)
        self.curves.set_reference("", None)
        self.curves.show_curves(curves, broken=run.resumable)
        device = run.document.get("device")
        self._show_device(device if isinstance(device, str) else "", over=True)
        self._show_summary(run)
        if run.status in ("interrupted", "failed") and self.message.isHidden():
            self._show_interruption(run, curves)

    def _show_summary(self, run: Run) -> None:
        fresh = self.state is not None and self.state.evaluated is not None
        self.result_button.setVisible(run.usable)
        self.result_button.set_kind("primary" if fresh else "outlined")
        self.head.show()
        self.head.show_words(*training_words.summary(run))

    def _show_interruption(self, run: Run, curves: Curves) -> None:
        """A run that did not end: what is left of it."""
        rows = curves.rows()
        where = (
            self.tr("Training was interrupted at epoch {epoch}.").format(epoch=rows[-1].epoch)
            if rows
            else self.tr("Training was interrupted.")
        )
        self.message.show_message("error", where, self.tr("Nothing is lost: Resume goes on from the last checkpoint."))

    def _show_device(self, device: str, *, over: bool = False) -> None:
        self.device.setVisible(bool(device))
        usable = "" if over else self.tr("the program stays usable while training")
        self.device.setText(wording.DOT.join(part for part in (device, usable) if part))

    def _interrupted(self) -> Run | None:
        """The newest run, if it was cut off and can go on."""
        newest = self.session.runs[0] if self.session.runs else None
        if newest is None or self._training() or not newest.resumable:
            return None
        return newest if self._shown is None or self._shown.id == newest.id else None

    def _compare_with_last(self) -> None:
        """Draw the newest finished run behind the one that starts."""
        last = next((run for run in self.session.runs if run.usable), None)
        if last is None:
            self.curves.set_reference("", None)
            return
        name = self.tr("run {number}, {recipe}").format(
            number=last.number, recipe=wording.recipe(run_files.recipe_name(last))
        )
        self.curves.set_reference(name, run_files.curves_of(last))

    # ---- the right column

    def _show_runs(self) -> None:
        rows = [run_row(run) for run in self.session.runs]
        state = self.state
        if state is not None and state.run is not None and self._working():
            right, n = state.best_right() or (0, 0)
            number = int(state.run.run.rpartition("-")[2])
            live = RunRow(
                state.run.run,
                wording.run_number(number),
                wording.recipe(state.run.recipe),
                self.tr("training now") if self._training() else self.tr("measuring"),
                right,
                n,
            )
            rows = [live, *(row for row in rows if row.id != live.id)]
        self.runs.show_runs(rows)
        chosen = state.run.run if state is not None and state.run else self._shown.id if self._shown else ""
        self.runs.list.choose(chosen)

    def _look_for_changes(self) -> None:
        """Say how many pictures changed since the run that is shown began."""
        run, catalog, project = self._shown, self.session.catalog, self.session.project
        if self._working() and self.state and self.state.run:
            run = next((run for run in self.session.runs if run.id == self.state.run.run), None)
        if run is None or catalog is None or project is None or not run.snapshot_csv.is_file():
            self.changed.clear()
            return

        def count() -> int:
            from desktop_app.project.catalog import Snapshot

            return project.changes_since(Snapshot.read_csv(run.snapshot_csv), catalog).total

        def show(changed: int) -> None:
            if self.session.catalog is catalog and self._shown is not None and self._shown.id == run.id:
                self._show_changed(changed, run)

        def ignore(_error: DiscernError) -> None:
            self.changed.clear()  # the list is damaged; training and evaluation say so where it matters

        self.session.read(count, show, ignore)

    def _show_changed(self, changed: int, run: Run) -> None:
        if not changed:
            self.changed.clear()
            return
        what = (
            self.tr("1 picture changed since {run}.")
            if changed == 1
            else self.tr("%Ln pictures changed since {run}.", "", changed)
        ).format(run=wording.run_number(run.number))
        why = (
            self.tr("This run uses the old classes.") if self._working() else self.tr("Train again to learn from that.")
        )
        self.changed.show_message("info", what, why)


def _time_of(run: Run, recipe: str, backbone: str) -> str:
    """How long a complete run of the same kind took: "about 25 s"; empty if it was none."""
    seconds = run_files.seconds(run)
    same = run_files.recipe_name(run) == recipe and run.document["backbone"] == backbone
    return wording.about(seconds) if seconds and same and run.status == "done" else ""
