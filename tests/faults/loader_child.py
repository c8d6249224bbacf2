"""Loads pictures with the app's loader, one line of JSON each; a picture that hangs ends the process.

python loader_child.py FOLDER     its files, in order of their names
"""

from __future__ import annotations

import faulthandler
import json
import resource
import sys
import time
from contextlib import suppress
from pathlib import Path

from desktop_app.errors import ImageError
from desktop_app.project import imaging

HANG_SECONDS = 15  # beyond the limit that the test checks, so that it can tell by how much


def main() -> None:
    for path in sorted(Path(sys.argv[1]).rglob("*")):
        if path.is_dir():
            continue
        for target in (None, 224):
            print(json.dumps({"name": path.name, "target": target, **outcome(path, target)}), flush=True)


def outcome(path: Path, target: int | None) -> dict[str, object]:
    with suppress(OSError):  # start a new peak; Linux only
        Path("/proc/self/clear_refs").write_text("5")
    faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
    start = time.process_time()  # others may share the processor; what hangs is ended above
    try:
        rgb = imaging.load_rgb(path, target=target)
        result: dict[str, object] = {"shape": rgb.shape}
    except ImageError as error:
        result = {"reason": error.what, "text": str(error)}
    seconds = time.process_time() - start
    faulthandler.cancel_dump_traceback_later()
    return {**result, "seconds": seconds, "peak": peak(), "described": described(path)}


def described(path: Path) -> str:
    """What `describe` says; it must neither hang nor raise anything else."""
    try:
        return repr(imaging.describe(path))
    except ImageError as error:
        return error.what


def peak() -> int:
    """Bytes of memory, of this process or of a child, whichever had more."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    with suppress(OSError):
        status = Path("/proc/self/status").read_text().splitlines()
        own = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)


if __name__ == "__main__":
    main()
