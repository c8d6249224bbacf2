"""The releases of the open project, as of the newest look at them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal

from desktop_app.errors import DiscernError
from desktop_app.ui.background import JobEnded

if TYPE_CHECKING:
    from desktop_app.project.project import Project
    from desktop_app.project.release import Release
    from desktop_app.ui.session import Session


class Known(NamedTuple):
    """What is known of a project's releases.

    Attributes:
        releases: newest first.
        in_use: the name of the one that judges real parts; "" if there is none.
        broken: those that can't be read, by name, and why.
        author: who may be making the next one.
    """

    releases: tuple[Release, ...] = ()
    in_use: str = ""
    broken: Mapping[str, str] = MappingProxyType({})
    author: str = ""


class ReleaseList(QObject):
    """Follows the session by itself.

    Signals:
        changed(): a release was made, or another one is in use.
        failed(error: DiscernError): one could not be taken into use.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.known = Known()
        session.project_changed.connect(self._on_project)
        session.job_ended.connect(self._on_job)

    @property
    def in_use(self) -> Release | None:
        return self.find(self.known.in_use)

    def find(self, name: str) -> Release | None:
        return next((release for release in self.known.releases if release.name == name), None)

    def refresh(self) -> None:
        """Read them again, in the background; `changed` follows."""
        if (project := self._session.project) is not None:
            self._session.read(lambda: _known(project), lambda known: self._take(project, known), owner=self)

    def use(self, name: str, by: str) -> None:
        """Take a release into use, in the background: its files are compared with their checksums first."""
        project = self._session.project
        if project is None:
            return

        def take() -> Known:
            project.releases.use(name, by)
            return _known(project)

        self._session.read(take, lambda known: self._take(project, known), self._fail, owner=self)

    def _take(self, project: Project, known: Known) -> None:
        if self._session.project is project:
            self.known = known
            self.changed.emit()

    def _fail(self, error: DiscernError) -> None:
        self.failed.emit(error)
        self.refresh()

    def _on_project(self, _initiator: object) -> None:
        self.known = Known()
        self.changed.emit()
        self.refresh()

    def _on_job(self, ending: JobEnded) -> None:
        if ending.job.kind == "release":
            self.refresh()


def _known(project: Project) -> Known:
    releases, in_use = project.releases.list(), project.releases.in_use()
    return Known(tuple(releases), in_use.name if in_use else "", project.releases.broken(), project.releases.author())
