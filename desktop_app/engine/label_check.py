"""The health check's look at the labels: which of them do the other pictures contradict?"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.events import Events
from desktop_app.project import label_doubts
from desktop_app.project.catalog import Catalog
from desktop_app.project.label_doubts import Doubt
from desktop_app.project.marks import Mark
from desktop_app.project.project import Project

if TYPE_CHECKING:
    from desktop_app.learning.doubtful import Judgement

MOST = 30_000  # pictures; more embeddings would not fit into a small computer's memory
_FEWEST = 5  # pictures of each class, or nobody can say what is usual


def check_labels(project: Project, catalog: Catalog, content_of: dict[str, str], key: str) -> Events:
    """Judge the labels of pictures whose embeddings are known, unless just these were judged before.

    Args:
        content_of: the content hash of each file that can be read.
        key: names the embeddings in the index.
    """
    from desktop_app.learning.doubtful import judge_labels

    files, contents, labels = _labelled(catalog, content_of, project.marked(Mark.EXCLUDED))
    if len(contents) > MOST:
        return
    vectors = project.index.embeddings(key, contents)
    there = [place for place, content in enumerate(contents) if content in vectors]
    counts = np.bincount(labels[there], minlength=len(catalog.classes))
    usable = counts >= _FEWEST
    if np.count_nonzero(usable) < 2:
        return
    there = [place for place in there if usable[labels[place]]]
    files, contents = [files[place] for place in there], [contents[place] for place in there]
    labels = labels[there]
    subject = _subject(contents, labels, key)
    if label_doubts.is_judged(project.index, catalog.classes, subject):
        return
    kept, dense = np.unique(labels, return_inverse=True)
    groups = project.splits.groups(files, contents, project.config.grouping)
    matrix = np.stack([vectors[content] for content in contents])
    judgement: Judgement = yield from judge_labels(matrix, dense.astype(np.int32), groups, len(kept))
    suggested = {
        contents[row]: Doubt(
            int(kept[judgement.suggested[row]]), float(judgement.how_sure[row]), float(1 - judgement.margins[row]) / 2
        )
        for row in np.flatnonzero(judgement.doubtful).tolist()
    }
    label_doubts.store_judgement(project.index, catalog.classes, suggested, contents, subject)


def _labelled(
    catalog: Catalog, content_of: dict[str, str], excluded: Collection[str]
) -> tuple[list[str], list[str], NDArray[np.int32]]:
    """Files, contents and labels, each content once; one that lies in two classes is nobody's to judge."""
    labels_of: dict[str, set[int]] = {}
    file_of: dict[str, str] = {}
    for file, label in zip(catalog.files, catalog.labels.tolist(), strict=True):
        if label >= 0 and (content := content_of.get(file)) and content not in excluded:
            labels_of.setdefault(content, set()).add(label)
            file_of.setdefault(content, file)
    contents = [content for content, labels in labels_of.items() if len(labels) == 1]
    labels = np.array([next(iter(labels_of[content])) for content in contents], np.int32)
    return [file_of[content] for content in contents], contents, labels


def _subject(contents: Sequence[str], labels: NDArray[np.int32], key: str) -> str:
    digest = hashlib.sha256(f"how sure {key}".encode())  # judgements of old did not keep that
    for content, label in sorted(zip(contents, labels.tolist(), strict=True)):
        digest.update(f"{content} {label}\n".encode())
    return digest.hexdigest()[:32]
