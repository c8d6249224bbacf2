"""Labels that look wrong, as a judgement keeps them in the index.

Who judges is `learning.doubtful`. A judgement speaks of contents and class names, so that it holds for pictures that
were moved or renamed since; one whose label is another by now is no longer in doubt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from desktop_app.project import names
from desktop_app.project.index import Index

_NO_DOUBT = -1


class Doubt(NamedTuple):
    """What contradicts a label.

    Attributes:
        looks_like: the class that the picture looks like, an index into the project's classes.
        how_sure: the probability of that class, by a head that has not learnt from the picture.
        doubt: how much that outweighs the label, 0.5–1; the largest is looked at first.
    """

    looks_like: int
    how_sure: float
    doubt: float


def store_judgement(
    index: Index,
    classes: Sequence[str],
    suggested: Mapping[str, Doubt],
    judged: Iterable[str],
    subject: str,
) -> None:
    """Keep a judgement of the labels of all `judged` contents.

    Args:
        suggested: the contents in doubt.
        subject: a name for all that the judgement depends on.
    """
    sure = {content: (doubt.looks_like, doubt.how_sure) for content, doubt in suggested.items()}
    index.store_predictions(_key(classes, "labels-sure"), sure)
    found = {content: (doubt.looks_like, doubt.doubt) for content, doubt in suggested.items()}
    index.store_predictions(_key(classes), dict.fromkeys(judged, (_NO_DOUBT, 0.0)) | found)
    index.store_predictions(_key(classes, "subject"), {subject: (_NO_DOUBT, 0.0)})


def is_judged(index: Index, classes: Sequence[str], subject: str) -> bool:
    """Whether exactly this was judged before."""
    return subject in index.predictions(_key(classes, "subject"))


def doubted(index: Index, classes: Sequence[str]) -> dict[str, Doubt]:
    """The contents whose label looked wrong when it was judged."""
    sure = _read(index, classes, "labels-sure")
    return {
        content: Doubt(label, sure.get(content, (label, doubt))[1], doubt)
        for content, (label, doubt) in _read(index, classes, "labels").items()
    }


def _read(index: Index, classes: Sequence[str], what: str) -> dict[str, tuple[int, float]]:
    found: dict[str, tuple[int, float]] = {}
    for page in index.prediction_pages(_key(classes, what)):
        said = page[(page["predicted"] >= 0) & (page["predicted"] < len(classes))]
        found |= {content.decode(): (label, value) for content, label, value in said.tolist()}
    return found


def _key(classes: Sequence[str], what: str = "labels") -> str:
    """What a judgement is stored under. It numbers the classes, so that it is worth nothing for others."""
    digest = hashlib.sha256("\0".join(map(names.same_text, classes)).encode())
    return f"{what}-{digest.hexdigest()[:32]}"
