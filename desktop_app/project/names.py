"""Names of files and classes: how they are compared, shown and checked.

A name on disk is the user's and keeps its bytes. Two spellings of one name (composed or decomposed accents, capitals)
are compared by key, since some disks can't tell them apart either.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import TypeAlias, TypeVar

from desktop_app.errors import DiscernError

LONGEST = 120  # characters of a class name; folders may be longer on disk, no screen shows more

# Names and characters that Windows refuses; a project may travel there.
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_FORBIDDEN = frozenset('<>:"/\\|?*')
# Marks that turn the direction of text, with which one name can be made to look like another.
_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_NaturalKey: TypeAlias = tuple[str, str]
_Error = TypeVar("_Error", bound=DiscernError)


def same_text(name: str) -> str:
    """Equal for two spellings of the same text: composed and decomposed accents."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def same_file(name: str) -> str:
    """Equal for two names that some disk would keep under one: spellings and capitals."""
    return same_text(same_text(name).casefold())


def natural_key(name: str) -> _NaturalKey:
    """Sorts "part 9" before "part 10"; total and deterministic."""
    return _NUMBER.sub(_pad, name).casefold(), name


_NUMBER = re.compile(r"[0-9]+")


def natural_sort(names: list[str]) -> None:
    """Sort in place by `natural_key`; fast for names that differ in digits only, as cameras give them."""
    names.sort(key=natural_key if len({name.translate(_ANY_DIGIT) for name in names}) > 1 else None)


_ANY_DIGIT = str.maketrans("123456789", "000000000")


def _pad(number: re.Match[str]) -> str:
    return number.group().rjust(12, "0")


def is_text(name: str) -> bool:
    """False for a file name whose bytes are no valid text; it can't be written to any table or document."""
    if name.isascii():
        return True
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def for_display(name: str) -> str:
    """The name with what can't be shown, or could mislead, replaced by �."""
    return "".join("\ufffd" if _is_unshowable(character) else character for character in name)


@cache
def _is_unshowable(character: str) -> bool:
    # Cc: control characters; Cs: bytes that are no text; Zl, Zp: line and paragraph separators.
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in _DIRECTION


def class_name_problem(name: str) -> str:
    """Why an existing folder's name can't be a class name; empty if it can."""
    if not name.strip():
        return "The name is empty."
    if any(map(_is_unshowable, name)):
        return "The name contains characters that can't be shown."
    if len(name) > LONGEST:
        return f"The name is longer than {LONGEST} characters."
    if name in (".", "..") or "/" in name or "\\" in name:
        return "The name is a path."
    return ""


def new_name_problem(name: str) -> str:
    """Why no class folder of that name should be made, on any operating system; empty if it may be."""
    if problem := class_name_problem(name):
        return problem
    if name != name.strip() or name.endswith("."):
        return "The name begins with a space, or ends with a space or a dot."
    if forbidden := sorted(_FORBIDDEN & set(name)):
        return f"The name contains {' '.join(forbidden)}."
    if _RESERVED.fullmatch(name):
        return "Windows keeps this name for itself."
    if is_ignored(name) or name == UNLABELLED:
        return "Discern gives folders of this name another meaning."
    return ""


def unusable_class(kind: type[_Error], name: str, problem: str) -> _Error:
    """The error that says why no class may have that name."""
    return kind(
        "“{name}” can't be the name of a class.",
        why=problem,
        hint="Choose another name.",
        name=for_display(name[:LONGEST]),
    )


def clean_file_name(name: str) -> str:
    """A name for a copy that every operating system accepts; the suffix stays."""
    cleaned = "".join("_" if character in _FORBIDDEN else character for character in for_display(name))
    cleaned = cleaned.replace("\ufffd", "_").rstrip(". ").lstrip(" ")
    if not cleaned.strip("._") or cleaned.startswith(".") or _RESERVED.fullmatch(cleaned):
        cleaned = f"picture {cleaned.lstrip('.')}".rstrip()
    return cleaned


# ---- which names the catalog passes over

UNLABELLED = "_unlabelled"
_SYSTEM_FOLDERS = frozenset({"__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information", "lost+found"})


def is_ignored(name: str) -> bool:
    """True for hidden names and for folders that operating systems and storage devices keep for themselves."""
    return name.startswith(".") or name in _SYSTEM_FOLDERS


def listed(items: Sequence[str], most: int = 8) -> str:
    """The first names, in quotes, and how many more there are."""
    shown = ", ".join(f"“{for_display(item)}”" for item in items[:most])
    return f"{shown} and {len(items) - most} more" if len(items) > most else shown
