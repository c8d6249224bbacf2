"""The releases of a project: models that somebody put their name to, each a folder that never changes again.

    .discern/releases/
        ledger.jsonl            what was made, and what was taken into use, in this order
        line 3, spring/         a release; its folder's name is its name
            release.json        who, when and why; run, recipe, data, figures, promise, gate, versions, checksums
            model.discern       the model package
            test.csv            what the model called each test picture

A release appears under its name as a whole, and no name is ever used twice, not even that of a folder that somebody
deleted. Discern deletes none: it would be the record of what has judged real parts. Files are read-only, and what
release.json and the ledger say of them is checked when they are opened. That shows accidents and changes by hand; it is
no signature, and can't show who made a release.
"""

from __future__ import annotations

import contextlib
import getpass
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from desktop_app import storage
from desktop_app.errors import DataError, ProjectError, StorageError
from desktop_app.project import names
from desktop_app.project.release import DOCUMENT, LONGEST_NAME, LONGEST_WHY, Release

FORMAT = 1
FOLDER = "releases"

_LEDGER = "ledger.jsonl"
_log = logging.getLogger(__name__)


# `Releases.list` hides the type's name within the class.
_Releases: TypeAlias = list[Release]
_Document: TypeAlias = Mapping[str, Any]
_Checksums: TypeAlias = Mapping[str, str]  # of what each release that was made says of itself, by its folder's name


