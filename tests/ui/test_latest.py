"""Questions that overtake each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QObject

from desktop_app.errors import DiscernError, ImageError
from desktop_app.ui.latest import Latest
from desktop_app.ui.session import Session


class Desk:
    """Answers questions when the test says so, and notes what came of them."""

    def __init__(self, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun: list[tuple[Any, Callable[[Any], None], Callable[[DiscernError], None]]] = []
        self.answers: list[str] = []
        self.failures: list[str] = []
        monkeypatch.setattr(session, "read", lambda *question, owner: self.begun.append(question))
        self.latest: Latest[str] = Latest(
            session, QObject(session), self.answers.append, lambda error: self.failures.append(error.what)
        )

    def answer(self) -> None:
        make, then, failed = self.begun.pop(0)
        try:
            found = make()
        except DiscernError as error:
            failed(error)
        else:
            then(found)


@pytest.fixture
def desk(session: Session, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(session, monkeypatch)


def cut_off() -> str:
    raise ImageError("cut off")


def test_one_at_a_time_and_only_the_newest_waits(desk: Desk) -> None:
    for name in "abcd":
        desk.latest.ask(lambda name=name: name)  # type: ignore[misc]
    assert len(desk.begun) == 1
    desk.answer()
    assert desk.answers == [], "a was overtaken"
    desk.answer()
    assert desk.answers == ["d"]
    assert desk.begun == []


def test_a_question_after_an_answer(desk: Desk) -> None:
    for name in ("a", "b"):
        desk.latest.ask(lambda name=name: name)  # type: ignore[misc]
        desk.answer()
    assert desk.answers == ["a", "b"]


def test_a_failure_is_told_unless_it_was_overtaken(desk: Desk) -> None:
    desk.latest.ask(cut_off)
    desk.answer()
    assert desk.failures == ["cut off"]
    desk.latest.ask(cut_off)
    desk.latest.ask(lambda: "b")
    desk.answer()
    desk.answer()
    assert (desk.failures, desk.answers) == (["cut off"], ["b"])


def test_what_is_forgotten_is_not_answered(desk: Desk) -> None:
    desk.latest.ask(lambda: "a")
    desk.latest.ask(lambda: "b")
    desk.latest.forget()
    desk.answer()
    assert desk.begun == []
    assert desk.answers == []
