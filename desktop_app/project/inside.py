"""Which paths lead to something inside the project, and to which part of it.

A project folder may come from anybody, and its journal names files to be moved. A path is used only if it is relative,
made of plain names, and meets no link on its way.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from desktop_app.project.history import Signature
from desktop_app.project.reasons import Reason, RefusedError

STATE = ".discern"  # where Discern keeps what it knows of the project
TRASH = f"{STATE}/trash"
ASIDE = ".discern-trash"  # beside a picture whose copy went to another volume: keeps the original
RUNS = f"{STATE}/runs"
RUNS_TRASH = f"{RUNS}/trash"
OPERATION_ID = re.compile(r"[0-9a-f]{12}")

# Surrogates stand for bytes that are no text (U+DC80 to U+DCFF); others can't be in a file's name at all.
_NEVER = r"/\0\ud800-\udc7f\udd00-\udfff"
_PICTURE_PATH = re.compile(rf"[^.{_NEVER}][^{_NEVER}]*+(?:/[^.{_NEVER}][^{_NEVER}]*+){{0,100}}+")
_RUN = re.compile(rf"{re.escape(RUNS)}/(?:trash/)?run-[0-9]{{4,6}}")
_WINDOWS = os.name == "nt"
_JUNCTION = 0xA0000003  # stat.IO_REPARSE_TAG_MOUNT_POINT, which only Windows' stat has


def is_picture_path(path: str) -> bool:
    """True for a path where pictures and classes may lie: no part is hidden, so none leads into `.discern` or upwards.

    The textual half of the check; `Inside` looks at the disk.
    """
    return _PICTURE_PATH.fullmatch(path) is not None and not (_WINDOWS and ("\\" in path or ":" in path))


def trashed_from(path: str) -> str:
    """Where something in the trash was before; empty if `path` is not in the trash."""
    if not path.startswith(f"{TRASH}/"):
        return ""
    operation, _, original = path[len(TRASH) + 1 :].partition("/")
    return original if OPERATION_ID.fullmatch(operation) and is_picture_path(original) else ""


def is_run(path: str) -> bool:
    """True for a place where a run lies, or a deleted one."""
    return _RUN.fullmatch(path) is not None


def is_aside(path: str) -> bool:
    """True for a place where the original of a copy is kept, on the original's volume."""
    before, _, rest = f"/{path}".rpartition(f"/{ASIDE}/")
    operation, _, name = rest.partition("/")
    # A picture may have come from any folder, or from the trash.
    folder = before[1:] or "x"
    inside = is_picture_path(folder) or bool(trashed_from(f"{folder}/x"))
    return inside and bool(OPERATION_ID.fullmatch(operation)) and "/" not in name and is_picture_path(name)


class Inside:
    """Turns the project's relative paths into real ones that lead through no link. Made anew for each operation."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._plain = {""}  # folders known to be no links

    def path(self, relative: str) -> Path:
        """Where `relative` lies.

        Raises:
            RefusedError: a folder on the way is a link, or no folder.
            OSError: the disk does not answer.
        """
        return Path(self._place(relative))

    def look(self, relative: str) -> Signature | None:
        """What is there; None if nothing is. Raises as `path`."""
        try:
            status = os.lstat(self._place(relative))
        except FileNotFoundError:
            return None
        if stat.S_ISREG(status.st_mode):
            return Signature("file", status.st_size, status.st_mtime_ns, status.st_ino)
        is_folder = stat.S_ISDIR(status.st_mode) and not _is_junction(status)
        return Signature("folder" if is_folder else "other", 0, status.st_mtime_ns, status.st_ino)

    def _place(self, relative: str) -> str:
        folder = relative.rpartition("/")[0]
        if folder not in self._plain:
            self._check(folder)
        return f"{self._root}/{relative}"  # a Path would take as long as the look

    def _check(self, folder: str) -> None:
        parent = folder.rpartition("/")[0]
        if parent not in self._plain:
            self._check(parent)
        try:
            status = Path(f"{self._root}/{folder}").lstat()
        except FileNotFoundError:
            return  # not remembered: it may be a link by the time it is there
        if not stat.S_ISDIR(status.st_mode) or _is_junction(status):
            raise RefusedError(Reason.OUTSIDE)
        self._plain.add(folder)


def _is_junction(status: os.stat_result) -> bool:
    return getattr(status, "st_reparse_tag", 0) == _JUNCTION
