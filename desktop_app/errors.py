"""The world's problems, told so that a person can act on them.

    DiscernError
    ├── ProjectError     the project folder, its state or its lock
    ├── ImageError       one picture that can't be used
    ├── DataError        the pictures, classes or splits don't allow what was asked
    ├── WeightsError     a pretrained network is missing or damaged
    ├── PackageError     a model package is damaged, hostile or too new
    ├── StorageError     the disk refused
    └── EngineError      the worker process died, or must be replaced
        └── NoMemoryError    since the computer ran out of memory

Everything else that is raised is a bug of ours and belongs to the crash net.
"""

from __future__ import annotations

from typing import Any


class DiscernError(Exception):
    """What happened, why, and what to do; each a sentence or nothing.

    The three texts are templates, filled with `values` by `str.format`, so that a translation can replace them.
    """

    def __init__(self, what: str, *, why: str = "", hint: str = "", **values: object) -> None:
        super().__init__(what)
        self.templates = (what, why, hint)
        self.values = {name: value if isinstance(value, int | float) else str(value) for name, value in values.items()}

    @property
    def what(self) -> str:
        return self.templates[0].format(**self.values)

    @property
    def why(self) -> str:
        return self.templates[1].format(**self.values)

    @property
    def hint(self) -> str:
        return self.templates[2].format(**self.values)

    def __str__(self) -> str:
        return " ".join(text for text in (self.what, self.why, self.hint) if text)

    def to_dict(self) -> dict[str, Any]:
        what, why, hint = self.templates
        return {"error": type(self).__name__, "what": what, "why": why, "hint": hint, "values": self.values}

    @staticmethod
    def from_dict(data: dict[str, Any]) -> DiscernError:
        kind = _KINDS.get(data["error"], DiscernError)
        return kind(data["what"], why=data["why"], hint=data["hint"], **data["values"])


class ProjectError(DiscernError):
    """The project folder, its state or its lock."""


class ImageError(DiscernError):
    """One picture that can't be used; `what` is short enough for its tile ("empty file")."""


class DataError(DiscernError):
    """The pictures, classes or splits don't allow what was asked."""


class WeightsError(DiscernError):
    """A pretrained network is missing or damaged."""


class PackageError(DiscernError):
    """A model package is damaged, hostile or too new; names the rule it breaks."""


class StorageError(DiscernError):
    """The disk refused: full, read-only, gone."""


class EngineError(DiscernError):
    """The worker process died, or can't work any more; what it had kept is safe."""


class NoMemoryError(EngineError):
    """The computer ran out of memory, or probably did; with less work at a time it may go on."""


_KINDS: dict[str, type[DiscernError]] = {
    kind.__name__: kind for kind in (*DiscernError.__subclasses__(), *EngineError.__subclasses__())
}
