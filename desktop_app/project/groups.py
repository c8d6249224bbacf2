"""Pictures that belong together: the same part, lot or person must not be learnt from and tested on.

A group comes from a table (see `split_table`), from a part of the file name, or from the folder in the class folder.
Pictures that look alike may be groups as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from desktop_app.errors import DataError
from desktop_app.project import names
from desktop_app.project.alike import LOWEST, THRESHOLD


class GroupPattern:
    """Finds a picture's group in its name.

    Either a simple pattern such as `part_*`, where `*` stands for letters and digits and `?` for one of them (the
    text that matches is the group), or a regular expression with one group in parentheses, such as `lot(\\d+)_`.

    Raises:
        DataError: the pattern is none, or could take forever.
    """

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self._regex = _compiled(pattern) if pattern else None

    def group(self, file: str) -> str:
        """The group of a picture (its path in the project); "" if its name has none."""
        found = self._regex.search(file[-LONGEST_NAME:]) if self._regex else None
        return names.same_text(found.group(1) or "") if found else ""


def _compiled(pattern: str) -> re.Pattern[str]:
    def refused(why: str) -> DataError:
        return DataError(
            "“{pattern}” can't be used to find groups.",
            why=why,
            hint="Write the part of the name that pictures of one group share, with * for what differs: part_*",
            pattern=names.for_display(pattern[:LONGEST_PATTERN]),
        )

    if "(" in pattern:
        return compiled_regex(pattern, refused)
    simple = re.escape(pattern).replace(r"\*", r"[^\W_]+").replace(r"\?", r"[^\W_]")
    return compiled_regex(f"({simple})", refused)


@dataclass(frozen=True, slots=True)
class Grouping:
    """What makes the pictures of a project belong together, where no table says it.

    Attributes:
        pattern: of names, see `GroupPattern`; "" for none.
        folders: pictures in a folder of the same name below their class folders are a group; `pattern` then rests.
        alike: pictures that look alike are a group, too.
        threshold: how much alike they must be, `LOWEST` to 1; it also decides which near-duplicates are shown.

    Raises:
        DataError: `pattern` is none, or `threshold` out of bounds.
    """

    pattern: str = ""
    folders: bool = False
    alike: bool = True
    threshold: float = THRESHOLD

    def __post_init__(self) -> None:
        GroupPattern(self.pattern)  # raises
        if not LOWEST <= self.threshold <= 1:
            raise DataError(
                "Near-duplicates can't be told by a threshold of {value}.",
                hint="It must lie between {lowest:.0%} and 100 %.",
                value=self.threshold,
                lowest=LOWEST,
            )

    def named(self, files: Sequence[str]) -> list[str]:
        """The group of each picture, by folder or name; "" for none."""
        if self.folders:
            return [names.same_text("/".join(file.split("/")[1:-1])) for file in files]
        pattern = GroupPattern(self.pattern)
        return [pattern.group(file) for file in files]


# ---- patterns from anywhere

# A project comes from anywhere, and so does its pattern. A matcher that tracks back can be kept busy for years by a
# repeated group or by many repeats; with these limits it takes half a second a picture at the very worst.
_MOST_REPEATS = 3
LONGEST_NAME = 160  # characters of a name, its last ones, that are looked at
LONGEST_PATTERN = 200
_LITERALS = re.compile(r"\\[^1-9]|\[[^\]]*\]|\(\?:")  # what looks like a repeat but is none
_REPEAT = re.compile(r"(?:[*+?]|\{[^}]*\})[?+]?")
_TRICKY = re.compile(r"\)(?:[*+?]|\{)|\\|\(\?")  # a repeated group, a look back, a look around


def compiled_regex(regex: str, refused: Callable[[str], DataError]) -> re.Pattern[str]:
    """A regular expression with exactly one group, made sure to come to an end on names of `LONGEST_NAME`.

    Raises:
        DataError: as `refused` makes it of the reason.
    """
    if len(regex) > LONGEST_PATTERN:
        raise refused("It is too long.")
    bare = _LITERALS.sub("x", regex)
    if _TRICKY.search(bare):
        raise refused("Groups in parentheses can't be repeated or looked at twice.")
    if len(_REPEAT.findall(bare)) > _MOST_REPEATS:
        raise refused(f"It contains more than {_MOST_REPEATS} repeats.")
    try:
        compiled = re.compile(regex)
    except (re.error, OverflowError, RecursionError) as error:
        raise refused("It is no regular expression.") from error
    if compiled.groups != 1:
        raise refused("It needs exactly one group in parentheses.")
    return compiled


def joined_groups(groups: Sequence[Sequence[str]]) -> list[str]:
    """One group per content. Groups that share a content are joined: its copies must stay in one split."""
    parent: dict[str, str] = {}

    def root(group: str) -> str:
        while (above := parent.setdefault(group, group)) != group:
            parent[group] = group = parent[above]
        return group

    firsts = []
    for copies in groups:
        named = sorted({group for group in copies if group})
        for other in named[1:]:
            parent[root(other)] = root(named[0])
        firsts.append(named[0] if named else "")
    return [root(first) if first else "" for first in firsts]
