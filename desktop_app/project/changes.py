"""What has changed in the class folders since a training froze them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from desktop_app.events import Split
from desktop_app.project import names
from desktop_app.project.catalog import SPLITS, Catalog, Snapshot


@dataclass(frozen=True, slots=True)
class Changes:
    """The pictures behind each kind of change, by file; those that are gone by their file of then.

    Attributes:
        added: their content was in no class.
        removed: their content is in no class any more.
        relabelled: the same content in another class, or a class that was renamed.
        excluded: the person said that it takes part in nothing.
        dealt: the same content and class in another split.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    relabelled: tuple[str, ...] = ()
    dealt: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        return len(self.added) + len(self.removed) + len(self.relabelled) + len(self.dealt) + len(self.excluded)


def changes(
    then: Snapshot,
    now: Catalog,
    contents: Mapping[str, str],
    split_of: Callable[[str], Split | None],
    excluded: Collection[str] = (),
) -> Changes:
    """Compare a run's pictures with those of today. A picture is its content: renaming its file is no change.

    Args:
        contents: the content hash of each labelled file of `now`; those that are missing can't be read.
        split_of: the split of a content, None if it is not known.
        excluded: contents that the person excluded.
    """
    was, is_ = defaultdict[str, list[_Place]](list), defaultdict[str, list[_Place]](list)
    for file, content, label in zip(then.files, then.hashes, then.labels.tolist(), strict=True):
        if content not in excluded:
            was[content].append((names.same_text(then.classes[label]), file))
    for file, label in zip(now.files, now.labels.tolist(), strict=True):
        if label >= 0 and file in contents and contents[file] not in excluded:
            is_[contents[file]].append((names.same_text(now.classes[label]), file))
    added, removed, relabelled, kept = [], [], [], {}
    for content in was.keys() | is_.keys():
        old, new = _without(was[content], is_[content]), _without(is_[content], was[content])
        both = min(len(old), len(new))
        relabelled += new[:both]
        added += new[both:]
        removed += old[both:]
        if was[content] and not old and not new:
            kept[content] = is_[content]
    dealt = []
    for content, split in zip(then.hashes, then.splits.tolist(), strict=True):
        if split >= 0 and split_of(content) not in (None, SPLITS[split]):
            dealt += [file for _, file in kept.pop(content, ())]
    out = [file for file, content in zip(then.files, then.hashes, strict=True) if content in excluded]
    return Changes(*(tuple(sorted(files)) for files in (added, removed, relabelled, dealt, out)))


_Place = tuple[str, str]  # class, file


def _without(places: list[_Place], others: list[_Place]) -> list[str]:
    """The files of those places whose class is not among the others, each of which counts once."""
    left = [name for name, _ in others]
    files = []
    for name, file in sorted(places):
        if name in left:
            left.remove(name)
        else:
            files.append(file)
    return files
