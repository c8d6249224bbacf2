"""What happens to exceptions that nobody caught: they are logged, and the person is told that it was our fault."""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal

_log = logging.getLogger(__name__)


class CrashNet(QObject):
    """Catches exceptions in any thread. A hook may run in any of them, so it only logs and emits a queued signal.

    `crashed` carries a short text: the kind of the exception and what it says.
    """

    crashed = Signal(str)
    _caught = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._told: set[str] = set()
        self._caught.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        sys.excepthook = self._hook
        threading.excepthook = lambda args: self._hook(args.exc_type, args.exc_value, args.exc_traceback)

    def _hook(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        if error is None or issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace) if error else None
            return
        _log.critical("Unhandled", exc_info=(kind, error, trace))
        sys.__excepthook__(kind, error, trace)
        self._caught.emit(f"{kind.__name__}: {error}")

    def _tell(self, text: str) -> None:
        # A slot that fails on every paint must not open a message for each.
        if text not in self._told:
            self._told.add(text)
            self.crashed.emit(text)
