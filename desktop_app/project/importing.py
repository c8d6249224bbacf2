"""Copies pictures into a project. Sources are only read; nothing in the project is ever overwritten."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop_app import storage
from desktop_app.errors import ImageError, ProjectError
from desktop_app.events import Events, Imported, Notice, PictureSkipped, Progress, Step, StepStarted
from desktop_app.project import catalog as catalogs
from desktop_app.project import names
from desktop_app.project.catalog import Catalog
from desktop_app.project.imaging import DECODABLE, KNOWN_UNSUPPORTED
from desktop_app.project.import_list import ImportList
from desktop_app.project.index import Index, hash_file
from desktop_app.project.project import Project, locate_root
from desktop_app.project.splits import listed_names

# With these, the next picture would fail as well.
_DISK_IS_DONE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE, errno.ETIMEDOUT)
_REPORT_SECONDS = 0.1


def import_folders(project: Project, sources: Sequence[Path], into: str | None = None) -> Events:
    """Copy folders and files into a project; a job whose last event is `Imported`.

    A folder with pictures becomes a class, with all that lies in it; a folder of such folders becomes as many classes;
    single files become unlabelled. With `into`, everything goes into that class. A class that exists already, in
    whatever spelling, gets the pictures added. A picture whose content the class has already is left out; one whose
    name is taken becomes "name (2).jpg". Stopping keeps what was copied.

    Raises:
        ProjectError: the project is read-only, a source is missing or part of the project, or a folder's name can't be
            a class.
        StorageError: the disk is full or failing; what was copied stays.
    """
    project.require_writable()
    yield StepStarted(Step.IMPORT)
    catalog = project.scan()
    plan = _Plan(project.root, catalog, into)
    for source in sources:
        plan.add(source)
    yield from plan.notices()
    _check_space(project.root, plan.copies)
    classes: dict[str, _Class] = {}
    imported = ImportList(project.root, project.state)
    copied: Counter[str] = Counter()
    identical = renamed = 0
    reported = time.monotonic()
    for done, copy in enumerate(plan.copies, start=1):
        if copy.folder not in classes:
            classes[copy.folder] = _Class(project, catalog, copy.folder, imported)
        try:
            target = classes[copy.folder].add(copy)
        except ImageError as error:
            yield PictureSkipped(names.for_display(str(copy.source)), error.what)
        except OSError as error:
            if error.errno in _DISK_IS_DONE:
                raise storage.storage_error(error, project.root / copy.folder) from error
            yield PictureSkipped(names.for_display(str(copy.source)), error.strerror or str(error))
        else:
            identical += target is None
            if target:
                copied[copy.folder] += 1
                renamed += target.name != copy.source.name
        if done == len(plan.copies) or time.monotonic() - reported >= _REPORT_SECONDS:
            reported = time.monotonic()
            yield Progress(Step.IMPORT, done, len(plan.copies))
    project.scan()
    yield Imported(dict(copied), identical, renamed)


@dataclass(frozen=True, slots=True)
class _Copy:
    """One picture to copy: into `folder`, a class or `_unlabelled`, at the relative path `below` in it."""

    source: Path
    folder: str
    below: str


class _Plan:
    """What is to be copied, and where to."""

    def __init__(self, root: Path, catalog: Catalog, into: str | None) -> None:
        self.copies: list[_Copy] = []
        self._root = root
        self._into = into
        self._class_of = {names.same_file(name): name for name in catalog.classes}
        self._unsupported: Counter[str] = Counter()
        self._skipped: list[PictureSkipped] = []
        self._without: list[str] = []  # sources without pictures

    def add(self, source: Path) -> None:
        """Plan a source; ProjectError if it can't be one."""
        try:
            resolved = Path(os.path.realpath(source, strict=True))
        except OSError as error:
            raise catalogs.folder_error(error, source) from error
        if resolved == self._root or self._root in resolved.parents or resolved in self._root.parents:
            raise ProjectError(
                "“{source}” can't be imported.",
                why="It is part of this project, or the project is part of it.",
                hint="Pictures in the project folder show up by themselves.",
                source=names.for_display(str(source)),
            )
        before = len(self.copies)
        if resolved.is_dir():
            self._add_folder(resolved)
        else:
            self._add_file(resolved)
        if len(self.copies) == before:
            self._without.append(source.name)

    def _add_folder(self, folder: Path) -> None:
        found = catalogs.scan(folder)
        is_class = any("/" not in file for file in found.files)
        if not is_class and (inner := locate_root(folder)) != folder:
            folder, found = inner, catalogs.scan(inner)
        self._unsupported.update(found.unsupported)
        self._skipped += found.skipped
        for file, label in zip(found.files, found.labels.tolist(), strict=True):
            name, below = (folder.name, file) if is_class else file.split("/", 1)
            target = names.UNLABELLED if label < 0 and not is_class else self._class(name)
            self.copies.append(_Copy(folder / file, self._into or target, below))

    def _add_file(self, file: Path) -> None:
        suffix = file.suffix.lower()
        if suffix in DECODABLE:
            self.copies.append(_Copy(file, self._into or names.UNLABELLED, file.name))
        elif suffix in KNOWN_UNSUPPORTED:
            self._unsupported[KNOWN_UNSUPPORTED[suffix]] += 1

    def _class(self, name: str) -> str:
        """The class folder for a source folder of that name: the existing one, or a new one."""
        key = names.same_file(name)
        if key not in self._class_of:
            new = names.clean_file_name(name)
            if not self._into and (problem := names.new_name_problem(new)):
                raise ProjectError(
                    "The folder “{name}” can't become a class.",
                    why=problem,
                    hint="Rename the folder, then import it again.",
                    name=names.for_display(name),
                )
            self._class_of[key] = self._class_of.setdefault(names.same_file(new), new)
        return self._class_of[key]

    def notices(self) -> Iterator[Notice | PictureSkipped]:
        yield from self._skipped
        yield from catalogs.unsupported_notice(self._unsupported)
        if self._without:
            yield Notice("warning", f"There are no pictures in {listed_names(self._without)}.")


