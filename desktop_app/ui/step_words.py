"""What steps are called and what came of them, in the person's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication

from desktop_app.ui import wording
from desktop_app.ui.widgets.chip import State

if TYPE_CHECKING:
    from desktop_app.project.history import Label
    from desktop_app.project.outcome import Outcome
    from desktop_app.project.trash import Emptied

translate = QCoreApplication.translate


class Stayed(NamedTuple):
    """A picture or folder that stayed where it was, and a sentence that says why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Said:
    """A message: `what` in bold, `why` after it, and what stayed where it was, for those who ask."""

    state: State
    what: str
    why: str = ""
    stayed: tuple[Stayed, ...] = ()


def step(label: Label) -> str:
    """ "Move 12 pictures to “slag inclusion”"."""
    values = {**label.values, "count": wording.number(label.count)}
    return translate("Steps", label.template).format(**values)


def undo(label: Label | None) -> str:
    return translate("steps", "Undo: {step}").format(step=step(label)) if label else translate("steps", "Undo")


def redo(label: Label | None) -> str:
    return translate("steps", "Redo: {step}").format(step=step(label)) if label else translate("steps", "Redo")


def outcome(result: Outcome) -> Said | None:
    """What a step has done; None if there was nothing to do."""
    from desktop_app.project.history import Action, Kind

    if result.failed:
        return _partly(result)
    if not result.moved and not result.folders and not result.shown and not result.marked:
        return None
    if result.kind in (Kind.UNDO, Kind.REDO):
        undone = result.kind is Kind.UNDO
        what = translate("steps", "Undone:") if undone else translate("steps", "Done again:")
        return Said("ok", what, step(result.label))
    count = len(result.moved)
    match result.label.action:
        case Action.IMPORT:
            return None  # told where pictures are added, with what was left out
        case Action.MOVE | Action.ACCEPT | Action.UNLABEL | Action.RESTORE:
            return Said("ok", _n_moved(count), _way(result))
        case Action.TRASH:
            what = (
                translate("steps", "1 picture is in the trash.")
                if count == 1
                else translate("steps", "%Ln pictures are in the trash.", "", count)
            )
            return Said("ok", what, translate("steps", "Undo brings them back."))
        case Action.MARK_GOLDEN:
            return _golden(result.label.count)
        case Action.MARK_EXCLUDED:
            return _excluded(result.label.count)
        case _:
            return Said("ok", translate("steps", "Done:"), step(result.label))


def _golden(count: int) -> Said:
    what = (
        translate("steps", "1 picture is in the golden set.")
        if count == 1
        else translate("steps", "%Ln pictures are in the golden set.", "", count)
    )
    why = translate("steps", "A model that newly gets one wrong is only released if you accept it.")
    return Said("ok", what, why)


def _excluded(count: int) -> Said:
    what = (
        translate("steps", "1 picture is excluded.")
        if count == 1
        else translate("steps", "%Ln pictures are excluded.", "", count)
    )
    why = (
        translate("steps", "It stays where it is, and takes part in nothing from now on.")
        if count == 1
        else translate("steps", "They stay where they are, and take part in nothing from now on.")
    )
    return Said("ok", what, why)


def emptied(result: Emptied) -> Said:
    """What was deleted for good."""
    if result.failed:
        done, total = wording.number(result.pictures), wording.number(result.pictures + len(result.failed))
        what = translate("steps", "{done} of {total} deleted:").format(done=done, total=total)
        return Said("warn", what, _why([reason for _, reason in result.failed]), _stayed(result.failed))
    what = translate("steps", "{pictures} deleted for good.").format(pictures=wording.pictures(result.pictures))
    return Said("ok", what, translate("steps", "{size} are free again.").format(size=wording.file_size(result.bytes)))


def interrupted(result: Outcome) -> Said:
    """What is left of a step during which Discern was ended."""
    from desktop_app.project.history import Kind

    name = undo(result.label) if result.kind is Kind.UNDO else step(result.label)
    done, total = len(result.moved), result.total
    what = translate("steps", "Discern was ended during a step:")
    if not total:
        return Said("warn", what, name)
    why = translate("steps", "{step}. {done} of {total} pictures were moved; nothing is lost.").format(
        step=name, done=wording.number(done), total=wording.number(total)
    )
    return Said("warn", what, why)


def _n_moved(count: int) -> str:
    one = translate("steps", "1 picture moved")
    return one if count == 1 else translate("steps", "%Ln pictures moved", "", count)


def _way(result: Outcome) -> str:
    """ "from Unlabelled to slag inclusion."."""
    from desktop_app.project.history import Action

    sources = {_class_of(old) for old, _ in result.moved}
    targets = {_class_of(new) for _, new in result.moved}
    to = next(iter(targets)) if len(targets) == 1 else ""
    if not to:
        accepted = result.label.action is Action.ACCEPT
        return (
            translate("steps", "to the classes suggested for them.")
            if accepted
            else translate("steps", "back to their classes.")
        )
    if len(sources) == 1:
        return translate("steps", "from {origin} to {to}.").format(origin=next(iter(sources)), to=to)
    return translate("steps", "to {to}.").format(to=to)


def _class_of(path: str) -> str:
    from desktop_app.project import names
    from desktop_app.project.inside import trashed_from

    if trashed_from(path):
        return translate("steps", "the trash")
    top, slash, _ = path.partition("/")
    return names.for_display(top) if slash and top != names.UNLABELLED else translate("steps", "Unlabelled")


def _partly(result: Outcome) -> Said:
    from desktop_app.project.history import MARKING, Kind

    done, total = len(result.moved), result.total
    if result.marked:
        return Said("warn", translate("steps", "Done, but not for all:"), _why([one.reason for one in result.failed]))
    if not done and (not total or result.label.action in MARKING):
        what = translate("steps", "Not done:")
        why = f"{step(result.label)}. {_reason(result.failed[0].reason)}"
        return Said("warn", what, why)
    if result.kind is Kind.UNDO:
        what = translate("steps", "{done} of {total} moved back:")
    else:
        what = translate("steps", "{done} of {total} moved:")
    what = what.format(done=wording.number(done), total=wording.number(total))
    failed = [(failure.file, failure.reason) for failure in result.failed]
    return Said("warn", what, _why([reason for _, reason in failed]), _stayed(failed))


def _why(reasons: Sequence[str]) -> str:
    """One sentence for all that stayed."""
    from desktop_app.project.reasons import Reason

    kinds = set(reasons)
    count = len(reasons)
    if kinds == {Reason.IN_USE}:
        return (
            translate("steps", "1 is open in another program.")
            if count == 1
            else translate("steps", "%Ln are open in another program.", "", count)
        )
    if kinds == {Reason.MISSING}:
        return (
            translate("steps", "1 is no longer there.")
            if count == 1
            else translate("steps", "%Ln are no longer there.", "", count)
        )
    stayed = (
        translate("steps", "1 stayed where it was.")
        if count == 1
        else translate("steps", "%Ln stayed where they were.", "", count)
    )
    return f"{stayed} {_reason(next(iter(kinds)))}" if len(kinds) == 1 else stayed


def _reason(reason: str) -> str:
    return translate("Reasons", str(reason))


def _stayed(failed: Iterable[tuple[str, str]]) -> tuple[Stayed, ...]:
    from desktop_app.project import names

    return tuple(Stayed(names.for_display(file), _reason(reason)) for file, reason in failed)
