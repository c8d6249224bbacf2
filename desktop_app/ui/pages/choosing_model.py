"""Which model the Use page works with."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from desktop_app.errors import DiscernError
from desktop_app.ui import wording
from desktop_app.ui.models.model_in_use import ModelInUse, model_of_package, model_of_release, model_of_run
from desktop_app.ui.models.runs import run_row
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme

if TYPE_CHECKING:
    from desktop_app.project.release import Release
    from desktop_app.project.runs import Run


class ModelChoice(QObject):
    """The release in use, or else the newest run, until another model is chosen; `model` is None until one is read.

    Signals:
        chosen(): the person has chosen a model.
        reading(): a model is read, and tested if it comes from elsewhere; `changed` or `failed` follows.
        changed(): `model` is another one, or None.
        failed(error: DiscernError): it can't be used; `model` is as before.
    """

    chosen = Signal()
    reading = Signal()
    changed = Signal()
    failed = Signal(object)

    def __init__(self, session: Session, theme: Theme, page: QWidget) -> None:
        super().__init__(page)
        self.model: ModelInUse | None = None
        self._session = session
        self._theme = theme
        self._page = page
        self._by_hand = False
        self._reading = 0  # numbers the models asked for: a late answer is dropped

    # ---- by itself

    def start_over(self) -> None:
        """Another project is open: what was chosen is forgotten."""
        self._by_hand = False
        self.model = None
        self._use_newest()

    def follow(self) -> None:
        """There is another run or release: it comes into use, unless a model was chosen."""
        if not self._by_hand:
            self._use_newest()

    @property
    def is_behind(self) -> bool:
        """Another release is in use, and no model was chosen."""
        shown = self.model.release if self.model else ""
        return not self._by_hand and shown != self._session.releases.known.in_use

    def _use_newest(self) -> None:
        if (release := self._session.releases.in_use) is not None:
            if self.model is None or self.model.release != release.name:  # it never changes
                self._read(partial(model_of_release, release))
            return
        run = next((run for run in self._session.runs if run.usable), None)
        if run is None:
            self.model = None
            self.changed.emit()
        else:
            self._read(partial(model_of_run, run, self._session.runs))

    def _read(self, read: partial[ModelInUse]) -> None:
        self._reading += 1
        number = self._reading

        def use(model: ModelInUse) -> None:
            if number == self._reading:
                self.model = model
                self.changed.emit()

        def refuse(error: DiscernError) -> None:
            if number == self._reading:
                self.failed.emit(error)

        self.reading.emit()
        self._session.read(read, use, refuse)

    # ---- by hand

    def menu(self) -> QMenu:
        """The releases, the runs, and packages from elsewhere."""
        menu = QMenu(self._page)
        known = self._session.releases.known
        for release in known.releases:
            in_use = self.tr("in use") if release.name == known.in_use else ""
            parts = (f"“{release.name}”", wording.moment(release.at.isoformat()), in_use)
            action = menu.addAction(wording.DOT.join(filter(None, parts)), partial(self.choose_release, release))
            action.setCheckable(True)
            action.setChecked(self.model is not None and self.model.release == release.name)
        if known.releases:
            menu.addSeparator()
        for run in self._session.runs:
            if run.usable:
                row = run_row(run)
                checked = self.tr("{share} right in validation").format(share=row.result) if row.n else ""
                facts = (row.title, row.recipe, checked, wording.moment(str(run.document["created"])))
                text = wording.DOT.join(filter(None, facts))
                action = menu.addAction(text, partial(self.choose_run, run))
                action.setCheckable(True)
                action.setChecked(self.model is not None and self.model.run == run.id)
        if menu.actions():
            menu.addSeparator()
        menu.addAction(self._theme.icon("folder-open"), self.tr("Open a model package…"), self.ask_for_package)
        return menu

    def choose_release(self, release: Release) -> None:
        self._choose(partial(model_of_release, release))

    def choose_run(self, run: Run) -> None:
        self._choose(partial(model_of_run, run, self._session.runs))

    def choose_package(self, path: Path) -> None:
        """Use a model from elsewhere; it is checked and tested first."""
        self._choose(partial(model_of_package, path))

    def ask_for_package(self) -> None:
        title, kinds = self.tr("Open a model package"), self.tr("Model packages (*.discern)")
        path, _ = QFileDialog.getOpenFileName(self._page, title, "", kinds)
        if path:
            self.choose_package(Path(path))

    def _choose(self, read: partial[ModelInUse]) -> None:
        self._by_hand = True
        self.chosen.emit()
        self._read(read)