class _Class:
    """One class folder while pictures are added to it."""

    def __init__(self, project: Project, catalog: Catalog, folder: str, imported: ImportList) -> None:
        self._index: Index = project.index
        self._imported = imported
        self._root = project.root
        self._folder = folder
        label = catalog.classes.index(folder) if folder in catalog.classes else -1
        present = [file for file, at in zip(catalog.files, catalog.labels.tolist(), strict=True) if at == label]
        # Only pictures of the same size can be the same; only those are read.
        self._unread: defaultdict[int, list[str]] = defaultdict(list)
        for file in present if label >= 0 or folder == names.UNLABELLED else ():
            try:
                self._unread[os.lstat(project.path(file)).st_size].append(file)
            except OSError:
                continue  # gone since the scan: no copy of it is left
        self._contents: set[str] = set()
        self._taken: dict[str, set[str]] = {}

    def add(self, copy: _Copy) -> Path | None:
        """Copy one picture; None if its content is here already. Raises ImageError, OSError."""
        content = hash_file(copy.source)
        same_size = self._unread.pop(copy.source.stat().st_size, [])
        for _, known in self._index.content_hashes(same_size):
            if not isinstance(known, ImageError):
                self._contents.add(known)
        if content in self._contents:
            return None
        *folders, name = map(names.clean_file_name, copy.below.split("/"))
        target = self._copied(copy.source, "/".join((self._folder, *folders)), name)
        self._contents.add(content)
        return target

    def _copied(self, source: Path, folder: str, name: str) -> Path:
        """Copy under the first free of "name.jpg", "name (2).jpg", …; capitals and spelling don't make a name free."""
        if folder not in self._taken:
            self._imported.enter(folder)
            self._taken[folder] = {names.same_file(path.name) for path in (self._root / folder).iterdir()}
        taken = self._taken[folder]
        plain, number = Path(name), 1
        while True:
            candidate = name if number == 1 else f"{plain.stem} ({number}){plain.suffix}"
            number += 1
            if names.same_file(candidate) in taken:
                continue
            taken.add(names.same_file(candidate))
            try:
                self._imported.copy(source, f"{folder}/{candidate}")
            except FileExistsError:
                continue
            return self._root / folder / candidate


def _check_space(root: Path, copies: Sequence[_Copy]) -> None:
    """Refuse before anything is copied if it can't all fit; StorageError."""
    needed = 0
    for copy in copies:
        try:
            needed += os.lstat(copy.source).st_size
        except OSError:
            continue  # reported when its turn comes
    if needed > shutil.disk_usage(root).free:
        raise storage.storage_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), root)
