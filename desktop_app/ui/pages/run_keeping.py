"""What a person does to runs on the Train page: name, annotate, delete, bring back.

Deleting and bringing back are steps of the one history: Ctrl+Z undoes them, also after a restart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu

from desktop_app.errors import DiscernError
from desktop_app.ui import step_words, wording
from desktop_app.ui.dialogs.question import Question
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.deleted_runs import DeletedRun
from desktop_app.ui.widgets.runs_panel import RunsPanel

if TYPE_CHECKING:
    from desktop_app.project.outcome import Outcome
    from desktop_app.project.project import Project
    from desktop_app.project.run_trash import TrashedRun
    from desktop_app.project.runs import Run


class RunKeeping(QObject):
    """Each change is made in the background; then the runs are read again. Not while a job works with them."""

    def __init__(self, session: Session, theme: Theme, panel: RunsPanel) -> None:
        super().__init__(panel)
        self._session = session
        self._theme = theme
        self._panel = panel
        self._question: Question | None = None
        panel.list.describe_requested.connect(self.ask_words)
        panel.list.delete_requested.connect(self.delete)
        panel.list.menu_requested.connect(self._show_menu)
        panel.more.clicked.connect(self._show_menu_below)
        panel.editor.described.connect(self.describe)
        panel.editor.left.connect(panel.list.setFocus)
        panel.deleted.restore_requested.connect(self.restore)
        panel.deleted.purge_requested.connect(self.ask_purge)
        self._asked = False  # a step with a run was asked for here
        session.organiser.step_ended.connect(self._on_step)
        session.organiser.step_failed.connect(self._on_failed)
        session.project_changed.connect(self._open_project)
        session.runs_changed.connect(lambda _initiator: self.read_trash())
        self._open_project()

    def _open_project(self, _initiator: object = None) -> None:
        self._panel.message.clear()
        self._panel.editor.hide()
        self.read_trash()

    # ---- words

    def ask_words(self, run_id: str) -> None:
        """Ask for the name and the note of a run."""
        run = self._run(run_id)
        if run is not None and self._can_change():
            self._panel.editor.ask(run.id, wording.run_number(run.number), run.name, run.note)

    def describe(self, run_id: str, name: str, note: str) -> None:
        self._do(lambda project: project.runs.describe(run_id, name, note))

    # ---- the trash

    def delete(self, run_id: str) -> None:
        """Move a run into the trash, without a question: it can be brought back."""
        run = self._run(run_id)
        if run is None or not self._can_change():
            return
        if self._steps:
            self._asked = True
            self._session.organiser.delete_run(run_id)
        else:  # what is kept apart from a project that can't be written to has no history
            self._do(lambda project: project.runs.trash.put(run), lambda: self._say_deleted(run_id))

    def restore(self, run_id: str) -> None:
        """Bring a run back from the trash."""
        if self._steps:
            self._asked = True
            self._session.organiser.restore_run(run_id)
        else:
            self._do(lambda project: project.runs.trash.restore(run_id), self._panel.message.clear)

    @property
    def _steps(self) -> bool:
        """Whether what is done is a step, which can be undone like any other."""
        return self._session.organiser.can_change

    def _say_deleted(self, run_id: str) -> None:
        self._panel.message.show_message(
            "info",
            self.tr("{run} is in the trash.").format(run=wording.run_number(_number(run_id))),
            actions=((self.tr("Undo"), lambda: self._undo(run_id)),),
        )

    def _undo(self, run_id: str) -> None:
        """By the history, unless another step came after it."""
        organiser = self._session.organiser
        label = organiser.undo_label
        if label is not None and (label.action, label.name) == ("delete_run", str(_number(run_id))):
            organiser.undo()
        else:
            self.restore(run_id)

    def _on_step(self, outcome: Outcome) -> None:
        if outcome.label.action not in ("delete_run", "restore_run"):
            return
        self._asked = False
        said = step_words.outcome(outcome)
        if outcome.failed and said is not None:
            self._panel.message.show_message("warn", said.what, said.why)
        elif outcome.deleted_run:
            self._say_deleted(outcome.deleted_run)
        else:
            self._panel.message.clear()

    def _on_failed(self, error: DiscernError) -> None:
        if self._asked:
            self._asked = False
            self._panel.message.show_error(error)

    def ask_purge(self) -> None:
        """Ask whether all deleted runs shall be deleted for good."""
        runs = self._panel.deleted.runs
        if not runs or not self._can_change():
            return
        size = wording.file_size(sum(run.bytes for run in runs))
        question = Question(
            self.tr("Delete these runs for good?"),
            self.tr(
                "{runs}, {size}, with all models and results, will be gone from this computer. Nothing brings them "
                "back. Your pictures are not affected."
            ).format(runs=wording.runs(len(runs)), size=size),
            self.tr("Delete for good, {size}").format(size=size),
            self.tr("Keep them"),
            self._theme,
            icon="trash",
            parent=self._panel.window(),
        )
        question.prefer_no()
        ids = [run.id for run in runs]
        question.accepted.connect(lambda: self._purge(ids))
        question.finished.connect(question.deleteLater)
        self._question = question
        question.open()

    def _purge(self, ids: Sequence[str]) -> None:
        if self._steps:
            self._asked = True
            self._session.organiser.purge_runs(ids)
        else:
            self._do(lambda project: project.runs.trash.purge(ids))

    def read_trash(self) -> None:
        """Look again what is in the trash."""
        project = self._session.project
        if project is None:
            self._panel.deleted.show_runs(())
            return

        def show(trashed: Sequence[TrashedRun]) -> None:
            if self._session.project is project:
                self._panel.deleted.show_runs([_deleted(row) for row in trashed])

        self._session.read(project.runs.trash.list, show, owner=self)

    # ---- the menu

    def menu(self, run_id: str) -> QMenu:
        """What can be done with a run."""
        menu = QMenu(self._panel)
        icon = self._theme.icon
        words = menu.addAction(icon("pencil-simple"), self.tr("Name and note…"), lambda: self.ask_words(run_id))
        words.setShortcut(QKeySequence("F2"))
        delete = menu.addAction(icon("trash"), self.tr("Move to the trash"), lambda: self.delete(run_id))
        delete.setShortcut(QKeySequence("Del"))
        for action in menu.actions():
            action.setShortcutVisibleInContextMenu(True)
            action.setEnabled(self._run(run_id) is not None and self._can_change())
        return menu

    def _show_menu(self, run_id: str, place: QPoint) -> None:
        menu = self.menu(run_id)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def _show_menu_below(self) -> None:
        button = self._panel.more
        self._show_menu(self._panel.list.current(), button.mapToGlobal(button.rect().bottomLeft()))

    # ---- how it is done

    def _run(self, run_id: str) -> Run | None:
        return next((run for run in self._session.runs if run.id == run_id), None)

    def _can_change(self) -> bool:
        return not self._session.busy

    def _do(self, act: Callable[[Project], object], then: Callable[[], None] | None = None) -> None:
        project = self._session.project
        if project is None or not self._can_change():
            return

        def end(_result: object) -> None:
            if then is not None:
                then()
            self._session.reload_runs(self)

        def fail(error: DiscernError) -> None:
            self._panel.message.show_error(error)
            self.read_trash()

        self._session.read(lambda: act(project), end, fail, owner=self)


def _number(run_id: str) -> int:
    return int(run_id.rpartition("-")[2])


def _deleted(row: TrashedRun) -> DeletedRun:
    name = f"“{row.run.name}”" if row.run.name else ""
    title = wording.DOT.join(part for part in (wording.run_number(row.run.number), name) if part)
    return DeletedRun(row.run.id, title, row.bytes)
