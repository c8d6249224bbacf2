"""What every page of the window is."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme

PageName = Literal["images", "train", "evaluate", "use", "networks"]


class Page(QWidget):
    """A page is made when it is first shown, and then kept; the session tells it what changes meanwhile.

    `page_requested` asks the window to show another page, `findings_requested` the pictures that have any of these
    findings of the health check. `set_compact` tells that the window is small (logical width
    below 1,200 px): right columns become tabs, and nothing is cut.
    """

    page_requested = Signal(str)
    findings_requested = Signal(int)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.theme = theme
        self.compact = False

    def show_findings(self, findings: int) -> None:
        """Show the pictures that have any of these findings; only the Images page can."""
        raise NotImplementedError

    def set_compact(self, compact: bool) -> None:
        self.compact = compact
