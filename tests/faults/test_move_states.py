"""Random sequences of everything a person, another program and a crash can do, against a model.

The model is a dictionary from path to content, and what can be undone. After every step the project on disk has to be
exactly what the model says; after a crash, what the model says of some first part of the interrupted step.

A sample runs with all tests; 20,000 steps with `./packaging/test --faults`.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from desktop_app import storage
from desktop_app.errors import DataError
from desktop_app.project import history, names, operations
from desktop_app.project.import_list import ImportList
from desktop_app.project.import_plan import Source
from desktop_app.project.import_sources import Sources
from desktop_app.project.moves import Moves
from tests.faults.fault_disk import FaultDisk, memory_folder, substituted
from tests.faults.move_faults import DeadError, dead_from, walk
from tests.faults.totals import Totals

TRASH = ".discern/trash/"
CLASSES = ("cats", "Cats", "dogs", "\u00e9te", "e\u0301te", "foxes")
IMPORTED_TO = ("_unlabelled", "cats", "dogs/deep", "new", "new/deep")
FILES = ("a.jpg", "A.JPG", "b.jpg", "e\u0301.jpg", "\u00e9.jpg", "b (2).jpg", "no suffix")

steps: Counter[str] = Counter()


# ---- the model


Tree = dict[str, str]  # content by path
Key = tuple[str, str]  # a folder, and a name in it of which there may be one


def _key(path: str) -> Key:
    folder, _, name = path.rpartition("/")
    return folder, names.same_file(name)


class Seen(NamedTuple):
    content: str
    size: int
    inode: int


class Item(NamedTuple):
    source: str
    target: str
    seen: Seen  # of a folder, only the inode
    is_folder: bool = False
    only_empty: bool = False


@dataclass
class Step:
    """What the program should do: renamings in order, some of which (`skip`) it should not even try."""

    kind: str
    items: list[Item] = field(default_factory=list)
    skip: set[int] = field(default_factory=set)
    entry: Entry | None = None  # that is undone or redone


@dataclass
class Entry:
    items: list[Item]


class Model:
    """Files and folders by path; undo and redo."""

    def __init__(self) -> None:
        self.files: dict[str, Seen] = {}
        self.folders: dict[str, int] = {}
        self.undo: list[Entry] = []
        self.redo: list[Entry] = []

    # -- looking

    def visible(self) -> list[str]:
        return sorted(file for file in self.files if file[0] != ".")

    def trashed(self) -> list[str]:
        return sorted(file for file in self.files if file.startswith(TRASH))

    def classes(self) -> list[str]:
        return sorted(folder for folder in self.folders if "/" not in folder and folder[0] not in "._")

    def classes_and_unlabelled(self) -> list[str]:
        return [*self.classes(), *(["_unlabelled"] if "_unlabelled" in self.folders else [])]

    def class_like(self, name: str) -> str:
        if name in self.folders:
            return name
        return min((c for c in self.classes() if names.same_file(c) == names.same_file(name)), default="")

    def exists(self, path: str) -> bool:
        return path in self.files or path in self.folders

    def keys_in(self, folder: str) -> set[str]:
        inside = f"{folder}/" if folder else ""
        rest = [path[len(inside) :] for path in (*self.files, *self.folders) if path.startswith(inside)]
        return {names.same_file(path) for path in rest if "/" not in path}

    def free(self, folder: str, name: str, given: set[Key]) -> str:
        stem, suffix = os.path.splitext(name)  # noqa: PTH122  a name, not a path
        keys = self.keys_in(folder)
        for number in itertools.count(1):
            candidate = name if number == 1 else f"{stem} ({number}){suffix}"
            path = f"{folder}/{candidate}".lstrip("/")
            if names.same_file(candidate) not in keys and _key(path) not in given:
                given.add(_key(path))
                return path
        raise AssertionError

    # -- what each step should do

    def put(self, id_: str, files: Sequence[str], name: str) -> Step:
        return self.put_each(id_, dict.fromkeys(files, name))

    def put_each(self, id_: str, classes: dict[str, str]) -> Step:
        given: set[Key] = set()
        step = Step("do")
        for name in dict.fromkeys(classes.values()):
            folder = self.class_like(name)
            files = [file for file in classes if classes[file] == name]
            items = self._into([f for f in files if not (folder and f.startswith(f"{folder}/"))], folder or name, given)
            if items and not folder:
                items.insert(0, self._new_folder(id_, name))
            step.items += items
        return step

    def unlabel(self, id_: str, files: Sequence[str]) -> Step:
        wanted = [f for f in dict.fromkeys(files) if "/" in f and not f.startswith("_")]
        return Step("do", self._into(wanted, "_unlabelled", set()))

    def _into(self, files: Sequence[str], folder: str, given: set[Key]) -> list[Item]:
        return [Item(f, self.free(folder, f.rpartition("/")[2], given), self.files[f]) for f in files]

    def trash(self, id_: str, files: Sequence[str]) -> Step:
        return Step("do", [Item(f, f"{TRASH}{id_}/{f}", self.files[f]) for f in dict.fromkeys(files)])

    def restore(self, id_: str, files: Sequence[str]) -> Step:
        given: set[Key] = set()
        step = Step("do")
        made: list[Item] = []
        for file in dict.fromkeys(files):
            original = file[len(TRASH) :].partition("/")[2]
            top, slash, _ = original.partition("/")
            if slash and not self.exists(top) and top not in [item.target for item in made]:
                made.append(self._new_folder(id_, top))
            folder, _, name = original.rpartition("/")
            step.items.append(Item(file, self.free(folder, name, given), self.files[file]))
        step.items[:0] = made
        return step

    def create_class(self, id_: str, name: str) -> Step:
        return Step("do", [self._new_folder(id_, name)])

    def rename_class(self, id_: str, old: str, new: str) -> Step:
        return Step("do", [self._folder(old, new)] if old != new else [])

    def merge_class(self, id_: str, name: str, into: str) -> Step:
        files = sorted((f for f in self.files if f.startswith(f"{name}/")), key=names.natural_key)
        given: set[Key] = set()
        items = []
        for file in files:
            folder, _, base = f"{into}/{file[len(name) + 1 :]}".rpartition("/")
            items.append(Item(file, self.free(folder, base, given), self.files[file]))
        return Step("do", [*items, self._folder(name, f"{TRASH}{id_}/{name}", only_empty=True)])

    def delete_class(self, id_: str, name: str) -> Step:
        return Step("do", [self._folder(name, f"{TRASH}{id_}/{name}")])

    def imported(self, id_: str, folders_id: str, made: Sequence[str], files: Sequence[str]) -> Step:
        """What is to be undone of an import that has happened."""
        step = Step("do", [Item(f"{TRASH}{id_}/{file}", file, self.files[file]) for file in files])
        if step.items:
            step.items[:0] = [
                self._folder(name, name, only_empty=True)._replace(source=f"{TRASH}{folders_id}/{name}")
                for name in made
            ]
        return step

    def reverse(self, kind: str) -> Step:
        stack = self.undo if kind == "undo" else self.redo
        if not stack:
            return Step(kind)
        step = Step(kind, entry=stack[-1])
        given: set[Key] = set()
        for item in reversed(stack[-1].items):
            back = item._replace(source=item.target, target=item.source)
            now = self._seen(back.source)
            if now is None:
                there = self._seen(back.target)
                if there is None or not self._same(item, there):
                    step.skip.add(len(step.items))
            elif not self._same(item, now):
                step.skip.add(len(step.items))
            elif item.is_folder:
                capitals = names.same_file(back.source) == names.same_file(back.target)
                if self.exists(back.target) and not capitals:
                    step.skip.add(len(step.items))
            elif self.exists(back.target) or _key(back.target) in given:
                folder, _, name = back.target.rpartition("/")
                back = back._replace(target=self.free(folder, name, given))
            else:
                given.add(_key(back.target))
            step.items.append(back._replace(seen=now or item.seen))
        return step

    def _seen(self, path: str) -> Seen | None:
        if path in self.folders:
            return Seen("", 0, self.folders[path])
        return self.files.get(path)

    @staticmethod
    def _same(item: Item, other: Seen) -> bool:
        return (item.seen.size, item.seen.inode) == (other.size, other.inode)

    def _folder(self, source: str, target: str, *, only_empty: bool = False) -> Item:
        return Item(source, target, Seen("", 0, self.folders[source]), True, only_empty)

    def _new_folder(self, id_: str, name: str) -> Item:
        # The program makes it in the trash first; -1 stands for its inode, which is seen afterwards.
        return Item(f"{TRASH}{id_}/{name}", name, Seen("", 0, -1), True, True)

    # -- doing it

    def now(self) -> Tree:
        return {path: seen.content for path, seen in self.files.items()} | _top_level(self.folders)

    def after(self, step: Step, count: int) -> tuple[Tree, set[int]]:
        """The tree when the first `count` items were tried, and which of all items are done then."""
        files = {path: seen.content for path, seen in self.files.items()}
        folders = set(self.folders)
        done: set[int] = set()
        for position, item in enumerate(step.items):
            if position in step.skip:
                continue
            if not item.is_folder and item.source not in files:
                done.add(position)  # it is there already
            elif position < count and self._rename(item, files, folders):
                done.add(position)
        return files | _top_level(folders), done

    @staticmethod
    def _rename(item: Item, files: dict[str, str], folders: set[str]) -> bool:
        if not item.is_folder:
            files[item.target] = files.pop(item.source)
            if "/" in item.target:
                folders.add(item.target.partition("/")[0])
            return True
        inside = f"{item.source}/"
        if item.seen.inode != -1 and item.source not in folders:
            return True  # it is there already
        if item.target in folders or (item.only_empty and any(path.startswith(inside) for path in files)):
            return False
        for paths in (files, folders):
            for path in [path for path in paths if path.startswith(inside)]:
                new = f"{item.target}/{path[len(inside) :]}"
                if isinstance(paths, dict):
                    paths[new] = paths.pop(path)
                else:
                    paths.remove(path)
                    paths.add(new)
        folders.discard(item.source)
        folders.add(item.target)
        return True

    def remember(self, step: Step, done: set[int], *, ended: bool) -> None:
        """Keep the history; `ended`: the program lived to see what can never be done."""
        items = [item for position, item in enumerate(step.items) if position in done]
        if step.entry:
            taken, given = (self.undo, self.redo) if step.kind == "undo" else (self.redo, self.undo)
            gone = {item.source for item in (step.items if ended else items)}
            step.entry.items = [item for item in step.entry.items if item.target not in gone]
            if not step.entry.items:
                taken.remove(step.entry)
            if items:
                given.append(Entry(items))
        elif items:
            self.undo.append(Entry(items))
            self.redo.clear()

    def purge(self, paths: Sequence[str]) -> None:
        for stack in (self.undo, self.redo):
            for entry in stack:
                entry.items = [item for item in entry.items if not _is_below(item.target, paths)]
            stack[:] = [entry for entry in stack if entry.items]
        self.files = {path: seen for path, seen in self.files.items() if not _is_below(path, paths)}


def _top_level(folders: Iterable[str]) -> Tree:
    """Class folders, as they stand in a tree: also an empty one is something that a person sees."""
    return {f"{path}/": "folder" for path in folders if "/" not in path and path[0] != "."}


def _tops(paths: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(path.partition("/")[0] for path in paths))


def _is_below(path: str, folders: Sequence[str]) -> bool:
    return any(f"{path}/".startswith(f"{folder}/") for folder in folders)


# ---- the machine

Act = tuple[Callable[[Moves], object], Callable[[str], Step]]  # what the program does, and what it should do


class MoveMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = memory_folder()
        self.root = self.folder / "project"
        (self.root / ".discern").mkdir(parents=True)
        self.contents = itertools.count()
        self.clock = itertools.count(10**9, 10)
        self.model = Model()
        self.next_id = 0
        self.ids, operations.new_id = operations.new_id, self._new_id
        # Everything happens within the two seconds in which times agree: only inodes tell what is the same.
        self.grain, history._TIME_GRAIN_NS = history._TIME_GRAIN_NS, -1

    def _new_id(self) -> str:
        self.next_id += 1
        return f"{self.next_id:012x}"

    def teardown(self) -> None:
        operations.new_id = self.ids
        history._TIME_GRAIN_NS = self.grain
        shutil.rmtree(self.folder)

    @initialize()
    def begin(self) -> None:
        for file in ("cats/a.jpg", "cats/b.jpg", "cats/deep/a.jpg", "dogs/a.jpg", "dogs/e\u0301.jpg", "top.jpg"):
            self._write(file)
        self.model.files, self.model.folders = self._look()
        self.moves = Moves(self.root, self.root / ".discern")

    # -- the disk

    def _write(self, file: str, size: int | None = None) -> None:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        self._picture(size).replace(path)
        self._touch(path.parent)

    def _picture(self, size: int | None = None) -> Path:
        """A new picture, outside the project."""
        number = next(self.contents)
        path = self.folder / f"new {number}"
        path.write_bytes((b"picture %d " % number).ljust(size or 100 + number, b"."))
        os.utime(path, (next(self.clock),) * 2)
        return path

    def _touch(self, folder: Path) -> None:
        """A change made within the same tick of the clock as ours would be invisible on older systems."""
        os.utime(folder, (next(self.clock),) * 2)

    def _look(self) -> tuple[dict[str, Seen], dict[str, int]]:
        files, folders = {}, {}
        for path, status in walk(str(self.root)):
            if stat.S_ISDIR(status.st_mode):
                folders[path] = status.st_ino
            elif path.rpartition("/")[0] != ".discern":
                content = hashlib.sha256((self.root / path).read_bytes()).hexdigest()
                files[path] = Seen(content, status.st_size, status.st_ino)
        return files, folders

    def _compare(self, expected: Sequence[Tree]) -> int:
        """The first of the expected trees that is on disk."""
        self.model.files, self.model.folders = self._look()
        actual = self.model.now()
        assert actual in expected, f"{actual}\nis none of\n" + "\n".join(map(str, expected))
        return expected.index(actual)

    def _compare_history(self) -> None:
        for ours, theirs in (
            (self.model.undo, self.moves._journal.history.undo),
            (self.model.redo, self.moves._journal.history.redo),
        ):
            expected = [[(item.source, item.target) for item in entry.items] for entry in ours]
            assert [[(item.source, item.target) for item in entry.items] for entry in theirs] == expected

    def _fill_in_inodes(self, items: Sequence[Item]) -> list[Item]:
        """Folders that were made have an inode now."""
        return [
            item._replace(seen=Seen("", 0, self.model.folders.get(item.target, -1))) if item.seen.inode == -1 else item
            for item in items
        ]

    # -- doing a step, or dying in it

    def _do(self, act: Act, crash_at: int | None) -> None:
        do, should = act
        step = should(f"{self.next_id + 1:012x}")
        if crash_at is not None and self._crashes(do, step, crash_at):
            return
        steps[step.kind] += bool(step.items)  # what has nothing to do is not counted
        do(self.moves)
        tree, done = self.model.after(step, len(step.items))
        self._compare([tree])
        step.items = self._fill_in_inodes(step.items)
        self.model.remember(step, done, ended=True)
        self._compare_history()

    def _crashes(self, do: Callable[[Moves], object], step: Step, call: int) -> bool:
        id_ = self.next_id + 1
        died = self._dies(call, lambda: do(self.moves))
        self.next_id = id_
        steps["crash" if died else "restart after a step"] += 1
        self.moves = Moves(self.root, self.root / ".discern")
        trees = [self.model.after(step, count) for count in range(len(step.items) + 1)]
        if died:  # it may just have made the folder for the next picture
            trees += [
                (tree | _top_level([item.target.partition("/")[0]]), done)
                for (tree, done), item in zip(trees, step.items, strict=False)
                if "/" in item.target
            ]
        else:
            trees = trees[-1:]
        which = self._compare([tree for tree, _ in trees])
        done = trees[which][1]
        journal = storage.read_records(self.root / ".discern" / "journal.jsonl")
        if not any(record.get("begin") == f"{self.next_id:012x}" for record in journal):
            done = set()  # it died before it had said what it was about to do
        step.items = self._fill_in_inodes(step.items)
        self.model.remember(step, done, ended=not died)
        self._compare_history()
        return True

    def _some(self, data: st.DataObject, paths: Sequence[str]) -> list[str]:
        return data.draw(st.lists(st.sampled_from(paths), min_size=1, max_size=4))

    crashes = st.one_of(st.none(), st.none(), st.integers(1, 40))

    # -- what a person does

    @precondition(lambda self: self.model.visible())
    @rule(data=st.data(), name=st.sampled_from(CLASSES), crash=crashes)
    def put(self, data, name, crash):
        files = self._some(data, self.model.visible())
        self._do((lambda moves: moves.put(files, name), lambda id_: self.model.put(id_, files, name)), crash)

    @precondition(lambda self: self.model.visible())
    @rule(data=st.data(), crash=crashes)
    def put_each(self, data, crash):
        files = dict.fromkeys(self._some(data, self.model.visible()))
        classes = {file: data.draw(st.sampled_from(CLASSES)) for file in files}
        self._do((lambda moves: moves.put_each(classes), lambda id_: self.model.put_each(id_, classes)), crash)

    @precondition(lambda self: self.model.visible())
    @rule(data=st.data(), crash=crashes)
    def unlabel(self, data, crash):
        files = self._some(data, self.model.visible())
        self._do((lambda moves: moves.unlabel(files), lambda id_: self.model.unlabel(id_, files)), crash)

    @precondition(lambda self: self.model.visible())
    @rule(data=st.data(), crash=crashes)
    def trash(self, data, crash):
        files = self._some(data, self.model.visible())
        self._do((lambda moves: moves.trash(files), lambda id_: self.model.trash(id_, files)), crash)

    @precondition(lambda self: self.model.trashed())
    @rule(data=st.data(), crash=crashes)
    def restore(self, data, crash):
        files = self._some(data, self.model.trashed())
        self._do((lambda moves: moves.restore(files), lambda id_: self.model.restore(id_, files)), crash)

    @rule(name=st.sampled_from(CLASSES), crash=crashes)
    def create_class(self, name, crash):
        if self.model.class_like(name):
            with pytest.raises(DataError):
                self.moves.create_class(name)
        else:
            self._do((lambda moves: moves.create_class(name), lambda id_: self.model.create_class(id_, name)), crash)

    @precondition(lambda self: self.model.classes())
    @rule(data=st.data(), new=st.sampled_from(CLASSES), crash=crashes)
    def rename_class(self, data, new, crash):
        old = data.draw(st.sampled_from(self.model.classes()))
        same = names.same_file(old) == names.same_file(new)
        if (not same and self.model.class_like(new)) or (same and old != new and new in self.model.folders):
            return
        self._do(
            (lambda moves: moves.rename_class(old, new), lambda id_: self.model.rename_class(id_, old, new)), crash
        )

    @precondition(lambda self: len(self.model.classes()) > 1)
    @rule(data=st.data(), crash=crashes)
    def merge_class(self, data, crash):
        name, into = data.draw(st.permutations(self.model.classes()))[:2]
        self._do(
            (lambda moves: moves.merge_class(name, into), lambda id_: self.model.merge_class(id_, name, into)), crash
        )

    @precondition(lambda self: self.model.classes())
    @rule(data=st.data(), crash=crashes)
    def delete_class(self, data, crash):
        name = data.draw(st.sampled_from(self.model.classes()))
        self._do((lambda moves: moves.delete_class(name), lambda id_: self.model.delete_class(id_, name)), crash)

    @precondition(lambda self: self.model.undo)
    @rule(crash=crashes)
    def undo(self, crash):
        self._reverse("undo", crash)

    @precondition(lambda self: self.model.redo)
    @rule(crash=crashes)
    def redo(self, crash):
        self._reverse("redo", crash)

    def _reverse(self, kind: str, crash: int | None) -> None:
        stack = self.model.undo if kind == "undo" else self.model.redo
        reverse = Moves.undo if kind == "undo" else Moves.redo
        self._do((reverse, lambda id_: self.model.reverse(kind)), crash if stack else None)

    @precondition(lambda self: self.model.undo or self.model.redo)
    @rule(there_and_back=st.lists(st.booleans(), min_size=2, max_size=6))
    def undo_and_redo(self, there_and_back):
        for back in there_and_back:
            self._reverse("undo" if back else "redo", None)

    @precondition(lambda self: self.model.trashed())
    @rule()
    def empty_trash(self):
        steps["empty the trash"] += 1
        self.moves.empty_trash()
        self.model.purge([TRASH.rstrip("/")])
        self._compare([self.model.now()])
        self._compare_history()

    @precondition(lambda self: self.model.trashed())
    @rule(data=st.data())
    def delete_for_good(self, data):
        steps["empty the trash"] += 1
        files = self._some(data, self.model.trashed())
        self.moves.empty_trash(files)
        self.model.purge(files)
        self._compare([self.model.now()])
        self._compare_history()

    @rule()
    def restart(self):
        steps["restart"] += 1
        self.moves = Moves(self.root, self.root / ".discern")
        assert self.moves.interrupted == ()
        self._compare([self.model.now()])
        self._compare_history()

    # -- importing

    @rule(
        files=st.lists(st.tuples(st.sampled_from(IMPORTED_TO), st.sampled_from(FILES)), min_size=1, max_size=4),
        dies=st.sampled_from(("", "", "copying", "recording")),
        call=st.integers(1, 40),
    )
    def import_pictures(self, files, dies, call):
        targets = [target for target in dict.fromkeys(map("/".join, files)) if not self.model.exists(target)]
        sources = {target: self._picture() for target in targets}
        contents = {target: hashlib.sha256(source.read_bytes()).hexdigest() for target, source in sources.items()}
        before = self.model.now()

        def copy_all() -> None:
            imported = ImportList(self.root, self.root / ".discern")
            for target, source in sources.items():
                imported.enter(target.rpartition("/")[0])
                with Sources() as opened, opened.open(Source(source)) as stream:
                    imported.copy(stream, target)

        died = self._dies(call, copy_all) if dies == "copying" else copy_all()
        if dies == "recording":
            died = self._dies(call, self.moves.record_import)
        steps["import killed" if died else "import"] += 1
        # Either the whole program died, or only the process that imports.
        if dies == "recording" or (died and call % 2):
            self.moves = Moves(self.root, self.root / ".discern")
        else:
            self.moves.record_import()
        self.next_id += 4  # more than a process that died can have used

        self.model.files, self.model.folders = self._look()
        copied = [target for target in targets if target in self.model.files]
        assert dies == "copying" or copied == targets
        made = {target.partition("/")[0] for target in targets} & set(self.model.classes_and_unlabelled())
        made = {name for name in made if f"{name}/" not in before}
        wanted = before | {target: contents[target] for target in copied} | _top_level(made)
        assert self.model.now() == wanted, f"{self.model.now()}\nis not\n{wanted}"

        step = self.model.imported(
            *self._ids_of_import(copied), [name for name in _tops(targets) if name in made], copied
        )
        self.model.remember(step, set(range(len(step.items))), ended=True)
        self._compare_history()

    def _dies(self, call: int, act: Callable[[], object]) -> bool:
        try:
            with substituted(FaultDisk(self.root, "plain", dead_from(call, torn=call % 2 == 0))):
                act()
        except DeadError:
            return True
        return False

    def _ids_of_import(self, copied: Sequence[str]) -> tuple[str, str]:
        """What the newest step is called, and the place in the trash of the folders it made."""
        if not copied:
            return "", ""
        entry = self.moves._journal.history.undo[-1]
        folders = [item.source.split("/")[2] for item in entry.items if item.only_empty]
        return entry.id, folders[0] if folders else ""

    # -- what other programs do

    def _outside(self) -> None:
        steps["outside change"] += 1
        self.model.files, self.model.folders = self._look()

    @rule(data=st.data(), what=st.sampled_from(("write", "replace", "delete", "move", "rename a class")))
    def other_program(self, data, what):
        files, classes = self.model.visible(), self.model.classes()
        if what == "write":
            folder = data.draw(st.sampled_from(("", "dogs/deep", "new", *classes)))
            path = f"{folder}/{data.draw(st.sampled_from(FILES))}".lstrip("/")
            if not self.model.exists(path):
                self._write(path)
        elif what == "rename a class" and classes:
            old = data.draw(st.sampled_from(classes))
            (self.root / old).rename(self.root / f"renamed {next(self.contents)}")
            self._touch(self.root)
        elif files:
            file = data.draw(st.sampled_from(files))
            if what == "replace":
                self._write(file, data.draw(st.sampled_from((None, self.model.files[file].size))))
            elif what == "delete":
                (self.root / file).unlink()
                self._touch((self.root / file).parent)
            else:
                self._move(self.root / file, data)
        steps["outside change"] += 1
        self.model.files, self.model.folders = self._look()

    def _move(self, source: Path, data: st.DataObject) -> None:
        target = self.root / data.draw(st.sampled_from(("", "cats", "dogs"))) / data.draw(st.sampled_from(FILES))
        if not os.path.lexists(target):
            target.parent.mkdir(exist_ok=True)
            source.rename(target)
            self._touch(source.parent)
            self._touch(target.parent)


# ---- running it


def run(examples: int, length: int, *, derandomize: bool, shrink: bool = True) -> None:
    """Raises: AssertionError where program and model diverge; with `shrink`, on the shortest sequence that does."""
    steps.clear()
    run_state_machine_as_test(
        MoveMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=length,
            deadline=None,
            derandomize=derandomize,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        ),
    )


@pytest.fixture
def counted(totals: Totals) -> Iterator[None]:
    yield
    totals.steps.update(steps)


def test_some_sequences(counted):
    run(20, 30, derandomize=True)
    assert {"do", "undo", "redo", "crash", "import", "outside change", "restart"} <= steps.keys()


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("part", range(8))
def test_many_sequences(counted, part):
    run(60, 60, derandomize=False)
    assert steps.total() > 1000
