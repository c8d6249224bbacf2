"""What a person says of single pictures: which are golden, which are excluded, and whose label is right.

A mark belongs to a picture's content, as its split does, so that copies and renamed files keep theirs. It is kept in
`marks.jsonl`; what was marked last counts. That a label is right is said of a content in a class: it no longer holds
for the same picture in another one.

    {"format": 1, "mark": "golden", "on": [content, …], "off": [content, …]}
"""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from desktop_app import storage
from desktop_app.errors import ProjectError, StorageError
from desktop_app.project import names

FORMAT = 1
FILE = "marks.jsonl"
_CONTENT = re.compile(r"[0-9a-f]{32}")
_CONTENT_IN_CLASS = re.compile(r"[0-9a-f]{32} .+", re.DOTALL)


class Mark(StrEnum):
    GOLDEN = "golden"  # no model may be released that gets it wrong and the one before did not
    EXCLUDED = "excluded"  # it stays where it is, and takes part in no split, training, result or finding
    LABEL_KEPT = "label_kept"  # its label is right, whatever other pictures say


class MarkChange(NamedTuple):
    """Contents (for `LABEL_KEPT`, what `kept_label` makes of them) that get a mark, and those that lose it."""

    mark: Mark
    on: tuple[str, ...] = ()
    off: tuple[str, ...] = ()

    @property
    def reverse(self) -> MarkChange:
        return MarkChange(self.mark, self.off, self.on)

    def to_dict(self) -> dict[str, Any]:
        return {"mark": self.mark, "on": list(self.on), "off": list(self.off)}

    @classmethod
    def from_dict(cls, document: object) -> MarkChange:
        """Raises: ValueError if it is none."""
        match document:
            case {"mark": str(mark), "on": list(on), "off": list(off)}:
                form = _CONTENT_IN_CLASS if mark == Mark.LABEL_KEPT else _CONTENT
                if all(isinstance(content, str) and form.fullmatch(content) for content in on + off):
                    return cls(Mark(mark), tuple(on), tuple(off))
        raise ValueError(document)


def kept_label(content: str, class_name: str) -> str:
    """What `Mark.LABEL_KEPT` is put on: a content in a class."""
    return f"{content} {names.same_text(class_name)}"


class Marks:
    """The marks of a project's pictures."""

    def __init__(self, path: Path, *, writable: bool = True) -> None:
        """Raises: ProjectError if the file was written by a newer Discern."""
        self.path = path
        self._writable = writable
        self._marked: dict[Mark, set[str]] = {mark: set() for mark in Mark}
        for record in storage.read_records(path):
            self._replay(record)

    def __getitem__(self, mark: Mark) -> Collection[str]:
        """The contents that have a mark."""
        return self._marked[mark]

    def change(self, change: MarkChange) -> None:
        """Put marks on and take them off; doing it twice does no harm.

        Raises:
            StorageError: the disk refused; the marks are as before.
        """
        before = self._marked[change.mark]
        self._apply(change)
        if not self._writable:
            return
        try:
            storage.append_record(self.path, {"format": FORMAT, **change.to_dict()})
        except StorageError:
            if not self._is_stored(change.mark):
                self._marked[change.mark] = before
                raise

    def _is_stored(self, mark: Mark) -> bool:
        """Whether the marks can be read back: a disk may refuse after it has taken over a record."""
        try:
            return Marks(self.path, writable=False)[mark] == self[mark]
        except OSError:
            return False

    def _replay(self, record: Any) -> None:
        """Take one record over; what a damaged or hostile file makes of it is passed over."""
        if not isinstance(record, dict) or type(version := record.get("format")) is not int:
            return
        if version > FORMAT:
            raise ProjectError(
                "This project was changed by a newer Discern.",
                why="Its marked pictures have the format {version}; this version reads up to {newest}.",
                hint="Install the newer version on this computer. Nothing was changed.",
                version=version,
                newest=FORMAT,
            )
        try:
            self._apply(MarkChange.from_dict(record))
        except ValueError:
            return

    def _apply(self, change: MarkChange) -> None:
        # Another set each time: readers in other threads keep the one that they have.
        self._marked[change.mark] = (self._marked[change.mark] | set(change.on)) - set(change.off)
