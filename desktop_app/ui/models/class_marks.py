"""How classes are marked: colour and key, the same on every page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class KnownClass(Protocol):
    """What a project knows of a class."""

    @property
    def name(self) -> str: ...
    @property
    def colour(self) -> int: ...
    @property
    def key(self) -> str: ...


@dataclass(frozen=True)
class ClassMark:
    """A class's name, the number of its colour, and its key or, beyond the keys, its position.

    The key is empty where its position is the key of another class.
    """

    name: str
    colour: int
    key: str


def class_marks(names: Sequence[str], known: Sequence[KnownClass] = ()) -> list[ClassMark]:
    """Marks for a model's classes: the project's where it has that class, else by position."""
    mine = {item.name: (position, item) for position, item in enumerate(known)}
    keys = {item.key for item in known}
    marks = []
    for position, name in enumerate(names):
        if name in mine:
            place, item = mine[name]
            number = str(place + 1)
            marks.append(ClassMark(name, item.colour, item.key or ("" if number in keys else number)))
        else:
            marks.append(ClassMark(name, position % 10, str(position + 1)))
    return marks