class Releases:
    """The releases in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ledger = folder / _LEDGER

    # ---- looking

    def list(self) -> _Releases:
        """All that can be read, newest first; `get` says what is wrong with another."""
        return self._readable(self._recorded())

    def broken(self) -> dict[str, str]:
        """Releases that can't be read, by name, and why; those that somebody has deleted among them."""
        problems = {}
        there, recorded = self._folders(), self._recorded()
        for name in dict.fromkeys((*recorded, *there)):
            if name not in there:
                problems[names.for_display(name)] = "Its folder is gone."
                continue
            try:
                Release.read(self.folder / name, recorded.get(name, ""))
            except ProjectError as error:
                problems[names.for_display(name)] = error.why
        return problems

    def get(self, name: str) -> Release:
        """The release of that name, however it is spelled.

        Raises:
            ProjectError: there is none, or it is damaged.
        """
        wanted = names.same_file(name.strip())
        for folder in self._folders():
            if names.same_file(folder) == wanted:
                return Release.read(self.folder / folder, self._recorded().get(folder, ""))
        raise ProjectError(
            "There is no release “{name}” in this project.",
            hint="“discern releases PROJECT” lists them.",
            name=names.for_display(name[:LONGEST_NAME]),
        )

    def is_known(self, name: str) -> bool:
        """Whether a release of that name was ever made."""
        return names.same_file(name.strip()) in self._taken()

    def in_use(self) -> Release | None:
        """The release that judges real parts: the one made, or taken into use, last. None if there is none."""
        records = self._records()
        recorded = _checksums(records)
        found = {release.folder.name: release for release in self._readable(recorded)}
        chosen = None
        for record in records:
            chosen = found.get(str(record.get("made") or record.get("used")), chosen)
        # Killed before the ledger had it; `settle` makes up for that.
        return next((release for name, release in found.items() if name not in recorded), chosen)

    def author(self) -> str:
        """Who may be making the next one: who made the last, or else who is at this computer; "" if nobody knows."""
        return next((release.by for release in self.list()), "") or _person()

    # ---- making one

    def check_new(self, name: str, by: str, why: str) -> str:
        """The name as it will be written.

        Raises:
            DataError: the name can't be used or is taken, or who or why is missing.
        """
        name = names.same_text(name.strip())
        problem = names.new_name_problem(name)
        if not problem and len(name) > LONGEST_NAME:
            problem = f"The name is longer than {LONGEST_NAME} characters."
        if problem:
            raise DataError(
                "“{name}” can't be the name of a release.",
                why=problem,
                hint="Choose another name.",
                name=names.for_display(name[:LONGEST_NAME]),
            )
        if names.same_file(name) in {*self._taken(), _LEDGER}:
            raise DataError(
                "There is a release “{name}” already.",
                why="A name stands for one model, for good.",
                hint="Choose another name.",
                name=names.for_display(name),
            )
        if not by.strip() or not why.strip():
            raise DataError(
                "Somebody must put their name to a release, and say why.",
                why="Who makes it is missing." if not by.strip() else "The reason is missing.",
                hint="Say who makes it and why.",
            )
        return name

    @contextlib.contextmanager
    def making(self) -> Iterator[Path]:
        """A new folder to put the files of a release into; what `publish` did not take is deleted at the end.

        Raises:
            StorageError: the disk refused.
        """
        temp = self.folder / storage.temp_name()
        try:
            storage.make_folders(temp)
        except OSError as error:
            raise storage.storage_error(error, temp) from error
        try:
            yield temp
        finally:
            if temp.is_dir():
                with contextlib.suppress(OSError):
                    storage.remove_folder(temp)

    def publish(self, made: Path, name: str, by: str, why: str, document: _Document) -> Release:
        """Give a folder of `making` its name; from then on it is a release, the one in use.

        Args:
            made: with the files of the release, and nothing else.
            document: what release.json says beside name, who, when, why and the files.

        Raises:
            DataError: as `check_new`.
            StorageError: the disk refused; there is no such release.
        """
        name = self.check_new(name, by, why)
        by, why = " ".join(by.split())[:LONGEST_NAME], why.strip()[:LONGEST_WHY]
        target = self.folder / name
        try:
            files = sorted(path for path in made.iterdir() if path.is_file())
            described = {path.name: {"bytes": path.stat().st_size, "sha256": storage.sha256(path)} for path in files}
            written = {
                "format": FORMAT,
                "name": name,
                "number": 1 + max((release.number for release in self.list()), default=0),
                "at": _now(),
                "by": by,
                "why": why,
                **document,
                "files": described,
            }
            storage.write_json(made / DOCUMENT, written)
            for path in (*files, made / DOCUMENT):
                storage.disk.set_read_only(path)
            storage.sync_folder(made)
            storage.disk.rename_new(made, target)
            storage.sync_folder(self.folder)
        except OSError as error:
            raise storage.storage_error(error, target) from error
        release = Release(target, written)
        try:
            self._record(release)
        except (OSError, StorageError) as error:
            _log.warning("The release “%s” is not in the ledger yet: %s", name, error)
        return release

    def use(self, name: str, by: str) -> None:
        """Take a release into use.

        Raises:
            ProjectError: there is none of that name, or it was changed.
            StorageError: the disk refused; the one in use is as before.
        """
        release = self.get(name)
        release.verify()
        self._record_missing()
        storage.append_record(
            self._ledger, {"format": FORMAT, "used": release.folder.name, "by": by[:LONGEST_NAME], "at": _now()}
        )

    def settle(self) -> None:
        """Put right what a killed process has left; only for who may write, while no release is made.

        Raises:
            StorageError: the disk refused.
        """
        if not self.folder.is_dir():
            return
        self._record_missing()
        try:
            storage.sweep_temps(self.folder)
            with os.scandir(self.folder) as entries:
                left = [Path(entry.path) for entry in entries if _is_temp_folder(entry)]
            for folder in left:
                storage.remove_folder(folder)
        except OSError as error:
            raise storage.storage_error(error, self.folder) from error

    # ---- the ledger

    def _records(self) -> Sequence[_Document]:
        records = storage.read_records(self._ledger)
        return [record for record in records if isinstance(record, dict) and record.get("format") == FORMAT]

    def _recorded(self) -> _Checksums:
        return _checksums(self._records())

    def _record_missing(self) -> None:
        """Write down the releases that a killed process, or a full disk, has left unrecorded."""
        recorded = self._recorded()
        for release in reversed(self._readable(recorded)):
            if release.folder.name not in recorded:
                self._record(release)

    def _record(self, release: Release) -> None:
        digest = storage.sha256(release.folder / DOCUMENT)
        record = {"format": FORMAT, "made": release.folder.name, "sha256": digest, "at": _now()}
        storage.append_record(self._ledger, record)

    # ---- the folders

    def _readable(self, recorded: _Checksums) -> _Releases:
        """Newest first."""
        found = []
        for name in self._folders():
            with contextlib.suppress(ProjectError):
                found.append(Release.read(self.folder / name, recorded.get(name, "")))
        return sorted(found, key=lambda release: release.number, reverse=True)

    def _taken(self) -> set[str]:
        return {names.same_file(name) for name in (*self._folders(), *self._recorded())}

    def _folders(self) -> Sequence[str]:
        try:
            with os.scandir(self.folder) as entries:
                return sorted(
                    entry.name
                    for entry in entries
                    if entry.is_dir(follow_symlinks=False) and not names.is_ignored(entry.name)
                )
        except OSError:
            return []


def _checksums(records: Sequence[_Document]) -> _Checksums:
    return {
        record["made"]: record["sha256"]
        for record in records
        if isinstance(record.get("made"), str) and isinstance(record.get("sha256"), str)
    }


def _person() -> str:
    """The name of the person that this program runs for, as the system knows it."""
    try:
        user = getpass.getuser()
        if sys.platform == "win32":
            return user
        import pwd

        full, _, _ = pwd.getpwuid(os.getuid()).pw_gecos.partition(",")
    except (OSError, KeyError, ImportError):  # a container may know no user
        return ""
    return names.for_display(full.strip() or user)


def _is_temp_folder(entry: os.DirEntry[str]) -> bool:
    return storage.is_temp(entry.name) and entry.is_dir(follow_symlinks=False)


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
