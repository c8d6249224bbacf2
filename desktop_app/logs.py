"""One log file of limited size, and a trace of native crashes."""

from __future__ import annotations

import faulthandler
import logging
import logging.handlers
import sys

from desktop_app import settings
from desktop_app.errors import StorageError


def start(name: str) -> None:
    """Log to `<log folder>/<name>.log` (1 MB, three generations), and native crashes to `<name>-crash.log`.

    Where the disk refuses, there is no log; that is no reason not to work.
    """
    try:
        folder = settings.log_folder()
        handler = logging.handlers.RotatingFileHandler(
            folder / f"{name}.log", maxBytes=1_000_000, backupCount=3, encoding="utf-8"
        )
        # Kept open on purpose: the handler writes to it from inside a crashing process.
        crashes = open(folder / f"{name}-crash.log", "a", encoding="utf-8")  # noqa: SIM115
    except (OSError, StorageError):
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(handler)
    logging.captureWarnings(True)  # libraries' advice to programmers; nobody else should read it
    faulthandler.enable(crashes)
    logging.getLogger(__name__).info("%s started, Python %s", name, sys.version.split()[0])
