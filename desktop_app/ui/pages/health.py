"""Data health on the Images page: findings as filters, the message about leaks, near-duplicates told apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop_app.engine.jobs import SplitJob
from desktop_app.errors import DiscernError
from desktop_app.events import SplitsDealt
from desktop_app.project.health import Finding
from desktop_app.ui import wording
from desktop_app.ui.background import JobEnded
from desktop_app.ui.dialogs.groups import GroupsDialog
from desktop_app.ui.models.image_list import ImageListModel
from desktop_app.ui.models.picture_filter import Filter, Kind, Sort, SortBy
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.health_panel import HealthPanel
from desktop_app.ui.widgets.image_grid import ImageGrid
from desktop_app.ui.widgets.message_bar import MessageBar

if TYPE_CHECKING:
    from desktop_app.project.groups import Grouping

_COPIES = Finding.DUPLICATE | Finding.NEAR_DUPLICATE | Finding.TWO_CLASSES | Finding.LEAK


class HealthView(QObject):
    """Keeps panel, bars and list in step with what the check found; `set_filter` shows pictures in the page."""

    def __init__(
        self,
        session: Session,
        theme: Theme,
        images: ImageListModel,
        grid: ImageGrid,
        set_filter: Callable[[Filter], None],
        page: QWidget,
    ) -> None:
        super().__init__(page)
        self._session, self._theme, self._images, self._grid = session, theme, images, grid
        self._set_filter, self._page = set_filter, page
        self._sort_before: Sort | None = None  # while copies stand next to each other
        self._leaks_said = 0  # of which the person closed the message
        self.panel = HealthPanel(theme)
        self.leak_bar = MessageBar(theme)
        self.alike_bar = MessageBar(theme)
        self.dialog: GroupsDialog | None = None
        self.panel.chosen.connect(self.show_findings)
        self.panel.check_requested.connect(session.check_health_now)
        self.panel.groups_requested.connect(self.ask_groups)
        self.leak_bar.closed.connect(self._remember_leaks)
        images.modelReset.connect(self._on_shown)
        session.health_changed.connect(self.refresh)
        session.organiser.step_failed.connect(self.refresh)  # a mark that was foreseen did not come
        session.project_changed.connect(self._on_project)
        session.job_started.connect(self._refresh_buttons)
        session.job_ended.connect(self._on_job_ended)
        self._on_project()

    # ---- what was found

    def refresh(self, _initiator: object = None) -> None:
        health = self._session.health
        self.panel.show_health(health)
        if health is not None:
            self._images.set_findings(health.files, health.findings)
            self._learn_groups()
        self._say_leaks()

    def _learn_groups(self) -> None:
        """Pictures of one group are near to each other in the order by similarity."""
        health, catalog = self._session.health, self._session.catalog
        if self._sort_before is None or health is None or catalog is None or health.files != catalog.files:
            return
        self._images.set_distances(np.where(health.groups >= 0, health.groups, np.nan).astype(np.float32))

    def _on_project(self, _initiator: object = None) -> None:
        self._leaks_said = 0
        self._sort_before = None
        self.leak_bar.clear()
        self.alike_bar.clear()
        self.refresh()
        self._refresh_buttons()

    def _refresh_buttons(self, *_args: object) -> None:
        project = self._session.project
        self.panel.check.setEnabled(project is not None)
        self.panel.groups.setEnabled(project is not None and not self._session.busy)

    # ---- as filters

    def show_findings(self, findings: int) -> None:
        """Show the pictures that have any of these findings; copies next to each other. 0: as before."""
        wanted = self._images.filter.with_(Kind.PROBLEM, Filter(problems=findings))
        together = bool(findings & _COPIES) and not findings & ~_COPIES
        if together and self._sort_before is None:
            self._sort_before = self._images.sorted_by
            self._learn_groups()
            self._images.set_sort(Sort(SortBy.SIMILARITY))
        elif not together:
            self._sort_as_before()
        self._set_filter(wanted)

    def _sort_as_before(self) -> None:
        if self._sort_before is not None:
            before, self._sort_before = self._sort_before, None
            self._images.set_sort(before)

    def _on_shown(self) -> None:
        problems = self._images.filter.problems
        self.panel.show_chosen(problems)
        if problems == Finding.NEAR_DUPLICATE:
            self.alike_bar.show_message(
                "info",
                self.tr("Near-duplicates stand next to each other."),
                self.tr("Select those that are no duplicates; this is remembered."),
                actions=[(self.tr("Not duplicates"), self.tell_apart)],
                closable=False,
                icon="copy",
            )
        elif problems == Finding.DOUBTFUL:
            self.alike_bar.show_message(
                "info",
                self.tr("These look like pictures of another class."),
                self.tr("Put those that are wrong where they belong; say of the others that they are right."),
                actions=[(self.tr("Labels are right"), self.keep_labels)],
                closable=False,
                icon="question",
            )
        else:
            self.alike_bar.clear()

    # ---- told apart

    def tell_apart(self) -> None:
        """Remember that the selected pictures are no duplicates of others."""
        project, health = self._session.project, self._session.health
        rows = [row for part in self._grid.selected_rows() for row in part]
        if project is None or health is None or not rows:
            return
        selected = {self._images.file(row) for row in rows}

        def remember() -> None:
            groups = dict(zip(health.files, health.groups.tolist(), strict=True))
            for group in {groups.get(file, -1) for file in selected} - {-1}:
                members = [file for file, number in groups.items() if number == group]
                contents = dict(project.index.content_hashes(members))
                known = {file: content for file, content in contents.items() if isinstance(content, str)}
                project.different.tell_apart(
                    [known[file] for file in members if file in selected & known.keys()], list(known.values())
                )

        self._session.read(remember, lambda _: self._session.judge_health(), self._show_error, owner=self)

    def keep_labels(self) -> None:
        """Remember that the labels of the selected pictures are right."""
        from desktop_app.project.marks import Mark

        rows = [row for part in self._grid.selected_rows() for row in part]
        self._session.organiser.mark(Mark.LABEL_KEPT, [self._images.file(row) for row in rows], on=True)

    def _show_error(self, error: DiscernError) -> None:
        self.leak_bar.show_error(error)

    # ---- leaks

    def _say_leaks(self) -> None:
        health = self._session.health
        count = health.count(Finding.LEAK) if health else 0
        if not count or count == self._leaks_said:
            self.leak_bar.clear()
            return
        self.leak_bar.show_message(
            "warn",
            self.tr("%Ln pictures belong together, but are in the test split and outside it.", "", count),
            self.tr("A test on what was learnt from looks better than it is."),
            actions=[
                (self.tr("Show them"), lambda: self.show_findings(int(Finding.LEAK))),
                (self.tr("Split anew…"), self.ask_groups),
            ],
            icon="lock-simple-open",
        )

    def _remember_leaks(self) -> None:
        self._leaks_said = self._session.health.count(Finding.LEAK) if self._session.health else 0

    # ---- groups and splits

    def ask_groups(self) -> None:
        project, catalog = self._session.project, self._session.catalog
        if project is None or catalog is None or self._session.busy:
            return
        self.dialog = GroupsDialog(self._session, project, catalog, self._theme, self._page)
        self.dialog.kept.connect(self._keep_groups)
        self.dialog.open()

    def _keep_groups(self, grouping: Grouping, deal_anew: bool) -> None:
        project = self._session.project
        if project is None:
            return

        def keep() -> None:
            project.set_grouping(grouping)

        def then(_: None) -> None:
            if deal_anew and not self._session.busy:
                self._session.start_job(SplitJob(str(project.root)))
            else:
                self._session.judge_health()

        self._session.read(keep, then, self._show_error, owner=self)

    def _on_job_ended(self, ending: JobEnded) -> None:
        self._refresh_buttons()
        if not isinstance(ending.job, SplitJob):
            return
        self._session.judge_health()
        if isinstance(ending.result, SplitsDealt):
            came, went = wording.pictures(ending.result.into_test), wording.pictures(ending.result.out_of_test)
            self.leak_bar.show_message(
                "info",
                self.tr("The splits were dealt out anew."),
                self.tr(
                    "{came} came into the test split, {went} left it. Earlier results were measured on other pictures: "
                    "train and evaluate again before comparing."
                ).format(came=came, went=went),
            )
