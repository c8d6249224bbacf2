"""The class in a file's name, found by a pattern."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from desktop_app.errors import DataError
from desktop_app.project import names
from desktop_app.project.groups import LONGEST_NAME, LONGEST_PATTERN, compiled_regex

CLASS, NUMBER = "{class}", "{number}"
_PARTS = {CLASS: "(.+?)", NUMBER: r"\d+", "*": ".*", "?": "."}
_TOKEN = re.compile(r"\{class\}|\{number\}|[*?]")

# Tried from the first to the last; a name such as "cat_left_03" has its class before the number, not before the "_".
_USUAL = (
    "{class}_{number}",
    "{class}-{number}",
    "{class} ({number})",
    "{class} {number}",
    "{class}.{number}",
    "{class}{number}",
    "{number}_{class}",
    "{number}-{class}",
    "{class}_*",
    "{class}-*",
    "*_{class}",
)
USUAL_PATTERN = _USUAL[0]
_SAMPLE = 2000
_FEWEST = 6  # pictures from which on a pattern is no accident
_MATCHING = 0.95
_EACH = 3  # pictures a class, on average


class ClassPattern:
    """Finds a picture's class in its name.

    Either a simple pattern for the whole name without its ending, such as `{class}_{number}`: `{number}` stands for
    digits, `*` for any text, `?` for one character; without `{class}` the first `*` is the class. Or a regular
    expression with one group in parentheses, such as `^([^/]+)/lot`, which is searched in the whole path.

    Raises:
        DataError: the pattern is none, or could take forever.
    """

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

        def refused(why: str) -> DataError:
            return DataError(
                "“{pattern}” can't be used to find classes.",
                why=why,
                hint="Write how the names are made, with {example} where the class is.",
                pattern=names.for_display(pattern[:LONGEST_PATTERN]),
                example=CLASS,
            )

        self._whole_path = "(" in pattern and CLASS not in pattern
        self._regex = compiled_regex(pattern if self._whole_path else _regex_of(pattern), refused)

    def class_of(self, file: str) -> str:
        """The class that a path's name tells; "" if it tells none."""
        found = (
            self._regex.search(file[-LONGEST_NAME:])
            if self._whole_path
            else self._regex.fullmatch(PurePosixPath(file).stem[-LONGEST_NAME:])
        )
        return names.same_text((found.group(1) or "").strip(" _-.")) if found else ""


def _regex_of(pattern: str) -> str:
    """The regular expression of a simple pattern."""
    if CLASS not in pattern:
        pattern = pattern.replace("*", CLASS, 1)
    regex, end = "", 0
    for token in _TOKEN.finditer(pattern):
        regex += re.escape(pattern[end : token.start()]) + _PARTS[token.group()]
        end = token.end()
    return regex + re.escape(pattern[end:])


def suggested_pattern(files: Sequence[str]) -> str:
    """A usual pattern by which these names fall into a few classes; "" if none does."""
    sample = files[:: max(1, len(files) // _SAMPLE)]
    for pattern in _USUAL:
        found = ClassPattern(pattern)
        counts = Counter(names.same_file(name) for name in map(found.class_of, sample) if name)
        matching = counts.total()
        plausible = matching >= max(_FEWEST, _MATCHING * len(sample)) and 2 <= len(counts) <= matching / _EACH
        if plausible and all(any(map(str.isalpha, name)) for name in counts):
            return pattern
    return ""
