"""The living facts of the rail: one short phrase for each page, from what the session knows."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop_app.ui import wording
from desktop_app.ui.session import Session

translate = QCoreApplication.translate
NONE = "—"


def images(session: Session) -> str:
    return wording.number(len(session.catalog.files)) if session.catalog else NONE


def train(session: Session) -> str:
    """The newest run; while one trains, the window writes its progress here instead."""
    if not session.runs:
        return translate("Facts", "Not run yet")
    run = session.runs[0]
    if run.resumable:  # though it may have a model already
        return translate("Facts", "Interrupted")
    if not run.usable:
        return translate("Facts", "Stopped")
    return translate("Facts", "{run} ready").format(run=wording.run_number(run.number))


def evaluate(session: Session) -> str:
    """The share of the newest run that was measured."""
    if session.measured is None:
        return NONE
    result = session.measured
    return translate("Facts", "{percent} right").format(percent=wording.share_of(result.right, result.n))


def use(session: Session) -> str:
    """What judges real parts: the release in use, or else the newest run."""
    if session.releases.known.in_use:
        return session.releases.known.in_use
    usable = next((run for run in session.runs if run.usable), None)
    return wording.run_number(usable.number) if usable else NONE
