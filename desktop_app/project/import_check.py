"""What an import will meet in the project: classes that exist, names that are taken, pictures that are there already.

The preview and the import itself ask the same objects, so that the one tells what the other does.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop_app.errors import ImageError
from desktop_app.events import PictureSkipped
from desktop_app.project import names
from desktop_app.project.catalog import Catalog
from desktop_app.project.import_plan import Item, Plan, Source
from desktop_app.project.import_sources import Sources
from desktop_app.project.project import Project


@dataclass(frozen=True, slots=True)
class Twin:
    """A picture whose content is there already: in the project, or earlier in the same import.

    `file`: the one that is there, relative to the project; `folder`: where the picture was to go.
    """

    source: Source
    folder: str
    file: str


@dataclass(frozen=True)
class Preview:
    """What copying a plan comes to, if its `twins` are skipped: pictures by class folder, names that change, bytes."""

    copied: dict[str, int]
    twins: tuple[Twin, ...]
    renamed: int
    skipped: tuple[PictureSkipped, ...]
    bytes: int

    @property
    def total(self) -> int:
        return sum(self.copied.values())


def preview(project: Project, catalog: Catalog, plan: Plan) -> Preview:
    """What importing a plan would do. Nothing is written; of the pictures only those are read that may be twins."""
    folders = ClassFolders(catalog)
    taken = TakenNames(project.root)
    copied: Counter[str] = Counter()
    skipped = list(plan.skipped)
    twins = []
    renamed = total = 0
    with Sources() as sources:
        contents = Contents(project, catalog, sources)
        for item in plan.items:
            try:
                folder = folders.folder(item.class_name)
                size = sources.size(item.source)
                if twin := contents.find(item.source):
                    twins.append(Twin(item.source, folder, twin))
                    continue
            except ImageError as error:
                skipped.append(PictureSkipped(names.for_display(str(item.source)), error.what))
                continue
            target = taken.free(*target_of(folder, item))
            contents.add(item.source, target)
            copied[folder] += 1
            renamed += Path(target).name != Path(item.name).name
            total += size
    return Preview(dict(copied), tuple(twins), renamed, tuple(skipped), total)


def target_of(folder: str, item: Item) -> tuple[str, str]:
    """The folder, relative to the project, and the name that a picture should get."""
    *below, name = map(names.clean_file_name, item.name.split("/"))
    return "/".join((folder, *below)), name


class ClassFolders:
    """Knows the folder of each class: the existing one of that name, in whatever spelling, or a new one."""

    def __init__(self, catalog: Catalog) -> None:
        self._folders = {names.same_file(name): name for name in catalog.classes}

    def folder(self, class_name: str) -> str:
        """The folder; ImageError if the name can't be a class."""
        if not class_name:
            return names.UNLABELLED
        key = names.same_file(class_name)
        if key not in self._folders:
            new = names.clean_file_name(class_name)
            if problem := names.new_name_problem(new):
                raise ImageError("its class can't be made", why=problem)
            self._folders[key] = self._folders.setdefault(names.same_file(new), new)
        return self._folders[key]


class TakenNames:
    """Gives out names that nothing has; capitals and spelling don't make a name free."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._taken: dict[str, set[str]] = {}
        self._numbers: dict[tuple[str, str], int] = {}

    @property
    def folders(self) -> Iterable[str]:
        """Those in which names were given out."""
        return self._taken

    def knows(self, folder: str) -> bool:
        return folder in self._taken

    def free(self, folder: str, name: str) -> str:
        """The path, relative to the project, of the first of "name.jpg", "name (2).jpg", … that is free; OSError."""
        taken = self._taken.get(folder)
        if taken is None:
            taken = self._taken[folder] = self._listed(folder)
        plain = Path(name)
        number = self._numbers.get((folder, name), 1)
        while True:
            candidate = name if number == 1 else f"{plain.stem} ({number}){plain.suffix}"
            number += 1
            if names.same_file(candidate) not in taken:
                taken.add(names.same_file(candidate))
                self._numbers[folder, name] = number
                return f"{folder}/{candidate}"

    def _listed(self, folder: str) -> set[str]:
        try:
            with os.scandir(self._root / folder) as entries:
                return {names.same_file(entry.name) for entry in entries}
        except FileNotFoundError:
            return set()


class Contents:
    """Finds pictures by content. Only pictures of the same size can be the same; only those are read."""

    def __init__(self, project: Project, catalog: Catalog, sources: Sources) -> None:
        self._project = project
        self._sources = sources
        self._present: defaultdict[int, list[str]] = defaultdict(list)  # by size, not read yet
        self._added: defaultdict[int, list[tuple[Source, str]]] = defaultdict(list)  # as well, of this import
        self._shared_sizes: set[int] = set()
        self._last: tuple[Source | None, str] = (None, "")  # the picture that was read last, and its content
        self._files: dict[str, str] = {}  # by content
        for file, size in zip(catalog.files, _sizes(project, catalog.files), strict=True):
            self._present[size].append(file)

    def find(self, source: Source) -> str | None:
        """The file, relative to the project, that has the same content; ImageError if the picture can't be read."""
        size = self._sources.size(source)
        present, added = self._present.pop(size, []), self._added.pop(size, [])
        for file, content in self._project.index.content_hashes(present):
            if not isinstance(content, ImageError):
                self._files.setdefault(content, file)
        for other, file in added:
            try:
                self._files.setdefault(self._sources.content(other), file)
            except ImageError:
                continue  # gone since it was copied: nothing is known of it any more
        if present or added:
            self._shared_sizes.add(size)
        return self._files.get(self.content(source)) if size in self._shared_sizes else None

    def content(self, source: Source) -> str:
        """The content hash; ImageError if the picture can't be read."""
        if self._last[0] != source:
            self._last = (source, self._sources.content(source))
        return self._last[1]

    def add(self, source: Source, file: str) -> None:
        """A picture goes, or went, to `file`."""
        if self._last[0] == source:
            self._files.setdefault(self._last[1], file)
        else:
            self._added[self._sources.size(source)].append((source, file))


def _sizes(project: Project, files: Sequence[str]) -> list[int]:
    """Bytes of each picture, as the index knows them; of others, as they are; -1 for what is gone."""
    known = project.index.known_files()
    size_of = dict(zip(known.files, known.sizes.tolist(), strict=True))
    sizes = []
    for file in files:
        size = size_of.get(file)
        if size is None:
            try:
                size = os.lstat(project.path(file)).st_size
            except OSError:
                size = -1
        sizes.append(size)
    return sizes
