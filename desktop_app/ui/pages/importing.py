"""Adding pictures on the Images page: sources are looked through, asked about where they need it, and copied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from desktop_app.engine.jobs import ImportJob, Job
from desktop_app.errors import DiscernError
from desktop_app.events import Event, Imported, Notice
from desktop_app.ui import problems, wording
from desktop_app.ui.session import JobEnded, Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.chip import State
from desktop_app.ui.widgets.message_bar import MessageBar

if TYPE_CHECKING:
    from desktop_app.project.catalog import Catalog
    from desktop_app.project.import_check import Preview
    from desktop_app.project.import_forms import Material
    from desktop_app.project.import_plan import Plan, Reading
    from desktop_app.project.importing import Twins
    from desktop_app.project.outcome import Outcome
    from desktop_app.project.project import Project
    from desktop_app.ui.dialogs.import_pictures import ImportDialog


@dataclass(frozen=True)
class Found:
    """What the sources hold, the ways to read it, and what the likeliest would do."""

    material: Material
    plans: list[Plan]
    preview: Preview

    @property
    def needs_answers(self) -> bool:
        """False if there is one sensible reading, and nothing to decide about it."""
        sensible = sum(plan.sensible for plan in self.plans)
        return sensible != 1 or bool(self.preview.twins) or bool(self.plans[0].labels)


class Importing(QObject):
    """Copies what is dropped or chosen into the project; `bar` says what came of it."""

    def __init__(self, session: Session, theme: Theme, page: QWidget) -> None:
        super().__init__(page)
        self._session = session
        self._theme = theme
        self._page = page
        self._asked = 0  # number of the newest request; answers to older ones come too late
        self._undoable = False  # the message offers it
        self._stopped = False  # what was copied before is told when it became a step
        self._notices: list[Notice] = []  # what the import under way had to say
        self.bar = MessageBar(theme)
        self.dialog: ImportDialog | None = None
        session.job_event.connect(self._on_job_event)
        session.job_ended.connect(self._on_job_ended)
        session.project_closing.connect(self._forget)
        session.organiser.step_ended.connect(self._on_step)

    @property
    def can_add(self) -> bool:
        project = self._session.project
        return project is not None and not project.read_only and not self._session.busy

    # ---- choosing

    def choose_folder(self) -> None:
        self._add_folder(self.tr("Choose a folder of pictures"))

    def choose_by_name(self) -> None:
        """Choose a folder of pictures whose names tell their classes."""
        self._add_folder(self.tr("Choose a folder of pictures whose names tell their classes"), ask=True)

    def choose_pictures(self) -> None:
        self._add_files(self.tr("Choose pictures"), "")

    def choose_table(self) -> None:
        self._add_files(self.tr("Choose a table of pictures and classes"), self.tr("Tables (*.csv *.tsv)"))

    def choose_archive(self) -> None:
        self._add_files(self.tr("Choose ZIP archives of pictures"), self.tr("ZIP archives (*.zip)"))

    def _add_folder(self, title: str, *, ask: bool = False) -> None:
        if folder := QFileDialog.getExistingDirectory(self._page, title, str(Path.home())):
            self.add([Path(folder)], ask=ask)

    def _add_files(self, title: str, kinds: str) -> None:
        files, _ = QFileDialog.getOpenFileNames(self._page, title, str(Path.home()), kinds)
        if files:
            self.add([Path(file) for file in files])

    def show_menu(self, place: QPoint) -> None:
        menu = QMenu(self._page)
        menu.addAction(self._theme.icon("folder-open"), self.tr("Choose folders…"), self.choose_folder)
        menu.addAction(self._theme.icon("image"), self.tr("Choose pictures…"), self.choose_pictures)
        menu.addSeparator()
        menu.addAction(self._theme.icon("table"), self.tr("A table (CSV)…"), self.choose_table)
        menu.addAction(self._theme.icon("archive"), self.tr("A ZIP archive…"), self.choose_archive)
        menu.addAction(self._theme.icon("text-aa"), self.tr("Class in the file name…"), self.choose_by_name)
        menu.popup(place)
        menu.aboutToHide.connect(menu.deleteLater)

    # ---- looking

    def add(self, sources: Sequence[Path], *, ask: bool = False) -> None:
        """Look through sources in the background, then copy their pictures; `ask` in any case how to read them."""
        project, catalog = self._session.project, self._session.catalog
        if project is None or catalog is None or not self._may_add(project):
            return
        self._asked += 1
        asked = self._asked
        names = wording.quoted([source.name for source in sources])
        self.bar.show_message("info", self.tr("Looking through {names}…").format(names=names), closable=False)

        def take(found: Found) -> None:
            if asked != self._asked:
                return
            self.bar.clear()
            if ask or found.needs_answers:
                self._ask(project, catalog, found, by_name=ask)
            else:
                self.start(found.plans[0].reading, "skip")

        def fail(error: DiscernError) -> None:
            if asked == self._asked:
                self.bar.show_error(error)

        self._session.read(lambda: _look(project, catalog, sources), take, fail, owner=self)

    def _may_add(self, project: Project) -> bool:
        if project.read_only:
            why = self.tr("This project is read-only.")
            self.bar.show_message("warn", self.tr("Pictures can’t be added here."), why)
        elif self._session.busy:
            why = self.tr("Another job is running. Wait for it or stop it.")
            self.bar.show_message("warn", self.tr("Pictures can’t be added yet."), why)
        return self.can_add

    def _ask(self, project: Project, catalog: Catalog, found: Found, *, by_name: bool) -> None:
        from desktop_app.ui.dialogs.import_pictures import ImportDialog

        self._close_dialog()
        self.dialog = ImportDialog(
            self._session, self._theme, project, catalog, found, by_name=by_name, parent=self._page
        )
        self.dialog.chosen.connect(self.start)
        self.dialog.finished.connect(self._close_dialog)
        self.dialog.show()

    def _close_dialog(self) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.close()
            dialog.deleteLater()

    def _forget(self) -> None:
        """The project is about to be closed."""
        self._asked += 1
        self._close_dialog()
        self.bar.clear()

    # ---- copying

    def start(self, reading: Reading, twins: Twins) -> None:
        """Copy in the background."""
        project = self._session.project
        if project is not None and self._may_add(project):
            self.bar.clear()
            self._notices = []
            self._session.start_job(ImportJob(str(project.root), reading.to_dict(), twins))

    def _on_job_event(self, job: Job, event: Event) -> None:
        if job.kind == "import" and isinstance(event, Notice):
            self._notices.append(event)

    def _on_job_ended(self, ending: JobEnded) -> None:
        if ending.job.kind != "import":
            return
        self._stopped = ending.cancelled
        self._undoable = False
        if ending.error is not None:
            self.bar.show_error(ending.error)
        elif isinstance(ending.result, Imported) and not ending.cancelled:
            self._say(ending.result)

    def _on_step(self, outcome: Outcome) -> None:
        """An import became a step that can be undone; the next step makes another one the newest."""
        from desktop_app.project.history import Action, Kind

        imported = outcome.label.action is Action.IMPORT and outcome.kind is Kind.DO
        if imported and self._stopped:
            what = self.tr("Stopped: {pictures} copied.").format(pictures=wording.pictures(outcome.label.count))
            why = self.tr("They stay, unless you undo it. Adding the same again goes on with the rest.")
            self._undoable = True
            self.bar.show_message("info", what, why, actions=[(self.tr("Undo"), self._undo)])
        elif not imported and self._undoable:
            self.bar.clear()
            self._undoable = False
        self._stopped = False

    def _say(self, result: Imported) -> None:
        copied = sum(result.copied.values())
        notes = [self.tr("Your originals are as they were.")] if copied else []
        for count, note in (
            (result.split, self.tr("With the split that they came with: {n}.")),
            (result.identical, self.tr("Left out, because the project has them already: {n}.")),
            (result.skipped, self.tr("Left out, because they can’t be used: {n}.")),
            (result.renamed, self.tr("Given another name, because theirs was taken: {n}.")),
        ):
            if count:
                notes.append(note.format(n=wording.number(count)))
        notes += [problems.notice(text) for notice in self._notices for text in (notice.what, notice.hint) if text]
        state: State = "warn" if any(notice.severity == "warning" for notice in self._notices) else "ok"
        what = self.tr("{pictures} copied.").format(pictures=wording.pictures(copied))
        actions = [(self.tr("Undo"), self._undo)] if copied else []
        self._undoable = bool(copied)
        self.bar.show_message(state if copied else "info", what, " ".join(notes), actions=actions)

    def _undo(self) -> None:
        self.bar.clear()
        self._session.organiser.undo()


def _look(project: Project, catalog: Catalog, sources: Sequence[Path]) -> Found:
    from desktop_app.project.import_check import preview
    from desktop_app.project.import_forms import Material
    from desktop_app.project.importing import check_sources

    check_sources(project.root, sources)
    material = Material.gather(sources)
    plans = material.plans()
    return Found(material, plans, preview(project, catalog, plans[0]))
