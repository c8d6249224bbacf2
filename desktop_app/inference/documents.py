"""Reading JSON from an untrusted source: every value is looked at before it is used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from desktop_app.errors import PackageError
from desktop_app.inference.container import refused
from desktop_app.project import names


def parse_json(data: bytes) -> dict[str, Any]:
    """A JSON object in strict UTF-8: no name twice, no NaN, nothing nested without end.

    Raises:
        PackageError: it is none.
    """
    try:
        document = json.loads(data.decode(), object_pairs_hook=_unique, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise refused("Its description is damaged.") from error
    if not isinstance(document, dict):
        raise refused("Its description is damaged.")
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError("a name twice")
    return document


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


class Fields:
    """The fields of a JSON object, taken out one by one with their type and bounds.

    Every method raises PackageError if the field is missing or not what it should be.
    """

    def __init__(self, document: object, where: str) -> None:
        if not isinstance(document, Mapping):
            raise wrong(where)
        self._document = dict(document)
        self._where = where

    def take(self, name: str) -> Any:
        """The field as it is."""
        if name not in self._document:
            raise wrong(self._name(name))
        return self._document.pop(name)

    def text(self, name: str, longest: int) -> str:
        """A text of one line that can be shown: no control characters, nothing that turns its direction."""
        value = self.take(name)
        if not isinstance(value, str) or len(value) > longest or names.for_display(value) != value:
            raise wrong(self._name(name))
        return value

    def integer(self, name: str, low: int, high: int) -> int:
        """A whole number."""
        value = self.take(name)
        if type(value) is not int or not low <= value <= high:
            raise wrong(self._name(name))
        return value

    def number(self, name: str, low: float, high: float) -> float:
        """A number; whole ones count."""
        value = self.take(name)
        if type(value) not in (int, float) or not low <= value <= high:  # NaN lies nowhere
            raise wrong(self._name(name))
        return float(value)

    def items(self, name: str, least: int, most: int) -> list[Any]:
        """A list of `least` to `most` values of any kind."""
        value = self.take(name)
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise wrong(self._name(name))
        return value

    def end(self) -> None:
        """Nothing else may be there."""
        if self._document:
            raise wrong(self._name(next(iter(self._document))))

    def _name(self, name: str) -> str:
        return f"{self._where}.{names.for_display(name)[:40]}" if self._where else names.for_display(name)[:40]


def wrong(name: str) -> PackageError:
    """The description's part `name` is not what it should be."""
    return refused("“{field}” in its description is missing, unknown or out of bounds.", field=name)
