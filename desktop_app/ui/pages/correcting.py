"""Correcting what a picture is, wherever one is looked at: its label is right, it is something else, it is excluded."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop_app.project.marks import Mark
from desktop_app.ui.presses import is_plain, is_press
from desktop_app.ui.session import Session


class Correcting(QObject):
    """Turns keys and buttons into steps of the organiser, which undo takes back.

    The keys are those of the Images page: those of the classes, 0 and X; K says that the label is right.

    Signals:
        kept(), relabelled(class_name: str), excluded(on: bool): this was asked for, of the pictures in hand.

    Args:
        in_hand: the files that a key is for.
        are_excluded: whether all of these are excluded already.
        watched: where the keys work.
    """

    kept = Signal()
    relabelled = Signal(str)
    excluded = Signal(bool)

    def __init__(
        self,
        session: Session,
        in_hand: Callable[[], list[str]],
        are_excluded: Callable[[], bool],
        watched: Sequence[QWidget],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._organiser = session.organiser
        self._in_hand = in_hand
        self._are_excluded = are_excluded
        for widget in watched:
            widget.installEventFilter(self)

    def keep(self) -> None:
        """Say that the label is right."""
        if files := self._files():
            self._include(files)
            self._organiser.mark(Mark.LABEL_KEPT, files, on=True)
            self.kept.emit()

    def relabel(self, class_name: str) -> None:
        """Put it into another class; "" for none. To put it where it is already says that the label is right."""
        files = self._files()
        if not files:
            return
        if class_name and all(file.startswith(f"{class_name}/") for file in files):
            self.keep()
            return
        self._include(files)
        if class_name:
            self._organiser.put(files, class_name)
        else:
            self._organiser.unlabel(files)
        self.relabelled.emit(class_name)

    def exclude(self) -> None:
        """Let it take part in nothing; or again, where it is excluded already."""
        if files := self._files():
            on = not self._are_excluded()
            self._organiser.mark(Mark.EXCLUDED, files, on=on)
            self.excluded.emit(on)

    def _include(self, files: list[str]) -> None:
        """Whoever says what a picture is wants it to take part again."""
        if self._are_excluded():
            self._organiser.mark(Mark.EXCLUDED, files, on=False)

    def _files(self) -> list[str]:
        return self._in_hand() if self._organiser.can_change else []

    # ---- keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if is_press(event) and is_plain(event):
            return self._on_key(event.text().casefold())
        return False

    def _on_key(self, key: str) -> bool:
        classes = self._session.classes
        name = next((info.name for info in classes if key and info.key and info.key.casefold() == key), "")
        if name:
            self.relabel(name)
        elif key == "0":
            self.relabel("")
        elif key == "x":
            self.exclude()
        elif key == "k":
            self.keep()
        else:
            return False
        return True
