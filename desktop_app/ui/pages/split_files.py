"""Split files on the Train page: offered where one lies beside the pictures, named where one was used."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject

from desktop_app.ui import wording
from desktop_app.ui.models import run_files
from desktop_app.ui.session import Session
from desktop_app.ui.widgets.message_bar import MessageBar
from desktop_app.ui.widgets.recipe_form import RecipeForm


class SplitFiles(QObject):
    """Keeps the form's line about split files true; `bar` makes the offer."""

    def __init__(self, session: Session, form: RecipeForm, bar: MessageBar) -> None:
        super().__init__(bar)
        self._session = session
        self._form = form
        self._bar = bar
        self._offered: set[Path] = set()

    def open_project(self) -> None:
        self._bar.clear()
        self._form.split.set_path(None)
        self._form.split.set_imported("")
        self.read()
        self._offer()

    def read(self) -> None:
        """Say which table the project's splits were taken from, if they were."""
        project = self._session.project
        if project is None:
            return
        from desktop_app.project.split_records import imported_from

        def show(name: str) -> None:
            if self._session.project is project:
                self._form.split.set_imported(name)

        path = project.splits.path
        self._session.read(lambda: imported_from(path), show, owner=self)

    def _offer(self) -> None:
        """A split.csv beside the pictures is offered, never taken: it decides what the test is."""
        project = self._session.project
        if project is None or self._session.runs:
            return
        for path in (project.root / "split.csv", project.root.parent / "split.csv"):
            if path not in self._offered and run_files.is_split_table(path):
                self._offered.add(path)
                self._bar.show_message(
                    "info",
                    self.tr("A split file lies beside these pictures."),
                    self.tr("“{path}” says which pictures are learnt from and which are kept for the test.").format(
                        path=wording.short_path(path)
                    ),
                    actions=((self.tr("Use it"), partial(self.use, path)),),
                )
                return

    def use(self, path: Path) -> None:
        """Train with a table; it is imported when the training begins."""
        self._form.split.set_path(path)
        self._form.advanced_fold.set_open(True)
        self._bar.clear()
