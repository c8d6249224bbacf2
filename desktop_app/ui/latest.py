"""One question at a time in the background: while one is being answered, only the newest other one waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject

from desktop_app.errors import DiscernError
from desktop_app.ui.session import Session

T = TypeVar("T")


class Latest(Generic[T]):
    """Answers come in the window's thread; those that were overtaken by a newer question do not come at all.

    Args:
        owner: nothing is answered once it is deleted.
        then: takes an answer.
        failed: takes what went wrong instead.
    """

    def __init__(
        self,
        session: Session,
        owner: QObject,
        then: Callable[[T], None],
        failed: Callable[[DiscernError], None],
    ) -> None:
        self._session = session
        self._owner = owner
        self._then = then
        self._failed = failed
        self._waiting: Callable[[], T] | None = None
        self._number = 0  # of the newest question
        self._busy = False

    def ask(self, make: Callable[[], T]) -> None:
        """Compute something; whatever was asked before is of no interest any more."""
        self._number += 1
        if self._busy:
            self._waiting = make
        else:
            self._start(make)

    def forget(self) -> None:
        """Nothing is of interest any more."""
        self._number += 1
        self._waiting = None

    def _start(self, make: Callable[[], T]) -> None:
        number = self._number
        self._busy = True

        def then(answer: T) -> None:
            self._end()
            if number == self._number:
                self._then(answer)

        def failed(error: DiscernError) -> None:
            self._end()
            if number == self._number:
                self._failed(error)

        self._session.read(make, then, failed, owner=self._owner)

    def _end(self) -> None:
        self._busy = False
        if self._waiting is not None:
            make, self._waiting = self._waiting, None
            self._start(make)
