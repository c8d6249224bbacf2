"""Copies of the real data sets for benchmarks, which write beside the pictures."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent


def copy_of(name: str, folder: Path) -> Path:
    """Copy a data set into `folder`; returns the copy, with images/ and split.csv. Ends the program if it is absent."""
    place = Path(os.environ.get("DISCERN_DATA", REPOSITORY.parent / "shared" / "data")) / name
    if not (place / "split.csv").is_file():
        sys.exit(f"The real data “{name}” is not here; name its parent folder in DISCERN_DATA.")
    copy = folder / name
    shutil.copytree(place / "images", copy / "images", ignore=shutil.ignore_patterns(".discern"))
    shutil.copy(place / "split.csv", copy)
    for path in (copy / "images", *(copy / "images").iterdir()):
        path.chmod(0o755)
    return copy
