"""The Evaluate page: how good a run is, what it confuses, and the pictures behind each mistake."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QBoxLayout, QFileDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop_app.engine.jobs import EvaluateJob, Job
from desktop_app.errors import DiscernError
from desktop_app.events import Event, Progress, Split
from desktop_app.project.health import Finding
from desktop_app.project.names import clean_file_name
from desktop_app.ui import wording
from desktop_app.ui.models import run_files
from desktop_app.ui.models.class_marks import ClassMark, class_marks
from desktop_app.ui.models.confusion import Confusion, Shown
from desktop_app.ui.models.preparation import Preparation, preparation_of
from desktop_app.ui.models.result import Result, load_result
from desktop_app.ui.models.runs import run_row
from desktop_app.ui.models.unsure import Doubt, good_classes, load_doubt
from desktop_app.ui.pages.comparing import Comparing
from desktop_app.ui.pages.full_view import FullView
from desktop_app.ui.pages.page import Page
from desktop_app.ui.session import JobEnded, Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.behind_panel import BehindPanel
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.class_table import ClassTable
from desktop_app.ui.widgets.confusion_list import ConfusionList
from desktop_app.ui.widgets.confusion_view import ConfusionView
from desktop_app.ui.widgets.empty_state import EmptyState
from desktop_app.ui.widgets.fields import ComboBox
from desktop_app.ui.widgets.headline import Headline
from desktop_app.ui.widgets.labels import Label
from desktop_app.ui.widgets.labels_card import LabelsCard
from desktop_app.ui.widgets.message_bar import MessageBar, MessageStack
from desktop_app.ui.widgets.scroll import ScrollColumn
from desktop_app.ui.widgets.segments import Segments
from desktop_app.ui.widgets.surfaces import Bar, Card
from desktop_app.ui.widgets.unsure_card import UnsureCard

if TYPE_CHECKING:
    from desktop_app.evaluation.unsure import Rule
    from desktop_app.project.project import Project
    from desktop_app.project.runs import Run

HEAD = 56
COLUMNS = (11, 9)  # how the matrix and its pictures share the width
SPLITS: tuple[Split, ...] = ("test", "validation", "train")


class EvaluatePage(Page):
    """Shows one split of one run."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(session, theme, parent)
        self._result: Result | None = None
        self._marks: list[ClassMark] = []
        self._good: tuple[str, ...] = ()  # the classes that were marked as good when the result was read
        self._wanted: tuple[str, Split] | None = (
            None  # what is being read: a late answer to another question is dropped
        )
        self._build()
        self.run_box.currentIndexChanged.connect(lambda _index: self._load())
        self.split_box.chosen.connect(lambda _key: self._load())
        self.measure_button.clicked.connect(self._measure)
        self.train_button.clicked.connect(lambda: self.page_requested.emit("train"))
        self.matrix.chosen.connect(self._show_cell)
        self.confusions.chosen.connect(self.matrix.choose)
        self.table.chosen.connect(self._choose_class)
        self.behind.open_requested.connect(self._open_picture)
        self.full_view.closed.connect(self._close_picture)
        self.shown_box.chosen.connect(lambda key: self.matrix.matrix.set_shown(Shown(key)))
        self.worst_button.toggled.connect(self.matrix.matrix.sort_worst_first)
        self.report_button.clicked.connect(self._export_report)
        self.comparing.pictures_requested.connect(self._show_rows)
        self.labels.check_requested.connect(lambda: self.findings_requested.emit(int(Finding.DOUBTFUL)))
        session.health_changed.connect(self._show_doubtful)
        self.unsure.changed.connect(self._keep_rule)
        self.unsure.measure_requested.connect(self._calibrate)
        session.project_changed.connect(self._open_project)
        session.runs_changed.connect(self._list_runs)
        self.unsure.sides.marked.connect(self._mark_sides)
        session.catalog_changed.connect(self._look_at_sides)
        session.job_started.connect(self._job_started)
        session.job_event.connect(self._job_event)
        session.job_ended.connect(self._job_ended)
        self._open_project()

    # ---- parts

    def _build(self) -> None:
        self.message = MessageBar(self.theme)
        self.comparing = Comparing(self.session, self.theme, self.message.show_error, self)
        self.stack = QStackedWidget()
        self.stack.addWidget(self._build_empty())
        self.stack.addWidget(self._build_result())
        browser = QWidget()
        column = QVBoxLayout(browser)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._build_head())
        column.addWidget(MessageStack((self.message,), side=SPACE.l))
        column.addWidget(self.stack, 1)
        self.full_view = FullView(
            self.session, self.behind.model, self.theme, preparation=self._preparation, explained=lambda: self.run
        )
        self._views = QStackedWidget()
        self._views.addWidget(browser)
        self._views.addWidget(self.full_view)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._views)

    def _build_head(self) -> QWidget:
        bar = Bar("top", HEAD)
        self.run_box = ComboBox(self.theme, name=self.tr("Run"))
        self.split_box = Segments(
            (
                ("test", wording.split("test"), "lock-simple-fill"),
                ("validation", wording.split("validation"), ""),
                ("train", wording.split("train"), ""),
            ),
            self.theme,
            name=self.tr("Pictures to measure on"),
        )
        row = QHBoxLayout(bar)
        row.setContentsMargins(SPACE.l, 0, SPACE.l, 0)
        row.setSpacing(SPACE.m)
        row.addWidget(Label(self.tr("Evaluate"), "title"))
        row.addWidget(self.run_box)
        row.addWidget(self.split_box)
        row.addStretch()
        row.addWidget(self.comparing.button)
        self.report_button = Button(self.tr("Export report…"), self.theme, icon="file-text")
        row.addWidget(self.report_button)
        return bar

    def _build_empty(self) -> QWidget:
        self.train_button = Button(self.tr("Go to Train"), self.theme, kind="primary", icon="graduation-cap")
        self.measure_button = Button(self.tr("Measure"), self.theme, kind="primary", icon="target")
        self.empty = EmptyState(
            "target", "", "", self.theme, buttons=(self.train_button, self.measure_button), framed=False
        )
        return self.empty

    def _build_result(self) -> QWidget:
        content = QWidget()
        self.headline = Headline(self.theme)
        self.behind = BehindPanel(self.session.thumbnails, self.theme)
        left, right = QVBoxLayout(), QVBoxLayout()
        for side in (left, right):
            side.setSpacing(SPACE.s)
        left.addWidget(self._build_matrix())
        left.addWidget(self._build_table())
        left.addStretch()
        right.addWidget(self.behind, 1)
        self.unsure = UnsureCard(self.theme)
        right.addWidget(self.unsure)
        self.labels = LabelsCard(self.theme)
        right.addWidget(self.labels)
        right.addWidget(self._build_confusions())
        right.addStretch()
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setSpacing(SPACE.s)
        self._columns.addLayout(left, COLUMNS[0])
        self._columns.addLayout(right, COLUMNS[1])
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.s)
        column.addWidget(self.headline)
        column.addWidget(self.comparing.card)
        column.addLayout(self._columns, 1)
        return ScrollColumn(content, margins=(SPACE.l, SPACE.m, SPACE.l, SPACE.m))

    def _build_matrix(self) -> QWidget:
        card = Card()
        self.matrix = ConfusionView(self.theme)
        self.shown_box = Segments(
            ((Shown.COUNTS.value, self.tr("Counts"), ""), (Shown.ROW_SHARES.value, self.tr("Row %"), "")),
            self.theme,
            name=self.tr("Numbers in the matrix"),
        )
        self.worst_button = Button(self.tr("Worst first"), self.theme, kind="ghost", icon="sort-ascending")
        self.worst_button.setCheckable(True)
        self._legend = Label("", "caption", "text_2", wrap=True)
        self.theme.changed.connect(self._show_legend)
        self._show_legend()
        head = QHBoxLayout()
        head.setSpacing(SPACE.s)
        head.addWidget(Label(self.tr("Confusion matrix: what was called what"), "section", wrap=True), 1)
        head.addWidget(self.shown_box)
        head.addWidget(self.worst_button)
        column = card.column()
        column.addLayout(head)
        column.addWidget(self.matrix)
        column.addWidget(self._legend)
        return card

    def _build_table(self) -> QWidget:
        card = Card()
        self.table = ClassTable(self.theme)
        column = QVBoxLayout(card)
        column.setContentsMargins(SPACE.s, SPACE.xs, SPACE.s, 12)
        column.addWidget(self.table)
        return card

    def _build_confusions(self) -> QWidget:
        self._confusions_card = Card()
        self.confusions = ConfusionList(self.theme)
        column = self._confusions_card.column(SPACE.xs)
        column.addWidget(Label(self.tr("Most frequent mistakes"), "section"))
        column.addWidget(self.confusions)
        return self._confusions_card

    def _show_legend(self) -> None:
        self._legend.setText(
            self.tr("Grey: right. Coloured: mistakes, brighter means more. Click a cell to see its pictures.")
            if self.theme.dark
            else self.tr("Grey: right. Coloured: mistakes, darker means more. Click a cell to see its pictures.")
        )

    def set_compact(self, compact: bool) -> None:
        super().set_compact(compact)
        down = QBoxLayout.Direction.TopToBottom
        self._columns.setDirection(down if compact else QBoxLayout.Direction.LeftToRight)
        for place, share in enumerate((0, 0) if compact else COLUMNS):
            self._columns.setStretch(place, share)
        self.headline.set_compact(compact)
        self.full_view.set_compact(compact)

    # ---- which run, which split

    @property
    def run(self) -> Run | None:
        """The run that is chosen."""
        run_id = self.run_box.currentData()
        return next((run for run in self.session.runs if run.id == run_id), None)

    @property
    def split(self) -> Split:
        return cast(Split, self.split_box.current())

    def _open_project(self, _initiator: object = None) -> None:
        self.message.clear()
        self.split_box.choose("test")
        self._list_runs(newest=True)

    def _list_runs(self, _initiator: object = None, *, newest: bool = False) -> None:
        """Offer every run that has a model; a new one is shown at once."""
        usable = [run for run in self.session.runs if run.usable]
        known = {self.run_box.itemData(row) for row in range(self.run_box.count())}
        chosen = self.run_box.currentData()
        if usable and (newest or usable[0].id not in known or chosen is None):
            chosen = usable[0].id
        self.run_box.blockSignals(True)
        self.run_box.clear()
        for run in usable:
            row = run_row(run)
            self.run_box.addItem(
                wording.DOT.join((row.title, row.recipe, wording.moment(run.document["created"]))), run.id
            )
        self.run_box.setCurrentIndex(max(0, self.run_box.findData(chosen)) if usable else -1)
        self.run_box.blockSignals(False)
        self.run_box.updateGeometry()
        self._load()

    def _load(self) -> None:
        """Read what was measured, in the background: a table of a hundred thousand predictions takes seconds."""
        run = self.run
        self.run_box.setVisible(run is not None)
        self.split_box.setVisible(run is not None)
        if run is None:
            self._wanted = None
            self._show_untrained()
            return
        self._name_splits(run)
        self._wanted = wanted = (run.id, self.split)
        assert self.session.project is not None  # whose run it is
        load = partial(load_result, self.session.project, run, self.split)
        self.session.read(load, partial(self._take, wanted), partial(self._fail, wanted))

    def _name_splits(self, run: Run) -> None:
        counts = run_files.split_counts(run)
        for split, count in zip(("train", "validation", "test"), counts or (None, None, None), strict=True):
            name = wording.split(cast(Split, split))
            self.split_box.set_text(split, name if count is None else f"{name} {wording.number(count)}")

    def _take(self, wanted: tuple[str, Split], result: Result | None) -> None:
        if wanted != self._wanted:
            return
        if result is None:
            self._show_unmeasured()
        elif self._result is None or result.differs_from(self._result):
            self._show_result(result)
        else:
            self._result = result  # other classes are good, or there are more runs
            self.headline.show_result(result)
            self._read_doubt()

    def _fail(self, wanted: tuple[str, Split], error: DiscernError) -> None:
        if wanted == self._wanted:
            self.message.show_error(error)
            self._show_unmeasured()

    # ---- nothing to show

    def _show_untrained(self) -> None:
        self.empty.set_text(
            self.tr("Nothing to evaluate yet"),
            self.tr("Train first. The model is then measured on pictures that it has never seen."),
        )
        self._show_empty(train=True)

    def _show_unmeasured(self) -> None:
        run = self.run
        counts = run_files.split_counts(run) if run else None
        if run and counts and not dict(zip(("train", "validation", "test"), counts, strict=True))[self.split]:
            self.empty.set_text(
                self._no_pictures(), self.tr("Add pictures until each class has about 20, then train again.")
            )
            self._show_empty(train=True)
            return
        self.empty.set_text(
            self.tr("Not measured yet"),
            {
                "test": self.tr("Measuring predicts each locked test picture once and compares it with its class."),
                "validation": self.tr(
                    "Measuring predicts each validation picture once and compares it with its class."
                ),
                "train": self.tr(
                    "Measuring predicts each picture that was learnt from, and compares it with its class."
                ),
            }[self.split],
        )
        self._show_empty(measure=True)

    def _no_pictures(self) -> str:
        return {
            "test": self.tr("There are no test pictures"),
            "validation": self.tr("There are no validation pictures"),
            "train": self.tr("There are no training pictures"),
        }[self.split]

    def _show_empty(self, *, train: bool = False, measure: bool = False) -> None:
        self._result = None
        self.comparing.show_result(None)
        self.report_button.hide()
        self._views.setCurrentIndex(0)
        self.train_button.setVisible(train)
        self.measure_button.setVisible(measure)
        self.measure_button.setEnabled(not self.session.busy)
        self.stack.setCurrentIndex(0)

    # ---- measuring

    def _measure(self) -> None:
        if self.run is not None and self.session.project is not None and not self.session.busy:
            self.message.clear()
            calibrate = self.split == "test"
            self.session.start_job(
                EvaluateJob(str(self.session.project.root), self.run.id, self.split, calibrate=calibrate)
            )

    def _calibrate(self) -> None:
        """Measure the validation pictures, which thresholds are found on."""
        if self.run is not None and self.session.project is not None and not self.session.busy:
            self.message.clear()
            self.session.start_job(EvaluateJob(str(self.session.project.root), self.run.id, calibrate=True))

    def _mine(self, job: Job) -> bool:
        """Whether a job measures what is shown."""
        return isinstance(job, EvaluateJob) and (job.run, job.split) == self._wanted and self._result is None

    def _job_started(self, job: Job, _worker: object) -> None:
        self.measure_button.setEnabled(False)
        if self._mine(job):
            self.empty.set_text(self.tr("Measuring"), self.tr("Each picture is predicted once."))
            self._show_empty()

    def _job_event(self, job: Job, event: Event) -> None:
        if isinstance(event, Progress) and self._mine(job):
            done = self.tr("{part} pictures").format(part=wording.part_of(event.done, event.total))
            self.empty.set_text(self.tr("Measuring"), done)

    def _job_ended(self, ending: JobEnded) -> None:
        self.measure_button.setEnabled(True)
        if not isinstance(ending.job, EvaluateJob) or ending.job.run != (self.run and self.run.id):
            return
        if ending.error:
            self.message.show_error(ending.error)
        if self._mine(ending.job) and not ending.succeeded:
            self._show_unmeasured()

    # ---- the result

    def _show_result(self, result: Result) -> None:
        known = self.session.project.config.classes if self.session.project else ()
        measured = result.evaluated
        self._result = result
        self._views.setCurrentIndex(0)
        self._marks = class_marks(measured.classes, known)
        self.headline.show_result(result)
        self.comparing.show_result(result)
        self.report_button.show()
        self.worst_button.setChecked(False)
        self.matrix.show_counts(self._marks, measured.confusion)
        self.table.show_results(self._marks, measured.per_class)
        confusions = self.matrix.matrix.confusions()
        self.confusions.show_confusions(confusions, self._marks)
        self._confusions_card.setVisible(len(confusions) > 1)
        self.unsure.hide()
        self._good = self._good_classes()
        self.unsure.sides.show_classes(measured.classes, self.session.classes)
        self._read_doubt()
        self._show_doubtful()
        self.stack.setCurrentIndex(1)
        if confusions:
            self.matrix.choose(confusions[0])
        else:
            self.behind.show_flawless()

    def _good_classes(self) -> tuple[str, ...]:
        return good_classes(self.run.classes, self.session.classes) if self.run is not None else ()

    def _look_at_sides(self, _initiator: object = None) -> None:
        """Classes may have been marked as good or defect."""
        if self._result is None:
            return
        self.unsure.sides.show_classes(self._result.evaluated.classes, self.session.classes)
        if self._good_classes() != self._good:
            self._good = self._good_classes()
            self._load()

    def _mark_sides(self, good: list[str], defects: list[str]) -> None:
        from desktop_app.project import class_edits

        self.session.organiser.change_classes(class_edits.mark_sides(good, defects))

    def _show_doubtful(self, _initiator: object = None) -> None:
        health = self.session.health
        self.labels.show_count(health.count(Finding.DOUBTFUL) if health else 0)

    def _read_doubt(self, _initiator: object = None) -> None:
        """Read when the shown run says "unsure", in the background."""
        run, wanted = self.run, self._wanted
        if run is None or self._result is None or self._result.split != "test":
            return

        def show(doubt: Doubt | None) -> None:
            counts = run_files.split_counts(run)
            can_be_found = counts is None or counts[1] > 0
            if wanted == self._wanted:
                self.unsure.setVisible(doubt is not None or can_be_found)
                self.unsure.show_doubt(doubt)

        self.session.read(partial(load_doubt, run, self.session.classes), show, self.message.show_error, owner=self)

    def _keep_rule(self, rule: Rule | None) -> None:
        """Write the promise down with its run, in the background."""
        if (run := self.run) is not None:
            self.session.read(partial(_save_rule, run, rule), lambda _done: None, self.message.show_error, owner=self)

    def _show_cell(self, cell: Confusion) -> None:
        assert self._result is not None
        self.table.choose(self._marks[cell.actual].name)
        back = self._result.evaluated.confusion[cell.called][cell.actual]
        self.behind.show_cell(self._result, self._marks, cell, back)

    def _export_report(self) -> None:
        """Write the result in the background: a page or PDF holds pictures of the mistakes."""
        project, run, result = self.session.project, self.run, self._result
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
        chosen, kind = QFileDialog.getSaveFileName(self, self.tr("Export the report"), str(start), ";;".join(kinds))
        if not chosen:
            return
        path = Path(chosen)
        if path.suffix.lower() not in (".htm", *kinds.values()):
            path = path.with_name(path.name + kinds.get(kind, ".html"))
        self.message.clear()
        write = partial(_write_report, project, run, result, path)
        self.session.read(write, self._say_written, self.message.show_error, owner=self)

    def _say_written(self, path: Path) -> None:
        def show() -> None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

        what = self.tr("Report saved as “{name}”.").format(name=path.name)
        self.message.show_message("ok", what, actions=[(self.tr("Open it"), show)])

    def _show_rows(self, rows: list[int], title: str) -> None:
        assert self._result is not None
        self.behind.show_rows(self._result, self._marks, rows, title)

    def _preparation(self) -> Preparation | None:
        return preparation_of(self.run) if self.run is not None else None

    def _open_picture(self, row: int) -> None:
        self.full_view.show_row(row)
        self._views.setCurrentWidget(self.full_view)
        self.full_view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _close_picture(self, row: int) -> None:
        self._views.setCurrentIndex(0)
        self.behind.grid.setCurrentIndex(self.behind.model.index(row))
        self.behind.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def _choose_class(self, name: str) -> None:
        """Go to the class's most frequent mistake and show all its mistakes; or to its right ones."""
        number = next(number for number, mark in enumerate(self._marks) if mark.name == name)
        mistakes = [confusion for confusion in self.matrix.matrix.confusions() if confusion.actual == number]
        assert self._result is not None
        right = self._result.evaluated.confusion[number][number]
        self.matrix.choose(mistakes[0] if mistakes else Confusion(number, number, right))
        if worst := self._result.worst(number):
            title = self.tr("Mistakes with “{class_name}”").format(class_name=name)
            self.behind.show_rows(self._result, self._marks, worst, title)


def _save_rule(run: Run, rule: Rule | None) -> None:
    from desktop_app.evaluation.unsure import Rule

    if rule is None:
        Rule.forget(run)
    else:
        rule.save(run)


def _write_report(project: Project, run: Run, result: Result, path: Path) -> Path:
    from desktop_app.ui import report

    writers = {".pdf": report.write_pdf, ".csv": report.write_csv, ".json": report.write_json}
    write = writers.get(path.suffix.lower(), report.write_html)
    write(report.gather(project, run, result), path)
    return path
