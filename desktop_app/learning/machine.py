"""What the computer offers: what computes, and how much memory."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Literal

from desktop_app.errors import EngineError
from desktop_app.features.runtime import available_cores

_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


MOST_PARTS = 8  # that a step is cut into where memory is short; after that it is too short for any
Accelerator = Literal["cpu", "cuda", "mps"]


def card() -> Accelerator | None:
    """The graphics card for frozen passes, if there is one; torch is only loaded where there may be one."""
    if "torch" not in sys.modules and not _may_have_card():
        return None
    found = accelerator()
    return None if found == "cpu" else found


def _may_have_card() -> bool:
    """A quick look for the drivers of cards that torch can use."""
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    if sys.platform == "win32":
        return Path(os.environ.get("SYSTEMROOT", "C:/Windows"), "System32", "nvcuda.dll").exists()
    return any(Path(device).exists() for device in ("/dev/nvidiactl", "/dev/kfd"))


def accelerator() -> Accelerator:
    """What the fine-tune phase computes on, as torch calls it.

    Raises:
        EngineError: torch can't be loaded: its files are damaged, or the computer is out of memory.
    """
    try:
        import torch  # takes a second; the freeze phase does without
    except (ImportError, OSError) as error:
        raise EngineError(
            "The part of Discern that fine-tunes networks can't be loaded.",
            why="The computer says: {detail}.",
            hint="Close other programs, then try again. If that doesn't help, install Discern again. "
            "The recipe “quick” does without it.",
            detail=error,
        ) from error
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def device(kind: Accelerator = "cpu") -> str:
    """What trains, in words."""
    if kind == "cuda":
        import torch

        return str(torch.cuda.get_device_name())
    if kind == "mps":
        return "Apple graphics processor"
    cores = available_cores()
    return f"Processor, {cores} cores" if cores > 1 else "Processor, 1 core"


def wait_politely() -> None:
    """Let torch's threads sleep while they wait for each other. Counts only before torch is loaded.

    By default they spin: on a computer that does something else, too, a training step then took 2 to 8 times as long.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def memory() -> int:
    """Bytes of memory that this computer, or the container around us, has."""
    if sys.platform == "win32":
        return _windows_memory()
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for path in _LIMITS:
        try:
            total = min(total, int(path.read_text()))
        except (OSError, ValueError):  # not in a container, or "max"
            continue
    return total


def _windows_memory() -> int:
    import ctypes

    class Status(ctypes.Structure):
        """MEMORYSTATUSEX"""

        _fields_ = (
            ("length", ctypes.c_uint32),
            ("load", ctypes.c_uint32),
            ("total", ctypes.c_uint64),
            ("rest", ctypes.c_uint64 * 6),
        )

    status = Status(length=ctypes.sizeof(Status))
    ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))  # type: ignore[attr-defined, unused-ignore]
    return int(status.total)
