"""What the sources of an import may mean: folders as classes, splits as folders, tables, names."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from desktop_app.errors import DataError
from desktop_app.events import PictureSkipped
from desktop_app.project import catalog as catalogs
from desktop_app.project import import_tables, names
from desktop_app.project.imaging import DECODABLE, KNOWN_UNSUPPORTED
from desktop_app.project.import_names import USUAL_PATTERN, ClassPattern, suggested_pattern
from desktop_app.project.import_open_images import ImageLabels
from desktop_app.project.import_plan import Form, Item, Plan, Reading, Source
from desktop_app.project.import_sources import Tree, list_archive, list_folder
from desktop_app.project.split_table import SPLIT_NAMES

ARCHIVES = frozenset({".zip"})
TABLES = frozenset({".csv", ".tsv"})
_MOST_TABLES = 20  # at the top of a folder


def recognise(sources: Sequence[Path]) -> list[Plan]:
    """What the sources may mean, most likely first; nothing is copied, no picture read.

    Raises:
        ProjectError: a source is gone or can't be listed.
        DataError: a table or archive can't be used.
    """
    return Material.gather(sources).plans()


def read(reading: Reading) -> Plan:
    """The plan of a reading; raises as `recognise`, and DataError for what does not fit the sources."""
    return Material.gather([Path(source) for source in reading.sources]).plan(reading)


@dataclass
class Material:
    """What was found in the sources; made once, it can be read in several ways."""

    sources: tuple[Path, ...]
    trees: list[Tree] = field(default_factory=list)
    pictures: list[Path] = field(default_factory=list)
    tables: list[Path] = field(default_factory=list)  # that were given, or lie at the top of a folder that was
    unsupported: Counter[str] = field(default_factory=Counter)
    empty: list[str] = field(default_factory=list)
    _image_labels: dict[Path, ImageLabels] = field(default_factory=dict)

    @classmethod
    def gather(cls, sources: Sequence[Path]) -> Material:
        """Look through the sources. Raises as `recognise`."""
        material = cls(tuple(sources))
        for source in sources:
            try:
                material._add(Path(os.path.realpath(source, strict=True)))
            except OSError as error:
                raise catalogs.folder_error(error, source) from error
        return material

    def _add(self, source: Path) -> None:
        suffix = source.suffix.lower()
        if source.is_dir():
            self._add_tree(list_folder(source))
            self.tables += _tables_in(source)
        elif suffix in ARCHIVES:
            self._add_tree(list_archive(source))
        elif suffix in TABLES:
            self.tables.append(source)
        elif suffix in DECODABLE:
            self.pictures.append(source)
        elif suffix in KNOWN_UNSUPPORTED:
            self.unsupported[KNOWN_UNSUPPORTED[suffix]] += 1
            self.empty.append(source.name)
        else:
            self.empty.append(source.name)

    def _add_tree(self, tree: Tree) -> None:
        self.trees.append(tree)
        self.unsupported.update(tree.unsupported)
        if not tree.files:
            self.empty.append(tree.path.name)

    @property
    def _only_tables(self) -> bool:
        return bool(self.tables) and not self.trees and not self.pictures

    # ---- readings

    def plans(self) -> list[Plan]:
        """Every way to read it, the most likely first."""
        plans = self._table_plans()
        if self._only_tables:
            return plans
        by_split = self._by_split()
        layout = _has_classes(by_split)
        if layout:
            plans.append(self._plan_as(Form.SPLIT_FOLDERS))
        folders = self._plan_as(Form.FOLDERS)
        flat = len(folders.counts()) <= 1 or bool(by_split)
        pattern = suggested_pattern([file for file, _ in self._files()]) if flat and not layout else ""
        if pattern:
            plans.append(self._plan_as(Form.NAMES, pattern=pattern))
        # Which of these is meant, nobody but the person knows; but folders called like splits are no classes.
        either = not by_split and (not flat or bool(pattern))
        plans.append(replace(folders, sensible=not plans or either))
        if not pattern:
            plans.append(replace(self._plan_as(Form.NAMES, pattern=USUAL_PATTERN), sensible=False))
        if folders.counts().keys() - {""}:
            plans.append(replace(self._plan_as(Form.UNLABELLED), sensible=False))
        return plans

    def plan(self, reading: Reading) -> Plan:
        """What a reading of these sources comes to.

        Raises:
            DataError: the pattern is none, the table can't be used, or there are no folders for splits.
        """
        match reading.form:
            case Form.FOLDERS:
                plan = self._folders_plan(reading)
            case Form.SPLIT_FOLDERS:
                plan = self._split_plan(reading)
            case Form.NAMES:
                plan = self._names_plan(reading)
            case Form.UNLABELLED:
                plan = self._plan(reading, (Item(source, "", file) for file, source in self._files()))
            case Form.TABLE:
                plan = self._plan(reading, *import_tables.listed(Path(reading.table), self._files_on_disk()))
            case Form.OPEN_IMAGES:
                plan = self._open_images_plan(reading)
        if reading.into:
            plan = replace(plan, items=tuple(replace(item, class_name=reading.into) for item in plan.items))
        return plan

    def _plan_as(self, form: Form, *, table: str = "", pattern: str = "") -> Plan:
        return self.plan(Reading(form, tuple(map(str, self.sources)), table, pattern))

    def _plan(self, reading: Reading, items: Iterable[Item], skipped: Sequence[PictureSkipped] = ()) -> Plan:
        return Plan(
            reading,
            tuple(items),
            (*self._skipped(), *skipped),
            dict(self.unsupported.most_common()),
            tuple(self.empty),
        )

    def _skipped(self) -> list[PictureSkipped]:
        return [skip for tree in self.trees for skip in tree.skipped]

    def _files(self) -> Iterator[tuple[str, Source]]:
        """Every picture with its path in its source."""
        for tree in self.trees:
            yield from zip(tree.files, tree.sources, strict=True)
        yield from ((file.name, Source(file)) for file in self.pictures)

    def _files_on_disk(self) -> list[Path]:
        """The pictures in the folders; a table can't name those in an archive."""
        return [source.file for _, source in self._files() if source.member < 0]

    # ---- folders

    def _folders_plan(self, reading: Reading) -> Plan:
        items, skipped = [], []
        for tree in self.trees:
            prefix = _class_root(tree.files)
            is_class = any("/" not in file for file in tree.files)
            for file, source in zip(tree.files, tree.sources, strict=True):
                if file.startswith(prefix):
                    folder, below = (tree.name, file) if is_class else file.removeprefix(prefix).split("/", 1)
                    items.append(Item(source, _class_of(folder), below))
                else:
                    skipped.append(PictureSkipped(names.for_display(str(source)), f"not in “{prefix[:-1]}”"))
        items += [Item(Source(picture), "", picture.name) for picture in self.pictures]
        return self._plan(reading, items, skipped)

    # ---- splits

    def _by_split(self) -> list[tuple[str, Source]]:
        """The pictures as split/…/file, if the folders that were given, or lie in them, are splits; else none."""
        if self.pictures or not self.trees:
            return []
        files = list(self._files())
        if len(self.trees) > 1:
            files = [
                (f"{tree.name}/{file}", source)
                for tree in self.trees
                for file, source in zip(tree.files, tree.sources, strict=True)
            ]
        prefix = _wrapping(file for file, _ in files)
        inner = [(file.removeprefix(prefix), source) for file, source in files]
        tops = {file.partition("/")[0] for file, _ in inner}
        splits = {SPLIT_NAMES.get(top.lower()) for top in tops if _class_of(top)}
        return inner if len(splits) > 1 and None not in splits else []

    def _split_plan(self, reading: Reading) -> Plan:
        files = self._by_split()
        if not _has_classes(files):
            raise DataError(
                "There are no folders for train, validation and test.",
                why="Each of them must hold one folder for each class.",
                hint="Choose the folder that holds these folders.",
            )
        return self._plan(reading, (_in_split(*file) for file in files))

    # ---- names

    def _names_plan(self, reading: Reading) -> Plan:
        pattern = ClassPattern(reading.pattern)
        by_split = self._by_split()
        return self._plan(
            reading,
            (
                Item(source, pattern.class_of(file), Path(file).name, _split_of(file) if by_split else None)
                for file, source in by_split or self._files()
            ),
        )

    # ---- tables

    def _table_plans(self) -> list[Plan]:
        """The plans of the tables. One that was given must be usable; what else lies in a folder need not be one."""
        plans = []
        for table in self.tables:
            try:
                plan = self._plan_as(import_tables.form_of(table), table=str(table))
            except DataError:
                if self._only_tables and len(self.tables) == 1:
                    raise
                continue
            if plan.items or plan.labels or self._only_tables:
                plans.append(plan)
        if self._only_tables and not plans:
            raise import_tables.refused(self.tables[0], "None of these tables names pictures and classes.")
        return plans

    def _open_images_plan(self, reading: Reading) -> Plan:
        table = Path(reading.table)
        if table not in self._image_labels:
            files = self._files_on_disk() or [source.file for source in list_folder(table.parent).sources]
            self._image_labels[table] = ImageLabels.read(table, files)
        labels = self._image_labels[table]
        items, skipped, several = labels.chosen(reading.classes, several_unlabelled=reading.several_unlabelled)
        return replace(self._plan(reading, items, skipped), labels=labels.counts, several=several)


