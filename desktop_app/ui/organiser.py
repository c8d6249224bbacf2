"""Carries out what a person does to where pictures lie, in a thread of its own, one step after the other.

The window shows a step's effect at once and hears later what came of it. Steps that were asked for are carried out even
if the window closes meanwhile: they are few milliseconds each, and somebody meant them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from PySide6.QtCore import QCoreApplication, QObject, Signal

from desktop_app.errors import DiscernError
from desktop_app.events import Notice
from desktop_app.ui.listing import Listing, Listings
from desktop_app.ui.trashed import TrashContents
from desktop_app.ui.worker import Worker, once

if TYPE_CHECKING:
    from desktop_app.project.class_edits import ClassEdit
    from desktop_app.project.history import Label
    from desktop_app.project.marks import Mark
    from desktop_app.project.moves import Moves
    from desktop_app.project.outcome import Outcome
    from desktop_app.project.project import Project
    from desktop_app.project.trash import Emptied
    from desktop_app.ui.session import Session

#: Where a picture is shown until the disk has answered: a class's name, "" for unlabelled, None for the trash.
Place: TypeAlias = str | None

_T = TypeVar("_T")
_Done: TypeAlias = "tuple[Outcome | Emptied | None, Listing | None]"


@dataclass
class Step:
    """Something that was asked for. `files` follow what earlier steps did to the pictures' names.

    `places`: where its pictures, by their positions in `files`, are shown meanwhile, if that is known before.
    """

    act: Callable[[Moves, list[str]], Outcome | Emptied | None]
    files: list[str] = field(default_factory=list)
    places: Mapping[Place, Sequence[int]] = field(default_factory=dict)
    with_runs: bool = False


class Organiser(QObject):
    """The moves of the open project.

    Signals:
        changed(): `undo_label`, `redo_label`, `can_change` or `interrupted` are others.
        pictures_moved(files: dict[str, str], classes: dict[str, str]): new names by old; `catalog_changed` follows.
        step_ended(outcome: Outcome): with all its failures, after the catalog has changed.
        step_failed(error: DiscernError): nothing was moved.
        trash_emptied(emptied: Emptied): pictures were deleted for good, with all that could not be.
        idle(): no step is left to be carried out.
    """

    changed = Signal()
    pictures_moved = Signal(object, object)
    step_ended = Signal(object)
    step_failed = Signal(object)
    trash_emptied = Signal(object)
    idle = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._project: Project | None = None
        self._listings: Listings | None = None
        self._moves: Moves | None = None
        self._why_not = ""
        self._worker: Worker | None = None
        self._steps: list[Step] = []
        self._waiting: list[Callable[[], None]] = []
        self.trashed = TrashContents(session, self)
        self.undo_label: Label | None = None
        self.redo_label: Label | None = None
        self.interrupted: tuple[Outcome, ...] = ()
        self.notices: tuple[Notice, ...] = ()

    # ---- life

    def open(self, project: Project, listings: Listings) -> None:
        """Read the project's journal in the background; steps asked for meanwhile wait for it."""
        self.close()
        self._project, self._listings = project, listings
        if project.read_only:
            self._why_not = project.why_read_only
            self.changed.emit()
            return

        def begin() -> tuple[Moves, Listing | None]:
            from desktop_app.project.moves import Moves

            with listings.lock:
                moves = Moves(project.root, project.state, project)
                settled = moves.interrupted or project.classes != listings.newest.classes
                return moves, listings.scan() if settled else None

        self._start(begin, self._on_open, self._on_open_failed)

    def close(self) -> None:
        """Forget the project; call it when `busy` is False."""
        self._project = self._listings = self._moves = None
        self._why_not = ""
        self._steps.clear()
        self.trashed.follow(None)
        self.undo_label = self.redo_label = None
        self.interrupted = ()
        self.notices = ()
        self.changed.emit()

    def _on_open(self, answer: tuple[Moves, Listing | None]) -> None:
        self._moves, listing = answer
        self.interrupted = self._moves.interrupted
        self.notices = tuple(self._moves.notices)
        if listing is not None:
            self._session.show_listing(listing)
        self.trashed.follow(self._moves)
        self._read_labels()

    def _on_open_failed(self, error: DiscernError) -> None:
        self._why_not = str(error)
        self._steps.clear()
        self.step_failed.emit(error)
        self.changed.emit()

    @property
    def can_change(self) -> bool:
        """Whether pictures of the open project can be moved."""
        return self._project is not None and not self.why_not

    @property
    def why_not(self) -> str:
        """Why pictures can't be moved; "" if they can."""
        return self._why_not or str(self._session.away or "")

    @property
    def busy(self) -> bool:
        """A thread is at work, or steps wait for one."""
        return self._worker is not None

    def when_idle(self, function: Callable[[], None]) -> None:
        """Call `function` when every step is carried out; now, if that is so."""
        if self.busy:
            self._waiting.append(function)
        else:
            function()

    # ---- steps

    @property
    def pending(self) -> Sequence[Step]:
        """Steps that the disk has not answered yet, oldest first."""
        return self._steps

    def put(self, files: Sequence[str], class_name: str) -> None:
        """Put pictures into a class, which is made if there is none of that name."""
        self._add(Step(lambda moves, now: moves.put(now, class_name), list(files), {class_name: range(len(files))}))

    def put_each(self, classes: Mapping[str, str]) -> None:
        """Put each picture into the class named for it, as one step."""
        chosen = list(classes.values())
        places: dict[Place, list[int]] = {}
        for position, class_name in enumerate(chosen):
            places.setdefault(class_name, []).append(position)

        def act(moves: Moves, now: list[str]) -> Outcome:
            return moves.put_each(dict(zip(now, chosen, strict=True)))

        self._add(Step(act, list(classes), places))

    def unlabel(self, files: Sequence[str]) -> None:
        self._add(Step(lambda moves, now: moves.unlabel(now), list(files), {"": range(len(files))}))

    def trash(self, files: Sequence[str]) -> None:
        self._add(Step(lambda moves, now: moves.trash(now), list(files), {None: range(len(files))}))

    def create_class(self, name: str) -> None:
        self._add(Step(lambda moves, _: moves.create_class(name)))

    def rename_class(self, old: str, new: str) -> None:
        self._add(Step(lambda moves, _: moves.rename_class(old, new)))

    def merge_class(self, name: str, into: str) -> None:
        self._add(Step(lambda moves, _: moves.merge_class(name, into)))

    def delete_class(self, name: str) -> None:
        self._add(Step(lambda moves, _: moves.delete_class(name)))

    def change_classes(self, edit: ClassEdit) -> None:
        """Show classes in another colour, role or order, or under another key."""
        self._add(Step(lambda moves, _: moves.change_classes(edit.label, edit.apply)))

    def mark(self, mark: Mark, files: Sequence[str], *, on: bool) -> None:
        """Put a mark on pictures, or take it off. In a read-only project, which has no history, that is no step."""

        def act(moves: Moves, now: list[str]) -> Outcome:
            from desktop_app.project.outcome import Failure

            assert self._project is not None  # steps are carried out before it is closed
            subjects, unreadable = self._project.subjects(mark, now)
            failed = tuple(Failure(*refused) for refused in unreadable.items())
            return replace(moves.mark(mark, subjects, on=on), failed=failed)

        if self._project is not None and self._project.read_only:
            change = partial(_change_marks, self._project, mark, files, on)
            self._session.read(change, lambda _: self._session.judge_health(), self.step_failed.emit, owner=self)
        else:
            self._add(Step(act, list(files)))

    def restore(self, files: Sequence[str]) -> None:
        """Move pictures of the trash back to where they were."""
        self._add(Step(lambda moves, now: moves.restore(now), list(files)))

    def empty_trash(self, files: Sequence[str] | None = None) -> None:
        """Delete pictures of the trash for good; None: all that is in it. Only after the person was asked."""
        self._add(Step(lambda moves, now: moves.empty_trash(None if files is None else now), list(files or ())))

    def delete_run(self, run: str) -> None:
        """Move a run into the trash for runs."""
        self._add(Step(lambda moves, _: moves.delete_run(run)))

    def restore_run(self, run: str) -> None:
        self._add(Step(lambda moves, _: moves.restore_run(run)))

    def purge_runs(self, runs: Sequence[str]) -> None:
        """Delete runs of the trash for good. Only after the person was asked."""
        project = self._project
        assert project is not None
        self._add(Step(lambda moves, _: moves.purge_runs(project.runs.trash, runs), with_runs=True))

    def record_import(self) -> None:
        """Make what an import has copied, however it ended, a step that can be undone."""
        self._add(Step(lambda moves, _: moves.record_import()))

    def undo(self) -> None:
        self._add(Step(lambda moves, _: moves.undo()))

    def redo(self) -> None:
        self._add(Step(lambda moves, _: moves.redo()))

    def finish(self, outcome: Outcome) -> None:
        """Try again what failed in a step."""
        self._add(Step(lambda moves, _: moves.finish(outcome)))

    def settle(self, outcome: Outcome) -> None:
        """An interrupted step was dealt with, or the person closed its message."""
        self.interrupted = tuple(other for other in self.interrupted if other is not outcome)
        self.changed.emit()

    def _add(self, step: Step) -> None:
        if not self.can_change:
            return
        self._steps.append(step)
        if not self.busy:
            self._carry_out()

    def _carry_out(self) -> None:
        step, moves, project, listings = self._steps[0], self._moves, self._project, self._listings
        assert moves is not None and project is not None and listings is not None
        files = step.files

        def work() -> _Done:
            from desktop_app.project.outcome import Outcome

            with listings.lock:
                outcome = step.act(moves, files)
                return outcome, listings.follow(outcome) if isinstance(outcome, Outcome) else None

        self._start(work, self._on_done, self._on_failed)

    def _on_done(self, done: _Done) -> None:
        from desktop_app.project.outcome import Outcome

        step = self._steps.pop(0)
        self._read_labels()
        outcome, listing = done
        if step.with_runs or (isinstance(outcome, Outcome) and outcome.touches_runs):
            self._session.reload_runs(self)
        if outcome is None:
            return
        if not isinstance(outcome, Outcome):
            self.trashed.refresh()
            self.trash_emptied.emit(outcome)
            return
        if outcome.moved or outcome.folders:
            self._follow(outcome)
        if outcome.touches_trash:
            self.trashed.refresh()
        if listing is not None:
            self._session.show_listing(listing, self)
        if outcome.marked:
            self._session.judge_health()
        self.step_ended.emit(outcome)

    def _read_labels(self) -> None:
        if self._moves is not None:
            self.undo_label, self.redo_label = self._moves.undo_label, self._moves.redo_label
        self.changed.emit()

    def _follow(self, outcome: Outcome) -> None:
        new_names = dict(outcome.moved)
        if classes := outcome.renamed_classes:
            catalog = self._session.catalog
            for file in catalog.files if catalog else ():
                top, slash, rest = file.partition("/")
                if slash and top in classes:
                    new_names[file] = f"{classes[top]}/{rest}"
        for step in self._steps:
            step.files = [new_names.get(file, file) for file in step.files]
        self.pictures_moved.emit(new_names, outcome.renamed_classes)

    def _on_failed(self, error: DiscernError) -> None:
        del self._steps[0]
        self._read_labels()
        self.step_failed.emit(error)
        self.trashed.refresh()
        self._session.rescan()  # pictures may have moved before what failed

    # ---- the thread

    def _start(
        self, work: Callable[[], _T], then: Callable[[_T], None], failed: Callable[[DiscernError], None]
    ) -> None:
        worker = Worker(once(work), parent=QCoreApplication.instance())
        self._worker = worker
        worker.succeeded.connect(lambda: then(worker.result))
        worker.failed.connect(failed)
        worker.ended.connect(self._on_ended)
        worker.start()

    def _on_ended(self) -> None:
        assert self._worker is not None
        self._worker.deleteLater()
        self._worker = None
        if self._steps:
            self._carry_out()
            return
        waiting, self._waiting = self._waiting, []
        for function in waiting:
            function()
        if not self.busy:
            self.idle.emit()


def _change_marks(project: Project, mark: Mark, files: Sequence[str], on: bool) -> None:
    from desktop_app.project.marks import MarkChange

    subjects = tuple(dict.fromkeys(project.subjects(mark, files)[0].values()))
    project.change_marks(MarkChange(mark, *((subjects, ()) if on else ((), subjects))))
