"""How the window's process keeps its memory small: a project may have a million pictures."""

from __future__ import annotations

import ctypes
import sys

_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD in malloc.h
_LARGE = 1 << 20  # bytes


def return_freed_memory() -> None:
    """Let large arrays go back to the system as soon as they are freed; elsewhere than on Linux they do by themselves.

    The GNU C library begins so, but with each large array that is freed it keeps larger ones for later. With columns of
    a million pictures, these come to more than 200 MB that nobody uses.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none
        if mallopt is not None:
            mallopt(_MMAP_THRESHOLD, _LARGE)
