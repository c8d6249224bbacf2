"""Labels that look wrong, as a judgement keeps them in the index, and those that the person said are right.

Who judges is `learning.doubtful`. A judgement speaks of contents and class names, so that it holds for pictures that
were moved or renamed since; one whose label is another by now is no longer in doubt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from desktop_app import storage
from desktop_app.project import names
from desktop_app.project.index import Index

FORMAT = 1
_KIND = "label_kept"
_NO_DOUBT = -1


class KeptLabels:
    """The labels of which a person said that they are right, by content; in `health.jsonl`."""

    def __init__(self, path: Path, *, writable: bool = True) -> None:
        self.path = path
        self._writable = writable
        self._kept: set[tuple[str, str]] = set()
        for record in storage.read_records(path):
            self._replay(record)

    def __contains__(self, label: tuple[str, str]) -> bool:
        """`label`: (content hash, class name)."""
        content, name = label
        return (content, names.same_text(name)) in self._kept

    def keep(self, labels: Iterable[tuple[str, str]]) -> None:
        """Remember that these labels are right.

        Raises:
            StorageError: the disk refused; nothing is remembered.
        """
        record = {"format": FORMAT, "kind": _KIND, "labels": [list(label) for label in labels]}
        if self._writable:
            storage.append_record(self.path, record)
        self._replay(record)

    def _replay(self, record: Any) -> None:
        """Take one record over; what is none, or damaged, is passed over. A newer file was refused before this."""
        if not isinstance(record, dict) or record.get("kind") != _KIND or record.get("format") != FORMAT:
            return
        for label in record["labels"] if isinstance(record.get("labels"), list) else []:
            match label:
                case [str(content), str(name)]:
                    self._kept.add((content, names.same_text(name)))


def store_judgement(
    index: Index,
    classes: Sequence[str],
    suggested: Mapping[str, tuple[int, float]],
    judged: Iterable[str],
    subject: str,
) -> None:
    """Keep a judgement of the labels of all `judged` contents.

    Args:
        suggested: for the contents in doubt, the class that they look like (an index into `classes`) and its
            probability.
        subject: a name for all that the judgement depends on.
    """
    rows = dict.fromkeys(judged, (_NO_DOUBT, 0.0)) | dict(suggested)
    index.store_predictions(_key(classes), rows)
    index.store_predictions(_key(classes, "subject"), {subject: (_NO_DOUBT, 0.0)})


def is_judged(index: Index, classes: Sequence[str], subject: str) -> bool:
    """Whether exactly this was judged before."""
    return subject in index.predictions(_key(classes, "subject"))


def doubted(index: Index, classes: Sequence[str]) -> dict[str, tuple[int, float]]:
    """The contents whose label looked wrong when it was judged: the class that they look like, its probability."""
    found: dict[str, tuple[int, float]] = {}
    for page in index.prediction_pages(_key(classes)):
        doubts = page[(page["predicted"] >= 0) & (page["predicted"] < len(classes))]
        found |= {content.decode(): (label, probability) for content, label, probability in doubts.tolist()}
    return found


def _key(classes: Sequence[str], what: str = "labels") -> str:
    """What a judgement is stored under. It numbers the classes, so that it is worth nothing for others."""
    digest = hashlib.sha256("\0".join(map(names.same_text, classes)).encode())
    return f"{what}-{digest.hexdigest()[:32]}"
