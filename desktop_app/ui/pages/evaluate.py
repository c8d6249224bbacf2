"""The Evaluate page: how good a run is, what it confuses, and the pictures behind each mistake."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop_app.errors import DiscernError
from desktop_app.events import Split
from desktop_app.project.health import Finding
from desktop_app.ui.models.result import Result, load_result
from desktop_app.ui.pages.behind_view import BehindView
from desktop_app.ui.pages.comparing import Comparing
from desktop_app.ui.pages.explaining import Explaining
from desktop_app.ui.pages.measuring import Measuring
from desktop_app.ui.pages.page import Page
from desktop_app.ui.pages.promising import Promising
from desktop_app.ui.pages.releasing import Releasing
from desktop_app.ui.pages.repeating import Repeating
from desktop_app.ui.pages.reporting import Reporting
from desktop_app.ui.pages.reviewing import Reviewing
from desktop_app.ui.pages.since_measured import SinceMeasured
from desktop_app.ui.pages.stepping import Stepping
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.evaluate_head import EvaluateHead
from desktop_app.ui.widgets.labels_card import LabelsCard
from desktop_app.ui.widgets.message_bar import MessageBar, MessageStack
from desktop_app.ui.widgets.result_view import ResultView
from desktop_app.ui.widgets.scroll import ScrollColumn

if TYPE_CHECKING:
    from desktop_app.project.runs import Run


class EvaluatePage(Page):
    """Shows one split of one run.

    It only assembles: each capability has a controller of its own, which is told what is shown.
    """

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(session, theme, parent)
        self._result: Result | None = None
        # What is being read: a late answer to another question is dropped.
        self._wanted: tuple[str, Split] | None = None
        self.message = MessageBar(theme)
        self.comparing = Comparing(session, theme, self.message.show_error, self)
        self.reporting = Reporting(session, theme, self.message, self)
        self.promising = Promising(session, theme, self.message, self)
        self.measuring = Measuring(session, theme, self.message, self._chosen, self)
        self.explaining = Explaining(session, theme, self.message, self)
        self.repeating = Repeating(session, theme, self.message, self)
        self.releasing = Releasing(session, theme, self.message, self)
        self.labels = LabelsCard(theme)
        self.reviewing = Reviewing(session, theme, self.message, self)
        self.since = SinceMeasured(session, theme, self)
        self.stepping = Stepping(session, theme, self.message, self)
        self.head = EvaluateHead(theme, (self.comparing.button, self.reporting.button, self.releasing.button))
        self.view = ResultView(
            session.thumbnails,
            theme,
            below_headline=(self.comparing.card,),
            beside=(self.promising.card, self.labels),
            below_table=(self.explaining.card,),
            below=(self.repeating.card,),
        )
        self.behind = BehindView(session, self.view.behind, theme, lambda: self.run, self)
        self.full_view = self.behind.full
        self._lay_out()
        self._connect()
        self._open_project()

    def _lay_out(self) -> None:
        self.stack = QStackedWidget()
        self.stack.addWidget(self.measuring.view)
        content = QWidget()
        inside = QVBoxLayout(content)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(SPACE.s)
        inside.addWidget(self.releasing.panel)
        inside.addWidget(self.view, 1)
        self._scroll = ScrollColumn(content, margins=(SPACE.l, SPACE.m, SPACE.l, SPACE.m))
        self.stack.addWidget(self._scroll)
        browser = QWidget()
        column = QVBoxLayout(browser)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(MessageStack((self.message, self.since.bar), side=SPACE.l))
        column.addWidget(self.stack, 1)
        self._views = QStackedWidget()
        self._views.addWidget(browser)
        self._views.addWidget(self.full_view)
        self._views.addWidget(self.reviewing.view)
        self._views.addWidget(self.releasing.missing.view)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self._views)
        outer.addWidget(self.stepping.bar)

    def _connect(self) -> None:
        session = self.session
        self.head.chosen.connect(self._load)
        self.measuring.train_requested.connect(lambda: self.page_requested.emit("train"))
        self.view.behind.open_requested.connect(self._open_picture)
        self.full_view.closed.connect(self._close_picture)
        self.comparing.pictures_requested.connect(self.view.show_rows)
        self.explaining.pictures_requested.connect(self.view.show_rows)
        self.explaining.found.connect(self._load)
        self.repeating.found.connect(self._load)
        self.releasing.compare_requested.connect(self.comparing.compare_with_release)
        self.releasing.opened.connect(lambda: self._scroll.verticalScrollBar().setValue(0))
        self.releasing.missing.started.connect(self._show_misses)
        self.releasing.missing.ended.connect(self._hide_misses)
        self.promising.sides_changed.connect(self._load)
        self.promising.card.measure_requested.connect(self.measuring.calibrate)
        self.labels.check_requested.connect(self.reviewing.start)
        self.reviewing.started.connect(lambda: self._views.setCurrentWidget(self.reviewing.view))
        self.reviewing.ended.connect(lambda: self._views.setCurrentIndex(0))
        self.since.known.connect(self.behind.show_now)
        self.since.train_requested.connect(lambda: self.page_requested.emit("train"))
        session.health_changed.connect(self._show_doubtful)
        session.project_changed.connect(self._open_project)
        session.runs_changed.connect(self._list_runs)

    def set_compact(self, compact: bool) -> None:
        super().set_compact(compact)
        self.view.set_compact(compact)
        self.full_view.set_compact(compact)
        self.reviewing.view.set_compact(compact)
        self.releasing.set_compact(compact)
        self.comparing.set_compact(compact)

    # ---- which run, which split

    @property
    def run(self) -> Run | None:
        """The run that is chosen."""
        return self.head.run

    def _chosen(self) -> tuple[Run, Split] | None:
        return (self.run, self.head.split) if self.run is not None else None

    def _open_project(self, _initiator: object = None) -> None:
        self.message.clear()
        self.head.split_box.choose("test")
        self._list_runs(newest=True)

    def _list_runs(self, _initiator: object = None, *, newest: bool = False) -> None:
        """Offer every run that has a model; a new one is shown at once."""
        self.head.show_runs(self.session.runs, newest=newest)
        self._load()

    def _load(self) -> None:
        """Read what was measured, in the background: a table of a hundred thousand predictions takes seconds."""
        run = self.run
        if run is None:
            self._wanted = None
            self._show_empty()
            self.measuring.show_untrained()
            return
        self.head.name_splits()
        self._wanted = wanted = (run.id, self.head.split)
        assert self.session.project is not None  # whose run it is
        load = partial(load_result, self.session.project, run, self.head.split)
        self.session.read(load, partial(self._take, wanted, run), partial(self._fail, wanted))

    def _take(self, wanted: tuple[str, Split], run: Run, result: Result | None) -> None:
        if wanted != self._wanted:
            return
        if result is None:
            self._show_unmeasured()
        elif self._result is None or result.differs_from(self._result):
            self._show_result(run, result)
        else:
            self._result = result
            self.view.renew(result)
            self.promising.renew(result)
            self.explaining.show_result(run, result)
            self.repeating.show_result(run, result)

    def _fail(self, wanted: tuple[str, Split], error: DiscernError) -> None:
        if wanted == self._wanted:
            self.message.show_error(error)
            self._show_unmeasured()

    # ---- what is shown

    def _show_unmeasured(self) -> None:
        self._show_empty()
        self.measuring.show_unmeasured()

    def _show_empty(self) -> None:
        self._result = None
        self.comparing.show_result(None)
        self.reporting.show_result(None, None)
        self.releasing.show_run(None)
        self.since.show_result(None)
        self.promising.show_nothing()
        self._views.setCurrentIndex(0)
        self.stack.setCurrentIndex(0)

    def _show_result(self, run: Run, result: Result) -> None:
        known = self.session.project.config.classes if self.session.project else ()
        self._result = result
        self.measuring.show_measured()
        self._views.setCurrentIndex(0)
        self.view.show_result(result, known)
        self.comparing.show_result(result)
        self.reporting.show_result(run, result)
        self.releasing.show_run(run)
        self.since.show_result(result)
        self.promising.show_result(run, result)
        self.explaining.show_result(run, result)
        self.repeating.show_result(run, result)
        self._show_doubtful()
        self.stack.setCurrentIndex(1)

    def _show_doubtful(self, _initiator: object = None) -> None:
        health = self.session.health
        self.labels.show_count(health.count(Finding.DOUBTFUL) if health else 0)

    # ---- one picture in full

    def _open_picture(self, row: int) -> None:
        self._views.setCurrentWidget(self.full_view)
        self.behind.open(row)

    def _show_misses(self) -> None:
        """The pictures that a release would newly get wrong, in full."""
        self._views.setCurrentWidget(self.releasing.missing.view)
        self.releasing.missing.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _hide_misses(self) -> None:
        if self._views.currentWidget() is self.releasing.missing.view:
            self._views.setCurrentIndex(0)
            self.releasing.card.gate.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def _close_picture(self, row: int) -> None:
        self._views.setCurrentIndex(0)
        self.view.behind.grid.setCurrentIndex(self.view.behind.model.index(row))
        self.view.behind.grid.setFocus(Qt.FocusReason.OtherFocusReason)
