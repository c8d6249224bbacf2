"""A project: a folder of class folders, and what Discern remembers about it.

The class folders are the truth. What can't be computed again lies beside them in `.discern`; where the folder is
read-only, in the person's data folder. One process owns a project at a time.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import socket
import stat
import sys
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

import numpy as np

from desktop_app import settings, storage
from desktop_app.errors import DiscernError, ImageError, ProjectError, StorageError
from desktop_app.events import Event, Events, Notice, PictureSkipped, SplitsDealt, Step, StepStarted
from desktop_app.project import catalog as catalogs
from desktop_app.project import marks, names
from desktop_app.project.alike import Different, alike_groups
from desktop_app.project.catalog import Catalog, Snapshot
from desktop_app.project.changes import Changes, changes
from desktop_app.project.config import ClassInfo, ProjectConfig
from desktop_app.project.folders import Memory
from desktop_app.project.groups import Grouping
from desktop_app.project.index import Index
from desktop_app.project.inside import STATE
from desktop_app.project.marks import Mark, MarkChange, Marks, kept_label
from desktop_app.project.releases import FOLDER as RELEASES
from desktop_app.project.releases import Releases
from desktop_app.project.runs import Runs
from desktop_app.project.splits import Splits
from desktop_app.stopwatch import Pace

# Folders that say what they hold, not whose it is: "xsdd/images" is called "xsdd".
_GENERIC = frozenset({"images", "pictures", "photos", "data", "dataset", "classes", "train"})
_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)
# Some network shares can't lock.
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL)
# What is read as a whole, in bytes. A million pictures' splits take about 80 MB.
_LARGEST = {"project.json": 16 << 20, "splits.jsonl": 512 << 20, marks.FILE: 512 << 20}


class Access(Enum):
    OWN = "own"  # may change everything; only one process can
    DELEGATED = "delegated"  # a child working for the owner: writes runs and splits, takes no lock
    READ = "read"  # looks, writes nothing


class Project:
    """An open project; make one with `open` or `create`, and close it (it is a context manager)."""

    def __init__(
        self,
        root: Path,
        state: Path,
        access: Access,
        why_read_only: str,
        lock: storage.Lock | None,
        order: Sequence[str] = (),
    ) -> None:
        """Use `open`. Takes over `lock`; `order`: the classes of a project that is new."""
        self.root = root
        self.state = state
        self.why_read_only = why_read_only
        self.notices: list[Notice] = []  # what the person should know about how it opened
        self._access = access
        self._lock = lock
        if lock:
            storage.sweep_temps(state)
        self.config = self._read_config(order)
        self.splits = Splits(state / "splits.jsonl", writable=access is not Access.READ)
        self.runs = Runs(state / "runs")
        self.releases = Releases(state / RELEASES)
        self.settle_runs()
        self._memory = Memory()
        self._folders: set[str] = set()
        self._adopt(catalogs.class_folders(root))

    # ---- opening and closing

    @classmethod
    def open(cls, root: Path, access: Access = Access.OWN) -> Project:
        """Open the folder `root` as a project; nothing in it is moved, copied or renamed.

        Raises:
            ProjectError: the folder is missing, holds no pictures, is in use by another process, can't be trusted, or
                was written by a newer Discern.
            StorageError: the disk is full or failing.
        """
        root = Path(os.path.realpath(root))  # Path.resolve would raise for links in a circle
        catalogs.class_folders(root)  # raises if it can't be listed
        state = root / STATE
        _check_state(state)
        if not (state / "project.json").exists() and not catalogs.has_pictures(root):
            raise ProjectError(
                "There are no pictures in “{folder}”.",
                hint="Open a folder that holds one folder of pictures for each class, or make a new project.",
                folder=names.for_display(str(root)),
            )
        return cls._open(root, access)

    @classmethod
    def create(cls, root: Path, classes: Sequence[str] = ()) -> Project:
        """Make a new project with empty class folders in `root`, which may exist, and open it.

        Raises:
            ProjectError: a name can't be a class folder, or as in `open`.
            StorageError: the disk refused.
        """
        root = Path(os.path.realpath(root))  # Path.resolve would raise for links in a circle
        _check_state(root / STATE)
        seen: set[str] = set()
        for name in classes:
            _check_new_class(name, seen)
            seen.add(names.same_file(name))
        try:
            storage.make_folders(root)
            there = {names.same_file(folder): folder for folder in catalogs.class_folders(root)}
            order = [there.get(names.same_file(name), name) for name in classes]
            for folder in order:
                storage.make_folders(root / folder)
        except OSError as error:
            raise storage.storage_error(error, root) from error
        return cls._open(root, Access.OWN, order)

    @classmethod
    def _open(cls, root: Path, access: Access, order: Sequence[str] = ()) -> Project:
        state, lock, why = _own(root) if access is Access.OWN else _look(root)
        try:
            project = cls(root, state, access, why, lock, order)
            if access is Access.OWN and not (state / "project.json").exists():
                project._save(project.config)
        except BaseException:
            if lock:
                lock.release()
            raise
        return project

    def close(self) -> None:
        """Give the project back. Closing twice does no harm."""
        if "index" in self.__dict__:
            self.index.close()
        if self._lock:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- what it is

    @property
    def name(self) -> str:
        """What the person calls it: the folder's name, or that of the folder around one such as `images`."""
        around = self.root.parent.name if self.root.name.lower() in _GENERIC else ""
        return names.for_display(around or self.root.name) or str(self.root)

    @property
    def read_only(self) -> bool:
        """True if the folder can't be written to: pictures stay where they are, training is possible."""
        return bool(self.why_read_only)

    @property
    def in_use(self) -> bool:
        """Whether a process owns the project, this one or another; what is "running" while none does was cut off."""
        return self._lock is not None or storage.Lock(self.state / "lock").is_held()

    @property
    def classes(self) -> tuple[ClassInfo, ...]:
        """The classes whose folders exist, as of the last scan, in their order."""
        return tuple(info for info in self.config.classes if names.same_text(info.name) in self._folders)

    @cached_property
    def different(self) -> Different:
        """The pictures of which the person said that they are no duplicates."""
        return Different(self.state / "health.jsonl", writable=self._access is not Access.READ)

    @cached_property
    def marks(self) -> Marks:
        """What the person said of single pictures: which are golden or excluded, and whose label is right."""
        return Marks(self.state / marks.FILE, writable=self._access is not Access.READ)

    @cached_property
    def index(self) -> Index:
        return Index(self.root)

    def path(self, file: str) -> Path:
        """Where a picture of the catalog lies.

        Raises:
            ProjectError: `file` leads out of the project; it can't come from a catalog.
        """
        if file.startswith("/") or ".." in file.split("/") or (os.sep == "\\" and ("\\" in file or ":" in file)):
            raise ProjectError("“{file}” is not in this project.", file=names.for_display(file))
        return self.root / file

    # ---- pictures

    def scan(self, *, anew: Collection[str] = (), seconds: float | None = None) -> Catalog:
        """List the pictures; new class folders join the class order.

        Only folders that changed since the last scan are listed again, and those named in `anew` ("class/lot 2/").
        With `seconds`, those that are not known yet may be left for another scan, once that time has passed.

        Raises:
            ProjectError: the folder is gone, or its drive is.
        """
        walk = self._memory.walk(anew, seconds)
        catalog = catalogs.scan(self.root, [info.name for info in self.config.classes], walk)
        self._require_state(catalog)
        self._memory.keep(walk)
        self._adopt(catalog.classes)
        return catalog

    def _require_state(self, catalog: Catalog) -> None:
        """Raises: ProjectError if all is gone at once: the place where a drive is mounted stays, empty, without it."""
        inside = self._access is Access.OWN and self.state.parent == self.root
        if not inside or self.state.is_dir():
            return
        if not catalog.files or self._folders - {names.same_text(name) for name in catalog.classes}:
            raise catalogs.folder_error(FileNotFoundError(), self.root)

    @property
    def folders(self) -> Collection[str]:
        """The folders that can hold pictures, as of the last scan: "" for the root, "class/lot 2/" below."""
        return self._memory.folders.keys()

    def recall_folders(self) -> None:
        """Take in what the folders held when they were last looked at, so that `scan` lists only what has changed."""
        with contextlib.suppress(StorageError):
            self._memory.load(self.index.folders())

    def remember_folders(self) -> None:
        """Keep what the folders hold for the next time the project is opened."""
        with contextlib.suppress(StorageError):
            self.index.store_folders(*self._memory.changes())

    def hashes(self, files: Sequence[str]) -> Generator[Event, None, dict[str, str]]:
        """Content hashes by file; pictures that have none are reported as skipped.

        Raises:
            ProjectError: the folder went away meanwhile.
        """
        yield StepStarted(Step.SCAN)
        found: dict[str, str] = {}
        pace = Pace(Step.SCAN, len(files))
        for done, (file, result) in enumerate(self.index.content_hashes(files), start=1):
            if isinstance(result, ImageError):
                if not self.root.is_dir():
                    raise catalogs.folder_error(FileNotFoundError(), self.root)
                yield PictureSkipped(names.for_display(file), result.what)
            else:
                found[file] = result
            yield from pace.after(done)
        return found

    def snapshot(self, catalog: Catalog) -> Generator[Event, None, Snapshot]:
        """Freeze the labelled pictures of `catalog`: contents, labels, groups, splits.

        Pictures that can't be read are skipped, excluded ones and classes without pictures left out. Pictures that are
        new get their split here, for good.

        Raises:
            ProjectError: the folder went away meanwhile.
            StorageError: the splits could not be written down.
        """
        labelled = [
            (file, label) for file, label in zip(catalog.files, catalog.labels.tolist(), strict=True) if label >= 0
        ]
        hashes = yield from self.hashes([file for file, _ in labelled])
        yield from self.notices
        yield from catalog.skipped
        yield from _catalog_notices(catalog)
        excluded = self.marked(Mark.EXCLUDED)
        present = [(file, label) for file, label in labelled if file in hashes and hashes[file] not in excluded]
        kept = sorted({label for _, label in present})
        if empty := [name for label, name in enumerate(catalog.classes) if label not in kept]:
            yield Notice("warning", f"No pictures: {names.listed(empty)}.", hint="These classes are left out.")
        new_label = {label: position for position, label in enumerate(kept)}
        classes = tuple(catalog.classes[label] for label in kept)
        files = tuple(file for file, _ in present)
        labels = np.array([new_label[label] for _, label in present], np.int32)
        contents = tuple(hashes[file] for file in files)
        assignment = self.splits.assign(
            files,
            contents,
            labels,
            classes,
            seed=self.config.seed,
            fractions=self.config.fractions,
            grouping=self.config.grouping,
            alike=self.alike(contents),
        )
        yield from assignment.notices
        return Snapshot(classes, files, contents, labels, assignment.groups, assignment.splits)

    def changes_since(self, then: Snapshot, now: Catalog) -> Changes:
        """What changed in the class folders since a run froze them; new and changed files are read."""
        labelled = [file for file, label in zip(now.files, now.labels.tolist(), strict=True) if label >= 0]
        found = self.index.content_hashes(labelled)
        contents = {file: content for file, content in found if isinstance(content, str)}
        return changes(then, now, contents, self.splits.split_of, self.marked(Mark.EXCLUDED))

    def deal_anew(self, catalog: Catalog) -> Events:
        """Unlock the test split and deal all pictures out again, by the groups as they are now.

        What leaves or enters the test split is recorded; the last event is `SplitsDealt`.

        Raises:
            ProjectError: the folder went away meanwhile.
            StorageError: the disk refused.
        """
        hashes = yield from self.hashes(catalog.files)  # before anything is forgotten
        before = {content: self.splits.split_of(content) for content in hashes.values()}
        self.splits.start_over()
        snapshot = yield from self.snapshot(catalog)
        after = {content: self.splits.split_of(content) for content in before}
        into = sum(after[content] == "test" and split not in ("test", None) for content, split in before.items())
        out_of = sum(split == "test" and after[content] != "test" for content, split in before.items())
        yield SplitsDealt(snapshot.counts(), into, out_of)

    def alike(self, contents: Sequence[str], grouping: Grouping | None = None) -> dict[str, str]:
        """The group of each content that looks like another one, as of the last health check.

        Empty if such pictures are not grouped. `grouping`: other than the project's own, to see what it would do.
        """
        grouping = grouping or self.config.grouping
        if not grouping.alike:
            return {}
        place = {content: position for position, content in enumerate(dict.fromkeys(contents))}
        groups = alike_groups(self.index.alike(), place, grouping.threshold, self.different)
        return {
            content: f"near-duplicates {group + 1}"
            for content, group in zip(place, groups.tolist(), strict=True)
            if group >= 0
        }

    def import_splits(self, table: Path, catalog: Catalog) -> Events:
        """Take splits and groups from a split.csv; see `Splits.import_csv`.

        Raises:
            DataError: it is no such table, or none of its pictures are here.
        """
        hashes = yield from self.hashes(catalog.files)
        yield from self.splits.import_csv(table, self.root, catalog, hashes, seed=self.config.seed)

    # ---- what it remembers

    def show_classes(self, classes: Sequence[ClassInfo]) -> None:
        """Show known classes in the colours, under the keys, in the roles and in the order of `classes`.

        Raises:
            StorageError: the disk refused; they are shown as before.
        """
        config = self.config.with_shown(classes)
        if config != self.config:
            try:
                self._save(config)
            except StorageError:
                if not self._is_stored(config):
                    raise
            self.config = config

    def follow_renames(self, new_names: Mapping[str, str]) -> None:
        """Class folders were renamed (new name by old): their classes keep place, colour, key and role.

        Raises:
            StorageError: the disk refused.
        """
        renamed = {names.same_text(old): names.same_text(new) for old, new in new_names.items()}
        self._folders = {renamed.get(folder, folder) for folder in self._folders}
        self._configure(self.config.with_renamed(new_names))

    def marked(self, mark: Mark) -> Collection[str]:
        """The contents that have a mark."""
        return self.marks[mark]

    def change_marks(self, change: MarkChange) -> None:
        """Put marks on pictures and take them off. StorageError if the disk refuses."""
        self.marks.change(change)

    def subjects(self, mark: Mark, files: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
        """What a mark is put on for each picture that can have it, and why others can't be read; both by file.

        Raises:
            StorageError: the cache folder's disk fails.
        """
        subjects, unreadable = {}, {}
        for file, content in self.index.content_hashes(files):
            if isinstance(content, ImageError):
                unreadable[file] = content.what
                continue
            top, slash, _ = file.partition("/")
            if mark is not Mark.LABEL_KEPT:
                subjects[file] = content
            elif slash and top != names.UNLABELLED:
                subjects[file] = kept_label(content, top)
        return subjects, unreadable

    def set_grouping(self, grouping: Grouping) -> None:
        """Say what makes pictures belong together.

        Splits that are dealt out already stay; `splits.start_over()` deals them out anew.

        Raises:
            StorageError: the disk refused.
        """
        self._configure(replace(self.config, grouping=grouping))

    def settle_runs(self, problem: DiscernError | None = None) -> None:
        """Mark what a dead process left "running" as "interrupted"; call it while nothing trains or is released.

        `problem`: what ended that process, if somebody saw it end.

        Raises:
            StorageError: the disk refused.
        """
        if self._lock:
            self.runs.settle(problem)
            with contextlib.suppress(StorageError):  # then another time; it is in nobody's way
                self.releases.settle()

    def require_writable(self) -> None:
        """Raises: ProjectError if pictures can't be changed here."""
        if self.read_only or self._access is Access.READ:
            raise ProjectError(
                "This project can't be changed.",
                why=self.why_read_only or "It is only being looked at.",
                hint="Copy the folder to a place that can be written to.",
            )

    def _adopt(self, folders: Sequence[str]) -> None:
        self._folders = {names.same_text(folder) for folder in folders}
        self._configure(self.config.with_classes(folders))

    def _configure(self, config: ProjectConfig) -> None:
        if config != self.config:
            self.config = config
            self._save(config)

    def _save(self, config: ProjectConfig) -> None:
        # A child does not write: the owner may have changed something meanwhile, and adopts the same classes itself.
        if self._access is Access.OWN:
            storage.write_json(self.state / "project.json", config.to_dict())

    def _is_stored(self, config: ProjectConfig) -> bool:
        """Whether a configuration can be read back: a disk may refuse after it has taken over the file."""
        try:
            return storage.read_json(self.state / "project.json") == config.to_dict()
        except (OSError, StorageError):
            return False

    def _read_config(self, order: Sequence[str]) -> ProjectConfig:
        path = self.state / "project.json"
        try:
            document = storage.read_json(path)
        except FileNotFoundError:
            return ProjectConfig().with_classes(order)
        except StorageError as error:
            if "newest" in error.values:
                raise ProjectError(
                    "This project was made by a newer Discern.", why=error.why, hint=error.hint
                ) from error
            document = {"format": 0}
        config, bad = ProjectConfig.from_dict(document)
        if bad:
            self.notices.append(
                Notice(
                    "warning",
                    f"The project's own file is damaged: {', '.join(bad)}.",
                    "It was written by another program, or the disk failed.",
                    f"Discern starts from its defaults there; the file is kept in {STATE} under another name. "
                    "Pictures and classes are not affected.",
                )
            )
            if self._access is Access.OWN:
                storage.disk.rename_new(path, storage.free_name(path.with_name("project.damaged.json")))
        return config


# ---- finding a project


def locate_root(folder: Path) -> Path:
    """The project that a person means by `folder`.

    That is the folder itself if it is a project or has class folders; else the only folder in it that has class
    folders (such as `images`); else the folder itself.
    """
    # Path.is_dir would raise for a folder that may not be entered; opening it says so in words.
    if os.path.isdir(folder / STATE) or catalogs.has_class_folders(folder):  # noqa: PTH112
        return folder
    try:
        inner = [folder / name for name in catalogs.class_folders(folder)]
    except ProjectError:
        return folder
    holders = [path for path in inner if catalogs.has_class_folders(path)]
    return holders[0] if len(holders) == 1 else folder


# ---- owning it


def _own(root: Path) -> tuple[Path, storage.Lock | None, str]:
    """(state folder, its lock, why the project is read-only or "")."""
    state = root / STATE
    try:
        storage.make_folders(state)
        try:
            return state, _locked(state), ""
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            # At least no second one on this computer.
            storage.make_folders(_kept_state(root))
            return state, _locked(_kept_state(root)), ""
    except OSError as error:
        if error.errno not in _READ_ONLY:
            raise storage.storage_error(error, state) from error
        why = "The disk is read-only." if error.errno == errno.EROFS else "You may not write to this folder."
    kept = _kept_state(root)
    try:
        storage.make_folders(kept)
        lock = _locked(kept)
        for name in ("project.json", "splits.jsonl", marks.FILE):
            if (state / name).exists() and not (kept / name).exists():
                storage.copy_new(state / name, kept / name)
    except OSError as error:
        raise storage.storage_error(error, kept) from error
    return kept, lock, why


def _look(root: Path) -> tuple[Path, storage.Lock | None, str]:
    """As `_own`, for those who don't own it: where the owner has its state."""
    state, kept = root / STATE, _kept_state(root)
    if kept.is_dir() and not (state.is_dir() and os.access(state, os.W_OK)):
        return kept, None, "The folder can't be written to."
    return state, None, ""


def _kept_state(root: Path) -> Path:
    """Where the state of a read-only project is kept."""
    return settings.data_folder() / "projects" / hashlib.sha256(os.fsencode(root)).hexdigest()[:32]


def _locked(state: Path) -> storage.Lock:
    lock = storage.Lock(state / "lock")
    if lock.acquire(f"{socket.gethostname()}, process {os.getpid()}"):
        return lock
    raise ProjectError(
        "This project is already open.",
        why="It is in use on {owner}.",
        hint="Close it there first.",
        owner=names.for_display(lock.owner()) or "another computer",
    )


def _check_state(state: Path) -> None:
    """Refuse a state folder with links or pipes in it: reading or writing them could reach outside the project.

    Raises: ProjectError; also if it can't be looked into.
    """

    def refuse(path: Path, why: str = "is a link or no regular file; it could lead outside the project") -> NoReturn:
        raise ProjectError(
            "“{folder}” can't be trusted.",
            why="“{entry}” in it {reason}.",
            hint="Delete “{entry}”, then open the project again. Your pictures are not affected.",
            folder=names.for_display(str(state.parent)),
            entry=names.for_display(str(path.relative_to(state.parent))),
            reason=why,
        )

    try:
        if not stat.S_ISDIR(os.lstat(state).st_mode):
            refuse(state)
        with os.scandir(state) as entries:
            for entry in entries:
                if not entry.is_file(follow_symlinks=False) and not entry.is_dir(follow_symlinks=False):
                    refuse(Path(entry.path))
                if entry.is_file() and entry.stat().st_size > _LARGEST.get(entry.name, sys.maxsize):
                    refuse(Path(entry.path), "is too large")
        os.lstat(state / "project.json")  # a folder may show its names and yet not be entered
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise catalogs.folder_error(error, state) from error


def _check_new_class(name: str, taken: set[str]) -> None:
    problem = names.new_name_problem(name)
    if not problem and names.same_file(name) in taken:
        problem = "There is a class of that name already."
    if problem:
        raise names.unusable_class(ProjectError, name, problem)


def _catalog_notices(catalog: Catalog) -> Iterator[Notice]:
    yield from catalogs.unsupported_notice(catalog.unsupported)
    if catalog.spellings:
        yield Notice(
            "warning",
            f"Two folders spell the same name: {names.listed(catalog.spellings)}.",
            "Their accents are stored in two ways.",
            "They count as one class. Put their pictures into one folder.",
        )
    keys: dict[str, list[str]] = {}
    for name in catalog.classes:
        keys.setdefault(names.same_file(name), []).append(name)
    if alike := [name for same in keys.values() if len(same) > 1 for name in same]:
        yield Notice(
            "warning",
            f"Class names differ only in capitals: {names.listed(alike)}.",
            "Windows and macOS can't keep such folders apart.",
            "Rename one of them.",
        )