def _tables_in(folder: Path) -> list[Path]:
    """The tables at the top of a folder."""
    with os.scandir(folder) as entries:
        found = [
            Path(entry.path)
            for entry in entries
            if os.path.splitext(entry.name)[1].lower() in TABLES  # noqa: PTH122  a name, not a path
            and not names.is_ignored(entry.name)
            and entry.is_file(follow_symlinks=False)
        ]
    return sorted(found)[:_MOST_TABLES]


def _class_of(folder: str) -> str:
    return "" if names.same_file(folder) == names.UNLABELLED else folder


def _split_of(file: str) -> int | None:
    """The split by a picture's topmost folder; None for `_unlabelled` beside the folders for splits."""
    return SPLIT_NAMES.get(file.partition("/")[0].lower())


def _has_classes(by_split: Sequence[tuple[str, Source]]) -> bool:
    return any(file.count("/") > 1 for file, _ in by_split)


def _in_split(file: str, source: Source) -> Item:
    """A picture at split/class/…/name; one at split/name or _unlabelled/name is unlabelled."""
    split, *folders, name = file.split("/")
    class_name = _class_of(folders[0]) if folders and _class_of(split) else ""
    return Item(source, class_name, "/".join((*folders[1:], name)), _split_of(file))


def _class_root(files: Sequence[str]) -> str:
    """The folder that holds the class folders, as a prefix: the top, or the only folder in it that holds some.

    As `project.locate_root`, but also through several such folders, as archives often have them.
    """
    prefix = ""
    while True:
        inner = [file.removeprefix(prefix) for file in files if file.startswith(prefix)]
        if any(file.count("/") < 2 for file in inner):
            return prefix
        tops = dict.fromkeys(file.partition("/")[0] for file in inner)
        if len(tops) != 1:
            holders = dict.fromkeys(file.partition("/")[0] for file in inner if file.count("/") == 2)
            tops = holders if len(holders) == 1 else {}
        if not tops:
            return prefix
        prefix += f"{next(iter(tops))}/"


def _wrapping(files: Iterator[str]) -> str:
    """The folders around all files, as a prefix, up to one that is called like a split."""
    parts = [file.split("/")[:-1] for file in files]
    common: list[str] = []
    for folders in zip(*parts, strict=False):
        if len(set(folders)) > 1 or folders[0].lower() in SPLIT_NAMES:
            break
        common.append(folders[0])
    return "".join(f"{folder}/" for folder in common)
