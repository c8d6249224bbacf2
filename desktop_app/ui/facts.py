"""The living facts of the rail: one short phrase for each page, from what the session knows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from desktop_app.ui import wording
from desktop_app.ui.session import Session

if TYPE_CHECKING:
    from desktop_app.project.runs import Run

translate = QCoreApplication.translate
NONE = "—"


def images(session: Session) -> str:
    return wording.number(len(session.catalog.files)) if session.catalog else NONE


def train(session: Session) -> str:
    """The newest run; while one trains, the window writes its progress here instead."""
    if not session.runs:
        return translate("Facts", "Not run yet")
    run = session.runs[0]
    name = wording.run_number(run.number)
    if run.usable:
        return translate("Facts", "{run} ready").format(run=name)
    return translate("Facts", "{run} stopped").format(run=name)


def evaluate(session: Session) -> str:
    """The share of the newest measured run."""
    for run in session.runs:
        if result := test_result(run):
            right, n = result
            return translate("Facts", "{percent} right").format(percent=wording.share_of(right, n))
    return NONE


def use(session: Session) -> str:
    usable = next((run for run in session.runs if run.usable), None)
    return wording.run_number(usable.number) if usable else NONE


def test_result(run: Run) -> tuple[int, int] | None:
    """(right, n) of a run on the test pictures, if it was measured; run folders may come from anywhere."""
    try:
        document = json.loads((run.folder / "evaluation-test.json").read_bytes())
        right, n = document["right"], document["n"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return (right, n) if type(right) is int and type(n) is int and 0 <= right <= n and n else None
