"""Opens packages in a process that watches itself: `python -m tests.faults.open_packages VALID FILE…`.

For each file one line of JSON: the error, the seconds that it computed (others may share the processor), the peak of
resident memory while opening it, and everything that Python told its audit hook that a reader of data has no business
with: opening another file, writing, running a program, importing, compiling, unpickling, loading a library, talking to
the network.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from desktop_app.errors import DiscernError
from desktop_app.inference.package import Package

SUSPECT = (
    "compile",
    "ctypes.",
    "exec",
    "import",
    "marshal.",
    "os.",
    "pickle.",
    "shutil.",
    "socket.",
    "subprocess.",
    "tempfile.",
    "urllib.",
)


MARK = "/the-watch-begins"


def main(valid: Path, files: list[Path]) -> None:
    Package.open(valid)  # whatever is imported late is imported now
    for broken in (b"", b"PK"):
        path = valid.with_suffix(".broken")
        path.write_bytes(broken)
        outcome(path)
    with contextlib.suppress(FileNotFoundError):
        os.open(MARK, os.O_RDONLY)  # for those who watch system calls: from here on
    watched: list[str] = []
    allowed: set[str] = set()
    sys.addaudithook(lambda event, arguments: watch(event, arguments, watched, allowed))
    for file in files:
        reset_peak()
        watched.clear()
        allowed.add(str(file))
        started = time.process_time()
        error = outcome(file)
        seconds = time.process_time() - started
        allowed.clear()
        seen = list(watched)
        print(json.dumps({**error, "seconds": seconds, "peak_mb": peak_mb(), "seen": seen}), flush=True)


def watch(event: str, arguments: tuple[Any, ...], watched: list[str], allowed: set[str]) -> None:
    if not allowed:
        return
    reading = event == "open" and str(arguments[0]) in allowed and not set(str(arguments[1])) & set("wax+")
    if (event == "open" and not reading) or event.startswith(SUSPECT):
        watched.append(f"{event} {arguments!r:.200}")


def outcome(file: Path) -> dict[str, str]:
    try:
        Package.open(file)
    except DiscernError as error:
        return {"error": type(error).__name__, "what": error.what, "why": error.why, "hint": error.hint}
    except BaseException as error:
        return {"error": f"CRASH {type(error).__name__}", "what": str(error)[:500], "why": "", "hint": ""}
    return {"error": "", "what": "", "why": "", "hint": ""}


def reset_peak() -> None:
    if sys.platform == "linux":
        fd = os.open("/proc/self/clear_refs", os.O_WRONLY)
        os.write(fd, b"5")
        os.close(fd)


def peak_mb() -> float:
    if sys.platform != "linux":
        return 0.0
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(line) for line in sys.stdin.read().splitlines()])
