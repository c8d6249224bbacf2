"""Labels that look wrong, as a judgement keeps them in the index.

Who judges is `learning.doubtful`. A judgement speaks of contents and class names, so that it holds for pictures that
were moved or renamed since; one whose label is another by now is no longer in doubt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from desktop_app.project import names
from desktop_app.project.index import Index

_NO_DOUBT = -1


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
