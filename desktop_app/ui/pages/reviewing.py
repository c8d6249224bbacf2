"""Going through the labels that look wrong, one picture after the other: keep, relabel or exclude, by keys."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal

from desktop_app.errors import DiscernError
from desktop_app.project import names
from desktop_app.project.marks import Mark, kept_label
from desktop_app.ui import wording
from desktop_app.ui.latest import Latest
from desktop_app.ui.models.suspects import (
    NeighboursModel,
    Suspect,
    Suspects,
    SuspectsModel,
    Verdict,
    load_suspects,
    neighbours,
)
from desktop_app.ui.pages.correcting import Correcting
from desktop_app.ui.pages.full_view import FullView
from desktop_app.ui.presses import ENTER, is_press
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.message_bar import MessageBar
from desktop_app.ui.widgets.neighbours_card import NeighboursCard
from desktop_app.ui.widgets.verdict_bar import VerdictBar

if TYPE_CHECKING:
    from desktop_app.project.outcome import Outcome


class Reviewing(QObject):
    """`view` is shown while it lasts.

    Signals:
        started(): the suspects are known; show `view`.
        ended(): the person is done, or the project is closed.

    Args:
        message: where it says that there is nothing to review, or what went wrong.
    """

    started = Signal()
    ended = Signal()

    def __init__(self, session: Session, theme: Theme, message: MessageBar, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._message = message
        self._suspects: Suspects | None = None
        self._open: set[int] = set()
        self._alike: Latest[list[str]] = Latest(session, self, self._show_alike, self._show_none_alike)
        self.model = SuspectsModel(self._verdict, self)
        self.alike = NeighboursModel(self)
        self.bar = VerdictBar(theme)
        self.neighbours = NeighboursCard(self.alike, session.thumbnails, theme)
        self.view = FullView(session, self.model, theme, keys=self._keys(), about=(self.neighbours,), below=self.bar)
        self.view.panel.called.set_caption(self.tr("The other pictures say"))
        self.correcting = Correcting(
            session,
            lambda: [self.model.file(self.view.row)],
            lambda: self.model.is_excluded(self.view.row),
            (self.view,),
            self,
        )
        self.view.installEventFilter(self)
        self._connect()

    def _connect(self) -> None:
        self.view.closed.connect(self._close)
        self.view.shown.connect(self._on_shown)
        self.bar.kept.connect(self.correcting.keep)
        self.bar.relabelled.connect(self._agree)
        self.bar.excluded.connect(self.correcting.exclude)
        self.correcting.kept.connect(lambda: self._decide(Verdict.KEPT))
        self.correcting.relabelled.connect(lambda _name: self._decide(Verdict.RELABELLED))
        self.correcting.excluded.connect(lambda on: self._decide(Verdict.EXCLUDED if on else Verdict.OPEN))
        self.neighbours.chosen.connect(self._compare)
        organiser = self._session.organiser
        organiser.pictures_moved.connect(lambda files, _classes: self.model.rename(files))
        organiser.step_ended.connect(self._on_step)
        organiser.step_failed.connect(lambda _error: self._look_again())
        organiser.changed.connect(self._refresh_buttons)
        self._session.catalog_changed.connect(lambda _initiator: self.model.set_classes(self._session.classes))
        self._session.project_closing.connect(self._close)

    def _keys(self) -> list[tuple[str, str]]:
        return [
            ("K", self.tr("keep the label")),
            (self.tr("Enter"), self.tr("what the others say")),
            ("1–9", self.tr("another class")),
            ("X", self.tr("exclude")),
            (self.tr("Ctrl+Z"), self.tr("undo")),
        ]

    # ---- beginning and end

    def start(self) -> None:
        """Look up the suspects, in the background; then `started` follows."""
        project, catalog, health = self._session.project, self._session.catalog, self._session.health
        if project is None or catalog is None or health is None:
            return

        def show(suspects: Suspects) -> None:
            if self._session.project is project:
                self._show(suspects)

        self._session.read(partial(load_suspects, project, catalog, health), show, self._message.show_error, owner=self)

    def _show(self, suspects: Suspects) -> None:
        if not suspects.found:
            self._message.show_message("ok", self.tr("No label looks wrong any more."))
            return
        self._suspects = suspects
        self.model.show_suspects(suspects.found, self._session.classes)
        self._open = set(self.model.open_rows())
        self._refresh_buttons()
        self.view.show_row(0)
        self.started.emit()
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _close(self, _row: int = -1) -> None:
        if self._suspects is not None:
            self._suspects = None
            self._alike.forget()
            self.ended.emit()

    # ---- the picture that is looked at

    def _on_shown(self, row: int) -> None:
        if self._suspects is None or self._session.project is None:
            return
        suspect = self.model.suspect(row)
        self.bar.show_question(self._words(row), suspect.looks_like, excluded=self.model.is_excluded(row))
        total = self.model.rowCount()
        self.bar.show_progress(total - len(self.model.open_rows()), total)
        self._alike.ask(partial(neighbours, self._session.project, self._suspects, suspect.content))

    def _words(self, row: int) -> str:
        """What is asked of a picture, or what became of it."""
        suspect, mark = self.model.suspect(row), self.model.class_of(row)
        if not self.model.open_rows():
            return self._summary()
        match self.model.verdict(row):
            case Verdict.KEPT:
                return self.tr("You kept “{label}”.").format(label=suspect.label)
            case Verdict.EXCLUDED:
                return self.tr("You excluded it.")
            case Verdict.RELABELLED:
                name = mark.name if mark else self.tr("Unlabelled")
                return self.tr("You changed “{before}” to “{label}”.").format(before=suspect.label, label=name)
            case _:
                return self.tr("Is this really “{label}”?").format(label=suspect.label)

    def _summary(self) -> str:
        counts = Counter(self.model.verdict(row) for row in range(self.model.rowCount()))
        text = self.tr("All decided: {kept} kept, {changed} changed, {excluded} excluded. Train again to use it.")
        return text.format(
            kept=wording.number(counts[Verdict.KEPT]),
            changed=wording.number(counts[Verdict.RELABELLED]),
            excluded=wording.number(counts[Verdict.EXCLUDED]),
        )

    def _show_alike(self, files: list[str]) -> None:
        self.alike.show_files(files, self._session.classes)

    def _show_none_alike(self, _error: DiscernError) -> None:
        self.alike.show_files([], ())

    def _compare(self, row: int) -> None:
        """Put one of the most alike pictures beside this one."""
        self.view.beside.set_reference(self.alike.file(row))
        self.view.set_mode("beside")

    # ---- verdicts

    def _verdict(self, suspect: Suspect, class_name: str) -> Verdict:
        project = self._session.project
        if project is None:
            return Verdict.OPEN
        if suspect.content in project.marked(Mark.EXCLUDED):
            return Verdict.EXCLUDED
        if names.same_text(class_name) != names.same_text(suspect.label):
            return Verdict.RELABELLED
        kept = kept_label(suspect.content, class_name) in project.marked(Mark.LABEL_KEPT)
        return Verdict.KEPT if kept else Verdict.OPEN

    def _agree(self) -> None:
        """It is what the other pictures say."""
        if self._suspects is not None:
            self.correcting.relabel(self.model.suspect(self.view.row).looks_like)

    def _decide(self, verdict: Verdict) -> None:
        """Show what was asked for at once, and go on to the next one."""
        row = self.view.row
        self.model.foresee(row, verdict)
        self._open = set(self.model.open_rows())
        following = self.model.next_open(row) if verdict is not Verdict.OPEN else row
        self.view.show_row(following if following >= 0 else row)

    def _on_step(self, outcome: Outcome) -> None:
        self._look_again(undone=outcome.kind.value == "undo")

    def _look_again(self, *, undone: bool = False) -> None:
        """A step has ended; what was undone is looked at again."""
        if self._suspects is None or self._session.organiser.pending:
            return
        self.model.look_again()
        before, self._open = self._open, set(self.model.open_rows())
        opened = self._open - before
        self.view.show_row(min(opened) if undone and opened else self.view.row)

    def _refresh_buttons(self) -> None:
        organiser = self._session.organiser
        self.bar.set_enabled(organiser.can_change, organiser.why_not)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if is_press(event) and event.key() in ENTER:
            self._agree()
            return True
        return False
