"""The fault tests bite: each bug that is planted into the way of a picture is caught by one of them.

A wrong design that no test notices would mean that the tests prove nothing.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from desktop_app import storage
from desktop_app.errors import DataError
from desktop_app.project import free_names, import_list, inside, journal, operations, transfer, trash
from desktop_app.project.history import Copy, History, Kind, Signature
from desktop_app.project.import_list import ImportList
from desktop_app.project.journal import Journal
from desktop_app.project.move_plan import Plan
from desktop_app.project.moves import Moves
from desktop_app.project.operations import Operations
from desktop_app.project.transfer import Ending, Transfer
from tests.faults import move_faults, test_move_states
from tests.faults.move_faults import AGAIN, CLASSES, EMPTY, IMPORT, SORT, TRASH, VOLUMES, Found, Scene

Plant = Callable[[pytest.MonkeyPatch], None]
Catch = Callable[[Scene], Found]


@dataclass(frozen=True)
class Bug:
    plant: Plant
    catch: Catch


def kills(story, flavour="plain"):
    return lambda scene: move_faults.kills(scene, story, flavour)


def recovery(story, flavour="plain"):
    return lambda scene: move_faults.kills_in_recovery(scene, story, flavour)


def power(story, flavour="plain"):
    return lambda scene: move_faults.power_cuts(scene, story, flavour)


def errors(story, *codes, flavour="plain", looking=False):
    return lambda scene: move_faults.errors(scene, story, flavour, codes=codes, looking=looking)


def races(story, flavour="plain"):
    return lambda scene: move_faults.races(scene, story, flavour)


def strangers(story, flavour="plain"):
    return lambda scene: move_faults.strangers(scene, story, flavour)


def states(scene):
    test_move_states.run(300, 40, derandomize=True, shrink=False)  # raises
    yield "random steps", []


def added_meanwhile(scene):
    scene.set_up()
    scene.moves().put(["cats/a.jpg"], "foxes")
    (scene.root / "foxes" / "new.jpg").write_bytes(b"new")
    scene.moves().undo()
    kept = (scene.root / "foxes" / "new.jpg").exists() and (scene.root / "cats" / "a.jpg").exists()
    yield "a picture joins a class whose making is undone", [] if kept else ["it went along"]


# ---- the bugs


def intent_not_synced(patch):
    real = storage.append_record
    patch.setattr(storage, "append_record", lambda path, record, durable=True: real(path, record, durable=False))


def intent_written_afterwards(patch):
    begin, end = Journal.begin, Journal.end
    patch.setattr(Journal, "begin", lambda self, operation: None)

    def late(self, operation, *args):
        begin(self, operation)
        end(self, operation, *args)

    patch.setattr(Journal, "end", late)


def end_written_before_moving(patch):
    begin = Journal.begin

    def early(self, operation):
        begin(self, operation)
        storage.append_record(self._path, {"end": operation.id, "missed": [], "given_up": []})

    patch.setattr(Journal, "begin", early)


def refused_intent_forgotten(patch):
    begin = Journal.begin

    def forgetful(self, operation):
        try:
            begin(self, operation)
        finally:
            self._owed.clear()

    patch.setattr(Journal, "begin", forgetful)


def refused_end_forgotten(patch):
    pay = Journal._pay

    def forgetful(self):
        try:
            pay(self)
        finally:
            self._owed.clear()

    patch.setattr(Journal, "_pay", forgetful)


def undo_not_journaled(patch):
    begin, end = Journal.begin, Journal.end

    def skip_begin(self, operation):
        if operation.kind is not Kind.UNDO:
            begin(self, operation)

    def skip_end(self, operation, *args):
        if operation.kind is Kind.UNDO:
            self._certain.apply(operation, *args)
            self._bring_up_to_date()
        else:
            end(self, operation, *args)

    patch.setattr(Journal, "begin", skip_begin)
    patch.setattr(Journal, "end", skip_end)


def torn_record_swallows_the_next(patch):
    real = storage.record_line
    patch.setattr(storage, "record_line", lambda record: real(record).removeprefix(b"\n"))


def checksum_ignored(patch):
    class Agreeable(int):
        def __eq__(self, other):
            return True

        __hash__ = int.__hash__

    patch.setattr(storage.zlib, "crc32", lambda body: Agreeable(0))


def journal_compacted_in_place(patch):
    def write_in_place(path, data):
        fd = storage.disk.open(path, os.O_WRONLY | os.O_TRUNC)
        try:
            storage.disk.write(fd, data)
            storage.disk.fsync(fd)
        finally:
            os.close(fd)

    patch.setattr(journal, "COMPACT_ABOVE", 1)
    patch.setattr(storage, "write_atomic", write_in_place)


def renames_overwrite(patch):
    patch.setattr(storage.Disk, "rename_new", lambda self, source, target: source.replace(target))


def taken_names_not_seen(patch):
    patch.setattr(free_names.Reservations, "reserve", lambda self, folder, name: f"{folder}/{name}".lstrip("/"))


def folders_not_synced(patch):
    patch.setattr(Transfer, "_sync", lambda self: None)


def link_not_synced_before_unlink(patch):
    def rename(self, source, target):
        if source.is_dir():
            source.rename(target)
        else:
            self.link(source, target)
            self.unlink(source)

    patch.setattr(storage.Disk, "_rename_new_otherwise", rename)


def second_names_left(patch):
    patch.setattr(Transfer, "_keep_new_name", lambda self, old, new: False)


def old_names_always_removed(patch):
    def remove(self, old, new):
        storage.disk.unlink(self._inside.path(old))
        return True

    patch.setattr(Transfer, "_keep_new_name", remove)
    patch.setattr(Signature, "is_surely", Signature.may_be)


def calls_believed_instead_of_the_disk(patch):
    patch.setattr(Transfer, "settle", lambda self, known, otherwise=None: Ending(dict(known)))


def recovery_carries_on(patch):
    patch.setattr(Transfer, "recover", lambda self: self.carry_out({}))


def recovery_forgets(patch):
    patch.setattr(Operations, "_recover", lambda self, operation: operations._outcome(operation, Ending(), None))


def strangers_taken_for_ours(patch):
    patch.setattr(Signature, "is_surely", Signature.may_be)


def doubts_passed_over(patch):
    settle = Transfer.settle
    patch.setattr(Transfer, "settle", lambda self, *args: replace(settle(self, *args), certain=True))


def undo_forgets_the_rest(patch):
    apply = History.apply

    def forgetful(self, operation, missed, given_up=()):
        if operation.kind is Kind.UNDO:
            given_up = range(len(operation.items))
        apply(self, operation, missed, given_up)

    patch.setattr(History, "apply", forgetful)


def undo_gives_up_at_once(patch):
    class Everything:
        def __contains__(self, reason):
            return True

    patch.setattr(operations, "LASTING", Everything())


def undo_all_or_nothing(patch):
    add = Plan.add_again

    def strict(self, *args):
        add(self, *args)
        if self.skip:
            raise DataError("Nothing was undone, since one picture is gone.")

    patch.setattr(Plan, "add_again", strict)


def trash_that_deletes(patch):
    rename = Transfer._rename

    def delete(self, source, target):
        if ".discern/trash" in str(target) and source.is_file():
            source.unlink()
        else:
            rename(self, source, target)

    patch.setattr(Transfer, "_rename", delete)


def class_deleted_file_by_file(patch):
    def delete(self, item, source, target):
        if ".discern/trash" in str(target):
            shutil.rmtree(source)
        else:
            storage.disk.rename_new(source, target)

    patch.setattr(Transfer, "_move_folder", delete)


def trash_emptied_before_the_record(patch):
    def empty(self, files=None):
        paths = trash.contents(self._root)
        emptied = trash.delete(self._root, paths)
        self._journal.purge(paths)
        return emptied

    patch.setattr(Moves, "empty_trash", empty)


def copy_under_its_final_name(patch):
    def copy(self, position, item, source, target):
        digest = storage.copy_verified(source, target)
        self._put_aside(item, Copy(digest, f".discern-trash/{self._operation.id}/{position}-{source.name}"))

    patch.setattr(Transfer, "_copy", copy)


def copy_not_synced(patch):
    real = storage.copy_verified

    def copy(source, target):
        class Lazy:
            def __getattr__(self, name):
                return (lambda fd: None) if name == "fsync" else getattr(disk, name)

        disk = storage.disk
        storage.disk = Lazy()
        try:
            return real(source, target)
        finally:
            storage.disk = disk

    patch.setattr(storage, "copy_verified", copy)


def copy_not_read_back(patch):
    real = storage.sha256
    wanted = {}

    def trusting(path, *, from_disk=False):
        return wanted["digest"].hexdigest() if from_disk else real(path)

    def remember(*args):
        wanted["digest"] = new(*args)
        return wanted["digest"]

    new = storage.hashlib.sha256
    patch.setattr(storage.hashlib, "sha256", remember)
    patch.setattr(storage, "sha256", trusting)


def copy_published_over_others(patch):
    rename = Transfer._rename

    def publish(self, source, target):
        if source.name.endswith(".tmp"):
            storage.disk._call("rename_new", source, target)
            source.replace(target)
        else:
            rename(self, source, target)

    patch.setattr(Transfer, "_rename", publish)


def original_deleted_after_the_copy(patch):
    def delete(self, item, copy):
        storage.disk.unlink(self._inside.path(item.source))

    patch.setattr(Transfer, "_put_aside", delete)


def copy_not_on_record(patch):
    patch.setattr(Journal, "copied", lambda self, operation, position, copy: None)


def half_copies_left(patch):
    patch.setattr(storage, "sweep_temps", lambda folder: None)


def journal_paths_believed(patch):
    patch.setattr(journal, "_may_hold_pictures", lambda path: True)
    patch.setattr(inside.Inside, "_check", lambda self, folder: None)


def folder_of_a_merge_not_synced(patch):
    def move(self, item, source, target):
        if item.via:
            self._rename(source, self._inside.path(item.via))
            self._rename(self._inside.path(item.via), target)
        else:
            self._rename(source, target)

    patch.setattr(Transfer, "_move_folder", move)


def capitals_not_compared(patch):
    def reserve(self, folder, name):
        path = f"{folder}/{name}".lstrip("/")
        return storage.free_name(self._free_names_root / path).relative_to(self._free_names_root).as_posix()

    def init(self, root, free_names):
        real(self, root, free_names)
        self._free_names_root = Path(root)

    real = free_names.Reservations.__init__
    patch.setattr(free_names.Reservations, "__init__", init)
    patch.setattr(free_names.Reservations, "reserve", reserve)


def undo_moves_whatever_has_the_name(patch):
    patch.setattr(Signature, "is_surely", lambda self, other: self.type == other.type)


def a_new_step_keeps_redo(patch):
    apply = History.apply

    def keep(self, *args):
        redo = list(self.redo)
        apply(self, *args)
        self.redo = self.redo or redo

    patch.setattr(History, "apply", keep)


def deleted_files_stay_in_history(patch):
    patch.setattr(History, "purge", lambda self, paths: None)


def folders_trashed_with_what_is_in_them(patch):
    patch.setattr(transfer, "holds_files", lambda folder: False)


def imports_not_listed(patch):
    patch.setattr(ImportList, "_append", lambda self, record: None)


def copies_listed_afterwards(patch):
    real = storage.write_stream_new

    def copy(target, read, times_ns=None, before_naming=None, **how):
        real(target, read, times_ns, **how)
        if before_naming:
            before_naming(target.lstat())

    patch.setattr(storage, "write_stream_new", copy)


def copies_listed_under_another_name(patch):
    append = ImportList._append

    def careless(self, record):
        append(self, {**record, "copy": f"{record['copy']}.jpg"} if "copy" in record else record)

    patch.setattr(ImportList, "_append", careless)


def import_forgotten_at_the_start(patch):
    patch.setattr(Operations, "_try_to_record_import", lambda self: None)


def every_picture_counts_as_imported(patch):
    look = import_list.read

    def greedy(path):
        for found in look(path):
            root = path.parent.parent
            for file in root.glob("cats/*.jpg"):
                status = file.stat()
                signature = Signature("file", status.st_size, status.st_mtime_ns, status.st_ino)
                found.copies[file.relative_to(root).as_posix()] = signature
            yield found

    patch.setattr(import_list, "read", greedy)


BUGS = [
    Bug(intent_not_synced, power(SORT)),
    Bug(intent_written_afterwards, kills(SORT)),
    Bug(end_written_before_moving, kills(SORT)),
    Bug(refused_intent_forgotten, errors(AGAIN, "EIO")),
    Bug(refused_end_forgotten, errors(AGAIN, "EIO")),
    Bug(undo_not_journaled, kills(SORT)),
    Bug(torn_record_swallows_the_next, kills(SORT)),
    Bug(checksum_ignored, lambda scene: move_faults.damage(scene, TRASH, "plain", stride=7)),
    Bug(journal_compacted_in_place, recovery(SORT)),
    Bug(renames_overwrite, races(SORT)),
    Bug(taken_names_not_seen, kills(SORT)),
    Bug(folders_not_synced, power(SORT)),
    Bug(link_not_synced_before_unlink, power(SORT, "links")),
    Bug(second_names_left, kills(SORT, "links")),
    Bug(old_names_always_removed, strangers(SORT)),
    Bug(calls_believed_instead_of_the_disk, kills(SORT)),
    Bug(recovery_carries_on, kills(SORT)),
    Bug(recovery_forgets, kills(SORT)),
    Bug(strangers_taken_for_ours, strangers(SORT)),
    Bug(doubts_passed_over, errors(TRASH, "EIO", looking=True)),
    Bug(undo_forgets_the_rest, kills(SORT)),
    Bug(undo_gives_up_at_once, errors(SORT, "EACCES")),
    Bug(undo_all_or_nothing, races(TRASH)),
    Bug(trash_that_deletes, kills(SORT)),
    Bug(class_deleted_file_by_file, kills(TRASH)),
    Bug(trash_emptied_before_the_record, kills(EMPTY)),
    Bug(copy_under_its_final_name, kills(VOLUMES, "volumes")),
    Bug(copy_not_synced, power(VOLUMES, "volumes")),
    Bug(copy_not_read_back, lambda scene: move_faults.lies(scene, VOLUMES, "volumes")),
    Bug(copy_published_over_others, races(VOLUMES, "volumes")),
    Bug(original_deleted_after_the_copy, kills(VOLUMES, "volumes")),
    Bug(copy_not_on_record, kills(VOLUMES, "volumes")),
    Bug(half_copies_left, kills(VOLUMES, "volumes")),
    Bug(journal_paths_believed, move_faults.leads_outside),
    Bug(folder_of_a_merge_not_synced, power(CLASSES)),
    Bug(capitals_not_compared, states),
    Bug(undo_moves_whatever_has_the_name, states),
    Bug(a_new_step_keeps_redo, states),
    Bug(deleted_files_stay_in_history, states),
    Bug(folders_trashed_with_what_is_in_them, added_meanwhile),
    Bug(imports_not_listed, kills(IMPORT)),
    Bug(copies_listed_afterwards, kills(IMPORT)),
    Bug(copies_listed_under_another_name, kills(IMPORT)),
    Bug(import_forgotten_at_the_start, kills(IMPORT)),
    Bug(every_picture_counts_as_imported, kills(IMPORT)),
]


@pytest.fixture
def scene(memory: Path) -> Scene:
    return Scene(memory)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.plant.__name__)
def test_a_planted_bug_is_caught(bug, scene, totals, monkeypatch, capfd):
    bug.plant(monkeypatch)
    assert _finds_something(bug.catch(scene)), f"“{bug.plant.__name__}” goes unnoticed"
    totals.bugs[bug.plant.__name__] += 1


def _finds_something(found: Found) -> bool:
    try:
        return any(problems for _, problems in found)
    except AssertionError:  # a picture is deleted, or a story does not even work on a healthy disk
        return True


@pytest.mark.parametrize(
    "catch",
    [
        lambda scene: move_faults.strangers(scene, SORT, "plain", stride=5),
        lambda scene: move_faults.strangers(scene, VOLUMES, "volumes", stride=11),
        lambda scene: move_faults.lies(scene, VOLUMES, "volumes"),
        lambda scene: move_faults.damage(scene, TRASH, "plain", stride=23),
        move_faults.leads_outside,
        added_meanwhile,
    ],
    ids=["strangers", "strangers between volumes", "lies", "damage", "leads outside", "added meanwhile"],
)
def test_nothing_is_caught_where_nothing_is_planted(catch, scene):
    count = 0
    for fault, problems in catch(scene):
        assert not problems, "\n".join((fault, *problems))
        count += 1
    assert count
