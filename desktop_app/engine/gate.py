"""Send a run through the gate before it is released; see `evaluation.gate` for how it is judged."""

from __future__ import annotations

from collections.abc import Collection, Generator
from typing import TYPE_CHECKING, Literal

from desktop_app.engine.asking import Asked, ask, release_model, run_model, tabulate
from desktop_app.events import Event, GateJudged, Split
from desktop_app.project.catalog import Snapshot
from desktop_app.project.marks import Mark
from desktop_app.project.project import Project
from desktop_app.project.release import Release
from desktop_app.project.runs import Run

if TYPE_CHECKING:
    from desktop_app.evaluation.predicting import Answer

_LEARNT: tuple[Split, ...] = ("train", "validation")


def judge_run(project: Project, run: Run) -> Generator[Event, None, GateJudged]:
    """Send a run through the gate; the last event is `GateJudged`, which is returned, too.

    Run and release in use are asked about the golden set; if none was marked, about the release's own test pictures.

    Raises:
        DataError: the run has no model.
        ProjectError: the release in use was changed after it was made.
        PackageError: one of the models can't be used on this computer.
    """
    from desktop_app.evaluation.gate import Answered, judge

    candidate = run_model(project, run)
    release = project.releases.in_use()
    wanted, source = _wanted(project, release)
    if not source:
        judged = GateJudged(run.id, "", "", 0, 0, 0, [])
        yield judged
        return judged
    asked = yield from _pictures(project, wanted)
    now = yield from ask(project, candidate, asked)
    before: dict[str, Answer] = {}
    incumbent = None
    if release is not None:
        incumbent = release_model(release)
        before = yield from ask(project, incumbent, asked)
    both = [picture for picture in asked if picture.content in now and (incumbent is None or picture.content in before)]
    snapshot = Snapshot.read_csv(run.snapshot_csv)
    learnt = {snapshot.hashes[row] for split in _LEARNT for row in snapshot.rows(split)}
    judged = judge(
        run.id,
        Answered.by(tabulate(candidate, both, now), candidate.rule),
        Answered.by(tabulate(incumbent, both, before), incumbent.rule) if incumbent else None,
        against=release.name if release else "",
        source=source,
        roles={info.name: info.role for info in project.config.classes},
        missing=len(wanted) - len(both),
        learnt=sum(picture.content in learnt for picture in both),
    )
    yield judged
    return judged


def _wanted(project: Project, release: Release | None) -> tuple[Collection[str], Literal["golden", "test", ""]]:
    """The contents that must not be got wrong, and whose they are; those that a person excluded are left out."""
    excluded = frozenset(project.marked(Mark.EXCLUDED))
    if golden := frozenset(project.marked(Mark.GOLDEN)) - excluded:
        return golden, "golden"
    if release is not None and release.test_csv.is_file():
        from desktop_app.evaluation.predictions import Predictions

        release.verify()
        return frozenset(Predictions.read_csv(release.test_csv).hashes) - excluded, "test"
    return (), ""


def _pictures(project: Project, wanted: Collection[str]) -> Generator[Event, None, list[Asked]]:
    """Those of the contents that are in one class now, in the order of the catalog."""
    catalog = project.scan()
    files = [
        (file, catalog.classes[label])
        for file, label in zip(catalog.files, catalog.labels.tolist(), strict=True)
        if label >= 0
    ]
    hashes = yield from project.hashes([file for file, _ in files])
    found: dict[str, Asked] = {}
    torn: set[str] = set()
    for file, actual in files:
        content = hashes.get(file)
        if content is None or content not in wanted:
            continue
        if found.setdefault(content, Asked(file, content, actual)).actual != actual:
            torn.add(content)  # it can't be right in both
    return [picture for content, picture in found.items() if content not in torn]
