"""Errors say what, why and what to do, and survive the pipe between processes."""

from __future__ import annotations

import json

import pytest

from desktop_app import errors
from desktop_app.errors import DiscernError, ProjectError, StorageError

# The window has one more, for crashes, which no other process ever sees.
KINDS = [kind for kind in DiscernError.__subclasses__() if kind.__module__ == errors.__name__]


def test_the_three_sentences_are_filled_in() -> None:
    error = StorageError("“{file}” is full.", why="{n} bytes.", hint="Free space.", file="a.json", n=3)
    assert (error.what, error.why, error.hint) == ("“a.json” is full.", "3 bytes.", "Free space.")
    assert str(error) == "“a.json” is full. 3 bytes. Free space."


def test_values_are_never_templates() -> None:
    # A folder may be called anything.
    error = ProjectError("“{folder}” is gone.", folder="{0}{folder.__class__}{")
    assert str(error) == "“{0}{folder.__class__}{” is gone."


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_survives_json(kind: type[DiscernError]) -> None:
    error = kind("“{file}”", why="{n} of {part}", hint="Try.", file="x", n=3, part=0.5)
    copy = DiscernError.from_dict(json.loads(json.dumps(error.to_dict())))
    assert type(copy) is kind
    assert (copy.templates, copy.values, str(copy)) == (error.templates, error.values, str(error))


def test_an_unknown_kind_is_still_an_error() -> None:
    data = ProjectError("Gone.").to_dict() | {"error": "FutureError"}
    copy = DiscernError.from_dict(data)
    assert type(copy) is DiscernError and str(copy) == "Gone."


def test_the_docstring_draws_every_kind() -> None:
    assert all(kind.__name__ in (errors.__doc__ or "") for kind in KINDS)
