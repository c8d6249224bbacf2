"""One release: a folder with a model package, what is said of it, and the checksums of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from desktop_app import storage
from desktop_app.errors import ProjectError, StorageError
from desktop_app.project import names

PACKAGE = "model.discern"
TEST = "test.csv"
DOCUMENT = "release.json"
LONGEST_NAME = 80
LONGEST_WHY = 2_000

_LARGEST_DOCUMENT = 16 << 20


@dataclass(frozen=True, slots=True)
class Figures:
    """The figure that stands for a release: `right` of `n`, the 95 % interval of the share, and what was measured.

    `basis` is as of `evaluation.headline`.
    """

    n: int
    right: int
    interval: tuple[float, float]
    basis: str


class Release:
    """One release. `document` is its release.json."""

    def __init__(self, folder: Path, document: dict[str, Any]) -> None:
        self.folder = folder
        self.document = document

    @classmethod
    def read(cls, folder: Path, recorded: str = "") -> Release:
        """Read what a release says about itself; `recorded`: the checksum that the ledger has of that, if any.

        Raises:
            ProjectError: it is missing, damaged, changed, or was written by a newer Discern.
        """
        path = folder / DOCUMENT
        if folder.is_symlink() or not storage.is_regular_file(path) or path.stat().st_size > _LARGEST_DOCUMENT:
            raise _unusable(folder.name, f"It has no {DOCUMENT}.")
        try:
            document = storage.read_json(path)
            changed = recorded and storage.sha256(path) != recorded
        except (OSError, StorageError) as error:
            raise _unusable(folder.name, getattr(error, "why", str(error))) from error
        if changed:
            raise _changed(folder.name, DOCUMENT)
        if problem := _problem(document):
            raise _unusable(folder.name, f"Its {DOCUMENT} is damaged: {problem}.")
        return cls(folder, document)

    @property
    def name(self) -> str:
        return names.for_display(self.folder.name)

    @property
    def number(self) -> int:
        """Counts the releases of the project, from 1."""
        return int(self.document["number"])

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.document["at"])

    @property
    def by(self) -> str:
        return names.for_display(self.document["by"])

    @property
    def why(self) -> str:
        return "\n".join(map(names.for_display, self.document["why"].splitlines()))

    @property
    def run(self) -> str:
        """The id of the run it was made from, which may be gone."""
        return names.for_display(self.document["run"])

    @property
    def figures(self) -> Figures | None:
        """None where it was not measured."""
        if (figures := self.document["figures"]) is None:
            return None
        shown = figures["headline"]
        return Figures(shown["n"], shown["right"], tuple(shown["interval"]), names.for_display(shown["basis"]))

    @property
    def accepted(self) -> int:
        """How many golden pictures it gets wrong that were right before, and that was accepted."""
        return len(self.document["gate"]["misses"])

    @property
    def package(self) -> Path:
        return self.folder / PACKAGE

    @property
    def test_csv(self) -> Path:
        return self.folder / TEST

    @property
    def sha256(self) -> str:
        """The checksum of its package: names this very model."""
        return str(self.document["files"][PACKAGE]["sha256"])

    def verify(self) -> None:
        """Read every file and compare it with its checksum.

        Raises:
            ProjectError: one is missing or was changed.
        """
        for name, facts in self.document["files"].items():
            path = self.folder / name
            try:
                same = storage.is_regular_file(path) and storage.sha256(path) == facts["sha256"]
            except OSError as error:
                raise _unusable(self.folder.name, storage.storage_error(error, path).why) from error
            if not same:
                raise _changed(self.folder.name, name)

    def __repr__(self) -> str:
        return f"<Release {self.folder.name}>"


def _problem(document: Mapping[str, Any]) -> str:
    """What is wrong with a document; empty if nothing is."""
    texts = ("name", "by", "why", "run", "at")
    if not all(isinstance(document.get(name), str) for name in texts) or type(document.get("number")) is not int:
        return "something is missing"
    try:
        datetime.fromisoformat(document["at"])
    except ValueError:
        return "no date"
    if not _are_figures(document.get("figures")):
        return "no figures"
    gate = document.get("gate")
    if not isinstance(gate, dict) or not isinstance(gate.get("misses"), list):
        return "no gate"
    files = document.get("files")
    if not isinstance(files, dict) or set(files) - {PACKAGE, TEST} or PACKAGE not in files:
        return "no files"
    if not all(isinstance(facts, dict) and isinstance(facts.get("sha256"), str) for facts in files.values()):
        return "no checksums"
    return ""


def _are_figures(value: object) -> bool:
    match value:
        case None:
            return True
        case {
            "headline": {
                "n": int(n),
                "right": int(right),
                "interval": [float() | int() as low, float() | int() as high],
                "basis": str(),
            }
        }:
            return 0 <= right <= n and n > 0 and 0 <= low <= high <= 1
    return False


def _unusable(name: str, why: str) -> ProjectError:
    return ProjectError(
        "The release “{name}” can't be used.",
        why=why,
        hint="Use another release, or restore its folder from a backup.",
        name=names.for_display(name),
    )


def _changed(name: str, file: str) -> ProjectError:
    return ProjectError(
        "The release “{name}” was changed after it was made.",
        why="“{file}” in it is not what it was: its checksum is another.",
        hint="Don't use it. Restore its folder from a backup, or use another release.",
        name=names.for_display(name),
        file=names.for_display(file),
    )
