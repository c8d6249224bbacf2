"""What the commands take in common: arguments with their checks, and where paths lead."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

from desktop_app.errors import DiscernError

#: Where a command is added.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

# As of `import_plan.Form`, which is not loaded for a help text.
FORMS = ("folders", "split-folders", "table", "names", "open-images", "unlabelled")


def add_project(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=path_text, metavar="PROJECT", help="folder of class folders")


def add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", metavar="ID", help="as “discern info” lists it; the newest unless given")


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object a line, for scripts")


def path_text(text: str) -> str:
    # A script's unset variable must not mean the folder that it happens to run in.
    if not text:
        raise argparse.ArgumentTypeError("a file or folder is wanted, and the name is empty")
    return text


def network_name(name: str) -> str:
    from desktop_app.learning.backbones import BACKBONES

    return _one_of(name, BACKBONES)


def form_name(name: str) -> str:
    return _one_of(name, FORMS)


def _one_of(name: str, known: Sequence[str] | dict[str, Any]) -> str:
    if name not in known:
        raise argparse.ArgumentTypeError(f"“{name}” is none of: {', '.join(known)}")
    return name


def absolute(path: str) -> Path:
    """Where a path of the command line leads; "~" is the person's home."""
    try:
        expanded = Path(path).expanduser()
    except RuntimeError:  # "~someone" of whom the system does not know
        expanded = Path(path)
    try:
        return expanded.absolute()
    except FileNotFoundError as error:
        raise DiscernError(
            "The folder that this command runs in is gone.", hint="Go to another folder, then try again."
        ) from error


def project_folder(path: str) -> Path:
    """The folder that holds the class folders, often `path` itself."""
    from desktop_app.project.project import locate_root

    return locate_root(absolute(path))
