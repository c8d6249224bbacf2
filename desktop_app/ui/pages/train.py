"""The Train page: choose a recipe, press one button, watch the curves; and what was trained before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app import settings
from desktop_app.engine.jobs import TrainJob
from desktop_app.ui import interruption_words, training_words, wording
from desktop_app.ui.models import run_files
from desktop_app.ui.models.interruption import interruption_of
from desktop_app.ui.models.runs import RunRow, live_row, run_rows
from desktop_app.ui.models.training import TrainingState, kind_of
from desktop_app.ui.pages.advice import AdviceFolds
from desktop_app.ui.pages.changes_since import ChangesSince
from desktop_app.ui.pages.page import Page
from desktop_app.ui.pages.previewing import Previewing
from desktop_app.ui.pages.run_comparing import RunComparing
from desktop_app.ui.pages.run_keeping import RunKeeping
from desktop_app.ui.pages.split_files import SplitFiles
from desktop_app.ui.pages.training import Training
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.curves import CurvesView
from desktop_app.ui.widgets.segments import Segments
from desktop_app.ui.widgets.surfaces import Card
from desktop_app.ui.widgets.train_form import TrainForm
from desktop_app.ui.widgets.train_side import TrainSide
from desktop_app.ui.widgets.train_view import TrainView

if TYPE_CHECKING:
    from desktop_app.errors import DiscernError
    from desktop_app.events import Computing
    from desktop_app.project.runs import Run
    from desktop_app.ui.models.run_comparison import RunsCompared

FORM = (344, 296)  # widths of the left column, normal and compact
TICK_MS = 1000


class TrainPage(Page):
    """Shows one run at a time: the one that is training, or else the one chosen in the list.

    Its columns are `left`, `view` and `side`; `training` knows what is going on.
    """

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(session, theme, parent)
        self._noted = ("", "")
        self._rows: list[RunRow] | None = None  # of the runs, which are looked at on the disk for it
        self.training = Training(session, self)
        self.left = TrainForm(theme)
        self.view = TrainView(theme, CurvesView(theme, Card))
        self.side = TrainSide(theme)
        self.advice = AdviceFolds(session, theme, self.left.form.recipe)
        self.view.details.addWidget(self.advice)
        self.changes = ChangesSince(session, self.training, self.side.changed)
        self.comparing = RunComparing(session, self.side.runs, self.view.compared)
        self.keeping = RunKeeping(session, theme, self.side.runs)
        self.previewing = Previewing(session, self.left.form.preview)
        self.splits = SplitFiles(session, self.left.form, self.view.offer)
        self._lay_out()
        self._clock = QTimer(self, interval=TICK_MS)
        self._clock.timeout.connect(self._show_head)
        self._connect()
        self._open_project()

    def _lay_out(self) -> None:
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
        views.addWidget(self.view, 1)
        views.addWidget(self.side)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self._tab_row)
        right.addLayout(views, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.left)
        row.addLayout(right, 1)
        self._arrange()

    def _connect(self) -> None:
        self.left.form.changed.connect(self._refresh_form)
        self.left.form.network.more_requested.connect(lambda: self.page_requested.emit("networks"))
        self.left.form.changed.connect(lambda: self.advice.show_recipe(self.left.form.recipe()))
        self.advice.network_chosen.connect(self._choose_network)
        self.left.pressed.connect(self._train)
        self.left.paused.connect(self.training.pause_or_go_on)
        self.left.stopped.connect(self.training.stop)
        self.view.result_button.clicked.connect(lambda: self.page_requested.emit("evaluate"))
        self.view.stopped.resumed.connect(self._resume)
        self.view.stopped.kept.connect(self._keep_best)
        self.view.networks_button.clicked.connect(lambda: self.page_requested.emit("networks"))
        self.view.images_button.clicked.connect(lambda: self.page_requested.emit("images"))
        self.side.runs.list.chosen.connect(self._choose_run)
        self.tabs.chosen.connect(lambda _tab: self._arrange())
        self.session.project_changed.connect(self._open_project)
        self.training.began.connect(self._begin)
        self.training.changed.connect(self._refresh)
        self.session.releases.changed.connect(self._show_runs_anew)
        self.training.counted.connect(self._refresh_form)
        self.training.advanced.connect(self._show_progress)
        self.training.failed.connect(self._show_problem)
        self.training.ended.connect(self._end)
        self.comparing.changed.connect(self._refresh)
        self.comparing.failed.connect(self.view.message.show_error)

    def set_compact(self, compact: bool) -> None:
        super().set_compact(compact)
        self._arrange()

    def _arrange(self) -> None:
        """The side column stands beside the curves or, in a small window, behind a tab."""
        self.left.setFixedWidth(FORM[self.compact])
        self._tab_row.setVisible(self.compact)
        show_side = not self.compact or self.tabs.current() == "runs"
        self.side.setVisible(show_side)
        self.side.set_compact(self.compact)
        self.view.setVisible(not self.compact or not show_side)

    # ---- what happens

    def _open_project(self, _initiator: object = None) -> None:
        self.training.open_project()
        for bar in (self.view.message, self.view.notes):
            bar.clear()
        self.splits.open_project()
        self.previewing.open_project()
        self.changes.look()
        self._refresh()

    def _begin(self) -> None:
        self._noted = ("", "")
        for bar in (self.view.message, self.view.offer, self.view.notes):
            bar.clear()
        self._compare_with_last()
        self._clock.start()

    def _show_problem(self, error: DiscernError) -> None:
        """At the top, unless that tells already that the run was cut off."""
        bar = self.view.message if self.view.stopped.isHidden() else self.view.notes
        bar.show_error(error)

    def _end(self, well: bool) -> None:
        self._clock.stop()
        if well:
            self.left.form.split.set_path(None)  # imported: the project remembers it
        self.splits.read()

    # ---- what the person does

    def _resume(self) -> None:
        if run := self.training.run_to_resume():
            self.training.resume(run)

    def _keep_best(self) -> None:
        if run := self.training.run_to_resume():
            self.view.message.clear()
            self.training.keep_best(run)

    def _train(self) -> None:
        self.training.start(self.left.form.recipe(), self.left.form.split_csv)

    def _choose_network(self, name: str) -> None:
        if self.session.busy:
            return  # the choices are locked
        form = self.left.form
        form.set_recipe(replace(form.recipe(), backbone=name))

    def _choose_run(self, run_id: str) -> None:
        if not self.training.works:
            self.view.message.clear()
            self.view.notes.clear()
            self.comparing.end()
        self.training.choose(run_id)

    # ---- the left column

    def _refresh_form(self) -> None:
        if self.view.stack.currentWidget() is self.view.empty:
            self._show_nothing()
        left, training, busy = self.left, self.training, self.session.busy
        works, interrupted = training.works, training.run_to_resume() is not None
        problem = training_words.blocker(self.session.catalog) or training_words.missing_network(left.form.recipe())
        left.set_locked(busy, training=training.runs_now)
        left.show_counts(problem or self._learns_from(), problem=bool(problem))
        self._show_times()
        can_start = not problem and not busy
        session = self.session
        left.show_job(
            runs=training.runs_now, stopping=session.stopping, pausing=training.pausing, paused=session.paused
        )
        if works:
            return
        # There is one primary button on the page: Resume, where a run was cut off.
        primary = not training.measured and not interrupted
        left.show_rest(self._main_text(interrupted), primary=primary, enabled=can_start)
        if training.state is None:
            self.side.steps.show_steps(
                self.tr("What will happen"), TrainingState(kind_of(left.form.recipe().to_dict())).steps
            )

    def _main_text(self, interrupted: bool) -> str:
        if interrupted:
            return self.tr("Train anew")
        return self.tr("Train again") if self.training.shown is not None else self.tr("Train")

    def _learns_from(self) -> str:
        catalog, project, state = self.session.catalog, self.session.project, self.training.state
        assert catalog is not None and project is not None
        if state is not None and state.run and self.training.works:
            named = [state.run.counts.get(name, 0) for name in ("train", "validation", "test", "unlabelled")]
            return training_words.counts(*named)
        fractions, health = project.config.fractions, self.session.health
        excluded = health.excluded(catalog) if health else 0
        table = self.left.form.split_csv
        return training_words.learns_from(catalog, self.session.runs, fractions, table, excluded=excluded)

    def _show_times(self) -> None:
        """How long each recipe will take, by how long it took here last time; without one nobody can know."""
        catalog = self.session.catalog
        labelled = len(catalog.files) - catalog.unlabelled if catalog else 0
        for key, card in self.left.form.cards.items():
            backbone = self.left.form.recipe_of(key).backbone
            card.set_time(*training_words.times(self.session.runs, key, backbone, labelled))

    # ---- the run that is shown

    def _refresh(self) -> None:
        self._rows = None
        if not self.view.stopped.isHidden():  # said again below, if it is still so
            self.view.stopped.hide()
            self.view.message.clear()
        self._refresh_form()
        self._show_runs()
        if self.training.state is not None:
            self._show_progress()
        elif self.comparing.compared is not None:
            self._show_comparison(self.comparing.compared)
        elif self.training.shown is not None:
            self._show_run(self.training.shown)
        else:
            self._show_nothing()

    def _show_nothing(self) -> None:
        if training_words.blocker(self.session.catalog):
            self.view.show_empty(
                self.tr("Training needs two classes"),
                self.tr(
                    "Put pictures into the folders of at least two classes: then there is something to tell apart."
                ),
                images=True,
            )
        elif training_words.missing_network(self.left.form.recipe()):
            self.view.show_empty(
                self.tr("Training needs a pretrained network"),
                self.tr(
                    "The one that is chosen is not on this computer. Choose another one under “Network”, or get it: "
                    "from a file, or over the internet if you like."
                ),
                networks=True,
            )
        else:
            self.view.show_empty(
                self.tr("Nothing has been trained yet"),
                self.tr(
                    "Choose a recipe and press Train. Your pictures stay where they are, and you can go on working "
                    "meanwhile."
                ),
            )

    def _show_progress(self) -> None:
        """The training that runs, or has just ended."""
        state, works = self.training.state, self.training.works
        if state is None:  # another run was chosen meanwhile
            return
        if self.comparing.compared is not None:
            self._show_comparison(self.comparing.compared)
        else:
            self.view.stack.setCurrentWidget(self.view.curves)
            self.view.curves.show_curves(state.curves, running=works, broken=self.training.broken)
            self._show_head()
            self.view.tried.show_tried(state.tried)
            self._show_interruption()
            self._show_device(state.computing, state.run.device if state.run else "", over=not works)
        self.side.steps.show_steps(self.tr("What is happening") if works else self.tr("What was done"), state.steps)
        if works:
            self.left.main.set_progress(state.fraction, self._activity())
        self._show_runs()
        self._show_notes(state)

    def _activity(self) -> str:
        if not self.training.runs_now:
            return self.tr("Measuring")
        if self.session.stopping:
            return self.tr("Stopping")
        if self.training.pausing:
            return self.tr("Pausing")
        return self.tr("Paused") if self.session.paused else self.tr("Training")

    def _show_notes(self, state: TrainingState) -> None:
        """What the training had to tell; a note that was closed stays closed until there is another one."""
        what, why = training_words.notes(state.skipped, state.notices)
        if what and (what, why) != self._noted:
            self._noted = (what, why)
            warning = state.skipped or any(notice.severity == "warning" for notice in state.notices)
            self.view.notes.show_message("warn" if warning else "info", what, why)

    def _headline(self, state: TrainingState) -> str:
        if self.session.stopping:
            return self.tr("Stopping; the best is kept")
        if self.training.pausing:
            return self.tr("Pausing, as soon as what is under way is done")
        return training_words.headline(state)

    def _show_head(self) -> None:
        state, shown = self.training.state, self.training.shown
        if state is None or self.comparing.compared is not None:
            return
        self.view.head.show()
        if self.training.works:
            halts = self.session.stopping or self.session.paused or self.training.pausing
            self.view.head.show_words(
                self._headline(state),
                training_words.best_so_far(state),
                seconds_left=None if halts else state.time_left,
                since=training_words.so_far(self.training.started, state.seconds),
            )
            self.view.show_result_button(False)
        elif shown is not None and state.run and shown.id == state.run.run:
            self._show_summary(shown)
        else:
            title = self.tr("Training stopped") if self.training.broken else self.tr("Training ended")
            self.view.head.show_words(title, training_words.best_so_far(state))
            self.view.show_result_button(False)

    def _show_run(self, run: Run) -> None:
        """A run that is over."""
        view, curves = self.view, run_files.curves_of(run)
        view.stack.setCurrentWidget(view.curves)
        view.curves.set_reference("", None)
        view.curves.show_curves(curves, broken=run.resumable)
        view.tried.show_tried(run_files.tried(run))
        device = run.document.get("device")
        self._show_device(run_files.computing(run), device if isinstance(device, str) else "", over=True)
        self._show_summary(run)
        self._show_interruption()

    def _show_interruption(self) -> None:
        """Where the run that is shown was cut off, if it was, and the ways on."""
        run = self.training.run_to_resume()
        if run is None or self.training.works:
            return
        found = interruption_of(run, run_files.curves_of(run))
        words = interruption_words
        self.view.message.show_message(words.state(found), words.what(found), words.why(found), closable=False)
        self.view.stopped.show_run(
            words.resume(found),
            words.details(run, found, settings.log_folder()),
            can_keep=found.has_result,
            enabled=not self.session.busy,
        )

    def _show_summary(self, run: Run) -> None:
        self.view.show_result_button(run.usable, primary=self.training.measured)
        self.view.head.show()
        measured = self.session.measured if run.id == self.session.measured_run else None
        self.view.head.show_words(*training_words.summary(run, measured))

    def _show_comparison(self, compared: RunsCompared) -> None:
        self.view.stack.setCurrentWidget(self.view.curves)
        self.view.curves.compare(list(zip(compared.titles, compared.curves, strict=True)))
        self.view.head.show()
        self.view.head.show_words(
            self.tr("Compared: {runs}").format(runs=", ".join(compared.titles)),
            self.tr("The curves are those of the validation pictures; below is what the runs did differently."),
        )
        self.view.show_result_button(False)
        self.view.tried.show_tried(())
        self.view.show_device("")

    def _show_device(self, computing: Computing | None, device: str, *, over: bool = False) -> None:
        usable = "" if over else self.tr("the program stays usable while training")
        parts = (training_words.computing(computing, device), usable)
        self.view.show_device(wording.DOT.join(part for part in parts if part) if device else "")

    def _compare_with_last(self) -> None:
        """Draw the newest other run with a model behind the one that starts."""
        job = self.session.job
        itself = job.resume if isinstance(job, TrainJob) else ""
        last = next((run for run in self.session.runs if run.usable and run.id != itself), None)
        if last is None:
            self.view.curves.set_reference("", None)
            return
        name = self.tr("run {number}, {recipe}").format(
            number=last.number, recipe=wording.recipe(run_files.recipe_name(last))
        )
        self.view.curves.set_reference(name, run_files.curves_of(last))

    # ---- the right column

    def _show_runs_anew(self) -> None:
        """Another release is in use."""
        self._rows = None
        self._show_runs()

    def _show_runs(self) -> None:
        if self._rows is None:
            release = self.session.releases.in_use
            self._rows = run_rows(self.session.runs, release.run if release else "")
        rows = self._rows
        state, shown = self.training.state, self.training.shown
        if state is not None and state.run is not None and self.training.works:
            live = live_row(state.run, state.best_right(), measuring=not self.training.runs_now)
            rows = [live, *(row for row in rows if row.id != live.id)]
        self.side.runs.show_runs(rows)
        self.side.runs.list.choose(state.run.run if state and state.run else shown.id if shown else "")
