"""Keeps what is known of the pictures' health up to date, without anybody asking for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from desktop_app.engine.jobs import HealthJob
from desktop_app.ui.background import JobEnded

if TYPE_CHECKING:
    from desktop_app.project.health import Health
    from desktop_app.ui.session import Session

_SOON_MS = 1500  # after the last of several changes


class Checkup(QObject):
    """Looks at pictures that are new, in the background, and judges all of them when something has changed.

    Judging reads what is known and no picture. The person's own moves change no picture either.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._looks = False  # pictures may be new
        self._judging = False
        self._judge_again = False
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._begin)
        session.project_changed.connect(self._on_pictures)
        session.project_closing.connect(self._soon.stop)
        session.catalog_changed.connect(self._on_catalog)
        session.pictures_replaced.connect(self._on_pictures)
        session.runs_changed.connect(self._on_splits)
        session.background.ended.connect(self._on_background_ended)

    def check_now(self) -> None:
        """The person asks for it, whatever the settings say."""
        if (project := self._session.project) is not None:
            self._session.start_background(HealthJob(str(project.root)))

    def _on_pictures(self, _what: object) -> None:
        self._looks = True
        self._wait()

    def _on_catalog(self, initiator: object) -> None:
        self._looks = self._looks or initiator is not self._session.organiser
        self._wait()

    def _on_splits(self, _initiator: object) -> None:
        self._wait()  # a training deals out splits, and a split can be a leak

    def _wait(self) -> None:
        if self._session.project is not None and not self._session.ending:
            self._soon.start(_SOON_MS)

    def _begin(self) -> None:
        session = self._session
        self.judge()
        if self._looks and session.settings.health_check and HealthJob.kind not in session.background.declined:
            self._looks = False
            self.check_now()

    def _on_background_ended(self, ending: JobEnded) -> None:
        if isinstance(ending.job, HealthJob):
            self.judge()  # also after a broken off one: what it has seen is known

    def judge(self) -> None:
        """Judge all pictures by what is known of them."""
        project, catalog = self._session.project, self._session.catalog
        if project is None or catalog is None:
            return
        if self._judging:
            self._judge_again = True
            return

        def judge() -> Health:
            from desktop_app.project.health import check

            return check(project, catalog)

        def take(health: Health) -> None:
            if self._session.project is project:
                self._session.show_health(health)
            end()

        def end(_error: object = None) -> None:
            self._judging = False
            if self._judge_again:
                self._judge_again = False
                self.judge()

        self._judging = True
        self._session.read(judge, take, end)
