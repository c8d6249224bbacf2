"""What a person should know about splits that were dealt out, or taken from a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from desktop_app.events import Notice
from desktop_app.project import names
from desktop_app.project.catalog import TEST, TRAIN, VALIDATION, pictures


def validation_notice(table: str, took: int) -> Iterator[Notice]:
    """`took` of a table's train pictures had to become validation pictures."""
    if took:
        yield Notice(
            "info",
            f"“{table}” names no validation pictures, so {took} of its train pictures became validation pictures.",
            "Validation pictures choose the best epoch; the test split must not.",
        )


def changed_notice(into: int, out_of: int) -> Iterator[Notice]:
    """So many pictures, which had another split before, came into the test split, and so many left it."""
    if into or out_of:
        yield Notice(
            "warning",
            f"The test split changed: {pictures(into)} came in that may have been learnt from, "
            f"{pictures(out_of)} went out.",
            "Earlier results were measured on other pictures.",
            "Train and evaluate again before comparing.",
        )


def leak_notice(pictures: Iterable[tuple[str, int]]) -> Iterator[Notice]:
    """Groups that are in the test split and in another one; `pictures`: (group, split) of each."""
    splits_of: defaultdict[str, set[int]] = defaultdict(set)
    for group, split in pictures:
        if group and split >= 0:
            splits_of[group].add(split)
    if groups := sorted(group for group, splits in splits_of.items() if TEST in splits and len(splits) > 1):
        yield Notice(
            "warning",
            f"Groups with pictures in the test split and outside it: {names.listed(groups)}.",
            "A test on parts that were learnt from looks better than it is.",
            "Deal out the splits anew to keep these groups together.",
        )


def torn_notice(files: Sequence[str]) -> Iterator[Notice]:
    """Files of contents that lie in several classes."""
    if files:
        yield Notice(
            "warning",
            f"The same picture in more than one class: {names.listed(files)}.",
            "It can't be right in both.",
            "They are left out. Delete the wrong copies.",
        )


def missing_notices(labels: NDArray[np.int32], splits: NDArray[np.int8], classes: Sequence[str]) -> Iterator[Notice]:
    """Classes that are too small for every split."""
    missing: dict[int, list[str]] = {split: [] for split in (TRAIN, VALIDATION, TEST)}
    for label in sorted(set(labels.tolist())):
        there = set(splits[labels == label].tolist())
        for split, without in missing.items():
            if split not in there:
                without.append(classes[label])
    words = {
        TRAIN: ("train", "learnt"),
        VALIDATION: ("validation", "watched during training"),
        TEST: ("test", "tested"),
    }
    together: dict[tuple[str, ...], list[int]] = {}
    for split, without in missing.items():
        together.setdefault(tuple(without), []).append(split)
    together.pop((), None)
    for classes_without, where in together.items():
        split_names, verbs = zip(*(words[split] for split in where), strict=True)
        yield Notice(
            "warning",
            f"No picture in the {' and '.join(split_names)} split: {names.listed(classes_without)}.",
            f"Too few pictures, or too few groups: these classes can't be {' or '.join(verbs)}.",
            "Add pictures; from three on (of three groups), a class is in every split.",
        )
